//! The public catalogue: what is in force, found, ordered, paged, verified.

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::seed::{Certified, Codes, Maker, Product, Seed, VU_THU, day};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ocop_market::catalogue::{self, Offered};
use ocop_market::db::Failure;
use ocop_market::products::ProductId;
use ocop_market::vietnamese::sort_key;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub fn cases() -> Vec<Case> {
    cases![
        a_product_goes_at_midnight_by_itself,
        each_filter_narrows,
        every_order_pages_through_every_row_once,
        a_cursor_goes_with_its_list_only,
        wrong_parameters_are_told_all_at_once,
        words_are_found_with_and_without_marks,
        names_as_typed_come_first,
        a_card_tells_what_the_decision_said,
        a_product_not_in_force_says_why,
        producers_are_those_with_products_in_force,
        a_household_is_told_by_form_and_place,
        a_code_is_verified_on_any_day,
        what_cannot_be_verified_is_not_found,
        lists_can_be_revalidated,
        only_what_is_in_force_is_offered,
    ]
}

async fn names(actor: &Actor, path: &str) -> Vec<String> {
    let items = actor.all(path).await;
    let name = |item: &Value| item["name"].as_str().expect("a name").to_owned();
    items.iter().map(name).collect()
}

async fn get(app: &TestApp, path: &str) -> Value {
    app.anonymous().get(path).await.expect(StatusCode::OK)
}

/// What leads are told of these products.
async fn offered(app: &TestApp, ids: &[ProductId]) -> Vec<Offered> {
    let (ids, reference, today) = (ids.to_vec(), app.state.reference.clone(), app.state.world.today());
    let read = app
        .state
        .db
        .read(move |conn| catalogue::offered(conn, &reference, &ids, today).map_err(Failure::from));
    read.await.expect("an answer")
}

fn verification(product: &Product) -> String {
    format!("/v1/verifications/{}", product.code.as_str())
}

async fn a_product_goes_at_midnight_by_itself(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    // 36 months from the decision: 23 November 2026 is the last day.
    let last_day = Certified { on: "2023-11-23", ..Certified::default() };
    let product = seed.certified(maker, "Bánh cáy", &last_day);
    seed.insert().await;
    let (list, detail) = ("/v1/products", format!("/v1/products/{}", product.id));
    let yesterday = format!("{}?on=2026-11-23", verification(&product));
    let tomorrow = format!("{}?on=2026-11-24", verification(&product));

    // 23:59:59.999999 in Hà Nội.
    app.clock.set("2026-11-23T16:59:59.999999Z");
    let page = get(&app, list).await;
    assert_eq!(page["as_of"], "2026-11-23");
    assert_eq!(page["items"][0]["certification"]["state"], "expiring");
    assert_eq!(page["items"][0]["certification"]["in_force_until"], "2026-11-23");
    assert_eq!(get(&app, &detail).await["id"], product.id.as_str());
    assert_eq!(get(&app, &verification(&product)).await["certified"], true);
    assert_eq!(get(&app, &tomorrow).await["certified"], false);

    app.clock.set("2026-11-23T17:00:00Z");
    let page = get(&app, list).await;
    assert_eq!((&page["as_of"], &page["items"]), (&json!("2026-11-24"), &json!([])));
    let gone = app.anonymous().get(&detail).await.expect_problem(410, "not_in_force");
    assert_eq!((&gone["state"], &gone["since"]), (&json!("expired"), &json!("2026-11-24")));
    assert_eq!(get(&app, &verification(&product)).await["state"], "expired");
    assert_eq!(get(&app, &yesterday).await["state"], "expiring");
    assert_eq!(names(&app.anonymous(), "/v1/producers").await, Vec::<String>::new());
}

