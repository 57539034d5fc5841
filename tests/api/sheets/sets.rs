//! Sets of changes: what goes live and what into drafts, who sees and who undoes them, that they are whole.

use super::book::{Book, SETS, faults, send};
use super::{Scene, everything, listing, patch};
use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::fresh_key;
use diesel::connection::SimpleConnection;
use ocop_market::accounts::MemberRole;
use ocop_market::db::Failure;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        what_an_officer_has_to_agree_to_goes_into_the_draft,
        a_set_is_undone_to_the_byte,
        what_was_changed_since_is_not_undone,
        other_fields_stay_when_a_set_is_undone,
        drafts_are_undone_too,
        who_sees_and_who_undoes_a_set,
        a_set_is_applied_once_for_each_key,
        sets_are_listed_page_by_page,
    ]
}

pub fn at_once() -> Vec<Case> {
    cases![uploads_do_not_wait_for_each_other_in_a_circle]
}

/// The public document of a product, as it comes.
async fn document(app: &TestApp, product: &str) -> String {
    let reply = app.anonymous().get(&format!("/v1/products/{product}")).await;
    reply.expect(StatusCode::OK);
    reply.text
}

async fn undo(by: &Actor, set: &str) -> Reply {
    by.settled(by.request(Method::POST, &format!("{SETS}/{set}/reversals"))).await
}

