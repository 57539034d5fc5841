//! Letters about leads: to whom, when, how often; and what can be done by their links.

use super::stock::Stock;
use super::{ask, count, one_lead};
use crate::cases;
use crate::harness::letters::Mail;
use crate::harness::smtp::SmtpServer;
use crate::harness::{Actor, Case, Reply, TestApp};
use diesel::connection::SimpleConnection;
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use ocop_market::db::Failure;
use ocop_market::organisations::OrganisationId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        what_comes_in_a_minute_is_one_letter,
        letters_are_in_the_readers_language,
        a_link_is_looked_at_often_and_answers_once,
        a_link_quotes,
        a_link_declines,
        what_is_not_possible_does_not_use_a_link_up,
        a_link_dies_with_its_term_and_with_the_membership,
        of_parallel_answers_one_counts,
        wrong_answers_are_told,
        what_one_party_does_is_told_to_the_other,
        who_has_no_account_follows_by_a_link,
        a_link_to_follow_writes_consents_and_stops,
        an_address_gets_few_letters_a_day,
        producers_are_reminded_and_offices_told,
        tet_stops_the_clock,
        an_answer_stops_reminders,
        the_view_tells_how_long_the_answer_took,
        letters_are_switched_off,
        several_instances_write_each_letter_once,
        what_a_machine_asked_is_told_to_its_people,
        letters_reach_the_mail_server,
        the_pages_are_there,
    ]
}

const OWNER: &str = "chu-xuong@example.vn";
const EDITOR: &str = "tho-banh@example.vn";
const VIEWER: &str = "nguoi-xem@example.vn";
const BUYER: &str = "nguoi-mua@example.vn";
/// The contact of an enquiry of `Stock`.
const CONTACT: &str = "thumua@example.vn";
const OFFICER: &str = "officer-33@office.example";

/// The bakers and their people, and a buyer with an account.
struct Scene<'a> {
    app: &'a TestApp,
    stock: Stock,
}

impl<'a> Scene<'a> {
    async fn set(app: &'a TestApp) -> Self {
        let stock = Stock::fill(app).await;
        app.member(OWNER, stock.bakers, MemberRole::Owner).await;
        app.user(BUYER, Role::Member, &[]).await;
        execute(app, format!("UPDATE organisations SET province = '33' WHERE id = '{}'", stock.bakers)).await;
        Self { app, stock }
    }

    /// Signs in anew: tokens are short of life, and the clock is moved here by days.
    async fn by(&self, email: &str) -> Actor {
        let tokens = self.app.sign_in(email).await;
        self.app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"))
    }

    async fn lead(&self) -> String {
        one_lead(&self.by(BUYER).await, &self.stock, self.stock.cake).await
    }

    /// A lead that has been announced, and the letter to the owner.
    async fn announced(&self, app: &TestApp) -> (String, Mail) {
        let lead = self.lead().await;
        a_minute_passes(app).await;
        (lead, app.mail_to(OWNER).await)
    }

    async fn read(&self, email: &str, lead: &str) -> Value {
        self.by(email).await.get(&format!("/v1/leads/{lead}")).await.expect(StatusCode::OK)
    }
}

async fn a_minute_passes(app: &TestApp) {
    app.clock.advance_seconds(60);
    app.write_letters().await;
}

async fn execute(app: &TestApp, sql: String) {
    let written = app.state.db.write(move |conn| conn.batch_execute(&sql).map_err(Failure::from));
    written.await.expect("written");
}

async fn preview(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/lead-answers/previews", &json!({ "token": token })).await
}

async fn answer(app: &TestApp, token: &str, answer: Value) -> Reply {
    app.anonymous().post("/v1/lead-answers", &json!({ "token": token, "answer": answer })).await
}

fn message(text: &str) -> Value {
    json!({ "type": "message", "note": text })
}

fn consent() -> Value {
    json!({ "type": "consent", "text_version": "2026-11", "accepted": true })
}

