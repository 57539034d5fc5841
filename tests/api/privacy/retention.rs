//! What has been kept long enough is forgotten, and not a day earlier.

use super::everything::{check_chain, column, places_of};
use super::{audited, confirmed_request, run_sql, token_for};
use crate::cases;
use crate::harness::{Actor, Case, TestApp};
use crate::leads::fresh_key;
use crate::leads::stock::Stock;
use ocop_market::accounts::{MemberRole, Role};
use ocop_market::privacy::{self, Retained};
use reqwest::StatusCode;
use serde_json::json;

pub fn cases() -> Vec<Case> {
    cases![
        contacts_are_forgotten_when_their_time_is_over,
        from_where_is_forgotten_after_a_year,
        what_has_ended_is_deleted,
        requests_are_forgotten_a_year_after_their_end,
        several_instances_forget_once,
    ]
}

async fn retain(app: &TestApp) -> Retained {
    let world = app.state.world.clone();
    app.state.db.write(move |conn| privacy::retain(conn, &world)).await.expect("retention applied")
}

async fn signed_in(app: &TestApp, email: &str) -> Actor {
    let tokens = app.sign_in(email).await;
    app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"))
}

async fn send(app: &TestApp, stock: &Stock, email: &str) -> String {
    let mut enquiry = stock.enquiry(&[stock.mat]);
    enquiry["contact"]["email"] = json!(email);
    let sent =
        app.anonymous().post_once("/v1/leads", &fresh_key(), &enquiry).await.expect(StatusCode::CREATED);
    sent["leads"][0]["id"].as_str().expect("an id").to_owned()
}

async fn contacts_are_forgotten_when_their_time_is_over(app: TestApp) {
    let stock = Stock::fill(&app).await;
    app.create_user("chu@det.example", Role::Member, &[(stock.weavers, MemberRole::Owner)])
        .await
        .expect("a user");
    let ended = send(&app, &stock, "xong@shop.example").await;
    send(&app, &stock, "cho@shop.example").await;
    app.clock.set("2027-01-15T03:00:00Z");
    let weaver = signed_in(&app, "chu@det.example").await;
    let declined =
        json!({ "type": "stage", "to": "declined", "reason": "other", "note": "Báo xong@shop.example rồi" });
    weaver.post(&format!("/v1/leads/{ended}/events"), &declined).await.expect(StatusCode::CREATED);

    app.clock.set("2029-01-14T16:59:59Z");
    assert_eq!(retain(&app).await.contacts, 0, "24 months after the last event, not after the first");
    app.clock.set("2029-01-15T17:00:00Z");
    assert_eq!(retain(&app).await.contacts, 1);
    assert!(places_of(&app, &["xong@shop.example"]).await.is_empty());
    assert!(!places_of(&app, &["cho@shop.example"]).await.is_empty(), "it waits for an answer");
    // 36 months after the last event in any case.
    app.clock.set("2029-11-22T16:59:59Z");
    assert_eq!(retain(&app).await.contacts, 0);
    app.clock.set("2029-11-23T17:00:00Z");
    assert_eq!(retain(&app).await.contacts, 1);
    assert!(places_of(&app, &["cho@shop.example", "Phòng thu mua", "12 cửa hàng"]).await.is_empty());
    assert!(!retain(&app).await.is_something(), "once is enough");
    let weaver = signed_in(&app, "chu@det.example").await;
    assert_eq!(weaver.all("/v1/leads").await.len(), 2, "the leads stay");
    let told = column(&app, "SELECT kind AS value FROM mails WHERE kind = 'contact_erased'").await;
    assert!(told.is_empty(), "nobody asked for anything");
}

