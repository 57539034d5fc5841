//! What a producer may show at once, and what goes into the draft.

use super::{Scene, delete, fields, has_seq, patch, path, post, public, set};
use crate::cases;
use crate::harness::{Case, TestApp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        what_an_officer_has_to_agree_to_goes_into_the_draft,
        a_verified_producer_shows_more_at_once,
        a_suspended_producer_changes_nothing,
        an_officer_changes_everything_at_once,
        an_officer_who_acts_for_the_producer_is_not_the_office,
        a_patch_is_read_over_the_draft,
        what_is_shown_again_leaves_the_draft,
        the_tag_stands_for_the_draft_too,
        validation_tells_the_draft_and_writes_nothing,
        texts_without_english_are_named,
        a_draft_is_thrown_away,
        prices_of_packs_that_wait_are_not_shown,
        a_withdrawn_listing_is_edited,
        a_draft_leaves_no_trace_in_a_catalogue_that_is_built_anew,
    ]
}

const ALL: [&str; 3] = ["names", "storage", "season_months"];

fn change() -> Value {
    json!({
        "names": { "vi": "Bánh cáy hộp" }, "storage": { "vi": "Nơi khô ráo." }, "season_months": [1, 2],
    })
}

async fn what_an_officer_has_to_agree_to_goes_into_the_draft(app: TestApp) {
    let scene = Scene::set(&app).await;
    let changed = set(&scene.owner, &scene.cake, &change()).await;
    let view = changed.expect(StatusCode::OK);
    assert_eq!(
        (&view["season_months"], &view["names"], &view["storage"]),
        (&json!([1, 2]), &Value::Null, &Value::Null)
    );
    assert_eq!(fields(&view["draft"]), ["names", "storage"]);
    assert_eq!(view["draft"]["names"], json!({ "vi": "Bánh cáy hộp", "en": null }));
    assert_eq!((&view["version"], &view["submission"]), (&json!(1), &Value::Null));
    assert!(has_seq(&changed));
    // Members and the office see the draft, everybody else what there was.
    for reader in [&scene.viewer, &scene.officer] {
        assert_eq!(reader.get(&path(&scene.cake)).await.expect(StatusCode::OK), view);
    }
    assert!(!public(&app, &scene.cake).await.contains("Bánh cáy hộp"));
    // Nothing of this goes live: nothing is announced.
    let before = public(&app, &scene.cake).await;
    let drafted = set(&scene.owner, &scene.cake, &json!({ "story": { "vi": "Làng nghề." } })).await;
    assert_eq!(fields(&drafted.expect(StatusCode::OK)["draft"]), ["names", "storage", "story"]);
    assert!(!has_seq(&drafted));
    assert_eq!(public(&app, &scene.cake).await, before);
}

async fn a_verified_producer_shows_more_at_once(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene.verify(&app).await;
    let view = set(&scene.editor, &scene.cake, &change()).await.expect(StatusCode::OK);
    assert_eq!(fields(&view["draft"]), ["names"]);
    assert_eq!(view["storage"]["vi"], "Nơi khô ráo.");
    // What was drafted before and is shown at once now is no draft any more.
    app.sql(format!("UPDATE organisations SET standing = 'unverified' WHERE id = '{}'", scene.maker.id))
        .await;
    let view = set(&scene.owner, &scene.cake, &json!({ "storage": { "vi": "Nơi mát." } })).await.json();
    assert_eq!(fields(&view["draft"]), ["names", "storage"]);
    scene.verify(&app).await;
    let view = set(&scene.owner, &scene.cake, &json!({ "storage": { "en": "Cool." } })).await.json();
    assert_eq!(view["storage"], json!({ "vi": "Nơi mát.", "en": "Cool." }));
    assert_eq!(fields(&view["draft"]), ["names"]);
}

async fn a_suspended_producer_changes_nothing(app: TestApp) {
    let scene = Scene::set(&app).await;
    app.sql(format!("UPDATE organisations SET standing = 'suspended' WHERE id = '{}'", scene.maker.id)).await;
    set(&scene.owner, &scene.cake, &change()).await.expect_problem(403, "forbidden");
    let submissions = format!("{}/submissions", path(&scene.cake));
    post(&scene.owner, &submissions, &json!({})).await.expect_problem(403, "forbidden");
}

async fn an_officer_changes_everything_at_once(app: TestApp) {
    let scene = Scene::set(&app).await;
    set(&scene.owner, &scene.cake, &json!({ "names": { "vi": "Của chủ thể", "en": "The producer's" } }))
        .await;
    let changed = set(&scene.officer, &scene.cake, &change()).await;
    let view = changed.expect(StatusCode::OK);
    for field in ALL {
        assert_ne!(view[field], Value::Null, "{field}");
    }
    assert!(has_seq(&changed));
    // It is over what buyers see, and the producer's draft stays its own.
    assert_eq!(view["names"], json!({ "vi": "Bánh cáy hộp", "en": null }));
    assert_eq!(view["draft"]["names"]["vi"], "Của chủ thể");
    set(&scene.elsewhere, &scene.cake, &change()).await.expect_problem(404, "not_found");
    set(&scene.viewer, &scene.cake, &change()).await.expect_problem(403, "forbidden");
}

