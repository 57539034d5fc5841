//! What several do to the same leads at the same moment: each counts once, one after the other, and nothing is torn.

use super::agreements::{Deal, agreement};
use super::captured::{Fair, NOW, device_id, lead_item};
use super::files::stored;
use super::{count, fresh_key};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::privacy::everything::column;
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::pin::Pin;
use std::task::Poll;

type Sent<'a> = Pin<Box<dyn Future<Output = Reply> + 'a>>;

pub fn cases() -> Vec<Case> {
    cases![
        mergers_that_cross_make_no_chain,
        one_batch_handed_in_at_once_is_stored_once,
        a_consent_taken_back_beats_every_reveal,
        of_credits_and_voidings_one_comes_first,
        an_enquiry_is_completed_while_it_is_merged,
    ]
}

async fn anonymous_lead(app: &TestApp, fair: &Fair) -> String {
    let body = fair.stock.enquiry(&[fair.stock.cake]);
    let sent = app.anonymous().post_once("/v1/leads", &fresh_key(), &body).await.expect(StatusCode::CREATED);
    sent["leads"][0]["id"].as_str().expect("an id").to_owned()
}

/// What all of these come to, all of them under way together.
async fn join_all<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |context| {
        for (future, outcome) in &mut running {
            if outcome.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *outcome = Some(ready);
            }
        }
        if running.iter().any(|(_, outcome)| outcome.is_none()) {
            return Poll::Pending;
        }
        Poll::Ready(running.iter_mut().filter_map(|(_, outcome)| outcome.take()).collect())
    })
    .await
}

/// Each reply has one of these answers: what is refused is refused for a reason, and nothing breaks.
fn expect_each(replies: &[Reply], allowed: &[u16]) {
    for reply in replies {
        assert!(allowed.contains(&reply.status.as_u16()), "{}: {}", reply.status, reply.text);
    }
}

async fn mergers_that_cross_make_no_chain(app: TestApp) {
    let fair = Fair::open(&app).await;
    let baker = app.member("tho-banh@example.vn", fair.stock.bakers, MemberRole::Editor).await;
    let merge = async |into: String, other: String| {
        baker.post(&format!("/v1/leads/{into}/merges"), &json!({ "lead_id": other })).await
    };
    for _ in 0..6 {
        let mut leads = Vec::new();
        for _ in 0..4 {
            leads.push(anonymous_lead(&app, &fair).await);
        }
        let pairs = [(0, 1), (1, 2), (2, 3), (3, 0), (1, 0), (2, 1), (0, 2), (3, 2)];
        let all = pairs.map(|(into, other)| merge(leads[into].clone(), leads[other].clone()));
        let replies = join_all(all).await;
        expect_each(&replies, &[201, 409]);
        let made = replies.iter().filter(|reply| reply.status == StatusCode::CREATED).count();
        assert!((1..=3).contains(&made), "of four leads at most three go on in another: {made}");
        let chains = "SELECT l.id AS value FROM leads l JOIN leads s ON s.id = l.merged_into
            WHERE s.merged_into IS NOT NULL";
        assert_eq!(column(&app, chains).await, Vec::<String>::new());
        // While they are taken apart others are put together again.
        let undo = async |into: String, other: String| {
            baker.delete(&format!("/v1/leads/{into}/merges/{other}")).await
        };
        let mut both: Vec<Sent<'_>> = Vec::new();
        for (into, other) in pairs {
            both.push(Box::pin(undo(leads[into].clone(), leads[other].clone())));
            both.push(Box::pin(merge(leads[other].clone(), leads[into].clone())));
        }
        expect_each(&join_all(both).await, &[201, 204, 404, 409]);
        assert_eq!(column(&app, chains).await, Vec::<String>::new());
    }
    let marked = "SELECT id AS value FROM leads l WHERE merged_into IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM lead_events e WHERE e.kind = 'merged' AND e.details LIKE '%' || l.id || '%')";
    assert_eq!(column(&app, marked).await, Vec::<String>::new());
}

