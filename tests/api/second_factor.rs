//! The second factor: set up, confirmed, needed, changed, lost.

use crate::cases;
use crate::harness::people::{PASSWORD, code_at};
use crate::harness::{Actor, Case, Reply, TestApp};
use ocop_market::accounts::{Email, Role, second_factor};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        a_second_factor_counts_once_it_is_confirmed,
        an_account_with_a_second_factor_needs_it,
        a_code_is_good_once_and_for_a_minute,
        a_recovery_code_is_good_once,
        wrong_codes_are_slowed_and_looked_at_no_more,
        a_password_without_its_code_washes_nothing,
        new_recovery_codes_replace_the_old,
        another_telephone_takes_the_place_of_the_first,
        a_secret_waits_an_hour,
        doing_without_takes_password_and_code,
        wrong_passwords_of_an_open_session_are_slowed,
        the_right_password_buys_no_more_guesses_at_codes,
        every_fault_of_a_proof_is_told,
        an_operator_resets_a_second_factor,
    ];
    let strict = cases![an_office_gets_its_powers_by_the_second_factor];
    cases.extend(strict.into_iter().map(|case| case.with(&["--second-factor=required"])));
    cases
}

const OWNER: &str = "owner@shop.example";

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}"))
}

fn holder(app: &TestApp, tokens: &Value) -> Actor {
    app.anonymous().with_token(text(tokens, "access_token"))
}

async fn owner(app: &TestApp) -> Actor {
    app.user(OWNER, Role::Member, &[]).await
}

/// A sign-in with the right password and something more.
async fn sign_in_with(app: &TestApp, more: Value) -> Reply {
    let mut body = json!({ "email": OWNER, "password": PASSWORD });
    for (name, value) in more.as_object().expect("members") {
        body[name] = value.clone();
    }
    app.anonymous().post("/v1/sessions", &body).await
}

fn code(app: &TestApp, secret: &str) -> String {
    code_at(secret, app.state.world.now())
}

async fn delete_with(by: &Actor, body: &Value) -> Reply {
    Reply::of(by.request(Method::DELETE, "/v1/me/second-factor").json(body)).await
}

async fn state(by: &Actor) -> Value {
    by.get("/v1/me").await.expect(StatusCode::OK)["second_factor"].clone()
}

async fn a_second_factor_counts_once_it_is_confirmed(app: TestApp) {
    let user = owner(&app).await;
    let elsewhere = holder(&app, &app.sign_in(OWNER).await);
    let off = json!({ "enabled": false, "required": false, "recovery_codes_left": 0 });
    assert_eq!(state(&user).await, off);
    let confirm =
        async |code: &str| user.post("/v1/me/second-factor/confirmations", &json!({ "code": code })).await;
    confirm("123456").await.expect_problem(409, "not_possible_now");

    let set_up = user.post("/v1/me/second-factor", &json!({ "password": PASSWORD })).await;
    assert_eq!(set_up.header("cache-control"), "no-store");
    let set_up = set_up.expect(StatusCode::CREATED);
    let secret = text(&set_up, "secret");
    assert_eq!(secret.len(), 32);
    assert_eq!(set_up["expires_at"], "2026-11-23T04:00:00Z");
    let uri = text(&set_up, "uri");
    let totp = totp_rs::Totp::from_url(uri).expect("an otpauth URI");
    assert_eq!((totp.issuer(), totp.account_name()), (Some("ocop-market 127.0.0.1"), OWNER));
    assert_eq!(totp.secret().to_base32(), secret);
    assert!(uri.starts_with("otpauth://totp/"), "{uri}");
    // Nothing counts yet.
    assert_eq!(state(&user).await, off);
    app.sign_in(OWNER).await;
    let right = code(&app, secret);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let refused = confirm(wrong).await;
    refused.expect_problem(422, "invalid_body");
    assert_eq!(refused.faults(), [("/code".to_owned(), "wrong_code".to_owned())]);
    elsewhere.get("/v1/me").await.expect(StatusCode::OK);
    app.no_mail_to(OWNER).await;

    let confirmed = confirm(&right).await;
    assert_eq!(confirmed.header("cache-control"), "no-store");
    let confirmed = confirmed.expect(StatusCode::CREATED);
    let codes = confirmed["recovery_codes"].as_array().expect("codes");
    let different: BTreeSet<&str> = codes.iter().filter_map(Value::as_str).collect();
    assert_eq!(different.len(), 10);
    assert!(different.iter().all(|code| code.len() == 19), "80 bits in four groups: {different:?}");
    assert_eq!(state(&user).await, json!({ "enabled": true, "required": false, "recovery_codes_left": 10 }));
    // The others have not shown it; this one has.
    elsewhere.get("/v1/me").await.expect_problem(401, "unauthenticated");
    let sessions = user.all("/v1/sessions").await;
    assert_eq!((sessions.len(), &sessions[0]["second_factor"]), (1, &json!(true)));
    let letter = app.mail_to(OWNER).await;
    assert_eq!(letter.subject, "Xác thực hai lớp đã được bật");
    // It was confirmed, and is not pending any more.
    app.clock.advance_seconds(60);
    confirm(&code(&app, secret)).await.expect_problem(409, "not_possible_now");
}

