//! The figures of a row, counted lead by lead.

use crate::db::Instant;
use crate::leads::{AgreementKind, LeadFacts, LeadStage};
use std::collections::BTreeMap;

/// The counts of a row, in the order in which reports show them.
pub const COUNTS: [&str; 12] = [
    "leads",
    "to_answer",
    "answered",
    "answered_in_time",
    "overdue",
    "quoted",
    "sampled",
    "mous",
    "principle_contracts",
    "contracts",
    "ordered",
    "converted",
];

/// One number for each of [`COUNTS`].
pub type Counts = [i64; COUNTS.len()];

/// What was signed of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signed {
    pub number: i64,
    /// Đồng.
    pub value: i64,
}

/// Leads at a stage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stays {
    /// Leads that stand there now.
    pub standing: i64,
    /// How long those stayed that have moved on, in microseconds.
    pub past: Vec<i64>,
}

/// What is known of some leads together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    pub leads: i64,
    pub to_answer: i64,
    pub answered: i64,
    pub answered_in_time: i64,
    pub overdue: i64,
    pub quoted: i64,
    pub sampled: i64,
    pub ordered: i64,
    pub converted: i64,
    pub mous: Signed,
    pub principle_contracts: Signed,
    pub contracts: Signed,
    /// From the arrival to the first answer, in microseconds.
    pub waits: Vec<i64>,
    pub stays: BTreeMap<LeadStage, Stays>,
}

impl Tally {
    /// Counts a lead, as things stand at `now`. What was signed counts by itself: [`Self::sign`].
    pub fn count(&mut self, lead: &LeadFacts, now: Instant) {
        let signed = lead.agreements.iter().any(|agreement| agreement.kind != AgreementKind::Mou);
        self.leads += 1;
        self.quoted += i64::from(lead.quoted);
        self.sampled += i64::from(lead.sampled);
        self.ordered += i64::from(lead.ordered);
        self.converted += i64::from(lead.ordered || signed);
        if let Some(clock) = lead.clock {
            self.to_answer += 1;
            match clock.answered_at {
                Some(at) => {
                    self.answered += 1;
                    self.answered_in_time += i64::from(at <= clock.due);
                    self.waits.push(lasted(clock.since, at));
                }
                None => self.overdue += i64::from(clock.due < now),
            }
        }
        self.stays.entry(lead.stage).or_default().standing += 1;
        for moved in lead.path.windows(2) {
            if let [(stage, since), (_, until)] = moved {
                self.stays.entry(*stage).or_default().past.push(lasted(*since, *until));
            }
        }
    }

    /// Counts an agreement with the part of its value that belongs here.
    pub fn sign(&mut self, kind: AgreementKind, value: i64) {
        let signed = match kind {
            AgreementKind::Mou => &mut self.mous,
            AgreementKind::PrincipleContract => &mut self.principle_contracts,
            AgreementKind::Contract => &mut self.contracts,
        };
        signed.number += 1;
        signed.value = signed.value.saturating_add(value);
    }

    /// Adds what was counted elsewhere, of other leads and agreements.
    pub fn add(&mut self, other: Self) {
        self.leads += other.leads;
        self.to_answer += other.to_answer;
        self.answered += other.answered;
        self.answered_in_time += other.answered_in_time;
        self.overdue += other.overdue;
        self.quoted += other.quoted;
        self.sampled += other.sampled;
        self.ordered += other.ordered;
        self.converted += other.converted;
        self.waits.extend(other.waits);
        for (stage, stays) in other.stays {
            let known = self.stays.entry(stage).or_default();
            known.standing += stays.standing;
            known.past.extend(stays.past);
        }
        for (known, other) in [
            (&mut self.mous, other.mous),
            (&mut self.principle_contracts, other.principle_contracts),
            (&mut self.contracts, other.contracts),
        ] {
            known.number += other.number;
            known.value = known.value.saturating_add(other.value);
        }
    }

    pub fn counts(&self) -> Counts {
        [
            self.leads,
            self.to_answer,
            self.answered,
            self.answered_in_time,
            self.overdue,
            self.quoted,
            self.sampled,
            self.mous.number,
            self.principle_contracts.number,
            self.contracts.number,
            self.ordered,
            self.converted,
        ]
    }

    /// Of a hundred leads, how many came to a contract or an order; to a tenth.
    pub fn conversion(&self) -> Option<f64> {
        (self.leads > 0).then(|| tenths(self.converted.saturating_mul(1000) / self.leads))
    }

    /// Hours until the first answer, of half of the answered leads at most; to a tenth.
    pub fn median_first_response_hours(&self) -> Option<f64> {
        const TENTH_OF_AN_HOUR: i64 = 360_000_000;
        median(&self.waits).map(|wait| tenths(wait / TENTH_OF_AN_HOUR))
    }
}

impl Stays {
    /// Days until they moved on, of half of those that did at most; to a tenth.
    pub fn median_days(&self) -> Option<f64> {
        const TENTH_OF_A_DAY: i64 = 8_640_000_000;
        median(&self.past).map(|stay| tenths(stay / TENTH_OF_A_DAY))
    }
}

/// What was captured offline may be recorded as if it had ended before it began.
fn lasted(since: Instant, until: Instant) -> i64 {
    (until.micros() - since.micros()).max(0)
}

/// The one in the middle; of two, half-way between them.
fn median(values: &[i64]) -> Option<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(middle.checked_sub(1)?)?;
    Some(lower + (upper - lower) / 2)
}

fn tenths(n: i64) -> f64 {
    // Durations and per cent are far from where a double has gaps.
    i32::try_from(n).map_or(f64::from(i32::MAX), f64::from) / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[9, 1]), Some(5));
        assert_eq!(median(&[3, 9, 1]), Some(3));
        assert_eq!(median(&[i64::MAX, i64::MAX - 2]), Some(i64::MAX - 1));
    }

    #[test]
    fn figures_are_told_to_a_tenth() {
        let day = 86_400_000_000;
        assert_eq!(Stays { standing: 0, past: vec![day * 3 / 2] }.median_days(), Some(1.5));
        assert_eq!(Stays::default().median_days(), None);
        let third = Tally { leads: 3, converted: 1, waits: vec![day / 24], ..Tally::default() };
        assert_eq!((third.conversion(), third.median_first_response_hours()), (Some(33.3), Some(1.0)));
        assert_eq!(Tally::default().conversion(), None);
    }
}
