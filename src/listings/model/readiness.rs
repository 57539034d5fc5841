//! What a listing still lacks for a kind of buyer, and how that is mended.

use super::content::{Content, Field};
use super::paper::{Paper, PaperKind, PaperState};
use super::profile::{Profile, Profiles, Requirement, RequirementNeeds};
use crate::db::Day;
use serde_json::Value;

/// All that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Inspected<'a> {
    pub content: &'a Content,
    pub papers: &'a [Paper],
    /// Last day on which a certification is in force; none if none is today.
    pub certified_until: Option<Day>,
    /// The product's group.
    pub group: Option<&'a str>,
}

/// Where to send what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fix {
    /// A change of the content, at this place.
    Content { field: Field, pointer: String },
    /// A paper of one of these kinds; `waits`: one is there and no officer has looked at it.
    Paper { any_of: Vec<PaperKind>, waits: bool },
    /// A new decision of the province.
    Certification,
}

/// A requirement that is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing<'a> {
    pub requirement: &'a Requirement,
    pub fix: Fix,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness<'a> {
    pub met: Vec<&'a Requirement>,
    pub missing: Vec<Missing<'a>>,
}

/// Looks at a listing on a day with the eyes of a profile. What does not concern the product's group is in neither list.
pub fn evaluate<'a>(
    profiles: &Profiles,
    profile: &'a Profile,
    inspected: &Inspected,
    today: Day,
) -> Readiness<'a> {
    let (mut met, mut missing) = (Vec::new(), Vec::new());
    for requirement in &profile.requirements {
        if !profiles.concerns(requirement, inspected.group) {
            continue;
        }
        match lacking(&requirement.needs, inspected, today) {
            None => met.push(requirement),
            Some(fix) => missing.push(Missing { requirement, fix }),
        }
    }
    Readiness { met, missing }
}

/// What would meet a need; `None` if it is met.
fn lacking(needs: &RequirementNeeds, inspected: &Inspected, today: Day) -> Option<Fix> {
    let content = inspected.content;
    match needs {
        RequirementNeeds::Field { field } => {
            let said = content.members().contains_key(field.as_str());
            (!said).then(|| at(*field, ""))
        }
        RequirementNeeds::English { field } => {
            let said = content.members().get(field.as_str()).is_some_and(|words| words["en"].is_string());
            (!said).then(|| at(*field, "/en"))
        }
        RequirementNeeds::Images { least } => {
            let there = content.pictures().len();
            (there < *least).then(|| at(Field::Images, &format!("/{there}")))
        }
        RequirementNeeds::Packs { fact } => {
            let items = content.items();
            if items.is_empty() {
                return Some(at(Field::TradeItems, ""));
            }
            let member = fact.member();
            let tells = |item: &_| match serde_json::to_value(item).unwrap_or_default().get(member) {
                None | Some(Value::Null) => false,
                Some(Value::Array(list)) => !list.is_empty(),
                Some(_) => true,
            };
            let silent = items.iter().position(|item| !tells(item))?;
            Some(at(Field::TradeItems, &format!("/{silent}/{member}")))
        }
        RequirementNeeds::Paper { any_of, days, issued_within_days } => {
            let until = today.plus_days(*days);
            let recent = |paper: &&Paper| match issued_within_days {
                None => true,
                Some(days) => paper.issued_on.is_some_and(|day| day >= today.plus_days(-days)),
            };
            let mut fitting = inspected
                .papers
                .iter()
                .filter(|paper| any_of.contains(&paper.kind) && paper.is_valid_on(until))
                .filter(recent)
                .peekable();
            let waits = fitting.clone().any(|paper| paper.state == PaperState::Claimed);
            let has = fitting.by_ref().any(Paper::is_checked);
            (!has).then(|| Fix::Paper { any_of: any_of.clone(), waits })
        }
        RequirementNeeds::Certified { days } => {
            let has = inspected.certified_until.is_some_and(|last| last >= today.plus_days(*days));
            (!has).then_some(Fix::Certification)
        }
    }
}

fn at(field: Field, below: &str) -> Fix {
    Fix::Content { field, pointer: format!("/{}{below}", field.as_str()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listings::{ContentPatch, ProfileCode};
    use serde_json::json;

    fn missing(code: ProfileCode, inspected: &Inspected, today: Day) -> Vec<String> {
        let profiles = Profiles::shipped();
        let profile = profiles.find(code).expect("a profile");
        let found = evaluate(profiles, profile, inspected, today);
        found.missing.iter().map(|missing| missing.requirement.code.clone()).collect()
    }

    #[test]
    fn an_empty_listing_lacks_all_that_concerns_its_group() {
        let (content, today) = (Content::default(), Day::constant(2026, 11, 23));
        let of = |group| Inspected { content: &content, papers: &[], certified_until: None, group };
        let (food, tourism) = (of(Some("food")), of(Some("tourism")));
        for code in ProfileCode::ALL {
            let all = Profiles::shipped().find(*code).expect("a profile").requirements.len();
            assert_eq!(
                missing(*code, &of(None), today).len(),
                all,
                "of an unknown group everything is asked"
            );
            assert!(missing(*code, &tourism, today).len() < missing(*code, &food, today).len(), "{code:?}");
        }
        assert!(missing(ProfileCode::Base, &food, today).contains(&"shelf_life".to_owned()));
        assert!(!missing(ProfileCode::Base, &tourism, today).contains(&"shelf_life".to_owned()));
    }

    #[test]
    fn the_place_of_what_is_missing_is_told() {
        let patch = json!({
            "names": { "vi": "Bánh cáy" },
            "trade_items": [
                { "name": "Hộp 250 g", "unit": "XBX", "gtin": "4006381333931", "prices": [{ "from_quantity": 1, "price": 5 }] },
                { "name": "Hộp 500 g", "unit": "XBX" },
            ],
        });
        let patch = ContentPatch::read(patch, &Content::default()).expect("a patch");
        let content = Content::default().changed_by(&patch);
        let inspected = Inspected { content: &content, papers: &[], certified_until: None, group: None };
        let today = Day::constant(2026, 11, 23);
        let place = |needs| match lacking(&needs, &inspected, today) {
            Some(Fix::Content { pointer, .. }) => pointer,
            other => panic!("{other:?}"),
        };
        use super::super::profile::PackFact;
        assert_eq!(place(RequirementNeeds::Packs { fact: PackFact::Gtin }), "/trade_items/1/gtin");
        assert_eq!(place(RequirementNeeds::Packs { fact: PackFact::Prices }), "/trade_items/1/prices");
        assert_eq!(place(RequirementNeeds::English { field: Field::Names }), "/names/en");
        assert_eq!(place(RequirementNeeds::Images { least: 3 }), "/images/0");
        assert_eq!(lacking(&RequirementNeeds::Field { field: Field::Names }, &inspected, today), None);
    }
}
