//! `POST /v1/leads/batch`: what devices recorded without a network arrives whole and once, whatever happens on the way.

use super::count;
use super::stock::{Stock, organisation};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use ocop_market::organisations::OrganisationId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        a_fair_is_handed_in_once_however_often,
        what_comes_ahead_of_its_enquiry_waits_for_it,
        what_waited_too_long_is_not_taken_for_stored,
        of_two_completions_the_later_told_stays,
        what_is_refused_harms_nothing_else,
        an_id_stands_for_one_content,
        what_is_somebody_elses_is_as_if_not_there,
        batches_have_bounds,
        what_was_certified_when_it_was_recorded_is_taken,
        who_may_not_write_is_refused_item_by_item,
    ];
    let limited = cases![what_is_beyond_the_budget_is_refused];
    cases.extend(limited.into_iter().map(|case| case.with(&["--leads-per-day=2"])));
    cases
}

/// When every test begins.
pub const NOW: &str = "2026-11-23T03:00:00Z";

/// An id as devices make them; each greater than those before it.
pub fn device_id() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("019ab3f2-7c1a-7d55-9a3e-{number:012x}")
}

/// A fair with an organiser's tablet.
pub struct Fair {
    pub stock: Stock,
    pub organiser: OrganisationId,
    pub tablet: Actor,
}

impl Fair {
    pub async fn open(app: &TestApp) -> Self {
        let stock = Stock::fill(app).await;
        let organiser = organisation(app, "organiser", "Ban tổ chức hội chợ (minh họa)").await;
        let tablet = app.member("hoi-cho@example.vn", organiser, MemberRole::Editor).await;
        Self { stock, organiser, tablet }
    }

    /// An enquiry of a visitor who left a name.
    pub fn visitor(&self, products: &[ocop_market::products::ProductId]) -> Value {
        let mut enquiry = self.stock.enquiry(products);
        enquiry["company"] = json!({ "name": "Cửa hàng Ví Dụ" });
        enquiry["contact"] = json!({ "name": "Khách tại quầy" });
        enquiry["walk_in"] = json!({ "as": "organiser" });
        enquiry
    }
}

pub async fn hand_in(by: &Actor, items: &[Value]) -> Value {
    hand_in_raw(by, items).await.expect(StatusCode::OK)
}

pub async fn hand_in_raw(by: &Actor, items: &[Value]) -> Reply {
    by.post("/v1/leads/batch", &json!({ "items": items })).await
}

pub fn results(receipt: &Value) -> Vec<&str> {
    let items = receipt["items"].as_array().expect("items");
    items.iter().map(|item| item["result"].as_str().expect("a result")).collect()
}

pub fn lead_item(id: &str, at: &str, lead: Value) -> Value {
    json!({ "type": "lead", "id": id, "occurred_at": at, "lead": lead })
}

pub fn note(enquiry: &str, producer: Option<OrganisationId>, at: &str, note: &str) -> Value {
    let event = json!({ "type": "note", "note": note });
    let mut item = json!({ "type": "event", "id": device_id(), "occurred_at": at, "enquiry_id": enquiry, "event": event });
    if let Some(producer) = producer {
        item["producer_id"] = json!(producer);
    }
    item
}

pub fn completion(enquiry: &str, at: &str, changes: Value) -> Value {
    json!({ "type": "enrichment", "id": device_id(), "occurred_at": at, "enquiry_id": enquiry, "changes": changes })
}

