//! What people ask about their data, and the law's terms.

use super::everything::column;
use super::{audited, confirm, confirmed_request, token_for};
use crate::cases;
use crate::harness::{Actor, Case, TestApp};
use crate::leads::fresh_key;
use crate::leads::stock::Stock;
use ocop_market::accounts::{MemberRole, Role};
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        an_address_is_confirmed_before_anything_counts,
        the_answer_tells_nobody_whether_an_address_is_known,
        who_is_signed_in_asks_at_once,
        no_request_of_a_user_is_lost,
        a_request_is_answered_and_ends,
        a_term_is_extended_once,
        overdue_requests_show,
        an_erasure_reaches_all_enquiries_of_an_address,
        an_export_of_an_address_goes_to_who_asked,
        faults_are_told,
    ];
    cases.push(cases![requests_of_an_address_are_limited].remove(0).with(&["--leads-per-minute=9"]));
    cases
}

async fn admin(app: &TestApp) -> Actor {
    app.user("qt@office.example", Role::Admin, &[]).await
}

async fn read(by: &Actor, id: &str) -> Value {
    by.get(&format!("/v1/data-requests/{id}")).await.expect(StatusCode::OK)
}

async fn act(by: &Actor, id: &str, what: &str, body: Value) -> crate::harness::Reply {
    by.post(&format!("/v1/data-requests/{id}/{what}"), &body).await
}

async fn an_address_is_confirmed_before_anything_counts(app: TestApp) {
    let admin = admin(&app).await;
    let token = token_for(&app, "access", "hoi@shop.example").await;
    let listed = admin.get("/v1/data-requests").await.expect(StatusCode::OK);
    assert_eq!(listed["items"], json!([]));
    let waiting = admin.get("/v1/data-requests?state=unconfirmed").await.expect(StatusCode::OK);
    let id = waiting["items"][0]["id"].as_str().expect("an id");
    act(&admin, id, "answers", json!({ "answer": "x", "outcome": "refused" }))
        .await
        .expect_problem(409, "not_possible_now");
    confirm(&app, "nothing").await.expect_problem(410, "invalid_link");
    // The terms begin with the confirmation. Monday 23 November; Tuesday in Hà Nội.
    app.clock.set("2026-11-23T18:00:00Z");
    let terms = confirm(&app, &token).await.expect(StatusCode::OK);
    assert_eq!((&terms["answer_due"], &terms["complete_due"]), (&json!("2026-11-26"), &json!("2026-12-09")));
    confirm(&app, &token).await.expect_problem(410, "invalid_link");
    let letter = app.mail_to("hoi@shop.example").await;
    assert!(letter.body.contains("2026-11-26") && letter.body.contains("2026-12-09"), "{}", letter.body);
    assert_eq!(audited(&app).await.iter().filter(|action| *action == "data_request.received").count(), 1);

    let late = token_for(&app, "access", "tre@shop.example").await;
    app.clock.advance_seconds(7 * 86_400);
    confirm(&app, &late).await.expect_problem(410, "invalid_link");
}

