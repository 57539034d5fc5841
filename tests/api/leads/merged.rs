//! What holds of leads that are one: who may still do what, what counts, and what a merger takes with it when it is undone.

use super::agreements::agreement;
use super::captured::Fair;
use super::files::stored;
use super::stock::organisation;
use super::{count, fresh_key};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::privacy::everything::column;
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        a_consent_is_taken_back_wherever_it_was_given,
        an_organiser_changes_nothing_of_what_another_recorded,
        who_deals_with_both_undoes_a_merger,
        what_holds_a_lead_holds_it_without_the_other,
        one_paper_counts_once,
        of_terms_written_to_another_nothing_is_read,
        what_is_written_of_either_is_forgotten,
        what_was_merged_has_come_to_an_end_with_the_other,
        leads_are_one_within_one_producer,
    ]
}

/// A fair, the baker, and a buyer with an account.
struct Scene {
    fair: Fair,
    baker: Actor,
    buyer: Actor,
}

impl Scene {
    async fn set(app: &TestApp) -> Self {
        let fair = Fair::open(app).await;
        let baker = app.member("tho-banh@example.vn", fair.stock.bakers, MemberRole::Editor).await;
        let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
        Self { fair, baker, buyer }
    }

    /// A lead of the cake that somebody sends in its own name.
    async fn asked(&self, by: &Actor) -> String {
        lead(by, &self.fair.stock.enquiry(&[self.fair.stock.cake])).await
    }

    /// A lead of the cake that an organiser records.
    async fn recorded(&self, by: &Actor) -> String {
        lead(by, &self.fair.visitor(&[self.fair.stock.cake])).await
    }

    async fn merge(&self, into: &str, other: &str) -> Reply {
        self.baker.post(&format!("/v1/leads/{into}/merges"), &json!({ "lead_id": other })).await
    }

    async fn separate(&self, by: &Actor, from: &str, other: &str) -> Reply {
        by.delete(&format!("/v1/leads/{from}/merges/{other}")).await
    }
}

async fn lead(by: &Actor, body: &Value) -> String {
    let receipt = by.post_once("/v1/leads", &fresh_key(), body).await.expect(StatusCode::CREATED);
    receipt["leads"][0]["id"].as_str().expect("an id").to_owned()
}

async fn read(by: &Actor, id: &str) -> Value {
    by.get(&format!("/v1/leads/{id}")).await.expect(StatusCode::OK)
}

async fn sign(by: &Actor, id: &str, kind: &str, words: &str) -> String {
    let file = stored(by, words).await;
    let signed = by.post(&format!("/v1/leads/{id}/agreements"), &agreement(kind, &[&file])).await;
    let signed = signed.expect(StatusCode::CREATED);
    signed["agreement"]["id"].as_str().expect("an id").to_owned()
}

async fn void(by: &Actor, id: &str, agreement: &str) -> Reply {
    let path = format!("/v1/leads/{id}/agreements/{agreement}/voidings");
    by.post(&path, &json!({ "reason": "Ghi nhầm." })).await
}

async fn a_consent_is_taken_back_wherever_it_was_given(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (one, other) = (scene.asked(&scene.buyer).await, scene.asked(&scene.buyer).await);
    let revealed = scene.baker.post(&format!("/v1/leads/{other}/contact-reveals"), &json!({})).await;
    revealed.expect(StatusCode::CREATED);
    scene.merge(&one, &other).await.expect(StatusCode::CREATED);
    assert!(read(&scene.baker, &other).await.get("contact").is_some());
    scene.buyer.delete(&format!("/v1/leads/{other}/contact-consents")).await.expect(StatusCode::NO_CONTENT);
    let shown = read(&scene.baker, &other).await;
    assert_eq!((&shown["contact_state"], shown.get("contact")), (&json!("withheld"), None));
    // Given it is only where the lead goes on.
    let consent = json!({ "text_version": "2026-11", "accepted": true });
    let path = format!("/v1/leads/{other}/contact-consents");
    scene.buyer.post(&path, &consent).await.expect_problem(409, "lead_merged");

    // A buyer without an account does so by its link.
    let mut body = scene.fair.stock.enquiry(&[scene.fair.stock.cake]);
    body["contact"]["email"] = json!("khach@example.vn");
    let anonymous = lead(&app.anonymous(), &body).await;
    app.clock.advance_seconds(60);
    app.write_letters().await;
    let token = app.mail_to("khach@example.vn").await.token("lead-follow");
    scene.merge(&one, &anonymous).await.expect(StatusCode::CREATED);
    let preview = app.anonymous().post("/v1/lead-answers/previews", &json!({ "token": token })).await;
    assert_eq!(preview.expect(StatusCode::OK)["possible_answers"], json!(["withhold", "stop_letters"]));
    let answer = json!({ "token": token, "answer": { "type": "withhold" } });
    app.anonymous().post("/v1/lead-answers", &answer).await.expect(StatusCode::CREATED);
    assert_eq!(read(&scene.baker, &anonymous).await["contact_state"], "withheld");
}

