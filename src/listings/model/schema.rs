//! Which attributes a product has, and what they hold.
//!
//! `data/listings/attributes.json` says it, by the kinds of things the criteria sets are of. A schema is read once, when it is
//! first asked for, into types that check what producers say. It has a version; when it moves on, what was said by an earlier
//! one stays as long as nobody touches it: only an attribute that changes is checked.

use super::attributes::{AttributeValue, Attributes};
use crate::input::Faults;
use crate::reference::{BilingualName, Taxonomy};
use crate::say;
use crate::say::{Invalid, Say};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

const SHIPPED: &str = include_str!("../../../data/listings/attributes.json");

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| match serde_json::from_str(SHIPPED) {
    Ok(file) => Schemas::new(file),
    Err(error) => {
        // A test reads it: what is shipped can be read.
        tracing::error!(%error, "the schema of attributes cannot be read");
        Schemas::default()
    }
});

/// An attribute: what it is called, and what it holds.
#[derive(Debug, PartialEq, Deserialize)]
pub struct Definition {
    pub key: String,
    pub name: BilingualName,
    #[serde(flatten)]
    pub holds: Holds,
    /// The act that has it on the label, if one does.
    #[serde(default)]
    pub act: Option<String>,
}

/// What an attribute holds.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Holds {
    Text { most: usize },
    Number { unit: BilingualName, least: f64, most: f64, decimals: u8 },
    Boolean,
    Choice { values: Vec<Offered> },
    Choices { values: Vec<Offered> },
}

/// A value of a list.
#[derive(Debug, PartialEq, Deserialize)]
pub struct Offered {
    pub key: String,
    pub name: BilingualName,
    /// It says that none of the others holds.
    #[serde(default)]
    pub alone: bool,
}

/// An attribute as a schema has it.
#[derive(Debug, Clone)]
pub struct Member {
    pub definition: Arc<Definition>,
    /// Is a listing incomplete without it?
    pub required: bool,
}

/// What products of a kind are asked.
#[derive(Debug)]
pub struct Kind {
    pub key: String,
    pub name: BilingualName,
    pub sets: BTreeMap<Taxonomy, Vec<i64>>,
    /// Its own first, then those of all products.
    pub members: Vec<Member>,
}

/// All that can be asked.
#[derive(Debug, Default)]
pub struct Schemas {
    pub version: String,
    /// What every product is asked, also one whose criteria set nobody knows.
    pub common: Vec<Member>,
    pub kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct File {
    version: String,
    attributes: Vec<Definition>,
    common: Vec<String>,
    kinds: Vec<KindOfFile>,
}

#[derive(Deserialize)]
struct KindOfFile {
    key: String,
    name: BilingualName,
    sets: BTreeMap<String, Vec<i64>>,
    required: Vec<String>,
    optional: Vec<String>,
}

impl Schemas {
    /// Those that are shipped.
    pub fn shipped() -> &'static Self {
        &SCHEMAS
    }

    fn new(file: File) -> Self {
        let definitions: HashMap<String, Arc<Definition>> =
            file.attributes.into_iter().map(|one| (one.key.clone(), Arc::new(one))).collect();
        let members = |keys: &[String], required: bool| -> Vec<Member> {
            let known = keys.iter().filter_map(|key| definitions.get(key));
            known.map(|definition| Member { definition: definition.clone(), required }).collect()
        };
        let common = members(&file.common, false);
        let kind = |kind: KindOfFile| Kind {
            members: [members(&kind.required, true), members(&kind.optional, false), common.clone()].concat(),
            sets: kind
                .sets
                .into_iter()
                .filter_map(|(taxonomy, sets)| Some((Taxonomy::parse(&taxonomy).ok()?, sets)))
                .collect(),
            key: kind.key,
            name: kind.name,
        };
        let kinds = file.kinds.into_iter().map(kind).collect();
        Self { version: file.version, common, kinds }
    }

    /// The kind that products of a criteria set are of.
    pub fn kind(&self, (taxonomy, set_no): (Taxonomy, i64)) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.sets.get(&taxonomy).is_some_and(|sets| sets.contains(&set_no)))
    }

    /// What a product of a criteria set is asked; of one without, only what every product is.
    pub fn members(&self, set: Option<(Taxonomy, i64)>) -> &[Member] {
        set.and_then(|set| self.kind(set)).map_or(&self.common, |kind| &kind.members)
    }
}

