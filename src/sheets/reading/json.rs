//! What cells make of JSON, piece by piece.

use crate::input::{self, Fault, Faults};
use crate::listings::{ContentPatch, Field, TradeItem};
use crate::sheets::attributes;
use crate::sheets::model::{TIERS, ValueKind};
use serde_json::{Map, Value};

/// Puts what a cell says at its path of the JSON; an empty cell takes away what is there.
pub fn put(value: &mut Value, path: &[String], read: Option<Value>) {
    let Some((first, rest)) = path.split_first() else {
        *value = read.unwrap_or_default();
        return;
    };
    if !value.is_object() {
        if read.is_none() {
            return;
        }
        *value = Value::Object(Map::new());
    }
    let Value::Object(members) = value else { return };
    match (rest.is_empty(), read) {
        (true, None) => {
            members.shift_remove(first);
        }
        (_, read) => put(members.entry(first.clone()).or_insert(Value::Null), rest, read),
    }
}

/// Without members that say nothing; `null` if none is left.
pub fn without_nothing(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    let left = members.into_iter().map(|(name, value)| (name, without_nothing(value)));
    let left: Map<String, Value> = left.filter(|(_, value)| !value.is_null()).collect();
    if left.is_empty() { Value::Null } else { Value::Object(left) }
}

/// What is said in English only lacks its Vietnamese: told so, and what is wrong with the English as well.
pub fn unsaid_in_vietnamese(value: &mut Value) {
    let Value::Object(members) = value else { return };
    if members.contains_key("en") && !members.contains_key("vi") {
        members.insert("vi".to_owned(), Value::String(String::new()));
    }
    members.values_mut().for_each(unsaid_in_vietnamese);
}

/// The key in what the list of attributes shows.
pub fn key_of(shown: &str) -> String {
    shown.split(" – ").next().unwrap_or(shown).trim().to_owned()
}

/// What an attribute holds by the schemas.
pub fn expected(key: &str) -> Option<ValueKind> {
    let definition = attributes::all().find(|known| known.key == key)?;
    Some(attributes::kind(&definition.holds))
}

/// What is wrong with a pack, and with its tiers beside each other, which is looked at only in a pack that is right otherwise.
pub fn with_tiers(mut faults: Faults, item: &Value) -> Faults {
    let Some(prices) = item.get("prices") else { return faults };
    let alone = serde_json::json!({ "name": "x", "unit": "XBX", "prices": prices });
    if let Err(more) = input::read::<TradeItem>(alone) {
        let new = more.0.into_iter().filter(|fault| faults.0.iter().all(|known| known.path != fault.path));
        let new: Vec<Fault> = new.collect();
        faults.0.extend(new);
    }
    faults
}

/// Without what is there already. Cell by cell, for the lowest price that stands in a sheet is no wish of its own when packs have
/// got other prices.
pub fn unlike(patch: ContentPatch, before: &Map<String, Value>) -> ContentPatch {
    fn said(value: Option<&Value>) -> Option<&Value> {
        value.filter(|value| match value {
            Value::Array(items) => !items.is_empty(),
            Value::Object(members) => !members.is_empty(),
            value => !value.is_null(),
        })
    }
    let wanted = patch.members();
    let differs = |field: Field| said(wanted.get(field.as_str())) != said(before.get(field.as_str()));
    patch.split(differs).0
}

/// Price tiers as members by their number, so that cells find them.
pub fn by_number(prices: &mut Value) {
    if let Value::Array(tiers) = prices {
        let numbered = tiers.drain(..).enumerate().map(|(no, tier)| (no.to_string(), tier));
        *prices = Value::Object(numbered.collect());
    }
}

/// The same as a list again, without gaps; returns the number of each.
pub fn in_order(prices: &mut Value) -> Vec<String> {
    let Value::Object(members) = prices else { return Vec::new() };
    let (mut numbers, mut tiers) = (Vec::new(), Vec::new());
    for no in 0..TIERS {
        let no = no.to_string();
        if let Some(tier) = members.shift_remove(&no) {
            numbers.push(no);
            tiers.push(tier);
        }
    }
    *prices = Value::Array(tiers);
    numbers
}
