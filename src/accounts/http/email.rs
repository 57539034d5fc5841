//! Another e-mail address.

use super::passwords::prove;
use super::registrations::MailedToken;
use super::{LetterSent, at_the_same_time, sent};
use crate::accounts::{self, EMAIL_CHANGE_SECONDS, Email, Session};
use crate::app::App;
use crate::auth::origin_of;
use crate::auth::password::PasswordAttempt;
use crate::http::limits::client_address;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem};
use crate::input::Faults;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use utoipa::ToSchema;

/// The address to be, and the account's password.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewEmailChange {
    email: Email,
    password: PasswordAttempt,
}

/// Ask for another e-mail address.
///
/// Sends a letter with a token to the new address and word of it to the present one. The answer is the same if the new
/// address has an account already: its owner is told, and there is no token. Takes no `Idempotency-Key`.
#[utoipa::path(tag = "accounts", security(("bearer" = [])), responses(
    (status = 202, description = "Letters are on their way", body = LetterSent),
    (status = 429, description = "Too many wrong passwords or letters; see `Retry-After`.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/me/email-changes")]
pub(super) async fn create_email_change(
    app: Data<App>,
    req: HttpRequest,
    caller: Session,
    body: Json<NewEmailChange>,
) -> Result<HttpResponse, Problem> {
    let allowance = app.limits.letters_by_address.check(&client_address(&req))?;
    let NewEmailChange { email, password } = body.value;
    prove(&app, &caller, password, "password").await?;
    let answer = LetterSent::to(&email, EMAIL_CHANGE_SECONDS);
    let (world, issuer) = (app.world.clone(), app.config.issuer.clone());
    let ask =
        app.db.write(move |conn| accounts::request_email_change(conn, &world, &issuer, &caller, &email));
    at_the_same_time(ask).await?;
    app.post.wake();
    sent(&answer, allowance)
}

/// Confirm another e-mail address.
///
/// The account has the new address from now on, which is the one to sign in with; its sessions go on. A token is good once
/// and for 24 hours. Takes no access token, for the letter may be read elsewhere, and no `Idempotency-Key`.
#[utoipa::path(tag = "accounts", responses(
    (status = 204, description = "It is the new one now"),
    (status = 409, description = "The address has got an account meanwhile.", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 410, description = "The token is unknown, used, or has run out.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/me/email-changes/confirmations")]
pub(super) async fn create_email_change_confirmation(
    app: Data<App>,
    req: HttpRequest,
    body: Json<MailedToken>,
) -> Result<HttpResponse, Problem> {
    let (world, origin, token) = (app.world.clone(), origin_of(&req), body.value.token);
    app.db.write(move |conn| accounts::confirm_email_change(conn, &world, &token, &origin)).await?;
    app.post.wake();
    Ok(HttpResponse::NoContent().finish())
}