/// Two organisers met one buyer, and the producer put their leads together.
async fn an_organiser_changes_nothing_of_what_another_recorded(app: TestApp) {
    let scene = Scene::set(&app).await;
    let second = organisation(&app, "organiser", "Tuần lễ OCOP (minh họa)").await;
    let other_tablet = app.member("tuan-le@example.vn", second, MemberRole::Editor).await;
    let (one, other) = (scene.recorded(&scene.fair.tablet).await, scene.recorded(&other_tablet).await);
    let theirs = sign(&other_tablet, &other, "contract", "của tuần lễ").await;
    let bakers = sign(&scene.baker, &other, "mou", "của thợ bánh").await;
    scene.merge(&one, &other).await.expect(StatusCode::CREATED);
    let tablet = &scene.fair.tablet;
    void(tablet, &one, &theirs).await.expect_problem(403, "forbidden");
    let credit = async |by: &Actor, agreement: &str| {
        let path = format!("/v1/leads/{one}/agreements/{agreement}");
        let tag = by.get(&path).await.header("etag");
        let shares = json!({ "shares": [{ "kind": "event", "name": "Hội chợ của tôi", "share": 10_000 }] });
        let put = by.request(reqwest::Method::PUT, &format!("{path}/attribution"));
        Reply::of(put.header("If-Match", tag).json(&shares)).await
    };
    for agreement in [&theirs, &bakers] {
        credit(tablet, agreement).await.expect_problem(403, "forbidden");
    }
    // Its own it may, and the producer what the producer recorded.
    let own = sign(tablet, &one, "contract", "của hội chợ").await;
    credit(tablet, &own).await.expect(StatusCode::OK);
    void(tablet, &one, &own).await.expect(StatusCode::CREATED);
    void(&scene.baker, &one, &bakers).await.expect(StatusCode::CREATED);
    void(&scene.baker, &one, &theirs).await.expect_problem(403, "forbidden");
    let admin = app.user("quan-tri@example.vn", Role::Admin, &[]).await;
    void(&admin, &one, &theirs).await.expect(StatusCode::CREATED);
    assert_eq!(count(&app, "agreements WHERE voided_at IS NULL").await, 0);
}

async fn who_deals_with_both_undoes_a_merger(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (one, other) = (scene.recorded(&scene.fair.tablet).await, scene.asked(&app.anonymous()).await);
    scene.merge(&one, &other).await.expect(StatusCode::CREATED);
    // The organiser reads of the merger, but the other lead is none of its own.
    scene.separate(&scene.fair.tablet, &one, &other).await.expect_problem(404, "not_found");
    assert_eq!(read(&scene.baker, &other).await["merged_into"], json!(one));
    scene.separate(&scene.baker, &one, &other).await.expect(StatusCode::NO_CONTENT);
    assert!(read(&scene.baker, &other).await.get("merged_into").is_none());
}

async fn what_holds_a_lead_holds_it_without_the_other(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (one, other) = (scene.asked(&scene.buyer).await, scene.asked(&app.anonymous()).await);
    let stage = async |id: &str| read(&scene.baker, id).await["stage"].clone();
    let theirs = sign(&scene.baker, &other, "contract", "một").await;
    scene.merge(&one, &other).await.expect(StatusCode::CREATED);
    // Signed where the merger had brought it already: it stays signed without the merger.
    app.clock.advance_seconds(1);
    let own = sign(&scene.baker, &one, "mou", "hai").await;
    scene.separate(&scene.baker, &one, &other).await.expect(StatusCode::NO_CONTENT);
    assert_eq!((stage(&one).await, stage(&other).await), (json!("mou_signed"), json!("contract_signed")));
    void(&scene.baker, &one, &own).await.expect(StatusCode::CREATED);
    assert_eq!(stage(&one).await, "enquiry");
    // A quote is one, too; and what was voided meanwhile holds nothing any more.
    scene.merge(&one, &other).await.expect(StatusCode::CREATED);
    app.clock.advance_seconds(1);
    let quote = json!({
        "lines": [{ "product_id": scene.fair.stock.cake, "unit": "XBX", "tiers": [{ "from_quantity": 1, "price": 42_000 }] }],
        "valid_until": "2026-12-24", "vat_included": true,
    });
    scene.baker.post(&format!("/v1/leads/{one}/quotes"), &quote).await.expect(StatusCode::CREATED);
    let again = sign(&scene.baker, &one, "contract", "ba").await;
    void(&scene.baker, &one, &theirs).await.expect(StatusCode::CREATED);
    void(&scene.baker, &one, &again).await.expect(StatusCode::CREATED);
    scene.separate(&scene.baker, &one, &other).await.expect(StatusCode::NO_CONTENT);
    assert_eq!((stage(&one).await, stage(&other).await), (json!("quoted"), json!("enquiry")));
}

async fn one_paper_counts_once(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (one, other) = (scene.asked(&scene.buyer).await, scene.asked(&app.anonymous()).await);
    sign(&scene.baker, &one, "contract", "một bản").await;
    let again = sign(&scene.baker, &other, "contract", "một bản").await;
    let refused = scene.merge(&one, &other).await.expect_problem(409, "not_possible_now");
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("văn bản")), "{refused}");
    void(&scene.baker, &other, &again).await.expect(StatusCode::CREATED);
    scene.merge(&one, &other).await.expect(StatusCode::CREATED);
}