async fn the_answer_tells_nobody_whether_an_address_is_known(app: TestApp) {
    app.create_user("co@shop.example", Role::Member, &[]).await.expect("a new user");
    let nobody = app.anonymous();
    let mut answers = Vec::new();
    for email in ["co@shop.example", "khong@shop.example"] {
        for _ in 0..5 {
            let asked = nobody.post("/v1/data-requests", &json!({ "kind": "access", "email": email })).await;
            assert_eq!(asked.status, StatusCode::ACCEPTED);
            answers.push(asked.text);
        }
        for _ in 0..3 {
            app.mail_to(email).await;
        }
        // Nobody is flooded with letters.
        app.no_mail_to(email).await;
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

async fn who_is_signed_in_asks_at_once(app: TestApp) {
    let admin = admin(&app).await;
    let by = app.user("a@shop.example", Role::Member, &[]).await;
    let ask = async |body: Value| by.post("/v1/data-requests", &body).await.expect(StatusCode::ACCEPTED);
    assert_eq!(ask(json!({ "kind": "restriction" })).await["state"], "received");
    let own = ask(json!({ "kind": "access", "email": "A@shop.example", "language": "en" })).await;
    assert_eq!(own["state"], "received");
    let others = ask(json!({ "kind": "access", "email": "b@shop.example" })).await;
    assert_eq!(others["state"], "unconfirmed", "somebody else's address is shown to be theirs by a letter");
    let listed = admin.get("/v1/data-requests").await.expect(StatusCode::OK);
    let users: Vec<bool> =
        listed["items"].as_array().expect("requests").iter().map(|one| one["user_id"].is_string()).collect();
    assert_eq!(users, [true, true]);
    let (one, other) = (app.mail_to("a@shop.example").await, app.mail_to("a@shop.example").await);
    let mut subjects = [one.subject, other.subject];
    subjects.sort();
    assert!(subjects[0].starts_with("Chúng tôi đã nhận"), "{subjects:?}");
    assert!(subjects[1].starts_with("We have received"), "{subjects:?}");
}

async fn no_request_of_a_user_is_lost(app: TestApp) {
    let admin = admin(&app).await;
    let by = app.user("a@shop.example", Role::Member, &[]).await;
    for _ in 0..4 {
        let asked = json!({ "kind": "access", "email": "a@shop.example" });
        app.anonymous().post("/v1/data-requests", &asked).await.expect(StatusCode::ACCEPTED);
    }
    let ask = json!({ "kind": "erasure" });
    // What strangers asked in its name does not count.
    for _ in 0..3 {
        assert_eq!(
            by.post("/v1/data-requests", &ask).await.expect(StatusCode::ACCEPTED)["state"],
            "received"
        );
        app.clock.advance_seconds(60);
    }
    let refused = by.post("/v1/data-requests", &ask).await;
    refused.expect_problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), (86_400 - 180).to_string());
    let kept = admin.get("/v1/data-requests").await.expect(StatusCode::OK);
    assert_eq!(kept["items"].as_array().map(Vec::len), Some(3));
}

async fn a_request_is_answered_and_ends(app: TestApp) {
    let admin = admin(&app).await;
    let id = confirmed_request(&app, "rectification", "hoi@shop.example").await;
    app.mail_to("hoi@shop.example").await;
    let answer = json!({ "answer": "Chúng tôi đang sửa.", "outcome": "answered" });
    let answered = act(&admin, &id, "answers", answer).await.expect(StatusCode::OK);
    assert_eq!((&answered["state"], &answered["completed_at"]), (&json!("answered"), &Value::Null));
    assert!(app.mail_to("hoi@shop.example").await.body.contains("Chúng tôi đang sửa."));
    app.clock.advance_seconds(600);
    let done = json!({ "answer": "Đã sửa.", "outcome": "completed" });
    let completed = act(&admin, &id, "answers", done.clone()).await.expect(StatusCode::OK);
    assert_eq!(completed["answered_at"], "2026-11-23T03:00:00Z");
    assert_eq!(completed["completed_at"], "2026-11-23T03:10:00Z");
    assert!(app.mail_to("hoi@shop.example").await.body.contains("Đã sửa."));
    for (what, body) in [
        ("answers", done),
        ("extensions", json!({ "reason": "x" })),
        ("erasures", Value::Null),
        ("exports", Value::Null),
    ] {
        act(&admin, &id, what, body).await.expect_problem(409, "already_decided");
    }
    let refused = confirmed_request(&app, "objection", "khac@shop.example").await;
    app.mail_to("khac@shop.example").await;
    let no = json!({ "answer": "Không có dữ liệu nào.", "outcome": "refused" });
    assert_eq!(act(&admin, &refused, "answers", no).await.expect(StatusCode::OK)["state"], "refused");
    assert!(app.mail_to("khac@shop.example").await.body.contains("Không có dữ liệu nào."));
    let actions: Vec<String> =
        audited(&app).await.into_iter().filter(|a| a.starts_with("data_request")).collect();
    assert_eq!(
        actions,
        [
            "data_request.received",
            "data_request.answered",
            "data_request.completed",
            "data_request.received",
            "data_request.refused"
        ]
    );
}

async fn a_term_is_extended_once(app: TestApp) {
    let admin = admin(&app).await;
    let id = confirmed_request(&app, "access", "hoi@shop.example").await;
    app.mail_to("hoi@shop.example").await;
    act(&admin, &id, "extensions", json!({ "reason": "Nhiều hồ sơ.", "days": 16 }))
        .await
        .expect_problem(422, "invalid_body");
    let extended = act(&admin, &id, "extensions", json!({ "reason": "Nhiều hồ sơ.", "days": 10 })).await;
    let extended = extended.expect(StatusCode::OK);
    assert_eq!((&extended["complete_due"], &extended["extended"]), (&json!("2026-12-18"), &json!(true)));
    assert_eq!(extended["answer_due"], "2026-11-25", "the answer's term stays");
    let letter = app.mail_to("hoi@shop.example").await;
    assert!(letter.body.contains("2026-12-18") && letter.body.contains("Nhiều hồ sơ."), "{}", letter.body);
    act(&admin, &id, "extensions", json!({ "reason": "Nữa." })).await.expect_problem(409, "not_possible_now");
}

