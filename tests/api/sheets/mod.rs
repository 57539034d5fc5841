//! Listings as workbooks: what is downloaded says what there is, what is uploaded is checked by cell, applied as one and
//! undone as one.

pub mod book;
mod sets;

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::seed::{Certified, Codes, Maker, Product, Seed};
use book::{Book, SETS, bytes, faults, file_in, send};
use calamine::Data;
use ocop_market::accounts::MemberRole;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let at_once = sets::at_once().into_iter().map(|case| case.with(&["--database-threads=8"]));
    let all = cases![
        a_sheet_that_was_not_edited_changes_nothing,
        every_kind_of_column_is_read,
        an_empty_cell_clears_and_what_is_not_there_stays,
        every_fault_is_told_by_its_cell,
        what_somebody_else_has_changed_is_not_overwritten,
        rows_of_others_are_like_rows_of_nothing,
        a_sheet_holds_what_its_reader_keeps,
        a_workbook_helps_who_fills_it_in,
        text_is_never_a_formula,
        a_template_takes_what_nothing_was_said_of,
        files_that_are_no_such_workbook_are_refused,
    ];
    all.into_iter().chain(sets::cases()).chain(at_once).collect()
}

const HA_NOI: Codes = [Some("01"), None, None, None, None];

/// Two producers of Hưng Yên, and who deals with them.
pub struct Scene {
    pub maker: Maker,
    pub cake: Product,
    pub mat: Product,
    pub others: Product,
    pub elsewhere: Product,
    pub owner: Actor,
    pub viewer: Actor,
    pub stranger: Actor,
    pub officer: Actor,
}

impl Scene {
    pub async fn set(app: &TestApp) -> Self {
        let mut seed = Seed::new(app);
        let (maker, other) = (seed.maker("HTX Bánh Ví Dụ"), seed.maker("HTX Dệt Ví Dụ"));
        let usual = Certified::default();
        let cake = seed.certified(maker, "Bánh cáy", &usual);
        let mat = seed.certified(maker, "Chiếu cói", &Certified { set: Some(19), ..usual.clone() });
        let others = seed.certified(other, "Lụa tơ tằm", &usual);
        let elsewhere = seed.product(other, "Cốm", HA_NOI);
        seed.certify(&elsewhere, &usual, None);
        seed.insert().await;
        let owner = app.member("owner@banh.example", maker.id, MemberRole::Owner).await;
        let viewer = app.member("viewer@banh.example", maker.id, MemberRole::Viewer).await;
        let stranger = app.member("owner@det.example", other.id, MemberRole::Owner).await;
        let officer = app.officer("33").await;
        Self { maker, cake, mat, others, elsewhere, owner, viewer, stranger, officer }
    }

    pub fn cake(&self) -> String {
        self.cake.id.to_string()
    }

    pub fn mat(&self) -> String {
        self.mat.id.to_string()
    }

    /// Has the office say all there is to say of the cake.
    pub async fn say_everything(&self) {
        patch(&self.officer, &self.cake(), &everything()).await.expect(StatusCode::OK);
    }
}

pub async fn patch(by: &Actor, product: &str, body: &Value) -> Reply {
    let path = format!("/v1/listings/{product}");
    by.settled(by.request(Method::PATCH, &path).header("If-Match", "*").json(body)).await
}

pub async fn listing(by: &Actor, product: &str) -> Value {
    by.get(&format!("/v1/listings/{product}")).await.expect(StatusCode::OK)
}

