//! The life of a session: sign-in, rotation of refresh tokens, end.

use super::model::{Email, EndReason, Profile, Role, SecondFactorRule, Session, SessionId, UserId};
use super::{AccountError, store};
use crate::audit::{self, Action, Actor, Agent, Event, Origin};
use crate::auth::caller::{Caller, Principal};
use crate::auth::password::PasswordHash;
use crate::auth::secret::Secret;
use crate::db::{Conn, Instant};
use crate::world::World;
use diesel::QueryResult;

/// The longest a session lasts, however often it is refreshed.
pub const SESSION_SECONDS: i64 = 30 * 86_400;

/// How long ended sessions are kept, to look into what happened.
const KEPT_SECONDS: i64 = 30 * 86_400;

/// A refresh token, for one use.
pub type RefreshToken = Secret;

/// A session that has begun or goes on, with the refresh token that is good now.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub session: SessionId,
    pub user: UserId,
    pub refresh_token: RefreshToken,
    pub expires_at: Instant,
}

/// The account behind an address and its password's hash, for [`password::verify`](crate::auth::password::verify).
pub fn find_credentials(
    conn: &mut Conn,
    email: &Email,
) -> Result<Option<(UserId, PasswordHash)>, AccountError> {
    Ok(store::find_credentials(conn, &email.key())?)
}

/// How somebody has proved to be the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    Password,
    PasswordAndSecondFactor,
}

/// Begins a session of a user who has proved to be one.
pub fn start_session(
    conn: &mut Conn,
    world: &World,
    user: UserId,
    proof: Proof,
    origin: &Origin,
) -> Result<NewSession, AccountError> {
    let now = world.now();
    let new = NewSession {
        session: world.id(),
        user,
        refresh_token: RefreshToken::random(world),
        expires_at: now.plus_seconds(SESSION_SECONDS),
    };
    store::insert_session(conn, &new, proof, origin, now)?;
    store::insert_refresh_token(conn, &new.refresh_token.hash(), new.session, now)?;
    let by = Agent::new(Actor::User(user), origin.clone());
    let started = Event::of_session(Action::SessionStarted, new.session)
        .with("second_factor", proof == Proof::PasswordAndSecondFactor);
    audit::record(conn, world, &by, started)?;
    Ok(new)
}

/// What came of a refresh token. `Reused` is no error of the transaction: that the session has ended must be kept.
#[derive(Debug, Clone)]
pub enum Refresh {
    Renewed(NewSession),
    Reused(SessionId),
    Unknown,
}

/// Trades a refresh token for the next one.
pub fn refresh_session(
    conn: &mut Conn,
    world: &World,
    given: &RefreshToken,
) -> Result<Refresh, AccountError> {
    let now = world.now();
    let hash = given.hash();
    let Some(token) = store::lock_refresh_token(conn, &hash)? else {
        return Ok(Refresh::Unknown);
    };
    if token.ended_at.is_some() || token.expires_at <= now {
        return Ok(Refresh::Unknown);
    }
    if token.used_at.is_some() {
        store::end_session(conn, token.session, EndReason::RefreshReused, now)?;
        return Ok(Refresh::Reused(token.session));
    }
    let next = NewSession {
        session: token.session,
        user: token.user,
        refresh_token: RefreshToken::random(world),
        expires_at: token.expires_at,
    };
    store::use_refresh_token(conn, &hash, now)?;
    store::insert_refresh_token(conn, &next.refresh_token.hash(), next.session, now)?;
    Ok(Refresh::Renewed(next))
}

/// Ends a session by its user's wish. Ending it twice is ending it once.
pub fn end_session(conn: &mut Conn, world: &World, session: SessionId) -> Result<(), AccountError> {
    Ok(store::end_session(conn, session, EndReason::SignedOut, world.now())?)
}

/// Ends all sessions of a user; returns how many there were.
pub fn end_sessions_of(
    conn: &mut Conn,
    world: &World,
    user: UserId,
    reason: EndReason,
) -> Result<usize, AccountError> {
    Ok(store::end_sessions_of(conn, user, reason, world.now())?)
}

/// The session of a token, if it is still open: who the caller is and what it may do, as of now.
pub fn open_session(
    conn: &mut Conn,
    session: SessionId,
    user: UserId,
    now: Instant,
    second_factor: SecondFactorRule,
    origin: Origin,
) -> QueryResult<Option<Session>> {
    let Some(open) = store::open_session(conn, session, user, now)? else { return Ok(None) };
    let office_waits = open.role != Role::Member
        && second_factor == SecondFactorRule::Required
        && open.second_factor_at.is_none();
    let mut memberships = open.memberships;
    if office_waits {
        // It was the office that an organisation trusted.
        memberships.retain(|membership| !membership.delegated);
    }
    let caller = Caller {
        principal: Principal::User { user, session },
        role: if office_waits { Role::Member } else { open.role },
        office_waits,
        memberships,
        origin,
    };
    Ok(Some(Session { user, session, caller }))
}

/// Deletes sessions that ran out 30 days ago, with their tokens; returns how many. Housekeeping calls it.
pub fn purge_sessions(conn: &mut Conn, now: Instant) -> Result<usize, AccountError> {
    Ok(store::purge_sessions(conn, now.plus_seconds(-KEPT_SECONDS))?)
}

/// A session's profile and tokens, as a client gets them.
pub struct SignedInUser {
    pub session: NewSession,
    pub profile: Profile,
}

/// Joins a session with its user's profile.
pub fn with_profile(conn: &mut Conn, session: NewSession) -> Result<SignedInUser, AccountError> {
    let profile = store::profile(conn, session.user)?.ok_or(AccountError::InvalidCredentials)?;
    Ok(SignedInUser { session, profile })
}
