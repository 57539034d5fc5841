//! Contents of listings: what is checked before they are shown, and the whole way they go, from the producer's patch to the
//! public documents, the export, linked data and the feed.

use crate::cases;
use crate::feed::copy::Copy;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::seed::{Certified, Maker, Product, Seed, VU_THU};
use diesel::connection::SimpleConnection;
use ocop_market::db::Failure;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub fn cases() -> Vec<Case> {
    cases![
        the_schemas_are_public,
        a_content_goes_its_whole_way,
        every_fault_of_a_content_is_told_at_once,
        a_price_by_quantity_is_a_change_of_the_feed,
        a_gtin_belongs_to_one_producer,
        the_lowest_price_follows_from_the_packs,
        attributes_follow_the_criteria_set,
        what_was_right_is_not_asked_again,
        an_origin_is_a_unit_of_its_day,
        a_trade_name_finds_a_product_behind_the_certified_names,
        what_is_not_said_in_english_is_told,
        links_stand_in_their_own_fields,
        pictures_are_shown_with_their_files,
    ]
}

struct Scene {
    maker: Maker,
    cake: Product,
    mat: Product,
    /// Of another producer.
    others: Product,
    printed: Product,
    /// What the office says is shown at once, whatever it is.
    office: Actor,
}

impl Scene {
    async fn set(app: &TestApp) -> Self {
        let mut seed = Seed::new(app);
        let (maker, other) = (seed.maker("HTX Bánh Ví Dụ"), seed.maker("HTX Khác Ví Dụ"));
        let cake = seed.certified(maker, "Bánh cáy", &Certified::default());
        let mat = seed.certified(maker, "Chiếu cói", &Certified::default());
        let others = seed.certified(other, "Bánh gai", &Certified::default());
        let printed = seed.certified(other, "Kẹo lạc", &Certified::default());
        seed.insert().await;
        let office = app.officer("33").await;
        Self { maker, cake, mat, others, printed, office }
    }
}

fn path(product: &Product) -> String {
    format!("/v1/listings/{}", product.id)
}

async fn patch(by: &Actor, path: &str, body: &Value) -> Reply {
    by.settled(by.request(Method::PATCH, path).header("If-Match", "*").json(body)).await
}

async fn set(by: &Actor, product: &Product, body: &Value) -> Reply {
    patch(by, &path(product), body).await
}

async fn shown(app: &TestApp, product: &Product) -> Value {
    app.anonymous().get(&format!("/v1/products/{}", product.id)).await.expect(StatusCode::OK)
}

fn told(reply: &Reply) -> Vec<(String, String)> {
    reply.expect_problem(422, "invalid_body");
    let mut faults = reply.faults();
    faults.sort();
    faults
}

fn expected(faults: &[(&str, &str)]) -> Vec<(String, String)> {
    faults.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect()
}

const GTIN: &str = "8930000000019";