/// Something in every field but the pictures, which need a stored image.
pub fn everything() -> Value {
    json!({
        "names": { "vi": "Bánh cáy Làng Nguyễn", "en": "Nguyễn village cakes" },
        "summary": { "vi": "Dẻo và thơm.", "en": null },
        "description": { "vi": "=SUM(A1:A9)\nDòng hai", "en": "+1 _x0041_ two" },
        "story": { "vi": "Làng nghề.\n\n\tThụt dòng.", "en": null },
        "ingredients": { "vi": "-gạo nếp 60 %", "en": "@rice" },
        "storage": { "vi": "Nơi khô ráo.", "en": "Dry." },
        "usage": { "vi": "Ăn liền.", "en": null },
        "shelf_life_days": 90,
        "origin": { "unit": "344", "on": "2025-06-30" },
        "videos": ["https://video.example/1", "https://video.example/2?a=1,2"],
        "traceability_url": "https://truyxuat.example/7K3F9",
        "attributes": { "flavour": "gừng", "gift_ready": true, "sodium": 12.5, "energy": 300, "allergens": ["sesame", "peanut"], "diet": ["vegan"], "awards": "0012" },
        "trade_items": [
            { "name": "Hộp 250 g", "unit": "XBX", "gtin": "2000260010007", "net_content": { "quantity": 250, "unit": "GRM" },
              "per_case": 24, "cases_per_pallet": 60, "dimensions": { "length": 180, "width": 120, "height": 60 },
              "gross_weight": 290, "vat_included": true,
              "prices": [{ "from_quantity": 1, "price": 45_000 }, { "from_quantity": 100, "price": 42_000 }] },
            { "name": "Thùng", "unit": "XCT" },
        ],
        "vat_rate": "8",
        "min_order": { "quantity": 50, "unit": "XBX" },
        "monthly_capacity": { "quantity": 2_000, "unit": "KGM" },
        "season_months": [10, 11, 12, 1],
        "lead_time_days": 7,
        "delivery": { "nationwide": false, "provinces": ["33", "01"] },
        "cold_chain": "chilled",
        "payment_terms": { "vi": "Đặt cọc 30 %.", "en": null },
        "sample_policy": { "vi": "Gửi mẫu.", "en": "Free." },
        "export_markets": ["JP", "KR"],
    })
}

#[track_caller]
fn assert_unchanged(reply: &Reply, rows: usize) {
    let report = reply.expect(StatusCode::OK);
    assert_eq!((&report["change_set"], &report["rows"]), (&Value::Null, &json!([])), "{report}");
    assert_eq!(report["unchanged"], rows);
    assert_eq!((reply.header("catalogue-seq"), reply.header("location")), (String::new(), String::new()));
}

async fn a_sheet_that_was_not_edited_changes_nothing(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.say_everything().await;
    let before = listing(&scene.owner, &scene.cake()).await;
    for language in ["vi", "en"] {
        for (by, rows) in [(&scene.owner, 2), (&scene.officer, 3)] {
            let sheet = bytes(by, "", language).await;
            assert_eq!(sheet, bytes(by, "", language).await, "the same listings make the same bytes");
            for query in ["?validate_only=true", ""] {
                assert_unchanged(&send(by, query, sheet.clone()).await, rows);
                assert_unchanged(&send(by, query, Book::of(&sheet).write()).await, rows);
            }
        }
    }
    assert_eq!(listing(&scene.owner, &scene.cake()).await, before);
    assert_eq!(scene.owner.all(SETS).await, Vec::<Value>::new());
    let request = scene.owner.request(Method::GET, "/v1/listing-sheets");
    let tag = Reply::of(request).await.header("etag");
    let again = scene.owner.request(Method::GET, "/v1/listing-sheets").header("If-None-Match", tag);
    Reply::of(again).await.expect(StatusCode::NOT_MODIFIED);
}