async fn a_fair_is_handed_in_once_however_often(app: TestApp) {
    let fair = Fair::open(&app).await;
    let enquiry = device_id();
    let visitor = fair.visitor(&[fair.stock.mat, fair.stock.cake]);
    let changes = json!({
        "company": { "tax_code": "9900000016" },
        "contact": { "phone": "0900 000 000" },
        "products": [{ "product_id": fair.stock.cake, "quantity": 30, "unit": "XBX" }],
    });
    let items = [
        completion(&enquiry, "2026-11-22T05:00:00Z", changes),
        note(&enquiry, Some(fair.stock.bakers), "2026-11-22T04:00:00Z", "Đã nếm thử, hẹn gửi mẫu."),
        lead_item(&enquiry, "2026-11-22T03:00:00Z", visitor),
    ];
    let receipt = hand_in(&fair.tablet, &items).await;
    assert_eq!(results(&receipt), ["created", "created", "created"], "{receipt}");
    assert_eq!(receipt["received_at"], NOW);
    let leads = receipt["items"][2]["leads"].as_array().expect("leads");
    assert_eq!(leads.len(), 2);
    assert_eq!(receipt["items"][1]["leads"][0]["producer_id"], json!(fair.stock.bakers));
    let id = receipt["items"][1]["leads"][0]["id"].as_str().expect("an id");
    let lead = fair.tablet.get(&format!("/v1/leads/{id}")).await.expect(StatusCode::OK);
    assert_eq!((&lead["enquiry_id"], &lead["your_side"]), (&json!(enquiry), &json!("organiser")));
    assert_eq!((&lead["occurred_at"], &lead["created_at"]), (&json!("2026-11-22T03:00:00Z"), &json!(NOW)));
    assert_eq!(lead["company"]["tax_code"], "9900000016");
    assert_eq!(lead["contact"]["phone"], "+84900000000");
    assert_eq!(lead["products"][0]["quantity"], 30);
    let events = lead["events"].as_array().expect("events");
    let told: Vec<_> = events.iter().map(|event| (&event["type"], &event["occurred_at"])).collect();
    let expected = [
        (json!("enquiry"), json!("2026-11-22T03:00:00Z")),
        (json!("note"), json!("2026-11-22T04:00:00Z")),
        (json!("enriched"), json!("2026-11-22T05:00:00Z")),
    ];
    assert_eq!(told, expected.iter().map(|(a, b)| (a, b)).collect::<Vec<_>>());
    assert_eq!(events[1]["id"], items[1]["id"]);
    let fields = json!(["company.tax_code", "contact.phone", format!("products.{}", fair.stock.cake)]);
    assert_eq!(events[2]["details"]["fields"], fields);

    let rows = async || {
        let mut rows = Vec::new();
        for table in ["enquiries", "leads", "lead_items", "lead_events", "capture_items"] {
            rows.push(count(&app, table).await);
        }
        rows
    };
    let before = rows().await;
    assert_eq!(before, [1, 2, 2, 5, 3]);
    for part in [&items[..], &items[1..2], &items[..2]] {
        let again = hand_in(&fair.tablet, part).await;
        assert!(results(&again).iter().all(|result| *result == "unchanged"), "{again}");
    }
    let again = hand_in(&fair.tablet, &items).await;
    for (first, later) in
        receipt["items"].as_array().expect("items").iter().zip(again["items"].as_array().expect("items"))
    {
        let ids = |item: &Value| -> Vec<Value> {
            item["leads"].as_array().expect("leads").iter().map(|lead| lead["id"].clone()).collect()
        };
        let (mut first, mut later) = (ids(first), ids(later));
        first.sort_by_key(Value::to_string);
        later.sort_by_key(Value::to_string);
        assert_eq!(first, later, "the leads are told again");
    }
    assert_eq!(rows().await, before);
    // The members of an object have no order.
    let mut turned = serde_json::Map::new();
    for (name, value) in items[1].as_object().expect("an object").iter().rev() {
        turned.insert(name.clone(), value.clone());
    }
    assert_eq!(results(&hand_in(&fair.tablet, &[Value::Object(turned)]).await), ["unchanged"]);
}

