//! Registration: a letter to the address, the account and the organisation that come of it, and what strangers learn.

use crate::cases;
use crate::harness::people::PASSWORD;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::count;
use ocop_market::accounts::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A password that is strong enough.
pub const STRONG: &str = "thuyền thúng gió nồm";

/// Another one.
const OTHER: &str = "chín bậc tình yêu rẽ trái";

/// How long a registration can be confirmed.
const SECONDS: i64 = 48 * 3600;

pub fn cases() -> Vec<Case> {
    cases![
        a_producer_registers_and_signs_in,
        strangers_do_not_learn_who_has_an_account,
        the_owner_of_an_address_is_told,
        a_token_is_good_once_and_for_two_days,
        two_confirmations_at_once_make_one_account,
        each_registration_is_confirmed_with_its_own_password,
        nobody_gets_an_account_at_an_address_of_somebody_else,
        guesses_at_the_password_of_a_registration_are_slowed,
        two_letters_of_an_address_at_once_make_one_account,
        nobody_is_flooded_with_letters,
        all_faults_are_told_at_once,
        easy_passwords_are_refused_with_words_that_help,
        letters_are_in_the_language_of_the_account,
        an_address_that_got_an_account_meanwhile_gets_no_second,
        who_is_invited_needs_no_organisation,
        an_invitation_is_for_one_address_and_one_account,
        an_invitation_does_not_tell_who_has_an_account,
        the_pages_of_links_are_safe_to_open,
        letters_are_limited_by_address,
    ]
    .into_iter()
    .map(|case| match case.name {
        "letters_are_limited_by_address" => case.with(&["--sign-ins-per-minute=6"]),
        _ => case,
    })
    .collect()
}

/// A registration as a producer of Hưng Yên sends it.
pub fn new_registration(email: &str) -> Value {
    json!({
        "email": email,
        "password": STRONG,
        "display_name": "Phòng kinh doanh",
        "terms_version": "2026-11",
        "organisation": {
            "kind": "producer",
            "entity_type": "cooperative",
            "legal_name": "Hợp tác xã Mây tre Minh Họa",
            "unit": "12391",
            "address": "Thôn Minh Họa",
        },
    })
}

async fn register(app: &TestApp, body: &Value) -> Reply {
    app.anonymous().post("/v1/registrations", body).await
}

/// Registers an address; returns the token that came to it.
async fn asked(app: &TestApp, email: &str) -> String {
    register(app, &new_registration(email)).await.expect(StatusCode::ACCEPTED);
    app.mail_to(email).await.token("registration")
}

async fn confirm(app: &TestApp, token: &str) -> Reply {
    confirm_with(app, token, STRONG).await
}

async fn confirm_with(app: &TestApp, token: &str, password: &str) -> Reply {
    let body = json!({ "token": token, "password": password });
    app.anonymous().post("/v1/registrations/confirmations", &body).await
}

#[track_caller]
fn is_wrong(reply: &Reply) {
    reply.expect_problem(422, "invalid_body");
    assert_eq!(reply.faults(), [("/password".to_owned(), "wrong_password".to_owned())]);
}

/// The answer to a sign-in.
pub async fn sign_in(app: &TestApp, email: &str, password: &str) -> Reply {
    let body = json!({ "email": email, "password": password });
    app.anonymous().post("/v1/sessions", &body).await
}

fn signed_in(app: &TestApp, reply: &Reply) -> Actor {
    let tokens = reply.expect(StatusCode::CREATED);
    app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"))
}

/// Everything of an answer but its request id and its date.
fn told(reply: &Reply) -> (StatusCode, Vec<(String, String)>, String) {
    let own = ["x-request-id", "date"];
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().expect("ASCII").to_owned()))
        .collect();
    headers.sort();
    (reply.status, headers, reply.text.clone())
}

