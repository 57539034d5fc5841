//! Where to and when a buyer wants the goods.

use crate::db::Day;

/// The period in which a buyer wants the goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: Day,
    pub until: Day,
}

impl Period {
    /// Of the days that are stated; one alone means its month.
    pub fn of(from: Option<Day>, until: Option<Day>) -> Option<Self> {
        let (from, until) = (from.or(until)?, until.or(from)?);
        Some(Self { from, until })
    }

    /// The calendar months it touches, 1 to 12, in order; a long period comes by one more than once.
    pub fn months(self) -> impl Iterator<Item = i8> {
        let (first, last) = (months_of(self.from), months_of(self.until));
        (first..=last).filter_map(|month| i8::try_from(month % 12 + 1).ok())
    }

    /// How many calendar months it touches.
    pub fn months_long(self) -> i64 {
        (months_of(self.until) - months_of(self.from) + 1).max(1)
    }
}

/// Months since the beginning of the calendar's years.
fn months_of(day: Day) -> i64 {
    let date = day.date();
    i64::from(date.year()) * 12 + i64::from(date.month()) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_touches_months_across_years() {
        let day = |text: &str| Some(Day::parse(text).expect("a day"));
        let period = Period::of(day("2026-11-30"), day("2027-02-01")).expect("a period");
        assert_eq!((period.months().collect::<Vec<_>>(), period.months_long()), (vec![11, 12, 1, 2], 4));
        for alone in [Period::of(day("2026-11-30"), None), Period::of(None, day("2026-11-01"))] {
            let alone = alone.expect("a month");
            assert_eq!((alone.months().collect::<Vec<_>>(), alone.months_long()), (vec![11], 1));
        }
        assert_eq!(Period::of(None, None), None);
    }
}