async fn every_kind_of_column_is_read(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (cake, mat) = (scene.cake(), scene.mat());
    let mut book = Book::download(&scene.officer).await;
    book.set(&cake, "listing.names.vi", " Bánh  cáy\u{a0}mới ")
        .set(&cake, "listing.names.en", "New cakes")
        .set(&cake, "listing.story.vi", "Một\r\nhai")
        .set(&cake, "listing.shelf_life_days", 90.0)
        .set(&cake, "listing.origin.unit", "344")
        .set(&cake, "listing.origin.on", "30/06/2025")
        .set(&cake, "listing.videos", "https://video.example/1\nhttps://video.example/2")
        .set(&cake, "listing.traceability_url", "https://truyxuat.example/x")
        .set(&cake, "listing.price_from", "85.000")
        .set(&cake, "listing.price_unit", "hộp")
        .set(&cake, "listing.vat_rate", "8%")
        .set(&cake, "listing.min_order.quantity", 50.0)
        .set(&cake, "listing.min_order.unit", "XBX")
        .set(&cake, "listing.monthly_capacity.quantity", "2 000")
        .set(&cake, "listing.monthly_capacity.unit", "KGM – ki-lô-gam")
        .set(&cake, "listing.season_months", "12; 1, 10")
        .set(&cake, "listing.delivery.nationwide", false)
        .set(&cake, "listing.delivery.provinces", 1.0)
        .set(&cake, "listing.cold_chain", "FROZEN")
        .set(&cake, "listing.payment_terms.vi", "Đặt cọc.")
        .set(&cake, "listing.export_markets", "jp, KR");
    let text = |text: &str| Data::String(text.to_owned());
    book.add(&[
        ("pack.product_id", text(&mat)),
        ("pack.no", Data::Float(2.0)),
        ("pack.name", text("Thùng")),
        ("pack.unit", text("XCT")),
    ]);
    book.add(&[
        ("pack.product_id", text(scene.mat.code.as_str())),
        ("pack.no", text("1")),
        ("pack.name", text("Cuộn")),
        ("pack.unit", text("H87 – cái")),
        ("pack.gtin", Data::Float(2_000_260_010_007.0)),
        ("pack.vat_included", text("có")),
        ("pack.dimensions.length", Data::Float(1_800.0)),
        ("pack.dimensions.width", Data::Float(100.0)),
        ("pack.dimensions.height", Data::Float(100.0)),
        ("pack.prices.0.from_quantity", Data::Float(1.0)),
        ("pack.prices.0.price", Data::Float(90_000.0)),
        ("pack.prices.3.from_quantity", Data::Float(50.0)),
        ("pack.prices.3.price", Data::Float(80_000.0)),
    ]);
    for (key, kind, value) in [
        ("flavour", "", text("chát")),
        ("gift_ready – Có hộp quà", "flag – có/không", text("có")),
        ("local_material_share", "", Data::Float(60.0)),
        ("packaging", "", text("paper\nleaf")),
        ("brand", "", Data::Empty),
    ] {
        book.add(&[
            ("attribute.product_id", text(&mat)),
            ("attribute.key", text(key)),
            ("attribute.kind", text(kind)),
            ("attribute.value", value),
        ]);
    }
    let dry = send(&scene.officer, "?validate_only=true", book.write()).await;
    let report = dry.expect(StatusCode::OK);
    assert_eq!((&report["validated_only"], &report["change_set"]), (&json!(true), &Value::Null));
    assert_eq!(report["rows"].as_array().map(Vec::len), Some(2));
    assert_eq!(listing(&scene.owner, &cake).await["names"], Value::Null);

    let done = send(&scene.officer, "", book.write()).await;
    let mut applied = done.expect(StatusCode::CREATED);
    assert_eq!((&applied["rows"], &applied["unchanged"]), (&report["rows"], &json!(1)));
    let set = applied["change_set"].take();
    assert_eq!((&set["listings"], &set["drafted"], &set["by_office"]), (&json!(2), &json!(0), &json!(true)));
    let view = listing(&scene.owner, &cake).await;
    for (field, value) in [
        ("names", json!({ "vi": "Bánh cáy mới", "en": "New cakes" })),
        ("story", json!({ "vi": "Một\nhai", "en": null })),
        ("shelf_life_days", json!(90)),
        ("origin", json!({ "unit": "344", "on": "2025-06-30" })),
        ("videos", json!(["https://video.example/1", "https://video.example/2"])),
        ("traceability_url", json!("https://truyxuat.example/x")),
        ("price_from", json!(85_000)),
        ("price_unit", json!("XBX")),
        ("vat_rate", json!("8")),
        ("min_order", json!({ "quantity": 50, "unit": "XBX" })),
        ("monthly_capacity", json!({ "quantity": 2_000, "unit": "KGM" })),
        ("season_months", json!([1, 10, 12])),
        ("delivery", json!({ "nationwide": false, "provinces": ["01"] })),
        ("cold_chain", json!("frozen")),
        ("payment_terms", json!({ "vi": "Đặt cọc.", "en": null })),
        ("export_markets", json!(["JP", "KR"])),
        ("summary", Value::Null),
    ] {
        assert_eq!(view[field], value, "{field}");
    }
    let view = listing(&scene.owner, &mat).await;
    let items = view["trade_items"].as_array().expect("packs");
    assert_eq!((&items[0]["name"], &items[1]["name"]), (&json!("Cuộn"), &json!("Thùng")));
    assert_eq!((&items[0]["gtin"], &items[0]["vat_included"]), (&json!("2000260010007"), &json!(true)));
    assert_eq!(items[0]["dimensions"], json!({ "length": 1_800, "width": 100, "height": 100 }));
    assert_eq!(
        items[0]["prices"],
        json!([{ "from_quantity": 1, "price": 90_000 }, { "from_quantity": 50, "price": 80_000 }])
    );
    assert_eq!((&view["price_from"], &view["price_unit"]), (&json!(80_000), &json!("H87")));
    assert_eq!(
        view["attributes"],
        json!({ "flavour": "chát", "gift_ready": true, "local_material_share": 60, "packaging": ["paper", "leaf"] })
    );
    // What was written is what the next sheet says.
    assert_unchanged(&send(&scene.officer, "", bytes(&scene.officer, "", "vi").await).await, 3);
}

