//! Guesses are slowed, whoever makes them and from wherever, and owners get in all the same.

use crate::cases;
use crate::harness::people::PASSWORD;
use crate::harness::{Case, Reply, TestApp};
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use ocop_market::accounts::Role;
use ocop_market::db::{Conn, Failure};
use reqwest::{Method, StatusCode};
use serde_json::json;

pub fn cases() -> Vec<Case> {
    let cases = cases![
        sixty_guesses_from_sixty_addresses_at_one_account_are_slowed,
        one_address_that_guesses_at_sixty_accounts_is_slowed,
        an_owner_gets_in_during_the_attack,
        sixty_guesses_at_once_are_counted_one_by_one,
        an_account_of_ones_own_does_not_wash_an_address,
        a_neighbourhood_of_ipv6_is_one_address,
        two_instances_count_together,
        known_or_not_makes_no_difference,
        a_day_of_quiet_is_a_new_beginning,
        the_log_has_one_line_of_an_attack,
    ];
    cases.into_iter().map(|case| case.with(&["--trusted-proxies=1"])).collect()
}

const OWNER: &str = "owner@shop.example";

/// A sign-in from an address, as the proxy in front tells it.
async fn sign_in(app: &TestApp, from: &str, email: &str, password: &str) -> Reply {
    let body = json!({ "email": email, "password": password });
    let request = app.anonymous().request(Method::POST, "/v1/sessions").header("X-Forwarded-For", from);
    Reply::of(request.json(&body)).await
}

async fn guess(app: &TestApp, from: &str, email: &str) -> Reply {
    sign_in(app, from, email, "not the password").await
}

/// Was the password looked at? Else how long to wait.
#[track_caller]
fn looked_at(reply: &Reply) -> Result<(), i64> {
    if reply.status == StatusCode::UNAUTHORIZED {
        reply.expect_problem(401, "invalid_credentials");
        return Ok(());
    }
    let problem = reply.expect_problem(429, "too_many_requests");
    assert!(problem["detail"].is_string(), "{problem}");
    Err(reply.header("retry-after").parse().expect("seconds"))
}

fn stranger(n: usize) -> String {
    format!("203.0.113.{n}")
}

async fn with_owner(app: &TestApp) {
    app.create_user(OWNER, Role::Member, &[]).await.expect("created");
}

async fn sixty_guesses_from_sixty_addresses_at_one_account_are_slowed(app: TestApp) {
    with_owner(&app).await;
    let mut looked = 0;
    for n in 1..=60 {
        match looked_at(&guess(&app, &stranger(n), OWNER).await) {
            Ok(()) => looked += 1,
            Err(wait) => assert_eq!(wait, 1),
        }
    }
    // Five cost nothing, and the one after them has the first delay follow.
    assert_eq!(looked, 6);

    // Sixty more, one every ten seconds: the delays have become longer than that.
    for n in 61..=120 {
        app.clock.advance_seconds(10);
        looked += usize::from(looked_at(&guess(&app, &stranger(n), OWNER).await).is_ok());
    }
    assert_eq!(looked, 15);

    // Who guesses on and on for a day is heard some hundred times.
    let before = looked;
    let mut waited = 0;
    while waited < 86_400 {
        match looked_at(&guess(&app, &stranger(200), OWNER).await) {
            Ok(()) => looked += 1,
            Err(wait) => {
                assert!((1..=900).contains(&wait), "{wait}");
                app.clock.advance_seconds(wait);
                waited += wait;
            }
        }
    }
    assert!(looked - before < 110, "{} in a day", looked - before);
}

async fn one_address_that_guesses_at_sixty_accounts_is_slowed(app: TestApp) {
    with_owner(&app).await;
    let mut looked = 0;
    for n in 0..60 {
        let email = if n == 0 { OWNER.to_owned() } else { format!("person-{n}@shop.example") };
        match looked_at(&guess(&app, "203.0.113.7", &email).await) {
            Ok(()) => looked += 1,
            Err(wait) => assert_eq!(wait, 1),
        }
    }
    assert_eq!(looked, 21);
    for n in 60..120 {
        app.clock.advance_seconds(10);
        let email = format!("person-{n}@shop.example");
        looked += usize::from(looked_at(&guess(&app, "203.0.113.7", &email).await).is_ok());
    }
    assert_eq!(looked, 30);
    // Others have nothing of it, not even at the accounts that were guessed at.
    sign_in(&app, "198.51.100.1", OWNER, PASSWORD).await.expect(StatusCode::CREATED);
}

