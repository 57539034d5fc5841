//! Claims: "that producer of the ledger is us".

use super::{OrganisationId, Reason};
use crate::accounts::UserId;
use crate::db::Instant;
use crate::input::measured;
use crate::say::Invalid;

crate::id_type!(
    /// A claim's id.
    ClaimId
);

crate::text_enum! {
    /// What has become of a claim.
    pub enum ClaimState {
        /// An officer is to decide
        Open = "open",
        /// The claimant has become one with the producer
        Approved = "approved",
        Refused = "refused",
        /// The claimant has taken it back
        Withdrawn = "withdrawn",
    }
}

crate::text_enum! {
    /// What an officer decides on a claim.
    pub enum ClaimDecision {
        /// They are one
        Approved = "approved",
        /// They are not, or it does not show; the reason is needed
        Refused = "refused",
    }
}

impl ClaimDecision {
    pub fn state(self) -> ClaimState {
        match self {
            Self::Approved => ClaimState::Approved,
            Self::Refused => ClaimState::Refused,
        }
    }
}

/// What a claimant says to the officer: 1 to 1000 characters.
#[derive(Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct ClaimNote(String);

impl ClaimNote {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.replace("\r\n", "\n");
        measured(text.trim(), 1000, |c| matches!(c, '\n' | '\t')).map(|text| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::text_column!(personal ClaimNote, |text: &str| Some(ClaimNote(text.to_owned())));
crate::string_schema!(ClaimNote, "note", "Giấy chứng nhận ghi tên cũ của hợp tác xã chúng tôi.");
crate::parsed_input!(ClaimNote);

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub id: ClaimId,
    pub organisation: OrganisationId,
    pub target: OrganisationId,
    pub note: Option<ClaimNote>,
    pub claimed_by: UserId,
    pub claimed_at: Instant,
    pub state: ClaimState,
    pub reason: Option<Reason>,
    pub decided_by: Option<UserId>,
    pub decided_at: Option<Instant>,
}
