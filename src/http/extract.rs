//! Extractors that answer with problem documents. Their names are those utoipa documents automatically.
//!
//! All text is brought to Unicode NFC here, at the boundary. U+0000 is refused, because PostgreSQL cannot keep it, and
//! so are characters that nobody can see.

use super::{Code, Problem};
use crate::app::App;
use crate::input::{self, Fault, Faults};
use crate::say;
use crate::say::{Invalid, Language, Say};
use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, CONNECTION, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpRequest};
use deserr::{Deserr, IntoValue, Value as Input, ValuePointerRef};
use futures_core::Stream;
use serde_json::Value;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::time::Duration;
use tokio::time::timeout;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

type Pending<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// A JSON body, read into `T` with every fault reported at once.
#[derive(Debug)]
pub struct Json<T> {
    pub value: T,
    /// The body as it arrived: what an Idempotency-Key is bound to.
    pub raw: Bytes,
}

impl<T: Deserr<Faults> + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pending<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let typed = expect_media_type(req, &["application/json", "application/merge-patch+json"]);
        let limit = req.app_data::<Data<App>>().map_or(64 * 1024, |app| app.config.max_body);
        let body = read_body(payload.take(), limit);
        Box::pin(async move {
            typed?;
            let raw = body.await?;
            let mut value: Value = serde_json::from_slice(&raw).map_err(not_json)?;
            let value = read_normalized(&mut value).map_err(Problem::invalid_body)?;
            Ok(Self { value, raw })
        })
    }
}

/// A JSON body of several things, each of which is read for itself with [`read_part`]: what is wrong with one of them is not
/// wrong with the others.
#[derive(Debug)]
pub struct JsonParts(pub Value);

/// The largest body that is taken in parts, in bytes.
pub const PARTS_MOST: usize = 2 * 1024 * 1024;

impl FromRequest for JsonParts {
    type Error = Problem;
    type Future = Pending<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let typed = expect_media_type(req, &["application/json"]);
        let limit = req.app_data::<Data<App>>().map_or(PARTS_MOST, |app| app.config.max_body.max(PARTS_MOST));
        let body = read_body(payload.take(), limit);
        Box::pin(async move {
            typed?;
            serde_json::from_slice(&body.await?).map(Self).map_err(not_json)
        })
    }
}

/// Reads a part of a body as a whole one is read: with its text in NFC, and every fault told.
pub fn read_part<T: Deserr<Faults>>(mut part: Value) -> Result<T, Faults> {
    read_normalized(&mut part)
}

fn not_json(error: serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    if error.is_eof() && column == 0 {
        let empty = Say::new("Yêu cầu này cần nội dung JSON.", "This request needs a JSON body.");
        return Problem::new(Code::MalformedRequest).detail(empty);
    }
    Problem::new(Code::MalformedRequest)
        .detail(say!(
            "Nội dung không phải JSON hợp lệ (dòng {line}, cột {column}).",
            "The body is not valid JSON (line {line}, column {column})."
        ))
        .cause(error)
}

/// 415 unless the body's media type is one of `accepted`.
pub fn expect_media_type(req: &HttpRequest, accepted: &[&str]) -> Result<(), Problem> {
    let given = req.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if accepted.iter().any(|media_type| essence.eq_ignore_ascii_case(media_type)) {
        return Ok(());
    }
    let list = accepted.join(", ");
    Err(Problem::new(Code::UnsupportedMediaType)
        .detail(say!("Content-Type phải là một trong: {list}.", "Content-Type must be one of: {list}.")))
}

/// A body that has stopped for so long is not waited for any longer.
const STALLED: Duration = Duration::from_secs(10);
/// The slowest body that is taken, in bytes a second: a phone on a bad network is faster.
const SLOWEST: u64 = 20_000;

/// Collects a body of at most `limit` bytes; reads no further than that, and waits neither for one that has stopped
/// nor for one that trickles.
pub async fn read_body(mut payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    read_chunks(&mut payload, limit, |chunk| {
        body.extend_from_slice(chunk);
        Ok(())
    })
    .await?;
    Ok(body.freeze())
}

/// The same for who does not keep the body in memory: has `take` each chunk as it comes.
pub async fn read_chunks<S, E>(
    chunks: &mut S,
    limit: usize,
    mut take: impl FnMut(&[u8]) -> Result<(), Problem>,
) -> Result<(), Problem>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    let allowed = STALLED + Duration::from_secs(u64::try_from(limit).unwrap_or(u64::MAX) / SLOWEST);
    let collect = async {
        let mut length = 0;
        while let Some(chunk) = next_chunk(chunks).await? {
            length += chunk.len();
            if length > limit {
                return Err(Problem::new(Code::BodyTooLarge).detail(say!(
                    "Nội dung dài nhất là {limit} byte.",
                    "The body may be {limit} bytes at most."
                )));
            }
            take(&chunk)?;
        }
        Ok(())
    };
    timeout(allowed, collect).await.map_err(|_| too_slow())?
}

