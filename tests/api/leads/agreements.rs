//! Agreements of a lead: recorded with their proof, by every side, once, and void if they were a mistake.

use super::files::{pdf, send, stored};
use super::stock::Stock;
use super::{count, fresh_key, one_lead};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use ocop_market::leads::{AgreementKind, LeadSide, LeadStage};
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        what_was_signed_is_recorded_whole,
        every_side_records_where_the_table_lets_it,
        all_faults_are_told_and_nothing_is_left,
        one_paper_is_one_agreement,
        of_many_who_record_one_paper_at_once_one_does,
        the_same_proof_on_another_lead_is_told_to_who_sees_it,
        a_mistake_is_void_and_the_lead_goes_back,
        only_who_recorded_it_and_the_office_void_it,
        what_was_recorded_on_merged_leads_goes_on,
        an_agreement_sent_twice_is_recorded_once,
    ]
}

/// A lead about the cake of producers of Hưng Yên, with everybody who has a side in it.
pub struct Deal {
    pub app: TestApp,
    pub stock: Stock,
    pub lead: String,
    pub producer: Actor,
    pub viewer: Actor,
    pub buyer: Actor,
    pub organiser: Actor,
    pub office: Actor,
    pub admin: Actor,
}

impl Deal {
    pub async fn new(app: TestApp) -> Self {
        let stock = Stock::fill(&app).await;
        app.sql("UPDATE organisations SET province = '33'").await;
        let producer = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Editor).await;
        let viewer = app.member("nguoi-xem@example.vn", stock.bakers, MemberRole::Viewer).await;
        let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
        let organiser = app.member("ban-to-chuc@example.vn", stock.weavers, MemberRole::Editor).await;
        let (office, admin) =
            (app.officer("33").await, app.user("quan-tri@example.vn", Role::Admin, &[]).await);
        let lead = one_lead(&buyer, &stock, stock.cake).await;
        Self { app, stock, lead, producer, viewer, buyer, organiser, office, admin }
    }

    /// Has the lead recorded by the organiser, for a buyer who has no account.
    pub async fn by_organiser(&self) {
        let sql = format!(
            "UPDATE enquiries SET recorder_side = 'organiser', recorder_organisation_id = '{}', sender_user_id = NULL",
            self.stock.weavers
        );
        self.app.sql(sql).await;
    }

    pub fn of(&self, side: LeadSide) -> &Actor {
        match side {
            LeadSide::Buyer => &self.buyer,
            LeadSide::Producer => &self.producer,
            LeadSide::Organiser => &self.organiser,
            LeadSide::Office => &self.office,
            LeadSide::Service => panic!("the service has no account"),
        }
    }

    pub fn path(&self) -> String {
        format!("/v1/leads/{}", self.lead)
    }

    pub fn agreements(&self) -> String {
        format!("/v1/leads/{}/agreements", self.lead)
    }

    pub async fn stage(&self) -> Value {
        self.producer.get(&self.path()).await.expect(StatusCode::OK)["stage"].clone()
    }

    /// Records a contract or another kind with a new proof.
    pub async fn sign(&self, by: &Actor, kind: &str, words: &str) -> Reply {
        let file = stored(by, words).await;
        by.post(&self.agreements(), &agreement(kind, &[&file])).await
    }

    /// The same, as it should be: the id of the agreement.
    pub async fn signed(&self, by: &Actor, kind: &str, words: &str) -> String {
        let receipt = self.sign(by, kind, words).await.expect(StatusCode::CREATED);
        receipt["agreement"]["id"].as_str().expect("an id").to_owned()
    }

    pub async fn void(&self, by: &Actor, id: &str) -> Reply {
        let reason = json!({ "reason": "Ghi nhầm." });
        by.post(&format!("{}/{id}/voidings", self.agreements()), &reason).await
    }
}

/// A body that is accepted, proved by these files.
pub fn agreement(kind: &str, files: &[&str]) -> Value {
    let evidence: Vec<_> = files.iter().map(|file| json!({ "file_id": file })).collect();
    json!({
        "kind": kind,
        "parties": {
            "buyer": { "name": "Chuỗi cửa hàng Ví Dụ", "tax_code": "9900000016" },
            "producer": { "name": "Cơ sở làm bánh (minh họa)" },
        },
        "value": 480_000_001,
        "signed_on": "2026-11-20",
        "starts_on": "2026-12-01",
        "ends_on": "2027-11-30",
        "evidence": evidence,
    })
}