async fn a_producer_registers_and_signs_in(app: TestApp) {
    let email = "langnghe@xuong.example";
    let reply = register(&app, &new_registration(email)).await;
    let sent = reply.expect(StatusCode::ACCEPTED);
    assert_eq!(sent, json!({ "email": email, "expires_in": SECONDS }));
    assert_eq!(reply.header("cache-control"), "no-store");
    // Nothing is there yet.
    sign_in(&app, email, STRONG).await.expect_problem(401, "invalid_credentials");
    assert_eq!((count(&app, "users").await, count(&app, "organisations").await), (0, 0));

    let letter = app.mail_to(email).await;
    assert!(letter.body.contains("http://127.0.0.1:8080/links/registration#"), "{}", letter.body);
    let token = letter.token("registration");
    assert_eq!(letter.body.matches(&token).count(), 2, "also for who has no browser: {}", letter.body);
    let made = confirm(&app, &token).await.expect(StatusCode::CREATED);
    assert_eq!(made["email"], email);

    // Typed on a keyboard that decomposes: the same password.
    let decomposed = "thuye\u{302}\u{300}n thu\u{301}ng gio\u{301} no\u{302}\u{300}m";
    let user = signed_in(&app, &sign_in(&app, "LangNghe@Xuong.example", decomposed).await);
    let me = user.get("/v1/me").await.expect(StatusCode::OK);
    assert_eq!((&me["id"], &me["display_name"]), (&made["user_id"], &json!("Phòng kinh doanh")));
    let membership = json!({
        "organisation_id": made["organisation_id"], "organisation_name": "Hợp tác xã Mây tre Minh Họa",
        "kind": "producer", "role": "owner",
    });
    assert_eq!(me["memberships"], json!([membership]));
    assert_eq!(count(&app, "consents WHERE channel = 'registration'").await, 1);
    assert_eq!(count(&app, "audit_entries WHERE action = 'consent.given'").await, 1);
    assert_eq!(count(&app, "registrations").await, 0);
    assert_eq!(count(&app, "audit_entries WHERE action = 'account.registered'").await, 1);
}

async fn strangers_do_not_learn_who_has_an_account(app: TestApp) {
    let known = "co@example.vn";
    app.create_user(known, Role::Member, &[]).await.expect("created");
    let as_known = register(&app, &new_registration(known)).await;
    // The only difference there may be is the address itself.
    let unknown = register(&app, &new_registration("ko@example.vn")).await;
    let (status, headers, text) = told(&unknown);
    assert_eq!(told(&as_known), (status, headers, text.replace("ko@example.vn", known)));
    // What is refused is refused either way.
    for email in [known, "ko@example.vn"] {
        let mut weak = new_registration(email);
        weak["password"] = json!("1234567890");
        assert_eq!(register(&app, &weak).await.faults(), [("/password".to_owned(), "too_weak".to_owned())]);
    }
}

async fn the_owner_of_an_address_is_told(app: TestApp) {
    let email = "minh@example.vn";
    app.create_user(email, Role::Member, &[]).await.expect("created");
    for _ in 0..5 {
        register(&app, &new_registration(email)).await.expect(StatusCode::ACCEPTED);
    }
    for _ in 0..3 {
        let letter = app.mail_to(email).await;
        assert!(
            letter.subject.contains("đã có tài khoản") && !letter.body.contains("/links/"),
            "{}",
            letter.raw
        );
    }
    app.no_mail_to(email).await;
    assert_eq!(count(&app, "registrations").await, 0);
    sign_in(&app, email, STRONG).await.expect_problem(401, "invalid_credentials");
    sign_in(&app, email, PASSWORD).await.expect(StatusCode::CREATED);
}

async fn a_token_is_good_once_and_for_two_days(app: TestApp) {
    for wrong in ["", "x", &"a".repeat(43), "\u{1f403}"] {
        confirm(&app, wrong).await.expect_problem(410, "invalid_link");
    }
    let token = asked(&app, "mot@example.vn").await;
    confirm(&app, &token).await.expect(StatusCode::CREATED);
    confirm(&app, &token).await.expect_problem(410, "invalid_link");

    let (late, last) = (asked(&app, "hai@example.vn").await, asked(&app, "ba@example.vn").await);
    app.clock.advance_seconds(SECONDS - 1);
    confirm(&app, &last).await.expect(StatusCode::CREATED);
    app.clock.advance_seconds(1);
    confirm(&app, &late).await.expect_problem(410, "invalid_link");
    assert_eq!(count(&app, "users").await, 2);
}

