//! SQL of the published keys.

use super::ring::PublishedKey;
use crate::db::{Conn, Instant, PortableDsl};
use crate::schema::signing_keys as keys;
use diesel::prelude::*;

type Row = (String, String, Instant, Instant, Option<Instant>);

fn published((kid, public_key, published_at, seen_at, retired_at): Row) -> PublishedKey {
    PublishedKey { kid, public_key, published_at, seen_at, retired_at }
}

/// All keys, newest first.
pub fn all(conn: &mut Conn) -> QueryResult<Vec<PublishedKey>> {
    let rows: Vec<Row> = keys::table.order((keys::published_at.desc(), keys::kid)).load(conn)?;
    Ok(rows.into_iter().map(published).collect())
}

/// The keys that verify, seen after `since`, and whatever is known of those with these ids.
pub fn good_or(conn: &mut Conn, since: Instant, own: &[String]) -> QueryResult<Vec<PublishedKey>> {
    let good = keys::retired_at.is_null().and(keys::seen_at.gt(since));
    let rows: Vec<Row> = keys::table.filter(good.or(keys::kid.eq_any(own))).load(conn)?;
    Ok(rows.into_iter().map(published).collect())
}

/// Adds a key; false if it was there.
pub fn publish(conn: &mut Conn, kid: &str, public_key: &str, now: Instant) -> QueryResult<bool> {
    diesel::insert_into(keys::table)
        .values((
            keys::kid.eq(kid),
            keys::public_key.eq(public_key),
            keys::published_at.eq(now),
            keys::seen_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .portable()
        .execute(conn)
        .map(|rows| rows > 0)
}

pub fn touch(conn: &mut Conn, kids: &[String], now: Instant) -> QueryResult<()> {
    diesel::update(keys::table.filter(keys::kid.eq_any(kids)))
        .set(keys::seen_at.eq(now))
        .execute(conn)
        .map(|_| ())
}

/// Ends a key; false if it is unknown or has ended.
pub fn retire(conn: &mut Conn, kid: &str, now: Instant) -> QueryResult<bool> {
    diesel::update(keys::table.filter(keys::kid.eq(kid)).filter(keys::retired_at.is_null()))
        .set(keys::retired_at.eq(now))
        .execute(conn)
        .map(|rows| rows > 0)
}
