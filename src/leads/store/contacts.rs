//! Reveals of contacts: each is kept, and counted against collecting them.

use crate::accounts::UserId;
use crate::clients::ClientId;
use crate::db::columns::Key;
use crate::db::{Conn, Instant, PortableDsl};
use crate::leads::{LeadEventKind, LeadId, LeadNote, LeadSide};
use crate::organisations::OrganisationId;
use crate::schema::{contact_reveals, lead_events, users};
use diesel::prelude::*;

/// A contact that was given out.
#[derive(Debug, Insertable)]
#[diesel(table_name = contact_reveals, treat_none_as_default_value = false)]
pub struct RevealRow {
    pub id: Key,
    pub lead_id: LeadId,
    pub side: LeadSide,
    /// The producer; none: an office.
    pub organisation_id: Option<OrganisationId>,
    pub user_id: Option<UserId>,
    pub client_id: Option<ClientId>,
    pub because: Option<LeadNote>,
    pub at: Instant,
}

pub fn insert_reveal(conn: &mut Conn, row: &RevealRow) -> QueryResult<()> {
    diesel::insert_into(contact_reveals::table).values(row).execute(conn).map(|_| ())
}

/// Who spends a budget of reveals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spender {
    Organisation(OrganisationId),
    Officer(UserId),
}

/// The instant of the `nth` latest reveal (from 1) since an instant, if there were so many.
pub fn nth_reveal_since(
    conn: &mut Conn,
    by: Spender,
    since: Instant,
    nth: u32,
) -> QueryResult<Option<Instant>> {
    let recent = contact_reveals::table
        .filter(contact_reveals::at.gt(since))
        .order(contact_reveals::at.desc())
        .offset(i64::from(nth.saturating_sub(1)))
        .limit(1)
        .select(contact_reveals::at);
    let at: QueryResult<Instant> = match by {
        Spender::Organisation(id) => recent.filter(contact_reveals::organisation_id.eq(id)).first(conn),
        Spender::Officer(user) => recent
            .filter(contact_reveals::user_id.eq(user))
            .filter(contact_reveals::side.eq(LeadSide::Office))
            .first(conn),
    };
    at.optional()
}

/// Locks a user until the transaction ends, so that nobody counts beside.
pub fn lock_user(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    users::table.find(user).select(users::id).locked().get_result::<UserId>(conn).optional().map(|_| ())
}

/// When the producer last asked for the contact, answered or not.
pub fn last_asked_at(conn: &mut Conn, of: LeadId) -> QueryResult<Option<Instant>> {
    lead_events::table
        .filter(lead_events::lead_id.eq(of))
        .filter(lead_events::kind.eq(LeadEventKind::ContactAsked))
        .order(lead_events::at.desc())
        .select(lead_events::at)
        .first(conn)
        .optional()
}