async fn one_batch_handed_in_at_once_is_stored_once(app: TestApp) {
    let fair = Fair::open(&app).await;
    let mut items = Vec::new();
    for _ in 0..12 {
        let lead = lead_item(&device_id(), NOW, fair.visitor(&[fair.stock.cake, fair.stock.mat]));
        for producer in [fair.stock.bakers, fair.stock.weavers] {
            items.push(
                json!({ "type": "event", "id": device_id(), "occurred_at": NOW, "enquiry_id": lead["id"],
                "producer_id": producer, "event": { "type": "note", "note": "Đã nếm thử." } }),
            );
        }
        items.push(
            json!({ "type": "enrichment", "id": device_id(), "occurred_at": NOW, "enquiry_id": lead["id"],
            "changes": { "contact": { "phone": "0900 000 001" } } }),
        );
        items.push(lead);
    }
    let backwards: Vec<Value> = items.iter().rev().cloned().collect();
    let hand_in = async |items: &[Value]| {
        fair.tablet.post("/v1/leads/batch", &json!({ "items": items })).await.expect(StatusCode::OK)
    };
    let receipts = join_all((0..6).map(|n| hand_in(if n % 2 == 0 { &items } else { &backwards }))).await;
    let results = |result: &str| -> usize {
        let of = |receipt: &Value| {
            let items = receipt["items"].as_array().expect("items");
            items.iter().filter(|item| item["result"] == result).count()
        };
        receipts.iter().map(of).sum()
    };
    assert_eq!(results("refused"), 0, "{receipts:?}");
    assert_eq!(results("created") + results("unchanged") + results("waiting"), 6 * items.len());
    // Whoever was told to wait hands in again.
    let last = hand_in(&items).await;
    assert!(
        last["items"].as_array().expect("items").iter().all(|item| item["result"] == "unchanged"),
        "{last}"
    );
    assert_eq!((count(&app, "enquiries").await, count(&app, "leads").await), (12, 24));
    assert_eq!(count(&app, "lead_events WHERE kind = 'note'").await, 24);
    assert_eq!(count(&app, "lead_events WHERE kind = 'enriched'").await, 24);
}

async fn a_consent_taken_back_beats_every_reveal(app: TestApp) {
    let fair = Fair::open(&app).await;
    let baker = app.member("tho-banh@example.vn", fair.stock.bakers, MemberRole::Editor).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    for _ in 0..8 {
        let body = fair.stock.enquiry(&[fair.stock.cake]);
        let sent = buyer.post_once("/v1/leads", &fresh_key(), &body).await.expect(StatusCode::CREATED);
        let path = format!("/v1/leads/{}", sent["leads"][0]["id"].as_str().expect("an id"));
        let reveal = async || baker.post(&format!("{path}/contact-reveals"), &json!({})).await;
        let take_back = async || buyer.delete(&format!("{path}/contact-consents")).await;
        let mut all: Vec<Sent<'_>> = Vec::new();
        for n in 0..6 {
            if n == 3 {
                all.push(Box::pin(take_back()));
            }
            all.push(Box::pin(reveal()));
        }
        expect_each(&join_all(all).await, &[200, 201, 204, 409]);
        let lead = baker.get(&path).await.expect(StatusCode::OK);
        assert_eq!((&lead["contact_state"], lead.get("contact")), (&json!("withheld"), None), "{lead}");
    }
}

