//! Counts of failed guesses.

use crate::accounts::throttle::Count;
use crate::db::{Conn, Instant, PortableDsl};
use crate::schema::throttles;
use diesel::prelude::*;

/// The count of a key, its row locked until the transaction ends; made if it was not there. One statement: what was
/// looked for and not found could not be locked, and what was found could be gone.
pub fn lock_count(conn: &mut Conn, key: &str, now: Instant) -> QueryResult<Count> {
    diesel::insert_into(throttles::table)
        .values((
            throttles::key.eq(key),
            throttles::failures.eq(0_i64),
            throttles::last_failed_at.eq(now),
            throttles::blocked_until.eq(now),
        ))
        .on_conflict(throttles::key)
        .do_update()
        .set(throttles::failures.eq(throttles::failures))
        .returning((throttles::failures, throttles::last_failed_at, throttles::blocked_until))
        .portable()
        .get_result::<(i64, Instant, Instant)>(conn)
        .map(|(failures, last_failed_at, blocked_until)| Count { failures, last_failed_at, blocked_until })
}

pub fn write_count(conn: &mut Conn, key: &str, count: Count) -> QueryResult<()> {
    diesel::update(throttles::table.find(key))
        .set((
            throttles::failures.eq(count.failures),
            throttles::last_failed_at.eq(count.last_failed_at),
            throttles::blocked_until.eq(count.blocked_until),
        ))
        .execute(conn)
        .map(|_| ())
}