async fn each_filter_narrows(app: TestApp) {
    const HA_NOI: Codes = [Some("01"), None, None, None, None];
    let mut seed = Seed::new(&app);
    let (one, other) = (seed.maker("HTX Một"), seed.maker("HTX Hai"));
    let base = Certified::default();
    seed.certified(one, "Bánh cáy", &base);
    seed.certified(one, "Trà sen", &Certified { stars: 5, set: Some(12), ..base.clone() });
    let mat =
        Certified { group: Some("textiles"), set: Some(25), taxonomy: "2019", stars: 3, ..base.clone() };
    seed.certified(other, "Khăn mặt", &mat);
    let far = seed.product(other, "Rượu nếp", HA_NOI, "");
    seed.certify(&far, &Certified { group: None, set: None, on: "2026-11-23", ..base.clone() }, None);
    // Not in force: decided tomorrow, run out, revoked, claimed only.
    seed.certified(one, "Mai sau", &Certified { on: "2026-11-24", ..base.clone() });
    seed.certified(one, "Hôm qua", &Certified { on: "2023-11-22", ..base.clone() });
    seed.certified(one, "Thu hồi", &Certified { revoked_on: Some("2026-11-23"), ..base.clone() });
    let claimed = seed.product(one, "Chưa rõ", VU_THU, "");
    seed.claim(&claimed);
    // In force by its extension.
    let extended = Certified { on: "2023-10-01", extended_until: Some("2026-12-31"), ..base };
    seed.certified(other, "Gia hạn", &extended);
    seed.insert().await;

    let everything: &[&str] = &["Rượu nếp", "Trà sen", "Khăn mặt", "Bánh cáy", "Gia hạn"];
    for (query, expected) in [
        ("", everything),
        ("?stars=3,5", &["Trà sen", "Khăn mặt"]),
        ("?stars=3&stars=5", &["Trà sen", "Khăn mặt"]),
        ("?group=textiles", &["Khăn mặt"]),
        ("?group=food,textiles&stars=4", &["Bánh cáy", "Gia hạn"]),
        ("?set=12,25", &["Trà sen", "Khăn mặt"]),
        ("?province=01", &["Rượu nếp"]),
        ("?province=33,01", everything),
        ("?unit=33&stars=5", &["Trà sen"]),
        // Former Thái Bình, its district Vũ Thư, the old commune; the new commune of the same code.
        ("?unit=34&stars=5", &["Trà sen"]),
        ("?unit=344&stars=5", &["Trà sen"]),
        ("?unit=13192@2025-06-30&stars=5", &["Trà sen"]),
        ("?unit=13192&stars=5", &["Trà sen"]),
        ("?unit=13192,01&stars=4", &["Rượu nếp", "Bánh cáy", "Gia hạn"]),
        ("?unit=344&province=01", &[]),
        ("?q=", everything),
    ] {
        let found = names(&app.anonymous(), &format!("/v1/products{query}")).await;
        assert_eq!(
            BTreeSet::from_iter(found.iter().map(String::as_str)),
            BTreeSet::from_iter(expected.iter().copied()),
            "{query}"
        );
        assert_eq!(found.len(), expected.len(), "{query}");
    }
    let of_one = names(&app.anonymous(), &format!("/v1/products?producer={}&sort=name", one.id)).await;
    assert_eq!(of_one, ["Bánh cáy", "Trà sen"]);
    let newest = names(&app.anonymous(), "/v1/products").await;
    assert_eq!((newest.first(), newest.last()), (Some(&"Rượu nếp".to_owned()), Some(&"Gia hạn".to_owned())));
}

