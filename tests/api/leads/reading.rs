//! Who sees which leads, and the list with its filters.

use super::stock::{self, Stock};
use super::{ask, one_lead};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::seed::{Certified, Seed, VU_THU};
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        a_lead_is_seen_by_its_sides_only,
        a_producer_reads_all_it_needs_to_answer,
        lists_are_filtered,
        lists_page_without_gaps,
        a_page_of_a_side_is_whole,
        wrong_parameters_are_told,
        a_lead_is_revalidated,
        an_unnamed_producer_is_called_by_form_and_place,
    ]
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().expect("an id")).collect()
}

async fn a_lead_is_seen_by_its_sides_only(app: TestApp) {
    let stock = Stock::fill(&app).await;
    stock::settle(&app, stock.weavers, "33").await;
    let weaver = app.member("tho-det@example.vn", stock.weavers, MemberRole::Viewer).await;
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Owner).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let other_buyer = app.user("nguoi-khac@example.vn", Role::Member, &[]).await;
    let officer = |province: &str| Role::Officer { province: province.into() };
    let officer_here = app.user("can-bo@example.vn", officer("33"), &[]).await;
    let officer_elsewhere = app.user("can-bo-khac@example.vn", officer("01"), &[]).await;
    let admin = app.user("quan-tri@example.vn", Role::Admin, &[]).await;

    let sent = ask(&buyer, &stock.enquiry(&[stock.mat, stock.cake])).await.expect(StatusCode::CREATED);
    let (of_weavers, of_bakers) = (sent["leads"][0]["id"].clone(), sent["leads"][1]["id"].clone());
    let (of_weavers, of_bakers) = (of_weavers.as_str().expect("an id"), of_bakers.as_str().expect("an id"));

    let sees = async |actor: &Actor, id: &str| actor.get(&format!("/v1/leads/{id}")).await.status.as_u16();
    for (who, actor, weavers_lead, bakers_lead, listed) in [
        ("the weavers", &weaver, 200, 404, 1),
        ("the bakers", &baker, 404, 200, 1),
        ("the buyer", &buyer, 200, 200, 2),
        ("another buyer", &other_buyer, 404, 404, 0),
        ("an officer of another province", &officer_elsewhere, 404, 404, 0),
        ("an officer of the weavers' province", &officer_here, 200, 404, 1),
        ("an administrator", &admin, 200, 200, 2),
        ("nobody", &app.anonymous(), 401, 401, 0),
    ] {
        assert_eq!(sees(actor, of_weavers).await, weavers_lead, "{who}");
        assert_eq!(sees(actor, of_bakers).await, bakers_lead, "{who}");
        if weavers_lead != 401 {
            assert_eq!(actor.all("/v1/leads").await.len(), listed, "{who}");
        }
        let note = json!({ "type": "note", "note": "x" });
        let written = actor.post(&format!("/v1/leads/{of_weavers}/events"), &note).await.status.as_u16();
        let may = match who {
            "the weavers" => 403,
            "the buyer" | "an officer of the weavers' province" | "an administrator" => 201,
            _ => weavers_lead,
        };
        assert_eq!(written, may, "{who}");
    }
    app.anonymous().get("/v1/leads").await.expect_problem(401, "unauthenticated");
    for id in ["x", "00000000-0000-0000-0000-000000000000", "%00", "..%2f"] {
        baker.get(&format!("/v1/leads/{id}")).await.expect_problem(404, "not_found");
    }
}

