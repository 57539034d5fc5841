//! The dictionary: every folded syllable of the catalogue, with the documents that have it.

use super::posting::Posting;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

/// A folded syllable, by its place in the dictionary.
pub type TermId = u32;

/// A syllable of a name as the forward index keeps it: the term's id, then eight bits that tell which of its spellings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Spelling(pub u32);

/// Spellings of one term beyond this many are not told apart. A folded syllable has at most some dozens.
const LAST_SPELLING: usize = 255;

impl Spelling {
    fn new(term: TermId, spelling: usize) -> Self {
        let spelling = u32::try_from(spelling.min(LAST_SPELLING)).unwrap_or(u32::MAX);
        Self(term << 8 | spelling)
    }

    pub fn term(self) -> TermId {
        self.0 >> 8
    }
}

#[derive(Debug)]
pub struct Term {
    text: Arc<str>,
    /// Exact forms seen in names, in the order of [`Spelling`]s.
    spellings: Vec<Box<str>>,
    /// Documents that have it anywhere.
    pub anywhere: Posting,
    /// Documents that have it in the name.
    pub in_name: Posting,
}

#[derive(Debug, Default)]
pub struct Terms {
    terms: Vec<Term>,
    ids: HashMap<Arc<str>, TermId>,
    ordered: BTreeMap<Arc<str>, TermId>,
    /// Terms that are words, for the search of near ones: which letters it has, its id.
    words: Vec<(u32, TermId)>,
}

/// At most this many terms are looked at for one beginning. Only beginnings of codes have more.
const MOST_BEGINNING_ALIKE: usize = 10_000;

/// Syllables this long may be mistyped; shorter ones have too many neighbours,
const LEAST_CORRECTED: usize = 4;
/// but where the syllable beside them tells, they may be shorter.
const LEAST_CORRECTED_BESIDE: usize = 3;

/// Letters, a vowel among them: what has none is part of a code, which nobody means by another.
fn is_word(folded: &str) -> bool {
    folded.chars().all(char::is_alphabetic) && folded.contains(['a', 'e', 'i', 'o', 'u', 'y'])
}

impl Terms {
    pub fn get(&self, id: TermId) -> Option<&Term> {
        self.terms.get(usize::try_from(id).ok()?)
    }

    pub fn get_mut(&mut self, id: TermId) -> Option<&mut Term> {
        self.terms.get_mut(usize::try_from(id).ok()?)
    }

    pub fn find(&self, folded: &str) -> Option<TermId> {
        self.ids.get(folded).copied()
    }

    /// The id of a term, which is new if need be.
    pub fn intern(&mut self, folded: &str) -> TermId {
        if let Some(id) = self.find(folded) {
            return id;
        }
        let text: Arc<str> = folded.into();
        let id = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
        self.terms.push(Term {
            text: text.clone(),
            spellings: Vec::new(),
            anywhere: Posting::default(),
            in_name: Posting::default(),
        });
        if is_word(folded) {
            self.words.push((letters_of(folded), id));
        }
        self.ordered.insert(text.clone(), id);
        self.ids.insert(text, id);
        id
    }

    pub fn intern_spelling(&mut self, exact: &str, folded: &str) -> Spelling {
        let id = self.intern(folded);
        let Some(term) = self.get_mut(id) else { return Spelling::new(id, LAST_SPELLING) };
        let known = term.spellings.iter().position(|known| **known == *exact);
        let place = known.unwrap_or_else(|| {
            let place = term.spellings.len();
            if place < LAST_SPELLING {
                term.spellings.push(exact.into());
            }
            place
        });
        Spelling::new(id, place)
    }

    /// How a term is spelt that is written so, if it ever is.
    pub fn spelling(&self, id: TermId, exact: &str) -> Option<Spelling> {
        let place = self.get(id)?.spellings.iter().position(|known| **known == *exact)?;
        Some(Spelling::new(id, place))
    }

    /// Is it spelt one keystroke away from this, or so?
    pub fn is_spelt_near(&self, spelling: Spelling, exact: &[char]) -> bool {
        let place = usize::try_from(spelling.0 & 0xff).unwrap_or(usize::MAX);
        let its = self.get(spelling.term()).and_then(|term| term.spellings.get(place));
        its.is_some_and(|its| is_near(exact, its))
    }

