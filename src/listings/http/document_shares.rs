//! `/v1/listings/{id}/documents/{document_id}/shares`: links by which somebody may read a paper.

use super::document_log::DocumentPaging;
use crate::app::App;
use crate::auth::{ListingsRead, ListingsWrite, Scoped};
use crate::db::{Conn, Instant};
use crate::http::extract::Paths;
use crate::http::page;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, Query, reply};
use crate::input::Faults;
use crate::listings::{
    self, DocumentId, ListingError, NewShare, Openings, Share, ShareDays, ShareId, SharePurpose, ShareState,
    shares,
};
use crate::products::ProductId;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, delete, dev, get, post};
use serde::Serialize;
use std::future::{Ready, ready};
use utoipa::ToSchema;

/// The three ids of a path that names a link. Ones that cannot be ids name nothing: 404.
#[derive(Debug, Clone, Copy)]
struct SharePath(ProductId, DocumentId, ShareId);

impl FromRequest for SharePath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let segment = |name: &str| req.match_info().get(name).unwrap_or_default();
        let product = ProductId::parse(segment("id")).ok();
        let document = DocumentId::parse(segment("document_id")).ok();
        let share = ShareId::parse(segment("share_id")).ok();
        let all = product.zip(document).zip(share);
        ready(all.map(|((one, two), three)| Self(one, two, three)).ok_or_else(Problem::not_found))
    }
}

/// A link to be made.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewListingDocumentShare {
    /// For how many days it is good.
    #[schema(value_type = i64, minimum = 1, maximum = 90, example = 14)]
    days: ShareDays,
    /// For whom or what it is: what the log of openings tells.
    #[deserr(rename = "for")]
    #[schema(rename = "for", min_length = 1, max_length = 200)]
    purpose: SharePurpose,
    /// How often it may be opened; left out: as often as is wanted.
    #[deserr(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000, example = 5)]
    most_openings: Option<Openings>,
}

/// A link to a paper.
#[derive(Debug, Serialize, ToSchema)]
struct ListingDocumentShare {
    id: ShareId,
    #[serde(rename = "for")]
    #[schema(rename = "for", min_length = 1, max_length = 200)]
    purpose: SharePurpose,
    state: ShareState,
    made_at: Instant,
    expires_at: Instant,
    #[schema(minimum = 1, example = 5)]
    most_openings: Option<i64>,
    /// How often it was opened.
    #[schema(minimum = 0, example = 2)]
    openings: i64,
    revoked_at: Option<Instant>,
}

impl ListingDocumentShare {
    fn new(share: Share, now: Instant) -> Self {
        Self {
            id: share.id,
            state: share.state(now),
            purpose: share.purpose,
            made_at: share.made_at,
            expires_at: share.expires_at,
            most_openings: share.most_openings,
            openings: share.openings,
            revoked_at: share.revoked_at,
        }
    }
}

/// A link that was made, with what opens it.
#[derive(Debug, Serialize, ToSchema)]
struct ListingDocumentShareCreated {
    share: ListingDocumentShare,
    /// Told this once: the service keeps a hash only.
    #[schema(example = "p9mFQk0d0Q9Wc3xJmJ0m0y1c7m3m5Gm8l5sJv0cF1iA")]
    token: String,
    /// The address to hand on; the token stands behind `#`, where no server logs it.
    #[schema(
        example = "http://127.0.0.1:8080/links/shared-document#p9mFQk0d0Q9Wc3xJmJ0m0y1c7m3m5Gm8l5sJv0cF1iA"
    )]
    url: String,
}