/// Everything but pictures.
fn full() -> Value {
    json!({
        "names": { "vi": "Bánh cáy Hương Quê", "en": "Countryside cakes" },
        "summary": { "vi": "Bánh nếp gừng, gấc.", "en": "Sticky-rice cake." },
        "description": { "vi": "Dòng một.\nDòng hai.", "en": null },
        "story": { "vi": "Chuyện làng." , "en": "Of a village." },
        "ingredients": { "vi": "Nếp 60 %", "en": "Rice 60 %" },
        "storage": { "vi": "Khô, mát.", "en": "Cool and dry." },
        "usage": { "vi": "Ăn liền.", "en": "Ready to eat." },
        "shelf_life_days": 90,
        "origin": { "unit": "13192" },
        "videos": ["https://video.example/1"],
        "traceability_url": "https://truyxuat.example/1",
        "attributes": { "energy": 412.5, "protein": 6, "allergens": ["sesame"], "ready_to_eat": true, "brand": "Hương Quê" },
        "trade_items": [
            {
                "name": "Hộp 250 g", "unit": "XBX", "gtin": GTIN, "net_content": { "quantity": 250, "unit": "GRM" },
                "per_case": 24, "cases_per_pallet": 60, "dimensions": { "length": 180, "width": 120, "height": 60 },
                "gross_weight": 290, "vat_included": true,
                "prices": [{ "from_quantity": 50, "price": 52_000 }, { "from_quantity": 500, "price": 47_000 }],
            },
            { "name": "Thùng 24 hộp", "unit": "XCT", "prices": [] },
        ],
        "vat_rate": "8",
        "min_order": { "quantity": 50, "unit": "XBX" },
        "monthly_capacity": { "quantity": 2_000, "unit": "XBX" },
        "season_months": [9, 10, 11, 12],
        "lead_time_days": 7,
        "delivery": { "provinces": ["33", "01"] },
        "cold_chain": "ambient",
        "payment_terms": { "vi": "Trả ngay.", "en": "At once." },
        "sample_policy": { "vi": "Miễn phí.", "en": "Free." },
        "export_markets": ["JP"],
    })
}

async fn the_schemas_are_public(app: TestApp) {
    let by = app.anonymous();
    let reply = by.get("/v1/listing-schemas").await;
    let all = reply.expect(StatusCode::OK);
    assert_eq!((&all["version"], all["kinds"].as_array().map(Vec::len)), (&json!("2026-11"), Some(12)));
    let again = by.request(Method::GET, "/v1/listing-schemas").header("If-None-Match", reply.header("etag"));
    Reply::of(again).await.expect(StatusCode::NOT_MODIFIED);

    let strong = by.get("/v1/listing-schemas/14").await.expect(StatusCode::OK);
    assert_eq!((&strong["taxonomy"], &strong["kind"]), (&json!("2026"), &json!("drinks_alcoholic")));
    assert_eq!(strong["set_name"], json!({ "vi": "Rượu trắng", "en": "White spirit" }));
    let ethanol = json!({
        "key": "ethanol", "name": { "vi": "Hàm lượng ethanol", "en": "Ethanol content" }, "type": "number",
        "required": true, "unit": { "vi": "% vol", "en": "% vol" }, "minimum": 0.5, "maximum": 80.0, "decimals": 1,
        "act": "43/2017/NĐ-CP",
    });
    assert_eq!(strong["attributes"][0], ethanol);
    let before = by.get("/v1/listing-schemas/15?taxonomy=2019").await.expect(StatusCode::OK);
    assert_eq!((&before["kind"], &before["attributes"]), (&strong["kind"], &strong["attributes"]));
    by.get("/v1/listing-schemas/27").await.expect_problem(404, "not_found");
    by.get("/v1/listing-schemas/1?taxonomy=1999").await.expect_problem(400, "invalid_parameters");
}

