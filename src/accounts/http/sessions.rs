//! Sign-in, refresh, the list of sessions, and their end.

use super::me::Me;
use crate::accounts::second_factor::{OneTimeCode, RecoveryCode, Shown};
use crate::accounts::sign_in::{self, SignIn as SignInOutcome};
use crate::accounts::{
    self, AccountError, Email, Refresh, RefreshToken, SESSION_SECONDS, Session, SessionEntry, SessionId,
    SignedInUser, throttle,
};
use crate::app::App;
use crate::audit::Origin;
use crate::auth::origin_of;
use crate::auth::password::{self, PasswordAttempt};
use crate::auth::token::Bearer;
use crate::db::{Conn, Instant};
use crate::http::limits::client_address;
use crate::http::page::{self, Cursor, Limit};
use crate::http::problem::ProblemDocument;
use crate::http::{Code, Json, Path, Problem, Query, reply};
use crate::input::Faults;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError, delete, get, post};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// E-mail address and password, and of an account that has a second factor one of its codes.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct SignIn {
    email: Email,
    password: PasswordAttempt,
    /// Six digits of the authenticator app.
    #[deserr(default)]
    #[schema(value_type = Option<OneTimeCode>, required = false, example = "492039")]
    code: Option<OneTimeCode>,
    /// In the place of `code`, if the telephone is lost. Each is good once.
    #[deserr(default)]
    #[schema(value_type = Option<RecoveryCode>, required = false, example = "k3v9-fqxm-4t7e-w2hn")]
    recovery_code: Option<RecoveryCode>,
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
        user: Me::of(signed_in.profile, app.config.second_factor(), session.second_factor),
    })
}

/// Sign in.
///
/// Gives an access token for 15 minutes and a refresh token for the next one; the session lasts 30 days at most. An
/// unknown address and a wrong password get the same answer.
///
/// Wrong passwords and codes are counted, five at an account and twenty from an address without consequence. Each one more
/// is followed by a delay that doubles, up to 15 minutes, in which attempts are refused unseen (429 with `Retry-After`):
/// then the right password helps. An account is counted apart for places it has been signed in to from of late.
///
/// An account with a second factor answers `second_factor_needed` to the password alone: send it again with `code`.
#[utoipa::path(tag = "accounts", responses(
    (status = 201, description = "Signed in", body = SignedIn),
    (status = 401, description = "Wrong e-mail or password, or the second factor is missing (`second_factor_needed`) or wrong (`invalid_code`).", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many attempts; see `Retry-After`.", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/sessions")]
pub(super) async fn create_session(
    app: Data<App>,
    req: HttpRequest,
    body: Json<SignIn>,
) -> Result<HttpResponse, Problem> {
    let allowance = app.limits.sign_in_by_address.check(&client_address(&req))?;
    // The limit is told with the refusal too.
    let mut response = match sign_in(&app, body.value, origin_of(&req)).await {
        Ok(signed_in) => reply::created("/v1/sessions/current", &signed_in)?,
        Err(problem) => problem.error_response(),
    };
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}

async fn sign_in(app: &Data<App>, given: SignIn, origin: Origin) -> Result<SignedIn, Problem> {
    let SignIn { email, password, code, recovery_code } = given;
    let shown = Shown::of(code, recovery_code).map_err(Problem::invalid_body)?;
    let (world, now) = (app.world.clone(), app.world.now());
    let candidate = app.db.read(move |conn| sign_in::look_up(conn, email, origin, now)).await?;
    let guess = candidate.guess();
    let reserved = app.db.write(move |conn| throttle::reserve(conn, now, &guess)).await?;
    let right = match password::verify(password, candidate.hash()).await {
        Ok(right) => right,
        Err(busy) => {
            app.db.write(move |conn| throttle::take_back(conn, now, &reserved)).await?;
            return Err(AccountError::from(busy).into());
        }
    };
    if !right {
        if reserved.begins_delay() {
            app.db.write(move |conn| sign_in::refused(conn, &world, &candidate, &reserved)).await?;
        }
        return Err(AccountError::InvalidCredentials.into());
    }
    let begin = move |conn: &mut Conn| sign_in::sign_in(conn, &world, &candidate, shown.as_ref(), &reserved);
    match app.db.write(begin).await? {
        SignInOutcome::Started(started) => {
            app.post.wake();
            signed_in(app, *started)
        }
        SignInOutcome::CodeNeeded => Err(Problem::new(Code::SecondFactorNeeded)),
        SignInOutcome::WrongCode => Err(Problem::new(Code::InvalidCode)),
        SignInOutcome::Refused => Err(AccountError::InvalidCredentials.into()),
    }
}