async fn a_producer_reads_all_it_needs_to_answer(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Owner).await;
    let id = one_lead(&app.anonymous(), &stock, stock.cake).await;
    let hidden = baker.get(&format!("/v1/leads/{id}")).await.expect(StatusCode::OK);
    assert_eq!((&hidden["contact"], &hidden["contact_state"]), (&Value::Null, &json!("hidden")));
    let reveal = baker.post(&format!("/v1/leads/{id}/contact-reveals"), &json!({})).await;
    reveal.expect(StatusCode::CREATED);
    let lead = baker.get(&format!("/v1/leads/{id}")).await;
    assert_eq!(lead.header("cache-control"), "private, no-store");
    let lead = lead.expect(StatusCode::OK);
    let body = stock.enquiry(&[stock.cake]);
    assert_eq!(lead["message"], body["message"]);
    let mut company = body["company"].clone();
    company["standing"] = json!("anonymous");
    assert_eq!(lead["company"], company);
    assert_eq!(lead["source"], body["source"]);
    assert_eq!(
        lead["contact"],
        json!({ "name": "Phòng thu mua", "email": "thumua@example.vn", "phone": "+84900000000" })
    );
    assert_eq!(lead["consent"], json!({ "text_version": "2026-11", "accepted_at": "2026-11-23T03:00:00Z" }));
    assert_eq!(lead["producer"], json!({ "id": stock.bakers, "name": "Cơ sở làm bánh (minh họa)" }));
    assert_eq!((&lead["stage"], &lead["your_side"]), (&json!("enquiry"), &json!("producer")));
    assert_eq!(
        lead["moves"],
        json!(["quoted", "sample_sent", "negotiating", "mou_signed", "contract_signed", "declined", "lost"])
    );
    let event = &lead["events"][0];
    assert_eq!(
        (&event["type"], &event["side"], &event["to"]),
        (&json!("enquiry"), &json!("buyer"), &json!("enquiry"))
    );
    assert_eq!(lead["events"].as_array().map(Vec::len), Some(2));
    // Monday morning: due at the end of Wednesday.
    assert_eq!(
        (&lead["respond_by"], &lead["answered_at"], &lead["stage_since"], &event["occurred_at"]),
        (&json!("2026-11-25T16:59:59.999999Z"), &Value::Null, &lead["occurred_at"], &lead["occurred_at"])
    );

    let card = &baker.all("/v1/leads").await[0];
    assert_eq!(card["company"], company);
    assert_eq!(card["excerpt"], body["message"]);
    for clock in ["stage_since", "respond_by", "answered_at", "overdue"] {
        assert_eq!((clock, card.get(clock)), (clock, lead.get(clock)));
    }
    assert_eq!(card["products"][0]["name"], "Bánh cáy");
    for hidden in ["contact", "email", "phone", "message"] {
        assert!(card[hidden].is_null(), "{hidden}");
    }
}

async fn lists_are_filtered(app: TestApp) {
    let stock = Stock::fill(&app).await;
    // One user who makes and buys: a member of the weavers who asks the bakers.
    app.clock.set("2026-11-23T16:59:59.999999Z");
    let both = app.member("tho-det@example.vn", stock.weavers, MemberRole::Editor).await;
    let first = one_lead(&app.anonymous(), &stock, stock.mat).await;
    app.clock.set("2026-11-23T17:00:00Z");
    let second = one_lead(&app.anonymous(), &stock, stock.mat).await;
    let third = one_lead(&both, &stock, stock.cake).await;
    let move_it = json!({ "type": "stage", "to": "quoted" });
    both.post(&format!("/v1/leads/{first}/events"), &move_it).await.expect(StatusCode::CREATED);

    let list = async |query: &str| {
        let items = both.all(&format!("/v1/leads{query}")).await;
        let mut ids: Vec<String> = ids(&items).into_iter().map(str::to_owned).collect();
        ids.sort();
        ids
    };
    let sorted = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(list("").await, sorted(&[&first, &second, &third]));
    assert_eq!(list("?side=producer").await, sorted(&[&first, &second]));
    assert_eq!(list("?side=buyer").await, sorted(&[&third]));
    assert_eq!(list("?stage=quoted").await, sorted(&[&first]));
    assert_eq!(list("?stage=quoted,enquiry&side=producer").await, sorted(&[&first, &second]));
    assert_eq!(list("?stage=declined&stage=lost").await, sorted(&[]));
    assert_eq!(list(&format!("?product={}", stock.cake)).await, sorted(&[&third]));
    assert_eq!(list(&format!("?product={}", stock.silk)).await, sorted(&[]));
    // The day turns at 17:00 UTC.
    assert_eq!(list("?to=2026-11-23").await, sorted(&[&first]));
    assert_eq!(list("?from=2026-11-24").await, sorted(&[&second, &third]));
    assert_eq!(list("?from=2026-11-23&to=2026-11-24").await.len(), 3);
    let enquiry = both.get(&format!("/v1/leads/{second}")).await.expect(StatusCode::OK)["enquiry_id"].clone();
    let enquiry = enquiry.as_str().expect("an id");
    assert_eq!(list(&format!("?enquiry={enquiry}")).await, sorted(&[&second]));
}

