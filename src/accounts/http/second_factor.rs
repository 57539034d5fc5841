//! The second factor: setting it up, confirming it, doing without it, recovery codes.

use crate::accounts::second_factor::{self, OneTimeCode, RecoveryCode, Shown};
use crate::accounts::throttle::{self, Guess, Reservation};
use crate::accounts::{self, AccountError, Proven, Session};
use crate::app::App;
use crate::auth::password::PasswordAttempt;
use crate::db::{Conn, Instant};
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, reply};
use crate::input::Faults;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete, post};
use serde::Serialize;
use utoipa::ToSchema;

/// The password once more, and the second factor if there is one.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct FullProof {
    password: PasswordAttempt,
    /// Six digits of the authenticator app.
    #[deserr(default)]
    #[schema(value_type = Option<OneTimeCode>, required = false, example = "492039")]
    code: Option<OneTimeCode>,
    /// In the place of `code`.
    #[deserr(default)]
    #[schema(value_type = Option<RecoveryCode>, required = false, example = "k3v9-fqxm-4t7e-w2hn")]
    recovery_code: Option<RecoveryCode>,
}

/// The first code of a secret that was handed out.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct SecondFactorConfirmation {
    code: OneTimeCode,
}

/// A secret for an authenticator app; shown this once.
#[derive(Serialize, ToSchema)]
struct SecondFactorSetup {
    /// Base32 (RFC 4648), to be typed into an app: time-based, 6 digits, 30 seconds, SHA-1.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The same for a QR code.
    #[schema(
        example = "otpauth://totp/ocop-market%20market.example.vn:banhang%40example.vn?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=ocop-market%20market.example.vn"
    )]
    uri: String,
    /// Until when a first code of it is waited for.
    expires_at: Instant,
}

/// Recovery codes; shown this once.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    /// Each is good once, in the place of a code of the app. Keep them where the telephone is not.
    #[schema(example = json!(["k3v9-fqxm-4t7e-w2hn"]))]
    recovery_codes: Vec<String>,
}

impl RecoveryCodes {
    fn answer(codes: &[RecoveryCode]) -> Result<HttpResponse, Problem> {
        let recovery_codes = codes.iter().map(RecoveryCode::reveal).collect();
        reply::created("/v1/me", &Self { recovery_codes })
    }
}

/// Checks the password of the caller; what was shown beside it is looked at later.
async fn prove_fully(
    app: &App,
    caller: &Session,
    given: FullProof,
) -> Result<(Proven, Option<Shown>), Problem> {
    let shown = Shown::of(given.code, given.recovery_code).map_err(Problem::invalid_body)?;
    Ok((accounts::prove(app, caller, given.password).await?, shown))
}

/// Carries out what was proved. What fails for another reason than a wrong code was no guess, and is not counted as one.
async fn carry_out<T: Send + 'static>(
    app: &App,
    reservation: Reservation,
    act: impl FnOnce(&mut Conn) -> Result<T, AccountError> + Send + 'static,
) -> Result<T, Problem> {
    let done = app.db.write(act).await;
    if let Err(error) = &done
        && !matches!(error, AccountError::WrongCode(_) | AccountError::WrongPassword)
    {
        accounts::no_guess(app, reservation).await?;
    }
    let done = done?;
    // There may be a letter.
    app.post.wake();
    Ok(done)
}

/// Set up a second factor.
///
/// Hands out a secret for an authenticator app. It counts when its first code has come to
/// `POST /v1/me/second-factor/confirmations`; nothing changes until then. Whoever has a second factor already, and a new
/// telephone, sends a code of the old one too. The answer is a secret: no Idempotency-Key, it is not kept.
#[utoipa::path(tag = "accounts", security(("bearer" = [])), responses(
    (status = 201, description = "The secret", body = SecondFactorSetup),
    (status = 429, description = "Too many wrong passwords or codes; see `Retry-After`.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/me/second-factor")]
