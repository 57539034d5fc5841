//! Another password and another e-mail address: who may, what ends, and who is told.

use crate::cases;
use crate::harness::people::PASSWORD;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::count;
use crate::registration::{STRONG, sign_in};
use ocop_market::accounts::{self, Email, Role};
use ocop_market::auth::Password;
use reqwest::StatusCode;
use serde_json::json;

pub fn cases() -> Vec<Case> {
    cases![
        a_changed_password_ends_the_other_sessions,
        a_wrong_present_password_changes_nothing,
        guesses_at_the_present_password_are_slowed,
        a_new_password_is_strong,
        of_two_changes_at_once_one_counts,
        a_lost_password_is_reset_by_mail,
        strangers_do_not_learn_whose_password_can_be_reset,
        reset_tokens_are_good_once_and_for_an_hour,
        two_resets_at_once_are_one,
        at_most_three_reset_letters_an_hour,
        a_reset_takes_an_email_change_back,
        another_address_is_confirmed_by_who_reads_it,
        a_taken_address_is_not_told_from_another,
        an_address_that_is_taken_meanwhile_stays_where_it_is,
        old_tokens_die_with_the_old_address,
        email_changes_run_out_and_are_limited,
        the_operator_leaves_a_trace,
    ]
}

const OTHER: &str = "chín bậc tình yêu rẽ trái";

async fn change(user: &Actor, current: &str, new: &str) -> Reply {
    user.post("/v1/me/password", &json!({ "current_password": current, "new_password": new })).await
}

async fn ask_reset(app: &TestApp, email: &str) -> Reply {
    app.anonymous().post("/v1/password-resets", &json!({ "email": email })).await
}

/// Asks for a reset; returns the token that came.
async fn reset_token(app: &TestApp, email: &str) -> String {
    ask_reset(app, email).await.expect(StatusCode::ACCEPTED);
    app.mail_to(email).await.token("password-reset")
}

async fn reset(app: &TestApp, token: &str, new: &str) -> Reply {
    let body = json!({ "token": token, "new_password": new });
    app.anonymous().post("/v1/password-resets/confirmations", &body).await
}

async fn ask_move(user: &Actor, email: &str, password: &str) -> Reply {
    user.post("/v1/me/email-changes", &json!({ "email": email, "password": password })).await
}

async fn confirm_move(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/me/email-changes/confirmations", &json!({ "token": token })).await
}

fn faults(at: &str, code: &str) -> Vec<(String, String)> {
    vec![(at.to_owned(), code.to_owned())]
}

async fn a_changed_password_ends_the_other_sessions(app: TestApp) {
    let email = "a@example.vn";
    let here = app.user(email, Role::Member, &[]).await;
    let tokens = app.sign_in(email).await;
    let elsewhere = app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"));
    let bystander = app.user("b@example.vn", Role::Member, &[]).await;

    change(&here, PASSWORD, STRONG).await.expect(StatusCode::NO_CONTENT);
    here.get("/v1/me").await.expect(StatusCode::OK);
    bystander.get("/v1/me").await.expect(StatusCode::OK);
    elsewhere.get("/v1/me").await.expect_problem(401, "unauthenticated");
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    app.anonymous().post("/v1/sessions/refresh", &refresh).await.expect_problem(401, "invalid_refresh_token");
    sign_in(&app, email, PASSWORD).await.expect_problem(401, "invalid_credentials");
    sign_in(&app, email, STRONG).await.expect(StatusCode::CREATED);
    assert!(app.mail_to(email).await.subject.contains("đã được thay đổi"));
    assert_eq!(count(&app, "audit_entries WHERE action = 'account.password_changed'").await, 1);
    assert_eq!(count(&app, "sessions WHERE end_reason = 'password_changed'").await, 1);
}

async fn a_wrong_present_password_changes_nothing(app: TestApp) {
    let email = "a@example.vn";
    let user = app.user(email, Role::Member, &[]).await;
    for wrong in ["", "sai mật khẩu", "\u{1f403}"] {
        let reply = change(&user, wrong, STRONG).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), faults("/current_password", "wrong_password"));
    }
    let reply = ask_move(&user, "b@example.vn", "sai mật khẩu").await;
    assert_eq!(reply.faults(), faults("/password", "wrong_password"));
    app.no_mail_to(email).await;
    app.no_mail_to("b@example.vn").await;
    sign_in(&app, email, PASSWORD).await.expect(StatusCode::CREATED);
}

