//! The buyer's contact: hidden, asked for, revealed within a budget, taken back; and what nobody learns of others' leads.

use super::stock::{self, Stock};
use super::{ask, count, one_lead};
use crate::cases;
use crate::harness::{Actor, Case, Engine, Reply, TestApp};
use diesel::connection::SimpleConnection;
use ocop_market::accounts::{MemberRole, Role};
use ocop_market::db::{Conn, Failure};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

pub fn cases() -> Vec<Case> {
    let budget = &[
        "--contact-reveals-per-day=3",
        "--unverified-contact-reveals-per-day=2",
        "--office-contact-reveals-per-day=1",
    ];
    let mut cases = cases![
        a_contact_is_hidden_until_it_is_revealed,
        a_producer_asks_and_the_buyer_decides,
        an_office_says_why_and_reads_nothing_before,
        a_merged_lead_and_a_forgotten_contact_stay_shut,
        of_the_others_part_of_an_enquiry_nothing_is_learnt,
        strangers_lock_nothing,
    ];
    let limited =
        cases![reveals_have_a_budget, an_office_has_a_budget, a_machine_spends_what_its_organisation_has];
    cases.extend(limited.into_iter().map(|case| case.with(budget)));
    cases
}

const CONTACT: &str = r#"{"name":"Phòng thu mua","email":"thumua@example.vn","phone":"+84900000000"}"#;

fn contact() -> Value {
    serde_json::from_str(CONTACT).expect("JSON")
}

/// How a lead stands to somebody.
async fn read(by: &Actor, path: &str) -> Value {
    by.get(path).await.expect(StatusCode::OK)
}

async fn reveal(by: &Actor, path: &str) -> Reply {
    by.post(&format!("{path}/contact-reveals"), &json!({})).await
}

/// The last event of a lead, as somebody sees it.
fn last_event(lead: &Value) -> &Value {
    lead["events"].as_array().and_then(|events| events.last()).expect("an event")
}

/// A lead about the cake; its path.
async fn a_lead(by: &Actor, stock: &Stock) -> String {
    format!("/v1/leads/{}", one_lead(by, stock, stock.cake).await)
}

async fn a_contact_is_hidden_until_it_is_revealed(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Editor).await;
    let viewer = app.member("xem@example.vn", stock.bakers, MemberRole::Viewer).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let path = a_lead(&buyer, &stock).await;

    let of_buyer = read(&buyer, &path).await;
    assert_eq!((&of_buyer["contact"], &of_buyer["contact_state"]), (&contact(), &json!("open")));
    let told = |what: &Value| {
        what.to_string().contains("thumua@example.vn") || what.to_string().contains("900000000")
    };
    for by in [&baker, &viewer] {
        let lead = read(by, &path).await;
        assert_eq!(lead["contact_state"], "hidden");
        assert!(lead.get("contact").is_none() && !told(&lead), "{lead}");
        let listed = by.get("/v1/leads").await.expect(StatusCode::OK);
        assert_eq!(listed["items"][0]["contact_state"], "hidden");
        assert!(!told(&listed));
    }
    reveal(&viewer, &path).await.expect_problem(403, "forbidden");
    reveal(&buyer, &path).await.expect_problem(403, "forbidden");

    app.clock.advance_seconds(60);
    let revealed = reveal(&baker, &path).await;
    assert_eq!(
        (revealed.header("location"), revealed.header("cache-control")),
        (path.clone(), "private, no-store".into())
    );
    let revealed = revealed.expect(StatusCode::CREATED);
    assert_eq!(
        (&revealed["contact"], &revealed["revealed_at"]),
        (&contact(), &json!("2026-11-23T03:01:00Z"))
    );
    assert_eq!(revealed["event"]["type"], "contact_revealed");
    // Once is enough: it costs nothing, and is no event.
    let again = reveal(&baker, &path).await.expect(StatusCode::OK);
    assert_eq!((&again["contact"], again.get("event")), (&contact(), None));
    assert_eq!(count(&app, "contact_reveals").await, 1);
    for by in [&baker, &viewer] {
        assert_eq!(read(by, &path).await["contact"], contact());
    }
    // The buyer sees that it happened, and not who of the producer's people it was.
    let of_buyer = read(&buyer, &path).await;
    let event = last_event(&of_buyer);
    assert_eq!((&event["type"], &event["side"]), (&json!("contact_revealed"), &json!("producer")));
    assert!(event.get("user_id").is_none());
    assert_eq!(of_buyer["contact_access"]["revealed_at"], "2026-11-23T03:01:00Z");
    assert_eq!(of_buyer["updated_at"], event["at"]);
    let unknown = json!({ "why": "x" });
    baker.post(&format!("{path}/contact-reveals"), &unknown).await.expect_problem(422, "invalid_body");
}