async fn an_owner_gets_in_during_the_attack(app: TestApp) {
    with_owner(&app).await;
    sign_in(&app, "198.51.100.1", OWNER, PASSWORD).await.expect(StatusCode::CREATED);
    for n in 1..=40 {
        let _ = guess(&app, &stranger(n), OWNER).await;
        app.clock.advance_seconds(7);
    }
    // From elsewhere the right password is not even looked at, and has to wait like any.
    let early = sign_in(&app, "192.0.2.1", OWNER, PASSWORD).await;
    let wait = looked_at(&early).expect_err("blocked");
    // From where the owner was before, it is as if nobody had guessed.
    sign_in(&app, "198.51.100.1", OWNER, PASSWORD).await.expect(StatusCode::CREATED);
    // That does not help those who guess.
    assert_eq!(looked_at(&guess(&app, &stranger(41), OWNER).await), Err(wait));

    // What comes while it is blocked makes the wait no longer.
    app.clock.advance_seconds(wait - 1);
    assert_eq!(looked_at(&guess(&app, &stranger(42), OWNER).await), Err(1));
    app.clock.advance_seconds(1);
    sign_in(&app, "192.0.2.1", OWNER, PASSWORD).await.expect(StatusCode::CREATED);
    // The owner was there: the count is at its beginning.
    for n in 51..=56 {
        assert_eq!(looked_at(&guess(&app, &stranger(n), OWNER).await), Ok(()));
    }
    assert_eq!(looked_at(&guess(&app, &stranger(57), OWNER).await), Err(1));

    // A known place has a count too.
    for _ in 1..=6 {
        assert_eq!(looked_at(&guess(&app, "198.51.100.1", OWNER).await), Ok(()));
    }
    assert_eq!(looked_at(&guess(&app, "198.51.100.1", OWNER).await), Err(1));
    // After ninety days it is a place as any.
    app.clock.advance_seconds(90 * 86_400);
    for n in 1..=6 {
        assert_eq!(looked_at(&guess(&app, &stranger(n), OWNER).await), Ok(()));
    }
    assert_eq!(looked_at(&guess(&app, "198.51.100.1", OWNER).await), Err(1));
}

async fn sixty_guesses_at_once_are_counted_one_by_one(app: TestApp) {
    with_owner(&app).await;
    let addresses: Vec<String> = (1..=60).map(stranger).collect();
    let at_once = addresses.iter().map(|from| guess(&app, from, OWNER));
    let replies = futures_all(at_once).await;
    assert_eq!(replies.iter().filter(|reply| looked_at(reply).is_ok()).count(), 6);

    let accounts: Vec<String> = (1..=60).map(|n| format!("person-{n}@shop.example")).collect();
    let at_once = accounts.iter().map(|email| guess(&app, "192.0.2.9", email));
    let replies = futures_all(at_once).await;
    assert_eq!(replies.iter().filter(|reply| looked_at(reply).is_ok()).count(), 21);
}

/// Polls all futures together.
async fn futures_all<T>(all: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = all.into_iter().map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(move |cx| {
        for (one, done) in &mut waiting {
            if done.is_none()
                && let std::task::Poll::Ready(value) = one.as_mut().poll(cx)
            {
                *done = Some(value);
            }
        }
        match waiting.iter().all(|(_, done)| done.is_some()) {
            true => std::task::Poll::Ready(waiting.iter_mut().filter_map(|(_, done)| done.take()).collect()),
            false => std::task::Poll::Pending,
        }
    })
    .await
}

async fn an_account_of_ones_own_does_not_wash_an_address(app: TestApp) {
    with_owner(&app).await;
    let from = "203.0.113.7";
    let mut looked = 0;
    for n in 0..60 {
        // An account of one's own costs nothing, and gives nothing back.
        if looked < 20 {
            sign_in(&app, from, OWNER, PASSWORD).await.expect(StatusCode::CREATED);
        }
        let email = format!("person-{n}@shop.example");
        looked += usize::from(looked_at(&guess(&app, from, &email).await).is_ok());
    }
    assert_eq!(looked, 21);
    // In the delay it is refused like all else; when that is over, it is let in and changes nothing.
    looked_at(&sign_in(&app, from, OWNER, PASSWORD).await).expect_err("blocked");
    app.clock.advance_seconds(1);
    sign_in(&app, from, OWNER, PASSWORD).await.expect(StatusCode::CREATED);
    assert_eq!(looked_at(&guess(&app, from, "person-60@shop.example").await), Ok(()));
    assert_eq!(looked_at(&guess(&app, from, "person-61@shop.example").await), Err(2));
}

