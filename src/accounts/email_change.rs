//! Another e-mail address: asked for by who knows the password, confirmed by who reads the new address's mail, told to who
//! reads the old one's.
//!
//! The caller is not told whether the new address has an account; its owner is.

use super::links::{self, Purpose, TokenPurpose};
use super::model::{Email, Session};
use super::{AccountError, store};
use crate::audit::{self, Action, Actor, Agent, Event, Origin};
use crate::auth::secret::Secret;
use crate::db::Conn;
use crate::db::failure::violated_unique;
use crate::mail::{self, Letter, MailKind};
use crate::world::World;

/// How long a letter's token is good.
pub const EMAIL_CHANGE_SECONDS: i64 = 24 * 3600;

/// Writes to both addresses of a caller who has shown to know the password.
pub fn request_email_change(
    conn: &mut Conn,
    world: &World,
    issuer: &str,
    caller: &Session,
    email: &Email,
) -> Result<(), AccountError> {
    let (token, now) = (Secret::random(world), world.now());
    let account = store::addressee(conn, caller.user)?.ok_or(AccountError::UnknownUser)?;
    let since = now.plus_seconds(-links::WINDOW_SECONDS);
    if store::count_tokens(conn, caller.user, TokenPurpose::EmailChange, since)? >= links::MOST_LETTERS {
        return Err(AccountError::TooManyLetters);
    }
    let owner = store::addressee_at(conn, email)?;
    let new = store::NewToken {
        purpose: TokenPurpose::EmailChange,
        user: caller.user,
        email: Some(email.as_str().to_owned()),
        created_at: now,
        // Of an address that is taken it is good for nothing, and only counts.
        expires_at: if owner.is_some() { now } else { now.plus_seconds(EMAIL_CHANGE_SECONDS) },
    };
    store::insert_token(conn, &token.hash(), &new)?;
    match owner {
        Some(owner) => links::remind(conn, world, MailKind::EmailChangeExists, owner)?,
        None => {
            let letter = Letter {
                kind: MailKind::EmailChange,
                to: email.clone(),
                user: Some(caller.user),
                language: account.language,
                values: links::values(issuer, Purpose::EmailChange, &token),
            };
            mail::send(conn, world, &letter)?;
        }
    }
    Ok(mail::send(conn, world, &account.letter(MailKind::EmailChangeAsked, Vec::new()))?)
}

/// Gives the account of a token its new address. Sessions go on; other tokens that went out by mail die, for they went to
/// the old address.
pub fn confirm_email_change(
    conn: &mut Conn,
    world: &World,
    token: &Secret,
    origin: &Origin,
) -> Result<(), AccountError> {
    let now = world.now();
    let used = store::use_token(conn, &token.hash(), TokenPurpose::EmailChange, now)?;
    let (user, email) = used.ok_or(AccountError::InvalidLink)?;
    let email = email.and_then(|email| Email::parse(&email).ok()).ok_or(AccountError::InvalidLink)?;
    let before = store::addressee(conn, user)?.ok_or(AccountError::InvalidLink)?;
    store::set_email(conn, user, &email, now).map_err(|error| match violated_unique(&error) {
        Some("users_email_unique") => AccountError::AddressGone,
        _ => error.into(),
    })?;
    store::use_tokens_of(conn, user, now)?;
    mail::send(conn, world, &before.letter(MailKind::EmailChanged, Vec::new()))?;
    let changed = Event::of_user(Action::AccountEmailChanged, user);
    Ok(audit::record(conn, world, &Agent::new(Actor::User(user), origin.clone()), changed)?)
}