async fn overdue_requests_show(app: TestApp) {
    app.create_user("qt@office.example", Role::Admin, &[]).await.expect("a new user");
    let signed_in = async || {
        let tokens = app.sign_in("qt@office.example").await;
        app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"))
    };
    let first = confirmed_request(&app, "access", "mot@shop.example").await;
    // Ids of one millisecond are in no order.
    app.clock.advance_seconds(1);
    let second = confirmed_request(&app, "access", "hai@shop.example").await;
    let overdue = async |by: &Actor, id: &str| read(by, id).await["overdue"].clone();
    // The last microsecond of the second working day, and the next.
    app.clock.set("2026-11-25T16:59:59.999999Z");
    assert_eq!(overdue(&signed_in().await, &first).await, false);
    app.clock.set("2026-11-25T17:00:00Z");
    let admin = signed_in().await;
    assert_eq!(overdue(&admin, &first).await, true);
    let answer = json!({ "answer": "Đang làm.", "outcome": "answered" });
    act(&admin, &first, "answers", answer).await.expect(StatusCode::OK);
    assert_eq!(overdue(&admin, &first).await, false, "the next term is for the rest");
    let due = async |by: &Actor, day: &str| -> Vec<Value> {
        let all = by.all(&format!("/v1/data-requests?due_before={day}&limit=1")).await;
        all.iter().map(|one| one["id"].clone()).collect()
    };
    assert_eq!(due(&admin, "2026-11-25").await, Vec::<Value>::new());
    assert_eq!(due(&admin, "2026-11-26").await, [json!(second)]);
    assert_eq!(due(&admin, "2026-12-09").await, [json!(first), json!(second)]);
    app.clock.set("2026-12-08T17:00:00Z");
    assert_eq!(overdue(&signed_in().await, &first).await, true);
}

async fn an_erasure_reaches_all_enquiries_of_an_address(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let admin = admin(&app).await;
    let weaver = app.member("chu@det.example", stock.weavers, MemberRole::Owner).await;
    let baker = app.member("chu@banh.example", stock.bakers, MemberRole::Owner).await;
    let mut enquiry = stock.enquiry(&[stock.mat, stock.cake]);
    for email in ["xoa@shop.example", "XOA@Shop.example", "o-lai@shop.example"] {
        enquiry["contact"]["email"] = json!(email);
        let sent = app.anonymous().post_once("/v1/leads", &fresh_key(), &enquiry).await;
        sent.expect(StatusCode::CREATED);
    }
    for by in [&weaver, &baker] {
        for lead in by.all("/v1/leads").await {
            let path = format!("/v1/leads/{}/contact-reveals", lead["id"].as_str().expect("an id"));
            by.post(&path, &json!({})).await.expect(StatusCode::CREATED);
        }
    }
    let access = confirmed_request(&app, "access", "xoa@shop.example").await;
    app.mail_to("xoa@shop.example").await;
    act(&admin, &access, "erasures", Value::Null).await.expect_problem(409, "not_possible_now");
    assert_eq!(read(&admin, &access).await["complete_due"], "2026-12-08", "nobody else is concerned");
    let id = confirmed_request(&app, "erasure", "Xoa@shop.example").await;
    assert_eq!(read(&admin, &id).await["complete_due"], "2026-12-13", "producers must stop too: 20 days");

    let erased = act(&admin, &id, "erasures", Value::Null).await.expect(StatusCode::OK);
    assert_eq!((&erased["enquiries"], &erased["request"]["state"]), (&json!(2), &json!("completed")));
    let kinds = "SELECT kind AS value FROM mails WHERE recipient_key = 'xoa@shop.example'";
    assert_eq!(column(&app, kinds).await, ["data_request_completed"], "older letters are gone");
    let places = "SELECT origin AS value FROM audit_entries WHERE origin IS NOT NULL AND action = 'data_request.received'";
    assert_eq!(column(&app, places).await, [""; 0], "from where the address asked is forgotten");
    for by in [&weaver, &baker] {
        let mut reached = 0;
        for lead in by.all("/v1/leads").await {
            let lead = by.get(&format!("/v1/leads/{}", lead["id"].as_str().expect("an id"))).await;
            let lead = lead.expect(StatusCode::OK).to_string();
            assert!(!lead.to_lowercase().contains("xoa@shop.example"), "{lead}");
            reached += usize::from(lead.contains("o-lai@shop.example") && lead.contains("12 cửa hàng"));
        }
        assert_eq!(reached, 1, "the other contact stays");
    }
    for owner in ["chu@det.example", "chu@banh.example"] {
        let told = app.mail_to(owner).await;
        assert_eq!(told.body.matches("\n0").count(), 2, "both leads in one letter: {}", told.body);
        app.no_mail_to(owner).await;
    }
    let mut letters = Vec::new();
    for _ in 0..3 {
        letters.push(app.mail_to("Xoa@shop.example").await.body);
        if letters.last().is_some_and(|body| body.contains("2 yêu cầu")) {
            break;
        }
    }
    assert!(letters.iter().any(|body| body.contains("2 yêu cầu")), "{letters:?}");
}

