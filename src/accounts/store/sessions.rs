//! Sessions and their refresh tokens.

use crate::accounts::model::{EndReason, MemberRole, Membership, Role, RoleName, Session, SessionId, UserId};
use crate::accounts::sessions::NewSession;
use crate::db::{Conn, Instant, PortableDsl};
use crate::organisations::OrganisationId;
use crate::schema::{memberships, refresh_tokens, sessions, users};
use diesel::prelude::*;

pub fn insert_session(conn: &mut Conn, new: &NewSession, now: Instant) -> QueryResult<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(new.session),
            sessions::user_id.eq(new.user),
            sessions::created_at.eq(now),
            sessions::expires_at.eq(new.expires_at),
        ))
        .execute(conn)
        .map(|_| ())
}

pub fn insert_refresh_token(
    conn: &mut Conn,
    hash: &str,
    session: SessionId,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::token_hash.eq(hash),
            refresh_tokens::session_id.eq(session),
            refresh_tokens::issued_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// A refresh token with the session it belongs to.
#[derive(Queryable)]
pub struct TokenRow {
    pub used_at: Option<Instant>,
    pub session: SessionId,
    pub user: UserId,
    pub expires_at: Instant,
    pub ended_at: Option<Instant>,
}

/// Reads a token by its hash. Of two transactions that bring the same token, the second waits here and then sees
/// that it is used.
pub fn lock_refresh_token(conn: &mut Conn, hash: &str) -> QueryResult<Option<TokenRow>> {
    refresh_tokens::table
        .inner_join(sessions::table)
        .filter(refresh_tokens::token_hash.eq(hash))
        .select((
            refresh_tokens::used_at,
            sessions::id,
            sessions::user_id,
            sessions::expires_at,
            sessions::ended_at,
        ))
        .locked()
        .get_result(conn)
        .optional()
}

pub fn use_refresh_token(conn: &mut Conn, hash: &str, now: Instant) -> QueryResult<()> {
    diesel::update(refresh_tokens::table.find(hash))
        .set(refresh_tokens::used_at.eq(now))
        .execute(conn)
        .map(|_| ())
}

/// Ends a session unless it has ended already: the first reason stays.
pub fn end_session(conn: &mut Conn, session: SessionId, reason: EndReason, now: Instant) -> QueryResult<()> {
    diesel::update(sessions::table.filter(sessions::id.eq(session)).filter(sessions::ended_at.is_null()))
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason)))
        .execute(conn)
        .map(|_| ())
}

pub fn end_sessions_of(conn: &mut Conn, user: UserId, reason: EndReason, now: Instant) -> QueryResult<usize> {
    diesel::update(sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::ended_at.is_null()))
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason)))
        .execute(conn)
}

#[derive(Queryable)]
struct CallerRow {
    role: RoleName,
    province: Option<String>,
    organisation: Option<OrganisationId>,
    member_role: Option<MemberRole>,
}

/// Session, user and memberships in one statement, for it runs with every request that is signed in.
pub fn open_session(
    conn: &mut Conn,
    session: SessionId,
    user: UserId,
    now: Instant,
) -> QueryResult<Option<Session>> {
    let rows: Vec<CallerRow> = sessions::table
        .inner_join(users::table)
        .left_join(memberships::table.on(memberships::user_id.eq(sessions::user_id)))
        .filter(sessions::id.eq(session))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order(memberships::organisation_id)
        .select((
            users::role,
            users::province,
            memberships::organisation_id.nullable(),
            memberships::role.nullable(),
        ))
        .load(conn)?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let role = Role::of(first.role, first.province.clone());
    let memberships = rows
        .iter()
        .filter_map(|row| Some(Membership { organisation: row.organisation?, role: row.member_role? }));
    Ok(Some(Session { user, session, role, memberships: memberships.collect() }))
}

/// Deletes the sessions that ran out before `before`, their tokens first.
pub fn purge_sessions(conn: &mut Conn, before: Instant) -> QueryResult<usize> {
    let old = sessions::table.filter(sessions::expires_at.lt(before)).select(sessions::id);
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(old))).execute(conn)?;
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(before))).execute(conn)
}
