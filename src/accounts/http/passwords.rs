//! Another password.

use super::{LetterSent, at_the_same_time, sent};
use crate::accounts::{self, AccountError, Email, RESET_SECONDS, Session};
use crate::app::App;
use crate::auth::origin_of;
use crate::auth::password::{self, Password, PasswordAttempt, PasswordHash};
use crate::auth::secret::Secret;
use crate::http::limits::client_address;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem};
use crate::input::Faults;
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use utoipa::ToSchema;

/// The present password and the next.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewPassword {
    current_password: PasswordAttempt,
    /// 10 to 200 characters that are hard to guess; which ones does not matter.
    new_password: Password,
}

/// Whose password is lost.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewPasswordReset {
    email: Email,
}

/// A token as a letter brought it, and the new password.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct PasswordResetConfirmation {
    /// What stands behind `#` in the letter's link.
    token: Secret,
    /// 10 to 200 characters that are hard to guess; which ones does not matter.
    new_password: Password,
}

/// The hash of a password that is strong enough; else a fault at `field`, with those already found. `known`: what a
/// guesser would try.
pub(super) async fn strong_hash(
    app: &App,
    password: Password,
    known: Vec<String>,
    field: &str,
    mut faults: Faults,
) -> Result<PasswordHash, Problem> {
    let judged = password::judge(password.clone(), known).await.map_err(AccountError::from)?;
    if let Err(weak) = judged {
        faults.push([field], weak);
    }
    faults.into_result().map_err(Problem::invalid_body)?;
    let hashed = password::hash(password, app.world.clone()).await.map_err(AccountError::from)?;
    Ok(hashed.map_err(AccountError::from)?)
}

/// The fault of a wrong present password, where it was given.
pub(super) fn wrong_password(field: &str) -> Problem {
    let say = Say::new("Mật khẩu hiện tại không đúng.", "This is not the present password.");
    Problem::invalid_body(Faults::one([field], Invalid::new("wrong_password", say)))
}

/// Has somebody who is signed in the password, too? Returns it as it is stored; a wrong one is counted.
pub(super) async fn prove(
    app: &App,
    caller: &Session,
    attempt: PasswordAttempt,
    field: &str,
) -> Result<PasswordHash, Problem> {
    let proven = match accounts::prove(app, caller, attempt).await {
        Err(AccountError::WrongPassword) => return Err(wrong_password(field)),
        outcome => outcome?,
    };
    accounts::no_guess(app, proven.reservation).await?;
    Ok(proven.hash)
}

/// Change the password.
///
/// The session goes on; all others of the account end, and tokens in letters that were not used yet die. A letter tells the
/// owner. Wrong present passwords are counted, and slowed. Takes no `Idempotency-Key`.
#[utoipa::path(tag = "accounts", security(("bearer" = [])), responses(
    (status = 204, description = "It is the new one now"),
    (status = 429, description = "Too many wrong passwords; see `Retry-After`.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/me/password")]
pub(super) async fn update_password(
    app: Data<App>,
    caller: Session,
    body: Json<NewPassword>,
) -> Result<HttpResponse, Problem> {
    let NewPassword { current_password, new_password } = body.value;
    let seen = prove(&app, &caller, current_password, "current_password").await?;
    let user = caller.user;
    let profile = app.db.read(move |conn| accounts::profile(conn, user)).await?;
    let known = profile.as_ref().map(accounts::known_of).unwrap_or_default();
    let hash = strong_hash(&app, new_password, known, "new_password", Faults::default()).await?;
    let world = app.world.clone();
    let change = move |conn: &mut _| accounts::change_password(conn, &world, &caller, &seen, &hash);
    app.db.write(change).await.map_err(|error| match error {
        AccountError::WrongPassword => wrong_password("current_password"),
        error => error.into(),
    })?;
    app.post.wake();
    Ok(HttpResponse::NoContent().finish())
}

/// Ask for a password reset.
///
/// Sends a letter with a token to the account of the address, if there is one; at most three within an hour. The answer is
/// the same if there is none. Takes no `Idempotency-Key`.
#[utoipa::path(tag = "accounts", responses(
    (status = 202, description = "If the address has an account, a letter is on its way", body = LetterSent),
    (status = 429, description = "Too many letters were asked for from this address; see `Retry-After`.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/password-resets")]
pub(super) async fn create_password_reset(
    app: Data<App>,
    req: HttpRequest,
    body: Json<NewPasswordReset>,
) -> Result<HttpResponse, Problem> {
    let allowance = app.limits.letters_by_address.check(&client_address(&req))?;
    let email = body.value.email;
    let answer = LetterSent::to(&email, RESET_SECONDS);
    let (world, issuer) = (app.world.clone(), app.config.issuer.clone());
    let ask = app.db.write(move |conn| accounts::request_reset(conn, &world, &issuer, &email));
    at_the_same_time(ask).await?;
    app.post.wake();
    sent(&answer, allowance)
}

/// Reset the password.
///
/// All sessions of the account end, and so do its other tokens in letters; the second factor stays. A token is good once
/// and for an hour. Takes no `Idempotency-Key`.
#[utoipa::path(tag = "accounts", responses(
    (status = 204, description = "It is the new one now"),
    (status = 410, description = "The token is unknown, used, or has run out.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/password-resets/confirmations")]
pub(super) async fn create_password_reset_confirmation(
    app: Data<App>,
    req: HttpRequest,
    body: Json<PasswordResetConfirmation>,
) -> Result<HttpResponse, Problem> {
    let PasswordResetConfirmation { token, new_password } = body.value;
    let (world, asked) = (app.world.clone(), token.clone());
    let profile = app.db.read(move |conn| accounts::resetting(conn, &world, &asked)).await?;
    let known = accounts::known_of(&profile);
    let hash = strong_hash(&app, new_password, known, "new_password", Faults::default()).await?;
    let (world, origin) = (app.world.clone(), origin_of(&req));
    app.db.write(move |conn| accounts::reset_by_token(conn, &world, &token, &hash, &origin)).await?;
    app.post.wake();
    Ok(HttpResponse::NoContent().finish())
}