async fn guesses_at_the_present_password_are_slowed(app: TestApp) {
    let user = app.user("a@example.vn", Role::Member, &[]).await;
    for round in 0..6 {
        let reply = match round % 2 {
            0 => change(&user, "sai mật khẩu", STRONG).await,
            _ => ask_move(&user, "b@example.vn", "sai mật khẩu").await,
        };
        reply.expect_problem(422, "invalid_body");
    }
    let slowed = change(&user, PASSWORD, STRONG).await;
    slowed.expect_problem(429, "too_many_requests");
    app.clock.advance_seconds(slowed.header("retry-after").parse().expect("seconds"));
    change(&user, PASSWORD, STRONG).await.expect(StatusCode::NO_CONTENT);
}

async fn a_new_password_is_strong(app: TestApp) {
    let email = "lan.huong@example.vn";
    let user = app.user(email, Role::Member, &[]).await;
    for (new, code) in [
        ("short", "wrong_length"),
        (&"x".repeat(201), "wrong_length"),
        ("matkhau2026", "too_weak"),
        ("lanhuong1990", "too_weak"),
        ("nguoidungthu", "too_weak"),
    ] {
        let reply = change(&user, PASSWORD, new).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), faults("/new_password", code), "{new}");
    }
    let token = reset_token(&app, email).await;
    let reply = reset(&app, &token, "lanhuong1990").await;
    assert_eq!(reply.faults(), faults("/new_password", "too_weak"));
    // The token is good still.
    reset(&app, &token, STRONG).await.expect(StatusCode::NO_CONTENT);
}

async fn of_two_changes_at_once_one_counts(app: TestApp) {
    let user = app.user("a@example.vn", Role::Member, &[]).await;
    let (one, two) = tokio::join!(change(&user, PASSWORD, STRONG), change(&user, PASSWORD, OTHER));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422], "{} {}", one.text, two.text);
    let kept = if one.status == StatusCode::NO_CONTENT { STRONG } else { OTHER };
    sign_in(&app, "a@example.vn", kept).await.expect(StatusCode::CREATED);
}

async fn a_lost_password_is_reset_by_mail(app: TestApp) {
    let email = "a@example.vn";
    let user = app.user(email, Role::Member, &[]).await;
    ask_reset(&app, "A@Example.VN").await.expect(StatusCode::ACCEPTED);
    let letter = app.mail_to(email).await;
    assert!(letter.body.contains("http://127.0.0.1:8080/links/password-reset#"), "{}", letter.body);
    let token = letter.token("password-reset");
    // Typed decomposed, signed in composed.
    reset(&app, &token, "thuye\u{302}\u{300}n thu\u{301}ng gio\u{301} no\u{302}\u{300}m")
        .await
        .expect(StatusCode::NO_CONTENT);
    user.get("/v1/me").await.expect_problem(401, "unauthenticated");
    sign_in(&app, email, PASSWORD).await.expect_problem(401, "invalid_credentials");
    sign_in(&app, email, STRONG).await.expect(StatusCode::CREATED);
    assert!(app.mail_to(email).await.subject.contains("đã được thay đổi"));
    assert_eq!(count(&app, "audit_entries WHERE action = 'account.password_reset'").await, 1);
    assert_eq!(count(&app, "sessions WHERE end_reason = 'password_reset'").await, 1);
}

async fn strangers_do_not_learn_whose_password_can_be_reset(app: TestApp) {
    app.create_user("co@example.vn", Role::Member, &[]).await.expect("created");
    let (known, unknown) = (ask_reset(&app, "co@example.vn").await, ask_reset(&app, "ko@example.vn").await);
    assert_eq!(known.status, unknown.status);
    assert_eq!(known.text, unknown.text.replace("ko@", "co@"));
    let names = |reply: &Reply| reply.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&known), names(&unknown));
    app.no_mail_to("ko@example.vn").await;
    // Nor by tokens: of whichever kind, one that is not good is not good.
    for wrong in ["", "x", &"a".repeat(43)] {
        reset(&app, wrong, STRONG).await.expect_problem(410, "invalid_link");
        reset(&app, wrong, "matkhau123").await.expect_problem(410, "invalid_link");
    }
}

