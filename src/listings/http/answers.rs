//! `/v1/listings/{id}/answers`: what retailers say of a product.

use crate::app::App;
use crate::auth::{ListingsRead, ListingsWrite, Scoped};
use crate::db::{Conn, Day, Instant};
use crate::http::extract::Paths;
use crate::http::page;
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::listings::answers::{self, Answers};
use crate::listings::{Answer, AnswerReason, AnswerState, AnswerWords, ListingError, NewAnswer, ProfileCode};
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, put};
use serde::Serialize;
use utoipa::ToSchema;

/// What a retailer answers.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewListingAnswer {
    state: AnswerState,
    /// Why it is `rejected`; only then, and then always.
    #[deserr(default)]
    reason: Option<AnswerReason>,
    /// What else the producer should know.
    #[deserr(default)]
    #[schema(min_length = 1, max_length = 2000)]
    text: Option<AnswerWords>,
    /// Since when it is sold, today or before; with `listed`, and then always.
    #[deserr(default)]
    listed_since: Option<Day>,
    /// The readiness profile by which it was looked at.
    #[deserr(default)]
    profile: Option<ProfileCode>,
}

impl NewListingAnswer {
    fn checked(self, today: Day) -> Result<NewAnswer, Faults> {
        let Self { state, reason, text, listed_since, profile } = self;
        let mut faults = Faults::default();
        let mut goes_with = |member: &str, is_there: bool, due: bool| match (is_there, due) {
            (false, true) => {
                let say = Say::new("Câu trả lời này cần trường ấy.", "This answer needs the field.");
                faults.push([member], Invalid::new("missing", say));
            }
            (true, false) => {
                let say =
                    Say::new("Câu trả lời này không có trường ấy.", "This answer does not have the field.");
                faults.push([member], Invalid::new("not_allowed", say));
            }
            _ => {}
        };
        goes_with("reason", reason.is_some(), state == AnswerState::Rejected);
        goes_with("listed_since", listed_since.is_some(), state == AnswerState::Listed);
        if listed_since.is_some_and(|day| day > today) {
            let say = Say::new("Ngày này chưa tới.", "This day has not come yet.");
            faults.push(["listed_since"], Invalid::new("in_the_future", say));
        }
        faults.into_result()?;
        Ok(NewAnswer { state, reason, words: text, listed_since, profile })
    }
}

/// An answer as it was given.
#[derive(Debug, Serialize, ToSchema)]
struct ListingAnswer {
    /// Counts the answers of this retailer about this product.
    #[schema(minimum = 1, example = 2)]
    number: i64,
    state: AnswerState,
    reason: Option<AnswerReason>,
    #[schema(min_length = 1, max_length = 2000)]
    text: Option<AnswerWords>,
    listed_since: Option<Day>,
    profile: Option<ProfileCode>,
    answered_at: Instant,
}

impl From<Answer> for ListingAnswer {
    fn from(answer: Answer) -> Self {
        let NewAnswer { state, reason, words, listed_since, profile } = answer.said;
        let (number, answered_at) = (answer.number, answer.answered_at);
        Self { number, state, reason, text: words, listed_since, profile, answered_at }
    }
}

/// A retailer.
#[derive(Debug, Serialize, ToSchema)]
struct AnsweringOrganisation {
    id: OrganisationId,
    #[schema(example = "Công ty Siêu thị Ví Dụ")]
    name: String,
}

/// What a retailer says of a product.
#[derive(Debug, Serialize, ToSchema)]
struct ListingAnswers {
    organisation: AnsweringOrganisation,
    /// The present answer.
    answer: Option<ListingAnswer>,
    /// What it may answer next.
    next: &'static [AnswerState],
    /// All answers, the latest first; at most the last 100.
    history: Vec<ListingAnswer>,
}

impl From<Answers> for ListingAnswers {
    fn from(answers: Answers) -> Self {
        let next = AnswerState::next(answers.state());
        let answer = answers.given.first().cloned().map(ListingAnswer::from);
        Self {
            organisation: AnsweringOrganisation { id: answers.organisation, name: answers.organisation_name },
            answer,
            next,
            history: answers.given.into_iter().take(100).map(ListingAnswer::from).collect(),
        }
    }
}