async fn an_account_with_a_second_factor_needs_it(app: TestApp) {
    let (_, factor) = app.enrolled(&owner(&app).await).await;
    app.clock.advance_seconds(60);
    let missing = sign_in_with(&app, json!({})).await;
    missing.expect_problem(401, "second_factor_needed");
    // Only who knows the password learns that there is one.
    let body = json!({ "email": OWNER, "password": "not the password" });
    app.anonymous().post("/v1/sessions", &body).await.expect_problem(401, "invalid_credentials");
    let body = json!({ "email": OWNER, "password": "not the password", "code": code(&app, &factor) });
    app.anonymous().post("/v1/sessions", &body).await.expect_problem(401, "invalid_credentials");
    let right = code(&app, &factor);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    sign_in_with(&app, json!({ "code": wrong })).await.expect_problem(401, "invalid_code");

    let spaced = format!("{} {}", &right[..3], &right[3..]);
    let tokens = sign_in_with(&app, json!({ "code": spaced })).await.expect(StatusCode::CREATED);
    let me = holder(&app, &tokens).get("/v1/me").await.expect(StatusCode::OK);
    assert_eq!(me, tokens["user"]);
    assert_eq!((&me["second_factor"]["enabled"], &me["office_waits"]), (&json!(true), &json!(false)));
    let session = holder(&app, &tokens).get("/v1/sessions").await.expect(StatusCode::OK);
    assert_eq!(session["items"][0]["second_factor"], true);
    // A session that is refreshed has shown it still.
    let body = json!({ "refresh_token": tokens["refresh_token"] });
    let next = app.anonymous().post("/v1/sessions/refresh", &body).await.expect(StatusCode::OK);
    let session = holder(&app, &next).get("/v1/sessions").await.expect(StatusCode::OK);
    assert_eq!(session["items"][0]["second_factor"], true);
    // Who has none may send a code all the same.
    app.create_user("plain@shop.example", Role::Member, &[]).await.expect("created");
    let body = json!({ "email": "plain@shop.example", "password": PASSWORD, "code": "123456" });
    app.anonymous().post("/v1/sessions", &body).await.expect(StatusCode::CREATED);
}

async fn a_code_is_good_once_and_for_a_minute(app: TestApp) {
    let (_, factor) = app.enrolled(&owner(&app).await).await;
    // The one that confirmed is used.
    let used = json!({ "code": code(&app, &factor) });
    sign_in_with(&app, used).await.expect_problem(401, "invalid_code");
    app.clock.advance_seconds(300);
    let now = app.state.world.now();
    for (seconds, good) in [(-60, false), (60, false), (-30, true), (0, true), (30, true)] {
        let given = json!({ "code": code_at(&factor, now.plus_seconds(seconds)) });
        let reply = sign_in_with(&app, given.clone()).await;
        match good {
            true => {
                reply.expect(StatusCode::CREATED);
                sign_in_with(&app, given).await.expect_problem(401, "invalid_code");
            }
            false => {
                reply.expect_problem(401, "invalid_code");
            }
        }
    }
    // An older one than the last is as used as the last.
    let before = json!({ "code": code_at(&factor, now) });
    sign_in_with(&app, before).await.expect_problem(401, "invalid_code");
    // Of two that come at once one is first.
    app.clock.advance_seconds(300);
    let given = json!({ "code": code(&app, &factor) });
    let (one, two) = tokio::join!(sign_in_with(&app, given.clone()), sign_in_with(&app, given));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 401]);
}

