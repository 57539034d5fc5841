//! What officers do: the list of what waits, and deciding.

use super::submission_views::{ListingSubmission, ListingSubmissionPage, ListingSubmissionWhole, actors_of};
use super::views::ListingView;
use crate::accounts::Session;
use crate::app::App;
use crate::audit;
use crate::auth::Officer;
use crate::db::{Conn, Failure};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::page::{self, Cursor, Limit};
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Code, Json, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::listings::reviews::{self, NewReview};
use crate::listings::{FieldRemark, Remarks, ReviewDecision, ReviewReason, SubmissionId, SubmissionState};
use crate::products::ProductId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use utoipa::{IntoParams, ToSchema};

/// What an officer decides on what was handed in.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewListingReview {
    submission_id: SubmissionId,
    decision: ReviewDecision,
    /// What there is to say of fields, by their names. Of an approval these are the fields that are refused; what is left is
    /// approved.
    #[deserr(default)]
    #[schema(value_type = BTreeMap<String, FieldRemark>, required = false,
        example = json!({ "names": { "reason": { "vi": "Tên khác với nhãn đã được chứng nhận." } } }))]
    fields: Remarks,
    /// What there is to say of the whole. Whoever does not approve gives a reason here or of fields.
    #[deserr(default)]
    note: Option<ReviewReason>,
}

/// Decide on what was handed in.
///
/// By officers of the province who have no part in the producer. Approved, buyers see it at once, on top of what they see by
/// then: fields that were not handed in stay as they are. Fields that are refused by name, and everything that is not
/// approved, stay in the producer's draft. The owners and editors of the producer are told by mail. `Catalogue-Seq` is the
/// change from which buyers see it; it is absent if they see what they saw before. `If-Match` with the ETag of the listing
/// is respected where it is sent: what was handed in does not change.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the listing as the caller last read it"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it is decided once"),
    ),
    request_body = NewListingReview,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Decided; `Location` is the submission", body = ListingSubmissionWhole),
        (status = 409, description = "Somebody has decided, or the producer has taken it back (`already_decided`, with `state`); \
            or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since it was read", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/listings/{id}/reviews")]
pub async fn create_listing_review(
    app: Data<App>,
    req: HttpRequest,
    session: Session,
    id: Path<ProductId>,
    body: Json<NewListingReview>,
) -> Result<HttpResponse, Problem> {
    let seen = IfMatch::of(&req);
    let Json { value: given, raw } = body;
    let NewListingReview { submission_id, decision, fields, note } = given;
    let new = NewReview { submission: submission_id, decision, remarks: fields, remark: note };
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let (actor, id) = (session.user.to_string(), id.0);
    let effect = move |conn: &mut Conn| {
        let mut known = reviews::open_to_decide(conn, &session, id)?;
        seen.check(&ListingView::from(&known))?;
        let (decided, seq) = reviews::decide(conn, &world, &reference, &session, &mut known, new)?;
        let names = known.names(conn, &session, &actors_of(&decided))?;
        let location = format!("/v1/listings/{id}/submissions/{}", decided.id);
        let answer =
            Answer::created(location, &ListingSubmissionWhole::new(&decided, &known.product, &names))?;
        Ok::<_, Problem>(match seq {
            Some(seq) => answer.announced(seq),
            None => answer,
        })
    };
    let response = idempotency::once(&app, &req, Need::Optional, &actor, &raw, effect).await?;
    app.post.wake();
    Ok(response)
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct ListSubmissionsOfOffice {
    /// Only submissions of this state; `waiting` ones are to be decided on.
    #[deserr(default)]
    state: Option<SubmissionState>,
    /// Rows of a page: 1 to 100, 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// List what is to be decided on.
///
/// Submissions of producers' listings, for officers, of their province of today; administrators see all. First come, first
/// listed; without the changes themselves.
#[utoipa::path(
    tag = "listings",
    params(ListSubmissionsOfOffice),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of submissions", body = ListingSubmissionPage))
)]
#[get("/v1/listing-submissions")]
pub async fn list_listing_submissions(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    query: Query<ListSubmissionsOfOffice>,
) -> Result<HttpResponse, Problem> {
    let ListSubmissionsOfOffice { state, limit, cursor } = query.0;
    let bound_to = format!("listing submissions {state:?}");
    let after = cursor.map(|cursor| cursor.open::<String>(&bound_to)).transpose()?;
    let after = after.map(|id| SubmissionId::parse(&id)).transpose();
    let after = after.map_err(|_| Problem::new(Code::InvalidCursor))?;
    let read = move |conn: &mut Conn| {
        let found = reviews::list_of_office(conn, &officer.office, state, after, limit.rows() + 1)?;
        let actors: Vec<_> = found.iter().flat_map(|(submission, _)| actors_of(submission)).collect();
        let names = audit::names(conn, &actors)?;
        Ok::<_, Failure>((found, names))
    };
    let (found, names) = app.db.snapshot(read).await?;
    let (found, next_cursor) = page::cut(found, limit, &bound_to, |(one, _)| one.id.to_string());
    let items = found.iter().map(|(submission, product)| ListingSubmission::new(submission, product, &names));
    let page = ListingSubmissionPage { items: items.collect(), next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}
