//! Product groups, criteria sets and the criteria themselves, by version of the classification.
//!
//! A group code or a set number means nothing without its version: set 9 is processed seafood in `2019` and liquid
//! condiments in `2026`.

use super::model::Taxonomy;
use crate::vietnamese::name_key;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;

/// A name in both languages. The Vietnamese one is official, the English one is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BilingualName {
    #[schema(example = "Thực phẩm")]
    pub vi: String,
    #[schema(example = "Food")]
    pub en: String,
}

/// A product group of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub taxonomy: Taxonomy,
    pub code: String,
    pub position: i64,
    pub name: BilingualName,
}

/// One of the 26 criteria sets of a version.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    pub taxonomy: Taxonomy,
    pub set_no: i64,
    pub group_code: String,
    pub subgroup: BilingualName,
    pub name: BilingualName,
    /// Abbreviations of the managing ministries.
    pub agencies: Vec<String>,
    /// Known for 2026 only.
    pub criteria: Option<Criteria>,
}

/// The criteria of a set: three parts of 40, 25 and 35 points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Criteria {
    /// Title in Annex II of the decision; Annex I words some titles differently.
    pub title: String,
    /// What excludes an application altogether.
    pub disqualification: Vec<String>,
    pub parts: Vec<CriteriaPart>,
}

/// A part of the criteria: A product and community, B marketing, C quality.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CriteriaPart {
    #[schema(example = "A")]
    pub code: String,
    #[schema(example = 40)]
    pub max_points: i64,
    /// In the order of the decision; `2.1` is under `2`.
    pub criteria: Vec<Criterion>,
}

/// A criterion. One that others are under has no options of its own; one with neither is worth its points or nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Criterion {
    #[schema(example = "1.2")]
    pub code: String,
    #[schema(example = "Vùng nguyên liệu được cấp chứng nhận chất lượng")]
    pub label: String,
    #[schema(example = 2)]
    pub max_points: i64,
    /// Exactly one is chosen.
    pub options: Vec<CriterionOption>,
}

/// An option of a criterion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CriterionOption {
    #[schema(example = 2)]
    pub points: i64,
    /// The product needs at least this option for so many stars, whatever its total.
    #[schema(example = 4)]
    pub minimum_for_stars: Option<i64>,
    pub text: String,
    /// Only where the options depend on who provides the service (tourism): `community` or `organisation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

/// A managing ministry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Agency {
    #[schema(example = "MAE")]
    pub code: String,
    pub name: BilingualName,
}

/// The full name of a ministry.
pub fn agency(code: &str) -> Agency {
    let (vi, en) = match code {
        "MAE" => ("Bộ Nông nghiệp và Môi trường", "Ministry of Agriculture and Environment"),
        "MARD" => ("Bộ Nông nghiệp và Phát triển nông thôn", "Ministry of Agriculture and Rural Development"),
        "MOIT" => ("Bộ Công Thương", "Ministry of Industry and Trade"),
        "MOH" => ("Bộ Y tế", "Ministry of Health"),
        "MOST" => ("Bộ Khoa học và Công nghệ", "Ministry of Science and Technology"),
        "MOCST" => ("Bộ Văn hóa, Thể thao và Du lịch", "Ministry of Culture, Sports and Tourism"),
        other => (other, other),
    };
    Agency { code: code.to_owned(), name: BilingualName { vi: vi.to_owned(), en: en.to_owned() } }
}

