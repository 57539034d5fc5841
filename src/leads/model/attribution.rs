//! To whose work an agreement is credited: shares of events, provinces and campaigns that are one whole together, so that no
//! report counts a value twice.
//!
//! Shares are whole hundredths of a per cent, [`WHOLE`] of them together. The value of an agreement is divided by them to the
//! đồng ([`split`]): each part gets what is due to it rounded down, and the đồng that are left go, one each, to the parts from
//! which rounding took most.

use super::facts::{Credit, Named};
use super::words::SourceName;
use crate::input::Faults;
use crate::leads::source_key;
use crate::say;
use crate::say::{Invalid, Say};

/// All of an agreement, in hundredths of a per cent.
pub const WHOLE: i64 = 10_000;

crate::text_enum! {
    /// What an agreement may be credited to.
    pub enum AttributionKind {
        /// A fair, conference or meeting, by its name
        Event = "event",
        /// The programme of a province of today, by its code
        Province = "province",
        /// A campaign, by its name
        Campaign = "campaign",
    }
}

/// One part of an attribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub kind: AttributionKind,
    /// The code of a province of today, or the name of an event or a campaign.
    pub name: String,
    /// By which names that differ in case, marks and spaces only are one.
    pub key: String,
    /// Hundredths of a per cent.
    pub share: i64,
}

impl Part {
    pub fn named(kind: AttributionKind, name: &SourceName, share: i64) -> Self {
        Self { kind, name: name.as_str().to_owned(), key: source_key(name.as_str()), share }
    }

    pub fn province(code: &str, share: i64) -> Self {
        Self { kind: AttributionKind::Province, name: code.to_owned(), key: code.to_owned(), share }
    }
}

/// Parts that are one whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares(Vec<Part>);

impl Shares {
    /// More parts than this are no attribution any more.
    pub const MOST: usize = 20;

    /// What stands for the province of a producer of whom no province is known.
    pub const UNKNOWN_PROVINCE: &'static str = "unknown";

    /// Parts that somebody has named: 1 to 20 different ones, each of at least a hundredth of a per cent, a whole together.
    /// Faults stand at the place of the part in the list.
    pub fn new(parts: Vec<Part>) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        if !(1..=Self::MOST).contains(&parts.len()) {
            let most = Self::MOST;
            let say = say!("Cần từ 1 đến {most} phần.", "From 1 to {most} parts are needed.");
            return Err(Faults(vec![crate::input::Fault { path: Vec::new(), code: "wrong_length", say }]));
        }
        for (index, part) in parts.iter().enumerate() {
            let earlier = parts.iter().take(index);
            if earlier.into_iter().any(|other| (other.kind, &other.key) == (part.kind, &part.key)) {
                let say = Say::new("Phần này đã có ở trên.", "This part is in the list already.");
                faults.push([index.to_string(), "name".to_owned()], Invalid::new("duplicate", say));
            }
            if !(1..=WHOLE).contains(&part.share) {
                faults.push([index.to_string(), "share".to_owned()], out_of_range());
            }
        }
        faults.into_result()?;
        let sum: i64 = parts.iter().map(|part| part.share).sum();
        if sum != WHOLE {
            let say = say!(
                "Tổng các phần phải đúng {WHOLE} (100 %), hiện là {sum}.",
                "The parts must be {WHOLE} (100 %) together, they are {sum}."
            );
            return Err(Faults(vec![crate::input::Fault { path: Vec::new(), code: "wrong_sum", say }]));
        }
        Ok(Self(parts))
    }

    /// All to one.
    pub fn whole(part: Part) -> Self {
        Self(vec![Part { share: WHOLE, ..part }])
    }

    /// Parts that were checked when they were stored.
    pub fn stored(parts: Vec<Part>) -> Self {
        Self(parts)
    }

    /// As reports read them.
    pub fn into_credits(self) -> Vec<Credit> {
        let credit = |Part { kind, name, key, share }| Credit { kind, to: Named { key, name }, share };
        self.0.into_iter().map(credit).collect()
    }

    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The đồng of a value that fall to each part, in the order of the parts.
    pub fn split(&self, value: i64) -> Vec<i64> {
        let shares: Vec<i64> = self.0.iter().map(|part| part.share).collect();
        split(value, &shares)
    }
}

fn out_of_range() -> Invalid {
    Invalid::new(
        "out_of_range",
        Say::new(
            "Tỷ lệ là số nguyên phần vạn từ 1 đến 10000 (10000 là 100 %).",
            "A share is a whole number of hundredths of a per cent, 1 to 10000 (10000 is 100 %).",
        ),
    )
}

