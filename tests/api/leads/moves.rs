//! `POST /v1/leads/{id}/events`: notes, moves, and what happens when many come at once.

use super::stock::Stock;
use super::{count, fresh_key, one_lead};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use diesel::connection::SimpleConnection;
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use ocop_market::db::Failure;
use ocop_market::leads::{LeadSide, LeadStage};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        every_move_of_every_side_is_as_the_table_says,
        a_lead_goes_from_enquiry_to_repeated_orders,
        notes_of_the_producer_stay_with_the_producer,
        the_buyer_does_not_even_learn_that_there_is_a_note,
        reasons_go_with_bad_ends,
        wrong_events_are_told,
        if_match_guards_against_what_others_wrote,
        an_event_sent_twice_is_added_once,
        of_parallel_moves_one_wins_each_step,
    ]
}

/// A lead about the cake, with both of its sides.
struct Pair {
    path: String,
    producer: Actor,
    buyer: Actor,
}

impl Pair {
    async fn new(app: &TestApp) -> Self {
        let stock = Stock::fill(app).await;
        let producer = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Editor).await;
        let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
        let path = format!("/v1/leads/{}", one_lead(&buyer, &stock, stock.cake).await);
        Self { path, producer, buyer }
    }

    fn of(&self, side: LeadSide) -> &Actor {
        match side {
            LeadSide::Buyer => &self.buyer,
            LeadSide::Producer => &self.producer,
            other => panic!("{other:?} is no party"),
        }
    }

    async fn add(&self, side: LeadSide, event: &Value) -> Reply {
        self.of(side).post(&format!("{}/events", self.path), event).await
    }

    async fn read(&self, side: LeadSide) -> Value {
        self.of(side).get(&self.path).await.expect(StatusCode::OK)
    }
}

fn to(stage: &str) -> Value {
    match stage {
        "lost" => json!({ "type": "stage", "to": stage, "reason": "price" }),
        _ => json!({ "type": "stage", "to": stage }),
    }
}

/// Puts all leads at a stage, as no request could.
async fn put_at(app: &TestApp, stage: LeadStage) {
    let sql = format!("UPDATE leads SET stage = '{}'", stage.as_str());
    let written = app.state.db.write(move |conn| conn.batch_execute(&sql).map_err(Failure::from));
    written.await.expect("written");
}

async fn every_move_of_every_side_is_as_the_table_says(app: TestApp) {
    let pair = Pair::new(&app).await;
    let mut moved = 0;
    for from in LeadStage::ALL {
        for side in [LeadSide::Buyer, LeadSide::Producer] {
            let allowed = json!(from.moves(side));
            put_at(&app, *from).await;
            assert_eq!(pair.read(side).await["moves"], allowed, "{from:?} {side:?}");
            for stage in LeadStage::ALL {
                put_at(&app, *from).await;
                let reply = pair.add(side, &to(stage.as_str())).await;
                if from.moves(side).contains(stage) {
                    let progress = reply.expect(StatusCode::CREATED);
                    assert_eq!(progress["event"]["from"], json!(from));
                    assert_eq!(progress["stage"], json!(stage));
                    assert_eq!(progress["moves"], json!(stage.moves(side)));
                    moved += 1;
                } else {
                    let problem = reply.expect_problem(409, "illegal_move");
                    assert_eq!((&problem["stage"], &problem["allowed"]), (&json!(from), &allowed));
                }
            }
        }
    }
    assert_eq!(count(&app, "lead_events").await, 1 + moved);
}

async fn a_lead_goes_from_enquiry_to_repeated_orders(app: TestApp) {
    let pair = Pair::new(&app).await;
    let way = [
        (LeadSide::Producer, "quoted"),
        (LeadSide::Producer, "sample_sent"),
        (LeadSide::Buyer, "negotiating"),
        (LeadSide::Producer, "mou_signed"),
        (LeadSide::Producer, "contract_signed"),
        (LeadSide::Buyer, "first_order"),
        (LeadSide::Buyer, "repeat"),
        (LeadSide::Producer, "closed"),
    ];
    for (side, stage) in way {
        pair.add(side, &to(stage)).await.expect(StatusCode::CREATED);
    }
    for side in [LeadSide::Buyer, LeadSide::Producer] {
        let lead = pair.read(side).await;
        assert_eq!((&lead["stage"], &lead["moves"]), (&json!("closed"), &json!([])));
        let events = lead["events"].as_array().expect("a timeline");
        // The clock stands still, yet the timeline is in order.
        let told: Vec<_> = events.iter().map(|event| event["to"].as_str().expect("a stage")).collect();
        assert_eq!(told[0], "enquiry");
        assert_eq!(told[1..], way.map(|(_, stage)| stage));
        let users = events.iter().filter(|event| !event["user_id"].is_null());
        assert!(users.clone().count() > 0 && users.into_iter().all(|event| event["side"] == json!(side)));
    }
    let after_the_end = json!({ "type": "note", "note": "Cảm ơn, hẹn vụ sau." });
    pair.add(LeadSide::Buyer, &after_the_end).await.expect(StatusCode::CREATED);
}

