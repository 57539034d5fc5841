//! `POST /v1/leads` and the consent text.

use super::stock::Stock;
use super::{ask, count, fresh_key};
use crate::cases;
use crate::harness::{Case, Reply, TestApp};
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        an_enquiry_becomes_one_lead_for_each_producer,
        a_retry_is_answered_from_the_first_and_adds_nothing,
        keys_of_different_senders_are_apart,
        many_retries_at_once_make_one_enquiry,
        a_check_writes_nothing,
        an_enquiry_can_be_sent_until_the_last_moment_of_the_last_day,
        consent_texts_can_be_read,
    ];
    cases.extend(
        cases![enquiries_of_an_address_are_limited]
            .into_iter()
            .map(|case| case.with(&["--leads-per-minute=3"])),
    );
    cases
}

async fn an_enquiry_becomes_one_lead_for_each_producer(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let reply = ask(&app.anonymous(), &stock.enquiry(&[stock.mat, stock.cake, stock.silk])).await;
    let receipt = reply.expect(StatusCode::CREATED);
    let enquiry = receipt["enquiry_id"].as_str().expect("an id");
    assert_eq!(reply.header("location"), format!("/v1/leads?enquiry={enquiry}"));
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(receipt["received_at"], "2026-11-23T03:00:00Z");
    let leads = receipt["leads"].as_array().expect("leads");
    assert_eq!(leads.len(), 2, "{receipt}");
    let line = |id, name: &str| json!({ "product_id": id, "name": name, "quantity": 200, "unit": "XBX" });
    assert_eq!(leads[0]["producer"], json!({ "id": stock.weavers, "name": "Hợp tác xã dệt (minh họa)" }));
    assert_eq!(leads[0]["products"], json!([line(stock.mat, "Chiếu cói"), line(stock.silk, "Lụa tơ tằm")]));
    assert_eq!(leads[1]["producer"]["id"], json!(stock.bakers));
    assert_eq!(leads[1]["products"], json!([line(stock.cake, "Bánh cáy")]));
    assert!(leads.iter().all(|lead| lead["stage"] == "enquiry"));
    assert!(!reply.text.contains("example.vn") && !reply.text.contains("9900000016"), "{receipt}");
    assert_eq!(count(&app, "enquiries").await, 1);
    assert_eq!(count(&app, "lead_events").await, 2);

    let alone = ask(&app.anonymous(), &stock.enquiry(&[stock.cake])).await;
    let id = alone.expect(StatusCode::CREATED)["leads"][0]["id"].clone();
    assert_eq!(json!(alone.header("location")), json!(format!("/v1/leads/{}", id.as_str().expect("an id"))));
}

async fn a_retry_is_answered_from_the_first_and_adds_nothing(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let (key, body) = (fresh_key(), stock.enquiry(&[stock.mat]));
    let first = app.anonymous().post_once("/v1/leads", &key, &body).await;
    first.expect(StatusCode::CREATED);
    assert_eq!(first.header("idempotency-replayed"), "");
    app.clock.advance_seconds(71 * 3600);
    let again = app.anonymous().post_once("/v1/leads", &key, &body).await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.header("idempotency-replayed"), "true");

    let mut other = body.clone();
    other["message"] = "Nội dung khác".into();
    let refused = app.anonymous().post_once("/v1/leads", &key, &other).await;
    refused.expect_problem(422, "idempotency_key_reused");
    let without = app.anonymous().post("/v1/leads", &body).await;
    without.expect_problem(400, "idempotency_key_required");
    for key in ["short", "có dấu nên không phải ASCII", "with spaces in between it"] {
        let request = app.anonymous().request(Method::POST, "/v1/leads").json(&body);
        let reply = Reply::of(request.header("Idempotency-Key", key.as_bytes())).await;
        reply.expect_problem(400, "invalid_header");
    }
    assert_eq!(count(&app, "leads").await, 1);

    app.clock.advance_seconds(2 * 3600);
    let forgotten = app.anonymous().post_once("/v1/leads", &key, &other).await;
    forgotten.expect(StatusCode::CREATED);
    assert_eq!(forgotten.header("idempotency-replayed"), "", "keys are kept for 72 hours");
    assert_eq!(count(&app, "leads").await, 2);
}

async fn keys_of_different_senders_are_apart(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let (key, body) = (fresh_key(), stock.enquiry(&[stock.mat]));
    for sender in [&app.anonymous(), &buyer] {
        let reply = sender.post_once("/v1/leads", &key, &body).await;
        reply.expect(StatusCode::CREATED);
        assert_eq!(reply.header("idempotency-replayed"), "");
    }
    assert_eq!(count(&app, "leads").await, 2);
}

