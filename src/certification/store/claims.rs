//! SQL of the claims, and of what a product is already stated to have. What a claim does not know is an empty text in
//! its key, for a key with NULLs would let it in twice.

use crate::certification::claims::HeldClaim;
use crate::certification::identity::Sighting;
use crate::certification::model::{DecisionNumber, Hearsay, Issuer, Score, SourceUrl, Stars};
use crate::db::{Conn, Day, Instant};
use crate::products::ProductId;
use crate::schema::{certification_claims as claims, certifications, decisions};
use diesel::prelude::*;

crate::id_type!(
    /// A claim's id.
    ClaimId
);

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = claims, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    id: ClaimId,
    product_id: ProductId,
    stars: Option<Stars>,
    score: Option<Score>,
    issuer: String,
    number: String,
    decided_on: String,
    group_code: Option<String>,
    source_url: String,
}

impl Row {
    fn new(product_id: ProductId, HeldClaim { id, said }: &HeldClaim) -> Self {
        Self {
            id: *id,
            product_id,
            stars: said.stars,
            score: said.score,
            issuer: said.issuer.as_ref().map_or("", Issuer::as_str).to_owned(),
            number: said.number.as_ref().map_or("", DecisionNumber::as_str).to_owned(),
            decided_on: said.decided_on.as_ref().map_or("", Day::as_str).to_owned(),
            group_code: said.group_code.clone(),
            source_url: said.source_url.as_ref().map_or("", SourceUrl::as_str).to_owned(),
        }
    }
}

impl From<Row> for HeldClaim {
    fn from(row: Row) -> Self {
        let said = Hearsay {
            stars: row.stars,
            score: row.score,
            issuer: Issuer::parse(&row.issuer).ok(),
            number: DecisionNumber::parse(&row.number).ok(),
            decided_on: Day::parse(&row.decided_on).ok(),
            group_code: row.group_code,
            source_url: SourceUrl::parse(&row.source_url).ok(),
        };
        Self { id: row.id, said }
    }
}

pub fn of_product(conn: &mut Conn, product: ProductId) -> QueryResult<Vec<HeldClaim>> {
    let rows: Vec<Row> =
        claims::table.filter(claims::product_id.eq(product)).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(HeldClaim::from).collect())
}

pub fn insert(conn: &mut Conn, product: ProductId, claim: &HeldClaim, now: Instant) -> QueryResult<()> {
    diesel::insert_into(claims::table)
        .values((Row::new(product, claim), claims::recorded_at.eq(now), claims::updated_at.eq(now)))
        .execute(conn)
        .map(|_| ())
}

pub fn update(conn: &mut Conn, product: ProductId, claim: &HeldClaim, now: Instant) -> QueryResult<()> {
    diesel::update(claims::table.find(claim.id))
        .set((Row::new(product, claim), claims::updated_at.eq(now)))
        .execute(conn)
        .map(|_| ())
}

pub fn delete(conn: &mut Conn, ids: &[ClaimId]) -> QueryResult<()> {
    diesel::delete(claims::table.filter(claims::id.eq_any(ids))).execute(conn).map(|_| ())
}

/// Which of the products are already stated to be recognised as seen: under that decision, or, with
/// `Sighting::source`, in that source.
pub fn stated(conn: &mut Conn, products: &[ProductId], seen: &Sighting) -> QueryResult<Vec<ProductId>> {
    let mut stated: Vec<ProductId> = Vec::new();
    if let (Some(number), Some(decided_on)) = (seen.number, seen.decided_on) {
        stated = certifications::table
            .inner_join(decisions::table)
            .filter(certifications::product_id.eq_any(products))
            .filter(decisions::number.eq(number))
            .filter(decisions::decided_on.eq(decided_on))
            .select(certifications::product_id)
            .load(conn)?;
    }
    let number = seen.number.map_or("", DecisionNumber::as_str);
    let decided_on = seen.decided_on.as_ref().map_or("", Day::as_str);
    let claimed = claims::table
        .filter(claims::product_id.eq_any(products))
        .filter(claims::number.eq(number))
        .filter(claims::decided_on.eq(decided_on));
    let claimed: Vec<ProductId> = match seen.source {
        None => claimed.select(claims::product_id).load(conn)?,
        Some(source) => {
            claimed.filter(claims::source_url.eq(source)).select(claims::product_id).load(conn)?
        }
    };
    stated.extend(claimed);
    stated.sort_unstable();
    stated.dedup();
    Ok(stated)
}
