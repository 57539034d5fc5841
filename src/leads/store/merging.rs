//! Leads that go on in others.

use super::{EventRow, Sought, visible};
use crate::auth::Caller;
use crate::db::{Conn, Instant, PortableDsl};
use crate::leads::LeadId;
use crate::schema::{lead_events, leads};
use diesel::prelude::*;

/// Locks leads of the caller's until the transaction ends, and all that are one with them, whoever sees those: what concerns one concerns all. Everybody who needs several
/// locks all of them at once and in this order; whoever came back for another would wait in a circle.
pub fn lock_with_kin(conn: &mut Conn, sought: Sought<'_>, caller: &Caller) -> QueryResult<()> {
    let found = visible(conn, sought, caller)?;
    if found.is_empty() {
        return Ok(());
    }
    let roots: Vec<LeadId> = found.iter().map(|(lead, _)| lead.merged_into.unwrap_or(lead.id)).collect();
    let kin = leads::id.nullable().eq_any(&roots).or(leads::merged_into.eq_any(&roots));
    let concerned = leads::table.filter(kin);
    concerned.order(leads::id).select(leads::id).locked().load::<LeadId>(conn).map(|_| ())
}

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
