//! The outbox and its postman: what is committed is sent, once as a rule and never not at all, in the reader's language.

mod delivering;
mod failing;
mod sharing;

use crate::cases;
use crate::harness::smtp::SmtpServer;
use crate::harness::{Case, TestApp};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use ocop_market::accounts::{Email, UserLanguage};
use ocop_market::db::{Conn, Failure};
use ocop_market::mail::{self, Letter, MailKind};
use std::time::{Duration, Instant};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![what_is_rolled_back_is_not_sent, old_letters_are_forgotten];
    cases.extend(delivering::cases());
    cases.extend(failing::cases());
    cases.extend(sharing::cases());
    cases
}

const MINH: &str = "minh@example.vn";

fn letter(to: &str, language: UserLanguage) -> Letter {
    Letter {
        kind: MailKind::SessionStolen,
        to: Email::parse(to).expect("an address"),
        user: None,
        language,
        values: vec![("started", "10:00, 23/11/2026".to_owned())],
    }
}

/// Puts a letter into the outbox, as a handler does.
async fn post(app: &TestApp, letter: Letter) {
    let world = app.state.world.clone();
    let sent = app.state.db.write(move |conn| mail::send(conn, &world, &letter).map_err(Failure::from));
    sent.await.expect("the outbox takes it");
}

/// The same, and rings for the postman.
async fn send(app: &TestApp, to: &str) {
    post(app, letter(to, UserLanguage::Vi)).await;
    app.state.post.wake();
}

/// The same test's engine, with a mail server.
fn with_server(app: TestApp) -> (TestApp, SmtpServer) {
    let server = SmtpServer::start();
    let app = TestApp::start(app.engine, &["--mail-url", &server.url()]);
    (app, server)
}

/// A letter of the outbox, as it is kept.
#[derive(Debug, QueryableByName)]
struct Kept {
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
    #[diesel(sql_type = BigInt)]
    due_at: i64,
    #[diesel(sql_type = BigInt)]
    attempts: i64,
    #[diesel(sql_type = Nullable<Text>)]
    last_error: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    sent_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    failed_at: Option<i64>,
}

impl Kept {
    /// Seconds from now until it is due.
    fn due_in(&self, app: &TestApp) -> i64 {
        (self.due_at - app.state.world.now().micros()) / 1_000_000
    }
}

async fn kept(app: &TestApp) -> Vec<Kept> {
    let read = |conn: &mut Conn| {
        diesel::sql_query("SELECT * FROM mails ORDER BY id").load::<Kept>(conn).map_err(Failure::from)
    };
    app.state.db.read(read).await.expect("the outbox can be read")
}

/// Waits until the one letter there is has become what is looked for.
async fn becomes(app: &TestApp, looked_for: impl Fn(&Kept) -> bool) -> Kept {
    let began = Instant::now();
    loop {
        let mut all = kept(app).await;
        let letter = all.pop().expect("a letter");
        assert!(all.is_empty(), "{all:?}");
        if looked_for(&letter) {
            return letter;
        }
        assert!(began.elapsed() < Duration::from_secs(15), "{letter:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn run(app: &TestApp, sql: &str) {
    let sql = sql.to_owned();
    let ran = app.state.db.write(move |conn| conn.batch_execute(&sql).map_err(Failure::from));
    ran.await.expect("it runs");
}

async fn what_is_rolled_back_is_not_sent(app: TestApp) {
    let (world, letter) = (app.state.world.clone(), letter(MINH, UserLanguage::Vi));
    let write = move |conn: &mut Conn| -> Result<(), Failure> {
        mail::send(conn, &world, &letter)?;
        conn.batch_execute("SELECT * FROM nothing_of_that_name")?;
        Ok(())
    };
    app.state.db.write(write).await.expect_err("it fails after the letter");
    app.no_mail_to(MINH).await;
}

async fn old_letters_are_forgotten(app: TestApp) {
    const DAY: i64 = 24 * 3600;
    let purged = async || {
        let now = app.state.world.now();
        app.state.db.write(move |conn| mail::purge(conn, now).map_err(Failure::from)).await.expect("purged")
    };
    send(&app, MINH).await;
    app.mail_to(MINH).await;
    becomes(&app, |letter| letter.sent_at.is_some()).await;
    app.clock.advance_seconds(20 * DAY);
    // This one is not to be sent yet, however old it gets.
    post(&app, letter("cho@example.vn", UserLanguage::En)).await;
    run(&app, &format!("UPDATE mails SET due_at = {} WHERE sent_at IS NULL", i64::MAX)).await;
    assert_eq!(purged().await, 0);
    app.clock.advance_seconds(10 * DAY + 1);
    assert_eq!(purged().await, 1);
    app.clock.advance_seconds(60 * DAY);
    assert_eq!(purged().await, 0);
    run(&app, "UPDATE mails SET failed_at = created_at").await;
    assert_eq!(purged().await, 1);
    assert!(kept(&app).await.is_empty());
}
