//! Sessions and their refresh tokens.

use crate::accounts::model::{EndReason, MemberRole, Membership, Role, RoleName, SessionId, UserId};
use crate::accounts::sessions::{NewSession, Proof};
use crate::audit::Origin;
use crate::db::{Conn, Instant, PortableDsl};
use crate::organisations::{OrganisationId, OrganisationStanding};
use crate::schema::{delegations, memberships, organisations, refresh_tokens, sessions, users};
use diesel::prelude::*;

pub fn insert_session(
    conn: &mut Conn,
    new: &NewSession,
    proof: Proof,
    origin: &Origin,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(new.session),
            sessions::user_id.eq(new.user),
            sessions::created_at.eq(now),
            sessions::expires_at.eq(new.expires_at),
            sessions::seen_at.eq(now),
            sessions::address.eq(&origin.address),
            sessions::user_agent.eq(&origin.user_agent),
            sessions::second_factor_at.eq((proof == Proof::PasswordAndSecondFactor).then_some(now)),
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
    second_factor_at: Option<Instant>,
    organisation: Option<OrganisationId>,
    member_role: Option<MemberRole>,
    standing: Option<OrganisationStanding>,
}

/// What an open session entitles to.
pub struct OpenSession {
    pub role: Role,
    pub second_factor_at: Option<Instant>,
    pub memberships: Vec<Membership>,
}

/// Session, user and memberships in one statement, for it runs with every request that is signed in; delegations in
/// another.
pub fn open_session(
    conn: &mut Conn,
    session: SessionId,
    user: UserId,
    now: Instant,
) -> QueryResult<Option<OpenSession>> {
    let rows: Vec<CallerRow> = sessions::table
        .inner_join(users::table)
        .left_join(
            memberships::table
                .inner_join(organisations::table)
                .on(memberships::user_id.eq(sessions::user_id)),
        )
        .filter(sessions::id.eq(session))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(users::erased_at.is_null())
        .order(memberships::organisation_id)
        .select((
            users::role,
            users::province,
            sessions::second_factor_at,
            memberships::organisation_id.nullable(),
            memberships::role.nullable(),
            organisations::standing.nullable(),
        ))
        .load(conn)?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let role = Role::of(first.role, first.province.clone());
    let second_factor_at = first.second_factor_at;
    let own = rows
        .iter()
        .filter_map(|row| Some(Membership::own(row.organisation?, row.standing?.limited(row.member_role?))));
    let mut all: Vec<Membership> = own.collect();
    for delegated in delegated_to(conn, user, now)? {
        if !all.iter().any(|own| own.organisation == delegated.organisation) {
            all.push(delegated);
        }
    }
    Ok(Some(OpenSession { role, second_factor_at, memberships: all }))
}

/// The organisations that have agreed to be acted for by this user, today.
fn delegated_to(conn: &mut Conn, user: UserId, now: Instant) -> QueryResult<Vec<Membership>> {
    let rows: Vec<(OrganisationId, MemberRole, OrganisationStanding)> = delegations::table
        .inner_join(organisations::table)
        .filter(delegations::delegate_id.eq(user))
        .filter(delegations::granted_at.is_not_null())
        .filter(delegations::ended_at.is_null())
        .filter(delegations::ends_at.gt(now))
        .order((delegations::organisation_id, delegations::role))
        .select((delegations::organisation_id, delegations::role, organisations::standing))
        .load(conn)?;
    let delegated = rows.into_iter().map(|(organisation, role, standing)| Membership {
        organisation,
        role: standing.limited(role),
        delegated: true,
    });
    Ok(delegated.collect())
}

/// Deletes the sessions that ran out before `before`, their tokens first.
pub fn purge_sessions(conn: &mut Conn, before: Instant) -> QueryResult<usize> {
    let old = sessions::table.filter(sessions::expires_at.lt(before)).select(sessions::id);
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(old))).execute(conn)?;
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(before))).execute(conn)
}