async fn an_empty_cell_clears_and_what_is_not_there_stays(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.say_everything().await;
    let (cake, officer) = (scene.cake(), &scene.officer);
    let mut book = Book::download(officer).await;
    book.clear(&cake, "listing.summary.vi")
        .clear(&cake, "listing.names.en")
        .clear(&cake, "listing.shelf_life_days");
    book.clear(&cake, "listing.min_order.quantity").clear(&cake, "listing.min_order.unit");
    book.clear(&cake, "listing.season_months").clear(&cake, "pack.gtin");
    book.set(&cake, "listing.origin.unit", "33").clear(&cake, "listing.origin.on");
    book.remove_row(&cake, "attribute.key");
    // Cells of what was removed do not clear.
    for column in ["listing.description.vi", "listing.storage.vi", "listing.storage.en", "pack.per_case"] {
        book.clear(&cake, column);
        book.remove_column(column);
    }
    book.remove_row(&scene.mat(), "listing.version");
    let set = send(officer, "", book.write()).await.expect(StatusCode::CREATED)["change_set"].clone();
    assert_eq!(set["listings"], 1, "{set}");
    let view = listing(officer, &cake).await;
    let mut expected = everything();
    for field in ["summary", "shelf_life_days", "min_order"] {
        expected[field] = Value::Null;
    }
    expected["season_months"] = json!([]);
    expected["names"]["en"] = Value::Null;
    // Today, for no day is told.
    expected["origin"]["unit"] = json!("33");
    expected["origin"]["on"] = json!("2026-11-23");
    expected["attributes"].as_object_mut().expect("members").shift_remove("allergens");
    for (field, value) in expected.as_object().expect("members") {
        if field != "trade_items" {
            assert_eq!(view[field], *value, "{field}");
        }
    }
    assert_eq!(
        (&view["trade_items"][0]["gtin"], &view["trade_items"][0]["per_case"]),
        (&Value::Null, &json!(24))
    );

    // A sheet that is not there leaves packs and attributes; one without rows clears them.
    let mut book = Book::download(officer).await;
    book.remove_sheet("pack.name");
    for _ in book.rows(&cake, "attribute.key") {
        book.remove_row(&cake, "attribute.key");
    }
    send(officer, "", book.write()).await.expect(StatusCode::CREATED);
    let after = listing(officer, &cake).await;
    assert_eq!((&after["trade_items"], &after["attributes"]), (&view["trade_items"], &Value::Null));
}