async fn reset_tokens_are_good_once_and_for_an_hour(app: TestApp) {
    let email = "a@example.vn";
    app.create_user(email, Role::Member, &[]).await.expect("created");
    let (first, second) = (reset_token(&app, email).await, reset_token(&app, email).await);
    reset(&app, &second, STRONG).await.expect(StatusCode::NO_CONTENT);
    // Used, and the other dies with it.
    reset(&app, &second, OTHER).await.expect_problem(410, "invalid_link");
    reset(&app, &first, OTHER).await.expect_problem(410, "invalid_link");
    app.mail_to(email).await;

    app.clock.advance_seconds(3600);
    let (last, late) = (reset_token(&app, email).await, reset_token(&app, email).await);
    app.clock.advance_seconds(3599);
    reset(&app, &last, OTHER).await.expect(StatusCode::NO_CONTENT);
    app.mail_to(email).await;
    reset(&app, &late, OTHER).await.expect_problem(410, "invalid_link");
    let late = reset_token(&app, email).await;
    app.clock.advance_seconds(3600);
    reset(&app, &late, OTHER).await.expect_problem(410, "invalid_link");
    // A token of one kind is none of another.
    let moved = reset_token(&app, email).await;
    confirm_move(&app, &moved).await.expect_problem(410, "invalid_link");
}

async fn two_resets_at_once_are_one(app: TestApp) {
    app.create_user("a@example.vn", Role::Member, &[]).await.expect("created");
    let token = reset_token(&app, "a@example.vn").await;
    let (one, two) = tokio::join!(reset(&app, &token, STRONG), reset(&app, &token, OTHER));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 410], "{} {}", one.text, two.text);
}

async fn at_most_three_reset_letters_an_hour(app: TestApp) {
    let email = "a@example.vn";
    app.create_user(email, Role::Member, &[]).await.expect("created");
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(ask_reset(&app, email).await.expect(StatusCode::ACCEPTED));
    }
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    for _ in 0..3 {
        app.mail_to(email).await;
    }
    app.no_mail_to(email).await;
    app.clock.advance_seconds(3600);
    reset_token(&app, email).await;
}

async fn a_reset_takes_an_email_change_back(app: TestApp) {
    let user = app.user("a@example.vn", Role::Member, &[]).await;
    ask_move(&user, "thief@example.vn", PASSWORD).await.expect(StatusCode::ACCEPTED);
    let token = app.mail_to("thief@example.vn").await.token("email-change");
    app.mail_to("a@example.vn").await;
    let own = reset_token(&app, "a@example.vn").await;
    reset(&app, &own, STRONG).await.expect(StatusCode::NO_CONTENT);
    confirm_move(&app, &token).await.expect_problem(410, "invalid_link");
    sign_in(&app, "a@example.vn", STRONG).await.expect(StatusCode::CREATED);
}

async fn another_address_is_confirmed_by_who_reads_it(app: TestApp) {
    let user = app.user("cu@example.vn", Role::Member, &[]).await;
    let before = user.get("/v1/me").await;
    let asked = ask_move(&user, "Moi@example.vn", PASSWORD).await.expect(StatusCode::ACCEPTED);
    assert_eq!(asked, json!({ "email": "Moi@example.vn", "expires_in": 86_400 }));
    assert!(app.mail_to("cu@example.vn").await.subject.contains("yêu cầu đổi email"));
    let letter = app.mail_to("Moi@example.vn").await;
    assert!(letter.body.contains("http://127.0.0.1:8080/links/email-change#"), "{}", letter.body);
    let token = letter.token("email-change");
    assert_eq!(user.get("/v1/me").await.expect(StatusCode::OK)["email"], "cu@example.vn");

    confirm_move(&app, &token).await.expect(StatusCode::NO_CONTENT);
    confirm_move(&app, &token).await.expect_problem(410, "invalid_link");
    let after = user.get("/v1/me").await;
    assert_eq!(after.expect(StatusCode::OK)["email"], "Moi@example.vn");
    assert_ne!(before.header("etag"), after.header("etag"));
    sign_in(&app, "cu@example.vn", PASSWORD).await.expect_problem(401, "invalid_credentials");
    sign_in(&app, "moi@example.vn", PASSWORD).await.expect(StatusCode::CREATED);
    assert!(app.mail_to("cu@example.vn").await.subject.contains("đã được đổi"));
    assert_eq!(count(&app, "audit_entries WHERE action = 'account.email_changed'").await, 1);
}

