//! What a kind of buyer asks of a listing: `data/listings/readiness.json`, read once.
//!
//! A profile goes on from another one and adds requirements. A requirement says what is needed, of which products (by their
//! group), what it is called and how it is met. The file has a version of its own, which every answer names: whoever changes a
//! requirement changes the version. Numbers that no retailer has published, such as discounts or days of payment, are not in it.

use super::content::Field;
use super::paper::PaperKind;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const FILE: &str = include_str!("../../../data/listings/readiness.json");

crate::text_enum! {
    /// A kind of buyer.
    pub enum ProfileCode {
        /// What every buyer asks
        Base = "base",
        Supermarket = "supermarket",
        /// Fresh food in a supermarket
        FreshFood = "fresh_food",
        /// An importer abroad
        Export = "export",
        /// An e-commerce floor
        EcommerceFloor = "ecommerce_floor",
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileWords {
    pub vi: String,
    pub en: String,
}

/// What packs tell, each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackFact {
    Gtin,
    NetContent,
    PerCase,
    CasesPerPallet,
    Dimensions,
    GrossWeight,
    Prices,
}

impl PackFact {
    /// The member of a pack that tells it.
    pub fn member(self) -> &'static str {
        match self {
            Self::Gtin => "gtin",
            Self::NetContent => "net_content",
            Self::PerCase => "per_case",
            Self::CasesPerPallet => "cases_per_pallet",
            Self::Dimensions => "dimensions",
            Self::GrossWeight => "gross_weight",
            Self::Prices => "prices",
        }
    }
}

/// What a requirement needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum RequirementNeeds {
    /// Something is said in a field.
    Field { field: Field },
    /// The field is there in English too.
    English { field: Field },
    /// So many pictures.
    Images { least: usize },
    /// There are packs, and each tells this.
    Packs { fact: PackFact },
    /// A checked paper of one of these kinds that is valid so many days from today, issued lately if that is asked.
    Paper {
        any_of: Vec<PaperKind>,
        days: i64,
        #[serde(default)]
        issued_within_days: Option<i64>,
    },
    /// A certification that is in force so many days from today.
    Certified { days: i64 },
}

/// One thing that a profile asks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    pub code: String,
    pub name: ProfileWords,
    /// How it is met.
    pub fix: ProfileWords,
    /// The name of a set of product groups; of all products without.
    #[serde(default, rename = "of")]
    pub groups: Option<String>,
    pub needs: RequirementNeeds,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileRow {
    code: ProfileCode,
    name: ProfileWords,
    summary: ProfileWords,
    #[serde(default)]
    extends: Option<ProfileCode>,
    requirements: Vec<Requirement>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    group_sets: BTreeMap<String, Vec<String>>,
    profiles: Vec<ProfileRow>,
}

/// A profile with all that it asks, that of the one it goes on from first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub code: ProfileCode,
    pub name: ProfileWords,
    pub summary: ProfileWords,
    pub requirements: Vec<Requirement>,
}

/// All profiles of one version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profiles {
    pub version: String,
    pub profiles: Vec<Profile>,
    group_sets: BTreeMap<String, Vec<String>>,
}

static SHIPPED: LazyLock<Profiles> = LazyLock::new(|| Profiles::read(FILE).unwrap_or_default());

impl Profiles {
    /// Those of the file, which a test has read.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    fn read(file: &str) -> Result<Self, String> {
        let File { version, group_sets, profiles: rows } =
            serde_json::from_str(file).map_err(|error| error.to_string())?;
        let mut profiles: Vec<Profile> = Vec::new();
        for ProfileRow { code, name, summary, extends, requirements: own } in rows {
            let mut requirements = match extends {
                None => Vec::new(),
                Some(other) => {
                    let before = profiles.iter().find(|profile| profile.code == other);
                    let before = before
                        .ok_or_else(|| format!("{code:?} goes on from {other:?}, which is not before it"))?;
                    before.requirements.clone()
                }
            };
            for requirement in own {
                let (name, set) = (requirement.code.clone(), requirement.groups.clone());
                if set.is_some_and(|set| !group_sets.contains_key(&set)) {
                    return Err(format!("{code:?}/{name}: there is no such set of groups"));
                }
                // A profile may ask more of what the one before asks.
                requirements.retain(|other| other.code != name);
                requirements.push(requirement);
            }
            if profiles.iter().any(|profile| profile.code == code) {
                return Err(format!("{code:?} is there twice"));
            }
            profiles.push(Profile { code, name, summary, requirements });
        }
        match ProfileCode::ALL.iter().find(|code| !profiles.iter().any(|profile| profile.code == **code)) {
            Some(code) => Err(format!("{code:?} is missing")),
            None => Ok(Self { version, profiles, group_sets }),
        }
    }

    pub fn find(&self, code: ProfileCode) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.code == code)
    }

    /// Does a requirement concern products of this group? Of a product whose group is not known everything is asked.
    pub fn concerns(&self, requirement: &Requirement, group: Option<&str>) -> bool {
        let (Some(set), Some(group)) = (&requirement.groups, group) else { return true };
        self.group_sets.get(set).is_some_and(|groups| groups.iter().any(|known| known == group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{Reference, Taxonomy};

    #[test]
    fn the_shipped_profiles_are_in_order() {
        let read = Profiles::read(FILE).expect("a right file");
        assert_eq!(&read, Profiles::shipped());
        let base = read.find(ProfileCode::Base).expect("the base");
        for profile in &read.profiles {
            assert!(profile.requirements.len() >= base.requirements.len(), "{:?}", profile.code);
            for requirement in &profile.requirements {
                let at = format!("{:?}/{}", profile.code, requirement.code);
                let texts = [&requirement.name, &requirement.fix];
                assert!(texts.iter().all(|words| words.vi.chars().count() > 5 && words.en.len() > 5), "{at}");
                assert!(
                    requirement
                        .code
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit()),
                    "{at}"
                );
                if let RequirementNeeds::Paper { any_of, days, .. } = &requirement.needs {
                    assert!(!any_of.is_empty() && *days >= 0, "{at}");
                }
            }
        }
    }

    /// Every group of every version is in some set or is known to be in none.
    #[test]
    fn sets_name_groups_that_there_are() {
        let reference = Reference::shipped().expect("the reference data");
        for (set, groups) in &Profiles::shipped().group_sets {
            for group in groups {
                let known =
                    Taxonomy::ALL.iter().any(|taxonomy| reference.group_name(*taxonomy, group).is_some());
                assert!(known, "{set}: there is no group {group}");
            }
        }
    }

    #[test]
    fn wrong_files_are_refused() {
        let spoilt = |from: &str, to: &str| Profiles::read(&FILE.replacen(from, to, 1));
        for (from, to) in [
            ("\"what\": \"field\"", "\"what\": \"fields\""),
            ("\"field\": \"names\"", "\"field\": \"nam\""),
            ("\"extends\": \"base\"", "\"extends\": \"export\""),
            ("\"code\": \"base\"", "\"code\": \"supermarket\""),
            ("\"of\": \"edible\"", "\"of\": \"eatable\""),
            ("\"fix\":", "\"fixes\":"),
        ] {
            assert!(FILE.contains(from), "{from}");
            assert!(spoilt(from, to).is_err(), "{to}");
        }
    }
}