async fn every_fault_is_told_by_its_cell(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.say_everything().await;
    let (cake, officer) = (scene.cake(), &scene.officer);
    let (before, text) = (listing(officer, &cake).await, |text: &str| Data::String(text.to_owned()));
    let mut book = Book::download(officer).await;
    let mut expected = Vec::new();
    for (column, value, at, code) in [
        ("listing.names.vi", Data::Empty, "listing.names.vi", "missing"),
        ("listing.names.en", text(&"x".repeat(121)), "listing.names.en", "too_long"),
        (
            "listing.description.en",
            text("see evil.example/gift"),
            "listing.description.en",
            "looks_like_a_link",
        ),
        ("listing.summary.vi", text("a\u{200b}b"), "listing.summary.vi", "control_character"),
        ("listing.shelf_life_days", text("ba tháng"), "listing.shelf_life_days", "wrong_type"),
        ("listing.lead_time_days", Data::Float(0.0), "listing.lead_time_days", "out_of_range"),
        ("listing.origin.unit", text("x"), "listing.origin.unit", "invalid_unit"),
        ("listing.origin.on", text("31/02/2020"), "listing.origin.on", "invalid_date"),
        ("listing.videos", text("http://a.example"), "listing.videos", "invalid_link"),
        ("listing.price_unit", Data::Empty, "listing.price_unit", "goes_together"),
        ("listing.vat_rate", text("7"), "listing.vat_rate", "unknown_value"),
        ("listing.min_order.unit", Data::Empty, "listing.min_order.unit", "missing"),
        (
            "listing.monthly_capacity.quantity",
            Data::Float(1.5),
            "listing.monthly_capacity.quantity",
            "wrong_type",
        ),
        ("listing.season_months", text("13"), "listing.season_months", "out_of_range"),
        ("listing.delivery.nationwide", text("có thể"), "listing.delivery.nationwide", "wrong_type"),
        ("listing.export_markets", text("VN"), "listing.export_markets", "unknown_country"),
        ("pack.dimensions.width", Data::Empty, "pack.dimensions.width", "missing"),
        ("pack.prices.1.price", Data::Float(50_000.0), "pack.prices.1.price", "rising_price"),
    ] {
        book.set(&cake, column, value);
        let (sheet, cell) = book.place_of(&cake, at);
        expected.push((sheet, cell, code.to_owned()));
    }
    // The attributes stand by their keys; what is beyond the schema is told like what no cell may hold.
    let rows = book.rows(&cake, "attribute.key");
    for (row, value, code) in
        [(rows[0], text("dust"), "unknown_value"), (rows[3], Data::Float(99_999.0), "out_of_range")]
    {
        book.set_at(row, "attribute.value", value);
        let (sheet, cell) = book.place(row, "attribute.value");
        expected.push((sheet, cell, code.to_owned()));
    }
    // Two hundred more, thirty packs with seven each.
    for no in 1..=30 {
        let row = book.add(&[
            ("pack.product_id", text(&scene.mat())),
            ("pack.no", Data::Float(f64::from(no))),
            ("pack.unit", text("cuộn")),
            ("pack.gtin", text("123")),
            ("pack.per_case", Data::Float(0.0)),
            ("pack.cases_per_pallet", text("nhiều")),
            ("pack.gross_weight", Data::Float(-1.0)),
            ("pack.vat_included", text("chưa")),
        ]);
        for (column, code) in [
            ("pack.name", "missing"),
            ("pack.unit", "unknown_value"),
            ("pack.gtin", "invalid_gtin"),
            ("pack.per_case", "out_of_range"),
            ("pack.cases_per_pallet", "wrong_type"),
            ("pack.gross_weight", "out_of_range"),
            ("pack.vat_included", "wrong_type"),
        ] {
            let (sheet, cell) = book.place(row, column);
            expected.push((sheet, cell, code.to_owned()));
        }
    }
    let twice = book.add(&[
        ("pack.product_id", text(&scene.mat())),
        ("pack.no", Data::Float(31.0)),
        ("pack.name", text("x")),
        ("pack.unit", text("XBX")),
    ]);
    let (sheet, cell) = book.place(twice, "pack.no");
    expected.push((sheet, cell, "out_of_range".to_owned()));
    expected.sort();
    assert!(expected.len() > 200);
    for query in ["?validate_only=true", ""] {
        let reply = send(officer, query, book.write()).await;
        let mut found = faults(&reply);
        found.sort();
        let beyond: Vec<_> = found.iter().filter(|fault| !expected.contains(fault)).collect();
        let untold: Vec<_> = expected.iter().filter(|fault| !found.contains(fault)).collect();
        assert_eq!((beyond, untold, found.len()), (Vec::new(), Vec::new(), expected.len()));
        let problem = reply.json();
        let cells = problem["cells"].as_array().expect("cells");
        let long = cells.iter().find(|cell| cell["field"] == "listing.names.en").expect("the long name");
        assert_eq!(long["value"].as_str().map(|value| value.chars().count()), Some(80));
        assert_eq!((&long["product_id"], &long["detail"]), (&json!(cake), &json!("Dài nhất 120 ký tự.")));
    }
    assert_eq!(listing(officer, &cake).await, before);
    assert_eq!(listing(officer, &scene.mat()).await["version"], 0);
    assert_eq!(officer.all(SETS).await, Vec::<Value>::new());
    let english = officer.request(Method::POST, SETS).header("Content-Type", book::XLSX);
    let english = Reply::of(english.header("Accept-Language", "en").body(book.write())).await;
    assert!(english.text.contains("At most 120 characters."), "{}", english.text);
}