/// Applies a workbook; the id of its set.
#[track_caller]
fn id_of(reply: &Reply) -> String {
    let report = reply.expect(StatusCode::CREATED);
    let id = report["change_set"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(reply.header("location"), format!("{SETS}/{id}"));
    id
}

fn outcomes(row: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let fields = row["fields"].as_array().expect("fields").iter();
    fields.map(|field| (text(&field["field"]), text(&field["outcome"]))).collect()
}

async fn what_an_officer_has_to_agree_to_goes_into_the_draft(app: TestApp) {
    let Scene { cake, owner, officer, .. } = Scene::set(&app).await;
    let cake = cake.id.to_string();
    let mut book = Book::download(&owner).await;
    book.set(&cake, "listing.names.vi", "Bánh mới").set(&cake, "listing.lead_time_days", 5.0);
    let dry = send(&owner, "?validate_only=true", book.write()).await.expect(StatusCode::OK);
    assert_eq!(listing(&owner, &cake).await["version"], 0);
    let done = send(&owner, "", book.write()).await;
    let report = done.expect(StatusCode::CREATED);
    assert_eq!(report["rows"], dry["rows"]);
    let pairs = [("names", "drafted"), ("lead_time_days", "live")];
    assert_eq!(outcomes(&report["rows"][0]), pairs.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!((&report["change_set"]["fields"], &report["change_set"]["drafted"]), (&json!(2), &json!(1)));
    let view = listing(&owner, &cake).await;
    assert_eq!((&view["names"], &view["lead_time_days"]), (&Value::Null, &json!(5)));
    // The next sheet of the producer holds the draft, the officer's what buyers see.
    let own = Book::download(&owner).await;
    assert_eq!(own.get(&cake, "listing.names.vi").to_string(), "Bánh mới");
    assert_eq!(Book::download(&officer).await.get(&cake, "listing.names.vi").to_string(), "");
    let again = send(&owner, "", own.write()).await.expect(StatusCode::OK);
    assert_eq!(again["change_set"], Value::Null);
}

async fn a_set_is_undone_to_the_byte(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.say_everything().await;
    let (cake, mat, officer) = (scene.cake(), scene.mat(), &scene.officer);
    let before = (document(&app, &cake).await, document(&app, &mat).await);
    app.clock.advance_seconds(600);
    let mut book = Book::download(officer).await;
    book.set(&cake, "listing.names.vi", "Khác").clear(&cake, "listing.season_months");
    book.set(&cake, "pack.prices.0.price", 44_000.0).set(&cake, "pack.prices.1.price", 41_000.0);
    book.set(&mat, "listing.lead_time_days", 9.0).set(&mat, "listing.price_from", 10_000.0);
    book.set(&mat, "listing.price_unit", "XBX");
    let set = id_of(&send(officer, "", book.write()).await);
    let between = (document(&app, &cake).await, document(&app, &mat).await);
    assert!(between.0 != before.0 && between.1 != before.1);
    app.clock.advance_seconds(60);
    let undone = undo(officer, &set).await;
    let view = undone.expect(StatusCode::CREATED);
    assert!(view["reversal"]["by"]["user_id"].is_string() && !undone.header("catalogue-seq").is_empty());
    assert_eq!((document(&app, &cake).await, document(&app, &mat).await), before);
    let versions = officer.get(&format!("/v1/listings/{cake}/versions")).await;
    let causes = versions.expect(StatusCode::OK);
    let causes: Vec<&str> = causes["items"]
        .as_array()
        .expect("versions")
        .iter()
        .filter_map(|version| version["cause"].as_str())
        .collect();
    assert_eq!(causes, ["undone", "imported", "edited"]);
    undo(officer, &set).await.expect_problem(409, "already_undone");
    let shown = officer.get(&format!("{SETS}/{set}")).await.expect(StatusCode::OK);
    assert_eq!(shown["rows"], view["rows"]);
    assert_eq!(shown["reversal"], view["reversal"]);
    assert_eq!(listing(officer, &cake).await["names"], everything()["names"]);
}

async fn what_was_changed_since_is_not_undone(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (cake, mat, officer) = (scene.cake(), scene.mat(), &scene.officer);
    let mut book = Book::download(officer).await;
    for product in [&cake, &mat] {
        book.set(product, "listing.lead_time_days", 9.0).set(product, "listing.shelf_life_days", 90.0);
    }
    let set = id_of(&send(officer, "", book.write()).await);
    patch(&scene.owner, &cake, &json!({ "lead_time_days": 3 })).await.expect(StatusCode::OK);
    let before = (listing(officer, &cake).await, listing(officer, &mat).await);
    let problem = undo(officer, &set).await.expect_problem(409, "changed_since");
    let listed = json!([{ "product_id": cake, "product_name": "Bánh cáy", "fields": ["lead_time_days"] }]);
    assert_eq!(problem["listings"], listed);
    assert_eq!((listing(officer, &cake).await, listing(officer, &mat).await), before);
    // Back to what the set made of it, or to what was there before, it is no obstacle.
    for (days, left) in [(json!(9), true), (Value::Null, false)] {
        patch(&scene.owner, &cake, &json!({ "lead_time_days": days })).await.expect(StatusCode::OK);
        if left {
            patch(&scene.owner, &cake, &json!({ "lead_time_days": 3 })).await.expect(StatusCode::OK);
            undo(officer, &set).await.expect_problem(409, "changed_since");
        }
    }
    undo(officer, &set).await.expect(StatusCode::CREATED);
    let view = listing(officer, &cake).await;
    assert_eq!((&view["lead_time_days"], &view["shelf_life_days"]), (&Value::Null, &Value::Null));
}

async fn other_fields_stay_when_a_set_is_undone(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (cake, officer) = (scene.cake(), &scene.officer);
    let mut book = Book::download(officer).await;
    book.set(&cake, "listing.lead_time_days", 9.0);
    let set = id_of(&send(officer, "", book.write()).await);
    app.clock.advance_seconds(60);
    patch(&scene.owner, &cake, &json!({ "season_months": [3] })).await.expect(StatusCode::OK);
    app.clock.advance_seconds(60);
    undo(officer, &set).await.expect(StatusCode::CREATED);
    let view = listing(officer, &cake).await;
    assert_eq!((&view["lead_time_days"], &view["season_months"]), (&Value::Null, &json!([3])));
    assert_eq!(view["updated_at"], "2026-11-23T03:02:00Z");
}

async fn drafts_are_undone_too(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (cake, owner) = (scene.cake(), &scene.owner);
    let draft = |name: &str| json!({ "names": { "vi": name, "en": null } });
    patch(owner, &cake, &draft("Bánh một")).await.expect(StatusCode::OK);
    let mut book = Book::download(owner).await;
    book.set(&cake, "listing.names.vi", "Bánh hai").set(&cake, "listing.summary.vi", "Ngon.");
    let set = id_of(&send(owner, "", book.write()).await);
    assert_eq!(Book::download(owner).await.get(&cake, "listing.summary.vi").to_string(), "Ngon.");
    patch(owner, &cake, &draft("Bánh ba")).await.expect(StatusCode::OK);
    let problem = undo(owner, &set).await.expect_problem(409, "changed_since");
    assert_eq!(problem["listings"][0]["fields"], json!(["names"]));
    patch(owner, &cake, &draft("Bánh hai")).await.expect(StatusCode::OK);
    let undone = undo(owner, &set).await;
    undone.expect(StatusCode::CREATED);
    assert_eq!(undone.header("catalogue-seq"), "", "buyers have seen none of it");
    let after = Book::download(owner).await;
    assert_eq!(after.get(&cake, "listing.names.vi").to_string(), "Bánh một");
    assert_eq!(after.get(&cake, "listing.summary.vi").to_string(), "");
    assert_eq!(listing(owner, &cake).await["version"], 0);
}

async fn who_sees_and_who_undoes_a_set(app: TestApp) {
    let scene = Scene::set(&app).await;
    let Scene { owner, viewer, stranger, officer, .. } = &scene;
    let editor = app.member("editor@banh.example", scene.maker.id, MemberRole::Editor).await;
    let elsewhere = app.officer("01").await;
    let change = async |by: &Actor, days: f64, products: &[&str]| {
        let mut book = Book::download(by).await;
        for product in products {
            book.set(product, "listing.lead_time_days", days);
        }
        id_of(&send(by, "", book.write()).await)
    };
    let others = scene.others.id.to_string();
    let of_producer = change(owner, 1.0, &[&scene.cake()]).await;
    app.clock.advance_seconds(1);
    let of_office = change(officer, 2.0, &[&scene.mat(), &others]).await;
    for (by, producers, offices, rows) in [
        (owner, true, true, 1),
        (viewer, true, true, 1),
        (stranger, false, true, 1),
        (officer, true, true, 2),
        (&elsewhere, false, false, 0),
    ] {
        let listed = by.all(SETS).await;
        let listed: Vec<&str> = listed.iter().filter_map(|set| set["id"].as_str()).collect();
        let expected = [(offices, &of_office), (producers, &of_producer)];
        let expected: Vec<&str> = expected.iter().filter(|(is, _)| *is).map(|(_, id)| id.as_str()).collect();
        assert_eq!(listed, expected);
        let read = by.get(&format!("{SETS}/{of_office}")).await;
        match rows {
            0 => drop(read.expect_problem(404, "not_found")),
            _ => assert_eq!(read.expect(StatusCode::OK)["rows"].as_array().map(Vec::len), Some(rows)),
        }
    }
    undo(&elsewhere, &of_office).await.expect_problem(404, "not_found");
    undo(owner, &of_office).await.expect_problem(403, "forbidden");
    undo(stranger, &of_producer).await.expect_problem(404, "not_found");
    undo(viewer, &of_producer).await.expect_problem(403, "forbidden");
    undo(&editor, &of_producer).await.expect(StatusCode::CREATED);
    // Also where it is of this producer's listings alone: what an office has done, an office takes back.
    let of_office_alone = change(officer, 3.0, &[&scene.cake()]).await;
    undo(owner, &of_office_alone).await.expect_problem(403, "forbidden");
    undo(officer, &of_office).await.expect(StatusCode::CREATED);
}

async fn a_set_is_applied_once_for_each_key(app: TestApp) {
    let Scene { cake, owner, .. } = Scene::set(&app).await;
    let cake = cake.id.to_string();
    let mut book = Book::download(&owner).await;
    book.set(&cake, "listing.lead_time_days", 9.0);
    let (body, key) = (book.write(), fresh_key());
    let post = async |body: Vec<u8>| {
        let request = owner.request(Method::POST, SETS).header("Content-Type", super::book::XLSX);
        owner.settled(request.header("Idempotency-Key", &key).body(body)).await
    };
    let (first, again) = (post(body.clone()).await, post(body.clone()).await);
    assert_eq!(first.expect(StatusCode::CREATED), again.expect(StatusCode::CREATED));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(owner.all(SETS).await.len(), 1);
    book.set(&cake, "listing.lead_time_days", 8.0);
    post(book.write()).await.expect_problem(422, "idempotency_key_reused");
    // Without the key it is another upload, of a sheet that is out of date.
    assert_eq!(faults(&send(&owner, "", body).await).len(), 1);
}

async fn sets_are_listed_page_by_page(app: TestApp) {
    let Scene { cake, owner, .. } = Scene::set(&app).await;
    let cake = cake.id.to_string();
    let mut made = Vec::new();
    for days in 1..=3 {
        let mut book = Book::download(&owner).await;
        book.set(&cake, "listing.lead_time_days", f64::from(days));
        made.push(id_of(&send(&owner, "", book.write()).await));
        app.clock.advance_seconds(1);
    }
    made.reverse();
    let listed = owner.all(&format!("{SETS}?limit=2")).await;
    let listed: Vec<String> =
        listed.iter().map(|set| set["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(listed, made);
    owner.get(&format!("{SETS}?cursor=x")).await.expect_problem(400, "invalid_cursor");
    owner.get(&format!("{SETS}/{cake}")).await.expect_problem(404, "not_found");
}

/// Each upload locks the products of its rows, and announces them under the catalogue's clock.
async fn uploads_do_not_wait_for_each_other_in_a_circle(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (cake, mat) = (scene.cake(), scene.mat());
    for round in 1..=4 {
        let calendar = "UPDATE catalogue_clock SET day = '1970-01-01'";
        let reset = app.state.db.write(move |conn| conn.batch_execute(calendar).map_err(Failure::from)).await;
        reset.expect("all days are still to be announced");
        let mut tries = Vec::new();
        for (by, n) in [(&scene.owner, 1), (&scene.officer, 2), (&scene.owner, 3)] {
            let mut book = Book::download(by).await;
            for product in [&mat, &cake] {
                book.set(product, "listing.lead_time_days", f64::from(10 * round + n));
            }
            let (by, body) = (by.clone(), book.write());
            tries.push(tokio::spawn(async move { send(&by, "", body).await }));
            let (by, cake) = (scene.owner.clone(), cake.clone());
            tries
                .push(tokio::spawn(async move { patch(&by, &cake, &json!({ "season_months": [n] })).await }));
        }
        let mut applied = 0;
        for reply in tries {
            let reply = reply.await.expect("an answer");
            match reply.status {
                StatusCode::CREATED => applied += 1,
                StatusCode::OK => {}
                // Somebody else was faster.
                _ => assert!(faults(&reply).iter().all(|(.., code)| code == "changed_meanwhile")),
            }
        }
        assert!(applied <= 3);
    }
}
