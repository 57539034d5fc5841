//! Delegations: asked for by an officer and agreed to by an owner, or given by an owner at once.

use super::store::Which;
use super::{
    DelegatedRole, Delegation, DelegationId, DelegationPurpose, DelegationState, MemberError, Party, belongs,
    checked_until, letters, lock, lock_as_owner, offices, open, store,
};
use crate::accounts::{self, Email, Role, UserId};
use crate::audit::{self, Action, Event, SubjectKind};
use crate::auth::Caller;
use crate::db::{Conn, Day};
use crate::input::{Fault, Faults};
use crate::mail::MailKind;
use crate::organisations::OrganisationId;
use crate::say::{Invalid, Say};
use crate::world::World;

/// A delegation to be.
#[derive(Debug, Clone)]
pub struct NewDelegation {
    /// Whose owner agrees at once; without it the caller asks for itself.
    pub delegate: Option<Email>,
    pub role: DelegatedRole,
    pub purpose: DelegationPurpose,
    /// Its last day.
    pub until: Day,
}

fn told(action: Action, party: &Party, delegation: &Delegation) -> Event {
    Event::new(action, SubjectKind::Delegation, delegation.id)
        .concerning(party.id)
        .within(party.province.as_deref())
        .with("delegate", delegation.delegate)
        .with("role", delegation.role)
        .with("until", delegation.until())
}

/// An owner lets an officer of the province act for the organisation, or such an officer asks for it.
pub fn new_delegation(
    conn: &mut Conn,
    world: &World,
    caller: &Caller,
    id: OrganisationId,
    new: NewDelegation,
) -> Result<Delegation, MemberError> {
    let party = lock(conn, caller, id)?;
    let by = caller.user().ok_or(MemberError::OwnersOnly)?;
    let grants = accounts::owns_still(conn, caller, id)?;
    if !grants && !is_officer_of(&caller.role, &party) {
        return Err(MemberError::OwnersOnly);
    }
    let delegate = checked(conn, world, &party, &new, grants, by)?;
    refuse_a_second(conn, world, &party, delegate)?;
    let now = world.now();
    let made = Delegation {
        id: world.id(),
        organisation: id,
        organisation_name: String::new(),
        delegate,
        delegate_name: None,
        delegate_email: String::new(),
        role: new.role,
        purpose: new.purpose,
        requested_at: now,
        granted_at: grants.then_some(now),
        ends_at: new.until.plus_days(1).start(),
        ended_at: None,
    };
    store::insert_delegation(conn, &made, by, grants.then_some(by))?;
    let made = of_party(conn, &party, made.id)?;
    let (kind, action) = match grants {
        true => (MailKind::DelegationGranted, Action::DelegationGranted),
        false => (MailKind::DelegationRequested, Action::DelegationRequested),
    };
    let owners = store::owners(conn, id)?;
    letters::about_delegation(conn, world, kind, &made, &concerned(owners, delegate, by))?;
    audit::record(conn, world, &caller.agent(), told(action, &party, &made))?;
    Ok(made)
}

/// The owners and the delegate, but not whoever does it.
fn concerned(mut owners: Vec<UserId>, delegate: UserId, by: UserId) -> Vec<UserId> {
    owners.push(delegate);
    owners.retain(|user| *user != by);
    owners
}

fn is_officer_of(role: &Role, party: &Party) -> bool {
    role.province().is_some() && role.province() == party.province.as_deref()
}