async fn two_confirmations_at_once_make_one_account(app: TestApp) {
    let other = app.beside(&[]);
    for round in 0..4 {
        let token = asked(&app, &format!("race-{round}@example.vn")).await;
        // On PostgreSQL of two instances; SQLite is for one.
        let elsewhere = if app.engine == crate::harness::Engine::Postgres { &other } else { &app };
        let (one, two) = tokio::join!(confirm(&app, &token), confirm(elsewhere, &token));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 410], "{} {}", one.text, two.text);
    }
    assert_eq!((count(&app, "users").await, count(&app, "organisations").await), (4, 4));
}

async fn each_registration_is_confirmed_with_its_own_password(app: TestApp) {
    let email = "lai@example.vn";
    let first = asked(&app, email).await;
    let mut again = new_registration("Lai@example.vn");
    again["password"] = json!(OTHER);
    again["organisation"]["legal_name"] = json!("Hợp tác xã Mây tre Ví Dụ");
    register(&app, &again).await.expect(StatusCode::ACCEPTED);
    let second = app.mail_to("Lai@example.vn").await.token("registration");
    assert_eq!(count(&app, "registrations").await, 2);
    is_wrong(&confirm(&app, &second).await);
    confirm_with(&app, &second, OTHER).await.expect(StatusCode::CREATED);
    // Which is the end of all of the address.
    confirm(&app, &first).await.expect_problem(410, "invalid_link");
    assert_eq!(count(&app, "registrations").await, 0);
    sign_in(&app, email, STRONG).await.expect_problem(401, "invalid_credentials");
    let reply = sign_in(&app, email, OTHER).await;
    let me = signed_in(&app, &reply).get("/v1/me").await.expect(StatusCode::OK);
    assert_eq!(me["memberships"][0]["organisation_name"], "Hợp tác xã Mây tre Ví Dụ");
}

/// Somebody registers an address that is not theirs, before and after its owner, with a password of their own.
async fn nobody_gets_an_account_at_an_address_of_somebody_else(app: TestApp) {
    let email = "chu@example.vn";
    let own = asked(&app, email).await;
    let mut attack = new_registration(email);
    attack["password"] = json!(OTHER);
    let mut planted = Vec::new();
    for _ in 0..2 {
        register(&app, &attack).await.expect(StatusCode::ACCEPTED);
        planted.push(app.mail_to(email).await.token("registration"));
    }
    // The owner takes whichever letter, and knows one password.
    for token in &planted {
        is_wrong(&confirm(&app, token).await);
    }
    is_wrong(&confirm_with(&app, &own, OTHER).await);
    assert_eq!((count(&app, "users").await, count(&app, "registrations").await), (0, 3));
    confirm(&app, &own).await.expect(StatusCode::CREATED);
    sign_in(&app, email, STRONG).await.expect(StatusCode::CREATED);
    sign_in(&app, email, OTHER).await.expect_problem(401, "invalid_credentials");
    for token in &planted {
        confirm_with(&app, token, OTHER).await.expect_problem(410, "invalid_link");
    }
    assert_eq!(count(&app, "users").await, 1);
}

async fn guesses_at_the_password_of_a_registration_are_slowed(app: TestApp) {
    let (token, other) = (asked(&app, "cham@example.vn").await, asked(&app, "cham@example.vn").await);
    for _ in 0..6 {
        is_wrong(&confirm_with(&app, &token, OTHER).await);
    }
    let slowed = confirm(&app, &token).await;
    slowed.expect_problem(429, "too_many_requests");
    assert_eq!(slowed.header("retry-after"), "1");
    // Others of the address are not, and this one not for long.
    is_wrong(&confirm_with(&app, &other, OTHER).await);
    app.clock.advance_seconds(1);
    confirm(&app, &token).await.expect(StatusCode::CREATED);
}

