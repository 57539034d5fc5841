//! How somebody gets an account without anybody's help.
//!
//! Who registers is a stranger with an address that may be anybody's. So nothing is made but a **pending registration**, and
//! a letter goes to the address; who brings back its token has read it, and gets the account and the organisation. What
//! the stranger is told does not depend on whether the address has an account: its owner is told instead.

use super::links::{self, Purpose};
use super::model::{DisplayName, Email, MemberRole, Role, TermsVersion, UserId, UserLanguage};
use super::{AccountError, Person, store};
use crate::audit::{self, Action, Actor, Agent, Event, Origin};
use crate::auth::password::PasswordHash;
use crate::auth::secret::Secret;
use crate::db::Conn;
use crate::db::failure::violated_unique;
use crate::mail::{self, Letter, MailKind};
use crate::members::{self, InvitedTo, MemberError};
use crate::organisations::{self, NewOrganisation, OrganisationError, OrganisationId};
use crate::reference::Reference;
use crate::world::World;

/// How long a letter's token is good.
pub const REGISTRATION_SECONDS: i64 = 48 * 3600;

/// What somebody who registers says, the password aside.
#[derive(Debug, Clone)]
pub struct Registration {
    pub email: Email,
    pub display_name: Option<DisplayName>,
    pub language: UserLanguage,
    pub terms: TermsVersion,
}

impl Registration {
    /// What a guesser of its password would try.
    pub fn known(&self, organisation: Option<&NewOrganisation>) -> Vec<String> {
        let names = [
            Some(self.email.as_str()),
            self.display_name.as_ref().map(DisplayName::as_str),
            organisation.map(|organisation| organisation.legal_name.as_str()),
            organisation.and_then(|organisation| organisation.public_name.as_ref()).map(|name| name.as_str()),
        ];
        names.into_iter().flatten().map(str::to_owned).collect()
    }

    fn person(&self) -> Person {
        Person {
            email: self.email.clone(),
            display_name: self.display_name.as_ref().map(|name| name.as_str().to_owned()),
            language: self.language,
            role: Role::Member,
        }
    }
}

/// Keeps a registration until its address is confirmed, instead of an earlier one of the same address, and writes to the
/// address. After three letters within an hour it waits for one of them to be used.
pub fn register(
    conn: &mut Conn,
    world: &World,
    issuer: &str,
    wanted: &Registration,
    organisation: &NewOrganisation,
    password: &PasswordHash,
) -> Result<(), AccountError> {
    let (token, now) = (Secret::random(world), world.now());
    if let Some(account) = store::addressee_at(conn, &wanted.email)? {
        return links::remind(conn, world, MailKind::RegistrationExists, account);
    }
    let earlier = store::registration_letters(conn, &wanted.email, now.plus_seconds(-links::WINDOW_SECONDS))?;
    if earlier >= links::MOST_LETTERS {
        return Ok(());
    }
    let new = store::PendingRegistration {
        email: wanted.email.as_str().to_owned(),
        password_hash: password.as_str().to_owned(),
        display_name: wanted.display_name.as_ref().map(|name| name.as_str().to_owned()),
        language: wanted.language,
        organisation: serde_json::to_string(organisation).map_err(AccountError::Json)?,
        terms_version: wanted.terms.as_str().to_owned(),
        created_at: now,
    };
    let expires_at = now.plus_seconds(REGISTRATION_SECONDS);
    store::put_registration(conn, world.id(), &wanted.email, &new, &token.hash(), earlier + 1, expires_at)?;
    let letter = Letter {
        kind: MailKind::Registration,
        to: wanted.email.clone(),
        user: None,
        language: wanted.language,
        values: links::values(issuer, Purpose::Registration, &token),
    };
    Ok(mail::send(conn, world, &letter)?)
}

/// An account that has come of a registration.
#[derive(Debug, Clone)]
pub struct Registered {
    pub user: UserId,
    /// None of who was invited to an office.
    pub organisation: Option<OrganisationId>,
    pub email: String,
}

