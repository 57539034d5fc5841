//! Possible duplicates, mergers of leads, and the completion of what was recorded.

use super::captured::{Fair, NOW, device_id, hand_in, lead_item};
use super::count;
use crate::cases;
use crate::harness::{Actor, Case, TestApp};
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        what_may_be_the_same_is_suggested_to_who_sees_both,
        a_hidden_contact_is_not_found_out_by_suggestions,
        a_merger_unites_histories_items_and_stages,
        a_merger_can_be_undone,
        what_cannot_be_merged_is_told,
        a_buyer_does_not_read_what_was_written_to_another,
        what_was_offline_reaches_the_lead_that_goes_on,
        a_chain_of_mergers_has_one_end,
        who_recorded_it_completes_it,
        what_was_erased_is_not_written_again,
    ]
}

/// A lead of the cake: its id.
async fn sent(by: &Actor, body: &Value) -> (String, Value) {
    let receipt = super::ask(by, body).await.expect(StatusCode::CREATED);
    (receipt["leads"][0]["id"].as_str().expect("an id").to_owned(), receipt)
}

async fn read(by: &Actor, id: &str) -> Value {
    by.get(&format!("/v1/leads/{id}")).await.expect(StatusCode::OK)
}

/// Which leads are suggested, and because of what.
fn suggested(value: &Value) -> Vec<(String, Vec<String>)> {
    let all = value["possible_duplicates"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    all.iter()
        .map(|one| {
            let because = one["because"].as_array().expect("signs").iter().map(text).collect();
            (text(&one["lead_id"]), because)
        })
        .collect()
}

fn signs(id: &str, because: &[&str]) -> (String, Vec<String>) {
    (id.to_owned(), because.iter().map(|sign| (*sign).to_owned()).collect())
}

async fn what_may_be_the_same_is_suggested_to_who_sees_both(app: TestApp) {
    let fair = Fair::open(&app).await;
    let baker = app.member("tho-banh@example.vn", fair.stock.bakers, MemberRole::Viewer).await;
    let mut first = fair.visitor(&[fair.stock.cake]);
    first["company"] = json!({ "name": "Công ty TNHH Ví Dụ", "tax_code": "9900000016" });
    first["contact"] = json!({ "name": "Khách", "phone": "0900 000 001", "email": "A@example.vn" });
    let (one, receipt) = sent(&fair.tablet, &first).await;
    assert_eq!(suggested(&receipt["leads"][0]), []);
    assert!(receipt["leads"][0].get("possible_duplicates").is_none());

    // The same company in other words, by telephone and address.
    let mut second = fair.visitor(&[fair.stock.cake, fair.stock.mat]);
    second["company"] = json!({ "name": "CTY VI DU" });
    second["contact"] = json!({ "name": "Khách", "phone": "+84 900 000 001", "email": "a@EXAMPLE.vn" });
    second["company"]["name"] = "Cty Ví dụ".into();
    let receipt = super::ask(&fair.tablet, &second).await.expect(StatusCode::CREATED);
    let because = ["email", "phone", "company_name", "product"];
    assert_eq!(suggested(&receipt["leads"][0]), [signs(&one, &because)]);
    assert_eq!(suggested(&receipt["leads"][1]), [], "of another producer none is the same");
    let two = receipt["leads"][0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(suggested(&read(&fair.tablet, &one).await), [signs(&two, &because)]);
    // The suggestion does not change what a write depends on.
    let path = format!("/v1/leads/{one}");
    let tag = fair.tablet.get(&path).await.header("etag");
    let note = fair.tablet.request(Method::POST, &format!("{path}/events")).header("If-Match", tag.clone());
    let note = note.json(&json!({ "type": "note", "note": "Gọi lại." }));
    assert_eq!(note.send().await.expect("an answer").status(), StatusCode::CREATED);

    // Only another product, or nothing but the product, is no reason; nor is what is long ago.
    let mut stranger = fair.visitor(&[fair.stock.cake]);
    stranger["company"] = json!({ "name": "Khác hẳn" });
    stranger["contact"] = json!({ "name": "Khách" });
    assert_eq!(suggested(&sent(&fair.tablet, &stranger).await.1["leads"][0]), []);
    let long_ago = lead_item(&device_id(), "2026-09-24T02:59:59Z", first.clone());
    let near = lead_item(&device_id(), "2026-09-24T03:00:00Z", first.clone());
    let handed_in = hand_in(&fair.tablet, &[long_ago, near]).await;
    let found = |item: usize| -> Vec<String> {
        suggested(&handed_in["items"][item]["leads"][0]).into_iter().map(|(id, _)| id).collect()
    };
    let of = |item: usize| handed_in["items"][item]["leads"][0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(found(0), [of(1)], "sixty days and a second apart");
    // Equally likely ones, of one instant, come in no order.
    assert_eq!(in_order(found(1)), in_order(vec![of(0), two.clone(), one.clone()]));

    // The producer sees these leads as well; somebody else sees nothing.
    let of_baker: Vec<String> = suggested(&read(&baker, &one).await).into_iter().map(|(id, _)| id).collect();
    assert_eq!(in_order(of_baker), in_order(vec![of(1), two.clone()]));
    let anonymous = super::ask(&app.anonymous(), &fair.stock.enquiry(&[fair.stock.cake])).await;
    assert!(!anonymous.expect(StatusCode::CREATED).to_string().contains("possible_duplicates"));
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let mut own = fair.stock.enquiry(&[fair.stock.cake]);
    own["contact"]["email"] = "a@example.vn".into();
    let (_, receipt) = sent(&buyer, &own).await;
    assert_eq!(suggested(&receipt["leads"][0]), [], "they are not this buyer's to see");
    let (_, receipt) = sent(&buyer, &own).await;
    assert_eq!(suggested(&receipt["leads"][0]).len(), 1);
}

async fn a_hidden_contact_is_not_found_out_by_suggestions(app: TestApp) {
    let fair = Fair::open(&app).await;
    let baker = app.member("tho-banh@example.vn", fair.stock.bakers, MemberRole::Editor).await;
    let mut asked = fair.stock.enquiry(&[fair.stock.cake]);
    asked["company"] = json!({ "name": "Người mua kín đáo" });
    let (theirs, _) = sent(&app.anonymous(), &asked).await;
    // The producer records a visitor under the address that it guesses.
    let mut guess = fair.visitor(&[fair.stock.cake]);
    guess["walk_in"] = json!({ "as": "producer" });
    guess["contact"] = asked["contact"].clone();
    let (own, receipt) = sent(&baker, &guess).await;
    assert_eq!(suggested(&receipt["leads"][0]), []);
    assert_eq!(suggested(&read(&baker, &theirs).await), []);
    // Once it has the contact, it is told.
    app.sql( format!("UPDATE leads SET contact_revealed_at = created_at, contact_consented_at = created_at WHERE id = '{theirs}'")).await;
    let because = ["email", "phone", "product"];
    assert_eq!(suggested(&read(&baker, &own).await), [signs(&theirs, &because)]);
}

/// A buyer with an account that asked for the cake, and the same met at a stand of the bakers, who asked for it once more.
struct Twice {
    fair: Fair,
    baker: Actor,
    buyer: Actor,
    by_account: String,
    at_stand: String,
}

impl Twice {
    async fn new(app: &TestApp) -> Self {
        let fair = Fair::open(app).await;
        let baker = app.member("tho-banh@example.vn", fair.stock.bakers, MemberRole::Editor).await;
        let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
        let (by_account, _) = sent(&buyer, &fair.stock.enquiry(&[fair.stock.cake])).await;
        app.clock.advance_seconds(60);
        let at_stand = Self::visit(&fair, &baker).await;
        app.clock.advance_seconds(60);
        Self { fair, baker, buyer, by_account, at_stand }
    }

    async fn visit(fair: &Fair, baker: &Actor) -> String {
        let mut visitor = fair.visitor(&[fair.stock.cake]);
        visitor["walk_in"] = json!({ "as": "producer" });
        visitor["products"][0]["quantity"] = 7.into();
        sent(baker, &visitor).await.0
    }

    async fn add(&self, by: &Actor, id: &str, event: Value) -> Value {
        by.post(&format!("/v1/leads/{id}/events"), &event).await.expect(StatusCode::CREATED)
    }
}

async fn merge(by: &Actor, into: &str, other: &str) -> crate::harness::Reply {
    let body = json!({ "lead_id": other, "because": "Cùng một khách." });
    by.post(&format!("/v1/leads/{into}/merges"), &body).await
}

async fn a_merger_unites_histories_items_and_stages(app: TestApp) {
    let twice = Twice::new(&app).await;
    let Twice { fair, baker, buyer, by_account, at_stand } = &twice;
    twice.add(baker, at_stand, json!({ "type": "sample" })).await;
    twice.add(baker, at_stand, json!({ "type": "note", "note": "Rất thích vị gừng." })).await;
    app.clock.advance_seconds(60);
    let merged = merge(baker, by_account, at_stand).await;
    let merger = merged.expect(StatusCode::CREATED);
    assert_eq!(merged.header("location"), format!("/v1/leads/{by_account}"));
    assert_eq!((&merger["lead_id"], &merger["merged_lead_id"]), (&json!(by_account), &json!(at_stand)));
    assert_eq!(merger["stage"], "sample_sent");
    assert_eq!(merger["event"]["details"], json!({ "of": "lead", "lead_id": at_stand }));

    let lead = read(baker, by_account).await;
    assert_eq!(lead["stage"], "sample_sent");
    let events = lead["events"].as_array().expect("events");
    let told: Vec<_> = events
        .iter()
        .map(|event| (event["type"].as_str().expect("a type"), event["lead_id"].as_str().expect("an id")))
        .collect();
    let (a, b) = (by_account.as_str(), at_stand.as_str());
    assert_eq!(told, [("enquiry", a), ("enquiry", b), ("sample", b), ("note", b), ("merged", a)]);
    assert_eq!(lead["products"][0]["quantity"], 200, "what the lead that goes on asks for");
    assert_eq!(lead["products"].as_array().map(Vec::len), Some(1));
    assert!(suggested(&lead).is_empty());

    // The other is there to be read, and nothing more.
    let other = read(baker, at_stand).await;
    assert_eq!((&other["merged_into"], &other["moves"]), (&json!(by_account), &json!([])));
    assert_eq!(other["possible_events"], json!([]));
    let path = format!("/v1/leads/{at_stand}");
    let refused = baker.post(&format!("{path}/events"), &json!({ "type": "note", "note": "x" })).await;
    let problem = refused.expect_problem(409, "lead_merged");
    assert_eq!(problem["merged_into"], json!(by_account));
    assert_eq!(
        merge(baker, by_account, at_stand).await.expect_problem(409, "lead_merged")["merged_into"],
        json!(by_account)
    );
    merge(baker, at_stand, by_account).await.expect_problem(409, "lead_merged");
    let tag = baker.get(&path).await.header("etag");
    let patch = baker
        .request(Method::PATCH, &path)
        .header("If-Match", tag)
        .json(&json!({ "contact": { "name": "x" } }));
    crate::harness::Reply::of(patch).await.expect_problem(409, "lead_merged");

    // The buyer learns that the lead is further, not what was noted.
    let lead = read(buyer, by_account).await;
    assert_eq!(lead["stage"], "sample_sent");
    let kinds: Vec<_> =
        lead["events"].as_array().expect("events").iter().map(|event| &event["type"]).collect();
    assert_eq!(kinds, ["enquiry", "enquiry", "sample", "merged"]);
    assert!(!lead.to_string().contains("gừng") && !lead.to_string().contains("Cùng một khách"));
    let _ = fair;
    let log = app
        .user("quan-tri@example.vn", Role::Admin, &[])
        .await
        .all(&format!("/v1/audit?subject={by_account}"))
        .await;
    assert_eq!(log.iter().filter(|entry| entry["action"] == "lead.merged").count(), 1, "{log:?}");
}

async fn a_merger_can_be_undone(app: TestApp) {
    let twice = Twice::new(&app).await;
    let Twice { baker, by_account, at_stand, fair, .. } = &twice;
    twice.add(baker, at_stand, json!({ "type": "sample" })).await;
    merge(baker, by_account, at_stand).await.expect(StatusCode::CREATED);
    let path = format!("/v1/leads/{by_account}/merges/{at_stand}");
    baker.delete(&path).await.expect(StatusCode::NO_CONTENT);
    let (lead, other) = (read(baker, by_account).await, read(baker, at_stand).await);
    assert_eq!((&lead["stage"], &other["stage"]), (&json!("enquiry"), &json!("sample_sent")));
    assert!(other.get("merged_into").is_none());
    let kinds: Vec<_> =
        lead["events"].as_array().expect("events").iter().map(|event| &event["type"]).collect();
    assert_eq!(kinds, ["enquiry", "merged", "separated"]);
    baker.delete(&path).await.expect_problem(404, "not_found");
    // What was done since the merger stays.
    merge(baker, by_account, at_stand).await.expect(StatusCode::CREATED);
    twice.add(baker, by_account, json!({ "type": "stage", "to": "negotiating" })).await;
    baker.delete(&path).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(read(baker, by_account).await["stage"], "negotiating");
    fair.tablet.delete(&path).await.expect_problem(404, "not_found");
    let log = app
        .user("quan-tri@example.vn", Role::Admin, &[])
        .await
        .all(&format!("/v1/audit?subject={by_account}"))
        .await;
    assert_eq!(log.iter().filter(|entry| entry["action"] == "lead.separated").count(), 2);
}

async fn what_cannot_be_merged_is_told(app: TestApp) {
    let twice = Twice::new(&app).await;
    let Twice { fair, baker, buyer, by_account, at_stand } = &twice;
    let fault = |reply: &crate::harness::Reply| {
        reply.expect_problem(422, "invalid_body");
        reply.faults()
    };
    let pointer = |code: &str| [("/lead_id".to_owned(), code.to_owned())];
    assert_eq!(fault(&merge(baker, by_account, by_account).await), pointer("same_lead"));
    let admin = app.user("quan-tri@example.vn", Role::Admin, &[]).await;
    let (of_weavers, _) = sent(&app.anonymous(), &fair.stock.enquiry(&[fair.stock.mat])).await;
    assert_eq!(fault(&merge(&admin, by_account, &of_weavers).await), pointer("other_producer"));
    // What is another's is told like what is not there.
    let hidden = merge(baker, by_account, &of_weavers).await;
    assert_eq!(fault(&hidden), pointer("no_such_lead"));
    assert_eq!(fault(&merge(baker, by_account, &device_id()).await), pointer("no_such_lead"));
    merge(baker, &of_weavers, by_account).await.expect_problem(404, "not_found");
    merge(&fair.tablet, by_account, at_stand).await.expect_problem(404, "not_found");
    // The buyer has no part in it, and who may only read neither.
    let (again, _) = sent(buyer, &fair.stock.enquiry(&[fair.stock.cake])).await;
    merge(buyer, by_account, &again).await.expect_problem(403, "forbidden");
    let viewer = app.member("xem@example.vn", fair.stock.bakers, MemberRole::Viewer).await;
    merge(&viewer, by_account, at_stand).await.expect_problem(403, "forbidden");
    // Who has an account keeps its lead.
    let wrong_way = merge(baker, at_stand, by_account).await.expect_problem(409, "not_possible_now");
    assert!(wrong_way["detail"].as_str().is_some_and(|detail| detail.contains("ngược lại")), "{wrong_way}");
    let other = app.user("nguoi-khac@example.vn", Role::Member, &[]).await;
    let (theirs, _) = sent(&other, &fair.stock.enquiry(&[fair.stock.cake])).await;
    let two = merge(baker, by_account, &theirs).await.expect_problem(409, "not_possible_now");
    assert!(two["detail"].as_str().is_some_and(|detail| detail.contains("hai tài khoản")), "{two}");
    // One account, two leads; and a stale reader.
    let path = format!("/v1/leads/{by_account}");
    let tag = baker.get(&path).await.header("etag");
    twice.add(baker, by_account, json!({ "type": "note", "note": "Vừa gọi." })).await;
    let body = json!({ "lead_id": again });
    let stale = baker.request(Method::POST, &format!("{path}/merges")).header("If-Match", tag).json(&body);
    crate::harness::Reply::of(stale).await.expect_problem(412, "precondition_failed");
    merge(baker, by_account, &again).await.expect(StatusCode::CREATED);
    // Sent again under its key, it is answered from the first.
    let path = format!("{path}/merges");
    let body = json!({ "lead_id": at_stand });
    let first = baker.post_once(&path, "merge-key-0000001", &body).await;
    let second = baker.post_once(&path, "merge-key-0000001", &body).await;
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    assert_eq!(first.status, StatusCode::CREATED);
    for wrong in [json!({}), json!({ "lead_id": 1 }), json!({ "lead_id": at_stand, "x": 1 })] {
        baker.post(&path, &wrong).await.expect_problem(422, "invalid_body");
    }
}

async fn a_buyer_does_not_read_what_was_written_to_another(app: TestApp) {
    let twice = Twice::new(&app).await;
    let Twice { fair, baker, buyer, by_account, .. } = &twice;
    let mut asked = fair.stock.enquiry(&[fair.stock.cake]);
    asked["contact"]["email"] = "khac@example.vn".into();
    let (anonymous, _) = sent(&app.anonymous(), &asked).await;
    twice.add(baker, &anonymous, json!({ "type": "message", "note": "Bí mật của người khác." })).await;
    merge(baker, by_account, &anonymous).await.expect(StatusCode::CREATED);
    assert!(read(baker, by_account).await.to_string().contains("Bí mật"));
    let lead = read(buyer, by_account).await;
    assert!(!lead.to_string().contains("Bí mật") && !lead.to_string().contains("khac@example.vn"), "{lead}");
    assert!(lead["events"].as_array().expect("events").iter().any(|event| event["type"] == "message"));
}

async fn what_was_offline_reaches_the_lead_that_goes_on(app: TestApp) {
    let twice = Twice::new(&app).await;
    let Twice { fair, baker, by_account, .. } = &twice;
    let enquiry = device_id();
    let mut visitor = fair.visitor(&[fair.stock.cake]);
    visitor["walk_in"] = json!({ "as": "producer" });
    let receipt = hand_in(baker, &[lead_item(&enquiry, NOW, visitor)]).await;
    let at_stand = receipt["items"][0]["leads"][0]["id"].as_str().expect("an id");
    merge(baker, by_account, at_stand).await.expect(StatusCode::CREATED);
    let call = json!({ "type": "event", "id": device_id(), "occurred_at": NOW, "enquiry_id": enquiry,
        "event": { "type": "note", "note": "Ghi khi chưa biết đã gộp." } });
    let more = json!({ "type": "enrichment", "id": device_id(), "occurred_at": NOW, "enquiry_id": enquiry,
        "changes": { "company": { "tax_code": "9900000016" } } });
    for expected in ["created", "unchanged"] {
        let receipt = hand_in(baker, &[call.clone(), more.clone()]).await;
        assert_eq!(receipt["items"][0]["result"], expected, "{receipt}");
        assert_eq!(receipt["items"][0]["leads"][0]["id"], json!(by_account));
        assert_eq!(receipt["items"][1]["leads"][0]["id"], json!(at_stand));
    }
    assert_eq!(read(baker, at_stand).await["company"]["tax_code"], "9900000016");
    let lead = read(baker, by_account).await;
    let events = lead["events"].as_array().expect("events");
    assert!(events.iter().any(|event| event["id"] == call["id"] && event["lead_id"] == json!(by_account)));
}

async fn a_chain_of_mergers_has_one_end(app: TestApp) {
    let twice = Twice::new(&app).await;
    let Twice { fair, baker, by_account, at_stand, .. } = &twice;
    let second = Twice::visit(fair, baker).await;
    merge(baker, at_stand, &second).await.expect(StatusCode::CREATED);
    merge(baker, by_account, at_stand).await.expect(StatusCode::CREATED);
    assert_eq!(read(baker, &second).await["merged_into"], json!(by_account));
    let lead = read(baker, by_account).await;
    let merged = lead["events"].as_array().expect("events").iter().filter(|event| event["type"] == "merged");
    assert_eq!(merged.count(), 3, "of either into this one, and of the one into the other");
    baker.delete(&format!("/v1/leads/{by_account}/merges/{second}")).await.expect(StatusCode::NO_CONTENT);
    assert!(read(baker, &second).await.get("merged_into").is_none());
}

async fn who_recorded_it_completes_it(app: TestApp) {
    let fair = Fair::open(&app).await;
    let visitor = fair.visitor(&[fair.stock.cake, fair.stock.mat]);
    let receipt = super::ask(&fair.tablet, &visitor).await.expect(StatusCode::CREATED);
    let id = |lead: usize| receipt["leads"][lead]["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/leads/{}", id(0));
    let patch = async |by: &Actor, tag: Option<&str>, body: Value| {
        let mut request = by.request(Method::PATCH, &path).json(&body);
        if let Some(tag) = tag {
            request = request.header("If-Match", tag);
        }
        crate::harness::Reply::of(request).await
    };
    let changes = json!({
        "company": { "name": "Công ty Ví Dụ", "tax_code": "9900000016" },
        "contact": { "email": "thumua@example.vn" },
        "products": [{ "product_id": fair.stock.cake, "quantity": 40, "unit": "XBX" }],
    });
    patch(&fair.tablet, None, changes.clone()).await.expect_problem(428, "precondition_required");
    let tag = fair.tablet.get(&path).await.header("etag");
    let done = patch(&fair.tablet, Some(&tag), changes.clone()).await;
    let lead = done.expect(StatusCode::OK);
    assert_eq!(done.header("etag"), fair.tablet.get(&path).await.header("etag"));
    assert_eq!(
        (&lead["company"]["tax_code"], &lead["products"][0]["quantity"]),
        (&json!("9900000016"), &json!(40))
    );
    assert_eq!(lead["contact"]["email"], "thumua@example.vn");
    assert_eq!(lead["events"][1]["type"], "enriched");
    patch(&fair.tablet, Some(&tag), changes.clone()).await.expect_problem(412, "precondition_failed");
    // All leads of the enquiry have it; the same again is no news.
    let other = read(&fair.tablet, &id(1)).await;
    assert_eq!(
        (&other["company"]["name"], &other["events"][1]["type"]),
        (&json!("Công ty Ví Dụ"), &json!("enriched"))
    );
    patch(&fair.tablet, Some("*"), changes).await.expect(StatusCode::OK);
    assert_eq!(count(&app, "lead_events").await, 4);
    let cleared = patch(&fair.tablet, Some("*"), json!({ "contact": { "email": null } })).await;
    assert!(cleared.expect(StatusCode::OK)["contact"].get("email").is_none());

    // Neither the producer nor the office completes what the organiser recorded.
    let baker = app.member("tho-banh@example.vn", fair.stock.bakers, MemberRole::Editor).await;
    let admin = app.user("quan-tri@example.vn", Role::Admin, &[]).await;
    for by in [&baker, &admin] {
        patch(by, Some("*"), json!({ "contact": { "name": "Khác" } })).await.expect_problem(403, "forbidden");
    }
    let weaver = app.member("tho-det@example.vn", fair.stock.weavers, MemberRole::Editor).await;
    patch(&weaver, Some("*"), json!({ "contact": { "name": "Khác" } }))
        .await
        .expect_problem(404, "not_found");
    let wrong = json!({ "products": [
        { "product_id": fair.stock.silk, "quantity": 1, "unit": "XBX" },
        { "product_id": fair.stock.silk, "quantity": 2, "unit": "XBX" },
    ] });
    let refused = patch(&fair.tablet, Some("*"), wrong).await;
    assert_eq!(refused.faults(), [("/products/1/product_id".into(), "duplicate".into())]);
    let wrong = json!({ "products": [{ "product_id": fair.stock.silk, "quantity": 1, "unit": "XBX" }] });
    let refused = patch(&fair.tablet, Some("*"), wrong).await;
    assert_eq!(refused.faults(), [("/products/0/product_id".into(), "not_asked_for".into())]);
}

async fn what_was_erased_is_not_written_again(app: TestApp) {
    let fair = Fair::open(&app).await;
    let (id, receipt) = sent(&fair.tablet, &fair.visitor(&[fair.stock.cake])).await;
    let enquiry = receipt["enquiry_id"].as_str().expect("an id");
    app.sql(format!("UPDATE enquiries SET contact_forgotten_at = received_at WHERE id = '{enquiry}'")).await;
    let changes = json!({ "contact": { "phone": "0900 000 000" } });
    let patch =
        fair.tablet.request(Method::PATCH, &format!("/v1/leads/{id}")).header("If-Match", "*").json(&changes);
    crate::harness::Reply::of(patch).await.expect_problem(409, "not_possible_now");
    let late = json!({ "type": "enrichment", "id": device_id(), "occurred_at": NOW, "enquiry_id": enquiry, "changes": changes });
    let receipt = hand_in(&fair.tablet, &[late]).await;
    assert_eq!(receipt["items"][0]["problem"]["code"], "not_possible_now");
    assert!(read(&fair.tablet, &id).await["contact"].get("phone").is_none());
}

fn in_order(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}