/// Divides a value by shares that are [`WHOLE`] together, exact to the đồng: the largest remainders are rounded up, of equal
/// ones the first.
pub fn split(value: i64, shares: &[i64]) -> Vec<i64> {
    let (value, whole) = (i128::from(value.max(0)), i128::from(WHOLE));
    let due: Vec<i128> = shares.iter().map(|share| value * i128::from(*share)).collect();
    let mut parts: Vec<i128> = due.iter().map(|due| due / whole).collect();
    let left = due.iter().sum::<i128>() / whole - parts.iter().sum::<i128>();
    let mut by_remainder: Vec<usize> = (0..due.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(due.get(*index).map_or(0, |due| due % whole)));
    for index in by_remainder.into_iter().take(usize::try_from(left).unwrap_or_default()) {
        if let Some(part) = parts.get_mut(index) {
            *part += 1;
        }
    }
    parts.into_iter().map(|part| i64::try_from(part).unwrap_or(i64::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leads::AgreementValue;
    use proptest::prelude::*;

    #[test]
    fn what_is_left_goes_to_the_largest_remainders() {
        assert_eq!(split(100, &[3333, 3333, 3334]), [33, 33, 34]);
        assert_eq!(split(1, &[5000, 5000]), [1, 0]);
        assert_eq!(split(2, &[1, 4999, 5000]), [0, 1, 1]);
        assert_eq!(split(0, &[2500, 7500]), [0, 0]);
        assert_eq!(split(999_999_999_999_999, &[9999, 1]), [999_899_999_999_999, 100_000_000_000]);
        assert_eq!(split(7, &[10_000]), [7]);
        assert_eq!(split(7, &[]), Vec::<i64>::new());
    }

    fn wholes() -> impl Strategy<Value = Vec<i64>> {
        proptest::collection::btree_set(1..WHOLE, 0..Shares::MOST).prop_map(|cuts| {
            let bounds: Vec<i64> = std::iter::once(0).chain(cuts).chain([WHOLE]).collect();
            bounds.windows(2).map(|pair| pair[1] - pair[0]).collect()
        })
    }

    proptest! {
        #[test]
        fn every_dong_goes_to_exactly_one_part(value in 0..=AgreementValue::MOST, shares in wholes()) {
            let parts = split(value, &shares);
            prop_assert_eq!(parts.len(), shares.len());
            prop_assert_eq!(parts.iter().sum::<i64>(), value);
            for (part, share) in parts.iter().zip(&shares) {
                // Nobody gets a đồng more or less than is due.
                let due = i128::from(value) * i128::from(*share);
                let given = i128::from(*part) * i128::from(WHOLE);
                prop_assert!((due - given).abs() < i128::from(WHOLE), "{} of {}", part, share);
            }
            // A larger share never gets less.
            for (a, b) in (0..shares.len()).flat_map(|a| (0..shares.len()).map(move |b| (a, b))) {
                prop_assert!(shares[a] <= shares[b] || parts[a] >= parts[b]);
            }
        }

        #[test]
        fn only_a_whole_of_different_parts_is_taken(shares in proptest::collection::vec(-1..=WHOLE + 1, 0..5)) {
            let parts: Vec<Part> = shares
                .iter()
                .enumerate()
                .map(|(n, share)| Part::province(&n.to_string(), *share))
                .collect();
            let right = shares.iter().all(|share| (1..=WHOLE).contains(share))
                && shares.iter().sum::<i64>() == WHOLE;
            prop_assert_eq!(Shares::new(parts).is_ok(), right);
        }
    }

    #[test]
    fn one_name_however_it_is_written_is_one_part() {
        let name = |text: &str| SourceName::parse(text).expect("a name");
        let event = |text: &str| Part::named(AttributionKind::Event, &name(text), 5000);
        let faults = Shares::new(vec![event("Hội chợ Xuân"), event("hoi cho  xuan")]).expect_err("one twice");
        let places: Vec<_> = faults.0.iter().map(|fault| (fault.pointer(), fault.code)).collect();
        assert_eq!(places, [("/1/name".to_owned(), "duplicate")]);
        let campaign = Part { kind: AttributionKind::Campaign, ..event("Hội chợ Xuân") };
        assert!(Shares::new(vec![event("Hội chợ Xuân"), campaign]).is_ok());
    }
}
