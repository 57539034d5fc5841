//! What can be done by the links of letters, and what cannot.

use super::letters::{
    BUYER, CONTACT, EDITOR, OWNER, Scene, a_minute_passes, answer, consent, message, preview,
};
use super::{ask, count};
use crate::cases;
use crate::harness::{Case, Reply, TestApp};
use ocop_market::auth::MemberRole;
use ocop_market::db::Failure;
use reqwest::StatusCode;
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        a_link_is_looked_at_often_and_answers_once,
        a_link_quotes,
        a_link_declines,
        what_is_not_possible_does_not_use_a_link_up,
        a_link_dies_with_its_term_and_with_the_membership,
        of_parallel_answers_one_counts,
        wrong_answers_are_told,
        who_has_no_account_follows_by_a_link,
        a_link_to_follow_writes_consents_and_stops,
        a_link_dies_with_its_address,
        the_pages_are_there,
    ]
}

async fn a_link_is_looked_at_often_and_answers_once(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (lead, letter) = scene.announced(&app).await;
    let token = letter.token("lead-answer");
    for _ in 0..3 {
        let seen = preview(&app, &token).await.expect(StatusCode::OK);
        assert_eq!((&seen["purpose"], &seen["stage"]), (&json!("answer"), &json!("enquiry")));
        assert_eq!(seen["possible_answers"], json!(["message", "quote", "decline"]));
        assert_eq!(seen["company"]["name"], "Chuỗi cửa hàng Ví Dụ");
        assert_eq!(seen["message"], "Chúng tôi muốn bán thử tại 12 cửa hàng, xin báo giá.");
        assert_eq!(seen["products"][0]["name"], "Bánh cáy");
        assert_eq!(seen["expires_at"], "2026-12-07T03:01:00Z");
        // The contact is for who has signed in, and may have it.
        assert!(!seen.to_string().contains("0900") && !seen.to_string().contains(CONTACT), "{seen}");
    }
    let reply = answer(&app, &token, message("Xưởng còn hàng, cuối tuần gửi mẫu.")).await;
    let receipt = reply.expect(StatusCode::CREATED);
    assert_eq!(reply.header("location"), format!("/v1/leads/{lead}"));
    assert_eq!(receipt["event"]["type"], "message");
    assert_eq!(receipt["event"]["details"], json!({ "of": "link" }));
    let of_producer = scene.read(OWNER, &lead).await;
    let me = scene.by(OWNER).await.get("/v1/me").await.json();
    assert_eq!(of_producer["events"][1]["user_id"], me["id"]);
    let of_buyer = scene.read(BUYER, &lead).await;
    assert_eq!(of_buyer["events"][1]["note"], "Xưởng còn hàng, cuối tuần gửi mẫu.");
    assert!(of_buyer["events"][1]["user_id"].is_null());
    assert_eq!(of_buyer["answered_at"], of_buyer["events"][1]["occurred_at"]);
    answer(&app, &token, message("Lần nữa.")).await.expect_problem(410, "invalid_link");
    preview(&app, &token).await.expect_problem(410, "invalid_link");
    preview(&app, "khong-co").await.expect_problem(410, "invalid_link");
    answer(&app, "", message("a")).await.expect_problem(410, "invalid_link");
    // Tokens are nowhere but in the letters.
    let kept = app.state.db.read(|conn| {
        use diesel::prelude::*;
        use diesel::sql_types::Text;
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            token_hash: String,
        }
        diesel::sql_query("SELECT token_hash FROM lead_links").load::<Row>(conn).map_err(Failure::from)
    });
    assert!(kept.await.expect("rows").iter().all(|row| row.token_hash != token));
}

fn quote(scene: &Scene<'_>, price: i64) -> Value {
    json!({
        "type": "quote", "valid_until": "2026-12-31", "vat_included": true, "lead_days": 7, "terms": "Giao tận nơi.",
        "lines": [{ "product_id": scene.stock.cake, "unit": "XBX", "tiers": [
            { "from_quantity": 1, "price": price }, { "from_quantity": 500, "price": price - 1000 } ] }],
    })
}

