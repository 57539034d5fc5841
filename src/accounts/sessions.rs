//! The life of a session: sign-in, rotation of refresh tokens, end.

use super::model::{EndReason, Profile, SecondFactorRule, Session, SessionId, UserId};
use super::second_factor::is_required;
use super::{AccountError, Role, letters, store};
use crate::audit::{self, Action, Actor, Agent, Event, Origin};
use crate::auth::caller::{Caller, Principal};
use crate::auth::secret::Secret;
use crate::db::{Conn, Instant};
use crate::mail::MailKind;
use crate::world::World;
use diesel::QueryResult;

/// The longest a session lasts, however often it is refreshed.
pub const SESSION_SECONDS: i64 = 30 * 86_400;

/// A refresh token, for one use.
pub type RefreshToken = Secret;

/// A session that has begun or goes on, with the refresh token that is good now.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub session: SessionId,
    pub user: UserId,
    pub refresh_token: RefreshToken,
    pub expires_at: Instant,
    /// Was the second factor shown?
    pub second_factor: bool,
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
        second_factor: proof == Proof::PasswordAndSecondFactor,
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

/// Trades a refresh token for the next one. One that comes a second time ends the session, and its user is told by
/// mail. An honest client whose answer was lost on the way looks the same, and has to sign in again.
pub fn refresh_session(
    conn: &mut Conn,
    world: &World,
    given: &RefreshToken,
    origin: &Origin,
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
        let values = vec![("started", letters::when(token.created_at))];
        letters::tell(conn, world, token.user, MailKind::SessionStolen, values)?;
        // About the user: the place is forgotten with the account.
        let reused =
            Event::of_user(Action::SessionRefreshReused, token.user).with("session_id", token.session);
        audit::record(conn, world, &Agent::new(Actor::Nobody, origin.clone()), reused)?;
        return Ok(Refresh::Reused(token.session));
    }
    let next = NewSession {
        session: token.session,
        user: token.user,
        refresh_token: RefreshToken::random(world),
        expires_at: token.expires_at,
        second_factor: token.second_factor_at.is_some(),
    };
    store::use_refresh_token(conn, &hash, now)?;
    store::seen(conn, token.session, origin, now)?;
    store::insert_refresh_token(conn, &next.refresh_token.hash(), next.session, now)?;
    Ok(Refresh::Renewed(next))
}

/// Ends a session by its user's wish: the one it is wished in, or another. `false` if the user has no such open session.
pub fn end_session(
    conn: &mut Conn,
    world: &World,
    by: &Session,
    session: SessionId,
) -> Result<bool, AccountError> {
    let reason = if session == by.session { EndReason::SignedOut } else { EndReason::EndedByOwner };
    let ended = store::end_session_of(conn, by.user, session, reason, world.now())?;
    if ended {
        audit::record(conn, world, &by.agent(), ended_event(session, reason))?;
    }
    Ok(ended)
}

/// Ends all sessions of a user but the one it wishes so in.
pub fn end_other_sessions(conn: &mut Conn, world: &World, by: &Session) -> Result<(), AccountError> {
    let reason = EndReason::EndedByOwner;
    let ended = store::end_other_sessions(conn, by.user, by.session, reason, world.now())?;
    let events = ended.into_iter().map(|session| ended_event(session, reason)).collect();
    Ok(audit::record_all(conn, world, &by.agent(), events)?)
}

fn ended_event(session: SessionId, reason: EndReason) -> Event {
    Event::of_session(Action::SessionEnded, session).with("reason", reason)
}

/// An open session as its user sees it.
#[derive(Debug, Clone)]
pub struct SessionEntry {
    pub session: SessionId,
    pub created_at: Instant,
    pub seen_at: Instant,
    pub expires_at: Instant,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    pub second_factor: bool,
}

/// Open sessions of a user, the newest first, from the one after `after`.
pub fn list_sessions(
    conn: &mut Conn,
    user: UserId,
    now: Instant,
    after: Option<SessionId>,
    rows: i64,
) -> Result<Vec<SessionEntry>, AccountError> {
    Ok(store::list_sessions(conn, user, now, after, rows)?)
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
    let office_waits = is_required(&open.role, second_factor) && open.second_factor_at.is_none();
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
