//! Who makes a request and what it may do, as the database knew it when the request came in.

use crate::accounts::model::{MemberRole, Membership, Role, SessionId, UserId};
use crate::audit::{Actor, Agent, Origin};
use crate::clients::ClientId;
use crate::organisations::OrganisationId;

/// A person, or a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    User { user: UserId, session: SessionId },
    Client { client: ClientId, organisation: OrganisationId },
}

/// The caller of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub principal: Principal,
    /// Its office. A machine has none.
    pub role: Role,
    /// It holds an office, and has signed in without the second factor that the office needs: until it does, it is a
    /// [`Role::Member`].
    pub office_waits: bool,
    pub memberships: Vec<Membership>,
    pub origin: Origin,
}

impl Caller {
    /// The user, if it is a person.
    pub fn user(&self) -> Option<UserId> {
        match self.principal {
            Principal::User { user, .. } => Some(user),
            Principal::Client { .. } => None,
        }
    }

    /// The machine client and its organisation, if it is one.
    pub fn client(&self) -> Option<(ClientId, OrganisationId)> {
        match self.principal {
            Principal::User { .. } => None,
            Principal::Client { client, organisation } => Some((client, organisation)),
        }
    }

    /// A name that no other caller has: keeps idempotency keys and rate limits apart.
    pub fn key(&self) -> String {
        match self.principal {
            Principal::User { user, .. } => user.to_string(),
            Principal::Client { client, .. } => client.to_string(),
        }
    }

    fn membership(&self, organisation: OrganisationId) -> Option<&Membership> {
        self.memberships.iter().find(|membership| membership.organisation == organisation)
    }

    /// The caller's part in an organisation, if any.
    pub fn role_in(&self, organisation: OrganisationId) -> Option<MemberRole> {
        self.membership(organisation).map(|membership| membership.role)
    }

    /// May the caller change what belongs to this organisation?
    pub fn may_edit(&self, organisation: OrganisationId) -> bool {
        matches!(self.role_in(organisation), Some(MemberRole::Owner | MemberRole::Editor))
    }

    /// Is the caller an owner of this organisation?
    pub fn owns(&self, organisation: OrganisationId) -> bool {
        self.role_in(organisation) == Some(MemberRole::Owner)
    }

    /// The organisations whose things the caller may read.
    pub fn organisations(&self) -> Vec<OrganisationId> {
        self.memberships.iter().map(|membership| membership.organisation).collect()
    }

    /// May the caller act as an officer for what lies in `province` (a code of today)?
    pub fn is_officer_for(&self, province: Option<&str>) -> bool {
        match &self.role {
            Role::Admin => true,
            Role::Officer { province: scope } => province == Some(scope),
            Role::Member => false,
        }
    }

    /// The caller as the audit log names it.
    pub fn agent(&self) -> Agent {
        let actor = match self.principal {
            Principal::User { user, .. } => Actor::User(user),
            Principal::Client { client, .. } => Actor::Client(client),
        };
        Agent::new(actor, self.origin.clone())
    }

    /// The same where it acts for an organisation: by delegation, both are named.
    pub fn agent_for(&self, organisation: OrganisationId) -> Agent {
        let delegated = self.membership(organisation).is_some_and(|membership| membership.delegated);
        Agent { behalf: delegated.then_some(organisation), ..self.agent() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::RoleName;
    use crate::db::Instant;
    use crate::db::columns::Key;

    #[test]
    fn an_office_ends_at_the_province() {
        let key = |n: u8| Key::new(Instant::from_micros(0), [n; 10]);
        let organisation = |n: u8| OrganisationId::from(key(n));
        let caller = |role, memberships| Caller {
            principal: Principal::User { user: key(9).into(), session: key(8).into() },
            role,
            office_waits: false,
            memberships,
            origin: Origin::default(),
        };
        let officer = caller(Role::of(RoleName::Officer, Some("33".into())), vec![]);
        assert!(officer.is_officer_for(Some("33")));
        assert!(!officer.is_officer_for(Some("34")));
        assert!(!officer.is_officer_for(None));
        assert!(caller(Role::Admin, vec![]).is_officer_for(None));

        let viewer = Membership::own(organisation(1), MemberRole::Viewer);
        let editor = Membership { delegated: true, ..Membership::own(organisation(2), MemberRole::Editor) };
        let member = caller(Role::of(RoleName::Officer, None), vec![viewer, editor]);
        assert!(!member.is_officer_for(Some("33")));
        assert_eq!(member.role_in(organisation(1)), Some(MemberRole::Viewer));
        assert!(!member.may_edit(organisation(1)) && member.may_edit(organisation(2)));
        assert!(!member.may_edit(organisation(3)));
        // Who acts for somebody else is named with whom it acts for.
        assert_eq!(member.agent_for(organisation(1)).behalf, None);
        assert_eq!(member.agent_for(organisation(2)).behalf, Some(organisation(2)));
    }
}