async fn an_export_of_an_address_goes_to_who_asked(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let admin = admin(&app).await;
    let sent = app.anonymous().post_once("/v1/leads", &fresh_key(), &stock.enquiry(&[stock.mat])).await;
    sent.expect(StatusCode::CREATED);
    let id = confirmed_request(&app, "access", "thumua@example.vn").await;
    app.mail_to("thumua@example.vn").await;
    let held = act(&admin, &id, "exports", Value::Null).await.expect(StatusCode::OK);
    assert_eq!(held["enquiries"][0]["contact_name"], "Phòng thu mua");
    assert_eq!(held["has_account"], false);
    let letter = app.mail_to("thumua@example.vn").await;
    assert!(letter.body.contains("Phòng thu mua") && letter.body.contains("12 cửa hàng"), "{}", letter.body);
    let erasure = confirmed_request(&app, "erasure", "khac@example.vn").await;
    act(&admin, &erasure, "exports", Value::Null).await.expect_problem(409, "not_possible_now");
}

async fn faults_are_told(app: TestApp) {
    let nobody = app.anonymous();
    for (body, place, code) in [
        (json!({ "kind": "access" }), "/email", "missing"),
        (json!({ "kind": "access", "email": "x" }), "/email", "invalid_email"),
        (json!({ "kind": "everything", "email": "a@b.vn" }), "/kind", "unknown_value"),
        (json!({ "kind": "access", "email": "a@b.vn", "message": "" }), "/message", "missing"),
        (json!({ "kind": "access", "email": "a@b.vn", "message": "x".repeat(4001) }), "/message", "too_long"),
        (json!({ "kind": "access", "email": "a@b.vn", "user_id": "x" }), "/user_id", "unknown_field"),
    ] {
        let refused = nobody.post("/v1/data-requests", &body).await;
        refused.expect_problem(422, "invalid_body");
        assert_eq!(refused.faults(), [(place.to_owned(), code.to_owned())], "{body}");
    }
    let admin = admin(&app).await;
    let none = "/v1/data-requests/01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d";
    admin.get(none).await.expect_problem(404, "not_found");
    let answer = json!({ "answer": "x", "outcome": "completed" });
    admin.post(&format!("{none}/answers"), &answer).await.expect_problem(404, "not_found");
    admin.get("/v1/data-requests?due_before=tomorrow").await.expect_problem(400, "invalid_parameters");
    admin.get("/v1/data-requests?cursor=x").await.expect_problem(400, "invalid_cursor");
}

async fn requests_of_an_address_are_limited(app: TestApp) {
    let nobody = app.anonymous();
    for left in (0..3).rev() {
        let body = json!({ "kind": "access", "email": format!("n{left}@shop.example") });
        let taken = nobody.post("/v1/data-requests", &body).await;
        assert_eq!(taken.status, StatusCode::ACCEPTED);
        assert_eq!(taken.header("ratelimit"), format!("\"data-requests\";r={left}"));
    }
    let body = json!({ "kind": "access", "email": "n@shop.example" });
    nobody.post("/v1/data-requests", &body).await.expect_problem(429, "too_many_requests");
}
