//! Requests and answers of accounts.

use super::{
    AccountError, DisplayName, Email, MemberRole, Profile, ProfileChange, ProfileMembership, Proof, Refresh,
    RefreshToken, RoleName, SESSION_SECONDS, Session, SignedInUser, UserId, UserLanguage,
};
use crate::app::App;
use crate::audit::Origin;
use crate::auth::keys::JsonWebKeySet;
use crate::auth::origin_of;
use crate::auth::password::{self, PasswordAttempt};
use crate::auth::token::Bearer;
use crate::db::Instant;
use crate::http::limits::client_address;
use crate::http::problem::ProblemDocument;
use crate::http::{Code, Json, Problem, reply};
use crate::input::{Change, Faults};
use crate::organisations::{OrganisationId, OrganisationKind};
use crate::say::{Invalid, Say};
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError, delete, get, patch, post};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(create_session)
        .service(refresh_session)
        .service(delete_session)
        .service(get_me)
        .service(update_me)
        .service(get_jwks);
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::InvalidCredentials => Self::new(Code::InvalidCredentials),
            AccountError::InvalidRefreshToken => Self::new(Code::InvalidRefreshToken),
            AccountError::RefreshTokenReused => Self::new(Code::InvalidRefreshToken)
                .detail(Say::new(
                    "Mã làm mới này đã được dùng; để an toàn, phiên đã kết thúc. Hãy đăng nhập lại.",
                    "This refresh token has been used before; to be safe, its session has been ended. Sign in again.",
                ))
                .cause(error),
            AccountError::Changed => Self::new(Code::PreconditionFailed).detail(Say::new(
                "Dữ liệu vừa được sửa ở nơi khác; hãy đọc lại rồi thử lại.",
                "This was changed elsewhere just now; read it again, then try again.",
            )),
            AccountError::EmailTaken => Self::invalid_body(Faults::one(
                ["email"],
                Invalid::new(
                    "taken",
                    Say::new("Email này đã có tài khoản.", "This e-mail address already has an account."),
                ),
            )),
            AccountError::UnknownOrganisation(_) | AccountError::UnknownUser => Self::not_found().cause(error),
            AccountError::Busy(busy) => Self::new(Code::Unavailable)
                .detail(Say::new(
                    "Quá nhiều người đang đăng nhập; hãy thử lại sau giây lát.",
                    "Too many people are signing in; please try again in a moment.",
                ))
                .header(RETRY_AFTER, "2")
                .cause(busy),
            AccountError::Hash(error) => Self::new(Code::Internal).cause(error),
            AccountError::Signing(error) => Self::new(Code::Internal).cause(error),
            AccountError::Db(failure) => failure.into(),
        }
    }
}

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

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    id: UserId,
    #[schema(example = "banhang@example.vn")]
    email: String,
    #[schema(example = "Phòng kinh doanh")]
    display_name: Option<String>,
    language: UserLanguage,
    role: RoleName,
    /// Of an officer: the code of the province of today in which the office counts.
    #[schema(example = "33")]
    province: Option<String>,
    /// The organisations the user acts for.
    memberships: Vec<MyMembership>,
    created_at: Instant,
    updated_at: Instant,
}

/// An organisation the caller acts for.
#[derive(Debug, Serialize, ToSchema)]
struct MyMembership {
    organisation_id: OrganisationId,
    #[schema(example = "Hợp tác xã Bánh cáy Làng Minh Họa")]
    organisation_name: String,
    kind: OrganisationKind,
    role: MemberRole,
}

impl From<Profile> for Me {
    fn from(profile: Profile) -> Self {
        Self {
            id: profile.user,
            email: profile.email,
            display_name: profile.display_name,
            language: profile.language,
            role: profile.role.name(),
            province: profile.role.province().map(str::to_owned),
            memberships: profile.memberships.into_iter().map(MyMembership::from).collect(),
            created_at: profile.created_at,
            updated_at: profile.updated_at,
        }
    }
}

impl From<ProfileMembership> for MyMembership {
    fn from(membership: ProfileMembership) -> Self {
        Self {
            organisation_id: membership.organisation,
            organisation_name: membership.name,
            kind: membership.kind,
            role: membership.role,
        }
    }
}