async fn of_terms_written_to_another_nothing_is_read(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (one, other) = (scene.asked(&scene.buyer).await, scene.asked(&app.anonymous()).await);
    let quote = json!({
        "lines": [{ "product_id": scene.fair.stock.cake, "unit": "XBX", "tiers": [{ "from_quantity": 1, "price": 42_000 }] }],
        "valid_until": "2026-12-24", "vat_included": true, "terms": "Giao tận nhà chị Bí Mật.",
    });
    scene.baker.post(&format!("/v1/leads/{other}/quotes"), &quote).await.expect(StatusCode::CREATED);
    scene.merge(&one, &other).await.expect(StatusCode::CREATED);
    let path = format!("/v1/leads/{one}/quotes");
    assert!(scene.baker.get(&path).await.expect(StatusCode::OK).to_string().contains("Bí Mật"));
    let seen = scene.buyer.get(&path).await.expect(StatusCode::OK);
    assert!(seen.to_string().contains("42000") && !seen.to_string().contains("Bí Mật"), "{seen}");
}

/// The notes of a lead tell of the buyers of all that went on in it.
async fn what_is_written_of_either_is_forgotten(app: TestApp) {
    let scene = Scene::set(&app).await;
    let person = |name: &str, email: &str, phone: &str| {
        let mut body = scene.fair.stock.enquiry(&[scene.fair.stock.cake]);
        body["contact"] = json!({ "name": name, "email": email, "phone": phone });
        body
    };
    let first = person("Chị Kín Đáo", "mot@example.vn", "0912 345 678");
    let second = person("Anh Thận Trọng", "hai@example.vn", "0987 654 321");
    let (one, other) = (lead(&scene.buyer, &first).await, lead(&app.anonymous(), &second).await);
    scene.merge(&one, &other).await.expect(StatusCode::CREATED);
    let note = json!({ "type": "note", "note": "Gọi chị Kín Đáo 0912345678, anh Thận Trọng 0987654321." });
    scene.baker.post(&format!("/v1/leads/{one}/events"), &note).await.expect(StatusCode::CREATED);
    let notes = async || column(&app, "SELECT note AS value FROM lead_events WHERE note LIKE 'G%'").await;
    let world = app.state.world.clone();
    let erase = async |email: &'static str| {
        let world = world.clone();
        let erased = app.state.db.write(move |conn| {
            ocop_market::privacy::erase_contacts(conn, &world, email).map_err(ocop_market::db::Failure::from)
        });
        erased.await.expect("erased")
    };
    erase("hai@example.vn").await;
    assert_eq!(notes().await, ["Gọi chị Kín Đáo 0912345678, […] […]."]);
    erase("mot@example.vn").await;
    assert_eq!(notes().await, ["Gọi […] […], […] […]."]);
}

async fn what_was_merged_has_come_to_an_end_with_the_other(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (one, other) = (scene.asked(&scene.buyer).await, scene.asked(&app.anonymous()).await);
    scene.merge(&one, &other).await.expect(StatusCode::CREATED);
    let forgotten = async || {
        let world = app.state.world.clone();
        let done = app.state.db.write(move |conn| ocop_market::privacy::retain(conn, &world));
        done.await.expect("retention applied").contacts
    };
    app.clock.set("2028-11-24T03:00:00Z");
    assert_eq!(forgotten().await, 0, "the one in which it goes on is under way");
    app.sql(format!("UPDATE leads SET stage = 'lost' WHERE id = '{one}'")).await;
    assert_eq!(forgotten().await, 2, "24 months after the last event of what has ended");
}

/// The leads of a producer that has turned out to be another go to that one, but not where it was asked as well.
async fn leads_are_one_within_one_producer(app: TestApp) {
    let scene = Scene::set(&app).await;
    let both = scene.fair.stock.enquiry(&[scene.fair.stock.cake, scene.fair.stock.mat]);
    let sent = scene.buyer.post_once("/v1/leads", &fresh_key(), &both).await.expect(StatusCode::CREATED);
    let of_bakers = sent["leads"][0]["id"].as_str().expect("an id").to_owned();
    let other = scene.asked(&app.anonymous()).await;
    scene.merge(&of_bakers, &other).await.expect(StatusCode::CREATED);
    let (from, to) = (scene.fair.stock.bakers, scene.fair.stock.weavers);
    let moved = app.state.db.write(move |conn| {
        ocop_market::leads::hand_over(conn, from, to).map_err(ocop_market::db::Failure::from)
    });
    moved.await.expect("handed over");
    let torn = "SELECT l.id AS value FROM leads l JOIN leads s ON s.id = l.merged_into WHERE s.producer_id <> l.producer_id";
    assert_eq!(column(&app, torn).await, Vec::<String>::new());
    let of_weavers = format!("SELECT id AS value FROM leads WHERE producer_id = '{to}' AND id = '{other}'");
    assert_eq!(column(&app, &of_weavers).await, [other]);
}
