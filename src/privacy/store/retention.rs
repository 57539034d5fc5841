//! What has been kept long enough, in batches: finding it, and forgetting it.

use crate::db::{Conn, Instant, MultiBackend};
use crate::leads::{EnquiryId, LeadStage};
use crate::privacy::{DataRequestId, DataRequestState};
use crate::schema::{
    agreement_files, agreements, data_requests, enquiries, files, invitations, lead_events, leads,
    mail_tokens, refresh_tokens, registrations, sessions, throttles,
};
use diesel::define_sql_function;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

define_sql_function! {
    /// True to the first transaction that asks, until it ends.
    fn pg_try_advisory_xact_lock(key: BigInt) -> Bool;
}

/// Key of the PostgreSQL advisory lock of the job.
const TURN: i64 = 0x0C0B_F026;

/// Is it this transaction's turn? Of several instances one forgets at a time; SQLite has one writer anyway.
pub fn take_turn(conn: &mut Conn) -> QueryResult<bool> {
    match conn {
        Conn::Pg(pg) => diesel::select(pg_try_advisory_xact_lock(TURN)).get_result(pg),
        Conn::Sqlite(_) => Ok(true),
    }
}

diesel::alias!(leads as survivors: Survivors);

/// What has to go with an enquiry whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// Its contact, and whatever goes with it.
    Contact,
    /// The evidence of what was signed, where the contact went before its time.
    Evidence,
}

/// Enquiries nothing has happened to since `ended_before`, if all their leads have ended, or since `before` in any case.
pub fn stale_enquiries(
    conn: &mut Conn,
    what: Stale,
    ended_before: Instant,
    before: Instant,
    rows: i64,
) -> QueryResult<Vec<EnquiryId>> {
    let ends: Vec<LeadStage> = LeadStage::ALL.iter().copied().filter(|stage| stage.is_end()).collect();
    let event_since = |since: Instant| {
        lead_events::table
            .inner_join(leads::table)
            .filter(leads::enquiry_id.eq(enquiries::id))
            .filter(lead_events::at.ge(since))
            .select(lead_events::id)
    };
    // What was merged stands where the lead stands in which it goes on, whatever its own row says.
    let own = leads::table
        .filter(leads::enquiry_id.eq(enquiries::id))
        .filter(leads::merged_into.is_null())
        .filter(leads::stage.ne_all(ends.clone()))
        .select(leads::id);
    let merged = leads::table
        .inner_join(survivors.on(leads::merged_into.eq(survivors.field(leads::id).nullable())))
        .filter(leads::enquiry_id.eq(enquiries::id))
        .filter(survivors.field(leads::stage).ne_all(ends))
        .select(leads::id);
    let evidence = agreement_files::table
        .inner_join(files::table)
        .inner_join(agreements::table.inner_join(leads::table))
        .filter(leads::enquiry_id.eq(enquiries::id))
        .filter(files::content.is_not_null())
        .select(agreement_files::file_id);
    let mut query = enquiries::table.into_boxed::<MultiBackend>();
    query = match what {
        Stale::Contact => query.filter(enquiries::contact_forgotten_at.is_null()),
        Stale::Evidence => {
            query.filter(enquiries::contact_forgotten_at.is_not_null()).filter(exists(evidence))
        }
    };
    query
        .filter(enquiries::received_at.lt(ended_before))
        .filter(not(exists(event_since(ended_before))))
        .filter(not(exists(own).or(exists(merged))).or(not(exists(event_since(before)))))
        .order(enquiries::received_at)
        .limit(rows)
        .select(enquiries::id)
        .load(conn)
}

/// Sessions that were started before an instant; they have run out by then.
pub fn delete_sessions(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    let old: Vec<String> = sessions::table
        .filter(sessions::created_at.lt(before))
        .limit(rows)
        .select(sessions::id)
        .load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(&old))).execute(conn)?;
    diesel::delete(sessions::table.filter(sessions::id.eq_any(&old))).execute(conn)
}

pub fn delete_mail_tokens(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    let old: Vec<String> = mail_tokens::table
        .filter(mail_tokens::expires_at.lt(before).or(mail_tokens::used_at.lt(before).assume_not_null()))
        .limit(rows)
        .select(mail_tokens::token_hash)
        .load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    diesel::delete(mail_tokens::table.filter(mail_tokens::token_hash.eq_any(old))).execute(conn)
}

pub fn delete_registrations(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    let old: Vec<String> = registrations::table
        .filter(registrations::expires_at.lt(before))
        .limit(rows)
        .select(registrations::id)
        .load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    diesel::delete(registrations::table.filter(registrations::id.eq_any(old))).execute(conn)
}

/// Invitations nobody took. Those that were taken stay as the reason of a membership.
pub fn delete_invitations(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    let old: Vec<String> = invitations::table
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::expires_at.lt(before).or(invitations::withdrawn_at.lt(before).assume_not_null()))
        .limit(rows)
        .select(invitations::id)
        .load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    diesel::delete(invitations::table.filter(invitations::id.eq_any(old))).execute(conn)
}

pub fn delete_throttles(conn: &mut Conn, before: Instant, now: Instant, rows: i64) -> QueryResult<usize> {
    let old: Vec<String> = throttles::table
        .filter(throttles::last_failed_at.lt(before))
        .filter(throttles::blocked_until.lt(now))
        .limit(rows)
        .select(throttles::key)
        .load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    diesel::delete(throttles::table.filter(throttles::key.eq_any(old))).execute(conn)
}

/// Who asked what, of requests that ended before an instant; that they were there, and when, stays.
pub fn forget_requests(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    let kept = data_requests::email
        .is_not_null()
        .or(data_requests::message.is_not_null())
        .or(data_requests::answer.is_not_null())
        .or(data_requests::extension_reason.is_not_null());
    let old: Vec<DataRequestId> = data_requests::table
        .filter(data_requests::completed_at.lt(before))
        .filter(kept)
        .limit(rows)
        .select(data_requests::id)
        .load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    diesel::update(data_requests::table.filter(data_requests::id.eq_any(old)))
        .set((
            data_requests::email.eq(None::<String>),
            data_requests::email_key.eq(None::<String>),
            data_requests::message.eq(None::<String>),
            data_requests::answer.eq(None::<String>),
            data_requests::extension_reason.eq(None::<String>),
        ))
        .execute(conn)
}

/// Requests nobody confirmed.
pub fn delete_unconfirmed_requests(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    let old: Vec<DataRequestId> = data_requests::table
        .filter(data_requests::state.eq(DataRequestState::Unconfirmed))
        .filter(data_requests::received_at.lt(before))
        .limit(rows)
        .select(data_requests::id)
        .load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    diesel::delete(data_requests::table.filter(data_requests::id.eq_any(old))).execute(conn)
}