/// The delegate, if everything about the delegation is right.
fn checked(
    conn: &mut Conn,
    world: &World,
    party: &Party,
    new: &NewDelegation,
    grants: bool,
    by: UserId,
) -> Result<UserId, MemberError> {
    let mut faults = Faults::default();
    if let Err(invalid) = checked_until(new.until, world.today()) {
        faults.0.push(Fault::at(["until"], invalid));
    }
    let delegate = match (&new.delegate, grants) {
        (None, false) => Ok(by),
        (Some(_), false) => Err(Invalid::new(
            "not_applicable",
            Say::new(
                "Cán bộ chỉ xin ủy quyền cho chính mình; hãy bỏ trường này.",
                "An officer asks for itself only: leave this out.",
            ),
        )),
        (None, true) => Err(Invalid::new(
            "missing",
            Say::new(
                "Cần địa chỉ email của cán bộ được ủy quyền.",
                "The e-mail address of the officer who is to act for you is needed.",
            ),
        )),
        (Some(email), true) => officer_of(conn, party, email)?.ok_or_else(not_an_officer),
    };
    match delegate {
        Ok(delegate) => faults.into_result().map(|()| delegate).map_err(MemberError::Invalid),
        Err(invalid) => {
            faults.0.push(Fault::at(["delegate_email"], invalid));
            Err(MemberError::Invalid(faults))
        }
    }
}

/// The same for an address without an account and for one of somebody who is no officer of the province.
fn not_an_officer() -> Invalid {
    Invalid::new(
        "not_an_officer",
        Say::new(
            "Địa chỉ này không phải của cán bộ OCOP của tỉnh; hãy mời người ấy làm thành viên.",
            "This is not the address of an OCOP officer of the province; invite that person as a member instead.",
        ),
    )
}

fn officer_of(conn: &mut Conn, party: &Party, email: &Email) -> Result<Option<UserId>, MemberError> {
    let account = store::user_of(conn, &email.key())?;
    Ok(account.filter(|(_, role)| is_officer_of(role, party)).map(|(user, _)| user))
}

/// Locks the delegate's account, so that its office does not end meanwhile, and looks whether it still holds it.
fn lock_delegate(conn: &mut Conn, party: &Party, delegate: UserId) -> Result<(), MemberError> {
    let office = store::lock_office(conn, delegate)?;
    if office.is_some_and(|role| is_officer_of(&role, party)) {
        return Ok(());
    }
    Err(MemberError::NotPossible(Say::new(
        "Người này không còn là cán bộ OCOP của tỉnh.",
        "This person is no longer an OCOP officer of the province.",
    )))
}

/// An organisation has one delegation to one officer at a time.
fn refuse_a_second(
    conn: &mut Conn,
    world: &World,
    party: &Party,
    delegate: UserId,
) -> Result<(), MemberError> {
    lock_delegate(conn, party, delegate)?;
    if store::member(conn, party.id, delegate)?.is_some() {
        return Err(MemberError::AlreadyMember);
    }
    let which = Which {
        organisation: Some(party.id),
        delegate: Some(delegate),
        living_at: Some(world.now()),
        ..Which::default()
    };
    if store::delegations(conn, which, None, 1)?.is_empty() {
        return Ok(());
    }
    Err(MemberError::NotPossible(Say::new(
        "Đã có một ủy quyền hoặc đề nghị ủy quyền với cán bộ này; hãy đồng ý hoặc kết thúc nó trước.",
        "There is a delegation to this officer, or a request for one; grant or end that one first.",
    )))
}

fn of_party(conn: &mut Conn, party: &Party, id: DelegationId) -> Result<Delegation, MemberError> {
    let which = Which { organisation: Some(party.id), only: Some(id), ..Which::default() };
    store::delegations(conn, which, None, 1)?.pop().ok_or(MemberError::NotFound)
}

/// The delegations of an organisation, newest first: all for its members and for administrators, for an officer those to
/// itself.
pub fn delegations_of(
    conn: &mut Conn,
    caller: &Caller,
    id: OrganisationId,
    after: Option<DelegationId>,
    rows: i64,
) -> Result<Vec<Delegation>, MemberError> {
    open(conn, caller, id)?;
    let delegate = if sees_all(caller, id) { None } else { caller.user() };
    let which = Which { organisation: Some(id), delegate, ..Which::default() };
    Ok(store::delegations(conn, which, after, rows)?)
}

fn sees_all(caller: &Caller, id: OrganisationId) -> bool {
    belongs(caller, id) || caller.role == Role::Admin
}

