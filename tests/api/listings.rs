//! Listings: price and season by the producer, documents by officers, withdrawals by both; and successions of products.

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::fresh_key;
use crate::seed::{Certified, Codes, Maker, Product, Seed};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use ocop_market::accounts::{MemberRole, Role};
use ocop_market::db::Failure;
use ocop_market::listings::{self, DocumentKind, ListingStatus};
use ocop_market::products;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let at_once = cases![writers_do_not_wait_for_each_other_in_a_circle];
    let at_once = at_once.into_iter().map(|case| case.with(&["--database-threads=8"]));
    let all = cases![
        a_product_of_which_nothing_is_said_has_an_empty_listing,
        a_producer_sets_price_and_season,
        a_patch_clears_by_null_and_writes_only_what_changes,
        price_and_unit_go_together,
        a_producer_states_what_can_be_ordered,
        every_fault_of_a_patch_is_told,
        an_update_needs_what_was_read,
        of_two_who_change_a_listing_at_once_one_wins,
        validation_writes_nothing,
        a_withdrawn_product_is_not_offered,
        a_withdrawal_is_made_and_taken_back_once,
        an_officer_records_a_certificate,
        every_fault_of_a_document_is_told,
        a_document_is_recorded_once,
        who_may_do_what,
        a_succeeded_product_is_not_offered,
        what_cannot_be_a_successor,
        no_circle_closes_however_many_try_at_once,
        successions_keep_to_the_province,
        readers_find_listings_and_successions_by_id_and_by_range,
    ];
    all.into_iter().chain(at_once).collect()
}

const HA_NOI: Codes = [Some("01"), None, None, None, None];

/// Two producers of Hưng Yên with products in force, and who deals with them.
struct Scene {
    maker: Maker,
    cake: Product,
    mat: Product,
    others: Product,
    elsewhere: Product,
    owner: Actor,
    officer: Actor,
}

impl Scene {
    async fn set(app: &TestApp) -> Self {
        let mut seed = Seed::new(app);
        let maker = seed.maker("HTX Bánh Ví Dụ");
        let other = seed.maker("HTX Dệt Ví Dụ");
        let usual = Certified::default();
        let (cake, mat) =
            (seed.certified(maker, "Bánh cáy", &usual), seed.certified(maker, "Chiếu cói", &usual));
        let others = seed.certified(other, "Lụa tơ tằm", &usual);
        let elsewhere = seed.product(other, "Cốm", HA_NOI);
        seed.certify(&elsewhere, &usual, None);
        seed.insert().await;
        let owner = app.member("owner@banh.example", maker.id, MemberRole::Owner).await;
        let officer = app.officer("33").await;
        Self { maker, cake, mat, others, elsewhere, owner, officer }
    }
}

fn path(product: &Product) -> String {
    format!("/v1/listings/{}", product.id)
}

async fn patch(by: &Actor, path: &str, tag: &str, body: &Value) -> Reply {
    by.settled(by.request(Method::PATCH, path).header("If-Match", tag).json(body)).await
}

async fn delete(by: &Actor, path: &str) -> Reply {
    by.settled(by.request(Method::DELETE, path)).await
}

/// Changes what is there, whatever it is.
async fn set(by: &Actor, product: &Product, body: &Value) -> Reply {
    patch(by, &path(product), "*", body).await
}

fn seq(reply: &Reply) -> i64 {
    reply.header("catalogue-seq").parse().unwrap_or_else(|_| panic!("no Catalogue-Seq: {reply:?}"))
}

/// Products of the scene, each announced when it is set.
const SEEDED: usize = 4;

/// What the log of changes says of the products since the scene is set, in order.
async fn log(app: &TestApp) -> Vec<(i64, String, Option<String>)> {
    use diesel::sql_types::{BigInt, Nullable, Text};
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        seq: i64,
        #[diesel(sql_type = Text)]
        product_id: String,
        #[diesel(sql_type = Nullable<Text>)]
        gone: Option<String>,
    }
    let read = app.state.db.read(|conn| {
        let query = diesel::sql_query("SELECT seq, product_id, gone FROM catalogue_changes ORDER BY seq");
        query.load::<Row>(conn).map_err(Failure::from)
    });
    let changes = read.await.expect("the log").into_iter().skip(SEEDED);
    changes.map(|row| (row.seq, row.product_id, row.gone)).collect()
}

/// The last change is of this product and says why it is gone (or that it is there), and so does the catalogue.
async fn assert_told(app: &TestApp, reply: &Reply, product: &Product, gone: Option<&str>) {
    let last = log(app).await.pop().expect("a change");
    assert_eq!(last, (seq(reply), product.id.to_string(), gone.map(str::to_owned)));
    let shown = app.anonymous().get(&format!("/v1/products/{}", product.id)).await;
    match gone {
        None => drop(shown.expect(StatusCode::OK)),
        Some(reason) => assert_eq!(shown.expect_problem(410, "not_in_force")["reason"], reason),
    }
}

