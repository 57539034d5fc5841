//! The ledger of a product read back. The one place where rows become [`Ledger`]s.

use crate::certification::model::{
    CertificationId, DecisionId, DecisionNumber, Ground, Issuer, Ledger, Score, Stars, supersede,
};
use crate::db::{Conn, Day, Instant};
use crate::products::ProductId;
use crate::reference::Taxonomy;
use crate::schema::{certification_events, certifications, decisions};
use diesel::prelude::*;
use std::collections::HashMap;

/// One certification with all that its state depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: CertificationId,
    pub product: ProductId,
    pub decision: DecisionId,
    pub issuer: Issuer,
    pub number: DecisionNumber,
    pub stars: Stars,
    pub score: Option<Score>,
    pub criteria_version: String,
    pub taxonomy: Taxonomy,
    pub group_code: Option<String>,
    pub set_no: Option<i64>,
    pub source_url: Option<String>,
    pub updated_at: Instant,
    pub ledger: Ledger,
    /// Why it was revoked, if it was.
    pub ground: Option<Ground>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = certifications)]
struct Row {
    id: CertificationId,
    product_id: ProductId,
    decision_id: DecisionId,
    decided_on: Day,
    stars: Stars,
    score: Option<Score>,
    criteria_version: String,
    taxonomy: Taxonomy,
    group_code: Option<String>,
    set_no: Option<i64>,
    valid_until: Day,
    source_url: Option<String>,
    updated_at: Instant,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = certification_events)]
struct EventRow {
    certification_id: CertificationId,
    kind: String,
    effective_on: Day,
    until: Option<Day>,
    ground: Option<Ground>,
}

/// All certifications of some products: two statements, however many there are. Those of one product stand together,
/// the latest first, and each knows what took its place.
pub fn history(conn: &mut Conn, products: &[ProductId]) -> QueryResult<Vec<Entry>> {
    let rows = certifications::table
        .inner_join(decisions::table)
        .filter(certifications::product_id.eq_any(products))
        .order((
            certifications::product_id.asc(),
            certifications::decided_on.desc(),
            certifications::id.desc(),
        ))
        .select((Row::as_select(), decisions::issuer, decisions::number))
        .load::<(Row, Issuer, DecisionNumber)>(conn)?;
    let events = certification_events::table
        .inner_join(certifications::table)
        .filter(certifications::product_id.eq_any(products))
        .order(certification_events::id.asc())
        .select(EventRow::as_select())
        .load::<EventRow>(conn)?;

    let mut by_certification: HashMap<CertificationId, Vec<EventRow>> = HashMap::new();
    for event in events {
        by_certification
            .entry(event.certification_id)
            .or_default()
            .push(event);
    }
    let mut entries: Vec<Entry> = rows
        .into_iter()
        .map(|(row, issuer, number)| {
            let events = by_certification.remove(&row.id).unwrap_or_default();
            entry(row, issuer, number, &events)
        })
        .collect();
    for of_product in entries.chunk_by_mut(|one, other| one.product == other.product) {
        supersede(of_product.iter_mut().map(|entry| &mut entry.ledger));
    }
    Ok(entries)
}

fn entry(row: Row, issuer: Issuer, number: DecisionNumber, events: &[EventRow]) -> Entry {
    let mut ledger = Ledger {
        valid_until: row.valid_until,
        ..Ledger::new(row.decided_on)
    };
    let mut ground = None;
    for event in events {
        match event.kind.as_str() {
            "extended" => ledger.extended_until = ledger.extended_until.max(event.until),
            "revoked" if ledger.revoked_on.is_none_or(|day| event.effective_on < day) => {
                ledger.revoked_on = Some(event.effective_on);
                ground = event.ground;
            }
            // Nothing else passes the table's check.
            _ => {}
        }
    }
    Entry {
        id: row.id,
        product: row.product_id,
        decision: row.decision_id,
        issuer,
        number,
        stars: row.stars,
        score: row.score,
        criteria_version: row.criteria_version,
        taxonomy: row.taxonomy,
        group_code: row.group_code,
        set_no: row.set_no,
        source_url: row.source_url,
        updated_at: row.updated_at,
        ledger,
        ground,
    }
}
