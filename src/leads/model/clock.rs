//! The response clock: by when the producer's first answer is due, and what happens if it does not come.
//!
//! Terms are counted in working days (`calendar`): an enquiry of Friday evening, or of the eve of Tết, is not late on Monday.
//! Half-way the producer is reminded; a working day after the term the programme office of its province is told.

use crate::calendar::plus_working_days;
use crate::db::{Day, Instant};
use crate::say::{Invalid, Say};

/// Working days after the day of arrival until whose end the first answer is due.
pub const ANSWER_DAYS: u16 = 2;
/// Working days after the day of arrival on whose morning the producer is reminded.
pub const REMIND_DAYS: u16 = 1;
/// Working days after the last day for the answer at whose end the office is told.
pub const ESCALATE_DAYS: u16 = 1;

/// The last instant of the term for the answer to what arrived at `arrival`.
pub fn respond_by(arrival: Instant) -> Instant {
    end_of(arrival, ANSWER_DAYS)
}

/// When the office is told of an answer that was due at `respond_by`.
pub fn escalate_after(respond_by: Instant) -> Instant {
    end_of(respond_by, ESCALATE_DAYS)
}

/// The hour of the day at which people are reminded.
const MORNING: i64 = 8;
/// No run of days off and working days that a term spans is longer.
const LONGEST_TERM: i64 = 45;

/// When a producer is reminded of what arrived at `arrival`.
pub fn remind_at(arrival: Instant) -> Instant {
    plus_working_days(arrival.local_day(), REMIND_DAYS).start().plus_seconds(MORNING * 3600)
}

/// At `now`, whoever has not answered what was due until then, or earlier, is reminded. Terms grow with the day of arrival;
/// so one bound, for which there is an index, tells all.
pub fn remind_up_to(now: Instant) -> Instant {
    respond_by(last_day(now, |day| remind_at(day.start()) <= now).start())
}

/// At `now`, the office is told of what was due until then, or earlier.
pub fn escalate_up_to(now: Instant) -> Instant {
    let end = |day: Day| Instant::from_micros(day.plus_days(1).start().micros() - 1);
    end(last_day(now, |day| escalate_after(end(day)) < now))
}

/// The last day, today or earlier, of which something is true that is true of every day before it.
fn last_day(now: Instant, is_true: impl Fn(Day) -> bool) -> Day {
    let today = now.local_day();
    let mut days = (0..LONGEST_TERM).map(|n| today.plus_days(-n));
    days.find(|day| is_true(*day)).unwrap_or_else(|| today.plus_days(-LONGEST_TERM))
}

/// Working days from the one on which an enquiry arrived to its answer.
pub fn working_days(arrival: Instant, answer: Instant) -> u16 {
    crate::calendar::working_days_after(arrival.local_day(), answer.local_day())
}

/// How far the clock of a device may be ahead.
const AHEAD_SECONDS: i64 = 24 * 3600;

/// No lead is older than the programme (Decision 490/QĐ-TTg of that day).
const PROGRAMME_BEGAN: Day = Day::constant(2018, 5, 7);

/// When something happened is not in the future; of a clock that is a little fast it is taken for now (whoever stores it does
/// so), of one that is wrong it is refused. Nor is it ahead of the programme, as by a clock that has lost its day.
pub fn plausible(occurred_at: Instant, now: Instant) -> Result<(), Invalid> {
    if occurred_at < PROGRAMME_BEGAN.start() {
        return Err(Invalid::new(
            "before_the_programme",
            Say::new(
                "Thời điểm này ở trước khi có Chương trình OCOP (07/05/2018); hãy kiểm tra đồng hồ của thiết bị.",
                "This is before the OCOP programme began (7 May 2018); please check the clock of the device.",
            ),
        ));
    }
    if occurred_at <= now.plus_seconds(AHEAD_SECONDS) {
        return Ok(());
    }
    Err(Invalid::new(
        "in_the_future",
        Say::new(
            "Thời điểm này ở tương lai; hãy kiểm tra đồng hồ của thiết bị.",
            "This is in the future; please check the clock of the device.",
        ),
    ))
}

/// The last microsecond of the `n`th working day after the local day of `instant`.
fn end_of(instant: Instant, n: u16) -> Instant {
    let next = plus_working_days(instant.local_day(), n).plus_days(1).start();
    Instant::from_micros(next.micros() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn terms_are_working_days_to_their_end() {
        for (arrival, due, escalated) in [
            // Monday; Friday; Saturday; before Tết of 2027 the days off are leapt over.
            ("2026-11-23", "2026-11-25", "2026-11-26"),
            ("2026-11-27", "2026-12-01", "2026-12-02"),
            ("2026-11-28", "2026-12-01", "2026-12-02"),
            ("2026-12-31", "2027-01-05", "2027-01-06"),
        ] {
            let arrival = day(arrival).start().plus_seconds(20 * 3600);
            let due_at = respond_by(arrival);
            assert_eq!(due_at.local_day(), day(due));
            assert_eq!(due_at.micros() + 1, day(due).plus_days(1).start().micros());
            assert_eq!(escalate_after(due_at).local_day(), day(escalated));
        }
    }

    /// The bounds by which the database is asked say what the terms themselves say, on every day of a year with its Tết.
    #[test]
    fn the_bounds_are_those_of_the_terms() {
        let first = day("2026-11-23").start();
        for n in 0..370 {
            let arrival = first.plus_seconds(n * 86_400 + 9 * 3600);
            let due = respond_by(arrival);
            let reminded = remind_at(arrival);
            assert!(due > remind_up_to(reminded.plus_seconds(-1)), "{arrival} is not reminded of too early");
            assert!(due <= remind_up_to(reminded) && due <= remind_up_to(reminded.plus_seconds(86_400 * 20)));
            let escalated = escalate_after(due);
            assert!(due > escalate_up_to(escalated), "{arrival} is not escalated too early");
            assert!(due <= escalate_up_to(escalated.plus_seconds(1)));
            assert!(arrival < reminded && reminded < due && due < escalated);
        }
    }

    #[test]
    fn answers_are_counted_in_working_days() {
        let at = |text: &str, hour: i64| day(text).start().plus_seconds(hour * 3600);
        for (arrival, answer, days) in [
            ("2026-11-23", "2026-11-23", 0),
            ("2026-11-23", "2026-11-24", 1),
            ("2026-11-27", "2026-11-30", 1),
            ("2026-11-27", "2026-11-28", 0),
            ("2026-11-24", "2026-11-23", 0),
            ("2026-12-31", "2027-01-05", 2),
        ] {
            assert_eq!(working_days(at(arrival, 20), at(answer, 8)), days, "{arrival} {answer}");
        }
    }
}