    /// The spellings of a term that begin so.
    pub fn spellings_beginning<'a>(
        &'a self,
        id: TermId,
        exact: &'a str,
    ) -> impl Iterator<Item = Spelling> + 'a {
        let spellings = self.get(id).into_iter().flat_map(|term| term.spellings.iter().enumerate());
        let beginning = spellings.filter(move |(_, known)| known.starts_with(exact));
        beginning.map(move |(place, _)| Spelling::new(id, place))
    }

    /// The terms that begin so and stand in a document, in alphabetical order.
    pub fn beginning<'a>(&'a self, folded: &'a str) -> impl Iterator<Item = TermId> + 'a {
        let from = self.ordered.range::<str, _>((Bound::Included(folded), Bound::Unbounded));
        from.take_while(move |(text, _)| text.starts_with(folded))
            .take(MOST_BEGINNING_ALIKE)
            .map(|(_, id)| *id)
            .filter(|id| self.is_used(*id))
    }

    pub fn is_used(&self, id: TermId) -> bool {
        self.get(id).is_some_and(|term| !term.anywhere.is_empty())
    }

    /// May this syllable be mistyped?
    pub fn is_correctable(folded: &str) -> bool {
        folded.chars().count() >= LEAST_CORRECTED && folded.chars().all(char::is_alphabetic)
    }

    /// May it be mistyped where it stands beside another?
    pub fn is_correctable_beside(folded: &str) -> bool {
        folded.chars().count() >= LEAST_CORRECTED_BESIDE && folded.chars().all(char::is_alphabetic)
    }

    /// Of these terms, those that swap two neighbours of what was typed.
    pub fn swapped(&self, mut near: Vec<TermId>, folded: &str) -> Vec<TermId> {
        let letters = |word: &str| {
            let mut letters: Vec<char> = word.chars().collect();
            letters.sort_unstable();
            letters
        };
        let typed = letters(folded);
        near.retain(|id| self.get(*id).is_some_and(|term| letters(&term.text) == typed));
        near
    }

    /// The terms in use that one keystroke makes of this: one letter more, less or other, or two neighbours swapped. The
    /// term itself is one of them.
    pub fn near(&self, folded: &str) -> Vec<TermId> {
        let typed: Vec<char> = folded.chars().collect();
        let letters = letters_of(folded);
        let near = self.words.iter().filter(|(its, id)| {
            // One edit changes at most two members of the set of letters.
            (its ^ letters).count_ones() <= 2
                && self.get(*id).is_some_and(|term| {
                    term.text.len().abs_diff(folded.len()) <= 4
                        && !term.anywhere.is_empty()
                        && is_near(&typed, &term.text)
                })
        });
        near.map(|(_, id)| *id).collect()
    }
}

/// The set of letters of a word; letters beyond the Latin ones share a bit each with others.
fn letters_of(word: &str) -> u32 {
    word.chars().fold(0, |set, c| set | 1 << (u32::from(c) & 31))
}

/// Is the distance of two words at most one, a swap of neighbours counting as one?
fn is_near(one: &[char], other: &str) -> bool {
    let mut buffer = ['\0'; 40];
    let mut length = 0;
    for c in other.chars() {
        let Some(place) = buffer.get_mut(length) else { return false };
        *place = c;
        length += 1;
    }
    let other = buffer.get(..length).unwrap_or_default();
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let one = one.get(same..).unwrap_or_default();
    let other = other.get(same..).unwrap_or_default();
    match (one, other) {
        ([], []) => true,
        ([_, rest @ ..], _) if rest == other => true,
        (_, [_, rest @ ..]) if rest == one => true,
        ([_, rest @ ..], [_, others @ ..]) if rest == others => true,
        ([a, b, rest @ ..], [c, d, others @ ..]) => a == d && b == c && rest == others,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_one_keystroke() {
        let near = |one: &str, other: &str| is_near(&one.chars().collect::<Vec<_>>(), other);
        for (one, other, expected) in [
            ("nuoc", "nuoc", true),
            ("nuco", "nuoc", true),
            ("noc", "nuoc", true),
            ("nuooc", "nuoc", true),
            ("nuot", "nuoc", true),
            ("unoc", "nuoc", true),
            ("nuo", "nuoc", true),
            ("uncu", "nuoc", false),
            ("nu", "nuoc", false),
            ("conu", "nuoc", false),
        ] {
            assert_eq!(near(one, other), expected, "{one} {other}");
            assert_eq!(near(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn spellings_are_told_apart() {
        let mut terms = Terms::default();
        let (silk, rice) = (terms.intern_spelling("lụa", "lua"), terms.intern_spelling("lúa", "lua"));
        assert_ne!(silk, rice);
        assert_eq!(silk.term(), rice.term());
        assert_eq!(terms.intern_spelling("lụa", "lua"), silk);
        assert_eq!(terms.spelling(silk.term(), "lúa"), Some(rice));
        assert_eq!(terms.spelling(silk.term(), "lua"), None);
        assert_eq!(terms.spellings_beginning(silk.term(), "lụ").collect::<Vec<_>>(), [silk]);
    }
}
