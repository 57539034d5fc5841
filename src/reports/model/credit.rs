//! Whose the value of an agreement is.
//!
//! An agreement is credited to events, provinces and campaigns in shares that come to the whole. Where a report tells one of
//! these apart, or is about one of them, values go by the shares, to the đồng, and what of a value is credited to something
//! else stands in the row `none`: the rows come to the value, however many had a part in it.

use super::RowKey;
use crate::leads::attribution::{self, WHOLE};
use crate::leads::{About, AgreementFacts, AttributionKind, Credit};

/// How a report credits agreements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Crediting {
    /// To where their lead belongs.
    ByLead,
    /// To the rows that their shares name.
    ByRow(AttributionKind),
    /// Of each, the part that is credited to this; `None`: to nothing of the kind.
    Only(AttributionKind, Option<String>),
}

impl Crediting {
    /// A report about an event or a campaign is about what is credited to it; of both, to the event.
    pub fn of(about: &About, rows: Option<AttributionKind>) -> Self {
        match (&about.event, &about.campaign, rows) {
            (Some(event), _, _) => Self::Only(AttributionKind::Event, event.clone()),
            (None, Some(campaign), _) => Self::Only(AttributionKind::Campaign, campaign.clone()),
            (None, None, Some(kind)) => Self::ByRow(kind),
            (None, None, None) => Self::ByLead,
        }
    }

    /// The parts of an agreement that the report is about, each with the row that its share names, if one does.
    pub fn parts(&self, agreement: &AgreementFacts) -> Vec<(Option<RowKey>, i64)> {
        let (kind, wanted) = match self {
            Self::ByLead => return vec![(None, agreement.value)],
            Self::ByRow(kind) => (*kind, None),
            Self::Only(kind, wanted) => (*kind, Some(wanted)),
        };
        let amounts = split(agreement.value, &agreement.shares);
        let mut parts: Vec<(Option<RowKey>, i64)> = Vec::new();
        let (mut rest, mut uncredited) = (agreement.value, WHOLE);
        for (credit, amount) in agreement.shares.iter().zip(amounts).filter(|(credit, _)| credit.kind == kind)
        {
            rest -= amount;
            uncredited -= credit.share;
            parts.push((Some(RowKey::Is(credit.to.key.clone())), amount));
        }
        if uncredited > 0 {
            parts.push((Some(RowKey::Unknown), rest));
        }
        if let Some(wanted) = wanted {
            let wanted: RowKey = wanted.clone().into();
            parts.retain(|(row, _)| *row == Some(wanted.clone()));
        }
        parts
    }
}

/// What each of the shares gets of a value.
fn split(value: i64, credits: &[Credit]) -> Vec<i64> {
    let shares: Vec<i64> = credits.iter().map(|credit| credit.share).collect();
    attribution::split(value, &shares)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::columns::Key;
    use crate::db::{Day, Instant};
    use crate::leads::{AgreementKind, Named};
    use proptest::prelude::*;

    fn credit(kind: AttributionKind, key: &str, share: i64) -> Credit {
        Credit { kind, to: Named { key: key.to_owned(), name: key.to_owned() }, share }
    }

    fn agreement(value: i64, shares: Vec<Credit>) -> AgreementFacts {
        AgreementFacts {
            id: Key::new(Instant::from_micros(0), [1; 10]).into(),
            kind: AgreementKind::Contract,
            value,
            signed_on: Day::constant(2026, 11, 23),
            shares,
        }
    }

    #[test]
    fn thirds_come_to_the_whole() {
        let shares = [3334, 3333, 3333].map(|share| credit(AttributionKind::Event, "e", share));
        assert_eq!(split(100, &shares), [34, 33, 33]);
        assert_eq!(split(1, &shares), [1, 0, 0]);
        assert_eq!(split(i64::MAX, &shares).iter().sum::<i64>(), i64::MAX);
        assert_eq!(split(100, &[]), Vec::<i64>::new());
    }

    #[test]
    fn a_report_about_an_event_has_its_part() {
        let shares = vec![
            credit(AttributionKind::Event, "fair", 6000),
            credit(AttributionKind::Event, "week", 1000),
            credit(AttributionKind::Province, "33", 3000),
        ];
        let signed = agreement(1001, shares);
        let row = |key: &str| Some(RowKey::Is(key.to_owned()));
        let parts = |crediting: Crediting| crediting.parts(&signed);
        assert_eq!(
            parts(Crediting::ByRow(AttributionKind::Event)),
            [(row("fair"), 601), (row("week"), 100), (Some(RowKey::Unknown), 300)]
        );
        assert_eq!(parts(Crediting::ByRow(AttributionKind::Campaign)), [(Some(RowKey::Unknown), 1001)]);
        let only = |key: Option<&str>| Crediting::Only(AttributionKind::Event, key.map(str::to_owned));
        assert_eq!(parts(only(Some("fair"))), [(row("fair"), 601)]);
        assert_eq!(parts(only(None)), [(Some(RowKey::Unknown), 300)]);
        assert_eq!(parts(only(Some("other"))), []);
        assert_eq!(parts(Crediting::ByLead), [(None, 1001)]);
        // Credited in whole, nothing stands in the row of what is not.
        let whole = agreement(7, vec![credit(AttributionKind::Event, "fair", 10_000)]);
        assert_eq!(Crediting::ByRow(AttributionKind::Event).parts(&whole), [(row("fair"), 7)]);
    }

    proptest! {
        /// However a value is credited, its parts come to it, and none is off by a đồng.
        #[test]
        fn no_dong_is_lost_or_made(value in 0..=i64::MAX, cuts in prop::collection::btree_set(1..WHOLE, 0..12), kinds in any::<u64>()) {
            let edges: Vec<i64> = [0].into_iter().chain(cuts).chain([WHOLE]).collect();
            let shares: Vec<Credit> = edges
                .windows(2)
                .zip(0..)
                .map(|(edge, n)| credit(AttributionKind::ALL[(kinds >> n) as usize % 3], &format!("k{n}"), edge[1] - edge[0]))
                .collect();
            let amounts = split(value, &shares);
            prop_assert_eq!(amounts.iter().sum::<i64>(), value);
            for (amount, credit) in amounts.iter().zip(&shares) {
                let due = i128::from(value) * i128::from(credit.share);
                prop_assert!((i128::from(*amount) * i128::from(WHOLE) - due).abs() < i128::from(WHOLE));
            }
            let signed = agreement(value, shares);
            for kind in AttributionKind::ALL {
                let parts = Crediting::ByRow(*kind).parts(&signed);
                prop_assert_eq!(parts.iter().map(|(_, amount)| amount).sum::<i64>(), value);
            }
        }
    }
}
