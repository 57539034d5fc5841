//! To whose work agreements are credited.

use super::agreements::{Deal, agreement};
use super::count;
use super::files::stored;
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        shares_are_one_whole_and_divide_the_value_exactly,
        wrong_shares_are_told,
        only_who_recorded_it_and_the_office_credit_it,
        who_is_credited_without_being_named,
    ]
}

async fn put(by: &Actor, path: &str, tag: Option<&str>, body: &Value) -> Reply {
    let request = by.request(Method::PUT, &format!("{path}/attribution")).json(body);
    Reply::of(match tag {
        Some(tag) => request.header("If-Match", tag),
        None => request,
    })
    .await
}

fn shares(parts: &[(&str, &str, i64)]) -> Value {
    let parts = parts.iter().map(|(kind, name, share)| json!({ "kind": kind, "name": name, "share": share }));
    json!({ "shares": parts.collect::<Vec<_>>() })
}

async fn shares_are_one_whole_and_divide_the_value_exactly(app: TestApp) {
    let deal = Deal::new(app).await;
    let id = deal.signed(&deal.producer, "contract", "một").await;
    let path = format!("{}/{id}", deal.agreements());
    let thirds = shares(&[
        ("event", " Hội chợ Xuân ", 3333),
        ("province", "33", 3333),
        ("campaign", "thu-2026", 3334),
    ]);
    put(&deal.office, &path, None, &thirds).await.expect_problem(428, "precondition_required");
    put(&deal.office, &path, Some("\"x\""), &thirds).await.expect_problem(412, "precondition_failed");
    let tag = deal.office.get(&path).await.header("etag");
    deal.app.clock.advance_seconds(60);
    let changed = put(&deal.office, &path, Some(&tag), &thirds).await;
    let credited = changed.expect(StatusCode::OK);
    assert_eq!(
        credited["attribution"],
        json!([
            { "kind": "event", "name": "Hội chợ Xuân", "share": 3333, "value": 159_984_000 },
            { "kind": "province", "name": "33", "province_name": "Tỉnh Hưng Yên", "share": 3333, "value": 159_984_000 },
            { "kind": "campaign", "name": "thu-2026", "share": 3334, "value": 160_032_001 },
        ])
    );
    assert_eq!(credited["updated_at"], "2026-11-23T03:01:00Z");
    let read = deal.office.get(&path).await;
    assert_eq!((read.json(), read.header("etag")), (credited, changed.header("etag")));
    put(&deal.office, &path, Some(&tag), &thirds).await.expect_problem(412, "precondition_failed");
    // The same once more is no change.
    deal.app.clock.advance_seconds(60);
    let same = put(&deal.office, &path, Some(&changed.header("etag")), &thirds).await;
    assert_eq!(same.header("etag"), changed.header("etag"));
    let log = deal.admin.all(&format!("/v1/audit?subject={id}&action=agreement.attributed")).await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["details"]["before"], json!([["event", "Hội nghị kết nối cung cầu", 10_000]]));
    assert_eq!(log[0]["details"]["after"][1], json!(["province", "33", 3333]));
    assert_eq!(count(&deal.app, "agreement_shares").await, 3);
    // What the timeline tells is not touched.
    assert_eq!(count(&deal.app, "lead_events").await, 2);
}

