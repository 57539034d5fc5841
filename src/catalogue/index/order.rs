//! Orders that are kept, so that a page of a long list is read where it stands.

use super::cells::Facet;
use super::score::RANK_BITS;
use super::terms::Spelling;
use std::cmp::Ordering;

/// The orders a list may have without text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Newest,
    Stars,
    Price,
    Name,
}

impl Order {
    pub const ALL: [Self; 4] = [Self::Newest, Self::Stars, Self::Price, Self::Name];
}

/// What orders look at first, packed for the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keys {
    /// The first letters of the name's sort key, see [`prefix_of`].
    pub prefix: u64,
    /// In đồng; the largest number without a price.
    pub price: i64,
    /// Days since 1970-01-01.
    pub decided_on: i32,
    pub stars: u8,
}

/// Syllables of a name in its place; longer names have all theirs in the row.
pub const SHORT_NAME: usize = 15;

/// A name as scoring reads it: one cache line.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub struct Name {
    pub length: u32,
    pub first: [Spelling; SHORT_NAME],
}

#[derive(Debug)]
pub struct Row<D> {
    pub id: u128,
    /// `None` in a free slot.
    pub payload: Option<D>,
    pub sort_key: Box<str>,
    /// Terms of name and further text, sorted, each once; those of the name have the lowest bit set.
    pub terms: Box<[u32]>,
    pub tags: Box<[u32]>,
    /// All syllables of a name longer than [`SHORT_NAME`].
    pub long_name: Box<[Spelling]>,
    /// Its name among the suggestions.
    pub suggestion: u32,
}

/// The documents, column by column; all have the same length.
#[derive(Debug)]
pub struct Columns<D> {
    pub rows: Vec<Row<D>>,
    pub facets: Vec<Facet>,
    pub keys: Vec<Keys>,
    pub names: Vec<Name>,
}

/// Where something stands in the orders: a document, or the cursor of one that may be gone.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'a> {
    /// How well it matches the search; 0 is best, and without a search.
    pub rank: u32,
    pub keys: Keys,
    pub sort_key: &'a str,
    pub id: u128,
}

/// A slot as a place in a column.
#[inline]
pub fn at(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}

impl<D> Columns<D> {
    pub fn name(&self, slot: u32) -> &[Spelling] {
        let Some(name) = self.names.get(at(slot)) else { return &[] };
        match name.first.get(..at(name.length)) {
            Some(short) => short,
            None => self.rows.get(at(slot)).map_or(&[], |row| &*row.long_name),
        }
    }

    pub fn keys(&self, slot: u32) -> Keys {
        self.keys.get(at(slot)).copied().unwrap_or_default()
    }

    pub fn spot(&self, slot: u32, rank: u32) -> Spot<'_> {
        let (sort_key, id) = self.rows.get(at(slot)).map_or(("", 0), |row| (&*row.sort_key, row.id));
        Spot { rank, keys: self.keys(slot), sort_key, id }
    }

    /// Compares two documents, reading the rows only if the keys do not tell.
    pub fn compare(&self, order: Order, one: u32, other: u32) -> Ordering {
        first_compare(order, &self.keys(one), &self.keys(other))
            .then_with(|| last_compare(order, &self.spot(one, 0), &self.spot(other, 0)))
    }

    pub fn compare_to(&self, order: Order, one: u32, spot: &Spot<'_>) -> Ordering {
        first_compare(order, &self.keys(one), &spot.keys)
            .then_with(|| last_compare(order, &self.spot(one, 0), spot))
    }
}

impl Spot<'_> {
    /// In the order of relevance: rank, then stars, then name.
    pub fn compare_by_rank(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| self.compare(Order::Stars, other))
    }

    pub fn compare(&self, order: Order, other: &Self) -> Ordering {
        first_compare(order, &self.keys, &other.keys).then_with(|| last_compare(order, self, other))
    }
}

fn first_compare(order: Order, one: &Keys, other: &Keys) -> Ordering {
    let names = || one.prefix.cmp(&other.prefix);
    match order {
        Order::Newest => other.decided_on.cmp(&one.decided_on),
        Order::Stars => other.stars.cmp(&one.stars).then_with(names),
        Order::Price => one.price.cmp(&other.price).then_with(names),
        Order::Name => names(),
    }
}

fn last_compare(order: Order, one: &Spot<'_>, other: &Spot<'_>) -> Ordering {
    match order {
        Order::Newest => other.id.cmp(&one.id),
        _ => one.sort_key.cmp(other.sort_key).then_with(|| one.id.cmp(&other.id)),
    }
}