async fn notes_of_the_producer_stay_with_the_producer(app: TestApp) {
    let pair = Pair::new(&app).await;
    let note = |text: &str| json!({ "type": "note", "note": text });
    let added = pair.add(LeadSide::Producer, &note("Khách trả giá thấp.")).await;
    let added = added.expect(StatusCode::CREATED);
    assert_eq!(
        (&added["event"]["type"], &added["event"]["note"]),
        (&json!("note"), &json!("Khách trả giá thấp."))
    );
    assert_eq!(added["stage"], "enquiry");
    pair.add(LeadSide::Buyer, &note("Cần hàng trước Tết.")).await.expect(StatusCode::CREATED);
    let quoted = json!({ "type": "stage", "to": "quoted", "note": "Giá sàn 40.000 đ." });
    pair.add(LeadSide::Producer, &quoted).await.expect(StatusCode::CREATED);

    let notes = |lead: &Value| -> Vec<String> {
        let events = lead["events"].as_array().expect("a timeline").iter();
        events.filter_map(|event| event["note"].as_str().map(str::to_owned)).collect()
    };
    let (producers, buyers) = (pair.read(LeadSide::Producer).await, pair.read(LeadSide::Buyer).await);
    assert_eq!(notes(&producers), ["Khách trả giá thấp.", "Cần hàng trước Tết.", "Giá sàn 40.000 đ."]);
    assert_eq!(notes(&buyers), ["Cần hàng trước Tết."]);
    assert_eq!(buyers["events"].as_array().map(Vec::len), Some(3));
    assert_eq!((&buyers["stage"], &buyers["events"][2]["to"]), (&json!("quoted"), &json!("quoted")));
}

async fn the_buyer_does_not_even_learn_that_there_is_a_note(app: TestApp) {
    let pair = Pair::new(&app).await;
    let tags = async || {
        let (of_buyer, of_producer) = (pair.buyer.get(&pair.path).await, pair.producer.get(&pair.path).await);
        (of_buyer.header("etag"), of_producer.header("etag"))
    };
    let list = async || pair.buyer.get("/v1/leads").await.header("etag");
    let (before, listed) = (tags().await, list().await);
    app.clock.advance_seconds(60);
    let note = json!({ "type": "note", "note": "Khách khó tính." });
    pair.add(LeadSide::Producer, &note).await.expect(StatusCode::CREATED);
    let after = tags().await;
    assert_eq!((&after.0, list().await), (&before.0, listed));
    assert_ne!(after.1, before.1);
    // What the buyer has read still holds, so the buyer may write.
    let request = pair.buyer.request(Method::POST, &format!("{}/events", pair.path));
    let reply = Reply::of(request.header("If-Match", &before.0).json(&to("lost"))).await;
    reply.expect(StatusCode::CREATED);
    assert_eq!(pair.read(LeadSide::Buyer).await["updated_at"], "2026-11-23T03:01:00.000001Z");
}

async fn reasons_go_with_bad_ends(app: TestApp) {
    let pair = Pair::new(&app).await;
    let faults = async |event: Value| {
        let reply = pair.add(LeadSide::Producer, &event).await;
        reply.expect_problem(422, "invalid_body");
        reply.faults()
    };
    let fault = |code: &str| [("/reason".to_owned(), code.to_owned())];
    assert_eq!(faults(json!({ "type": "stage", "to": "lost" })).await, fault("missing"));
    assert_eq!(faults(json!({ "type": "stage", "to": "lost", "reason": null })).await, fault("missing"));
    assert_eq!(
        faults(json!({ "type": "stage", "to": "lost", "reason": "bored" })).await,
        fault("unknown_value")
    );
    assert_eq!(
        faults(json!({ "type": "stage", "to": "quoted", "reason": "price" })).await,
        fault("not_applicable")
    );
    let lost = json!({ "type": "stage", "to": "lost", "reason": "documents", "note": "Chưa có hóa đơn." });
    let ordered = pair.add(LeadSide::Buyer, &to("first_order")).await.expect_problem(409, "illegal_move");
    assert_eq!(
        ordered["detail"],
        "Yêu cầu đang ở giai đoạn mới gửi yêu cầu (enquiry); phía bạn có thể chuyển sang: không thành (lost)."
    );
    pair.add(LeadSide::Producer, &lost).await.expect(StatusCode::CREATED);
    assert_eq!(pair.read(LeadSide::Buyer).await["events"][1]["reason"], "documents");
    let after = pair.add(LeadSide::Buyer, &to("closed")).await.expect_problem(409, "illegal_move");
    assert_eq!(after["detail"], "Yêu cầu đang ở giai đoạn không thành (lost); phía bạn không còn bước nào.");
}

