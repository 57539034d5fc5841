//! Finding: which products, how many of each kind, and the page that is asked for.

use super::analyzer::Typed;
use super::cells::{MANY, MONTHS, Wanted};
use super::order::Order;
use super::page::{By, Range};
use super::posting::intersection;
use super::score::{Choice, Ranker};
use super::tally::{Counts, Facets, Scratch};
use super::understand::{FEW, LADDER, Read, Understood, is_vni, telex_of};
use super::{EPOCH, Index, at};
use crate::catalogue::{Filter, Position, ProductSort};
use crate::db::columns::Key;
use crate::products::ProductId;
use roaring::RoaringBitmap;
use std::borrow::Cow;
use std::cell::LazyCell;

/// What is asked. The filter tells search and order as well.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    pub filter: &'a Filter,
    /// Rows at most.
    pub limit: usize,
    /// Only what stands behind.
    pub after: Option<&'a Position>,
    /// Count the values of the facets?
    pub facets: bool,
}

crate::text_enum! {
    /// How a search was understood.
    pub enum Matched {
        /// The products have every syllable as typed.
        Words = "words",
        /// The last syllable is the beginning of one of theirs. Products that have it whole come first, if some do.
        Prefix = "prefix",
        /// One keystroke was corrected, or Telex or VNI keystrokes were read as the letters they mean.
        Corrected = "corrected",
        /// Of six or more syllables the products have three in five.
        Some = "some",
    }
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Found<D> {
    /// All that match, on whatever page.
    pub total: u64,
    /// The page, each row with its place in the list.
    pub rows: Vec<(D, Position)>,
    pub facets: Option<Facets>,
    /// `None` without a search.
    pub matched: Option<Matched>,
}

/// A result before its documents are handed out: slot and rank of each row.
struct Page {
    counts: Counts,
    rows: Vec<(u32, u32)>,
}

/// A query whose filters are looked up.
pub(super) struct Asked<'a> {
    pub query: Query<'a>,
    pub wanted: Wanted,
    /// Sets that narrow, outside of the facets.
    pub narrowing: Vec<Cow<'a, RoaringBitmap>>,
    pub prices: Option<Range>,
}

impl Asked<'_> {
    fn narrowed(&self) -> Vec<Cow<'_, RoaringBitmap>> {
        self.narrowing.iter().map(|set| Cow::Borrowed(&**set)).collect()
    }
}

impl<D: Clone> Index<D> {
    pub fn find(&self, query: &Query<'_>) -> Found<D> {
        let filter = query.filter;
        let (least, most) = (filter.price_min, filter.price_max);
        let asked = Asked {
            query: Query { limit: query.limit.min(self.len()), ..*query },
            wanted: Wanted::new(&self.cells, filter),
            narrowing: self.tags.narrowing(filter),
            // Without a price is the largest number, which no range has.
            prices: (least.is_some() || most.is_some())
                .then(|| least.unwrap_or(i64::MIN)..=most.unwrap_or(i64::MAX - 1).min(i64::MAX - 1)),
        };
        Scratch::lend(|scratch| {
            scratch.start(&self.cells);
            match &filter.search {
                None => {
                    let page = self.browse(&asked, scratch);
                    self.found(page, query.facets, None)
                }
                Some(search) => {
                    let (page, matched) = self.search(search.typed(), search.is_marked(), &asked, scratch);
                    self.found(page, query.facets, Some(matched))
                }
            }
        })
    }

