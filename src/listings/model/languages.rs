//! Which texts are still to be told in English.

use super::content::Content;
use serde_json::{Map, Value};

/// JSON pointers to texts without English: of what buyers see, and below `/draft` of what is being worked on, which stands in
/// for the field it changes.
pub fn missing_languages(content: &Content, draft: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in content.members().iter().filter(|(name, _)| !draft.contains_key(*name)) {
        look(value, &format!("/{name}"), &mut found);
    }
    for (name, value) in draft {
        look(value, &format!("/draft/{name}"), &mut found);
    }
    found
}

fn look(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) if members.get("vi").is_some_and(Value::is_string) => {
            if members.get("en").is_none_or(Value::is_null) {
                found.push(at.to_owned());
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                look(member, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                look(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listings::ContentPatch;
    use serde_json::json;

    #[test]
    fn every_text_without_english_is_found_where_it_stands() {
        let patch = ContentPatch::read(
            json!({
                "names": { "vi": "Cói", "en": "Sedge" }, "story": { "vi": "Làng nghề" }, "usage": { "vi": "Trải" },
                "price_from": 5, "price_unit": "XBX",
            }),
            &Content::default(),
        );
        let content = Content::default().changed_by(&patch.expect("a patch"));
        assert_eq!(missing_languages(&content, &Map::new()), ["/story", "/usage"]);
        let draft = json!({ "names": { "vi": "Chiếu", "en": null }, "usage": null, "story": { "vi": "Làng", "en": "Village" } });
        let found = missing_languages(&content, draft.as_object().expect("members"));
        assert_eq!(found, ["/draft/names"]);
    }
}