async fn wrong_events_are_told(app: TestApp) {
    let pair = Pair::new(&app).await;
    for (event, place, code) in [
        (json!({}), "/type", "missing"),
        (json!({ "type": "call" }), "/type", "unknown_value"),
        (json!({ "type": 3 }), "/type", "wrong_type"),
        (json!({ "type": "note" }), "/note", "missing"),
        (json!({ "type": "note", "note": "" }), "/note", "missing"),
        (json!({ "type": "note", "note": "x".repeat(4001) }), "/note", "too_long"),
        (json!({ "type": "note", "note": "a\u{0}" }), "/note", "control_character"),
        (json!({ "type": "note", "note": "a", "to": "quoted" }), "/to", "unknown_field"),
        (json!({ "type": "stage" }), "/to", "missing"),
        (json!({ "type": "stage", "to": "sold" }), "/to", "unknown_value"),
        (json!({ "type": "stage", "to": "quoted", "text": "a" }), "/text", "unknown_field"),
        (json!([]), "", "wrong_type"),
    ] {
        let reply = pair.add(LeadSide::Producer, &event).await;
        assert_eq!(reply.status.as_u16(), 422, "{event}: {}", reply.text);
        assert_eq!(reply.faults(), [(place.into(), code.into())], "{event}");
    }
    assert_eq!(count(&app, "lead_events").await, 1);
    let unknown = pair.add(LeadSide::Producer, &to("sold")).await.expect_problem(422, "invalid_body");
    let told = unknown["errors"][0]["detail"].as_str().expect("a sentence");
    assert!(told.starts_with("Không có giai đoạn này; chấp nhận: mới gửi yêu cầu (enquiry), "), "{told}");
}

async fn if_match_guards_against_what_others_wrote(app: TestApp) {
    let pair = Pair::new(&app).await;
    let tag = pair.producer.get(&pair.path).await.header("etag");
    let add = async |tag: &str, stage: &str| {
        let request = pair.producer.request(Method::POST, &format!("{}/events", pair.path));
        Reply::of(request.header("If-Match", tag).json(&to(stage))).await
    };
    add("\"something-else\"", "quoted").await.expect_problem(412, "precondition_failed");
    add(&format!("\"x\", {tag}"), "quoted").await.expect(StatusCode::CREATED);
    let stale = add(&tag, "sample_sent").await;
    stale.expect_problem(412, "precondition_failed");
    let now = pair.producer.get(&pair.path).await.header("etag");
    assert_eq!(stale.header("etag"), now);
    add(&now, "sample_sent").await.expect(StatusCode::CREATED);
    add("*", "negotiating").await.expect(StatusCode::CREATED);
}

async fn an_event_sent_twice_is_added_once(app: TestApp) {
    let pair = Pair::new(&app).await;
    let (key, path) = (fresh_key(), format!("{}/events", pair.path));
    let first = pair.producer.post_once(&path, &key, &to("quoted")).await;
    first.expect(StatusCode::CREATED);
    assert_eq!(first.header("location"), pair.path);
    let again = pair.producer.post_once(&path, &key, &to("quoted")).await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(again.header("idempotency-replayed"), "true");
    pair.producer.post_once(&path, &key, &to("lost")).await.expect_problem(422, "idempotency_key_reused");
    assert_eq!(count(&app, "lead_events").await, 2);
}

async fn of_parallel_moves_one_wins_each_step(app: TestApp) {
    let pair = Pair::new(&app).await;
    let steps = [
        "quoted",
        "sample_sent",
        "negotiating",
        "mou_signed",
        "contract_signed",
        "first_order",
        "repeat",
        "closed",
    ];
    for (done, stage) in steps.into_iter().enumerate() {
        let sent = (0..20).map(|_| {
            let (actor, path) = (pair.producer.clone(), format!("{}/events", pair.path));
            tokio::spawn(async move { actor.post(&path, &to(stage)).await })
        });
        let mut won = 0;
        for sent in sent.collect::<Vec<_>>() {
            let reply = sent.await.expect("answered");
            if reply.status == StatusCode::CREATED {
                won += 1;
            } else {
                assert_eq!(reply.expect_problem(409, "illegal_move")["stage"], stage);
            }
        }
        assert_eq!(won, 1, "{stage}");
        assert_eq!(count(&app, "lead_events").await, 2 + i64::try_from(done).expect("small"));
    }
    let events = pair.read(LeadSide::Producer).await["events"].clone();
    let told: Vec<_> = events.as_array().expect("a timeline").iter().skip(1).collect();
    assert_eq!(told.iter().map(|event| &event["to"]).collect::<Vec<_>>(), steps.to_vec());
}
