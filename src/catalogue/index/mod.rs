//! The search index: every product of the catalogue in memory, changed in place.
//!
//! A document has a *slot*, a small number that columns and sets are addressed by:
//!
//! | Part | Answers |
//! |---|---|
//! | [`analyzer`], [`telex`] | what the syllables of a text are |
//! | [`terms`], [`posting`] | which documents have a syllable, in the name or anywhere |
//! | [`tags`] | which documents have a value that filters ask for |
//! | [`cells`], [`tally`] | how many have each value of a facet |
//! | [`order`] | the columns, and the order of documents by date, stars, price and name |
//! | [`score`] | how well a name matches a query |
//! | [`mod@find`], [`page`], [`suggest`] | questions |
//!
//! [`Analysed::new`] reads the text and needs no index, so many threads can prepare documents; [`Index::put`] then takes
//! microseconds. There is nothing to commit and nothing to reload: the next question sees the change. Nothing that
//! orders a list depends on other documents, so whoever goes on behind a [`Position`] neither misses nor meets twice a
//! product that did not change, whatever else did.

pub mod analyzer;
mod cells;
mod find;
mod order;
mod page;
mod posting;
mod score;
mod suggest;
mod tags;
mod tally;
mod telex;
mod terms;
#[cfg(test)]
mod tests;
mod understand;

pub use find::{Found, Matched, Query};
pub use suggest::Suggestion;
pub use tally::Facets;

use super::{Certificates, Months, Position};
use crate::certification::model::Stars;
use crate::db::Day;
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::reference::Place;
use cells::{Cells, Facet};
use order::{Columns, Keys, Name, Order, Row, SHORT_NAME, Sorted, Spot, at, prefix_of};
use score::LONGEST_NAME;
use std::collections::HashMap;
use suggest::Suggestions;
use tags::{Tag, Tags};
use terms::{Spelling, Terms};

/// What the index knows of a product.
#[derive(Debug, Clone)]
pub struct Indexed {
    pub id: ProductId,
    pub name: String,
    /// Further text that finds it: the producer's public name, units on both sides, codes.
    pub more: Vec<String>,
    /// Names that are meant as a whole, and find it too: its places, its kind.
    pub phrases: Vec<String>,
    pub stars: Stars,
    pub group: Option<String>,
    pub set: Option<i64>,
    pub place: Place,
    pub producer: OrganisationId,
    /// In đồng.
    pub price: Option<i64>,
    pub certificates: Certificates,
    pub season: Months,
    pub has_gtin: bool,
    pub decided_on: Day,
    /// The name's [`sort_key`](crate::vietnamese::sort_key).
    pub sort_key: String,
}

/// A product whose text is read: all the work that needs no index.
#[derive(Debug)]
pub struct Analysed {
    product: Indexed,
    id: u128,
    keys: Keys,
    tags: Vec<Tag>,
    /// Syllables of the name, spaces between: exact, folded.
    exact: String,
    folded: String,
    /// Syllables of everything else, folded, spaces between.
    more: String,
    /// Exact and folded form of each phrase.
    phrases: Vec<(String, String)>,
}

impl Analysed {
    pub fn new(product: Indexed) -> Self {
        let length = product.name.len();
        let (mut exact, mut folded) = (String::with_capacity(length), String::with_capacity(length));
        let mut more = String::with_capacity(product.more.iter().map(|text| text.len() + 1).sum());
        let push = |all: &mut String, one: &str| {
            if !all.is_empty() {
                all.push(' ');
            }
            all.push_str(one);
        };
        let mut syllables = 0;
        analyzer::syllables(&product.name, |one_exact, one_folded| {
            if syllables < LONGEST_NAME {
                push(&mut exact, one_exact);
                push(&mut folded, one_folded);
            } else {
                push(&mut more, one_folded);
            }
            syllables += 1;
        });
        for text in &product.more {
            analyzer::syllables(text, |_, one| push(&mut more, one));
        }
        let mut phrases = Vec::with_capacity(product.phrases.len());
        for text in &product.phrases {
            let (mut exact, mut folded) = (String::new(), String::new());
            analyzer::syllables(text, |one_exact, one_folded| {
                push(&mut exact, one_exact);
                push(&mut folded, one_folded);
                push(&mut more, one_folded);
            });
            phrases.push((exact, folded));
        }
        let keys = Keys {
            prefix: prefix_of(&product.sort_key),
            price: product.price.unwrap_or(i64::MAX),
            decided_on: day_number(product.decided_on),
            stars: u8::try_from(product.stars.number()).unwrap_or(0),
        };
        let tags = Tag::of(&product, number(product.producer.as_str()));
        Self { id: number(product.id.as_str()), keys, tags, exact, folded, more, phrases, product }
    }
}

/// An id as the number it is. Ids order alike as numbers and as text.
fn number(id: &str) -> u128 {
    uuid::Uuid::try_parse(id).map_or(0, |id| id.as_u128())
}

const EPOCH: Day = Day::constant(1970, 1, 1);