async fn what_comes_ahead_of_its_enquiry_waits_for_it(app: TestApp) {
    let fair = Fair::open(&app).await;
    let enquiry = device_id();
    let early = [
        note(&enquiry, None, "2026-11-23T02:00:00Z", "Sẽ gọi lại."),
        completion(&enquiry, "2026-11-23T02:30:00Z", json!({ "contact": { "name": "Anh phụ trách" } })),
        // About a producer that turns out not to be asked.
        note(&enquiry, Some(fair.stock.weavers), "2026-11-23T02:40:00Z", "Nhầm chủ thể."),
    ];
    for _ in 0..2 {
        let receipt = hand_in(&fair.tablet, &early).await;
        assert_eq!(results(&receipt), ["waiting", "waiting", "waiting"], "{receipt}");
    }
    assert_eq!((count(&app, "capture_items").await, count(&app, "lead_events").await), (3, 0));
    let visitor = fair.visitor(&[fair.stock.cake]);
    let receipt = hand_in(&fair.tablet, &[lead_item(&enquiry, "2026-11-23T01:00:00Z", visitor)]).await;
    assert_eq!(results(&receipt), ["created"]);
    let released = receipt["released"].as_array().expect("released");
    let told: Vec<_> = released.iter().map(|item| (&item["id"], item["result"].as_str())).collect();
    let expected = [
        (&early[0]["id"], Some("created")),
        (&early[1]["id"], Some("created")),
        (&early[2]["id"], Some("refused")),
    ];
    assert_eq!(told, expected);
    assert_eq!(released[2]["problem"]["errors"][0]["pointer"], "/producer_id");
    let id = receipt["items"][0]["leads"][0]["id"].as_str().expect("an id");
    let lead = fair.tablet.get(&format!("/v1/leads/{id}")).await.expect(StatusCode::OK);
    assert_eq!(lead["contact"]["name"], "Anh phụ trách");
    assert_eq!(lead["events"].as_array().map(Vec::len), Some(3));
    let again = hand_in(&fair.tablet, &early).await;
    assert_eq!(results(&again), ["unchanged", "unchanged", "refused"]);
    assert_eq!(again["items"][2]["problem"]["errors"][0]["pointer"], "/items/2/producer_id");
    assert_eq!(again["items"][2]["problem"]["errors"][0]["code"], "not_asked");
}

/// What waited too long was never done, and its device is not told that it was.
async fn what_waited_too_long_is_not_taken_for_stored(app: TestApp) {
    let fair = Fair::open(&app).await;
    let enquiry = device_id();
    let items = [
        note(&enquiry, None, NOW, "Đã nếm thử."),
        completion(&enquiry, NOW, json!({ "contact": { "phone": "0900 000 001" } })),
    ];
    assert_eq!(results(&hand_in(&fair.tablet, &items).await), ["waiting", "waiting"]);
    app.clock.advance_seconds(31 * 86_400);
    let world = app.state.world.clone();
    let retained = app.state.db.write(move |conn| ocop_market::privacy::retain(conn, &world));
    retained.await.expect("retention applied");
    let tablet = crate::members::signed_in(&app, "hoi-cho@example.vn").await;
    let refused = hand_in(&tablet, &items).await;
    assert_eq!(results(&refused), ["refused", "refused"]);
    assert_eq!(refused["items"][0]["problem"]["code"], "not_possible_now");
    let own = lead_item(&enquiry, NOW, fair.visitor(&[fair.stock.cake]));
    assert_eq!(results(&hand_in(&tablet, std::slice::from_ref(&own)).await), ["created"]);
    let again = [own, note(&enquiry, None, NOW, "Đã nếm thử.")];
    assert_eq!(results(&hand_in(&tablet, &again).await), ["unchanged", "created"]);
    assert_eq!(results(&hand_in(&tablet, &again).await), ["unchanged", "unchanged"]);
}

async fn of_two_completions_the_later_told_stays(app: TestApp) {
    let fair = Fair::open(&app).await;
    let enquiry = device_id();
    let visitor = fair.visitor(&[fair.stock.cake]);
    hand_in(&fair.tablet, &[lead_item(&enquiry, "2026-11-23T01:00:00Z", visitor)]).await;
    let phone = |at: &str, phone: &str, name: &str| {
        completion(&enquiry, at, json!({ "contact": { "phone": phone, "name": name } }))
    };
    let first = phone("2026-11-23T02:00:00Z", "0900 000 001", "Người thứ nhất");
    let later =
        completion(&enquiry, "2026-11-23T02:10:00Z", json!({ "contact": { "phone": "0900 000 002" } }));
    let tie = completion(&enquiry, "2026-11-23T02:10:00Z", json!({ "contact": { "phone": null } }));
    // The last told comes first; of two of one instant the greater id is the later.
    for item in [&tie, &later, &first] {
        assert_eq!(results(&hand_in(&fair.tablet, std::slice::from_ref(item)).await), ["created"]);
    }
    let lead = fair.tablet.all("/v1/leads").await.remove(0);
    let lead = fair.tablet.get(&format!("/v1/leads/{}", lead["id"].as_str().expect("an id"))).await;
    let contact = lead.expect(StatusCode::OK)["contact"].clone();
    assert_eq!(contact, json!({ "name": "Người thứ nhất" }));
}

