//! SQL of the audit log.

use super::chain::{Entry, Link};
use super::reading::{Filter, Scope};
use crate::accounts::UserId;
use crate::audit::SubjectKind;
use crate::db::{Conn, Instant};
use crate::on_engine;
use crate::organisations::OrganisationId;
use crate::schema::{
    audit_clock as clock, audit_entries as entries, clients, delegations, memberships, organisations, users,
};
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

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
    actor_kind: &'a str,
    actor_id: Option<&'a str>,
    behalf_id: Option<&'a str>,
    action: &'a str,
    subject_kind: &'a str,
    subject_id: Option<&'a str>,
    organisation_id: Option<&'a str>,
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
            actor_kind: &entry.actor_kind,
            actor_id: entry.actor_id.as_deref(),
            behalf_id: entry.behalf_id.as_deref(),
            action: &entry.action,
            subject_kind: &entry.subject_kind,
            subject_id: entry.subject_id.as_deref(),
            organisation_id: entry.organisation_id.as_deref(),
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

/// The end of the chain as the clock has it.
pub fn head(conn: &mut Conn) -> QueryResult<Option<Link>> {
    let found = clock::table.select((clock::last_seq, clock::last_hash)).first(conn).optional()?;
    Ok(found.map(|(seq, hash)| Link { seq, hash }))
}

/// The entries after a number, at most so many, in order.
pub fn following(conn: &mut Conn, seq: i64, most: i64) -> QueryResult<Vec<Entry>> {
    entries::table.filter(entries::seq.gt(seq)).order(entries::seq).limit(most).load(conn)
}

/// At most so many entries of a scope, newest first.
pub fn page(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    before: Option<i64>,
    most: i64,
) -> QueryResult<Vec<Entry>> {
    let mut query = entries::table.into_boxed();
    match scope {
        Scope::All => {}
        Scope::Province(province) => query = query.filter(entries::province.eq(province)),
        Scope::Actor(user) => query = query.filter(entries::actor_id.eq(user.as_str())),
    }
    if let Some(organisation) = &filter.organisation {
        query = query.filter(entries::organisation_id.eq(organisation.as_str()));
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(entries::actor_id.eq(actor.as_str()));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(entries::subject_id.eq(subject.as_str()));
    }
    if !filter.actions.is_empty() {
        query = query.filter(entries::action.eq_any(filter.actions.iter().map(|action| action.as_str())));
    }
    if let Some(from) = filter.from {
        query = query.filter(entries::at.ge(from.start()));
    }
    if let Some(to) = filter.to {
        query = query.filter(entries::at.lt(to.plus_days(1).start()));
    }
    if let Some(seq) = before {
        query = query.filter(entries::seq.lt(seq));
    }
    query.order(entries::seq.desc()).limit(most).load(conn)
}

/// What these users call themselves, as far as they do.
pub fn user_names(conn: &mut Conn, ids: &HashSet<&str>) -> QueryResult<HashMap<String, String>> {
    let named = users::table.filter(users::id.eq_any(ids)).filter(users::display_name.is_not_null());
    named.select((users::id, users::display_name.assume_not_null())).load(conn).map(HashMap::from_iter)
}

/// What these machine clients are called.
pub fn client_names(conn: &mut Conn, ids: &HashSet<&str>) -> QueryResult<HashMap<String, String>> {
    let found = clients::table.filter(clients::id.eq_any(ids)).select((clients::id, clients::name));
    found.load(conn).map(HashMap::from_iter)
}

/// What these organisations are called, as far as they have a name.
pub fn organisation_names(conn: &mut Conn, ids: &HashSet<&str>) -> QueryResult<HashMap<String, String>> {
    type Row = (String, Option<String>, Option<String>);
    let found: Vec<Row> = organisations::table
        .filter(organisations::id.eq_any(ids))
        .select((organisations::id, organisations::public_name, organisations::legal_name))
        .load(conn)?;
    let named = found.into_iter().filter_map(|(id, public, legal)| Some((id, public.or(legal)?)));
    Ok(named.collect())
}

/// Those of these actors that belong to an organisation: its members and its machine clients.
pub fn own_actors(
    conn: &mut Conn,
    organisation: OrganisationId,
    ids: &HashSet<&str>,
) -> QueryResult<HashSet<String>> {
    let members = memberships::table.filter(memberships::organisation_id.eq(organisation));
    let members = members.filter(memberships::user_id.eq_any(ids)).select(memberships::user_id);
    let machines = clients::table.filter(clients::organisation_id.eq(organisation));
    let machines = machines.filter(clients::id.eq_any(ids)).select(clients::id);
    let mut own: HashSet<String> = members.load(conn)?.into_iter().collect();
    own.extend(machines.load::<String>(conn)?);
    Ok(own)
}

/// Those of these actors that were ever allowed to act for an organisation.
pub fn delegates_of(
    conn: &mut Conn,
    organisation: OrganisationId,
    ids: &HashSet<&str>,
) -> QueryResult<HashSet<String>> {
    let granted = delegations::table
        .filter(delegations::organisation_id.eq(organisation))
        .filter(delegations::granted_at.is_not_null())
        .filter(delegations::delegate_id.eq_any(ids))
        .select(delegations::delegate_id);
    granted.load(conn).map(HashSet::from_iter)
}

/// Forgets where the oldest entries from before an instant were made from; tells of how many.
pub fn forget_origins(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    let old: Vec<i64> = entries::table
        .filter(entries::origin.is_not_null())
        .filter(entries::at.lt(before))
        .order(entries::at)
        .limit(rows)
        .select(entries::seq)
        .load(conn)?;
    forget_origins_among(conn, &old)
}

/// Forgets where a user's entries were made from, and those of somebody who tried to be this user.
pub fn forget_origins_of(conn: &mut Conn, user: UserId) -> QueryResult<usize> {
    let own = entries::actor_id.eq(user.key()).assume_not_null();
    let tried = entries::actor_id.is_null().and(entries::subject_id.eq(user.as_str()).assume_not_null());
    let theirs: Vec<i64> = entries::table
        .filter(entries::origin.is_not_null())
        .filter(own.or(tried))
        .select(entries::seq)
        .load(conn)?;
    // As many values as one statement takes without pain.
    theirs.chunks(1000).try_fold(0, |sum, some| Ok(sum + forget_origins_among(conn, some)?))
}

/// Forgets where those entries about these subjects were made from that have no actor.
pub fn forget_origins_about(conn: &mut Conn, kind: SubjectKind, subjects: &[String]) -> QueryResult<usize> {
    subjects.chunks(1000).try_fold(0, |sum, some| {
        let about = entries::table
            .filter(entries::origin.is_not_null())
            .filter(entries::actor_id.is_null())
            .filter(entries::subject_kind.eq(kind))
            .filter(entries::subject_id.eq_any(some));
        let found: Vec<i64> = about.select(entries::seq).load(conn)?;
        Ok(sum + forget_origins_among(conn, &found)?)
    })
}

fn forget_origins_among(conn: &mut Conn, some: &[i64]) -> QueryResult<usize> {
    if some.is_empty() {
        return Ok(0);
    }
    diesel::update(entries::table.filter(entries::seq.eq_any(some)))
        .set(entries::origin.eq(None::<String>))
        .execute(conn)
}
