//! SQL of the idempotency keys.

use super::{Answer, Bound, Failed};
use crate::catalogue::Seq;
use crate::db::{Conn, Instant, PortableDsl};
use crate::schema::idempotency_keys as keys;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use std::collections::HashSet;

/// What is there for a key.
pub enum Claim {
    Replay(Answer),
    OtherBody,
}

impl Claim {
    pub fn into_outcome<E>(self) -> Result<(Answer, bool), Failed<E>> {
        match self {
            Self::Replay(answer) => Ok((answer, true)),
            Self::OtherBody => Err(Failed::OtherBody),
        }
    }
}

/// Takes the key for this transaction, if nobody has it or its time is over; else what is there. On PostgreSQL a second claim
/// of the same key waits here until the first transaction ends.
pub fn claim(
    conn: &mut Conn,
    scope: &str,
    key: &str,
    request_hash: &str,
    now: Instant,
) -> QueryResult<Option<Claim>> {
    let oldest = now.plus_seconds(-super::KEPT_SECONDS);
    let row = (
        keys::scope.eq(scope),
        keys::key.eq(key),
        keys::request_hash.eq(request_hash),
        keys::status.eq(0_i64),
        keys::body.eq(""),
        keys::created_at.eq(now),
    );
    let upsert =
        diesel::insert_into(keys::table).values(row).on_conflict((keys::scope, keys::key)).do_update().set((
            keys::request_hash.eq(request_hash),
            keys::status.eq(0_i64),
            keys::location.eq(None::<String>),
            keys::body.eq(""),
            keys::catalogue_seq.eq(None::<i64>),
            keys::created_at.eq(now),
        ));
    let taken = diesel::query_dsl::methods::FilterDsl::filter(upsert, keys::created_at.lt(oldest))
        .portable()
        .execute(conn)?;
    if taken == 1 {
        return Ok(None);
    }
    let kept: Kept = keys::table.find((scope, key)).select(Kept::as_select()).first(conn)?;
    Ok(Some(kept.claimed_for(request_hash)))
}

/// What is kept for a key.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = keys)]
struct Kept {
    request_hash: String,
    status: i64,
    location: Option<String>,
    body: String,
    catalogue_seq: Option<i64>,
}

impl Kept {
    fn claimed_for(self, request_hash: &str) -> Claim {
        if self.request_hash != request_hash {
            return Claim::OtherBody;
        }
        Claim::Replay(Answer {
            status: u16::try_from(self.status).unwrap_or_default(),
            location: self.location,
            body: self.body,
            catalogue_seq: self.catalogue_seq.map(Seq::new),
        })
    }
}

/// What is kept for a key that somebody has; `None` if nobody has it, or its time is over.
pub fn look_up(conn: &mut Conn, bound: &Bound, now: Instant) -> QueryResult<Option<Claim>> {
    let oldest = now.plus_seconds(-super::KEPT_SECONDS);
    let kept = keys::table
        .find((&bound.scope, &bound.key))
        .filter(keys::created_at.ge(oldest))
        .select(Kept::as_select())
        .first::<Kept>(conn)
        .optional()?;
    Ok(kept.map(|kept| kept.claimed_for(&bound.request_hash)))
}

/// A key with its answer.
#[derive(Debug, Insertable)]
#[diesel(table_name = keys, treat_none_as_default_value = false)]
struct Row<'a> {
    scope: &'a str,
    key: &'a str,
    request_hash: &'a str,
    status: i64,
    location: Option<&'a str>,
    body: &'a str,
    created_at: Instant,
    catalogue_seq: Option<i64>,
}

