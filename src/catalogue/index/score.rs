//! How well a name matches what was typed.
//!
//! A rank is a number made of the query and the product alone, so it is the same whatever else is in the catalogue: a
//! cursor that holds one stays true while products come and go. Its parts, each deciding only where those before are
//! equal:
//!
//! 1. how many of the typed syllables stand in the name or are the name of a place or kind that the product has, whole
//!    (the rest stand scattered there, in the producer's name, in a code);
//! 2. how many stand there with just these marks, if any was typed: without marks nothing is meant by their absence;
//! 3. whether the last syllable stands there whole, if it may go on;
//! 4. how many neighbours in the query are neighbours there, in order: `nước mắm`, not mắm … nước;
//! 5. how many stand in the name itself;
//! 6. whether the name is the query, or begins with it;
//! 7. the shorter name.

use super::analyzer::Typed;
use super::posting::{Posting, union, within};
use super::terms::{Spelling, Term, TermId, Terms};
use roaring::RoaringBitmap;
use std::borrow::Cow;

/// Syllables of a name that are looked at.
pub const LONGEST_NAME: usize = 64;

/// Bits of a rank.
pub const RANK_BITS: u32 = 25;
/// No rank is larger.
pub const WORST: u32 = (1 << RANK_BITS) - 1;

/// The terms that one typed syllable stands for: itself, or what it may be the beginning or a misspelling of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// In ascending order.
    terms: Vec<TermId>,
    /// The last six bits of their ids, as a set: most terms are told apart by them.
    ends: u64,
    /// Those of their spellings that have the marks as typed, in ascending order.
    spellings: Vec<Spelling>,
}

impl Choice {
    fn new(mut terms: Vec<TermId>, mut spellings: Vec<Spelling>) -> Option<Self> {
        terms.sort_unstable();
        terms.dedup();
        spellings.sort_unstable();
        let ends = terms.iter().fold(0, |set, term| set | 1 << (term & 63));
        (!terms.is_empty()).then_some(Self { terms, ends, spellings })
    }

    /// The syllable as it is; `None` if no document has it.
    pub fn whole(terms: &Terms, exact: &str, folded: &str) -> Option<Self> {
        let term = terms.find(folded).filter(|id| terms.is_used(*id))?;
        Self::new(vec![term], terms.spelling(term, exact).into_iter().collect())
    }

    /// Everything that begins with it.
    pub fn beginning(terms: &Terms, typed: &Typed) -> Option<Self> {
        let (mut found, mut spellings) = (Vec::new(), Vec::new());
        for (exact, folded) in typed.beginnings() {
            for term in terms.beginning(folded) {
                found.push(term);
                spellings.extend(terms.spellings_beginning(term, exact));
            }
        }
        spellings.sort_unstable();
        spellings.dedup();
        Self::new(found, spellings)
    }

    /// Everything one keystroke away.
    pub fn near(terms: &Terms, typed: &Typed) -> Option<Self> {
        Self::any(terms, typed, terms.near(&typed.folded))
    }

    /// One of these terms, where something else was typed.
    pub fn any(terms: &Terms, typed: &Typed, near: Vec<TermId>) -> Option<Self> {
        let spellings = near.iter().filter_map(|term| terms.spelling(*term, &typed.exact)).collect();
        Self::new(near, spellings)
    }

    pub fn is(&self, syllable: Spelling) -> bool {
        match self.terms.as_slice() {
            [term] => *term == syllable.term(),
            terms => {
                let term = syllable.term();
                self.ends >> (term & 63) & 1 == 1 && terms.binary_search(&term).is_ok()
            }
        }
    }

    pub fn is_exactly(&self, syllable: Spelling) -> bool {
        match self.spellings.as_slice() {
            [spelling] => *spelling == syllable,
            spellings => spellings.binary_search(&syllable).is_ok(),
        }
    }

    pub fn postings<'a>(
        &self,
        terms: &'a Terms,
        posting: fn(&Term) -> &Posting,
    ) -> impl Iterator<Item = &'a Posting> {
        self.terms.iter().filter_map(|id| terms.get(*id)).map(posting)
    }

    pub fn terms(&self) -> &[TermId] {
        &self.terms
    }
}

/// Typed syllables that are the whole name of a place or a kind.
#[derive(Debug, Clone)]
pub struct Phrase<'a> {
    /// Which of the typed syllables, as a set of bits.
    pub syllables: u32,
    pub documents: &'a Posting,
}

/// A query ready to rank names.
#[derive(Debug, Clone)]
pub struct Ranker<'a> {
    pub choices: Vec<Choice>,
    /// Was any mark typed?
    pub marked: bool,
    pub phrases: Vec<Phrase<'a>>,
    /// If the last syllable may go on: the documents that have it whole.
    pub whole: Option<RoaringBitmap>,
}

