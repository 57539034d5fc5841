//! Who belongs to an organisation, who may act for it, and who holds an office.
//!
//! A **member** has one of three roles. Owners decide who belongs to the organisation, and there is always one: who is
//! the last may neither leave nor step down (it hands ownership over first). Whoever changes who belongs to an
//! organisation holds the lock of the organisation's row, so that two owners who leave at once do so one after the other.
//!
//! An **invitation** is a letter with a token, for seven days. The token proves the address it was sent to and nothing
//! else, so it is accepted by somebody who is signed in under that address, or by an account that is made with it
//! ([`invitation_of`], [`accept`]). Whether an address has an account, an answer to an invitation never tells.
//!
//! An **office** (officer of a province, administrator) comes by invitation from an administrator and ends by an
//! administrator; with it end the sessions of its holder and whatever was delegated to it.
//!
//! A **delegation** lets an officer of the organisation's province act for it, as an editor or a viewer, until a day, because an
//! owner has agreed. Only officers can be delegates: an owner who trusts anybody else invites that person as a member. So
//! no answer tells whether an address has an account, but whether it is an officer's, who is known to the public anyway.
//! What a delegate does is recorded under both names ([`Caller::agent_for`]), and a delegation that has ended is no
//! longer one at the next request.

mod delegations;
pub mod http;
mod invitations;
mod letters;
mod membership;
mod model;
mod offices;
mod store;

pub use delegations::{
    NewDelegation, delegations_of, delegations_to, end_delegation, grant_delegation, new_delegation,
};
pub use invitations::{
    Accepted, NewInvitation, accept, invitation_of, invitations_of, invite, withdraw_invitation,
};
pub use membership::{change_role, member, members, remove, transfer};
pub use model::*;
pub use offices::{
    NewOffice, dismiss, invite_to_office, office_holders, office_invitations, require_admin,
    withdraw_office_invitation,
};
pub use store::OfficeHolder;

use crate::accounts::{self, AccountError};
use crate::auth::Caller;
use crate::db::{Conn, Failure};
use crate::input::Faults;
use crate::organisations::OrganisationId;
use crate::say::Say;

/// What can stand in the way of a use case. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// There is no such thing, or it is not the caller's to see.
    #[error("no such thing")]
    NotFound,
    #[error("only an owner may do this")]
    OwnersOnly,
    #[error("only an administrator may do this")]
    AdminsOnly,
    #[error("the invitation is for another address")]
    OtherAddress,
    #[error("an organisation keeps at least one owner")]
    LastOwner,
    #[error("a member already")]
    AlreadyMember,
    #[error("decided already")]
    AlreadyDecided,
    #[error("not as things are: {}", .0.en)]
    NotPossible(Say),
    #[error("the token is unknown, used, withdrawn or has run out")]
    InvalidLink,
    #[error("too many invitations within a day")]
    TooManyInvitations,
    #[error("the content is invalid")]
    Invalid(Faults),
    #[error(transparent)]
    Account(AccountError),
    #[error(transparent)]
    Db(Failure),
}

crate::db_errors!(MemberError);

impl From<AccountError> for MemberError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Db(failure) => Self::Db(failure),
            error => Self::Account(error),
        }
    }
}

/// An organisation whose members the caller may see: one that it acts for, or one of its province.
pub fn open(conn: &mut Conn, caller: &Caller, id: OrganisationId) -> Result<Party, MemberError> {
    let party = store::party(conn, id)?.ok_or(MemberError::NotFound)?;
    within_reach(caller, party)
}

/// The same, locked until the transaction ends.
fn lock(conn: &mut Conn, caller: &Caller, id: OrganisationId) -> Result<Party, MemberError> {
    let party = store::lock_party(conn, id)?.ok_or(MemberError::NotFound)?;
    within_reach(caller, party)
}

/// The same, for an owner.
pub fn open_as_owner(conn: &mut Conn, caller: &Caller, id: OrganisationId) -> Result<Party, MemberError> {
    let party = open(conn, caller, id)?;
    if caller.owns(id) { Ok(party) } else { Err(MemberError::OwnersOnly) }
}

/// The same, locked until the transaction ends. That the caller is an owner is read again: it may have been made
/// another while it waited for the lock.
pub fn lock_as_owner(conn: &mut Conn, caller: &Caller, id: OrganisationId) -> Result<Party, MemberError> {
    let party = lock(conn, caller, id)?;
    if accounts::owns_still(conn, caller, id)? { Ok(party) } else { Err(MemberError::OwnersOnly) }
}

fn within_reach(caller: &Caller, party: Party) -> Result<Party, MemberError> {
    if caller.role_in(party.id).is_some() || caller.is_officer_for(party.province.as_deref()) {
        return Ok(party);
    }
    Err(MemberError::NotFound)
}

/// Is the caller a member, and not only somebody who acts for it?
fn belongs(caller: &Caller, id: OrganisationId) -> bool {
    caller.memberships.iter().any(|membership| membership.organisation == id && !membership.delegated)
}
