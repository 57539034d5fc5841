//! Byte ranges (RFC 9110 §14): a download that broke off goes on where it stopped.
//!
//! One range is served, as `bytes=first-last`, `bytes=first-` or `bytes=-length`. A header that is malformed, speaks of
//! another unit or asks for several ranges is passed over and everything sent, as the RFC allows. `If-Range` with
//! another tag than the present one does the same: the parts would not fit together.

use super::{Code, Problem};
use crate::say;
use actix_web::http::header::{CONTENT_RANGE, HeaderMap, HeaderName, IF_RANGE, RANGE};

/// How much of a representation is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// 200 with everything.
    All,
    /// 206 with a part.
    Part(Part),
}

/// Bytes from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub first: u64,
    pub last: u64,
}

impl Part {
    /// Number of bytes; never 0.
    pub fn length(self) -> u64 {
        self.last - self.first + 1
    }

    /// `Content-Range` of the answer.
    pub fn content_range(self, total: u64) -> String {
        format!("bytes {}-{}/{total}", self.first, self.last)
    }
}

/// What a GET wants of a representation of `total` bytes under the strong entity tag `etag` (with its quotes). A range
/// that begins beyond the end is 416 with the true length.
pub fn wanted(headers: &HeaderMap, etag: &str, total: u64) -> Result<Wanted, Problem> {
    match decide(only(headers, RANGE), only(headers, IF_RANGE), etag, total) {
        Some(wanted) => Ok(wanted),
        None => Err(Problem::new(Code::RangeNotSatisfiable)
            .detail(say!("Nội dung dài {total} byte.", "The content has {total} bytes."))
            .header(CONTENT_RANGE, format!("bytes */{total}"))),
    }
}

/// A header's value; "" if it is there more than once or no text, which makes it malformed.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name);
    let first = values.next()?;
    Some(if values.next().is_some() { "" } else { first.to_str().unwrap_or_default() })
}

/// `None`: not satisfiable.
fn decide(range: Option<&str>, if_range: Option<&str>, etag: &str, total: u64) -> Option<Wanted> {
    // A weak tag or a date is not equal to our tag, which is strong.
    if if_range.is_some_and(|tag| tag.trim() != etag) {
        return Some(Wanted::All);
    }
    match range.and_then(Spec::parse) {
        None => Some(Wanted::All),
        Some(Spec::From(first, last)) if first < total => {
            Some(Wanted::Part(Part { first, last: last.min(total - 1) }))
        }
        Some(Spec::From(..) | Spec::Suffix(0)) => None,
        // The end of nothing is all of it; a part of no bytes cannot be told.
        Some(Spec::Suffix(_)) if total == 0 => Some(Wanted::All),
        Some(Spec::Suffix(length)) => {
            Some(Wanted::Part(Part { first: total.saturating_sub(length), last: total - 1 }))
        }
    }
}

/// One range as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spec {
    From(u64, u64),
    Suffix(u64),
}

impl Spec {
    /// `None` if the header is not one well-formed range of bytes.
    fn parse(header: &str) -> Option<Self> {
        let (unit, set) = header.split_once('=')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        let mut specs = set.split(',').map(str::trim).filter(|spec| !spec.is_empty());
        let (spec, more) = (specs.next()?, specs.next());
        let (first, last) = spec.split_once('-').filter(|_| more.is_none())?;
        match (first, last) {
            ("", length) => Some(Self::Suffix(number(length)?)),
            (first, "") => Some(Self::From(number(first)?, u64::MAX)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From(first, last))
            }
        }
    }
}