async fn what_was_signed_is_recorded_whole(app: TestApp) {
    let deal = Deal::new(app).await;
    let first = stored(&deal.producer, "một").await;
    deal.app.clock.advance_seconds(1);
    let second = stored(&deal.producer, "hai").await;
    let mut body = agreement("contract", &[&second, &first]);
    body["number"] = json!(" 12/2026/HĐMB ");
    let reply = deal.producer.post(&deal.agreements(), &body).await;
    let receipt = reply.expect(StatusCode::CREATED);
    let made = &receipt["agreement"];
    let id = made["id"].as_str().expect("an id");
    assert_eq!(reply.header("location"), format!("{}/{id}", deal.agreements()));
    assert_eq!((&receipt["stage"], &receipt["warnings"]), (&json!("contract_signed"), &json!([])));
    assert_eq!(receipt["moves"], json!(LeadStage::ContractSigned.moves(LeadSide::Producer)));
    for member in ["kind", "parties", "value", "signed_on", "starts_on", "ends_on"] {
        assert_eq!(made[member], body[member], "{member}");
    }
    assert_eq!((&made["number"], &made["side"]), (&json!("12/2026/HĐMB"), &json!("producer")));
    let proofs = made["evidence"].as_array().expect("proofs");
    assert_eq!(proofs.iter().map(|file| &file["id"]).collect::<Vec<_>>(), [&first, &second]);
    assert_eq!(
        made["attribution"],
        json!([{ "kind": "event", "name": "Hội nghị kết nối cung cầu", "share": 10_000, "value": 480_000_001 }])
    );
    // All four sides read it, with its proofs; who of the producer recorded it, only the producer.
    deal.by_organiser().await;
    for by in [&deal.producer, &deal.viewer, &deal.organiser, &deal.office, &deal.admin] {
        let list = by.get(&deal.agreements()).await;
        assert_eq!(list.header("cache-control"), "private, no-store");
        let items = list.expect(StatusCode::OK)["items"].clone();
        let mut seen = items[0].clone();
        let user = seen.as_object_mut().expect("an agreement").remove("user_id");
        let mut as_made = made.clone();
        let maker = as_made.as_object_mut().expect("an agreement").remove("user_id");
        assert_eq!((items.as_array().map(Vec::len), &seen), (Some(1), &as_made));
        let of_producer = std::ptr::eq(by, &deal.producer) || std::ptr::eq(by, &deal.viewer);
        assert_eq!(user, maker.filter(|_| of_producer));
        let one = by.get(&format!("{}/{id}", deal.agreements())).await.expect(StatusCode::OK);
        assert_eq!(one, items[0]);
        by.get(made["evidence"][0]["url"].as_str().expect("an address")).await.expect_text(&pdf("một"));
        let events = by.get(&deal.path()).await.expect(StatusCode::OK)["events"].clone();
        let told = events.as_array().and_then(|events| events.last()).expect("an event");
        assert_eq!((&told["type"], &told["to"]), (&json!("contract"), &json!("contract_signed")));
        assert_eq!(told["details"], json!({ "of": "agreement", "agreement_id": id }));
    }
    deal.buyer.get(&deal.agreements()).await.expect_problem(404, "not_found");
    let log = deal.admin.all(&format!("/v1/audit?subject={id}")).await;
    assert_eq!((log.len(), &log[0]["action"]), (1, &json!("agreement.recorded")));
    assert_eq!(log[0]["details"]["value"], 480_000_001);
}