async fn every_order_pages_through_every_row_once(app: TestApp) {
    const NAMES: [&str; 8] = ["Chè", "Che", "Đường phên", "Dừa", "Dứa", "Lụa", "9 vị", "Ăn liền"];
    let mut seed = Seed::new(&app);
    let mut rows: Vec<(Maker, String, String, &str, i64)> = Vec::new();
    for (index, name) in NAMES.iter().cycle().take(40).enumerate() {
        // Every maker makes every name once; days, stars and names collide all over.
        let maker = match index % NAMES.len() {
            0 => seed.maker(&format!("HTX số {index}")),
            _ => rows.last().map(|(maker, ..)| *maker).expect("the maker before"),
        };
        let (on, stars) = (["2025-03-01", "2025-03-02", "2026-01-05"][index % 3], 3 + (index % 3) as i64);
        let product = seed.certified(maker, name, &Certified { on, stars, ..Certified::default() });
        rows.push((maker, product.id.to_string(), sort_key(name), on, stars));
    }
    seed.insert().await;
    for (sort, limit) in [("newest", 7), ("stars", 1), ("name", 3), ("relevance", 7), ("name", 100)] {
        let mut expected = rows.clone();
        expected.sort_by(|(_, a, a_key, a_on, a_stars), (_, b, b_key, b_on, b_stars)| match sort {
            "newest" => (b_on, b).cmp(&(a_on, a)),
            "name" => (a_key, a).cmp(&(b_key, b)),
            _ => (b_stars, a_key, a).cmp(&(a_stars, b_key, b)),
        });
        let expected: Vec<&str> = expected.iter().map(|(_, id, ..)| id.as_str()).collect();
        let items = app.anonymous().all(&format!("/v1/products?sort={sort}&limit={limit}")).await;
        let found: Vec<&str> = items.iter().filter_map(|item| item["id"].as_str()).collect();
        assert_eq!(found, expected, "{sort}");
    }
    // With a search, the rank is part of the place in the list.
    for q in ["d", "dứa", "che"] {
        let mut one_by_one = app.anonymous().all(&format!("/v1/products?q={q}&limit=1")).await;
        let mut at_once = app.anonymous().all(&format!("/v1/products?q={q}&limit=100")).await;
        assert_eq!(one_by_one, at_once, "{q}");
        for items in [&mut one_by_one, &mut at_once] {
            items.sort_by_key(|item| item["id"].to_string());
            items.dedup();
        }
        assert_eq!(one_by_one.len(), if q == "d" { 15 } else { 10 }, "{q}");
    }
    let producers = names(&app.anonymous(), "/v1/producers?limit=2").await;
    let numbers: Vec<String> = [0, 8, 16, 24, 32].iter().map(|n| format!("HTX số {n}")).collect();
    assert_eq!(BTreeSet::from_iter(&producers), BTreeSet::from_iter(&numbers));
    assert!(producers.is_sorted_by_key(|name| sort_key(name)) && producers.len() == 5);
}

async fn a_cursor_goes_with_its_list_only(app: TestApp) {
    let mut seed = Seed::new(&app);
    for index in 0..3 {
        let maker = seed.maker(&format!("HTX {index}"));
        seed.certified(maker, &format!("Sản phẩm {index}"), &Certified::default());
    }
    seed.insert().await;
    let page = get(&app, "/v1/products?limit=1").await;
    let cursor = page["next_cursor"].as_str().expect("more to come");
    let producers = get(&app, "/v1/producers?limit=1").await;
    let of_producers = producers["next_cursor"].as_str().expect("more to come");
    // Cursors are not signed: what is in them is checked like other input.
    let sealed = URL_SAFE_NO_PAD.decode(cursor).expect("base64");
    let mut forged: Value = serde_json::from_slice(&sealed).expect("JSON");
    forged[1][4] = json!("\0");
    let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
    get(&app, &format!("/v1/products?limit=2&cursor={cursor}")).await;
    for wrong in [
        format!("/v1/products?stars=4&cursor={cursor}"),
        format!("/v1/products?sort=name&cursor={cursor}"),
        format!("/v1/producers?cursor={cursor}"),
        format!("/v1/products?cursor={of_producers}"),
        format!("/v1/products?cursor={forged}"),
        "/v1/products?cursor=".to_owned(),
        "/v1/products?cursor=%00".to_owned() + "x",
        format!("/v1/products?cursor={}", "A".repeat(5000)),
        "/v1/producers?cursor=bánh".to_owned(),
    ] {
        let answer = app.anonymous().get(&wrong).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}: {}", answer.text);
    }
    app.anonymous()
        .get(&format!("/v1/products?stars=4&cursor={cursor}"))
        .await
        .expect_problem(400, "invalid_cursor");
}

