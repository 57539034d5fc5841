//! The extractors that authenticate. Which one a handler takes is what it allows:
//!
//! * [`Session`]: a person who is signed in, and no machine.
//! * [`Scoped`]: a person who is signed in, or a machine client that has the scope.
//! * [`MaybeScoped`]: anybody; but a token that is sent must be good, lest a client whose token ran out believes it is
//!   signed in.
//! * [`Officer`]: an officer of any province, or an administrator. Name it before the body.
//!
//! A token is good if it is ours, and if the database says that its session or its client still is: what ended is refused
//! at once, by every instance.

use super::caller::{Caller, Principal};
use super::keys::{self, KeyError};
use super::token::{Bearer, Checked, Refused};
use crate::accounts::model::{Role, Session, UserId};
use crate::app::App;
use crate::audit::{Agent, Origin};
use crate::clients::{self, Scope};
use crate::http::frame::{ActorId, RequestId};
use crate::http::limits::client_address;
use crate::http::{Code, Problem};
use crate::say;
use crate::say::Say;
use crate::{accounts, db};
use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, USER_AGENT, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

type Pending<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// A scope as a type, for [`Scoped`].
pub trait Needs: 'static {
    const SCOPE: Scope;
}

macro_rules! needs {
    ($($name:ident),+) => {$(
        #[doc = concat!("[`Scope::", stringify!($name), "`] as a type.")]
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name;

        impl Needs for $name {
            const SCOPE: Scope = Scope::$name;
        }
    )+};
}

needs!(ListingsRead, ListingsWrite, LeadsRead, LeadsWrite);

/// A caller who may do what needs the scope: a person always, as far as that person's own rights go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scoped<S> {
    pub caller: Caller,
    scope: PhantomData<S>,
}

/// The same, if the request carries a token at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaybeScoped<S> {
    pub caller: Option<Caller>,
    scope: PhantomData<S>,
}

/// A caller who keeps the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    pub user: UserId,
    pub office: Office,
    pub agent: Agent,
}

/// How far an office reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Office {
    /// An officer's: one province of today.
    Province(String),
    /// An administrator's.
    Country,
}

impl Office {
    /// The one province it reaches, if it is one.
    pub fn province(&self) -> Option<&str> {
        match self {
            Self::Province(own) => Some(own),
            Self::Country => None,
        }
    }

    /// Does what lies in `province` (a code of today) belong to it?
    pub fn reaches(&self, province: Option<&str>) -> bool {
        match self {
            Self::Province(own) => province == Some(own),
            Self::Country => true,
        }
    }
}

impl FromRequest for Session {
    type Error = Problem;
    type Future = Pending<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { person(&req).await })
    }
}

impl<S: Needs> FromRequest for Scoped<S> {
    type Error = Problem;
    type Future = Pending<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let caller = within::<S>(authenticate(&req).await?)?.ok_or_else(unauthenticated)?;
            Ok(Self { caller, scope: PhantomData })
        })
    }
}

impl<S: Needs> FromRequest for MaybeScoped<S> {
    type Error = Problem;
    type Future = Pending<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let caller = within::<S>(authenticate(&req).await?)?;
            Ok(Self { caller, scope: PhantomData })
        })
    }
}

impl FromRequest for Officer {
    type Error = Problem;
    type Future = Pending<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let session = person(&req).await?;
            let agent = session.agent();
            let office = match session.caller.role {
                Role::Officer { province } => Office::Province(province),
                Role::Admin => Office::Country,
                Role::Member if session.caller.office_waits => return Err(second_factor_required()),
                Role::Member => {
                    return Err(Problem::new(Code::Forbidden).detail(Say::new(
                        "Việc này dành cho cán bộ quản lý chương trình OCOP.",
                        "This is for officers of the OCOP programme.",
                    )));
                }
            };
            Ok(Self { user: session.user, office, agent })
        })
    }
}

/// 403 to an officer who has signed in by password alone.
pub fn second_factor_required() -> Problem {
    Problem::new(Code::SecondFactorRequired).detail(Say::new(
        "Cán bộ và quản trị viên phải đăng nhập với mã xác thực hai lớp: thiết lập ở POST /v1/me/second-factor rồi đăng nhập lại.",
        "Officers and administrators must sign in with a second factor: set it up at POST /v1/me/second-factor, then sign in again.",
    ))
}

async fn person(req: &HttpRequest) -> Result<Session, Problem> {
    let (caller, _) = authenticate(req).await?.ok_or_else(unauthenticated)?;
    match caller.principal {
        Principal::User { user, session } => Ok(Session { user, session, caller }),
        Principal::Client { .. } => Err(Problem::new(Code::Forbidden).detail(Say::new(
            "Việc này dành cho người đã đăng nhập, không dành cho máy khách.",
            "This is for people who have signed in, not for machine clients.",
        ))),
    }
}

type Authenticated = (Caller, Option<clients::Scopes>);