async fn a_producer_asks_and_the_buyer_decides(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Owner).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let path = a_lead(&buyer, &stock).await;
    let (requests, consents) = (format!("{path}/contact-requests"), format!("{path}/contact-consents"));
    let why = json!({ "because": "Để gửi mẫu đúng người." });
    // Agreed with the enquiry: there is nothing to ask for.
    baker.post(&requests, &why).await.expect_problem(409, "not_possible_now");
    assert_eq!(buyer.delete(&consents).await.status, StatusCode::NO_CONTENT);
    let events = count(&app, "lead_events").await;
    assert_eq!(buyer.delete(&consents).await.status, StatusCode::NO_CONTENT);
    assert_eq!(count(&app, "lead_events").await, events, "nothing more to refuse");
    assert_eq!(read(&baker, &path).await["contact_state"], "withheld");
    reveal(&baker, &path).await.expect_problem(409, "consent_needed");

    let asked = baker.post(&requests, &why).await.expect(StatusCode::CREATED);
    assert_eq!(
        (&asked["contact_state"], &asked["event"]["type"]),
        (&json!("asked"), &json!("contact_asked"))
    );
    let seen = read(&buyer, &path).await;
    assert_eq!(last_event(&seen)["note"], why["because"], "the buyer reads what for");
    assert!(seen["contact_access"]["asked_at"].is_string());
    let refused = baker.post(&requests, &why).await;
    refused.expect_problem(429, "too_many_requests");
    let wait: i64 = refused.header("retry-after").parse().expect("seconds");
    assert!((14 * 86_400..=14 * 86_400 + 1).contains(&wait), "{wait}");
    reveal(&baker, &path).await.expect_problem(409, "consent_needed");
    baker
        .post(&consents, &json!({ "text_version": "2026-11", "accepted": true }))
        .await
        .expect_problem(403, "forbidden");
    buyer.post(&requests, &why).await.expect_problem(403, "forbidden");

    for (body, place, code) in [
        (json!({ "text_version": "2026-11" }), "/accepted", "missing"),
        (json!({ "text_version": "2026-11", "accepted": false }), "/accepted", "consent_required"),
        (json!({ "text_version": "1999", "accepted": true }), "/text_version", "unknown_text"),
    ] {
        let reply = buyer.post(&consents, &body).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults()[0].0, place, "{}", reply.text);
        assert!(code != "missing" || reply.faults()[0].1 == code);
    }
    let agreed = buyer.post(&consents, &json!({ "text_version": "2026-11", "accepted": true })).await;
    let agreed = agreed.expect(StatusCode::CREATED);
    assert_eq!(agreed["event"]["details"], json!({ "of": "consent", "text_version": "2026-11" }));
    let again = buyer.post(&consents, &json!({ "text_version": "2026-11", "accepted": true })).await;
    assert_eq!(again.expect(StatusCode::CREATED).get("event"), None);
    assert_eq!(read(&baker, &path).await["contact_state"], "hidden");
    reveal(&baker, &path).await.expect(StatusCode::CREATED);

    // Taken back: hidden again, and who has it is told.
    assert_eq!(buyer.delete(&consents).await.status, StatusCode::NO_CONTENT);
    let lead = read(&baker, &path).await;
    assert_eq!((&lead["contact_state"], lead.get("contact")), (&json!("withheld"), None));
    assert_eq!(last_event(&lead)["type"], "contact_withheld");
    let letter = app.mail_to("tho-banh@example.vn").await;
    assert!(letter.body.contains(path.rsplit('/').next().expect("an id")), "{}", letter.body);
    reveal(&baker, &path).await.expect_problem(409, "consent_needed");
    // Asking again has to wait.
    baker.post(&requests, &why).await.expect_problem(429, "too_many_requests");
    app.clock.advance_seconds(14 * 86_400 + 1);
    let tokens = app.sign_in("tho-banh@example.vn").await;
    let baker = app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"));
    baker.post(&requests, &json!({})).await.expect(StatusCode::CREATED);
}

