//! The history of a listing: `…/versions`, and going back by `…/restorations`.

use super::content::UpdateListing;
use super::submission_views::{ListingAuthor, ListingFieldChange, Names, changes};
use super::submissions::ListOfListing;
use super::views::ListingView;
use crate::app::App;
use crate::auth::{ListingsRead, ListingsWrite, Scoped};
use crate::db::{Conn, Instant};
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Path, Problem, Query, page, reply};
use crate::input::Faults;
use crate::listings::{self, CauseKind, Content, Field, Version, history};
use crate::products::ProductId;
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::Serialize;
use utoipa::ToSchema;

/// The number of a version in an address.
#[derive(Debug, Clone, Copy)]
pub struct VersionNumber(i64);

impl VersionNumber {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let number = text.parse().ok().filter(|number| *number > 0).map(Self);
        number.ok_or_else(|| {
            Invalid::new(
                "out_of_range",
                Say::new("Không phải số phiên bản.", "This is no number of a version."),
            )
        })
    }
}

crate::parsed_input!(VersionNumber);

/// A content that a listing has had.
#[derive(Debug, Serialize, ToSchema)]
struct ListingVersion {
    /// From 1 on, without gaps.
    #[schema(minimum = 1, example = 3)]
    version: i64,
    /// In which it is unlike the one before.
    fields: Vec<Field>,
    cause: CauseKind,
    /// What the cause names: the id of a submission or of a set of changes, the number of a version.
    #[schema(example = "2")]
    cause_ref: Option<String>,
    made_at: Instant,
    made_by: ListingAuthor,
}

impl ListingVersion {
    fn new(version: &Version, names: &Names) -> Self {
        Self {
            version: version.number,
            fields: version.fields.clone(),
            cause: version.cause.kind(),
            cause_ref: version.cause.names(),
            made_at: version.made_at,
            made_by: ListingAuthor::new(version.by, names),
        }
    }
}

/// A content that a listing has had, as a whole.
#[derive(Debug, Serialize, ToSchema)]
struct ListingVersionWhole {
    #[serde(flatten)]
    version: ListingVersion,
    /// What the listing told.
    content: Content,
    /// What is unlike the version before.
    changes: Vec<ListingFieldChange>,
}

/// A page of the contents a listing has had, latest first.
#[derive(Debug, Serialize, ToSchema)]
struct ListingVersionPage {
    items: Vec<ListingVersion>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List the versions of a listing.
///
/// Every content buyers have been shown, latest first: which fields were changed, why, by whom and when. Numbers have no gaps.
#[utoipa::path(
    tag = "listings",
    params(("id" = ProductId, Path, description = "The product's id"), ListOfListing),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "A page of versions", body = ListingVersionPage))
)]
#[get("/v1/listings/{id}/versions")]
pub async fn list_listing_versions(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsRead>,
    id: Path<ProductId>,
    query: Query<ListOfListing>,
) -> Result<HttpResponse, Problem> {
    let (id, limit) = (id.0, query.0.limit);
    let bound_to = format!("versions of {id}");
    let before = query.0.before(&bound_to)?;
    let read = move |conn: &mut Conn| {
        let (known, found) = history::list(conn, &by.caller, id, before, limit.rows() + 1)?;
        let actors: Vec<_> = found.iter().map(|version| version.by).collect();
        let names = known.names(conn, &by.caller, &actors)?;
        Ok::<_, listings::ListingError>((found, names))
    };
    let (found, names) = app.db.snapshot(read).await?;
    let (found, next_cursor) = page::cut(found, limit, &bound_to, |version| version.number);
    let items = found.iter().map(|version| ListingVersion::new(version, &names)).collect();
    let page = ListingVersionPage { items, next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

/// Read a version of a listing.
///
/// The whole content, and what is unlike the version before.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("version" = i64, Path, description = "The version's number", minimum = 1, example = 1),
    ),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "The version", body = ListingVersionWhole))
)]
#[get("/v1/listings/{id}/versions/{version}")]
pub async fn get_listing_version(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsRead>,
    ids: Paths<ProductId, VersionNumber>,
) -> Result<HttpResponse, Problem> {
    let Paths(id, VersionNumber(number)) = ids;
    let read = move |conn: &mut Conn| {
        let (known, version, unlike) = history::find(conn, &by.caller, id, number)?;
        let names = known.names(conn, &by.caller, &[version.by])?;
        Ok::<_, listings::ListingError>(ListingVersionWhole {
            version: ListingVersion::new(&version, &names),
            content: version.content,
            changes: changes(&unlike),
        })
    };
    let view = app.db.snapshot(read).await?;
    reply::private(&req, &view)
}

/// To which version a listing goes back.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewListingRestoration {
    #[schema(minimum = 1, example = 1)]
    version: i64,
}

/// Set a listing back to a version.
///
/// What it told then it tells again, as a new version. Officers of the province do so at once; of owners and editors of the
/// producer the same rule holds as for every change: what an officer has to agree to goes into the draft. `If-Match` must
/// carry the ETag of what was read. `Catalogue-Seq` is the change from which buyers see it; it is absent if they see what
/// they saw before.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        UpdateListing,
        ("If-Match" = String, Header, description = "`ETag` of the listing as the caller last read it"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it is done once"),
    ),
    request_body = NewListingRestoration,
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 200, description = "With `validate_only`: the listing as it would be", body = ListingView),
        (status = 201, description = "The listing as it is now", body = ListingView),
        (status = 409, description = "A request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since it was read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/listings/{id}/restorations")]
pub async fn create_listing_restoration(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsWrite>,
    id: Path<ProductId>,
    query: Query<UpdateListing>,
    body: Json<NewListingRestoration>,
) -> Result<HttpResponse, Problem> {
    let seen = IfMatch::of(&req).required()?;
    let Json { value: new, raw } = body;
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let (actor, id) = (by.caller.key(), id.0);
    if query.0.validate_only.0 {
        let preview = move |conn: &mut Conn| {
            let known = listings::open(conn, &by.caller, id)?;
            seen.check(&ListingView::from(&known))?;
            let known = history::preview_set_back(conn, &world, &reference, &by.caller, known, new.version)?;
            Ok::<_, Problem>(ListingView::from(&known))
        };
        return reply::answer(&app.db.write(preview).await?);
    }
    let effect = move |conn: &mut Conn| {
        let mut known = listings::open(conn, &by.caller, id)?;
        seen.check(&ListingView::from(&known))?;
        let edited = history::set_back(conn, &world, &reference, &by.caller, &mut known, new.version)?;
        let answer = Answer::created(format!("/v1/listings/{id}"), &ListingView::from(&known))?;
        Ok::<_, Problem>(match edited.seq {
            Some(seq) => answer.announced(seq),
            None => answer,
        })
    };
    idempotency::once(&app, &req, Need::Optional, &actor, &raw, effect).await
}
