//! Finding: which products, how many of each kind, and the page that is asked for.

use super::analyzer::Typed;
use super::cells::{MANY, MONTHS, Wanted};
use super::order::Order;
use super::page::{By, Range};
use super::posting::intersection;
use super::score::{Choice, Phrase, Ranker};
use super::tally::{Counts, Facets, Scratch};
use super::terms::Terms;
use super::{EPOCH, Index, at, telex};
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

    /// Where the words find few products, whatever the filters: what the last one may go on to, and these products.
    fn going_on(&self, ranker: &Ranker<'_>, typed: &[Typed]) -> Option<(Choice, RoaringBitmap)> {
        let whole = ranker.documents(&self.terms, |term| &term.anywhere, None);
        let last = Choice::beginning(&self.terms, typed.last()?)?;
        (1..FEW).contains(&whole.len()).then(|| (last, whole.into_owned()))
    }

    fn understand(&self, rule: Rule, typed: &[Typed]) -> Option<Understood> {
        let terms = &self.terms;
        let choices = match rule {
            Rule::Words => words(terms, typed),
            Rule::Beginning => beginning(terms, typed),
            Rule::Near => return self.near(typed),
            Rule::SwappedBeside => return self.beside(typed, true),
            Rule::NearBeside => return self.beside(typed, false),
            Rule::Most => return self.most(typed),
        };
        let choices = choices.filter(|choices| !choices.is_empty())?;
        Some(Understood { choices, within: None, meant: None })
    }

    /// Syllables that no document has are one keystroke away from some.
    fn near(&self, typed: &[Typed]) -> Option<Understood> {
        let terms = &self.terms;
        let mut unknown = 0_u32;
        let choice = |(place, typed): (usize, &Typed)| {
            let known = whole(terms, typed);
            known.or_else(|| {
                unknown |= 1 << (place & 31);
                Terms::is_correctable(&typed.folded).then(|| Choice::near(terms, typed))?
            })
        };
        let choices: Vec<Choice> = typed.iter().enumerate().map(choice).collect::<Option<_>>()?;
        let ranker = Ranker::of(choices);
        let all = ranker.documents(terms, |term| &term.anywhere, None);
        let means = self.means(typed, &ranker.choices, unknown);
        let within: RoaringBitmap = all.iter().filter(|slot| means(*slot)).collect();
        drop(means);
        (!within.is_empty()).then_some(Understood {
            choices: ranker.choices,
            within: Some(within),
            meant: None,
        })
    }

    /// Whoever types marks means them: beside one corrected keystroke no mark may be wrong too, as far as the name tells.
    /// A corrected syllable with marks is in the name, one keystroke away with them.
    fn means<'a>(
        &'a self,
        typed: &'a [Typed],
        choices: &'a [Choice],
        corrected: u32,
    ) -> impl Fn(u32) -> bool + 'a {
        let marked: Vec<(bool, &Choice, Vec<char>)> = typed
            .iter()
            .zip(choices)
            .enumerate()
            .filter(|(_, (typed, _))| !typed.exact.is_ascii())
            .map(|(place, (typed, choice))| {
                (corrected >> (place & 31) & 1 == 1, choice, typed.exact.chars().collect())
            })
            .collect();
        move |slot| {
            let name = self.columns.name(slot);
            marked.iter().all(|(corrected, choice, exact)| {
                let mut its = name.iter().filter(|one| choice.is(**one)).peekable();
                if *corrected {
                    its.any(|one| self.terms.is_spelt_near(*one, exact))
                } else {
                    its.peek().is_none() || its.any(|one| choice.is_exactly(*one))
                }
            })
        }
    }

    /// One syllable is a keystroke away from one that stands in the name, next to the one it is typed next to. The others
    /// are as typed.
    fn beside(&self, typed: &[Typed], swapped: bool) -> Option<Understood> {
        let terms = &self.terms;
        let known: Vec<Option<Choice>> = typed.iter().map(|typed| whole(terms, typed)).collect();
        if typed.len() < 2 || known.iter().filter(|known| known.is_none()).count() > 1 {
            return None;
        }
        let unknown = known.iter().position(Option::is_none);
        let (mut choices, mut within) = (known.clone(), RoaringBitmap::new());
        for (place, (one, choice)) in typed.iter().zip(&mut choices).enumerate() {
            if unknown.is_some_and(|unknown| unknown != place) || !Terms::is_correctable_beside(&one.folded) {
                continue;
            }
            let own = terms.find(&one.folded);
            let mut near = terms.near(&one.folded);
            near.retain(|id| own != Some(*id));
            if swapped {
                near = terms.swapped(near, &one.folded);
            }
            let Some(other) = Choice::any(terms, one, near) else { continue };
            let corrected = known
                .iter()
                .enumerate()
                .filter_map(|(at, known)| if at == place { Some(other.clone()) } else { known.clone() });
            let ranker = Ranker::of(corrected.collect());
            let named = super::posting::union(other.postings(terms, |term| &term.in_name));
            let having = ranker.documents(terms, |term| &term.anywhere, Some(named));
            let means = self.means(typed, &ranker.choices, 1 << (place & 31));
            let beside = |slot: &u32| ranker.is_beside(place, self.columns.name(*slot)) && means(*slot);
            within.extend(having.iter().filter(beside));
            // A rank must not depend on what else is found, so this does not either.
            let own = own.filter(|id| terms.is_used(*id));
            *choice = Choice::any(terms, one, other.terms().iter().copied().chain(own).collect());
        }
        let choices: Option<Vec<Choice>> = choices.into_iter().collect();
        if within.is_empty() {
            None
        } else {
            Some(Understood { choices: choices?, within: Some(within), meant: None })
        }
    }

    /// Of a long query, three in five syllables stand somewhere.
    fn most(&self, typed: &[Typed]) -> Option<Understood> {
        let least = (typed.len() * 3).div_ceil(5);
        let known = |typed: &Typed| Some((whole(&self.terms, typed)?, typed.clone()));
        let (choices, meant): (Vec<Choice>, Vec<Typed>) = typed.iter().filter_map(known).unzip();
        if typed.len() < LEAST_OF_MANY || choices.len() < least {
            return None;
        }
        let mut counts = vec![0_usize; self.columns.rows.len()];
        for posting in choices.iter().flat_map(|choice| choice.postings(&self.terms, |term| &term.anywhere)) {
            for slot in posting.iter() {
                if let Some(count) = counts.get_mut(at(slot)) {
                    *count += 1;
                }
            }
        }
        let enough = (0..).zip(counts).filter(|(_, count)| *count >= least).map(|(slot, _)| slot);
        let within: RoaringBitmap = enough.collect();
        let understood = Understood { choices, within: Some(within), meant: Some(meant) };
        understood.within.as_ref().is_some_and(|within| !within.is_empty()).then_some(understood)
    }

    /// The runs of what was typed that are a whole name of a place or a kind.
    fn phrases(&self, typed: &[Typed]) -> Vec<Phrase<'_>> {
        let mut phrases = Vec::new();
        for from in 0..typed.len().min(32) {
            let rest = typed.get(from..).unwrap_or_default();
            for length in LEAST_OF_PHRASE..=MOST_OF_PHRASE.min(rest.len()) {
                let syllables = ((1 << length) - 1) << from;
                let run = rest.get(..length).unwrap_or_default();
                phrases.extend(self.tags.phrase(run).map(|documents| Phrase { syllables, documents }));
            }
        }
        phrases
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

