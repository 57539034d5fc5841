//! Letters about leads: to whom, when, how often; and what can be done by their links.

use super::stock::{Stock, settle};
use super::{ask, count, one_lead};
use crate::cases;
use crate::harness::letters::Mail;
use crate::harness::smtp::SmtpServer;
use crate::harness::{Actor, Case, Reply, TestApp};
use ocop_market::accounts::Role;
use ocop_market::auth::MemberRole;
use ocop_market::organisations::OrganisationId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        what_comes_in_a_minute_is_one_letter,
        letters_are_in_the_readers_language,
        what_one_party_does_is_told_to_the_other,
        an_address_gets_few_letters_a_day,
        producers_are_reminded_and_offices_told,
        tet_stops_the_clock,
        an_answer_stops_reminders,
        the_view_tells_how_long_the_answer_took,
        letters_are_switched_off,
        several_instances_write_each_letter_once,
        what_a_machine_asked_is_told_to_its_people,
        letters_reach_the_mail_server,
    ]
}

pub const OWNER: &str = "chu-xuong@example.vn";
pub const EDITOR: &str = "tho-banh@example.vn";
pub const VIEWER: &str = "nguoi-xem@example.vn";
pub const BUYER: &str = "nguoi-mua@example.vn";
/// The contact of an enquiry of `Stock`.
pub const CONTACT: &str = "thumua@example.vn";
pub const OFFICER: &str = "officer-33@office.example";

/// The bakers and their people, and a buyer with an account.
pub struct Scene<'a> {
    pub app: &'a TestApp,
    pub stock: Stock,
}

impl<'a> Scene<'a> {
    pub async fn set(app: &'a TestApp) -> Self {
        let stock = Stock::fill(app).await;
        app.member(OWNER, stock.bakers, MemberRole::Owner).await;
        app.user(BUYER, Role::Member, &[]).await;
        settle(app, stock.bakers, "33").await;
        Self { app, stock }
    }

    /// Signs in anew: tokens are short of life, and the clock is moved here by days.
    pub async fn by(&self, email: &str) -> Actor {
        self.app.again(email).await
    }

    pub async fn lead(&self) -> String {
        one_lead(&self.by(BUYER).await, &self.stock, self.stock.cake).await
    }

    /// A lead that has been announced, and the letter to the owner.
    pub async fn announced(&self, app: &TestApp) -> (String, Mail) {
        let lead = self.lead().await;
        a_minute_passes(app).await;
        (lead, app.mail_to(OWNER).await)
    }

    pub async fn read(&self, email: &str, lead: &str) -> Value {
        self.by(email).await.get(&format!("/v1/leads/{lead}")).await.expect(StatusCode::OK)
    }
}

pub async fn a_minute_passes(app: &TestApp) {
    app.clock.advance_seconds(60);
    app.write_letters().await;
}

pub async fn preview(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/lead-answers/previews", &json!({ "token": token })).await
}

pub async fn answer(app: &TestApp, token: &str, answer: Value) -> Reply {
    app.anonymous().post("/v1/lead-answers", &json!({ "token": token, "answer": answer })).await
}

pub fn message(text: &str) -> Value {
    json!({ "type": "message", "note": text })
}

pub fn consent() -> Value {
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
    let on = json!({
        "new_leads": true, "reminders": true, "buyer_news": true, "producer_news": true, "escalations": true,
        "paper_reminders": true, "retailer_answers": true,
    });
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
