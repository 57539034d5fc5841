//! The promotion sheet: what was recorded of a producer's trade, with its proofs, put to the criteria.

use super::market::{Market, market};
use super::stock::organisation;
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use diesel::connection::SimpleConnection;
use ocop_market::accounts::MemberRole;
use ocop_market::db::columns::Key;
use ocop_market::db::{Conn, Failure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        agreements_orders_and_events_stand_with_their_proofs,
        tourism_has_criteria_of_its_own,
        the_page_is_the_same_content_and_escapes_what_people_wrote,
    ]
}

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A contract with its file and an order, a memorandum, a voided contract, and two enquiries from one fair.
async fn traded(app: &TestApp) -> Market {
    let (market, _) = market(app, 1, 0).await;
    let (world, producer, now) = (app.state.world.clone(), market.producers[0].id, market.now);
    let write = move |conn: &mut Conn| {
        let mut sql = String::new();
        let ids: [Key; 12] = std::array::from_fn(|_| world.id());
        for (n, (event, unit)) in
            [("Hội chợ <Xuân> & Hè", "'12688'"), ("HỘI CHỢ <XUÂN> & HÈ", "NULL")].into_iter().enumerate()
        {
            let (enquiry, lead) = (ids[2 * n], ids[2 * n + 1]);
            sql.push_str(&format!(
                "INSERT INTO enquiries (id, recorder_side, company_name, contact_name, contact_sharing, message, language,
                    source_channel, source_event, source_event_key, delivery_unit, needed_certificates, consent_version,
                    occurred_at, received_at)
                 VALUES ('{enquiry:?}', 'office', 'Chuỗi Ví Dụ', 'Tổ thu mua', 'on_request', 'Xin báo giá.', 'vi', 'fair',
                    '{event}', 'hoi cho <xuan> & he', {unit}, '', '2026-11', {now}, {now});
                 INSERT INTO leads (id, enquiry_id, producer_id, stage, stage_since, occurred_at, created_at, updated_at,
                    respond_by, answered_at)
                 VALUES ('{lead:?}', '{enquiry:?}', '{producer}', 'enquiry', {now}, {now}, {now}, {now}, {now}, {now});"
            ));
        }
        let lead = ids[1];
        for (n, (kind, value, voided, ends)) in [
            ("contract", 1_250_000_000_i64, "NULL, NULL", "'2027-12-31'"),
            ("mou", 900, "NULL, NULL", "NULL"),
            ("contract", 700, "1, 'nhầm'", "NULL"),
            ("principle_contract", 5, "NULL, NULL", "'2026-11-22'"),
        ]
        .into_iter()
        .enumerate()
        {
            let id = ids[4 + n];
            sql.push_str(&format!(
                "INSERT INTO agreements (id, lead_id, kind, number, buyer_name, buyer_tax_code, producer_name, value,
                    signed_on, starts_on, ends_on, side, recorded_at, updated_at, voided_at, void_reason)
                 VALUES ('{id:?}', '{lead:?}', '{kind}', '{n}/HĐ', 'Chuỗi <b>Ví Dụ</b>', '9900000016', 'Chủ thể', {value},
                    '2026-11-0{}', '2026-11-01', {ends}, 'producer', {now}, {now}, {voided});",
                n + 1
            ));
        }
        let (contract, file, order, problem) = (ids[4], ids[8], ids[9], ids[10]);
        sql.push_str(&format!(
            "INSERT INTO files (id, sha256, name, media_type, size, created_at, used_at)
             VALUES ('{file:?}', '{HASH}', 'hop-dong.pdf', 'application/pdf', 4, {now}, {now});
             INSERT INTO agreement_files (agreement_id, file_id) VALUES ('{contract:?}', '{file:?}');
             INSERT INTO lead_events (id, lead_id, kind, side, details, occurred_at, at)
             VALUES ('{order:?}', '{lead:?}', 'first_order', 'buyer',
                '{{\"of\":\"order\",\"value\":45000000,\"number\":\"PO-7\"}}', {now}, {now}),
                ('{problem:?}', '{lead:?}', 'delivery_problem', 'buyer', NULL, {now}, {now});"
        ));
        conn.batch_execute(&sql).map_err(Failure::from)
    };
    app.state.db.write(write).await.expect("trade");
    market
}

async fn sheet(by: &Actor, market: &Market, query: &str) -> Value {
    let path = format!("/v1/organisations/{}/promotion-sheet{query}", market.producers[0].id);
    by.get(&path).await.expect(StatusCode::OK)
}

