//! Is the chain whole?
//!
//! What one who has the database may do to it, and what shows it:
//!
//! | Done | Shown by |
//! |---|---|
//! | a field of an entry is changed, its hash is not | the entry's hash |
//! | an entry is changed with its hash; entries are swapped, inserted | `previous_hash` of the next one |
//! | an entry is removed | the gap in `seq` |
//! | the last entries are removed, or some are added | the clock's row |
//! | all from some entry on is written anew, the clock with it | an anchor |
//!
//! An **anchor** is the number and hash of an entry that somebody keeps elsewhere: `GET /v1/audit` tells the last one with
//! every page, and `ocop-market audit head` prints it.

use super::chain::{Entry, Link};
use super::store;
use crate::db::{Conn, snapshot};
use diesel::QueryResult;
use std::fmt;

/// Entries that are read at once.
const PAGE: i64 = 5_000;

/// An entry that somebody has noted: `SEQ:HASH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor(pub Link);

impl Anchor {
    /// Reads what [`Display`](fmt::Display) writes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "expected SEQ:HASH, as `ocop-market audit head` prints it".to_owned();
        let (seq, hash) = text.trim().split_once(':').ok_or_else(wrong)?;
        let seq: i64 = seq.parse().map_err(|_| wrong())?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        // Before the first entry there is nothing to be hashed.
        if (seq > 0 && is_hash) || (seq == 0 && hash.is_empty()) {
            return Ok(Self(Link { seq, hash: hash.to_ascii_lowercase() }));
        }
        Err(wrong())
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.seq, self.0.hash)
    }
}

/// Where the chain breaks first, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    pub seq: i64,
    pub why: Why,
}

/// Why a chain is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The next entry has another number.
    Missing,
    /// Its hash is not that of what it says.
    Content,
    /// It does not name the hash of the entry before.
    Previous,
    /// Where it came from is not what was hashed.
    Origin,
    /// The clock says that there is more.
    CutOff,
    /// The clock says that it ends before.
    BeyondTheClock,
    /// The clock has another hash of the last entry.
    Clock,
    NoClock,
    /// Somebody has noted another hash of it.
    Anchor,
    /// Somebody has noted it, and it is not there.
    AnchorMissing,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.why {
            Why::Missing => "it is missing",
            Why::Content => "its hash is not that of its content",
            Why::Previous => "it does not name the hash of the entry before",
            Why::Origin => "its origin is not the one that was hashed",
            Why::CutOff => "it is missing: the chain ends before, and the clock says that it goes on",
            Why::BeyondTheClock => "the clock says that the chain ends before",
            Why::Clock => "it is the last, and the clock has another hash of it",
            Why::NoClock => "the clock's row is missing",
            Why::Anchor => "an anchor has another hash of it",
            Why::AnchorMissing => "an anchor names it, and the chain ends before",
        };
        write!(f, "broken at entry {}: {why}", self.seq)
    }
}

/// Reads the whole chain as it is at one moment, and checks it and that the anchors are in it. `progress` hears how many
/// entries are done, of how many. Returns the end of the chain, or where it breaks first.
pub fn verify(
    conn: &mut Conn,
    anchors: &[Anchor],
    mut progress: impl FnMut(i64, i64),
) -> QueryResult<Result<Link, Break>> {
    snapshot(conn, |conn| {
        let clock = store::head(conn)?;
        let total = clock.as_ref().map_or(0, |clock| clock.seq);
        let mut last = Link::default();
        loop {
            let entries = store::following(conn, last.seq, PAGE)?;
            if entries.is_empty() {
                return Ok(ends(last, clock, anchors));
            }
            for entry in &entries {
                if let Err(broken) = follows(&last, entry, anchors) {
                    return Ok(Err(broken));
                }
                last = entry.link();
            }
            progress(last.seq, total);
        }
    })
}

/// Is this the entry after the last one?
fn follows(last: &Link, entry: &Entry, anchors: &[Anchor]) -> Result<(), Break> {
    let seq = last.seq + 1;
    let broken = |why| Err(Break { seq, why });
    if entry.seq != seq {
        return broken(Why::Missing);
    }
    if entry.previous_hash != last.hash {
        return broken(Why::Previous);
    }
    if entry.computed_hash() != entry.hash {
        return broken(Why::Content);
    }
    if !entry.has_its_origin() {
        return broken(Why::Origin);
    }
    match anchors.iter().any(|Anchor(noted)| noted.seq == seq && noted.hash != entry.hash) {
        true => broken(Why::Anchor),
        false => Ok(()),
    }
}

/// Is this the end, as the clock has it and no anchor contradicts?
fn ends(last: Link, clock: Option<Link>, anchors: &[Anchor]) -> Result<Link, Break> {
    let after = last.seq + 1;
    let beyond = anchors.iter().any(|Anchor(noted)| noted.seq > last.seq);
    match clock {
        None => Err(Break { seq: after, why: Why::NoClock }),
        Some(clock) if clock.seq > last.seq => Err(Break { seq: after, why: Why::CutOff }),
        Some(clock) if clock.seq < last.seq => Err(Break { seq: clock.seq + 1, why: Why::BeyondTheClock }),
        Some(clock) if clock.hash != last.hash => Err(Break { seq: last.seq, why: Why::Clock }),
        Some(_) if beyond => Err(Break { seq: after, why: Why::AnchorMissing }),
        Some(_) => Ok(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_reads_as_it_is_printed() {
        let hash = "0123456789abcdef".repeat(4);
        let anchor = Anchor(Link { seq: 17, hash: hash.clone() });
        assert_eq!(Anchor::parse(&format!("17:{}", hash.to_uppercase())), Ok(anchor.clone()));
        assert_eq!(Anchor::parse(&anchor.to_string()), Ok(anchor));
        assert_eq!(Anchor::parse("0:"), Ok(Anchor(Link::default())));
        for wrong in ["", "17", "17:", ":", "17:xyz", "-1:", &format!("0:{hash}"), &format!("x:{hash}")] {
            assert!(Anchor::parse(wrong).is_err(), "{wrong}");
        }
    }
}