async fn what_is_refused_harms_nothing_else(app: TestApp) {
    let fair = Fair::open(&app).await;
    let good = device_id();
    let at = "2026-11-23T02:00:00Z";
    let mut own = fair.visitor(&[fair.stock.mat]);
    own["contact"] = json!({ "name": "Người mua" });
    own.as_object_mut().expect("an object").remove("walk_in");
    let mut hidden = fair.visitor(&[fair.stock.mat]);
    hidden["message"] = "a\u{200b}b".into();
    let step = json!({ "type": "stage", "to": "closed" });
    let items = [
        json!("no object"),
        json!({ "id": device_id() }),
        json!({ "type": "visit", "id": device_id(), "occurred_at": at }),
        lead_item("019ab3f2-7c1a-4d55-9a3e-0c0f7a1b2c3d", at, fair.visitor(&[fair.stock.mat])),
        lead_item(&device_id(), "2026-11-24T03:00:01Z", fair.visitor(&[fair.stock.mat])),
        lead_item(&device_id(), at, fair.visitor(&[fair.stock.mat, fair.stock.expired])),
        lead_item(&device_id(), at, own),
        lead_item(&device_id(), at, hidden),
        lead_item(&good, at, fair.visitor(&[fair.stock.mat, fair.stock.cake])),
        note(&good, None, at, "Không nói của chủ thể nào."),
        json!({ "type": "event", "id": device_id(), "occurred_at": at, "enquiry_id": good,
            "producer_id": fair.stock.bakers, "event": step }),
        completion(&good, at, json!({})),
        completion(
            &good,
            at,
            json!({ "products": [{ "product_id": fair.stock.silk, "quantity": 1, "unit": "XBX" }] }),
        ),
        completion(&good, at, json!({ "company": { "name": null, "tax": 1 }, "contact": { "phone": "12" } })),
        note(&good, Some(fair.stock.bakers), at, "Vẫn được ghi."),
    ];
    let receipt = hand_in(&fair.tablet, &items).await;
    let told: Vec<_> = receipt["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| {
            let faults = item["problem"]["errors"].as_array().into_iter().flatten();
            let mut faults: Vec<_> = faults
                .map(|fault| {
                    format!(
                        "{} {}",
                        fault["pointer"].as_str().unwrap_or_default(),
                        fault["code"].as_str().unwrap_or_default()
                    )
                })
                .collect();
            faults.sort();
            (item["result"].as_str().unwrap_or_default(), faults.join(", "))
        })
        .collect();
    let refused = |faults: &str| ("refused", faults.to_owned());
    let made = ("created", String::new());
    assert_eq!(
        told,
        [
            refused("/items/0 wrong_type"),
            refused("/items/1/type missing"),
            refused("/items/2/type unknown_value"),
            refused("/items/3/id not_version_7"),
            refused("/items/4/occurred_at in_the_future"),
            refused("/items/5/lead/products/1/product_id not_offered"),
            refused("/items/6/lead/contact no_way_to_answer"),
            refused("/items/7/lead/message control_character"),
            made.clone(),
            refused("/items/9/producer_id missing"),
            refused(""),
            refused("/items/11/changes nothing_told"),
            refused("/items/12/changes/products/0/product_id not_asked_for"),
            refused(
                "/items/13/changes/company/name wrong_type, /items/13/changes/company/tax unknown_field, /items/13/changes/contact/phone invalid_phone"
            ),
            made,
        ],
        "{receipt}"
    );
    let illegal = &receipt["items"][10]["problem"];
    assert_eq!(
        (&illegal["code"], &illegal["status"], &illegal["stage"]),
        (&json!("illegal_move"), &json!(409), &json!("enquiry"))
    );
    assert!(illegal["allowed"].is_array() && illegal.get("request_id").is_none());
    let rows = (
        count(&app, "enquiries").await,
        count(&app, "lead_events").await,
        count(&app, "capture_items").await,
    );
    assert_eq!(rows, (1, 3, 2), "what is refused leaves nothing");
}