async fn from_where_is_forgotten_after_a_year(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("a user");
    signed_in(&app, "a@shop.example").await;
    app.clock.set("2027-05-01T03:00:00Z");
    signed_in(&app, "a@shop.example").await;
    assert_eq!(check_chain(&app).await, 2);
    app.clock.set("2027-11-23T16:59:59Z");
    assert_eq!(retain(&app).await.audit_origins, 0);
    app.clock.set("2027-11-23T17:00:00Z");
    assert_eq!(retain(&app).await.audit_origins, 1);
    assert_eq!(check_chain(&app).await, 1, "the chain holds without it");
    let before = audited(&app).await;
    assert!(before.contains(&"retention.applied".to_owned()));
    assert!(!retain(&app).await.is_something());
    assert_eq!(audited(&app).await, before, "what forgets nothing is not recorded");
    let details = column(
        &app,
        "SELECT details AS value FROM audit_entries WHERE action = 'retention.applied' ORDER BY seq",
    )
    .await;
    assert!(details.iter().any(|details| details.contains(r#""audit_origins":1"#)), "{details:?}");
}

async fn what_has_ended_is_deleted(app: TestApp) {
    let user = app.create_user("a@shop.example", Role::Member, &[]).await.expect("a user");
    let by = signed_in(&app, "a@shop.example").await;
    by.delete("/v1/sessions/current").await;
    signed_in(&app, "a@shop.example").await;
    let day = |n: i64| app.state.world.now().plus_seconds(n * 86_400).micros();
    let (old, young) = (day(1), day(20));
    run_sql(&app, format!("
        INSERT INTO registrations (id, email, email_key, token_hash, password_hash, language, organisation, terms_version, created_at, expires_at)
            VALUES ('1', 'a', 'a', '1', 'x', 'vi', '{{}}', '2026-11', 0, {old}), ('2', 'b', 'b', '2', 'x', 'vi', '{{}}', '2026-11', 0, {far});
        INSERT INTO mail_tokens (token_hash, purpose, user_id, created_at, expires_at)
            VALUES ('1', 'password_reset', '{user}', 0, {old}), ('2', 'password_reset', '{user}', 0, {young});
        INSERT INTO invitations (id, token_hash, email, email_key, office, invited_by, created_at, expires_at)
            VALUES ('1', '1', 'a', 'a', 'admin', '{user}', 0, {old}), ('2', '2', 'a', 'a', 'admin', '{user}', 0, {young});
        DELETE FROM throttles;
        INSERT INTO throttles (key, failures, last_failed_at, blocked_until)
            VALUES ('1', 1, {old}, {old}), ('2', 1, {today}, {today});
        ", far = day(60), today = day(32))).await;
    app.clock.advance_seconds(32 * 86_400);
    let stock = Stock::fill(&app).await;
    let lead = send(&app, &stock, "mua@shop.example").await;
    run_sql(&app, format!("
        INSERT INTO lead_links (id, lead_id, purpose, token_hash, created_at, expires_at)
            VALUES ('1', '{lead}', 'follow', '1', 0, {old}), ('2', '{lead}', 'follow', '2', 0, {young});
        INSERT INTO capture_items (id, recorder, content_hash, enquiry_id, content, received_at, done_at) VALUES
            ('01999f6e-3c1a-7d55-9a3e-0c0f7a1b2d01', 'x', 'x', 'x', '{{}}', {old}, NULL),
            ('01999f6e-3c1a-7d55-9a3e-0c0f7a1b2d02', 'x', 'x', 'x', '{{}}', {young}, NULL);
        ")).await;
    let done = retain(&app).await;
    let expected = Retained {
        mail_tokens: 1,
        registrations: 1,
        invitations: 1,
        throttles: 1,
        lead_links: 1,
        captures: 1,
        ..Retained::default()
    };
    assert_eq!(done, expected);
    assert_eq!(retain(&app).await, Retained::default());
    // Places are known for 90 days.
    let session_count = "SELECT id AS value FROM sessions";
    assert_eq!(column(&app, session_count).await.len(), 2);
    for (table, key) in
        [("registrations", "id"), ("mail_tokens", "token_hash"), ("invitations", "id"), ("throttles", "key")]
    {
        assert_eq!(column(&app, format!("SELECT {key} AS value FROM {table}")).await, ["2"], "{table}");
    }
    let waiting = "SELECT id AS value FROM capture_items WHERE content IS NOT NULL";
    assert_eq!(column(&app, waiting).await, ["01999f6e-3c1a-7d55-9a3e-0c0f7a1b2d02"]);
    assert_eq!(column(&app, "SELECT id AS value FROM lead_links").await, ["2"]);
    app.clock.advance_seconds(58 * 86_400 + 1);
    assert_eq!(retain(&app).await.sessions, 2);
    assert!(column(&app, waiting).await.is_empty());
    app.clock.advance_seconds(20 * 86_400 + 1);
    retain(&app).await;
    assert!(column(&app, "SELECT id AS value FROM capture_items").await.is_empty());
    assert!(column(&app, session_count).await.is_empty());
}

async fn requests_are_forgotten_a_year_after_their_end(app: TestApp) {
    app.create_user("qt@office.example", Role::Admin, &[]).await.expect("a user");
    let id = confirmed_request(&app, "access", "hoi@shop.example").await;
    confirmed_request(&app, "access", "mo@shop.example").await;
    token_for(&app, "access", "chua@shop.example").await;
    let admin = signed_in(&app, "qt@office.example").await;
    let answer = json!({ "answer": "Đã gửi cho hoi@shop.example.", "outcome": "completed" });
    admin.post(&format!("/v1/data-requests/{id}/answers"), &answer).await.expect(StatusCode::OK);
    app.clock.advance_seconds(8 * 86_400);
    assert_eq!(retain(&app).await.unconfirmed_requests, 1);
    app.clock.set("2027-11-22T17:00:00Z");
    assert_eq!(retain(&app).await.data_requests, 0);
    app.clock.set("2027-11-23T17:00:00Z");
    assert_eq!(retain(&app).await.data_requests, 1);
    run_sql(&app, "DELETE FROM mails").await;
    assert!(places_of(&app, &["hoi@shop.example", "chua@shop.example"]).await.is_empty());
    assert!(!places_of(&app, &["mo@shop.example"]).await.is_empty(), "what is open is kept");
    let admin = signed_in(&app, "qt@office.example").await;
    let kept = admin.get(&format!("/v1/data-requests/{id}")).await.expect(StatusCode::OK);
    assert_eq!((&kept["state"], &kept["email"]), (&json!("completed"), &json!(null)));
}

async fn several_instances_forget_once(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let beside = app.beside(&[]);
    for n in 0..20 {
        send(&app, &stock, &format!("n{n}@shop.example")).await;
    }
    app.clock.set("2030-01-01T03:00:00Z");
    let (one, two) = tokio::join!(retain(&app), retain(&beside));
    assert_eq!(one.contacts + two.contacts, 20, "{one:?} {two:?}");
    assert!(!retain(&beside).await.is_something());
    check_chain(&app).await;
}