/// What the public reads of a product.
async fn shown(app: &TestApp, product: &Product) -> Value {
    app.anonymous().get(&format!("/v1/products/{}", product.id)).await.expect(StatusCode::OK)
}

/// The kinds of certificates the public sees.
async fn certificates(app: &TestApp, product: &Product) -> Vec<Value> {
    let shown = shown(app, product).await;
    let certificates = shown["certificates"].as_array().expect("certificates").iter();
    certificates.map(|certificate| certificate["kind"].clone()).collect()
}

async fn is_offered(app: &TestApp, product: &Product) -> bool {
    let body = json!({
        "products": [{ "product_id": product.id, "quantity": 200, "unit": "XBX" }],
        "message": "Xin báo giá.",
        "company": { "name": "Chuỗi cửa hàng Ví Dụ" },
        "contact": { "name": "Phòng thu mua", "email": "thumua@example.vn" },
        "source": { "channel": "website" },
        "consent": { "text_version": "2026-11", "accepted": true },
    });
    let sent = app.anonymous().post_once("/v1/leads", &fresh_key(), &body).await;
    if sent.status == StatusCode::CREATED {
        return true;
    }
    sent.expect_problem(422, "invalid_body");
    assert_eq!(sent.faults(), [("/products/0/product_id".to_owned(), "not_offered".to_owned())]);
    false
}

async fn a_product_of_which_nothing_is_said_has_an_empty_listing(app: TestApp) {
    let scene = Scene::set(&app).await;
    let reply = scene.owner.get(&path(&scene.cake)).await;
    let expected = json!({
        "product_id": scene.cake.id, "product_name": "Bánh cáy", "status": "published", "version": 0, "price_from": null,
        "price_unit": null, "season_months": [], "min_order": null, "monthly_capacity": null, "documents": [],
        "missing_languages": [], "updated_at": null,
    });
    let view = reply.expect(StatusCode::OK);
    for (member, value) in view.as_object().expect("members") {
        assert_eq!(*value, expected[member], "{member}");
    }
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let again = scene.owner.request(Method::GET, &path(&scene.cake));
    let again = Reply::of(again.header("If-None-Match", reply.header("etag"))).await;
    again.expect(StatusCode::NOT_MODIFIED);
    assert!(is_offered(&app, &scene.cake).await);
}

async fn a_producer_sets_price_and_season(app: TestApp) {
    let Scene { cake, owner, officer, .. } = Scene::set(&app).await;
    let read = owner.get(&path(&cake)).await;
    let body = json!({ "price_from": 85_000, "price_unit": "XBX", "season_months": [12, 1, 10, 11, 1] });
    app.clock.advance_seconds(60);
    let changed = patch(&owner, &path(&cake), &read.header("etag"), &body).await;
    let view = changed.expect(StatusCode::OK);
    assert_eq!((&view["price_from"], &view["price_unit"]), (&json!(85_000), &json!("XBX")));
    assert_eq!((&view["season_months"], &view["status"]), (&json!([1, 10, 11, 12]), &json!("published")));
    assert_eq!(view["updated_at"], "2026-11-23T03:01:00Z");
    assert_told(&app, &changed, &cake, None).await;
    let public = shown(&app, &cake).await;
    assert_eq!((&public["price_from"], &public["price_unit"]), (&json!(85_000), &json!("XBX")));
    assert_eq!(public["season_months"], json!([1, 10, 11, 12]));
    // The tag of the answer is that of what is read next, by whomever.
    let read = officer.get(&path(&cake)).await;
    assert_eq!((read.expect(StatusCode::OK), read.header("etag")), (view, changed.header("etag")));
    let again = patch(&officer, &path(&cake), &read.header("etag"), &json!({ "season_months": [3] })).await;
    assert_eq!(again.expect(StatusCode::OK)["season_months"], json!([3]));
    assert_eq!(seq(&again), seq(&changed) + 1);
}

async fn a_patch_clears_by_null_and_writes_only_what_changes(app: TestApp) {
    let Scene { cake, owner, .. } = Scene::set(&app).await;
    let full = json!({ "price_from": 85_000, "price_unit": "XBX", "season_months": [1, 2] });
    let first = set(&owner, &cake, &full).await;
    let view = first.expect(StatusCode::OK);
    app.clock.advance_seconds(60);
    for same in [full, json!({}), json!({ "season_months": [2, 1] })] {
        let reply = set(&owner, &cake, &same).await;
        assert_eq!(reply.expect(StatusCode::OK), view, "{same}");
        assert_eq!(reply.header("catalogue-seq"), "", "{same}");
    }
    assert_eq!(log(&app).await.last().map(|(seq, ..)| *seq), Some(seq(&first)));
    let cleared = set(&owner, &cake, &json!({ "price_from": null, "price_unit": null })).await;
    let view = cleared.expect(StatusCode::OK);
    assert_eq!(
        (&view["price_from"], &view["price_unit"], &view["season_months"]),
        (&Value::Null, &Value::Null, &json!([1, 2]))
    );
    let cleared = set(&owner, &cake, &json!({ "season_months": null })).await;
    assert_eq!(cleared.expect(StatusCode::OK)["season_months"], json!([]));
}

