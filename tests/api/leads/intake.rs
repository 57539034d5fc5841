//! What an enquiry tells besides, the advice that answers it, who may record it for a buyer, and how many a day there may be.

use super::stock::{Stock, settle};
use super::{ask, count, fresh_key};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::seed::{Certified, Product, Seed};
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use ocop_market::organisations::OrganisationId;
use ocop_market::vietnamese::name_key;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        what_a_buyer_tells_is_kept_and_shown,
        faults_of_delivery_and_certificates_are_told,
        what_does_not_go_together_is_told_and_nothing_refused,
        advice_names_the_line_and_speaks_two_languages,
        an_organiser_records_for_whoever_stands_there,
        a_producer_records_what_is_asked_of_itself,
        an_office_records_what_comes_to_it,
        only_a_recorder_leaves_the_address_out,
        the_standing_of_a_company_is_what_its_organisation_has,
        a_target_price_is_no_business_of_an_office,
    ];
    let limited = cases![a_day_has_a_budget_by_standing];
    let limits = &["--leads-per-day=2", "--leads-per-day-registered=3", "--leads-per-day-verified=5"];
    cases.extend(limited.into_iter().map(|case| case.with(limits)));
    cases
}

/// An organisation as somebody has registered it.
async fn party(app: &TestApp, kind: &str, name: &str, tax_code: &str, standing: &str) -> OrganisationId {
    let id: OrganisationId = app.state.world.id();
    let (at, key) = (app.state.world.now().micros(), name_key(name).replace('\'', "''"));
    app.sql(
        format!(
            "INSERT INTO organisations (id, kind, entity_type, legal_name, public_name, name_key, tax_code, standing,
                 province, created_at, updated_at)
             VALUES ('{id}', '{kind}', 'company', '{name}', '{name}', '{key}', '{tax_code}', '{standing}', '01',
                 {at}, {at})"
        ),
    )
    .await;
    id
}

fn with(mut body: Value, members: Value) -> Value {
    for (name, value) in members.as_object().expect("members") {
        body[name] = value.clone();
    }
    body
}

/// The lead of the first part of a receipt.
fn lead_path(receipt: &Value) -> String {
    format!("/v1/leads/{}", receipt["leads"][0]["id"].as_str().expect("an id"))
}

async fn sent(by: &Actor, body: &Value) -> Value {
    ask(by, body).await.expect(StatusCode::CREATED)
}

async fn what_a_buyer_tells_is_kept_and_shown(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let mut body = with(
        stock.enquiry(&[stock.mat]),
        json!({
            "delivery": { "unit": "01", "from": "2026-12-01", "until": "2027-01-20" },
            "certificates": ["haccp", "food_safety"],
            "contact_sharing": "on_request",
        }),
    );
    body["products"][0]["target_price"] = json!(95_000);
    let buyer = app.user("nguoi-mua@example.vn", Role::Member, &[]).await;
    let receipt = sent(&buyer, &body).await;
    let place = &receipt["delivery"]["place"];
    assert_eq!((&place["province"]["code"], &place["commune"]), (&json!("01"), &Value::Null));
    assert!(place["province"]["name"].as_str().is_some_and(|name| name.contains("Hà Nội")), "{place}");
    assert_eq!((&receipt["delivery"]["unit"], &receipt["advice"]), (&json!("01"), &json!([])));
    assert_eq!(receipt["leads"][0]["products"][0]["target_price"], 95_000);

    let maker = app.member("tho-det@example.vn", stock.weavers, MemberRole::Viewer).await;
    for reader in [&buyer, &maker] {
        let lead = reader.get(&lead_path(&receipt)).await.expect(StatusCode::OK);
        assert_eq!(lead["delivery"], receipt["delivery"]);
        // In the order of the list of kinds, whatever the order in the request.
        assert_eq!(lead["certificates"], json!(["food_safety", "haccp"]));
        assert_eq!((&lead["contact_sharing"], &lead["recorded"]), (&json!("on_request"), &Value::Null));
        assert_eq!(lead["products"][0]["target_price"], 95_000);
        assert_eq!(lead["company"]["standing"], "signed_in");
        let card = &reader.all("/v1/leads").await[0];
        assert_eq!((&card["delivery"], &card["certificates"]), (&lead["delivery"], &lead["certificates"]));
        assert_eq!(card["products"], lead["products"]);
        assert_eq!(card["company"], lead["company"]);
    }

    // A commune is shown with its province; one day alone, and nothing at all, are as good.
    let commune =
        with(stock.enquiry(&[stock.mat]), json!({ "delivery": { "unit": "13192", "from": "2026-12-01" } }));
    let preview = app.anonymous().post("/v1/leads?validate_only=true", &commune).await;
    let told = preview.expect(StatusCode::OK)["delivery"].clone();
    assert_eq!((&told["place"]["province"]["code"], &told["from"]), (&json!("33"), &json!("2026-12-01")));
    assert!(told["until"].is_null());
    for nothing in [json!({}), Value::Null] {
        let body = with(stock.enquiry(&[stock.mat]), json!({ "delivery": nothing, "certificates": [] }));
        let receipt = sent(&buyer, &body).await;
        assert!(receipt["delivery"].is_null(), "{receipt}");
        let lead = buyer.get(&lead_path(&receipt)).await.expect(StatusCode::OK);
        assert_eq!((&lead["delivery"], &lead["certificates"]), (&Value::Null, &json!([])));
        assert_eq!(lead["contact_sharing"], "with_producers");
    }
}