async fn a_content_goes_its_whole_way(app: TestApp) {
    let Scene { cake, mat, office, .. } = Scene::set(&app).await;
    let mut copy = Copy::load(&app.anonymous()).await;
    let reply = set(&office, &cake, &full()).await;
    let view = reply.expect(StatusCode::OK);
    for (member, value) in full().as_object().expect("members") {
        match member.as_str() {
            // Of today, unless told.
            "origin" => assert_eq!(view["origin"], json!({ "unit": "13192", "on": "2026-11-23" })),
            "delivery" => {
                assert_eq!(view["delivery"], json!({ "nationwide": false, "provinces": ["33", "01"] }))
            }
            "trade_items" => assert_eq!(view["trade_items"][0], value[0]),
            _ => assert_eq!(view[member], *value, "{member}"),
        }
    }
    assert_eq!((&view["price_from"], &view["price_unit"]), (&json!(47_000), &json!("XBX")));
    assert_eq!(view["missing_languages"], json!(["/description"]));
    assert_eq!(office.get(&path(&cake)).await.expect(StatusCode::OK), view);

    // The public document tells it, names what codes mean, and says what is missing.
    let detail = shown(&app, &cake).await;
    for member in [
        "names",
        "summary",
        "description",
        "story",
        "ingredients",
        "storage",
        "usage",
        "shelf_life_days",
        "videos",
        "traceability_url",
        "attributes",
        "trade_items",
        "vat_rate",
        "min_order",
        "monthly_capacity",
        "season_months",
        "lead_time_days",
        "cold_chain",
        "payment_terms",
        "sample_policy",
        "export_markets",
        "price_from",
        "price_unit",
        "missing_languages",
    ] {
        assert_eq!(detail[member], view[member], "{member}");
    }
    assert_eq!(detail["name"], "Bánh cáy");
    assert_eq!(
        detail["origin"],
        json!({ "unit": "13192", "on": "2026-11-23", "name": "Xã Vũ Thư, Tỉnh Hưng Yên" })
    );
    let provinces =
        json!([{ "code": "33", "name": "Tỉnh Hưng Yên" }, { "code": "01", "name": "Thành phố Hà Nội" }]);
    assert_eq!(detail["delivery"], json!({ "nationwide": false, "provinces": provinces }));
    for member in ["picture", "pictures", "content", "draft"] {
        assert!(detail.get(member).is_none(), "{member}");
    }

    // Lists show the trade name and are not burdened with the rest.
    let page = app.anonymous().get("/v1/products?q=banh+cay").await.expect(StatusCode::OK);
    let card = &page["items"][0];
    assert_eq!((&card["names"], card.get("story"), card.get("trade_items")), (&view["names"], None, None));
    for query in [format!("q={GTIN}"), "has_gtin=true".to_owned()] {
        let found = app.anonymous().get(&format!("/v1/products?{query}")).await.expect(StatusCode::OK);
        assert_eq!((&found["total"], &found["items"][0]["id"]), (&json!(1), &json!(cake.id)), "{query}");
    }

    // The export is the document; the sheet has its columns at the end.
    let lines = app.anonymous().get("/v1/catalogue/export?format=ndjson").await.text;
    let line = lines.lines().find(|line| line.contains(cake.id.as_str())).expect("a line");
    assert_eq!(line, app.anonymous().get(&format!("/v1/products/{}", cake.id)).await.text);
    let csv = app.anonymous().get("/v1/catalogue/export?format=csv").await.text;
    let row = csv.lines().find(|line| line.contains(cake.id.as_str())).expect("a row");
    let end =
        format!("2000,XBX,Bánh cáy Hương Quê,Countryside cakes,\"Bánh nếp gừng, gấc.\",90,{GTIN},,8%,7");
    assert!(row.ends_with(&end), "{row}");

    let linked = app.anonymous().request(Method::GET, &format!("/v1/products/{}", cake.id));
    let linked = linked.header("Accept", "application/ld+json").header("Accept-Language", "en");
    let linked = Reply::of(linked).await.expect(StatusCode::OK);
    assert_eq!(
        (&linked["alternateName"], &linked["name"]),
        (&json!("Countryside cakes"), &json!("Bánh cáy"))
    );
    assert_eq!(linked["description"], "Dòng một.\nDòng hai.");
    assert_eq!(
        (&linked["offers"][0]["gtin"], linked["offers"].as_array().map(Vec::len)),
        (&json!(GTIN), Some(1))
    );
    let price = &linked["offers"][0]["priceSpecification"][1];
    assert_eq!((&price["price"], &price["valueAddedTaxIncluded"]), (&json!(47_000), &json!(true)));
    assert_eq!(price["eligibleQuantity"]["minValue"], 500);

    // Who follows has the same bytes.
    let mut changes = Vec::new();
    while copy.step(&app.anonymous(), 100, &mut changes).await {}
    assert_eq!(copy.documents[cake.id.as_str()], line);
    copy.assert_proved(&app.anonymous()).await;

    // A producer without a word of it has the document it had.
    let bare = shown(&app, &mat).await;
    for member in full().as_object().expect("members").keys() {
        let kept = ["season_months", "min_order", "monthly_capacity"].contains(&member.as_str());
        assert_eq!(bare.get(member).is_some(), kept, "{member}");
    }
}