async fn a_recovery_code_is_good_once(app: TestApp) {
    let user = owner(&app).await;
    let (codes, _) = app.enrolled(&user).await;
    app.mail_to(OWNER).await;
    // However it is typed.
    let typed = codes[0].to_uppercase().replace('-', " ");
    let tokens = sign_in_with(&app, json!({ "recovery_code": typed })).await.expect(StatusCode::CREATED);
    assert_eq!(tokens["user"]["second_factor"]["recovery_codes_left"], 9);
    let letter = app.mail_to(OWNER).await;
    assert_eq!(letter.subject, "Một mã khôi phục của tài khoản vừa được dùng");
    assert!(letter.body.contains("Bạn còn 9 mã khôi phục"), "{}", letter.body);
    for wrong in [codes[0].as_str(), "", "0000-0000-0000-0000", "🐃", &"x".repeat(10_000)] {
        let reply = sign_in_with(&app, json!({ "recovery_code": wrong })).await;
        reply.expect_problem(401, "invalid_code");
    }
    sign_in_with(&app, json!({ "recovery_code": codes[1] })).await.expect(StatusCode::CREATED);
    assert_eq!(state(&user).await["recovery_codes_left"], 8);
    // Another's code is none.
    let other = app.user("other@shop.example", Role::Member, &[]).await;
    let (others, _) = app.enrolled(&other).await;
    sign_in_with(&app, json!({ "recovery_code": others[0] })).await.expect_problem(401, "invalid_code");
    assert_eq!(state(&other).await["recovery_codes_left"], 10);
}

async fn wrong_codes_are_slowed_and_looked_at_no_more(app: TestApp) {
    let (codes, factor) = app.enrolled(&owner(&app).await).await;
    app.clock.advance_seconds(300);
    let right = code(&app, &factor);
    let mut looked = 0;
    for n in 0..60 {
        let wrong = format!("{n:06}");
        if wrong == right {
            continue;
        }
        let reply = sign_in_with(&app, json!({ "code": wrong })).await;
        if reply.status == StatusCode::UNAUTHORIZED {
            reply.expect_problem(401, "invalid_code");
            looked += 1;
        } else {
            reply.expect_problem(429, "too_many_requests");
        }
    }
    assert_eq!(looked, 6);
    let blocked = sign_in_with(&app, json!({ "code": right })).await;
    blocked.expect_problem(429, "too_many_requests");
    app.clock.advance_seconds(1);
    sign_in_with(&app, json!({ "recovery_code": codes[0] })).await.expect(StatusCode::CREATED);
    sign_in_with(&app, json!({ "code": right })).await.expect(StatusCode::CREATED);
}

async fn a_password_without_its_code_washes_nothing(app: TestApp) {
    let (_, factor) = app.enrolled(&owner(&app).await).await;
    app.clock.advance_seconds(300);
    let right = code(&app, &factor);
    let mut looked = 0;
    for n in 0..20 {
        let wrong = format!("{n:06}");
        if wrong == right {
            continue;
        }
        let alone = sign_in_with(&app, json!({})).await;
        let reply = sign_in_with(&app, json!({ "code": wrong })).await;
        if reply.status == StatusCode::UNAUTHORIZED {
            alone.expect_problem(401, "second_factor_needed");
            looked += 1;
        }
    }
    assert_eq!(looked, 6);
}