/// A number that ascends with an order as far as it tells: ties are to be compared.
pub fn primary(order: Order, keys: &Keys) -> u64 {
    match order {
        Order::Newest => (i64::from(i32::MAX) - i64::from(keys.decided_on)).unsigned_abs(),
        Order::Stars => ranked(0, keys),
        Order::Price => u64::try_from(keys.price).unwrap_or(0),
        Order::Name => keys.prefix,
    }
}

/// The same for relevance.
pub fn ranked(rank: u32, keys: &Keys) -> u64 {
    const PREFIX: u32 = 64 - RANK_BITS - 3;
    u64::from(rank) << (PREFIX + 3)
        | u64::from(7 - keys.stars.min(7)) << PREFIX
        | keys.prefix >> (64 - PREFIX)
}

/// The first 16 digits of a sort key (lower-case hex) as a number that never orders two keys the other way round.
pub fn prefix_of(sort_key: &str) -> u64 {
    let mut prefix = 0;
    for (place, byte) in sort_key.bytes().take(16).enumerate() {
        let (nibble, all_after) = match byte {
            b'0'..=b'9' => (byte - b'0', false),
            b'a'..=b'f' => (byte - b'a' + 10, false),
            // No hex: as near as a number gets.
            ..b'0' => break,
            b':'..b'a' => (9, true),
            _ => (15, true),
        };
        let shift = 60 - 4 * place;
        prefix |= u64::from(nibble) << shift;
        if all_after {
            return prefix | ((1 << shift) - 1);
        }
    }
    prefix
}

/// Slots in an order, in chunks: putting one in moves some kilobytes at most.
#[derive(Debug, Default)]
pub struct Sorted {
    chunks: Vec<Vec<u32>>,
}

const CHUNK: usize = 1024;

impl Sorted {
    pub fn new(slots: &[u32]) -> Self {
        Self { chunks: slots.chunks(CHUNK / 2).map(<[u32]>::to_vec).collect() }
    }

    /// The place of the first slot that is not before what is looked for.
    pub fn find(&self, before: impl Fn(u32) -> bool) -> (usize, usize) {
        let chunk = self.chunks.partition_point(|chunk| chunk.last().is_some_and(|slot| before(*slot)));
        let within = self.chunks.get(chunk).map_or(0, |chunk| chunk.partition_point(|slot| before(*slot)));
        (chunk, within)
    }

    pub fn insert(&mut self, slot: u32, before: impl Fn(u32) -> bool) {
        let (mut at, mut within) = self.find(before);
        if at == self.chunks.len() {
            match at.checked_sub(1) {
                Some(last) => {
                    at = last;
                    within = self.chunks.get(last).map_or(0, Vec::len);
                }
                None => self.chunks.push(Vec::new()),
            }
        }
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        chunk.insert(within, slot);
        if chunk.len() > CHUNK {
            let half = chunk.split_off(CHUNK / 2);
            self.chunks.insert(at + 1, half);
        }
    }

    pub fn remove(&mut self, slot: u32, before: impl Fn(u32) -> bool) {
        let (at, within) = self.find(before);
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        if chunk.get(within) == Some(&slot) {
            chunk.remove(within);
        }
        if chunk.is_empty() {
            self.chunks.remove(at);
        }
    }

    pub fn from(&self, (chunk, within): (usize, usize)) -> impl Iterator<Item = u32> + '_ {
        self.chunks.iter().skip(chunk).flatten().skip(within).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prefixes_never_contradict_their_keys(one in "[0-9a-fg/AZ]{0,18}", other in "[0-9a-fg/AZ]{0,18}") {
            let prefixes = prefix_of(&one).cmp(&prefix_of(&other));
            prop_assert!(prefixes == Ordering::Equal || prefixes == one.cmp(&other), "{one} {other}");
        }

        #[test]
        fn a_sorted_list_stays_so(steps in prop::collection::vec((any::<bool>(), 0_u32..5_000), 0..4_000)) {
            let (mut sorted, mut naive) = (Sorted::default(), std::collections::BTreeSet::new());
            for (put, slot) in steps {
                if put {
                    if naive.insert(slot) {
                        sorted.insert(slot, |other| other < slot);
                    }
                } else {
                    naive.remove(&slot);
                    sorted.remove(slot, |other| other < slot);
                }
            }
            prop_assert_eq!(sorted.from((0, 0)).collect::<Vec<_>>(), naive.iter().copied().collect::<Vec<_>>());
            let tail = sorted.from(sorted.find(|slot| slot < 2_500)).collect::<Vec<_>>();
            prop_assert_eq!(tail, naive.range(2_500..).copied().collect::<Vec<_>>());
        }
    }
}
