//! Names to complete what is being typed.

use super::analyzer::Typed;
use super::order::at;
use super::score::{Choice, Ranker};
use super::terms::{Term, TermId};
use super::{Index, posting::Posting};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// A name of one or more products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    pub name: String,
    /// Products of this name.
    pub products: u32,
    pub best_stars: i64,
}

#[derive(Debug)]
struct Entry {
    /// Folded name, NUL, exact name: ordered by what is typed, each spelling apart.
    key: Arc<str>,
    name: Box<str>,
    /// Products by stars.
    products: [u32; 8],
}

/// The distinct names of the catalogue.
#[derive(Debug, Default)]
pub struct Suggestions {
    entries: Vec<Entry>,
    free: Vec<u32>,
    ordered: BTreeMap<Arc<str>, u32>,
}

impl Entry {
    fn products(&self) -> u32 {
        self.products.iter().sum()
    }

    fn best_stars(&self) -> usize {
        self.products.iter().rposition(|products| *products > 0).unwrap_or(0)
    }
}

impl Suggestions {
    /// Counts a product of this name in.
    pub fn add(&mut self, name: &str, folded: &str, exact: &str, stars: u8) -> u32 {
        let key: Arc<str> = format!("{folded}\0{exact}").into();
        let entry = self.ordered.get(&key).copied().unwrap_or_else(|| {
            let entry = Entry { key: key.clone(), name: name.into(), products: [0; 8] };
            let place = match self.free.pop() {
                Some(place) => {
                    if let Some(free) = self.entries.get_mut(at(place)) {
                        *free = entry;
                    }
                    place
                }
                None => {
                    self.entries.push(entry);
                    u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
                }
            };
            self.ordered.insert(key, place);
            place
        });
        if let Some(entry) = self.entries.get_mut(at(entry))
            && let Some(products) = entry.products.get_mut(usize::from(stars & 7))
        {
            *products += 1;
        }
        entry
    }

    /// Counts a product out.
    pub fn remove(&mut self, place: u32, stars: u8) {
        let Some(entry) = self.entries.get_mut(at(place)) else { return };
        if let Some(products) = entry.products.get_mut(usize::from(stars & 7)) {
            *products = products.saturating_sub(1);
        }
        if entry.products() == 0 && self.ordered.remove(&entry.key).is_some() {
            self.free.push(place);
        }
    }

    fn beginning<'a>(&'a self, folded: &'a str) -> impl Iterator<Item = u32> + 'a {
        let from = self.ordered.range::<str, _>((Bound::Included(folded), Bound::Unbounded));
        from.take_while(move |(key, _)| key.starts_with(folded)).map(|(_, entry)| *entry)
    }
}

/// Work is bounded whatever the size of the catalogue: names looked at by their beginning,
const MOST_NAMES: usize = 256;
/// documents looked at by their syllables,
const MOST_DOCUMENTS: usize = 500;
/// and syllables that the last one may become.
const MOST_ENDINGS: usize = 64;