async fn a_link_quotes(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (lead, letter) = scene.announced(&app).await;
    let receipt = answer(&app, &letter.token("lead-answer"), quote(&scene, 42_000)).await;
    let receipt = receipt.expect(StatusCode::CREATED);
    assert_eq!((&receipt["stage"], &receipt["event"]["type"]), (&json!("quoted"), &json!("quote")));
    assert_eq!((count(&app, "quotes").await, count(&app, "quote_prices").await), (1, 2));
    assert_eq!(scene.read(BUYER, &lead).await["stage"], "quoted");
    a_minute_passes(&app).await;
    let told = app.mail_to(BUYER).await;
    assert_eq!(told.subject, "Tin mới từ “Cơ sở làm bánh (minh họa)” về yêu cầu của bạn");
    assert!(told.body.contains("– Chủ thể đã báo giá."), "{}", told.body);
    // Prices are read by who signs in.
    for price in ["42000", "42.000", "42,000", "41000", "41.000"] {
        assert!(!told.body.contains(price), "{}", told.body);
    }
    app.no_mail_to(OWNER).await;
}

async fn a_link_declines(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (lead, letter) = scene.announced(&app).await;
    let declined = json!({ "type": "decline", "reason": "quantity", "note": "Không đủ người làm." });
    let receipt = answer(&app, &letter.token("lead-answer"), declined).await.expect(StatusCode::CREATED);
    assert_eq!(receipt["stage"], "declined");
    let of_buyer = scene.read(BUYER, &lead).await;
    assert_eq!(
        (&of_buyer["stage"], &of_buyer["events"][1]["reason"]),
        (&json!("declined"), &json!("quantity"))
    );
    assert!(of_buyer["events"][1]["note"].is_null(), "{of_buyer}");
    a_minute_passes(&app).await;
    let told = app.mail_to(BUYER).await;
    assert!(told.body.contains("– Chủ thể từ chối.") && !told.body.contains("người làm"), "{}", told.body);
}

async fn what_is_not_possible_does_not_use_a_link_up(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (lead, letter) = scene.announced(&app).await;
    let lost = json!({ "type": "stage", "to": "lost", "reason": "price" });
    scene.by(BUYER).await.post(&format!("/v1/leads/{lead}/events"), &lost).await.expect(StatusCode::CREATED);
    let token = letter.token("lead-answer");
    let problem = answer(&app, &token, quote(&scene, 42_000)).await.expect_problem(409, "illegal_move");
    assert_eq!((&problem["stage"], &problem["allowed"]), (&json!("lost"), &json!([])));
    assert_eq!(problem["allowed_events"], json!(["note", "message"]));
    answer(&app, &token, json!({ "type": "decline" })).await.expect_problem(409, "illegal_move");
    let seen = preview(&app, &token).await.expect(StatusCode::OK);
    assert_eq!(seen["possible_answers"], json!(["message"]));
    assert_eq!(count(&app, "quotes").await, 0);
    answer(&app, &token, message("Mong gặp lại vụ sau.")).await.expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    app.mail_to(OWNER).await;
    // What a link of the other kind does.
    let (_, letter) = scene.announced(&app).await;
    let token = letter.token("lead-answer");
    for act in [consent(), json!({ "type": "withhold" }), json!({ "type": "stop_letters" })] {
        let refused = answer(&app, &token, act).await;
        refused.expect_problem(422, "invalid_body");
        assert_eq!(refused.faults(), [("/answer/type".to_owned(), "not_applicable".to_owned())]);
    }
    answer(&app, &token, message("Chào.")).await.expect(StatusCode::CREATED);
}

