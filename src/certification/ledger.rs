//! A certification with everything the ledger holds of it.

use super::model::{CertificationId, Decision, Ground, Ledger, Recognition, Score, SourceUrl, Stars, State};
use crate::db::{Day, Instant};
use crate::products::ProductId;
use crate::reference::Taxonomy;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certification {
    pub id: CertificationId,
    pub product: ProductId,
    pub decision: Decision,
    pub stars: Stars,
    pub score: Option<Score>,
    /// The act whose criteria were applied.
    pub criteria_version: Taxonomy,
    /// The list that group and set are of.
    pub taxonomy: Taxonomy,
    pub group_code: Option<String>,
    pub set_no: Option<i64>,
    pub valid_until: Day,
    pub source_url: Option<SourceUrl>,
    pub extension: Option<Extension>,
    pub revocation: Option<Revocation>,
    /// Day of the product's next certification.
    pub superseded_on: Option<Day>,
    /// When the ledger last learned something of it.
    pub updated_at: Instant,
}

/// Kept in force past its term while the renewal is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Extension {
    pub until: Day,
    pub decision: Option<Decision>,
}

/// Taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Revocation {
    /// The ground of Article 8 of Decision 26/2026/QĐ-TTg.
    pub ground: Ground,
    /// First day on which it is revoked.
    pub effective_on: Day,
    pub decision: Decision,
}

impl Certification {
    pub fn ledger(&self) -> Ledger {
        Ledger {
            decided_on: self.decision.decided_on,
            valid_until: self.valid_until,
            extended_until: self.extension.as_ref().map(|extension| extension.until),
            revoked_on: self.revocation.as_ref().map(|revocation| revocation.effective_on),
            superseded_on: self.superseded_on,
        }
    }

    /// Its state on a day; before the decision it counts as not there, which nobody who holds it can ask about.
    pub fn state_on(&self, day: Day) -> State {
        self.ledger().state_on(day).unwrap_or(State::Valid)
    }

    /// The same with what a recognition knows better: descriptions, not facts.
    pub fn described_by(&self, recognition: &Recognition) -> Self {
        let (group_code, set_no) = self.classified_by(recognition);
        Self {
            score: self.score.or(recognition.score),
            group_code,
            set_no,
            valid_until: recognition.valid_until.unwrap_or(self.valid_until),
            source_url: recognition.source_url.clone().or_else(|| self.source_url.clone()),
            ..self.clone()
        }
    }

    /// Group and set, which belong together and to one list.
    fn classified_by(&self, recognition: &Recognition) -> (Option<String>, Option<i64>) {
        match &recognition.group_code {
            Some(group) if recognition.taxonomy() == self.taxonomy => {
                let same_group = self.group_code.as_ref() == Some(group);
                (Some(group.clone()), recognition.set_no.or(self.set_no.filter(|_| same_group)))
            }
            _ => (self.group_code.clone(), self.set_no),
        }
    }
}

/// Sets `superseded_on`: of each product's certifications, which are brought into order with the latest first, each
/// ends on the day of the next. Of two of one day, which the ledger does not take, the one recorded last is the later.
pub fn supersede(certifications: &mut [Certification]) {
    certifications.sort_by_key(|certification| {
        (certification.product, Reverse((certification.decision.decided_on, certification.id)))
    });
    let mut next: Option<(ProductId, Day)> = None;
    for certification in certifications {
        let product = certification.product;
        certification.superseded_on = next.filter(|(of, _)| *of == product).map(|(_, day)| day);
        next = Some((product, certification.decision.decided_on));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certification::model::{DecisionNumber, Issuer};

    fn certification(id: u8, product: u8, decided_on: Day) -> Certification {
        let key = |n: u8| format!("01999f6e-3c1a-7d55-9a3e-0000000000{n:02x}");
        Certification {
            id: CertificationId::parse(&key(id)).expect("an id"),
            product: ProductId::parse(&key(product)).expect("an id"),
            decision: Decision {
                issuer: Issuer::ministry_on(decided_on),
                number: DecisionNumber::illustration(1, "BNN"),
                decided_on,
            },
            stars: Stars::FIVE,
            score: None,
            criteria_version: Taxonomy::Y2023,
            taxonomy: Taxonomy::Y2023,
            group_code: None,
            set_no: None,
            valid_until: decided_on,
            source_url: None,
            extension: None,
            revocation: None,
            superseded_on: None,
            updated_at: Instant::from_micros(0),
        }
    }

    #[test]
    fn each_ends_on_the_day_of_the_next_of_its_product_in_one_order_always() {
        let (first, second) = (Day::constant(2024, 5, 1), Day::constant(2025, 5, 1));
        let ordered = [
            (certification(3, 1, second), None),
            (certification(2, 1, second), Some(second)),
            (certification(1, 1, first), Some(second)),
            (certification(4, 2, first), None),
        ];
        for turn in 0..4 {
            let mut all: Vec<_> = ordered.iter().map(|(certification, _)| certification.clone()).collect();
            all.rotate_left(turn);
            supersede(&mut all);
            let found: Vec<_> = all.iter().map(|each| (each.id, each.superseded_on)).collect();
            let expected: Vec<_> = ordered.iter().map(|(each, on)| (each.id, *on)).collect();
            assert_eq!(found, expected, "{turn}");
        }
    }
}