fn too_slow() -> Problem {
    Problem::new(Code::RequestTimeout)
        .detail(Say::new("Hãy gửi lại cả nội dung.", "Please send the whole body again."))
        .header(CONNECTION, "close")
}

/// The next chunk of a body, `None` at its end. One that has stopped is not waited for.
pub async fn next_chunk<S, E>(chunks: &mut S) -> Result<Option<Bytes>, Problem>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    let chunk = std::future::poll_fn(|cx| Pin::new(&mut *chunks).poll_next(cx));
    let chunk = timeout(STALLED, chunk).await.map_err(|_| too_slow())?;
    chunk.transpose().map_err(|error| {
        Problem::new(Code::MalformedRequest)
            .detail(Say::new("Nội dung bị ngắt giữa chừng.", "The body ended before its time."))
            .cause(error)
    })
}

/// Reads a value after bringing its text to NFC; the faults of both are told together.
fn read_normalized<T: Deserr<Faults>>(value: &mut Value) -> Result<T, Faults> {
    let mut faults = normalize(value);
    match input::read(value.take()) {
        Ok(read) => faults.into_result().map(|()| read),
        Err(more) => {
            // Of one place one fault: the type may have noticed the same.
            let others =
                more.0.into_iter().filter(|fault| faults.0.iter().all(|known| known.path != fault.path));
            let others: Vec<_> = others.collect();
            faults.0.extend(others);
            Err(faults)
        }
    }
}

/// Brings every string of the value to NFC, and finds the ones that hold what nobody can see.
fn normalize(value: &mut Value) -> Faults {
    fn walk(value: &mut Value, path: &mut Vec<String>, faults: &mut Faults) {
        match value {
            Value::String(text) => {
                if is_nfc_quick(text.chars()) != IsNormalized::Yes {
                    *text = text.nfc().collect();
                }
                if text.contains(|c| c == '\0' || input::is_invisible(c)) {
                    faults.0.push(Fault {
                        path: path.clone(),
                        code: "control_character",
                        say: Say::new(
                            "Không được chứa ký tự ẩn (U+0000, ký tự rộng bằng không hoặc đổi hướng chữ).",
                            "Must not contain invisible characters (U+0000, zero-width or direction marks).",
                        ),
                    });
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    path.push(index.to_string());
                    walk(item, path, faults);
                    path.pop();
                }
            }
            Value::Object(members) => {
                for (key, member) in members.iter_mut() {
                    path.push(key.clone());
                    walk(member, path, faults);
                    path.pop();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut faults = Faults::default();
    walk(value, &mut Vec::new(), &mut faults);
    faults
}

/// The query string, read into `T`. Unknown parameters are refused by name (`#[deserr(deny_unknown_fields)]`).
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: Deserr<Faults> + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut members = serde_json::Map::new();
        if req.query_string().is_empty() {
            return ready(input::read(Value::Object(members)).map(Self).map_err(Problem::invalid_query));
        }
        for (name, text) in form_urlencoded::parse(req.query_string().as_bytes()) {
            let text = Value::String(text.into_owned());
            match members.get_mut(name.as_ref()) {
                Some(Value::Array(all)) => all.push(text),
                Some(first) => *first = Value::Array(vec![first.take(), text]),
                None => drop(members.insert(name.into_owned(), text)),
            }
        }
        let mut value = Value::Object(members);
        ready(read_normalized(&mut value).map(Self).map_err(Problem::invalid_query))
    }
}

/// A parameter that takes several values: `stars=4,5` or `stars=4&stars=5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Deserr<Faults>> Deserr<Faults> for Many<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Input<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let texts = match value {
            Input::Sequence(_) => Vec::<String>::deserialize_from_value(value, location)?,
            value => vec![String::deserialize_from_value(value, location)?],
        };
        let (mut all, mut faults) = (Vec::new(), Faults::default());
        for part in texts.iter().flat_map(|text| text.split(',')) {
            match T::deserialize_from_value::<Value>(Input::String(part.trim().to_owned()), location) {
                Ok(item) => all.push(item),
                Err(wrong) => faults.0.extend(wrong.0),
            }
        }
        faults.into_result().map(|()| Self(all))
    }
}

/// A `true`/`false` query parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flag(pub bool);