async fn a_link_dies_with_its_term_and_with_the_membership(app: TestApp) {
    let scene = Scene::set(&app).await;
    app.member(EDITOR, scene.stock.bakers, MemberRole::Editor).await;
    let (_, letter) = scene.announced(&app).await;
    let (of_owner, of_editor) = (letter.token("lead-answer"), app.mail_to(EDITOR).await.token("lead-answer"));
    // A viewer may not answer; an editor again may.
    for (role, status) in [("viewer", 410), ("editor", 200)] {
        let sql = format!(
            "UPDATE memberships SET role = '{role}' WHERE user_id = (SELECT id FROM users WHERE email = '{EDITOR}')"
        );
        app.sql(sql).await;
        assert_eq!(preview(&app, &of_editor).await.status.as_u16(), status, "{role}");
    }
    let sql =
        format!("DELETE FROM memberships WHERE user_id = (SELECT id FROM users WHERE email = '{EDITOR}')");
    app.sql(sql).await;
    preview(&app, &of_editor).await.expect_problem(410, "invalid_link");
    answer(&app, &of_editor, message("Chào.")).await.expect_problem(410, "invalid_link");
    // The members of a suspended organisation may only read.
    let bakers = scene.stock.bakers;
    for (standing, status) in [("suspended", 410), ("unverified", 200)] {
        app.sql(format!("UPDATE organisations SET standing = '{standing}' WHERE id = '{bakers}'")).await;
        assert_eq!(preview(&app, &of_owner).await.status.as_u16(), status, "{standing}");
    }
    app.clock.advance_seconds(14 * 24 * 3600 - 1);
    preview(&app, &of_owner).await.expect(StatusCode::OK);
    app.clock.advance_seconds(1);
    answer(&app, &of_owner, message("Chào.")).await.expect_problem(410, "invalid_link");
    let now = app.state.world.now();
    let purged = app.state.db.write(move |conn| {
        ocop_market::leads::letters::links::purge(conn, now.plus_seconds(1)).map_err(Failure::from)
    });
    assert_eq!((purged.await.expect("purged"), count(&app, "lead_links").await), (2, 0));
}

async fn of_parallel_answers_one_counts(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (lead, letter) = scene.announced(&app).await;
    let token = letter.token("lead-answer");
    let mut answers = tokio::task::JoinSet::new();
    for n in 0..8 {
        let body = json!({ "token": token, "answer": message(&format!("Lần {n}.")) });
        let nobody = app.anonymous();
        answers.spawn(async move { nobody.post("/v1/lead-answers", &body).await.status.as_u16() });
    }
    let mut statuses = answers.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 410, 410, 410, 410, 410, 410, 410]);
    assert_eq!(scene.read(OWNER, &lead).await["events"].as_array().map(Vec::len), Some(2));
}

async fn wrong_answers_are_told(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (_, letter) = scene.announced(&app).await;
    let token = letter.token("lead-answer");
    for (act, place, code) in [
        (json!({}), "/answer/type", "missing"),
        (json!([]), "/answer", "wrong_type"),
        (json!({ "type": "sell" }), "/answer/type", "unknown_value"),
        (json!({ "type": "message" }), "/answer/note", "missing"),
        (json!({ "type": "message", "note": "" }), "/answer/note", "missing"),
        (json!({ "type": "message", "note": "a\u{0}" }), "/answer/note", "control_character"),
        (json!({ "type": "message", "note": "a", "text": "b" }), "/answer/text", "unknown_field"),
        (json!({ "type": "decline", "reason": "bored" }), "/answer/reason", "unknown_value"),
        (json!({ "type": "withhold", "all": true }), "/answer/all", "unknown_field"),
        (json!({ "type": "consent", "text_version": "2026-11" }), "/answer/accepted", "missing"),
        (json!({ "type": "stop_letters", "everywhere": 1 }), "/answer/everywhere", "wrong_type"),
    ] {
        let reply = answer(&app, &token, act.clone()).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [(place.to_owned(), code.to_owned())], "{act}");
    }
    let mut late = quote(&scene, 42_000);
    late["valid_until"] = json!("2026-11-01");
    late["lines"][0]["product_id"] = json!(scene.stock.mat);
    let reply = answer(&app, &token, late).await;
    reply.expect_problem(422, "invalid_body");
    let faults = reply.faults();
    let has = |place: &str, code: &str| faults.contains(&(place.to_owned(), code.to_owned()));
    assert!(has("/answer/valid_until", "out_of_range"), "{faults:?}");
    assert!(has("/answer/lines/0/product_id", "not_of_this_lead"), "{faults:?}");
    let nobody = app.anonymous().post("/v1/lead-answers", &json!({ "token": 3 })).await;
    nobody.expect_problem(422, "invalid_body");
    preview(&app, &token).await.expect(StatusCode::OK);
}