async fn wrong_parameters_are_told_all_at_once(app: TestApp) {
    let long = "a%20".repeat(11);
    let answer = app
        .anonymous()
        .get(&format!(
            "/v1/products?stars=2,9223372036854775808,-1&set=0&producer=x&q={long}&sort=price&limit=0&colour=red"
        ))
        .await;
    answer.expect_problem(400, "invalid_parameters");
    let mut faults = answer.faults();
    faults.sort();
    let expected = [
        ("colour", "unknown_field"),
        ("limit", "out_of_range"),
        ("producer", "invalid_id"),
        ("q", "too_long"),
        ("set", "out_of_range"),
        ("sort", "unknown_value"),
        ("stars", "out_of_range"),
        ("stars", "out_of_range"),
        ("stars", "out_of_range"),
    ];
    assert_eq!(faults, expected.map(|(place, code)| (place.to_owned(), code.to_owned())));

    let answer = app
        .anonymous()
        .get("/v1/products?unit=99999,33@2020-13-01&province=34&group=gold&group=%F0%9F%8D%AF")
        .await;
    answer.expect_problem(400, "invalid_parameters");
    let places: Vec<String> = answer.faults().into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["unit", "unit", "province", "group", "group"]);
    for path in
        ["/v1/products?q=%00", "/v1/producers?stars=4", "/v1/producers?limit=101", "/v1/producers?province=0"]
    {
        app.anonymous().get(path).await.expect_problem(400, "invalid_parameters");
    }
    for path in ["/v1/products/x", "/v1/producers/1", "/v1/products/01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d"] {
        app.anonymous().get(path).await.expect_problem(404, "not_found");
    }
}

/// Products to search; the last one's maker has `cáy` in its name.
async fn larder(app: &TestApp) {
    let mut seed = Seed::new(app);
    let maker = seed.maker("HTX Ví Dụ");
    for (index, name) in
        ["Mắm cáy", "Bánh cáy", "Vị cay", "Bánh cay nóng", "Lụa", "Lúa", "Nước mắm 40°đạm", "100% mật ong"]
            .iter()
            .enumerate()
    {
        let stars = 3 + (index % 2) as i64;
        seed.certified(maker, name, &Certified { stars, ..Certified::default() });
    }
    let other = seed.product(maker, "Kẹo lạc", VU_THU, "HTX bánh cáy Ví Dụ");
    seed.certify(&other, &Certified { stars: 5, ..Certified::default() }, None);
    seed.insert().await;
}

async fn words_are_found_with_and_without_marks(app: TestApp) {
    larder(&app).await;
    for (q, expected) in [
        ("banh cay", 3),
        ("BÁNH  CÁY", 3),
        // The same in NFD.
        ("ba\u{301}nh ca\u{301}y", 3),
        ("cay banh", 3),
        ("ba ca", 3),
        ("anh", 0),
        ("lua", 2),
        ("dam 40", 1),
        ("100%", 1),
        ("%", 0),
        ("_", 0),
        ("b%y", 0),
        ("b_nh", 0),
        ("\\", 0),
        ("'; DROP TABLE products; --", 0),
        ("🍯", 0),
        ("🍯 mat ong", 1),
        ("   ", 9),
        ("|", 0),
    ] {
        let query = [("q", q)];
        let request = app.anonymous().request(Method::GET, "/v1/products").query(&query);
        let page = Reply::of(request).await.expect(StatusCode::OK);
        assert_eq!(page["items"].as_array().map(Vec::len), Some(expected), "{q}: {page}");
    }
}

