//! What filters narrow by, as sets of documents.

use super::analyzer::Typed;
use super::order::at;
use super::posting::Posting;
use crate::catalogue::index::Indexed;
use crate::catalogue::{Filter, PriceBand};
use crate::reference::PlaceColumn;
use roaring::RoaringBitmap;
use std::borrow::Cow;
use std::collections::HashMap;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Tag {
    /// An admin unit: which column of the place, and the code there.
    Unit(u8, Box<str>),
    Producer(u128),
    Set(i64),
    HasGtin(bool),
    Stars(i64),
    Group(Box<str>),
    Price(PriceBand),
    /// By bit.
    Certificate(u8),
    Month(u8),
}

impl Tag {
    pub fn unit(column: PlaceColumn, code: &str) -> Self {
        Self::Unit(column as u8, code.into())
    }

    /// Everything that a product is tagged with.
    pub fn of(product: &Indexed, producer: u128) -> Vec<Self> {
        let place = &product.place;
        let units = [
            (PlaceColumn::Province, &place.province),
            (PlaceColumn::Commune, &place.commune),
            (PlaceColumn::FormerProvince, &place.former_province),
            (PlaceColumn::FormerDistrict, &place.former_district),
            (PlaceColumn::FormerCommune, &place.former_commune),
        ];
        let mut tags = vec![Self::Producer(producer), Self::Stars(product.stars.number())];
        tags.extend(units.iter().filter_map(|(column, code)| Some(Self::unit(*column, code.as_ref()?))));
        tags.extend(product.set.map(Self::Set));
        tags.push(Self::HasGtin(product.has_gtin));
        tags.extend(product.group.as_deref().map(|group| Self::Group(group.into())));
        tags.extend(product.price.map(|price| Self::Price(PriceBand::of(price))));
        tags.extend(bits(product.certificates.0).map(Self::Certificate));
        tags.extend(bits(product.season.0 & 0xfff).map(Self::Month));
        tags
    }
}

fn bits(set: u16) -> impl Iterator<Item = u8> {
    (0..16_u8).filter(move |bit| set >> bit & 1 == 1)
}

#[derive(Debug, Default)]
pub struct Tags {
    ids: HashMap<Tag, u32>,
    postings: Vec<Posting>,
    /// Whole names by their folded form: each exact form with its place in the postings.
    phrases: HashMap<Box<str>, Vec<(Box<str>, u32)>>,
}

impl Tags {
    pub fn intern(&mut self, tag: Tag) -> u32 {
        let (next, postings) = (self.postings.len(), &mut self.postings);
        *self.ids.entry(tag).or_insert_with(|| {
            postings.push(Posting::default());
            u32::try_from(next).unwrap_or(u32::MAX)
        })
    }

    /// The place of a whole name in the postings.
    pub fn intern_phrase(&mut self, exact: &str, folded: &str) -> u32 {
        let known = self.phrases.get(folded).and_then(|all| all.iter().find(|(its, _)| **its == *exact));
        if let Some((_, id)) = known {
            return *id;
        }
        let id = u32::try_from(self.postings.len()).unwrap_or(u32::MAX);
        self.postings.push(Posting::default());
        self.phrases.entry(folded.into()).or_default().push((exact.into(), id));
        id
    }

    /// The documents that have the syllables as a whole name; a syllable typed without marks is any of its kind.
    pub fn phrase<'a>(&'a self, typed: &[Typed]) -> impl Iterator<Item = &'a Posting> {
        let folded = typed.iter().map(|one| one.folded.as_str()).collect::<Vec<_>>().join(" ");
        let fits = move |exact: &str| {
            exact.split(' ').zip(typed).all(|(its, typed)| typed.exact.is_ascii() || its == typed.exact)
        };
        let all = self.phrases.get(folded.as_str()).into_iter().flatten();
        all.filter(move |(exact, _)| fits(exact))
            .filter_map(|(_, id)| self.postings.get(at(*id)))
            .filter(|posting| !posting.is_empty())
    }

    pub fn get_mut(&mut self, id: u32) -> Option<&mut Posting> {
        self.postings.get_mut(at(id))
    }

    fn find(&self, tag: &Tag) -> Option<&Posting> {
        self.postings.get(at(*self.ids.get(tag)?))
    }

    /// The documents with any of these; `None` if none is asked for.
    pub fn any(&self, tags: impl Iterator<Item = Tag>) -> Option<Cow<'_, RoaringBitmap>> {
        let mut asked = tags.peekable();
        asked.peek()?;
        let found: Vec<&Posting> = asked.filter_map(|tag| self.find(&tag)).collect();
        Some(super::posting::union(found.into_iter()))
    }

    /// The sets that a filter asks for outside of the facets.
    pub fn narrowing(&self, filter: &Filter) -> Vec<Cow<'_, RoaringBitmap>> {
        let units = filter.units.iter().map(|(column, code)| Tag::unit(*column, code));
        let sets = filter.sets.iter().map(|set| Tag::Set(set.number()));
        let producers = filter.producer.iter().map(|id| Tag::Producer(super::number(id.as_str())));
        let gtins = filter.has_gtin.into_iter().map(Tag::HasGtin);
        let all = [self.any(units), self.any(sets), self.any(producers), self.any(gtins)];
        all.into_iter().flatten().collect()
    }

    /// Documents with any of these certificates.
    pub fn certified(&self, certificates: u16) -> Option<Cow<'_, RoaringBitmap>> {
        self.any(bits(certificates).map(Tag::Certificate))
    }

    /// Documents in season in any of these months.
    pub fn in_season(&self, months: u16) -> Option<Cow<'_, RoaringBitmap>> {
        self.any(bits(months).map(Tag::Month))
    }

    /// The sets that the facet filters ask for.
    pub fn faceted(&self, filter: &Filter) -> Vec<Cow<'_, RoaringBitmap>> {
        let stars = filter.stars.iter().map(|stars| Tag::Stars(stars.0.number()));
        let groups = filter.groups.iter().map(|group| Tag::Group(group.as_str().into()));
        let provinces = filter.provinces.iter().map(|code| Tag::unit(PlaceColumn::Province, code));
        let prices = filter.prices.iter().map(|band| Tag::Price(*band));
        let all = [
            self.any(stars),
            self.any(groups),
            self.any(provinces),
            self.any(prices),
            self.certified(filter.certificates.0),
            self.in_season(filter.season.0),
        ];
        all.into_iter().flatten().collect()
    }
}
