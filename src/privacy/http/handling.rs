//! Handling requests about personal data: for administrators.

use crate::accounts::{UserId, UserLanguage};
use crate::app::App;
use crate::audit::Agent;
use crate::auth::{Office, Officer};
use crate::db::{Conn, Day, Instant};
use crate::http::page::{Cursor, Limit, cut, wrong_cursor};
use crate::http::problem::ProblemDocument;
use crate::http::{Code, Json, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::privacy::requests;
use crate::privacy::{
    AddressExport, Answer, DataRequest, DataRequestAnswer, DataRequestId, DataRequestKind, DataRequestState,
    ExtensionDays, PrivacyError, RequestFilter,
};
use crate::say::Say;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// A request about personal data.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DataRequest)]
struct DataRequestView {
    id: DataRequestId,
    kind: DataRequestKind,
    /// The account that asks; `null` if it was asked without one.
    user_id: Option<UserId>,
    /// How to reach who asks; `null` once it has been forgotten.
    #[schema(example = "thumua@example.vn")]
    email: Option<String>,
    message: Option<String>,
    language: UserLanguage,
    state: DataRequestState,
    received_at: Instant,
    /// Last local day for an answer.
    answer_due: Day,
    /// Last local day for what was asked to be done.
    complete_due: Day,
    /// A term has passed without what was due.
    overdue: bool,
    extended: bool,
    extension_reason: Option<String>,
    answered_at: Option<Instant>,
    completed_at: Option<Instant>,
    handled_by: Option<UserId>,
    answer: Option<String>,
}

impl DataRequestView {
    fn new(request: DataRequest, today: Day) -> Self {
        Self {
            overdue: request.is_overdue(today),
            id: request.id,
            kind: request.kind,
            user_id: request.user,
            email: request.email,
            message: request.message,
            language: request.language,
            state: request.state,
            received_at: request.received_at,
            answer_due: request.due.answer,
            complete_due: request.due.complete,
            extended: request.extended,
            extension_reason: request.extension_reason,
            answered_at: request.answered_at,
            completed_at: request.completed_at,
            handled_by: request.handled_by,
            answer: request.answer,
        }
    }
}

/// A page of requests.
#[derive(Debug, Serialize, ToSchema)]
struct DataRequestPage {
    items: Vec<DataRequestView>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Personal data are no officer's concern: only administrators answer for the installation.
fn admin(officer: Officer) -> Result<(Agent, UserId), Problem> {
    match officer.office {
        Office::Country => Ok((officer.agent, officer.user)),
        Office::Province(_) => Err(Problem::new(Code::Forbidden)
            .detail(Say::new("Việc này dành cho quản trị viên.", "This is for administrators."))),
    }
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListDataRequests {
    /// Only those in this state; without it all but unconfirmed ones.
    #[deserr(default)]
    #[param(inline)]
    state: Option<DataRequestState>,
    /// Only those with something due before this day.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date, example = "2026-12-01")]
    due_before: Option<Day>,
    /// Requests of a page.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, example = 20)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// List the requests about personal data.
///
/// By their last term, earliest first. For administrators.
#[utoipa::path(tag = "privacy", security(("bearer" = [])), params(ListDataRequests),
    responses((status = 200, description = "A page of requests", body = DataRequestPage)))]
#[get("/v1/data-requests")]
pub async fn list_data_requests(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    query: Query<ListDataRequests>,
) -> Result<HttpResponse, Problem> {
    admin(officer)?;
    let Query(query) = query;
    let (today, limit) = (app.world.today(), query.limit);
    let filter = RequestFilter { state: query.state, due_before: query.due_before };
    let filters = format!("{filter:?}");
    let after = query.cursor.map(|cursor| opened(&cursor, &filters)).transpose()?;
    let page = move |conn: &mut Conn| {
        requests::list(conn, &filter, after, limit.rows() + 1).map_err(PrivacyError::from)
    };
    let (rows, next_cursor) =
        cut(app.db.read(page).await?, limit, &filters, |row| (row.due.complete, row.id));
    let items = rows.into_iter().map(|row| DataRequestView::new(row, today)).collect();
    let page = DataRequestPage { items, next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

fn opened(cursor: &Cursor, filters: &str) -> Result<(Day, DataRequestId), Problem> {
    let (day, id): (String, String) = cursor.open(filters)?;
    match (Day::parse(&day), DataRequestId::parse(&id)) {
        (Ok(day), Ok(id)) => Ok((day, id)),
        _ => Err(wrong_cursor()),
    }
}

/// Read a request about personal data.
///
/// With who asks, what, and by when. For administrators.
#[utoipa::path(tag = "privacy", security(("bearer" = [])),
    params(("id" = DataRequestId, Path, description = "The request's id")),
    responses((status = 200, description = "The request", body = DataRequestView)))]
#[get("/v1/data-requests/{id}")]
pub async fn get_data_request(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    id: Path<DataRequestId>,
) -> Result<HttpResponse, Problem> {
    admin(officer)?;
    let found = app.db.read(move |conn| requests::find(conn, id.0)).await?;
    reply::private(&req, &DataRequestView::new(found, app.world.today()))
}

/// An answer to a request.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewDataRequestAnswer {
    /// What the person is told.
    answer: DataRequestAnswer,
    outcome: Answer,
}

/// Answer a request.
///
/// The person gets the answer by letter. `answered` leaves it open until it is done; `completed` and `refused` end it: from
/// then on it is 409 `already_decided`, which is also why no Idempotency-Key is needed. For administrators.
#[utoipa::path(tag = "privacy", security(("bearer" = [])),
    params(("id" = DataRequestId, Path, description = "The request's id")),
    responses(
        (status = 200, description = "The request as it is now", body = DataRequestView),
        (status = 409, description = "It has ended (`already_decided`), or is not confirmed (`not_possible_now`)", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
#[post("/v1/data-requests/{id}/answers")]
pub async fn create_data_request_answer(
    app: Data<App>,
    officer: Officer,
    id: Path<DataRequestId>,
    body: Json<NewDataRequestAnswer>,
) -> Result<HttpResponse, Problem> {
    let (by, user) = admin(officer)?;
    let (world, new) = (app.world.clone(), body.value);
    let answer =
        move |conn: &mut Conn| requests::answer(conn, &world, (&by, user), id.0, new.outcome, &new.answer);
    handled(&app, app.db.write(answer).await?)
}

/// More time for a request.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewDataRequestExtension {
    /// Why; the person is told.
    reason: DataRequestAnswer,
    /// By how many days: 1 to 15, which is what it is unless told.
    #[deserr(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 15, example = 15)]
    days: Option<i64>,
}

/// Extend the last term of a request.
///
/// Once, by at most 15 days; the person is told the reason by letter. Twice is 409 `not_possible_now`. For administrators.
#[utoipa::path(tag = "privacy", security(("bearer" = [])),
    params(("id" = DataRequestId, Path, description = "The request's id")),
    responses(
        (status = 200, description = "The request as it is now", body = DataRequestView),
        (status = 409, description = "It has ended (`already_decided`), was extended before or is not confirmed (`not_possible_now`)", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
#[post("/v1/data-requests/{id}/extensions")]
pub async fn create_data_request_extension(
    app: Data<App>,
    officer: Officer,
    id: Path<DataRequestId>,
    body: Json<NewDataRequestExtension>,
) -> Result<HttpResponse, Problem> {
    let (by, user) = admin(officer)?;
    let (world, new) = (app.world.clone(), body.value);
    let days = new.days.map_or(Ok(ExtensionDays::MOST), ExtensionDays::parse);
    let days = days.map_err(|invalid| Problem::invalid_body(Faults::one(["days"], invalid)))?;
    let extend = move |conn: &mut Conn| requests::extend(conn, &world, (&by, user), id.0, days, &new.reason);
    handled(&app, app.db.write(extend).await?)
}

/// What an erasure has come to.
#[derive(Debug, Serialize, ToSchema)]
struct DataRequestErasure {
    /// Enquiries whose contact was erased.
    #[schema(example = 3)]
    enquiries: usize,
    request: DataRequestView,
}

/// Carry out an erasure.
///
/// The contact in all enquiries of the address that asks is replaced by a pseudonym, the producers who have it are told to
/// stop using it, letters to the address are deleted, and the request is completed. Only if it asks for that (`erasure`, `objection`, `consent_withdrawal`), else
/// 409 `not_possible_now`. An account with that address stays: its holder erases it at `POST /v1/me/erasure`. For
/// administrators.
#[utoipa::path(tag = "privacy", security(("bearer" = [])),
    params(("id" = DataRequestId, Path, description = "The request's id")),
    responses(
        (status = 200, description = "How much was erased", body = DataRequestErasure),
        (status = 409, description = "It has ended (`already_decided`), does not ask for it or is not confirmed (`not_possible_now`)", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
#[post("/v1/data-requests/{id}/erasures")]
pub async fn create_data_request_erasure(
    app: Data<App>,
    officer: Officer,
    id: Path<DataRequestId>,
) -> Result<HttpResponse, Problem> {
    let (by, user) = admin(officer)?;
    let world = app.world.clone();
    let erase = move |conn: &mut Conn| requests::erase(conn, &world, (&by, user), id.0);
    let (request, erased) = app.db.write(erase).await?;
    app.post.forget_files(erased.letters).await;
    app.post.wake();
    let request = DataRequestView::new(request, app.world.today());
    reply::answer(&DataRequestErasure { enquiries: erased.enquiries, request })
}

/// Give out what is held about an address.
///
/// The person gets it by letter, the administrator as the answer, and the request (of kind `access`, else 409
/// `not_possible_now`) is completed. For administrators.
#[utoipa::path(tag = "privacy", security(("bearer" = [])),
    params(("id" = DataRequestId, Path, description = "The request's id")),
    responses(
        (status = 200, description = "What is held", body = AddressExport),
        (status = 409, description = "It has ended (`already_decided`), does not ask for it or is not confirmed (`not_possible_now`)", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
#[post("/v1/data-requests/{id}/exports")]
pub async fn create_data_request_export(
    app: Data<App>,
    officer: Officer,
    id: Path<DataRequestId>,
) -> Result<HttpResponse, Problem> {
    let (by, user) = admin(officer)?;
    let world = app.world.clone();
    let held = app.db.write(move |conn| requests::export(conn, &world, (&by, user), id.0)).await?;
    app.post.wake();
    reply::answer(&held)
}

/// The request as it is now, and its letter on its way.
fn handled(app: &App, request: DataRequest) -> Result<HttpResponse, Problem> {
    app.post.wake();
    reply::answer(&DataRequestView::new(request, app.world.today()))
}