async fn price_and_unit_go_together(app: TestApp) {
    let Scene { cake, owner, .. } = Scene::set(&app).await;
    set(&owner, &cake, &json!({ "price_from": 85_000, "price_unit": "XBX" })).await.expect(StatusCode::OK);
    for (body, at) in [
        (json!({ "price_from": 90_000 }), "/price_unit"),
        (json!({ "price_unit": "KGM" }), "/price_from"),
        (json!({ "price_from": null }), "/price_unit"),
        (json!({ "price_unit": null }), "/price_from"),
        (json!({ "price_from": null, "price_unit": "KGM" }), "/price_from"),
        (json!({ "price_from": 90_000, "price_unit": null, "season_months": [1] }), "/price_unit"),
    ] {
        let reply = set(&owner, &cake, &body).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [(at.to_owned(), "goes_together".to_owned())], "{body}");
    }
    let view = owner.get(&path(&cake)).await.expect(StatusCode::OK);
    assert_eq!((&view["price_from"], &view["season_months"]), (&json!(85_000), &json!([])));
}

async fn a_producer_states_what_can_be_ordered(app: TestApp) {
    let Scene { cake, mat, owner, officer, .. } = Scene::set(&app).await;
    let least = json!({ "quantity": 50, "unit": "XBX" });
    let capacity = json!({ "quantity": 2_000, "unit": "KGM" });
    let both = json!({ "min_order": least, "monthly_capacity": capacity });
    let changed = set(&owner, &cake, &both).await;
    let view = changed.expect(StatusCode::OK);
    assert_eq!((&view["min_order"], &view["monthly_capacity"]), (&least, &capacity));
    assert_told(&app, &changed, &cake, None).await;
    let public = shown(&app, &cake).await;
    assert_eq!((&public["min_order"], &public["monthly_capacity"]), (&least, &capacity));
    let csv = app.anonymous().get("/v1/catalogue/export?format=csv").await;
    let row = csv.text.lines().find(|line| line.contains("Bánh cáy")).expect("its row");
    // Nothing is said of what the last columns tell: trade names, summary, shelf life, GTINs, picture, VAT, lead time.
    assert!(row.trim_end().ends_with(",50,XBX,2000,KGM,,,,,,,,"), "{row}");
    let linked = app.anonymous().request(Method::GET, &format!("/v1/products/{}", cake.id));
    let linked = Reply::of(linked.header("Accept", "application/ld+json")).await;
    assert!(!linked.text.contains("eligibleQuantity"), "there is no offer without a price");

    // The same again is no change; a change of one leaves the other; null clears it.
    let again = set(&owner, &cake, &both).await;
    assert_eq!((again.expect(StatusCode::OK), again.header("catalogue-seq")), (view, String::new()));
    let price = json!({ "price_from": 85_000, "price_unit": "XBX", "monthly_capacity": null });
    let view = set(&officer, &cake, &price).await.expect(StatusCode::OK);
    assert_eq!((&view["min_order"], &view["monthly_capacity"]), (&least, &Value::Null));
    let linked = app.anonymous().request(Method::GET, &format!("/v1/products/{}", cake.id));
    let linked = Reply::of(linked.header("Accept", "application/ld+json")).await.json();
    assert_eq!(linked["offers"]["eligibleQuantity"]["minValue"], 50);
    let other = json!({ "min_order": { "quantity": 3, "unit": "XCT" } });
    let dry = patch(&owner, &format!("{}?validate_only=true", path(&cake)), "*", &other).await;
    assert_eq!(dry.expect(StatusCode::OK)["min_order"], other["min_order"]);
    assert_eq!(owner.get(&path(&cake)).await.json()["min_order"], least);

    for (body, at, code) in [
        (json!({ "min_order": { "quantity": 50 } }), "/min_order/unit", "missing"),
        (json!({ "min_order": { "unit": "XBX" } }), "/min_order/quantity", "missing"),
        (json!({ "min_order": { "quantity": 0, "unit": "XBX" } }), "/min_order/quantity", "out_of_range"),
        (
            json!({ "monthly_capacity": { "quantity": 1_000_000_001, "unit": "XBX" } }),
            "/monthly_capacity/quantity",
            "out_of_range",
        ),
        (
            json!({ "monthly_capacity": { "quantity": 1, "unit": "box" } }),
            "/monthly_capacity/unit",
            "unknown_value",
        ),
        (json!({ "monthly_capacity": 50 }), "/monthly_capacity", "wrong_type"),
    ] {
        let reply = set(&owner, &mat, &body).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [(at.to_owned(), code.to_owned())], "{body}");
    }
    // Of what is there, a part may be changed: the patch is merged into it (RFC 7396).
    let more = set(&owner, &cake, &json!({ "min_order": { "quantity": 60 } })).await;
    assert_eq!(more.expect(StatusCode::OK)["min_order"], json!({ "quantity": 60, "unit": "XBX" }));
}