    /// Tries one understanding of the query after the other until there is something that it means, whatever the filters; if
    /// there is none, the first counts.
    fn search(
        &self,
        typed: &[Typed],
        marked: bool,
        asked: &Asked<'_>,
        scratch: &mut Scratch,
    ) -> (Page, Matched) {
        let mut nothing = None;
        let mut tried: Vec<Vec<Choice>> = Vec::new();
        let telex = LazyCell::new(|| telex_of(typed));
        let mut ladder = LADDER;
        if is_vni(typed) {
            // Digits behind several syllables are their marks rather than numbers.
            ladder.get_mut(..4).unwrap_or_default().rotate_left(2);
        }
        for (mut matched, read, rule) in ladder {
            let meant = match read {
                Read::AsTyped => Some(typed),
                Read::AsTelex => telex.as_deref(),
            };
            let Some(meant) = meant else { continue };
            let Some(understood) = self.understand(rule, meant) else { continue };
            let Understood { choices, within, meant: counting } = understood;
            let meant = counting.as_deref().unwrap_or(meant);
            if within.is_none() && tried.contains(&choices) {
                continue;
            }
            let marked = marked || matched == Matched::Corrected && telex.is_some();
            let is_ranked = asked.query.filter.sort == ProductSort::Relevance;
            let phrases = if is_ranked { self.phrases(meant) } else { Vec::new() };
            let mut ranker = Ranker { choices, marked, phrases, whole: None };
            let mut all = self.documents(&ranker, within.as_ref(), intersection(asked.narrowed()));
            if matched == Matched::Words
                && all.len() < FEW
                && let Some((last, whole)) = self.going_on(&ranker, meant)
            {
                if let Some(choice) = ranker.choices.last_mut() {
                    *choice = last;
                }
                let open = ranker.documents(&self.terms, |term| &term.anywhere, None);
                if open.len() > whole.len() {
                    matched = Matched::Prefix;
                }
                all = match intersection(asked.narrowed()) {
                    Some(narrowed) => Cow::Owned(&*open & &*narrowed),
                    None => open,
                };
                ranker.whole = Some(whole);
            }
            let page = self.matching(&ranker, &all, asked, scratch);
            // Where the filters alone leave nothing, the words were understood all the same.
            if page.counts.total > 0 || !self.documents(&ranker, within.as_ref(), None).is_empty() {
                return (page, matched);
            }
            nothing.get_or_insert((page, Matched::Words));
            tried.push(ranker.choices);
        }
        nothing.unwrap_or_else(|| {
            let counts = scratch.finish(&self.cells, asked.query.facets);
            (Page { counts, rows: Vec::new() }, Matched::Words)
        })
    }