async fn an_id_stands_for_one_content(app: TestApp) {
    let fair = Fair::open(&app).await;
    let at = "2026-11-23T02:00:00Z";
    let (id, visitor) = (device_id(), fair.visitor(&[fair.stock.cake]));
    let refused = lead_item(&id, at, fair.visitor(&[fair.stock.expired]));
    assert_eq!(results(&hand_in(&fair.tablet, &[refused]).await), ["refused"]);
    let item = lead_item(&id, at, visitor.clone());
    assert_eq!(
        results(&hand_in(&fair.tablet, &[item.clone(), item.clone()]).await),
        ["created", "unchanged"]
    );
    let other = lead_item(&id, "2026-11-23T02:00:01Z", visitor.clone());
    let in_use = async |by: &Actor, item: &Value| {
        let receipt = hand_in(by, std::slice::from_ref(item)).await;
        let error = &receipt["items"][0]["problem"]["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!("/items/0/id"), &json!("id_in_use")),
            "{receipt}"
        );
    };
    in_use(&fair.tablet, &other).await;
    let colleague = app.member("hoi-cho-2@example.vn", fair.organiser, MemberRole::Editor).await;
    in_use(&colleague, &item).await;
    // An id that the service made for something else.
    let lead = fair.tablet.all("/v1/leads").await.remove(0);
    let lead = fair.tablet.get(&format!("/v1/leads/{}", lead["id"].as_str().expect("an id"))).await.json();
    let mut event = note(&id, None, at, "Trùng mã.");
    event["id"] = lead["events"][0]["id"].clone();
    in_use(&fair.tablet, &event).await;
    let sent = super::ask(&app.anonymous(), &fair.stock.enquiry(&[fair.stock.cake])).await;
    let theirs = sent.expect(StatusCode::CREATED)["enquiry_id"].as_str().expect("an id").to_owned();
    in_use(&fair.tablet, &lead_item(&theirs, at, visitor)).await;
    assert_eq!(count(&app, "capture_items").await, 1);
    // A colleague goes on with what the organisation has recorded.
    let more = note(&id, None, at, "Đồng nghiệp ghi thêm.");
    assert_eq!(results(&hand_in(&colleague, &[more]).await), ["created"]);
}

async fn what_is_somebody_elses_is_as_if_not_there(app: TestApp) {
    let fair = Fair::open(&app).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let sent = super::ask(&buyer, &fair.stock.enquiry(&[fair.stock.cake])).await.expect(StatusCode::CREATED);
    let there = sent["enquiry_id"].as_str().expect("an id");
    let nowhere = device_id();
    let told = async |enquiry: &str| {
        let items = [
            note(enquiry, None, NOW, "Dò thử."),
            note(enquiry, Some(fair.stock.bakers), NOW, "Dò thử."),
            completion(enquiry, NOW, json!({ "contact": { "email": "la@example.vn" } })),
        ];
        let mut receipt = hand_in(&fair.tablet, &items).await;
        for item in receipt["items"].as_array_mut().expect("items") {
            item.as_object_mut().expect("an object").remove("id");
        }
        receipt
    };
    assert_eq!(told(there).await, told(&nowhere).await);
    assert_eq!(count(&app, "lead_events").await, 1);
    let lead = format!("/v1/leads/{}", sent["leads"][0]["id"].as_str().expect("an id"));
    assert_eq!(buyer.get(&lead).await.json()["contact"]["email"], "thumua@example.vn");
    // To its sender the enquiry is there; what it says, only who recorded it completes.
    let own = [
        note(there, None, NOW, "Cần giao trước Tết."),
        completion(there, NOW, json!({ "contact": { "email": "moi@example.vn" } })),
    ];
    let receipt = hand_in(&buyer, &own).await;
    assert_eq!(results(&receipt), ["created", "refused"]);
    assert_eq!(receipt["items"][1]["problem"]["code"], "forbidden");
}

