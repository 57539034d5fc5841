//! `GET /v1/me/export` and `POST /v1/me/erasure`

use crate::app::App;
use crate::auth::Session;
use crate::auth::password::{self, PasswordAttempt, PasswordHash};
use crate::db::Conn;
use crate::http::problem::ProblemDocument;
use crate::http::{Code, Json, Problem, reply};
use crate::input::Faults;
use crate::privacy::{self, AccountExport, PrivacyError};
use crate::say::Say;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, HeaderValue, RETRY_AFTER};
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use utoipa::ToSchema;

/// Download what is held about the caller.
///
/// Everything in one JSON document: account, memberships, delegations, sessions, consents, enquiries with their contact and
/// where they went, what was done with leads, invitations, letters, requests, and the audit entries by or about the
/// caller. Five times a day at most.
#[utoipa::path(tag = "privacy", security(("bearer" = [])), responses(
    (status = 200, description = "Everything", body = AccountExport),
    (status = 429, description = "More than five in 24 hours; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[get("/v1/me/export")]
pub async fn get_account_export(app: Data<App>, caller: Session) -> Result<HttpResponse, Problem> {
    let world = app.world.clone();
    let user = caller.user;
    let record = move |conn: &mut Conn| privacy::record_export(conn, &world, &caller.agent(), user);
    app.db.write(record).await?;
    let world = app.world.clone();
    let everything = app.db.snapshot(move |conn| privacy::export_account(conn, &world, user)).await?;
    let mut response = reply::answer(&everything)?;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(
        CONTENT_DISPOSITION,
        HeaderValue::from_static(r#"attachment; filename="ocop-market-account.json""#),
    );
    Ok(response)
}

/// The proof that it is the holder of the account.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct AccountErasure {
    password: PasswordAttempt,
}

/// Erase the caller's account.
///
/// At once and for good. E-mail address, name, password, second factor, sessions, letters and memberships go; the contact in
/// all enquiries of the caller or its address is replaced by a pseudonym, and the producers who have it are told. What the
/// ledger and the audit log need stays with the id of an account that leads to nobody. An account with a second factor must
/// have signed in with it (403 `second_factor_required`). 409 `last_owner` while an organisation would be left without an
/// owner, `not_possible_now` for the only administrator. Takes no Idempotency-Key: sent again it is 401.
#[utoipa::path(tag = "privacy", security(("bearer" = [])), responses(
    (status = 204, description = "Erased; the access token is no longer good"),
    (status = 409, description = "`last_owner` (see `organisations`) or `not_possible_now`", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many attempts; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/me/erasure")]
pub async fn create_account_erasure(
    app: Data<App>,
    caller: Session,
    body: Json<AccountErasure>,
) -> Result<HttpResponse, Problem> {
    app.limits.sign_in_by_account.check(&caller.key())?;
    let hash = proven(&app, &caller, body.value.password).await?;
    let world = app.world.clone();
    let erase =
        move |conn: &mut Conn| privacy::erase_account(conn, &world, &caller.agent(), caller.user, &hash);
    app.db.write(erase).await?;
    app.post.wake();
    Ok(HttpResponse::NoContent().finish())
}

/// The hash of the caller's password, if this is the password, and the second factor was shown if there is one.
async fn proven(app: &App, caller: &Session, attempt: PasswordAttempt) -> Result<String, Problem> {
    let (user, session) = (caller.user, caller.session);
    let known = app.db.read(move |conn| {
        let shown = privacy::second_factor_shown(conn, user, session)?;
        Ok::<_, PrivacyError>((privacy::password_hash(conn, user)?, shown))
    });
    let (hash, shown) = known.await?;
    if !shown {
        return Err(Problem::new(Code::SecondFactorRequired).detail(Say::new(
            "Tài khoản có xác thực hai lớp: hãy đăng nhập lại với mã, rồi xóa.",
            "The account has a second factor: sign in with it, then erase.",
        )));
    }
    let stored = hash.clone().map(PasswordHash::stored);
    let right = password::verify(attempt, stored)
        .await
        .map_err(|busy| Problem::new(Code::Unavailable).header(RETRY_AFTER, "2").cause(busy))?;
    hash.filter(|_| right).ok_or_else(|| PrivacyError::WrongPassword.into())
}
