//! Enquiries that arrive together and are written together: to each it is as if it had come alone.

use super::stock::Stock;
use super::{count, fresh_key};
use crate::cases;
use crate::harness::{Case, Reply, TestApp};
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        what_is_refused_keeps_none_of_the_others_back,
        what_the_database_refuses_keeps_none_of_the_others_back,
        repeated_among_new_ones_each_is_there_once,
        an_answer_that_is_too_old_is_given_no_more,
        what_was_possible_when_it_came_first_is_answered_as_then,
    ]
}

/// Sends all of them at once, each with its key.
async fn at_once(app: &TestApp, all: Vec<(String, Value)>) -> Vec<Reply> {
    let sent = all.into_iter().map(|(key, body)| {
        let anybody = app.anonymous();
        tokio::spawn(async move { anybody.post_once("/v1/leads", &key, &body).await })
    });
    let mut replies = Vec::new();
    for sent in sent.collect::<Vec<_>>() {
        replies.push(sent.await.expect("answered"));
    }
    replies
}

fn about(stock: &Stock, number: usize) -> Value {
    let wanted = [stock.cake, stock.mat];
    let mut body = stock.enquiry(if number.is_multiple_of(3) { &wanted } else { &wanted[..1] });
    body["message"] = json!(format!("enquiry {number}"));
    body
}

async fn what_is_refused_keeps_none_of_the_others_back(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let all = (0..90).map(|number| {
        let mut body = about(&stock, number);
        if number % 5 == 4 {
            body["products"][0]["product_id"] = json!(stock.expired);
        }
        (fresh_key(), body)
    });
    let replies = at_once(&app, all.collect()).await;
    for (number, reply) in replies.into_iter().enumerate() {
        match number % 5 {
            4 => drop(reply.expect_problem(422, "invalid_body")),
            _ => {
                let receipt = reply.expect(StatusCode::CREATED);
                let leads = if number.is_multiple_of(3) { 2 } else { 1 };
                assert_eq!(receipt["leads"].as_array().map(Vec::len), Some(leads), "{receipt}");
            }
        }
    }
    assert_eq!((count(&app, "enquiries").await, count(&app, "idempotency_keys").await), (72, 72));
    let leads = count(&app, "leads").await;
    assert_eq!((count(&app, "lead_items").await, count(&app, "lead_events").await), (leads, leads));
}

/// A rule that no check of ours knows, as a bug would be: all of one transaction fail by it.
async fn what_the_database_refuses_keeps_none_of_the_others_back(app: TestApp) {
    let stock = Stock::fill(&app).await;
    app.sql("CREATE UNIQUE INDEX test_one_campaign ON enquiries (source_campaign_key) WHERE source_campaign_key = 'chi mot lan'",
    )
    .await;
    let all = (0..60).map(|number| {
        let mut body = about(&stock, number);
        if number % 20 == 7 {
            body["source"]["campaign"] = json!("Chỉ một lần");
        }
        (fresh_key(), body)
    });
    let replies = at_once(&app, all.collect()).await;
    let (created, refused): (Vec<_>, Vec<_>) =
        replies.iter().partition(|reply| reply.status == StatusCode::CREATED);
    assert_eq!((created.len(), refused.len()), (58, 2));
    assert!(refused.iter().all(|reply| reply.status == StatusCode::INTERNAL_SERVER_ERROR));
    assert_eq!((count(&app, "enquiries").await, count(&app, "idempotency_keys").await), (58, 58));
}

async fn repeated_among_new_ones_each_is_there_once(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let keys: Vec<String> = (0..20).map(|_| fresh_key()).collect();
    let first = keys.iter().enumerate().map(|(number, key)| (key.clone(), about(&stock, number)));
    let first = at_once(&app, first.collect()).await;
    let first: Vec<Value> = first.into_iter().map(|reply| reply.expect(StatusCode::CREATED)).collect();
    let again = keys.iter().enumerate().flat_map(|(number, key)| {
        // Its own, one that is new, and another body under the same key.
        let other = if number.is_multiple_of(4) { about(&stock, 1000) } else { about(&stock, number) };
        [(key.clone(), other), (fresh_key(), about(&stock, 100 + number))]
    });
    let again = at_once(&app, again.collect()).await;
    for (place, reply) in again.into_iter().enumerate() {
        let number = place / 2;
        if !place.is_multiple_of(2) {
            assert_eq!(reply.header("idempotency-replayed"), "");
            reply.expect(StatusCode::CREATED);
        } else if number.is_multiple_of(4) {
            reply.expect_problem(422, "idempotency_key_reused");
        } else {
            assert_eq!(reply.header("idempotency-replayed"), "true");
            assert_eq!(reply.expect(StatusCode::CREATED), first[number]);
        }
    }
    assert_eq!((count(&app, "enquiries").await, count(&app, "idempotency_keys").await), (40, 40));
}

async fn an_answer_that_is_too_old_is_given_no_more(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let (key, body) = (fresh_key(), about(&stock, 1));
    let first = app.anonymous().post_once("/v1/leads", &key, &body).await.expect(StatusCode::CREATED);
    app.sql("UPDATE idempotency_keys SET created_at = created_at - 259200000001").await;
    let other = app.anonymous().post_once("/v1/leads", &key, &about(&stock, 2)).await;
    let other = other.expect(StatusCode::CREATED);
    assert_ne!(other["enquiry_id"], first["enquiry_id"]);
    let again = app.anonymous().post_once("/v1/leads", &key, &about(&stock, 2)).await;
    assert_eq!(again.expect(StatusCode::CREATED), other);
    assert_eq!((count(&app, "enquiries").await, count(&app, "idempotency_keys").await), (2, 1));
}

async fn what_was_possible_when_it_came_first_is_answered_as_then(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let (key, body) = (fresh_key(), about(&stock, 1));
    let first = app.anonymous().post_once("/v1/leads", &key, &body).await.expect(StatusCode::CREATED);
    app.sql("UPDATE certifications SET shown_until = '2020-01-01'").await;
    let again = app.anonymous().post_once("/v1/leads", &key, &body).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.expect(StatusCode::CREATED), first);
    let new = app.anonymous().post_once("/v1/leads", &fresh_key(), &body).await;
    new.expect_problem(422, "invalid_body");
    assert_eq!((count(&app, "enquiries").await, count(&app, "idempotency_keys").await), (1, 1));
}
