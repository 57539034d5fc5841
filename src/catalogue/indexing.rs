//! What finds a product.

use super::facts::Facts;
use super::index::Indexed;
use super::{Certificates, Months};
use crate::certification::ledger::Certification;
use crate::db::Day;
use crate::products::Gtin;
use crate::reference::{self, PlaceView, Reference};
use crate::vietnamese;

/// What the index is told of a product that is shown on a day.
pub fn indexed(facts: &Facts, certification: &Certification, reference: &Reference, day: Day) -> Indexed {
    let listing = facts.listing.as_ref();
    Indexed {
        id: facts.id,
        name: facts.name.clone(),
        more: more_text(facts, reference),
        phrases: phrases(facts, certification, reference),
        stars: certification.stars,
        group: certification.group_code.clone(),
        set: certification.set_no,
        place: facts.place.clone(),
        producer: facts.maker.id,
        price: listing.and_then(|listing| listing.content.price()).map(|price| price.amount),
        certificates: facts.documents(day).map(|document| document.kind).collect::<Certificates>(),
        season: Months(listing.map_or(0, |listing| listing.content.season().bits())),
        has_gtin: gtins(facts).next().is_some(),
        decided_on: certification.decision.decided_on,
        sort_key: vietnamese::sort_key(&facts.name),
    }
}

/// Text beside the name: the maker's public name and its kind in full, the places on both sides of 1 July 2025, the codes
/// on the pack. The legal name of a maker without a public one is a natural person's and finds nothing.
fn more_text(facts: &Facts, reference: &Reference) -> Vec<String> {
    let PlaceView { province, commune, former } = reference.view(&facts.place);
    let units = [commune, province, former.commune, former.district, former.province];
    let mut more: Vec<String> = units.into_iter().flatten().map(|unit| unit.name).collect();
    if let Some(name) = &facts.maker.public_name {
        more.push(name.clone());
        more.extend(reference::producer_kinds(name).map(str::to_owned));
    }
    more.push(facts.code.as_str().to_owned());
    more.extend(gtins(facts).map(|gtin| gtin.as_str().to_owned()));
    more
}

/// The number of the product and those of its packs: somebody scans any of them.
fn gtins(facts: &Facts) -> impl Iterator<Item = &Gtin> {
    let packs = facts.listing.iter().flat_map(|listing| listing.content.items());
    facts.gtin.iter().chain(packs.filter_map(|pack| pack.gtin.as_ref()))
}

/// What is meant as a whole: the places and what else they are called, the group, what the criteria set says, the trade names.
fn phrases(facts: &Facts, certification: &Certification, reference: &Reference) -> Vec<String> {
    let mut phrases = reference.place_phrases(&facts.place);
    let taxonomy = certification.taxonomy;
    let group = certification.group_code.as_deref().and_then(|code| reference.group_name(taxonomy, code));
    phrases.extend(group.map(|(vi, _)| vi.to_owned()));
    let set = certification.set_no.and_then(|set| reference.set_name(taxonomy, set));
    phrases.extend(set.into_iter().flat_map(|(vi, _)| reference::set_words(vi)));
    // What the producer calls it finds it as a whole or by its words; by the name of the decision it stands before others.
    let said = facts.listing.as_ref().and_then(|listing| listing.content.names.as_ref());
    let names = said.into_iter().flat_map(|names| [Some(&names.vi), names.en.as_ref()]).flatten();
    phrases.extend(names.filter(|name| **name != facts.name).cloned());
    phrases
}