async fn what_comes_in_a_minute_is_one_letter(app: TestApp) {
    let scene = Scene::set(&app).await;
    app.member(EDITOR, scene.stock.bakers, MemberRole::Editor).await;
    app.member(VIEWER, scene.stock.bakers, MemberRole::Viewer).await;
    let first = scene.lead().await;
    app.clock.advance_seconds(40);
    let second = scene.lead().await;
    app.write_letters().await;
    app.no_mail_to(OWNER).await;
    app.clock.advance_seconds(20);
    app.write_letters().await;
    for address in [OWNER, EDITOR] {
        let letter = app.mail_to(address).await;
        assert_eq!(letter.subject, "Yêu cầu mới gửi tới “Cơ sở làm bánh (minh họa)” (2)");
        for part in
            ["1. “Chuỗi cửa hàng Ví Dụ” hỏi mua Bánh cáy (200 hộp)", "2. “Chuỗi", "hết ngày 25/11/2026"]
        {
            assert!(letter.body.contains(part), "{part}: {}", letter.body);
        }
        // How to reach the buyer, and what it wrote, is read by who answers.
        for part in ["thumua@example.vn", "0900", "Phòng thu mua", "12 cửa hàng"] {
            assert!(!letter.body.contains(part), "{part}: {}", letter.body);
        }
        let seen = preview(&app, &letter.token("lead-answer")).await.expect(StatusCode::OK);
        assert!([&first, &second].iter().any(|lead| seen["lead_id"] == json!(lead)), "{seen}");
    }
    app.no_mail_to(VIEWER).await;
    app.no_mail_to(BUYER).await;
    app.clock.advance_seconds(600);
    app.write_letters().await;
    app.no_mail_to(OWNER).await;
    assert_eq!(count(&app, "lead_links").await, 4);
}

