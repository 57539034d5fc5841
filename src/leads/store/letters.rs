//! SQL of the letters about leads: which leads wait for one, and who wants none.

use super::{EventRow, Found, by_ids};
use crate::accounts::UserId;
use crate::db::{Conn, Instant, MultiBackend};
use crate::leads::{Errand, LeadId, LeadStage, NotificationKind};
use crate::on_engine;
use crate::organisations::OrganisationId;
use crate::schema::{lead_events, leads, notifications_off};
use diesel::define_sql_function;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

define_sql_function! {
    /// True to the first transaction that asks, until it ends.
    fn pg_try_advisory_xact_lock(key: BigInt) -> Bool;
}

/// Key of the PostgreSQL advisory lock of the job.
const TURN: i64 = 0x0C0B_1E77;

/// Is it this transaction's turn? Of several instances one writes letters at a time; SQLite has one writer anyway.
pub fn take_turn(conn: &mut Conn) -> QueryResult<bool> {
    match conn {
        Conn::Pg(pg) => diesel::select(pg_try_advisory_xact_lock(TURN)).get_result(pg),
        Conn::Sqlite(_) => Ok(true),
    }
}

/// The leads for which an errand is due, the oldest first. `up_to` is its bound.
pub fn due(conn: &mut Conn, errand: Errand, up_to: Instant, rows: i64) -> QueryResult<Vec<LeadId>> {
    let query = leads::table.select(leads::id).limit(rows).into_boxed::<MultiBackend>();
    let unanswered = leads::answered_at.is_null().and(leads::escalated_at.is_null());
    let waiting = leads::stage.eq(LeadStage::Enquiry).and(leads::merged_into.is_null());
    let query = match errand {
        Errand::Announce => {
            query.filter(leads::announced_at.is_null()).filter(leads::created_at.le(up_to)).order(leads::id)
        }
        Errand::Tell => query.filter(leads::untold_since.le(up_to)).order(leads::untold_since),
        Errand::Remind => query
            .filter(unanswered)
            .filter(leads::respond_by.le(up_to))
            .filter(waiting)
            .filter(leads::reminded_at.is_null())
            .order(leads::respond_by),
        Errand::Escalate => query
            .filter(unanswered)
            .filter(leads::respond_by.le(up_to))
            .filter(waiting)
            .order(leads::respond_by),
    };
    query.load(conn)
}

/// Further leads of these producers that have not been announced, so that they go into one letter.
pub fn unannounced_of(conn: &mut Conn, producers: &[OrganisationId], rows: i64) -> QueryResult<Vec<LeadId>> {
    leads::table
        .filter(leads::announced_at.is_null())
        .filter(leads::producer_id.eq_any(producers))
        .order(leads::id)
        .limit(rows)
        .select(leads::id)
        .load(conn)
}

/// The producers of leads.
pub fn producers_of(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<OrganisationId>> {
    leads::table.filter(leads::id.eq_any(of)).select(leads::producer_id).distinct().load(conn)
}

/// Locks those leads that nobody else is just writing to, and reads them as they are now: the others have their turn later.
pub fn take(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<Found>> {
    let free: Vec<LeadId> = match conn {
        Conn::Pg(pg) => leads::table
            .filter(leads::id.eq_any(of))
            .order(leads::id)
            .select(leads::id)
            .for_no_key_update()
            .skip_locked()
            .load(pg)?,
        Conn::Sqlite(_) => of.to_vec(),
    };
    by_ids(conn, &free)
}

/// Notes that an errand is done for these leads.
pub fn done(conn: &mut Conn, errand: Errand, of: &[LeadId], now: Instant) -> QueryResult<()> {
    let rows = leads::table.filter(leads::id.eq_any(of));
    match errand {
        Errand::Announce => diesel::update(rows).set(leads::announced_at.eq(now)).execute(conn),
        Errand::Tell => diesel::update(rows).set(leads::untold_since.eq(None::<Instant>)).execute(conn),
        Errand::Remind => diesel::update(rows).set(leads::reminded_at.eq(now)).execute(conn),
        Errand::Escalate => diesel::update(rows).set(leads::escalated_at.eq(now)).execute(conn),
    }
    .map(|_| ())
}

/// What has happened to leads since the first event of each that has not been told.
pub fn untold_events(conn: &mut Conn, of: &[LeadId]) -> QueryResult<Vec<EventRow>> {
    lead_events::table
        .inner_join(leads::table)
        .filter(leads::id.eq_any(of))
        .filter(lead_events::at.nullable().ge(leads::untold_since))
        .order((lead_events::lead_id, lead_events::at, lead_events::id))
        .select(lead_events::all_columns)
        .load(conn)
}

/// The kinds of letters that these users have switched off.
pub fn switched_off(conn: &mut Conn, users: &[UserId]) -> QueryResult<Vec<(UserId, NotificationKind)>> {
    notifications_off::table
        .filter(notifications_off::user_id.eq_any(users))
        .select((notifications_off::user_id, notifications_off::kind))
        .load(conn)
}

/// Switches kinds of letters off.
pub fn switch_off(
    conn: &mut Conn,
    user: UserId,
    kinds: &[NotificationKind],
    now: Instant,
) -> QueryResult<()> {
    let rows: Vec<_> = kinds
        .iter()
        .map(|kind| {
            (
                notifications_off::user_id.eq(user),
                notifications_off::kind.eq(*kind),
                notifications_off::since.eq(now),
            )
        })
        .collect();
    on_engine!(conn, c => diesel::insert_into(notifications_off::table)
        .values(&rows)
        .on_conflict_do_nothing()
        .execute(c))
    .map(|_| ())
}

/// Switches kinds of letters on.
pub fn switch_on(conn: &mut Conn, user: UserId, kinds: &[NotificationKind]) -> QueryResult<()> {
    let of_user = notifications_off::table.filter(notifications_off::user_id.eq(user));
    diesel::delete(of_user.filter(notifications_off::kind.eq_any(kinds))).execute(conn).map(|_| ())
}
