//! The OpenAPI document: committed, complete, consistent.

use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, run: fn(&Value) -> Vec<String>| {
        Trial::test(format!("openapi::{name}"), move || {
            let faults = run(&document());
            if faults.is_empty() { Ok(()) } else { Err(Failed::from(faults.join("\n"))) }
        })
    };
    vec![
        trial("the_committed_document_is_the_one_the_code_makes", committed),
        trial("operation_ids_are_unique_and_verb_first", operation_ids),
        trial("every_operation_is_described", descriptions),
        trial("every_error_is_a_problem_document", errors),
        trial("no_reference_dangles", references),
        trial("every_list_pages", lists),
        trial("schema_names_are_unique", schema_names),
        trial("every_problem_code_is_explained", problem_codes),
        trial("every_enum_says_what_it_is", enums),
        trial("lists_of_values_are_comma_separated_and_exemplified", value_lists),
        trial("examples_are_of_their_schemas", examples),
        trial("descriptions_lead_to_operations_that_exist", mentions),
    ]
}

pub fn document() -> Value {
    serde_json::to_value(ocop_market::api::document()).expect("the document serialises")
}

/// The operations by their names: `GET /v1/leads/{id}`.
pub fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("an item").iter();
            methods
                .filter(|(method, _)| ["get", "post", "put", "patch", "delete"].contains(&method.as_str()))
                .map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
        })
        .collect()
}

/// `cargo run -- openapi > openapi/openapi.json` accepts a change.
fn committed(document: &Value) -> Vec<String> {
    let committed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json"));
    let made = ocop_market::api::document_text();
    match committed {
        Ok(committed) if committed == made => Vec::new(),
        _ => {
            let _ = document;
            vec![
                "openapi/openapi.json is out of date: cargo run -- openapi > openapi/openapi.json".to_owned(),
            ]
        }
    }
}

fn operation_ids(document: &Value) -> Vec<String> {
    const VERBS: [&str; 12] = [
        "list", "get", "find", "create", "update", "delete", "check", "import", "revoke", "extend",
        "refresh", "verify",
    ];
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for (name, operation) in operations(document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let verb = id.split('_').next().unwrap_or_default();
        if !VERBS.contains(&verb) {
            faults.push(format!("{name}: operation id {id:?} does not begin with one of {VERBS:?}"));
        }
        if !seen.insert(id) {
            faults.push(format!("{name}: operation id {id:?} is used twice"));
        }
    }
    faults
}

fn descriptions(document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, operation) in operations(document) {
        for member in ["summary", "description", "operationId"] {
            if operation[member].as_str().is_none_or(|text| text.trim().is_empty()) {
                faults.push(format!("{name}: no {member}"));
            }
        }
        if operation["tags"].as_array().is_none_or(Vec::is_empty) {
            faults.push(format!("{name}: no tag"));
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let in_path = parameter["in"] == "path";
            if !in_path && parameter["description"].as_str().is_none_or(str::is_empty) {
                faults.push(format!("{name}: parameter {} has no description", parameter["name"]));
            }
        }
    }
    faults
}

/// What each operation can answer follows from its shape; and errors have one form.
fn errors(document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, operation) in operations(document) {
        let responses = operation["responses"].as_object().expect("responses");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let mut expected = vec!["503"];
        if name.contains(" /v1/") {
            expected.push("429");
        }
        let speaks_oauth = name.contains(" /v1/oauth/");
        if parameters.iter().any(|p| p["in"] == "path") {
            expected.push("404");
        }
        if parameters.iter().any(|p| p["in"] == "query") {
            expected.push("400");
        }
        if speaks_oauth {
            expected.extend(["400", "401", "408", "413", "429"]);
        } else if !operation["requestBody"].is_null() {
            expected.extend(["400", "408", "413", "415", "422"]);
        }
        if operation["security"]
            .as_array()
            .is_some_and(|s| !s.is_empty() && s.iter().all(|one| one.get("bearer").is_some()))
        {
            expected.extend(["401"]);
        }
        for status in expected {
            if !responses.contains_key(status) {
                faults.push(format!("{name}: {status} is not documented"));
            }
        }
        if !responses.keys().any(|status| status.starts_with('2')) {
            faults.push(format!("{name}: no success is documented"));
        }
        for (status, response) in responses.iter().filter(|(status, _)| status.starts_with(['4', '5'])) {
            // RFC 6749 §5.2 has a form of its own, which its libraries know.
            let (media_type, form) = match speaks_oauth {
                true => ("application/json", "#/components/schemas/OAuthError"),
                false => ("application/problem+json", "#/components/schemas/Problem"),
            };
            if response["content"][media_type]["schema"]["$ref"] != form {
                faults.push(format!("{name}: {status} is not {form}"));
            }
        }
    }
    faults
}