async fn names_as_typed_come_first(app: TestApp) {
    larder(&app).await;
    for (q, expected) in [
        // As typed, then the name begins so, then the name holds them, then elsewhere.
        ("bánh cáy", vec!["Bánh cáy", "Bánh cay nóng", "Kẹo lạc"]),
        ("cáy", vec!["Bánh cáy", "Mắm cáy", "Bánh cay nóng", "Vị cay", "Kẹo lạc"]),
        // No marks, no preference for names without: most stars, then the dictionary.
        ("cay", vec!["Bánh cay nóng", "Bánh cáy", "Mắm cáy", "Vị cay", "Kẹo lạc"]),
        ("lúa", vec!["Lúa", "Lụa"]),
        ("lụa", vec!["Lụa", "Lúa"]),
        ("mam", vec!["Mắm cáy", "Nước mắm 40°đạm"]),
        ("bánh", vec!["Bánh cay nóng", "Bánh cáy", "Kẹo lạc"]),
    ] {
        let found = names(&app.anonymous(), &format!("/v1/products?q={q}&limit=2")).await;
        assert_eq!(found, expected, "{q}");
    }
    let by_name = names(&app.anonymous(), "/v1/products?q=cáy&sort=name").await;
    assert_eq!(by_name, ["Bánh cay nóng", "Bánh cáy", "Kẹo lạc", "Mắm cáy", "Vị cay"]);
}

async fn a_card_tells_what_the_decision_said(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let product = seed.certified(maker, "Bánh cáy", &Certified::default());
    seed.certified(maker, "Kẹo lạc", &Certified::default());
    seed.insert().await;
    let detail = get(&app, &format!("/v1/products/{}", product.id)).await;
    let expected = json!({
        "name": "Bánh cáy",
        "code": product.code.as_str(),
        "producer": { "id": maker.id.as_str(), "name": "HTX Ví Dụ" },
        "stars": 4,
        "score": 83.5,
        "group": { "code": "food", "name_vi": "Thực phẩm", "name_en": "Food" },
        "gtin": null,
        "criteria_version": "2026",
        "taxonomy": "2026",
        "source_url": null,
        "verification_url": verification(&product),
        "producer_products": { "count": 2, "url": format!("/v1/products?producer={}", maker.id) },
    });
    for (member, value) in expected.as_object().expect("an object") {
        assert_eq!(&detail[member], value, "{member}");
    }
    assert_eq!(detail["set"]["number"], 6);
    assert_eq!(detail["place"]["province"]["name"], "Tỉnh Hưng Yên");
    assert_eq!(detail["place"]["former"]["district"]["name"], "Huyện Vũ Thư");
    let certification = &detail["certification"];
    assert_eq!(
        certification["decision"],
        json!({ "issuer": "UBND tỉnh Hưng Yên", "number": "301/QĐ-UBND", "date": "2025-06-01" })
    );
    assert_eq!(
        (&certification["valid_until"], &certification["state"]),
        (&json!("2028-06-01"), &json!("valid"))
    );

    // The list shows the same card.
    let page = get(&app, "/v1/products?q=banh").await;
    for (member, value) in page["items"][0].as_object().expect("an object") {
        assert_eq!(&detail[member], value, "{member}");
    }
}

async fn a_product_not_in_force_says_why(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let base = Certified::default();
    let revoked =
        seed.certified(maker, "Thu hồi", &Certified { revoked_on: Some("2026-02-03"), ..base.clone() });
    let extended = Certified { on: "2023-05-01", extended_until: Some("2026-10-01"), ..base.clone() };
    let extended = seed.certified(maker, "Gia hạn", &extended);
    let at_once =
        seed.certified(maker, "Thu ngay", &Certified { revoked_on: Some("2025-06-01"), ..base.clone() });
    let tomorrow = seed.certified(maker, "Mai sau", &Certified { on: "2026-11-24", ..base });
    let claimed = seed.product(maker, "Chưa rõ", VU_THU, "");
    seed.claim(&claimed);
    seed.insert().await;
    for (product, state, since) in [
        (&revoked, "revoked", "2026-02-03"),
        (&extended, "expired", "2026-10-02"),
        (&at_once, "revoked", "2025-06-01"),
    ] {
        let gone = app.anonymous().get(&format!("/v1/products/{}", product.id)).await;
        let gone = gone.expect_problem(410, "not_in_force");
        assert_eq!((&gone["state"], &gone["since"]), (&json!(state), &json!(since)));
        assert_eq!(gone["verification_url"], verification(product));
    }
    for product in [&claimed, &tomorrow] {
        let answer = app.anonymous().get(&format!("/v1/products/{}", product.id)).await;
        answer.expect_problem(404, "not_found");
    }
}

