//! Invitations to an organisation, and the acceptance of any invitation.

use super::store::Scope;
use super::{
    INVITATION_SECONDS, Invitation, InvitationId, InvitationState, InvitedTo, MOST_A_DAY, MOST_OPEN,
    MemberError, Party, letters, lock_as_owner, offices, open_as_owner, store, weight,
};
use crate::accounts::{Email, MemberRole, UserId, UserLanguage};
use crate::audit::{self, Action, Agent, Event, SubjectKind};
use crate::auth::{Caller, Secret};
use crate::db::{Conn, Instant};
use crate::organisations::OrganisationId;
use crate::say;
use crate::world::World;

/// Whom an owner invites.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    pub email: Email,
    pub role: MemberRole,
    /// Of the letter; else the inviter's.
    pub language: Option<UserLanguage>,
}

/// Invites somebody to an organisation; an invitation of the same address that is open is replaced.
pub fn invite(
    conn: &mut Conn,
    world: &World,
    issuer: &str,
    caller: &Caller,
    id: OrganisationId,
    new: NewInvitation,
) -> Result<Invitation, MemberError> {
    let party = lock_as_owner(conn, caller, id)?;
    let inviter = caller.user().ok_or(MemberError::OwnersOnly)?;
    if store::is_member(conn, id, &new.email.key())? {
        return Err(MemberError::AlreadyMember);
    }
    let to = InvitedTo::Organisation { organisation: id, role: new.role };
    let (invitation, replaced) = send(conn, world, issuer, inviter, new.email, to, new.language)?;
    let event =
        told(Action::MemberInvited, &invitation, &party).with("role", new.role).with("replaces", replaced);
    audit::record(conn, world, &caller.agent(), event)?;
    Ok(invitation)
}

fn told(action: Action, invitation: &Invitation, party: &Party) -> Event {
    Event::new(action, SubjectKind::Invitation, invitation.id)
        .concerning(party.id)
        .within(party.province.as_deref())
}

/// Replaces what is open for the address, keeps the limits, writes the invitation and its letter.
pub(super) fn send(
    conn: &mut Conn,
    world: &World,
    issuer: &str,
    invited_by: UserId,
    email: Email,
    to: InvitedTo,
    language: Option<UserLanguage>,
) -> Result<(Invitation, Vec<InvitationId>), MemberError> {
    let (now, secret) = (world.now(), Secret::random(world));
    let scope = scope_of(&to);
    let replaced = store::withdraw_open(conn, scope, &email.key(), now)?;
    let (open, today) = store::count_invitations(conn, scope, now, now.plus_seconds(-86_400))?;
    if open >= MOST_OPEN {
        return Err(MemberError::NotPossible(say!(
            "Đang có {MOST_OPEN} lời mời chưa được nhận; hãy rút bớt trước.",
            "There are {MOST_OPEN} open invitations; withdraw one first."
        )));
    }
    if today >= MOST_A_DAY {
        return Err(MemberError::TooManyInvitations);
    }
    let invitation = Invitation {
        id: world.id(),
        email,
        to,
        invited_by,
        created_at: now,
        expires_at: now.plus_seconds(INVITATION_SECONDS),
        accepted_at: None,
        withdrawn_at: None,
    };
    store::insert_invitation(conn, &invitation, &secret)?;
    letters::invitation(conn, world, issuer, &invitation, &secret, language)?;
    Ok((invitation, replaced))
}

fn scope_of(to: &InvitedTo) -> Scope {
    match to {
        InvitedTo::Organisation { organisation, .. } => Scope::Organisation(*organisation),
        InvitedTo::Office(_) => Scope::Offices,
    }
}

/// The invitations of an organisation, for its owners, newest first.
pub fn invitations_of(
    conn: &mut Conn,
    caller: &Caller,
    id: OrganisationId,
    after: Option<InvitationId>,
    rows: i64,
) -> Result<Vec<Invitation>, MemberError> {
    open_as_owner(conn, caller, id)?;
    Ok(store::invitations(conn, Scope::Organisation(id), after, rows)?)
}

/// Takes an invitation back that nobody has accepted.
pub fn withdraw_invitation(
    conn: &mut Conn,
    world: &World,
    caller: &Caller,
    id: OrganisationId,
    invitation: InvitationId,
) -> Result<(), MemberError> {
    let party = lock_as_owner(conn, caller, id)?;
    let invitation = withdraw(conn, world, Scope::Organisation(id), invitation)?;
    let event = told(Action::MemberInvitationWithdrawn, &invitation, &party);
    audit::record(conn, world, &caller.agent(), event)?;
    Ok(())
}

