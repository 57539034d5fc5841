//! How somebody gets an account without anybody's help.
//!
//! Who registers is a stranger with an address that may be anybody's. So nothing is made but a **pending registration**, and
//! a letter goes to the address; who brings back its token has read it, and gets the account and the organisation. What
//! the stranger is told does not depend on whether the address has an account: its owner is told instead.
//!
//! Two may register one address, its owner and somebody who would like to have the owner's account. Each of their letters
//! goes to the owner, so the token alone does not say whose registration is confirmed: it takes the **password** that was
//! chosen with it, too. And no registration replaces another, so that a stranger's leaves the owner's letter good.

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
use crate::privacy::{self, ConsentChannel, ConsentPurpose, Given, PrivacyError};
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

/// Keeps a registration until it is confirmed, beside earlier ones of the same address, and writes to the address. After
/// three letters within an hour it is not kept.
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
    store::insert_registration(conn, world.id(), &wanted.email, &new, &token.hash(), expires_at)?;
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

/// The password that confirms the registration of a token, as long as the token is good.
pub fn registration_password(
    conn: &mut Conn,
    world: &World,
    token: &Secret,
) -> Result<PasswordHash, AccountError> {
    let pending = store::find_registration(conn, &token.hash(), world.now())?;
    Ok(PasswordHash::stored(pending.ok_or(AccountError::InvalidLink)?.password_hash))
}

/// Makes user, organisation and ownership of a pending registration, for who has shown to know the password of `seen`. All
/// registrations of the address are over with it.
pub fn confirm_registration(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    token: &Secret,
    seen: &PasswordHash,
    origin: &Origin,
) -> Result<Registered, AccountError> {
    let pending = store::find_registration(conn, &token.hash(), world.now())?;
    let pending = pending.filter(|pending| pending.password_hash == seen.as_str());
    let pending = pending.ok_or(AccountError::InvalidLink)?;
    let email = Email::parse(&pending.email).map_err(|_| AccountError::InvalidLink)?;
    if !store::take_registrations(conn, &email, &token.hash())? {
        return Err(AccountError::InvalidLink);
    }
    let user = world.id();
    let person =
        Person { email, display_name: pending.display_name, language: pending.language, role: Role::Member };
    insert_person(conn, world, user, &person, seen)?;
    let by = Agent::new(Actor::User(user), origin.clone());
    let organisation = serde_json::from_str(&pending.organisation).map_err(AccountError::Json)?;
    let organisation = organisations::register(conn, world, reference, &by, organisation, user)?;
    let consent = Given {
        user,
        purpose: ConsentPurpose::AccountTerms,
        version: &pending.terms_version,
        channel: ConsentChannel::Registration,
        at: pending.created_at,
    };
    privacy::give(conn, world, &by, consent)?;
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
/// address it was sent to, which must be the account's. That is looked at first: of another address nobody learns whether
/// it has an account.
pub fn register_invited(
    conn: &mut Conn,
    world: &World,
    wanted: &Registration,
    invitation: &Secret,
    password: &PasswordHash,
    origin: &Origin,
) -> Result<Registered, AccountError> {
    check_invitation(conn, world, &wanted.email, invitation)?;
    let user = world.id();
    insert_person(conn, world, user, &wanted.person(), password)?;
    let by = Agent::new(Actor::User(user), origin.clone());
    let key = wanted.email.key();
    let accepted = members::accept(conn, world, &by, &invitation.hash(), user, &key).map_err(not_accepted)?;
    let consent = Given {
        user,
        purpose: ConsentPurpose::AccountTerms,
        version: wanted.terms.as_str(),
        channel: ConsentChannel::Invitation,
        at: world.now(),
    };
    privacy::give(conn, world, &by, consent)?;
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

/// Is the token of an invitation good, and for this address? Asked ahead of what takes time, too.
pub fn check_invitation(
    conn: &mut Conn,
    world: &World,
    email: &Email,
    invitation: &Secret,
) -> Result<(), AccountError> {
    let found = members::invitation_of(conn, &invitation.hash(), world.now()).map_err(not_accepted)?;
    match found.ok_or(AccountError::InvalidLink)?.email.key() == email.key() {
        true => Ok(()),
        false => Err(AccountError::OtherAddress),
    }
}

impl From<PrivacyError> for AccountError {
    fn from(error: PrivacyError) -> Self {
        match error {
            PrivacyError::Db(failure) => Self::Db(failure),
            PrivacyError::Account(error) => error,
            error => Self::Consent(Box::new(error)),
        }
    }
}

impl From<OrganisationError> for AccountError {
    fn from(error: OrganisationError) -> Self {
        match error {
            OrganisationError::Db(failure) => Self::Db(failure),
            error => Self::Organisation(error),
        }
    }
}
