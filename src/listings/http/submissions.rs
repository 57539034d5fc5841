//! Handing in: `…/submissions` of a listing.

use super::submission_views::{ListingSubmission, ListingSubmissionPage, ListingSubmissionWhole, actors_of};
use super::views::ListingView;
use crate::app::App;
use crate::auth::{ListingsRead, ListingsWrite, Scoped};
use crate::db::Conn;
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::page::{self, Cursor, Limit};
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::listings::{self, SubmissionId, SubmissionNote, reviews};
use crate::products::ProductId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use utoipa::{IntoParams, ToSchema};

/// A draft is handed in.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewListingSubmission {
    /// For the officer who decides.
    #[deserr(default)]
    note: Option<SubmissionNote>,
}

/// Hand a draft in.
///
/// By owners and editors of the producer. The draft is frozen as it is, with what each field was; an officer of the province
/// decides on that, and the draft may be worked on meanwhile. The officers are told by mail. One waits at a time. `If-Match`
/// must carry the ETag of the listing as it was read.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("If-Match" = String, Header, description = "`ETag` of the listing as the caller last read it"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it is handed in once"),
    ),
    request_body = NewListingSubmission,
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 201, description = "Handed in", body = ListingSubmissionWhole),
        (status = 409, description = "There is nothing in the draft (`not_possible_now`); one waits already \
            (`already_recorded`, with `submission_id`); or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since it was read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/listings/{id}/submissions")]
pub async fn create_listing_submission(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsWrite>,
    id: Path<ProductId>,
    body: Json<NewListingSubmission>,
) -> Result<HttpResponse, Problem> {
    let seen = IfMatch::of(&req).required()?;
    let Json { value: new, raw } = body;
    let (world, actor, id) = (app.world.clone(), by.caller.key(), id.0);
    let effect = move |conn: &mut Conn| {
        let mut known = listings::open_as_producer(conn, &by.caller, id)?;
        seen.check(&ListingView::from(&known))?;
        let made = reviews::submit(conn, &world, &by.caller, &mut known, new.note)?;
        let names = known.names(conn, &by.caller, &actors_of(&made))?;
        let location = format!("/v1/listings/{id}/submissions/{}", made.id);
        Answer::created(location, &ListingSubmissionWhole::new(&made, &known.product, &names))
    };
    let response = idempotency::once(&app, &req, Need::Optional, &actor, &raw, effect).await?;
    app.post.wake();
    Ok(response)
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
pub(super) struct ListOfListing {
    /// Rows of a page: 1 to 100, 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    pub limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    pub cursor: Option<Cursor>,
}

impl ListOfListing {
    /// The number of the last row of the page before.
    pub fn before(&self, bound_to: &str) -> Result<Option<i64>, Problem> {
        self.cursor.as_ref().map(|cursor| cursor.open(bound_to)).transpose()
    }
}

/// List what was handed in.
///
/// Every submission of the listing, latest first, with what came of it; without the changes themselves.
#[utoipa::path(
    tag = "listings",
    params(("id" = ProductId, Path, description = "The product's id"), ListOfListing),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "A page of submissions", body = ListingSubmissionPage))
)]
#[get("/v1/listings/{id}/submissions")]
pub async fn list_submissions_of_listing(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsRead>,
    id: Path<ProductId>,
    query: Query<ListOfListing>,
) -> Result<HttpResponse, Problem> {
    let (id, limit) = (id.0, query.0.limit);
    let bound_to = format!("submissions of {id}");
    let before = query.0.before(&bound_to)?;
    let read = move |conn: &mut Conn| {
        let (known, found) = reviews::list(conn, &by.caller, id, before, limit.rows() + 1)?;
        let actors: Vec<_> = found.iter().flat_map(actors_of).collect();
        let names = known.names(conn, &by.caller, &actors)?;
        Ok::<_, listings::ListingError>((known.product, found, names))
    };
    let (product, found, names) = app.db.snapshot(read).await?;
    let (found, next_cursor) = page::cut(found, limit, &bound_to, |submission| submission.number);
    let items = found.iter().map(|submission| ListingSubmission::new(submission, &product, &names)).collect();
    let page = ListingSubmissionPage { items, next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

/// Read a submission.
///
/// What was handed in, field by field as it was and as it is to be, and what came of it.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("submission_id" = SubmissionId, Path, description = "The submission's id"),
    ),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "The submission", body = ListingSubmissionWhole))
)]
#[get("/v1/listings/{id}/submissions/{submission_id}")]
pub async fn get_listing_submission(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsRead>,
    ids: Paths<ProductId, SubmissionId>,
) -> Result<HttpResponse, Problem> {
    let Paths(id, submission) = ids;
    let read = move |conn: &mut Conn| {
        let (known, found) = reviews::find(conn, &by.caller, id, submission)?;
        let names = known.names(conn, &by.caller, &actors_of(&found))?;
        Ok::<_, listings::ListingError>(ListingSubmissionWhole::new(&found, &known.product, &names))
    };
    let view = app.db.snapshot(read).await?;
    reply::private(&req, &view)
}

/// Take a submission back.
///
/// By owners and editors of the producer, as long as nobody has decided. It stays in the list as taken back, and the draft
/// stays as it is.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("submission_id" = SubmissionId, Path, description = "The submission's id"),
    ),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 204, description = "Taken back"),
        (status = 409, description = "It has ended (`already_decided`, with `state`)", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[delete("/v1/listings/{id}/submissions/{submission_id}")]
pub async fn delete_listing_submission(
    app: Data<App>,
    by: Scoped<ListingsWrite>,
    ids: Paths<ProductId, SubmissionId>,
) -> Result<HttpResponse, Problem> {
    let (world, Paths(id, submission)) = (app.world.clone(), ids);
    let take_back = move |conn: &mut Conn| {
        let mut known = listings::open_as_producer(conn, &by.caller, id)?;
        reviews::take_back(conn, &world, &by.caller, &mut known, submission)
    };
    app.db.write(take_back).await?;
    Ok(HttpResponse::NoContent().finish())
}