async fn producers_are_those_with_products_in_force(app: TestApp) {
    const HA_NOI: Codes = [Some("01"), None, None, None, None];
    let mut seed = Seed::new(&app);
    let (one, other) = (seed.maker("HTX Ấp Chè"), seed.maker("HTX Ân Thi"));
    let far = seed.maker_of("company", Some("Công ty Đường Xa"), HA_NOI);
    let none = seed.maker("HTX Không Còn");
    seed.certified(one, "Bánh cáy", &Certified::default());
    seed.certified(
        one,
        "Lụa",
        &Certified { group: Some("handicrafts"), set: None, stars: 5, ..Certified::default() },
    );
    seed.certified(other, "Kẹo lạc", &Certified { stars: 3, ..Certified::default() });
    seed.certified(far, "Rượu", &Certified { group: None, set: None, ..Certified::default() });
    let gone = Certified { revoked_on: Some("2026-01-01"), ..Certified::default() };
    seed.certified(none, "Hết hạn", &gone);
    seed.certified(one, "Cũ", &gone);
    seed.insert().await;

    for (query, expected) in [
        ("", &["Công ty Đường Xa", "HTX Ân Thi", "HTX Ấp Chè"][..]),
        ("?group=handicrafts,tourism", &["HTX Ấp Chè"]),
        ("?province=01", &["Công ty Đường Xa"]),
        ("?unit=344", &["HTX Ân Thi", "HTX Ấp Chè"]),
        ("?q=ap", &["HTX Ấp Chè"]),
        ("?q=htx%20%E1%BA%A5p", &["HTX Ấp Chè"]),
        ("?q=%25", &[]),
        ("?q=thi&unit=01", &[]),
    ] {
        let found = names(&app.anonymous(), &format!("/v1/producers{query}")).await;
        assert_eq!(found, expected, "{query}");
    }
    let item = &get(&app, "/v1/producers?q=ap").await["items"][0];
    assert_eq!((&item["products"], &item["best_stars"]), (&json!(2), &json!(5)));
    assert_eq!(item["entity_type"], "cooperative");
    let detail = get(&app, &format!("/v1/producers/{}", one.id)).await;
    for (member, value) in item.as_object().expect("an object") {
        assert_eq!(
            if member == "products" { &detail["products"] } else { &detail[member] },
            value,
            "{member}"
        );
    }
    let of_it: Vec<&str> =
        detail["items"].as_array().expect("a list").iter().filter_map(|item| item["name"].as_str()).collect();
    assert_eq!(of_it, ["Bánh cáy", "Lụa"]);
    let absent = app.anonymous().get(&format!("/v1/producers/{}", none.id)).await;
    absent.expect_problem(404, "not_found");
}

async fn a_household_is_told_by_form_and_place(app: TestApp) {
    // A commune that was split: which of today's it is in is not certain, the one of before is.
    const TU_MINH: Codes = [Some("31"), None, Some("30"), Some("288"), Some("10540")];
    let mut seed = Seed::new(&app);
    let mut told = Vec::new();
    for (place, name) in [
        (VU_THU, "Hộ kinh doanh tại Xã Vũ Thư, Tỉnh Hưng Yên"),
        (TU_MINH, "Hộ kinh doanh tại Phường Tứ Minh, Thành phố Hải Dương, Tỉnh Hải Dương"),
    ] {
        let maker = seed.maker_of("household", None, place);
        let product = seed.certified(maker, "Bánh cáy", &Certified::default());
        told.push((maker, product, name));
    }
    seed.insert().await;
    for (maker, product, name) in told {
        let paths = [
            "/v1/products".to_owned(),
            format!("/v1/products/{}", product.id),
            "/v1/producers".to_owned(),
            format!("/v1/producers/{}", maker.id),
            verification(&product),
        ];
        for path in &paths {
            let answer = app.anonymous().get(path).await;
            assert!(answer.text.contains(name), "{path}: {}", answer.text);
            assert!(!answer.text.contains("Không Công Khai"), "{path}");
        }
        assert_eq!(offered(&app, &[product.id]).await[0].producer_name, name);
    }
}

