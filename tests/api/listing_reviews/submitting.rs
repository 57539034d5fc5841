//! Handing in, looking at what was handed in, taking it back.

use super::{Scene, delete, id, path, post, public, set};
use crate::cases;
use crate::harness::{Case, Reply, TestApp};
use crate::leads::fresh_key;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        a_draft_is_handed_in_and_frozen,
        one_waits_at_a_time,
        nothing_is_handed_in_without_a_draft,
        handing_in_needs_what_was_read,
        a_repeated_submission_is_one,
        a_submission_is_taken_back,
        the_office_is_told,
        submissions_are_listed,
        who_handed_in_is_told_to_who_may_know,
        the_work_list_is_the_offices,
    ]
}

async fn a_draft_is_handed_in_and_frozen(app: TestApp) {
    let scene = Scene::set(&app).await;
    let live = json!({ "names": { "vi": "Bánh cáy" }, "shelf_life_days": 60 });
    set(&scene.officer, &scene.cake, &live).await.expect(StatusCode::OK);
    let before = public(&app, &scene.cake).await;
    let draft = json!({ "names": { "vi": "Bánh cáy hộp", "en": "Cake" }, "shelf_life_days": null, "story": { "vi": "Làng." } });
    set(&scene.owner, &scene.cake, &draft).await.expect(StatusCode::OK);
    let submissions = format!("{}/submissions", path(&scene.cake));
    let made = post(&scene.owner, &submissions, &json!({ "note": " Nhãn mới. " })).await;
    let view = made.expect(StatusCode::CREATED);
    let one = format!("{submissions}/{}", id(&view));
    assert_eq!(made.header("location"), one);
    assert_eq!(
        (&view["state"], &view["note"], &view["number"]),
        (&json!("waiting"), &json!("Nhãn mới."), &json!(1))
    );
    assert_eq!(view["fields"], json!(["names", "story", "shelf_life_days"]));
    let changes = json!([
        { "field": "names", "name": { "vi": "Tên thương mại", "en": "Trade name" },
          "before": { "vi": "Bánh cáy", "en": null }, "after": { "vi": "Bánh cáy hộp", "en": "Cake" } },
        { "field": "story", "name": { "vi": "Câu chuyện sản phẩm", "en": "Product story" },
          "before": null, "after": { "vi": "Làng.", "en": null } },
        { "field": "shelf_life_days", "name": { "vi": "Hạn sử dụng (ngày)", "en": "Shelf life (days)" },
          "before": 60, "after": null },
    ]);
    assert_eq!(view["changes"], changes);
    assert_eq!(scene.listing().await["submission"]["id"], view["id"]);
    // The draft goes on, what was handed in does not.
    set(&scene.owner, &scene.cake, &json!({ "story": { "vi": "Khác hẳn." } })).await.expect(StatusCode::OK);
    let read = scene.officer.get(&one).await;
    assert_eq!(read.expect(StatusCode::OK)["changes"], changes);
    assert_eq!(public(&app, &scene.cake).await, before, "buyers see what they saw");
    let again =
        Reply::of(scene.officer.request(Method::GET, &one).header("If-None-Match", read.header("etag")))
            .await;
    again.expect(StatusCode::NOT_MODIFIED);
}

async fn one_waits_at_a_time(app: TestApp) {
    let scene = Scene::set(&app).await;
    let first = scene.hand_in(&json!({ "names": { "vi": "Một" } })).await;
    set(&scene.owner, &scene.cake, &json!({ "names": { "vi": "Hai" } })).await.expect(StatusCode::OK);
    let submissions = format!("{}/submissions", path(&scene.cake));
    let second = post(&scene.owner, &submissions, &json!({})).await;
    assert_eq!(second.expect_problem(409, "already_recorded")["submission_id"], json!(first));
    // Of several at once one comes through.
    delete(&scene.owner, &format!("{submissions}/{first}")).await.expect(StatusCode::NO_CONTENT);
    let tries: Vec<_> = (0..6)
        .map(|_| {
            let (owner, submissions) = (scene.owner.clone(), submissions.clone());
            tokio::spawn(async move { post(&owner, &submissions, &json!({})).await })
        })
        .collect();
    let mut made = 0;
    for one in tries {
        let reply = one.await.expect("an answer");
        match reply.status {
            StatusCode::CREATED => made += 1,
            _ => drop(reply.expect_problem(409, "already_recorded")),
        }
    }
    assert_eq!(made, 1);
}