async fn new_recovery_codes_replace_the_old(app: TestApp) {
    let user = owner(&app).await;
    let make = async |body: Value| user.post("/v1/me/recovery-codes", &body).await;
    make(json!({ "password": PASSWORD })).await.expect_problem(409, "not_possible_now");
    let (old, factor) = app.enrolled(&user).await;
    app.clock.advance_seconds(60);
    let missing = make(json!({ "password": PASSWORD })).await;
    missing.expect_problem(422, "invalid_body");
    assert_eq!(missing.faults(), [("/code".to_owned(), "missing".to_owned())]);
    let made = make(json!({ "password": PASSWORD, "code": code(&app, &factor) })).await;
    let new = made.expect(StatusCode::CREATED);
    sign_in_with(&app, json!({ "recovery_code": old[0] })).await.expect_problem(401, "invalid_code");
    let first = &new["recovery_codes"][0];
    sign_in_with(&app, json!({ "recovery_code": first })).await.expect(StatusCode::CREATED);
    // One of them proves as a code does, and is used by it.
    let second = &new["recovery_codes"][1];
    make(json!({ "password": PASSWORD, "recovery_code": second })).await.expect(StatusCode::CREATED);
    assert_eq!(state(&user).await["recovery_codes_left"], 10);
}

async fn another_telephone_takes_the_place_of_the_first(app: TestApp) {
    let user = owner(&app).await;
    let (codes, old) = app.enrolled(&user).await;
    app.clock.advance_seconds(60);
    let begin = async |body: Value| user.post("/v1/me/second-factor", &body).await;
    let missing = begin(json!({ "password": PASSWORD })).await;
    assert_eq!(missing.faults(), [("/code".to_owned(), "missing".to_owned())]);
    let wrong = begin(json!({ "password": PASSWORD, "recovery_code": "0000" })).await;
    assert_eq!(wrong.faults(), [("/recovery_code".to_owned(), "wrong_code".to_owned())]);
    let set_up = begin(json!({ "password": PASSWORD, "recovery_code": codes[0] })).await;
    let set_up = set_up.expect(StatusCode::CREATED);
    let new = text(&set_up, "secret");
    // The old one counts until the new one is confirmed.
    sign_in_with(&app, json!({ "code": code(&app, new) })).await.expect_problem(401, "invalid_code");
    sign_in_with(&app, json!({ "code": code(&app, &old) })).await.expect(StatusCode::CREATED);
    let body = json!({ "code": code(&app, new) });
    user.post("/v1/me/second-factor/confirmations", &body).await.expect(StatusCode::CREATED);
    app.clock.advance_seconds(60);
    sign_in_with(&app, json!({ "code": code(&app, &old) })).await.expect_problem(401, "invalid_code");
    sign_in_with(&app, json!({ "code": code(&app, new) })).await.expect(StatusCode::CREATED);
    sign_in_with(&app, json!({ "recovery_code": codes[1] })).await.expect_problem(401, "invalid_code");
}

async fn a_secret_waits_an_hour(app: TestApp) {
    let user = owner(&app).await;
    let set_up = user.post("/v1/me/second-factor", &json!({ "password": PASSWORD })).await;
    let set_up = set_up.expect(StatusCode::CREATED);
    app.clock.advance_seconds(3600);
    let user = holder(&app, &app.sign_in(OWNER).await);
    let body = json!({ "code": code(&app, text(&set_up, "secret")) });
    let late = user.post("/v1/me/second-factor/confirmations", &body).await;
    late.expect_problem(409, "not_possible_now");
    // The next begins anew, with another secret.
    let again = user.post("/v1/me/second-factor", &json!({ "password": PASSWORD })).await;
    assert_ne!(again.expect(StatusCode::CREATED)["secret"], set_up["secret"]);
}