/// Takes back what is open; one that has run out needs it no more, and nobody is told otherwise.
pub(super) fn withdraw(
    conn: &mut Conn,
    world: &World,
    scope: Scope,
    id: InvitationId,
) -> Result<Invitation, MemberError> {
    let invitation = store::lock_invitation(conn, scope, id)?.ok_or(MemberError::NotFound)?;
    match invitation.state(world.now()) {
        InvitationState::Open | InvitationState::Expired => {
            store::withdraw(conn, &[id], world.now())?;
            Ok(invitation)
        }
        InvitationState::Accepted | InvitationState::Withdrawn => Err(MemberError::AlreadyDecided),
    }
}

/// The invitation of a token, if it can be accepted now: the token proves that `email` belongs to whoever brings it.
pub fn invitation_of(
    conn: &mut Conn,
    token_hash: &str,
    now: Instant,
) -> Result<Option<Invitation>, MemberError> {
    let invitation = store::invitation_by_hash(conn, token_hash)?;
    Ok(invitation.filter(|invitation| invitation.state(now) == InvitationState::Open))
}

/// What has come of an acceptance: what the user is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The role is the one that the user has now, which may be higher than the one it was invited to.
    pub to: InvitedTo,
    pub at: Instant,
}

/// Accepts the invitation of a token for `user`, whose address is `email_key`. Meant to be called inside a transaction.
pub fn accept(
    conn: &mut Conn,
    world: &World,
    by: &Agent,
    token_hash: &str,
    user: UserId,
    email_key: &str,
) -> Result<Accepted, MemberError> {
    let found = store::invitation_by_hash(conn, token_hash)?.ok_or(MemberError::InvalidLink)?;
    // Organisation or user first, then the invitation: the order of everybody who takes several of these locks.
    match &found.to {
        InvitedTo::Organisation { organisation, role } => {
            let party = store::lock_party(conn, *organisation)?.ok_or(MemberError::InvalidLink)?;
            let invitation = take(conn, world, &found, user, email_key)?;
            join(conn, world, by, &party, &invitation, user, *role)
        }
        InvitedTo::Office(office) => {
            let before = store::lock_office(conn, user)?.ok_or(MemberError::NotFound)?;
            let invitation = take(conn, world, &found, user, email_key)?;
            offices::take(conn, world, by, &invitation, user, before, office)
        }
    }
}

/// Marks the invitation as accepted, if it is open and the user's.
fn take(
    conn: &mut Conn,
    world: &World,
    found: &Invitation,
    user: UserId,
    email_key: &str,
) -> Result<Invitation, MemberError> {
    let now = world.now();
    let invitation = store::lock_invitation(conn, scope_of(&found.to), found.id)?;
    let invitation = invitation.filter(|invitation| invitation.state(now) == InvitationState::Open);
    let invitation = invitation.ok_or(MemberError::InvalidLink)?;
    if invitation.email.key() != email_key {
        return Err(MemberError::OtherAddress);
    }
    store::set_accepted(conn, invitation.id, user, now)?;
    Ok(invitation)
}

fn join(
    conn: &mut Conn,
    world: &World,
    by: &Agent,
    party: &Party,
    invitation: &Invitation,
    user: UserId,
    role: MemberRole,
) -> Result<Accepted, MemberError> {
    let now = world.now();
    let before = store::member(conn, party.id, user)?.map(|member| member.role);
    let (action, role) = match before {
        None => {
            store::add_member(conn, party.id, user, role, now)?;
            (Action::MemberJoined, role)
        }
        Some(before) if weight(before) < weight(role) => {
            store::set_role(conn, party.id, user, role)?;
            (Action::MemberRoleChanged, role)
        }
        Some(before) => (Action::MemberJoined, before),
    };
    let event = Event::of_user(action, user)
        .concerning(party.id)
        .within(party.province.as_deref())
        .with("invitation", invitation.id)
        .with("from", before)
        .with("to", role);
    audit::record(conn, world, by, event)?;
    Ok(Accepted { to: InvitedTo::Organisation { organisation: party.id, role }, at: now })
}