async fn an_office_says_why_and_reads_nothing_before(app: TestApp) {
    let stock = Stock::fill(&app).await;
    stock::settle(&app, stock.bakers, "33").await;
    let officer = app.user("can-bo@example.vn", Role::Officer { province: "33".into() }, &[]).await;
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Owner).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let path = a_lead(&buyer, &stock).await;
    let hidden = [
        "Phòng thu mua",
        "thumua@example.vn",
        "900000000",
        "12 cửa hàng",
        "Chuỗi cửa hàng Ví Dụ",
        "9900000016",
    ];
    for text in [officer.get(&path).await.text, officer.get("/v1/leads").await.text] {
        assert!(hidden.iter().all(|hidden| !text.contains(hidden)), "{text}");
        assert!(text.contains("Bánh cáy") && text.contains(r#""contact_state":"hidden""#), "{text}");
    }
    let without = reveal(&officer, &path).await;
    without.expect_problem(422, "invalid_body");
    assert_eq!(without.faults(), [("/because".to_owned(), "missing".to_owned())]);
    assert_eq!(count(&app, "contact_reveals").await, 0);
    let because = json!({ "because": "Người mua báo không được trả lời." });
    let revealed =
        officer.post(&format!("{path}/contact-reveals"), &because).await.expect(StatusCode::CREATED);
    assert_eq!(revealed["contact"], contact());
    let lead = read(&officer, &path).await;
    assert!(hidden.iter().all(|shown| lead.to_string().contains(shown)), "{lead}");
    // Both parties see that it happened, and the buyer why. The producer has not got the contact by it.
    let (of_buyer, of_baker) = (read(&buyer, &path).await, read(&baker, &path).await);
    for lead in [&of_buyer, &of_baker] {
        assert_eq!(
            (&last_event(lead)["type"], &last_event(lead)["side"]),
            (&json!("contact_revealed"), &json!("office"))
        );
    }
    assert_eq!(last_event(&of_buyer)["note"], because["because"]);
    assert_eq!((last_event(&of_baker).get("note"), &of_baker["contact_state"]), (None, &json!("hidden")));
    let remembered =
        baker.get(&format!("/v1/audit?organisation={}", stock.bakers)).await.expect(StatusCode::OK);
    let entry = &remembered["items"][0];
    assert_eq!(entry["action"], "lead.contact_revealed");
    assert!(!remembered.to_string().contains("không được trả lời"), "{remembered}");
    // An office needs no consent, and stays in the dark where it was not asked.
    let other = a_lead(&buyer, &stock).await;
    assert_eq!(read(&officer, &other).await["contact_state"], "hidden");
}

async fn a_merged_lead_and_a_forgotten_contact_stay_shut(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Owner).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let (merged, survivor) = (a_lead(&buyer, &stock).await, a_lead(&buyer, &stock).await);
    let id = |path: &str| path.rsplit('/').next().expect("an id").to_owned();
    app.sql(format!("UPDATE leads SET merged_into = '{}' WHERE id = '{}'", id(&survivor), id(&merged))).await;
    let problem = reveal(&baker, &merged).await.expect_problem(409, "lead_merged");
    assert_eq!(problem["merged_into"], json!(id(&survivor)));
    let consent = json!({ "text_version": "2026-11", "accepted": true });
    buyer.post(&format!("{merged}/contact-consents"), &consent).await.expect_problem(409, "lead_merged");

    let withdrawn = buyer.delete("/v1/me/consents/lead_contact").await;
    assert_eq!(withdrawn.status, StatusCode::NO_CONTENT, "{}", withdrawn.text);
    for by in [&baker, &buyer] {
        let lead = read(by, &survivor).await;
        assert_eq!((&lead["contact_state"], lead.get("contact")), (&json!("forgotten"), None));
    }
    reveal(&baker, &survivor).await.expect_problem(409, "not_possible_now");
    baker
        .post(&format!("{survivor}/contact-requests"), &json!({}))
        .await
        .expect_problem(409, "not_possible_now");
    assert_eq!(count(&app, "contact_reveals").await, 0);
}