async fn lists_page_without_gaps(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let both = app.member("tho-det@example.vn", stock.weavers, MemberRole::Viewer).await;
    let mut sent = Vec::new();
    for n in 0..23 {
        app.clock.advance_seconds(1);
        let (by, product) = if n % 3 == 0 { (&both, stock.cake) } else { (&app.anonymous(), stock.mat) };
        sent.push(one_lead(by, &stock, product).await);
    }
    sent.reverse();
    for limit in [1, 5, 23, 100] {
        let listed = both.all(&format!("/v1/leads?limit={limit}")).await;
        assert_eq!(ids(&listed), sent, "{limit}");
    }
    let last = both.get("/v1/leads?limit=100").await.expect(StatusCode::OK);
    assert_eq!(last.get("next_cursor"), Some(&Value::Null));
    let page = both.get("/v1/leads?limit=5&side=producer").await;
    let cursor = page.json()["next_cursor"].as_str().expect("more").to_owned();
    assert_eq!(
        page.header("link"),
        format!("</v1/leads?limit=5&side=producer&cursor={cursor}>; rel=\"next\"")
    );
    // A cursor goes with its own filters only, and with nothing else in it.
    for query in [format!("?cursor={cursor}"), format!("?side=buyer&cursor={cursor}"), "?cursor=x".into()] {
        both.get(&format!("/v1/leads{query}")).await.expect_problem(400, "invalid_cursor");
    }
}

/// Who stands on several sides of many leads gets whole pages of each, and each lead on one.
async fn a_page_of_a_side_is_whole(app: TestApp) {
    let stock = Stock::fill(&app).await;
    for (organisation, kind) in [(stock.weavers, "producer"), (stock.bakers, "producer")] {
        let sql =
            format!("UPDATE organisations SET province = '33', kind = '{kind}' WHERE id = '{organisation}'");
        app.sql(sql).await;
    }
    let fair = super::stock::organisation(&app, "organiser", "Ban tổ chức (minh họa)").await;
    let memberships = [(stock.weavers, MemberRole::Owner), (fair, MemberRole::Editor)];
    for role in [Role::Officer { province: "33".into() }, Role::Admin] {
        let email = if role == Role::Admin { "quan-tri@example.vn" } else { "can-bo@example.vn" };
        let all = app.user(email, role, &memberships).await;
        let mut sent: [Vec<String>; 4] = Default::default();
        for _ in 0..4 {
            app.clock.advance_seconds(1);
            sent[0].push(one_lead(&all, &stock, stock.mat).await);
            sent[1].push(one_lead(&all, &stock, stock.cake).await);
            let mut walk_in = stock.enquiry(&[stock.cake]);
            walk_in["walk_in"] = json!({ "as": "organiser", "organisation_id": fair });
            let receipt = super::ask(&all, &walk_in).await.expect(StatusCode::CREATED);
            sent[2].push(receipt["leads"][0]["id"].as_str().expect("an id").to_owned());
            walk_in["walk_in"] = json!({ "as": "office" });
            let receipt = super::ask(&all, &walk_in).await.expect(StatusCode::CREATED);
            sent[3].push(receipt["leads"][0]["id"].as_str().expect("an id").to_owned());
            app.clock.advance_seconds(1);
            sent[3].push(one_lead(&app.anonymous(), &stock, stock.cake).await);
        }
        for (side, mut expected) in ["producer", "buyer", "organiser", "office"].into_iter().zip(sent) {
            expected.reverse();
            let query = format!("/v1/leads?side={side}&limit=3");
            let first = all.get(&query).await.expect(StatusCode::OK);
            assert_eq!(first["items"].as_array().map(Vec::len), Some(3), "{side}");
            let listed = all.all(&query).await;
            assert!(listed.iter().all(|lead| lead["your_side"] == side), "{side}");
            assert_eq!(ids(&listed), expected, "{side}");
            let file = all.get(&format!("/v1/leads/export?side={side}")).await;
            let rows = expected.iter().filter(|id| file.text.contains(*id)).count();
            assert_eq!((rows, file.text.lines().count() - 1), (expected.len(), expected.len()), "{side}");
        }
        app.sql("DELETE FROM lead_events; DELETE FROM lead_items; DELETE FROM leads;".to_owned()).await;
    }
}

