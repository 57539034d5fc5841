//! Products in force: which ones, in which order, and what a card shows of them.

use super::{in_force_on, in_units, maker, place};
use crate::catalogue::model::{Filter, InForce, Listed, Maker, Position, ProductSort, state_in_force};
use crate::catalogue::search::Search;
use crate::certification::model::CertificationId;
use crate::db::{Conn, Day, Instant, MultiBackend};
use crate::organisations::OrganisationId;
use crate::products::{Gtin, ProductCode, ProductId};
use crate::reference::Place;
use crate::schema::{certifications, decisions, organisations, products};
use diesel::dsl::{InnerJoinQuerySource, case_when, count_star};
use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use std::collections::HashMap;

type Source = InnerJoinQuerySource<certifications::table, products::table>;
type Condition = Box<dyn BoxableExpression<Source, MultiBackend, SqlType = Bool>>;
type Rank = Box<dyn BoxableExpression<Source, MultiBackend, SqlType = BigInt>>;

/// The certifications in force on `today` that the filter lets through, in order, from behind `after`.
pub fn positions(
    conn: &mut Conn,
    filter: &Filter,
    after: Option<&Position>,
    rows: i64,
    today: Day,
) -> QueryResult<Vec<(CertificationId, Position)>> {
    use certifications::{decided_on, product_id, stars};
    use products::{id, sort_key};
    let rank = || rank(filter.search.as_ref());
    let mut query = certifications::table
        .inner_join(products::table)
        .filter(in_force_on(today))
        .select((certifications::id, (rank(), stars, sort_key, decided_on, id)))
        .limit(rows)
        .into_boxed::<MultiBackend>();
    for condition in conditions(filter) {
        query = query.filter(condition);
    }
    if let Some(after) = after {
        query = query.filter(behind(filter, after));
    }
    query = match filter.sort {
        ProductSort::Newest => query.order((decided_on.desc(), product_id.desc())),
        ProductSort::Name | ProductSort::Price => query.order((sort_key.asc(), id.asc())),
        ProductSort::Stars => query.order((stars.desc(), sort_key.asc(), id.asc())),
        ProductSort::Relevance => query.order((rank().asc(), stars.desc(), sort_key.asc(), id.asc())),
    };
    let rows: Vec<(CertificationId, PositionRow)> = query.load(conn)?;
    Ok(rows.into_iter().map(|(certification, row)| (certification, position(row))).collect())
}

type PositionRow = (i64, i64, String, Day, ProductId);

fn position(row: PositionRow) -> Position {
    let (rank, stars, sort_key, decided_on, product) = row;
    Position { rank, stars, sort_key, decided_on, product, price: None }
}

fn conditions(filter: &Filter) -> Vec<Condition> {
    let mut all: Vec<Condition> = Vec::new();
    if !filter.stars.is_empty() {
        let stars = filter.stars.iter().map(|wanted| wanted.0);
        all.push(Box::new(certifications::stars.eq_any(stars)));
    }
    if !filter.groups.is_empty() {
        all.push(Box::new(certifications::group_code.eq_any(filter.groups.clone()).assume_not_null()));
    }
    if !filter.sets.is_empty() {
        let sets = filter.sets.iter().map(|set| set.number());
        all.push(Box::new(certifications::set_no.eq_any(sets).assume_not_null()));
    }
    if !filter.provinces.is_empty() {
        all.push(Box::new(products::province.eq_any(filter.provinces.clone()).assume_not_null()));
    }
    if let Some(producer) = filter.producer {
        all.push(Box::new(products::producer_id.eq(producer)));
    }
    all.extend(in_units!(products, Condition, filter.units));
    for word in filter.search.iter().flat_map(Search::words) {
        all.push(Box::new(products::search_text.like(format!("% {word}%"))));
    }
    all
}

/// Rows that stand behind `after` in the order.
fn behind(filter: &Filter, after: &Position) -> Condition {
    use certifications::{decided_on, product_id, stars};
    use products::{id, sort_key};
    let later_name = || {
        let key = after.sort_key.clone();
        sort_key.gt(key.clone()).or(sort_key.eq(key).and(id.gt(after.product)))
    };
    let fewer_stars = || stars.lt(after.stars).or(stars.eq(after.stars).and(later_name()));
    let rank = || rank(filter.search.as_ref());
    match filter.sort {
        ProductSort::Newest => Box::new(
            decided_on
                .lt(after.decided_on)
                .or(decided_on.eq(after.decided_on).and(product_id.lt(after.product))),
        ),
        ProductSort::Name | ProductSort::Price => Box::new(later_name()),
        ProductSort::Stars => Box::new(fewer_stars()),
        ProductSort::Relevance => {
            Box::new(rank().gt(after.rank).or(rank().eq(after.rank).and(fewer_stars())))
        }
    }
}

