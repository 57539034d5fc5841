//! What this slice knows: parties and their members, invitations, offices, delegations.

mod delegation;
mod invitation;

pub use delegation::*;
pub use invitation::*;

use crate::accounts::{MemberRole, UserId};
use crate::db::Instant;
use crate::organisations::OrganisationId;

/// An organisation, as far as this slice needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    pub id: OrganisationId,
    /// The province of today whose officers see it.
    pub province: Option<String>,
}

/// Somebody who belongs to an organisation.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    pub user: UserId,
    pub display_name: Option<String>,
    pub email: String,
    pub role: MemberRole,
    pub since: Instant,
}

/// How much a role may do: a person who is invited to a lower one than it has keeps its own.
pub fn weight(role: MemberRole) -> u8 {
    match role {
        MemberRole::Viewer => 1,
        MemberRole::Editor => 2,
        MemberRole::Owner => 3,
    }
}

/// Whoever is left of the organisation's owners, when `user` is none any more, must be somebody.
pub fn is_last_owner(owners: &[UserId], user: UserId) -> bool {
    owners.contains(&user) && owners.iter().all(|owner| *owner == user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::columns::Key;

    #[test]
    fn the_last_owner_is_the_one_without_whom_there_is_none() {
        let user = |n: u8| UserId::from(Key::new(Instant::from_micros(0), [n; 10]));
        assert!(is_last_owner(&[user(1)], user(1)));
        assert!(!is_last_owner(&[user(1), user(2)], user(1)));
        assert!(!is_last_owner(&[user(2)], user(1)));
        assert!(!is_last_owner(&[], user(1)));
    }

    #[test]
    fn roles_are_ordered_by_what_they_may() {
        assert!(weight(MemberRole::Viewer) < weight(MemberRole::Editor));
        assert!(weight(MemberRole::Editor) < weight(MemberRole::Owner));
    }
}