/// A query as a rule understands it.
struct Understood {
    choices: Vec<Choice>,
    /// The documents it is about; `None` for all that have every syllable.
    within: Option<RoaringBitmap>,
    /// The syllables that count, if not all do.
    meant: Option<Vec<Typed>>,
}

/// How the syllables are understood.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    /// As they are. If that finds few, the last may go on.
    Words,
    /// The last goes on.
    Beginning,
    /// One or more that no document has are a keystroke away from one.
    Near,
    /// One has two letters swapped, as the one beside it tells.
    SwappedBeside,
    /// One is a keystroke away, as the one beside it tells.
    NearBeside,
    /// Of many, most stand there.
    Most,
}

/// So many products are few: what is found besides, if the last syllable may go on, is found too.
const FEW: u64 = 10;

/// What the keystrokes are taken for.
#[derive(Clone, Copy)]
enum Read {
    AsTyped,
    AsTelex,
}

/// How a query may be meant, the nearest first.
const LADDER: [(Matched, Read, Rule); 8] = [
    (Matched::Words, Read::AsTyped, Rule::Words),
    (Matched::Prefix, Read::AsTyped, Rule::Beginning),
    (Matched::Corrected, Read::AsTelex, Rule::Words),
    (Matched::Corrected, Read::AsTelex, Rule::Beginning),
    (Matched::Corrected, Read::AsTyped, Rule::SwappedBeside),
    (Matched::Corrected, Read::AsTyped, Rule::Near),
    (Matched::Corrected, Read::AsTyped, Rule::NearBeside),
    (Matched::Some, Read::AsTyped, Rule::Most),
];

/// A query this long may have syllables that a product lacks.
const LEAST_OF_MANY: usize = 6;

/// Syllables that a phrase has.
const LEAST_OF_PHRASE: usize = 2;
const MOST_OF_PHRASE: usize = 4;

fn whole(terms: &Terms, typed: &Typed) -> Option<Choice> {
    Choice::whole(terms, &typed.exact, &typed.folded)
}

fn words(terms: &Terms, typed: &[Typed]) -> Option<Vec<Choice>> {
    typed.iter().map(|typed| whole(terms, typed)).collect()
}

fn beginning(terms: &Terms, typed: &[Typed]) -> Option<Vec<Choice>> {
    let (last, before) = typed.split_last()?;
    let mut choices = words(terms, before)?;
    choices.push(Choice::beginning(terms, last)?);
    Some(choices)
}

/// What was typed without a space, and what it means if it is Telex or VNI.
fn decoded(typed: &[Typed]) -> impl Iterator<Item = (&[Typed], Option<String>)> {
    let parts = typed.chunk_by(|_, next| next.joined);
    parts.map(|parts| (parts, telex::decode(&parts.iter().map(Typed::raw).collect::<String>())))
}

/// Do two syllables or more have a digit for a mark?
fn is_vni(typed: &[Typed]) -> bool {
    typed.iter().any(|typed| typed.joined)
        && decoded(typed).filter(|(parts, meant)| parts.len() > 1 && meant.is_some()).count() > 1
}

/// What the keystrokes mean if some are Telex or VNI.
fn telex_of(typed: &[Typed]) -> Option<Vec<Typed>> {
    let decoded: Vec<_> = decoded(typed).collect();
    decoded.iter().any(|(_, decoded)| decoded.is_some()).then(|| {
        decoded
            .into_iter()
            .flat_map(|(parts, decoded)| match decoded {
                Some(decoded) => Typed::all(&decoded),
                None => parts.to_vec(),
            })
            .collect()
    })
}
