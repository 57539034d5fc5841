//! The extractors that authenticate. Which one a handler takes is what it allows:
//!
//! * [`Session`]: whoever is signed in.
//! * [`MaybeSession`]: anybody; but a token that is sent must be good, lest a client whose token ran out believes it
//!   is signed in.
//! * [`Officer`]: an officer of any province, or an administrator. Name it before the body.

use crate::accounts;
use crate::accounts::model::{Role, Session, UserId};
use crate::app::App;
use crate::http::frame::ActorId;
use crate::http::{Code, Problem};
use crate::say::Say;
use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::future::Future;
use std::pin::Pin;

type Pending<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// The caller, if the request carries a token at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaybeSession(pub Option<Session>);

/// A caller who keeps the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    pub user: UserId,
    pub office: Office,
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
        Box::pin(async move { authenticate(&req).await?.ok_or_else(unauthenticated) })
    }
}

impl FromRequest for MaybeSession {
    type Error = Problem;
    type Future = Pending<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { authenticate(&req).await.map(Self) })
    }
}

impl FromRequest for Officer {
    type Error = Problem;
    type Future = Pending<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let session = authenticate(&req).await?.ok_or_else(unauthenticated)?;
            let office = match session.role {
                Role::Officer { province } => Office::Province(province),
                Role::Admin => Office::Country,
                Role::Member => {
                    return Err(Problem::new(Code::Forbidden).detail(Say::new(
                        "Việc này dành cho cán bộ quản lý chương trình OCOP.",
                        "This is for officers of the OCOP programme.",
                    )));
                }
            };
            Ok(Self { user: session.user, office })
        })
    }
}

/// The caller of a request: `None` without a token, 401 with one that is bad or whose session has ended.
async fn authenticate(req: &HttpRequest) -> Result<Option<Session>, Problem> {
    let Some(token) = bearer_token(req)? else {
        return Ok(None);
    };
    let app = req
        .app_data::<Data<App>>()
        .ok_or_else(|| Problem::new(Code::Internal).cause("no application state"))?;
    let now = app.world.now();
    let bearer = app.keys.verify(token, now).map_err(invalid_token)?;
    let session = app
        .db
        .read(move |conn| accounts::open_session(conn, bearer.session, bearer.user, now))
        .await?
        .ok_or_else(|| invalid_token("the session has ended"))?;
    req.extensions_mut().insert(ActorId(session.user.to_string()));
    Ok(Some(session))
}

/// The token of the `Authorization` header (RFC 6750 §2.1).
fn bearer_token(req: &HttpRequest) -> Result<Option<&str>, Problem> {
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
fn unauthenticated() -> Problem {
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