async fn nothing_is_handed_in_without_a_draft(app: TestApp) {
    let scene = Scene::set(&app).await;
    set(&scene.owner, &scene.cake, &json!({ "season_months": [1] })).await.expect(StatusCode::OK);
    let submissions = format!("{}/submissions", path(&scene.cake));
    post(&scene.owner, &submissions, &json!({})).await.expect_problem(409, "not_possible_now");
    let reply = post(&scene.owner, &submissions, &json!({ "note": "", "fields": [] })).await;
    reply.expect_problem(422, "invalid_body");
    let mut faults = reply.faults();
    faults.sort();
    assert_eq!(
        faults,
        [("/fields".to_owned(), "unknown_field".to_owned()), ("/note".to_owned(), "missing".to_owned())]
    );
}

async fn handing_in_needs_what_was_read(app: TestApp) {
    let scene = Scene::set(&app).await;
    set(&scene.owner, &scene.cake, &json!({ "names": { "vi": "Một" } })).await.expect(StatusCode::OK);
    let submissions = format!("{}/submissions", path(&scene.cake));
    scene.owner.post(&submissions, &json!({})).await.expect_problem(428, "precondition_required");
    let tag = scene.owner.get(&path(&scene.cake)).await.header("etag");
    set(&scene.editor, &scene.cake, &json!({ "names": { "vi": "Hai" } })).await.expect(StatusCode::OK);
    let stale = scene.owner.request(Method::POST, &submissions).header("If-Match", tag).json(&json!({}));
    Reply::of(stale).await.expect_problem(412, "precondition_failed");
    for (by, status, code) in [
        (&scene.viewer, 403, "forbidden"),
        (&scene.officer, 403, "forbidden"),
        (&scene.elsewhere, 404, "not_found"),
    ] {
        post(by, &submissions, &json!({})).await.expect_problem(status, code);
    }
}

async fn a_repeated_submission_is_one(app: TestApp) {
    let scene = Scene::set(&app).await;
    set(&scene.owner, &scene.cake, &json!({ "names": { "vi": "Một" } })).await.expect(StatusCode::OK);
    let (submissions, key) = (format!("{}/submissions", path(&scene.cake)), fresh_key());
    let tag = scene.owner.get(&path(&scene.cake)).await.header("etag");
    let send = || {
        let request = scene.owner.request(Method::POST, &submissions).header("If-Match", &tag);
        Reply::of(request.header("Idempotency-Key", &key).json(&json!({})))
    };
    let first = send().await.expect(StatusCode::CREATED);
    let again = send().await;
    assert_eq!(
        (again.expect(StatusCode::CREATED), again.header("idempotency-replayed")),
        (first, "true".to_owned())
    );
}

async fn a_submission_is_taken_back(app: TestApp) {
    let scene = Scene::set(&app).await;
    let submission = scene.hand_in(&json!({ "names": { "vi": "Một" } })).await;
    let one = format!("{}/submissions/{submission}", path(&scene.cake));
    delete(&scene.officer, &one).await.expect_problem(403, "forbidden");
    delete(&scene.editor, &one).await.expect(StatusCode::NO_CONTENT);
    let view = scene.owner.get(&one).await.expect(StatusCode::OK);
    assert_eq!((&view["state"], &view["review"]), (&json!("taken_back"), &Value::Null));
    assert!(view["ended_at"].is_string());
    let listing = scene.listing().await;
    assert_eq!((&listing["submission"], &listing["draft"]["names"]["vi"]), (&Value::Null, &json!("Một")));
    assert_eq!(
        delete(&scene.owner, &one).await.expect_problem(409, "already_decided")["state"],
        "taken_back"
    );
    let approve = json!({ "submission_id": submission, "decision": "approved" });
    assert_eq!(scene.review(&approve).await.expect_problem(409, "already_decided")["state"], "taken_back");
    let made = post(&scene.owner, &format!("{}/submissions", path(&scene.cake)), &json!({})).await;
    assert_eq!(made.expect(StatusCode::CREATED)["number"], 2);
}

async fn the_office_is_told(app: TestApp) {
    let scene = Scene::set(&app).await;
    let submission = scene.hand_in(&json!({ "names": { "vi": "Một" }, "story": { "vi": "Làng." } })).await;
    let letter = app.mail_to(super::OFFICER).await;
    assert!(letter.subject.contains("Bánh cáy"), "{}", letter.subject);
    for told in ["Tên thương mại", "Câu chuyện sản phẩm", &submission] {
        assert!(letter.body.contains(told), "{told}: {}", letter.body);
    }
    app.no_mail_to(super::OWNER).await;
    // Whoever hands in over and over does not fill anybody's letterbox.
    let submissions = format!("{}/submissions", path(&scene.cake));
    let mut waiting = submission;
    for _ in 0..22 {
        delete(&scene.owner, &format!("{submissions}/{waiting}")).await.expect(StatusCode::NO_CONTENT);
        waiting = id(&post(&scene.owner, &submissions, &json!({})).await.expect(StatusCode::CREATED));
    }
    let letters = app.all_mail().await;
    assert_eq!(letters.iter().filter(|letter| letter.to.eq_ignore_ascii_case(super::OFFICER)).count(), 20);
}