async fn doing_without_takes_password_and_code(app: TestApp) {
    let user = owner(&app).await;
    delete_with(&user, &json!({ "password": PASSWORD })).await.expect_problem(409, "not_possible_now");
    let (_, factor) = app.enrolled(&user).await;
    app.mail_to(OWNER).await;
    app.clock.advance_seconds(60);
    let right = code(&app, &factor);
    let elsewhere = sign_in_with(&app, json!({ "code": right })).await.expect(StatusCode::CREATED);
    let elsewhere = holder(&app, &elsewhere);
    app.clock.advance_seconds(60);
    let right = code(&app, &factor);
    for (body, fault) in [
        (json!({ "password": PASSWORD }), "missing"),
        (json!({ "password": "not the password", "code": right }), "wrong_password"),
        (
            json!({ "password": PASSWORD, "code": code_at(&factor, app.state.world.now().plus_seconds(600)) }),
            "wrong_code",
        ),
    ] {
        let refused = delete_with(&user, &body).await;
        refused.expect_problem(422, "invalid_body");
        assert_eq!(refused.faults()[0].1, fault);
    }
    assert_eq!(state(&user).await["enabled"], true);
    let done = delete_with(&user, &json!({ "password": PASSWORD, "code": right })).await;
    assert_eq!((done.status, done.text.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(state(&user).await, json!({ "enabled": false, "required": false, "recovery_codes_left": 0 }));
    elsewhere.get("/v1/me").await.expect_problem(401, "unauthenticated");
    assert_eq!(user.get("/v1/sessions").await.json()["items"][0]["second_factor"], false);
    assert_eq!(app.mail_to(OWNER).await.subject, "Xác thực hai lớp đã được tắt");
    app.sign_in(OWNER).await;
}

/// Session and password in one hand, and the telephone in another.
async fn the_right_password_buys_no_more_guesses_at_codes(app: TestApp) {
    let user = app.user(OWNER, Role::Member, &[]).await;
    app.enrolled(&user).await;
    let mut looked_at = 0;
    for _ in 0..20 {
        let guess = json!({ "password": PASSWORD, "code": "000000" });
        let reply = user.post("/v1/me/recovery-codes", &guess).await;
        looked_at += u32::from(reply.status == StatusCode::UNPROCESSABLE_ENTITY);
        // The password is right, and what is asked for is refused: nothing tells the owner.
        let weak = json!({ "current_password": PASSWORD, "new_password": "aaaaaaaaaa" });
        user.post("/v1/me/password", &weak).await;
    }
    assert_eq!(looked_at, 6, "five are free, and one begins the delay");
}

async fn wrong_passwords_of_an_open_session_are_slowed(app: TestApp) {
    let user = owner(&app).await;
    let begin =
        async |password: &str| user.post("/v1/me/second-factor", &json!({ "password": password })).await;
    for _ in 0..6 {
        begin("not the password").await.expect_problem(422, "invalid_body");
    }
    begin("not the password").await.expect_problem(429, "too_many_requests");
    begin(PASSWORD).await.expect_problem(429, "too_many_requests");
    // The owner signs in all the same, whoever has taken this session.
    app.sign_in(OWNER).await;
    app.clock.advance_seconds(1);
    begin(PASSWORD).await.expect(StatusCode::CREATED);
    // Questions that are no guesses are not counted as such.
    for _ in 0..20 {
        let confirm = json!({ "password": PASSWORD });
        user.post("/v1/me/recovery-codes", &confirm).await.expect_problem(409, "not_possible_now");
    }
}

async fn every_fault_of_a_proof_is_told(app: TestApp) {
    let user = owner(&app).await;
    for (body, faults) in [
        (json!({}), vec![("/password", "missing")]),
        (json!({ "password": 1, "code": 1 }), vec![("/code", "wrong_type"), ("/password", "wrong_type")]),
        (json!({ "password": "x", "code": "12345" }), vec![("/code", "invalid_code")]),
        (json!({ "password": "x", "code": "１２３４５６" }), vec![("/code", "invalid_code")]),
        (json!({ "password": "x", "totp": "123456" }), vec![("/totp", "unknown_field")]),
        (
            json!({ "password": "x", "code": "123456", "recovery_code": "x" }),
            vec![("/recovery_code", "one_of_both")],
        ),
    ] {
        let mut replies = vec![
            user.post("/v1/me/second-factor", &body).await,
            user.post("/v1/me/recovery-codes", &body).await,
            delete_with(&user, &body).await,
        ];
        let mut sign_in = body.clone();
        sign_in["email"] = json!(OWNER);
        replies.push(app.anonymous().post("/v1/sessions", &sign_in).await);
        for reply in replies {
            reply.expect_problem(422, "invalid_body");
            let mut found = reply.faults();
            found.sort();
            let found: Vec<(&str, &str)> =
                found.iter().map(|(at, code)| (at.as_str(), code.as_str())).collect();
            assert_eq!(found, faults, "{body}");
        }
    }
    for body in [json!({}), json!({ "code": null }), json!({ "code": "x".repeat(100_000) })] {
        let reply = user.post("/v1/me/second-factor/confirmations", &body).await;
        reply.expect_problem(422, "invalid_body");
    }
}

async fn an_operator_resets_a_second_factor(app: TestApp) {
    let user = owner(&app).await;
    let reset = async |email: &str| {
        let (world, email) = (app.state.world.clone(), Email::parse(email).expect("an address"));
        app.state.db.write(move |conn| second_factor::reset(conn, &world, &email)).await
    };
    reset(OWNER).await.expect_err("there is none");
    let (codes, _) = app.enrolled(&user).await;
    app.mail_to(OWNER).await;
    reset("nobody@shop.example").await.expect_err("no such account");
    reset("Owner@SHOP.example").await.expect("reset");
    user.get("/v1/me").await.expect_problem(401, "unauthenticated");
    assert_eq!(app.mail_to(OWNER).await.subject, "Xác thực hai lớp đã được tắt");
    let tokens = sign_in_with(&app, json!({ "recovery_code": codes[0] })).await.expect(StatusCode::CREATED);
    assert_eq!(tokens["user"]["second_factor"]["enabled"], false);
}

/// For every operation of an office see `authorization`.
async fn an_office_gets_its_powers_by_the_second_factor(app: TestApp) {
    let officer = app.officer("33").await;
    let email = "officer-33@office.example";
    let me = officer.get("/v1/me").await.expect(StatusCode::OK);
    assert_eq!((&me["role"], &me["office_waits"]), (&json!("officer"), &json!(true)));
    assert_eq!(me["second_factor"], json!({ "enabled": false, "required": true, "recovery_codes_left": 0 }));
    let work = async |by: &Actor| by.get("/v1/certifications").await;
    work(&officer).await.expect_problem(403, "second_factor_required");
    // Of members nothing more is asked.
    let member = owner(&app).await;
    work(&member).await.expect_problem(403, "forbidden");
    assert_eq!(state(&member).await["required"], false);

    let (_, factor) = app.enrolled(&officer).await;
    let me = officer.get("/v1/me").await.expect(StatusCode::OK);
    assert_eq!((&me["office_waits"], &me["second_factor"]["enabled"]), (&json!(false), &json!(true)));
    work(&officer).await.expect(StatusCode::OK);
    app.clock.advance_seconds(60);
    let right = code(&app, &factor);
    let body = json!({ "password": PASSWORD, "code": right });
    delete_with(&officer, &body).await.expect_problem(409, "not_possible_now");
    // What was refused has used nothing up.
    let body = json!({ "email": email, "password": PASSWORD, "code": right });
    let tokens = app.anonymous().post("/v1/sessions", &body).await.expect(StatusCode::CREATED);
    assert_eq!(tokens["user"]["office_waits"], false);
    work(&holder(&app, &tokens)).await.expect(StatusCode::OK);
    // Without it there is no way in at all, and after an operator's help no powers again.
    let body = json!({ "email": email, "password": PASSWORD });
    app.anonymous().post("/v1/sessions", &body).await.expect_problem(401, "second_factor_needed");
    let (world, address) = (app.state.world.clone(), Email::parse(email).expect("an address"));
    app.state.db.write(move |conn| second_factor::reset(conn, &world, &address)).await.expect("reset");
    let tokens = app.sign_in(email).await;
    assert_eq!(tokens["user"]["office_waits"], true);
    let body = json!({ "refresh_token": tokens["refresh_token"] });
    let next = app.anonymous().post("/v1/sessions/refresh", &body).await.expect(StatusCode::OK);
    assert_eq!(next["user"]["office_waits"], true);
    work(&holder(&app, &next)).await.expect_problem(403, "second_factor_required");
}