async fn what_somebody_else_has_changed_is_not_overwritten(app: TestApp) {
    let scene = Scene::set(&app).await;
    let mut book = Book::download(&scene.officer).await;
    patch(&scene.officer, &scene.cake(), &json!({ "lead_time_days": 3 })).await.expect(StatusCode::OK);
    book.set(&scene.cake(), "listing.lead_time_days", 9.0).set(&scene.mat(), "listing.lead_time_days", 9.0);
    let (sheet, cell) = book.place_of(&scene.cake(), "listing.version");
    let refused = send(&scene.officer, "", book.write()).await;
    assert_eq!(faults(&refused), [(sheet, cell, "changed_meanwhile".to_owned())]);
    assert_eq!(listing(&scene.officer, &scene.mat()).await["lead_time_days"], Value::Null);
    // Of a producer's sheet that is also so of the draft.
    let book = Book::download(&scene.owner).await;
    patch(&scene.owner, &scene.cake(), &json!({ "names": { "vi": "Bánh" } })).await.expect(StatusCode::OK);
    let refused = send(&scene.owner, "", book.write()).await;
    assert_eq!(faults(&refused).len(), 1);
}

async fn rows_of_others_are_like_rows_of_nothing(app: TestApp) {
    let scene = Scene::set(&app).await;
    let nothing = "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d";
    let (others, elsewhere) = (scene.others.id.to_string(), scene.elsewhere.id.to_string());
    let sheet = |id: &str| {
        Book::by_hand(&[("listing.product_id", id), ("listing.version", ""), ("listing.lead_time_days", "5")])
            .write()
    };
    let told = |reply: &Reply| {
        let cell = reply.expect_problem(422, "invalid_cells")["cells"][0].clone();
        assert_eq!(cell["cell"], "A2");
        (cell["code"].clone(), cell["detail"].clone(), cell["product_id"].is_null())
    };
    for (by, id, other) in [
        (&scene.owner, others.as_str(), nothing),
        (&scene.officer, &elsewhere, nothing),
        (&scene.owner, scene.others.code.as_str(), "00000-00000"),
    ] {
        let (hidden, missing) = (send(by, "", sheet(id)).await, send(by, "", sheet(other)).await);
        assert_eq!(told(&hidden).0, "unknown_product");
        assert_eq!(told(&hidden), told(&missing));
    }
    assert_eq!(told(&send(&scene.viewer, "", sheet(&scene.cake())).await).0, "read_only");
    for (id, code) in [("", "missing"), ("xyz", "invalid_id")] {
        let row = [("listing.product_id", id), ("listing.version", ""), ("listing.lead_time_days", "5")];
        assert_eq!(told(&send(&scene.owner, "", Book::by_hand(&row).write()).await).0, code);
    }
    // A pack of what has no row is told; and no product has two rows.
    let mut book = Book::download(&scene.owner).await;
    let text = |text: &str| Data::String(text.to_owned());
    let pack = book.add(&[("pack.product_id", text(&others)), ("pack.no", Data::Float(1.0))]);
    let again = book.add(&[("listing.product_id", text(&scene.cake())), ("listing.version", text("0"))]);
    let found = faults(&send(&scene.owner, "", book.write()).await);
    let at = |(sheet, cell): (String, String), code: &str| (sheet, cell, code.to_owned());
    let expected = [
        at(book.place(again, "listing.product_id"), "duplicate"),
        at(book.place(pack, "pack.product_id"), "unknown_product"),
    ];
    assert_eq!(found, expected);
}

