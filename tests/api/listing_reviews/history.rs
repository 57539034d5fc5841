//! Versions, and going back to one.

use super::{Scene, fields, has_seq, path, post, public, set};
use crate::cases;
use crate::harness::{Case, TestApp};
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        every_content_is_kept,
        a_version_tells_what_was_changed,
        an_officer_goes_back_to_the_byte,
        a_producer_goes_back_by_the_rule,
        going_back_is_checked,
    ]
}

async fn every_content_is_kept(app: TestApp) {
    let scene = Scene::set(&app).await;
    let versions = format!("{}/versions", path(&scene.cake));
    assert_eq!(scene.owner.get(&versions).await.expect(StatusCode::OK)["items"], json!([]));
    for month in 1..=3 {
        app.clock.advance_seconds(60);
        set(&scene.owner, &scene.cake, &json!({ "season_months": [month] })).await.expect(StatusCode::OK);
    }
    set(&scene.owner, &scene.cake, &json!({ "names": { "vi": "Chỉ là nháp" } })).await.expect(StatusCode::OK);
    let all = scene.viewer.all(&format!("{versions}?limit=2")).await;
    assert_eq!(all.iter().map(|one| one["version"].clone()).collect::<Vec<_>>(), [3, 2, 1]);
    for one in &all {
        assert_eq!((&one["fields"], &one["cause"]), (&json!(["season_months"]), &json!("edited")));
        assert_eq!((&one["cause_ref"], &one["made_by"]["kind"]), (&Value::Null, &json!("user")));
    }
    assert_eq!(all[2]["made_at"], "2026-11-23T03:01:00Z");
    scene.elsewhere.get(&versions).await.expect_problem(404, "not_found");
}