async fn wrong_shares_are_told(app: TestApp) {
    let deal = Deal::new(app).await;
    let id = deal.signed(&deal.producer, "contract", "một").await;
    let path = format!("{}/{id}", deal.agreements());
    let many: Vec<(String, i64)> = (0..21).map(|n| (format!("Hội chợ {n}"), 476)).collect();
    let many: Vec<_> = many.iter().map(|(name, share)| ("event", name.as_str(), *share)).collect();
    for (body, faults) in [
        (json!({}), vec![("/shares", "missing")]),
        (shares(&[]), vec![("/shares", "wrong_length")]),
        (shares(&many), vec![("/shares", "wrong_length")]),
        (shares(&[("event", "a", 9999)]), vec![("/shares", "wrong_sum")]),
        (shares(&[("event", "a", 5000), ("event", "b", 5001)]), vec![("/shares", "wrong_sum")]),
        (shares(&[("event", "a", 0), ("event", "b", 10_000)]), vec![("/shares/0/share", "out_of_range")]),
        (
            shares(&[("event", "a", -1), ("event", "b", 10_001)]),
            vec![("/shares/0/share", "out_of_range"), ("/shares/1/share", "out_of_range")],
        ),
        (
            shares(&[("event", "a", i64::MAX), ("event", "b", i64::MAX)]),
            vec![("/shares/0/share", "out_of_range"), ("/shares/1/share", "out_of_range")],
        ),
        (
            shares(&[("event", "Hội chợ", 5000), ("event", "hoi CHO", 5000)]),
            vec![("/shares/1/name", "duplicate")],
        ),
        (shares(&[("province", "34", 10_000)]), vec![("/shares/0/name", "unknown_value")]),
        (shares(&[("province", "unknown", 10_000)]), vec![("/shares/0/name", "unknown_value")]),
        (shares(&[("event", "🎪", 10_000)]), vec![("/shares/0/name", "unknown_value")]),
        (
            shares(&[("stall", "", 10_000)]),
            vec![("/shares/0/kind", "unknown_value"), ("/shares/0/name", "missing")],
        ),
        (
            json!({ "shares": [{ "kind": "event", "name": "a", "share": "100 %" }] }),
            vec![("/shares/0/share", "wrong_type")],
        ),
        (
            json!({ "shares": [{ "kind": "event", "name": "a", "share": 33.3 }] }),
            vec![("/shares/0/share", "wrong_type")],
        ),
    ] {
        let reply = put(&deal.office, &path, Some("*"), &body).await;
        reply.expect_problem(422, "invalid_body");
        let told = reply.faults();
        let told: Vec<_> = told.iter().map(|(place, code)| (place.as_str(), code.as_str())).collect();
        assert_eq!(told, faults, "{body}");
    }
    assert_eq!(count(&deal.app, "agreement_shares").await, 1);
}

async fn only_who_recorded_it_and_the_office_credit_it(app: TestApp) {
    let deal = Deal::new(app).await;
    let id = deal.signed(&deal.buyer, "contract", "một").await;
    let path = format!("{}/{id}", deal.agreements());
    let whole = |name: &str| shares(&[("event", name, 10_000)]);
    let elsewhere = deal.app.officer("01").await;
    for (by, status, code) in [
        (&deal.producer, 403, "forbidden"),
        (&deal.viewer, 403, "forbidden"),
        (&deal.organiser, 404, "not_found"),
        (&elsewhere, 404, "not_found"),
        (&deal.app.anonymous(), 401, "unauthenticated"),
    ] {
        put(by, &path, Some("*"), &whole("a")).await.expect_problem(status, code);
    }
    for (by, name) in [(&deal.buyer, "một"), (&deal.office, "hai"), (&deal.admin, "ba")] {
        put(by, &path, Some("*"), &whole(name)).await.expect(StatusCode::OK);
    }
    // Who recorded the enquiry for its buyer, at its fair.
    deal.by_organiser().await;
    put(&deal.organiser, &path, Some("*"), &whole("bốn")).await.expect(StatusCode::OK);
    deal.void(&deal.organiser, &id).await.expect_problem(403, "forbidden");
    // The path's other methods are told.
    let wrong = Reply::of(deal.buyer.request(Method::POST, &format!("{path}/attribution"))).await;
    wrong.expect_problem(405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), "OPTIONS, PUT");
    deal.void(&deal.office, &id).await.expect(StatusCode::CREATED);
    put(&deal.office, &path, Some("*"), &whole("a")).await.expect_problem(409, "not_possible_now");
}

async fn who_is_credited_without_being_named(app: TestApp) {
    let deal = Deal::new(app).await;
    let credited = async |words: &str| {
        let file = stored(&deal.producer, words).await;
        let made = deal.producer.post(&deal.agreements(), &agreement("mou", &[&file])).await;
        let made = made.expect(StatusCode::CREATED)["agreement"]["attribution"].clone();
        assert_eq!(made.as_array().map(Vec::len), Some(1));
        (made[0]["kind"].clone(), made[0]["name"].clone())
    };
    let sql = |change: &'static str| deal.app.sql(change);
    assert_eq!(credited("một").await, (json!("event"), json!("Hội nghị kết nối cung cầu")));
    sql("UPDATE enquiries SET source_event = '🎪', source_event_key = ''").await;
    assert_eq!(credited("hai").await, (json!("campaign"), json!("thu-2026")));
    sql("UPDATE enquiries SET source_event = NULL, source_campaign = NULL").await;
    assert_eq!(credited("ba").await, (json!("province"), json!("33")));
    sql("UPDATE organisations SET province = NULL").await;
    assert_eq!(credited("bốn").await, (json!("province"), json!("unknown")));
}