async fn every_fault_of_a_patch_is_told(app: TestApp) {
    let Scene { cake, owner, .. } = Scene::set(&app).await;
    let body = json!({
        "price_from": 0, "price_unit": "kg", "season_months": [0, 5, 13, "6"], "status": "withdrawn",
    });
    let reply = set(&owner, &cake, &body).await;
    reply.expect_problem(422, "invalid_body");
    let mut faults = reply.faults();
    faults.sort();
    let expected = [
        ("/price_from", "out_of_range"),
        ("/price_unit", "unknown_value"),
        ("/season_months/0", "out_of_range"),
        ("/season_months/2", "out_of_range"),
        ("/season_months/3", "wrong_type"),
        ("/status", "unknown_field"),
    ];
    assert_eq!(faults, expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
    for (price, code) in [
        (json!(-1), "out_of_range"),
        (json!(1_000_000_000_001_i64), "out_of_range"),
        (json!(9_223_372_036_854_775_808_u64), "out_of_range"),
        (json!(85.5), "wrong_type"),
        (json!("85000"), "wrong_type"),
    ] {
        let reply = set(&owner, &cake, &json!({ "price_from": price, "price_unit": "XBX" })).await;
        assert_eq!(reply.faults(), [("/price_from".to_owned(), code.to_owned())], "{price}");
    }
    let unknown = format!("{}?validate=true", path(&cake));
    patch(&owner, &unknown, "*", &json!({})).await.expect_problem(400, "invalid_parameters");
    assert!(log(&app).await.is_empty());
}

async fn an_update_needs_what_was_read(app: TestApp) {
    let Scene { cake, owner, officer, .. } = Scene::set(&app).await;
    let body = json!({ "season_months": [1] });
    let without = Reply::of(owner.request(Method::PATCH, &path(&cake)).json(&body)).await;
    without.expect_problem(428, "precondition_required");
    let tag = owner.get(&path(&cake)).await.header("etag");
    set(&officer, &cake, &json!({ "season_months": [2] })).await.expect(StatusCode::OK);
    let stale = patch(&owner, &path(&cake), &tag, &body).await;
    stale.expect_problem(412, "precondition_failed");
    assert_eq!(stale.header("etag"), owner.get(&path(&cake)).await.header("etag"));
    let dry = format!("{}?validate_only=true", path(&cake));
    patch(&owner, &dry, &tag, &body).await.expect_problem(412, "precondition_failed");
}

async fn of_two_who_change_a_listing_at_once_one_wins(app: TestApp) {
    let Scene { cake, owner, .. } = Scene::set(&app).await;
    let tag = owner.get(&path(&cake)).await.header("etag");
    let tries: Vec<_> = (1..=8)
        .map(|month| {
            let (owner, path, tag) = (owner.clone(), path(&cake), tag.clone());
            tokio::spawn(
                async move { patch(&owner, &path, &tag, &json!({ "season_months": [month] })).await },
            )
        })
        .collect();
    let mut won = 0;
    for reply in tries {
        let reply = reply.await.expect("an answer");
        if reply.status == StatusCode::OK {
            won += 1;
        } else {
            reply.expect_problem(412, "precondition_failed");
        }
    }
    assert_eq!(won, 1);
}

/// The first change of a day is announced together with those of the calendar: it refers to products that others are
/// writing to, who wait for the catalogue's clock. None may have to wait for the other in a circle.
async fn writers_do_not_wait_for_each_other_in_a_circle(app: TestApp) {
    let Scene { cake, mat, owner, officer, .. } = Scene::set(&app).await;
    for round in 0..6 {
        let calendar = "UPDATE catalogue_clock SET day = '1970-01-01'";
        let reset = app.state.db.write(move |conn| conn.batch_execute(calendar).map_err(Failure::from)).await;
        reset.expect("all days are still to be announced");
        let writes: Vec<_> = [(&owner, &cake), (&officer, &mat), (&owner, &mat), (&officer, &cake)]
            .into_iter()
            .zip(1..)
            .map(|((by, product), n)| {
                let (by, path) = (by.clone(), path(product));
                let body = json!({ "season_months": [1 + (round + n) % 12] });
                tokio::spawn(async move { patch(&by, &path, "*", &body).await })
            })
            .collect();
        for written in writes {
            written.await.expect("an answer").expect(StatusCode::OK);
        }
    }
}

async fn validation_writes_nothing(app: TestApp) {
    let Scene { cake, owner, .. } = Scene::set(&app).await;
    let before = owner.get(&path(&cake)).await;
    let dry = format!("{}?validate_only=true", path(&cake));
    let body = json!({ "price_from": 85_000, "price_unit": "XBX" });
    let checked = patch(&owner, &dry, &before.header("etag"), &body).await;
    assert_eq!(checked.expect(StatusCode::OK)["price_from"], 85_000);
    assert_eq!(checked.header("catalogue-seq"), "");
    patch(&owner, &dry, "*", &json!({ "price_from": 1 })).await.expect_problem(422, "invalid_body");
    assert_eq!(owner.get(&path(&cake)).await.text, before.text);
    assert!(log(&app).await.is_empty());
}

async fn a_withdrawn_product_is_not_offered(app: TestApp) {
    let Scene { cake, mat, owner, officer, .. } = Scene::set(&app).await;
    let withdrawals = format!("{}/withdrawals", path(&cake));
    let withdrawn = owner.post(&withdrawals, &Value::Null).await;
    assert_eq!(withdrawn.expect(StatusCode::CREATED)["status"], "withdrawn");
    assert_eq!(withdrawn.header("location"), path(&cake));
    assert_told(&app, &withdrawn, &cake, Some("withdrawn")).await;
    assert_eq!((is_offered(&app, &cake).await, is_offered(&app, &mat).await), (false, true));
    // The certificate is valid, so the answer must not say that it is not.
    let gone = app.anonymous().get(&format!("/v1/products/{}", cake.id)).await;
    let problem = gone.expect_problem(410, "not_in_force");
    assert_eq!(
        (&problem["title"], &problem["reason"]),
        (&json!("Không còn trong danh mục"), &json!("withdrawn"))
    );
    assert_eq!(problem["state"], "valid");
    // It can be kept up meanwhile.
    let priced = set(&owner, &cake, &json!({ "price_from": 85_000, "price_unit": "XBX" })).await;
    assert_eq!(priced.expect(StatusCode::OK)["status"], "withdrawn");
    assert_told(&app, &priced, &cake, Some("withdrawn")).await;
    let restored = delete(&officer, &format!("{withdrawals}/current")).await;
    restored.expect(StatusCode::NO_CONTENT);
    assert_told(&app, &restored, &cake, None).await;
    let view = owner.get(&path(&cake)).await.json();
    assert_eq!((&view["status"], &view["price_from"]), (&json!("published"), &json!(85_000)));
    assert!(is_offered(&app, &cake).await);
}

async fn a_withdrawal_is_made_and_taken_back_once(app: TestApp) {
    let Scene { cake, owner, .. } = Scene::set(&app).await;
    let (withdrawals, key) = (format!("{}/withdrawals", path(&cake)), fresh_key());
    let post = async |key: &str| {
        let request = owner.request(Method::POST, &withdrawals).header("Idempotency-Key", key);
        Reply::of(request).await
    };
    let first = post(&key).await;
    first.expect(StatusCode::CREATED);
    let replayed = post(&key).await;
    assert_eq!(replayed.header("idempotency-replayed"), "true");
    assert_eq!((&replayed.text, seq(&replayed)), (&first.text, seq(&first)));
    post(&fresh_key()).await.expect_problem(409, "already_withdrawn");
    let current = format!("{withdrawals}/current");
    delete(&owner, &current).await.expect(StatusCode::NO_CONTENT);
    delete(&owner, &current).await.expect_problem(404, "not_found");
    assert_eq!(log(&app).await.len(), 2);
}

fn certificate(kind: &str, number: &str) -> Value {
    json!({ "kind": kind, "number": number, "issuer": "Trung tâm Chứng nhận Minh Họa", "valid_until": "2027-06-30" })
}

async fn an_officer_records_a_certificate(app: TestApp) {
    let Scene { cake, owner, officer, .. } = Scene::set(&app).await;
    let documents = format!("{}/documents", path(&cake));
    let made = officer.post(&documents, &certificate("vietgap", "  VG  01 ")).await;
    let expected = json!({
        "id": made.json()["id"], "kind": "vietgap", "name": { "vi": "VietGAP", "en": "VietGAP" },
        "number": "VG 01", "issuer": "Trung tâm Chứng nhận Minh Họa", "issued_on": null, "valid_until": "2027-06-30",
        "file": null, "disclosure": "public", "state": "checked", "reason": null, "recorded_by": "office",
        "recorded_at": "2026-11-23T03:00:00Z", "checked_at": "2026-11-23T03:00:00Z",
    });
    assert_eq!(made.expect(StatusCode::CREATED), expected);
    assert_eq!(made.header("location"), path(&cake));
    assert_told(&app, &made, &cake, None).await;
    // One without a term, and one that ends today.
    let mut organic = certificate("organic", "HC-1");
    organic.as_object_mut().expect("an object").remove("valid_until");
    officer.post(&documents, &organic).await.expect(StatusCode::CREATED);
    let mut safety = certificate("food_safety", "9");
    safety["valid_until"] = json!("2026-11-23");
    officer.post(&documents, &safety).await.expect(StatusCode::CREATED);
    let view = owner.get(&path(&cake)).await.expect(StatusCode::OK);
    let listed = view["documents"].as_array().expect("documents");
    let kinds: Vec<_> =
        listed.iter().map(|paper| (paper["kind"].clone(), paper["valid_until"].clone())).collect();
    assert_eq!(
        kinds,
        [
            (json!("food_safety"), json!("2026-11-23")),
            (json!("vietgap"), json!("2027-06-30")),
            (json!("organic"), Value::Null)
        ]
    );
    assert_eq!(listed[1], expected);
    assert_eq!(certificates(&app, &cake).await, ["food_safety", "vietgap", "organic"]);
    let one = format!("{documents}/{}", expected["id"].as_str().expect("an id"));
    let removed = delete(&officer, &one).await;
    removed.expect(StatusCode::NO_CONTENT);
    assert_told(&app, &removed, &cake, None).await;
    delete(&officer, &one).await.expect_problem(404, "not_found");
    assert_eq!(owner.get(&path(&cake)).await.json()["documents"].as_array().map(Vec::len), Some(2));
    assert_eq!(certificates(&app, &cake).await, ["food_safety", "organic"]);
    // It counts to the end of its last day.
    app.clock.set("2026-11-23T16:59:59.999999Z");
    assert_eq!(certificates(&app, &cake).await, ["food_safety", "organic"]);
    app.clock.set("2026-11-23T17:00:00Z");
    assert_eq!(certificates(&app, &cake).await, ["organic"]);
}

async fn every_fault_of_a_document_is_told(app: TestApp) {
    let Scene { cake, officer, .. } = Scene::set(&app).await;
    let documents = format!("{}/documents", path(&cake));
    let wrong = json!({ "kind": "iso_9001", "number": " ", "valid_until": "30/06/2027", "seen": true });
    let reply = officer.post(&documents, &wrong).await;
    reply.expect_problem(422, "invalid_body");
    let mut faults = reply.faults();
    faults.sort();
    let expected = [
        ("/issuer", "missing"),
        ("/kind", "unknown_value"),
        ("/number", "missing"),
        ("/seen", "unknown_field"),
        ("/valid_until", "invalid_date"),
    ];
    assert_eq!(faults, expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
    for (member, value, code) in [
        ("valid_until", json!("2026-11-22"), "in_the_past"),
        ("number", json!("9".repeat(101)), "too_long"),
        ("issuer", json!("ơ".repeat(201)), "too_long"),
        ("issuer", json!("a\u{7}b"), "control_character"),
        ("number", json!("a\u{0}b"), "control_character"),
    ] {
        let mut body = certificate("haccp", "1");
        body[member] = value;
        let reply = officer.post(&documents, &body).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [(format!("/{member}"), code.to_owned())]);
    }
    assert!(log(&app).await.is_empty());
}

async fn a_document_is_recorded_once(app: TestApp) {
    let Scene { cake, mat, officer, .. } = Scene::set(&app).await;
    let documents = format!("{}/documents", path(&cake));
    let (body, key) = (certificate("haccp", "H-1"), fresh_key());
    let made = officer.post_once(&documents, &key, &body).await;
    let id = made.expect(StatusCode::CREATED)["id"].clone();
    let replayed = officer.post_once(&documents, &key, &body).await;
    assert_eq!((&replayed.text, replayed.header("idempotency-replayed")), (&made.text, "true".to_owned()));
    assert_eq!(seq(&replayed), seq(&made));
    let again = officer.post(&documents, &certificate("haccp", "H-1 ")).await;
    assert_eq!(again.expect_problem(409, "already_recorded")["document_id"], id);
    for (product, kind, number) in
        [(&cake, "iso_22000", "H-1"), (&cake, "haccp", "H-2"), (&mat, "haccp", "H-1")]
    {
        let other = format!("{}/documents", path(product));
        officer.post(&other, &certificate(kind, number)).await.expect(StatusCode::CREATED);
    }
    // One of another product is not to be reached through this one.
    let other = format!("{}/documents/{}", path(&mat), id.as_str().expect("an id"));
    delete(&officer, &other).await.expect_problem(404, "not_found");
    for wrong in ["x", "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d"] {
        delete(&officer, &format!("{documents}/{wrong}")).await.expect_problem(404, "not_found");
    }
}

async fn who_may_do_what(app: TestApp) {
    let Scene { maker, cake, others, elsewhere, owner, officer, .. } = Scene::set(&app).await;
    let viewer = app.member("viewer@banh.example", maker.id, MemberRole::Viewer).await;
    let editor = app.member("editor@banh.example", maker.id, MemberRole::Editor).await;
    let away = app.officer("01").await;
    let admin = app.user("admin@office.example", Role::Admin, &[]).await;
    let nobody = app.anonymous();

    let (own, season) = (path(&cake), json!({ "season_months": [1] }));
    let documents = format!("{own}/documents");
    let withdrawals = format!("{own}/withdrawals");
    let paper = certificate("gmp", "1");
    for (by, reads, writes, certifies) in [
        (&nobody, 401, 401, 401),
        (&viewer, 200, 403, 403),
        // What a producer says of itself is the same paper, and an officer checks it.
        (&editor, 200, 200, 201),
        (&owner, 200, 200, 409),
        (&away, 404, 404, 404),
        (&officer, 200, 200, 409),
    ] {
        assert_eq!(by.get(&own).await.status.as_u16(), reads);
        assert_eq!(set(by, &cake, &season).await.status.as_u16(), writes);
        assert_eq!(by.post(&documents, &paper).await.status.as_u16(), certifies);
        let withdrawn = by.post(&withdrawals, &Value::Null).await.status.as_u16();
        assert_eq!(withdrawn, if writes == 200 { 201 } else { writes });
        let restored = delete(by, &format!("{withdrawals}/current")).await.status.as_u16();
        assert_eq!(restored, if writes == 200 { 204 } else { writes });
    }
    for by in [&owner, &viewer] {
        for hidden in [path(&others), path(&elsewhere)] {
            by.get(&hidden).await.expect_problem(404, "not_found");
            patch(by, &hidden, "*", &season).await.expect_problem(404, "not_found");
            let post = by.post(&format!("{hidden}/documents"), &paper).await;
            post.expect_problem(404, "not_found");
        }
    }
    officer.get(&path(&elsewhere)).await.expect_problem(404, "not_found");
    admin.get(&path(&elsewhere)).await.expect(StatusCode::OK);
    set(&admin, &elsewhere, &season).await.expect(StatusCode::OK);
    admin.post(&format!("{}/documents", path(&elsewhere)), &paper).await.expect(StatusCode::CREATED);
    for nothing in ["/v1/listings/x", "/v1/listings/01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d"] {
        admin.get(nothing).await.expect_problem(404, "not_found");
        patch(&admin, nothing, "*", &season).await.expect_problem(404, "not_found");
    }
    let reply = viewer.post(&withdrawals, &Value::Null).await;
    assert!(reply.expect_problem(403, "forbidden")["detail"].as_str().expect("why").contains("chỉ được xem"));
}

fn successions(product: &Product) -> String {
    format!("/v1/products/{}/successions", product.id)
}

fn by(successor: &Product, kind: &str) -> Value {
    json!({ "successor_id": successor.id, "kind": kind })
}

async fn a_succeeded_product_is_not_offered(app: TestApp) {
    let Scene { cake, mat, officer, .. } = Scene::set(&app).await;
    let key = fresh_key();
    let made = officer.post_once(&successions(&cake), &key, &by(&mat, "merged_into")).await;
    let expected = json!({
        "product_id": cake.id, "successor_id": mat.id, "kind": "merged_into", "recorded_at": "2026-11-23T03:00:00Z",
    });
    assert_eq!(made.expect(StatusCode::CREATED), expected);
    assert_told(&app, &made, &cake, Some("merged_into")).await;
    let gone = app.anonymous().get(&format!("/v1/products/{}", cake.id)).await.json();
    assert_eq!(gone["successor_id"], json!(mat.id));
    let replayed = officer.post_once(&successions(&cake), &key, &by(&mat, "merged_into")).await;
    assert_eq!((&replayed.text, seq(&replayed)), (&made.text, seq(&made)));
    assert_eq!((is_offered(&app, &cake).await, is_offered(&app, &mat).await), (false, true));
    let again = officer.post(&successions(&cake), &by(&mat, "superseded")).await;
    assert_eq!(again.expect_problem(409, "already_succeeded")["successor_id"], json!(mat.id));
    let current = format!("{}/current", successions(&cake));
    let taken_back = delete(&officer, &current).await;
    taken_back.expect(StatusCode::NO_CONTENT);
    assert_told(&app, &taken_back, &cake, None).await;
    assert!(is_offered(&app, &cake).await);
    delete(&officer, &current).await.expect_problem(404, "not_found");
    let made = officer.post(&successions(&cake), &by(&mat, "superseded")).await;
    assert_told(&app, &made, &cake, Some("superseded")).await;
}

async fn what_cannot_be_a_successor(app: TestApp) {
    let Scene { cake, mat, others, officer, .. } = Scene::set(&app).await;
    let refused = async |product: &Product, body: &Value, at: &str, code: &str| {
        let reply = officer.post(&successions(product), body).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [(at.to_owned(), code.to_owned())], "{body}");
        reply
    };
    refused(&cake, &by(&cake, "merged_into"), "/successor_id", "same_product").await;
    let unknown = json!({ "successor_id": "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d", "kind": "superseded" });
    refused(&cake, &unknown, "/successor_id", "unknown_product").await;
    let wrong =
        officer.post(&successions(&cake), &json!({ "successor_id": "x", "kind": "gone", "why": 1 })).await;
    assert_eq!(wrong.faults().len(), 3);
    officer
        .post("/v1/products/01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d/successions", &by(&cake, "superseded"))
        .await
        .expect_problem(404, "not_found");
    assert!(log(&app).await.is_empty());

    officer.post(&successions(&cake), &by(&mat, "superseded")).await.expect(StatusCode::CREATED);
    // Back again: a circle of two.
    refused(&mat, &by(&cake, "superseded"), "/successor_id", "has_successor").await;
    // Not to the one that has gone, but to the one that goes on, which is named.
    let told = refused(&others, &by(&cake, "merged_into"), "/successor_id", "has_successor").await;
    assert!(told.text.contains(mat.id.as_str()), "{}", told.text);
    // A chain grows at its end, and does not close.
    officer.post(&successions(&mat), &by(&others, "superseded")).await.expect(StatusCode::CREATED);
    refused(&others, &by(&cake, "superseded"), "/successor_id", "has_successor").await;
}

