//! `POST /v1/data-requests` and `POST /v1/data-requests/confirmations`

use super::MaybePerson;
use crate::accounts::{Email, UserLanguage};
use crate::app::App;
use crate::audit::{Actor, Agent};
use crate::auth::origin_of;
use crate::auth::secret::Secret;
use crate::db::{Conn, Day};
use crate::http::limits::client_address;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, reply};
use crate::input::Faults;
use crate::privacy::requests::{self, NewRequest};
use crate::privacy::{DataRequestAnswer, DataRequestId, DataRequestKind, DataRequestState};
use crate::say::{Invalid, Language, Say};
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

/// A request about personal data.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewDataRequest {
    kind: DataRequestKind,
    /// The address the data belong to. May be left out by who is signed in.
    #[deserr(default)]
    email: Option<Email>,
    /// What is wanted, in words: up to 4000 characters.
    #[deserr(default)]
    message: Option<DataRequestAnswer>,
    /// Language of the letters; that of the request unless told.
    #[deserr(default)]
    language: Option<UserLanguage>,
}

/// What comes next.
#[derive(Debug, Serialize, ToSchema)]
struct DataRequestReceipt {
    /// `unconfirmed`: open the link in the letter that comes now; `received`: it is being handled.
    state: DataRequestState,
}

/// Ask something about personal data.
///
/// For everybody, with or without an account: to know what is held, to have it corrected or erased, to object, to take a
/// consent back. Whoever is signed in asks about the own account at once; otherwise a letter asks to confirm the address
/// within 7 days, and only then the request counts. The answer is the same whether the address is known or not, and
/// while three requests of a day wait for their confirmation no further letter is sent to the address. Three requests a
/// day can be made about the own account. Takes no Idempotency-Key: an unconfirmed request has no
/// effect.
#[utoipa::path(tag = "privacy", security((), ("bearer" = [])), responses(
    (status = 202, description = "Taken; see the letter", body = DataRequestReceipt),
    (status = 429, description = "Too many requests from this network address or this account; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/data-requests")]
pub async fn create_data_request(
    req: HttpRequest,
    app: Data<App>,
    person: MaybePerson,
    language: Language,
    body: Json<NewDataRequest>,
) -> Result<HttpResponse, Problem> {
    let allowance = app.limits.data_requests.check(&client_address(&req))?;
    let (by, user) = match &person.0 {
        Some(session) => (session.agent(), Some(session.user)),
        None => (Agent::new(Actor::Nobody, origin_of(&req)), None),
    };
    let new = body.value.into_request(language, user.is_some()).map_err(Problem::invalid_body)?;
    let (world, link) = (app.world.clone(), format!("{}/links/data-request", app.config.issuer));
    let submit = move |conn: &mut Conn| requests::submit(conn, &world, &by, user, new, &link);
    let state = app.db.write(submit).await?;
    app.post.wake();
    let mut response = reply::answer(&DataRequestReceipt { state })?;
    *response.status_mut() = StatusCode::ACCEPTED;
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}

impl NewDataRequest {
    fn into_request(self, language: Language, is_signed_in: bool) -> Result<NewRequest, Faults> {
        if self.email.is_none() && !is_signed_in {
            let say = Say::new("Trường này bắt buộc phải có.", "This field is required.");
            return Err(Faults::one(["email"], Invalid::new("missing", say)));
        }
        let language = self.language.unwrap_or(match language {
            Language::Vi => UserLanguage::Vi,
            Language::En => UserLanguage::En,
        });
        Ok(NewRequest { kind: self.kind, email: self.email, message: self.message, language })
    }
}

/// The token of the letter.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct DataRequestConfirmation {
    token: Secret,
}

/// By when a request is answered and completed.
#[derive(Debug, Serialize, ToSchema)]
struct DataRequestTerms {
    /// To be named in further letters.
    id: DataRequestId,
    state: DataRequestState,
    /// Last day for the answer: two working days.
    answer_due: Day,
    /// Last day for what was asked to be done: 15 days, 20 where producers must stop too.
    complete_due: Day,
}

/// Confirm the address of a request.
///
/// With the token of the letter, once. The law's terms begin now. 410 `invalid_link` if the token is unknown, used, or
/// older than 7 days. Takes no Idempotency-Key.
#[utoipa::path(tag = "privacy", responses(
    (status = 200, description = "Received, with its terms", body = DataRequestTerms),
    (status = 410, description = "The token is unknown, used, or has run out", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many attempts from this address; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/data-requests/confirmations")]
pub async fn create_data_request_confirmation(
    req: HttpRequest,
    app: Data<App>,
    body: Json<DataRequestConfirmation>,
) -> Result<HttpResponse, Problem> {
    app.limits.data_requests.check(&client_address(&req))?;
    let by = Agent::new(Actor::Nobody, origin_of(&req));
    let (world, token) = (app.world.clone(), body.value.token);
    let confirmed = app.db.write(move |conn| requests::confirm(conn, &world, &by, &token)).await?;
    app.post.wake();
    reply::answer(&DataRequestTerms {
        id: confirmed.id,
        state: confirmed.state,
        answer_due: confirmed.due.answer,
        complete_due: confirmed.due.complete,
    })
}
