//! Attributes in workbooks: which there are to choose from, by the schemas of the criteria sets.

use super::model::ValueKind;
use crate::listings::Schemas;
use crate::listings::schema::{Definition, Holds, Member};
use crate::reference::Taxonomy;
use crate::say::Language;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// All that any product is asked, each once.
pub fn all() -> impl Iterator<Item = &'static Definition> {
    let schemas = Schemas::shipped();
    let members = schemas.kinds.iter().flat_map(|kind| &kind.members).chain(&schemas.common);
    let mut seen = HashSet::new();
    members.map(|member| &*member.definition).filter(move |one| seen.insert(one.key.as_str()))
}

/// What products of a criteria set are asked; of no set in particular, all that any is.
pub fn of_set(set: Option<(Taxonomy, i64)>) -> Vec<&'static Definition> {
    let of = |member: &'static Member| &*member.definition;
    match set {
        Some(set) => Schemas::shipped().members(Some(set)).iter().map(of).collect(),
        None => all().collect(),
    }
}

/// How a value of it is written in a cell.
pub fn kind(holds: &Holds) -> ValueKind {
    match holds {
        Holds::Boolean => ValueKind::Flag,
        Holds::Number { .. } => ValueKind::Number,
        Holds::Text { .. } | Holds::Choice { .. } => ValueKind::Text,
        Holds::Choices { .. } => ValueKind::Choices,
    }
}

/// As the list of attributes shows it: its key, and what people call it.
pub fn shown(key: &str, language: Language) -> String {
    match all().find(|known| known.key == key) {
        Some(known) => listed(known, language),
        None => key.to_owned(),
    }
}

pub fn listed(known: &Definition, language: Language) -> String {
    let name = match language {
        Language::Vi => &known.name.vi,
        Language::En => &known.name.en,
    };
    format!("{} – {name}", known.key)
}

/// What each may hold, as the rows of a template show it.
pub fn examples(asked: &[&Definition]) -> Map<String, Value> {
    let example = |holds: &Holds| match holds {
        Holds::Boolean => Value::Bool(true),
        Holds::Number { least, .. } => Value::from(*least),
        Holds::Text { .. } => Value::from("…"),
        Holds::Choice { values } => {
            Value::from(values.iter().map(|value| value.key.as_str()).collect::<Vec<_>>().join(" | "))
        }
        Holds::Choices { values } => values.iter().map(|value| value.key.clone()).collect(),
    };
    asked.iter().map(|one| (one.key.clone(), example(&one.holds))).collect()
}