async fn agreements_orders_and_events_stand_with_their_proofs(app: TestApp) {
    let market = traded(&app).await;
    let member = app.member("member@example.vn", market.producers[0].id, MemberRole::Viewer).await;
    let officer = app.officer("33").await;
    let told = sheet(&member, &market, "").await;
    let content = &told["content"];
    assert_eq!((content["from"].as_str(), content["to"].as_str()), (Some("2023-11-23"), Some("2026-11-23")));
    let agreements = content["agreements"].as_array().expect("agreements");
    let kinds: Vec<_> =
        agreements.iter().map(|agreement| agreement["kind"].as_str().expect("a kind")).collect();
    assert_eq!(kinds, ["contract", "mou", "principle_contract"], "what was voided is not there");
    let contract = &agreements[0];
    assert_eq!(contract["evidence"], json!([{ "name": "hop-dong.pdf", "sha256": HASH }]));
    assert_eq!((&contract["delivery"], &contract["orders"]), (&json!("outside"), &json!(1)));
    assert_eq!(contract["value"], 1_250_000_000);
    assert_eq!(content["promotions"][0]["leads"], 2, "two spellings of one fair");
    assert_eq!(content["promotions"].as_array().map(Vec::len), Some(1));
    // By which set the products go is not known: the criteria have no points.
    let set = &content["sets"][0];
    assert_eq!(set["set_no"], Value::Null);
    let codes: Vec<_> =
        set["criteria"].as_array().expect("criteria").iter().map(|one| one["criterion"].clone()).collect();
    assert_eq!(codes, ["4.1", "4.2", "4.3"]);
    assert!(set["criteria"][0]["max_points"].is_null());
    let facts = set["criteria"][0]["facts"].to_string();
    for fact in [
        "Buyers with a contract in force: 1; of these with goods delivered outside the commune: 1.",
        "Contracts in force: 1; with evidence on file: 1; performed by orders: 1.",
        "Orders recorded: 1; deliveries with a problem: 1.",
    ] {
        assert!(facts.contains(fact), "{fact}: {facts}");
    }
    // What an order is worth its parties know.
    assert_eq!(
        (&content["orders"][0]["value"], &content["orders"][0]["number"]),
        (&json!(45_000_000), &json!("PO-7"))
    );
    let office = sheet(&officer, &market, "").await;
    assert!(
        office["content"]["orders"][0]["value"].is_null()
            && office["content"]["orders"][0]["number"].is_null()
    );
    assert_eq!(office["content"]["agreements"], content["agreements"]);
    // The same content has the same hash, whenever it is asked for.
    app.clock.advance_seconds(60);
    let later = sheet(&member, &market, "").await;
    assert_eq!(later["content_sha256"], told["content_sha256"]);
    assert_ne!(later["as_of"], told["as_of"]);
    assert_ne!(office["content_sha256"], told["content_sha256"]);
    // A period of its own.
    let before = sheet(&member, &market, "?from=2026-01-01&to=2026-10-31").await;
    assert_eq!(
        (&before["content"]["agreements"], &before["content"]["promotions"]),
        (&json!([]), &json!([]))
    );
}

async fn tourism_has_criteria_of_its_own(app: TestApp) {
    let market = traded(&app).await;
    let member = app.member("member@example.vn", market.producers[0].id, MemberRole::Owner).await;
    for (set, expected) in [
        (6, vec![("4.1", 5), ("4.2", 3), ("4.3", 5)]),
        (13, vec![("4.1", 5), ("4.2", 4), ("4.3", 4)]),
        (26, vec![("4.1", 5), ("4.2", 3), ("4.3", 2), ("4.4", 4), ("4.5", 3)]),
    ] {
        let told = sheet(&member, &market, &format!("?set={set}")).await;
        let set_told = &told["content"]["sets"][0];
        assert_eq!(set_told["set_no"], set);
        let criteria = set_told["criteria"].as_array().expect("criteria");
        let found: Vec<_> = criteria
            .iter()
            .map(|one| {
                (one["criterion"].as_str().expect("a code"), one["max_points"].as_i64().expect("points"))
            })
            .collect();
        assert_eq!(found, expected, "{set}");
        let with_facts =
            criteria.iter().filter(|one| one["facts"].as_array().is_some_and(|facts| !facts.is_empty()));
        assert_eq!(with_facts.count(), if set == 26 { 4 } else { 3 });
    }
    let path = format!("/v1/organisations/{}/promotion-sheet?set=27&from=x", market.producers[0].id);
    assert_eq!(
        member.get(&path).await.expect(StatusCode::BAD_REQUEST)["errors"].as_array().map(Vec::len),
        Some(2)
    );
    let organiser = organisation(&app, "organiser", "Trung tâm Ví Dụ").await;
    let other = app.member("other@example.vn", organiser, MemberRole::Owner).await;
    other
        .get(&format!("/v1/organisations/{organiser}/promotion-sheet"))
        .await
        .expect_problem(404, "not_found");
}

async fn the_page_is_the_same_content_and_escapes_what_people_wrote(app: TestApp) {
    let market = traded(&app).await;
    let member = app.member("member@example.vn", market.producers[0].id, MemberRole::Owner).await;
    let path = format!("/v1/organisations/{}/promotion-sheet", market.producers[0].id);
    let hash = sheet(&member, &market, "").await["content_sha256"].as_str().expect("a hash").to_owned();
    let page = Reply::of(member.request(Method::GET, &path).header("Accept", "text/html")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
    for part in [
        hash.as_str(),
        HASH,
        "1.250.000.000",
        "Chuỗi &lt;b&gt;Ví Dụ&lt;/b&gt;",
        "01/11/2026",
        "45.000.000",
        "<html lang=\"vi\">",
    ] {
        assert!(page.text.contains(part), "{part} is not in {}", page.text);
    }
    // Either spelling of the one fair.
    assert!(page.text.to_lowercase().contains("hội chợ &lt;xuân&gt; &amp; hè"), "{}", page.text);
    assert!(!page.text.contains("<b>") && !page.text.to_lowercase().contains("<xuân>"));
    let english =
        member.request(Method::GET, &path).header("Accept", "text/html").header("Accept-Language", "en");
    let english = Reply::of(english).await;
    assert!(english.text.contains("Sheet of evidence") && english.header("content-language") == "en");
    let refused = Reply::of(member.request(Method::GET, &path).header("Accept", "application/pdf")).await;
    assert_eq!(refused.status, StatusCode::NOT_ACCEPTABLE);
}
