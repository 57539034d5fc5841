//! Readiness: what a listing still lacks for a kind of buyer.

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::papers::{Scene, paper};
use crate::seed::{Certified, Seed, VU_THU};
use ocop_market::accounts::MemberRole;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        an_empty_listing_lacks_what_its_group_asks,
        a_full_listing_is_ready_for_everybody,
        a_paper_counts_from_its_check_to_its_last_day,
        everybody_may_read_the_profiles,
    ]
}

const PROFILES: [&str; 5] = ["base", "supermarket", "fresh_food", "export", "ecommerce_floor"];

async fn readiness(by: &Actor, listing: &str, profile: &str) -> Value {
    by.get(&format!("{listing}/readiness?profile={profile}")).await.expect(StatusCode::OK)
}

fn codes(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|one| one["code"].as_str().expect("a code").to_owned()).collect()
}

fn missing<'a>(view: &'a Value, code: &str) -> &'a Value {
    let mut all = view["missing"].as_array().expect("a list").iter();
    all.find(|one| one["code"] == code).unwrap_or_else(|| panic!("{code} is not missing: {view}"))
}

async fn an_empty_listing_lacks_what_its_group_asks(app: TestApp) {
    let mut seed = Seed::new(&app);
    let maker = seed.maker("HTX Ví Dụ");
    let of = |group: &'static str, set: i64| Certified {
        group: Some(group),
        set: Some(set),
        ..Certified::default()
    };
    let food = seed.certified(maker, "Bánh cáy", &of("food", 6));
    let mat = seed.certified(maker, "Chiếu cói", &of("handicrafts", 21));
    let stay = seed.certified(maker, "Ở nhà vườn", &of("tourism", 26));
    let nothing = seed.product(maker, "Bánh mới", VU_THU);
    seed.insert().await;
    let owner = app.member("owner@vi-du.example", maker.id, MemberRole::Owner).await;
    let path = |product: &crate::seed::Product| format!("/v1/listings/{}", product.id);

    let view = readiness(&owner, &path(&food), "base").await;
    assert_eq!(
        (&view["ready"], &view["group"], &view["as_of"]),
        (&json!(false), &json!("food"), &json!("2026-11-23"))
    );
    assert_eq!(codes(&view["met"]), ["certified"]);
    let fix = &missing(&view, "shelf_life")["fix"];
    assert_eq!(
        (&fix["kind"], &fix["field"], &fix["pointer"]),
        (&json!("content"), &json!("shelf_life_days"), &json!("/shelf_life_days"))
    );
    let fix = &missing(&view, "food_safety")["fix"];
    assert_eq!((&fix["kind"], &fix["waits_for_check"]), (&json!("document"), &json!(false)));
    assert!(fix["document_kinds"].as_array().expect("kinds").contains(&json!("haccp")));
    assert!(fix["text"]["vi"].is_string() && fix["text"]["en"].is_string());
    // `base` is what is meant without a name.
    assert_eq!(owner.get(&format!("{}/readiness", path(&food))).await.json(), view);

    for profile in PROFILES {
        let [food, mat, stay, nothing] = [
            readiness(&owner, &path(&food), profile).await,
            readiness(&owner, &path(&mat), profile).await,
            readiness(&owner, &path(&stay), profile).await,
            readiness(&owner, &path(&nothing), profile).await,
        ]
        .map(|view| codes(&view["missing"]));
        for edible in ["shelf_life", "ingredients", "storage", "food_safety"] {
            let edible = edible.to_owned();
            assert!(food.contains(&edible) && nothing.contains(&edible), "{profile} {edible}");
            assert!(!mat.contains(&edible) && !stay.contains(&edible), "{profile} {edible}");
        }
        let packs = "packs".to_owned();
        assert!(mat.contains(&packs) && !stay.contains(&packs), "{profile}");
        assert!(!food.contains(&"certified".to_owned()) && nothing.contains(&"certified".to_owned()));
    }
    let wrong = owner.get(&format!("{}/readiness?profile=market", path(&food))).await;
    wrong.expect_problem(400, "invalid_parameters");
    let stranger = app.user("la@example.vn", ocop_market::accounts::Role::Member, &[]).await;
    stranger.get(&format!("{}/readiness", path(&food))).await.expect_problem(404, "not_found");
}

