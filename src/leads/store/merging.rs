//! Leads that go on in others.

use super::EventRow;
use crate::db::{Conn, Instant};
use crate::leads::LeadId;
use crate::schema::{lead_events, leads};
use diesel::prelude::*;

/// A lead, and behind it those that go on in it, oldest first. All point at it themselves: none goes on by the way of another.
pub fn family(conn: &mut Conn, of: LeadId) -> QueryResult<Vec<LeadId>> {
    let merged = leads::table.filter(leads::merged_into.eq(of)).order(leads::id);
    let merged: Vec<LeadId> = merged.select(leads::id).load(conn)?;
    Ok(std::iter::once(of).chain(merged).collect())
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
