//! `POST /v1/leads/{id}/events`: notes, moves, and what happens when many come at once.

use super::stock::Stock;
use super::troupe::{May, Player, Troupe, put_at};
use super::{count, fresh_key, one_lead};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use ocop_market::leads::{LeadEventKind, LeadSide, LeadStage};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        whoever_records_whatever_it_is_as_the_tables_say,
        what_was_signed_is_not_moved_to,
        events_tell_what_goes_with_them,
        events_happened_when_they_did,
        a_merged_lead_is_read_only,
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

/// An event of a kind with all it needs; `None`: it is recorded in another way, or by the service.
fn event(kind: LeadEventKind) -> Option<Value> {
    Some(match kind {
        LeadEventKind::Note | LeadEventKind::Message | LeadEventKind::DeliveryProblem => {
            json!({ "type": kind, "note": "Thùng bị ướt." })
        }
        LeadEventKind::Lost => json!({ "type": kind, "reason": "price" }),
        LeadEventKind::Call
        | LeadEventKind::Meeting
        | LeadEventKind::Sample
        | LeadEventKind::FirstOrder
        | LeadEventKind::RepeatOrder
        | LeadEventKind::Declined
        | LeadEventKind::Closed => json!({ "type": kind }),
        _ => return None,
    })
}

/// A request, and by the tables where it takes the lead, or that it does not go.
struct Attempt {
    address: &'static str,
    body: Value,
    outcome: Result<Option<LeadStage>, ()>,
    /// Only the two parties may, whatever the stage.
    parties_only: bool,
}

/// All that can be asked of a lead at a stage, from a side.
fn attempts(stock: &Stock, stage: LeadStage, side: LeadSide) -> Vec<Attempt> {
    let mut all = Vec::new();
    for kind in LeadEventKind::ALL {
        let outcome = kind.effect(stage, side).map_err(|_| ());
        let attempt = |address, body| Attempt { address, body, outcome, parties_only: false };
        all.extend(event(*kind).map(|body| attempt("events", body)));
        let offers = match side {
            LeadSide::Buyer => LeadEventKind::CounterOffer,
            _ => LeadEventKind::Quote,
        };
        if *kind == offers {
            all.push(Attempt { parties_only: true, ..attempt("quotes", offer(stock)) });
        }
    }
    for stage_wanted in LeadStage::ALL.iter().filter(|stage| !stage.needs_agreement()) {
        let outcome = stage.check(side, *stage_wanted).map(|()| Some(*stage_wanted)).map_err(|_| ());
        let body = to(stage_wanted.as_str());
        all.push(Attempt { address: "events", body, outcome, parties_only: false });
    }
    all
}

fn offer(stock: &Stock) -> Value {
    let tiers = json!([{ "from_quantity": 1, "price": 45000 }]);
    json!({
        "lines": [{ "product_id": stock.cake, "unit": "XBX", "tiers": tiers }],
        "valid_until": "2026-12-31", "vat_included": true,
    })
}