async fn reveals_have_a_budget(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Owner).await;
    let weaver = app.member("tho-det@example.vn", stock.weavers, MemberRole::Owner).await;
    let mut paths = Vec::new();
    for _ in 0..10 {
        paths.push(a_lead(&app.anonymous(), &stock).await);
    }
    // All at once: not one more than there may be.
    let sent: Vec<_> = paths
        .iter()
        .map(|path| {
            let (baker, path) = (baker.clone(), path.clone());
            tokio::spawn(async move { reveal(&baker, &path).await })
        })
        .collect();
    let mut revealed = 0;
    for sent in sent {
        let reply = sent.await.expect("answered");
        if reply.status == StatusCode::CREATED {
            revealed += 1;
        } else {
            reply.expect_problem(429, "too_many_requests");
            assert_eq!(reply.header("retry-after"), "86400");
        }
    }
    assert_eq!((revealed, count(&app, "contact_reveals").await), (2, 2));
    let mut hidden = Vec::new();
    for path in paths {
        if read(&baker, &path).await["contact_state"] == "hidden" {
            hidden.push(path);
        } else {
            reveal(&baker, &path).await.expect(StatusCode::OK);
        }
    }
    // Others have their own; a verified organisation has more.
    let theirs = format!("/v1/leads/{}", one_lead(&app.anonymous(), &stock, stock.mat).await);
    reveal(&weaver, &theirs).await.expect(StatusCode::CREATED);
    app.sql(format!("UPDATE organisations SET standing = 'verified' WHERE id = '{}'", stock.bakers)).await;
    app.clock.advance_seconds(600);
    reveal(&baker, &hidden[0]).await.expect(StatusCode::CREATED);
    let spent = reveal(&baker, &hidden[1]).await;
    spent.expect_problem(429, "too_many_requests");
    assert_eq!(spent.header("retry-after"), (86_400 - 600).to_string());
    app.clock.advance_seconds(86_400 - 600);
    let tokens = app.sign_in("tho-banh@example.vn").await;
    let baker = app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"));
    reveal(&baker, &hidden[1]).await.expect(StatusCode::CREATED);
}

async fn an_office_has_a_budget(app: TestApp) {
    let stock = Stock::fill(&app).await;
    stock::settle(&app, stock.bakers, "33").await;
    let office = |n: u8| {
        let app = &app;
        async move {
            let officer = Role::Officer { province: "33".into() };
            app.user(&format!("can-bo-{n}@example.vn"), officer, &[]).await
        }
    };
    let (one, two) = (office(1).await, office(2).await);
    let mut paths = Vec::new();
    for _ in 0..3 {
        paths.push(format!("{}/contact-reveals", a_lead(&app.anonymous(), &stock).await));
    }
    let because = json!({ "because": "Khiếu nại." });
    one.post(&paths[0], &because).await.expect(StatusCode::CREATED);
    one.post(&paths[1], &because).await.expect_problem(429, "too_many_requests");
    two.post(&paths[1], &because).await.expect(StatusCode::CREATED);
    // What the office has, all its officers have.
    one.post(&paths[1], &because).await.expect(StatusCode::OK);
}

async fn a_machine_spends_what_its_organisation_has(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Owner).await;
    let machine = app.machine(&baker, stock.bakers, &["leads.read", "leads.write"]).await;
    let reader = app.machine(&baker, stock.bakers, &["leads.read"]).await;
    let (machine, reader) = (app.as_machine(&machine).await, app.as_machine(&reader).await);
    let mut paths = Vec::new();
    for _ in 0..3 {
        paths.push(a_lead(&app.anonymous(), &stock).await);
    }
    reveal(&reader, &paths[0]).await.expect_problem(403, "insufficient_scope");
    assert_eq!(reveal(&machine, &paths[0]).await.expect(StatusCode::CREATED)["contact"], contact());
    assert_eq!(read(&reader, &paths[0]).await["contact"], contact());
    reveal(&baker, &paths[1]).await.expect(StatusCode::CREATED);
    for by in [&machine, &baker] {
        reveal(by, &paths[2]).await.expect_problem(429, "too_many_requests");
    }
    let remembered =
        baker.get(&format!("/v1/audit?organisation={}", stock.bakers)).await.expect(StatusCode::OK);
    let actions: Vec<&str> = remembered["items"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    assert_eq!(actions.iter().filter(|action| **action == "lead.contact_revealed").count(), 1, "{actions:?}");
}

