//! Offices: how one comes to hold one, and how it ends.

use super::store::{OfficeHolder, Scope};
use super::{
    Accepted, DelegationId, Invitation, InvitationId, InvitedTo, MemberError, OfficeKind, delegations,
    invitations, letters, store,
};
use crate::accounts::model::EndReason;
use crate::accounts::{self, Email, Role, RoleName, UserId, UserLanguage};
use crate::audit::{self, Action, Agent, Event, SubjectKind};
use crate::auth::{Office, Officer};
use crate::db::Conn;
use crate::say::Say;
use crate::world::World;

/// Whom an administrator invites to what.
#[derive(Debug, Clone)]
pub struct NewOffice {
    pub email: Email,
    /// [`Role::Officer`] or [`Role::Admin`]. That the province is one of today is the caller's to check.
    pub office: Role,
    pub language: Option<UserLanguage>,
}

/// Lets only administrators pass: of who holds an office, not all do.
pub fn require_admin(by: &Officer) -> Result<(), MemberError> {
    if by.office == Office::Country { Ok(()) } else { Err(MemberError::AdminsOnly) }
}

/// Locks the administrators, of whom the caller must still be one.
fn lock_as_admin(conn: &mut Conn, by: &Officer) -> Result<Vec<UserId>, MemberError> {
    require_admin(by)?;
    let admins = store::lock_admins(conn)?;
    if admins.contains(&by.user) { Ok(admins) } else { Err(MemberError::AdminsOnly) }
}

/// Invites somebody to an office; an invitation of the same address to an office that is open is replaced.
pub fn invite_to_office(
    conn: &mut Conn,
    world: &World,
    issuer: &str,
    by: &Officer,
    new: NewOffice,
) -> Result<Invitation, MemberError> {
    lock_as_admin(conn, by)?;
    match store::user_of(conn, &new.email.key())? {
        Some((_, held)) if held == new.office => return Err(MemberError::AlreadyMember),
        Some((_, Role::Admin)) => return Err(an_admin_already()),
        _ => {}
    }
    let event = |id: InvitationId| {
        let event = Event::new(Action::OfficeInvited, SubjectKind::Invitation, id);
        event.within(new.office.province()).with("office", new.office.name())
    };
    let to = InvitedTo::Office(new.office.clone());
    let (invitation, replaced) =
        invitations::send(conn, world, issuer, by.user, new.email, to, new.language)?;
    audit::record(conn, world, &by.agent, event(invitation.id).with("replaces", replaced))?;
    Ok(invitation)
}

/// Invitations to offices, newest first.
pub fn office_invitations(
    conn: &mut Conn,
    by: &Officer,
    after: Option<InvitationId>,
    rows: i64,
) -> Result<Vec<Invitation>, MemberError> {
    require_admin(by)?;
    Ok(store::invitations(conn, Scope::Offices, after, rows)?)
}

/// Takes an invitation back that nobody has accepted.
pub fn withdraw_office_invitation(
    conn: &mut Conn,
    world: &World,
    by: &Officer,
    id: InvitationId,
) -> Result<(), MemberError> {
    lock_as_admin(conn, by)?;
    let invitation = invitations::withdraw(conn, world, Scope::Offices, id)?;
    let mut event = Event::new(Action::OfficeInvitationWithdrawn, SubjectKind::Invitation, id);
    if let InvitedTo::Office(office) = &invitation.to {
        event = event.within(office.province()).with("office", office.name());
    }
    audit::record(conn, world, &by.agent, event)?;
    Ok(())
}

fn an_admin_already() -> MemberError {
    MemberError::NotPossible(Say::new(
        "Người này đang là quản trị viên; hãy kết thúc chức vụ ấy trước.",
        "This person is an administrator; end that office first.",
    ))
}

/// Gives a user whose row is locked the office it was invited to. Whatever was delegated to it in another one ends.
pub(super) fn take(
    conn: &mut Conn,
    world: &World,
    by: &Agent,
    invitation: &Invitation,
    user: UserId,
    before: Role,
    office: &Role,
) -> Result<Accepted, MemberError> {
    if before == Role::Admin && *office != Role::Admin {
        return Err(an_admin_already());
    }
    let mut events = Vec::new();
    if before != *office {
        store::set_office(conn, user, office, world.now())?;
        events = delegations::end_with_the_office(conn, world, user, by.user())?;
    }
    let taken = Event::of_user(Action::OfficeTaken, user)
        .within(office.province())
        .with("office", office.name())
        .with("before", before.name())
        .with("invitation", invitation.id);
    events.push(taken);
    audit::record_all(conn, world, by, events)?;
    Ok(Accepted { to: InvitedTo::Office(office.clone()), at: world.now() })
}

/// Who holds an office: for an administrator everybody, for an officer the officers of its province.
pub fn office_holders(
    conn: &mut Conn,
    by: &Officer,
    after: Option<UserId>,
    rows: i64,
) -> Result<Vec<OfficeHolder>, MemberError> {
    let province = match &by.office {
        Office::Province(province) => Some(province.as_str()),
        Office::Country => None,
    };
    Ok(store::office_holders(conn, province, after, rows)?)
}

/// Ends an office: its holder is a member again, and its sessions end.
pub fn dismiss(conn: &mut Conn, world: &World, by: &Officer, user: UserId) -> Result<(), MemberError> {
    let admins = lock_as_admin(conn, by)?;
    let office = store::lock_office(conn, user)?.ok_or(MemberError::NotFound)?;
    let kind = OfficeKind::of(office.name()).ok_or(MemberError::NotFound)?;
    if admins == [user] {
        return Err(MemberError::NotPossible(Say::new(
            "Đây là quản trị viên duy nhất; hãy mời người khác làm quản trị viên trước.",
            "This is the only administrator; invite another one first.",
        )));
    }
    let now = world.now();
    store::set_office(conn, user, &Role::Member, now)?;
    let withdrawn: Vec<InvitationId> = match office.name() {
        RoleName::Admin => store::withdraw_of_inviter(conn, Scope::Offices, user, now)?,
        RoleName::Officer | RoleName::Member => Vec::new(),
    };
    let sessions = accounts::end_sessions_of(conn, world, user, EndReason::OfficeChanged)?;
    let mut events = delegations::end_with_the_office(conn, world, user, Some(by.user))?;
    letters::office_ended(conn, world, user, kind, office.province())?;
    let ended = Event::of_user(Action::OfficeEnded, user)
        .within(office.province())
        .with("office", office.name())
        .with("sessions_ended", sessions)
        .with("invitations_withdrawn", withdrawn.len());
    events.push(ended);
    audit::record_all(conn, world, &by.agent, events)?;
    Ok(())
}

/// How an ended delegation is told where an office was the reason.
pub(super) fn ended_with_office(id: DelegationId) -> Event {
    Event::new(Action::DelegationEnded, SubjectKind::Delegation, id).with("reason", "office_ended")
}