async fn every_fault_of_a_content_is_told_at_once(app: TestApp) {
    let Scene { cake, others, office, .. } = Scene::set(&app).await;
    let mine = json!({ "trade_items": [{ "name": "Túi", "unit": "XBG", "gtin": "8930000000026" }] });
    set(&office, &others, &mine).await.expect(StatusCode::OK);
    let before = app.anonymous().get("/v1/catalogue/digest").await.text;
    let mut wrong = full();
    let more = json!({
        "summary": { "vi": "Mua tại evil.vn", "en": "https://evil.example" },
        "origin": { "unit": "99999", "on": "2026-01-01" },
        "attributes": { "energy": 5_000, "ethanol": 40, "allergens": ["none", "fish"] },
        "trade_items": [
            { "name": "Hộp", "unit": "XBX", "gtin": GTIN, "prices": [{ "from_quantity": 1, "price": 9 }] },
            { "name": "Túi", "unit": "XBG", "gtin": format!("0{GTIN}") },
            { "name": "Gói", "unit": "XPK", "gtin": "8930000000026" },
        ],
        "price_from": 8, "price_unit": "KGM",
        "delivery": { "nationwide": true, "provinces": ["33", "34", "33"] },
        "export_markets": ["JP", "US", "JP"],
    });
    wrong.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
    let faults = expected(&[
        ("/attributes/allergens/0", "stands_alone"),
        ("/attributes/energy", "out_of_range"),
        ("/attributes/ethanol", "unknown_attribute"),
        ("/delivery/nationwide", "one_of_both"),
        ("/delivery/provinces/1", "unknown_unit"),
        ("/delivery/provinces/2", "duplicate"),
        ("/export_markets/2", "duplicate"),
        ("/origin/unit", "unknown_unit"),
        ("/price_from", "derived"),
        ("/price_unit", "derived"),
        ("/summary/en", "looks_like_a_link"),
        ("/summary/vi", "looks_like_a_link"),
        ("/trade_items/1/gtin", "duplicate"),
        ("/trade_items/2/gtin", "gtin_of_another"),
    ]);
    assert_eq!(told(&set(&office, &cake, &wrong).await), faults);
    // To ask is answered alike.
    let asked = patch(&office, &format!("{}?validate_only=true", path(&cake)), &wrong).await;
    assert_eq!(told(&asked), faults);
    assert_eq!(office.get(&path(&cake)).await.expect(StatusCode::OK)["version"], 0);
    assert_eq!(app.anonymous().get("/v1/catalogue/digest").await.text, before);
    let right = patch(&office, &format!("{}?validate_only=true", path(&cake)), &full()).await;
    assert_eq!(right.expect(StatusCode::OK)["price_from"], 47_000);
    assert_eq!(app.anonymous().get("/v1/catalogue/digest").await.text, before);
    let nowhere = set(&office, &cake, &json!({ "delivery": {} })).await;
    assert_eq!(told(&nowhere), expected(&[("/delivery/nationwide", "one_of_both")]));
}

