//! `Idempotency-Key` (IETF draft httpapi-idempotency-key-header): a POST sent again has one effect and one answer.
//!
//! The answer is stored in the transaction of the effect, so either both exist or neither. A repetition with the same
//! body is answered from there and marked `Idempotency-Replayed: true`; with another body it is 422; while the first
//! is still running on this instance, 409. (On another instance it waits in the database for the first to end.)
//! Answers are kept for 72 hours. What failed is not stored: sent again, it runs again.

mod gather;
mod store;

pub use gather::{Gatherer, Prepared, Together};

use super::{Code, Problem, reply};
use crate::app::App;
use crate::catalogue::Seq;
use crate::db::{Conn, Failure, Instant};
use crate::say::Say;
use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, LOCATION};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How long answers are kept.
pub const KEPT_SECONDS: i64 = 72 * 3600;

/// The answer to a request that created something, in the form it is stored in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
    /// The catalogue's last change when the effect was committed, if it may have changed the catalogue.
    pub catalogue_seq: Option<Seq>,
}

impl Answer {
    /// 201 with the new resource and where it is.
    pub fn created<T: Serialize>(location: String, value: &T) -> Result<Self, Problem> {
        Ok(Self {
            status: StatusCode::CREATED.as_u16(),
            location: Some(location),
            body: reply::encode(value)?,
            catalogue_seq: None,
        })
    }

    /// The same, of an effect that the catalogue shows from this change on.
    pub fn announced(self, seq: Seq) -> Self {
        Self { catalogue_seq: Some(seq), ..self }
    }

    /// Lets the catalogue of this instance follow at once.
    fn made_known(self, app: &App) -> Self {
        if self.catalogue_seq.is_some() {
            app.catalogue.wake();
        }
        self
    }

    fn into_response(self, replayed: bool) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::CREATED);
        let mut response = HttpResponse::build(status);
        response.content_type("application/json").insert_header(("Cache-Control", "no-store"));
        if let Some(location) = self.location {
            response.insert_header((LOCATION, location));
        }
        if let Some(seq) = self.catalogue_seq {
            response.insert_header((reply::CATALOGUE_SEQ, seq.number()));
        }
        if replayed {
            response.insert_header((REPLAYED, HeaderValue::from_static("true")));
        }
        response.body(self.body)
    }
}

/// Keys whose request is running on this instance now.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<HashSet<(String, String)>>>);

struct Guard {
    running: Running,
    key: (String, String),
}

impl Running {
    fn enter(&self, key: (String, String)) -> Option<Guard> {
        let fresh = self.0.lock().map(|mut keys| keys.insert(key.clone())).unwrap_or(true);
        fresh.then(|| Guard { running: self.clone(), key })
    }

    fn enter_for(&self, bound: &Bound) -> Result<Guard, Problem> {
        self.enter((bound.scope.clone(), bound.key.clone())).ok_or_else(|| {
            Problem::new(Code::RequestInProgress)
                .detail(Say::new(
                    "Yêu cầu đầu tiên với khóa này chưa xong; hãy gửi lại sau giây lát.",
                    "The first request with this key has not ended yet; send it again in a moment.",
                ))
                .header(actix_web::http::header::RETRY_AFTER, "1")
        })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Ok(mut keys) = self.running.0.lock() {
            keys.remove(&self.key);
        }
    }
}

/// A request as an Idempotency-Key is bound to it.
#[derive(Debug, Clone)]
struct Bound {
    scope: String,
    key: String,
    request_hash: String,
}

/// Is the header required by this operation?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Required,
    Optional,
}

/// Runs `effect` in one transaction, once for each key. `actor` keeps the keys of different callers apart; `body` is
/// the request's body as it arrived.
pub async fn once<E, F>(
    app: &App,
    req: &HttpRequest,
    need: Need,
    actor: &str,
    body: &[u8],
    effect: F,
) -> Result<HttpResponse, Problem>
where
    F: FnOnce(&mut Conn) -> Result<Answer, E> + Send + 'static,
    E: Into<Problem> + From<Failure> + From<diesel::result::Error> + Send + 'static,
{
    if need == Need::Optional && !req.headers().contains_key(HEADER) {
        let answer = app.db.write(effect).await.map_err(Into::into)?;
        return Ok(answer.made_known(app).into_response(false));
    }
    let bound = bind(req, actor, body)?;
    let _guard = app.running.enter_for(&bound)?;
    let now = app.world.now();
    let outcome = app.db.write(move |conn| run(conn, &bound, now, effect)).await;
    outcome
        .map(|(answer, replayed)| answer.made_known(app).into_response(replayed))
        .map_err(Failed::into_problem)
}

