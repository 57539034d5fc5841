//! Producers that have a product in force.

use crate::catalogue::model::{InUnit, ListedMaker, Maker, MakerFilter};
use crate::db::{Conn, Day, MultiBackend};
use crate::organisations::{EntityType, OrganisationId};
use crate::reference::{Place, PlaceColumn};
use crate::schema::{admin_units, certifications, organisations, products};
use diesel::dsl::{count_star, max};
use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};
use std::collections::{HashMap, HashSet};

#[derive(Queryable, Selectable)]
#[diesel(table_name = organisations)]
pub struct MakerRow {
    id: OrganisationId,
    public_name: Option<String>,
    entity_type: Option<EntityType>,
    province: Option<String>,
    commune: Option<String>,
    former_province: Option<String>,
    former_district: Option<String>,
    former_commune: Option<String>,
}

impl From<MakerRow> for Maker {
    fn from(row: MakerRow) -> Self {
        Self {
            id: row.id,
            public_name: row.public_name,
            entity_type: row.entity_type,
            place: Place {
                province: row.province,
                commune: row.commune,
                former_province: row.former_province,
                former_district: row.former_district,
                former_commune: row.former_commune,
            },
        }
    }
}

type Condition = Box<dyn BoxableExpression<organisations::table, MultiBackend, SqlType = Nullable<Bool>>>;

diesel::allow_columns_to_appear_in_same_group_by_clause!(products::producer_id, certifications::group_code);

/// What a producer has in the catalogue in one product group.
#[derive(Queryable)]
struct Tally {
    producer: OrganisationId,
    group: Option<String>,
    products: i64,
    best_stars: Option<i64>,
}

/// The producers with a product in the catalogue on `today`, in no order; the search is not looked at, because the
/// name that everybody may read stands in no column.
pub fn makers(
    conn: &mut Conn,
    filter: &MakerFilter,
    only: Option<OrganisationId>,
    today: Day,
) -> QueryResult<Vec<ListedMaker>> {
    let mut tallies = tallies(conn, &filter.groups, only, today)?;
    let mut query = organisations::table.select(MakerRow::as_select()).into_boxed::<MultiBackend>();
    if let Some(only) = only {
        query = query.filter(organisations::id.eq(only));
    }
    if !filter.provinces.is_empty() {
        query = query.filter(organisations::province.eq_any(filter.provinces.clone()));
    }
    if let Some(units) = in_units(&filter.units) {
        query = query.filter(units);
    }
    let rows = query.load::<MakerRow>(conn)?;
    let with_products = rows.into_iter().filter_map(|row| {
        let (products, best_stars) = tallies.remove(&row.id)?;
        Some(ListedMaker { maker: row.into(), products, best_stars })
    });
    Ok(with_products.collect())
}

/// Number and best stars of each producer's products in force, of producers with one in any of `groups`.
fn tallies(
    conn: &mut Conn,
    groups: &[String],
    only: Option<OrganisationId>,
    today: Day,
) -> QueryResult<HashMap<OrganisationId, (i64, i64)>> {
    let mut query = certifications::table
        .inner_join(products::table)
        .filter(certifications::shown_until.assume_not_null().ge(today))
        .filter(certifications::decided_on.le(today))
        .group_by((products::producer_id, certifications::group_code))
        .select((products::producer_id, certifications::group_code, count_star(), max(certifications::stars)))
        .into_boxed::<MultiBackend>();
    if let Some(only) = only {
        query = query.filter(products::producer_id.eq(only));
    }
    let (mut tallies, mut wanted) = (HashMap::new(), HashSet::new());
    for tally in query.load::<Tally>(conn)? {
        if groups.is_empty() || tally.group.is_some_and(|group| groups.contains(&group)) {
            wanted.insert(tally.producer);
        }
        let (products, best) = tallies.entry(tally.producer).or_insert((0, 0));
        *products += tally.products;
        *best = tally.best_stars.unwrap_or(0).max(*best);
    }
    tallies.retain(|producer, _| wanted.contains(producer));
    Ok(tallies)
}

fn in_units(units: &[InUnit]) -> Option<Condition> {
    units
        .iter()
        .map(|(column, code)| -> Condition {
            let code = code.clone();
            match column {
                PlaceColumn::Province => Box::new(organisations::province.eq(code)),
                PlaceColumn::Commune => Box::new(organisations::commune.eq(code)),
                PlaceColumn::FormerProvince => Box::new(organisations::former_province.eq(code)),
                PlaceColumn::FormerDistrict => Box::new(organisations::former_district.eq(code)),
                PlaceColumn::FormerCommune => Box::new(organisations::former_commune.eq(code)),
            }
        })
        .reduce(|one, other| Box::new(one.or(other)))
}

/// Names of units in force, by code.
pub fn unit_names(conn: &mut Conn, codes: &[&String]) -> QueryResult<HashMap<String, String>> {
    let rows = admin_units::table
        .filter(admin_units::code.eq_any(codes.iter().copied()))
        .filter(admin_units::valid_to.is_null())
        .select((admin_units::code, admin_units::name))
        .load::<(String, String)>(conn)?;
    Ok(rows.into_iter().collect())
}
