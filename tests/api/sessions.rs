//! The sessions of an account: listed, ended, stolen, and seen from new places.

use crate::cases;
use crate::harness::people::PASSWORD;
use crate::harness::{Actor, Case, Reply, TestApp};
use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use ocop_market::accounts::Role;
use ocop_market::db::{Conn, Failure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        sessions_are_listed_page_by_page,
        a_session_is_ended_from_another,
        all_other_sessions_are_ended,
        a_refresh_token_used_twice_is_told_to_the_owner,
        what_ends_is_in_the_audit_log,
        a_session_ended_on_one_instance_is_refused_on_the_other,
    ];
    let behind_a_proxy = cases![refreshing_tells_where_a_session_is, a_sign_in_from_a_new_place_is_told];
    cases.extend(behind_a_proxy.into_iter().map(|case| case.with(&["--trusted-proxies=1"])));
    cases
}

const OWNER: &str = "owner@shop.example";

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}"))
}

fn holder(app: &TestApp, tokens: &Value) -> Actor {
    app.anonymous().with_token(text(tokens, "access_token"))
}

async fn refresh(app: &TestApp, tokens: &Value) -> Reply {
    let body = json!({ "refresh_token": tokens["refresh_token"] });
    app.anonymous().post("/v1/sessions/refresh", &body).await
}

async fn from(app: &TestApp, address: &str, path: &str, body: &Value) -> Reply {
    let request = app.anonymous().request(Method::POST, path).header("X-Forwarded-For", address);
    Reply::of(request.header("User-Agent", "a browser").json(body)).await
}

async fn sign_in_from(app: &TestApp, address: &str) -> Value {
    let body = json!({ "email": OWNER, "password": PASSWORD });
    from(app, address, "/v1/sessions", &body).await.expect(StatusCode::CREATED)
}

/// The owner's account with so many sessions, the oldest first.
async fn owner_with(app: &TestApp, sessions: usize) -> Vec<Actor> {
    app.create_user(OWNER, Role::Member, &[]).await.expect("created");
    let mut actors = Vec::new();
    for _ in 0..sessions {
        app.clock.advance_seconds(1);
        actors.push(holder(app, &app.sign_in(OWNER).await));
    }
    actors
}

async fn listed(by: &Actor) -> Vec<Value> {
    by.all("/v1/sessions").await
}

async fn current(by: &Actor) -> String {
    let all = listed(by).await;
    let mut current = all.iter().filter(|session| session["current"] == true);
    let (one, none) = (current.next().expect("one is current"), current.next());
    assert!(none.is_none());
    text(one, "id").to_owned()
}

async fn sessions_are_listed_page_by_page(app: TestApp) {
    let mine = owner_with(&app, 5).await;
    app.user("other@shop.example", Role::Member, &[]).await;
    let reply = mine[4].get("/v1/sessions?limit=2").await;
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let first = reply.expect(StatusCode::OK);
    let newest = &first["items"][0];
    assert_eq!(newest["current"], true);
    assert_eq!(newest["created_at"], "2026-11-23T03:00:05Z");
    assert_eq!((&newest["seen_at"], &newest["second_factor"]), (&newest["created_at"], &json!(false)));
    assert_eq!(newest["expires_at"], "2026-12-23T03:00:05Z");
    assert_eq!(newest["address"], "127.0.0.1");
    let mut ids: Vec<String> = Vec::new();
    let pages = mine[4].all("/v1/sessions?limit=2").await;
    for session in &pages {
        ids.push(text(session, "id").to_owned());
    }
    assert_eq!(ids.len(), 5);
    assert!(ids.is_sorted_by(|a, b| a > b), "newest first: {ids:?}");
    for by in &mine {
        assert!(ids.contains(&current(by).await));
    }
    // Another's cursor leads nowhere.
    let other = holder(&app, &app.sign_in("other@shop.example").await);
    let foreign = other.get(&format!("/v1/sessions?cursor={}", text(&first, "next_cursor"))).await;
    foreign.expect_problem(400, "invalid_cursor");
    assert_eq!(listed(&other).await.len(), 2);
    // What has run out is no session any more.
    app.clock.advance_seconds(30 * 86_400 - 3);
    let late = holder(&app, &app.sign_in(OWNER).await);
    // The third to the fifth, and this one.
    assert_eq!(listed(&late).await.len(), 4);
}