async fn who_has_no_account_follows_by_a_link(app: TestApp) {
    let scene = Scene::set(&app).await;
    let both = scene.stock.enquiry(&[scene.stock.cake, scene.stock.mat]);
    ask(&app.anonymous(), &both).await.expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    let letter = app.mail_to(CONTACT).await;
    assert_eq!(letter.subject, "Yêu cầu mua hàng OCOP đã được chuyển tới chủ thể");
    assert!(letter.body.contains("– Cơ sở làm bánh (minh họa): Bánh cáy (200 hộp)"), "{}", letter.body);
    assert!(letter.body.contains("– Hợp tác xã dệt (minh họa): Chiếu cói"), "{}", letter.body);
    assert_eq!(letter.body.matches("/links/lead-follow#").count(), 2);
    // Anybody may type any address: nothing that was typed besides goes there.
    for part in ["Ví Dụ", "thu mua", "12 cửa hàng", "0900", "kết nối"] {
        assert!(!letter.body.contains(part), "{part}: {}", letter.body);
    }
    let token = letter.token("lead-follow");
    let seen = preview(&app, &token).await.expect(StatusCode::OK);
    assert_eq!((&seen["purpose"], &seen["your_side"]), (&json!("follow"), &json!("buyer")));
    assert_eq!(seen["possible_answers"], json!(["message", "withhold", "stop_letters"]));
    for part in ["Ví Dụ", "Phòng thu mua", "12 cửa hàng", "0900", "9900000016", CONTACT] {
        assert!(!seen.to_string().contains(part), "{part}: {seen}");
    }
    // What the producer answers is told in our words, and read by the link.
    let of_owner = app.mail_to(OWNER).await.token("lead-answer");
    answer(&app, &of_owner, message("Mời anh chị ghé xưởng.")).await.expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    let news = app.mail_to(CONTACT).await;
    assert_eq!(news.subject, "Có tin mới về yêu cầu gửi “Cơ sở làm bánh (minh họa)”");
    assert!(news.body.contains("– Chủ thể nhắn:") && !news.body.contains("ghé xưởng"), "{}", news.body);
    let seen = preview(&app, &news.token("lead-follow")).await.expect(StatusCode::OK);
    assert_eq!(seen["events"][1]["note"], "Mời anh chị ghé xưởng.");
    assert!(seen["events"][1]["user_id"].is_null());
    // A contact that was forgotten is followed by nobody.
    app.sql("UPDATE enquiries SET contact_forgotten_at = 1".to_owned()).await;
    preview(&app, &token).await.expect_problem(410, "invalid_link");
}

