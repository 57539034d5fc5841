//! SQL of the reference data.

use super::data::{Data, DataError};
use super::groups::{BilingualName, Group, Set};
use super::model::{Extent, Level, Side, Succession, Taxonomy, Unit};
use crate::db::{Conn, Day, Instant, PortableDsl};
use crate::on_engine;
use crate::schema::{
    admin_unit_successors as successors, admin_units as units, certifications, criteria_sets as sets,
    organisations, product_groups as groups, products, reference_versions as versions, users,
};
use diesel::prelude::*;
use diesel::upsert::excluded;
use std::collections::HashSet;

/// The name the shipped data goes by in `reference_versions`.
const NAME: &str = "reference";

/// What stands for "before the first day we know": part of a key, so it cannot be NULL.
const BEGINNING: &str = "0001-01-01";

/// Rows of one INSERT: seven columns of so many rows stay below SQLite's 32,766 parameters.
const CHUNK: usize = 4000;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = units, treat_none_as_default_value = false)]
struct UnitRow {
    code: String,
    valid_from: String,
    valid_to: Option<Day>,
    level: Level,
    kind: String,
    name: String,
    parent_code: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = successors, treat_none_as_default_value = false)]
struct SuccessorRow {
    old_code: String,
    old_valid_from: String,
    new_code: String,
    new_valid_from: String,
    extent: Extent,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = groups, treat_none_as_default_value = false)]
struct GroupRow {
    taxonomy: Taxonomy,
    code: String,
    position: i64,
    name_vi: String,
    name_en: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sets, treat_none_as_default_value = false)]
struct SetRow {
    taxonomy: Taxonomy,
    set_no: i64,
    group_code: String,
    subgroup_vi: String,
    subgroup_en: String,
    name_vi: String,
    name_en: String,
    agencies: String,
    criteria: Option<String>,
}

/// The version the database holds.
pub fn version(conn: &mut Conn) -> QueryResult<Option<String>> {
    versions::table.find(NAME).select(versions::version).first(conn).optional()
}

/// Takes it upon this transaction to bring the data to a version; false if it is there. Whoever else tries meanwhile
/// waits for this row until the transaction ends.
pub fn claim(conn: &mut Conn, version: &str, now: Instant) -> QueryResult<bool> {
    diesel::insert_into(versions::table)
        .values((versions::name.eq(NAME), versions::version.eq(""), versions::loaded_at.eq(now)))
        .on_conflict_do_nothing()
        .portable()
        .execute(conn)?;
    let other = versions::table.find(NAME).filter(versions::version.ne(version));
    let claimed = diesel::update(other)
        .set((versions::version.eq(version), versions::loaded_at.eq(now)))
        .execute(conn)?;
    Ok(claimed == 1)
}

/// Makes the tables hold this data. What the data has no longer stays only if something refers to it.
pub fn replace(conn: &mut Conn, data: &Data) -> Result<(), DataError> {
    diesel::delete(successors::table).execute(conn)?;
    let rows: Vec<UnitRow> = data.units.iter().map(UnitRow::from).collect();
    remove_units(conn, &rows)?;
    for rows in rows.chunks(CHUNK) {
        on_engine!(conn, c => diesel::insert_into(units::table)
            .values(rows)
            .on_conflict((units::code, units::valid_from))
            .do_update()
            .set((
                units::valid_to.eq(excluded(units::valid_to)),
                units::level.eq(excluded(units::level)),
                units::kind.eq(excluded(units::kind)),
                units::name.eq(excluded(units::name)),
                units::parent_code.eq(excluded(units::parent_code)),
            ))
            .execute(c))?;
    }
    for rows in successor_rows(data).chunks(CHUNK) {
        on_engine!(conn, c => diesel::insert_into(successors::table).values(rows).execute(c))?;
    }
    replace_groups(conn, data)
}

