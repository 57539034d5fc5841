//! What devices have handed in.

use crate::auth::Principal;
use crate::clients::ClientId;
use crate::db::columns::Key;
use crate::db::{Conn, Instant, PortableDsl};
use crate::leads::{EnquiryId, LeadEventId, LeadId};
use crate::on_engine;
use crate::schema::{capture_items, clients, enquiries, lead_events};
use diesel::prelude::*;

#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = capture_items, treat_none_as_default_value = false)]
pub struct CaptureRow {
    pub id: Key,
    /// The user or client whose device it is.
    pub recorder: String,
    pub content_hash: String,
    pub enquiry_id: EnquiryId,
    /// Kept while it waits.
    pub content: Option<String>,
    pub received_at: Instant,
    pub done_at: Option<Instant>,
}

/// Locks who hands in until the transaction ends.
pub fn lock_recorder(conn: &mut Conn, recorder: Principal) -> QueryResult<()> {
    match recorder {
        Principal::User { user, .. } => super::contacts::lock_user(conn, user),
        Principal::Client { client, .. } => {
            let row = clients::table.find(client).select(clients::id).locked();
            row.get_result::<ClientId>(conn).optional().map(|_| ())
        }
    }
}

/// Notes an item as done, unless its id is known: then nothing is written, and `false` told. Who hands in the same at the
/// same time waits here for the other.
pub fn claim(conn: &mut Conn, row: &CaptureRow) -> QueryResult<bool> {
    let inserted = on_engine!(conn, c => diesel::insert_into(capture_items::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

pub fn captured(conn: &mut Conn, id: Key) -> QueryResult<CaptureRow> {
    capture_items::table.find(id).first(conn)
}

/// Those of some items that are known.
pub fn known_items(conn: &mut Conn, ids: &[Key]) -> QueryResult<Vec<Key>> {
    capture_items::table.filter(capture_items::id.eq_any(ids)).select(capture_items::id).load(conn)
}

/// Lets an item wait with its content, or notes that it waits no more.
pub fn set_waiting(
    conn: &mut Conn,
    id: Key,
    content: Option<&str>,
    done_at: Option<Instant>,
) -> QueryResult<()> {
    diesel::update(capture_items::table.find(id))
        .set((capture_items::content.eq(content), capture_items::done_at.eq(done_at)))
        .execute(conn)
        .map(|_| ())
}

/// What a recorder's devices have handed in about an enquiry and waits for it.
pub fn waiting(conn: &mut Conn, enquiry: EnquiryId, recorder: &str) -> QueryResult<Vec<CaptureRow>> {
    capture_items::table
        .filter(capture_items::enquiry_id.eq(enquiry))
        .filter(capture_items::done_at.is_null())
        .filter(capture_items::recorder.eq(recorder))
        .order(capture_items::id)
        .load(conn)
}

/// How many items of a recorder wait.
pub fn count_waiting(conn: &mut Conn, recorder: &str) -> QueryResult<i64> {
    capture_items::table
        .filter(capture_items::done_at.is_null())
        .filter(capture_items::recorder.eq(recorder))
        .count()
        .get_result(conn)
}

pub fn has_enquiry(conn: &mut Conn, id: EnquiryId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(enquiries::table.find(id))).get_result(conn)
}

/// The lead whose timeline has an event.
pub fn lead_of_event(conn: &mut Conn, id: LeadEventId) -> QueryResult<Option<LeadId>> {
    lead_events::table.find(id).select(lead_events::lead_id).first(conn).optional()
}