/// All that any profile asks.
fn content() -> Value {
    let both = |vi: &str, en: &str| json!({ "vi": vi, "en": en });
    json!({
        "names": both("Bánh cáy Làng Nguyễn", "Làng Nguyễn bánh cáy"), "summary": both("Bánh nếp rang.", "Roasted rice cake."),
        "description": both("Làm từ nếp.", "Made of rice."), "story": both("Từ thời Lê.", "From the Lê dynasty."),
        "ingredients": both("Gạo nếp, gấc", "Rice, gac"), "storage": both("Nơi mát.", "Cool."), "usage": both("Ăn liền.", "Eat."),
        "shelf_life_days": 90, "origin": { "unit": "13192" }, "traceability_url": "https://truyxuat.example/7K3F9",
        "trade_items": [{
            "name": "Hộp 250 g", "unit": "XBX", "gtin": "2000260010007", "net_content": { "quantity": 250, "unit": "GRM" },
            "per_case": 24, "cases_per_pallet": 60, "dimensions": { "length": 180, "width": 120, "height": 60 },
            "gross_weight": 290, "prices": [{ "from_quantity": 1, "price": 45_000 }],
        }],
        "vat_rate": "8", "min_order": { "quantity": 50, "unit": "XBX" }, "monthly_capacity": { "quantity": 2_000, "unit": "XBX" },
        "season_months": [1, 11, 12], "lead_time_days": 5, "delivery": { "nationwide": true }, "cold_chain": "ambient",
        "payment_terms": both("Trả trước.", "In advance."), "sample_policy": both("Miễn phí.", "Free."), "export_markets": ["JP"],
    })
}

async fn patch(by: &Actor, listing: &str, body: &Value) -> Reply {
    by.settled(by.request(Method::PATCH, listing).header("If-Match", "*").json(body)).await
}

/// Fills the cake's listing, with five pictures as if they were stored.
async fn fill(app: &TestApp, scene: &Scene) -> String {
    let listing = format!("/v1/listings/{}", scene.cake.id);
    patch(&scene.officer, &listing, &content()).await.expect(StatusCode::OK);
    let picture = json!({
        "image_id": "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d", "alt": { "vi": "Hộp bánh" }, "licence": "trade_use",
    });
    let pictures = json!(vec![picture; 5]).to_string();
    app.sql(format!(
        "UPDATE listings SET content = REPLACE(content, '\"shelf_life_days\":', '\"images\":{pictures},\"shelf_life_days\":')"
    ))
    .await;
    assert_eq!(scene.owner.get(&listing).await.json()["images"].as_array().map(Vec::len), Some(5));
    listing
}

