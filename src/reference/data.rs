//! The shipped data (`data/reference`), built into the binary.

use super::groups::{BilingualName, Criteria, Group, Set};
use super::model::{Extent, Level, Succession, Taxonomy, Unit};
use crate::db::{Day, Failure};
use crate::say::Invalid;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

const UNITS: (&str, &str) = ("admin_units.csv", include_str!("../../data/reference/admin_units.csv"));
const SUCCESSORS: (&str, &str) =
    ("admin_unit_successors.csv", include_str!("../../data/reference/admin_unit_successors.csv"));
const GROUPS: (&str, &str) = ("product_groups.csv", include_str!("../../data/reference/product_groups.csv"));
const SETS: (&str, &str) = ("criteria_sets.csv", include_str!("../../data/reference/criteria_sets.csv"));
const CRITERIA_2026: (&str, &str) =
    ("criteria_2026.json", include_str!("../../data/reference/criteria_2026.json"));

/// Counts up when the same files are to be loaded in another way.
const LOADER: &str = "1";

/// Why the reference data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("the reference data cannot be loaded: {0}")]
    Db(Failure),
    #[error("the reference data is faulty: {file}: {fault}")]
    Faulty { file: &'static str, fault: String },
}

crate::db_errors!(DataError);

/// Everything the service is shipped with.
#[derive(Debug)]
pub struct Data {
    pub units: Vec<Unit>,
    pub successions: Vec<Succession>,
    pub groups: Vec<Group>,
    pub sets: Vec<Set>,
}

/// Names the content of the shipped files: changes whenever one of them does.
pub fn version() -> String {
    let mut hash = Sha256::new_with_prefix(LOADER);
    for (name, text) in [UNITS, SUCCESSORS, GROUPS, SETS, CRITERIA_2026] {
        hash.update(name);
        hash.update([0]);
        hash.update(text);
        hash.update([0]);
    }
    let digest = hash.finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the shipped files.
pub fn shipped() -> Result<Data, DataError> {
    Ok(Data { units: units()?, successions: successions()?, groups: groups()?, sets: sets()? })
}

fn units() -> Result<Vec<Unit>, DataError> {
    let day = |text: Option<String>| text.map(|text| value(UNITS, &text, Day::parse)).transpose();
    let unit = |row: UnitRow| {
        Ok(Unit {
            code: row.code,
            valid_from: day(row.valid_from)?,
            valid_to: day(row.valid_to)?,
            level: value(UNITS, &row.level, Level::parse)?,
            kind: row.kind,
            name: row.name,
            parent_code: row.parent_code,
        })
    };
    rows(UNITS)?.into_iter().map(unit).collect()
}

fn successions() -> Result<Vec<Succession>, DataError> {
    let succession = |row: SuccessorRow| {
        Ok(Succession {
            old_code: row.old_commune_code,
            new_code: row.new_commune_code,
            extent: value(SUCCESSORS, &row.extent, Extent::parse)?,
        })
    };
    rows(SUCCESSORS)?.into_iter().map(succession).collect()
}

fn groups() -> Result<Vec<Group>, DataError> {
    let group = |row: GroupRow| {
        Ok(Group {
            taxonomy: value(GROUPS, &row.taxonomy, Taxonomy::parse)?,
            code: row.code,
            position: row.position,
            name: BilingualName { vi: row.name_vi, en: row.name_en },
        })
    };
    rows(GROUPS)?.into_iter().map(group).collect()
}

fn sets() -> Result<Vec<Set>, DataError> {
    let mut criteria = criteria_2026()?;
    let set = |row: SetRow| {
        let taxonomy = value(SETS, &row.taxonomy, Taxonomy::parse)?;
        Ok(Set {
            taxonomy,
            set_no: row.set_no,
            group_code: row.group_code,
            subgroup: BilingualName { vi: row.subgroup_vi, en: row.subgroup_en },
            name: BilingualName { vi: row.name_vi, en: row.name_en },
            agencies: row.agencies.split(';').map(str::to_owned).collect(),
            criteria: criteria.remove(&(taxonomy, row.set_no)),
        })
    };
    rows(SETS)?.into_iter().map(set).collect()
}

fn criteria_2026() -> Result<HashMap<(Taxonomy, i64), Criteria>, DataError> {
    let (file, text) = CRITERIA_2026;
    let document: CriteriaDocument =
        serde_json::from_str(text).map_err(|error| faulty(file, error.to_string()))?;
    let sets = document.sets.into_iter();
    Ok(sets
        .map(|set| {
            let criteria =
                Criteria { title: set.name, disqualification: set.disqualification, parts: set.parts };
            ((Taxonomy::Y2026, set.set_no), criteria)
        })
        .collect())
}

fn faulty(file: &'static str, fault: String) -> DataError {
    DataError::Faulty { file, fault }
}

fn rows<T: DeserializeOwned>((file, text): (&'static str, &str)) -> Result<Vec<T>, DataError> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| faulty(file, error.to_string()))
}

/// A column's value, read by one of our own `parse` functions.
fn value<T>(
    (file, _): (&'static str, &str),
    text: &str,
    parse: fn(&str) -> Result<T, Invalid>,
) -> Result<T, DataError> {
    parse(text).map_err(|invalid| faulty(file, format!("`{text}`: {}", invalid.say.en)))
}

#[derive(Deserialize)]
struct UnitRow {
    code: String,
    name: String,
    kind: String,
    level: String,
    parent_code: Option<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
}

#[derive(Deserialize)]
struct SuccessorRow {
    old_commune_code: String,
    new_commune_code: String,
    extent: String,
}

#[derive(Deserialize)]
struct GroupRow {
    taxonomy: String,
    code: String,
    position: i64,
    name_vi: String,
    name_en: String,
}

#[derive(Deserialize)]
struct SetRow {
    taxonomy: String,
    set_no: i64,
    group_code: String,
    subgroup_vi: String,
    subgroup_en: String,
    name_vi: String,
    name_en: String,
    agencies: String,
}

#[derive(Deserialize)]
struct CriteriaDocument {
    sets: Vec<CriteriaOfSet>,
}

#[derive(Deserialize)]
struct CriteriaOfSet {
    set_no: i64,
    name: String,
    disqualification: Vec<String>,
    parts: Vec<super::groups::CriteriaPart>,
}