pub(super) async fn create_second_factor(
    app: Data<App>,
    caller: Session,
    body: Json<FullProof>,
) -> Result<HttpResponse, Problem> {
    let (proven, shown) = prove_fully(&app, &caller, body.value).await?;
    let reservation = proven.reservation.clone();
    let (world, issuer) = (app.world.clone(), app.config.issuer.clone());
    let set_up = move |conn: &mut Conn| second_factor::set_up(conn, &world, &proven, shown.as_ref(), &issuer);
    let setup = carry_out(&app, reservation, set_up).await?;
    let view = SecondFactorSetup { secret: setup.secret, uri: setup.uri, expires_at: setup.expires_at };
    reply::created("/v1/me", &view)
}

/// Confirm a second factor.
///
/// With the first code of the secret that was handed out. From now on a sign-in needs a code; this session counts as one
/// with it, the others end. Answers with ten recovery codes, which are shown this once: no Idempotency-Key, they are not
/// kept.
#[utoipa::path(tag = "accounts", security(("bearer" = [])), responses(
    (status = 201, description = "It counts; the recovery codes", body = RecoveryCodes),
    (status = 409, description = "No secret was handed out within the last hour.", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many wrong codes; see `Retry-After`.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/me/second-factor/confirmations")]
pub(super) async fn create_second_factor_confirmation(
    app: Data<App>,
    caller: Session,
    body: Json<SecondFactorConfirmation>,
) -> Result<HttpResponse, Problem> {
    let (world, code, now) = (app.world.clone(), body.value.code, app.world.now());
    let guess = Guess::by_user(caller.user);
    let reservation = app.db.write(move |conn| throttle::reserve(conn, now, &guess)).await?;
    let counted = reservation.clone();
    let confirm = move |conn: &mut Conn| {
        let by = (caller.user, caller.session, &caller.agent());
        second_factor::confirm(conn, &world, by, &code, &counted)
    };
    RecoveryCodes::answer(&carry_out(&app, reservation, confirm).await?)
}

/// Do without a second factor.
///
/// The account's other sessions end. Officers and administrators keep theirs; `POST /v1/me/second-factor` changes it to
/// another device.
#[utoipa::path(tag = "accounts", security(("bearer" = [])), responses(
    (status = 204, description = "Removed, the recovery codes with it"),
    (status = 409, description = "There is none, or the office needs it.", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many wrong passwords or codes; see `Retry-After`.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[delete("/v1/me/second-factor")]
pub(super) async fn delete_second_factor(
    app: Data<App>,
    caller: Session,
    body: Json<FullProof>,
) -> Result<HttpResponse, Problem> {
    let (proven, shown) = prove_fully(&app, &caller, body.value).await?;
    let reservation = proven.reservation.clone();
    let (world, rule) = (app.world.clone(), app.config.second_factor());
    let remove = move |conn: &mut Conn| second_factor::remove(conn, &world, &proven, shown.as_ref(), rule);
    carry_out(&app, reservation, remove).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Make new recovery codes.
///
/// The ones there were are no longer good. They are shown this once: no Idempotency-Key, they are not kept.
#[utoipa::path(tag = "accounts", security(("bearer" = [])), responses(
    (status = 201, description = "The recovery codes", body = RecoveryCodes),
    (status = 409, description = "The account has no second factor.", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many wrong passwords or codes; see `Retry-After`.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/me/recovery-codes")]
pub(super) async fn create_recovery_codes(
    app: Data<App>,
    caller: Session,
    body: Json<FullProof>,
) -> Result<HttpResponse, Problem> {
    let (proven, shown) = prove_fully(&app, &caller, body.value).await?;
    let reservation = proven.reservation.clone();
    let world = app.world.clone();
    let renew =
        move |conn: &mut Conn| second_factor::renew_recovery_codes(conn, &world, &proven, shown.as_ref());
    RecoveryCodes::answer(&carry_out(&app, reservation, renew).await?)
}