    /// The documents that are understood, or else have every syllable, of those in the set if there is one.
    fn documents<'a>(
        &'a self,
        ranker: &Ranker<'_>,
        within: Option<&'a RoaringBitmap>,
        set: Option<Cow<'a, RoaringBitmap>>,
    ) -> Cow<'a, RoaringBitmap> {
        match (within, set) {
            (Some(within), Some(set)) => Cow::Owned(within & &*set),
            (Some(within), None) => Cow::Borrowed(within),
            (None, set) => ranker.documents(&self.terms, |term| &term.anywhere, set),
        }
    }

    /// Those of the documents with every syllable that pass the filters.
    fn matching(
        &self,
        ranker: &Ranker<'_>,
        all: &RoaringBitmap,
        asked: &Asked<'_>,
        scratch: &mut Scratch,
    ) -> Page {
        scratch.passing.clear();
        let facets = asked.query.facets;
        if asked.query.filter.sort != ProductSort::Relevance {
            self.count(all, asked, scratch);
            let counts = scratch.finish(&self.cells, facets);
            let order = By::Order(order_of(asked.query.filter.sort));
            let rows = self.page(order, Some(all), Some(&scratch.passing), counts.total, asked);
            return Page { counts, rows };
        }
        // Whoever has every syllable in the name or a phrase is before all others, so the others are ranked only if
        // these do not fill the page.
        let named = ranker.well_placed(&self.terms, all);
        self.count(&named, asked, scratch);
        let first = scratch.passing.len();
        if named.len() < all.len() {
            self.count(&(all - &*named), asked, scratch);
        }
        let counts = scratch.finish(&self.cells, facets);
        let (named, others) = scratch.passing.split_at(first);
        let rows = self.ranked(ranker, [named, others], asked);
        Page { counts, rows }
    }

    /// Without a search.
    fn browse(&self, asked: &Asked<'_>, scratch: &mut Scratch) -> Page {
        let (filter, facets) = (asked.query.filter, asked.query.facets);
        let order = By::Order(order_of(filter.sort));
        if let Some(all) = intersection(asked.narrowed()) {
            self.count(&all, asked, scratch);
            let counts = scratch.finish(&self.cells, facets);
            let rows = self.page(order, Some(&*all), Some(&scratch.passing), counts.total, asked);
            return Page { counts, rows };
        }
        if let Some(prices) = &asked.prices {
            self.count_each(self.priced(prices), asked, scratch);
            let counts = scratch.finish(&self.cells, facets);
            let rows = self.page(order, None, Some(&scratch.passing), counts.total, asked);
            return Page { counts, rows };
        }
        let (certificates, months) = (asked.wanted.certificates, asked.wanted.months);
        let one = asked.wanted.only_one();
        if one.is_some() || (certificates == 0 && months == 0) {
            let mut counts = Counts::kept(&self.cells, &asked.wanted, one, facets);
            if facets && one.is_some() {
                // The facet that is not filtered is counted where all filters pass.
                let passing = intersection(self.tags.faceted(filter)).unwrap_or_default();
                let of_each = passing.iter().filter_map(|slot| self.columns.facets.get(at(slot)).copied());
                scratch.recount(of_each, months == 0, &mut counts);
            }
            let rows = self.page(order, None, None, counts.total, asked);
            return Page { counts, rows };
        }
        // What has neither a wanted certificate nor a wanted month is in no count, but that of the one facet that is
        // filtered alone: that is kept.
        let either = [self.tags.certified(certificates), self.tags.in_season(months)];
        let all = either.into_iter().flatten().reduce(|one, other| Cow::Owned(&*one | &*other));
        self.count(&all.unwrap_or_default(), asked, scratch);
        let mut counts = scratch.finish(&self.cells, facets);
        if facets && (certificates == 0 || months == 0) {
            let kept = Counts::kept(&self.cells, &asked.wanted, None, true);
            let filtered = if months == 0 { 0..MONTHS } else { MONTHS..MANY };
            for (place, (count, kept)) in counts.many.iter_mut().zip(kept.many).enumerate() {
                if filtered.contains(&place) {
                    *count = kept;
                }
            }
        }
        let rows = self.page(order, None, Some(&scratch.passing), counts.total, asked);
        Page { counts, rows }
    }

    /// Counts a set.
    fn count(&self, set: &RoaringBitmap, asked: &Asked<'_>, scratch: &mut Scratch) {
        let (mut slots, mut buffer) = (set.iter(), [0; 256]);
        loop {
            let some = slots.next_many(&mut buffer);
            if some.is_empty() {
                return;
            }
            self.count_each(some.iter().copied(), asked, scratch);
        }
    }

    fn count_each(&self, slots: impl Iterator<Item = u32>, asked: &Asked<'_>, scratch: &mut Scratch) {
        let (cells, facets) = (self.cells.cells.as_slice(), self.columns.facets.as_slice());
        for slot in slots {
            if asked.prices.as_ref().is_some_and(|prices| !prices.contains(&self.columns.keys(slot).price)) {
                continue;
            }
            if let Some(facet) = facets.get(at(slot)) {
                scratch.add(slot, *facet, cells, &asked.wanted);
            }
        }
    }

    fn found(&self, page: Page, facets: bool, matched: Option<Matched>) -> Found<D> {
        let row = |(slot, rank): (u32, u32)| {
            let row = self.columns.rows.get(at(slot))?;
            let keys = self.columns.keys(slot);
            let position = Position {
                rank: i64::from(rank),
                stars: i64::from(keys.stars),
                sort_key: row.sort_key.clone().into(),
                decided_on: EPOCH.plus_days(i64::from(keys.decided_on)),
                product: ProductId::from(Key::from(uuid::Uuid::from_u128(row.id))),
                price: (keys.price != i64::MAX).then_some(keys.price),
            };
            Some((row.payload.clone()?, position))
        };
        Found {
            total: page.counts.total,
            rows: page.rows.into_iter().filter_map(row).collect(),
            facets: facets.then(|| page.counts.facets(&self.cells)),
            matched,
        }
    }
}

fn order_of(sort: ProductSort) -> Order {
    match sort {
        ProductSort::Newest => Order::Newest,
        // Without a search all match alike, and stars are what decides next.
        ProductSort::Stars | ProductSort::Relevance => Order::Stars,
        ProductSort::Price => Order::Price,
        ProductSort::Name => Order::Name,
    }
}
