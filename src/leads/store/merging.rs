//! Leads that go on in others.

use super::{EventRow, Sought, visible};
use crate::auth::Caller;
use crate::db::{Conn, Instant, PortableDsl};
use crate::leads::LeadId;
use crate::schema::{lead_events, leads};
use diesel::prelude::*;

/// Locks leads of the caller's until the transaction ends, always in the same order. Of what is not the caller's nothing is
/// locked: neither would waiting for it tell that it is there, nor does its owner wait for strangers.
pub fn lock_visible(conn: &mut Conn, sought: Sought<'_>, caller: &Caller) -> QueryResult<()> {
    let ids: Vec<LeadId> = visible(conn, sought, caller)?.into_iter().map(|(lead, _)| lead.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let concerned = leads::table.filter(leads::id.eq_any(&ids)).order(leads::id).select(leads::id);
    concerned.locked().load::<LeadId>(conn).map(|_| ())
}

/// The leads that go on in this one, oldest first.
pub fn absorbed(conn: &mut Conn, by: LeadId) -> QueryResult<Vec<LeadId>> {
    leads::table.filter(leads::merged_into.eq(by)).order(leads::id).select(leads::id).load(conn)
}

/// Has leads go on in another, or by themselves again.
pub fn set_merged(conn: &mut Conn, ids: &[LeadId], into: Option<LeadId>, at: Instant) -> QueryResult<()> {
    diesel::update(leads::table.filter(leads::id.eq_any(ids)))
        .set((leads::merged_into.eq(into), leads::updated_at.eq(at)))
        .execute(conn)
        .map(|_| ())
}

/// The last event that took a lead to another stage.
pub fn last_move(conn: &mut Conn, of: LeadId) -> QueryResult<Option<EventRow>> {
    lead_events::table
        .filter(lead_events::lead_id.eq(of))
        .filter(lead_events::to_stage.is_not_null())
        .order((lead_events::at.desc(), lead_events::id.desc()))
        .first(conn)
        .optional()
}

/// The timelines of several leads as one, oldest first.
pub fn timelines(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<EventRow>> {
    lead_events::table
        .filter(lead_events::lead_id.eq_any(of))
        .order((lead_events::occurred_at, lead_events::at, lead_events::id))
        .load(conn)
}