async fn a_price_by_quantity_is_a_change_of_the_feed(app: TestApp) {
    let Scene { cake, office, .. } = Scene::set(&app).await;
    set(&office, &cake, &full()).await.expect(StatusCode::OK);
    let mut copy = Copy::load(&app.anonymous()).await;
    let mut items = full()["trade_items"].clone();
    // The lowest price stays: what changes is a price in between.
    items[0]["prices"][0]["price"] = json!(51_000);
    let changed = set(&office, &cake, &json!({ "trade_items": items })).await;
    changed.expect(StatusCode::OK);
    let seq: i64 = changed.header("catalogue-seq").parse().expect("a change");
    let mut changes = Vec::new();
    while copy.step(&app.anonymous(), 100, &mut changes).await {}
    let all: Vec<_> =
        changes.iter().map(|(seq, product, what)| (*seq, product.as_str(), what.as_str())).collect();
    assert_eq!(all.iter().map(|(seq, ..)| *seq).collect::<Vec<_>>(), [seq], "{all:?}");
    assert!(copy.documents[cake.id.as_str()].contains("\"price\":51000"));
    let same = set(&office, &cake, &json!({ "trade_items": items })).await;
    assert_eq!((same.status, same.header("catalogue-seq")), (StatusCode::OK, String::new()));
}

async fn a_gtin_belongs_to_one_producer(app: TestApp) {
    let Scene { cake, mat: second, others, printed, office, .. } = Scene::set(&app).await;
    let sql = format!("UPDATE products SET gtin = '0{GTIN}' WHERE id = '{}'", printed.id);
    let written = app.state.db.write(move |conn| conn.batch_execute(&sql).map_err(Failure::from));
    written.await.expect("a number on the certified product");
    let pack = |gtin: &str| json!({ "trade_items": [{ "name": "Hộp", "unit": "XBX", "gtin": gtin }] });
    let taken = expected(&[("/trade_items/0/gtin", "gtin_of_another")]);

    // On a product of the other one, with a zero in front; its own products may share it.
    assert_eq!(told(&set(&office, &cake, &pack(GTIN)).await), taken);
    set(&office, &others, &pack(GTIN)).await.expect(StatusCode::OK);
    set(&office, &printed, &pack(GTIN)).await.expect(StatusCode::OK);

    // On a pack of the other one, until it has it no more.
    let long = "18930000000016";
    set(&office, &cake, &pack(long)).await.expect(StatusCode::OK);
    set(&office, &second, &pack(long)).await.expect(StatusCode::OK);
    assert_eq!(told(&set(&office, &others, &pack(long)).await), taken);
    set(&office, &cake, &json!({ "trade_items": null })).await.expect(StatusCode::OK);
    assert_eq!(told(&set(&office, &others, &pack(long)).await), taken);
    set(&office, &second, &pack("8930000000033")).await.expect(StatusCode::OK);
    set(&office, &others, &pack(long)).await.expect(StatusCode::OK);
    let number = pack("8930000000018");
    assert_eq!(
        told(&set(&office, &cake, &number).await),
        expected(&[("/trade_items/0/gtin", "invalid_gtin")])
    );
}

async fn the_lowest_price_follows_from_the_packs(app: TestApp) {
    let Scene { cake, office, .. } = Scene::set(&app).await;
    let by_hand = json!({ "price_from": 50_000, "price_unit": "XBX" });
    set(&office, &cake, &by_hand).await.expect(StatusCode::OK);
    set(&office, &cake, &full()).await.expect(StatusCode::OK);
    let both = expected(&[("/price_from", "derived"), ("/price_unit", "derived")]);
    let price = expected(&[("/price_from", "derived")]);
    assert_eq!(told(&set(&office, &cake, &by_hand).await), price);
    let cleared = json!({ "price_from": null, "price_unit": null });
    assert_eq!(told(&set(&office, &cake, &cleared).await), both);
    // Who sends back what was read says nothing new.
    let same = set(&office, &cake, &json!({ "price_from": 47_000, "price_unit": "XBX" })).await;
    assert_eq!(same.expect(StatusCode::OK)["version"], 2);
    let items = json!([{ "name": "Hộp", "unit": "XBX" }]);
    let without =
        set(&office, &cake, &json!({ "trade_items": items, "price_from": 44_000, "price_unit": "XBX" }))
            .await;
    assert_eq!(without.expect(StatusCode::OK)["price_from"], 44_000);
}

