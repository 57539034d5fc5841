//! SQL of the ledger: decisions, certifications and what became of them. Claims are in [`claims`], lists in [`lists`].

pub mod claims;
pub mod lists;

use super::ledger::{Certification, Extension, Revocation, supersede};
use super::model::{
    CertificationId, Decision, DecisionId, DecisionNumber, Ground, Issuer, Score, SourceUrl, Stars,
};
use crate::accounts::UserId;
use crate::db::{Conn, Day, Instant};
use crate::products::ProductId;
use crate::reference::Taxonomy;
use crate::schema::{certification_events as events, certifications, decisions};
use crate::world::World;
use diesel::prelude::*;
use std::collections::HashMap;

crate::id_type!(
    /// An event's id.
    EventId
);

crate::text_enum! {
    /// What can become of a certification.
    pub enum EventKind {
        Extended = "extended",
        Revoked = "revoked",
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = certifications)]
struct Row {
    id: CertificationId,
    product_id: ProductId,
    #[diesel(embed)]
    decision: DecisionRow,
    stars: Stars,
    score: Option<Score>,
    criteria_version: Taxonomy,
    taxonomy: Taxonomy,
    group_code: Option<String>,
    set_no: Option<i64>,
    valid_until: Day,
    source_url: Option<SourceUrl>,
    updated_at: Instant,
}