/// Two producers of one enquiry: whatever happens at the one's, the other's answers stay the same to the byte.
async fn of_the_others_part_of_an_enquiry_nothing_is_learnt(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let weaver = app.member("tho-det@example.vn", stock.weavers, MemberRole::Owner).await;
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Owner).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let sent = ask(&buyer, &stock.enquiry(&[stock.mat, stock.cake])).await.expect(StatusCode::CREATED);
    let part = |n: usize| format!("/v1/leads/{}", sent["leads"][n]["id"].as_str().expect("an id"));
    let (of_weavers, of_bakers) = (part(0), part(1));
    let enquiry = format!("/v1/leads?limit=1&enquiry={}", sent["enquiry_id"].as_str().expect("an id"));
    let of_the_cake = format!("/v1/leads?product={}", stock.cake);
    let all = async || {
        let mut answers = Vec::new();
        for path in [of_weavers.as_str(), "/v1/leads?limit=1", enquiry.as_str(), of_the_cake.as_str()] {
            let reply = weaver.get(path).await;
            answers.push((reply.header("etag"), reply.header("link"), reply.text));
        }
        answers
    };
    let before = all().await;
    assert!(before[1].2.contains(r#""next_cursor":null"#) && before[2].2.contains(r#""next_cursor":null"#));
    assert!(before[3].2.contains(r#""items":[]"#));
    app.clock.advance_seconds(60);
    reveal(&baker, &of_bakers).await.expect(StatusCode::CREATED);
    let step = json!({ "type": "stage", "to": "quoted" });
    baker.post(&format!("{of_bakers}/events"), &step).await.expect(StatusCode::CREATED);
    let note = json!({ "type": "note", "note": "Cần gấp." });
    buyer.post(&format!("{of_bakers}/events"), &note).await.expect(StatusCode::CREATED);
    buyer.delete(&format!("{of_bakers}/contact-consents")).await;
    one_lead(&app.anonymous(), &stock, stock.cake).await;
    assert_eq!(all().await, before);
    // A cursor of the one leads the other nowhere but to its own.
    for _ in 0..2 {
        one_lead(&app.anonymous(), &stock, stock.cake).await;
    }
    let page = baker.get("/v1/leads?limit=1").await.expect(StatusCode::OK);
    let cursor = page["next_cursor"].as_str().expect("more");
    let listed = weaver.get(&format!("/v1/leads?limit=1&cursor={cursor}")).await.expect(StatusCode::OK);
    assert_eq!(listed["items"][0]["id"], sent["leads"][0]["id"]);
    assert_eq!(listed["next_cursor"], Value::Null);
    // Every operation on the other's lead is answered as on none.
    let nothing = "/v1/leads/01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d";
    let because = json!({ "because": "x" });
    let answer = async |reply: Reply| {
        let mut body = reply.json();
        body.as_object_mut().expect("a problem").remove("request_id");
        (reply.status, body)
    };
    for more in ["contact-requests", "contact-reveals"] {
        let theirs = answer(weaver.post(&format!("{of_bakers}/{more}"), &because).await).await;
        let none = answer(weaver.post(&format!("{nothing}/{more}"), &because).await).await;
        assert_eq!((theirs.0, &theirs), (StatusCode::NOT_FOUND, &none), "{more}");
    }
}

/// Who has no part in a lead neither waits for those who write to it, nor makes them wait.
async fn strangers_lock_nothing(app: TestApp) {
    // SQLite has one writer anyway: all wait for it, whatever they write.
    if app.engine == Engine::Sqlite {
        return;
    }
    let stock = Stock::fill(&app).await;
    let weaver = app.member("tho-det@example.vn", stock.weavers, MemberRole::Owner).await;
    let path = a_lead(&app.anonymous(), &stock).await;
    let id = path.rsplit('/').next().expect("an id").to_owned();
    let (locked, is_locked) = std::sync::mpsc::channel::<()>();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let db = app.state.db.clone();
    let holder = tokio::spawn(async move {
        let hold = move |conn: &mut Conn| {
            conn.batch_execute(&format!("SELECT id FROM leads WHERE id = '{id}' FOR UPDATE"))?;
            let _ = locked.send(());
            let _ = ended.recv_timeout(Duration::from_secs(30));
            Ok::<_, Failure>(())
        };
        db.write(hold).await
    });
    while is_locked.try_recv().is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for (more, body) in [
        ("events", json!({ "type": "note", "note": "x" })),
        ("contact-reveals", json!({})),
        ("contact-requests", json!({})),
    ] {
        let target = format!("{path}/{more}");
        let reply = tokio::time::timeout(Duration::from_secs(10), weaver.post(&target, &body)).await;
        reply.expect("nobody waits for the lock").expect_problem(404, "not_found");
    }
    let _ = end.send(());
    holder.await.expect("ended").expect("no failure");
}
