//! What officers decide on what was handed in.

use super::{OWNER, Scene, fields, has_seq, path, post, public, set};
use crate::cases;
use crate::harness::{Case, Reply, TestApp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        what_is_approved_is_shown,
        fields_are_refused_by_name,
        what_is_refused_stays_in_the_draft,
        an_officer_asks_first,
        what_is_approved_goes_on_top_of_what_is_shown_by_then,
        what_was_worked_on_meanwhile_stays_in_the_draft,
        it_is_decided_once,
        every_fault_of_a_review_is_told,
        officers_of_the_province_decide,
        whoever_belongs_to_the_producer_does_not_decide,
        the_log_remembers_who_decided,
    ]
}

fn approve(submission: &str) -> Value {
    json!({ "submission_id": submission, "decision": "approved" })
}

async fn what_is_approved_is_shown(app: TestApp) {
    let scene = Scene::set(&app).await;
    let submission =
        scene.hand_in(&json!({ "names": { "vi": "Bánh cáy hộp" }, "usage": { "vi": "Ăn liền." } })).await;
    app.clock.advance_seconds(60);
    let decided = scene.review(&approve(&submission)).await;
    let view = decided.expect(StatusCode::CREATED);
    assert_eq!(decided.header("location"), format!("{}/submissions/{submission}", path(&scene.cake)));
    assert!(has_seq(&decided));
    assert_eq!((&view["state"], &view["review"]["version"]), (&json!("approved"), &json!(1)));
    assert_eq!(view["review"]["decided_at"], "2026-11-23T03:01:00Z");
    let listing = scene.listing().await;
    assert_eq!(
        (&listing["names"]["vi"], &listing["usage"]["vi"]),
        (&json!("Bánh cáy hộp"), &json!("Ăn liền."))
    );
    assert_eq!((&listing["draft"], &listing["submission"]), (&Value::Null, &Value::Null));
    let versions = scene.owner.get(&format!("{}/versions", path(&scene.cake))).await.json();
    assert_eq!(versions["items"][0]["cause"], "reviewed");
    assert_eq!(versions["items"][0]["cause_ref"], json!(submission));
    let letter = app.mail_to(OWNER).await;
    assert!(letter.subject.contains("được duyệt"), "{}", letter.subject);
}

async fn fields_are_refused_by_name(app: TestApp) {
    let scene = Scene::set(&app).await;
    app.sql("UPDATE users SET language = 'en' WHERE email_key = 'editor@banh.example'").await;
    let draft = json!({ "names": { "vi": "Bánh tiên" }, "story": { "vi": "Làng." }, "shelf_life_days": 90 });
    let submission = scene.hand_in(&draft).await;
    let reasons = json!({
        "names": { "reason": { "vi": "Khác nhãn.", "en": "Not that of the label." } },
        "shelf_life_days": { "reason": { "vi": "Giấy tự công bố ghi 60 ngày." } },
    });
    let body = json!({ "submission_id": submission, "decision": "approved", "fields": reasons });
    let view = scene.review(&body).await.expect(StatusCode::CREATED);
    assert_eq!((&view["state"], &view["review"]["decision"]), (&json!("approved"), &json!("approved")));
    assert_eq!(
        view["review"]["fields"]["names"],
        json!({ "reason": { "vi": "Khác nhãn.", "en": "Not that of the label." } })
    );
    let listing = scene.listing().await;
    assert_eq!((&listing["names"], &listing["story"]["vi"]), (&Value::Null, &json!("Làng.")));
    assert_eq!(fields(&listing["draft"]), ["names", "shelf_life_days"]);
    let letter = app.mail_to(OWNER).await;
    assert!(letter.subject.contains("được duyệt một phần"), "{}", letter.subject);
    assert!(letter.body.contains("Tên thương mại: Khác nhãn."), "{}", letter.body);
    let letter = app.mail_to("editor@banh.example").await;
    for told in ["Trade name: Not that of the label.", "Shelf life (days): Giấy tự công bố ghi 60 ngày."]
    {
        assert!(letter.body.contains(told), "{}", letter.body);
    }
    app.no_mail_to("viewer@banh.example").await;
    // Mended and handed in again.
    let again = scene.hand_in(&json!({ "names": { "vi": "Bánh cáy" }, "shelf_life_days": 60 })).await;
    scene.review(&approve(&again)).await.expect(StatusCode::CREATED);
    assert_eq!(scene.listing().await["draft"], Value::Null);
}