impl Row {
    fn with(self, (extension, revocation): Fate) -> Certification {
        Certification {
            id: self.id,
            product: self.product_id,
            decision: self.decision.into(),
            stars: self.stars,
            score: self.score,
            criteria_version: self.criteria_version,
            taxonomy: self.taxonomy,
            group_code: self.group_code,
            set_no: self.set_no,
            valid_until: self.valid_until,
            source_url: self.source_url,
            extension,
            revocation,
            superseded_on: None,
            updated_at: self.updated_at,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = decisions)]
struct DecisionRow {
    issuer: Issuer,
    number: DecisionNumber,
    decided_on: Day,
}

impl From<DecisionRow> for Decision {
    fn from(row: DecisionRow) -> Self {
        Self { issuer: row.issuer, number: row.number, decided_on: row.decided_on }
    }
}

/// What has become of a certification.
type Fate = (Option<Extension>, Option<Revocation>);

/// All certifications of these products, of each product the latest first.
pub fn of_products(conn: &mut Conn, products: &[ProductId]) -> QueryResult<Vec<Certification>> {
    let all = || certifications::table.inner_join(decisions::table).select(Row::as_select());
    let rows: Vec<Row> = match products {
        // The usual case with a statement that can be kept prepared.
        [one] => all().filter(certifications::product_id.eq(*one)).load(conn)?,
        several => all().filter(certifications::product_id.eq_any(several)).load(conn)?,
    };
    with_fates(conn, rows)
}

/// All certifications of the products with ids from `first` to `last`, of each product the latest first.
pub fn of_product_range(
    conn: &mut Conn,
    first: ProductId,
    last: ProductId,
) -> QueryResult<Vec<Certification>> {
    let rows: Vec<Row> = certifications::table
        .inner_join(decisions::table)
        .filter(certifications::product_id.between(first, last))
        .select(Row::as_select())
        .load(conn)?;
    with_fates(conn, rows)
}

fn with_fates(conn: &mut Conn, rows: Vec<Row>) -> QueryResult<Vec<Certification>> {
    let mut fates = fates(conn, rows.iter().map(|row| row.id).collect())?;
    let mut all: Vec<Certification> = rows
        .into_iter()
        .map(|row| {
            let fate = fates.remove(&row.id).unwrap_or_default();
            row.with(fate)
        })
        .collect();
    supersede(&mut all);
    Ok(all)
}

fn fates(conn: &mut Conn, ids: Vec<CertificationId>) -> QueryResult<HashMap<CertificationId, Fate>> {
    type EventRow = (CertificationId, Day, Option<Day>, Option<Ground>, Option<DecisionRow>);
    let all = || {
        events::table.left_join(decisions::table).order(events::id).select((
            events::certification_id,
            events::effective_on,
            events::until,
            events::ground,
            Option::<DecisionRow>::as_select(),
        ))
    };
    let rows: Vec<EventRow> = match ids.as_slice() {
        [] => Vec::new(),
        [one] => all().filter(events::certification_id.eq(*one)).load(conn)?,
        several => all().filter(events::certification_id.eq_any(several)).load(conn)?,
    };
    let mut fates: HashMap<CertificationId, Fate> = HashMap::new();
    for (certification, effective_on, until, ground, decision) in rows {
        let (extension, revocation) = fates.entry(certification).or_default();
        let decision = decision.map(Decision::from);
        match (until, ground, decision) {
            (Some(until), _, decision) => *extension = Some(Extension { until, decision }),
            (None, Some(ground), Some(decision)) => {
                *revocation = Some(Revocation { ground, effective_on, decision });
            }
            // The table's CHECK leaves no other.
            _ => {}
        }
    }
    Ok(fates)
}

/// One certification.
pub fn find(conn: &mut Conn, id: CertificationId) -> QueryResult<Option<Certification>> {
    let product = certifications::table.find(id).select(certifications::product_id).first(conn).optional()?;
    // Whether it is superseded, only its product's others tell.
    let of_product = of_products(conn, product.as_slice())?;
    Ok(of_product.into_iter().find(|certification| certification.id == id))
}

/// The decision of this key, recorded now if it is new.
pub fn decision_id(conn: &mut Conn, world: &World, decision: &Decision) -> QueryResult<DecisionId> {
    let issuer_key = decision.issuer.key();
    let known = decisions::table
        .filter(decisions::issuer_key.eq(&issuer_key))
        .filter(decisions::number.eq(&decision.number))
        .filter(decisions::decided_on.eq(decision.decided_on))
        .select(decisions::id)
        .first(conn)
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    let id: DecisionId = world.id();
    diesel::insert_into(decisions::table)
        .values((
            decisions::id.eq(id),
            decisions::issuer.eq(&decision.issuer),
            decisions::issuer_key.eq(issuer_key),
            decisions::number.eq(&decision.number),
            decisions::decided_on.eq(decision.decided_on),
            decisions::recorded_at.eq(world.now()),
        ))
        .execute(conn)?;
    Ok(id)
}

pub fn insert(
    conn: &mut Conn,
    certification: &Certification,
    decision: DecisionId,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(certifications::table)
        .values((
            certifications::id.eq(certification.id),
            certifications::product_id.eq(certification.product),
            certifications::decision_id.eq(decision),
            certifications::decided_on.eq(certification.decision.decided_on),
            certifications::stars.eq(certification.stars),
            certifications::score.eq(certification.score),
            certifications::criteria_version.eq(certification.criteria_version),
            certifications::taxonomy.eq(certification.taxonomy),
            certifications::group_code.eq(&certification.group_code),
            certifications::set_no.eq(certification.set_no),
            certifications::valid_until.eq(certification.valid_until),
            certifications::shown_until.eq(certification.ledger().shown_until()),
            certifications::source_url.eq(&certification.source_url),
            certifications::recorded_at.eq(now),
            certifications::updated_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Writes what may change of a certification, with the last day it is shown.
pub fn update(conn: &mut Conn, certification: &Certification, now: Instant) -> QueryResult<()> {
    diesel::update(certifications::table.find(certification.id))
        .set((
            certifications::score.eq(certification.score),
            certifications::group_code.eq(&certification.group_code),
            certifications::set_no.eq(certification.set_no),
            certifications::valid_until.eq(certification.valid_until),
            certifications::shown_until.eq(certification.ledger().shown_until()),
            certifications::source_url.eq(&certification.source_url),
            certifications::updated_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// A new event of a certification.
pub struct NewEvent {
    pub certification: CertificationId,
    pub effective_on: Day,
    pub what: What,
    pub decision: Option<DecisionId>,
    pub recorded_by: Option<UserId>,
}

pub enum What {
    ExtendedUntil(Day),
    RevokedFor(Ground),
}

pub fn insert_event(conn: &mut Conn, world: &World, event: &NewEvent) -> QueryResult<()> {
    let (kind, until, ground) = match event.what {
        What::ExtendedUntil(until) => (EventKind::Extended, Some(until), None),
        What::RevokedFor(ground) => (EventKind::Revoked, None, Some(ground)),
    };
    diesel::insert_into(events::table)
        .values((
            events::id.eq(world.id::<EventId>()),
            events::certification_id.eq(event.certification),
            events::kind.eq(kind),
            events::effective_on.eq(event.effective_on),
            events::until.eq(until),
            events::ground.eq(ground),
            events::decision_id.eq(event.decision),
            events::recorded_at.eq(world.now()),
            events::recorded_by.eq(event.recorded_by),
        ))
        .execute(conn)
        .map(|_| ())
}
