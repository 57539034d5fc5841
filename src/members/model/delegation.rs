//! Delegations: an organisation has agreed that an officer acts for it, until a day.

use crate::accounts::UserId;
use crate::db::{Day, Instant};
use crate::input::measured;
use crate::organisations::OrganisationId;
use crate::say;
use crate::say::Invalid;

crate::id_type!(
    /// A delegation's id.
    DelegationId
);

crate::text_enum! {
    /// What somebody may do who acts for an organisation without belonging to it. Never what only owners may.
    pub enum DelegatedRole {
        /// Listings and leads
        Editor = "editor",
        /// Reads
        Viewer = "viewer",
    }
}

crate::text_enum! {
    /// What has become of a delegation.
    pub enum DelegationState {
        /// An officer has asked for it; no owner has answered
        Requested = "requested",
        /// The officer may act for the organisation
        Active = "active",
        /// An owner or the officer has ended it, or the request was refused
        Ended = "ended",
        /// Its last day is over
        Expired = "expired",
    }
}

/// The longest time that an organisation can agree to at once.
pub const LONGEST_MONTHS: i64 = 12;

/// What a delegation is for: 1 to 200 characters on one line.
#[derive(Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct DelegationPurpose(String);

impl DelegationPurpose {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        measured(text.trim(), 200, |_| false).map(|text| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::text_column!(personal DelegationPurpose, |text: &str| Some(DelegationPurpose(text.to_owned())));
crate::string_schema!(DelegationPurpose, "purpose", "Cập nhật giá và mùa vụ giúp hợp tác xã.");
crate::parsed_input!(DelegationPurpose);

/// The last day of a delegation, if one that is made today may have it.
pub fn checked_until(until: Day, today: Day) -> Result<Day, Invalid> {
    let last = today.plus_months(LONGEST_MONTHS);
    if (today..=last).contains(&until) {
        return Ok(until);
    }
    Err(Invalid::new(
        "out_of_range",
        say!(
            "Ngày cuối từ hôm nay ({today}) đến {last}.",
            "The last day is between today ({today}) and {last}."
        ),
    ))
}

/// A delegation with whom it concerns.
#[derive(Clone, PartialEq, Eq)]
pub struct Delegation {
    pub id: DelegationId,
    pub organisation: OrganisationId,
    pub organisation_name: String,
    pub delegate: UserId,
    pub delegate_name: Option<String>,
    pub delegate_email: String,
    pub role: DelegatedRole,
    pub purpose: DelegationPurpose,
    pub requested_at: Instant,
    pub granted_at: Option<Instant>,
    pub ends_at: Instant,
    pub ended_at: Option<Instant>,
}

impl Delegation {
    pub fn state(&self, now: Instant) -> DelegationState {
        if self.ended_at.is_some() {
            DelegationState::Ended
        } else if self.ends_at <= now {
            DelegationState::Expired
        } else if self.granted_at.is_some() {
            DelegationState::Active
        } else {
            DelegationState::Requested
        }
    }

    /// Its last day.
    pub fn until(&self) -> Day {
        Instant::from_micros(self.ends_at.micros().saturating_sub(1)).local_day()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delegation_lasts_a_year_at_most() {
        let today = Day::constant(2026, 11, 23);
        for right in ["2026-11-23", "2027-11-23"] {
            assert!(checked_until(Day::parse(right).expect("a day"), today).is_ok(), "{right}");
        }
        for wrong in ["2026-11-22", "2027-11-24"] {
            assert!(checked_until(Day::parse(wrong).expect("a day"), today).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_purpose_is_a_line() {
        assert!(DelegationPurpose::parse(&"ệ".repeat(200)).is_ok());
        for wrong in ["", "  ", "a\nb", &"ệ".repeat(201)] {
            assert!(DelegationPurpose::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