fn day_number(day: Day) -> i32 {
    i32::try_from(EPOCH.days_until(day)).unwrap_or(0)
}

/// Products to be found. `D` is what a list hands out for each.
#[derive(Debug)]
pub struct Index<D> {
    columns: Columns<D>,
    slots: HashMap<u128, u32>,
    free: Vec<u32>,
    terms: Terms,
    tags: Tags,
    cells: Cells,
    orders: [(Order, Sorted); 4],
    suggestions: Suggestions,
}

impl<D> Default for Index<D> {
    fn default() -> Self {
        let columns = Columns { rows: Vec::new(), facets: Vec::new(), keys: Vec::new(), names: Vec::new() };
        Self {
            columns,
            slots: HashMap::new(),
            free: Vec::new(),
            terms: Terms::default(),
            tags: Tags::default(),
            cells: Cells::default(),
            orders: Order::ALL.map(|order| (order, Sorted::default())),
            suggestions: Suggestions::default(),
        }
    }
}

impl<D: Clone> Index<D> {
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Adds a product, or replaces what was known of it.
    pub fn put(&mut self, product: Analysed, payload: D) {
        let known = self.slots.get(&product.id).copied();
        let (before, moved) = match known {
            Some(slot) => {
                let spot = self.columns.spot(slot, 0);
                (Some(slot), spot.keys != product.keys || *spot.sort_key != *product.product.sort_key)
            }
            None => (None, true),
        };
        if let Some(slot) = before.filter(|_| moved) {
            self.leave_orders(slot);
        }
        let slot = self.write(product, payload);
        if moved {
            self.enter_orders(slot);
        }
    }

    /// Puts many: their places in the orders are found by one merge instead of one by one.
    pub fn put_all(&mut self, products: impl IntoIterator<Item = (Analysed, D)>) {
        let products = products.into_iter();
        if products.size_hint().0 < self.len() / 16 {
            return products.for_each(|(product, payload)| self.put(product, payload));
        }
        let mut written = roaring::RoaringBitmap::new();
        for (product, payload) in products {
            written.insert(self.write(product, payload));
        }
        let columns = &self.columns;
        for (order, sorted) in &mut self.orders {
            let kept = sorted.from((0, 0)).filter(|slot| !written.contains(*slot));
            let mut keyed: Vec<(u64, u32)> =
                written.iter().map(|slot| (order::primary(*order, &columns.keys(slot)), slot)).collect();
            keyed.sort_unstable_by(|(one_key, one), (other_key, other)| {
                one_key.cmp(other_key).then_with(|| columns.compare(*order, *one, *other))
            });
            let mut merged = Vec::with_capacity(columns.rows.len());
            let mut new = keyed.into_iter().map(|(_, slot)| slot).peekable();
            for slot in kept {
                while let Some(next) =
                    new.next_if(|next| columns.compare(*order, *next, slot) == std::cmp::Ordering::Less)
                {
                    merged.push(next);
                }
                merged.push(slot);
            }
            merged.extend(new);
            *sorted = Sorted::new(&merged);
        }
    }

    /// Takes a product out; `false` if it was not there.
    pub fn remove(&mut self, id: ProductId) -> bool {
        let Some(slot) = self.slots.remove(&number(id.as_str())) else { return false };
        self.leave_orders(slot);
        self.count_out(slot);
        let Some(row) = self.columns.rows.get_mut(at(slot)) else { return false };
        let (terms, tags) = (std::mem::take(&mut row.terms), std::mem::take(&mut row.tags));
        (row.payload, row.sort_key, row.long_name) = (None, Box::default(), Box::default());
        self.change_terms(slot, &terms, &[]);
        self.change_tags(slot, &tags, &[]);
        self.free.push(slot);
        true
    }

    fn leave_orders(&mut self, slot: u32) {
        let columns = &self.columns;
        for (order, sorted) in &mut self.orders {
            sorted.remove(slot, |other| columns.compare(*order, other, slot).is_lt());
        }
    }

    fn enter_orders(&mut self, slot: u32) {
        let columns = &self.columns;
        for (order, sorted) in &mut self.orders {
            sorted.insert(slot, |other| columns.compare(*order, other, slot).is_lt());
        }
    }

    /// Takes a slot's present facets and name out of the counts.
    fn count_out(&mut self, slot: u32) {
        if let (Some(facet), Some(row)) = (self.columns.facets.get(at(slot)), self.columns.rows.get(at(slot)))
        {
            self.cells.count(*facet, -1);
            self.suggestions.remove(row.suggestion, self.columns.keys(slot).stars);
        }
    }

