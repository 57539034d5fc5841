//! SQL of the idempotency keys.

use super::Answer;
use crate::catalogue::Seq;
use crate::db::{Conn, Instant, PortableDsl};
use crate::schema::idempotency_keys as keys;
use diesel::prelude::*;

pub enum Claim {
    New,
    Replay(Answer),
    OtherBody,
}

/// Takes the key for this transaction. On PostgreSQL a second claim of the same key waits here until the first
/// transaction ends.
pub fn claim(
    conn: &mut Conn,
    scope: &str,
    key: &str,
    request_hash: &str,
    now: Instant,
) -> QueryResult<Claim> {
    let oldest = now.plus_seconds(-super::KEPT_SECONDS);
    diesel::delete(
        keys::table
            .filter(keys::scope.eq(scope))
            .filter(keys::key.eq(key))
            .filter(keys::created_at.lt(oldest)),
    )
    .execute(conn)?;
    let inserted = diesel::insert_into(keys::table)
        .values((
            keys::scope.eq(scope),
            keys::key.eq(key),
            keys::request_hash.eq(request_hash),
            keys::status.eq(0_i64),
            keys::body.eq(""),
            keys::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .portable()
        .execute(conn)?;
    if inserted == 1 {
        return Ok(Claim::New);
    }
    let (hash, status, location, body, seq) = keys::table
        .find((scope, key))
        .select((keys::request_hash, keys::status, keys::location, keys::body, keys::catalogue_seq))
        .first::<(String, i64, Option<String>, String, Option<i64>)>(conn)?;
    if hash != request_hash {
        return Ok(Claim::OtherBody);
    }
    let status = u16::try_from(status).unwrap_or_default();
    Ok(Claim::Replay(Answer { status, location, body, catalogue_seq: seq.map(Seq::new) }))
}

pub fn keep(conn: &mut Conn, scope: &str, key: &str, answer: &Answer) -> QueryResult<()> {
    diesel::update(keys::table.find((scope, key)))
        .set((
            keys::status.eq(i64::from(answer.status)),
            keys::location.eq(&answer.location),
            keys::body.eq(&answer.body),
            keys::catalogue_seq.eq(answer.catalogue_seq.map(Seq::number)),
        ))
        .execute(conn)
        .map(|_| ())
}

pub fn purge(conn: &mut Conn, before: Instant) -> QueryResult<usize> {
    diesel::delete(keys::table.filter(keys::created_at.lt(before))).execute(conn)
}