async fn attributes_follow_the_criteria_set(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let of = |group, set, taxonomy| Certified { group, set, taxonomy, ..Certified::default() };
    let early = seed.certified(maker, "Rượu cũ", &of(Some("drinks"), Some(15), "2019"));
    let unknown = seed.certified(maker, "Không rõ bộ", &of(None, None, "2026"));
    let moved = seed.product(maker, "Đổi bộ", VU_THU);
    let first = Certified { on: "2025-01-10", ..of(Some("drinks"), Some(14), "2026") };
    seed.certify(&moved, &first, Some("2026-02-01"));
    seed.certify(&moved, &Certified { on: "2026-02-01", ..of(Some("food"), Some(6), "2026") }, None);
    seed.insert().await;
    let office = app.officer("33").await;
    let strong = json!({ "attributes": { "ethanol": 39.5, "brand": "Ví Dụ" } });
    let unknown_there = expected(&[("/attributes/ethanol", "unknown_attribute")]);
    set(&office, &early, &strong).await.expect(StatusCode::OK);
    assert_eq!(told(&set(&office, &unknown, &strong).await), unknown_there);
    assert_eq!(told(&set(&office, &moved, &strong).await), unknown_there);
    let common = set(&office, &unknown, &json!({ "attributes": { "brand": "Ví Dụ" } })).await;
    assert_eq!(common.expect(StatusCode::OK)["attributes"], json!({ "brand": "Ví Dụ" }));
    set(&office, &moved, &json!({ "attributes": { "energy": 400 } })).await.expect(StatusCode::OK);
    // A patch of one attribute leaves the others.
    let one = set(&office, &early, &json!({ "attributes": { "distilled": true, "brand": null } })).await;
    assert_eq!(one.expect(StatusCode::OK)["attributes"], json!({ "distilled": true, "ethanol": 39.5 }));
}

async fn what_was_right_is_not_asked_again(app: TestApp) {
    let Scene { cake, office, .. } = Scene::set(&app).await;
    set(&office, &cake, &json!({ "attributes": { "brand": "Cũ" } })).await.expect(StatusCode::OK);
    // As an earlier schema, and an earlier map, had it.
    let content = json!({
        "attributes": { "of_an_earlier_schema": "x", "energy": 5_000 },
        "delivery": { "nationwide": false, "provinces": ["34"] },
    });
    let sql = format!("UPDATE listings SET content = '{content}' WHERE product_id = '{}'", cake.id);
    let written = app.state.db.write(move |conn| conn.batch_execute(&sql).map_err(Failure::from));
    written.await.expect("what was said earlier");
    let more = json!({ "lead_time_days": 5, "attributes": { "brand": "Mới" } });
    let reply = set(&office, &cake, &more).await.expect(StatusCode::OK);
    assert_eq!(reply["attributes"], json!({ "brand": "Mới", "energy": 5_000, "of_an_earlier_schema": "x" }));
    // Shown as it is: a province that is none any more by its code.
    let detail = shown(&app, &cake).await;
    assert_eq!(detail["delivery"]["provinces"], json!([{ "code": "34", "name": "34" }]));
    let touched = set(&office, &cake, &json!({ "attributes": { "energy": 5_001 } })).await;
    assert_eq!(told(&touched), expected(&[("/attributes/energy", "out_of_range")]));
    let gone = set(&office, &cake, &json!({ "attributes": { "of_an_earlier_schema": null } })).await;
    assert_eq!(gone.expect(StatusCode::OK)["attributes"], json!({ "brand": "Mới", "energy": 5_000 }));
}