fn references(document: &Value) -> Vec<String> {
    fn walk<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| walk(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(document, &mut found);
    let dangles = |reference: &&str| document.pointer(reference.trim_start_matches('#')).is_none();
    found.into_iter().filter(dangles).map(|reference| format!("{reference} leads nowhere")).collect()
}

fn lists(document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, operation) in operations(document) {
        let schema = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].as_str();
        if schema.is_some_and(|schema| schema.ends_with("Page")) {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            for wanted in ["limit", "cursor"] {
                if !parameters.iter().any(|parameter| parameter["name"] == wanted) {
                    faults.push(format!("{name}: a list without {wanted}"));
                }
            }
        }
    }
    faults
}

/// Values tell their meanings by the doc comments of `text_enum!`.
fn enums(document: &Value) -> Vec<String> {
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let silent = schemas.iter().filter(|(_, schema)| {
        schema["enum"].is_array() && schema["description"].as_str().is_none_or(str::is_empty)
    });
    silent.map(|(name, _)| format!("{name} is a list of values without a description")).collect()
}

/// A parameter that takes several values is sent as `a,b`, and shows how: by an example.
fn value_lists(document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, parameter) in parameters(document) {
        if parameter["schema"]["type"] != "array" {
            continue;
        }
        if parameter["style"] != "form" || parameter["explode"] != false {
            faults.push(format!("{name}: a list that is not told to be comma-separated"));
        }
        if parameter["example"].as_array().is_none_or(Vec::is_empty) {
            faults.push(format!("{name}: a list without an example"));
        }
    }
    faults
}

fn parameters(document: &Value) -> Vec<(String, &Value)> {
    let named = operations(document).into_iter().flat_map(|(operation, it)| {
        let parameters = it["parameters"].as_array().into_iter().flatten();
        parameters.map(move |parameter| {
            (format!("{operation}: {}", parameter["name"].as_str().unwrap_or_default()), parameter)
        })
    });
    named.collect()
}

/// Documentation pages offer the examples to be tried, so they must pass.
fn examples(document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, parameter) in parameters(document) {
        if let Some(example) = parameter.get("example") {
            check_example(document, &parameter["schema"], example, &name, &mut faults);
        }
    }
    for (operation, it) in operations(document) {
        let contents = it["requestBody"]["content"].as_object().into_iter().flatten();
        for content in contents.map(|(_, content)| content) {
            for (name, example) in content["examples"].as_object().into_iter().flatten() {
                let at = format!("{operation}: {name}");
                check_example(document, &content["schema"], &example["value"], &at, &mut faults);
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        check_schema(document, schema, name, &mut faults);
    }
    faults
}

fn check_schema(document: &Value, schema: &Value, at: &str, faults: &mut Vec<String>) {
    let Value::Object(members) = schema else { return };
    let several = members.get("examples").and_then(Value::as_array).into_iter().flatten();
    for example in members.get("example").into_iter().chain(several) {
        check_example(document, schema, example, at, faults);
    }
    for (name, property) in members.get("properties").and_then(Value::as_object).into_iter().flatten() {
        check_schema(document, property, &format!("{at}.{name}"), faults);
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        for part in members.get(keyword).and_then(Value::as_array).into_iter().flatten() {
            check_schema(document, part, at, faults);
        }
    }
    members.get("items").into_iter().for_each(|items| check_schema(document, items, at, faults));
}

/// The part of JSON Schema that our schemas use.
fn check_example(document: &Value, schema: &Value, example: &Value, at: &str, faults: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
        return check_example(document, target, example, at, faults);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        check_example(document, part, example, at, faults);
    }
    for keyword in ["oneOf", "anyOf"] {
        let Some(parts) = schema[keyword].as_array() else { continue };
        let fits = |part: &Value| {
            let mut faults = Vec::new();
            check_example(document, part, example, at, &mut faults);
            faults.is_empty()
        };
        if !parts.iter().any(fits) {
            faults.push(format!("{at}: the example {example} is none of {keyword}"));
        }
    }
    if let Some(members) = example.as_object() {
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(required) {
                faults.push(format!("{at}: the example lacks {required}"));
            }
        }
        for (name, member) in members {
            // Of a schema that is put together each part knows some members only.
            if let Some(property) = schema["properties"].get(name) {
                check_example(document, property, member, &format!("{at}.{name}"), faults);
            }
        }
    }
    let kind = match example {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_kind = |name: &Value| name == kind || (name == "number" && kind == "integer");
    let right_kind = match &schema["type"] {
        Value::Null => true,
        Value::Array(kinds) => kinds.iter().any(is_kind),
        one => is_kind(one),
    };
    let listed = schema["enum"].as_array().is_none_or(|values| values.contains(example));
    let number = example.as_f64();
    let in_range = number.is_none_or(|number| {
        schema["minimum"].as_f64().is_none_or(|least| least <= number)
            && schema["maximum"].as_f64().is_none_or(|most| number <= most)
    });
    let length = example.as_str().map(|text| text.chars().count() as u64);
    let fits = length.is_none_or(|length| {
        schema["minLength"].as_u64().is_none_or(|least| least <= length)
            && schema["maxLength"].as_u64().is_none_or(|most| length <= most)
    });
    if !(right_kind && listed && in_range && fits) {
        faults.push(format!("{at}: the example {example} is not of its schema"));
    }
    for item in example.as_array().into_iter().flatten() {
        check_example(document, &schema["items"], item, at, faults);
    }
}