async fn a_full_listing_is_ready_for_everybody(app: TestApp) {
    let scene = Scene::set(&app).await;
    let listing = fill(&app, &scene).await;
    let documents = format!("{listing}/documents");
    for (kind, until) in [
        ("business_registration", None),
        ("food_safety", Some("2027-06-30")),
        ("haccp", Some("2027-06-30")),
        ("vietgap", Some("2027-06-30")),
        ("self_declaration", None),
        ("test_report", None),
        ("label_artwork", None),
        ("trademark", Some("2030-01-01")),
    ] {
        let mut body = paper(kind, "1");
        body["valid_until"] = json!(until);
        scene.officer.post(&documents, &body).await.expect(StatusCode::CREATED);
    }
    for profile in PROFILES {
        let view = readiness(&scene.owner, &listing, profile).await;
        assert_eq!((&view["ready"], codes(&view["missing"])), (&json!(true), Vec::new()), "{profile}");
        assert_eq!((&view["profile"], &view["profile_version"]), (&json!(profile), &json!("2026-11")));
        let all = app.anonymous().get("/v1/readiness-profiles").await.json();
        let asked = all["profiles"].as_array().expect("profiles").iter().find(|one| one["code"] == profile);
        // Of food everything is asked but the price of services.
        let mut asked = codes(&asked.expect("the profile")["requirements"]);
        asked.retain(|code| code != "price");
        assert_eq!(codes(&view["met"]), asked, "{profile}");
    }
    // Take something away, and it is told where it belongs.
    let mut items = content()["trade_items"].clone();
    items.as_array_mut().expect("packs").push(json!({ "name": "Hộp 500 g", "unit": "XBX" }));
    patch(&scene.officer, &listing, &json!({ "trade_items": items, "names": { "en": null } }))
        .await
        .expect(StatusCode::OK);
    let view = readiness(&scene.owner, &listing, "export").await;
    assert_eq!(missing(&view, "names_en")["fix"]["pointer"], "/names/en");
    assert_eq!(missing(&view, "gtin")["fix"]["pointer"], "/trade_items/1/gtin");
    assert_eq!(missing(&view, "packs")["fix"]["pointer"], "/trade_items/1/prices");
    // A test report grows old without running out.
    app.clock.set("2027-05-04T03:00:00Z");
    let officer = app.again("officer-33@office.example").await;
    let view = readiness(&officer, &listing, "fresh_food").await;
    assert!(codes(&view["missing"]).contains(&"residues".to_owned()), "{view}");
    assert!(!codes(&view["missing"]).contains(&"test_report".to_owned()), "{view}");
}

async fn a_paper_counts_from_its_check_to_its_last_day(app: TestApp) {
    let scene = Scene::set(&app).await;
    let listing = fill(&app, &scene).await;
    let documents = format!("{listing}/documents");
    scene.officer.post(&documents, &paper("business_registration", "1")).await.expect(StatusCode::CREATED);
    let mut body = paper("food_safety", "1");
    body["valid_until"] = json!("2027-01-22");
    let claimed = scene.owner.post(&documents, &body).await.expect(StatusCode::CREATED);
    let view = readiness(&scene.owner, &listing, "base").await;
    assert_eq!(codes(&view["missing"]), ["food_safety"]);
    assert_eq!(missing(&view, "food_safety")["fix"]["waits_for_check"], true);
    let checks = format!("{documents}/{}/checks", claimed["id"].as_str().expect("an id"));
    scene.officer.post(&checks, &json!({ "decision": "checked" })).await.expect(StatusCode::CREATED);
    assert_eq!(readiness(&scene.owner, &listing, "base").await["ready"], true);
    // A supermarket wants it valid for 60 days more: today it is, tomorrow it is not.
    let lacks = |view: &Value| codes(&view["missing"]).contains(&"food_safety".to_owned());
    assert!(!lacks(&readiness(&scene.owner, &listing, "supermarket").await));
    app.clock.set("2026-11-23T17:00:00Z");
    let owner = app.again("owner@banh.example").await;
    assert!(lacks(&readiness(&owner, &listing, "supermarket").await));
    // To the end of its last day.
    app.clock.set("2027-01-22T16:59:59Z");
    let owner = app.again("owner@banh.example").await;
    assert_eq!(readiness(&owner, &listing, "base").await["ready"], true);
    app.clock.set("2027-01-22T17:00:00Z");
    let view = readiness(&owner, &listing, "base").await;
    assert_eq!((&view["ready"], codes(&view["missing"])), (&json!(false), vec!["food_safety".to_owned()]));
    assert_eq!(view["as_of"], "2027-01-23");
}

async fn everybody_may_read_the_profiles(app: TestApp) {
    let read = app.anonymous().get("/v1/readiness-profiles").await;
    let all = read.expect(StatusCode::OK);
    assert_eq!(
        (&all["version"], codes(&all["profiles"])),
        (&json!("2026-11"), PROFILES.map(str::to_owned).to_vec())
    );
    assert_eq!(read.header("cache-control"), "public, no-cache");
    let again = app.anonymous().request(Method::GET, "/v1/readiness-profiles");
    let again = Reply::of(again.header("If-None-Match", read.header("etag"))).await;
    again.expect(StatusCode::NOT_MODIFIED);
}
