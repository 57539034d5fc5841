//! Users and their sessions.
//!
//! A user is a person with an e-mail address and a password, who acts for **organisations** as owner, editor or
//! viewer, or holds an office: an *officer* keeps the ledger of one province, an *administrator* runs the
//! installation. What a user may do is never in a token; it is read with the session on every request.
//!
//! A **session** is one sign-in, 30 days at most. It is also a family of refresh tokens: each is good once and gives
//! the next. One that comes a second time was copied by somebody, and as nobody can tell who is the thief, the whole
//! session ends (RFC 9700 §4.14.2). Only hashes of refresh tokens are kept.
//!
//! Beside the password there may be a **second factor** ([`second_factor`]); an office may need it to have any powers.
//! Guesses, at whatever, are slowed ([`throttle`]), and who guesses does not learn which accounts there are
//! ([`mod@sign_in`]).
//!
//! Accounts come of a [`registration`], or of an invitation. That and whatever else strangers may ask for is answered
//! alike whether or not an address has an account; what there is to say goes by mail ([`links`], [`passwords`],
//! [`email_change`]).

pub mod command;
mod email_change;
pub mod http;
mod letters;
pub mod links;
pub mod model;
mod passwords;
mod proof;
mod registration;
pub mod second_factor;
mod sessions;
pub mod sign_in;
mod store;
pub mod throttle;

pub use email_change::{EMAIL_CHANGE_SECONDS, confirm_email_change, request_email_change};
pub use model::{
    Addressee, DisplayName, Email, MemberRole, Membership, Profile, ProfileMembership, Role, RoleName,
    SecondFactorRule, SecondFactorState, Session, SessionId, TermsVersion, UserId, UserLanguage,
};
pub use passwords::{
    RESET_SECONDS, change_password, known_of, request_reset, reset_by_token, reset_password, resetting,
};
pub use proof::{Proven, no_guess, prove};
pub use registration::{
    REGISTRATION_SECONDS, Registered, Registration, check_invitation, confirm_registration, register,
    register_invited, registration_password,
};
pub use sessions::{
    NewSession, Proof, Refresh, RefreshToken, SESSION_SECONDS, SessionEntry, SignedInUser,
    end_other_sessions, end_session, end_sessions_of, list_sessions, open_session, refresh_session,
    start_session, with_profile,
};
pub use sign_in::PLACE_SECONDS;

use crate::audit::{self, Action, Agent, Event};
use crate::auth::caller::Caller;
use crate::auth::password::{self, HashError, Password, PasswordHash};
use crate::auth::token::SigningError;
use crate::db::failure::violated_unique;
use crate::db::{Conn, Failure};
use crate::input::Change;
use crate::organisations::{OrganisationError, OrganisationId, OrganisationStanding};
use crate::privacy::PrivacyError;
use crate::world::World;
use diesel::QueryResult;
use diesel::connection::Connection;

