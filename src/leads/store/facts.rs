//! SQL of what has become of leads.

use super::{Filter, Scope, chosen};
use crate::certification::model::Stars;
use crate::db::{Conn, Day, Instant};
use crate::leads::{AgreementId, AgreementKind, LeadChannel, LeadEventKind, LeadId, LeadStage, SourceName};
use crate::organisations::OrganisationId;
use crate::schema::{agreements, enquiries, lead_events, lead_items, leads};
use diesel::prelude::*;

/// A lead that goes on, as reports need it.
#[derive(Debug, Queryable)]
pub struct Survivor {
    pub id: LeadId,
    pub producer: OrganisationId,
    pub stage: LeadStage,
    pub created_at: Instant,
    pub respond_by: Instant,
    pub answered_at: Option<Instant>,
    pub recorder: Option<OrganisationId>,
    pub channel: LeadChannel,
    pub event: Option<SourceName>,
    pub event_key: Option<String>,
    pub campaign: Option<SourceName>,
    pub campaign_key: Option<String>,
}

/// The leads of a scope that have not been merged into others, oldest first, after one.
pub fn survivors(
    conn: &mut Conn,
    scope: Scope<'_>,
    filter: &Filter,
    after: Option<LeadId>,
    rows: i64,
) -> QueryResult<Vec<Survivor>> {
    let mut query = chosen(scope, filter).filter(leads::merged_into.is_null());
    if let Some(after) = after {
        query = query.filter(leads::id.gt(after));
    }
    let columns = (
        leads::id,
        leads::producer_id,
        leads::stage,
        leads::created_at,
        leads::respond_by,
        leads::answered_at,
        enquiries::recorder_organisation_id,
        enquiries::source_channel,
        enquiries::source_event,
        enquiries::source_event_key,
        enquiries::source_campaign,
        enquiries::source_campaign_key,
    );
    query.select(columns).order(leads::id).limit(rows).load(conn)
}

/// A lead that goes on in another.
#[derive(Debug, Queryable)]
pub struct Joined {
    pub id: LeadId,
    pub into: LeadId,
    pub created_at: Instant,
    pub respond_by: Instant,
    pub answered_at: Option<Instant>,
}

/// What was merged into some leads.
pub fn joined(conn: &mut Conn, into: &[LeadId]) -> QueryResult<Vec<Joined>> {
    leads::table
        .filter(leads::merged_into.eq_any(into))
        .select((
            leads::id,
            leads::merged_into.assume_not_null(),
            leads::created_at,
            leads::respond_by,
            leads::answered_at,
        ))
        .order(leads::id)
        .load(conn)
}

/// Stars and group of something asked for.
type Grade = (LeadId, Option<Stars>, Option<String>);

/// As what the goods of some leads were certified.
pub fn grades(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<Grade>> {
    lead_items::table
        .filter(lead_items::lead_id.eq_any(of))
        .select((lead_items::lead_id, lead_items::stars, lead_items::group_code))
        .load(conn)
}

/// A step of a lead.
#[derive(Debug, Queryable)]
pub struct Step {
    pub lead: LeadId,
    pub kind: LeadEventKind,
    pub to: Option<LeadStage>,
    pub occurred_at: Instant,
}

/// The moves of some leads, their quotes, samples and orders; each lead's in the order in which they were recorded.
pub fn steps(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<Step>> {
    let told =
        [LeadEventKind::Quote, LeadEventKind::Sample, LeadEventKind::FirstOrder, LeadEventKind::RepeatOrder];
    lead_events::table
        .filter(lead_events::lead_id.eq_any(of))
        .filter(lead_events::to_stage.is_not_null().or(lead_events::kind.eq_any(told)))
        .order((lead_events::lead_id, lead_events::at, lead_events::id))
        .select((lead_events::lead_id, lead_events::kind, lead_events::to_stage, lead_events::occurred_at))
        .load(conn)
}

/// An agreement in force.
#[derive(Debug, Queryable)]
pub struct InForce {
    pub id: AgreementId,
    pub lead: LeadId,
    pub kind: AgreementKind,
    pub value: i64,
    pub signed_on: Day,
}

/// What was signed in some leads and is in force.
pub fn in_force(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<InForce>> {
    agreements::table
        .filter(agreements::lead_id.eq_any(of))
        .filter(agreements::voided_at.is_null())
        .order(agreements::id)
        .select((
            agreements::id,
            agreements::lead_id,
            agreements::kind,
            agreements::value,
            agreements::signed_on,
        ))
        .load(conn)
}
