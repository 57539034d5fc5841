//! Products in force: which ones, in which order, and what a card shows of them.

use super::makers::MakerRow;
use crate::catalogue::model::{
    Citation, Filter, InForce, Listed, Maker, Position, ProductSort, state_in_force,
};
use crate::catalogue::search::Search;
use crate::certification::model::{CertificationId, DecisionNumber, Issuer, Score, SourceUrl, Stars};
use crate::db::{Conn, Day, Instant, MultiBackend};
use crate::organisations::OrganisationId;
use crate::products::{Gtin, ProductCode, ProductId};
use crate::reference::{Place, PlaceColumn, Taxonomy};
use crate::schema::{certifications, decisions, organisations, products};
use diesel::dsl::{InnerJoinQuerySource, case_when, count_star};
use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use std::collections::HashMap;

type Source = InnerJoinQuerySource<certifications::table, products::table>;
type Condition = Box<dyn BoxableExpression<Source, MultiBackend, SqlType = Bool>>;
type MaybeCondition = Box<dyn BoxableExpression<Source, MultiBackend, SqlType = Nullable<Bool>>>;
type Rank = Box<dyn BoxableExpression<Source, MultiBackend, SqlType = BigInt>>;

#[derive(Queryable)]
struct PositionRow {
    certification: CertificationId,
    rank: i64,
    stars: i64,
    sort_key: String,
    decided_on: Day,
    product: ProductId,
}

/// The certifications in force on `today` that the filter lets through, in order, from behind `after`.
pub fn positions(
    conn: &mut Conn,
    filter: &Filter,
    sort: ProductSort,
    after: Option<&Position>,
    rows: i64,
    today: Day,
) -> QueryResult<Vec<(CertificationId, Position)>> {
    let mut query = certifications::table
        .inner_join(products::table)
        .filter(certifications::shown_until.assume_not_null().ge(today))
        .filter(certifications::decided_on.le(today))
        .select((
            certifications::id,
            rank(filter.search.as_ref()),
            certifications::stars,
            products::sort_key,
            certifications::decided_on,
            products::id,
        ))
        .into_boxed::<MultiBackend>();
    if !filter.stars.is_empty() {
        let stars = filter.stars.iter().map(|wanted| wanted.0);
        query = query.filter(certifications::stars.eq_any(stars));
    }
    if !filter.groups.is_empty() {
        query = query.filter(certifications::group_code.eq_any(filter.groups.clone()));
    }
    if !filter.sets.is_empty() {
        let sets = filter.sets.iter().map(|set| set.number());
        query = query.filter(certifications::set_no.eq_any(sets));
    }
    if !filter.provinces.is_empty() {
        query = query.filter(products::province.eq_any(filter.provinces.clone()));
    }
    if let Some(producer) = filter.producer {
        query = query.filter(products::producer_id.eq(producer));
    }
    if let Some(units) = in_units(&filter.units) {
        query = query.filter(units);
    }
    for word in filter.search.iter().flat_map(Search::words) {
        query = query.filter(products::search_text.like(format!("% {word}%")));
    }
    if let Some(after) = after {
        query = query.filter(behind(sort, after, filter.search.as_ref()));
    }
    query = match sort {
        ProductSort::Newest => {
            query.order((certifications::decided_on.desc(), certifications::product_id.desc()))
        }
        ProductSort::Name => query.order((products::sort_key.asc(), products::id.asc())),
        ProductSort::Stars => {
            query.order((certifications::stars.desc(), products::sort_key.asc(), products::id.asc()))
        }
        ProductSort::Relevance => query.order((
            rank(filter.search.as_ref()).asc(),
            certifications::stars.desc(),
            products::sort_key.asc(),
            products::id.asc(),
        )),
    };
    let rows = query.limit(rows).load::<PositionRow>(conn)?;
    Ok(rows.into_iter().map(PositionRow::split).collect())
}

impl PositionRow {
    fn split(self) -> (CertificationId, Position) {
        let Self { certification, rank, stars, sort_key, decided_on, product } = self;
        let position = Position { rank, stars, sort_key, decided_on, product };
        (certification, position)
    }
}

/// Rows that stand behind `after` in the order.
fn behind(sort: ProductSort, after: &Position, search: Option<&Search>) -> Condition {
    use certifications::{decided_on, product_id, stars};
    use products::{id, sort_key};
    let later_name = || {
        let key = after.sort_key.clone();
        sort_key.gt(key.clone()).or(sort_key.eq(key).and(id.gt(after.product)))
    };
    let fewer_stars = || stars.lt(after.stars).or(stars.eq(after.stars).and(later_name()));
    match sort {
        ProductSort::Newest => Box::new(
            decided_on
                .lt(after.decided_on)
                .or(decided_on.eq(after.decided_on).and(product_id.lt(after.product))),
        ),
        ProductSort::Name => Box::new(later_name()),
        ProductSort::Stars => Box::new(fewer_stars()),
        ProductSort::Relevance => {
            Box::new(rank(search).gt(after.rank).or(rank(search).eq(after.rank).and(fewer_stars())))
        }
    }
}

