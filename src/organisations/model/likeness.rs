//! How like a producer of the ledger is to an organisation that somebody has registered. It only suggests: an officer
//! decides.

use super::{Organisation, TaxCode};
use crate::reference::Place;
use crate::vietnamese::{fold, name_key};
use std::collections::BTreeSet;

crate::text_enum! {
    /// What two organisations have in common.
    pub enum Likeness {
        /// The tax code
        TaxCode = "tax_code",
        /// The name, case, spacing and tone placement aside
        Name = "name",
        /// The words of the name that tell one from another
        SimilarName = "similar_name",
        /// The commune, of today or as it was
        Commune = "commune",
    }
}

impl Likeness {
    /// How much it says.
    fn weight(self) -> u32 {
        match self {
            Self::TaxCode => 100,
            Self::Name => 60,
            Self::SimilarName => 30,
            Self::Commune => 10,
        }
    }
}

/// A producer of the ledger for whom nobody acts.
#[derive(Clone)]
pub struct Unclaimed {
    pub id: super::OrganisationId,
    pub entity_type: Option<super::EntityType>,
    pub public_name: Option<String>,
    pub name_key: String,
    pub tax_code: Option<TaxCode>,
    pub place: Place,
}

/// What an organisation is recognised by, worked out once for many comparisons.
pub struct Traits<'a> {
    tax_code: Option<&'a TaxCode>,
    name_keys: Vec<String>,
    words: Vec<BTreeSet<String>>,
    place: &'a Place,
}

impl<'a> Traits<'a> {
    pub fn of(organisation: &'a Organisation) -> Self {
        let names = [organisation.legal_name.as_deref(), organisation.public_name.as_deref()];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        Self {
            tax_code: organisation.tax_code.as_ref(),
            name_keys: names.iter().map(|name| name_key(name)).collect(),
            words: names.iter().map(|name| telling_words(name)).collect(),
            place: &organisation.place,
        }
    }

    /// What it has in common with a producer. A name that is not public counts only if it is the same: nobody finds a
    /// household by a piece of a person's name.
    pub fn in_common(&self, producer: &Unclaimed) -> Vec<Likeness> {
        let mut because = Vec::new();
        if self.tax_code.is_some() && self.tax_code == producer.tax_code.as_ref() {
            because.push(Likeness::TaxCode);
        }
        let public = producer.public_name.as_deref();
        let public_key = public.map(name_key);
        let same = |key: &String| *key == producer.name_key || Some(key) == public_key.as_ref();
        if self.name_keys.iter().any(same) {
            because.push(Likeness::Name);
        } else if let Some(words) = public.map(telling_words)
            && self.words.iter().any(|own| are_similar(own, &words))
        {
            because.push(Likeness::SimilarName);
        }
        let equal = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        if equal(&self.place.commune, &producer.place.commune)
            || equal(&self.place.former_commune, &producer.place.former_commune)
        {
            because.push(Likeness::Commune);
        }
        because
    }
}

/// The sum of what they have in common.
pub fn score(because: &[Likeness]) -> u32 {
    because.iter().map(|likeness| likeness.weight()).sum()
}

/// What many names begin with or contain, folded: it tells nobody from another.
const COMMON: &[&str] = &[
    "lien hiep hop tac xa",
    "hop tac xa",
    "to hop tac",
    "cong ty",
    "doanh nghiep tu nhan",
    "doanh nghiep",
    "ho kinh doanh",
    "ho san xuat",
    "co so san xuat",
    "co so",
    "trach nhiem huu han",
    "mot thanh vien",
    "co phan",
    "san xuat",
    "che bien",
    "kinh doanh",
    "thuong mai",
    "dich vu",
    "nong nghiep",
    "nong san",
    "thuc pham",
    "xuat nhap khau",
    "dau tu",
    "phat trien",
    "tong hop",
    "chi nhanh",
    "htx",
    "tht",
    "tnhh",
    "mtv",
    "ctcp",
    "cp",
    "dntn",
    "hkd",
    "cssx",
    "sx",
    "tm",
    "dv",
    "va",
    "xuong",
];

/// The words of a name that are left without what is common.
fn telling_words(name: &str) -> BTreeSet<String> {
    let mut text = format!(" {} ", fold(name));
    for common in COMMON {
        // Twice, for two that stand side by side share the space between them.
        for _ in 0..2 {
            text = text.replace(&format!(" {common} "), " ");
        }
    }
    text.split_whitespace().map(str::to_owned).collect()
}

/// All words of the shorter are in the longer, and they are two at least, or all there are.
fn are_similar(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let shared = one.intersection(other).count();
    shared > 0 && shared == one.len().min(other.len()) && (shared > 1 || one.len() == other.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_similar_by_the_words_that_tell() {
        let similar = |one, other| are_similar(&telling_words(one), &telling_words(other));
        for (one, other) in [
            ("HTX Bánh cáy Ví Dụ", "Hợp tác xã sản xuất và kinh doanh bánh cáy Ví Dụ"),
            ("Công ty TNHH MTV Ví Dụ", "Cơ sở sản xuất Ví Dụ"),
            ("CTCP Thương mại Dịch vụ Minh Họa Xanh", "Công ty cổ phần Minh Họa"),
        ] {
            assert!(similar(one, other), "{one} / {other}");
        }
        for (one, other) in [
            ("HTX Nông nghiệp", "HTX Dịch vụ"),
            ("HTX Bánh cáy Ví Dụ", "HTX Bánh cáy Minh Họa"),
            ("HTX Minh", "HTX Minh Họa Ví Dụ"),
        ] {
            assert!(!similar(one, other), "{one} / {other}");
        }
    }
}