impl Flag {
    fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "true" => Ok(Self(true)),
            "false" => Ok(Self(false)),
            _ => Err(Invalid::new("wrong_type", Say::new("Cần true hoặc false.", "Expected true or false."))),
        }
    }
}

crate::parsed_input!(Flag);

/// The parameter of the path. One that cannot be an id names nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: Deserr<Faults> + 'static> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        // ASCII, as every id is, has one form only.
        let composed = |text: &str| if text.is_ascii() { text.to_owned() } else { text.nfc().collect() };
        let segment = req.match_info().iter().next().map(|(_, text)| composed(text));
        let value = segment.and_then(|text| input::read(Value::String(text)).ok());
        ready(value.map(Self).ok_or_else(Problem::not_found))
    }
}

/// Both parameters of a path that has two. Ones that cannot be ids name nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct Paths<A, B>(pub A, pub B);

impl<A: Deserr<Faults> + 'static, B: Deserr<Faults> + 'static> FromRequest for Paths<A, B> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut segments = req.match_info().iter().map(|(_, text)| Value::String(text.nfc().collect()));
        let first = segments.next().and_then(|text| input::read(text).ok());
        let second = segments.next().and_then(|text| input::read(text).ok());
        ready(first.zip(second).map(|(one, two)| Self(one, two)).ok_or_else(Problem::not_found))
    }
}

/// The language of the answer.
impl FromRequest for Language {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(language_of(req)))
    }
}

pub fn language_of(req: &HttpRequest) -> Language {
    let header = req.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    header.map(Language::negotiate).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, deserr::Deserr)]
    #[deserr(error = Faults, deny_unknown_fields)]
    struct Sample {
        #[deserr(default)]
        many: Many<crate::db::Day>,
        count: u8,
        #[deserr(default)]
        change: input::Change<String>,
    }

    fn read(json: &str) -> Result<Sample, Vec<(String, &'static str)>> {
        let value = serde_json::from_str(json).expect("a JSON literal");
        input::read(value).map_err(|faults| faults.0.iter().map(|f| (f.pointer(), f.code)).collect())
    }

    #[test]
    fn all_faults_are_found_with_their_place() {
        let faults = read(r#"{"many": "2024-01-01,x,2024-02-30", "count": 256, "change": 3, "a/b~": 1}"#);
        let mut faults = faults.expect_err("four faults");
        faults.sort();
        assert_eq!(
            faults,
            [
                ("/a~1b~0".into(), "unknown_field"),
                ("/change".into(), "wrong_type"),
                ("/count".into(), "out_of_range"),
                ("/many".into(), "invalid_date"),
                ("/many".into(), "invalid_date"),
            ]
        );
    }

    #[test]
    fn absent_null_and_value_are_three_things() {
        use input::Change;
        for (json, expected) in [
            (r#"{"count": 1}"#, Change::Keep),
            (r#"{"count": 1, "change": null}"#, Change::Clear),
            (r#"{"count": 1, "change": "x"}"#, Change::Set("x".to_owned())),
        ] {
            let read = read(json).expect("valid");
            assert_eq!((read.change, read.count, read.many.0.len()), (expected, 1, 0));
        }
    }

    #[test]
    fn what_nobody_sees_is_told_with_all_other_faults() {
        for invisible in ["\\u0000", "\\u200b", "\\u202e"] {
            let json = format!(r#"{{"change": "a{invisible}b", "many": "x"}}"#);
            let mut value = serde_json::from_str(&json).expect("a JSON literal");
            let faults = read_normalized::<Sample>(&mut value).expect_err("three faults");
            let mut faults: Vec<_> = faults.0.iter().map(|f| (f.pointer(), f.code)).collect();
            faults.sort();
            assert_eq!(
                faults,
                [
                    ("/change".to_owned(), "control_character"),
                    ("/count".to_owned(), "missing"),
                    ("/many".to_owned(), "invalid_date"),
                ]
            );
        }
    }

    #[test]
    fn text_becomes_nfc_and_nul_is_refused() {
        let mut value = serde_json::json!({ "a": ["ba\u{301}nh ca\u{301}y"], "b": "x\0y" });
        let faults = normalize(&mut value);
        assert_eq!(faults.0.first().map(Fault::pointer).as_deref(), Some("/b"));
        assert_eq!(value.pointer("/a/0"), Some(&Value::from("bánh cáy")));
    }

    #[test]
    fn value_kinds_are_named() {
        assert_eq!(read(r#"{"count": "1"}"#).expect_err("wrong kind"), [("/count".into(), "wrong_type")]);
    }
}
