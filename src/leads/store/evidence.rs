//! SQL of what a producer can show for its next dossier.

use crate::db::{Conn, Day, Instant};
use crate::leads::{AgreementId, AgreementKind, DetailsText, LeadChannel, LeadEventKind, LeadId, SourceName};
use crate::organisations::OrganisationId;
use crate::schema::{agreement_files, agreements, enquiries, files, lead_events, leads};
use diesel::prelude::*;

/// An agreement in force, with where its buyer has the goods delivered to.
#[derive(Debug, Clone, Queryable)]
pub struct Deal {
    pub id: AgreementId,
    pub lead: LeadId,
    pub kind: AgreementKind,
    pub number: Option<String>,
    pub buyer_name: String,
    pub buyer_tax_code: Option<String>,
    pub value: i64,
    pub signed_on: Day,
    pub starts_on: Day,
    pub ends_on: Option<Day>,
    /// Code of a unit of today.
    pub delivery_unit: Option<String>,
}

/// What a producer signed from one day to another, oldest first.
pub fn deals(conn: &mut Conn, producer: OrganisationId, from: Day, to: Day) -> QueryResult<Vec<Deal>> {
    agreements::table
        .inner_join(leads::table.inner_join(enquiries::table))
        .filter(leads::producer_id.eq(producer))
        .filter(agreements::voided_at.is_null())
        .filter(agreements::signed_on.between(from, to))
        .order((agreements::signed_on, agreements::id))
        .select((
            agreements::id,
            agreements::lead_id,
            agreements::kind,
            agreements::number,
            agreements::buyer_name,
            agreements::buyer_tax_code,
            agreements::value,
            agreements::signed_on,
            agreements::starts_on,
            agreements::ends_on,
            enquiries::delivery_unit,
        ))
        .load(conn)
}

/// A file that proves an agreement.
#[derive(Debug, Clone, Queryable)]
pub struct Proof {
    pub agreement: AgreementId,
    pub name: String,
    pub sha256: String,
}

/// What proves some agreements.
pub fn proofs_of(conn: &mut Conn, of: &[AgreementId]) -> QueryResult<Vec<Proof>> {
    agreement_files::table
        .inner_join(files::table)
        .filter(agreement_files::agreement_id.eq_any(of))
        .order((agreement_files::agreement_id, files::created_at, files::id))
        .select((agreement_files::agreement_id, files::name, files::sha256))
        .load(conn)
}

/// An order, or a delivery that went wrong.
#[derive(Debug, Clone, Queryable)]
pub struct Delivery {
    pub lead: LeadId,
    pub kind: LeadEventKind,
    pub details: Option<DetailsText>,
    pub at: Instant,
}

/// The orders that a producer had from one day to another, and what went wrong, oldest first.
pub fn deliveries(
    conn: &mut Conn,
    producer: OrganisationId,
    from: Day,
    to: Day,
) -> QueryResult<Vec<Delivery>> {
    let told = [LeadEventKind::FirstOrder, LeadEventKind::RepeatOrder, LeadEventKind::DeliveryProblem];
    lead_events::table
        .inner_join(leads::table)
        .filter(leads::producer_id.eq(producer))
        .filter(lead_events::kind.eq_any(told))
        .filter(lead_events::occurred_at.ge(from.start()))
        .filter(lead_events::occurred_at.lt(to.plus_days(1).start()))
        .order((lead_events::occurred_at, lead_events::id))
        .select((lead_events::lead_id, lead_events::kind, lead_events::details, lead_events::occurred_at))
        .load(conn)
}

/// An enquiry that came of an event.
#[derive(Debug, Clone, Queryable)]
pub struct Met {
    pub lead: LeadId,
    /// Not one that goes on in another.
    pub merged_into: Option<LeadId>,
    pub channel: LeadChannel,
    pub name: SourceName,
    pub key: String,
    pub at: Instant,
}

/// The enquiries that a producer had from events, oldest first.
pub fn met(conn: &mut Conn, producer: OrganisationId, from: Day, to: Day) -> QueryResult<Vec<Met>> {
    leads::table
        .inner_join(enquiries::table)
        .filter(leads::producer_id.eq(producer))
        .filter(enquiries::source_event_key.is_not_null())
        .filter(enquiries::source_event.is_not_null())
        .filter(leads::occurred_at.ge(from.start()))
        .filter(leads::occurred_at.lt(to.plus_days(1).start()))
        .order((leads::occurred_at, leads::id))
        .select((
            leads::id,
            leads::merged_into,
            enquiries::source_channel,
            enquiries::source_event.assume_not_null(),
            enquiries::source_event_key.assume_not_null(),
            leads::occurred_at,
        ))
        .load(conn)
}