async fn of_credits_and_voidings_one_comes_first(app: TestApp) {
    let deal = Deal::new(app).await;
    let id = deal.signed(&deal.producer, "contract", "một").await;
    let path = format!("{}/{id}", deal.agreements());
    let tag = deal.office.get(&path).await.header("etag");
    let credit = async |by: &Actor, n: i64| {
        let shares = json!({ "shares": [
            { "kind": "province", "name": "33", "share": 10_000 - n },
            { "kind": "event", "name": format!("Hội chợ {n}"), "share": n },
        ] });
        let put = by.request(Method::PUT, &format!("{path}/attribution"));
        Reply::of(put.header("If-Match", tag.clone()).json(&shares)).await
    };
    let void = async |by: &Actor| {
        let reason = json!({ "reason": "Ghi nhầm." });
        by.post(&format!("{path}/voidings"), &reason).await
    };
    let mut all: Vec<Sent<'_>> = Vec::new();
    for n in 1..=5 {
        all.push(Box::pin(credit(&deal.office, n)));
        all.push(Box::pin(void(&deal.producer)));
    }
    let replies = join_all(all).await;
    expect_each(&replies, &[200, 201, 409, 412]);
    let made = |status: StatusCode| replies.iter().filter(|reply| reply.status == status).count();
    assert_eq!(made(StatusCode::CREATED), 1, "void once");
    assert!(made(StatusCode::OK) <= 1, "credited once at most by what was read");
    let sums = "SELECT CAST(SUM(share) AS TEXT) AS value FROM agreement_shares GROUP BY agreement_id";
    assert_eq!(column(&deal.app, sums).await, ["10000"]);
    // One paper, by several at once, on a lead that is merged meanwhile: it is recorded once.
    let other = super::one_lead(&deal.app.anonymous(), &deal.stock, deal.stock.cake).await;
    let mut files = Vec::new();
    for _ in 0..4 {
        files.push(stored(&deal.producer, "hai").await);
    }
    let sign = async |lead: String, file: String| {
        deal.producer.post(&format!("/v1/leads/{lead}/agreements"), &agreement("mou", &[&file])).await
    };
    let merge = async || {
        let body = json!({ "lead_id": other });
        deal.producer.post(&format!("{}/merges", deal.path()), &body).await
    };
    let mut all: Vec<Sent<'_>> = vec![Box::pin(merge())];
    for (n, file) in files.into_iter().enumerate() {
        let lead = if n % 2 == 0 { deal.lead.clone() } else { other.clone() };
        all.push(Box::pin(sign(lead, file)));
    }
    let replies = join_all(all).await;
    expect_each(&replies, &[201, 409]);
    if replies[0].status == StatusCode::CREATED {
        assert_eq!(count(&deal.app, "agreements WHERE kind = 'mou'").await, 1);
    }
}

async fn an_enquiry_is_completed_while_it_is_merged(app: TestApp) {
    let fair = Fair::open(&app).await;
    let baker = app.member("tho-banh@example.vn", fair.stock.bakers, MemberRole::Editor).await;
    for n in 0..4 {
        let body = fair.visitor(&[fair.stock.cake, fair.stock.mat]);
        let sent = fair.tablet.post_once("/v1/leads", &fresh_key(), &body).await.expect(StatusCode::CREATED);
        let enquiry = sent["enquiry_id"].as_str().expect("an id");
        let lead = sent["leads"][0]["id"].as_str().expect("an id").to_owned();
        let survivor = anonymous_lead(&app, &fair).await;
        let complete = async |phone: &str| {
            let changes = json!({ "contact": { "phone": phone } });
            let patch = fair.tablet.request(Method::PATCH, &format!("/v1/leads/{lead}"));
            Reply::of(patch.header("If-Match", "*").json(&changes)).await
        };
        let merge = async || {
            let body = json!({ "lead_id": lead });
            baker.post(&format!("/v1/leads/{survivor}/merges"), &body).await
        };
        let late = async || {
            let item = json!({ "type": "event", "id": device_id(), "occurred_at": NOW, "enquiry_id": enquiry,
                "producer_id": fair.stock.bakers, "event": { "type": "note", "note": format!("Ghi thêm {n}") } });
            fair.tablet.post("/v1/leads/batch", &json!({ "items": [item] })).await
        };
        let all: Vec<Sent<'_>> = vec![
            Box::pin(complete("0900 000 001")),
            Box::pin(merge()),
            Box::pin(complete("0900 000 002")),
            Box::pin(late()),
            Box::pin(late()),
        ];
        expect_each(&join_all(all).await, &[200, 201, 409]);
    }
    let torn = "SELECT id AS value FROM enquiries WHERE contact_phone IS NOT NULL AND contact_phone <> contact_phone_key";
    assert_eq!(column(&app, torn).await, Vec::<String>::new());
}