/// Digits as a number; one that is too large is the largest.
fn number(digits: &str) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Part, Wanted, decide, wanted};
    use crate::http::Code;
    use actix_web::http::header::{HeaderMap, HeaderValue, RANGE};

    const TAG: &str = "\"abc\"";

    fn part(first: u64, last: u64) -> Option<Wanted> {
        Some(Wanted::Part(Part { first, last }))
    }

    #[test]
    fn ranges_of_a_thousand_bytes() {
        for (range, expected) in [
            ("bytes=0-", part(0, 999)),
            ("bytes=0-0", part(0, 0)),
            ("bytes=10-19", part(10, 19)),
            ("bytes=999-", part(999, 999)),
            ("bytes=990-5000", part(990, 999)),
            ("bytes=0-99999999999999999999999", part(0, 999)),
            ("bytes=-1", part(999, 999)),
            ("bytes=-1000", part(0, 999)),
            ("bytes=-5000", part(0, 999)),
            ("BYTES=5-", part(5, 999)),
            ("bytes= 5-6 ", part(5, 6)),
            ("bytes=5-6,", part(5, 6)),
            // Beyond the end.
            ("bytes=1000-", None),
            ("bytes=1000-1001", None),
            ("bytes=99999999999999999999999-", None),
            ("bytes=-0", None),
            // Several, malformed or of another unit: everything.
            ("bytes=0-1,5-6", Some(Wanted::All)),
            ("bytes=2000-,3000-", Some(Wanted::All)),
            ("bytes=6-5", Some(Wanted::All)),
            ("bytes=-", Some(Wanted::All)),
            ("bytes=", Some(Wanted::All)),
            ("bytes", Some(Wanted::All)),
            ("", Some(Wanted::All)),
            ("bytes=a-b", Some(Wanted::All)),
            ("bytes=+1-", Some(Wanted::All)),
            ("bytes=1-2-3", Some(Wanted::All)),
            ("bytes=--1", Some(Wanted::All)),
            ("bytes=1 - 2", Some(Wanted::All)),
            ("rows=0-1", Some(Wanted::All)),
        ] {
            assert_eq!(decide(Some(range), None, TAG, 1000), expected, "{range}");
        }
        assert_eq!(decide(None, None, TAG, 1000), Some(Wanted::All));
    }

    #[test]
    fn of_nothing_only_all_can_be_sent() {
        assert_eq!(decide(Some("bytes=0-"), None, TAG, 0), None);
        assert_eq!(decide(Some("bytes=-5"), None, TAG, 0), Some(Wanted::All));
    }

    #[test]
    fn a_part_goes_only_with_the_same_whole() {
        for (if_range, expected) in [
            ("\"abc\"", part(10, 999)),
            (" \"abc\" ", part(10, 999)),
            ("\"other\"", Some(Wanted::All)),
            ("W/\"abc\"", Some(Wanted::All)),
            ("abc", Some(Wanted::All)),
            ("*", Some(Wanted::All)),
            ("Mon, 23 Nov 2026 00:00:00 GMT", Some(Wanted::All)),
        ] {
            assert_eq!(decide(Some("bytes=10-"), Some(if_range), TAG, 1000), expected, "{if_range}");
        }
        // Not even a range beyond the end is looked at when the whole is another.
        assert_eq!(decide(Some("bytes=1000-"), Some("\"other\""), TAG, 1000), Some(Wanted::All));
        assert_eq!(decide(None, Some("\"abc\""), TAG, 1000), Some(Wanted::All));
    }

    #[test]
    fn headers_are_read_and_the_refusal_tells_the_length() {
        let mut headers = HeaderMap::new();
        headers.append(RANGE, HeaderValue::from_static("bytes=7-"));
        assert_eq!(wanted(&headers, TAG, 10).unwrap(), Wanted::Part(Part { first: 7, last: 9 }));
        let problem = wanted(&headers, TAG, 7).unwrap_err();
        assert_eq!(problem.code, Code::RangeNotSatisfiable);
        let answer = actix_web::ResponseError::error_response(&problem);
        assert_eq!(answer.headers().get("content-range").unwrap(), "bytes */7");
        headers.append(RANGE, HeaderValue::from_static("bytes=1-2"));
        assert_eq!(wanted(&headers, TAG, 10).unwrap(), Wanted::All);
    }

    #[test]
    fn a_part_tells_its_length_and_place() {
        let part = Part { first: 10, last: 19 };
        assert_eq!((part.length(), part.content_range(1000).as_str()), (10, "bytes 10-19/1000"));
    }
}
