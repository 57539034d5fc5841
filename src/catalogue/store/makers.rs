//! Producers that have a product in force.

use super::{in_force_on, in_units, maker, place};
use crate::catalogue::model::{ListedMaker, Maker, MakerFilter};
use crate::db::{Conn, Day, MultiBackend};
use crate::organisations::OrganisationId;
use crate::schema::{certifications, organisations, products};
use diesel::dsl::{count_star, max};
use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use std::collections::{HashMap, HashSet};

type Condition = Box<dyn BoxableExpression<organisations::table, MultiBackend, SqlType = Bool>>;

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
    let mut query = organisations::table.select(maker!()).into_boxed::<MultiBackend>();
    if let Some(only) = only {
        query = query.filter(organisations::id.eq(only));
    }
    if !filter.provinces.is_empty() {
        query = query.filter(organisations::province.eq_any(filter.provinces.clone()));
    }
    if let Some(units) = in_units!(organisations, Condition, filter.units) {
        query = query.filter(units);
    }
    let with_products = query.load::<Maker>(conn)?.into_iter().filter_map(|maker| {
        let (products, best_stars) = tallies.remove(&maker.id)?;
        Some(ListedMaker { maker, products, best_stars })
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
        .filter(in_force_on(today))
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