async fn an_officer_who_acts_for_the_producer_is_not_the_office(app: TestApp) {
    let scene = Scene::set(&app).await;
    let given = json!({ "delegate_email": super::OFFICER, "role": "editor", "purpose": "Soạn giúp.", "until": "2026-12-31" });
    let delegations = format!("/v1/organisations/{}/delegations", scene.maker.id);
    scene.owner.post(&delegations, &given).await.expect(StatusCode::CREATED);
    let view = set(&scene.officer, &scene.cake, &change()).await.expect(StatusCode::OK);
    assert_eq!(fields(&view["draft"]), ["names", "storage"]);
    let made = post(&scene.officer, &format!("{}/submissions", path(&scene.cake)), &json!({})).await;
    let submission = super::id(&made.expect(StatusCode::CREATED));
    let approve = json!({ "submission_id": submission, "decision": "approved" });
    scene.review(&approve).await.expect_problem(403, "forbidden");
    // Neither once the delegation is over: it is what this officer has handed in.
    let all = scene.owner.get(&delegations).await.json();
    let one = format!("{delegations}/{}", super::id(&all["items"][0]));
    scene.owner.delete(&one).await.expect(StatusCode::NO_CONTENT);
    scene.review(&approve).await.expect_problem(403, "forbidden");
    let colleague = app.officer("33").await;
    let decided = post(&colleague, &format!("{}/reviews", path(&scene.cake)), &approve).await;
    assert_eq!(decided.expect(StatusCode::CREATED)["state"], "approved");
}