async fn what_is_refused_stays_in_the_draft(app: TestApp) {
    let scene = Scene::set(&app).await;
    let before = public(&app, &scene.cake).await;
    let submission = scene.hand_in(&json!({ "names": { "vi": "Bánh tiên" } })).await;
    let body =
        json!({ "submission_id": submission, "decision": "refused", "note": { "vi": "Tên gây nhầm lẫn." } });
    let decided = scene.review(&body).await;
    let view = decided.expect(StatusCode::CREATED);
    assert!(!has_seq(&decided));
    assert_eq!((&view["state"], &view["review"]["version"]), (&json!("refused"), &Value::Null));
    assert_eq!(public(&app, &scene.cake).await, before);
    assert_eq!(scene.listing().await["draft"]["names"]["vi"], "Bánh tiên");
    let letter = app.mail_to(OWNER).await;
    assert!(
        letter.subject.contains("không được duyệt") && letter.body.contains("Tên gây nhầm lẫn."),
        "{letter:?}"
    );
}

async fn an_officer_asks_first(app: TestApp) {
    let scene = Scene::set(&app).await;
    let submission = scene.hand_in(&json!({ "names": { "vi": "Bánh tiên" } })).await;
    let question = json!({ "names": { "reason": { "vi": "Nhãn ghi thế nào?" } } });
    let body = json!({ "submission_id": submission, "decision": "asked", "fields": question });
    assert_eq!(scene.review(&body).await.expect(StatusCode::CREATED)["state"], "asked");
    let listing = scene.listing().await;
    assert_eq!((&listing["submission"], &listing["names"]), (&Value::Null, &Value::Null));
    assert_eq!(fields(&listing["draft"]), ["names"]);
    let letter = app.mail_to(OWNER).await;
    assert!(letter.body.contains("Nhãn ghi thế nào?"), "{}", letter.body);
    let made =
        post(&scene.owner, &format!("{}/submissions", path(&scene.cake)), &json!({ "note": "Ghi vậy." }))
            .await;
    made.expect(StatusCode::CREATED);
}

async fn what_is_approved_goes_on_top_of_what_is_shown_by_then(app: TestApp) {
    let scene = Scene::set(&app).await;
    let live = json!({ "names": { "vi": "Cũ" }, "story": { "vi": "Cũ" } });
    set(&scene.officer, &scene.cake, &live).await.expect(StatusCode::OK);
    let submission = scene.hand_in(&json!({ "names": { "vi": "Mới" } })).await;
    // Meanwhile the office and the producer change other things.
    set(&scene.officer, &scene.cake, &json!({ "story": { "vi": "Cán bộ sửa" } }))
        .await
        .expect(StatusCode::OK);
    set(&scene.owner, &scene.cake, &json!({ "season_months": [5] })).await.expect(StatusCode::OK);
    scene.review(&approve(&submission)).await.expect(StatusCode::CREATED);
    let listing = scene.listing().await;
    assert_eq!((&listing["names"]["vi"], &listing["story"]["vi"]), (&json!("Mới"), &json!("Cán bộ sửa")));
    assert_eq!((&listing["season_months"], &listing["version"]), (&json!([5]), &json!(4)));
    // Approved although it is so already: nothing is announced, and no version made.
    let submission = scene.hand_in(&json!({ "names": { "vi": "Mới nữa" } })).await;
    set(&scene.officer, &scene.cake, &json!({ "names": { "vi": "Mới nữa" } })).await.expect(StatusCode::OK);
    let decided = scene.review(&approve(&submission)).await;
    assert_eq!(decided.expect(StatusCode::CREATED)["review"]["version"], Value::Null);
    assert!(!has_seq(&decided));
}