impl<D: Clone> Index<D> {
    /// Names that what was typed may become, the likeliest first: those with the marks that were typed, those that begin
    /// with it, those of many products, of many stars, the shorter.
    pub fn suggest(&self, typed: &str, limit: usize) -> Vec<Suggestion> {
        let syllables = Typed::all(typed);
        let Some((last, whole)) = syllables.split_last() else { return Vec::new() };
        let marked = syllables.iter().any(|syllable| !syllable.exact.is_ascii());
        let marks = |entry: &Entry| if marked { exact_syllables(entry, whole, last) } else { 0 };
        let mut places = Vec::new();
        for (_, ending) in last.beginnings() {
            let before = whole.iter().map(|syllable| syllable.folded.as_str());
            let beginning = before.chain(std::iter::once(ending)).collect::<Vec<_>>().join(" ");
            places.extend(self.suggestions.beginning(&beginning).take(MOST_NAMES));
        }
        let mut found: Vec<(u32, usize, bool)> = Vec::new();
        let mut add = |mut places: Vec<u32>, begins: bool| {
            places.sort_unstable();
            places.dedup();
            let known = found.len();
            for place in places {
                let seen = found
                    .get(..known)
                    .is_some_and(|known| known.binary_search_by_key(&place, |(place, ..)| *place).is_ok());
                if let Some(entry) = self.suggestions.entries.get(at(place)).filter(|_| !seen) {
                    found.push((place, marks(entry), begins));
                }
            }
            found.iter().filter(|(_, marks, _)| !marked || *marks == syllables.len()).count()
        };
        // Nothing goes before a name that begins so and has all the marks.
        if add(places, true) < limit {
            add(self.names_with(whole, last), false);
        }
        let with_entry = found.into_iter().filter_map(|(place, marks, begins)| {
            let entry = self.suggestions.entries.get(at(place))?;
            let (products, stars) = (entry.products(), entry.best_stars());
            let counts = (Reverse(marks), Reverse(begins), Reverse(products), Reverse(stars));
            Some(((counts, entry.key.len(), &entry.key), entry))
        });
        let mut ranked: Vec<_> = with_entry.collect();
        ranked.sort_unstable_by_key(|(order, _)| *order);
        let suggestions = ranked.into_iter().take(limit).map(|(_, entry)| Suggestion {
            name: entry.name.clone().into(),
            products: entry.products(),
            best_stars: i64::try_from(entry.best_stars()).unwrap_or(0),
        });
        suggestions.collect()
    }

    /// Names that have the whole syllables, and one that begins with the last, anywhere in them.
    fn names_with(&self, whole: &[Typed], last: &Typed) -> Vec<u32> {
        let endings = |folded: &str| self.terms.beginning(folded).take(MOST_ENDINGS).collect::<Vec<_>>();
        let mut endings: Vec<TermId> = last.beginnings().flat_map(|(_, folded)| endings(folded)).collect();
        endings.sort_unstable();
        let choices: Option<Vec<Choice>> = whole
            .iter()
            .map(|syllable| Choice::whole(&self.terms, &syllable.exact, &syllable.folded))
            .collect();
        let Some(choices) = choices else { return Vec::new() };
        let in_name = |term: &TermId| self.terms.get(*term).map(|term: &Term| &term.in_name);
        // The documents of the rarest whole syllable are looked through; without one, some of every ending.
        let rarest: Option<&Posting> =
            choices.iter().flat_map(Choice::terms).filter_map(in_name).min_by_key(|posting| posting.len());
        let each = MOST_DOCUMENTS / endings.len().max(1);
        let slots: Vec<u32> = match rarest {
            Some(posting) => posting.iter().take(MOST_DOCUMENTS).collect(),
            None => {
                let some = endings.iter().filter_map(in_name);
                some.flat_map(|posting| posting.iter().take(each)).collect()
            }
        };
        let ranker = Ranker::of(choices);
        let has_all = |slot: &u32| {
            let name = self.columns.name(*slot);
            ranker.found(name) == whole.len()
                && name.iter().any(|syllable| endings.binary_search(&syllable.term()).is_ok())
        };
        let with_all = slots.into_iter().filter(has_all);
        with_all.filter_map(|slot| self.columns.rows.get(at(slot))).map(|row| row.suggestion).collect()
    }
}

/// How many syllables a name has just as typed; the last may go on.
fn exact_syllables(entry: &Entry, whole: &[Typed], last: &Typed) -> usize {
    let exact = entry.key.split_once('\0').map_or("", |(_, exact)| exact);
    let has = |typed: &&Typed| exact.split(' ').any(|one| one == typed.exact);
    let goes_on = last.beginnings().any(|(typed, _)| exact.split(' ').any(|one| one.starts_with(typed)));
    whole.iter().filter(has).count() + usize::from(goes_on)
}
