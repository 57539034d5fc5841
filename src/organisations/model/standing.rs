//! What officers say of an organisation, and what may follow on what.

use crate::accounts::MemberRole;
use crate::audit::Action;
use crate::db::Instant;
use crate::input::measured;
use crate::say::Invalid;

crate::text_enum! {
    /// What the officers of its province say of an organisation that somebody has registered.
    pub enum OrganisationStanding {
        /// Nobody has looked at it yet
        Unverified = "unverified",
        /// It is who it says it is
        Verified = "verified",
        /// It could not be verified; the reason is with the decision
        Refused = "refused",
        /// Its members and machine clients may only read
        Suspended = "suspended",
    }
}

crate::text_enum! {
    /// What an officer decides on an organisation.
    pub enum VerificationDecision {
        /// It is who it says it is
        Verified = "verified",
        /// It could not be verified
        Refused = "refused",
        /// Its members and machine clients may only read
        Suspended = "suspended",
        /// It was suspended, and is verified again
        Reinstated = "reinstated",
    }
}

crate::id_type!(
    /// The id of a decision on an organisation's standing.
    VerificationId
);

/// A decision that does not follow on the standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IllegalDecision {
    pub standing: OrganisationStanding,
    pub allowed: &'static [VerificationDecision],
}

impl OrganisationStanding {
    /// What is left of a member's role.
    pub fn limited(self, role: MemberRole) -> MemberRole {
        if self == Self::Suspended { MemberRole::Viewer } else { role }
    }

    /// What can be decided now.
    pub fn allowed(self) -> &'static [VerificationDecision] {
        use VerificationDecision::{Refused, Reinstated, Suspended, Verified};
        match self {
            Self::Unverified => &[Verified, Refused],
            Self::Refused => &[Verified],
            Self::Verified => &[Suspended],
            Self::Suspended => &[Reinstated],
        }
    }

    /// The standing after a decision.
    pub fn after(self, decision: VerificationDecision) -> Result<Self, IllegalDecision> {
        if !self.allowed().contains(&decision) {
            return Err(IllegalDecision { standing: self, allowed: self.allowed() });
        }
        Ok(match decision {
            VerificationDecision::Verified | VerificationDecision::Reinstated => Self::Verified,
            VerificationDecision::Refused => Self::Refused,
            VerificationDecision::Suspended => Self::Suspended,
        })
    }

    /// The standing after a change of what was looked at: somebody has to look again.
    pub fn after_change(self) -> Self {
        if self == Self::Suspended { self } else { Self::Unverified }
    }
}

impl VerificationDecision {
    /// Does the organisation have to be told why?
    pub fn needs_reason(self) -> bool {
        matches!(self, Self::Refused | Self::Suspended)
    }

    pub fn action(self) -> Action {
        match self {
            Self::Verified => Action::OrganisationVerified,
            Self::Refused => Action::OrganisationRefused,
            Self::Suspended => Action::OrganisationSuspended,
            Self::Reinstated => Action::OrganisationReinstated,
        }
    }
}

/// Why an officer has decided so: 1 to 1000 characters, for the organisation to read.
#[derive(Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Reason(String);

impl Reason {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.replace("\r\n", "\n");
        measured(text.trim(), 1000, |c| matches!(c, '\n' | '\t')).map(|text| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::text_column!(personal Reason, |text: &str| Some(Reason(text.to_owned())));
crate::string_schema!(Reason, "reason", "Tên và mã số thuế không khớp với đăng ký kinh doanh.");
crate::parsed_input!(Reason);

/// A decision that was taken.
#[derive(Debug, Clone)]
pub struct Verification {
    pub id: VerificationId,
    pub decision: VerificationDecision,
    pub reason: Option<Reason>,
    pub decided_at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_follow_the_table() {
        use OrganisationStanding as S;
        use VerificationDecision as D;
        let table = [
            (S::Unverified, D::Verified, S::Verified),
            (S::Unverified, D::Refused, S::Refused),
            (S::Refused, D::Verified, S::Verified),
            (S::Verified, D::Suspended, S::Suspended),
            (S::Suspended, D::Reinstated, S::Verified),
        ];
        for standing in S::ALL {
            for decision in D::ALL {
                let row = table.iter().find(|(from, by, _)| (from, by) == (standing, decision));
                assert_eq!(
                    standing.after(*decision).ok(),
                    row.map(|(_, _, to)| *to),
                    "{standing:?} {decision:?}"
                );
            }
        }
        assert_eq!(S::Refused.after_change(), S::Unverified);
        assert_eq!(S::Suspended.after_change(), S::Suspended);
    }
}