/// Every stage, everybody, everything that can be recorded: over HTTP it is as the tables say.
async fn whoever_records_whatever_it_is_as_the_tables_say(app: TestApp) {
    let troupe = Troupe::gather(&app).await;
    let (mut recorded, mut refused) = (0, 0);
    for stage in LeadStage::ALL.iter().copied() {
        for player in &troupe.players {
            put_at(&app, stage).await;
            let side = match player.may {
                May::Write(side) | May::Read(side) => side,
                May::Nothing => LeadSide::Producer,
            };
            let writes = matches!(player.may, May::Write(_));
            let (moves, possible) = (json!(stage.moves(side)), json!(LeadEventKind::possible(stage, side)));
            if player.may != May::Nothing {
                let lead = player.by.get(&player.path).await.expect(StatusCode::OK);
                let (told, nothing) = ((&lead["moves"], &lead["possible_events"]), json!([]));
                let expected = if writes { (&moves, &possible) } else { (&nothing, &nothing) };
                assert_eq!(told, expected, "{} at {stage:?}", player.name);
                let (vi, en) = stage.label(side);
                assert_eq!(lead["stage_label"], json!({ "vi": vi, "en": en }));
            }
            for Attempt { address, body, outcome, parties_only } in attempts(&troupe.stock, stage, side) {
                let at = format!("{} at {stage:?}: {body}", player.name);
                let reply = player.by.post(&format!("{}/{address}", player.path), &body).await;
                let party = matches!(side, LeadSide::Buyer | LeadSide::Producer);
                match (player.may, outcome) {
                    (May::Nothing, _) => drop(reply.expect_problem(404, "not_found")),
                    (May::Read(_), _) => drop(reply.expect_problem(403, "forbidden")),
                    _ if parties_only && !party => drop(reply.expect_problem(403, "forbidden")),
                    (May::Write(_), Err(())) => {
                        let problem = reply.expect_problem(409, "illegal_move");
                        let told = (&problem["stage"], &problem["allowed"], &problem["allowed_events"]);
                        assert_eq!(told, (&json!(stage), &moves, &possible), "{at}");
                        refused += 1;
                    }
                    (May::Write(_), Ok(to)) => {
                        assert_eq!(reply.status.as_u16(), 201, "{at}: {}", reply.text);
                        let progress = reply.json();
                        let stands = to.unwrap_or(stage);
                        assert_eq!(progress["stage"], json!(stands), "{at}");
                        assert_eq!(progress["event"]["from"], json!(to.map(|_| stage)), "{at}");
                        assert_eq!(progress["event"]["to"], json!(to), "{at}");
                        assert_eq!(progress["event"]["side"], json!(side), "{at}");
                        assert_eq!(progress["moves"], json!(stands.moves(side)), "{at}");
                        assert_eq!(progress["possible_events"], json!(LeadEventKind::possible(stands, side)));
                        assert_eq!(progress["stage_label"]["vi"], stands.label(side).0, "{at}");
                        recorded += 1;
                        if to.is_some() {
                            put_at(&app, stage).await;
                        }
                    }
                }
            }
        }
    }
    // The first three are the arrivals.
    assert_eq!(count(&app, "lead_events").await, 3 + recorded);
    assert!(recorded > 300 && refused > 300, "{recorded} {refused}");
}

/// What was signed is recorded with its evidence, whoever says so and wherever the lead stands.
async fn what_was_signed_is_not_moved_to(app: TestApp) {
    let pair = Pair::new(&app).await;
    for (side, stage) in [(LeadSide::Producer, "mou_signed"), (LeadSide::Buyer, "contract_signed")] {
        let reply = pair.add(side, &to(stage)).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [("/to".to_owned(), "needs_agreement".to_owned())]);
        assert!(reply.text.contains("/v1/leads/{id}/agreements"), "{}", reply.text);
    }
    let both = json!({ "type": "stage", "to": "mou_signed", "reason": "price" });
    let faults = pair.add(LeadSide::Producer, &both).await.faults();
    let expected = [("/to", "needs_agreement"), ("/reason", "not_applicable")];
    assert_eq!(faults, expected.map(|(place, code)| (place.to_owned(), code.to_owned())));
    for (kind, elsewhere) in [
        ("quote", "/v1/leads/{id}/quotes"),
        ("counter_offer", "/v1/leads/{id}/quotes"),
        ("mou", "/v1/leads/{id}/agreements"),
        ("principle_contract", "/v1/leads/{id}/agreements"),
        ("contract", "/v1/leads/{id}/agreements"),
        ("merged", "The service writes this event itself."),
    ] {
        let path = format!("{}/events", pair.path);
        let request = pair.producer.request(Method::POST, &path).header("Accept-Language", "en");
        let reply = Reply::of(request.json(&json!({ "type": kind }))).await;
        assert_eq!(reply.faults(), [("/type".to_owned(), "recorded_elsewhere".to_owned())], "{kind}");
        assert!(reply.text.contains(elsewhere), "{}", reply.text);
    }
    assert_eq!(count(&app, "lead_events").await, 1);
}

async fn a_lead_goes_from_enquiry_to_repeated_orders(app: TestApp) {
    let pair = Pair::new(&app).await;
    let plain = |kind: &str| json!({ "type": kind });
    let way = [
        (LeadSide::Producer, to("quoted"), "quoted"),
        (LeadSide::Producer, plain("sample"), "sample_sent"),
        (LeadSide::Buyer, to("negotiating"), "negotiating"),
        (LeadSide::Buyer, plain("first_order"), "first_order"),
        (LeadSide::Producer, plain("repeat_order"), "repeat"),
        (LeadSide::Producer, plain("closed"), "closed"),
    ];
    for (side, event, _) in &way {
        pair.add(*side, event).await.expect(StatusCode::CREATED);
    }
    for side in [LeadSide::Buyer, LeadSide::Producer] {
        let lead = pair.read(side).await;
        assert_eq!((&lead["stage"], &lead["moves"]), (&json!("closed"), &json!([])));
        let events = lead["events"].as_array().expect("a timeline");
        // The clock stands still, yet the timeline is in order.
        let told: Vec<_> = events.iter().map(|event| event["to"].as_str().expect("a stage")).collect();
        assert_eq!(told[0], "enquiry");
        assert_eq!(told[1..], way.each_ref().map(|(.., stage)| *stage));
        let users = events.iter().filter(|event| !event["user_id"].is_null());
        assert!(users.clone().count() > 0 && users.into_iter().all(|event| event["side"] == json!(side)));
    }
    let after_the_end = json!({ "type": "note", "note": "Cảm ơn, hẹn vụ sau." });
    pair.add(LeadSide::Buyer, &after_the_end).await.expect(StatusCode::CREATED);
    let message = json!({ "type": "message", "note": "Vụ sau xin gọi trước một tháng." });
    pair.add(LeadSide::Producer, &message).await.expect(StatusCode::CREATED);
    let events = pair.read(LeadSide::Buyer).await["events"].clone();
    let last = events.as_array().and_then(|events| events.last().cloned()).expect("a message");
    assert_eq!((&last["type"], &last["note"]), (&json!("message"), &message["note"]));
    assert!(last["user_id"].is_null());
}