async fn every_side_records_where_the_table_lets_it(app: TestApp) {
    let deal = Deal::new(app).await;
    let mut number = 0;
    for side in [LeadSide::Buyer, LeadSide::Producer, LeadSide::Office, LeadSide::Organiser] {
        if side == LeadSide::Organiser {
            deal.by_organiser().await;
        }
        for stage in LeadStage::ALL {
            for kind in AgreementKind::ALL {
                deal.app.sql(format!("UPDATE leads SET stage = '{}'", stage.as_str())).await;
                number += 1;
                let reply = deal.sign(deal.of(side), kind.as_str(), &number.to_string()).await;
                match kind.event().effect(*stage, side) {
                    Ok(to) => {
                        let receipt = reply.expect(StatusCode::CREATED);
                        assert_eq!(
                            receipt["stage"],
                            json!(to.unwrap_or(*stage)),
                            "{side:?} {stage:?} {kind:?}"
                        );
                        assert_eq!(receipt["agreement"]["side"], json!(side));
                    }
                    Err(_) => {
                        let problem = reply.expect_problem(409, "illegal_move");
                        assert_eq!(
                            (&problem["stage"], &problem["allowed"]),
                            (&json!(stage), &json!(stage.moves(side)))
                        );
                    }
                }
            }
        }
        deal.app
            .sql("DELETE FROM agreement_shares; DELETE FROM agreement_files; DELETE FROM agreements")
            .await;
    }
    deal.app.sql("UPDATE leads SET stage = 'enquiry'").await;
    deal.sign(&deal.viewer, "mou", "x").await.expect_problem(403, "forbidden");
    deal.sign(&deal.app.officer("01").await, "mou", "y").await.expect_problem(404, "not_found");
    let anonymous = deal.app.anonymous();
    let file = stored(&anonymous, "z").await;
    anonymous
        .post(&deal.agreements(), &agreement("mou", &[&file]))
        .await
        .expect_problem(401, "unauthenticated");
    // What was stored before the sign-in may be used after it.
    deal.organiser.post(&deal.agreements(), &agreement("mou", &[&file])).await.expect(StatusCode::CREATED);
}

async fn all_faults_are_told_and_nothing_is_left(app: TestApp) {
    let deal = Deal::new(app).await;
    let (own, foreign) = (stored(&deal.producer, "một").await, stored(&deal.buyer, "hai").await);
    let faults = async |body: &Value| {
        let reply = deal.producer.post(&deal.agreements(), body).await;
        reply.expect_problem(422, "invalid_body");
        let mut faults = reply.faults();
        faults.sort();
        faults
    };
    let fault = |place: &str, code: &str| (place.to_owned(), code.to_owned());
    let mut body = agreement("contract", &[&own, &foreign, &own]);
    body["value"] = json!(0);
    body["signed_on"] = json!("2026-11-24");
    body["ends_on"] = json!("2026-11-30");
    assert_eq!(
        faults(&body).await,
        [
            fault("/ends_on", "before_start"),
            fault("/evidence/1/file_id", "unknown_file"),
            fault("/evidence/2/file_id", "duplicate"),
            fault("/signed_on", "in_future"),
            fault("/value", "missing"),
        ]
    );
    let wrong = json!({
        "kind": "promise", "number": "", "parties": { "buyer": { "name": "" }, "seller": {} },
        "value": -1, "signed_on": "hôm nay", "evidence": [], "stage": "contract_signed",
    });
    assert_eq!(
        faults(&wrong).await,
        [
            fault("/evidence", "wrong_length"),
            fault("/kind", "unknown_value"),
            fault("/number", "missing"),
            fault("/parties/buyer/name", "missing"),
            fault("/parties/producer", "missing"),
            fault("/parties/seller", "unknown_field"),
            fault("/signed_on", "invalid_date"),
            fault("/stage", "unknown_field"),
            fault("/value", "out_of_range"),
        ]
    );
    let same_bytes = stored(&deal.producer, "một").await;
    let mut body = agreement("mou", &[&own, &same_bytes]);
    assert_eq!(faults(&body).await, [fault("/evidence/1/file_id", "duplicate")]);
    body = agreement("mou", &[&own]);
    body["evidence"][0]["sha256"] = json!("0".repeat(64));
    assert_eq!(faults(&body).await, [fault("/evidence/0/sha256", "hash_mismatch")]);
    body["value"] = json!(1_000_000_000_000_001_i64);
    assert_eq!(faults(&body).await, [fault("/value", "out_of_range")]);
    for table in ["agreements", "agreement_files", "agreement_shares"] {
        assert_eq!(count(&deal.app, table).await, 0);
    }
    assert_eq!(count(&deal.app, "lead_events").await, 1);
    assert_eq!(count(&deal.app, "files WHERE used_at IS NOT NULL").await, 0);
    // A minute may be worth nothing yet, have no number and no end, and begin when it is signed.
    let file = send(&deal.producer, "", "application/pdf", pdf("ba")).await.expect(StatusCode::CREATED);
    let least = json!({
        "kind": "mou", "value": 0, "signed_on": "2026-11-23",
        "parties": { "buyer": { "name": "Chợ Ví Dụ" }, "producer": { "name": "Cơ sở làm bánh" } },
        "evidence": [{ "file_id": file["id"], "sha256": file["sha256"] }],
    });
    let made = deal.producer.post(&deal.agreements(), &least).await.expect(StatusCode::CREATED);
    assert_eq!(made["agreement"]["starts_on"], "2026-11-23");
    // It was signed today before noon, so not at noon.
    let lead = deal.producer.get(&deal.path()).await.expect(StatusCode::OK);
    assert!(lead["stage_since"].as_str() < Some("2026-11-23T03:00:01"), "{}", lead["stage_since"]);
}

