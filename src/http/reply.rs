//! Answers: JSON with an ETag, conditional requests, paging links.

use super::{Code, Problem};
use crate::app::App;
use crate::catalogue::Seq;
use crate::say::{Language, Say};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH, LINK,
    LOCATION, VARY,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The catalogue's last change: on answers of the catalogue, and on those to writes that it shows.
pub const CATALOGUE_SEQ: HeaderName = HeaderName::from_static("catalogue-seq");

/// The answer to a GET of something public: revalidated, because a certificate may be withdrawn at any time.
pub fn public<T: Serialize>(req: &HttpRequest, value: &T) -> Result<HttpResponse, Problem> {
    readable(req, value, "public, no-cache")
}

/// The answer to a GET of something that belongs to the caller.
pub fn private<T: Serialize>(req: &HttpRequest, value: &T) -> Result<HttpResponse, Problem> {
    readable(req, value, "private, no-store")
}

/// The same with more beside it that the ETag does not stand for, such as a hint: what is added to a lead by `If-Match` does
/// not depend on that. Such a tag is a weak one (RFC 9110 §8.8.1).
pub fn private_with_hints<T: Serialize>(
    req: &HttpRequest,
    value: &T,
    with_hints: &T,
) -> Result<HttpResponse, Problem> {
    let tag = format!("W/{}", etag(encode(value)?));
    tagged(req, encode(with_hints)?, tag, "private, no-store")
}

/// A page of a public or private list; `next_cursor` also becomes `Link: rel="next"`.
pub fn with_next(req: &HttpRequest, mut response: HttpResponse, next_cursor: Option<&str>) -> HttpResponse {
    let Some(cursor) = next_cursor else {
        return response;
    };
    let (path, query) = (req.path(), req.query_string());
    let mut link = String::with_capacity(path.len() + 2 * query.len() + cursor.len() + 64);
    link.extend(["<", path, "?"]);
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "cursor");
    let begin = link.len();
    let mut link = form_urlencoded::Serializer::for_suffix(link, begin)
        .extend_pairs(kept)
        .append_pair("cursor", cursor)
        .finish();
    link.push_str(">; rel=\"next\"");
    if let Ok(link) = HeaderValue::try_from(link) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

fn readable<T: Serialize>(
    req: &HttpRequest,
    value: &T,
    cache: &'static str,
) -> Result<HttpResponse, Problem> {
    let body = encode(value)?;
    let tag = etag(&body);
    tagged(req, body, tag, cache)
}

fn tagged(
    req: &HttpRequest,
    body: String,
    tag: String,
    cache: &'static str,
) -> Result<HttpResponse, Problem> {
    let unchanged = matches_any(req, IF_NONE_MATCH, tag.trim_start_matches("W/"));
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, cache));
    // A 304 ends with its headers: a body after them would be read as the next answer of the connection.
    Ok(if unchanged { response.finish() } else { json_body(&mut response, body) })
}

/// 200 with a body that is an answer rather than a resource: no ETag, not stored.
pub fn answer<T: Serialize>(value: &T) -> Result<HttpResponse, Problem> {
    let body = encode(value)?;
    Ok(json_body(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")), body))
}

/// 202: what was asked for is on its way.
pub fn accepted<T: Serialize>(value: &T) -> Result<HttpResponse, Problem> {
    let body = encode(value)?;
    Ok(json_body(HttpResponse::Accepted().insert_header((CACHE_CONTROL, "no-store")), body))
}

/// 201 with where the new resource is.
pub fn created<T: Serialize>(location: &str, value: &T) -> Result<HttpResponse, Problem> {
    let body = encode(value)?;
    let mut response = HttpResponse::build(StatusCode::CREATED);
    response.insert_header((LOCATION, location)).insert_header((CACHE_CONTROL, "no-store"));
    Ok(json_body(&mut response, body))
}

/// Tells with the answer to a write which change the catalogue shows it from, and has this instance follow at once.
pub fn announced(app: &App, mut response: HttpResponse, seq: Seq) -> HttpResponse {
    app.catalogue.wake();
    response.headers_mut().insert(CATALOGUE_SEQ, seq.number().into());
    response
}

/// Marks an answer whose words follow `Accept-Language`.
pub fn in_language(mut response: HttpResponse, language: Language) -> HttpResponse {
    mark_language(response.headers_mut(), language);
    response
}

/// What [`in_language`] does, on the headers alone.
pub fn mark_language(headers: &mut HeaderMap, language: Language) {
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.as_str()));
    headers.append(VARY, HeaderValue::from_static("Accept-Language"));
}

pub fn encode<T: Serialize>(value: &T) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|error| Problem::new(Code::Internal).cause(error))
}

fn json_body(response: &mut HttpResponseBuilder, body: String) -> HttpResponse {
    response.content_type("application/json").body(body)
}

/// A strong entity tag of a representation.
pub fn etag(body: impl AsRef<[u8]>) -> String {
    let digest = Sha256::digest(body.as_ref());
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest.first_chunk::<15>().copied().unwrap_or_default()))
}

/// Lets an update pass only if the caller has seen the present state: `If-Match` missing is 428, another tag 412.
pub fn require_match<T: Serialize>(req: &HttpRequest, present: &T) -> Result<(), Problem> {
    if !req.headers().contains_key(IF_MATCH) {
        return Err(not_read());
    }
    let tag = etag(&encode(present)?);
    if matches_any(req, IF_MATCH, &tag) {
        return Ok(());
    }
    Err(stale(&tag))
}

/// The `If-Match` of a request that may have one, kept so that it can be compared inside a transaction.
#[derive(Debug, Clone)]
pub struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    pub fn of(req: &HttpRequest) -> Self {
        let values = req.headers().get_all(IF_MATCH).filter_map(|value| value.to_str().ok());
        let tags = values
            .flat_map(|value| value.split(','))
            .map(|tag| tag.trim().trim_start_matches("W/").to_owned());
        Self(req.headers().contains_key(IF_MATCH).then(|| tags.collect()))
    }

    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// 428 unless the request has one.
    pub fn required(self) -> Result<Self, Problem> {
        if self.is_given() { Ok(self) } else { Err(not_read()) }
    }

    /// 412 unless one of the tags is that of the present state. A proxy that compressed may have weakened it.
    pub fn check<T: Serialize>(&self, present: &T) -> Result<(), Problem> {
        let Some(tags) = &self.0 else { return Ok(()) };
        let tag = etag(&encode(present)?);
        if tags.iter().any(|given| *given == "*" || *given == tag) {
            return Ok(());
        }
        Err(stale(&tag))
    }
}

fn not_read() -> Problem {
    Problem::new(Code::PreconditionRequired).detail(Say::new(
        "Hãy gửi If-Match với ETag của bản bạn đã đọc.",
        "Send If-Match with the ETag of what you have read.",
    ))
}

fn stale(tag: &str) -> Problem {
    Problem::new(Code::PreconditionFailed)
        .detail(Say::new(
            "Người khác đã sửa dữ liệu này; hãy đọc lại rồi thử lại.",
            "Somebody else has changed this meanwhile; read it again, then try again.",
        ))
        .header(ETAG, tag)
}

/// Has the client, as it says, what this tag names?
pub fn is_known(req: &HttpRequest, tag: &str) -> bool {
    matches_any(req, IF_NONE_MATCH, tag)
}

fn matches_any(req: &HttpRequest, header: HeaderName, tag: &str) -> bool {
    req.headers()
        .get_all(header)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|candidate| candidate.trim().trim_start_matches("W/"))
        .any(|candidate| candidate == "*" || candidate == tag)
}
