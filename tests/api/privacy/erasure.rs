//! Erasure of an account: what identifies a person is nowhere any more, what the ledger needs is.

use super::everything::{check_chain, column, places_of};
use super::{from, run_sql};
use crate::cases;
use crate::harness::people::{PASSWORD, code_at};
use crate::harness::{Actor, Case, Engine, Reply, TestApp};
use crate::leads::count;
use crate::leads::stock::{self, Stock};
use ocop_market::accounts::{MemberRole, Role};
use ocop_market::db::Failure;
use ocop_market::organisations::OrganisationId;
use ocop_market::privacy;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        who_others_depend_on_cannot_go,
        only_the_holder_erases,
        a_household_keeps_its_name_only_in_the_ledger,
        two_owners_who_go_at_once_leave_one,
        evidence_of_companies_stays_until_its_time_is_over,
    ];
    cases.push(cases![nothing_is_left_of_a_person].remove(0).with(&["--trusted-proxies=1"]));
    cases
}

async fn erase(by: &Actor) -> Reply {
    by.post("/v1/me/erasure", &json!({ "password": PASSWORD })).await
}

const ADDRESS: &str = "203.0.113.77";
const BROWSER: &str = "KinDao/7.7 (thu)";

/// All that identifies the person of the test.
const TRACES: [&str; 9] = [
    "kin.dao@nguoi-mua.example",
    "Tên Hiển Thị Kín Đáo",
    "Tổ Thu Mua Kín Đáo",
    "0912 345 678",
    "912345678",
    ADDRESS,
    BROWSER,
    "lời nhắn kín đáo",
    "Hộ kinh doanh Kín Đáo",
];