/// The caller, if a machine's token has the scope (RFC 6750 §3.1: `insufficient_scope`).
fn within<S: Needs>(authenticated: Option<Authenticated>) -> Result<Option<Caller>, Problem> {
    let Some((caller, scopes)) = authenticated else { return Ok(None) };
    if scopes.is_none_or(|scopes| scopes.has(S::SCOPE)) {
        return Ok(Some(caller));
    }
    let scope = S::SCOPE.as_str();
    let challenge = format!(r#"Bearer realm="ocop-market", error="insufficient_scope", scope="{scope}""#);
    Err(Problem::new(Code::InsufficientScope)
        .detail(say!("Mã truy cập cần có phạm vi {scope}.", "The access token needs the scope {scope}."))
        .header(WWW_AUTHENTICATE, challenge))
}

/// The caller of a request, and what a machine's token is limited to: `None` without a token, 401 with one that is bad or
/// whose session or client has ended.
async fn authenticate(req: &HttpRequest) -> Result<Option<Authenticated>, Problem> {
    let Some(token) = bearer_token(req)? else {
        return Ok(None);
    };
    let app = req
        .app_data::<Data<App>>()
        .ok_or_else(|| Problem::new(Code::Internal).cause("no application state"))?;
    let now = app.world.now();
    let checked = check(app, token, now).await?;
    let (origin, second_factor) = (origin_of(req), app.config.second_factor());
    let caller = app.db.read(move |conn| open(conn, checked, now, origin, second_factor)).await?;
    let (caller, scopes) = caller.ok_or_else(|| invalid_token("the session or the client has ended"))?;
    req.extensions_mut().insert(ActorId(caller.key()));
    Ok(Some((caller, scopes)))
}

/// What a token says, if it is ours: by a key we know, or one that another instance has published meanwhile.
pub async fn check(app: &App, token: &str, now: db::Instant) -> Result<Checked, Problem> {
    let checked = match app.keys.verify(token, now) {
        Err(Refused::UnknownKey) => {
            keys::look_again(app).await?;
            app.keys.verify(token, now)
        }
        checked => checked,
    };
    checked.map_err(invalid_token)
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Db(failure) => failure.into(),
            error => Self::new(Code::Internal).cause(error),
        }
    }
}

fn open(
    conn: &mut db::Conn,
    checked: Checked,
    now: db::Instant,
    origin: Origin,
    second_factor: accounts::SecondFactorRule,
) -> Result<Option<Authenticated>, db::Failure> {
    match checked.bearer {
        Bearer::User { user, session } => {
            let open = accounts::open_session(conn, session, user, now, second_factor, origin)?;
            Ok(open.map(|session| (session.caller, None)))
        }
        Bearer::Client { client, ref scopes } => {
            let open = clients::open(conn, client, scopes, &checked, origin)?;
            Ok(open.map(|caller| (caller, Some(scopes.clone()))))
        }
    }
}

/// Where a request came from, as the audit log keeps it.
pub fn origin_of(req: &HttpRequest) -> Origin {
    const LONGEST: usize = 200;
    let agent = req.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    Origin {
        address: Some(client_address(req)),
        user_agent: agent.map(|text| text.chars().take(LONGEST).collect()),
        request_id: req.extensions().get::<RequestId>().map(|id| id.0.clone()),
    }
}

/// The token of the `Authorization` header (RFC 6750 §2.1).
pub fn bearer_token(req: &HttpRequest) -> Result<Option<&str>, Problem> {
    let mut headers = req.headers().get_all(AUTHORIZATION);
    let Some(header) = headers.next() else {
        return Ok(None);
    };
    if headers.next().is_some() {
        return Err(invalid_token("more than one Authorization header"));
    }
    let text = header.to_str().map_err(|_| invalid_token("the Authorization header is not ASCII"))?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(unauthenticated().cause("another scheme than Bearer")),
    }
}

/// 401 to a request without a token; the frame adds the challenge.
pub fn unauthenticated() -> Problem {
    Problem::new(Code::Unauthenticated).detail(Say::new(
        "Hãy đăng nhập (POST /v1/sessions) rồi gửi Authorization: Bearer <access_token>.",
        "Sign in (POST /v1/sessions), then send Authorization: Bearer <access_token>.",
    ))
}

/// 401 to a token that is no good (RFC 6750 §3.1). Why exactly is in the log only.
fn invalid_token(cause: impl ToString) -> Problem {
    Problem::new(Code::Unauthenticated)
        .detail(Say::new(
            "Mã truy cập không hợp lệ, đã hết hạn hoặc phiên đã kết thúc; hãy làm mới hoặc đăng nhập lại.",
            "The access token is invalid or has expired, or its session has ended; refresh it or sign in again.",
        ))
        .header(
            WWW_AUTHENTICATE,
            r#"Bearer realm="ocop-market", error="invalid_token""#,
        )
        .cause(cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn token_of(headers: &[&str]) -> Result<Option<String>, &'static str> {
        let request = headers
            .iter()
            .fold(TestRequest::default(), |request, value| request.append_header((AUTHORIZATION, *value)));
        let request = request.to_http_request();
        bearer_token(&request).map(|token| token.map(str::to_owned)).map_err(|problem| problem.code.as_str())
    }

    #[test]
    fn the_header_is_absent_good_or_wrong() {
        assert_eq!(token_of(&[]), Ok(None));
        for right in ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c"] {
            assert_eq!(token_of(&[right]), Ok(Some("a.b.c".to_owned())), "{right}");
        }
        for wrong in [["Basic YTpi"].as_slice(), &["Bearer"], &[""], &["a.b.c"], &["Bearer a", "Bearer b"]] {
            assert_eq!(token_of(wrong), Err("unauthenticated"), "{wrong:?}");
        }
    }
}