async fn what_was_worked_on_meanwhile_stays_in_the_draft(app: TestApp) {
    let scene = Scene::set(&app).await;
    let submission = scene.hand_in(&json!({ "names": { "vi": "Một" }, "story": { "vi": "Làng." } })).await;
    set(&scene.owner, &scene.cake, &json!({ "names": { "vi": "Hai" }, "summary": { "vi": "Ngắn." } }))
        .await
        .expect(StatusCode::OK);
    scene.review(&approve(&submission)).await.expect(StatusCode::CREATED);
    let listing = scene.listing().await;
    assert_eq!((&listing["names"]["vi"], &listing["story"]["vi"]), (&json!("Một"), &json!("Làng.")));
    assert_eq!(fields(&listing["draft"]), ["names", "summary"]);
    assert_eq!(listing["draft"]["names"]["vi"], "Hai");
}

async fn it_is_decided_once(app: TestApp) {
    let scene = Scene::set(&app).await;
    let submission = scene.hand_in(&json!({ "names": { "vi": "Một" } })).await;
    let colleague = app.officer("33").await;
    let reviews = format!("{}/reviews", path(&scene.cake));
    let refuse = json!({ "submission_id": submission, "decision": "refused", "note": { "vi": "Không." } });
    let bodies = [approve(&submission), refuse.clone(), approve(&submission), refuse];
    let tries: Vec<_> = bodies
        .into_iter()
        .zip([&scene.officer, &colleague].into_iter().cycle())
        .map(|(body, by)| {
            let (by, reviews) = (by.clone(), reviews.clone());
            tokio::spawn(async move { post(&by, &reviews, &body).await })
        })
        .collect();
    let mut decided = 0;
    for one in tries {
        let reply = one.await.expect("an answer");
        match reply.status {
            StatusCode::CREATED => decided += 1,
            _ => drop(reply.expect_problem(409, "already_decided")),
        }
    }
    assert_eq!(decided, 1);
    // Who sends the ETag is held to it.
    let submission = scene.hand_in(&json!({ "story": { "vi": "Làng." } })).await;
    let stale = scene.officer.request(Method::POST, &reviews).header("If-Match", "\"old\"");
    Reply::of(stale.json(&approve(&submission))).await.expect_problem(412, "precondition_failed");
    scene.officer.post(&reviews, &approve(&submission)).await.expect(StatusCode::CREATED);
}

async fn every_fault_of_a_review_is_told(app: TestApp) {
    let scene = Scene::set(&app).await;
    let submission = scene.hand_in(&json!({ "names": { "vi": "Một" }, "story": { "vi": "Làng." } })).await;
    let reason = json!({ "reason": { "vi": "Sai." } });
    for (body, expected) in [
        (json!({ "decision": "ok" }), vec![("/decision", "unknown_value"), ("/submission_id", "missing")]),
        (json!({ "submission_id": "x", "decision": "approved" }), vec![("/submission_id", "invalid_id")]),
        (
            json!({ "submission_id": scene.cake.id, "decision": "approved" }),
            vec![("/submission_id", "unknown_submission")],
        ),
        (json!({ "submission_id": submission, "decision": "refused" }), vec![("/note", "missing")]),
        (json!({ "submission_id": submission, "decision": "asked" }), vec![("/note", "missing")]),
        (
            json!({ "submission_id": submission, "decision": "approved", "fields": { "usage": reason } }),
            vec![("/fields/usage", "not_submitted")],
        ),
        (
            json!({ "submission_id": submission, "decision": "approved", "fields": { "names": reason, "story": reason } }),
            vec![("/decision", "nothing_approved")],
        ),
        (
            json!({ "submission_id": submission, "decision": "approved", "fields": { "name": reason, "story": {} },
                "note": { "en": "Well" } }),
            vec![("/fields/story/reason", "missing"), ("/note/vi", "missing")],
        ),
        (
            json!({ "submission_id": submission, "decision": "approved", "fields": { "name": reason } }),
            vec![("/fields/name", "unknown_value")],
        ),
    ] {
        let reply = scene.review(&body).await;
        reply.expect_problem(422, "invalid_body");
        let mut faults = reply.faults();
        faults.sort();
        let expected: Vec<_> =
            expected.into_iter().map(|(at, code)| (at.to_owned(), code.to_owned())).collect();
        assert_eq!(faults, expected, "{body}");
    }
    assert_eq!(scene.listing().await["submission"]["id"], json!(submission), "nothing was decided");
}