async fn batches_have_bounds(app: TestApp) {
    let fair = Fair::open(&app).await;
    for wrong in [json!({ "items": [] }), json!({ "items": vec![json!(1); 501] })] {
        let refused = fair.tablet.post("/v1/leads/batch", &wrong).await;
        refused.expect_problem(422, "invalid_body");
        assert_eq!(refused.faults(), [("/items".into(), "wrong_length".into())]);
    }
    for (wrong, faults) in [
        (json!([]), "wrong_type"),
        (json!({}), "missing"),
        (json!({ "items": [1], "x": 1 }), "unknown_field"),
    ] {
        let refused = fair.tablet.post("/v1/leads/batch", &wrong).await;
        refused.expect_problem(422, "invalid_body");
        assert_eq!(refused.faults()[0].1, faults);
    }
    let broken =
        fair.tablet.request(Method::POST, "/v1/leads/batch").header("Content-Type", "application/json");
    Reply::of(broken.body("{\"items\": [")).await.expect_problem(400, "malformed_request");
    let mut long = fair.visitor(&[fair.stock.cake]);
    long["message"] = "ế".repeat(3900).into();
    let items: Vec<Value> = (0..100).map(|_| lead_item(&device_id(), NOW, long.clone())).collect();
    let large = hand_in(&fair.tablet, &items).await;
    assert_eq!(results(&large).len(), 100);
    let too_large: Vec<Value> = (0..200).map(|_| lead_item(&device_id(), NOW, long.clone())).collect();
    hand_in_raw(&fair.tablet, &too_large).await.expect_problem(413, "body_too_large");
    app.anonymous()
        .post("/v1/leads/batch", &json!({ "items": [1] }))
        .await
        .expect_problem(401, "unauthenticated");
    let short = fair.visitor(&[fair.stock.cake]);
    let many: Vec<Value> = (0..500).map(|_| lead_item(&device_id(), NOW, short.clone())).collect();
    let receipt = hand_in(&fair.tablet, &many).await;
    assert!(results(&receipt).iter().all(|result| *result == "created"));
    assert_eq!(count(&app, "leads").await, 600);
}

async fn what_was_certified_when_it_was_recorded_is_taken(app: TestApp) {
    let fair = Fair::open(&app).await;
    app.clock.set("2026-11-26T03:00:00Z");
    // The tablet's session is still good; the silk was certified on the 23rd only.
    let at = |day: &str| {
        lead_item(&device_id(), &format!("2026-11-{day}T05:00:00Z"), fair.visitor(&[fair.stock.silk]))
    };
    let tablet = app
        .anonymous()
        .with_token(app.sign_in("hoi-cho@example.vn").await["access_token"].as_str().expect("a token"));
    let receipt = hand_in(&tablet, &[at("22"), at("23"), at("25")]).await;
    assert_eq!(results(&receipt), ["refused", "created", "refused"], "{receipt}");
}

async fn who_may_not_write_is_refused_item_by_item(app: TestApp) {
    let fair = Fair::open(&app).await;
    let viewer = app.member("xem@example.vn", fair.organiser, MemberRole::Viewer).await;
    let enquiry = device_id();
    let visitor = fair.visitor(&[fair.stock.cake]);
    hand_in(&fair.tablet, &[lead_item(&enquiry, NOW, visitor.clone())]).await;
    let items = [
        lead_item(&device_id(), NOW, visitor),
        note(&enquiry, None, NOW, "Chỉ được xem."),
        completion(&enquiry, NOW, json!({ "contact": { "email": "a@example.vn" } })),
    ];
    let receipt = hand_in(&viewer, &items).await;
    for item in receipt["items"].as_array().expect("items") {
        assert_eq!(
            (&item["result"], &item["problem"]["code"]),
            (&json!("refused"), &json!("forbidden")),
            "{receipt}"
        );
    }
    // A producer records what is asked of itself.
    let baker = app.member("tho-banh@example.vn", fair.stock.bakers, MemberRole::Editor).await;
    let at_stand = |products: &[_]| {
        let mut visitor = fair.visitor(products);
        visitor["walk_in"] = json!({ "as": "producer" });
        lead_item(&device_id(), NOW, visitor)
    };
    let receipt =
        hand_in(&baker, &[at_stand(&[fair.stock.cake]), at_stand(&[fair.stock.cake, fair.stock.mat])]).await;
    assert_eq!(results(&receipt), ["created", "refused"], "{receipt}");
    let place = &receipt["items"][1]["problem"]["errors"][0]["pointer"];
    assert_eq!(place, "/items/1/lead/products/1/product_id");
}

async fn what_is_beyond_the_budget_is_refused(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let items: Vec<Value> =
        (0..3).map(|_| lead_item(&device_id(), NOW, stock.enquiry(&[stock.cake]))).collect();
    let receipt = hand_in(&buyer, &items).await;
    assert_eq!(results(&receipt), ["created", "created", "refused"]);
    assert_eq!(receipt["items"][2]["problem"]["code"], "too_many_requests");
    let again = hand_in(&buyer, &items).await;
    assert_eq!(results(&again), ["unchanged", "unchanged", "refused"], "what is there costs nothing");
}