/// Everything that is wrong with the attributes, as far as they are not as they were.
pub fn check(asked: &[Member], (before, after): (&Attributes, &Attributes)) -> Faults {
    let mut faults = Faults::default();
    for (key, value) in after.0.iter().filter(|(key, value)| before.0.get(*key) != Some(*value)) {
        let place = ["attributes", key];
        let Some(member) = asked.iter().find(|member| member.definition.key == *key) else {
            let keys: Vec<&str> = asked.iter().map(|member| member.definition.key.as_str()).collect();
            let keys = keys.join(", ");
            let say = say!(
                "Sản phẩm thuộc bộ tiêu chí này không có thuộc tính ấy; có: {keys}.",
                "Products of this criteria set have no such attribute; there are: {keys}."
            );
            faults.push(place, Invalid::new("unknown_attribute", say));
            continue;
        };
        match (&member.definition.holds, value) {
            (Holds::Choices { values }, AttributeValue::Choices(chosen)) => {
                for (index, invalid) in wrong_choices(values, chosen) {
                    faults.push(["attributes".to_owned(), key.clone(), index.to_string()], invalid);
                }
            }
            (holds, value) => {
                if let Err(invalid) = holds.check(value) {
                    faults.push(place, invalid);
                }
            }
        }
    }
    faults
}

/// Those of several choices that cannot be, by their places.
fn wrong_choices(values: &[Offered], chosen: &[String]) -> Vec<(usize, Invalid)> {
    let wrong = |(index, choice): (usize, &String)| {
        let found = match offered(values, choice) {
            Err(unknown) => Some(unknown),
            Ok(_) if chosen.iter().take(index).any(|other| other == choice) => Some(Invalid::new(
                "duplicate",
                Say::new("Đã có trong danh sách.", "It is in the list already."),
            )),
            Ok(value) if value.alone && chosen.len() > 1 => {
                let say = Say::new("Giá trị này chỉ đứng một mình.", "This value stands alone.");
                Some(Invalid::new("stands_alone", say))
            }
            Ok(_) => None,
        };
        found.map(|invalid| (index, invalid))
    };
    chosen.iter().enumerate().filter_map(wrong).collect()
}

fn offered<'a>(values: &'a [Offered], choice: &str) -> Result<&'a Offered, Invalid> {
    values.iter().find(|value| value.key == choice).ok_or_else(|| {
        let accepted: Vec<&str> = values.iter().map(|value| value.key.as_str()).collect();
        let accepted = accepted.join(", ");
        let say = say!(
            "Giá trị không có trong danh mục; chấp nhận: {accepted}.",
            "This value is not in the list; accepted are: {accepted}."
        );
        Invalid::new("unknown_value", say)
    })
}

impl Holds {
    fn check(&self, value: &AttributeValue) -> Result<(), Invalid> {
        match (self, value) {
            (Self::Text { most }, AttributeValue::Text(text)) if text.chars().count() > *most => {
                let say = say!("Dài nhất {most} ký tự.", "At most {most} characters.");
                Err(Invalid::new("too_long", say))
            }
            (Self::Text { .. }, AttributeValue::Text(_)) | (Self::Boolean, AttributeValue::Flag(_)) => Ok(()),
            (Self::Choice { values }, AttributeValue::Text(choice)) => offered(values, choice).map(|_| ()),
            (Self::Number { unit, least, most, decimals }, AttributeValue::Number(number)) => {
                if !(*least..=*most).contains(number) {
                    let [vi, en] = [&unit.vi, &unit.en];
                    let say = say!(
                        "Cần số từ {least} đến {most} {vi}.",
                        "Expected a number from {least} to {most} {en}."
                    );
                    return Err(Invalid::new("out_of_range", say));
                }
                // Written with few decimals it is the same text in every language a follower may be written in.
                let scaled = number * 10_f64.powi(i32::from(*decimals));
                if (scaled - scaled.round()).abs() > 1e-6 {
                    let say = say!("Nhiều nhất {decimals} chữ số thập phân.", "At most {decimals} decimals.");
                    return Err(Invalid::new("too_precise", say));
                }
                Ok(())
            }
            _ => Err(self.other_type()),
        }
    }