async fn one_paper_is_one_agreement(app: TestApp) {
    let deal = Deal::new(app).await;
    let known = deal.signed(&deal.producer, "mou", "một").await;
    let again = deal.sign(&deal.buyer, "contract", "một").await.expect_problem(409, "already_recorded");
    assert_eq!(again["agreement_id"], json!(known));
    let numbered = async |by: &Actor, number: &str, day: &str| {
        let file = stored(by, &format!("{number} {day} {}", fresh_key())).await;
        let mut body = agreement("contract", &[&file]);
        (body["number"], body["signed_on"]) = (json!(number), json!(day));
        by.post(&deal.agreements(), &body).await
    };
    let first = numbered(&deal.producer, "12/2026/HĐMB", "2026-11-20").await.expect(StatusCode::CREATED);
    let again = numbered(&deal.office, "12 / 2026 / hđmb", "2026-11-20").await;
    assert_eq!(again.expect_problem(409, "already_recorded")["agreement_id"], first["agreement"]["id"]);
    // An annex of another day has the same number.
    numbered(&deal.office, "12/2026/HĐMB", "2026-11-21").await.expect(StatusCode::CREATED);
    assert_eq!(count(&deal.app, "agreements").await, 3);
    // What is void may be recorded again, as it should have been.
    deal.void(&deal.producer, &known).await.expect(StatusCode::CREATED);
    deal.sign(&deal.producer, "mou", "một").await.expect(StatusCode::CREATED);
}

async fn of_many_who_record_one_paper_at_once_one_does(app: TestApp) {
    let deal = Deal::new(app).await;
    let mut sent = Vec::new();
    for n in 0..12 {
        let by = [&deal.producer, &deal.buyer, &deal.office][n % 3].clone();
        let (file, path) = (stored(&by, "một").await, deal.agreements());
        sent.push(tokio::spawn(async move { by.post(&path, &agreement("mou", &[&file])).await }));
    }
    let mut won = 0;
    for sent in sent {
        let reply = sent.await.expect("answered");
        if reply.status == StatusCode::CREATED {
            won += 1;
        } else {
            reply.expect_problem(409, "already_recorded");
        }
    }
    assert_eq!(
        (won, count(&deal.app, "agreements").await, count(&deal.app, "agreement_files").await),
        (1, 1, 1)
    );
    assert_eq!(count(&deal.app, "files WHERE used_at IS NOT NULL").await, 1);
    assert_eq!(count(&deal.app, "lead_events").await, 2);
}