/// How lists name a group besides its official name and the names of what is in it.
fn aliases(taxonomy: Taxonomy) -> &'static [(&'static str, &'static str)] {
    match taxonomy {
        Taxonomy::Y2019 => &[
            ("medicinal", "Dược liệu"),
            ("medicinal", "Sản phẩm từ dược liệu"),
            ("decoration", "Lưu niệm"),
            ("decoration", "Nội thất"),
            ("decoration", "Trang trí"),
            ("decoration", "Thủ công mỹ nghệ"),
            ("decoration", "Hàng thủ công mỹ nghệ"),
            ("decoration", "Thủ công mỹ nghệ và trang trí"),
            ("textiles", "May mặc"),
            ("textiles", "Vải"),
            ("tourism", "Du lịch"),
            ("tourism", "Dịch vụ du lịch"),
            ("tourism", "Du lịch nông thôn"),
            ("tourism", "Dịch vụ du lịch nông thôn"),
            ("tourism", "Dịch vụ du lịch nông thôn và bán hàng"),
            ("tourism", "Dịch vụ du lịch cộng đồng và điểm du lịch"),
            ("tourism", "Du lịch cộng đồng"),
        ],
        Taxonomy::Y2023 | Taxonomy::Y2026 => &[
            ("medicinal", "Dược liệu"),
            ("medicinal", "Thảo dược"),
            ("medicinal", "Sản phẩm từ dược liệu"),
            ("handicrafts", "Thủ công mỹ nghệ"),
            ("handicrafts", "Thủ công"),
            ("handicrafts", "Vải và may mặc"),
            ("ornamentals", "Hoa, cây cảnh, động vật cảnh"),
            ("ornamentals", "Hoa, cây cảnh"),
            ("tourism", "Du lịch"),
            ("tourism", "Du lịch cộng đồng"),
            ("tourism", "Dịch vụ du lịch cộng đồng"),
            ("tourism", "Du lịch cộng đồng, du lịch sinh thái và điểm du lịch"),
        ],
    }
}

/// Words lists put in front of a group's name, as name keys.
const HEADINGS: [&str; 4] = ["nhóm", "ngành", "hàng", "nhóm sản phẩm"];

/// The groups and sets of every version, read-only.
#[derive(Debug)]
pub struct Groups {
    groups: Vec<Group>,
    sets: BTreeMap<(Taxonomy, i64), Set>,
    by_name: HashMap<(Taxonomy, String), String>,
}

impl Groups {
    pub fn new(mut groups: Vec<Group>, sets: Vec<Set>) -> Self {
        groups.sort_by_key(|group| (group.taxonomy, group.position));
        let mut by_name: HashMap<(Taxonomy, String), String> = HashMap::new();
        let mut learn = |taxonomy: Taxonomy, name: &str, code: &str| {
            // The first meaning of a name stands: groups before aliases before what is in them.
            by_name.entry((taxonomy, name_key(name))).or_insert_with(|| code.to_owned());
        };
        for group in &groups {
            for name in [&group.code, &group.name.vi, &group.name.en] {
                learn(group.taxonomy, name, &group.code);
            }
        }
        for taxonomy in Taxonomy::ALL {
            for (code, name) in aliases(*taxonomy) {
                learn(*taxonomy, name, code);
            }
        }
        for set in &sets {
            for name in [&set.subgroup.vi, &set.subgroup.en, &set.name.vi, &set.name.en] {
                learn(set.taxonomy, name, &set.group_code);
            }
        }
        let sets = sets.into_iter().map(|set| ((set.taxonomy, set.set_no), set)).collect();
        Self { groups, sets, by_name }
    }

    /// The group a text names: by code, by name in any case, or as lists usually call it.
    pub fn code(&self, taxonomy: Taxonomy, text: &str) -> Option<&str> {
        let key = name_key(text);
        let known = |key: &str| self.by_name.get(&(taxonomy, key.to_owned())).map(String::as_str);
        known(&key).or_else(|| {
            HEADINGS
                .iter()
                .filter_map(|heading| key.strip_prefix(&name_key(heading))?.strip_prefix(' '))
                .find_map(known)
        })
    }