async fn faults_of_delivery_and_certificates_are_told(app: TestApp) {
    let stock = Stock::fill(&app).await;
    for (member, value, faults) in [
        ("delivery", json!({ "unit": "99" }), vec![("/delivery/unit", "unknown_unit")]),
        // A district of before 1 July 2025.
        ("delivery", json!({ "unit": "338" }), vec![("/delivery/unit", "unknown_unit")]),
        ("delivery", json!({ "unit": "x" }), vec![("/delivery/unit", "invalid_unit")]),
        ("delivery", json!({ "unit": 1 }), vec![("/delivery/unit", "wrong_type")]),
        ("delivery", json!({ "from": "2026-13-01" }), vec![("/delivery/from", "invalid_date")]),
        ("delivery", json!({ "from": "2026-11-22" }), vec![("/delivery/from", "in_the_past")]),
        ("delivery", json!({ "until": "2026-11-22" }), vec![("/delivery/until", "in_the_past")]),
        ("delivery", json!({ "until": "2031-11-24" }), vec![("/delivery/until", "out_of_range")]),
        (
            "delivery",
            json!({ "from": "2027-01-02", "until": "2027-01-01", "unit": "00" }),
            vec![("/delivery/unit", "unknown_unit"), ("/delivery/until", "out_of_range")],
        ),
        ("delivery", json!({ "to": "2027-01-02" }), vec![("/delivery/to", "unknown_field")]),
        ("delivery", json!([]), vec![("/delivery", "wrong_type")]),
        ("certificates", json!(["haccp", "haccp", "kosher"]), vec![("/certificates/2", "unknown_value")]),
        ("certificates", json!(["haccp", "halal", "haccp"]), vec![("/certificates/2", "duplicate")]),
        ("certificates", json!("haccp"), vec![("/certificates", "wrong_type")]),
        ("contact_sharing", json!("everybody"), vec![("/contact_sharing", "unknown_value")]),
        ("walk_in", json!({ "as": "buyer" }), vec![("/walk_in/as", "unknown_value")]),
        ("walk_in", json!({}), vec![("/walk_in/as", "missing")]),
        ("walk_in", json!(true), vec![("/walk_in", "wrong_type")]),
    ] {
        let body = with(stock.enquiry(&[stock.mat]), json!({ member: value }));
        let reply = ask(&app.anonymous(), &body).await;
        reply.expect_problem(422, "invalid_body");
        let expected: Vec<_> =
            faults.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect();
        assert_eq!(reply.faults(), expected, "{value}");
    }
    for (price, code) in [
        (json!(0), "out_of_range"),
        (json!(1_000_000_000_001_i64), "out_of_range"),
        (json!(1.5), "wrong_type"),
        (json!("95000"), "wrong_type"),
    ] {
        let mut body = stock.enquiry(&[stock.mat]);
        body["products"][0]["target_price"] = price;
        let reply = ask(&app.anonymous(), &body).await;
        assert_eq!(reply.faults(), [("/products/0/target_price".to_owned(), code.to_owned())]);
    }
    assert_eq!(count(&app, "enquiries").await, 0);
    // The period may begin in the past, end on the day of the enquiry, and reach five years ahead.
    for period in [
        json!({ "from": "2026-11-01", "until": "2026-11-23" }),
        json!({ "from": "2026-11-23" }),
        json!({ "until": "2031-11-23" }),
    ] {
        sent(&app.anonymous(), &with(stock.enquiry(&[stock.mat]), json!({ "delivery": period }))).await;
    }
}

