//! Members: who belongs to an organisation, and as what.

use super::{Member, MemberError, Party, is_last_owner, letters, lock_as_owner, store};
use crate::accounts::{MemberRole, UserId};
use crate::audit::{self, Action, Event};
use crate::auth::Caller;
use crate::db::{Conn, Instant};
use crate::input::Faults;
use crate::mail::MailKind;
use crate::organisations::OrganisationId;
use crate::say::{Invalid, Say};
use crate::world::World;

/// The members of an organisation that was opened, after the one that a cursor names.
pub fn members(
    conn: &mut Conn,
    party: &Party,
    after: Option<(Instant, UserId)>,
    rows: i64,
) -> Result<Vec<Member>, MemberError> {
    Ok(store::members(conn, party.id, after, rows)?)
}

/// One member of an organisation that was opened.
pub fn member(conn: &mut Conn, party: &Party, user: UserId) -> Result<Member, MemberError> {
    store::member(conn, party.id, user)?.ok_or(MemberError::NotFound)
}

fn told(action: Action, party: &Party, user: UserId) -> Event {
    Event::of_user(action, user).concerning(party.id).within(party.province.as_deref())
}

/// Who is no owner any more has no invitations either: nobody else has agreed to them.
fn withdraw_invitations(
    conn: &mut Conn,
    world: &World,
    party: &Party,
    user: UserId,
) -> Result<usize, MemberError> {
    let scope = store::Scope::Organisation(party.id);
    Ok(store::withdraw_of_inviter(conn, scope, user, world.now())?.len())
}

fn keep_an_owner(conn: &mut Conn, party: &Party, without: UserId) -> Result<(), MemberError> {
    let owners = store::owners(conn, party.id)?;
    if is_last_owner(&owners, without) { Err(MemberError::LastOwner) } else { Ok(()) }
}

/// Gives a member of an organisation that was locked as owner another role.
pub fn change_role(
    conn: &mut Conn,
    world: &World,
    caller: &Caller,
    party: &Party,
    member: Member,
    role: MemberRole,
) -> Result<Member, MemberError> {
    if member.role == role {
        return Ok(member);
    }
    let mut event = told(Action::MemberRoleChanged, party, member.user);
    event = event.with("from", member.role).with("to", role);
    if member.role == MemberRole::Owner {
        keep_an_owner(conn, party, member.user)?;
        event = event.with("invitations_withdrawn", withdraw_invitations(conn, world, party, member.user)?);
    }
    store::set_role(conn, party.id, member.user, role)?;
    if caller.user() != Some(member.user) {
        letters::to_member(conn, world, MailKind::MemberRoleChanged, party, member.user, Some(role))?;
    }
    audit::record(conn, world, &caller.agent(), event)?;
    Ok(Member { role, ..member })
}

/// Removes a member: an owner anybody, everybody itself.
pub fn remove(
    conn: &mut Conn,
    world: &World,
    caller: &Caller,
    id: OrganisationId,
    user: UserId,
) -> Result<(), MemberError> {
    let leaves = caller.user() == Some(user);
    let party = match leaves {
        true => super::lock(conn, caller, id)?,
        false => lock_as_owner(conn, caller, id)?,
    };
    let gone = member(conn, &party, user)?;
    let mut event = told(if leaves { Action::MemberLeft } else { Action::MemberRemoved }, &party, user);
    event = event.with("role", gone.role);
    if gone.role == MemberRole::Owner {
        keep_an_owner(conn, &party, user)?;
        event = event.with("invitations_withdrawn", withdraw_invitations(conn, world, &party, user)?);
    }
    store::remove_member(conn, party.id, user)?;
    if !leaves {
        letters::to_member(conn, world, MailKind::MemberRemoved, &party, user, None)?;
    }
    audit::record(conn, world, &caller.agent(), event)?;
    Ok(())
}

/// Makes a member the owner and the caller an editor; returns both, the new owner first.
pub fn transfer(
    conn: &mut Conn,
    world: &World,
    caller: &Caller,
    id: OrganisationId,
    to: UserId,
) -> Result<(Member, Member), MemberError> {
    let party = lock_as_owner(conn, caller, id)?;
    let from = caller.user().ok_or(MemberError::OwnersOnly)?;
    let heir = store::member(conn, id, to)?.filter(|_| to != from);
    let heir = heir.ok_or_else(|| MemberError::Invalid(Faults::one(["to"], not_another_member())))?;
    let before = member(conn, &party, from)?;
    store::set_role(conn, id, to, MemberRole::Owner)?;
    store::set_role(conn, id, from, MemberRole::Editor)?;
    let withdrawn = withdraw_invitations(conn, world, &party, from)?;
    letters::to_member(conn, world, MailKind::OwnershipTransferred, &party, to, Some(MemberRole::Owner))?;
    let event = told(Action::OwnershipTransferred, &party, to)
        .with("from", from)
        .with("role_before", heir.role)
        .with("invitations_withdrawn", withdrawn);
    audit::record(conn, world, &caller.agent(), event)?;
    Ok((Member { role: MemberRole::Owner, ..heir }, Member { role: MemberRole::Editor, ..before }))
}

fn not_another_member() -> Invalid {
    Invalid::new(
        "not_a_member",
        Say::new(
            "Cần mã của một thành viên khác của tổ chức này.",
            "Expected the id of another member of this organisation.",
        ),
    )
}