/// Keeps answers for those of several keys that nobody has, and says of each whether it is one of them. On PostgreSQL a key
/// that another transaction is about to take is waited for.
pub fn keep_new(conn: &mut Conn, answers: &[(&Bound, &Answer)], now: Instant) -> QueryResult<Vec<bool>> {
    match conn {
        Conn::Pg(pg) => {
            let kept: Vec<(String, String)> = KeepNew::of(answers, now).get_results(pg)?;
            let mut kept: HashSet<(String, String)> = kept.into_iter().collect();
            // Of two with one key the first has it.
            let is_new =
                |(bound, _): &(&Bound, &Answer)| kept.remove(&(bound.scope.clone(), bound.key.clone()));
            Ok(answers.iter().map(is_new).collect())
        }
        Conn::Sqlite(sqlite) => answers
            .iter()
            .map(|(bound, answer)| {
                let row = Row {
                    scope: &bound.scope,
                    key: &bound.key,
                    request_hash: &bound.request_hash,
                    status: i64::from(answer.status),
                    location: answer.location.as_deref(),
                    body: &answer.body,
                    created_at: now,
                    catalogue_seq: answer.catalogue_seq.map(Seq::number),
                };
                match diesel::insert_into(keys::table).values(row).execute(sqlite) {
                    // SQLite takes back the statement alone; the transaction goes on.
                    Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(false),
                    outcome => outcome.map(|_| true),
                }
            })
            .collect(),
    }
}

/// PostgreSQL's one statement for any number of keys.
struct KeepNew<'a> {
    scopes: Vec<&'a str>,
    keys: Vec<&'a str>,
    hashes: Vec<&'a str>,
    statuses: Vec<i64>,
    locations: Vec<Option<&'a str>>,
    bodies: Vec<&'a str>,
    seqs: Vec<Option<i64>>,
    at: i64,
}

impl<'a> KeepNew<'a> {
    fn of(answers: &[(&'a Bound, &'a Answer)], at: Instant) -> Self {
        // In one order everywhere: two instances that are sent the same keys wait for each other in a row. A stable one: of two
        // with one key the first is kept.
        let mut answers = answers.to_vec();
        answers.sort_by(|(a, _), (b, _)| (&a.scope, &a.key).cmp(&(&b.scope, &b.key)));
        Self {
            scopes: answers.iter().map(|(bound, _)| bound.scope.as_str()).collect(),
            keys: answers.iter().map(|(bound, _)| bound.key.as_str()).collect(),
            hashes: answers.iter().map(|(bound, _)| bound.request_hash.as_str()).collect(),
            statuses: answers.iter().map(|(_, answer)| i64::from(answer.status)).collect(),
            locations: answers.iter().map(|(_, answer)| answer.location.as_deref()).collect(),
            bodies: answers.iter().map(|(_, answer)| answer.body.as_str()).collect(),
            seqs: answers.iter().map(|(_, answer)| answer.catalogue_seq.map(Seq::number)).collect(),
            at: at.micros(),
        }
    }
}

impl QueryId for KeepNew<'_> {
    type QueryId = KeepNew<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Pg> for KeepNew<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO idempotency_keys \
             (scope, key, request_hash, status, location, body, catalogue_seq, created_at) \
             SELECT scope, key, request_hash, status, location, body, catalogue_seq, ",
        );
        out.push_bind_param::<BigInt, _>(&self.at)?;
        out.push_sql(" FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.scopes)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.keys)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.hashes)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.statuses)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.locations)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.bodies)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.seqs)?;
        out.push_sql(
            ") AS new (scope, key, request_hash, status, location, body, catalogue_seq) \
             ON CONFLICT DO NOTHING RETURNING scope, key",
        );
        Ok(())
    }
}

impl Query for KeepNew<'_> {
    type SqlType = (Text, Text);
}

impl RunQueryDsl<PgConnection> for KeepNew<'_> {}

/// Puts an answer in the place of one whose time is over.
pub fn replace(conn: &mut Conn, bound: &Bound, answer: &Answer, now: Instant) -> QueryResult<()> {
    claim(conn, &bound.scope, &bound.key, &bound.request_hash, now)?;
    keep(conn, &bound.scope, &bound.key, answer)
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