async fn no_circle_closes_however_many_try_at_once(app: TestApp) {
    let Scene { cake, mat, others, officer, .. } = Scene::set(&app).await;
    let tries: Vec<_> = [(&cake, &mat), (&mat, &others), (&others, &cake)]
        .into_iter()
        .map(|(product, successor)| {
            let (officer, path, body) = (officer.clone(), successions(product), by(successor, "superseded"));
            tokio::spawn(async move { officer.post(&path, &body).await })
        })
        .collect();
    let mut made = 0;
    for reply in tries {
        let reply = reply.await.expect("an answer");
        if reply.status == StatusCode::CREATED {
            made += 1;
        } else {
            reply.expect_problem(422, "invalid_body");
        }
    }
    assert!((1..3).contains(&made), "{made} of three links");
}

async fn successions_keep_to_the_province(app: TestApp) {
    let Scene { cake, mat, elsewhere, owner, officer, .. } = Scene::set(&app).await;
    let (away, admin) = (app.officer("01").await, app.user("admin@office.example", Role::Admin, &[]).await);
    let body = by(&mat, "superseded");
    app.anonymous().post(&successions(&cake), &body).await.expect_problem(401, "unauthenticated");
    for by in [&owner, &away] {
        by.post(&successions(&cake), &body).await.expect_problem(403, "forbidden");
        delete(by, &format!("{}/current", successions(&cake))).await.expect_problem(403, "forbidden");
    }
    officer.post(&successions(&cake), &by(&elsewhere, "superseded")).await.expect_problem(403, "forbidden");
    assert!(log(&app).await.is_empty());
    admin.post(&successions(&cake), &by(&elsewhere, "superseded")).await.expect(StatusCode::CREATED);
    delete(&admin, &format!("{}/current", successions(&cake))).await.expect(StatusCode::NO_CONTENT);
}