fn replace_groups(conn: &mut Conn, data: &Data) -> Result<(), DataError> {
    let group_rows: Vec<GroupRow> = data.groups.iter().map(GroupRow::from).collect();
    let set_rows: Vec<SetRow> = data.sets.iter().map(SetRow::try_from).collect::<Result<_, _>>()?;
    on_engine!(conn, c => diesel::insert_into(groups::table)
        .values(&group_rows)
        .on_conflict((groups::taxonomy, groups::code))
        .do_update()
        .set((
            groups::position.eq(excluded(groups::position)),
            groups::name_vi.eq(excluded(groups::name_vi)),
            groups::name_en.eq(excluded(groups::name_en)),
        ))
        .execute(c))?;
    on_engine!(conn, c => diesel::insert_into(sets::table)
        .values(&set_rows)
        .on_conflict((sets::taxonomy, sets::set_no))
        .do_update()
        .set((
            sets::group_code.eq(excluded(sets::group_code)),
            sets::subgroup_vi.eq(excluded(sets::subgroup_vi)),
            sets::subgroup_en.eq(excluded(sets::subgroup_en)),
            sets::name_vi.eq(excluded(sets::name_vi)),
            sets::name_en.eq(excluded(sets::name_en)),
            sets::agencies.eq(excluded(sets::agencies)),
            sets::criteria.eq(excluded(sets::criteria)),
        ))
        .execute(c))?;
    remove_groups(conn, data)?;
    Ok(())
}

/// Removes units the data has no longer, unless a place names their code.
fn remove_units(conn: &mut Conn, wanted: &[UnitRow]) -> QueryResult<()> {
    let wanted: HashSet<(&str, &str)> =
        wanted.iter().map(|row| (row.code.as_str(), row.valid_from.as_str())).collect();
    let present: Vec<(String, String)> = units::table.select((units::code, units::valid_from)).load(conn)?;
    let gone = present.iter().filter(|(code, from)| !wanted.contains(&(code.as_str(), from.as_str())));
    // One by one: a correction of the official list concerns a handful.
    for (code, from) in gone {
        if !is_referenced(conn, code)? {
            diesel::delete(units::table.find((code, from))).execute(conn)?;
        }
    }
    Ok(())
}

fn is_referenced(conn: &mut Conn, code: &str) -> QueryResult<bool> {
    let of_organisations = organisations::table.filter(
        organisations::province
            .eq(code)
            .or(organisations::commune.eq(code))
            .or(organisations::former_province.eq(code))
            .or(organisations::former_district.eq(code))
            .or(organisations::former_commune.eq(code)),
    );
    let of_products = products::table.filter(
        products::province
            .eq(code)
            .or(products::commune.eq(code))
            .or(products::former_province.eq(code))
            .or(products::former_district.eq(code))
            .or(products::former_commune.eq(code)),
    );
    let of_users = users::table.filter(users::province.eq(code));
    diesel::select(
        diesel::dsl::exists(of_organisations)
            .or(diesel::dsl::exists(of_products))
            .or(diesel::dsl::exists(of_users)),
    )
    .get_result(conn)
}

/// Removes sets and groups the data has no longer, unless a certification is in them.
fn remove_groups(conn: &mut Conn, data: &Data) -> QueryResult<()> {
    let wanted: HashSet<(Taxonomy, i64)> = data.sets.iter().map(|s| (s.taxonomy, s.set_no)).collect();
    let present: Vec<(Taxonomy, i64)> = sets::table.select((sets::taxonomy, sets::set_no)).load(conn)?;
    for (taxonomy, set_no) in present.into_iter().filter(|key| !wanted.contains(key)) {
        let used = certifications::table
            .filter(certifications::taxonomy.eq(taxonomy))
            .filter(certifications::set_no.eq(set_no));
        diesel::delete(sets::table.find((taxonomy, set_no)))
            .filter(diesel::dsl::not(diesel::dsl::exists(used)))
            .execute(conn)?;
    }
    let wanted: HashSet<(Taxonomy, &str)> =
        data.groups.iter().map(|g| (g.taxonomy, g.code.as_str())).collect();
    let present: Vec<(Taxonomy, String)> =
        groups::table.select((groups::taxonomy, groups::code)).load(conn)?;
    for (taxonomy, code) in &present {
        if wanted.contains(&(*taxonomy, code.as_str())) {
            continue;
        }
        let used = certifications::table
            .filter(certifications::taxonomy.eq(taxonomy))
            .filter(certifications::group_code.eq(code));
        let with_sets = sets::table.filter(sets::taxonomy.eq(taxonomy)).filter(sets::group_code.eq(code));
        diesel::delete(groups::table.find((taxonomy, code)))
            .filter(diesel::dsl::not(diesel::dsl::exists(used)))
            .filter(diesel::dsl::not(diesel::dsl::exists(with_sets)))
            .execute(conn)?;
    }
    Ok(())
}

