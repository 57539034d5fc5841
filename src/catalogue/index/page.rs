//! The rows of a page: read where they stand in an order, or the best of those that were met.

use super::Index;
use super::find::Asked;
use super::order::{Columns, Keys, Order, Spot, at, primary, ranked};
use super::posting::intersection;
use super::score::Ranker;
use crate::catalogue::PriceBand;
use roaring::RoaringBitmap;
use std::cmp::Ordering;

/// Prices in đồng.
pub type Range = std::ops::RangeInclusive<i64>;

/// Steps that reading an order may take beyond what is likely.
const SLACK: usize = if cfg!(test) { 2 } else { 256 };

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Order(Order),
    Rank,
}

impl By {
    fn primary(self, spot: &Keys, rank: u32) -> u64 {
        match self {
            Self::Order(order) => primary(order, spot),
            Self::Rank => ranked(rank, spot),
        }
    }

    fn compare(self, one: &Spot<'_>, other: &Spot<'_>) -> Ordering {
        match self {
            Self::Order(order) => one.compare(order, other),
            Self::Rank => one.compare_by_rank(other),
        }
    }
}

/// Before all others of the same rank.
const BEST: Keys = Keys { prefix: 0, price: 0, decided_on: 0, stars: u8::MAX };

/// The first rows of what is offered to it.
struct Top<'a, D> {
    columns: &'a Columns<D>,
    by: By,
    limit: usize,
    after: Option<(u64, Spot<'a>)>,
    /// Primary key, slot, rank.
    best: Vec<(u64, u32, u32)>,
    /// What is above cannot be among the first.
    ceiling: u64,
}

impl<'a, D> Top<'a, D> {
    fn new(columns: &'a Columns<D>, by: By, limit: usize, after: Option<Spot<'a>>) -> Self {
        let after = after.map(|spot| (by.primary(&spot.keys, spot.rank), spot));
        Self { columns, by, limit, after, best: Vec::with_capacity(2 * limit + 64), ceiling: u64::MAX }
    }

    #[inline]
    fn offer(&mut self, slot: u32, rank: u32) {
        let key = self.by.primary(&self.columns.keys(slot), rank);
        if key > self.ceiling {
            return;
        }
        if let Some((last, spot)) = &self.after
            && (key < *last
                || key == *last && self.by.compare(&self.columns.spot(slot, rank), spot) != Ordering::Greater)
        {
            return;
        }
        self.best.push((key, slot, rank));
        if self.best.len() > 2 * self.limit + 63 {
            self.cut();
        }
    }

    /// Is a rank too far behind whatever the rest of the key is?
    #[inline]
    fn is_beyond(&self, rank: u32) -> bool {
        ranked(rank, &BEST) > self.ceiling
    }

    fn cut(&mut self) {
        let (columns, by, limit) = (self.columns, self.by, self.limit);
        if self.best.len() > limit && limit > 0 {
            self.best.select_nth_unstable_by(limit - 1, |one, other| compare(columns, by, *one, *other));
        }
        self.best.truncate(limit);
        self.ceiling = self.best.iter().map(|(key, ..)| *key).max().unwrap_or(u64::MAX);
    }

    fn rows(mut self) -> Vec<(u32, u32)> {
        let (columns, by) = (self.columns, self.by);
        self.best.sort_unstable_by(|one, other| compare(columns, by, *one, *other));
        self.best.truncate(self.limit);
        self.best.into_iter().map(|(_, slot, rank)| (slot, rank)).collect()
    }
}

fn compare<D>(columns: &Columns<D>, by: By, one: (u64, u32, u32), other: (u64, u32, u32)) -> Ordering {
    one.0.cmp(&other.0).then_with(|| by.compare(&columns.spot(one.1, one.2), &columns.spot(other.1, other.2)))
}

impl<D: Clone> Index<D> {
    /// The page by relevance, of tiers that are each behind the one before.
    pub(super) fn ranked(
        &self,
        ranker: &Ranker<'_>,
        tiers: [&[u32]; 2],
        asked: &Asked<'_>,
    ) -> Vec<(u32, u32)> {
        let mut rows = Vec::new();
        let after = asked.query.after;
        for tier in tiers {
            let limit = asked.query.limit - rows.len();
            if limit == 0 || tier.is_empty() {
                continue;
            }
            let mut top = Top::new(&self.columns, By::Rank, limit, after.map(|after| after.spot()));
            for slot in tier {
                let rank = ranker.rank(*slot, self.columns.name(*slot));
                if !top.is_beyond(rank) {
                    top.offer(*slot, rank);
                }
            }
            rows.append(&mut top.rows());
        }
        rows
    }