    pub fn of(&self, taxonomy: Taxonomy) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(move |group| group.taxonomy == taxonomy)
    }

    pub fn group(&self, taxonomy: Taxonomy, code: &str) -> Option<&Group> {
        self.of(taxonomy).find(|group| group.code == code)
    }

    pub fn set(&self, taxonomy: Taxonomy, set_no: i64) -> Option<&Set> {
        self.sets.get(&(taxonomy, set_no))
    }

    /// The sets of a version in the order of the act.
    pub fn sets(&self, taxonomy: Taxonomy) -> impl Iterator<Item = &Set> {
        self.sets.values().filter(move |set| set.taxonomy == taxonomy)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reference;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_group_is_known_by_the_names_lists_use() {
        let reference = Reference::shipped().expect("the shipped data");
        for (taxonomy, text, expected) in [
            (Taxonomy::Y2026, "food", Some("food")),
            (Taxonomy::Y2026, "THỰC PHẨM", Some("food")),
            (Taxonomy::Y2026, "Thu\u{309} công my\u{303} nghê\u{323}", Some("handicrafts")),
            (Taxonomy::Y2026, "Dược liệu", Some("medicinal")),
            (Taxonomy::Y2026, "nhóm Đồ uống", Some("drinks")),
            (Taxonomy::Y2026, "Du lịch", Some("tourism")),
            (Taxonomy::Y2026, "Vải, may mặc", Some("handicrafts")),
            (Taxonomy::Y2019, "Vải, may mặc", Some("textiles")),
            (Taxonomy::Y2019, "Thủ công mỹ nghệ", Some("decoration")),
            (Taxonomy::Y2019, "Lưu niệm - nội thất - trang trí", Some("decoration")),
            (Taxonomy::Y2019, "Sinh vật cảnh", None),
            (Taxonomy::Y2026, "textiles", None),
            (Taxonomy::Y2026, "Khác", None),
            (Taxonomy::Y2026, "", None),
        ] {
            assert_eq!(reference.group_code(taxonomy, text), expected, "{text}");
        }
    }

    #[test]
    fn every_version_has_six_groups_and_26_sets_in_them() {
        let reference = Reference::shipped().expect("the shipped data");
        for taxonomy in Taxonomy::ALL {
            let groups: BTreeSet<&str> =
                reference.groups.of(*taxonomy).map(|group| group.code.as_str()).collect();
            let numbers: Vec<i64> = reference.groups.sets(*taxonomy).map(|set| set.set_no).collect();
            assert_eq!(groups.len(), 6);
            assert_eq!(numbers, (1..=26).collect::<Vec<_>>());
            assert!(reference.groups.sets(*taxonomy).all(|set| groups.contains(set.group_code.as_str())));
        }
        assert_eq!(reference.set_group(Taxonomy::Y2026, 9), Some("food"));
        assert_eq!(reference.set_group(Taxonomy::Y2026, 27), None);
    }

    #[test]
    fn the_criteria_of_2026_add_up() {
        let reference = Reference::shipped().expect("the shipped data");
        let mut minimums = 0;
        for set in reference.groups.sets(Taxonomy::Y2026) {
            let criteria = set.criteria.as_ref().expect("2026 has its criteria");
            let parts: Vec<_> = criteria.parts.iter().map(|p| (p.code.as_str(), p.max_points)).collect();
            assert_eq!(parts, [("A", 40), ("B", 25), ("C", 35)], "set {}", set.set_no);
            for part in &criteria.parts {
                let under = |code: &str| {
                    let depth = code.matches('.').count() + usize::from(!code.is_empty());
                    let prefix = if code.is_empty() { String::new() } else { format!("{code}.") };
                    let children = part
                        .criteria
                        .iter()
                        .filter(move |c| c.code.starts_with(&prefix) && c.code.matches('.').count() == depth);
                    children.map(|c| c.max_points).collect::<Vec<_>>()
                };
                assert_eq!(under("").iter().sum::<i64>(), part.max_points);
                for criterion in &part.criteria {
                    let at = format!("set {} {} {}", set.set_no, part.code, criterion.code);
                    let children = under(&criterion.code);
                    let best = criterion.options.iter().map(|option| option.points).max();
                    match (children.is_empty(), best) {
                        (false, best) => {
                            assert_eq!(children.iter().sum::<i64>(), criterion.max_points, "{at}");
                            assert_eq!(best, None, "{at}");
                        }
                        (true, Some(best)) => assert_eq!(best, criterion.max_points, "{at}"),
                        (true, None) => assert!(criterion.label.contains("song ngữ"), "{at}"),
                    }
                    assert!(criterion.options.iter().all(|option| !option.text.contains('*')), "{at}");
                    minimums +=
                        criterion.options.iter().filter(|option| option.minimum_for_stars.is_some()).count();
                }
            }
        }
        assert_eq!(minimums, 575);
        assert!(reference.groups.sets(Taxonomy::Y2019).all(|set| set.criteria.is_none()));
    }
}
