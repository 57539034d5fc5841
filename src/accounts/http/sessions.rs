//! Sign-in, refresh, sign-out.

use super::me::Me;
use crate::accounts::{
    self, AccountError, Email, Proof, Refresh, RefreshToken, SESSION_SECONDS, Session, SignedInUser,
};
use crate::app::App;
use crate::audit::Origin;
use crate::auth::origin_of;
use crate::auth::password::{self, PasswordAttempt};
use crate::auth::token::Bearer;
use crate::http::limits::client_address;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, reply};
use crate::input::Faults;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError, delete, post};
use serde::Serialize;
use utoipa::ToSchema;

/// E-mail address and password.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct SignIn {
    email: Email,
    password: PasswordAttempt,
}

/// A refresh token.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct SessionRefresh {
    refresh_token: RefreshToken,
}

/// The tokens of a session, and whose it is.
#[derive(Serialize, ToSchema)]
struct SignedIn {
    /// JWT (RFC 9068) for `Authorization: Bearer …`.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9.e30.c2ln")]
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token runs out.
    #[schema(example = 900)]
    expires_in: i64,
    /// Good for one `POST /v1/sessions/refresh`, which gives the next.
    #[schema(example = "p9mFQk0d0Q9Wc3xJmJ0m0y1c7m3m5Gm8l5sJv0cF1iA")]
    refresh_token: String,
    /// Seconds until the session ends, however often it is refreshed.
    #[schema(example = 2_592_000)]
    refresh_expires_in: i64,
    user: Me,
}

/// The tokens of a session that has begun or goes on.
fn signed_in(app: &App, signed_in: SignedInUser) -> Result<SignedIn, Problem> {
    let session = signed_in.session;
    let bearer = Bearer::User { user: session.user, session: session.session };
    let token = app.keys.sign(&app.world, &bearer, Some(session.expires_at)).map_err(AccountError::from)?;
    let left = session.expires_at.unix_seconds() - app.world.now().unix_seconds();
    Ok(SignedIn {
        access_token: token.text,
        token_type: "Bearer",
        expires_in: token.expires_in,
        refresh_token: session.refresh_token.reveal().to_owned(),
        refresh_expires_in: left.clamp(0, SESSION_SECONDS),
        user: signed_in.profile.into(),
    })
}

/// Sign in.
///
/// Gives an access token for 15 minutes and a refresh token for the next one; the session lasts 30 days at most. An
/// unknown address and a wrong password get the same answer. Attempts are limited by address and by account.
#[utoipa::path(tag = "accounts", responses(
    (status = 201, description = "Signed in", body = SignedIn),
    (status = 401, description = "Wrong e-mail or password.", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many attempts; see `Retry-After`.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/sessions")]
pub(super) async fn create_session(
    app: Data<App>,
    req: HttpRequest,
    body: Json<SignIn>,
) -> Result<HttpResponse, Problem> {
    let limits = [
        app.limits.sign_in_by_address.check(&client_address(&req))?,
        app.limits.sign_in_by_account.check(&body.value.email.key())?,
    ];
    // The limits are told with the refusal too.
    let mut response = match sign_in(&app, body.value, origin_of(&req)).await {
        Ok(signed_in) => reply::created("/v1/sessions/current", &signed_in)?,
        Err(problem) => problem.error_response(),
    };
    for allowance in limits.iter().flatten() {
        allowance.describe(&mut response);
    }
    Ok(response)
}

async fn sign_in(app: &Data<App>, given: SignIn, origin: Origin) -> Result<SignedIn, Problem> {
    let found = app.db.read(move |conn| accounts::find_credentials(conn, &given.email)).await?;
    let (user, hash) = found.unzip();
    let right = password::verify(given.password, hash).await.map_err(AccountError::from)?;
    let Some(user) = user.filter(|_| right) else {
        return Err(AccountError::InvalidCredentials.into());
    };
    let world = app.world.clone();
    let started = app
        .db
        .write(move |conn| {
            let session = accounts::start_session(conn, &world, user, Proof::Password, &origin)?;
            accounts::with_profile(conn, session)
        })
        .await?;
    signed_in(app, started)
}

/// Refresh a session.
///
/// Trades the refresh token for a new access token and the next refresh token. Each is good once: if one comes a
/// second time, somebody has copied it, and the whole session ends. The session's 30 days go on running.
#[utoipa::path(tag = "accounts", responses(
    (status = 200, description = "The next tokens", body = SignedIn),
    (status = 401, description = "The refresh token is unknown, used, or its session has ended.", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many refreshes from this address; see `Retry-After`.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/sessions/refresh")]
pub(super) async fn refresh_session(
    app: Data<App>,
    req: HttpRequest,
    body: Json<SessionRefresh>,
) -> Result<HttpResponse, Problem> {
    let allowance = app.limits.refresh_by_address.check(&client_address(&req))?;
    let (world, given) = (app.world.clone(), body.value.refresh_token);
    let renewed = app
        .db
        .write(move |conn| match accounts::refresh_session(conn, &world, &given)? {
            Refresh::Renewed(session) => accounts::with_profile(conn, session).map(Ok),
            // Not an error in here: the end of the session must be committed.
            Refresh::Reused(_) => Ok(Err(AccountError::RefreshTokenReused)),
            Refresh::Unknown => Ok(Err(AccountError::InvalidRefreshToken)),
        })
        .await??;
    let mut response = reply::answer(&signed_in(&app, renewed)?)?;
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}

/// Sign out.
///
/// Ends the session of the access token: neither it nor any refresh token of the session is good from now on.
#[utoipa::path(tag = "accounts", security(("bearer" = [])), responses((status = 204, description = "Signed out")))]
#[delete("/v1/sessions/current")]
pub(super) async fn delete_session(app: Data<App>, caller: Session) -> Result<HttpResponse, Problem> {
    let world = app.world.clone();
    app.db.write(move |conn| accounts::end_session(conn, &world, caller.session)).await?;
    Ok(HttpResponse::NoContent().finish())
}