async fn a_code_is_verified_on_any_day(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let base = Certified { stars: 3, on: "2020-02-04", set: None, taxonomy: "2019", ..Certified::default() };
    let product = seed.product(maker, "Bánh cáy", VU_THU, "");
    seed.certify(&product, &base, Some("2022-03-01"));
    let upgraded =
        Certified { stars: 4, on: "2022-03-01", extended_until: Some("2025-06-30"), ..base.clone() };
    seed.certify(&product, &upgraded, Some("2026-01-15"));
    let revoked = Certified { stars: 5, on: "2026-01-15", revoked_on: Some("2026-11-01"), ..base };
    seed.certify(&product, &revoked, None);
    seed.insert().await;
    let code = product.code.as_str();
    for (on, certified, state, stars, states) in [
        ("2020-02-03", false, Value::Null, Value::Null, [None, None, None]),
        ("2020-02-04", true, json!("valid"), json!(3), [None, None, Some("valid")]),
        ("2022-02-28", true, json!("valid"), json!(3), [None, None, Some("valid")]),
        ("2022-03-01", true, json!("valid"), json!(4), [None, Some("valid"), Some("superseded")]),
        ("2025-03-01", true, json!("expiring"), json!(4), [None, Some("expiring"), Some("superseded")]),
        ("2025-03-02", true, json!("extended"), json!(4), [None, Some("extended"), Some("superseded")]),
        ("2025-07-01", false, json!("expired"), json!(4), [None, Some("expired"), Some("superseded")]),
        (
            "2026-10-31",
            true,
            json!("valid"),
            json!(5),
            [Some("valid"), Some("superseded"), Some("superseded")],
        ),
        (
            "2026-11-01",
            false,
            json!("revoked"),
            json!(5),
            [Some("revoked"), Some("superseded"), Some("superseded")],
        ),
    ] {
        let answer = get(&app, &format!("/v1/verifications/{code}?on={on}")).await;
        assert_eq!(
            (&answer["certified"], &answer["state"], &answer["stars"]),
            (&json!(certified), &state, &stars),
            "{on}"
        );
        let history = answer["certifications"].as_array().expect("a list");
        let told: Vec<Option<&str>> = history.iter().map(|entry| entry["state"].as_str()).collect();
        assert_eq!(told, states, "{on}");
        assert_eq!(answer["on"], on);
    }
    let today = get(&app, &format!("/v1/verifications/{}", code.to_lowercase().replace('-', "%20"))).await;
    assert_eq!((&today["on"], &today["state"]), (&json!("2026-11-23"), &json!("revoked")));
    assert_eq!(today["certifications"][0]["revocation_ground"], "mark_misuse");
    assert_eq!(today["in_force_until"], "2026-10-31");

    for (language, on, sentence) in [
        (
            "vi",
            "2022-02-28",
            "Vào ngày 28/02/2022: Sản phẩm “Bánh cáy” của HTX Ví Dụ đạt 3 sao theo Quyết định 301/QĐ-UBND ngày 04/02/2020 của UBND tỉnh Hưng Yên, có hiệu lực đến hết ngày 28/02/2022.",
        ),
        (
            "en",
            "2025-03-02",
            "On 2025-03-02: The product “Bánh cáy” of HTX Ví Dụ was recognised with 4 stars by Decision 302/QĐ-UBND of 2022-03-01, issued by UBND tỉnh Hưng Yên, extended until 2025-06-30.",
        ),
        (
            "en",
            "2026-11-23",
            "The product “Bánh cáy” of HTX Ví Dụ was recognised with 5 stars by Decision 303/QĐ-UBND of 2026-01-15, issued by UBND tỉnh Hưng Yên, revoked from 2026-11-01.",
        ),
        (
            "vi",
            "2019-01-01",
            "Vào ngày 01/01/2019: Sản phẩm “Bánh cáy” của HTX Ví Dụ chưa được công nhận sản phẩm OCOP.",
        ),
    ] {
        let request = app.anonymous().request(Method::GET, &format!("/v1/verifications/{code}?on={on}"));
        let answer = Reply::of(request.header("Accept-Language", language)).await;
        assert_eq!(answer.expect(StatusCode::OK)["sentence"], sentence);
        assert_eq!(answer.header("content-language"), language);
        assert!(answer.header("vary").to_lowercase().contains("accept-language"));
    }
}

