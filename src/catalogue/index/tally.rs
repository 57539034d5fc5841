//! Counting.
//!
//! One pass over a result counts its cells, certificate sets and season sets; filters are applied to the few of each
//! that occur. Counts live in buffers of the thread that a query leaves as it found them, so counting five facets
//! allocates nothing and costs what the result costs.

use super::cells::{
    CERTIFICATE, Cell, Cells, Facet, GROUP, MANY, MONTHS, PRICE, PROVINCE, SEASON, STARS, Verdict, Wanted,
};
use super::order::at;
use crate::catalogue::PriceBand;
use crate::listings::DocumentKind;
use std::cell::RefCell;
use std::sync::Arc;

/// How many matching products have each value; values that none has are left out. Each facet ignores its own filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    pub stars: Vec<(i64, u32)>,
    /// By code, as are provinces.
    pub groups: Vec<(Arc<str>, u32)>,
    pub provinces: Vec<(Arc<str>, u32)>,
    /// From the cheapest.
    pub prices: Vec<(PriceBand, u32)>,
    pub certificates: Vec<(DocumentKind, u32)>,
    /// By month, 1 to 12.
    pub season: Vec<(u32, u32)>,
}

/// Products of one cell that pass the filters by certificate and season.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    products: u32,
    /// The cell was met in this pass, hence `verdict` is set.
    met: bool,
    verdict: Verdict,
}

/// Counts by a small number, and which are not 0.
#[derive(Debug, Default)]
struct Histogram {
    counts: Vec<u32>,
    used: Vec<u16>,
}

impl Histogram {
    #[inline]
    fn add(&mut self, value: u16) {
        let place = usize::from(value);
        if place >= self.counts.len() {
            self.counts.resize(place + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(place) {
            if *count == 0 {
                self.used.push(value);
            }
            *count += 1;
        }
    }

    /// Hands over each value with its count, and forgets them.
    fn drain(&mut self, mut each: impl FnMut(u16, u32)) {
        for value in self.used.drain(..) {
            if let Some(count) = self.counts.get_mut(usize::from(value)) {
                each(value, std::mem::take(count));
            }
        }
    }
}

/// The buffers of a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    cells: Vec<Counted>,
    met: Vec<u32>,
    certificates: Histogram,
    season: Histogram,
    /// What passes: slots in the order they were met.
    pub passing: Vec<u32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Scratch {
    /// Lends the thread's buffers. If `work` panics they are lost, and the next query starts with new ones.
    pub fn lend<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        let mut scratch = SCRATCH.take();
        scratch.passing.clear();
        let done = work(&mut scratch);
        SCRATCH.replace(scratch);
        done
    }

    pub fn start(&mut self, cells: &Cells) {
        if self.cells.len() < cells.cells.len() {
            self.cells.resize(cells.cells.len(), Counted::default());
        }
    }

    /// Counts one product of the result, and keeps it if it passes.
    #[inline]
    pub fn add(&mut self, slot: u32, facet: Facet, cells: &[Cell], wanted: &Wanted) {
        let Some(cell) = self.cells.get_mut(at(facet.cell)) else { return };
        if !cell.met {
            self.meet(facet.cell, cells, wanted);
            return self.add(slot, facet, cells, wanted);
        }
        let many = wanted.of_many(facet);
        cell.products += u32::from(many == 0);
        if cell.verdict == 0 {
            self.keep(slot, facet, many);
        }
    }

    #[cold]
    fn meet(&mut self, cell: u32, cells: &[Cell], wanted: &Wanted) {
        let verdict = cells.get(at(cell)).map_or(0, |cell| wanted.of_cell(*cell));
        if let Some(place) = self.cells.get_mut(at(cell)) {
            *place = Counted { products: 0, met: true, verdict };
            self.met.push(cell);
        }
    }

    /// Counts what passes the filters of its cell.
    #[inline(never)]
    fn keep(&mut self, slot: u32, facet: Facet, many: Verdict) {
        if many & !CERTIFICATE == 0 {
            self.certificates.add(facet.certificates);
        }
        if many & !SEASON == 0 {
            self.season.add(facet.season);
        }
        if many == 0 {
            self.passing.push(slot);
        }
    }

    /// Ends the pass: the counts, and all buffers but `passing` as they were.
    pub fn finish(&mut self, cells: &Cells, wanted_facets: bool) -> Counts {
        let mut counts = Counts::new(cells, wanted_facets);
        for id in self.met.drain(..) {
            let Some(counted) = self.cells.get_mut(at(id)) else { continue };
            let Counted { products, verdict, .. } = std::mem::take(counted);
            if let Some(cell) = cells.cells.get(at(id)) {
                counts.add_cell(*cell, verdict, products);
            }
        }
        self.certificates.drain(|set, products| counts.add_many(set, 0, products));
        self.season.drain(|set, products| counts.add_many(set, MONTHS, products));
        counts
    }
}

impl Scratch {
    /// Counts the months (or else the certificates) of what passes all filters, in place of what was counted.
    pub fn recount(&mut self, passing: impl Iterator<Item = Facet>, months: bool, counts: &mut Counts) {
        let histogram = &mut self.season;
        passing.for_each(|facet| histogram.add(if months { facet.season } else { facet.certificates }));
        let range = if months { MONTHS..MANY } else { 0..MONTHS };
        counts.many.get_mut(range.clone()).unwrap_or_default().fill(0);
        histogram.drain(|set, products| counts.add_many(set, range.start, products));
    }
}

/// Counts by value.
#[derive(Debug)]
pub struct Counts {
    pub total: u64,
    wanted: bool,
    stars: [u32; 8],
    prices: [u32; 8],
    groups: Vec<u32>,
    provinces: Vec<u32>,
    pub many: [u32; MANY],
}

impl Counts {
    fn new(cells: &Cells, wanted: bool) -> Self {
        let zeros = |length: usize| if wanted { vec![0; length] } else { Vec::new() };
        Self {
            total: 0,
            wanted,
            stars: [0; 8],
            prices: [0; 8],
            groups: zeros(cells.groups.len()),
            provinces: zeros(cells.provinces.len()),
            many: [0; MANY],
        }
    }