async fn the_same_proof_on_another_lead_is_told_to_who_sees_it(app: TestApp) {
    let deal = Deal::new(app).await;
    deal.signed(&deal.producer, "mou", "một").await;
    let stranger = deal.app.user("nguoi-khac@example.vn", Role::Member, &[]).await;
    let warned = async |by: &Actor| {
        let lead = one_lead(&stranger, &deal.stock, deal.stock.cake).await;
        let file = stored(by, "một").await;
        let reply = by.post(&format!("/v1/leads/{lead}/agreements"), &agreement("mou", &[&file])).await;
        let receipt = reply.expect(StatusCode::CREATED);
        let id = receipt["agreement"]["id"].as_str().expect("an id").to_owned();
        let void = format!("/v1/leads/{lead}/agreements/{id}/voidings");
        by.post(&void, &json!({ "reason": "Thử." })).await.expect(StatusCode::CREATED);
        let warnings = receipt["warnings"].as_array().expect("warnings").clone();
        warnings
            .iter()
            .map(|warning| (warning["code"].clone(), warning["lead_id"].clone()))
            .collect::<Vec<_>>()
    };
    let told = [(json!("evidence_on_another_lead"), json!(deal.lead))];
    assert_eq!(warned(&deal.producer).await, told);
    assert_eq!(warned(&deal.office).await, told);
    assert_eq!(warned(&stranger).await, []);
    // Of what is void nothing is told, nor of other producers' leads.
    let mat = one_lead(&deal.buyer, &deal.stock, deal.stock.mat).await;
    let file = stored(&deal.buyer, "một").await;
    let reply = deal.buyer.post(&format!("/v1/leads/{mat}/agreements"), &agreement("mou", &[&file])).await;
    assert_eq!(reply.expect(StatusCode::CREATED)["warnings"], json!([]));
}

async fn a_mistake_is_void_and_the_lead_goes_back(app: TestApp) {
    let deal = Deal::new(app).await;
    let to = async |stage: &str| {
        let event = json!({ "type": "stage", "to": stage });
        deal.producer.post(&format!("{}/events", deal.path()), &event).await.expect(StatusCode::CREATED);
    };
    to("quoted").await;
    to("sample_sent").await;
    let mou = deal.signed(&deal.producer, "mou", "một").await;
    let contract = deal.signed(&deal.producer, "contract", "hai").await;
    let annex = deal.signed(&deal.producer, "principle_contract", "ba").await;
    assert_eq!(deal.stage().await, "contract_signed");
    // Another one of the same stage holds it; then the minute does; then nothing.
    for (id, stage) in [(&contract, "contract_signed"), (&annex, "mou_signed"), (&mou, "sample_sent")] {
        let voided = deal.void(&deal.producer, id).await.expect(StatusCode::CREATED);
        assert_eq!(
            (&voided["stage"], &voided["agreement"]["voided"]["reason"]),
            (&json!(stage), &json!("Ghi nhầm."))
        );
        assert_eq!(deal.stage().await, stage);
    }
    let lead = deal.buyer.get(&deal.path()).await.expect(StatusCode::OK);
    let last = lead["events"].as_array().and_then(|events| events.last()).expect("an event");
    assert_eq!(
        (&last["type"], &last["from"], &last["to"]),
        (&json!("agreement_voided"), &json!("mou_signed"), &json!("sample_sent"))
    );
    // What has gone on stays.
    let last = deal.signed(&deal.buyer, "contract", "bốn").await;
    to("first_order").await;
    let voided = deal.void(&deal.buyer, &last).await.expect(StatusCode::CREATED);
    assert_eq!(voided["stage"], "first_order");
    let listed = deal.producer.get(&deal.agreements()).await.expect(StatusCode::OK);
    let items = listed["items"].as_array().expect("agreements");
    assert!(items.len() == 4 && items.iter().all(|item| item["voided"]["at"].is_string()));
}

