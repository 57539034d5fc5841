//! A set of slots.

use roaring::RoaringBitmap;
use std::borrow::Cow;

/// The slots of the documents that have something. Codes and GTINs have one each, and those are most of all terms, so
/// one slot takes no memory of its own.
#[derive(Debug, Clone)]
pub enum Posting {
    One(u32),
    Many(RoaringBitmap),
}

impl Default for Posting {
    fn default() -> Self {
        Self::Many(RoaringBitmap::new())
    }
}

impl Posting {
    pub fn insert(&mut self, slot: u32) {
        match self {
            Self::Many(slots) if slots.is_empty() => *self = Self::One(slot),
            Self::Many(slots) => {
                slots.insert(slot);
            }
            Self::One(one) if *one == slot => {}
            Self::One(one) => *self = Self::Many(RoaringBitmap::from_iter([*one, slot])),
        }
    }

    pub fn remove(&mut self, slot: u32) {
        match self {
            Self::Many(slots) => {
                slots.remove(slot);
            }
            Self::One(one) if *one == slot => *self = Self::default(),
            Self::One(_) => {}
        }
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Many(slots) if slots.is_empty())
    }

    pub fn contains(&self, slot: u32) -> bool {
        match self {
            Self::One(one) => *one == slot,
            Self::Many(slots) => slots.contains(slot),
        }
    }

    pub fn len(&self) -> u64 {
        match self {
            Self::One(_) => 1,
            Self::Many(slots) => slots.len(),
        }
    }

    pub fn slots(&self) -> Cow<'_, RoaringBitmap> {
        match self {
            Self::One(slot) => Cow::Owned(RoaringBitmap::from_iter([*slot])),
            Self::Many(slots) => Cow::Borrowed(slots),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let (one, many) = match self {
            Self::One(slot) => (Some(*slot), None),
            Self::Many(slots) => (None, Some(slots.iter())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// Adds these to a set.
    pub fn add_to(&self, set: &mut RoaringBitmap) {
        match self {
            Self::One(slot) => {
                set.insert(*slot);
            }
            Self::Many(slots) => *set |= slots,
        }
    }
}

/// What is in any of the sets.
pub fn union<'a>(mut postings: impl Iterator<Item = &'a Posting>) -> Cow<'a, RoaringBitmap> {
    let Some(first) = postings.next() else { return Cow::Owned(RoaringBitmap::new()) };
    let mut set = first.slots();
    for posting in postings {
        posting.add_to(set.to_mut());
    }
    set
}

/// What is in a set and in any of these postings.
pub fn within<'a>(set: &RoaringBitmap, postings: impl Iterator<Item = &'a Posting>) -> RoaringBitmap {
    let mut found = RoaringBitmap::new();
    for posting in postings {
        match posting {
            Posting::One(slot) if set.contains(*slot) => {
                found.insert(*slot);
            }
            Posting::One(_) => {}
            Posting::Many(slots) if found.is_empty() => found = set & slots,
            Posting::Many(slots) => found |= set & slots,
        }
    }
    found
}

/// What is in every one of the sets; `None` if there are none.
pub fn intersection(mut sets: Vec<Cow<'_, RoaringBitmap>>) -> Option<Cow<'_, RoaringBitmap>> {
    if sets.len() > 1 {
        sets.sort_by_cached_key(|set| set.len());
    }
    sets.into_iter().reduce(|one, other| match one {
        Cow::Borrowed(one) => Cow::Owned(one & &*other),
        Cow::Owned(mut one) => {
            one &= &*other;
            Cow::Owned(one)
        }
    })
}