    /// Writes everything but the orders.
    fn write(&mut self, product: Analysed, payload: D) -> u32 {
        let Analysed { product, id, keys, tags, exact, folded, more, phrases } = product;
        let slot = match self.slots.get(&id) {
            Some(slot) => {
                let slot = *slot;
                self.count_out(slot);
                slot
            }
            None => self.new_slot(id),
        };
        let syllables: Vec<Spelling> = exact
            .split(' ')
            .zip(folded.split(' '))
            .filter(|(exact, _)| !exact.is_empty())
            .map(|(exact, folded)| self.terms.intern_spelling(exact, folded))
            .collect();
        let mut terms: Vec<u32> = syllables.iter().map(|syllable| syllable.term() << 1 | 1).collect();
        terms.extend(more.split(' ').filter(|one| !one.is_empty()).map(|one| self.terms.intern(one) << 1));
        // The odd form, in the name, comes first and stands for both.
        terms.sort_unstable_by_key(|term| *term ^ 1);
        terms.dedup_by_key(|term| *term >> 1);
        let mut tags: Vec<u32> = tags.into_iter().map(|tag| self.tags.intern(tag)).collect();
        tags.extend(phrases.iter().map(|(exact, folded)| self.tags.intern_phrase(exact, folded)));
        tags.sort_unstable();
        tags.dedup();

        let facet = Facet {
            cell: self.cells.cell(
                keys.stars,
                product.price,
                product.group.as_deref(),
                product.place.province.as_deref(),
            ),
            certificates: product.certificates.0,
            season: product.season.0 & 0xfff,
        };
        self.cells.count(facet, 1);
        let suggestion = self.suggestions.add(&product.name, &folded, &exact, keys.stars);
        let mut name = Name { length: u32::try_from(syllables.len()).unwrap_or(0), ..Name::default() };
        name.first.iter_mut().zip(&syllables).for_each(|(place, syllable)| *place = *syllable);
        let long_name = if syllables.len() > SHORT_NAME { syllables.into() } else { Box::default() };

        let (mut old_terms, mut old_tags) = (Box::default(), Box::default());
        if let Some(row) = self.columns.rows.get_mut(at(slot)) {
            old_terms = std::mem::replace(&mut row.terms, terms.as_slice().into());
            old_tags = std::mem::replace(&mut row.tags, tags.as_slice().into());
            row.payload = Some(payload);
            row.sort_key = product.sort_key.into();
            row.long_name = long_name;
            row.suggestion = suggestion;
        }
        self.change_terms(slot, &old_terms, &terms);
        self.change_tags(slot, &old_tags, &tags);
        set(&mut self.columns.facets, slot, facet);
        set(&mut self.columns.keys, slot, keys);
        set(&mut self.columns.names, slot, name);
        slot
    }

    fn new_slot(&mut self, id: u128) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.columns.rows.push(Row {
                id,
                payload: None,
                sort_key: Box::default(),
                terms: Box::default(),
                tags: Box::default(),
                long_name: Box::default(),
                suggestion: 0,
            });
            self.columns.facets.push(Facet::default());
            self.columns.keys.push(Keys::default());
            self.columns.names.push(Name::default());
            u32::try_from(self.columns.rows.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(row) = self.columns.rows.get_mut(at(slot)) {
            row.id = id;
        }
        self.slots.insert(id, slot);
        slot
    }

    fn change_terms(&mut self, slot: u32, old: &[u32], new: &[u32]) {
        let gone = old.iter().filter(|term| new.binary_search_by_key(&(**term ^ 1), |t| t ^ 1).is_err());
        for term in gone {
            if let Some(posting) = self.terms.get_mut(term >> 1) {
                posting.anywhere.remove(slot);
                posting.in_name.remove(slot);
            }
        }
        let come = new.iter().filter(|term| old.binary_search_by_key(&(**term ^ 1), |t| t ^ 1).is_err());
        for term in come {
            if let Some(posting) = self.terms.get_mut(term >> 1) {
                posting.anywhere.insert(slot);
                if term & 1 == 1 {
                    posting.in_name.insert(slot);
                }
            }
        }
    }

    fn change_tags(&mut self, slot: u32, old: &[u32], new: &[u32]) {
        for tag in old.iter().filter(|tag| new.binary_search(tag).is_err()) {
            if let Some(posting) = self.tags.get_mut(*tag) {
                posting.remove(slot);
            }
        }
        for tag in new.iter().filter(|tag| old.binary_search(tag).is_err()) {
            if let Some(posting) = self.tags.get_mut(*tag) {
                posting.insert(slot);
            }
        }
    }
}

fn set<T>(column: &mut [T], slot: u32, value: T) {
    if let Some(place) = column.get_mut(at(slot)) {
        *place = value;
    }
}

impl Position {
    /// As the orders compare it.
    fn spot(&self) -> Spot<'_> {
        let keys = Keys {
            prefix: prefix_of(&self.sort_key),
            price: self.price.unwrap_or(i64::MAX),
            decided_on: day_number(self.decided_on),
            stars: u8::try_from(self.stars).unwrap_or(0),
        };
        let rank = u32::try_from(self.rank.clamp(0, i64::from(score::WORST))).unwrap_or(0);
        Spot { rank, keys, sort_key: &self.sort_key, id: number(self.product.as_str()) }
    }
}