/// How well a row matches the search, 0 is best: the name has the words as typed with their marks; it begins with
/// them; it holds them all; some stand elsewhere (the maker, the place).
fn rank(search: Option<&Search>) -> Rank {
    let Some(search) = search.filter(|search| !search.is_hopeless()) else {
        return Box::new(0.into_sql::<BigInt>());
    };
    // `search_text` is ` name | the rest `: a word before the bar stands in the name.
    let in_name =
        |word: &String| -> Condition { Box::new(products::search_text.like(format!("% {word}%|%"))) };
    let as_typed = |word: &String| -> Condition {
        let padded = " ".into_sql::<Text>().concat(products::name_key).concat(" ");
        Box::new(padded.like(format!("% {word} %")))
    };
    let all = |words: &[String], holds: &dyn Fn(&String) -> Condition| -> Condition {
        let every = words.iter().map(holds);
        every
            .reduce(|one, other| Box::new(one.and(other)))
            .unwrap_or_else(|| Box::new(true.into_sql::<Bool>()))
    };
    let begins = products::search_text.like(format!(" {}%", search.words().join(" ")));
    let contains = all(search.words(), &in_name);
    let exact: Condition = match search.exact() {
        Some(exact) => all(exact, &as_typed),
        None => Box::new(false.into_sql::<Bool>()),
    };
    Box::new(
        case_when::<_, _, BigInt>(exact, 0_i64).when(begins, 1_i64).when(contains, 2_i64).otherwise(3_i64),
    )
}

#[derive(Queryable)]
struct ProductRow {
    id: ProductId,
    code: ProductCode,
    name: String,
    gtin: Option<Gtin>,
    place: Place,
    updated_at: Instant,
}

type CardRow = (ProductRow, InForce, Maker);

/// The columns of a card, of certifications in force on `today`. A macro, because the type of a join has no name.
macro_rules! cards {
    ($today:expr) => {
        certifications::table
            .inner_join(decisions::table)
            .inner_join(products::table.inner_join(organisations::table))
            .filter(in_force_on($today))
            .select((
                (
                    products::id,
                    products::code,
                    products::name,
                    products::gtin,
                    place!(products),
                    products::updated_at,
                ),
                (
                    certifications::id,
                    certifications::stars,
                    certifications::score,
                    certifications::criteria_version,
                    certifications::taxonomy,
                    certifications::group_code,
                    certifications::set_no,
                    (decisions::issuer, decisions::number, certifications::decided_on),
                    certifications::valid_until,
                    certifications::shown_until.assume_not_null(),
                    certifications::source_url,
                    certifications::updated_at,
                ),
                maker!(),
            ))
    };
}

/// The products at these positions, in their order.
pub fn of_positions(
    conn: &mut Conn,
    positions: &[(CertificationId, Position)],
    today: Day,
) -> QueryResult<Vec<Listed>> {
    let ids = positions.iter().map(|(certification, _)| *certification);
    let rows = cards!(today).filter(certifications::id.eq_any(ids)).load::<CardRow>(conn)?;
    let mut listed: HashMap<CertificationId, Listed> = rows
        .into_iter()
        .filter_map(|row| listed(row, today))
        .map(|listed| (listed.certification.id, listed))
        .collect();
    Ok(positions.iter().filter_map(|(certification, _)| listed.remove(certification)).collect())
}

/// A product, if it is in the catalogue on `today`.
pub fn find(conn: &mut Conn, product: ProductId, today: Day) -> QueryResult<Option<Listed>> {
    let row = cards!(today).filter(products::id.eq(product)).first::<CardRow>(conn).optional()?;
    Ok(row.and_then(|row| listed(row, today)))
}

fn listed((product, certification, producer): CardRow, today: Day) -> Option<Listed> {
    let (decided_on, valid_until) = (certification.decision.decided_on, certification.valid_until);
    Some(Listed {
        id: product.id,
        code: product.code,
        name: product.name,
        gtin: product.gtin,
        place: product.place,
        producer,
        state: state_in_force(decided_on, valid_until, certification.shown_until, today)?,
        updated_at: product.updated_at.max(certification.updated_at),
        certification,
    })
}

/// How many products of a producer are in the catalogue.
pub fn count_of_producer(conn: &mut Conn, producer: OrganisationId, today: Day) -> QueryResult<i64> {
    certifications::table
        .inner_join(products::table)
        .filter(in_force_on(today))
        .filter(products::producer_id.eq(producer))
        .select(count_star())
        .first(conn)
}

/// Those of the given products that are in the catalogue, with their makers.
pub fn offered(
    conn: &mut Conn,
    wanted: &[ProductId],
    today: Day,
) -> QueryResult<Vec<(ProductId, String, Maker)>> {
    certifications::table
        .inner_join(products::table.inner_join(organisations::table))
        .filter(in_force_on(today))
        .filter(products::id.eq_any(wanted))
        .select((products::id, products::name, maker!()))
        .load(conn)
}

/// The printed code of a product.
pub fn code_of(conn: &mut Conn, product: ProductId) -> QueryResult<Option<ProductCode>> {
    let code = products::table.find(product).select(products::code);
    code.first(conn).optional()
}

/// The product with this printed code, in the catalogue or not.
pub fn by_code(conn: &mut Conn, code: ProductCode) -> QueryResult<Option<(ProductId, String, Maker)>> {
    products::table
        .inner_join(organisations::table)
        .filter(products::code.eq(code))
        .select((products::id, products::name, maker!()))
        .first(conn)
        .optional()
}