/// The fields of each kind are kept and told; what an order is worth, to the parties alone.
async fn events_tell_what_goes_with_them(app: TestApp) {
    let troupe = Troupe::gather(&app).await;
    let (editor, buyer, officer) =
        (troupe.player("producer's editor"), troupe.player("buyer"), troupe.player("officer"));
    let written = [
        (
            editor,
            json!({ "type": "meeting", "place": "Gian B12", "note": "Khách quan tâm." }),
            json!({ "of": "meeting", "place": "Gian B12" }),
            true,
        ),
        (editor, json!({ "type": "call" }), Value::Null, true),
        (
            editor,
            json!({ "type": "sample", "carrier": "Bưu điện", "number": "EB 0001" }),
            json!({ "of": "sample", "carrier": "Bưu điện", "number": "EB 0001" }),
            true,
        ),
        (
            buyer,
            json!({ "type": "first_order", "value": 8_400_000, "number": "DH-17" }),
            json!({ "of": "order", "value": 8_400_000, "number": "DH-17" }),
            false,
        ),
        (
            editor,
            json!({ "type": "repeat_order", "value": 1_000_000_000_000_000_i64 }),
            json!({ "of": "order", "value": 1_000_000_000_000_000_i64 }),
            false,
        ),
        (
            buyer,
            json!({ "type": "delivery_problem", "note": "Thiếu hai hộp.", "number": "PX-3" }),
            json!({ "of": "order", "number": "PX-3" }),
            true,
        ),
        (officer, json!({ "type": "closed", "note": "Đã xong." }), Value::Null, true),
    ];
    for (player, event, details, _) in &written {
        let progress = player.by.post(&format!("{}/events", player.path), event).await;
        let progress = progress.expect(StatusCode::CREATED);
        assert_eq!(progress["event"]["type"], event["type"]);
        assert_eq!(progress["event"]["note"], event["note"]);
        assert_eq!(&progress["event"]["details"], details);
    }
    for reader in [editor, buyer, officer] {
        let lead = reader.by.get(&reader.path).await.expect(StatusCode::OK);
        let events = lead["events"].as_array().expect("a timeline")[1..].to_vec();
        assert_eq!(events.len(), written.len());
        for (told, (_, event, details, to_all)) in events.iter().zip(&written) {
            assert_eq!(told["type"], event["type"]);
            let shown = if *to_all || reader.name != "officer" { details } else { &Value::Null };
            assert_eq!(&told["details"], shown, "{} reads {event}", reader.name);
        }
    }
}