/// Refresh a session.
///
/// Trades the refresh token for a new access token and the next refresh token. Each is good once: if one comes a
/// second time, somebody has copied it, the whole session ends, and its user is told by mail. Send one again after a lost
/// answer, and that is what happens: sign in then. The session's 30 days go on running.
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
    let (world, given, origin) = (app.world.clone(), body.value.refresh_token, origin_of(&req));
    let renewed = app
        .db
        .write(move |conn| match accounts::refresh_session(conn, &world, &given, &origin)? {
            Refresh::Renewed(session) => accounts::with_profile(conn, session).map(Ok),
            // Not an error in here: the end of the session must be committed.
            Refresh::Reused(_) => Ok(Err(AccountError::RefreshTokenReused)),
            Refresh::Unknown => Ok(Err(AccountError::InvalidRefreshToken)),
        })
        .await?;
    if matches!(renewed, Err(AccountError::RefreshTokenReused)) {
        app.post.wake();
    }
    let renewed = renewed?;
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
    end(&app, caller, None).await
}

/// An open session of the caller.
#[derive(Debug, Serialize, ToSchema)]
struct SessionView {
    id: SessionId,
    created_at: Instant,
    /// When it was last refreshed.
    seen_at: Instant,
    expires_at: Instant,
    /// From where it was last refreshed.
    #[schema(example = "203.0.113.7")]
    address: Option<String>,
    /// By what it was last refreshed.
    #[schema(example = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    user_agent: Option<String>,
    /// Was the second factor shown?
    second_factor: bool,
    /// The session of this request.
    current: bool,
}

/// Sessions, the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct SessionPage {
    items: Vec<SessionView>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SessionsQuery {
    /// Sessions of a page, 1 to 100; 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, example = 20)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// The caller's sessions.
///
/// Those that are open: where the account is signed in, when and from where each was last refreshed. One you do not know
/// is one to end (`DELETE /v1/sessions/{id}`), and then the password to change.
#[utoipa::path(tag = "accounts", security(("bearer" = [])), params(SessionsQuery),
    responses((status = 200, description = "A page of sessions", body = SessionPage)))]
#[get("/v1/sessions")]
pub(super) async fn list_sessions(
    app: Data<App>,
    req: HttpRequest,
    caller: Session,
    Query(query): Query<SessionsQuery>,
) -> Result<HttpResponse, Problem> {
    let list = format!("sessions {}", caller.user);
    let after = query.cursor.map(|cursor| cursor.open::<SessionId>(&list)).transpose()?;
    let (user, now, rows) = (caller.user, app.world.now(), query.limit.rows() + 1);
    let found = app.db.read(move |conn| accounts::list_sessions(conn, user, now, after, rows)).await?;
    let (found, next_cursor) = page::cut(found, query.limit, &list, |entry| entry.session);
    let items = found.into_iter().map(|entry| SessionView::of(entry, caller.session)).collect();
    let page = SessionPage { items, next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

impl SessionView {
    fn of(entry: SessionEntry, current: SessionId) -> Self {
        Self {
            id: entry.session,
            created_at: entry.created_at,
            seen_at: entry.seen_at,
            expires_at: entry.expires_at,
            address: entry.address,
            user_agent: entry.user_agent,
            second_factor: entry.second_factor,
            current: entry.session == current,
        }
    }
}

/// End one of the caller's sessions.
///
/// Neither its access tokens nor its refresh tokens are good from now on, on any instance.
#[utoipa::path(tag = "accounts", security(("bearer" = [])), params(("id" = SessionId, Path)),
    responses((status = 204, description = "Ended")))]
#[delete("/v1/sessions/{id}")]
pub(super) async fn delete_session_of_mine(
    app: Data<App>,
    caller: Session,
    Path(session): Path<SessionId>,
) -> Result<HttpResponse, Problem> {
    end(&app, caller, Some(session)).await
}

async fn end(app: &App, caller: Session, session: Option<SessionId>) -> Result<HttpResponse, Problem> {
    let world = app.world.clone();
    let end = move |conn: &mut Conn| {
        let session = session.unwrap_or(caller.session);
        accounts::end_session(conn, &world, &caller, session)
    };
    match app.db.write(end).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(Problem::not_found()),
    }
}

/// End the caller's other sessions.
///
/// All but the one of this request.
#[utoipa::path(tag = "accounts", security(("bearer" = [])), responses((status = 204, description = "Ended")))]
#[delete("/v1/sessions")]
pub(super) async fn delete_other_sessions(app: Data<App>, caller: Session) -> Result<HttpResponse, Problem> {
    let world = app.world.clone();
    app.db.write(move |conn| accounts::end_other_sessions(conn, &world, &caller)).await?;
    Ok(HttpResponse::NoContent().finish())
}