/// A product that says everything of itself, and one that says nothing.
struct Shop {
    cake: Product,
    silent: Product,
}

impl Shop {
    async fn open(app: &TestApp) -> Self {
        let mut seed = Seed::new(app);
        let maker = seed.maker("HTX Bánh Ví Dụ");
        let usual = Certified::default();
        let (cake, silent) =
            (seed.certified(maker, "Bánh cáy", &usual), seed.certified(maker, "Bánh gai", &usual));
        seed.insert().await;
        let owner = app.member("owner@banh.example", maker.id, MemberRole::Owner).await;
        let stated = json!({
            "price_from": 85_000, "price_unit": "XBX", "season_months": [10, 11, 12, 1],
            "min_order": { "quantity": 50, "unit": "XBX" }, "monthly_capacity": { "quantity": 2_000, "unit": "XBX" },
        });
        let path = format!("/v1/listings/{}", cake.id);
        let patch = owner.request(Method::PATCH, &path).header("If-Match", "*").json(&stated);
        owner.settled(patch).await.expect(StatusCode::OK);
        let officer = app.officer("33").await;
        let seen = json!({ "kind": "haccp", "number": "1", "issuer": "Trung tâm Ví Dụ", "valid_until": "2026-11-23" });
        officer.post(&format!("{path}/documents"), &seen).await.expect(StatusCode::CREATED);
        Self { cake, silent }
    }

    /// A body about so much of these products.
    fn enquiry(&self, lines: &[(&Product, i64, &str)]) -> Value {
        let lines: Vec<_> = lines
            .iter()
            .map(|(product, quantity, unit)| json!({ "product_id": product.id, "quantity": quantity, "unit": unit }))
            .collect();
        json!({
            "products": lines,
            "message": "Xin báo giá.",
            "company": { "name": "Chuỗi cửa hàng Ví Dụ" },
            "contact": { "name": "Phòng thu mua", "email": "thumua@example.vn" },
            "source": { "channel": "website" },
            "consent": { "text_version": "2026-11", "accepted": true },
        })
    }
}

/// Code and pointer of each remark.
fn remarks(answer: &Value) -> Vec<(String, String)> {
    let advice = answer["advice"].as_array().unwrap_or_else(|| panic!("no advice in {answer}")).iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    advice.map(|remark| (text(&remark["code"]), text(&remark["pointer"]))).collect()
}

async fn what_does_not_go_together_is_told_and_nothing_refused(app: TestApp) {
    let shop = Shop::open(&app).await;
    let remark = |code: &str, at: &str| (code.to_owned(), at.to_owned());
    let quantity = |code: &str| vec![remark(code, "/products/0/quantity")];
    for (asked, unit, members, expected) in [
        (49, "XBX", json!({}), quantity("below_min_order")),
        (50, "XBX", json!({}), vec![]),
        (2_000, "XBX", json!({}), vec![]),
        (2_001, "XBX", json!({}), quantity("above_monthly_capacity")),
        // What does not convert is not compared.
        (1, "KGM", json!({}), vec![]),
        (
            4_001,
            "XBX",
            json!({ "delivery": { "from": "2026-11-30", "until": "2026-12-01" } }),
            quantity("above_monthly_capacity"),
        ),
        (4_000, "XBX", json!({ "delivery": { "from": "2026-11-30", "until": "2026-12-01" } }), vec![]),
        (
            50,
            "XBX",
            json!({ "delivery": { "until": "2027-02-01" } }),
            vec![remark("out_of_season", "/delivery")],
        ),
        (50, "XBX", json!({ "certificates": ["haccp"] }), vec![]),
        (
            50,
            "XBX",
            json!({ "certificates": ["haccp", "organic"] }),
            vec![remark("lacks_certificate", "/certificates")],
        ),
    ] {
        let body = with(shop.enquiry(&[(&shop.cake, asked, unit)]), members.clone());
        let receipt = sent(&app.anonymous(), &body).await;
        assert_eq!(remarks(&receipt), expected, "{asked} {unit} {members}");
        let preview =
            app.anonymous().post("/v1/leads?validate_only=true", &body).await.expect(StatusCode::OK);
        assert_eq!(preview["advice"], receipt["advice"]);
    }
    for (price, expected) in
        [(85_000, vec![]), (84_999, vec![remark("below_price_from", "/products/0/target_price")])]
    {
        let mut body = shop.enquiry(&[(&shop.cake, 50, "XBX")]);
        body["products"][0]["target_price"] = json!(price);
        assert_eq!(remarks(&sent(&app.anonymous(), &body).await), expected, "{price}");
    }
    // The certificate is of today only.
    app.clock.advance_seconds(86_400);
    app.state.catalogue.wake();
    let body = with(shop.enquiry(&[(&shop.cake, 50, "XBX")]), json!({ "certificates": ["haccp"] }));
    app.anonymous().get(&format!("/v1/products/{}", shop.cake.id)).await.expect(StatusCode::OK);
    assert_eq!(remarks(&sent(&app.anonymous(), &body).await), [remark("lacks_certificate", "/certificates")]);
}

