//! Working days in Việt Nam, in which the law counts some of its terms.
//!
//! Saturdays and Sundays are off, and the public holidays of `data/calendar/public_holidays.csv`, where it also stands what
//! is law and what is assumed until the government has decided. Beyond the years of the file only the holidays with a fixed
//! date of the solar calendar are known: then a term may end a few days before the law's, never after it.

use crate::db::Day;
use jiff::civil::Weekday;
use std::collections::BTreeSet;
use std::sync::LazyLock;

const FILE: &str = include_str!("../data/calendar/public_holidays.csv");

/// The same every year: New Year, 30 April, 1 May, 2 September (month, day).
const FIXED: [(i8, i8); 4] = [(1, 1), (4, 30), (5, 1), (9, 2)];

static HOLIDAYS: LazyLock<BTreeSet<Day>> = LazyLock::new(|| days_of(FILE).collect());

fn days_of(file: &str) -> impl Iterator<Item = Day> {
    file.lines().filter_map(|line| Day::parse(line.split(',').next().unwrap_or_default()).ok())
}

/// Do the holidays of this day's year stand in the file?
fn is_known_year(day: Day) -> bool {
    HOLIDAYS.iter().any(|holiday| holiday.date().year() == day.date().year())
}

/// Do people work on this day?
pub fn is_working_day(day: Day) -> bool {
    let date = day.date();
    if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
        return false;
    }
    match is_known_year(day) {
        true => !HOLIDAYS.contains(&day),
        false => !FIXED.contains(&(date.month(), date.day())),
    }
}

/// The `n`th working day after `day`; with 0, `day` itself.
pub fn plus_working_days(day: Day, n: u16) -> Day {
    let mut last = day;
    for _ in 0..n {
        last = last.plus_days(1);
        // The calendar has an end, and no run of days off is that long.
        for _ in 0..31 {
            if is_working_day(last) {
                break;
            }
            last = last.plus_days(1);
        }
    }
    last
}

/// How many working days there are after `day`, up to and with `last`.
pub fn working_days_after(day: Day, last: Day) -> u16 {
    let days = (1..=day.days_until(last)).filter(|n| is_working_day(day.plus_days(*n))).count();
    u16::try_from(days).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn every_line_of_the_file_is_a_day_and_in_order() {
        let lines = FILE.lines().filter(|line| !line.starts_with('#')).skip(1);
        assert_eq!(lines.count(), HOLIDAYS.len());
        let in_file: Vec<Day> = days_of(FILE).collect();
        assert!(in_file.is_sorted());
    }

    /// Article 112 gives eleven days a year, and none is lost to a weekend (Article 111).
    #[test]
    fn a_year_has_eleven_holidays_on_weekdays() {
        for year in [2026, 2027, 2028] {
            let weekdays = HOLIDAYS.iter().filter(|holiday| {
                let date = holiday.date();
                date.year() == year && !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
            });
            assert_eq!(weekdays.count(), 11, "{year}");
        }
    }

    #[test]
    fn terms_leap_over_weekends_and_holidays() {
        for (from, n, to) in [
            ("2026-11-23", 2, "2026-11-25"),
            // Friday.
            ("2026-11-27", 2, "2026-12-01"),
            ("2026-11-28", 1, "2026-11-30"),
            ("2026-11-28", 0, "2026-11-28"),
            // Over Tết.
            ("2027-02-04", 2, "2027-02-15"),
            // 30 April and 1 May 2026 are Thursday and Friday.
            ("2026-04-29", 2, "2026-05-05"),
            // Beyond the file: the New Year is known.
            ("2029-12-31", 1, "2030-01-02"),
        ] {
            assert_eq!(plus_working_days(day(from), n), day(to), "{from} + {n}");
        }
    }

    #[test]
    fn beyond_the_file_only_fixed_dates_are_off() {
        assert!(!is_working_day(day("2031-09-02")) && !is_working_day(day("2031-04-30")));
        // Tết of that year is not known here.
        assert!(is_working_day(day("2031-01-23")));
        assert!(!is_working_day(day("2031-01-25")), "Saturday");
    }
}
