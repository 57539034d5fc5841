//! What is refused, and when it is tried again.

use super::{Kept, MINH, becomes, kept, run, send, with_server};
use crate::cases;
use crate::harness::smtp::Answer;
use crate::harness::{Case, Engine, TestApp};
use std::time::Duration;

pub fn cases() -> Vec<Case> {
    cases![
        a_refusal_for_now_is_tried_again_later,
        what_is_refused_of_us_is_tried_again,
        a_final_refusal_ends_it_at_once,
        nothing_is_tried_for_more_than_three_days,
        a_server_that_was_away_gets_what_has_waited,
        an_answer_that_is_lost_has_the_letter_sent_again,
        a_note_that_is_lost_has_the_letter_sent_again,
    ]
}

async fn a_refusal_for_now_is_tried_again_later(app: TestApp) {
    let (app, server) = with_server(app);
    server.refuse("RCPT", &format!("450 4.2.1 <{MINH}> is busy"));
    server.refuse(".", "451 4.3.0 later");
    send(&app, MINH).await;
    let letter = becomes(&app, |letter| letter.last_error.is_some()).await;
    assert!((60..=72).contains(&letter.due_in(&app)), "{letter:?}");
    assert_eq!((letter.attempts, letter.sent_at, letter.failed_at), (1, None, None));
    assert!(letter.body.is_some());
    assert_eq!(letter.last_error.as_deref(), Some("RCPT: transient error (450): 4.2.1 <…> is busy"));

    app.clock.advance_seconds(59);
    app.state.post.wake();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.count("RCPT"), 1);

    app.clock.advance_seconds(14);
    app.state.post.wake();
    let answered = |letter: &Kept| letter.last_error.as_deref().is_some_and(|error| error.contains("451"));
    let letter = becomes(&app, answered).await;
    assert!((300..=360).contains(&letter.due_in(&app)), "{letter:?}");

    app.clock.advance_seconds(361);
    app.state.post.wake();
    let letter = becomes(&app, |letter| letter.sent_at.is_some()).await;
    assert_eq!((letter.attempts, letter.body, letter.last_error), (3, None, None));
    server.has_taken(1).await;
}

async fn what_is_refused_of_us_is_tried_again(app: TestApp) {
    let (app, server) = with_server(app);
    // One after the other, each once.
    let refusals = [
        ("EHLO", "554 5.7.1 not you"),
        ("MAIL", "553 5.7.1 not from you"),
        ("MAIL", "530 5.7.0 sign in first"),
        ("RCPT", "530 5.7.0 to write to them"),
        ("DATA", "421 4.3.2 closing"),
    ];
    for (command, answer) in refusals {
        server.refuse(command, answer);
    }
    send(&app, MINH).await;
    for (_, answer) in refusals {
        let said =
            |letter: &Kept| letter.last_error.as_deref().is_some_and(|error| error.contains(&answer[4..]));
        let letter = becomes(&app, said).await;
        assert_eq!(letter.failed_at, None, "{letter:?}");
        app.clock.advance_seconds(letter.due_in(&app) + 1);
        app.state.post.wake();
    }
    server.has_taken(1).await;
}

async fn a_final_refusal_ends_it_at_once(app: TestApp) {
    let (app, server) = with_server(app);
    for (number, (command, answer)) in
        [("RCPT", format!("550 5.1.1 <{MINH}>: no such mailbox")), (".", "554 5.6.0 unwanted".to_owned())]
            .into_iter()
            .enumerate()
    {
        server.refuse(command, &answer);
        send(&app, MINH).await;
        app.outbox_is_empty().await;
        let letters = kept(&app).await;
        assert_eq!(letters.len(), number + 1);
        for letter in letters {
            assert!(letter.failed_at.is_some(), "{letter:?}");
            assert_eq!((letter.sent_at, letter.attempts, letter.body), (None, 1, None));
            assert!(letter.last_error.is_some_and(|error| !error.contains(MINH)));
        }
    }
    app.clock.advance_seconds(4 * 24 * 3600);
    app.state.post.wake();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.count("RCPT"), 2);
    assert!(server.deliveries().is_empty());
}

