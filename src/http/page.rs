//! Paging by opaque cursors (DESIGN §4): the cursor holds the sort key of the last row, so that page 500 costs what
//! page 1 does and a row that did not change is neither skipped nor repeated.

use super::{Code, Problem};
use crate::say;
use crate::say::Invalid;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// Rows of a page: 1 to 100, 20 unless told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u8);

impl Limit {
    const MOST_ROWS: u8 = 100;
    /// The longest page.
    pub const MOST: Self = Self(Self::MOST_ROWS);

    fn parse(text: &str) -> Result<Self, Invalid> {
        let most = Self::MOST_ROWS;
        text.parse::<u8>().ok().filter(|n| (1..=most).contains(n)).map(Self).ok_or_else(|| {
            Invalid::new(
                "out_of_range",
                say!("Cần số nguyên từ 1 đến {most}.", "Expected a whole number from 1 to {most}."),
            )
        })
    }

    pub fn rows(self) -> i64 {
        i64::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

crate::parsed_input!(Limit);

/// A cursor as the client sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self(text.to_owned()))
    }

    /// Reads the sort key of the last row. `filters` is what the list was filtered and sorted by: a cursor goes only
    /// with the list it came from.
    pub fn open<K: DeserializeOwned>(&self, filters: &str) -> Result<K, Problem> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).map_err(|_| wrong_cursor())?;
        let (bound_to, key): (String, K) = serde_json::from_slice(&bytes).map_err(|_| wrong_cursor())?;
        if bound_to == fingerprint(filters) { Ok(key) } else { Err(wrong_cursor()) }
    }

    pub fn seal<K: Serialize>(filters: &str, key: &K) -> String {
        let bytes = serde_json::to_vec(&(fingerprint(filters), key)).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

crate::parsed_input!(Cursor);

/// A cursor that does not go with its list, or was not made here at all.
pub fn wrong_cursor() -> Problem {
    Problem::new(Code::InvalidCursor).detail(say!(
        "Hãy dùng nguyên next_cursor của trang trước, với đúng các bộ lọc của trang ấy.",
        "Use next_cursor of the previous page as it is, with the same filters as that page."
    ))
}

fn fingerprint(filters: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(filters.as_bytes()).first_chunk::<6>().copied().unwrap_or_default())
}

/// Takes one row more than the page holds: if it is there, the cursor of the last row shown leads on.
pub fn cut<T, K: Serialize>(
    mut rows: Vec<T>,
    limit: Limit,
    filters: &str,
    key: impl Fn(&T) -> K,
) -> (Vec<T>, Option<String>) {
    let more = rows.len() > usize::from(limit.0);
    rows.truncate(usize::from(limit.0));
    let next = rows.last().filter(|_| more).map(|last| Cursor::seal(filters, &key(last)));
    (rows, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_goes_only_with_its_list() {
        let sealed = Cursor(Cursor::seal("stars=4", &("key", 7)));
        assert_eq!(sealed.open::<(String, u8)>("stars=4").ok(), Some(("key".to_owned(), 7)));
        assert!(sealed.open::<(String, u8)>("stars=5").is_err());
        for wrong in ["", "x", "AAAA", "%%%", "bnVsbA"] {
            assert!(Cursor(wrong.into()).open::<(String, u8)>("stars=4").is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_last_page_has_no_next() {
        let limit = Limit::parse("2").expect("valid");
        assert_eq!(cut(vec![1, 2], limit, "", |n| *n), (vec![1, 2], None));
        let (rows, next) = cut(vec![1, 2, 3], limit, "", |n| *n);
        assert_eq!((rows, next.map(|c| Cursor(c).open::<u8>("").ok())), (vec![1, 2], Some(Some(2))));
    }
}