    /// The page by an order that is kept. `set` is what a slot must be in, `passing` what passed if it was collected.
    pub(super) fn page(
        &self,
        by: By,
        set: Option<&RoaringBitmap>,
        passing: Option<&[u32]>,
        total: u64,
        asked: &Asked<'_>,
    ) -> Vec<(u32, u32)> {
        let By::Order(order) = by else { return Vec::new() };
        let (limit, all) = (asked.query.limit, self.len());
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        if total == 0 || limit == 0 {
            return Vec::new();
        }
        // Reading the order meets a match every `all / total` steps if they are spread evenly; choosing the best looks at
        // every match. Where they are not spread evenly, reading gives up.
        let steps = all.saturating_mul(limit) / total;
        if (steps <= total || steps <= 64)
            && let Some(rows) = self.walk(order, set, asked, steps.saturating_mul(4) + SLACK)
        {
            return rows;
        }
        let after = asked.query.after.map(|after| after.spot());
        let mut top = Top::new(&self.columns, by, limit, after);
        match passing {
            Some(passing) => passing.iter().for_each(|slot| top.offer(*slot, 0)),
            None => match intersection(self.tags.faceted(asked.query.filter)) {
                Some(passing) => passing.iter().for_each(|slot| top.offer(slot, 0)),
                None => self.columns_alive().for_each(|slot| top.offer(slot, 0)),
            },
        }
        top.rows()
    }

    fn columns_alive(&self) -> impl Iterator<Item = u32> {
        self.slots.values().copied()
    }

    /// Reads an order from behind the cursor; `None` if the page is not full after that many steps.
    fn walk(
        &self,
        order: Order,
        set: Option<&RoaringBitmap>,
        asked: &Asked<'_>,
        most: usize,
    ) -> Option<Vec<(u32, u32)>> {
        let (columns, filter) = (&self.columns, asked.query.filter);
        let (_, sorted) = self.orders.iter().find(|(its, _)| *its == order)?;
        let after = asked.query.after.map(|after| after.spot());
        let behind = |slot: u32| {
            after.as_ref().is_none_or(|spot| columns.compare_to(order, slot, spot) == Ordering::Greater)
        };
        let passes = |slot: u32| {
            let Some(facet) = columns.facets.get(at(slot)) else { return false };
            let cell = self.cells.cells.get(at(facet.cell)).copied().unwrap_or_default();
            asked.wanted.of_many(*facet) == 0
                && asked.wanted.of_cell(cell) == 0
                && asked.prices.as_ref().is_none_or(|prices| prices.contains(&columns.keys(slot).price))
                && set.is_none_or(|set| set.contains(slot))
        };
        let mut rows = Vec::with_capacity(asked.query.limit);
        let mut steps = 0;
        for stretch in stretches(order, filter, asked.prices.as_ref()) {
            let start = sorted.find(|slot| !behind(slot) || stretch.is_before(columns, slot));
            for slot in sorted.from(start).take_while(|slot| stretch.has(columns, *slot)) {
                steps += 1;
                if steps > most {
                    return None;
                }
                if passes(slot) {
                    rows.push((slot, 0));
                    if rows.len() == asked.query.limit {
                        return Some(rows);
                    }
                }
            }
        }
        Some(rows)
    }
}

/// A part of an order that filters leave. What stands between is not read.
#[derive(Debug, Clone)]
enum Stretch {
    All,
    Stars(u8),
    Prices(Range),
}

impl Stretch {
    fn is_before<D>(&self, columns: &Columns<D>, slot: u32) -> bool {
        match self {
            Self::All => false,
            Self::Stars(stars) => columns.keys(slot).stars > *stars,
            Self::Prices(prices) => columns.keys(slot).price < *prices.start(),
        }
    }

    fn has<D>(&self, columns: &Columns<D>, slot: u32) -> bool {
        match self {
            Self::All => true,
            Self::Stars(stars) => columns.keys(slot).stars == *stars,
            Self::Prices(prices) => columns.keys(slot).price <= *prices.end(),
        }
    }
}

/// The parts of an order that a filter leaves, in its order.
fn stretches(order: Order, filter: &crate::catalogue::Filter, prices: Option<&Range>) -> Vec<Stretch> {
    match order {
        Order::Stars if !filter.stars.is_empty() => {
            let mut stars: Vec<i64> = filter.stars.iter().map(|stars| stars.0.number()).collect();
            stars.sort_unstable_by(|one, other| other.cmp(one));
            stars.dedup();
            stars.iter().filter_map(|stars| u8::try_from(*stars).ok()).map(Stretch::Stars).collect()
        }
        Order::Price if prices.is_some() => prices.cloned().map(Stretch::Prices).into_iter().collect(),
        Order::Price if !filter.prices.is_empty() => {
            let mut bands: Vec<PriceBand> = filter.prices.clone();
            bands.sort_unstable();
            bands.dedup();
            bands.into_iter().map(|band| Stretch::Prices(band.range())).collect()
        }
        _ => vec![Stretch::All],
    }
}

impl<D: Clone> Index<D> {
    /// Slots with a price of a range.
    pub(super) fn priced(&self, prices: &Range) -> impl Iterator<Item = u32> {
        let stretch = Stretch::Prices(prices.clone());
        let sorted = self.orders.iter().find(|(order, _)| *order == Order::Price).map(|(_, sorted)| sorted);
        sorted.into_iter().flat_map(move |sorted| {
            let start = sorted.find(|slot| stretch.is_before(&self.columns, slot));
            let stretch = stretch.clone();
            sorted.from(start).take_while(move |slot| stretch.has(&self.columns, *slot))
        })
    }
}