async fn an_origin_is_a_unit_of_its_day(app: TestApp) {
    let Scene { cake, office, .. } = Scene::set(&app).await;
    // The district of Vũ Thư was there until 30 June 2025.
    let today = set(&office, &cake, &json!({ "origin": { "unit": "344" } })).await;
    assert_eq!(told(&today), expected(&[("/origin/unit", "unknown_unit")]));
    let then = set(&office, &cake, &json!({ "origin": { "unit": "344", "on": "2025-06-30" } })).await;
    then.expect(StatusCode::OK);
    let origin = shown(&app, &cake).await["origin"].clone();
    assert_eq!((&origin["unit"], &origin["on"]), (&json!("344"), &json!("2025-06-30")));
    assert!(origin["name"].as_str().is_some_and(|name| name.contains("Huyện Vũ Thư")), "{origin}");
}

async fn a_trade_name_finds_a_product_behind_the_certified_names(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let named = seed.certified(maker, "Sản phẩm số một", &Certified::default());
    seed.certified(maker, "Kẹo dẻo mật mía", &Certified { stars: 3, ..Certified::default() });
    seed.insert().await;
    let office = app.officer("33").await;
    let found = async |query: &str| -> Vec<String> {
        let items = app.anonymous().all(&format!("/v1/products?q={query}")).await;
        items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(found("deo+mat+mia").await, ["Kẹo dẻo mật mía"]);
    let names = json!({ "names": { "vi": "Kẹo dẻo mật mía thượng hạng", "en": "Sugarcane toffee" } });
    set(&office, &named, &names).await.expect(StatusCode::OK);
    for query in ["deo+mat+mia", "keo+deo", "k%E1%BA%B9o+d%E1%BA%BBo+m%E1%BA%ADt+m%C3%ADa"] {
        assert_eq!(found(query).await, ["Kẹo dẻo mật mía", "Sản phẩm số một"], "{query}");
    }
    for query in ["sugarcane+toffee", "toffee", "thuong+hang", "san+pham+so+mot"] {
        assert_eq!(found(query).await, ["Sản phẩm số một"], "{query}");
    }
    set(&office, &named, &json!({ "names": null })).await.expect(StatusCode::OK);
    assert_eq!(found("toffee").await, Vec::<String>::new());
}

async fn what_is_not_said_in_english_is_told(app: TestApp) {
    let Scene { cake, office, .. } = Scene::set(&app).await;
    let some =
        json!({ "names": { "vi": "A" }, "usage": { "vi": "B", "en": "B" }, "sample_policy": { "vi": "C" } });
    let view = set(&office, &cake, &some).await.expect(StatusCode::OK);
    assert_eq!(view["missing_languages"], json!(["/names", "/sample_policy"]));
    assert_eq!(shown(&app, &cake).await["missing_languages"], view["missing_languages"]);
    let more = json!({ "names": { "en": "A" }, "sample_policy": null });
    let view = set(&office, &cake, &more).await.expect(StatusCode::OK);
    assert_eq!(view["missing_languages"], json!([]));
    assert!(shown(&app, &cake).await.get("missing_languages").is_none());
    let only = set(&office, &cake, &json!({ "story": { "en": "Only English" } })).await;
    assert_eq!(told(&only), expected(&[("/story/vi", "missing")]));
}

async fn links_stand_in_their_own_fields(app: TestApp) {
    let Scene { cake, office, .. } = Scene::set(&app).await;
    let link = "Xem www.vidu.vn";
    let body = json!({
        "names": { "vi": link }, "description": { "vi": "Được", "en": link }, "story": { "vi": link },
        "videos": ["http://video.example/1", "https://video.example/2"],
    });
    let faults = set(&office, &cake, &body).await;
    assert_eq!(
        told(&faults),
        expected(&[("/videos/0", "invalid_link")]),
        "what does not parse is told first"
    );
    let body = json!({ "names": { "vi": link }, "description": { "vi": "Được", "en": link }, "story": { "vi": link } });
    let faults = set(&office, &cake, &body).await;
    let both = [("/description/en", "looks_like_a_link"), ("/names/vi", "looks_like_a_link")];
    assert_eq!(told(&faults), expected(&both));
    set(&office, &cake, &json!({ "story": { "vi": link } })).await.expect(StatusCode::OK);
}

/// A picture of one colour, small and quickly made.
fn picture(colour: [u8; 3]) -> Vec<u8> {
    let canvas = image::RgbImage::from_pixel(320, 200, image::Rgb(colour));
    let mut file = std::io::Cursor::new(Vec::new());
    canvas.write_to(&mut file, image::ImageFormat::Png).expect("a PNG");
    file.into_inner()
}

async fn pictures_are_shown_with_their_files(app: TestApp) {
    let Scene { cake, others, office, maker, .. } = Scene::set(&app).await;
    let mut images = Vec::new();
    for colour in [[200, 30, 30], [30, 30, 200]] {
        let path = format!("/v1/images?organisation={}", maker.id);
        let sent =
            office.request(Method::POST, &path).header("Content-Type", "image/png").body(picture(colour));
        images.push(Reply::of(sent).await.expect(StatusCode::CREATED)["id"].clone());
    }
    let one = |id: &Value, alt: &str| json!({ "image_id": id, "alt": { "vi": alt }, "licence": "cc_by" });
    let both = json!({ "images": [one(&images[1], "Hộp"), one(&images[0], "Bánh")] });
    set(&office, &cake, &both).await.expect(StatusCode::OK);
    let detail = shown(&app, &cake).await;
    let pictures = detail["pictures"].as_array().expect("pictures");
    assert_eq!((pictures.len(), &pictures[0]["id"], &pictures[1]["id"]), (2, &images[1], &images[0]));
    assert_eq!(
        (&pictures[0]["alt"], &pictures[0]["licence"], pictures[0].get("credit")),
        (&json!({ "vi": "Hộp", "en": null }), &json!("cc_by"), None)
    );
    assert_eq!(detail["missing_languages"], json!(["/pictures/0/alt", "/pictures/1/alt"]));
    for file in pictures.iter().flat_map(|picture| picture["renditions"].as_array().expect("files")) {
        let url = file["url"].as_str().expect("an address");
        let answer = app.anonymous().request(Method::GET, url).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{url}");
        let content = answer.bytes().await.expect("a file");
        let hash: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((&file["sha256"], &file["bytes"]), (&json!(hash), &json!(content.len())), "{url}");
    }
    // The face in lists, in the sheet and in linked data.
    let page = app.anonymous().get("/v1/products?q=banh+cay").await.expect(StatusCode::OK);
    let face = &page["items"][0]["picture"];
    assert_eq!((&face["alt"]["vi"], &face["width"]), (&json!("Hộp"), &json!(240)));
    let files = pictures[0]["renditions"].as_array().expect("files");
    assert!(files.iter().any(|file| file["url"] == face["url"]), "{face}");
    let csv = app.anonymous().get("/v1/catalogue/export?format=csv").await.text;
    let linked = app.anonymous().request(Method::GET, &format!("/v1/products/{}", cake.id));
    let linked = Reply::of(linked.header("Accept", "application/ld+json")).await.expect(StatusCode::OK);
    let best = files.iter().find(|file| file["media_type"] == "image/jpeg").expect("a JPEG");
    let best = best["url"].as_str().expect("an address");
    assert!(csv.contains(&format!(",{best},")), "{csv}");
    let addresses = linked["image"].as_array().expect("images");
    assert_eq!((addresses.len(), &addresses[0]), (2, &json!(format!("{}{best}", app.state.config.issuer))));

    // The same picture twice, and the picture of another producer.
    let twice = json!({ "images": [one(&images[0], "Một"), one(&images[0], "Hai")] });
    assert_eq!(told(&set(&office, &cake, &twice).await), expected(&[("/images/1/image_id", "duplicate")]));
    let foreign = json!({ "images": [one(&images[0], "Một")] });
    assert_eq!(
        told(&set(&office, &others, &foreign).await),
        expected(&[("/images/0/image_id", "unknown_image")])
    );
}