/// What is recorded late is told with when it happened; the order of the stages is that of the recording.
async fn events_happened_when_they_did(app: TestApp) {
    let mut pair = Pair::new(&app).await;
    app.clock.set("2026-11-25T08:00:00Z");
    pair.producer = app.again("tho-banh@example.vn").await;
    pair.buyer = app.again("nguoi-mua@example.vn").await;
    let call = |occurred_at: &str| json!({ "type": "call", "occurred_at": occurred_at });
    let added = pair.add(LeadSide::Producer, &call("2026-11-24T09:30:00+07:00")).await;
    let added = added.expect(StatusCode::CREATED);
    assert_eq!(added["event"]["occurred_at"], "2026-11-24T02:30:00Z");
    assert_eq!(added["event"]["at"], "2026-11-25T08:00:00Z");
    assert_eq!(pair.read(LeadSide::Buyer).await["answered_at"], "2026-11-24T02:30:00Z");
    // A clock that is fast is forgiven, one that is wrong is not.
    let fast = pair.add(LeadSide::Buyer, &call("2026-11-26T08:00:00Z")).await.expect(StatusCode::CREATED);
    assert_eq!(fast["event"]["occurred_at"], fast["event"]["at"]);
    for (wrong, code) in [
        ("2026-11-26T08:00:00.000001Z", "in_the_future"),
        ("9999-12-30T00:00:00Z", "in_the_future"),
        ("0001-01-01T00:00:00Z", "before_the_programme"),
        ("2018-05-06T16:59:59Z", "before_the_programme"),
        ("2026-11-25", "invalid_instant"),
        ("2026-11-25T08:00:00", "invalid_instant"),
        ("", "invalid_instant"),
    ] {
        let reply = pair.add(LeadSide::Producer, &call(wrong)).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [("/occurred_at".to_owned(), code.to_owned())], "{wrong}");
    }
    let since = async || pair.read(LeadSide::Buyer).await["stage_since"].clone();
    pair.add(LeadSide::Producer, &to("quoted")).await.expect(StatusCode::CREATED);
    let quoted_since = since().await;
    let sample = json!({ "type": "sample", "occurred_at": "2026-11-23T10:00:00Z" });
    let sent = pair.add(LeadSide::Producer, &sample).await.expect(StatusCode::CREATED);
    assert_eq!(sent["event"]["occurred_at"], "2026-11-23T10:00:00Z");
    assert_eq!(since().await, quoted_since);
}

/// Of a lead that goes on in another nothing is recorded any more.
async fn a_merged_lead_is_read_only(app: TestApp) {
    let troupe = Troupe::gather(&app).await;
    let id = |player: &Player| player.path.trim_start_matches("/v1/leads/").to_owned();
    let (editor, survivor) = (troupe.player("producer's editor"), id(troupe.player("buyer's machine")));
    let merged = id(editor);
    app.sql(format!("UPDATE leads SET merged_into = '{survivor}' WHERE id = '{merged}'")).await;
    let lead = editor.by.get(&editor.path).await.expect(StatusCode::OK);
    assert_eq!((&lead["moves"], &lead["possible_events"]), (&json!([]), &json!([])));
    for (address, body) in
        [("events", json!({ "type": "call" })), ("events", to("quoted")), ("quotes", offer(&troupe.stock))]
    {
        let reply = editor.by.post(&format!("{}/{address}", editor.path), &body).await;
        assert_eq!(reply.expect_problem(409, "lead_merged")["merged_into"], survivor);
    }
    assert_eq!((count(&app, "lead_events").await, count(&app, "quotes").await), (3, 0));
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
        "Yêu cầu đang ở giai đoạn mới gửi yêu cầu (enquiry); phía bạn có thể chuyển sang: \
         đã ký biên bản ghi nhớ (mou_signed), đã ký hợp đồng (contract_signed), không thành (lost). Việc có thể ghi nhận: \
         xem allowed_events."
    );
    pair.add(LeadSide::Producer, &lost).await.expect(StatusCode::CREATED);
    assert_eq!(pair.read(LeadSide::Buyer).await["events"][1]["reason"], "documents");
    let after = pair.add(LeadSide::Buyer, &to("closed")).await.expect_problem(409, "illegal_move");
    assert_eq!(
        after["detail"],
        "Yêu cầu đang ở giai đoạn không thành (lost); phía bạn không còn bước nào. \
         Việc có thể ghi nhận: xem allowed_events."
    );
}

async fn wrong_events_are_told(app: TestApp) {
    let pair = Pair::new(&app).await;
    for (event, place, code) in [
        (json!({}), "/type", "missing"),
        (json!({ "type": "visit" }), "/type", "unknown_value"),
        (json!({ "type": "message" }), "/note", "missing"),
        (json!({ "type": "delivery_problem" }), "/note", "missing"),
        (json!({ "type": "lost" }), "/reason", "missing"),
        (json!({ "type": "closed", "reason": "price" }), "/reason", "unknown_field"),
        (json!({ "type": "call", "place": "A" }), "/place", "unknown_field"),
        (json!({ "type": "meeting", "place": "a\nb" }), "/place", "control_character"),
        (json!({ "type": "sample", "carrier": "x".repeat(101) }), "/carrier", "too_long"),
        (json!({ "type": "first_order", "value": 0 }), "/value", "out_of_range"),
        (json!({ "type": "first_order", "value": 1_000_000_000_000_001_i64 }), "/value", "out_of_range"),
        (json!({ "type": "repeat_order", "number": "x".repeat(51) }), "/number", "too_long"),
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
    let steps = ["quoted", "sample_sent", "negotiating", "first_order", "repeat", "closed"];
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