async fn nothing_is_tried_for_more_than_three_days(app: TestApp) {
    let (app, server) = with_server(app);
    let written_at = app.state.world.now();
    let mut pauses = Vec::new();
    for attempt in 1..=20 {
        server.refuse("RCPT", &format!("450 4.2.1 attempt {attempt}."));
    }
    send(&app, MINH).await;
    for attempt in 1.. {
        let said = format!("attempt {attempt}.");
        let answered = |letter: &Kept| letter.last_error.as_ref().is_some_and(|error| error.contains(&said));
        let letter = becomes(&app, answered).await;
        if letter.failed_at.is_some() {
            assert_eq!(letter.body, None);
            break;
        }
        pauses.push(letter.due_in(&app));
        app.clock.advance_seconds(letter.due_in(&app) + 1);
        app.state.post.wake();
    }
    let hours = |n: i64| n * 3600;
    let least = [60, 300, 1800, hours(2), hours(6), hours(12), hours(24)];
    for (pause, least) in pauses.iter().zip(least) {
        assert!((least - 1..=least * 6 / 5).contains(pause), "{pauses:?}");
    }
    assert!((8..=9).contains(&pauses.len()), "{pauses:?}");
    let tried_for = (app.state.world.now().micros() - written_at.micros()) / 1_000_000;
    assert!((hours(72)..hours(72) + 10).contains(&tried_for), "{tried_for}");
}

async fn a_server_that_was_away_gets_what_has_waited(app: TestApp) {
    let (app, mut server) = with_server(app);
    server.stop();
    for n in 0..5 {
        send(&app, &format!("n{n}@example.vn")).await;
    }
    let began = std::time::Instant::now();
    while !kept(&app).await.iter().any(|letter| letter.last_error.is_some()) {
        assert!(began.elapsed() < Duration::from_secs(15), "nothing was tried");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.start_again();
    app.clock.advance_seconds(73);
    app.state.post.wake();
    server.has_taken(5).await;
    app.outbox_is_empty().await;
    assert!(kept(&app).await.iter().all(|letter| letter.sent_at.is_some() && letter.last_error.is_none()));
}

async fn an_answer_that_is_lost_has_the_letter_sent_again(app: TestApp) {
    let (app, server) = with_server(app);
    server.answer(".", Answer::HangUp);
    send(&app, MINH).await;
    becomes(&app, |letter| letter.last_error.is_some()).await;
    app.clock.advance_seconds(73);
    app.state.post.wake();
    let deliveries = server.has_taken(2).await;
    // To who reads them they are one.
    assert_eq!(deliveries[0].mail.raw, deliveries[1].mail.raw);
    becomes(&app, |letter| letter.sent_at.is_some()).await;
}

/// As when an instance dies between sending and writing that down.
async fn a_note_that_is_lost_has_the_letter_sent_again(app: TestApp) {
    let (app, server) = with_server(app);
    let (forbid, allow) = match app.engine {
        Engine::Sqlite => (
            "CREATE TRIGGER no_notes BEFORE UPDATE OF sent_at ON mails BEGIN SELECT RAISE(ABORT, 'no'); END",
            "DROP TRIGGER no_notes",
        ),
        Engine::Postgres => (
            "CREATE FUNCTION no_notes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
             CREATE TRIGGER no_notes BEFORE UPDATE OF sent_at ON mails FOR EACH ROW EXECUTE FUNCTION no_notes()",
            "DROP TRIGGER no_notes ON mails",
        ),
    };
    run(&app, forbid).await;
    send(&app, MINH).await;
    server.has_taken(1).await;
    // It stops trying to write it down, as one who dies.
    app.state.post.close().await;
    run(&app, allow).await;
    let letter = becomes(&app, |letter| letter.attempts == 1).await;
    assert!(letter.sent_at.is_none() && letter.body.is_some(), "{letter:?}");
    assert!((295..=300).contains(&letter.due_in(&app)), "{letter:?}");

    let heir = app.beside(&["--mail-url", &server.url()]);
    heir.state.post.wake();
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.has_taken(1).await;
    app.clock.advance_seconds(301);
    heir.state.post.wake();
    let deliveries = server.has_taken(2).await;
    assert_eq!(deliveries[0].mail.raw, deliveries[1].mail.raw);
    let letter = becomes(&heir, |letter| letter.sent_at.is_some()).await;
    assert_eq!((letter.attempts, letter.body), (2, None));
}