async fn a_taken_address_is_not_told_from_another(app: TestApp) {
    let user = app.user("a@example.vn", Role::Member, &[]).await;
    let other = app.user("co@example.vn", Role::Member, &[]).await;
    let taken = ask_move(&user, "co@example.vn", PASSWORD).await;
    let free = ask_move(&user, "ko@example.vn", PASSWORD).await;
    assert_eq!(taken.expect(StatusCode::ACCEPTED)["expires_in"], 86_400);
    assert_eq!(taken.text, free.text.replace("ko@", "co@"));
    // Its owner is told, without a token; the asker's own letters are the same.
    let letter = app.mail_to("co@example.vn").await;
    assert!(letter.subject.contains("muốn dùng địa chỉ email của bạn"), "{}", letter.subject);
    assert!(!letter.body.contains("/links/"), "{}", letter.body);
    let (one, two) = (app.mail_to("a@example.vn").await, app.mail_to("a@example.vn").await);
    assert_eq!((one.subject, one.body), (two.subject, two.body));
    assert_eq!(other.get("/v1/me").await.expect(StatusCode::OK)["email"], "co@example.vn");
    // One's own address is one that is taken.
    ask_move(&user, "A@example.vn", PASSWORD).await.expect(StatusCode::ACCEPTED);
}

async fn an_address_that_is_taken_meanwhile_stays_where_it_is(app: TestApp) {
    let user = app.user("a@example.vn", Role::Member, &[]).await;
    ask_move(&user, "b@example.vn", PASSWORD).await.expect(StatusCode::ACCEPTED);
    let token = app.mail_to("b@example.vn").await.token("email-change");
    app.create_user("B@example.vn", Role::Member, &[]).await.expect("created");
    confirm_move(&app, &token).await.expect_problem(409, "not_possible_now");
    assert_eq!(user.get("/v1/me").await.expect(StatusCode::OK)["email"], "a@example.vn");

    // Of two who want one address, the first to confirm gets it.
    let other = app.user("c@example.vn", Role::Member, &[]).await;
    let mut tokens = Vec::new();
    for one in [&user, &other] {
        ask_move(one, "d@example.vn", PASSWORD).await.expect(StatusCode::ACCEPTED);
        tokens.push(app.mail_to("d@example.vn").await.token("email-change"));
    }
    let (one, two) = tokio::join!(confirm_move(&app, &tokens[0]), confirm_move(&app, &tokens[1]));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409], "{} {}", one.text, two.text);
}

async fn old_tokens_die_with_the_old_address(app: TestApp) {
    let user = app.user("a@example.vn", Role::Member, &[]).await;
    let token = reset_token(&app, "a@example.vn").await;
    ask_move(&user, "b@example.vn", PASSWORD).await.expect(StatusCode::ACCEPTED);
    let moved = app.mail_to("b@example.vn").await.token("email-change");
    confirm_move(&app, &moved).await.expect(StatusCode::NO_CONTENT);
    reset(&app, &token, STRONG).await.expect_problem(410, "invalid_link");
    // A changed password lets them die as well.
    let token = reset_token(&app, "b@example.vn").await;
    change(&user, PASSWORD, STRONG).await.expect(StatusCode::NO_CONTENT);
    reset(&app, &token, OTHER).await.expect_problem(410, "invalid_link");
}

async fn email_changes_run_out_and_are_limited(app: TestApp) {
    let user = app.user("a@example.vn", Role::Member, &[]).await;
    ask_move(&user, "b@example.vn", PASSWORD).await.expect(StatusCode::ACCEPTED);
    let token = app.mail_to("b@example.vn").await.token("email-change");
    app.clock.advance_seconds(86_400);
    confirm_move(&app, &token).await.expect_problem(410, "invalid_link");
    let user = {
        let tokens = app.sign_in("a@example.vn").await;
        user.with_token(tokens["access_token"].as_str().expect("a token"))
    };
    for round in 0..3 {
        ask_move(&user, &format!("c{round}@example.vn"), PASSWORD).await.expect(StatusCode::ACCEPTED);
    }
    let refused = ask_move(&user, "d@example.vn", PASSWORD).await;
    refused.expect_problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "3600");
    app.no_mail_to("d@example.vn").await;
}

async fn the_operator_leaves_a_trace(app: TestApp) {
    app.create_user("a@example.vn", Role::Member, &[]).await.expect("created");
    let world = app.state.world.clone();
    let reset = move |conn: &mut ocop_market::db::Conn| {
        let (email, password) = (Email::parse("a@example.vn"), Password::parse(STRONG));
        accounts::reset_password(conn, &world, &email.expect("an address"), &password.expect("a password"))
    };
    app.state.db.write(reset).await.expect("reset");
    sign_in(&app, "a@example.vn", STRONG).await.expect(StatusCode::CREATED);
    app.mail_to("a@example.vn").await;
    let by_operator = "audit_entries WHERE action = 'account.password_reset' AND actor_kind = 'operator'";
    assert_eq!(count(&app, by_operator).await, 1);
}
