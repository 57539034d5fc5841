//! Whose change buyers see at once, and whose has to wait for an officer.
//!
//! | | the office | a verified producer | any other |
//! |---|---|---|---|
//! | [`Stake::Terms`] | at once | at once | at once |
//! | [`Stake::Low`] | at once | at once | waits |
//! | [`Stake::High`] | at once | waits | waits |

use super::content::Stake;
use crate::organisations::OrganisationStanding;

/// As whom somebody changes a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// The office of the province.
    Office,
    /// A producer whom an officer has verified, and who is not suspended.
    Trusted,
    /// Any other producer.
    Unknown,
}

impl Hand {
    /// A producer by what the officers say of it.
    pub fn of_producer(standing: Option<OrganisationStanding>) -> Self {
        match standing {
            Some(OrganisationStanding::Verified) => Self::Trusted,
            _ => Self::Unknown,
        }
    }
}

impl Stake {
    /// Do buyers see it at once, or has an officer to agree first?
    pub fn goes_live(self, by: Hand) -> bool {
        match (self, by) {
            (_, Hand::Office) | (Self::Terms, _) | (Self::Low, Hand::Trusted) => true,
            (Self::Low, Hand::Unknown) | (Self::High, Hand::Trusted | Hand::Unknown) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listings::Field;

    #[test]
    fn every_field_follows_the_rule() {
        let at_once = |by: Hand| -> Vec<&str> {
            let fields = Field::ALL.iter().filter(|field| field.stake().goes_live(by));
            fields.map(Field::as_str).collect()
        };
        let terms = [
            "price_from",
            "price_unit",
            "vat_rate",
            "min_order",
            "monthly_capacity",
            "season_months",
            "lead_time_days",
            "delivery",
            "cold_chain",
            "payment_terms",
            "sample_policy",
        ];
        let low = ["storage", "usage", "videos", "trade_items", "export_markets"];
        let high = [
            "names",
            "summary",
            "description",
            "story",
            "ingredients",
            "shelf_life_days",
            "origin",
            "images",
            "traceability_url",
            "attributes",
        ];
        let all = |parts: &[&[&'static str]]| {
            let mut all: Vec<&str> = parts.concat();
            all.sort_unstable();
            all
        };
        for (by, expected) in [
            (Hand::Unknown, all(&[&terms])),
            (Hand::Trusted, all(&[&terms, &low])),
            (Hand::Office, all(&[&terms, &low, &high])),
        ] {
            let mut found = at_once(by);
            found.sort_unstable();
            assert_eq!(found, expected, "{by:?}");
        }
        assert_eq!(Field::ALL.len(), terms.len() + low.len() + high.len(), "a field without a rule");
    }

    #[test]
    fn only_the_verified_are_trusted() {
        for standing in OrganisationStanding::ALL {
            let trusted = Hand::of_producer(Some(*standing)) == Hand::Trusted;
            assert_eq!(trusted, *standing == OrganisationStanding::Verified, "{standing:?}");
        }
        assert_eq!(Hand::of_producer(None), Hand::Unknown);
    }
}