async fn readers_find_listings_and_successions_by_id_and_by_range(app: TestApp) {
    let Scene { cake, mat, others, owner, officer, .. } = Scene::set(&app).await;
    let priced = json!({ "price_from": 85_000, "price_unit": "XBX", "season_months": [1, 12] });
    set(&owner, &cake, &priced).await.expect(StatusCode::OK);
    officer.post(&format!("{}/withdrawals", path(&cake)), &Value::Null).await.expect(StatusCode::CREATED);
    let documents = format!("{}/documents", path(&mat));
    officer.post(&documents, &certificate("halal", "2")).await.expect(StatusCode::CREATED);
    officer.post(&documents, &certificate("halal", "10")).await.expect(StatusCode::CREATED);
    officer.post(&successions(&mat), &by(&others, "superseded")).await.expect(StatusCode::CREATED);
    let ids = [cake.id, mat.id, others.id];
    let (first, last) = (*ids.iter().min().expect("some"), *ids.iter().max().expect("some"));
    let read = app.state.db.read(move |conn| {
        let by_id = (listings::of_products(conn, &ids)?, products::successions(conn, &ids)?);
        let by_range =
            (listings::of_range(conn, first, last)?, products::successions_of_range(conn, first, last)?);
        assert_eq!(by_id, by_range);
        assert!(listings::of_range(conn, last, first)?.is_empty());
        assert!(listings::of_products(conn, &[])?.is_empty());
        Ok::<_, Failure>(by_id)
    });
    let (listings, successions) = read.await.expect("both");
    assert_eq!(listings.len(), 2);
    let of_cake = &listings[&cake.id];
    let price = of_cake.content.price().expect("a price");
    assert_eq!(
        (of_cake.status, price.amount, price.unit.as_str()),
        (ListingStatus::Withdrawn, 85_000, "XBX")
    );
    assert_eq!(of_cake.content.season().months().collect::<Vec<_>>(), [1, 12]);
    let numbers: Vec<_> = listings[&mat.id].documents.iter().map(|paper| paper.place()).collect();
    assert_eq!(numbers, [(DocumentKind::Halal, "10"), (DocumentKind::Halal, "2")]);
    assert_eq!(successions.len(), 1);
    assert_eq!(successions[&mat.id].successor, others.id);
}
