//! The life of a certification at its edges, and over every day of made-up ledgers.

use super::*;
use proptest::prelude::*;

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

#[test]
fn the_term_ends_after_36_months_whatever_the_month() {
    for (decided, last) in [
        ("2023-11-23", "2026-11-23"),
        ("2023-08-31", "2026-08-31"),
        // A month without the day ends on its last.
        ("2024-02-29", "2027-02-28"),
        ("2021-02-28", "2024-02-28"),
        ("2025-12-31", "2028-12-31"),
        ("2021-04-06", "2024-04-06"),
    ] {
        assert_eq!(term_end(day(decided)), day(last), "{decided}");
    }
}

#[test]
fn the_last_day_counts_to_its_last_microsecond() {
    let ledger = Ledger::new(day("2023-11-23"));
    let end = day("2026-11-24").start();
    let last = crate::db::Instant::from_micros(end.micros() - 1);
    assert_eq!(ledger.state_on(last.local_day()), Some(State::Expiring));
    assert_eq!(ledger.state_on(end.local_day()), Some(State::Expired));
    assert_eq!(ledger.shown_until(), Some(day("2026-11-23")));
    assert_eq!(ledger.state_on(day("2023-11-22")), None);
    assert_eq!(ledger.state_on(day("2023-11-23")), Some(State::Valid));
}

#[test]
fn it_is_expiring_from_180_days_before() {
    let ledger = Ledger::new(day("2023-11-23"));
    assert_eq!(ledger.state_on(day("2026-05-26")), Some(State::Valid));
    assert_eq!(ledger.state_on(day("2026-05-27")), Some(State::Expiring));
    assert_eq!(day("2026-05-27").days_until(ledger.valid_until), EXPIRING_DAYS);
}

#[test]
fn an_extension_keeps_it_in_force_past_the_term() {
    let mut ledger = Ledger::new(day("2023-08-31"));
    let until = extension_limit(ledger.valid_until);
    assert_eq!(until, day("2027-02-27"));
    ledger.extended_until = Some(until);
    assert_eq!(ledger.state_on(day("2026-08-31")), Some(State::Expiring));
    assert_eq!(ledger.state_on(day("2026-09-01")), Some(State::Extended));
    assert_eq!(ledger.state_on(until), Some(State::Extended));
    assert_eq!(ledger.state_on(until.plus_days(1)), Some(State::Expired));
    assert_eq!(ledger.shown_until(), Some(until));
}

#[test]
fn a_revocation_works_from_its_day_on() {
    let mut ledger = Ledger::new(day("2024-02-29"));
    ledger.revoked_on = Some(day("2025-03-01"));
    assert_eq!(ledger.state_on(day("2025-02-28")), Some(State::Valid));
    assert_eq!(ledger.state_on(day("2025-03-01")), Some(State::Revoked));
    assert_eq!(ledger.shown_until(), Some(day("2025-02-28")));
    // Revoked on its first day, it never was in force.
    ledger.revoked_on = Some(ledger.decided_on);
    assert_eq!(ledger.shown_until(), None);
}

#[test]
fn an_upgrade_takes_its_place_and_whichever_ends_it_first_is_how_it_ended() {
    let mut ledger = Ledger::new(day("2024-05-10"));
    ledger.superseded_on = Some(day("2025-06-19"));
    assert_eq!(ledger.state_on(day("2025-06-18")), Some(State::Valid));
    assert_eq!(ledger.state_on(day("2025-06-19")), Some(State::Superseded));
    ledger.revoked_on = Some(day("2025-06-20"));
    assert_eq!(ledger.state_on(day("2025-07-01")), Some(State::Superseded));
    ledger.revoked_on = Some(day("2025-06-19"));
    assert_eq!(ledger.state_on(day("2025-07-01")), Some(State::Revoked));
}

/// Decisions of 2019 to 2026, leap days and month ends among them, with whatever may follow.
fn ledgers() -> impl Strategy<Value = Ledger> {
    let first = Day::constant(2019, 8, 21);
    let decided = prop_oneof![
        4 => (0_i64..2_700).prop_map(move |days| first.plus_days(days)),
        1 => prop::sample::select(vec![
            Day::constant(2020, 2, 29), Day::constant(2024, 2, 29), Day::constant(2023, 8, 31), Day::constant(2025, 1, 31),
        ]),
    ];
    let maybe = |days| prop::option::of(days);
    (decided, maybe(0_i64..1_096), maybe(1_i64..EXTENSION_DAYS + 1), maybe(0_i64..1_500), maybe(1_i64..1_500))
        .prop_map(|(decided_on, shorter, extended, revoked, superseded)| {
            let term = term_end(decided_on);
            let valid_until = shorter.map_or(term, |days| decided_on.plus_days(days).min(term));
            Ledger {
                decided_on,
                valid_until,
                extended_until: extended.map(|days| valid_until.plus_days(days)),
                revoked_on: revoked.map(|days| decided_on.plus_days(days)),
                superseded_on: superseded.map(|days| decided_on.plus_days(days)),
            }
        })
}

/// Place in the only legal order; the two ends that close a certification are on a par.
fn rank(state: State) -> u8 {
    match state {
        State::Valid => 0,
        State::Expiring => 1,
        State::Extended => 2,
        State::Expired => 3,
        State::Revoked | State::Superseded => 4,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn shown_until_agrees_with_the_state_of_every_day(ledger in ledgers()) {
        let shown = |day| ledger.shown_until().is_some_and(|last| (ledger.decided_on..=last).contains(&day));
        for days in -3..1_700 {
            let day = ledger.decided_on.plus_days(days);
            let in_force = ledger.state_on(day).is_some_and(State::is_in_force);
            prop_assert_eq!(shown(day), in_force, "{} of {:?}", day, ledger);
        }
    }

    #[test]
    fn states_move_only_in_legal_order(ledger in ledgers()) {
        let mut last: Option<State> = None;
        for days in -3..1_700 {
            let state = ledger.state_on(ledger.decided_on.plus_days(days));
            prop_assert!(state.is_some() == (days >= 0));
            if let (Some(before), Some(now)) = (last, state) {
                prop_assert!(rank(before) <= rank(now), "{before:?} then {now:?} in {ledger:?}");
                prop_assert!(rank(now) < 4 || rank(before) < 4 || before == now, "{before:?} then {now:?}");
            }
            last = state;
        }
    }
}