async fn a_patch_is_read_over_the_draft(app: TestApp) {
    let scene = Scene::set(&app).await;
    set(&scene.owner, &scene.cake, &json!({ "names": { "vi": "Bánh cáy hộp" } }))
        .await
        .expect(StatusCode::OK);
    let view = set(&scene.editor, &scene.cake, &json!({ "names": { "en": "Cake in a box" } })).await.json();
    assert_eq!(view["draft"]["names"], json!({ "vi": "Bánh cáy hộp", "en": "Cake in a box" }));
    let reply =
        set(&scene.editor, &scene.cake, &json!({ "story": { "en": "A story" }, "shelf_life_days": 0 })).await;
    reply.expect_problem(422, "invalid_body");
    let mut faults = reply.faults();
    faults.sort();
    let expected = [("/shelf_life_days", "out_of_range"), ("/story/vi", "missing")];
    assert_eq!(faults, expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
}

async fn what_is_shown_again_leaves_the_draft(app: TestApp) {
    let scene = Scene::set(&app).await;
    let live = json!({ "names": { "vi": "Bánh cáy" }, "story": { "vi": "Làng nghề." } });
    set(&scene.officer, &scene.cake, &live).await.expect(StatusCode::OK);
    let view =
        set(&scene.owner, &scene.cake, &json!({ "names": { "vi": "Khác" }, "story": null })).await.json();
    assert_eq!(view["draft"], json!({ "names": { "vi": "Khác", "en": null }, "story": null }));
    assert_eq!(view["story"]["vi"], "Làng nghề.");
    let view = set(&scene.owner, &scene.cake, &json!({ "names": { "vi": "Bánh cáy" } })).await.json();
    assert_eq!(view["draft"], json!({ "story": null }));
    // The office says the same as the draft.
    let view = set(&scene.officer, &scene.cake, &json!({ "story": null })).await.json();
    assert_eq!((&view["draft"], &view["story"]), (&Value::Null, &Value::Null));
}

async fn the_tag_stands_for_the_draft_too(app: TestApp) {
    let scene = Scene::set(&app).await;
    let tag = scene.owner.get(&path(&scene.cake)).await.header("etag");
    set(&scene.editor, &scene.cake, &json!({ "names": { "vi": "Khác" } })).await.expect(StatusCode::OK);
    let stale = patch(&scene.owner, &path(&scene.cake), &tag, &change()).await;
    stale.expect_problem(412, "precondition_failed");
    let tag = scene.owner.get(&path(&scene.cake)).await.header("etag");
    assert_eq!(stale.header("etag"), tag);
    post(&scene.owner, &format!("{}/submissions", path(&scene.cake)), &json!({}))
        .await
        .expect(StatusCode::CREATED);
    patch(&scene.owner, &path(&scene.cake), &tag, &change()).await.expect_problem(412, "precondition_failed");
}

async fn validation_tells_the_draft_and_writes_nothing(app: TestApp) {
    let scene = Scene::set(&app).await;
    let before = scene.owner.get(&path(&scene.cake)).await;
    let dry = format!("{}?validate_only=true", path(&scene.cake));
    let would = patch(&scene.owner, &dry, "*", &change()).await;
    let would_be = would.expect(StatusCode::OK);
    assert!(!has_seq(&would));
    assert_eq!(scene.owner.get(&path(&scene.cake)).await.text, before.text);
    assert_eq!(set(&scene.owner, &scene.cake, &change()).await.json(), would_be);
}

async fn texts_without_english_are_named(app: TestApp) {
    let scene = Scene::set(&app).await;
    let live = json!({ "story": { "vi": "Làng nghề." }, "names": { "vi": "Cáy", "en": "Cake" }, "usage": { "vi": "Ăn" } });
    set(&scene.officer, &scene.cake, &live).await.expect(StatusCode::OK);
    let draft = json!({ "names": { "vi": "Cáy mới", "en": null }, "story": { "en": "A village." } });
    let view = set(&scene.owner, &scene.cake, &draft).await.json();
    assert_eq!(view["missing_languages"], json!(["/usage", "/draft/names"]));
}

async fn a_draft_is_thrown_away(app: TestApp) {
    let scene = Scene::set(&app).await;
    let before = public(&app, &scene.cake).await;
    let draft = format!("{}/draft", path(&scene.cake));
    delete(&scene.owner, &draft).await.expect_problem(409, "not_possible_now");
    scene.hand_in(&json!({ "names": { "vi": "Khác" } })).await;
    let without = scene.owner.delete(&draft).await;
    without.expect_problem(428, "precondition_required");
    delete(&scene.officer, &draft).await.expect_problem(403, "forbidden");
    let stale = scene.owner.request(Method::DELETE, &draft).header("If-Match", "\"old\"");
    crate::harness::Reply::of(stale).await.expect_problem(412, "precondition_failed");
    delete(&scene.owner, &draft).await.expect(StatusCode::NO_CONTENT);
    let view = scene.listing().await;
    assert_eq!((&view["draft"], &view["names"]), (&Value::Null, &Value::Null));
    assert_eq!(view["submission"]["fields"], json!(["names"]), "what was handed in waits on");
    assert_eq!(public(&app, &scene.cake).await, before);
}

/// The lowest price follows from the packs; of packs nobody has agreed to it must not.
async fn prices_of_packs_that_wait_are_not_shown(app: TestApp) {
    let scene = Scene::set(&app).await;
    set(&scene.owner, &scene.cake, &json!({ "price_from": 85_000, "price_unit": "XBX" }))
        .await
        .expect(StatusCode::OK);
    let item = json!({ "name": "Hộp", "unit": "XBX", "prices": [{ "from_quantity": 1, "price": 50_000 }] });
    let view = set(&scene.owner, &scene.cake, &json!({ "trade_items": [item] })).await.expect(StatusCode::OK);
    assert_eq!(
        (&view["price_from"], fields(&view["draft"])),
        (&json!(85_000), vec!["trade_items".to_owned()])
    );
    // Nor does one say another price than the packs that are worked on.
    let other = json!({ "price_from": 90_000, "price_unit": "XBX" });
    set(&scene.owner, &scene.cake, &other).await.expect_problem(422, "invalid_body");
    assert_eq!(scene.listing().await["price_from"], 85_000);
    let made = post(&scene.owner, &format!("{}/submissions", path(&scene.cake)), &json!({})).await;
    let submission = super::id(&made.expect(StatusCode::CREATED));
    scene
        .review(&json!({ "submission_id": submission, "decision": "approved" }))
        .await
        .expect(StatusCode::CREATED);
    let view = scene.listing().await;
    assert_eq!((&view["price_from"], &view["draft"]), (&json!(50_000), &Value::Null));
}

async fn a_withdrawn_listing_is_edited(app: TestApp) {
    let scene = Scene::set(&app).await;
    scene
        .owner
        .post(&format!("{}/withdrawals", path(&scene.cake)), &Value::Null)
        .await
        .expect(StatusCode::CREATED);
    let submission = scene.hand_in(&change()).await;
    let approve = json!({ "submission_id": submission, "decision": "approved" });
    scene.review(&approve).await.expect(StatusCode::CREATED);
    let view = scene.listing().await;
    assert_eq!((&view["status"], &view["names"]["vi"]), (&json!("withdrawn"), &json!("Bánh cáy hộp")));
    let gone = app.anonymous().get(&format!("/v1/products/{}", scene.cake.id)).await;
    gone.expect_problem(410, "not_in_force");
}

async fn a_draft_leaves_no_trace_in_a_catalogue_that_is_built_anew(app: TestApp) {
    let scene = Scene::set(&app).await;
    let before = (public(&app, &scene.cake).await, public(&app, &scene.mat).await);
    app.clock.advance_seconds(600);
    scene.hand_in(&json!({ "names": { "vi": "Khác" } })).await;
    set(&scene.owner, &scene.mat, &json!({ "names": { "vi": "Khác" } })).await.expect(StatusCode::OK);
    let anew = app.beside(&[]);
    assert_eq!((public(&anew, &scene.cake).await, public(&anew, &scene.mat).await), before);
}