/// On PostgreSQL of two instances, as of one token.
async fn two_letters_of_an_address_at_once_make_one_account(app: TestApp) {
    let other = app.beside(&[]);
    for round in 0..4 {
        let email = format!("two-{round}@example.vn");
        let (first, second) = (asked(&app, &email).await, asked(&app, &email).await);
        let elsewhere = if app.engine == crate::harness::Engine::Postgres { &other } else { &app };
        let (one, two) = tokio::join!(confirm(&app, &first), confirm(elsewhere, &second));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 410], "{} {}", one.text, two.text);
    }
    assert_eq!((count(&app, "users").await, count(&app, "organisations").await), (4, 4));
}

async fn nobody_is_flooded_with_letters(app: TestApp) {
    let email = "nhieu@example.vn";
    let mut last = String::new();
    for _ in 0..3 {
        last = asked(&app, email).await;
    }
    // A fourth is answered as ever, and the letters that are there stay good.
    let fourth = register(&app, &new_registration(email)).await;
    assert_eq!(fourth.expect(StatusCode::ACCEPTED)["expires_in"], SECONDS);
    app.no_mail_to(email).await;
    app.clock.advance_seconds(3601);
    asked(&app, email).await;
    confirm(&app, &last).await.expect(StatusCode::CREATED);
}

async fn all_faults_are_told_at_once(app: TestApp) {
    let wrong = json!({
        "email": "nobody", "password": "short", "display_name": "", "language": "fr", "terms_version": "2000-01",
        "organisation": { "kind": "bank", "legal_name": "", "unit": 1 }, "role": "admin",
    });
    let reply = register(&app, &wrong).await;
    reply.expect_problem(422, "invalid_body");
    let mut faults = reply.faults();
    faults.sort();
    let expected = [
        ("/display_name", "wrong_length"),
        ("/email", "invalid_email"),
        ("/language", "unknown_value"),
        ("/organisation/kind", "unknown_value"),
        ("/organisation/legal_name", "invalid_name"),
        ("/organisation/unit", "wrong_type"),
        ("/password", "wrong_length"),
        ("/role", "unknown_field"),
        ("/terms_version", "unknown_consent_text"),
    ];
    assert_eq!(faults, expected.map(|(at, code)| (at.to_owned(), code.to_owned())));

    // What takes more than a look at the text.
    let mut wrong = new_registration("a@example.vn");
    wrong["password"] = json!("maytreminhhoa");
    wrong["organisation"]["unit"] = json!("33");
    let reply = register(&app, &wrong).await;
    reply.expect_problem(422, "invalid_body");
    let expected = [("/organisation/unit", "unknown_unit"), ("/password", "too_weak")];
    assert_eq!(reply.faults(), expected.map(|(at, code)| (at.to_owned(), code.to_owned())));
    let mut office = new_registration("a@example.vn");
    office["organisation"]["kind"] = json!("office");
    assert_eq!(register(&app, &office).await.faults()[0].0, "/organisation/kind");
    assert_eq!(count(&app, "registrations").await, 0);
    app.no_mail_to("a@example.vn").await;
}

async fn easy_passwords_are_refused_with_words_that_help(app: TestApp) {
    for (password, language, words) in [
        ("matkhau123", "vi", "Hãy thêm một hai từ nữa"),
        ("a@example.vn1", "en", "your own names"),
        ("asdfghjkl;", "en", "keys"),
        ("Phòng kinh doanh 1", "vi", "dễ đoán"),
    ] {
        let mut body = new_registration("a@example.vn");
        body["password"] = json!(password);
        let request = app.anonymous().request(Method::POST, "/v1/registrations").json(&body);
        let reply = Reply::of(request.header("Accept-Language", language)).await;
        let problem = reply.expect_problem(422, "invalid_body");
        let fault = &problem["errors"][0];
        assert_eq!(
            (&fault["pointer"], &fault["code"]),
            (&json!("/password"), &json!("too_weak")),
            "{password}"
        );
        let detail = fault["detail"].as_str().expect("a detail");
        assert!(detail.contains(words), "{password}: {detail}");
    }
    // Long, and nothing to wait for.
    let mut body = new_registration("a@example.vn");
    body["password"] = json!("4@8({[<369#1!|7$5+%20".repeat(9));
    register(&app, &body).await.expect(StatusCode::ACCEPTED);
}