async fn nothing_is_left_of_a_person(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let weaver = app.member("chu@det.example", stock.weavers, MemberRole::Owner).await;
    let other = app.user("khac@shop.example", Role::Member, &[]).await;
    let email = "Kin.Dao@nguoi-mua.example";
    let user = app.create_user(email, Role::Member, &[]).await.expect("a new user");
    let credentials = json!({ "email": email, "password": PASSWORD });
    let signed_in =
        from(&app.anonymous(), ADDRESS, BROWSER, Method::POST, "/v1/sessions", &credentials).await;
    let tokens = signed_in.expect(StatusCode::CREATED);
    let buyer = app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"));
    let officer = app.user("can-bo@office.example", Role::Admin, &[]).await;
    let household = live(&app, &stock, &buyer, &weaver, &officer, user.as_str()).await;

    // Each of them is there, or the rest would prove nothing.
    for trace in TRACES {
        assert!(!places_of(&app, &[trace]).await.is_empty(), "{trace} is nowhere");
    }
    let kept = [
        "enquiries",
        "leads",
        "lead_events",
        "lead_items",
        "users",
        "organisations",
        "consents",
        "enquiry_files",
        "agreements",
        "agreement_files",
        "quotes",
        "contact_reveals",
        "capture_items",
    ];
    let mut before = Vec::new();
    for table in kept {
        before.push(count(&app, table).await);
    }
    let origins = check_chain(&app).await;
    assert!(app.has_letters_to(email));

    let erased =
        from(&buyer, ADDRESS, BROWSER, Method::POST, "/v1/me/erasure", &json!({ "password": PASSWORD }))
            .await;
    assert_eq!(erased.status, StatusCode::NO_CONTENT, "{}", erased.text);

    assert!(!app.has_letters_to(email), "files go too");
    let left = places_of(&app, &TRACES).await;
    assert!(left.is_empty(), "{}", left.join("\n"));
    assert!(check_chain(&app).await < origins, "origins are forgotten, and the chain still holds");
    let mut after = Vec::new();
    for table in kept {
        after.push(count(&app, table).await);
    }
    assert_eq!(before, after, "rows stay: {kept:?}");
    // Of files nothing is left but what they were, of links and switched-off letters nothing.
    for nothing in [
        "SELECT id AS value FROM files WHERE content IS NOT NULL OR name <> 'erased'",
        "SELECT id AS value FROM lead_links",
        "SELECT kind AS value FROM notifications_off",
        "SELECT id AS value FROM capture_items WHERE content IS NOT NULL",
    ] {
        assert!(column(&app, nothing).await.is_empty(), "{nothing}");
    }
    let hashes = column(&app, "SELECT sha256 AS value FROM files").await;
    assert!(hashes.len() == 2 && hashes.iter().all(|hash| hash.len() == 64), "{hashes:?}");
    let details = "SELECT details AS value FROM lead_events WHERE details IS NOT NULL ORDER BY side";
    assert_eq!(
        column(&app, details).await,
        [r#"{"of":"meeting"}"#, r#"{"of":"meeting","place":"Quán gần nhà […]"}"#],
        "the buyer's go, the producer's are redacted"
    );
    // Pseudonyms tell nobody's enquiries from another's.
    let contacts = column(&app, "SELECT contact_email AS value FROM enquiries ORDER BY id").await;
    let unique: std::collections::BTreeSet<_> = contacts.iter().collect();
    assert_eq!(unique.len(), contacts.len(), "{contacts:?}");

    buyer.get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.anonymous().post("/v1/sessions", &credentials).await.expect_problem(401, "invalid_credentials");
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    app.anonymous().post("/v1/sessions/refresh", &refresh).await.expect_problem(401, "invalid_refresh_token");
    // The producer has its leads, and was told; others have lost nothing.
    let leads = weaver.all("/v1/leads").await;
    assert_eq!(leads.len(), 2);
    let told = app.mail_to("can-bo@office.example").await;
    assert_eq!(told.body.matches("\n0").count(), 1, "the office has got one: {}", told.body);
    let told = app.mail_to("chu@det.example").await;
    assert!(
        leads.iter().all(|lead| told.body.contains(lead["id"].as_str().expect("an id"))),
        "{}",
        told.body
    );
    other.get("/v1/me").await.expect(StatusCode::OK);
    let clients = column(&app, "SELECT id AS value FROM clients WHERE revoked_at IS NULL").await;
    assert!(clients.is_empty(), "machine clients of {household} end");
    // The address is free again, and leads to nothing old.
    app.create_user(email, Role::Member, &[]).await.expect("a new user");
    let again = app.sign_in(email).await;
    assert_ne!(again["user"]["id"], tokens["user"]["id"]);
    assert_eq!(again["user"]["memberships"], json!([]));
}

/// A life of an account that leaves traces in as many tables as there are. Returns its household business.
async fn live(
    app: &TestApp,
    stock: &Stock,
    buyer: &Actor,
    weaver: &Actor,
    officer: &Actor,
    user: &str,
) -> OrganisationId {
    let tag = buyer.get("/v1/me").await.header("etag");
    let named = buyer.request(Method::PATCH, "/v1/me").header("If-Match", tag);
    let named = named.json(&json!({ "display_name": "Tên Hiển Thị Kín Đáo" }));
    Reply::of(named).await.expect(StatusCode::OK);

    let mut enquiry = stock.enquiry(&[stock.mat]);
    enquiry["message"] = json!("Đây là lời nhắn kín đáo của tôi.");
    enquiry["company"] = json!({ "name": "Hộ kinh doanh Kín Đáo" });
    enquiry["contact"] = json!({
        "name": "Tổ Thu Mua Kín Đáo", "email": "kin.dao@NGUOI-MUA.example", "phone": "0912 345 678",
    });
    let send = async |by: &Actor, body: &Value| {
        let sent =
            from(by, ADDRESS, BROWSER, Method::POST, "/v1/leads", body).await.expect(StatusCode::CREATED);
        sent["leads"][0]["id"].as_str().expect("an id").to_owned()
    };
    let lead = send(buyer, &enquiry).await;
    let other_lead = send(&app.anonymous(), &enquiry).await;
    for lead in [&lead, &other_lead] {
        let because = json!({ "because": "Để hẹn tổ thu mua kín đáo." });
        let path = format!("/v1/leads/{lead}/contact-reveals");
        weaver.post(&path, &because).await.expect(StatusCode::CREATED);
    }
    let because = json!({ "because": "Số 0912 345 678 gọi đến." });
    let reveal = format!("/v1/leads/{lead}/contact-reveals");
    officer.post(&reveal, &because).await.expect(StatusCode::CREATED);
    let path = format!("/v1/leads/{lead}/events");
    let note = json!({ "type": "note", "note": "Gọi tôi theo số 0912 345 678, đây là lời nhắn kín đáo." });
    from(buyer, ADDRESS, BROWSER, Method::POST, &path, &note).await.expect(StatusCode::CREATED);
    let theirs = json!({ "type": "note", "note": "Đã gọi tổ thu mua kín đáo (0912.345.678), mail kin.dao@nguoi-mua.example." });
    weaver.post_once(&path, "key-of-the-weaver-1", &theirs).await.expect(StatusCode::CREATED);
    // A token that comes twice, and a request by somebody who is not signed in.
    let credentials = json!({ "email": "Kin.Dao@nguoi-mua.example", "password": PASSWORD });
    let stranger = app.anonymous();
    let begun = from(&stranger, ADDRESS, BROWSER, Method::POST, "/v1/sessions", &credentials).await;
    let refresh = json!({ "refresh_token": begun.expect(StatusCode::CREATED)["refresh_token"] });
    for status in [StatusCode::OK, StatusCode::UNAUTHORIZED] {
        let path = "/v1/sessions/refresh";
        let answer = from(&stranger, ADDRESS, BROWSER, Method::POST, path, &refresh).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    let token = json!({ "token": super::token_for(app, "access", "kin.dao@nguoi-mua.example").await });
    let path = "/v1/data-requests/confirmations";
    from(&stranger, ADDRESS, BROWSER, Method::POST, path, &token).await.expect(StatusCode::OK);
    // Answers kept for somebody else.
    let invitation = json!({ "email": "Kin.Dao@nguoi-mua.example", "role": "viewer" });
    let invitations = format!("/v1/organisations/{}/invitations", stock.weavers);
    weaver.post_once(&invitations, "key-of-the-weaver-2", &invitation).await.expect(StatusCode::CREATED);

    let consent = json!({ "purpose": "news_mail", "text_version": "2026-11", "accepted": true });
    from(buyer, ADDRESS, BROWSER, Method::POST, "/v1/me/consents", &consent)
        .await
        .expect(StatusCode::CREATED);
    let ask = json!({ "kind": "objection", "message": "Một lời nhắn kín đáo nữa." });
    buyer.post("/v1/data-requests", &ask).await.expect(StatusCode::ACCEPTED);
    app.mail_to("Kin.Dao@nguoi-mua.example").await;
    buyer.get("/v1/me/export").await.expect(StatusCode::OK);

    let household = stock_household(app, "Hộ kinh doanh Kín Đáo").await;
    let id = |n: u8| format!("01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c{n:02}");
    let (mail, key) = ("Kin.Dao@nguoi-mua.example", "kin.dao@nguoi-mua.example");
    let (weavers, mat) = (stock.weavers, stock.mat);
    run_sql(app, format!("
        UPDATE organisations SET tax_code = '000912345678', address = 'Nhà Tên Hiển Thị Kín Đáo' WHERE id = '{household}';
        INSERT INTO memberships (user_id, organisation_id, role, created_at) VALUES ('{user}', '{household}', 'owner', 0);
        INSERT INTO organisation_verifications (id, organisation_id, decision, reason, decided_by, decided_at)
            VALUES ('{a}', '{household}', 'refused', 'Số 0912 345 678 không gọi được', '{user}', 0);
        INSERT INTO organisation_claims (id, organisation_id, target_id, note, claimed_by, claimed_at, state)
            VALUES ('{b}', '{household}', '{weavers}', 'lời nhắn kín đáo', '{user}', 0, 'open');
        INSERT INTO listing_submissions (id, product_id, number, changes, note, state, submitted_at, user_id)
            VALUES ('{b}', '{mat}', 1, '{{}}', 'lời nhắn kín đáo', 'waiting', 0, '{user}');
        INSERT INTO invitations (id, token_hash, email, email_key, organisation_id, member_role, invited_by, created_at, expires_at)
            VALUES ('{c}', 'c', '{mail}', '{key}', '{weavers}', 'viewer', '{user}', 0, 9);
        INSERT INTO delegations (id, organisation_id, delegate_id, role, purpose, requested_by, requested_at, ends_at)
            VALUES ('{d}', '{weavers}', '{user}', 'viewer', 'lời nhắn kín đáo', '{user}', 0, 9);
        INSERT INTO clients (id, organisation_id, name, scopes, addresses, created_by, created_at, updated_at, tokens_since)
            VALUES ('{e}', '{household}', 'Máy', 'leads.read', '', '{user}', 0, 0, 0);
        INSERT INTO registrations (id, email, email_key, token_hash, password_hash, display_name, language, organisation,
            terms_version, created_at, expires_at)
            VALUES ('{f}', '{mail}', '{key}', 'f', 'x', 'Tên Hiển Thị Kín Đáo', 'vi', '{{}}', '2026-11', 0, 9);
        INSERT INTO mail_tokens (token_hash, purpose, user_id, email, created_at, expires_at)
            VALUES ('g', 'email_change', '{user}', 'moi.{key}', 0, 9);
        INSERT INTO second_factors (user_id, pending_secret, pending_at, last_step) VALUES ('{user}', 'bí mật', 0, 0);
        INSERT INTO recovery_codes (code_hash, user_id) VALUES ('h', '{user}');
        INSERT INTO mails (id, kind, recipient, recipient_key, language, subject, body, created_at, due_at, attempts, failed_at)
            VALUES ('{g}', 'session_stolen', '{mail}', '{key}', 'vi', 'Chào Tên Hiển Thị Kín Đáo', 'lời nhắn kín đáo', 0, 0, 0, 1);
        ", a = id(1), b = id(2), c = id(3), d = id(4), e = id(5), f = id(6), g = id(7))).await;
    trade(app, &lead, user).await;
    household
}

/// What an offer, an agreement and a fair leave behind.
async fn trade(app: &TestApp, lead: &str, user: &str) {
    let id = |n: u8| format!("01999f6e-3c1a-7d55-9a3e-0c0f7a1b2d{n:02}");
    let content = match app.engine {
        Engine::Sqlite => "CAST('lời nhắn kín đáo' AS BLOB)",
        Engine::Postgres => "convert_to('lời nhắn kín đáo', 'UTF8')",
    };
    let hash = "0".repeat(64);
    let enquiry = format!("(SELECT enquiry_id FROM leads WHERE id = '{lead}')");
    run_sql(app, format!("
        INSERT INTO files (id, sha256, name, media_type, size, content, user_id, created_at, used_at) VALUES
            ('{a}', '{hash}', 'Tên Hiển Thị Kín Đáo.pdf', 'application/pdf', 9, {content}, '{user}', 0, 1),
            ('{b}', '{hash}', 'Tổ Thu Mua Kín Đáo.pdf', 'application/pdf', 9, {content}, NULL, 0, 1),
            ('{c}', '{hash}', 'kin.dao@nguoi-mua.example.pdf', 'application/pdf', 9, {content}, '{user}', 0, NULL);
        INSERT INTO enquiry_files (enquiry_id, file_id) SELECT {enquiry}, '{a}';
        INSERT INTO agreements (id, lead_id, kind, buyer_name, buyer_tax_code, producer_name, value, signed_on, starts_on,
            side, recorded_by, recorded_at, updated_at, voided_at, void_reason)
            VALUES ('{d}', '{lead}', 'mou', 'Hộ kinh doanh Kín Đáo', '000912345678', 'HTX', 1, '2026-11-01', '2026-11-01',
                'producer', '{user}', 0, 0, 1, 'Tổ Thu Mua Kín Đáo ký nhầm');
        INSERT INTO agreement_files (agreement_id, file_id) VALUES ('{d}', '{b}');
        INSERT INTO quotes (id, lead_id, number, side, valid_until, vat_included, terms, created_at) VALUES
            ('{e}', '{lead}', 1, 'producer', '2026-12-01', TRUE, 'Giao cho Tổ Thu Mua Kín Đáo, số 0912.345.678', 0),
            ('{f}', '{lead}', 2, 'buyer', '2026-12-01', TRUE, 'Như lời nhắn kín đáo', 0);
        INSERT INTO lead_links (id, lead_id, purpose, user_id, token_hash, created_at, expires_at) VALUES
            ('{g}', '{lead}', 'follow', NULL, 'i', 0, 9), ('{h}', '{lead}', 'answer', '{user}', 'j', 0, 9);
        INSERT INTO notifications_off (user_id, kind, since) VALUES ('{user}', 'lead_arrived', 0);
        INSERT INTO capture_items (id, recorder, content_hash, enquiry_id, content, received_at) VALUES
            ('{g}', '{user}', 'x', '{h}', '{{}}', 0),
            ('{h}', '{lead}', 'x', '{h}', '{{\"contact\":{{\"email\":\"KIN.dao@nguoi-mua.example\"}}}}', 0);
        UPDATE lead_events SET details = '{{\"of\":\"meeting\",\"place\":\"Nhà Tổ Thu Mua Kín Đáo\"}}'
            WHERE side = 'buyer' AND kind = 'note';
        UPDATE lead_events SET details = '{{\"of\":\"meeting\",\"place\":\"Quán gần nhà tổ thu mua kín đáo\"}}'
            WHERE side = 'producer' AND kind = 'note';
        ", a = id(1), b = id(2), c = id(3), d = id(4), e = id(5), f = id(6), g = id(7), h = id(8))).await;
}

/// What two companies have signed proves what the programme reports: it stays until its time is over.
async fn evidence_of_companies_stays_until_its_time_is_over(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let buyer = app.user("mua@shop.example", Role::Member, &[]).await;
    let sent = buyer.post_once("/v1/leads", "key-of-the-buyer-001", &stock.enquiry(&[stock.mat])).await;
    let lead = sent.expect(StatusCode::CREATED)["leads"][0]["id"].as_str().expect("an id").to_owned();
    let content = match app.engine {
        Engine::Sqlite => "CAST('x' AS BLOB)",
        Engine::Postgres => "convert_to('x', 'UTF8')",
    };
    let enquiry = format!("(SELECT enquiry_id FROM leads WHERE id = '{lead}')");
    run_sql(&app, format!("
        INSERT INTO files (id, sha256, name, media_type, size, content, created_at, used_at) VALUES
            ('{a}', 'h', 'dinh-kem.pdf', 'application/pdf', 9, {content}, 0, 1),
            ('{b}', 'h', 'hop-dong.pdf', 'application/pdf', 9, {content}, 0, 1);
        INSERT INTO enquiry_files (enquiry_id, file_id) SELECT {enquiry}, '{a}';
        INSERT INTO agreements (id, lead_id, kind, buyer_name, buyer_tax_code, producer_name, value, signed_on, starts_on, side,
            recorded_at, updated_at) VALUES ('{a}', '{lead}', 'mou', 'Chuỗi cửa hàng Ví Dụ', '9900000016', 'HTX', 1, '2026-11-01',
            '2026-11-01', 'producer', 0, 0);
        INSERT INTO agreement_files (agreement_id, file_id) VALUES ('{a}', '{b}');
        ", a = "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2d01", b = "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2d02")).await;
    assert_eq!(erase(&buyer).await.status, StatusCode::NO_CONTENT);
    let with_content = "SELECT name AS value FROM files WHERE content IS NOT NULL";
    assert_eq!(column(&app, with_content).await, ["hop-dong.pdf"]);
    let buyer_names = "SELECT buyer_name || ' ' || buyer_tax_code AS value FROM agreements";
    assert_eq!(column(&app, buyer_names).await, ["Chuỗi cửa hàng Ví Dụ 9900000016"]);

    let retain = async || {
        let world = app.state.world.clone();
        app.state.db.write(move |conn| privacy::retain(conn, &world)).await.expect("retention applied")
    };
    app.clock.set("2029-11-22T16:59:59Z");
    assert_eq!(retain().await.evidence, 0, "36 months after the last event");
    app.clock.set("2029-11-23T17:00:00Z");
    assert_eq!((retain().await.evidence, retain().await.evidence), (1, 0));
    assert!(column(&app, with_content).await.is_empty());
}

async fn stock_household(app: &TestApp, name: &'static str) -> OrganisationId {
    let world = app.state.world.clone();
    let made = app.state.db.write(move |conn| Ok::<_, Failure>(stock::producer(conn, &world, name)));
    let id = made.await.expect("a producer");
    run_sql(
        app,
        format!(
            "UPDATE organisations SET entity_type = 'household', legal_name = '{name}' WHERE id = '{id}'"
        ),
    )
    .await;
    id
}

async fn who_others_depend_on_cannot_go(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let owner = app.member("chu@det.example", stock.weavers, MemberRole::Owner).await;
    let editor = app.member("sua@det.example", stock.weavers, MemberRole::Editor).await;
    let refused = erase(&owner).await.expect_problem(409, "last_owner");
    assert_eq!(refused["organisations"], json!([stock.weavers]));
    owner.get("/v1/me").await.expect(StatusCode::OK);
    assert_eq!(erase(&editor).await.status, StatusCode::NO_CONTENT);
    assert_eq!(erase(&owner).await.status, StatusCode::NO_CONTENT, "nobody is left behind");
    assert_eq!(count(&app, "memberships").await, 0);

    let first = app.user("qt1@office.example", Role::Admin, &[]).await;
    erase(&first).await.expect_problem(409, "not_possible_now");
    let second = app.user("qt2@office.example", Role::Admin, &[]).await;
    assert_eq!(erase(&first).await.status, StatusCode::NO_CONTENT);
    erase(&second).await.expect_problem(409, "not_possible_now");
    check_chain(&app).await;
}

async fn only_the_holder_erases(app: TestApp) {
    let user = app.create_user("a@shop.example", Role::Member, &[]).await.expect("a new user");
    let tokens = app.sign_in("a@shop.example").await;
    let by = app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"));
    let wrong = by.post("/v1/me/erasure", &json!({ "password": "một mật khẩu khác" })).await;
    wrong.expect_problem(422, "invalid_body");
    assert_eq!(wrong.faults(), [("/password".to_owned(), "wrong_password".to_owned())]);
    by.post("/v1/me/erasure", &json!({})).await.expect_problem(422, "invalid_body");
    let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    let sql = format!(
        "INSERT INTO second_factors (user_id, secret, confirmed_at, last_step) VALUES ('{user}', '{secret}', 0, 0)"
    );
    run_sql(&app, sql).await;
    let without = erase(&by).await;
    without.expect_problem(422, "invalid_body");
    assert_eq!(without.faults(), [("/code".to_owned(), "missing".to_owned())]);
    let with =
        async |code: &str| by.post("/v1/me/erasure", &json!({ "password": PASSWORD, "code": code })).await;
    let right = code_at(secret, app.state.world.now());
    let wrong = with(if right == "000000" { "000001" } else { "000000" }).await;
    assert_eq!(wrong.faults(), [("/code".to_owned(), "wrong_code".to_owned())]);
    by.get("/v1/me").await.expect(StatusCode::OK);
    assert_eq!(with(&right).await.status, StatusCode::NO_CONTENT);
    erase(&by).await.expect_problem(401, "unauthenticated");
}

async fn a_household_keeps_its_name_only_in_the_ledger(app: TestApp) {
    let known = stock_household(&app, "Hộ kinh doanh Trong Sổ").await;
    let unknown = stock_household(&app, "Hộ kinh doanh Ngoài Sổ").await;
    let world = app.state.world.clone();
    let day = world.today();
    let made = app.state.db.write(move |conn| {
        let term = (Some(day), Some(day.plus_days(900)));
        Ok::<_, Failure>(stock::product(conn, &world, known, "Bánh gai", term))
    });
    made.await.expect("a product");
    run_sql(&app, "UPDATE organisations SET address = 'Xóm 1'".to_owned()).await;
    let owners = [(known, MemberRole::Owner), (unknown, MemberRole::Owner)];
    let by = app.user("ho@shop.example", Role::Member, &owners).await;
    assert_eq!(erase(&by).await.status, StatusCode::NO_CONTENT);
    let names =
        column(&app, "SELECT legal_name AS value FROM organisations ORDER BY legal_name IS NULL").await;
    assert_eq!(names, ["Hộ kinh doanh Trong Sổ", ""]);
    let places = column(&app, "SELECT address AS value FROM organisations WHERE address IS NOT NULL").await;
    assert!(places.is_empty(), "{places:?}");
}

async fn two_owners_who_go_at_once_leave_one(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let one = app.member("mot@det.example", stock.weavers, MemberRole::Owner).await;
    let two = app.member("hai@det.example", stock.weavers, MemberRole::Owner).await;
    app.member("ba@det.example", stock.weavers, MemberRole::Viewer).await;
    let (first, second) = tokio::join!(erase(&one), erase(&two));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409], "{} {}", first.text, second.text);
}