async fn only_who_recorded_it_and_the_office_void_it(app: TestApp) {
    let deal = Deal::new(app).await;
    let by_producer = deal.signed(&deal.producer, "mou", "một").await;
    let by_buyer = deal.signed(&deal.buyer, "mou", "hai").await;
    deal.void(&deal.buyer, &by_producer).await.expect_problem(403, "forbidden");
    deal.void(&deal.producer, &by_buyer).await.expect_problem(403, "forbidden");
    deal.void(&deal.viewer, &by_producer).await.expect_problem(403, "forbidden");
    deal.void(&deal.app.officer("01").await, &by_producer).await.expect_problem(404, "not_found");
    deal.void(&deal.producer, &deal.lead).await.expect_problem(404, "not_found");
    let path = format!("{}/{by_producer}/voidings", deal.agreements());
    for (body, place, code) in [
        (json!({}), "/reason", "missing"),
        (json!({ "reason": " " }), "/reason", "missing"),
        (json!({ "reason": "x".repeat(1001) }), "/reason", "too_long"),
        (json!({ "reason": "x", "why": 1 }), "/why", "unknown_field"),
    ] {
        let reply = deal.producer.post(&path, &body).await;
        assert_eq!(reply.faults(), [(place.into(), code.into())]);
    }
    deal.void(&deal.office, &by_producer).await.expect(StatusCode::CREATED);
    deal.void(&deal.producer, &by_producer).await.expect_problem(409, "not_possible_now");
    deal.void(&deal.buyer, &by_buyer).await.expect(StatusCode::CREATED);
    let log = deal.admin.all(&format!("/v1/audit?subject={by_producer}&action=agreement.voided")).await;
    assert_eq!(log.len(), 1);
    assert_eq!(deal.stage().await, "enquiry");
}

async fn what_was_recorded_on_merged_leads_goes_on(app: TestApp) {
    let deal = Deal::new(app).await;
    let old = deal.signed(&deal.producer, "mou", "một").await;
    deal.app.clock.advance_seconds(1);
    let survivor = one_lead(&deal.buyer, &deal.stock, deal.stock.cake).await;
    let sql = format!("UPDATE leads SET merged_into = '{survivor}' WHERE id = '{}'", deal.lead);
    deal.app.sql(sql).await;
    let refused = deal.sign(&deal.producer, "contract", "hai").await.expect_problem(409, "lead_merged");
    assert_eq!(refused["merged_into"], json!(survivor));
    deal.void(&deal.producer, &old).await.expect_problem(409, "lead_merged");
    let path = format!("/v1/leads/{survivor}");
    let sign = async |words: &str| {
        let file = stored(&deal.producer, words).await;
        deal.producer.post(&format!("{path}/agreements"), &agreement("contract", &[&file])).await
    };
    let again = sign("một").await.expect_problem(409, "already_recorded");
    assert_eq!(again["agreement_id"], json!(old));
    sign("hai").await.expect(StatusCode::CREATED);
    let listed = deal.buyer.get(&format!("{path}/agreements")).await.expect(StatusCode::OK);
    let items = listed["items"].as_array().expect("agreements");
    let leads: Vec<_> = items.iter().map(|item| item["lead_id"].as_str().expect("an id")).collect();
    assert_eq!(leads, [&deal.lead, &survivor]);
    let url = items[0]["evidence"][0]["url"].as_str().expect("an address");
    assert!(url.starts_with(&path), "{url}");
    deal.buyer.get(url).await.expect_text(&pdf("một"));
    // It may be voided where it goes on.
    let void = format!("{path}/agreements/{old}/voidings");
    let voided =
        deal.producer.post(&void, &json!({ "reason": "Ghi nhầm." })).await.expect(StatusCode::CREATED);
    assert_eq!(
        (&voided["stage"], &voided["agreement"]["lead_id"]),
        (&json!("contract_signed"), &json!(deal.lead))
    );
}

async fn an_agreement_sent_twice_is_recorded_once(app: TestApp) {
    let deal = Deal::new(app).await;
    let (key, file) = (fresh_key(), stored(&deal.producer, "một").await);
    let body = agreement("mou", &[&file]);
    let first = deal.producer.post_once(&deal.agreements(), &key, &body).await;
    let again = deal.producer.post_once(&deal.agreements(), &key, &body).await;
    assert_eq!(
        (first.expect(StatusCode::CREATED), "true"),
        (again.json(), &*again.header("idempotency-replayed"))
    );
    // Without the key the answer names what is recorded.
    let same = deal.producer.post(&deal.agreements(), &body).await.expect_problem(409, "already_recorded");
    assert_eq!(same["agreement_id"], again.json()["agreement"]["id"]);
    assert_eq!(count(&deal.app, "agreements").await, 1);
}
