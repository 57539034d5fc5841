//! `GET /v1/me/consents`, `POST /v1/me/consents`, `DELETE /v1/me/consents/{purpose}`

use crate::app::App;
use crate::auth::Session;
use crate::db::Conn;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Path, Problem, reply};
use crate::input::Faults;
use crate::privacy::{
    self, Accepted, Consent, ConsentChannel, ConsentPurpose, Given, PrivacyError, TextVersion,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::Serialize;
use utoipa::ToSchema;

/// The caller's consents.
#[derive(Debug, Serialize, ToSchema)]
struct Consents {
    /// Oldest first.
    items: Vec<Consent>,
}

/// A consent to a published text, by the caller's own act.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewConsent {
    purpose: ConsentPurpose,
    text_version: TextVersion,
    /// Must be `true`, by the caller's own act: nothing may be ticked beforehand.
    #[schema(value_type = bool, example = true)]
    #[expect(dead_code, reason = "its value is its existence")]
    accepted: Accepted,
}

/// List the caller's consents.
///
/// To which text, when, how, and whether it was withdrawn; those given with enquiries too.
#[utoipa::path(tag = "privacy", security(("bearer" = [])),
    responses((status = 200, description = "The consents", body = Consents)))]
#[get("/v1/me/consents")]
pub async fn list_consents(
    app: Data<App>,
    req: HttpRequest,
    caller: Session,
) -> Result<HttpResponse, Problem> {
    let user = caller.user;
    let items = app.db.read(move |conn| privacy::consents(conn, user).map_err(PrivacyError::from)).await?;
    reply::private(&req, &Consents { items })
}

/// Agree to a text.
///
/// One purpose and one text; agreed to before, it changes nothing. `lead_contact` is given with each enquiry instead (409
/// `not_possible_now`).
#[utoipa::path(tag = "privacy", security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
        same key, it gets the same answer")),
    responses(
        (status = 201, description = "The caller's consents as they are now", body = Consents),
        (status = 409, description = "This consent is given in another way (`not_possible_now`), or a request with the \
            same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
#[post("/v1/me/consents")]
pub async fn create_consent(
    app: Data<App>,
    req: HttpRequest,
    caller: Session,
    body: Json<NewConsent>,
) -> Result<HttpResponse, Problem> {
    let (world, actor, new) = (app.world.clone(), caller.key(), body.value);
    let effect = move |conn: &mut Conn| {
        let (by, user, version) = (caller.agent(), caller.user, new.text_version.as_str());
        let at = world.now();
        let given = Given { user, purpose: new.purpose, version, channel: ConsentChannel::Account, at };
        privacy::give(conn, &world, &by, given)?;
        let items = privacy::consents(conn, user)?;
        Answer::created("/v1/me/consents".to_owned(), &Consents { items })
    };
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, effect).await
}

/// Withdraw a consent.
///
/// What rested on it ends: of `lead_contact` the contacts in all enquiries the caller sent are replaced by pseudonyms, and
/// the producers who have them are told to stop using them. `account_terms` ends with the account (409
/// `not_possible_now`). 404 if there is nothing to withdraw.
#[utoipa::path(tag = "privacy", security(("bearer" = [])),
    params(("purpose" = ConsentPurpose, Path, description = "The purpose")),
    responses(
        (status = 204, description = "Withdrawn"),
        (status = 409, description = "The account rests on it (`not_possible_now`)", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
#[delete("/v1/me/consents/{purpose}")]
pub async fn delete_consent(
    app: Data<App>,
    caller: Session,
    purpose: Path<ConsentPurpose>,
) -> Result<HttpResponse, Problem> {
    let world = app.world.clone();
    let withdraw =
        move |conn: &mut Conn| privacy::withdraw(conn, &world, &caller.agent(), caller.user, purpose.0);
    app.db.write(withdraw).await?;
    app.post.wake();
    Ok(HttpResponse::NoContent().finish())
}