/// What can go wrong with users and sessions.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("this e-mail address already has an account")]
    EmailTaken,
    #[error("there is no organisation {0}")]
    UnknownOrganisation(OrganisationId),
    #[error("there is no account with this e-mail address")]
    UnknownUser,
    #[error("wrong e-mail address or password")]
    InvalidCredentials,
    #[error("the refresh token is not valid")]
    InvalidRefreshToken,
    #[error("a used refresh token came again; its session has been ended")]
    RefreshTokenReused,
    #[error("the user was changed meanwhile")]
    Changed,
    #[error("the password that was to prove who asks is wrong")]
    WrongPassword,
    /// With the name of the field it came in.
    #[error("the code of the second factor is wrong or used")]
    WrongCode(&'static str),
    #[error("the code of the second factor is missing")]
    CodeMissing,
    #[error("the account has no second factor")]
    NoSecondFactor,
    #[error("no second factor waits to be confirmed")]
    NothingPending,
    #[error("an office needs its second factor")]
    OfficeNeedsSecondFactor,
    #[error("a one-time password cannot be made: {0}")]
    Totp(String),
    #[error(transparent)]
    Throttled(#[from] throttle::Throttled),
    #[error("the token is unknown, used, or has run out")]
    InvalidLink,
    #[error("the address has got an account since the letter was written")]
    AddressGone,
    #[error("the invitation is for another address")]
    OtherAddress,
    #[error("three letters have gone out within the hour")]
    TooManyLetters,
    #[error("the organisation of a registration: {0}")]
    Organisation(OrganisationError),
    #[error("the consent of a registration: {0}")]
    Consent(Box<PrivacyError>),
    #[error("what was kept of a registration: {0}")]
    Json(serde_json::Error),
    #[error(transparent)]
    Busy(#[from] password::Busy),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Signing(#[from] SigningError),
    #[error(transparent)]
    Db(Failure),
}

crate::db_errors!(AccountError);

/// A user to be.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub email: Email,
    pub password: Password,
    pub display_name: Option<DisplayName>,
    /// An officer's province is the caller's to check (`Reference::province_of_today`).
    pub role: Role,
    pub memberships: Vec<Membership>,
}

/// A user to be, whose password is hashed already.
#[derive(Debug, Clone)]
pub struct Person {
    pub email: Email,
    pub display_name: Option<String>,
    pub language: UserLanguage,
    pub role: Role,
}

/// Creates a user. Hashes the password on the spot: for the command line and the demonstration.
pub fn create_user(conn: &mut Conn, world: &World, new: NewUser) -> Result<UserId, AccountError> {
    let hash = new.password.hash(world)?;
    conn.transaction(|conn| {
        let role = new.role.name();
        let user = add_user(conn, world, new, &hash)?;
        let created = Event::of_user(Action::AccountCreated, user).with("role", role);
        audit::record(conn, world, &Agent::operator(), created)?;
        Ok(user)
    })
}

/// Creates a user whose password is hashed already.
pub fn add_user(
    conn: &mut Conn,
    world: &World,
    new: NewUser,
    hash: &PasswordHash,
) -> Result<UserId, AccountError> {
    let user = world.id();
    conn.transaction(|conn| {
        let organisations: Vec<_> = new.memberships.iter().map(|m| m.organisation).collect();
        if let Some(unknown) = store::first_unknown_organisation(conn, &organisations)? {
            return Err(AccountError::UnknownOrganisation(unknown));
        }
        let person = Person {
            email: new.email,
            display_name: new.display_name.map(|name| name.as_str().to_owned()),
            language: UserLanguage::Vi,
            role: new.role,
        };
        store::insert_user(conn, user, &person, hash, world.now()).map_err(|error| match violated_unique(
            &error,
        ) {
            Some("users_email_unique") => AccountError::EmailTaken,
            _ => error.into(),
        })?;
        store::insert_memberships(conn, user, &new.memberships, world.now())?;
        Ok(user)
    })
}

/// Makes a user a member of an organisation of which it is none yet.
pub fn join(conn: &mut Conn, world: &World, user: UserId, membership: Membership) -> QueryResult<()> {
    store::insert_memberships(conn, user, &[membership], world.now())
}

/// Whom to write to about an organisation: its owners.
pub fn owners_of(conn: &mut Conn, organisation: OrganisationId) -> QueryResult<Vec<Addressee>> {
    store::owners_of(conn, organisation)
}

/// Whom to write to about what these organisations have to deal with: their owners and editors, first come first. Nobody of
/// an organisation whose members may only read.
pub fn editors_of(
    conn: &mut Conn,
    organisations: &[OrganisationId],
) -> QueryResult<Vec<(OrganisationId, Addressee)>> {
    store::editors_of(conn, organisations)
}

/// Whom to write to about what lies in these provinces (codes of today): their officers, with the province of each.
pub fn officers_of(conn: &mut Conn, provinces: &[String]) -> QueryResult<Vec<(String, Addressee)>> {
    store::officers_of(conn, provinces)
}

/// Whom to write to where there is no officer.
pub fn admins(conn: &mut Conn) -> QueryResult<Vec<Addressee>> {
    store::admins(conn)
}

/// How to write to a user, if its account is still there.
pub fn addressee(conn: &mut Conn, user: UserId) -> QueryResult<Option<Addressee>> {
    store::addressee(conn, user)
}

/// May a user change what belongs to an organisation, now?
pub fn may_edit(conn: &mut Conn, user: UserId, organisation: OrganisationId) -> QueryResult<bool> {
    let part = store::part_in(conn, user, organisation)?;
    let role = part.map(|(role, standing)| standing.limited(role));
    Ok(matches!(role, Some(MemberRole::Owner | MemberRole::Editor)))
}

/// Is the caller an owner of an organisation, and may act as one, now? What it was when the request came in may have
/// ended while the transaction waited: to be asked with the organisation locked.
pub fn owns_still(conn: &mut Conn, caller: &Caller, organisation: OrganisationId) -> QueryResult<bool> {
    let part = part_in(conn, caller, organisation)?;
    Ok(part.is_some_and(|(role, standing)| standing.limited(role) == MemberRole::Owner))
}

/// The same for what only takes rights away, which the owners of a suspended organisation may do, too.
pub fn may_revoke(conn: &mut Conn, caller: &Caller, organisation: OrganisationId) -> QueryResult<bool> {
    let part = part_in(conn, caller, organisation)?;
    Ok(part.is_some_and(|(role, _)| role == MemberRole::Owner))
}

fn part_in(
    conn: &mut Conn,
    caller: &Caller,
    organisation: OrganisationId,
) -> QueryResult<Option<(MemberRole, OrganisationStanding)>> {
    let Some(user) = caller.user() else { return Ok(None) };
    store::part_in(conn, user, organisation)
}

/// What an organisation is called by those who belong to it; `None` if there is no such organisation.
pub fn organisation_name(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<Option<String>, AccountError> {
    Ok(store::organisation_name(conn, organisation)?)
}

/// The hash of a user's password, for who is to show it again in an open session.
pub fn password_of(conn: &mut Conn, user: UserId) -> Result<Option<PasswordHash>, AccountError> {
    Ok(store::password_of(conn, user)?)
}

/// A user as itself may see it.
pub fn profile(conn: &mut Conn, user: UserId) -> Result<Option<Profile>, AccountError> {
    Ok(store::profile(conn, user)?)
}

/// What a user may change of itself; `None` and `Keep` leave as it is.
#[derive(Debug, Clone)]
pub struct ProfileChange {
    pub display_name: Change<DisplayName>,
    pub language: Option<UserLanguage>,
}

/// Changes a user, if it is still the one that was `seen`.
pub fn change_profile(
    conn: &mut Conn,
    world: &World,
    by: &Agent,
    seen: &Profile,
    change: ProfileChange,
) -> Result<Profile, AccountError> {
    let mut changed = seen.clone();
    match change.display_name {
        Change::Keep => {}
        Change::Clear => changed.display_name = None,
        Change::Set(name) => changed.display_name = Some(name.as_str().to_owned()),
    }
    changed.language = change.language.unwrap_or(seen.language);
    // Always later than before, whatever the clock says: it is what tells two states apart.
    changed.updated_at =
        world.now().max(crate::db::Instant::from_micros(seen.updated_at.micros().saturating_add(1)));
    if store::update_profile(conn, seen.updated_at, &changed)? != 1 {
        return Err(AccountError::Changed);
    }
    let fields = [
        ("display_name", changed.display_name != seen.display_name),
        ("language", changed.language != seen.language),
    ];
    let fields: Vec<&str> = fields.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect();
    if !fields.is_empty() {
        let event = Event::of_user(Action::AccountChanged, changed.user).with("fields", fields);
        audit::record(conn, world, by, event)?;
    }
    Ok(changed)
}