async fn advice_names_the_line_and_speaks_two_languages(app: TestApp) {
    let shop = Shop::open(&app).await;
    let mut body = with(
        shop.enquiry(&[(&shop.silent, 1, "XBX"), (&shop.cake, 1, "XBX")]),
        json!({ "delivery": { "from": "2027-03-01" }, "certificates": ["organic"] }),
    );
    body["products"][1]["target_price"] = json!(1);
    let key = fresh_key();
    let reply = app.anonymous().post_once("/v1/leads", &key, &body).await;
    let receipt = reply.expect(StatusCode::CREATED);
    assert_eq!(receipt["leads"].as_array().map(Vec::len), Some(1));
    let codes: Vec<_> = remarks(&receipt).into_iter().map(|(code, at)| format!("{code} {at}")).collect();
    assert_eq!(
        codes,
        [
            // Of one that states nothing, only that it has no such certificate is known.
            "lacks_certificate /certificates",
            "below_min_order /products/1/quantity",
            "out_of_season /delivery",
            "lacks_certificate /certificates",
            "below_price_from /products/1/target_price",
        ]
    );
    let advice = receipt["advice"].as_array().expect("advice");
    assert_eq!(advice[0]["product_id"], json!(shop.silent.id));
    assert!(advice[1..].iter().all(|remark| remark["product_id"] == json!(shop.cake.id)));
    assert_eq!(advice[1]["text"]["vi"], "Chủ thể nêu đơn hàng tối thiểu là 50 hộp.");
    assert_eq!(advice[1]["text"]["en"], "The producer states a smallest order of 50 boxes.");
    // What was answered once is the answer.
    let again = app.anonymous().post_once("/v1/leads", &key, &body).await;
    assert_eq!((again.header("idempotency-replayed"), again.text), ("true".to_owned(), reply.text));
}

/// Somebody who has left a name and nothing else.
fn visitor(body: Value, walk_in: Value) -> Value {
    with(body, json!({ "contact": { "name": "Chị khách ghé gian hàng" }, "walk_in": walk_in }))
}

