//! Another password: by who knows the present one, by who reads the account's mail, and by the operator.
//!
//! Whichever way, every token that went out by mail before dies with the old password, and sessions end: a new password
//! is what somebody chooses who fears that another has got in. A second factor stays.

use super::links::{self, Purpose, TokenPurpose};
use super::model::{Email, EndReason, Profile, Session, UserId};
use super::{AccountError, store};
use crate::audit::{self, Action, Actor, Agent, Event, Origin};
use crate::auth::password::{Password, PasswordHash};
use crate::auth::secret::Secret;
use crate::db::Conn;
use crate::mail::{self, MailKind};
use crate::world::World;
use diesel::connection::Connection;

/// How long a token is good that lets one choose a new password.
pub const RESET_SECONDS: i64 = 3600;

/// What a guesser of this user's password would try.
pub fn known_of(profile: &Profile) -> Vec<String> {
    let own = [Some(profile.email.clone()), profile.display_name.clone()].into_iter().flatten();
    own.chain(profile.memberships.iter().map(|membership| membership.name.clone())).collect()
}

/// Changes the password of the caller, who has shown to know the one of `seen`. The caller's session goes on, all others
/// end.
pub fn change_password(
    conn: &mut Conn,
    world: &World,
    caller: &Session,
    seen: &PasswordHash,
    password: &PasswordHash,
) -> Result<(), AccountError> {
    let (user, now) = (caller.user, world.now());
    // Of two changes at once, the second would go by a password that is none any more.
    if store::replace_password(conn, user, seen, password, now)? == 0 {
        return Err(AccountError::WrongPassword);
    }
    store::end_other_sessions(conn, user, caller.session, EndReason::PasswordChanged, now)?;
    store::use_tokens_of(conn, user, now)?;
    tell(conn, world, user)?;
    let changed = Event::of_user(Action::AccountPasswordChanged, user);
    Ok(audit::record(conn, world, &caller.agent(), changed)?)
}

/// Writes to the account of an address, if there is one, how to choose a new password.
pub fn request_reset(
    conn: &mut Conn,
    world: &World,
    issuer: &str,
    email: &Email,
) -> Result<(), AccountError> {
    let (token, now) = (Secret::random(world), world.now());
    let Some(account) = store::addressee_at(conn, email)? else { return Ok(()) };
    let since = now.plus_seconds(-links::WINDOW_SECONDS);
    if store::count_tokens(conn, account.user, TokenPurpose::PasswordReset, since)? >= links::MOST_LETTERS {
        return Ok(());
    }
    let new = store::NewToken {
        purpose: TokenPurpose::PasswordReset,
        user: account.user,
        email: None,
        created_at: now,
        expires_at: now.plus_seconds(RESET_SECONDS),
    };
    store::insert_token(conn, &token.hash(), &new)?;
    let letter =
        account.letter(MailKind::PasswordReset, links::values(issuer, Purpose::PasswordReset, &token));
    Ok(mail::send(conn, world, &letter)?)
}

/// Whose password a token may set, as long as it is good.
pub fn resetting(conn: &mut Conn, world: &World, token: &Secret) -> Result<Profile, AccountError> {
    let found = store::find_token(conn, &token.hash(), TokenPurpose::PasswordReset, world.now())?;
    let user = found.ok_or(AccountError::InvalidLink)?;
    store::profile(conn, user)?.ok_or(AccountError::InvalidLink)
}

/// Sets a new password by a token from a letter, which is good once. All sessions end.
pub fn reset_by_token(
    conn: &mut Conn,
    world: &World,
    token: &Secret,
    password: &PasswordHash,
    origin: &Origin,
) -> Result<(), AccountError> {
    let now = world.now();
    let used = store::use_token(conn, &token.hash(), TokenPurpose::PasswordReset, now)?;
    let (user, _) = used.ok_or(AccountError::InvalidLink)?;
    store::set_password_of(conn, user, password, now)?;
    store::end_sessions_of(conn, user, EndReason::PasswordReset, now)?;
    store::use_tokens_of(conn, user, now)?;
    tell(conn, world, user)?;
    let reset = Event::of_user(Action::AccountPasswordReset, user).with("by", "mail");
    Ok(audit::record(conn, world, &Agent::new(Actor::User(user), origin.clone()), reset)?)
}

/// Gives an account another password and ends its sessions. For the command line: hashes on the spot.
pub fn reset_password(
    conn: &mut Conn,
    world: &World,
    email: &Email,
    password: &Password,
) -> Result<(), AccountError> {
    let (hash, now) = (password.hash(world)?, world.now());
    conn.transaction(|conn| {
        let user = store::addressee_at(conn, email)?.ok_or(AccountError::UnknownUser)?.user;
        store::set_password_of(conn, user, &hash, now)?;
        store::end_sessions_of(conn, user, EndReason::PasswordReset, now)?;
        store::use_tokens_of(conn, user, now)?;
        tell(conn, world, user)?;
        let reset = Event::of_user(Action::AccountPasswordReset, user).with("by", "operator");
        Ok(audit::record(conn, world, &Agent::operator(), reset)?)
    })
}

fn tell(conn: &mut Conn, world: &World, user: UserId) -> Result<(), AccountError> {
    let account = store::addressee(conn, user)?.ok_or(AccountError::UnknownUser)?;
    Ok(mail::send(conn, world, &account.letter(MailKind::PasswordChanged, Vec::new()))?)
}
