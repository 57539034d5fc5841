//! The life of a certification: its state on any day, derived from what the ledger holds.
//!
//! Source: Decision 26/2026/QĐ-TTg. A certificate is valid 36 months from the decision, to the end of the last local
//! day; renewal may be asked for from 180 days before; while a renewal is under way it may be extended by at most
//! 180 days; a revocation works from its day on; a later certification of the product takes the earlier one's place.

mod decision;
mod entry;
mod grade;
mod issuer;

use crate::db::Day;
pub use decision::DecisionNumber;
pub use entry::{Claim, Decision, Hearsay, Recognition, SourceUrl, Subject, check_day, check_term};
pub use grade::{Ground, Score, Stars};
pub use issuer::{Authorities, Issuer};

crate::id_type!(
    /// A certification's id.
    CertificationId
);

crate::id_type!(
    /// A decision's id.
    DecisionId
);

/// Term of a certificate in months.
pub const TERM_MONTHS: i64 = 36;
/// Days before the end of the term from which a renewal may be asked for: the state is `expiring`.
pub const EXPIRING_DAYS: i64 = 180;
/// The longest extension after the end of the term.
pub const EXTENSION_DAYS: i64 = 180;

crate::text_enum! {
    /// State of a certification on a day.
    pub enum State {
        Valid = "valid",
        /// Valid, with 180 days or less to go.
        Expiring = "expiring",
        /// Past its term, kept in force while its renewal is under way.
        Extended = "extended",
        Expired = "expired",
        Revoked = "revoked",
        /// A later certification of the same product has taken its place.
        Superseded = "superseded",
    }
}

impl State {
    /// May the product be shown to buyers as certified?
    pub fn is_in_force(self) -> bool {
        matches!(self, Self::Valid | Self::Expiring | Self::Extended)
    }
}

/// What the ledger holds of one certification: all that its state depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ledger {
    /// Day of the decision: the first day in force.
    pub decided_on: Day,
    /// Last day of the term.
    pub valid_until: Day,
    /// Last day of the extension, if one was granted.
    pub extended_until: Option<Day>,
    /// First day on which it is revoked.
    pub revoked_on: Option<Day>,
    /// Day of the decision that took its place.
    pub superseded_on: Option<Day>,
}

impl Ledger {
    /// A certification of `decided_on` with the legal term and nothing else on record.
    pub fn new(decided_on: Day) -> Self {
        Self {
            decided_on,
            valid_until: term_end(decided_on),
            extended_until: None,
            revoked_on: None,
            superseded_on: None,
        }
    }

    /// The state on `day`; `None` before the decision.
    pub fn state_on(&self, day: Day) -> Option<State> {
        if day < self.decided_on {
            return None;
        }
        // Whichever ended it first is how it ended; a revocation of the same day weighs more.
        let revoked = self.revoked_on.filter(|from| *from <= day);
        let superseded = self.superseded_on.filter(|from| *from <= day);
        Some(match (revoked, superseded) {
            (Some(revoked), Some(superseded)) if superseded < revoked => State::Superseded,
            (Some(_), _) => State::Revoked,
            (None, Some(_)) => State::Superseded,
            (None, None) if day.plus_days(EXPIRING_DAYS) < self.valid_until => State::Valid,
            (None, None) if day <= self.valid_until => State::Expiring,
            (None, None) if self.extended_until.is_some_and(|until| day <= until) => State::Extended,
            (None, None) => State::Expired,
        })
    }

    /// The last day on which it is in force; `None` if it never was (revoked or superseded on its first day).
    pub fn shown_until(&self) -> Option<Day> {
        let term = self.extended_until.map_or(self.valid_until, |until| until.max(self.valid_until));
        let ended = self.revoked_on.into_iter().chain(self.superseded_on).min();
        let last = ended.map_or(term, |from| from.plus_days(-1).min(term));
        (last >= self.decided_on).then_some(last)
    }
}

/// Last day of the term of a decision: the same day 36 months on, or the month's last if it has no such day.
pub fn term_end(decided_on: Day) -> Day {
    decided_on.plus_months(TERM_MONTHS)
}

/// The last day an extension may reach.
pub fn extension_limit(valid_until: Day) -> Day {
    valid_until.plus_days(EXTENSION_DAYS)
}

#[cfg(test)]
#[path = "model/life_tests.rs"]
mod tests;