impl Ranker<'_> {
    pub fn of(choices: Vec<Choice>) -> Self {
        Self { choices, marked: false, phrases: Vec::new(), whole: None }
    }

    /// The documents that have every syllable, of those in the set if there is one. The rarest syllable goes first, so
    /// that one which may be many terms is looked for among few documents.
    pub fn documents<'a>(
        &self,
        terms: &'a Terms,
        posting: fn(&Term) -> &Posting,
        mut set: Option<Cow<'a, RoaringBitmap>>,
    ) -> Cow<'a, RoaringBitmap> {
        let sized = self.choices.iter().map(|choice| {
            let documents: u64 = choice.postings(terms, posting).map(Posting::len).sum();
            (documents, choice)
        });
        let mut sized: Vec<(u64, &Choice)> = sized.collect();
        sized.sort_unstable_by_key(|(documents, _)| *documents);
        for (documents, choice) in sized {
            set = Some(match set {
                None => union(choice.postings(terms, posting)),
                Some(set) if set.len() < documents || choice.terms.len() == 1 => {
                    Cow::Owned(within(&set, choice.postings(terms, posting)))
                }
                Some(set) => Cow::Owned(&*set & &*union(choice.postings(terms, posting))),
            });
        }
        set.unwrap_or_default()
    }

    /// Does a name have this syllable of the query next to one of its neighbours?
    pub fn is_beside(&self, place: usize, name: &[Spelling]) -> bool {
        let places = |place: Option<usize>| {
            place.and_then(|place| self.choices.get(place)).map_or(0, |choice| Self::places(choice, name))
        };
        let here = places(Some(place));
        (here >> 1 & places(place.checked_sub(1)) | here << 1 & places(Some(place + 1))) != 0
    }

    /// The documents of a set of which no syllable is left to chance: each stands in the name or in a phrase.
    pub fn well_placed<'a>(&self, terms: &'a Terms, set: &'a RoaringBitmap) -> Cow<'a, RoaringBitmap> {
        if self.phrases.is_empty() {
            return self.documents(terms, |term| &term.in_name, Some(Cow::Borrowed(set)));
        }
        let mut placed = Cow::Borrowed(set);
        for (place, choice) in self.choices.iter().enumerate() {
            let phrases = self.phrases.iter().filter(|phrase| phrase.syllables >> place & 1 == 1);
            let postings = choice.postings(terms, |term| &term.in_name);
            placed = Cow::Owned(within(&placed, postings.chain(phrases.map(|phrase| phrase.documents))));
        }
        placed
    }

    /// Where each syllable of the query stands in a name, as a set of bits.
    fn places(choice: &Choice, name: &[Spelling]) -> u64 {
        let places = name.iter().take(LONGEST_NAME).enumerate();
        match choice.terms.as_slice() {
            [term] => places.fold(0, |set, (place, one)| set | u64::from(one.term() == *term) << place),
            _ => places.fold(0, |set, (place, one)| set | u64::from(choice.is(*one)) << place),
        }
    }

    /// The number of typed syllables that stand in a name.
    pub fn found(&self, name: &[Spelling]) -> usize {
        self.choices.iter().filter(|choice| name.iter().any(|one| choice.is(*one))).count()
    }

    /// The rank of a document by its name and the phrases it has; 0 is best.
    pub fn rank(&self, slot: u32, name: &[Spelling]) -> u32 {
        let (mut placed, mut joined) = (0_u32, 0_u32);
        for phrase in self.phrases.iter().filter(|phrase| phrase.documents.contains(slot)) {
            placed |= phrase.syllables;
            joined |= phrase.syllables & phrase.syllables << 1;
        }
        let (mut found, mut exact, mut neighbours) = (0_u32, 0_u32, 0_u32);
        let (mut named, mut begins) = (0_u32, true);
        let mut before = 0_u64;
        for (place, choice) in self.choices.iter().enumerate() {
            let places = Self::places(choice, name);
            let has = |set: u32| set >> (place & 31) & 1 == 1;
            found += u32::from(places != 0 || has(placed));
            neighbours += u32::from(before << 1 & places != 0 || has(joined));
            if self.marked {
                exact += u32::from(has(placed) || name.iter().any(|one| choice.is_exactly(*one)));
            }
            named += u32::from(places != 0);
            begins &= places >> (place & 63) & 1 == 1;
            before = places;
        }
        let beginning = u32::from(begins) + u32::from(begins && name.len() == self.choices.len());
        let length = u32::try_from(name.len().min(63)).unwrap_or(63);
        let lacks = |number: u32, most: u32| most - number.min(most);
        let goes_on = self.whole.as_ref().is_some_and(|whole| !whole.contains(slot));
        lacks(found, 15) << 21
            | lacks(exact, 15) << 17
            | u32::from(goes_on) << 16
            | lacks(neighbours, 15) << 12
            | lacks(named, 15) << 8
            | lacks(beginning, 3) << 6
            | length
    }
}