/// Reads all reference data.
pub fn load(conn: &mut Conn) -> Result<Data, DataError> {
    let unit_rows: Vec<UnitRow> =
        units::table.select(units::all_columns).order((units::code, units::valid_from)).load(conn)?;
    let successor_rows: Vec<SuccessorRow> = successors::table.select(successors::all_columns).load(conn)?;
    let group_rows: Vec<GroupRow> = groups::table.select(groups::all_columns).load(conn)?;
    let set_rows: Vec<SetRow> = sets::table.select(sets::all_columns).load(conn)?;
    Ok(Data {
        units: unit_rows.into_iter().map(Unit::from).collect(),
        successions: successor_rows.into_iter().map(Succession::from).collect(),
        groups: group_rows.into_iter().map(Group::from).collect(),
        sets: set_rows.into_iter().map(Set::try_from).collect::<Result<_, _>>()?,
    })
}

impl From<&Unit> for UnitRow {
    fn from(unit: &Unit) -> Self {
        Self {
            code: unit.code.clone(),
            valid_from: unit.valid_from.map_or_else(|| BEGINNING.to_owned(), |day| day.to_string()),
            valid_to: unit.valid_to,
            level: unit.level,
            kind: unit.kind.clone(),
            name: unit.name.clone(),
            parent_code: unit.parent_code.clone(),
        }
    }
}

impl From<UnitRow> for Unit {
    fn from(row: UnitRow) -> Self {
        Self {
            code: row.code,
            // The beginning is no day of ours, so it reads as none.
            valid_from: Day::parse(&row.valid_from).ok(),
            valid_to: row.valid_to,
            level: row.level,
            kind: row.kind,
            name: row.name,
            parent_code: row.parent_code,
        }
    }
}

/// The successors with the whole keys of both units; rows whose units the data lacks are left out.
fn successor_rows(data: &Data) -> Vec<SuccessorRow> {
    let keys = |side: Side| -> std::collections::HashMap<&str, String> {
        let of_side = data.units.iter().filter(|unit| unit.side() == side);
        of_side.map(|unit| (unit.code.as_str(), UnitRow::from(unit).valid_from)).collect()
    };
    let (former, present) = (keys(Side::Former), keys(Side::Present));
    let rows = data.successions.iter().filter_map(|succession| {
        Some(SuccessorRow {
            old_code: succession.old_code.clone(),
            old_valid_from: former.get(succession.old_code.as_str())?.clone(),
            new_code: succession.new_code.clone(),
            new_valid_from: present.get(succession.new_code.as_str())?.clone(),
            extent: succession.extent,
        })
    });
    rows.collect()
}

impl From<SuccessorRow> for Succession {
    fn from(row: SuccessorRow) -> Self {
        Self { old_code: row.old_code, new_code: row.new_code, extent: row.extent }
    }
}

impl From<&Group> for GroupRow {
    fn from(group: &Group) -> Self {
        Self {
            taxonomy: group.taxonomy,
            code: group.code.clone(),
            position: group.position,
            name_vi: group.name.vi.clone(),
            name_en: group.name.en.clone(),
        }
    }
}

impl From<GroupRow> for Group {
    fn from(row: GroupRow) -> Self {
        Self {
            taxonomy: row.taxonomy,
            code: row.code,
            position: row.position,
            name: BilingualName { vi: row.name_vi, en: row.name_en },
        }
    }
}

impl TryFrom<&Set> for SetRow {
    type Error = DataError;

    fn try_from(set: &Set) -> Result<Self, DataError> {
        let criteria = set.criteria.as_ref().map(serde_json::to_string).transpose();
        Ok(Self {
            taxonomy: set.taxonomy,
            set_no: set.set_no,
            group_code: set.group_code.clone(),
            subgroup_vi: set.subgroup.vi.clone(),
            subgroup_en: set.subgroup.en.clone(),
            name_vi: set.name.vi.clone(),
            name_en: set.name.en.clone(),
            agencies: set.agencies.join(";"),
            criteria: criteria.map_err(faulty_criteria)?,
        })
    }
}

impl TryFrom<SetRow> for Set {
    type Error = DataError;

    fn try_from(row: SetRow) -> Result<Self, DataError> {
        let criteria = row.criteria.as_deref().map(serde_json::from_str).transpose();
        Ok(Self {
            taxonomy: row.taxonomy,
            set_no: row.set_no,
            group_code: row.group_code,
            subgroup: BilingualName { vi: row.subgroup_vi, en: row.subgroup_en },
            name: BilingualName { vi: row.name_vi, en: row.name_en },
            agencies: row.agencies.split(';').map(str::to_owned).collect(),
            criteria: criteria.map_err(faulty_criteria)?,
        })
    }
}

fn faulty_criteria(error: serde_json::Error) -> DataError {
    DataError::Faulty { file: "criteria_sets.criteria", fault: error.to_string() }
}
