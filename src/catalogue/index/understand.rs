//! Understanding: what somebody may mean by what was typed.
//!
//! The understandings are tried in turn ([`LADDER`]): the words as they are, the last one as a beginning, one keystroke
//! corrected, and of a long query most of its words; then the same of what the keystrokes mean in Telex or VNI.

use super::analyzer::Typed;
use super::find::Matched;
use super::score::{Choice, Phrase, Ranker};
use super::terms::Terms;
use super::{Index, at, telex};
use roaring::RoaringBitmap;

impl<D: Clone> Index<D> {
    /// Where the words find few products, whatever the filters: what the last one may go on to, and these products.
    pub(super) fn going_on(&self, ranker: &Ranker<'_>, typed: &[Typed]) -> Option<(Choice, RoaringBitmap)> {
        let whole = ranker.documents(&self.terms, |term| &term.anywhere, None);
        let last = Choice::beginning(&self.terms, typed.last()?)?;
        (1..FEW).contains(&whole.len()).then(|| (last, whole.into_owned()))
    }

    pub(super) fn understand(&self, rule: Rule, typed: &[Typed]) -> Option<Understood> {
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
    pub(super) fn phrases(&self, typed: &[Typed]) -> Vec<Phrase<'_>> {
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
}

/// A query as a rule understands it.
pub(super) struct Understood {
    pub choices: Vec<Choice>,
    /// The documents it is about; `None` for all that have every syllable.
    pub within: Option<RoaringBitmap>,
    /// The syllables that count, if not all do.
    pub meant: Option<Vec<Typed>>,
}

/// How the syllables are understood.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Rule {
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
pub(super) const FEW: u64 = 10;

/// What the keystrokes are taken for.
#[derive(Clone, Copy)]
pub(super) enum Read {
    AsTyped,
    AsTelex,
}

/// How a query may be meant, the nearest first.
pub(super) const LADDER: [(Matched, Read, Rule); 8] = [
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
pub(super) fn is_vni(typed: &[Typed]) -> bool {
    typed.iter().any(|typed| typed.joined)
        && decoded(typed).filter(|(parts, meant)| parts.len() > 1 && meant.is_some()).count() > 1
}

/// What the keystrokes mean if some are Telex or VNI.
pub(super) fn telex_of(typed: &[Typed]) -> Option<Vec<Typed>> {
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
