//! `GET /v1/me/export` and `POST /v1/me/erasure`

use crate::accounts::second_factor::{OneTimeCode, RecoveryCode, Shown};
use crate::accounts::{self, AccountError};
use crate::app::App;
use crate::auth::Session;
use crate::auth::password::PasswordAttempt;
use crate::db::Conn;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, reply};
use crate::input::Faults;
use crate::privacy::{self, AccountExport, PrivacyError};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, HeaderValue};
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
    /// If the account has a second factor: the code that the app shows now …
    #[deserr(default)]
    #[schema(value_type = Option<OneTimeCode>, required = false, example = "492039")]
    code: Option<OneTimeCode>,
    /// … or a recovery code.
    #[deserr(default)]
    #[schema(value_type = Option<RecoveryCode>, required = false, example = "k3v9-fqxm-4t7e-w2hn")]
    recovery_code: Option<RecoveryCode>,
}

/// Erase the caller's account.
///
/// At once and for good. E-mail address, name, password, second factor, sessions, letters and memberships go; the contact in
/// all enquiries of the caller or its address is replaced by a pseudonym, and the producers who have it are told. What the
/// ledger and the audit log need stays with the id of an account that leads to nobody. 409 `last_owner` while an organisation
/// would be left without an owner, `not_possible_now` for the only administrator. Takes no Idempotency-Key: sent again it is
/// 401.
#[utoipa::path(tag = "privacy", security(("bearer" = [])), responses(
    (status = 204, description = "Erased; the access token is no longer good"),
    (status = 409, description = "`last_owner` (see `organisations`) or `not_possible_now`", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many wrong passwords or codes; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/me/erasure")]
pub async fn create_account_erasure(
    app: Data<App>,
    caller: Session,
    body: Json<AccountErasure>,
) -> Result<HttpResponse, Problem> {
    let given = body.value;
    let shown = Shown::of(given.code, given.recovery_code).map_err(Problem::invalid_body)?;
    let proven = accounts::prove(&app, &caller, given.password).await?;
    let (world, reservation) = (app.world.clone(), proven.reservation.clone());
    let erase = move |conn: &mut Conn| privacy::erase_account(conn, &world, &proven, shown.as_ref());
    let erased = app.db.write(erase).await;
    // What fails for another reason than a wrong code was no guess.
    if let Err(error) = &erased
        && !matches!(error, PrivacyError::Account(AccountError::WrongCode(_) | AccountError::WrongPassword))
    {
        accounts::no_guess(&app, reservation).await?;
    }
    app.post.forget_files(erased?).await;
    app.post.wake();
    Ok(HttpResponse::NoContent().finish())
}