async fn a_version_tells_what_was_changed(app: TestApp) {
    let scene = Scene::set(&app).await;
    let first = json!({ "names": { "vi": "Cáy" }, "season_months": [1] });
    set(&scene.officer, &scene.cake, &first).await.expect(StatusCode::OK);
    set(&scene.officer, &scene.cake, &json!({ "names": { "vi": "Cáy hộp" }, "shelf_life_days": 60 })).await;
    let one = scene.owner.get(&format!("{}/versions/2", path(&scene.cake))).await.expect(StatusCode::OK);
    assert_eq!(
        (&one["content"]["names"]["vi"], &one["content"]["season_months"]),
        (&json!("Cáy hộp"), &json!([1]))
    );
    let changed: Vec<(&Value, &Value, &Value)> = one["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| (&change["field"], &change["before"], &change["after"]))
        .collect();
    let (cay, hop) = (json!({ "vi": "Cáy", "en": null }), json!({ "vi": "Cáy hộp", "en": null }));
    assert_eq!(
        changed,
        [(&json!("names"), &cay, &hop), (&json!("shelf_life_days"), &Value::Null, &json!(60))]
    );
    let one = scene.owner.get(&format!("{}/versions/1", path(&scene.cake))).await.expect(StatusCode::OK);
    assert_eq!(one["changes"].as_array().map(Vec::len), Some(2));
    for none in ["0", "3", "-1", "x", "99999999999999999999"] {
        let path = format!("{}/versions/{none}", path(&scene.cake));
        scene.owner.get(&path).await.expect_problem(404, "not_found");
    }
}

/// What a version of the cake told, as text.
async fn told(scene: &Scene, version: i64) -> String {
    let one =
        scene.officer.get(&format!("{}/versions/{version}", path(&scene.cake))).await.expect(StatusCode::OK);
    one["content"].to_string()
}

async fn an_officer_goes_back_to_the_byte(app: TestApp) {
    let scene = Scene::set(&app).await;
    let item = json!({ "name": "Hộp", "unit": "XBX", "prices": [{ "from_quantity": 1, "price": 50_000 }] });
    let rich = json!({
        "names": { "vi": "Cáy", "en": "Cake" }, "story": { "vi": "Làng.\nNghề." }, "season_months": [1, 12],
        "trade_items": [item], "attributes": { "flavour": "gừng" }, "export_markets": ["JP"],
    });
    set(&scene.officer, &scene.cake, &rich).await.expect(StatusCode::OK);
    let shown = public(&app, &scene.cake).await;
    let poor = json!({ "names": { "vi": "Khác" }, "story": null, "trade_items": [], "price_from": null, "price_unit": null,
        "attributes": null, "season_months": [6], "usage": { "vi": "Ăn." } });
    set(&scene.officer, &scene.cake, &poor).await.expect(StatusCode::OK);
    set(&scene.owner, &scene.cake, &json!({ "summary": { "vi": "Nháp." } })).await.expect(StatusCode::OK);
    let restorations = format!("{}/restorations", path(&scene.cake));
    let dry =
        post(&scene.officer, &format!("{restorations}?validate_only=true"), &json!({ "version": 1 })).await;
    let would = dry.expect(StatusCode::OK);
    let back = post(&scene.officer, &restorations, &json!({ "version": 1 })).await;
    let view = back.expect(StatusCode::CREATED);
    assert_eq!(view, would);
    assert!(has_seq(&back));
    assert_eq!((&view["version"], &view["names"]["vi"]), (&json!(3), &json!("Cáy")));
    assert_eq!(fields(&view["draft"]), ["summary"], "the producer's draft stays");
    assert_eq!(told(&scene, 3).await, told(&scene, 1).await);
    assert_eq!(public(&app, &scene.cake).await, shown);
    let versions = scene.owner.get(&format!("{}/versions", path(&scene.cake))).await.json();
    assert_eq!(
        (&versions["items"][0]["cause"], &versions["items"][0]["cause_ref"]),
        (&json!("restored"), &json!("1"))
    );
    // Back to what is shown: nothing happens.
    let again = post(&scene.officer, &restorations, &json!({ "version": 3 })).await;
    assert_eq!((again.expect(StatusCode::CREATED), has_seq(&again)), (view, false));
}

async fn a_producer_goes_back_by_the_rule(app: TestApp) {
    let scene = Scene::set(&app).await;
    set(&scene.officer, &scene.cake, &json!({ "names": { "vi": "Cũ" }, "season_months": [1] })).await;
    set(&scene.officer, &scene.cake, &json!({ "names": { "vi": "Mới" }, "season_months": [2] })).await;
    set(&scene.owner, &scene.cake, &json!({ "story": { "vi": "Nháp." } })).await.expect(StatusCode::OK);
    let restorations = format!("{}/restorations", path(&scene.cake));
    let view = post(&scene.owner, &restorations, &json!({ "version": 1 })).await.expect(StatusCode::CREATED);
    assert_eq!((&view["season_months"], &view["names"]["vi"]), (&json!([1]), &json!("Mới")));
    assert_eq!(
        view["draft"],
        json!({ "names": { "vi": "Cũ", "en": null } }),
        "the story of the draft is taken back too"
    );
    let made = post(&scene.owner, &format!("{}/submissions", path(&scene.cake)), &json!({})).await;
    let submission = super::id(&made.expect(StatusCode::CREATED));
    scene
        .review(&json!({ "submission_id": submission, "decision": "approved" }))
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(told(&scene, 4).await, told(&scene, 1).await);
}

async fn going_back_is_checked(app: TestApp) {
    let scene = Scene::set(&app).await;
    set(&scene.owner, &scene.cake, &json!({ "season_months": [1] })).await.expect(StatusCode::OK);
    let restorations = format!("{}/restorations", path(&scene.cake));
    for (body, at, code) in [
        (json!({}), "/version", "missing"),
        (json!({ "version": "1" }), "/version", "wrong_type"),
        (json!({ "version": 0 }), "/version", "unknown_version"),
        (json!({ "version": 2 }), "/version", "unknown_version"),
    ] {
        let reply = post(&scene.owner, &restorations, &body).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [(at.to_owned(), code.to_owned())], "{body}");
    }
    let body = json!({ "version": 1 });
    scene.owner.post(&restorations, &body).await.expect_problem(428, "precondition_required");
    post(&scene.viewer, &restorations, &body).await.expect_problem(403, "forbidden");
    post(&scene.elsewhere, &restorations, &body).await.expect_problem(404, "not_found");
}
