//! Sessions and their refresh tokens.

use crate::accounts::model::{EndReason, MemberRole, Membership, Role, RoleName, SessionId, UserId};
use crate::accounts::sessions::{NewSession, Proof, SessionEntry};
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
    pub created_at: Instant,
    pub expires_at: Instant,
    pub ended_at: Option<Instant>,
    pub second_factor_at: Option<Instant>,
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
            sessions::created_at,
            sessions::expires_at,
            sessions::ended_at,
            sessions::second_factor_at,
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

/// Notes when and from where a session was renewed.
pub fn seen(conn: &mut Conn, session: SessionId, origin: &Origin, now: Instant) -> QueryResult<()> {
    diesel::update(sessions::table.find(session))
        .set((
            sessions::seen_at.eq(now),
            sessions::address.eq(&origin.address),
            sessions::user_agent.eq(&origin.user_agent),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Notes that the second factor of a session was shown, or that there is none any more.
pub fn mark_second_factor(conn: &mut Conn, session: SessionId, at: Option<Instant>) -> QueryResult<()> {
    diesel::update(sessions::table.find(session))
        .set(sessions::second_factor_at.eq(at))
        .execute(conn)
        .map(|_| ())
}

/// Ends an open session of this user; false if there is none.
pub fn end_session_of(
    conn: &mut Conn,
    user: UserId,
    session: SessionId,
    reason: EndReason,
    now: Instant,
) -> QueryResult<bool> {
    let open = sessions::table
        .filter(sessions::id.eq(session))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now));
    let set = (sessions::ended_at.eq(now), sessions::end_reason.eq(reason));
    diesel::update(open).set(set).execute(conn).map(|ended| ended == 1)
}

/// Ends the open sessions of a user but one; returns which.
pub fn end_other_sessions(
    conn: &mut Conn,
    user: UserId,
    kept: SessionId,
    reason: EndReason,
    now: Instant,
) -> QueryResult<Vec<SessionId>> {
    let open = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::id.ne(kept))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now));
    diesel::update(open)
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason)))
        .returning(sessions::id)
        .get_results(conn)
}

/// Open sessions of a user, the newest first, from the one after `after`.
pub fn list_sessions(
    conn: &mut Conn,
    user: UserId,
    now: Instant,
    after: Option<SessionId>,
    rows: i64,
) -> QueryResult<Vec<SessionEntry>> {
    let mut query = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order(sessions::id.desc())
        .limit(rows)
        .select((
            sessions::id,
            sessions::created_at,
            sessions::seen_at,
            sessions::expires_at,
            sessions::address,
            sessions::user_agent,
            sessions::second_factor_at,
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(sessions::id.lt(after));
    }
    let rows: Vec<EntryRow> = query.load(conn)?;
    Ok(rows.into_iter().map(SessionEntry::from).collect())
}

#[derive(Queryable)]
struct EntryRow {
    session: SessionId,
    created_at: Instant,
    seen_at: Instant,
    expires_at: Instant,
    address: Option<String>,
    user_agent: Option<String>,
    second_factor_at: Option<Instant>,
}

impl From<EntryRow> for SessionEntry {
    fn from(row: EntryRow) -> Self {
        Self {
            session: row.session,
            created_at: row.created_at,
            seen_at: row.seen_at,
            expires_at: row.expires_at,
            address: row.address,
            user_agent: row.user_agent,
            second_factor: row.second_factor_at.is_some(),
        }
    }
}

/// From where an account was signed in to since, the latest first. Of one that does not exist: nowhere, by the same
/// statement.
pub fn addresses_of(conn: &mut Conn, email_key: &str, since: Instant) -> QueryResult<Vec<String>> {
    const MOST: i64 = 100;
    sessions::table
        .inner_join(users::table)
        .filter(users::email_key.eq(email_key))
        .filter(sessions::created_at.gt(since))
        .filter(sessions::address.is_not_null())
        .order(sessions::created_at.desc())
        .limit(MOST)
        .select(sessions::address.assume_not_null())
        .load(conn)
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

/// The organisations that have agreed to be acted for by this user, today. They have agreed to an officer of their
/// province: who is none, or of another because the organisation is elsewhere now, does not act for them.
fn delegated_to(conn: &mut Conn, user: UserId, now: Instant) -> QueryResult<Vec<Membership>> {
    let rows: Vec<(OrganisationId, MemberRole, OrganisationStanding)> = delegations::table
        .inner_join(organisations::table)
        .inner_join(users::table.on(users::id.eq(delegations::delegate_id)))
        .filter(delegations::delegate_id.eq(user))
        .filter(users::role.eq(RoleName::Officer))
        .filter(users::province.eq(organisations::province))
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
