//! SQL of the claims, and of what a product is already stated to have. What a claim does not know is an empty text in
//! its key, for a key with NULLs would let it in twice.

use crate::certification::claims::{HeldClaim, Sighting};
use crate::certification::model::{Claim, DecisionNumber, Issuer};
use crate::db::{Conn, Day, Instant};
use crate::products::ProductId;
use crate::schema::{certification_claims as claims, certifications, decisions};
use diesel::prelude::*;

crate::id_type!(
    /// A claim's id.
    ClaimId
);

type Row =
    (ClaimId, Option<super::Stars>, Option<super::Score>, String, String, String, Option<String>, String);

pub fn of_product(conn: &mut Conn, product: ProductId) -> QueryResult<Vec<HeldClaim>> {
    let rows: Vec<Row> = claims::table
        .filter(claims::product_id.eq(product))
        .select((
            claims::id,
            claims::stars,
            claims::score,
            claims::issuer,
            claims::number,
            claims::decided_on,
            claims::group_code,
            claims::source_url,
        ))
        .load(conn)?;
    let held = |(id, stars, score, issuer, number, decided_on, group_code, source_url): Row| HeldClaim {
        id,
        stars,
        score,
        issuer: Issuer::parse(&issuer).ok(),
        number: DecisionNumber::parse(&number).ok(),
        decided_on: Day::parse(&decided_on).ok(),
        group_code,
        source_url,
    };
    Ok(rows.into_iter().map(held).collect())
}

pub fn insert(
    conn: &mut Conn,
    id: ClaimId,
    product: ProductId,
    claim: &Claim,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(claims::table)
        .values((
            claims::id.eq(id),
            claims::product_id.eq(product),
            claims::stars.eq(claim.stars),
            claims::score.eq(claim.score),
            claims::issuer.eq(claim.issuer.as_ref().map_or("", Issuer::as_str)),
            claims::number.eq(claim.number.as_ref().map_or("", DecisionNumber::as_str)),
            claims::decided_on.eq(claim.decided_on.as_ref().map_or("", Day::as_str)),
            claims::group_code.eq(&claim.group_code),
            claims::source_url.eq(claim.source_url.as_ref().map_or("", super::SourceUrl::as_str)),
            claims::recorded_at.eq(now),
            claims::updated_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

pub fn update(conn: &mut Conn, claim: &HeldClaim, now: Instant) -> QueryResult<()> {
    diesel::update(claims::table.find(claim.id))
        .set((
            claims::stars.eq(claim.stars),
            claims::score.eq(claim.score),
            claims::issuer.eq(claim.issuer.as_ref().map_or("", Issuer::as_str)),
            claims::group_code.eq(&claim.group_code),
            claims::updated_at.eq(now),
        ))
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