async fn a_session_is_ended_from_another(app: TestApp) {
    let mine = owner_with(&app, 3).await;
    let other = app.user("other@shop.example", Role::Member, &[]).await;
    let lost = current(&mine[0]).await;
    let path = format!("/v1/sessions/{lost}");
    // To another there is no such session.
    other.delete(&path).await.expect_problem(404, "not_found");
    mine[0].get("/v1/me").await.expect(StatusCode::OK);
    mine[1].delete(&path).await.expect(StatusCode::NO_CONTENT);
    mine[0].get("/v1/me").await.expect_problem(401, "unauthenticated");
    mine[1].delete(&path).await.expect_problem(404, "not_found");
    for wrong in ["x", "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d", "%00", "current%20"] {
        mine[1].delete(&format!("/v1/sessions/{wrong}")).await.expect_problem(404, "not_found");
    }
    assert_eq!(listed(&mine[1]).await.len(), 2);
    // One's own, by its id.
    let own = current(&mine[1]).await;
    mine[1].delete(&format!("/v1/sessions/{own}")).await.expect(StatusCode::NO_CONTENT);
    mine[1].get("/v1/me").await.expect_problem(401, "unauthenticated");
    mine[2].get("/v1/me").await.expect(StatusCode::OK);
}

async fn all_other_sessions_are_ended(app: TestApp) {
    let mine = owner_with(&app, 4).await;
    let other = app.user("other@shop.example", Role::Member, &[]).await;
    mine[1].delete("/v1/sessions").await.expect(StatusCode::NO_CONTENT);
    for (n, by) in mine.iter().enumerate() {
        let status = by.get("/v1/me").await.status;
        let due = if n == 1 { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        assert_eq!(status, due, "session {n}");
    }
    other.get("/v1/me").await.expect(StatusCode::OK);
    mine[1].delete("/v1/sessions").await.expect(StatusCode::NO_CONTENT);
    assert_eq!(listed(&mine[1]).await.len(), 1);
}

async fn refreshing_tells_where_a_session_is(app: TestApp) {
    app.create_user(OWNER, Role::Member, &[]).await.expect("created");
    let tokens = sign_in_from(&app, "198.51.100.1").await;
    app.clock.advance_seconds(600);
    let body = json!({ "refresh_token": tokens["refresh_token"] });
    let tokens = from(&app, "198.51.100.2", "/v1/sessions/refresh", &body).await.expect(StatusCode::OK);
    let sessions = listed(&holder(&app, &tokens)).await;
    let [session] = sessions.as_slice() else { panic!("{sessions:?}") };
    assert_eq!((&session["address"], &session["user_agent"]), (&json!("198.51.100.2"), &json!("a browser")));
    assert_eq!(session["created_at"], "2026-11-23T03:00:00Z");
    assert_eq!(session["seen_at"], "2026-11-23T03:10:00Z");
    // What was not looked at longer than it may be is cut.
    let request =
        app.anonymous().request(Method::POST, "/v1/sessions").header("User-Agent", "x".repeat(2000));
    let long = Reply::of(request.json(&json!({ "email": OWNER, "password": PASSWORD }))).await;
    let sessions = listed(&holder(&app, &long.expect(StatusCode::CREATED))).await;
    assert_eq!(text(&sessions[0], "user_agent").len(), 200);
}

async fn a_refresh_token_used_twice_is_told_to_the_owner(app: TestApp) {
    app.create_user(OWNER, Role::Member, &[]).await.expect("created");
    let stolen = app.sign_in(OWNER).await;
    app.clock.advance_seconds(60);
    let next = refresh(&app, &stolen).await.expect(StatusCode::OK);
    app.no_mail_to(OWNER).await;
    refresh(&app, &stolen).await.expect_problem(401, "invalid_refresh_token");
    let letter = app.mail_to(OWNER).await;
    assert_eq!(letter.subject, "Phiên đăng nhập của bạn đã bị kết thúc để bảo vệ tài khoản");
    assert!(letter.body.contains("2026-11-23 10:00 (UTC+7)"), "{}", letter.body);
    // Once: the session has ended.
    refresh(&app, &stolen).await.expect_problem(401, "invalid_refresh_token");
    refresh(&app, &next).await.expect_problem(401, "invalid_refresh_token");
    app.no_mail_to(OWNER).await;
    assert_eq!(audited(&app, "session.refresh_reused").await.len(), 1);
}

#[derive(diesel::QueryableByName)]
struct Details {
    #[diesel(sql_type = Text)]
    details: String,
}

/// The details of the entries of one kind, the oldest first.
async fn audited(app: &TestApp, action: &'static str) -> Vec<Value> {
    let read = move |conn: &mut Conn| {
        diesel::sql_query(format!("SELECT details FROM audit_entries WHERE action = '{action}' ORDER BY seq"))
            .load::<Details>(conn)
            .map_err(Failure::from)
    };
    let rows = app.state.db.read(read).await.expect("read");
    rows.iter().map(|row| serde_json::from_str(&row.details).expect("JSON")).collect()
}

async fn what_ends_is_in_the_audit_log(app: TestApp) {
    let mine = owner_with(&app, 5).await;
    mine[0].delete("/v1/sessions/current").await.expect(StatusCode::NO_CONTENT);
    let path = format!("/v1/sessions/{}", current(&mine[1]).await);
    mine[2].delete(&path).await.expect(StatusCode::NO_CONTENT);
    mine[2].delete(&path).await.expect(StatusCode::NOT_FOUND);
    mine[2].delete("/v1/sessions").await.expect(StatusCode::NO_CONTENT);
    let reasons: Vec<Value> =
        audited(&app, "session.ended").await.iter().map(|details| details["reason"].clone()).collect();
    assert_eq!(reasons, ["signed_out", "ended_by_owner", "ended_by_owner", "ended_by_owner"]);
    assert_eq!(audited(&app, "session.started").await.len(), 5);
}

async fn a_sign_in_from_a_new_place_is_told(app: TestApp) {
    app.create_user(OWNER, Role::Member, &[]).await.expect("created");
    sign_in_from(&app, "198.51.100.1").await;
    // On the first day every place is new.
    sign_in_from(&app, "198.51.100.2").await;
    app.clock.advance_seconds(86_400);
    for known in ["198.51.100.1", "198.51.100.2"] {
        sign_in_from(&app, known).await;
    }
    app.no_mail_to(OWNER).await;
    sign_in_from(&app, "203.0.113.7").await;
    let letter = app.mail_to(OWNER).await;
    assert_eq!(letter.subject, "Tài khoản của bạn vừa được đăng nhập từ một nơi mới");
    assert!(
        letter.body.contains("203.0.113.7") && letter.body.contains("2026-11-24 10:00"),
        "{}",
        letter.body
    );
    // Now it is known.
    sign_in_from(&app, "203.0.113.7").await;
    app.no_mail_to(OWNER).await;
    // After ninety days it is new again.
    app.clock.advance_seconds(89 * 86_400);
    sign_in_from(&app, "198.51.100.1").await;
    app.no_mail_to(OWNER).await;
    app.clock.advance_seconds(2 * 86_400);
    sign_in_from(&app, "203.0.113.7").await;
    app.mail_to(OWNER).await;
    // An account that has been quiet for long is told of whoever comes.
    app.clock.advance_seconds(120 * 86_400);
    sign_in_from(&app, "198.51.100.1").await;
    app.mail_to(OWNER).await;
}

async fn a_session_ended_on_one_instance_is_refused_on_the_other(app: TestApp) {
    let mine = owner_with(&app, 2).await;
    let other = app.beside(&[]);
    let there: Vec<Actor> =
        mine.iter().map(|by| other.anonymous().with_token(by.token.as_deref().expect("a token"))).collect();
    for by in &there {
        by.get("/v1/me").await.expect(StatusCode::OK);
    }
    mine[0].delete("/v1/sessions/current").await.expect(StatusCode::NO_CONTENT);
    there[0].get("/v1/me").await.expect_problem(401, "unauthenticated");
    there[1].get("/v1/me").await.expect(StatusCode::OK);
    // The other way round.
    let newest = holder(&app, &app.sign_in(OWNER).await);
    there[1].delete("/v1/sessions").await.expect(StatusCode::NO_CONTENT);
    newest.get("/v1/me").await.expect_problem(401, "unauthenticated");
}