async fn officers_of_the_province_decide(app: TestApp) {
    let scene = Scene::set(&app).await;
    let submission = scene.hand_in(&json!({ "names": { "vi": "Một" } })).await;
    let reviews = format!("{}/reviews", path(&scene.cake));
    for (by, status, code) in [
        (&scene.elsewhere, 404, "not_found"),
        (&scene.owner, 403, "forbidden"),
        (&scene.editor, 403, "forbidden"),
        (&scene.viewer, 403, "forbidden"),
    ] {
        post(by, &reviews, &approve(&submission)).await.expect_problem(status, code);
    }
    let admin = app.user("admin@example.vn", ocop_market::accounts::Role::Admin, &[]).await;
    post(&admin, &reviews, &approve(&submission)).await.expect(StatusCode::CREATED);
}

async fn whoever_belongs_to_the_producer_does_not_decide(app: TestApp) {
    let scene = Scene::set(&app).await;
    let here = ocop_market::accounts::Role::Officer { province: "33".to_owned() };
    let both = app
        .user("ca-hai@tinh.example", here, &[(scene.maker.id, ocop_market::accounts::MemberRole::Viewer)])
        .await;
    let submission = scene.hand_in(&json!({ "names": { "vi": "Một" } })).await;
    let reviews = format!("{}/reviews", path(&scene.cake));
    post(&both, &reviews, &approve(&submission)).await.expect_problem(403, "forbidden");
    // Nor does such an officer go round the review by changing the listing.
    let view = set(&both, &scene.cake, &json!({ "story": { "vi": "Làng." } })).await.expect(StatusCode::OK);
    assert_eq!(
        (&view["story"], fields(&view["draft"])),
        (&Value::Null, vec!["names".to_owned(), "story".to_owned()])
    );
}

async fn the_log_remembers_who_decided(app: TestApp) {
    let scene = Scene::set(&app).await;
    let submission = scene.hand_in(&json!({ "names": { "vi": "Một" }, "story": { "vi": "Làng." } })).await;
    let refused = json!({ "names": { "reason": { "vi": "Khác nhãn." } } });
    let body = json!({ "submission_id": submission, "decision": "approved", "fields": refused });
    scene.review(&body).await.expect(StatusCode::CREATED);
    let log = scene
        .owner
        .get(&format!("/v1/audit?organisation={}&subject={}", scene.maker.id, scene.cake.id))
        .await;
    let entries = log.expect(StatusCode::OK);
    let entries = entries["items"].as_array().expect("entries");
    let actions: Vec<&Value> = entries.iter().rev().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["listing.drafted", "listing.submitted", "listing.reviewed", "listing.changed"]);
    let details = &entries[1]["details"];
    assert_eq!(details["submission_id"], json!(submission));
    assert_eq!((&details["decision"], &details["remarks_on"]), (&json!("approved"), &json!(["names"])));
    assert_eq!(entries[0]["details"]["cause"], "reviewed");
    assert!(!log.text.contains("Khác nhãn"), "the log holds facts, no words");
}