async fn letters_are_in_the_language_of_the_account(app: TestApp) {
    let mut english = new_registration("en@example.vn");
    english["language"] = json!("en");
    register(&app, &english).await.expect(StatusCode::ACCEPTED);
    let letter = app.mail_to("en@example.vn").await;
    assert!(letter.subject.starts_with("Confirm your e-mail address"), "{}", letter.subject);
    confirm(&app, &letter.token("registration")).await.expect(StatusCode::CREATED);
    // Of the account, not of who asks.
    register(&app, &new_registration("en@example.vn")).await.expect(StatusCode::ACCEPTED);
    assert!(app.mail_to("en@example.vn").await.subject.contains("already have an account"));

    // Without a word about it, that of the request.
    let body = new_registration("header@example.vn");
    let request = app.anonymous().request(Method::POST, "/v1/registrations").json(&body);
    Reply::of(request.header("Accept-Language", "en")).await.expect(StatusCode::ACCEPTED);
    assert!(app.mail_to("header@example.vn").await.subject.starts_with("Confirm"));
    register(&app, &new_registration("vi@example.vn")).await.expect(StatusCode::ACCEPTED);
    assert!(app.mail_to("vi@example.vn").await.subject.starts_with("Xác nhận email"));
}

async fn an_address_that_got_an_account_meanwhile_gets_no_second(app: TestApp) {
    let token = asked(&app, "a@example.vn").await;
    app.create_user("A@example.vn", Role::Member, &[]).await.expect("created");
    for _ in 0..2 {
        confirm(&app, &token).await.expect_problem(409, "not_possible_now");
    }
    assert_eq!((count(&app, "users").await, count(&app, "organisations").await), (1, 0));
    sign_in(&app, "a@example.vn", PASSWORD).await.expect(StatusCode::CREATED);
}

/// The registration of somebody who was invited.
pub fn by_invitation(email: &str, token: &str) -> Value {
    json!({ "email": email, "password": STRONG, "terms_version": "2026-11", "invitation": token })
}

/// Invites an address to a new organisation; returns the organisation and the token that came.
pub async fn invited(app: &TestApp, owner: &str, email: &str) -> (String, String) {
    let token = asked(app, owner).await;
    let made = confirm(app, &token).await.expect(StatusCode::CREATED);
    let organisation = made["organisation_id"].as_str().expect("an id").to_owned();
    let by = signed_in(app, &sign_in(app, owner, STRONG).await);
    let path = format!("/v1/organisations/{organisation}/invitations");
    by.post(&path, &json!({ "email": email, "role": "editor" })).await.expect(StatusCode::CREATED);
    (organisation, app.mail_to(email).await.token("invitation"))
}

async fn who_is_invited_needs_no_organisation(app: TestApp) {
    let (organisation, token) = invited(&app, "chu@example.vn", "moi@example.vn").await;
    let made = register(&app, &by_invitation("Moi@example.vn", &token)).await.expect(StatusCode::CREATED);
    assert_eq!((&made["organisation_id"], &made["email"]), (&json!(organisation), &json!("Moi@example.vn")));
    let user = signed_in(&app, &sign_in(&app, "moi@example.vn", STRONG).await);
    let me = user.get("/v1/me").await.expect(StatusCode::OK);
    assert_eq!(me["id"], made["user_id"]);
    assert_eq!(me["memberships"][0]["role"], "editor");
    assert_eq!(count(&app, "consents WHERE channel = 'invitation'").await, 1);
    assert_eq!(count(&app, "audit_entries WHERE action = 'consent.given'").await, 2);
    // Once.
    register(&app, &by_invitation("Moi@example.vn", &token)).await.expect_problem(410, "invalid_link");
}