async fn many_retries_at_once_make_one_enquiry(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let (key, body) = (fresh_key(), stock.enquiry(&[stock.mat, stock.cake]));
    let sent = (0..24).map(|_| {
        let (actor, key, body) = (app.anonymous(), key.clone(), body.clone());
        tokio::spawn(async move { actor.post_once("/v1/leads", &key, &body).await })
    });
    let mut answers = Vec::new();
    for sent in sent.collect::<Vec<_>>() {
        let reply = sent.await.expect("answered");
        if reply.status == StatusCode::CREATED {
            answers.push(reply.text);
        } else {
            reply.expect_problem(409, "request_in_progress");
            assert_eq!(reply.header("retry-after"), "1");
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "one answer to all");
    assert_eq!((count(&app, "enquiries").await, count(&app, "leads").await), (1, 2));
}

async fn a_check_writes_nothing(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let check = "/v1/leads?validate_only=true";
    let reply = app.anonymous().post(check, &stock.enquiry(&[stock.mat, stock.cake])).await;
    let preview = reply.expect(StatusCode::OK);
    assert_eq!(preview["leads"][0]["producer"]["id"], json!(stock.weavers));
    assert_eq!(preview["leads"][1]["products"][0]["name"], "Bánh cáy");
    let refused = app.anonymous().post(check, &stock.enquiry(&[stock.expired])).await;
    refused.expect_problem(422, "invalid_body");
    let wrong = app.anonymous().post("/v1/leads?validate_only=yes", &stock.enquiry(&[stock.mat])).await;
    wrong.expect_problem(400, "invalid_parameters");
    for table in ["enquiries", "leads", "lead_events", "idempotency_keys"] {
        assert_eq!(count(&app, table).await, 0, "{table}");
    }
}

async fn an_enquiry_can_be_sent_until_the_last_moment_of_the_last_day(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let body = stock.enquiry(&[stock.silk]);
    app.clock.set("2026-11-23T16:59:59.999999Z");
    ask(&app.anonymous(), &body).await.expect(StatusCode::CREATED);
    app.clock.set("2026-11-23T17:00:00Z");
    let late = ask(&app.anonymous(), &body).await;
    late.expect_problem(422, "invalid_body");
    assert_eq!(late.faults(), [("/products/0/product_id".into(), "not_offered".into())]);
}

async fn enquiries_of_an_address_are_limited(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let body = stock.enquiry(&[stock.mat]);
    for left in ["2", "1", "0"] {
        let reply = ask(&app.anonymous(), &body).await;
        reply.expect(StatusCode::CREATED);
        assert_eq!(reply.header("ratelimit-policy"), "\"leads\";q=3;w=60");
        assert_eq!(reply.header("ratelimit"), format!("\"leads\";r={left}"));
    }
    let refused = ask(&app.anonymous(), &body).await;
    refused.expect_problem(429, "too_many_requests");
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds <= 21));
    assert_eq!(count(&app, "leads").await, 3);
}

async fn consent_texts_can_be_read(app: TestApp) {
    let current = app.anonymous().get("/v1/consent-texts/current").await;
    let text = current.expect(StatusCode::OK);
    assert_eq!((&text["version"], &text["is_current"]), (&json!("2026-11"), &Value::Bool(true)));
    assert!(text["vi"].as_str().is_some_and(|vi| vi.contains("đồng ý")));
    assert!(text["en"].as_str().is_some_and(|en| en.contains("agree")));
    let same = app.anonymous().get("/v1/consent-texts/2026-11").await;
    assert_eq!(same.header("etag"), current.header("etag"));
    let none = app.anonymous().get("/v1/consent-texts/1999-01").await;
    none.expect_problem(404, "not_found");
    // A member of a producer who writes to the producer stands on the producer's side.
    let stock = Stock::fill(&app).await;
    let own = app.member("tho-det@example.vn", stock.weavers, MemberRole::Editor).await;
    let sent = ask(&own, &stock.enquiry(&[stock.mat])).await.expect(StatusCode::CREATED);
    let id = sent["leads"][0]["id"].as_str().expect("an id");
    let lead = own.get(&format!("/v1/leads/{id}")).await.expect(StatusCode::OK);
    assert_eq!(lead["your_side"], "producer");
    assert_eq!(own.all("/v1/leads").await.len(), 1);
}
