//! The log of changes in memory: it is read while the database is away, and by many clients that wait for the next one.

use super::log::{Change, Seq};
use super::presence::Gone;
use crate::db::Instant;
use crate::products::ProductId;
use std::collections::{HashMap, VecDeque};

/// One change; its number follows from its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub product: ProductId,
    pub gone: Option<Gone>,
    pub at: Instant,
}

/// Changes from behind the floor to the last, without a gap.
#[derive(Debug, Default)]
pub struct Feed {
    floor: Seq,
    entries: VecDeque<Entry>,
    /// The last change of each product.
    latest: HashMap<ProductId, Seq>,
}

impl Feed {
    pub fn starting_at(floor: Seq) -> Self {
        Self { floor, ..Self::default() }
    }

    pub fn floor(&self) -> Seq {
        self.floor
    }

    pub fn last(&self) -> Seq {
        self.floor.plus(i64::try_from(self.entries.len()).unwrap_or(i64::MAX))
    }

    /// Adds changes that follow the last; those it has already are passed over.
    pub fn append(&mut self, changes: &[Change]) {
        for change in changes {
            if change.seq <= self.last() {
                continue;
            }
            debug_assert_eq!(change.seq, self.last().plus(1), "the log has no gap");
            self.entries.push_back(Entry { product: change.product, gone: change.gone, at: change.at });
            self.latest.insert(change.product, change.seq);
        }
    }

    /// Forgets changes up to a number.
    pub fn forget(&mut self, floor: Seq) {
        while self.floor < floor {
            let Some(entry) = self.entries.pop_front() else { break };
            self.floor = self.floor.plus(1);
            if self.latest.get(&entry.product) == Some(&self.floor) {
                self.latest.remove(&entry.product);
            }
        }
    }

    /// Is it known what came after this change?
    pub fn reaches_back_to(&self, seq: Seq) -> bool {
        (self.floor..=self.last()).contains(&seq)
    }

    /// The change of a number, if it is still known.
    pub fn get(&self, seq: Seq) -> Option<Entry> {
        let place = seq.number().checked_sub(self.floor.number())?.checked_sub(1)?;
        self.entries.get(usize::try_from(place).ok()?).copied()
    }

    /// Changes after a number, in order; of each, whether it is its product's last.
    pub fn after(&self, seq: Seq, limit: usize) -> Vec<(Seq, Entry, bool)> {
        let skip = usize::try_from(seq.number() - self.floor.number()).unwrap_or(usize::MAX);
        let entries = self.entries.iter().skip(skip).take(limit).zip(1..);
        entries
            .map(|(entry, n)| {
                let seq = seq.plus(n);
                (seq, *entry, self.latest.get(&entry.product) == Some(&seq))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(n: u8) -> ProductId {
        ProductId::parse(&format!("01999f6e-3c1a-7d55-9a3e-0000000000{n:02x}")).expect("an id")
    }

    fn changes(of: &[u8], after: i64) -> Vec<Change> {
        let change = |(n, seq): (&u8, i64)| Change {
            seq: Seq::new(seq),
            product: product(*n),
            gone: None,
            at: Instant::from_micros(seq),
        };
        of.iter().zip(after + 1..).map(change).collect()
    }

    #[test]
    fn only_the_last_change_of_a_product_counts() {
        let mut feed = Feed::starting_at(Seq::new(10));
        feed.append(&changes(&[1, 2, 1], 10));
        feed.append(&changes(&[1, 2, 1, 3], 10));
        let read = |feed: &Feed, after, limit| -> Vec<(i64, bool)> {
            feed.after(Seq::new(after), limit).iter().map(|(seq, _, last)| (seq.number(), *last)).collect()
        };
        assert_eq!(read(&feed, 10, 9), [(11, false), (12, true), (13, true), (14, true)]);
        assert_eq!(read(&feed, 12, 1), [(13, true)]);
        assert_eq!(read(&feed, 14, 9), []);
        feed.forget(Seq::new(12));
        assert_eq!((feed.floor().number(), feed.last().number()), (12, 14));
        assert!(feed.reaches_back_to(Seq::new(12)) && feed.reaches_back_to(Seq::new(14)));
        assert!(!feed.reaches_back_to(Seq::new(11)) && !feed.reaches_back_to(Seq::new(15)));
        assert_eq!(read(&feed, 12, 9), [(13, true), (14, true)]);
    }
}
