//! Signing in, so that nobody learns from answer or time whether an account exists: each step does as much for one that
//! does not.
//!
//! 1. [`look_up`]: what the account is, and whether the asker's place is one it is known to be signed in from.
//! 2. [`throttle::reserve`]: the guess is counted ahead, or refused unseen.
//! 3. The password is looked at, off these threads.
//! 4. [`sign_in`] if it was right, [`refused`] if it was wrong.

use super::second_factor::{self, Checked, Shown};
use super::throttle::{self, Guess, Reservation};
use super::{AccountError, Email, Proof, SignedInUser, UserId, letters, start_session, store, with_profile};
use crate::audit::{self, Action, Actor, Agent, Event, Origin};
use crate::auth::password::PasswordHash;
use crate::db::{Conn, Instant};
use crate::mail::MailKind;
use crate::world::World;
use diesel::connection::Connection;

/// Places are remembered so long after a sign-in from there, and with them the sessions.
pub const PLACE_SECONDS: i64 = 90 * 86_400;
/// An account that is younger is new everywhere.
const NEW_ACCOUNT_SECONDS: i64 = 86_400;

/// Somebody who wants to sign in.
#[derive(Debug, Clone)]
pub struct Candidate {
    email: Email,
    account: Option<(UserId, PasswordHash)>,
    place: Place,
    origin: Origin,
}

/// Where the account was signed in from of late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// From there too.
    Known,
    /// From other places only.
    New,
    /// From nowhere.
    First,
}

impl Candidate {
    /// The hash to compare the password with.
    pub fn hash(&self) -> Option<PasswordHash> {
        self.account.as_ref().map(|(_, hash)| hash.clone())
    }

    /// What the attempt counts at.
    pub fn guess(&self) -> Guess {
        Guess::at_account(&self.email, address(&self.origin), self.place == Place::Known)
    }

    fn agent(&self, actor: Actor) -> Agent {
        Agent::new(actor, self.origin.clone())
    }
}

fn address(origin: &Origin) -> &str {
    origin.address.as_deref().unwrap_or("unknown")
}

/// Reads what is known of an account and of the place of the asker.
pub fn look_up(
    conn: &mut Conn,
    email: Email,
    origin: Origin,
    now: Instant,
) -> Result<Candidate, AccountError> {
    let account = store::find_credentials(conn, &email.key())?;
    let addresses = store::addresses_of(conn, &email.key(), now.plus_seconds(-PLACE_SECONDS))?;
    let here = throttle::network(address(&origin));
    let place = match addresses.iter().any(|address| throttle::network(address) == here) {
        true => Place::Known,
        false if addresses.is_empty() => Place::First,
        false => Place::New,
    };
    Ok(Candidate { email, account, place, origin })
}

/// What came of a sign-in with the right password. None is an error of the transaction: what was counted stays.
pub enum SignIn {
    Started(Box<SignedInUser>),
    /// The account has a second factor, and none was shown.
    CodeNeeded,
    WrongCode,
    /// The password was changed while it was looked at, or the account has gone.
    Refused,
}

/// Begins a session of somebody whose password was right.
pub fn sign_in(
    conn: &mut Conn,
    world: &World,
    candidate: &Candidate,
    shown: Option<&Shown>,
    reservation: &Reservation,
) -> Result<SignIn, AccountError> {
    let now = world.now();
    let Some((user, hash)) = &candidate.account else { return Ok(SignIn::Refused) };
    if store::lock_password(conn, *user)?.as_ref() != Some(hash) {
        return Ok(SignIn::Refused);
    }
    let (proof, left) = match second_factor::check(conn, world, *user, shown)? {
        Checked::NotSet => (Proof::Password, None),
        Checked::Right => (Proof::PasswordAndSecondFactor, None),
        Checked::RightByRecovery { left } => (Proof::PasswordAndSecondFactor, Some(left)),
        // The password is no guess any more, but it does not clear the count of wrong codes either.
        Checked::Missing => {
            throttle::take_back(conn, now, reservation)?;
            return Ok(SignIn::CodeNeeded);
        }
        Checked::Wrong => {
            refused(conn, world, candidate, reservation)?;
            return Ok(SignIn::WrongCode);
        }
    };
    throttle::succeed(conn, now, reservation)?;
    let created_at = store::created_at(conn, *user)?;
    if is_surprising(candidate.place, created_at, now) {
        let from = candidate.origin.address.clone().unwrap_or_default();
        let values = vec![("when", letters::when(now)), ("address", from)];
        letters::tell(conn, world, *user, MailKind::SignInNewPlace, values)?;
    }
    let session = start_session(conn, world, *user, proof, &candidate.origin)?;
    if let Some(left) = left {
        let used = Event::of_user(Action::AccountRecoveryCodeUsed, *user).with("left", left);
        audit::record(conn, world, &candidate.agent(Actor::User(*user)), used)?;
    }
    Ok(SignIn::Started(Box::new(with_profile(conn, session)?)))
}

/// Should the owner be told of a sign-in from there? Of an account that has been quiet for long, nothing is known of
/// places any more.
fn is_surprising(place: Place, created_at: Instant, now: Instant) -> bool {
    let older_than = |seconds: i64| created_at.plus_seconds(seconds) <= now;
    match place {
        Place::Known => false,
        Place::New => older_than(NEW_ACCOUNT_SECONDS),
        Place::First => older_than(PLACE_SECONDS),
    }
}

/// Remembers a wrong guess, if it is the one after which the account begins to be slowed: once, lest a guesser write our
/// log. Of an account that does not exist the same is written, and taken back.
pub fn refused(
    conn: &mut Conn,
    world: &World,
    candidate: &Candidate,
    reservation: &Reservation,
) -> Result<(), AccountError> {
    if !reservation.begins_delay() {
        return Ok(());
    }
    throttle::touch(conn, world.now(), reservation)?;
    let nobody = candidate.agent(Actor::Nobody);
    let user = candidate.account.as_ref().map(|(user, _)| *user);
    let about = user.unwrap_or_else(|| world.id());
    let recorded = conn.transaction(|conn| {
        audit::record(conn, world, &nobody, Event::of_user(Action::SessionRefused, about))?;
        match user {
            Some(_) => Ok(()),
            None => Err(diesel::result::Error::RollbackTransaction),
        }
    });
    match recorded {
        Err(diesel::result::Error::RollbackTransaction) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_home_is_no_surprise() {
        let made = Instant::from_micros(1_795_000_000_000_000);
        let after = |days: i64| made.plus_seconds(days * 86_400);
        for (place, days, surprising) in [
            (Place::Known, 400, false),
            (Place::New, 0, false),
            (Place::New, 1, true),
            (Place::First, 1, false),
            (Place::First, 89, false),
            (Place::First, 90, true),
        ] {
            assert_eq!(is_surprising(place, made, after(days)), surprising, "{place:?} after {days} days");
        }
    }
}