fn in_units(units: &[(PlaceColumn, String)]) -> Option<MaybeCondition> {
    units
        .iter()
        .map(|(column, code)| -> MaybeCondition {
            let code = code.clone();
            match column {
                PlaceColumn::Province => Box::new(products::province.eq(code)),
                PlaceColumn::Commune => Box::new(products::commune.eq(code)),
                PlaceColumn::FormerProvince => Box::new(products::former_province.eq(code)),
                PlaceColumn::FormerDistrict => Box::new(products::former_district.eq(code)),
                PlaceColumn::FormerCommune => Box::new(products::former_commune.eq(code)),
            }
        })
        .reduce(|one, other| Box::new(one.or(other)))
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

#[derive(Queryable, Selectable)]
#[diesel(table_name = products)]
struct ProductRow {
    id: ProductId,
    code: ProductCode,
    name: String,
    gtin: Option<Gtin>,
    province: Option<String>,
    commune: Option<String>,
    former_province: Option<String>,
    former_district: Option<String>,
    former_commune: Option<String>,
    updated_at: Instant,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = certifications)]
struct CertificationRow {
    id: CertificationId,
    decided_on: Day,
    stars: Stars,
    score: Option<Score>,
    criteria_version: Taxonomy,
    taxonomy: Taxonomy,
    group_code: Option<String>,
    set_no: Option<i64>,
    valid_until: Day,
    shown_until: Option<Day>,
    source_url: Option<SourceUrl>,
    updated_at: Instant,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = decisions)]
struct DecisionRow {
    issuer: Issuer,
    number: DecisionNumber,
}

type CardRow = (ProductRow, CertificationRow, DecisionRow, MakerRow);

/// The columns of a card, of certifications in force on `today`. A macro, because the type of a join has no name.
macro_rules! cards {
    ($today:expr) => {
        certifications::table
            .inner_join(decisions::table)
            .inner_join(products::table.inner_join(organisations::table))
            .filter(certifications::shown_until.assume_not_null().ge($today))
            .filter(certifications::decided_on.le($today))
            .select((
                ProductRow::as_select(),
                CertificationRow::as_select(),
                DecisionRow::as_select(),
                MakerRow::as_select(),
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

fn listed(row: CardRow, today: Day) -> Option<Listed> {
    let (product, certification, decision, maker) = row;
    let updated_at = product.updated_at.max(certification.updated_at);
    Some(Listed {
        id: product.id,
        code: product.code,
        name: product.name,
        gtin: product.gtin,
        place: Place {
            province: product.province,
            commune: product.commune,
            former_province: product.former_province,
            former_district: product.former_district,
            former_commune: product.former_commune,
        },
        producer: maker.into(),
        certification: in_force(certification, decision, today)?,
        updated_at,
    })
}

fn in_force(row: CertificationRow, decision: DecisionRow, today: Day) -> Option<InForce> {
    let shown_until = row.shown_until?;
    Some(InForce {
        id: row.id,
        state: state_in_force(row.decided_on, row.valid_until, shown_until, today)?,
        stars: row.stars,
        score: row.score,
        criteria_version: row.criteria_version,
        taxonomy: row.taxonomy,
        group_code: row.group_code,
        set_no: row.set_no,
        decision: Citation { issuer: decision.issuer, number: decision.number, decided_on: row.decided_on },
        valid_until: row.valid_until,
        shown_until,
        source_url: row.source_url,
    })
}

/// How many products of a producer are in the catalogue.
pub fn count_of_producer(conn: &mut Conn, producer: OrganisationId, today: Day) -> QueryResult<i64> {
    certifications::table
        .inner_join(products::table)
        .filter(certifications::shown_until.assume_not_null().ge(today))
        .filter(certifications::decided_on.le(today))
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
    let rows = certifications::table
        .inner_join(products::table.inner_join(organisations::table))
        .filter(certifications::shown_until.assume_not_null().ge(today))
        .filter(certifications::decided_on.le(today))
        .filter(products::id.eq_any(wanted))
        .select((products::id, products::name, MakerRow::as_select()))
        .load::<(ProductId, String, MakerRow)>(conn)?;
    let tell = |(product, name, maker): (_, _, MakerRow)| (product, name, maker.into());
    Ok(rows.into_iter().map(tell).collect())
}

/// The printed code of a product.
pub fn code_of(conn: &mut Conn, product: ProductId) -> QueryResult<Option<ProductCode>> {
    let code = products::table.find(product).select(products::code);
    code.first(conn).optional()
}

/// The product with this printed code, in the catalogue or not.
pub fn by_code(conn: &mut Conn, code: ProductCode) -> QueryResult<Option<(ProductId, String, Maker)>> {
    let row = products::table
        .inner_join(organisations::table)
        .filter(products::code.eq(code))
        .select((products::id, products::name, MakerRow::as_select()))
        .first::<(ProductId, String, MakerRow)>(conn)
        .optional()?;
    Ok(row.map(|(product, name, maker)| (product, name, maker.into())))
}
