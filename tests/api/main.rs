//! All API tests: over HTTP against the real service, on SQLite and on PostgreSQL, a database for each test.
//!
//! `cargo test` starts a throw-away PostgreSQL cluster from the machine's own binaries; where there are none, its
//! half of the tests shows as ignored (and fails if `OCOP_TEST_REQUIRE_POSTGRES` is set, as it is in CI).
#![allow(clippy::allow_attributes, reason = "a test binary")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::large_futures)]

mod accounts;
mod audit;
mod authorization;
mod catalogue;
mod certification;
mod clients;
mod database;
mod delegations;
mod demo;
mod feed;
mod frame;
mod harness;
mod import;
mod invitations;
mod keys;
mod leads;
mod leads_durability;
mod limits;
mod listing_contents;
mod listing_reviews;
mod listings;
mod mail;
mod media;
mod members;
mod openapi;
mod organisations;
mod papers;
mod passwords;
mod privacy;
mod readiness;
mod reference;
mod registration;
mod relevance;
mod rules;
mod second_factor;
mod seed;
mod sessions;
mod sheets;
mod throttle;
mod tokens;

use harness::{Case, Engine};
use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let cases: Vec<(&str, Vec<Case>)> = vec![
        ("accounts", accounts::cases()),
        ("audit", audit::cases()),
        ("authorization", authorization::cases()),
        ("catalogue", catalogue::cases()),
        ("certification", certification::cases()),
        ("clients", clients::cases()),
        ("database", database::cases()),
        ("delegations", delegations::cases()),
        ("demo", demo::cases()),
        ("feed", feed::cases()),
        ("frame", frame::cases()),
        ("import", import::cases()),
        ("invitations", invitations::cases()),
        ("keys", keys::cases()),
        ("leads", leads::cases()),
        ("limits", limits::cases()),
        ("listing_contents", listing_contents::cases()),
        ("listing_reviews", listing_reviews::cases()),
        ("listings", listings::cases()),
        ("mail", mail::cases()),
        ("media", media::cases()),
        ("members", members::cases()),
        ("organisations", organisations::cases()),
        ("papers", papers::cases()),
        ("passwords", passwords::cases()),
        ("privacy", privacy::cases()),
        ("readiness", readiness::cases()),
        ("reference", reference::cases()),
        ("registration", registration::cases()),
        ("rules", rules::cases()),
        ("second_factor", second_factor::cases()),
        ("sessions", sessions::cases()),
        ("sheets", sheets::cases()),
        ("throttle", throttle::cases()),
        ("tokens", tokens::cases()),
    ];
    let mut trials: Vec<Trial> = openapi::trials();
    trials.extend(authorization::trials());
    trials.extend(rules::trials());
    trials.extend(leads_durability::trials());
    trials.extend(feed::trials());
    trials.extend(relevance::trials());
    for engine in [Engine::Sqlite, Engine::Postgres] {
        for (module, cases) in &cases {
            trials.extend(cases.iter().map(|case| harness::trial(engine, module, case)));
        }
    }
    if !Engine::Postgres.is_there() {
        eprintln!(
            "PostgreSQL's half of the tests is skipped: neither its binaries (initdb, postgres) nor OCOP_TEST_POSTGRES."
        );
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    harness::engine::clean_up();
    conclusion.exit();
}
