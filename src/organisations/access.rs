//! Who gets to see an organisation, and as what.

use super::{Organisation, OrganisationError, OrganisationId, store};
use crate::accounts::{self, MemberRole};
use crate::auth::{Caller, Officer};
use crate::db::{Conn, Instant};

/// An organisation as one caller sees it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub organisation: Organisation,
    /// The caller's part in it.
    pub role: Option<MemberRole>,
    /// It is in the caller's office.
    pub is_officer: bool,
}

impl Seen {
    fn by(caller: &Caller, found: Option<Organisation>) -> Result<Self, OrganisationError> {
        let organisation = found.ok_or(OrganisationError::NotFound)?;
        let is_officer = caller.is_officer_for(organisation.province());
        if let Some(successor) = organisation.successor {
            let was_its = is_officer || caller.role_in(successor).is_some();
            return Err(match was_its {
                true => OrganisationError::Succeeded(successor),
                false => OrganisationError::NotFound,
            });
        }
        let role = caller.role_in(organisation.id);
        match role.is_some() || is_officer {
            true => Ok(Self { organisation, role, is_officer }),
            false => Err(OrganisationError::NotFound),
        }
    }

    pub fn owns(&self) -> bool {
        self.role == Some(MemberRole::Owner)
    }

    /// May the caller read a person's number?
    pub fn reads_all(&self) -> bool {
        self.owns() || self.is_officer
    }

    /// 403 unless the caller is an owner.
    pub fn owned(self) -> Result<Self, OrganisationError> {
        if self.owns() { Ok(self) } else { Err(OrganisationError::OwnersOnly) }
    }

    /// 403 to members who may only read.
    pub fn edited(self) -> Result<Self, OrganisationError> {
        match self.role {
            Some(MemberRole::Viewer) if !self.is_officer => Err(OrganisationError::ReadOnly),
            _ => Ok(self),
        }
    }
}

/// An organisation that the caller may see: a member, a delegate, an officer of its province.
pub fn read(conn: &mut Conn, caller: &Caller, id: OrganisationId) -> Result<Seen, OrganisationError> {
    let found = store::registered::find(conn, id)?;
    Seen::by(caller, found)
}

/// The same for an owner, locked until the transaction ends. That the caller is one is read again: it may have been made
/// another while it waited for the lock.
pub fn lock_as_owner(
    conn: &mut Conn,
    caller: &Caller,
    id: OrganisationId,
) -> Result<Seen, OrganisationError> {
    let found = store::registered::lock(conn, id)?;
    let seen = Seen::by(caller, found)?.owned()?;
    if accounts::owns_still(conn, caller, id)? { Ok(seen) } else { Err(OrganisationError::OwnersOnly) }
}

/// 404 unless what is found is in the office, 403 if the officer acts for it.
pub fn in_office(
    conn: &mut Conn,
    officer: &Officer,
    found: Option<Organisation>,
    now: Instant,
) -> Result<Organisation, OrganisationError> {
    let found = found.filter(|found| officer.office.reaches(found.province()));
    let organisation = found.ok_or(OrganisationError::NotFound)?;
    if let Some(successor) = organisation.successor {
        return Err(OrganisationError::Succeeded(successor));
    }
    impartial(conn, officer, organisation.id, now)?;
    Ok(organisation)
}

/// Nobody decides in a case of one's own.
pub fn impartial(
    conn: &mut Conn,
    officer: &Officer,
    id: OrganisationId,
    now: Instant,
) -> Result<(), OrganisationError> {
    match store::registered::has_part(conn, officer.user, id, now)? {
        true => Err(OrganisationError::OwnCase),
        false => Ok(()),
    }
}