async fn a_sheet_holds_what_its_reader_keeps(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (all, own) = ([&scene.cake, &scene.mat, &scene.others, &scene.elsewhere], scene.maker.id);
    let admin = app.user("admin@office.example", ocop_market::accounts::Role::Admin, &[]).await;
    let buyer = app.user("buyer@cuahang.example", ocop_market::accounts::Role::Member, &[]).await;
    let by_set = format!("?set=19&producer={own}");
    for (by, query, expected) in [
        (&scene.owner, "", [true, true, false, false]),
        (&scene.viewer, "", [true, true, false, false]),
        (&scene.stranger, "", [false, false, true, true]),
        (&scene.officer, "", [true, true, true, false]),
        (&scene.officer, "?set=6", [true, false, true, false]),
        (&scene.officer, &by_set, [false, true, false, false]),
        (&scene.officer, "?province=01", [false; 4]),
        (&admin, "?province=01", [false, false, false, true]),
        (&admin, "", [true; 4]),
        (&buyer, "", [false; 4]),
    ] {
        let book = Book::of(&bytes(by, query, "vi").await);
        let held = all.map(|product| !book.rows(&product.id.to_string(), "listing.version").is_empty());
        assert_eq!(held, expected, "{query}");
    }
    let wrong = scene.owner.get("/v1/listing-sheets?set=27&producer=x&province=abc&template=1&x=1").await;
    wrong.expect_problem(400, "invalid_parameters");
    assert_eq!(wrong.faults().len(), 5);
}

async fn a_workbook_helps_who_fills_it_in(app: TestApp) {
    let scene = Scene::set(&app).await;
    let sheet = bytes(&scene.owner, "", "vi").await;
    // Instructions, then the four tables, then the lists.
    let workbook = file_in(&sheet, "xl/workbook.xml");
    for name in ["Hướng dẫn", "Sản phẩm", "Quy cách và giá", "Ảnh", "Thuộc tính"] {
        assert!(workbook.contains(&format!("name=\"{name}\"")), "{workbook}");
    }
    assert!(workbook.contains("name=\"lists\"") && workbook.contains("state=\"hidden\""), "{workbook}");
    let listings = file_in(&sheet, "xl/worksheets/sheet2.xml");
    for part in [
        "<sheetProtection",
        "state=\"frozen\"",
        "<row r=\"1\" spans",
        "hidden=\"1\"",
        "<dataValidation type=\"list\"",
        "<formula1>lists!$A$1:$A$25</formula1>",
        "<dataValidation type=\"textLength\"",
        "<dataValidation type=\"whole\"",
        "<autoFilter",
    ] {
        assert!(listings.contains(part), "{part}");
    }
    assert!(
        !file_in(&sheet, "xl/worksheets/sheet3.xml").contains("<sheetProtection"),
        "rows of packs are added"
    );
    let notes = file_in(&sheet, "xl/comments1.xml");
    for words in ["Dài nhất 5000 ký tự", "At most 5000 characters", "10,11,12,1", "Do not change"] {
        assert!(notes.contains(words), "{words}");
    }
    let (vi, en) = (Book::of(&sheet), Book::of(&bytes(&scene.owner, "", "en").await));
    let heading = |book: &Book| book.place(1, "listing.names.vi").0;
    assert_eq!((heading(&vi).as_str(), heading(&en).as_str()), ("Sản phẩm", "Products"));
    let lists = file_in(&bytes(&scene.owner, "", "en").await, "xl/sharedStrings.xml");
    assert!(lists.contains("XBX – box") && lists.contains("frozen, −18 °C and below"), "{lists}");
}

async fn text_is_never_a_formula(app: TestApp) {
    let scene = Scene::set(&app).await;
    for text in ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1"] {
        let names = json!({ "names": { "vi": text }, "usage": { "vi": text, "en": text } });
        patch(&scene.officer, &scene.cake(), &names).await.expect(StatusCode::OK);
        let sheet = bytes(&scene.officer, "", "vi").await;
        for number in 1..=6 {
            let xml = file_in(&sheet, &format!("xl/worksheets/sheet{number}.xml"));
            assert!(!xml.contains("<f>"), "{text}");
        }
        let book = Book::of(&sheet);
        assert_eq!(book.get(&scene.cake(), "listing.usage.en"), Data::String(text.trim().to_owned()));
        assert_unchanged(&send(&scene.officer, "", sheet).await, 3);
    }
}