async fn an_invitation_is_for_one_address_and_one_account(app: TestApp) {
    let (_, token) = invited(&app, "chu@example.vn", "moi@example.vn").await;
    let other = register(&app, &by_invitation("khac@example.vn", &token)).await;
    assert_eq!(other.faults(), [("/email".to_owned(), "other_address".to_owned())]);
    let wrong = register(&app, &by_invitation("moi@example.vn", &"a".repeat(43))).await;
    wrong.expect_problem(410, "invalid_link");
    let mut both = by_invitation("moi@example.vn", &token);
    both["organisation"] = new_registration("moi@example.vn")["organisation"].clone();
    assert_eq!(register(&app, &both).await.faults(), [("/invitation".to_owned(), "not_both".to_owned())]);
    let mut neither = by_invitation("moi@example.vn", &token);
    neither.as_object_mut().expect("an object").remove("invitation");
    assert_eq!(register(&app, &neither).await.faults(), [("/organisation".to_owned(), "missing".to_owned())]);
    let mut weak = by_invitation("moi@example.vn", &token);
    weak["password"] = json!("matkhau123");
    assert_eq!(register(&app, &weak).await.faults(), [("/password".to_owned(), "too_weak".to_owned())]);
    assert_eq!(count(&app, "users").await, 1);

    let wanted = by_invitation("moi@example.vn", &token);
    let (one, two) = tokio::join!(register(&app, &wanted), register(&app, &wanted));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201, "{} {}", one.text, two.text);
    assert!(matches!(statuses[1], 409 | 410), "{} {}", one.text, two.text);
    assert_eq!(count(&app, "users").await, 2);
}

async fn an_invitation_does_not_tell_who_has_an_account(app: TestApp) {
    let (_, token) = invited(&app, "chu@example.vn", "moi@example.vn").await;
    let known = register(&app, &by_invitation("chu@example.vn", &token)).await;
    assert_eq!(known.faults(), [("/email".to_owned(), "other_address".to_owned())]);
    let unknown = register(&app, &by_invitation("khac@example.vn", &token)).await;
    let as_told = |reply: &Reply| {
        let (status, headers, text) = told(reply);
        (status, headers, text.replace(&reply.header("x-request-id"), ""))
    };
    assert_eq!(as_told(&known), as_told(&unknown));
    register(&app, &by_invitation("moi@example.vn", &token)).await.expect(StatusCode::CREATED);
}

async fn the_pages_of_links_are_safe_to_open(app: TestApp) {
    for purpose in ["registration", "password-reset", "email-change", "invitation"] {
        let page = app.anonymous().get(&format!("/links/{purpose}")).await;
        assert_eq!(page.status, StatusCode::OK);
        let policy = page.header("content-security-policy");
        for rule in
            ["default-src 'none'", "script-src 'sha256-", "frame-ancestors 'none'", "form-action 'none'"]
        {
            assert!(policy.contains(rule), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.text.starts_with("<!DOCTYPE html>\n<html lang=\"vi\""));
        let request = app.anonymous().request(Method::GET, &format!("/links/{purpose}"));
        let english = Reply::of(request.header("Accept-Language", "en")).await;
        assert!(
            english.text.contains("<html lang=\"en\"") && english.header("vary").contains("Accept-Language")
        );
    }
    app.anonymous().get("/links/other").await.expect_problem(404, "not_found");
}

async fn letters_are_limited_by_address(app: TestApp) {
    for round in 0..2 {
        let reply = register(&app, &new_registration(&format!("a{round}@example.vn"))).await;
        reply.expect(StatusCode::ACCEPTED);
        assert!(reply.header("ratelimit").contains("\"letters\""), "{:?}", reply.headers);
    }
    let refused = app.anonymous().post("/v1/password-resets", &json!({ "email": "b@example.vn" })).await;
    refused.expect_problem(429, "too_many_requests");
    assert!(!refused.header("retry-after").is_empty());
}
