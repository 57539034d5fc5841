//! Invitations: to an organisation, or to an office.

use crate::accounts::{Email, MemberRole, Role, RoleName, UserId};
use crate::db::Instant;
use crate::organisations::OrganisationId;

crate::id_type!(
    /// An invitation's id.
    InvitationId
);

crate::text_enum! {
    /// What has become of an invitation.
    pub enum InvitationState {
        /// It can be accepted
        Open = "open",
        Accepted = "accepted",
        /// Taken back, or replaced by a later one
        Withdrawn = "withdrawn",
        /// Nobody accepted it within seven days
        Expired = "expired",
    }
}

crate::text_enum! {
    /// An office that one is invited to.
    pub enum OfficeKind {
        /// Keeps the ledger of one province
        Officer = "officer",
        /// Runs the installation
        Admin = "admin",
    }
}

impl OfficeKind {
    /// The office that a role is, if it is one.
    pub fn of(role: RoleName) -> Option<Self> {
        match role {
            RoleName::Member => None,
            RoleName::Officer => Some(Self::Officer),
            RoleName::Admin => Some(Self::Admin),
        }
    }
}

/// How long an invitation is good.
pub const INVITATION_SECONDS: i64 = 7 * 86_400;

/// Most invitations of an organisation that are open at once.
pub const MOST_OPEN: i64 = 20;

/// Most invitations of an organisation within 24 hours: each is a letter to somebody who has not asked for it.
pub const MOST_A_DAY: i64 = 50;

/// What somebody is invited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvitedTo {
    Organisation {
        organisation: OrganisationId,
        role: MemberRole,
    },
    /// [`Role::Officer`] or [`Role::Admin`].
    Office(Role),
}

/// An invitation as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    /// The address it went to, which is what it invites.
    pub email: Email,
    pub to: InvitedTo,
    pub invited_by: UserId,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub accepted_at: Option<Instant>,
    pub withdrawn_at: Option<Instant>,
}

impl Invitation {
    pub fn state(&self, now: Instant) -> InvitationState {
        if self.accepted_at.is_some() {
            InvitationState::Accepted
        } else if self.withdrawn_at.is_some() {
            InvitationState::Withdrawn
        } else if self.expires_at <= now {
            InvitationState::Expired
        } else {
            InvitationState::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::columns::Key;

    #[test]
    fn an_invitation_is_open_until_something_ends_it() {
        let at = Instant::from_micros;
        let key = || Key::new(at(0), [1; 10]);
        let open = Invitation {
            id: key().into(),
            email: Email::parse("a@b.vn").expect("valid"),
            to: InvitedTo::Office(Role::Admin),
            invited_by: key().into(),
            created_at: at(0),
            expires_at: at(10),
            accepted_at: None,
            withdrawn_at: None,
        };
        assert_eq!(open.state(at(9)), InvitationState::Open);
        assert_eq!(open.state(at(10)), InvitationState::Expired);
        let accepted = Invitation { accepted_at: Some(at(5)), ..open.clone() };
        assert_eq!(accepted.state(at(20)), InvitationState::Accepted);
        let withdrawn = Invitation { withdrawn_at: Some(at(5)), ..open };
        assert_eq!(withdrawn.state(at(6)), InvitationState::Withdrawn);
    }
}
