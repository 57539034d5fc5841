//! Facets in small numbers.
//!
//! The facets of which a product has at most one value (stars, group, province, price band) together are its *cell*.
//! There are far fewer cells than products, so a query judges a cell once and not each of its products, and browsing
//! without text reads the counts kept for each cell and looks at no product at all.

use super::order::at;
use crate::catalogue::{Certificates, Filter, Months, PriceBand};
use std::collections::HashMap;
use std::sync::Arc;

/// Facets of which a cell has one value, by their bit in a [`Verdict`].
pub const STARS: u8 = 1;
pub const GROUP: u8 = 1 << 1;
pub const PROVINCE: u8 = 1 << 2;
pub const PRICE: u8 = 1 << 3;
/// Facets of which a product has any number of values.
pub const CERTIFICATE: u8 = 1 << 4;
pub const SEASON: u8 = 1 << 5;

/// The facets whose filter a product fails; none is a match. Counts of a facet ignore its own filter: they are of what
/// fails nothing else.
pub type Verdict = u8;

/// Certificates and months of one cell, in this order.
pub const MANY: usize = 16 + 12;
/// Where months begin among them.
pub const MONTHS: usize = 16;

/// One value of each; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Cell {
    pub stars: u8,
    /// 1 + the band's place.
    pub price: u8,
    pub group: u16,
    pub province: u16,
}

/// Facets of one product, as the pass over a result reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facet {
    pub cell: u32,
    pub certificates: u16,
    pub season: u16,
}

/// Codes by small numbers from 1.
#[derive(Debug, Default)]
pub struct Codes {
    numbers: HashMap<Arc<str>, u16>,
    codes: Vec<Arc<str>>,
}

impl Codes {
    fn intern(&mut self, code: &str) -> u16 {
        if let Some(number) = self.numbers.get(code) {
            return *number;
        }
        let (code, number): (Arc<str>, _) = (code.into(), u16::try_from(self.codes.len() + 1).unwrap_or(0));
        self.codes.push(code.clone());
        self.numbers.insert(code, number);
        number
    }

    pub fn code(&self, number: usize) -> Option<&Arc<str>> {
        self.codes.get(number.checked_sub(1)?)
    }

    /// One more than the largest number.
    pub fn len(&self) -> usize {
        self.codes.len() + 1
    }
}

/// All cells with what is in them.
#[derive(Debug, Default)]
pub struct Cells {
    ids: HashMap<Cell, u32>,
    pub groups: Codes,
    pub provinces: Codes,
    pub cells: Vec<Cell>,
    /// Products of each cell.
    pub counts: Vec<u32>,
    /// Products of each cell with each certificate and month.
    pub many: Vec<[u32; MANY]>,
}

impl Cells {
    pub fn cell(
        &mut self,
        stars: u8,
        price: Option<i64>,
        group: Option<&str>,
        province: Option<&str>,
    ) -> u32 {
        let cell = Cell {
            stars,
            price: price.map_or(0, |price| PriceBand::of(price) as u8 + 1),
            group: group.map_or(0, |code| self.groups.intern(code)),
            province: province.map_or(0, |code| self.provinces.intern(code)),
        };
        let (next, cells, counts, many) =
            (self.cells.len(), &mut self.cells, &mut self.counts, &mut self.many);
        *self.ids.entry(cell).or_insert_with(|| {
            cells.push(cell);
            counts.push(0);
            many.push([0; MANY]);
            u32::try_from(next).unwrap_or(u32::MAX)
        })
    }

    /// Counts a product in (1) or out (-1).
    pub fn count(&mut self, facet: Facet, change: i32) {
        let Ok(cell) = usize::try_from(facet.cell) else { return };
        if let Some(count) = self.counts.get_mut(cell) {
            *count = count.saturating_add_signed(change);
        }
        if let Some(many) = self.many.get_mut(cell) {
            let bits = u32::from(facet.certificates) | u32::from(facet.season & 0xfff) << 16;
            for (place, count) in many.iter_mut().enumerate() {
                if bits >> place & 1 == 1 {
                    *count = count.saturating_add_signed(change);
                }
            }
        }
    }
}

/// The facet filters of a query, in small numbers.
#[derive(Debug, Default)]
pub struct Wanted {
    /// One bit for each number of stars; 0 for no filter. Likewise the others.
    stars: u8,
    prices: u8,
    pub certificates: u16,
    pub months: u16,
    groups: Option<Vec<u16>>,
    provinces: Option<Vec<u16>>,
}

impl Wanted {
    pub fn new(cells: &Cells, filter: &Filter) -> Self {
        // A code that no product has matches nothing, which is not the same as no filter.
        let numbers = |codes: &Codes, wanted: &[String]| -> Option<Vec<u16>> {
            let known = wanted.iter().filter_map(|code| codes.numbers.get(code.as_str()).copied());
            (!wanted.is_empty()).then(|| known.collect())
        };
        let (Certificates(certificates), Months(months)) = (filter.certificates, filter.season);
        Self {
            stars: filter.stars.iter().fold(0, |set, stars| set | 1 << (stars.0.number() & 7)),
            prices: filter.prices.iter().fold(0, |set, band| set | 1 << (*band as u8 + 1)),
            certificates,
            months,
            groups: numbers(&cells.groups, &filter.groups),
            provinces: numbers(&cells.provinces, &filter.provinces),
        }
    }

    /// The place among the [`MANY`] if one certificate or one month is all that is asked of them.
    pub fn only_one(&self) -> Option<usize> {
        let bits = u32::from(self.certificates) | u32::from(self.months) << 16;
        (bits.count_ones() == 1).then(|| at(bits.trailing_zeros()))
    }

    pub fn of_cell(&self, cell: Cell) -> Verdict {
        let lacks = |set: u8, value: u8| set != 0 && set >> (value & 7) & 1 == 0;
        let misses =
            |set: &Option<Vec<u16>>, value: u16| set.as_ref().is_some_and(|set| !set.contains(&value));
        let mut verdict = 0;
        for (fails, facet) in [
            (lacks(self.stars, cell.stars), STARS),
            (misses(&self.groups, cell.group), GROUP),
            (misses(&self.provinces, cell.province), PROVINCE),
            (lacks(self.prices, cell.price), PRICE),
        ] {
            if fails {
                verdict |= facet;
            }
        }
        verdict
    }

    /// The verdict on the facets with many values.
    #[inline]
    pub fn of_many(&self, facet: Facet) -> Verdict {
        let certified = facet.certificates & self.certificates | u16::from(self.certificates == 0);
        let in_season = facet.season & self.months | u16::from(self.months == 0);
        (u8::from(certified == 0) * CERTIFICATE) | (u8::from(in_season == 0) * SEASON)
    }
}
