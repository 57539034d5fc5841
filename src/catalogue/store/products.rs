//! Products in force: which ones, in which order, and what a card shows of them.

use super::{in_force_on, in_units, maker, place};
use crate::catalogue::model::{Filter, Maker, Position, ProductSort};
use crate::catalogue::search::Search;
use crate::certification::model::CertificationId;
use crate::db::{Conn, Day, MultiBackend};
use crate::products::ProductId;
use crate::schema::{certifications, organisations, products};
use diesel::dsl::{InnerJoinQuerySource, case_when};
use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

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
        ProductSort::Name => query.order((sort_key.asc(), id.asc())),
        ProductSort::Stars => query.order((stars.desc(), sort_key.asc(), id.asc())),
        ProductSort::Relevance => query.order((rank().asc(), stars.desc(), sort_key.asc(), id.asc())),
    };
    query.load(conn)
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
        ProductSort::Name => Box::new(later_name()),
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