async fn a_template_takes_what_nothing_was_said_of(app: TestApp) {
    let scene = Scene::set(&app).await;
    let template = bytes(&scene.owner, "?template=true", "vi").await;
    assert!(!file_in(&template, "xl/worksheets/sheet2.xml").contains("<sheetProtection"));
    let mut book = Book::of(&template);
    assert_eq!(book.rows("# ví dụ / example", "listing.version").len(), 1);
    assert!(book.rows("# ví dụ / example", "attribute.key").len() > 50);
    let of_set = Book::of(&bytes(&scene.owner, "?template=true&set=6", "vi").await);
    let asked = of_set.rows("# ví dụ / example", "attribute.key");
    assert_eq!(asked.len(), 23);
    assert_eq!(of_set.text_at(asked[0], "attribute.key"), "allergens – Chất gây dị ứng");
    assert!(of_set.text_at(asked[0], "attribute.value").contains("sesame"));
    // The example is not read.
    assert_unchanged(&send(&scene.owner, "", template).await, 0);
    let text = |text: &str| Data::String(text.to_owned());
    let row = [
        ("listing.product_id", text(scene.cake.code.as_str())),
        ("listing.lead_time_days", Data::Float(4.0)),
    ];
    book.add(&row);
    let report = send(&scene.owner, "", book.write()).await.expect(StatusCode::CREATED);
    assert_eq!(report["rows"][0]["product_id"], scene.cake());
    assert_eq!(listing(&scene.owner, &scene.cake()).await["lead_time_days"], 4);
    // Now something was said of it.
    let refused = faults(&send(&scene.owner, "", book.write()).await);
    assert_eq!(refused.iter().map(|(.., code)| code.as_str()).collect::<Vec<_>>(), ["changed_meanwhile"]);
}

async fn files_that_are_no_such_workbook_are_refused(app: TestApp) {
    let scene = Scene::set(&app).await;
    let sheet = bytes(&scene.owner, "", "vi").await;
    let row = |cells: &[(&str, &str)]| Book::by_hand(cells).write();
    let mut twice = Book::of(&sheet);
    let copied = twice.clone();
    twice.append_sheets(&copied);
    let mut beside = Book::of(&sheet);
    beside.put(2, 200, "ghi chú");
    for (body, reason) in [
        (b"x".to_vec(), "not_a_workbook"),
        (Vec::new(), "not_a_workbook"),
        (sheet[..sheet.len() / 2].to_vec(), "damaged_workbook"),
        (row(&[("product_id", "x")]), "no_listings"),
        (row(&[("listing.product_id", "x"), ("listing.lead_time_days", "5")]), "missing_column"),
        (
            row(&[("listing.product_id", "x"), ("listing.version", ""), ("listing.nothing", "5")]),
            "unknown_column",
        ),
        (row(&[("listing.product_id", "x"), ("listing.version", ""), ("pack.name", "5")]), "unknown_column"),
        (
            row(&[("listing.product_id", "x"), ("listing.version", ""), ("listing.version", "")]),
            "duplicate_column",
        ),
        (twice.write(), "duplicate_sheet"),
        (beside.write(), "unknown_column"),
        (bomb(), "oversized_workbook"),
    ] {
        let problem = send(&scene.owner, "", body).await.expect_problem(422, "unreadable_file");
        assert_eq!(problem["reason"], reason, "{problem}");
    }
    let csv = scene.owner.request(Method::POST, SETS).header("Content-Type", "text/csv").body("a,b");
    Reply::of(csv).await.expect_problem(415, "unsupported_media_type");
}

/// A hundred megabytes of nothing, well packed.
fn bomb() -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).expect("started");
    for _ in 0..97 {
        writer.write_all(&vec![0_u8; 1024 * 1024]).expect("written");
    }
    writer.finish().expect("finished").into_inner()
}
