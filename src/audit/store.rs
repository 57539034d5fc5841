//! SQL of the audit log.

use super::chain::{Entry, Link};
use super::model::{Action, ActorKind, SubjectKind};
use crate::db::columns::Key;
use crate::db::{Conn, Instant};
use crate::on_engine;
use crate::organisations::OrganisationId;
use crate::schema::{audit_clock as clock, audit_entries as entries};
use diesel::prelude::*;

/// The end of the chain, locked until the transaction ends: an update of nothing, which both engines take as a write.
pub fn lock(conn: &mut Conn) -> QueryResult<Link> {
    diesel::update(clock::table)
        .set(clock::last_seq.eq(clock::last_seq))
        .returning((clock::last_seq, clock::last_hash))
        .get_result(conn)
        .map(|(seq, hash)| Link { seq, hash })
}

pub fn advance(conn: &mut Conn, last: &Link) -> QueryResult<()> {
    diesel::update(clock::table)
        .set((clock::last_seq.eq(last.seq), clock::last_hash.eq(&last.hash)))
        .execute(conn)
        .map(|_| ())
}

#[derive(Insertable)]
#[diesel(table_name = entries, treat_none_as_default_value = false)]
struct Row<'a> {
    seq: i64,
    at: Instant,
    actor_kind: ActorKind,
    actor_id: Option<Key>,
    behalf_id: Option<OrganisationId>,
    action: Action,
    subject_kind: SubjectKind,
    subject_id: Option<&'a str>,
    organisation_id: Option<OrganisationId>,
    province: Option<&'a str>,
    request_id: Option<&'a str>,
    details: &'a str,
    origin: Option<&'a str>,
    origin_hash: Option<&'a str>,
    previous_hash: &'a str,
    hash: &'a str,
}

pub fn append(conn: &mut Conn, new: &[Entry]) -> QueryResult<()> {
    let rows: Vec<Row> = new
        .iter()
        .map(|entry| Row {
            seq: entry.seq,
            at: entry.at,
            actor_kind: entry.actor_kind,
            actor_id: entry.actor_id,
            behalf_id: entry.behalf_id,
            action: entry.action,
            subject_kind: entry.subject_kind,
            subject_id: entry.subject_id.as_deref(),
            organisation_id: entry.organisation_id,
            province: entry.province.as_deref(),
            request_id: entry.request_id.as_deref(),
            details: &entry.details,
            origin: entry.origin.as_deref(),
            origin_hash: entry.origin_hash.as_deref(),
            previous_hash: &entry.previous_hash,
            hash: &entry.hash,
        })
        .collect();
    on_engine!(conn, c => diesel::insert_into(entries::table).values(&rows).execute(c)).map(|_| ())
}