async fn an_organiser_records_for_whoever_stands_there(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let fair = party(&app, "organiser", "Trung tâm Hội chợ Ví Dụ", "9900000016", "verified").await;
    let other = party(&app, "organiser", "Trung tâm Hội nghị Ví Dụ", "9900000023", "verified").await;
    let editor = app.member("quay@hoi-cho.example", fair, MemberRole::Editor).await;
    let viewer = app.member("xem@hoi-cho.example", fair, MemberRole::Viewer).await;
    let both = [(fair, MemberRole::Editor), (other, MemberRole::Owner)];
    let both = app.user("hai@hoi-cho.example", Role::Member, &both).await;
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Owner).await;
    let as_organiser = json!({ "as": "organiser" });
    let body = visitor(stock.enquiry(&[stock.cake, stock.mat]), as_organiser.clone());

    let receipt = sent(&editor, &body).await;
    assert_eq!(receipt["leads"].as_array().map(Vec::len), Some(2));
    let path = lead_path(&receipt);
    let lead = baker.get(&path).await.expect(StatusCode::OK);
    let recorded =
        json!({ "as": "organiser", "organisation": { "id": fair, "name": "Trung tâm Hội chợ Ví Dụ" } });
    assert_eq!((&lead["recorded"], &lead["your_side"]), (&recorded, &json!("producer")));
    assert_eq!(lead["company"]["standing"], "anonymous", "the buyer is not who has signed in");
    assert_eq!((&lead["events"][0]["side"], &lead["answered_at"]), (&json!("organiser"), &Value::Null));
    for reader in [&editor, &viewer] {
        let lead = reader.get(&path).await.expect(StatusCode::OK);
        assert_eq!((&lead["your_side"], &lead["recorded"]), (&json!("organiser"), &recorded));
        assert_eq!(reader.all("/v1/leads").await.len(), 2);
    }
    // Who belongs to two says for which; nobody records for one that is not theirs.
    let which = ask(&both, &body).await;
    which.expect_problem(422, "invalid_body");
    assert_eq!(which.faults(), [("/walk_in/organisation_id".to_owned(), "missing".to_owned())]);
    let named = |id: OrganisationId| {
        visitor(stock.enquiry(&[stock.cake]), json!({ "as": "organiser", "organisation_id": id }))
    };
    let receipt = sent(&both, &named(other)).await;
    editor.get(&lead_path(&receipt)).await.expect_problem(404, "not_found");
    both.get(&lead_path(&receipt)).await.expect(StatusCode::OK);
    let unknown = named(app.state.world.id());
    let refused = ask(&editor, &named(other)).await.expect_problem(403, "forbidden");
    assert_eq!(refused["detail"], ask(&editor, &unknown).await.expect_problem(403, "forbidden")["detail"]);
    ask(&viewer, &body).await.expect_problem(403, "forbidden");
    ask(&baker, &body).await.expect_problem(403, "forbidden");
    ask(&baker, &named(stock.bakers)).await.expect_problem(403, "forbidden");
    ask(&app.anonymous(), &body).await.expect_problem(401, "unauthenticated");
    let check = app.anonymous().post("/v1/leads?validate_only=true", &body).await;
    check.expect_problem(401, "unauthenticated");

    // A tablet of the organiser's at the fair.
    let owner = app.member("chu@hoi-cho.example", fair, MemberRole::Owner).await;
    let machine = app.machine(&owner, fair, &["leads.write", "leads.read"]).await;
    let tablet = app.as_machine(&machine).await;
    let receipt = sent(&tablet, &body).await;
    assert_eq!(tablet.get(&lead_path(&receipt)).await.expect(StatusCode::OK)["your_side"], "organiser");
    assert_eq!(editor.all("/v1/leads").await.len(), 4);
    app.sql(format!("UPDATE organisations SET standing = 'suspended' WHERE id = '{fair}'")).await;
    for stopped in [&tablet, &editor] {
        ask(stopped, &body).await.expect_problem(403, "forbidden");
    }
}

async fn a_producer_records_what_is_asked_of_itself(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Editor).await;
    let as_producer = json!({ "as": "producer" });
    let receipt = sent(&baker, &visitor(stock.enquiry(&[stock.cake]), as_producer.clone())).await;
    let lead = baker.get(&lead_path(&receipt)).await.expect(StatusCode::OK);
    assert_eq!((&lead["recorded"]["as"], &lead["your_side"]), (&json!("producer"), &json!("producer")));
    assert_eq!(lead["recorded"]["organisation"]["id"], json!(stock.bakers));
    // It heard the question when it wrote it down.
    assert_eq!(lead["answered_at"], lead["occurred_at"]);
    let foreign = visitor(stock.enquiry(&[stock.mat, stock.cake, stock.silk]), as_producer.clone());
    let not_own = |index: usize| (format!("/products/{index}/product_id"), "not_own_product".to_owned());
    let refused = ask(&baker, &foreign).await;
    refused.expect_problem(422, "invalid_body");
    assert_eq!(refused.faults(), [not_own(0), not_own(2)]);
    let check = baker.post("/v1/leads?validate_only=true", &foreign).await;
    assert_eq!(check.faults(), [not_own(0), not_own(2)]);
    let viewer = app.member("xem@example.vn", stock.bakers, MemberRole::Viewer).await;
    let own = visitor(stock.enquiry(&[stock.cake]), as_producer);
    ask(&viewer, &own).await.expect_problem(403, "forbidden");
    let nobody = app.user("ai-do@example.vn", Role::Member, &[]).await;
    ask(&nobody, &own).await.expect_problem(403, "forbidden");
    assert_eq!(count(&app, "leads").await, 1);
}

