//! What is held about somebody, for the one it is about.

use super::{audited, everything, from};
use crate::cases;
use crate::harness::{Case, TestApp};
use crate::leads::fresh_key;
use crate::leads::stock::Stock;
use ocop_market::accounts::{MemberRole, Role};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![exports_are_counted];
    cases.push(cases![everything_is_in_the_export].remove(0).with(&["--trusted-proxies=1"]));
    cases
}

async fn everything_is_in_the_export(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let weaver = app.member("chu@det.example", stock.weavers, MemberRole::Owner).await;
    let buyer = app.member("Mua@Shop.example", stock.bakers, MemberRole::Viewer).await;
    let nobody = app.anonymous();
    let mut enquiry = stock.enquiry(&[stock.mat]);
    let send = async |by: &crate::harness::Actor, body: &Value| {
        let sent = by.post_once("/v1/leads", &fresh_key(), body).await.expect(StatusCode::CREATED);
        sent["leads"][0]["id"].as_str().expect("an id").to_owned()
    };
    let lead = send(&buyer, &enquiry).await;
    // Not signed in, but by the same address; and one of somebody else.
    enquiry["contact"]["email"] = json!("mua@SHOP.example");
    send(&nobody, &enquiry).await;
    enquiry["contact"]["email"] = json!("khac@shop.example");
    send(&nobody, &enquiry).await;
    let reveal = format!("/v1/leads/{lead}/contact-reveals");
    weaver.post(&reveal, &json!({ "because": "Để gửi mẫu." })).await.expect(StatusCode::CREATED);
    let user = buyer.get("/v1/me").await.expect(StatusCode::OK)["id"].as_str().expect("an id").to_owned();
    super::run_sql(&app, format!("
        INSERT INTO files (id, sha256, name, media_type, size, user_id, created_at)
            VALUES ('{a}', 'h', 'anh.png', 'image/png', 9, '{user}', 0);
        INSERT INTO quotes (id, lead_id, number, side, valid_until, vat_included, terms, created_at)
            VALUES ('{a}', '{lead}', 1, 'buyer', '2026-12-01', TRUE, 'Trả sau 30 ngày', 0);
        INSERT INTO agreements (id, lead_id, kind, buyer_name, producer_name, value, signed_on, starts_on, side, recorded_at,
            updated_at) VALUES ('{a}', '{lead}', 'mou', 'Chuỗi', 'HTX', 1, '2026-11-01', '2026-11-01', 'buyer', 0, 0);
        INSERT INTO notifications_off (user_id, kind, since) VALUES ('{user}', 'lead_arrived', 0);
        INSERT INTO capture_items (id, recorder, content_hash, enquiry_id, received_at, done_at)
            VALUES ('{a}', '{user}', 'x', '{a}', 0, 0);
        INSERT INTO lead_links (id, lead_id, purpose, token_hash, created_at, expires_at)
            VALUES ('1', '{lead}', 'follow', '1', 0, 9);
        INSERT INTO listing_submissions (id, product_id, number, changes, note, state, submitted_at, user_id)
            VALUES ('{a}', '{mat}', 1, '{{}}', 'Nhãn mới', 'waiting', 0, '{user}');
        INSERT INTO listing_submissions (id, product_id, number, changes, note, state, submitted_at, ended_at, decided_by, remark)
            VALUES ('{b}', '{mat}', 2, '{{}}', 'Của người khác', 'refused', 0, 1, '{user}', '{{\"vi\":\"Khác nhãn\"}}');
        ", mat = stock.mat, b = "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2d02", a = "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2d01")).await;
    let note = json!({ "type": "note", "note": "Tôi chờ báo giá." });
    let path = format!("/v1/leads/{lead}/events");
    from(&buyer, "203.0.113.9", "Trình duyệt Thử", Method::POST, &path, &note)
        .await
        .expect(StatusCode::CREATED);
    let theirs = json!({ "type": "note", "note": "Khách khó tính." });
    weaver.post(&path, &theirs).await.expect(StatusCode::CREATED);
    buyer
        .post(
            "/v1/me/consents",
            &json!({ "purpose": "news_mail", "text_version": "2026-11", "accepted": true }),
        )
        .await
        .expect(StatusCode::CREATED);
    buyer.post("/v1/data-requests", &json!({ "kind": "rectification" })).await.expect(StatusCode::ACCEPTED);

    let reply = from(&buyer, "203.0.113.9", "browser", Method::GET, "/v1/me/export", &Value::Null).await;
    assert_eq!(reply.header("content-disposition"), r#"attachment; filename="ocop-market-account.json""#);
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let held = reply.expect(StatusCode::OK);
    assert_eq!(held["account"]["email"], "Mua@Shop.example");
    assert_eq!(held["memberships"][0]["organisation_id"], json!(stock.bakers));
    assert_eq!(held["sessions"].as_array().map(Vec::len), Some(1));
    assert_eq!(held["enquiries"].as_array().map(Vec::len), Some(2));
    assert_eq!(held["enquiries"][0]["contact_phone"], "+84900000000");
    assert_eq!(held["enquiries"][0]["leads"][0]["producer_id"], json!(stock.weavers));
    let leads = held["enquiries"].as_array().into_iter().flatten().map(|enquiry| &enquiry["leads"][0]);
    let revealed: Vec<&Value> = leads.filter(|lead| lead["contact_revealed_at"].is_string()).collect();
    assert!(revealed.len() == 1 && revealed[0]["id"] == json!(lead), "{revealed:?}");
    let reveal = &held["contact_reveals"][0];
    assert_eq!(
        (&reveal["organisation_id"], &reveal["because"]),
        (&json!(stock.weavers), &json!("Để gửi mẫu."))
    );
    for (list, member, value) in [
        ("files", "name", "anh.png"),
        ("offers", "terms", "Trả sau 30 ngày"),
        ("agreements", "buyer_name", "Chuỗi"),
        ("notifications_off", "kind", "lead_arrived"),
        ("captures", "enquiry_id", "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2d01"),
        ("lead_links", "purpose", "follow"),
        ("listing_submissions", "note", "Nhãn mới"),
        ("listing_reviews", "note", r#"{"vi":"Khác nhãn"}"#),
    ] {
        assert_eq!(
            (held[list].as_array().map(Vec::len), &held[list][0][member]),
            (Some(1), &json!(value)),
            "{list}"
        );
    }
    let done: Vec<(&Value, &Value)> =
        held["lead_events"].as_array().expect("events").iter().map(|e| (&e["kind"], &e["note"])).collect();
    assert_eq!(done, [(&json!("enquiry"), &json!(null)), (&json!("note"), &json!("Tôi chờ báo giá."))]);
    assert_eq!(held["consents"].as_array().map(Vec::len), Some(2));
    assert_eq!(held["data_requests"][0]["kind"], "rectification");
    assert_eq!(held["letters"][0]["kind"], "data_request_received");
    let actions: Vec<&str> = held["audit_entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|e| e["action"].as_str())
        .collect();
    for action in ["session.started", "consent.given", "data_request.received", "account.exported"] {
        assert!(actions.contains(&action), "{action} in {actions:?}");
    }
    let last = held["audit_entries"].as_array().and_then(|entries| entries.last()).expect("an entry");
    assert!(last["origin"].as_str().is_some_and(|origin| origin.contains("203.0.113.9")), "{last}");
    let text = held.to_string();
    for others in ["khac@shop.example", "Khách khó tính", "chu@det.example", "argon2"] {
        assert!(!text.contains(others), "{others} in {text}");
    }
    everything::check_chain(&app).await;
}

async fn exports_are_counted(app: TestApp) {
    let by = app.user("a@shop.example", Role::Member, &[]).await;
    let other = app.user("b@shop.example", Role::Member, &[]).await;
    for _ in 0..5 {
        by.get("/v1/me/export").await.expect(StatusCode::OK);
        app.clock.advance_seconds(60);
    }
    let refused = by.get("/v1/me/export").await;
    refused.expect_problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), (86_400 - 300).to_string());
    other.get("/v1/me/export").await.expect(StatusCode::OK);
    app.clock.advance_seconds(86_400 - 300);
    let tokens = app.sign_in("a@shop.example").await;
    let by = app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"));
    by.get("/v1/me/export").await.expect(StatusCode::OK);
    let exported = audited(&app).await.into_iter().filter(|action| action == "account.exported");
    assert_eq!(exported.count(), 7);
}