/// A description that names an address names one that is there.
fn mentions(document: &Value) -> Vec<String> {
    fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member.as_str() {
                        Some(text) if ["description", "summary"].contains(&name.as_str()) => found.push(text),
                        _ => texts(member, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
            _ => {}
        }
    }
    let paths: Vec<&str> = document["paths"].as_object().expect("paths").keys().map(String::as_str).collect();
    let is_there = |address: &str| {
        let parts: Vec<&str> = address.split('/').collect();
        paths.iter().any(|path| {
            let known: Vec<&str> = path.split('/').collect();
            known.len() == parts.len()
                && known.iter().zip(&parts).all(|(known, part)| known == part || known.starts_with('{'))
        })
    };
    let mut found = Vec::new();
    texts(document, &mut found);
    let mut faults = Vec::new();
    for text in found {
        for (start, _) in text.match_indices("/v1/") {
            let is_part = |c: char| c.is_ascii_alphanumeric() || "/{}_-.".contains(c);
            let address: String = text[start..].chars().take_while(|c| is_part(*c)).collect();
            let address = address.trim_end_matches('.');
            if !is_there(address) {
                faults.push(format!("a description names {address}, which is not there: {text:.60}"));
            }
        }
        if text.contains("docs/") && !text.contains("/docs/") {
            faults.push(format!("a description names a file of the repository: {text:.60}"));
        }
    }
    faults
}

/// Two types of one name overwrite each other silently: their sources tell.
fn schema_names(_: &Value) -> Vec<String> {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("src").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                for name in schemas_in(&text) {
                    names.entry(name).or_default().push(path.display().to_string());
                }
            }
        }
    }
    names.retain(|_, files| files.len() > 1);
    names
        .into_iter()
        .map(|(name, files)| format!("schema {name} is declared {} times: {files:?}", files.len()))
        .collect()
}

/// The schema names a source file declares: types that derive `ToSchema`, or `text_enum!`s, under their `as` name.
fn schemas_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut renamed: Option<String> = None;
    let mut pending = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[derive(") {
            pending = line.contains("ToSchema");
            renamed = None;
        } else if let Some(name) = line.strip_prefix("#[schema(as = ") {
            renamed = Some(name.trim_end_matches(")]").to_owned());
        } else if let Some(name) = declared(line).filter(|_| pending) {
            names.push(renamed.take().unwrap_or(name));
            pending = false;
        } else if line.contains("text_enum! {") {
            pending = true;
            renamed = None;
        }
    }
    names
}

fn declared(line: &str) -> Option<String> {
    let line = line
        .strip_prefix("pub ")
        .or(line.strip_prefix("pub(super) "))
        .or(line.strip_prefix("pub(crate) "))
        .unwrap_or(line);
    let rest = line.strip_prefix("struct ").or(line.strip_prefix("enum "))?;
    Some(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
}

fn problem_codes(_: &Value) -> Vec<String> {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/API.md")).expect("docs/API.md");
    let missing = |code: &&ocop_market::http::Code| {
        !page.contains(&format!("| {} | `{}` |", code.status().as_u16(), code.as_str()))
    };
    let codes = ocop_market::http::Code::ALL.iter();
    codes
        .filter(missing)
        .map(|code| format!("docs/API.md does not explain {} {}", code.status(), code.as_str()))
        .collect()
}
