//! Filters, orders, pages and cursors.

use super::*;

pub fn cases() -> Vec<Case> {
    cases![
        each_filter_narrows,
        every_order_pages_through_every_row_once,
        a_cursor_goes_with_its_list_only,
        wrong_parameters_are_told_all_at_once,
        lists_can_be_revalidated,
    ]
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
    let far = seed.product(other, "Rượu nếp", HA_NOI);
    seed.certify(&far, &Certified { group: None, set: None, on: "2026-11-23", ..base.clone() }, None);
    // Not in force: decided tomorrow, run out, revoked, claimed only.
    seed.certified(one, "Mai sau", &Certified { on: "2026-11-24", ..base.clone() });
    seed.certified(one, "Hôm qua", &Certified { on: "2023-11-22", ..base.clone() });
    seed.certified(one, "Thu hồi", &Certified { revoked_on: Some("2026-11-23"), ..base.clone() });
    let claimed = seed.product(one, "Chưa rõ", VU_THU);
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
    for q in ["du", "dứa", "che", "htx"] {
        let mut one_by_one = app.anonymous().all(&format!("/v1/products?q={q}&limit=1")).await;
        let mut at_once = app.anonymous().all(&format!("/v1/products?q={q}&limit=100")).await;
        assert_eq!(one_by_one, at_once, "{q}");
        for items in [&mut one_by_one, &mut at_once] {
            items.sort_by_key(|item| item["id"].to_string());
            items.dedup();
        }
        assert_eq!(
            one_by_one.len(),
            match q {
                "htx" => 40,
                "du" => 15,
                _ => 10,
            },
            "{q}"
        );
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
            "/v1/products?stars=2,9223372036854775808,-1&set=0&producer=x&q={long}&sort=colour&limit=0&colour=red"
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

    let answer = app.anonymous().get("/v1/products?limit=10&limit=20").await;
    let problem = answer.expect_problem(400, "invalid_parameters");
    assert_eq!(problem["errors"][0]["detail"], "Cần một giá trị, nhận được nhiều giá trị.");
    assert_eq!(answer.faults(), [("limit".to_owned(), "wrong_type".to_owned())]);

    let answer = app
        .anonymous()
        .get("/v1/products?unit=99999,33@2020-13-01&province=34&group=gold&group=%F0%9F%8D%AF")
        .await;
    answer.expect_problem(400, "invalid_parameters");
    let places: Vec<String> = answer.faults().into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["unit", "unit", "province", "group", "group"]);
    // Of several codes, the one that is wrong is told, and on which days it meant what.
    let answer = app.anonymous().get("/v1/products?unit=33,34@2025-07-01").await;
    let detail = answer.json()["errors"][0]["detail"].to_string();
    assert!(detail.contains("mã 34") && detail.contains("Tỉnh Thái Bình (đến 2025-06-30)"), "{detail}");
    for path in
        ["/v1/products?q=%00", "/v1/producers?stars=4", "/v1/producers?limit=101", "/v1/producers?province=0"]
    {
        app.anonymous().get(path).await.expect_problem(400, "invalid_parameters");
    }
    for path in ["/v1/products/x", "/v1/producers/1", "/v1/products/01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d"] {
        app.anonymous().get(path).await.expect_problem(404, "not_found");
    }
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
