//! What is shown of products and producers, and from when to when.

use super::*;

pub fn cases() -> Vec<Case> {
    cases![
        a_product_goes_at_midnight_by_itself,
        a_card_tells_what_the_decision_said,
        a_product_not_in_force_says_why,
        the_short_way_answers_like_the_usual_one,
        producers_are_those_with_products_in_force,
        a_household_is_told_by_form_and_place,
        only_what_is_in_force_is_offered,
    ]
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
        "group": { "code": "food", "name": { "vi": "Thực phẩm", "en": "Food" } },
        "gtin": null,
        "criteria_version": "2026",
        "taxonomy": "2026",
        "source_url": null,
        "verification_url": verification(&product),
        "producer_products_url": format!("/v1/products?producer={}", maker.id),
    });
    for (member, value) in expected.as_object().expect("an object") {
        assert_eq!(&detail[member], value, "{member}");
    }
    assert_eq!(detail["set"]["set_no"], 6);
    assert_eq!(detail["set"]["name"]["vi"], "Chế biến từ gạo, ngũ cốc");
    assert_eq!(detail["place"]["province"]["name"], "Tỉnh Hưng Yên");
    assert_eq!(detail["place"]["former"]["district"]["name"], "Huyện Vũ Thư");
    let certification = &detail["certification"];
    assert_eq!(
        certification["decision"],
        json!({ "issuer": "UBND tỉnh Hưng Yên", "number": "301/QĐ-UBND", "decided_on": "2025-06-01" })
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
    let claimed = seed.product(maker, "Chưa rõ", VU_THU);
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

/// A plain question is answered past the routes; `Accept: application/json` leads through them.
async fn the_short_way_answers_like_the_usual_one(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let shown = seed.certified(maker, "Bánh cáy", &Certified::default());
    let gone = seed.certified(maker, "Kẹo lạc", &Certified { on: "2020-01-15", ..Certified::default() });
    seed.insert().await;
    let tag = app.anonymous().get(&format!("/v1/products/{}", shown.id)).await.header("etag");
    for method in [Method::GET, Method::HEAD, Method::DELETE] {
        for id in
            [shown.id.to_string(), shown.id.to_string().to_uppercase(), gone.id.to_string(), "x".to_owned()]
        {
            for known in ["\"another\"", &tag] {
                for coding in ["identity", "gzip", "zstd"] {
                    let ask = async |accept: &'static str| {
                        let request = app.anonymous().request(method.clone(), &format!("/v1/products/{id}"));
                        let request = request.header("Accept", accept).header("If-None-Match", known);
                        let request =
                            request.header("Accept-Encoding", coding).header("X-Request-Id", "the-same-one");
                        let mut reply = Reply::of(request).await;
                        reply.headers.remove("date");
                        (reply.status, reply.headers, reply.text)
                    };
                    assert_eq!(
                        ask("*/*").await,
                        ask("application/json").await,
                        "{method} {id} {known} {coding}"
                    );
                }
            }
        }
    }
}