/// A page of links, the latest first.
#[derive(Debug, Serialize, ToSchema)]
struct ListingDocumentSharePage {
    items: Vec<ListingDocumentShare>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Make a link to a paper.
///
/// By editors and machine clients of the producer, to a paper that has a file, was not refused and is not for officers only.
/// Whoever has the link reads the paper, without signing in, until it runs out. The answer holds the token, this once:
/// therefore the operation takes no `Idempotency-Key`.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("document_id" = DocumentId, Path, description = "The document's id, as the listing names it"),
    ),
    request_body = NewListingDocumentShare,
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 201, description = "The link", body = ListingDocumentShareCreated),
        (status = 409, description = "The paper is not to be shared, or there are 200 links to it (`not_possible_now`)", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/listings/{id}/documents/{document_id}/shares")]
pub async fn create_listing_document_share(
    app: Data<App>,
    by: Scoped<ListingsWrite>,
    ids: Paths<ProductId, DocumentId>,
    body: Json<NewListingDocumentShare>,
) -> Result<HttpResponse, Problem> {
    let (world, Paths(id, document)) = (app.world.clone(), ids);
    let NewListingDocumentShare { days, purpose, most_openings } = body.value;
    let new = NewShare { days, purpose, most_openings };
    let make = move |conn: &mut Conn| {
        let known = listings::open(conn, &by.caller, id)?;
        shares::make(conn, &world, &by.caller, &known, (document, new))
    };
    let (share, token) = app.db.write::<_, ListingError, _>(make).await?;
    let location = format!("/v1/listings/{id}/documents/{document}/shares");
    let token = token.reveal().to_owned();
    let url = format!("{}/links/shared-document#{token}", app.config.issuer);
    let share = ListingDocumentShare::new(share, app.world.now());
    reply::created(&location, &ListingDocumentShareCreated { share, token, url })
}

/// List the links to a paper.
///
/// For the producer and the officers of its province; how each stands, and how often it was opened. Tokens are not told again.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("document_id" = DocumentId, Path, description = "The document's id, as the listing names it"),
        DocumentPaging,
    ),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "A page of links", body = ListingDocumentSharePage))
)]
#[get("/v1/listings/{id}/documents/{document_id}/shares")]
pub async fn list_listing_document_shares(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<ListingsRead>,
    ids: Paths<ProductId, DocumentId>,
    query: Query<DocumentPaging>,
) -> Result<HttpResponse, Problem> {
    let (Paths(id, document), limit, now) = (ids, query.0.limit, app.world.now());
    let bound_to = format!("shares of {document}");
    let after: Option<(Instant, ShareId)> = query.0.after(&bound_to)?;
    let list = move |conn: &mut Conn| {
        let known = listings::read(conn, &by.caller, id)?;
        shares::list(conn, &known, document, (after, limit.rows() + 1))
    };
    let rows: Vec<Share> = app.db.snapshot::<_, ListingError, _>(list).await?;
    let (rows, next_cursor) = page::cut(rows, limit, &bound_to, |row| (row.made_at.micros(), row.id));
    let page = ListingDocumentSharePage {
        items: rows.into_iter().map(|share| ListingDocumentShare::new(share, now)).collect(),
        next_cursor: next_cursor.clone(),
    };
    Ok(reply::with_next(&req, reply::private(&req, &page)?, next_cursor.as_deref()))
}

/// End a link to a paper.
///
/// By the producer. What was read by it stays read; the log keeps it. Answers 404 if the link was ended before.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("document_id" = DocumentId, Path, description = "The document's id, as the listing names it"),
        ("share_id" = ShareId, Path, description = "The link's id"),
    ),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses((status = 204, description = "It leads nowhere any more"))
)]
#[delete("/v1/listings/{id}/documents/{document_id}/shares/{share_id}")]
pub async fn delete_listing_document_share(
    app: Data<App>,
    by: Scoped<ListingsWrite>,
    ids: SharePath,
) -> Result<HttpResponse, Problem> {
    let (world, SharePath(id, document, share)) = (app.world.clone(), ids);
    let end = move |conn: &mut Conn| {
        let known = listings::open(conn, &by.caller, id)?;
        shares::revoke(conn, &world, &by.caller, &known, (document, share))
    };
    app.db.write::<_, ListingError, _>(end).await?;
    Ok(HttpResponse::NoContent().finish())
}