async fn submissions_are_listed(app: TestApp) {
    let scene = Scene::set(&app).await;
    let submissions = format!("{}/submissions", path(&scene.cake));
    let mut made = Vec::new();
    for name in ["Một", "Hai", "Ba"] {
        let submission = scene.hand_in(&json!({ "names": { "vi": name } })).await;
        delete(&scene.owner, &format!("{submissions}/{submission}")).await.expect(StatusCode::NO_CONTENT);
        made.push(json!(submission));
    }
    made.reverse();
    let page = scene.viewer.get(&format!("{submissions}?limit=2")).await;
    let first = page.expect(StatusCode::OK);
    assert_eq!(first["items"].as_array().map(Vec::len), Some(2));
    assert!(page.header("link").contains("rel=\"next\""));
    assert_eq!(first["items"][0]["changes"], Value::Null, "the changes are in the submission itself");
    let all = scene.officer.all(&format!("{submissions}?limit=2")).await;
    assert_eq!(all.iter().map(|one| one["id"].clone()).collect::<Vec<_>>(), made);
    scene.elsewhere.get(&submissions).await.expect_problem(404, "not_found");
    let other = format!("{}/submissions/{}", path(&scene.mat), made[0].as_str().expect("an id"));
    scene.owner.get(&other).await.expect_problem(404, "not_found");
}

async fn who_handed_in_is_told_to_who_may_know(app: TestApp) {
    let scene = Scene::set(&app).await;
    app.sql("UPDATE users SET display_name = 'Tổ bánh' WHERE email_key = 'owner@banh.example'").await;
    app.sql("UPDATE users SET display_name = 'Phòng OCOP' WHERE email_key = 'canbo@tinh.example'").await;
    let submission = scene.hand_in(&json!({ "names": { "vi": "Một" } })).await;
    let asks = json!({ "submission_id": submission, "decision": "asked", "note": { "vi": "Gửi ảnh nhãn." } });
    scene.review(&asks).await.expect(StatusCode::CREATED);
    let one = format!("{}/submissions/{submission}", path(&scene.cake));
    let names =
        |view: Value| (view["submitted_by"]["name"].clone(), view["review"]["decided_by"]["name"].clone());
    let to_officer = names(scene.officer.get(&one).await.expect(StatusCode::OK));
    assert_eq!(to_officer, (json!("Tổ bánh"), json!("Phòng OCOP")));
    let to_producer = names(scene.viewer.get(&one).await.expect(StatusCode::OK));
    assert_eq!(to_producer, (json!("Tổ bánh"), Value::Null));
}

async fn the_work_list_is_the_offices(app: TestApp) {
    let scene = Scene::set(&app).await;
    let cake = scene.hand_in(&json!({ "names": { "vi": "Một" } })).await;
    app.clock.advance_seconds(1);
    set(&scene.owner, &scene.mat, &json!({ "names": { "vi": "Hai" } })).await.expect(StatusCode::OK);
    let made =
        post(&scene.owner, &format!("{}/submissions", path(&scene.mat)), &json!({ "note": "Gấp." })).await;
    let mat = id(&made.expect(StatusCode::CREATED));
    let list = "/v1/listing-submissions?state=waiting&limit=1";
    let all = scene.officer.all(list).await;
    let ids: Vec<&Value> = all.iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&json!(cake), &json!(mat)], "first come, first listed");
    assert_eq!((&all[1]["note"], &all[1]["product_name"]), (&json!("Gấp."), &json!("Chiếu cói")));
    assert_eq!(all[1]["producer_id"], json!(scene.maker.id));
    assert!(scene.elsewhere.all(list).await.is_empty());
    let admin = app.user("admin@example.vn", ocop_market::accounts::Role::Admin, &[]).await;
    assert_eq!(admin.all(list).await, all);
    scene.owner.get(list).await.expect_problem(403, "forbidden");
    scene.review(&json!({ "submission_id": cake, "decision": "approved" })).await.expect(StatusCode::CREATED);
    assert_eq!(scene.officer.all(list).await.len(), 1);
    assert_eq!(scene.officer.all("/v1/listing-submissions?state=approved").await.len(), 1);
    assert_eq!(scene.officer.all("/v1/listing-submissions").await.len(), 2);
    scene.officer.get("/v1/listing-submissions?state=open").await.expect_problem(400, "invalid_parameters");
    let cursor = scene.officer.get("/v1/listing-submissions?limit=1").await.json()["next_cursor"].clone();
    let elsewhere =
        format!("/v1/listing-submissions?state=waiting&cursor={}", cursor.as_str().expect("a cursor"));
    scene.officer.get(&elsewhere).await.expect_problem(400, "invalid_cursor");
}