async fn wrong_parameters_are_told(app: TestApp) {
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let reply =
        buyer.get("/v1/leads?stage=quoted,sold&limit=0&from=2026-02-30&side=both&page=2&product=x").await;
    reply.expect_problem(400, "invalid_parameters");
    let mut faults = reply.faults();
    faults.sort();
    let fault = |place: &str, code: &str| (place.to_owned(), code.to_owned());
    assert_eq!(
        faults,
        [
            fault("from", "invalid_date"),
            fault("limit", "out_of_range"),
            fault("page", "unknown_field"),
            fault("product", "invalid_id"),
            fault("side", "unknown_value"),
            fault("stage", "unknown_value"),
        ]
    );
    let reply = buyer.get("/v1/leads?from=2026-11-24&to=2026-11-23").await;
    reply.expect_problem(400, "invalid_parameters");
    assert_eq!(reply.faults(), [fault("to", "out_of_range")]);
    for limit in ["101", "-1", "1.5", "", "9223372036854775808"] {
        let reply = buyer.get(&format!("/v1/leads?limit={limit}")).await;
        assert_eq!(reply.faults(), [fault("limit", "out_of_range")], "{limit}");
    }
}

async fn a_lead_is_revalidated(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Owner).await;
    let path = format!("/v1/leads/{}", one_lead(&app.anonymous(), &stock, stock.cake).await);
    let tag = baker.get(&path).await.header("etag");
    let again =
        async || Reply::of(baker.request(Method::GET, &path).header("If-None-Match", &tag)).await.status;
    assert_eq!(again().await, StatusCode::NOT_MODIFIED);
    let note = json!({ "type": "note", "note": "Đã gọi." });
    baker.post(&format!("{path}/events"), &note).await.expect(StatusCode::CREATED);
    assert_eq!(again().await, StatusCode::OK);
}

async fn an_unnamed_producer_is_called_by_form_and_place(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker_of("household", None, VU_THU);
    let product = seed.certified(maker, "Bánh gai", &Certified::default());
    seed.insert().await;
    let stock = Stock::fill(&app).await;
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let receipt = ask(&buyer, &stock.enquiry(&[product.id])).await;
    let sent = receipt.expect(StatusCode::CREATED)["leads"][0].clone();
    let name = sent["producer"]["name"].as_str().expect("a name");
    assert!(name.starts_with("Hộ kinh doanh tại ") && !receipt.text.contains("Không Công Khai"), "{name}");
    let listed = &buyer.all("/v1/leads").await[0];
    let read = buyer.get(&receipt.header("location")).await.expect(StatusCode::OK);
    assert_eq!((&listed["producer"], &read["producer"]), (&sent["producer"], &sent["producer"]));
    assert!(!read.to_string().contains("Không Công Khai"));
}
