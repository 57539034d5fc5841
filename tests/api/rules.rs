//! Rules of the source tree that no compiler keeps: who may call whom, named constraints, one schema on both engines.

use crate::cases;
use crate::harness::{Case, TestApp};
use diesel::connection::SimpleConnection;
use libtest_mimic::{Failed, Trial};
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

pub fn cases() -> Vec<Case> {
    cases![every_table_of_the_schema_is_there]
}

pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, run: fn() -> Vec<String>| {
        Trial::test(format!("rules::{name}"), move || {
            let faults = run();
            if faults.is_empty() { Ok(()) } else { Err(Failed::from(faults.join("\n"))) }
        })
    };
    vec![
        trial("only_stores_see_the_schema", only_stores_see_the_schema),
        trial("slices_call_each_other_by_their_mod", slices_call_each_other_by_their_mod),
        trial("models_know_neither_http_nor_sql", models_know_neither_http_nor_sql),
        trial("every_constraint_has_a_name", every_constraint_has_a_name),
        trial("sources_stay_readable_in_size", sources_stay_readable_in_size),
    ]
}

/// All Rust files under `src`, as path from `src` and text without comments.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(ROOT).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                let name = path.strip_prefix(&root).expect("under src").to_string_lossy().into_owned();
                files.push((name, code.join("\n")));
            }
        }
    }
    assert!(files.len() > 20, "the sources are found");
    files
}

fn is_store(file: &str) -> bool {
    file.ends_with("/store.rs") || file.contains("/store/")
}

fn only_stores_see_the_schema() -> Vec<String> {
    let sees = |(file, text): &(String, String)| text.contains("crate::schema") && !is_store(file);
    sources()
        .iter()
        .filter(|source| sees(source))
        .map(|(file, _)| format!("{file} uses crate::schema"))
        .collect()
}

const SLICES: &[&str] = &[
    "accounts",
    "audit",
    "catalogue",
    "certification",
    "clients",
    "files",
    "leads",
    "listings",
    "mail",
    "media",
    "members",
    "organisations",
    "privacy",
    "products",
    "reference",
    "reports",
    "sheets",
];

fn slices_call_each_other_by_their_mod() -> Vec<String> {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        let own = file.split('/').next().unwrap_or_default().to_owned();
        for slice in SLICES.iter().filter(|slice| **slice != own) {
            for room in ["store", "http"] {
                let route = format!("{slice}::{room}");
                // `api.rs` lists the routes of all slices.
                if text.contains(&format!("crate::{route}")) || (text.contains(&route) && file != "api.rs") {
                    faults.push(format!("{file} reaches into {route}"));
                }
            }
        }
    }
    faults
}

fn models_know_neither_http_nor_sql() -> Vec<String> {
    let is_model = |file: &str| file.ends_with("/model.rs") || file.contains("/model/");
    let mut faults = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| is_model(file)) {
        for forbidden in ["actix_web", "diesel::prelude", "crate::schema", "crate::http", "&mut Conn"] {
            if text.contains(forbidden) {
                faults.push(format!("{file} mentions {forbidden}"));
            }
        }
    }
    faults
}

fn every_constraint_has_a_name() -> Vec<String> {
    let mut faults = Vec::new();
    for entry in std::fs::read_dir(Path::new(ROOT).join("migrations")).expect("migrations").flatten() {
        let up = entry.path().join("up.sql");
        for (number, line) in std::fs::read_to_string(&up).expect("up.sql").lines().enumerate() {
            let line = line.trim();
            let constrains = ["PRIMARY KEY", "UNIQUE (", "CHECK (", "FOREIGN KEY", "REFERENCES"];
            if constrains.iter().any(|word| line.contains(word)) && !line.starts_with("CONSTRAINT ") {
                faults.push(format!("{}:{}: a constraint without a name: {line}", up.display(), number + 1));
            }
        }
    }
    faults
}

fn sources_stay_readable_in_size() -> Vec<String> {
    const MOST: usize = 600;
    let long = |(file, text): &(String, String)| {
        let lines = text.lines().count();
        (lines > MOST && file != "schema.rs").then(|| format!("{file} has {lines} lines of code"))
    };
    sources().iter().filter_map(long).collect()
}

/// `schema.rs` is what the queries believe; both engines must have made exactly its columns.
async fn every_table_of_the_schema_is_there(app: TestApp) {
    let text = std::fs::read_to_string(Path::new(ROOT).join("src/schema.rs")).expect("schema.rs");
    let mut statements = Vec::new();
    for table in text.split("diesel::table! {").skip(1) {
        let mut lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
        let name = lines.next().and_then(|line| line.split(' ').next()).expect("a table's name");
        let columns: Vec<_> =
            lines.take_while(|line| *line != "}").filter_map(|line| line.split(" -> ").next()).collect();
        statements.push(format!("SELECT {} FROM {name} LIMIT 0", columns.join(", ")));
    }
    assert!(statements.len() >= 20, "{statements:?}");
    let run = move |conn: &mut ocop_market::db::Conn| {
        statements
            .iter()
            .try_for_each(|statement| conn.batch_execute(statement))
            .map_err(ocop_market::db::Failure::from)
    };
    app.state.db.read(run).await.expect("every table answers");
}
