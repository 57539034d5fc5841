//! Second factors and recovery codes.

use crate::accounts::model::UserId;
use crate::db::{Conn, Instant, PortableDsl};
use crate::on_engine;
use crate::schema::{recovery_codes, second_factors};
use diesel::prelude::*;

#[derive(Queryable)]
pub struct FactorRow {
    /// Base32; the one that counts.
    pub secret: Option<String>,
    pub last_step: i64,
    pub pending_secret: Option<String>,
    pub pending_at: Option<Instant>,
}

pub fn lock_factor(conn: &mut Conn, user: UserId) -> QueryResult<Option<FactorRow>> {
    second_factors::table
        .filter(second_factors::user_id.eq(user))
        .select((
            second_factors::secret,
            second_factors::last_step,
            second_factors::pending_secret,
            second_factors::pending_at,
        ))
        .locked()
        .get_result(conn)
        .optional()
}

pub fn set_pending(conn: &mut Conn, user: UserId, secret: &str, now: Instant) -> QueryResult<()> {
    diesel::insert_into(second_factors::table)
        .values((
            second_factors::user_id.eq(user),
            second_factors::last_step.eq(0_i64),
            second_factors::pending_secret.eq(secret),
            second_factors::pending_at.eq(now),
        ))
        .on_conflict(second_factors::user_id)
        .do_update()
        .set((second_factors::pending_secret.eq(secret), second_factors::pending_at.eq(now)))
        .portable()
        .execute(conn)
        .map(|_| ())
}

pub fn confirm_factor(
    conn: &mut Conn,
    user: UserId,
    secret: &str,
    step: i64,
    now: Instant,
) -> QueryResult<()> {
    diesel::update(second_factors::table.find(user))
        .set((
            second_factors::secret.eq(secret),
            second_factors::confirmed_at.eq(now),
            second_factors::last_step.eq(step),
            second_factors::pending_secret.eq(None::<String>),
            second_factors::pending_at.eq(None::<Instant>),
        ))
        .execute(conn)
        .map(|_| ())
}

pub fn use_step(conn: &mut Conn, user: UserId, step: i64) -> QueryResult<()> {
    diesel::update(second_factors::table.find(user))
        .set(second_factors::last_step.eq(step))
        .execute(conn)
        .map(|_| ())
}

/// Removes the second factor and its recovery codes; 0 if none counted.
pub fn remove_factor(conn: &mut Conn, user: UserId) -> QueryResult<i64> {
    let counted = second_factors::table
        .filter(second_factors::user_id.eq(user))
        .filter(second_factors::secret.is_not_null())
        .count()
        .get_result(conn)?;
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user))).execute(conn)?;
    diesel::delete(second_factors::table.find(user)).execute(conn)?;
    Ok(counted)
}

pub fn replace_recovery_codes(conn: &mut Conn, user: UserId, hashes: &[String]) -> QueryResult<()> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user))).execute(conn)?;
    let rows: Vec<_> = hashes
        .iter()
        .map(|hash| (recovery_codes::code_hash.eq(hash), recovery_codes::user_id.eq(user)))
        .collect();
    on_engine!(conn, c => diesel::insert_into(recovery_codes::table).values(&rows).execute(c)).map(|_| ())
}

/// Uses a code; 0 if there is no such code, or no more.
pub fn use_recovery_code(conn: &mut Conn, user: UserId, hash: &str, now: Instant) -> QueryResult<usize> {
    diesel::update(
        recovery_codes::table
            .filter(recovery_codes::code_hash.eq(hash))
            .filter(recovery_codes::user_id.eq(user))
            .filter(recovery_codes::used_at.is_null()),
    )
    .set(recovery_codes::used_at.eq(now))
    .execute(conn)
}

pub fn recovery_codes_left(conn: &mut Conn, user: UserId) -> QueryResult<i64> {
    recovery_codes::table
        .filter(recovery_codes::user_id.eq(user))
        .filter(recovery_codes::used_at.is_null())
        .count()
        .get_result(conn)
}

pub fn has_second_factor(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    second_factors::table
        .filter(second_factors::user_id.eq(user))
        .filter(second_factors::secret.is_not_null())
        .count()
        .get_result::<i64>(conn)
        .map(|count| count > 0)
}
