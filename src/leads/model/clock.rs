//! The response clock: by when the producer's first answer is due, and what happens if it does not come.
//!
//! Terms are counted in working days (`calendar`): an enquiry of Friday evening, or of the eve of Tết, is not late on Monday.
//! Half-way the producer is reminded; a working day after the term the programme office of its province is told.

use crate::calendar::plus_working_days;
use crate::db::Instant;
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

/// How far the clock of a device may be ahead.
const AHEAD_SECONDS: i64 = 24 * 3600;

/// When something happened is not in the future; of a clock that is a little fast it is taken for now (whoever stores it does
/// so), of one that is wrong it is refused.
pub fn not_ahead(occurred_at: Instant, now: Instant) -> Result<(), Invalid> {
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
    use crate::db::Day;

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
}