async fn what_cannot_be_verified_is_not_found(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let claimed = seed.product(maker, "Chưa rõ", VU_THU, "");
    seed.claim(&claimed);
    let absent = seed.product(maker, "Khác", VU_THU, "");
    seed.insert().await;
    for product in [&claimed, &absent] {
        app.anonymous().get(&verification(product)).await.expect_problem(404, "not_found");
    }
    let mut mistyped = claimed.code.as_str().to_owned().into_bytes();
    mistyped[0] = if mistyped[0] == b'0' { b'2' } else { b'0' };
    let mistyped = String::from_utf8(mistyped).expect("ASCII");
    for wrong in [mistyped.as_str(), "b%C3%A1nh%20c%C3%A1y", "%F0%9F%8D%AF", "123"] {
        let answer = app.anonymous().get(&format!("/v1/verifications/{wrong}")).await;
        let problem = answer.expect_problem(404, "not_found");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("gõ nhầm")), "{problem}");
    }
    let answer = app.anonymous().get(&format!("{}?on=2026-02-30&at=x", verification(&claimed))).await;
    answer.expect_problem(400, "invalid_parameters");
    assert_eq!(answer.faults().len(), 2);
}

async fn lists_can_be_revalidated(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let product = seed.certified(maker, "Bánh cáy", &Certified::default());
    seed.certified(maker, "Kẹo lạc", &Certified::default());
    seed.insert().await;
    for path in [
        "/v1/products?limit=1&q=HTX%20banh".to_owned(),
        "/v1/products?limit=1".to_owned(),
        "/v1/producers".to_owned(),
        format!("/v1/products/{}", product.id),
        format!("/v1/producers/{}", maker.id),
        verification(&product),
    ] {
        let first = app.anonymous().get(&path).await;
        assert_eq!(first.header("cache-control"), "public, no-cache", "{path}");
        let request =
            app.anonymous().request(Method::GET, &path).header("If-None-Match", first.header("etag"));
        let again = Reply::of(request).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
        let head = Reply::of(app.anonymous().request(Method::HEAD, &path)).await;
        assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""), "{path}");
        assert_eq!(head.header("etag"), first.header("etag"), "{path}");
    }
    let first = app.anonymous().get("/v1/products?limit=1&stars=4").await;
    let link = first.header("link");
    let next = link.split(['<', '>']).nth(1).expect("an address");
    assert!(next.starts_with("/v1/products?limit=1&stars=4&cursor="), "{link}");
    assert_eq!(get(&app, next).await["next_cursor"], Value::Null);
}

async fn only_what_is_in_force_is_offered(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let here = seed.certified(maker, "Bánh cáy", &Certified::default());
    let gone = seed.certified(maker, "Kẹo lạc", &Certified { on: "2023-11-22", ..Certified::default() });
    seed.insert().await;
    let offered = offered(&app, &[here.id, gone.id, here.id]).await;
    assert_eq!(offered.len(), 1);
    assert_eq!((offered[0].product, offered[0].producer), (here.id, maker.id));
    assert_eq!(
        (offered[0].product_name.as_str(), offered[0].producer_name.as_str()),
        ("Bánh cáy", "HTX Ví Dụ")
    );
}