/// A page of what retailers say of a product.
#[derive(Debug, Serialize, ToSchema)]
struct ListingAnswersPage {
    items: Vec<ListingAnswers>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Answer about a product.
///
/// By an editor or a machine client of an organisation that buys, for that organisation, about a product of the catalogue. The
/// answer takes the place of the one before, which is kept; `next` of what was read tells what may follow. The owners of the
/// producer are told by letter. `If-Match` must carry the ETag of what was read; without an answer before it is not needed.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("organisation_id" = OrganisationId, Path, description = "The retailer's id"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the answers as the caller last read them"),
    ),
    request_body = NewListingAnswer,
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 200, description = "The answer, and those before", body = ListingAnswers),
        (status = 409, description = "It does not follow the one before (`illegal_move`, with `allowed`)", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since it was read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "There is an answer, and `If-Match` is missing", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[put("/v1/listings/{id}/answers/{organisation_id}")]
pub async fn update_listing_answer(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsWrite>,
    ids: Paths<ProductId, OrganisationId>,
    body: Json<NewListingAnswer>,
) -> Result<HttpResponse, Problem> {
    let (seen, today) = (IfMatch::of(&req), app.world.today());
    let said = body.value.checked(today).map_err(Problem::invalid_body)?;
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let answer = move |conn: &mut Conn| {
        let answering = answers::open(conn, &reference, &by.caller, (ids.0, ids.1, today))?;
        if answering.before.state().is_some() {
            seen.required()?.check(&ListingAnswers::from(answering.before.clone()))?;
        } else {
            seen.check(&ListingAnswers::from(answering.before.clone()))?;
        }
        Ok::<_, Problem>(answers::give(conn, &world, &by.caller, answering, said)?)
    };
    let answers = app.db.write(answer).await?;
    app.post.wake();
    reply::private(&req, &ListingAnswers::from(answers))
}

/// Read the answers of a retailer.
///
/// For that organisation's members and machine clients, for the producer and for the officers of its province; to everybody
/// else there are none. Answers 404 as long as nothing was answered.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("organisation_id" = OrganisationId, Path, description = "The retailer's id"),
    ),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "Its answers", body = ListingAnswers))
)]
#[get("/v1/listings/{id}/answers/{organisation_id}")]
pub async fn get_listing_answer(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsRead>,
    ids: Paths<ProductId, OrganisationId>,
) -> Result<HttpResponse, Problem> {
    let (reference, today) = (app.reference.clone(), app.world.today());
    let get = move |conn: &mut Conn| answers::get(conn, &reference, &by.caller, (ids.0, ids.1, today));
    let answers = app.db.snapshot::<_, ListingError, _>(get).await?;
    reply::private(&req, &ListingAnswers::from(answers))
}

/// List what retailers say of a product.
///
/// For the producer and the officers of its province all answers, for an organisation that buys its own.
#[utoipa::path(
    tag = "listings",
    params(("id" = ProductId, Path, description = "The product's id"), super::document_log::DocumentPaging),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "A page of answers, by organisation", body = ListingAnswersPage))
)]
#[get("/v1/listings/{id}/answers")]
pub async fn list_listing_answers(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsRead>,
    id: Path<ProductId>,
    query: Query<super::document_log::DocumentPaging>,
) -> Result<HttpResponse, Problem> {
    let (reference, today, id, limit) = (app.reference.clone(), app.world.today(), id.0, query.0.limit);
    let bound_to = format!("answers about {id}");
    let after: Option<OrganisationId> =
        query.0.cursor.as_ref().map(|cursor| cursor.open(&bound_to)).transpose()?;
    let list = move |conn: &mut Conn| answers::list(conn, &reference, &by.caller, (id, today));
    let mut all: Vec<Answers> = app.db.snapshot::<_, ListingError, _>(list).await?;
    all.retain(|answers| after.is_none_or(|last| answers.organisation > last));
    let (rows, next_cursor) = page::cut(all, limit, &bound_to, |answers| answers.organisation);
    let page = ListingAnswersPage {
        items: rows.into_iter().map(ListingAnswers::from).collect(),
        next_cursor: next_cursor.clone(),
    };
    Ok(reply::with_next(&req, reply::private(&req, &page)?, next_cursor.as_deref()))
}