async fn a_link_to_follow_writes_consents_and_stops(app: TestApp) {
    let scene = Scene::set(&app).await;
    let enquiry = scene.stock.enquiry(&[scene.stock.cake]);
    let sent = ask(&app.anonymous(), &enquiry).await.expect(StatusCode::CREATED);
    let lead = sent["leads"][0]["id"].as_str().expect("an id").to_owned();
    ask(&app.anonymous(), &enquiry).await.expect(StatusCode::CREATED);
    app.sql("UPDATE leads SET contact_consented_at = NULL".to_owned()).await;
    a_minute_passes(&app).await;
    let tokens =
        [app.mail_to(CONTACT).await, app.mail_to(CONTACT).await].map(|mail| mail.token("lead-follow"));
    app.mail_to(OWNER).await;
    let mut token = None;
    for one in &tokens {
        if preview(&app, one).await.expect(StatusCode::OK)["lead_id"] == json!(lead) {
            token = Some(one.as_str());
        }
    }
    let token = token.expect("one of the two");
    let possible = async || preview(&app, token).await.expect(StatusCode::OK)["possible_answers"].clone();
    assert_eq!(possible().await, json!(["message", "consent", "stop_letters"]));
    for _ in 0..2 {
        answer(&app, token, message("Cho hỏi thêm về hạn dùng.")).await.expect(StatusCode::CREATED);
        answer(&app, token, consent()).await.expect(StatusCode::CREATED);
    }
    for act in [quote(&scene, 42_000), json!({ "type": "decline" })] {
        answer(&app, token, act).await.expect_problem(422, "invalid_body");
    }
    let kinds: Vec<String> = scene.read(OWNER, &lead).await["events"]
        .as_array()
        .expect("a timeline")
        .iter()
        .map(|event| event["type"].as_str().expect("a type").to_owned())
        .collect();
    assert_eq!(kinds, ["enquiry", "message", "contact_consented", "message"]);
    assert_eq!(possible().await, json!(["message", "withhold", "stop_letters"]));
    a_minute_passes(&app).await;
    let told = app.mail_to(OWNER).await;
    assert!(told.body.contains("– Bên mua đồng ý cho thông tin liên hệ."), "{}", told.body);
    // About this enquiry no more letters; about the other one still.
    answer(&app, token, json!({ "type": "stop_letters" })).await.expect(StatusCode::CREATED);
    assert_eq!(possible().await, json!(["message", "withhold"]));
    answer(&app, &told.token("lead-answer"), message("Sáu tháng.")).await.expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    app.no_mail_to(CONTACT).await;
    assert_eq!(stopped(&app).await, 1);
    answer(&app, token, json!({ "type": "stop_letters", "everywhere": true }))
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(stopped(&app).await, 2);
}

async fn stopped(app: &TestApp) -> i64 {
    count(app, "enquiries WHERE letters_stopped_at IS NOT NULL").await
}

async fn the_pages_are_there(app: TestApp) {
    for (path, purpose) in [("/links/lead-answer", "answer"), ("/links/lead-follow", "follow")] {
        let page = app.anonymous().get(path).await;
        page_is_safe(&page);
        assert!(
            page.text.contains(&format!(r#"<html lang="vi" data-purpose="{purpose}">"#)),
            "{}",
            page.text
        );
    }
    page_is_safe(&app.anonymous().get("/links/invitation").await);
    app.anonymous().get("/links/lead-sell").await.expect_problem(404, "not_found");
}

#[track_caller]
fn page_is_safe(page: &Reply) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'sha256-"));
}

/// Whoever was written to by mistake learns no more once the address was put right.
async fn a_link_dies_with_its_address(app: TestApp) {
    let fair = super::captured::Fair::open(&app).await;
    let mut visitor = fair.visitor(&[fair.stock.cake, fair.stock.mat]);
    visitor["contact"]["email"] = json!("nham@example.vn");
    let sent = ask(&fair.tablet, &visitor).await.expect(StatusCode::CREATED);
    let lead = sent["leads"][0]["id"].as_str().expect("an id");
    a_minute_passes(&app).await;
    let letter = app.mail_to("nham@example.vn").await.body;
    let tokens: Vec<&str> = letter
        .split("/links/lead-follow#")
        .skip(1)
        .filter_map(|rest| rest.split_whitespace().next())
        .collect();
    assert_eq!(tokens.len(), 2, "{letter}");
    let complete = async |changes: Value| {
        let patch = fair.tablet.request(reqwest::Method::PATCH, &format!("/v1/leads/{lead}"));
        Reply::of(patch.header("If-Match", "*").json(&changes)).await.expect(StatusCode::OK)
    };
    complete(json!({ "contact": { "phone": "0900 000 000", "email": "NHAM@example.vn" } })).await;
    preview(&app, tokens[0]).await.expect(StatusCode::OK);
    complete(json!({ "contact": { "email": "dung@example.vn" } })).await;
    for token in tokens {
        preview(&app, token).await.expect_problem(410, "invalid_link");
        let stop = json!({ "type": "stop_letters", "everywhere": true });
        answer(&app, token, stop).await.expect_problem(410, "invalid_link");
    }
}