async fn letters_are_in_the_readers_language(app: TestApp) {
    let scene = Scene::set(&app).await;
    let me = scene.by(OWNER).await.get("/v1/me").await.header("etag");
    let change = scene.by(OWNER).await.request(Method::PATCH, "/v1/me").header("If-Match", me);
    Reply::of(change.json(&json!({ "language": "en" }))).await.expect(StatusCode::OK);
    let (_, letter) = scene.announced(&app).await;
    assert_eq!(letter.subject, "New enquiries to “Cơ sở làm bánh (minh họa)” (1)");
    assert!(letter.body.contains("asks for Bánh cáy (200 box)"), "{}", letter.body);
    assert!(letter.body.contains("until the end of 2026-11-25"), "{}", letter.body);
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
        execute(&app, sql).await;
        assert_eq!(preview(&app, &of_editor).await.status.as_u16(), status, "{role}");
    }
    let sql =
        format!("DELETE FROM memberships WHERE user_id = (SELECT id FROM users WHERE email = '{EDITOR}')");
    execute(&app, sql).await;
    preview(&app, &of_editor).await.expect_problem(410, "invalid_link");
    answer(&app, &of_editor, message("Chào.")).await.expect_problem(410, "invalid_link");
    // The members of a suspended organisation may only read.
    let bakers = scene.stock.bakers;
    for (standing, status) in [("suspended", 410), ("unverified", 200)] {
        execute(&app, format!("UPDATE organisations SET standing = '{standing}' WHERE id = '{bakers}'"))
            .await;
        assert_eq!(preview(&app, &of_owner).await.status.as_u16(), status, "{standing}");
    }
    app.clock.advance_seconds(14 * 24 * 3600 - 1);
    preview(&app, &of_owner).await.expect(StatusCode::OK);
    app.clock.advance_seconds(1);
    answer(&app, &of_owner, message("Chào.")).await.expect_problem(410, "invalid_link");
    let now = app.state.world.now();
    let purged = app.state.db.write(move |conn| {
        ocop_market::leads::links::purge(conn, now.plus_seconds(1)).map_err(Failure::from)
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

async fn what_one_party_does_is_told_to_the_other(app: TestApp) {
    let scene = Scene::set(&app).await;
    let (lead, letter) = scene.announced(&app).await;
    // The buyer writes twice within a minute: one letter.
    let events = format!("/v1/leads/{lead}/events");
    for text in ["Cần hàng trước Tết.\nhttps://lua-dao.example", "Có giấy an toàn thực phẩm không?"]
    {
        let note = json!({ "type": "note", "note": text });
        scene.by(BUYER).await.post(&events, &note).await.expect(StatusCode::CREATED);
    }
    app.write_letters().await;
    app.no_mail_to(OWNER).await;
    a_minute_passes(&app).await;
    let told = app.mail_to(OWNER).await;
    assert_eq!(told.subject, "Tin mới từ bên mua cho “Cơ sở làm bánh (minh họa)”");
    // What somebody wrote is marked line by line, and cannot pose as words of the letter.
    let quoted = "– Bên mua nhắn:\n> Cần hàng trước Tết.\n> https://lua-dao.example\n";
    assert!(told.body.contains(quoted), "{}", told.body);
    assert!(told.body.contains("> Có giấy an toàn thực phẩm không?"), "{}", told.body);
    let token = told.token("lead-answer");
    assert_ne!(token, letter.token("lead-answer"));
    answer(&app, &token, message("Có đủ giấy.")).await.expect(StatusCode::CREATED);
    // A note of the producer's own is nobody else's.
    let note = json!({ "type": "note", "note": "Khách khó tính." });
    scene.by(OWNER).await.post(&events, &note).await.expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    let told = app.mail_to(BUYER).await;
    assert!(told.body.contains("– Chủ thể nhắn:\n> Có đủ giấy."), "{}", told.body);
    assert!(told.body.contains(&format!("/v1/leads/{lead}")) && !told.body.contains("khó tính"));
    scene.by(OWNER).await.post(&events, &note).await.expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    app.no_mail_to(BUYER).await;
    app.no_mail_to(OWNER).await;
    app.no_mail_to(CONTACT).await;
    let lost = json!({ "type": "stage", "to": "lost", "reason": "price" });
    scene.by(BUYER).await.post(&events, &lost).await.expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    let told = app.mail_to(OWNER).await;
    assert!(told.body.contains("– Bên mua chuyển yêu cầu sang: không thành."), "{}", told.body);
    // There is nothing left to answer.
    assert!(!told.body.contains("/links/"), "{}", told.body);
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
    execute(&app, "UPDATE enquiries SET contact_forgotten_at = 1".to_owned()).await;
    preview(&app, &token).await.expect_problem(410, "invalid_link");
}

async fn a_link_to_follow_writes_consents_and_stops(app: TestApp) {
    let scene = Scene::set(&app).await;
    let enquiry = scene.stock.enquiry(&[scene.stock.cake]);
    let sent = ask(&app.anonymous(), &enquiry).await.expect(StatusCode::CREATED);
    let lead = sent["leads"][0]["id"].as_str().expect("an id").to_owned();
    ask(&app.anonymous(), &enquiry).await.expect(StatusCode::CREATED);
    execute(&app, "UPDATE leads SET contact_consented_at = NULL".to_owned()).await;
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

async fn an_address_gets_few_letters_a_day(app: TestApp) {
    let scene = Scene::set(&app).await;
    let enquiry = scene.stock.enquiry(&[scene.stock.cake]);
    for _ in 0..5 {
        ask(&app.anonymous(), &enquiry).await.expect(StatusCode::CREATED);
        a_minute_passes(&app).await;
    }
    for _ in 0..3 {
        app.mail_to(CONTACT).await;
    }
    app.no_mail_to(CONTACT).await;
    app.clock.advance_seconds(24 * 3600);
    ask(&app.anonymous(), &enquiry).await.expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    app.mail_to(CONTACT).await;
    app.no_mail_to(CONTACT).await;
}

async fn producers_are_reminded_and_offices_told(app: TestApp) {
    let scene = Scene::set(&app).await;
    app.officer("33").await;
    app.officer("01").await;
    let (lead, _) = scene.announced(&app).await;
    // Monday morning it came; on Tuesday at eight the producer is reminded.
    app.clock.set("2026-11-24T00:59:59Z");
    app.write_letters().await;
    app.no_mail_to(OWNER).await;
    app.clock.set("2026-11-24T01:00:00Z");
    app.write_letters().await;
    let reminder = app.mail_to(OWNER).await;
    assert_eq!(reminder.subject, "Bên mua đang chờ “Cơ sở làm bánh (minh họa)” trả lời (1)");
    assert!(reminder.body.contains("Hạn trả lời: hết ngày 25/11/2026"), "{}", reminder.body);
    assert_eq!(scene.read(OWNER, &lead).await["overdue"], false);
    // Due until the end of Wednesday; the office is told when Thursday has passed.
    app.clock.set("2026-11-26T16:59:59Z");
    app.write_letters().await;
    assert_eq!(scene.read(OWNER, &lead).await["overdue"], true);
    app.no_mail_to(OFFICER).await;
    app.clock.set("2026-11-26T17:00:01Z");
    app.write_letters().await;
    let told = app.mail_to(OFFICER).await;
    assert_eq!(told.subject, "Yêu cầu quá hạn chưa được trả lời (1)");
    for part in [
        "1. Cơ sở làm bánh (minh họa): Bánh cáy (200 hộp)",
        "Đến ngày 23/11/2026, hạn trả lời 25/11/2026",
        &lead,
    ] {
        assert!(told.body.contains(part), "{part}: {}", told.body);
    }
    assert!(!told.body.contains("Ví Dụ") && !told.body.contains("/links/"), "{}", told.body);
    app.no_mail_to("officer-01@office.example").await;
    app.clock.advance_seconds(30 * 24 * 3600);
    app.write_letters().await;
    app.no_mail_to(OWNER).await;
    app.no_mail_to(OFFICER).await;
    let events = scene.read(BUYER, &lead).await["events"].clone();
    let told: Vec<_> =
        events.as_array().expect("a timeline").iter().map(|e| (&e["type"], &e["side"])).collect();
    let service = json!("service");
    assert_eq!(told[1..], [(&json!("reminded"), &service), (&json!("escalated"), &service)]);
}

/// An enquiry of the eve of Tết is not late before the holidays are over.
async fn tet_stops_the_clock(app: TestApp) {
    app.clock.set("2027-02-04T03:00:00Z");
    let scene = Scene::set(&app).await;
    app.officer("33").await;
    let (lead, letter) = scene.announced(&app).await;
    let due = scene.read(OWNER, &lead).await["respond_by"].as_str().expect("an instant").to_owned();
    assert_eq!(due, "2027-02-15T16:59:59.999999Z");
    assert!(letter.body.contains("hết ngày 15/02/2027"), "{}", letter.body);
    // The fourth is the last working day before the holidays, the twelfth the first one after them.
    for before in ["2027-02-05T03:00:00Z", "2027-02-11T03:00:00Z", "2027-02-12T00:59:59Z"] {
        app.clock.set(before);
        app.write_letters().await;
        app.no_mail_to(OWNER).await;
    }
    app.clock.set("2027-02-12T01:00:00Z");
    app.write_letters().await;
    app.mail_to(OWNER).await;
    assert_eq!(scene.read(OWNER, &lead).await["overdue"], false);
    app.clock.set("2027-02-16T16:59:59Z");
    app.write_letters().await;
    app.no_mail_to(OFFICER).await;
    app.clock.set("2027-02-16T17:00:01Z");
    app.write_letters().await;
    app.mail_to(OFFICER).await;
}

async fn an_answer_stops_reminders(app: TestApp) {
    let scene = Scene::set(&app).await;
    app.officer("33").await;
    let (_, letter) = scene.announced(&app).await;
    answer(&app, &letter.token("lead-answer"), message("Chào anh chị.")).await.expect(StatusCode::CREATED);
    let (lead, _) = scene.announced(&app).await;
    let lost = json!({ "type": "stage", "to": "lost", "reason": "other" });
    scene.by(BUYER).await.post(&format!("/v1/leads/{lead}/events"), &lost).await.expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    app.mail_to(OWNER).await;
    app.clock.advance_seconds(10 * 24 * 3600);
    app.write_letters().await;
    app.no_mail_to(OWNER).await;
    app.no_mail_to(OFFICER).await;
}

async fn the_view_tells_how_long_the_answer_took(app: TestApp) {
    let scene = Scene::set(&app).await;
    let lead = scene.lead().await;
    let took = async || scene.read(BUYER, &lead).await["answered_in_working_days"].clone();
    assert_eq!(took().await, Value::Null);
    // Over a weekend: asked on Monday, answered on the Monday after.
    app.clock.set("2026-11-30T03:00:00Z");
    assert_eq!(scene.read(BUYER, &lead).await["overdue"], true);
    let quoted = json!({ "type": "stage", "to": "quoted" });
    scene.by(OWNER).await.post(&format!("/v1/leads/{lead}/events"), &quoted).await;
    let sample = json!({ "type": "stage", "to": "sample_sent" });
    scene.by(OWNER).await.post(&format!("/v1/leads/{lead}/events"), &sample).await;
    assert_eq!(took().await, 5);
    assert_eq!(scene.read(BUYER, &lead).await["overdue"], false);
}

async fn switched(by: &Actor, change: Value) -> Value {
    let path = "/v1/me/notifications";
    let tag = by.get(path).await.header("etag");
    let request = by.request(Method::PATCH, path).header("If-Match", tag).json(&change);
    Reply::of(request).await.expect(StatusCode::OK)
}

async fn letters_are_switched_off(app: TestApp) {
    let scene = Scene::set(&app).await;
    let officer = app.officer("33").await;
    let path = "/v1/me/notifications";
    let all = scene.by(OWNER).await.get(path).await.expect(StatusCode::OK);
    let on = json!({ "new_leads": true, "reminders": true, "buyer_news": true, "producer_news": true, "escalations": true });
    assert_eq!(all, on);
    let off = switched(&scene.by(OWNER).await, json!({ "new_leads": false, "reminders": false })).await;
    assert_eq!(
        (&off["new_leads"], &off["reminders"], &off["buyer_news"]),
        (&json!(false), &json!(false), &json!(true))
    );
    assert_eq!(
        switched(&scene.by(OWNER).await, json!({ "new_leads": false, "reminders": false })).await,
        off
    );
    switched(&scene.by(BUYER).await, json!({ "producer_news": false })).await;
    switched(&officer, json!({ "escalations": false })).await;
    let lead = scene.lead().await;
    a_minute_passes(&app).await;
    app.clock.set("2026-11-30T03:00:00Z");
    app.write_letters().await;
    let quoted = json!({ "type": "stage", "to": "sample_sent" });
    scene
        .by(OWNER)
        .await
        .post(&format!("/v1/leads/{lead}/events"), &quoted)
        .await
        .expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    for address in [OWNER, BUYER, OFFICER] {
        app.no_mail_to(address).await;
    }
    // What was not written is not written later.
    assert_eq!(switched(&scene.by(OWNER).await, json!({ "new_leads": true, "reminders": true })).await, on);
    app.write_letters().await;
    app.no_mail_to(OWNER).await;
    let stale = scene.by(OWNER).await.request(Method::PATCH, path).header("If-Match", "\"old\"");
    Reply::of(stale.json(&json!({ "reminders": false }))).await.expect_problem(412, "precondition_failed");
    let blind = Reply::of(scene.by(OWNER).await.request(Method::PATCH, path).json(&json!({}))).await;
    blind.expect_problem(428, "precondition_required");
    for (change, place, code) in [
        (json!({ "reminders": null }), "/reminders", "wrong_type"),
        (json!({ "news": false }), "/news", "unknown_field"),
        (json!({ "reminders": "no" }), "/reminders", "wrong_type"),
    ] {
        let tag = scene.by(OWNER).await.get(path).await.header("etag");
        let reply = Reply::of(
            scene.by(OWNER).await.request(Method::PATCH, path).header("If-Match", tag).json(&change),
        )
        .await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [(place.to_owned(), code.to_owned())]);
    }
}

async fn several_instances_write_each_letter_once(app: TestApp) {
    let scene = Scene::set(&app).await;
    let others = [app.beside(&[]), app.beside(&[])];
    let weavers: OrganisationId = scene.stock.weavers;
    app.member("tho-det@example.vn", weavers, MemberRole::Owner).await;
    let enquiry = scene.stock.enquiry(&[scene.stock.cake, scene.stock.mat]);
    for _ in 0..30 {
        ask(&app.anonymous(), &enquiry).await.expect(StatusCode::CREATED);
    }
    app.clock.advance_seconds(60);
    for _ in 0..3 {
        tokio::join!(app.write_letters(), others[0].write_letters(), others[1].write_letters());
    }
    let letter = app.mail_to(OWNER).await;
    assert!(letter.subject.ends_with("(30)"), "{}", letter.subject);
    // More than a letter lists is told as a number.
    assert!(letter.body.contains("20. “") && !letter.body.contains("21. “"), "{}", letter.body);
    assert!(letter.body.contains("… và 10 yêu cầu khác"), "{}", letter.body);
    assert!(app.mail_to("tho-det@example.vn").await.subject.ends_with("(30)"));
    for address in [OWNER, "tho-det@example.vn"] {
        app.no_mail_to(address).await;
    }
    assert_eq!(count(&app, "leads WHERE announced_at IS NULL").await, 0);
    assert_eq!(count(&app, "mails WHERE kind = 'lead_acknowledged'").await, 3);
}

async fn what_a_machine_asked_is_told_to_its_people(app: TestApp) {
    let scene = Scene::set(&app).await;
    let asking = "cua-hang@example.vn";
    let owner = app.member(asking, scene.stock.weavers, MemberRole::Owner).await;
    let machine = app.machine(&owner, scene.stock.weavers, &["leads.write"]).await;
    let enquiry = scene.stock.enquiry(&[scene.stock.cake]);
    ask(&app.as_machine(&machine).await, &enquiry).await.expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    let token = app.mail_to(OWNER).await.token("lead-answer");
    answer(&app, &token, message("Chào quý cửa hàng.")).await.expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    let told = app.mail_to(asking).await;
    assert!(told.body.contains("> Chào quý cửa hàng."), "{}", told.body);
    app.no_mail_to(CONTACT).await;
}

async fn letters_reach_the_mail_server(app: TestApp) {
    let server = SmtpServer::start();
    let app = TestApp::start(app.engine, &["--mail-url", &server.url()]);
    let scene = Scene::set(&app).await;
    let enquiry = scene.stock.enquiry(&[scene.stock.cake]);
    ask(&app.anonymous(), &enquiry).await.expect(StatusCode::CREATED);
    a_minute_passes(&app).await;
    let mut taken: Vec<String> =
        server.has_taken(2).await.iter().map(|delivery| delivery.to.join(",")).collect();
    taken.sort();
    assert_eq!(taken, [OWNER, CONTACT]);
    app.write_letters().await;
    app.outbox_is_empty().await;
    assert_eq!(server.deliveries().len(), 2);
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