/// As [`once`] of an operation that needs a key, together with others that are sent at the same time: as few transactions,
/// statements and flushes to the disk for all of them as one would need.
pub async fn together<T: Together>(
    app: &App,
    gatherer: &Gatherer<T>,
    req: &HttpRequest,
    actor: &str,
    body: &[u8],
    request: T,
) -> Result<HttpResponse, Problem> {
    let bound = bind(req, actor, body)?;
    let _guard = app.running.enter_for(&bound)?;
    let outcome = gatherer.run(bound, request).await;
    outcome
        .map(|(answer, replayed)| answer.made_known(app).into_response(replayed))
        .map_err(Failed::into_problem)
}

enum Failed<E> {
    OtherBody,
    Effect(E),
}

impl<E: Into<Problem>> Failed<E> {
    fn into_problem(self) -> Problem {
        match self {
            Self::Effect(error) => error.into(),
            Self::OtherBody => Problem::new(Code::IdempotencyKeyReused).detail(Say::new(
                "Khóa này đã đi với một nội dung khác; hãy dùng khóa mới cho yêu cầu mới.",
                "This key came with another body before; use a new key for a new request.",
            )),
        }
    }
}

impl<E: From<Failure>> From<Failure> for Failed<E> {
    fn from(failure: Failure) -> Self {
        Self::Effect(failure.into())
    }
}

impl<E: From<diesel::result::Error>> From<diesel::result::Error> for Failed<E> {
    fn from(error: diesel::result::Error) -> Self {
        Self::Effect(error.into())
    }
}

/// The answer, and whether it is a replay.
fn run<E, F>(conn: &mut Conn, bound: &Bound, now: Instant, effect: F) -> Result<(Answer, bool), Failed<E>>
where
    F: FnOnce(&mut Conn) -> Result<Answer, E>,
    E: From<diesel::result::Error>,
{
    match store::claim(conn, &bound.scope, &bound.key, &bound.request_hash, now)? {
        Some(claim) => claim.into_outcome(),
        None => {
            let answer = effect(conn).map_err(Failed::Effect)?;
            store::keep(conn, &bound.scope, &bound.key, &answer)?;
            Ok((answer, false))
        }
    }
}

/// Reads and checks the header.
fn bind(req: &HttpRequest, actor: &str, body: &[u8]) -> Result<Bound, Problem> {
    let header = req.headers().get(HEADER).ok_or_else(|| {
        Problem::new(Code::IdempotencyKeyRequired).detail(Say::new(
            "Hãy gửi Idempotency-Key, ví dụ một UUID mới cho mỗi yêu cầu, và gửi lại đúng khóa ấy khi thử lại.",
            "Send an Idempotency-Key, for example a new UUID for each request, and the same one when you retry.",
        ))
    })?;
    let key = header.to_str().ok().map(|key| key.trim().trim_matches('"'));
    let key = key.filter(|key| (16..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
    let key = key.ok_or_else(|| {
        Problem::new(Code::InvalidHeader).detail(Say::new(
            "Idempotency-Key phải dài 16 đến 255 ký tự ASCII không có khoảng trắng.",
            "Idempotency-Key must be 16 to 255 ASCII characters without spaces.",
        ))
    })?;
    let operation = req.match_pattern().unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(req.uri().to_string().as_bytes());
    hash.update([0]);
    hash.update(body);
    Ok(Bound {
        scope: format!("{} {operation} {actor}", req.method()),
        key: key.to_owned(),
        request_hash: URL_SAFE_NO_PAD.encode(hash.finalize()),
    })
}

/// Deletes answers older than 72 hours; returns how many.
pub fn purge(conn: &mut Conn, now: Instant) -> diesel::QueryResult<usize> {
    store::purge(conn, now.plus_seconds(-KEPT_SECONDS))
}