/// For whom somebody may act, did, or has asked to; newest first.
pub fn delegations_to(
    conn: &mut Conn,
    delegate: UserId,
    after: Option<DelegationId>,
    rows: i64,
) -> Result<Vec<Delegation>, MemberError> {
    let which = Which { delegate: Some(delegate), ..Which::default() };
    Ok(store::delegations(conn, which, after, rows)?)
}

/// An owner agrees to what an officer has asked for.
pub fn grant_delegation(
    conn: &mut Conn,
    world: &World,
    caller: &Caller,
    id: OrganisationId,
    delegation: DelegationId,
) -> Result<Delegation, MemberError> {
    let party = lock_as_owner(conn, caller, id)?;
    let by = caller.user().ok_or(MemberError::OwnersOnly)?;
    let asked = of_party(conn, &party, delegation)?;
    lock_delegate(conn, &party, asked.delegate)?;
    store::lock_delegation(conn, delegation)?;
    let asked = of_party(conn, &party, delegation)?;
    match asked.state(world.now()) {
        DelegationState::Requested => {}
        DelegationState::Expired => {
            return Err(MemberError::NotPossible(Say::new(
                "Ngày cuối của đề nghị này đã qua.",
                "The last day of this request is over.",
            )));
        }
        DelegationState::Active | DelegationState::Ended => return Err(MemberError::AlreadyDecided),
    }
    let now = world.now();
    store::grant_delegation(conn, delegation, by, now)?;
    let granted = Delegation { granted_at: Some(now), ..asked };
    let to = concerned(store::owners(conn, id)?, granted.delegate, by);
    letters::about_delegation(conn, world, MailKind::DelegationGranted, &granted, &to)?;
    audit::record(conn, world, &caller.agent(), told(Action::DelegationGranted, &party, &granted))?;
    Ok(granted)
}

/// An owner or the delegate ends a delegation at once, or refuses or takes back a request; an owner also while the
/// organisation is suspended.
pub fn end_delegation(
    conn: &mut Conn,
    world: &World,
    caller: &Caller,
    id: OrganisationId,
    delegation: DelegationId,
) -> Result<(), MemberError> {
    let party = lock(conn, caller, id)?;
    let by = caller.user().ok_or(MemberError::OwnersOnly)?;
    store::lock_delegation(conn, delegation)?;
    let found = of_party(conn, &party, delegation)?;
    if found.delegate != by && !accounts::may_revoke(conn, caller, id)? {
        return Err(if sees_all(caller, id) { MemberError::OwnersOnly } else { MemberError::NotFound });
    }
    let refused = match found.state(world.now()) {
        DelegationState::Requested => true,
        DelegationState::Active => false,
        DelegationState::Ended | DelegationState::Expired => return Err(MemberError::AlreadyDecided),
    };
    store::end_delegations(conn, &[delegation], Some(by), world.now())?;
    let kind = if refused { MailKind::DelegationRefused } else { MailKind::DelegationEnded };
    let to = concerned(store::owners(conn, id)?, found.delegate, by);
    letters::about_delegation(conn, world, kind, &found, &to)?;
    let event = told(Action::DelegationEnded, &party, &found).with("granted", !refused);
    audit::record(conn, world, &caller.agent(), event)?;
    Ok(())
}

/// Ends whatever was delegated to somebody whose office has ended; returns what there is to record.
pub(super) fn end_with_the_office(
    conn: &mut Conn,
    world: &World,
    delegate: UserId,
    by: Option<UserId>,
) -> Result<Vec<Event>, MemberError> {
    let which = Which { delegate: Some(delegate), living_at: Some(world.now()), ..Which::default() };
    let living = store::delegations(conn, which, None, i64::MAX)?;
    let ids: Vec<DelegationId> = living.iter().map(|delegation| delegation.id).collect();
    store::end_delegations(conn, &ids, by, world.now())?;
    let mut events = Vec::with_capacity(living.len());
    for ended in living {
        let owners = store::owners(conn, ended.organisation)?;
        letters::about_delegation(conn, world, MailKind::DelegationEnded, &ended, &owners)?;
        events.push(offices::ended_with_office(ended.id).concerning(ended.organisation));
    }
    Ok(events)
}
