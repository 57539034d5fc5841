//! Answers whose bytes lie ready, or need not be made because the client has them.

use crate::catalogue::document::FORM;
use crate::catalogue::{Head, Record, Seq, linked_data};
use crate::http::reply::{self, CATALOGUE_SEQ};
use crate::http::{Code, Problem};
use crate::say::Language;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderValue, VARY,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use std::fmt::Write;

const REVALIDATE: HeaderValue = HeaderValue::from_static("public, no-cache");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The tag of an answer that the catalogue, the day, the language, the request and this build decide, and nothing else.
pub fn tag_of(req: &HttpRequest, head: Head, language: Option<Language>) -> String {
    let language = language.map_or("", |language| language.as_str());
    let (path, query) = (req.path(), req.query_string());
    // Another build may order or word the same answer otherwise.
    const BUILD: &str = env!("CARGO_PKG_VERSION");
    let mut text = String::with_capacity(path.len() + query.len() + 80);
    // Writing into a `String` does not fail.
    let _ = write!(text, "{BUILD} {FORM} {} {} {language} {path}?{query}", head.seq, head.day);
    reply::etag(text)
}

/// 304 if the client has what the tag names, else the body, made only then.
pub fn answer(
    req: &HttpRequest,
    head: Head,
    tag: &str,
    body: impl FnOnce() -> Result<Vec<u8>, Problem>,
) -> Result<HttpResponse, Problem> {
    match not_modified(req, head, tag) {
        Some(response) => Ok(response),
        None => Ok(fresh(head, tag, body()?)),
    }
}

/// 304 if the client has what the tag names.
pub fn not_modified(req: &HttpRequest, head: Head, tag: &str) -> Option<HttpResponse> {
    reply::is_known(req, tag).then(|| marked(&mut HttpResponse::NotModified(), head, tag).finish())
}

/// 200 with a body that the tag names.
pub fn fresh(head: Head, tag: &str, body: Vec<u8>) -> HttpResponse {
    marked(&mut HttpResponse::Ok(), head, tag).insert_header((CONTENT_TYPE, JSON)).body(body)
}

fn marked<'r>(response: &'r mut HttpResponseBuilder, head: Head, tag: &str) -> &'r mut HttpResponseBuilder {
    response
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, REVALIDATE))
        .insert_header((CATALOGUE_SEQ, seq_value(head.seq)))
}

pub fn seq_value(seq: Seq) -> HeaderValue {
    HeaderValue::from(seq.number())
}

/// How a body may be encoded, by the client's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Identity,
    Gzip,
    Zstd,
}

impl Coding {
    /// The best of ours that the client takes (RFC 9110, section 12.5.3).
    pub fn of(req: &HttpRequest) -> Self {
        let Some(accepted) = req.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else {
            return Self::Identity;
        };
        let takes = |name: &str| {
            accepted.split(',').any(|item| {
                let (coding, weight) = item.split_once(';').unwrap_or((item, ""));
                let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32));
                coding.trim().eq_ignore_ascii_case(name) && !refused
            })
        };
        match () {
            () if takes("zstd") => Self::Zstd,
            () if takes("gzip") => Self::Gzip,
            () => Self::Identity,
        }
    }

    pub fn name(self) -> Option<HeaderValue> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Zstd => Some(HeaderValue::from_static("zstd")),
        }
    }
}

/// A product's document, as it lies ready; `None` if the product is not in the catalogue.
pub fn document(req: &HttpRequest, record: &Record) -> Option<HttpResponse> {
    let document = record.document.as_ref()?;
    let tag = HeaderValue::from_maybe_shared(document.quoted_tag()).ok()?;
    let known = reply::is_known(req, tag.to_str().unwrap_or_default());
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, REVALIDATE))
        .insert_header((VARY, HeaderValue::from_static("accept, accept-encoding")));
    if known {
        return Some(response.finish());
    }
    response.insert_header((CONTENT_TYPE, JSON));
    let coding = Coding::of(req);
    let ready = match coding {
        Coding::Identity => None,
        Coding::Gzip => record.gzip(),
        Coding::Zstd => record.zstd(),
    };
    Some(match ready {
        Some(compressed) => encoded(&mut response, coding).body(compressed),
        None => response.body(document.detail()),
    })
}

/// Says how the body that follows is encoded.
pub fn encoded(response: &mut HttpResponseBuilder, coding: Coding) -> &mut HttpResponseBuilder {
    if let Some(name) = coding.name() {
        response.insert_header((CONTENT_ENCODING, name));
    }
    response
}

/// A product as linked data, made when it is asked for; `None` if the product is not in the catalogue.
pub fn linked_data(
    req: &HttpRequest,
    record: &Record,
    language: Language,
    base: &str,
) -> Option<Result<HttpResponse, Problem>> {
    let document = record.document.as_ref()?;
    let body = linked_data::product(document.bytes(), language, base);
    Some(body.map_err(|error| Problem::new(Code::Internal).cause(error)).map(|body| {
        let tag = reply::etag(&body);
        let known = reply::is_known(req, &tag);
        let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((ETAG, tag))
            .insert_header((CACHE_CONTROL, REVALIDATE))
            .insert_header((CONTENT_LANGUAGE, language.as_str()))
            .insert_header((VARY, HeaderValue::from_static("accept, accept-encoding, accept-language")));
        if known {
            return response.finish();
        }
        response.insert_header((CONTENT_TYPE, linked_data::MEDIA_TYPE)).body(body)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn the_client_chooses_among_codings() {
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", Coding::Zstd),
            ("gzip", Coding::Gzip),
            ("br, GZIP;q=0.5", Coding::Gzip),
            ("zstd;q=0, gzip", Coding::Gzip),
            ("gzip;q=0", Coding::Identity),
            ("identity", Coding::Identity),
            ("", Coding::Identity),
        ] {
            let req = TestRequest::get().insert_header((ACCEPT_ENCODING, accepted)).to_http_request();
            assert_eq!(Coding::of(&req), expected, "{accepted}");
        }
    }
}