    fn other_type(&self) -> Invalid {
        let say = match self {
            Self::Text { .. } => Say::new("Thuộc tính này là chữ.", "This attribute is a text."),
            Self::Number { unit, .. } => {
                let [vi, en] = [&unit.vi, &unit.en];
                say!("Thuộc tính này là số ({vi}).", "This attribute is a number ({en}).")
            }
            Self::Boolean => {
                Say::new("Thuộc tính này là true hoặc false.", "This attribute is true or false.")
            }
            Self::Choice { .. } => Say::new(
                "Thuộc tính này là một giá trị trong danh mục.",
                "This attribute is one value of a list.",
            ),
            Self::Choices { .. } => Say::new(
                "Thuộc tính này là danh sách giá trị trong danh mục.",
                "This attribute is a list of values.",
            ),
        };
        Invalid::new("wrong_type", say)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    fn attributes(value: Value) -> Attributes {
        input::read(value).expect("attributes")
    }

    fn faults(set: Option<(Taxonomy, i64)>, value: Value) -> Vec<(String, &'static str)> {
        let asked = Schemas::shipped().members(set);
        let found = check(asked, (&Attributes::default(), &attributes(value)));
        found.0.iter().map(|fault| (fault.pointer(), fault.code)).collect()
    }

    #[test]
    fn every_set_of_every_list_is_of_one_kind() {
        let schemas = Schemas::shipped();
        assert_eq!((schemas.version.as_str(), schemas.kinds.len()), ("2026-11", 12));
        for taxonomy in Taxonomy::ALL {
            let mut sets: Vec<i64> = schemas
                .kinds
                .iter()
                .flat_map(|kind| kind.sets.get(taxonomy).cloned().unwrap_or_default())
                .collect();
            sets.sort_unstable();
            assert_eq!(sets, (1..=26).collect::<Vec<_>>(), "{taxonomy:?}");
        }
    }

    #[test]
    fn what_is_shipped_is_sound() {
        let file: File = serde_json::from_str(SHIPPED).expect("it reads");
        let keys: BTreeSet<&str> = file.attributes.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys.len(), file.attributes.len(), "each key once");
        let is_key =
            |key: &str| key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        for definition in &file.attributes {
            assert!(
                is_key(&definition.key) && !definition.name.vi.is_empty() && !definition.name.en.is_empty()
            );
            match &definition.holds {
                Holds::Choice { values } | Holds::Choices { values } => {
                    let values: BTreeSet<&str> = values.iter().map(|value| value.key.as_str()).collect();
                    assert!(values.len() > 1 && values.iter().all(|key| is_key(key)), "{}", definition.key);
                }
                Holds::Number { least, most, decimals, .. } => assert!(least < most && *decimals <= 3),
                Holds::Text { most } => assert!((1..=1000).contains(most)),
                Holds::Boolean => {}
            }
        }
        let asked = file.kinds.iter().flat_map(|kind| kind.required.iter().chain(&kind.optional));
        assert!(asked.chain(&file.common).all(|key| keys.contains(key.as_str())));
        for kind in &Schemas::shipped().kinds {
            let keys: BTreeSet<&str> =
                kind.members.iter().map(|member| member.definition.key.as_str()).collect();
            assert_eq!(keys.len(), kind.members.len(), "{}: each attribute once", kind.key);
            assert!(kind.members.len() < Attributes::MOST);
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let found = faults(
            Some((Taxonomy::Y2026, 6)),
            json!({
                "energy": 901, "protein": "6", "fat": 1.234, "ready_to_eat": "yes", "production_method": "magic",
                "allergens": ["none", "lard", "milk", "milk"], "ethanol": 12, "flavour": "x".repeat(121), "brand": 5,
            }),
        );
        let expected = [
            ("/attributes/allergens/0", "stands_alone"),
            ("/attributes/allergens/1", "unknown_value"),
            ("/attributes/allergens/3", "duplicate"),
            ("/attributes/brand", "wrong_type"),
            ("/attributes/energy", "out_of_range"),
            ("/attributes/ethanol", "unknown_attribute"),
            ("/attributes/fat", "too_precise"),
            ("/attributes/flavour", "too_long"),
            ("/attributes/production_method", "unknown_value"),
            ("/attributes/protein", "wrong_type"),
            ("/attributes/ready_to_eat", "wrong_type"),
        ];
        assert_eq!(found, expected.map(|(at, code)| (at.to_owned(), code)));
        let right = json!({ "energy": 412, "fat": 1.25, "allergens": ["sesame", "gluten"], "ready_to_eat": true, "brand": "X" });
        assert_eq!(faults(Some((Taxonomy::Y2026, 6)), right), []);
    }

    #[test]
    fn the_set_decides_and_without_one_only_the_common_ones_are_there() {
        let strong = json!({ "ethanol": 39.5 });
        assert_eq!(faults(Some((Taxonomy::Y2019, 15)), strong.clone()), []);
        assert_eq!(faults(Some((Taxonomy::Y2026, 14)), strong.clone()), []);
        let unknown = [("/attributes/ethanol".to_owned(), "unknown_attribute")];
        for set in [None, Some((Taxonomy::Y2026, 27)), Some((Taxonomy::Y2026, 16))] {
            assert_eq!(faults(set, strong.clone()), unknown, "{set:?}");
        }
        assert_eq!(faults(None, json!({ "gift_ready": true })), []);
    }

    #[test]
    fn what_stays_as_it_was_is_not_asked_again() {
        let before = attributes(json!({ "of_an_earlier_schema": "x", "energy": 5000 }));
        let asked = Schemas::shipped().members(Some((Taxonomy::Y2026, 6)));
        assert_eq!(check(asked, (&before, &before)), Faults::default());
        let after = attributes(json!({ "of_an_earlier_schema": "y", "energy": 5000 }));
        let found = check(asked, (&before, &after));
        assert_eq!(
            found.0.iter().map(|fault| fault.pointer()).collect::<Vec<_>>(),
            ["/attributes/of_an_earlier_schema"]
        );
    }
}