async fn an_office_records_what_comes_to_it(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let officer = app.officer("01").await;
    let body = visitor(stock.enquiry(&[stock.cake]), json!({ "as": "office" }));
    let receipt = sent(&officer, &body).await;
    let lead = officer.get(&lead_path(&receipt)).await.expect(StatusCode::OK);
    assert_eq!((&lead["your_side"], &lead["recorded"]), (&json!("office"), &json!({ "as": "office" })));
    let baker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Owner).await;
    assert_eq!(baker.all("/v1/leads").await[0]["recorded"], json!({ "as": "office" }));
    ask(&baker, &body).await.expect_problem(403, "forbidden");
    let named =
        visitor(stock.enquiry(&[stock.cake]), json!({ "as": "office", "organisation_id": stock.bakers }));
    let refused = ask(&officer, &named).await;
    assert_eq!(refused.faults(), [("/walk_in/organisation_id".to_owned(), "not_taken_here".to_owned())]);
    let elsewhere = app.officer("33").await;
    elsewhere.get(&lead_path(&receipt)).await.expect_problem(404, "not_found");
}

async fn only_a_recorder_leaves_the_address_out(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let officer = app.officer("01").await;
    let nameless =
        with(stock.enquiry(&[stock.cake]), json!({ "contact": { "name": "Khách" }, "walk_in": null }));
    for by in [&app.anonymous(), &officer] {
        let refused = ask(by, &nameless).await;
        refused.expect_problem(422, "invalid_body");
        assert_eq!(refused.faults(), [("/contact".to_owned(), "no_way_to_answer".to_owned())]);
    }
    let walk_in = json!({ "as": "office" });
    let receipt = sent(&officer, &visitor(stock.enquiry(&[stock.cake]), walk_in.clone())).await;
    let lead = officer.get(&lead_path(&receipt)).await.expect(StatusCode::OK);
    assert!(lead["contact"]["email"].is_null() && lead["contact"]["phone"].is_null());
    // Whoever records it, the buyer has agreed; and the rest has to be right.
    let mut wrong = visitor(stock.enquiry(&[stock.cake]), walk_in);
    wrong["consent"]["accepted"] = json!(false);
    wrong["contact"]["email"] = json!("khách");
    let refused = ask(&officer, &wrong).await;
    let mut faults = refused.faults();
    faults.sort();
    let expected = [("/consent/accepted", "consent_required"), ("/contact/email", "invalid_email")];
    assert_eq!(faults, expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
}

async fn the_standing_of_a_company_is_what_its_organisation_has(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let shops = party(&app, "buyer", "Chuỗi Cửa Hàng Ví Dụ", "9900000016", "unverified").await;
    let buyer = app.member("mua@chuoi.example", shops, MemberRole::Viewer).await;
    let owner = app.member("chu@chuoi.example", shops, MemberRole::Owner).await;
    let machine = app.machine(&owner, shops, &["leads.write", "leads.read"]).await;
    let machine = app.as_machine(&machine).await;
    let nobody = app.user("ai-do@example.vn", Role::Member, &[]).await;
    let maker = app.member("tho-banh@example.vn", stock.bakers, MemberRole::Viewer).await;
    let own = stock.enquiry(&[stock.cake]);
    let by_name = with(own.clone(), json!({ "company": { "name": "chuỗi cửa hàng  Ví Dụ" } }));
    let foreign =
        with(own.clone(), json!({ "company": { "name": "Chuỗi cửa hàng Ví Dụ", "tax_code": "9900000023" } }));
    let another = with(own.clone(), json!({ "company": { "name": "Siêu thị Lừng Danh" } }));
    let mut leads = Vec::new();
    for (by, body, at_first, later) in [
        (&app.anonymous(), &own, "anonymous", "anonymous"),
        (&nobody, &own, "signed_in", "signed_in"),
        (&buyer, &own, "registered", "verified"),
        (&buyer, &by_name, "registered", "verified"),
        (&buyer, &foreign, "signed_in", "signed_in"),
        (&buyer, &another, "signed_in", "signed_in"),
        (&machine, &own, "registered", "verified"),
        (&machine, &another, "signed_in", "signed_in"),
    ] {
        leads.push((lead_path(&sent(by, body).await), at_first, later));
    }
    let standing =
        async |path: &str| maker.get(path).await.expect(StatusCode::OK)["company"]["standing"].clone();
    let set =
        |standing: &str| format!("UPDATE organisations SET standing = '{standing}' WHERE id = '{shops}'");
    for (path, at_first, _) in &leads {
        assert_eq!(standing(path).await, *at_first);
    }
    app.sql(set("verified")).await;
    for (path, _, later) in &leads {
        assert_eq!(standing(path).await, *later);
    }
    for card in maker.all("/v1/leads").await {
        let path = format!("/v1/leads/{}", card["id"].as_str().expect("an id"));
        let (.., later) = leads.iter().find(|(known, ..)| *known == path).expect("one of them");
        assert_eq!(card["company"]["standing"], *later);
    }
    app.sql(set("refused")).await;
    assert_eq!(standing(&leads[2].0).await, "signed_in");
}

async fn a_target_price_is_no_business_of_an_office(app: TestApp) {
    let stock = Stock::fill(&app).await;
    settle(&app, stock.bakers, "33").await;
    let (here, recorder) = (app.officer("33").await, app.officer("01").await);
    let mut body = stock.enquiry(&[stock.cake]);
    body["products"][0]["target_price"] = json!(77_000);
    let sent_by_buyer = lead_path(&sent(&app.anonymous(), &body).await);
    let recorded = lead_path(&sent(&recorder, &with(body, json!({ "walk_in": { "as": "office" } }))).await);
    let price = async |by: &Actor, path: &str| {
        by.get(path).await.expect(StatusCode::OK)["products"][0]["target_price"].clone()
    };
    assert_eq!(price(&here, &sent_by_buyer).await, Value::Null);
    assert_eq!(price(&recorder, &recorded).await, 77_000);
    let listed = here.all("/v1/leads").await;
    assert!(
        listed
            .iter()
            .any(|card| format!("/v1/leads/{}", card["id"].as_str().expect("an id")) == sent_by_buyer
                && card["products"][0]["target_price"].is_null())
    );
}

async fn a_day_has_a_budget_by_standing(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let fresh = party(&app, "buyer", "Chuỗi Mới Ví Dụ", "9900000016", "unverified").await;
    let known = party(&app, "buyer", "Chuỗi Cũ Ví Dụ", "9900000023", "verified").await;
    let nobody = app.user("ai-do@example.vn", Role::Member, &[]).await;
    let of_fresh = app.member("moi@chuoi.example", fresh, MemberRole::Owner).await;
    let colleague = app.member("moi-2@chuoi.example", fresh, MemberRole::Viewer).await;
    let of_known = app.member("cu@chuoi.example", known, MemberRole::Owner).await;
    let officer = app.officer("01").await;
    let body = stock.enquiry(&[stock.cake]);
    let refused = async |by: &Actor| {
        let refused = ask(by, &body).await;
        refused.expect_problem(429, "too_many_requests");
        let wait: u64 = refused.header("retry-after").parse().expect("seconds");
        assert!((1..=86_401).contains(&wait), "{wait}");
    };
    let told = |reply: &Reply| (reply.header("ratelimit-policy"), reply.header("ratelimit"));
    for (by, most) in [(&nobody, 2), (&of_known, 5), (&officer, 5)] {
        for left in (0..most).rev() {
            let reply = ask(by, &body).await;
            reply.expect(StatusCode::CREATED);
            let expected = (format!("\"enquiries\";q={most};w=86400"), format!("\"enquiries\";r={left}"));
            assert_eq!(told(&reply), expected);
        }
        refused(by).await;
        // To look whether it would do is free.
        by.post("/v1/leads?validate_only=true", &body).await.expect(StatusCode::OK);
    }
    // An organisation's people and machines share its budget.
    let machine = app.machine(&of_fresh, fresh, &["leads.write"]).await;
    let machine = app.as_machine(&machine).await;
    for by in [&of_fresh, &colleague, &machine] {
        ask(by, &body).await.expect(StatusCode::CREATED);
    }
    for by in [&of_fresh, &colleague, &machine] {
        refused(by).await;
    }
    // By address nobody is counted who has signed in, and the other way round.
    ask(&app.anonymous(), &body).await.expect(StatusCode::CREATED);
    assert_eq!(count(&app, "enquiries").await, 2 + 5 + 5 + 3 + 1);
}