async fn a_neighbourhood_of_ipv6_is_one_address(app: TestApp) {
    let mut looked = 0;
    for n in 0..60 {
        let (from, email) = (format!("2001:db8:7:7::{n:x}"), format!("person-{n}@shop.example"));
        looked += usize::from(looked_at(&guess(&app, &from, &email).await).is_ok());
    }
    assert_eq!(looked, 21);
    assert_eq!(looked_at(&guess(&app, "2001:db8:7:8::1", "person-1@shop.example").await), Ok(()));
}

async fn two_instances_count_together(app: TestApp) {
    with_owner(&app).await;
    let other = app.beside(&["--trusted-proxies=1"]);
    let mut looked = 0;
    for n in 1..=30 {
        for instance in [&app, &other] {
            looked += usize::from(looked_at(&guess(instance, &stranger(n), OWNER).await).is_ok());
        }
    }
    assert_eq!(looked, 6);
    app.clock.advance_seconds(1);
    sign_in(&other, "192.0.2.1", OWNER, PASSWORD).await.expect(StatusCode::CREATED);
    assert_eq!(looked_at(&guess(&app, "192.0.2.2", OWNER).await), Ok(()));
}

async fn known_or_not_makes_no_difference(app: TestApp) {
    with_owner(&app).await;
    let mut told = Vec::new();
    for email in [OWNER, "nobody@shop.example"] {
        let mut answers = Vec::new();
        for n in 1..=12 {
            let reply = guess(&app, "203.0.113.7", email).await;
            let mut problem = reply.json();
            problem["request_id"] = serde_json::Value::Null;
            let mut headers: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
            headers.sort();
            answers.push((reply.status, problem, headers, reply.header("retry-after")));
            if n == 9 {
                app.clock.advance_seconds(1);
            }
        }
        told.push(answers);
        app.clock.advance_seconds(86_400);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].iter().filter(|(status, ..)| *status == StatusCode::UNAUTHORIZED).count(), 7);
}

async fn a_day_of_quiet_is_a_new_beginning(app: TestApp) {
    for n in 1..=7 {
        let _ = guess(&app, &stranger(n), OWNER).await;
    }
    let purge = async || {
        let world = app.state.world.clone();
        let retain = move |conn: &mut Conn| ocop_market::privacy::retain(conn, &world);
        app.state.db.write(retain).await.expect("purged").throttles
    };
    app.clock.advance_seconds(86_400);
    assert_eq!(purge().await, 0);
    for n in 1..=6 {
        assert_eq!(looked_at(&guess(&app, &stranger(100 + n), OWNER).await), Ok(()));
    }
    assert_eq!(looked_at(&guess(&app, &stranger(107), OWNER).await), Err(1));
    // Six addresses of the first day; the account has been guessed at since.
    app.clock.advance_seconds(1);
    assert_eq!(purge().await, 6);
}

#[derive(diesel::QueryableByName, Debug, PartialEq, Eq)]
struct Line {
    #[diesel(sql_type = Text)]
    actor_kind: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

async fn the_log_has_one_line_of_an_attack(app: TestApp) {
    with_owner(&app).await;
    for n in 1..=30 {
        for email in [OWNER, "nobody@shop.example"] {
            let _ = guess(&app, &stranger(n), email).await;
        }
        app.clock.advance_seconds(5);
    }
    let lines = app.state.db.read(|conn: &mut Conn| {
        diesel::sql_query(
            "SELECT actor_kind, COUNT(*) AS n FROM audit_entries
             WHERE action = 'session.refused' AND origin IS NOT NULL GROUP BY actor_kind",
        )
        .load::<Line>(conn)
        .map_err(Failure::from)
    });
    assert_eq!(lines.await.expect("read"), [Line { actor_kind: "nobody".to_owned(), n: 1 }]);
}