    /// The counts of everything, from what is kept for each cell: of products that have `one` of the certificates and
    /// months, or of all if it is `None`. Certificates and months are those of all products in either case.
    pub fn kept(cells: &Cells, wanted: &Wanted, one: Option<usize>, wanted_facets: bool) -> Self {
        let mut counts = Self::new(cells, wanted_facets);
        for ((cell, products), many) in cells.cells.iter().zip(&cells.counts).zip(&cells.many) {
            if *products == 0 {
                continue;
            }
            let verdict = wanted.of_cell(*cell);
            let products = one.map_or(*products, |one| many.get(one).copied().unwrap_or(0));
            counts.add_cell(*cell, verdict, products);
            if verdict == 0 && wanted_facets {
                counts.many.iter_mut().zip(many).for_each(|(sum, count)| *sum += count);
            }
        }
        counts
    }

    #[inline]
    fn add_cell(&mut self, cell: Cell, verdict: Verdict, products: u32) {
        if verdict == 0 {
            self.total += u64::from(products);
        }
        // Two facets failed: no count of any facet has it.
        if !self.wanted || verdict.count_ones() > 1 {
            return;
        }
        let [stars, price] = [cell.stars, cell.price].map(usize::from);
        let [group, province] = [cell.group, cell.province].map(usize::from);
        for (facet, count) in [
            (STARS, self.stars.get_mut(stars)),
            (GROUP, self.groups.get_mut(group)),
            (PROVINCE, self.provinces.get_mut(province)),
            (PRICE, self.prices.get_mut(price)),
        ] {
            if let Some(count) = count.filter(|_| verdict & !facet == 0) {
                *count += products;
            }
        }
    }

    fn add_many(&mut self, set: u16, from: usize, products: u32) {
        let mut set = set;
        while set != 0 {
            let place = from + at(set.trailing_zeros());
            if let Some(count) = self.many.get_mut(place) {
                *count += products;
            }
            set &= set - 1;
        }
    }

    pub fn facets(&self, cells: &Cells) -> Facets {
        // 0 is no value.
        fn counted(counts: &[u32]) -> impl Iterator<Item = (usize, u32)> {
            counts.iter().copied().enumerate().filter(|(value, count)| *value > 0 && *count > 0)
        }
        let by_code = |counts: &[u32], codes: &super::cells::Codes| {
            let mut all: Vec<(Arc<str>, u32)> = counted(counts)
                .filter_map(|(value, count)| Some((codes.code(value)?.clone(), count)))
                .collect();
            all.sort_unstable();
            all
        };
        let bands = counted(&self.prices);
        let (certificates, season) = self.many.split_at(MONTHS);
        let named = DocumentKind::ALL.iter().copied().zip(certificates.iter().copied());
        let months = (1..=12).zip(season.iter().copied());
        Facets {
            stars: counted(&self.stars).filter_map(|(s, n)| Some((i64::try_from(s).ok()?, n))).collect(),
            groups: by_code(&self.groups, &cells.groups),
            provinces: by_code(&self.provinces, &cells.provinces),
            prices: bands.filter_map(|(b, n)| Some((*PriceBand::ALL.get(b - 1)?, n))).collect(),
            certificates: named.filter(|(_, count)| *count > 0).collect(),
            season: months.filter(|(_, count)| *count > 0).collect(),
        }
    }
}