/// What of the caller changes; a field that is left out stays.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct MeChange {
    /// 1 to 100 characters; `null` removes it.
    #[deserr(default)]
    #[schema(value_type = Option<String>, required = false, min_length = 1, max_length = 100, example = "Phòng kinh doanh")]
    display_name: Change<DisplayName>,
    #[deserr(default)]
    #[schema(value_type = UserLanguage, required = false)]
    language: Change<UserLanguage>,
}

impl MeChange {
    fn checked(self) -> Result<ProfileChange, Faults> {
        let language = match self.language {
            Change::Keep => None,
            Change::Set(language) => Some(language),
            Change::Clear => {
                let not_null = Say::new("Trường này không được là null.", "This field must not be null.");
                return Err(Faults::one(["language"], Invalid::new("wrong_type", not_null)));
            }
        };
        Ok(ProfileChange { display_name: self.display_name, language })
    }
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
async fn create_session(
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
    let found = app.db.read(move |conn| super::find_credentials(conn, &given.email)).await?;
    let (user, hash) = found.unzip();
    let right = password::verify(given.password, hash).await.map_err(AccountError::from)?;
    let Some(user) = user.filter(|_| right) else {
        return Err(AccountError::InvalidCredentials.into());
    };
    let world = app.world.clone();
    let started = app
        .db
        .write(move |conn| {
            let session = super::start_session(conn, &world, user, Proof::Password, &origin)?;
            super::with_profile(conn, session)
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
async fn refresh_session(
    app: Data<App>,
    req: HttpRequest,
    body: Json<SessionRefresh>,
) -> Result<HttpResponse, Problem> {
    let allowance = app.limits.refresh_by_address.check(&client_address(&req))?;
    let (world, given) = (app.world.clone(), body.value.refresh_token);
    let renewed = app
        .db
        .write(move |conn| match super::refresh_session(conn, &world, &given)? {
            Refresh::Renewed(session) => super::with_profile(conn, session).map(Ok),
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
async fn delete_session(app: Data<App>, caller: Session) -> Result<HttpResponse, Problem> {
    let world = app.world.clone();
    app.db.write(move |conn| super::end_session(conn, &world, caller.session)).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn profile_of(app: &App, caller: &Session) -> Result<Profile, Problem> {
    let user = caller.user;
    let profile = app.db.read(move |conn| super::profile(conn, user)).await?;
    profile.ok_or_else(Problem::not_found)
}

/// The caller.
///
/// Who the access token speaks for, and what that user may do: its office, and the organisations it acts for.
#[utoipa::path(tag = "accounts", security(("bearer" = [])), responses((status = 200, description = "The caller", body = Me)))]
#[get("/v1/me")]
async fn get_me(app: Data<App>, req: HttpRequest, caller: Session) -> Result<HttpResponse, Problem> {
    reply::private(&req, &Me::from(profile_of(&app, &caller).await?))
}

/// Change the caller.
///
/// JSON merge patch (RFC 7396): a field that is left out stays, `null` removes. `If-Match` must carry the ETag of
/// what was read.
#[utoipa::path(tag = "accounts", security(("bearer" = [])),
    params(("If-Match" = String, Header, description = "ETag of `GET /v1/me`")),
    responses(
        (status = 200, description = "As it is now", body = Me),
        (status = 412, description = "It has changed since it was read.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing.", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
#[patch("/v1/me")]
async fn update_me(
    app: Data<App>,
    req: HttpRequest,
    caller: Session,
    body: Json<MeChange>,
) -> Result<HttpResponse, Problem> {
    let change = body.value.checked().map_err(Problem::invalid_body)?;
    let seen = profile_of(&app, &caller).await?;
    reply::require_match(&req, &Me::from(seen.clone()))?;
    let world = app.world.clone();
    let changed = app.db.write(move |conn| super::change_profile(conn, &world, &caller.agent(), &seen, change)).await?;
    reply::private(&req, &Me::from(changed))
}

/// Public keys of the access tokens.
///
/// A JSON Web Key Set (RFC 7517) with which any gateway can check our access tokens: algorithm EdDSA (Ed25519), type
/// `at+jwt`. May be kept for five minutes; a token with an unknown `kid` is the time to load it again.
#[utoipa::path(tag = "accounts", responses((status = 200, description = "The keys", body = JsonWebKeySet)))]
#[get("/.well-known/jwks.json")]
async fn get_jwks(app: Data<App>, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut response = reply::public(&req, &app.keys.public())?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(response)
}