/// Makes user, organisation and ownership of a pending registration, which is over with it.
pub fn confirm_registration(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    token: &Secret,
    origin: &Origin,
) -> Result<Registered, AccountError> {
    let pending =
        store::take_registration(conn, &token.hash(), world.now())?.ok_or(AccountError::InvalidLink)?;
    let user = world.id();
    let person = Person {
        email: Email::parse(&pending.email).map_err(|_| AccountError::InvalidLink)?,
        display_name: pending.display_name,
        language: pending.language,
        role: Role::Member,
    };
    insert_person(conn, world, user, &person, &PasswordHash::stored(pending.password_hash))?;
    let consent = store::TermsConsent {
        version: &pending.terms_version,
        channel: "registration",
        given_at: pending.created_at,
    };
    store::insert_terms_consent(conn, world.id(), user, consent)?;
    let by = Agent::new(Actor::User(user), origin.clone());
    let organisation = serde_json::from_str(&pending.organisation).map_err(AccountError::Json)?;
    let organisation = organisations::register(conn, world, reference, &by, organisation, user)?;
    let registered = Event::of_user(Action::AccountRegistered, user)
        .concerning(organisation)
        .with("role", MemberRole::Owner);
    audit::record(conn, world, &by, registered)?;
    Ok(Registered { user, organisation: Some(organisation), email: pending.email })
}

fn insert_person(
    conn: &mut Conn,
    world: &World,
    user: UserId,
    person: &Person,
    password: &PasswordHash,
) -> Result<(), AccountError> {
    store::insert_user(conn, user, person, password, world.now()).map_err(|error| {
        match violated_unique(&error) {
            Some("users_email_unique") => AccountError::AddressGone,
            _ => error.into(),
        }
    })
}

/// Makes an account for somebody who was invited, and accepts the invitation: its token came by mail, and so proves the
/// address it was sent to, which must be the account's.
pub fn register_invited(
    conn: &mut Conn,
    world: &World,
    wanted: &Registration,
    invitation: &Secret,
    password: &PasswordHash,
    origin: &Origin,
) -> Result<Registered, AccountError> {
    let (user, now) = (world.id(), world.now());
    insert_person(conn, world, user, &wanted.person(), password)?;
    let consent =
        store::TermsConsent { version: wanted.terms.as_str(), channel: "invitation", given_at: now };
    store::insert_terms_consent(conn, world.id(), user, consent)?;
    let by = Agent::new(Actor::User(user), origin.clone());
    let key = wanted.email.key();
    let accepted = members::accept(conn, world, &by, &invitation.hash(), user, &key).map_err(not_accepted)?;
    let mut registered = Event::of_user(Action::AccountRegistered, user).with("by", "invitation");
    let organisation = match accepted.to {
        InvitedTo::Organisation { organisation, .. } => Some(organisation),
        InvitedTo::Office(_) => None,
    };
    if let Some(organisation) = organisation {
        registered = registered.concerning(organisation);
    }
    audit::record(conn, world, &by, registered)?;
    Ok(Registered { user, organisation, email: wanted.email.as_str().to_owned() })
}

fn not_accepted(error: MemberError) -> AccountError {
    match error {
        MemberError::Db(failure) => AccountError::Db(failure),
        MemberError::Account(error) => error,
        MemberError::OtherAddress => AccountError::OtherAddress,
        _ => AccountError::InvalidLink,
    }
}

/// Is the token of an invitation good? Asked ahead of what takes time.
pub fn check_invitation(conn: &mut Conn, world: &World, invitation: &Secret) -> Result<(), AccountError> {
    let found = members::invitation_of(conn, &invitation.hash(), world.now()).map_err(not_accepted)?;
    found.map(drop).ok_or(AccountError::InvalidLink)
}

impl From<OrganisationError> for AccountError {
    fn from(error: OrganisationError) -> Self {
        match error {
            OrganisationError::Db(failure) => Self::Db(failure),
            error => Self::Organisation(error),
        }
    }
}
