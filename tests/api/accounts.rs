//! Sign-in, sessions, access tokens, the caller.

use crate::cases;
use crate::harness::people::PASSWORD;
use crate::harness::{Actor, Case, Reply, TestApp};
use diesel::connection::SimpleConnection;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use ocop_market::accounts::{self, Email, MemberRole, Role};
use ocop_market::auth::Password;
use ocop_market::db::{Conn, Failure};
use ocop_market::organisations::OrganisationId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        signing_in_gives_tokens_that_work,
        an_address_is_one_account_however_it_is_typed,
        unknown_and_wrong_get_the_same_answer,
        every_fault_of_a_sign_in_is_told,
        refresh_tokens_work_once_each,
        a_refresh_token_used_twice_ends_the_session,
        one_refresh_token_raced_by_many_works_at_most_once,
        wrong_refresh_tokens_are_refused,
        a_session_ends_after_thirty_days_of_refreshing,
        an_access_token_ends_after_fifteen_minutes,
        signing_out_ends_one_session_at_once,
        the_published_keys_verify_our_tokens,
        the_caller_is_shown_with_office_and_organisations,
        the_caller_changes_what_it_has_seen,
        wrong_changes_of_the_caller_are_refused,
        users_are_created_whole_or_not_at_all,
        old_sessions_are_purged,
        a_password_that_was_reset_ends_all_sessions,
    ];
    cases.push(cases![sign_ins_are_limited_by_address].remove(0).with(&["--sign-ins-per-minute=6"]));
    cases
}

async fn run_sql(app: &TestApp, sql: impl Into<String>) {
    let sql = sql.into();
    let run = move |conn: &mut Conn| conn.batch_execute(&sql).map_err(Failure::from);
    app.state.db.write(run).await.expect("valid SQL");
}

async fn organisation(app: &TestApp, name: &str) -> OrganisationId {
    let id: OrganisationId = app.state.world.id();
    run_sql(
        app,
        format!(
            "INSERT INTO organisations (id, kind, public_name, name_key, created_at, updated_at)
             VALUES ('{id}', 'producer', '{name}', 'x', 0, 0)"
        ),
    )
    .await;
    id
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}"))
}

async fn refresh(app: &TestApp, token: &str) -> Reply {
    let body = json!({ "refresh_token": token });
    app.anonymous().post("/v1/sessions/refresh", &body).await
}

fn holder(app: &TestApp, tokens: &Value) -> Actor {
    app.anonymous().with_token(text(tokens, "access_token"))
}

const CHALLENGE: &str = r#"Bearer realm="ocop-market""#;
const CHALLENGE_INVALID: &str = r#"Bearer realm="ocop-market", error="invalid_token""#;

#[track_caller]
fn expect_invalid_token(reply: &Reply, what: &str) {
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{what}: {}", reply.text);
    reply.expect_problem(401, "unauthenticated");
    assert_eq!(reply.header("www-authenticate"), CHALLENGE_INVALID, "{what}");
}

async fn signing_in_gives_tokens_that_work(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let body = json!({ "email": "a@shop.example", "password": PASSWORD });
    let reply = app.anonymous().post("/v1/sessions", &body).await;
    let tokens = reply.expect(StatusCode::CREATED);
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("location"), "/v1/sessions/current");
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 900);
    assert_eq!(tokens["refresh_expires_in"], 30 * 86_400);
    assert_eq!(text(&tokens, "refresh_token").len(), 43);

    let me = holder(&app, &tokens).get("/v1/me").await;
    assert_eq!(me.header("cache-control"), "private, no-store");
    assert_eq!(me.expect(StatusCode::OK), tokens["user"]);
    let anonymous = app.anonymous().get("/v1/me").await;
    anonymous.expect_problem(401, "unauthenticated");
    assert_eq!(anonymous.header("www-authenticate"), CHALLENGE);
}

async fn an_address_is_one_account_however_it_is_typed(app: TestApp) {
    app.create_user("Thư.Mua@Shop.example", Role::Member, &[]).await.expect("created");
    let again = app.create_user("thư.mua@SHOP.example", Role::Member, &[]).await;
    assert_eq!(again, Err("this e-mail address already has an account".to_owned()));
    // Typed on a keyboard that composes nothing.
    let body = json!({
        "email": " THU\u{31b}.mua@shop.EXAMPLE",
        "password": "ma\u{323}\u{302}t kh\u{e2}\u{309}u \u{111}e\u{302}\u{309} thu\u{31b}\u{309}",
    });
    let signed_in = app.anonymous().post("/v1/sessions", &body).await;
    let signed_in = signed_in.expect(StatusCode::CREATED);
    assert_eq!(signed_in["user"]["email"], "Thư.Mua@Shop.example");
}

async fn unknown_and_wrong_get_the_same_answer(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let mut answers = Vec::new();
    for (email, password) in [
        ("a@shop.example", "not the password"),
        ("b@shop.example", "not the password"),
        ("b@shop.example", PASSWORD),
        ("a@shop.example", ""),
        ("a@shop.example", &"x".repeat(100_000)),
    ] {
        let body = json!({ "email": email, "password": password });
        let reply = app.anonymous().post("/v1/sessions", &body).await;
        let mut problem = reply.expect_problem(401, "invalid_credentials");
        problem["request_id"] = Value::Null;
        let mut headers: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        answers.push((problem, headers, reply.header("www-authenticate")));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

async fn every_fault_of_a_sign_in_is_told(app: TestApp) {
    let post = async |body: Value| app.anonymous().post("/v1/sessions", &body).await;
    let reply = post(json!({ "email": "no address", "pass": "x" })).await;
    reply.expect_problem(422, "invalid_body");
    let mut faults = reply.faults();
    faults.sort();
    let faults: Vec<_> = faults.iter().map(|(at, code)| (at.as_str(), code.as_str())).collect();
    assert_eq!(faults, [("/email", "invalid_email"), ("/pass", "unknown_field"), ("/password", "missing")]);
    for wrong in [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        json!({ "email": 1, "password": true }),
        json!({ "email": null, "password": null }),
        json!({ "email": "a@b.example\u{0}", "password": "\u{0}" }),
        json!({ "email": "😀", "password": "😀" }),
        json!({ "email": "a".repeat(100_000), "password": "x" }),
    ] {
        post(wrong).await.expect_problem(422, "invalid_body");
    }
    let huge = json!({ "email": "a@b.example", "password": "x".repeat(10_000_000) });
    post(huge).await.expect_problem(413, "body_too_large");
}

/// Six a minute by address; for what else slows a guesser see `throttle`.
async fn sign_ins_are_limited_by_address(app: TestApp) {
    let attempt = async |email: &str| {
        let body = json!({ "email": email, "password": "not the password" });
        app.anonymous().post("/v1/sessions", &body).await
    };
    // Known or not makes no difference.
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    for (left, email) in [(5, "a@shop.example"), (4, "b@shop.example"), (3, "c@shop.example")] {
        let reply = attempt(email).await;
        reply.expect_problem(401, "invalid_credentials");
        assert_eq!(reply.header("ratelimit-policy"), r#""sign-ins";q=6;w=60"#);
        assert_eq!(reply.header("ratelimit"), format!(r#""sign-ins";r={left}"#));
    }
    for email in ["a@shop.example", "b@shop.example", "c@shop.example"] {
        attempt(email).await.expect_problem(401, "invalid_credentials");
    }
    let refused = attempt("d@shop.example").await;
    refused.expect_problem(429, "too_many_requests");
    assert!(refused.header("ratelimit").starts_with(r#""sign-ins";r=0"#));
    let wait: u32 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=11).contains(&wait), "{wait}");
}

async fn refresh_tokens_work_once_each(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let mut tokens = app.sign_in("a@shop.example").await;
    for round in 1..=3 {
        app.clock.advance_seconds(600);
        let reply = refresh(&app, text(&tokens, "refresh_token")).await;
        let next = reply.expect(StatusCode::OK);
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_ne!(next["refresh_token"], tokens["refresh_token"]);
        assert_ne!(next["access_token"], tokens["access_token"]);
        assert_eq!(next["refresh_expires_in"], 30 * 86_400 - 600 * round);
        assert_eq!(next["user"], tokens["user"]);
        holder(&app, &next).get("/v1/me").await.expect(StatusCode::OK);
        tokens = next;
    }
}

async fn a_refresh_token_used_twice_ends_the_session(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let stolen = app.sign_in("a@shop.example").await;
    let other = app.sign_in("a@shop.example").await;
    let next = refresh(&app, text(&stolen, "refresh_token")).await.expect(StatusCode::OK);

    let reused = refresh(&app, text(&stolen, "refresh_token")).await;
    reused.expect_problem(401, "invalid_refresh_token");
    expect_invalid_token(&holder(&app, &next).get("/v1/me").await, "the newest access token");
    refresh(&app, text(&next, "refresh_token")).await.expect_problem(401, "invalid_refresh_token");
    let reasons = app.state.db.read(|conn: &mut Conn| {
        diesel::RunQueryDsl::load::<Reason>(
            diesel::sql_query("SELECT end_reason AS reason FROM sessions WHERE ended_at IS NOT NULL"),
            conn,
        )
        .map_err(Failure::from)
    });
    let reasons: Vec<_> = reasons.await.expect("read").into_iter().map(|row| row.reason).collect();
    assert_eq!(reasons, ["refresh_reused"]);
    // Another session of the same user is none of it.
    holder(&app, &other).get("/v1/me").await.expect(StatusCode::OK);
    refresh(&app, text(&other, "refresh_token")).await.expect(StatusCode::OK);
}

#[derive(diesel::QueryableByName)]
struct Reason {
    #[diesel(sql_type = diesel::sql_types::Text)]
    reason: String,
}

async fn one_refresh_token_raced_by_many_works_at_most_once(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let tokens = app.sign_in("a@shop.example").await;
    let token = text(&tokens, "refresh_token");
    let (a, b, c, d) =
        tokio::join!(refresh(&app, token), refresh(&app, token), refresh(&app, token), refresh(&app, token));
    let won = [a, b, c, d].iter().filter(|reply| reply.status == StatusCode::OK).count();
    assert_eq!(won, 1);
    expect_invalid_token(&holder(&app, &tokens).get("/v1/me").await, "the session has ended");
}

async fn wrong_refresh_tokens_are_refused(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let tokens = app.sign_in("a@shop.example").await;
    let right = text(&tokens, "refresh_token");
    for wrong in [
        "",
        "x",
        "🐃",
        &right[1..],
        &format!("{right} "),
        &right.to_lowercase(),
        text(&tokens, "access_token"),
        &"A".repeat(43),
        &"x".repeat(100_000),
    ] {
        let reply = refresh(&app, wrong).await;
        reply.expect_problem(401, "invalid_refresh_token");
        assert_eq!(reply.header("www-authenticate"), CHALLENGE);
    }
    let reply = app.anonymous().post("/v1/sessions/refresh", &json!({})).await;
    assert_eq!(reply.faults(), [("/refresh_token".into(), "missing".into())]);
    // None of that did the session any harm.
    refresh(&app, right).await.expect(StatusCode::OK);
}

async fn a_session_ends_after_thirty_days_of_refreshing(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let first = app.sign_in("a@shop.example").await;
    app.clock.advance_seconds(30 * 86_400 - 100);
    let last = refresh(&app, text(&first, "refresh_token")).await.expect(StatusCode::OK);
    assert_eq!((last["expires_in"].as_i64(), last["refresh_expires_in"].as_i64()), (Some(100), Some(100)));
    app.clock.advance_seconds(99);
    holder(&app, &last).get("/v1/me").await.expect(StatusCode::OK);
    app.clock.advance_seconds(1);
    expect_invalid_token(&holder(&app, &last).get("/v1/me").await, "thirty days");
    refresh(&app, text(&last, "refresh_token")).await.expect_problem(401, "invalid_refresh_token");
}

async fn an_access_token_ends_after_fifteen_minutes(app: TestApp) {
    let user = app.user("a@shop.example", Role::Member, &[]).await;
    app.clock.advance_seconds(899);
    user.get("/v1/me").await.expect(StatusCode::OK);
    app.clock.advance_seconds(1);
    expect_invalid_token(&user.get("/v1/me").await, "fifteen minutes");
}

async fn signing_out_ends_one_session_at_once(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let (here, there) = (app.sign_in("a@shop.example").await, app.sign_in("a@shop.example").await);
    let out = holder(&app, &here).delete("/v1/sessions/current").await;
    assert_eq!((out.status, out.text.as_str()), (StatusCode::NO_CONTENT, ""));
    expect_invalid_token(&holder(&app, &here).get("/v1/me").await, "signed out");
    expect_invalid_token(&holder(&app, &here).delete("/v1/sessions/current").await, "twice");
    refresh(&app, text(&here, "refresh_token")).await.expect_problem(401, "invalid_refresh_token");
    holder(&app, &there).get("/v1/me").await.expect(StatusCode::OK);
    app.anonymous().delete("/v1/sessions/current").await.expect_problem(401, "unauthenticated");
}

async fn the_published_keys_verify_our_tokens(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let tokens = app.sign_in("a@shop.example").await;
    let reply = app.anonymous().get("/.well-known/jwks.json").await;
    assert_eq!(reply.header("cache-control"), "public, max-age=300");
    let published = reply.expect(StatusCode::OK);
    let members: Vec<_> = published["keys"][0].as_object().expect("a key").keys().collect();
    assert_eq!(members, ["kty", "crv", "x", "kid", "alg", "use"], "nothing private");

    let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(published).expect("a JWK set");
    let token = text(&tokens, "access_token");
    let kid = jsonwebtoken::decode_header(token).expect("a header").kid.expect("a kid");
    let key = DecodingKey::from_jwk(set.find(&kid).expect("the key of the token")).expect("a key");
    let mut validation = Validation::new(Algorithm::EdDSA);
    // The test's clock is not the machine's.
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    validation.set_issuer(&["http://127.0.0.1:8080"]);
    validation.set_audience(&["http://127.0.0.1:8080"]);
    let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).expect("valid").claims;
    assert_eq!(claims["sub"], tokens["user"]["id"]);

    let again = app
        .anonymous()
        .request(Method::GET, "/.well-known/jwks.json")
        .header("If-None-Match", reply.header("etag"));
    assert_eq!(Reply::of(again).await.status, StatusCode::NOT_MODIFIED);
}

async fn the_caller_is_shown_with_office_and_organisations(app: TestApp) {
    let officer = app.officer("33").await.get("/v1/me").await.expect(StatusCode::OK);
    assert_eq!(
        (&officer["role"], &officer["province"], &officer["memberships"]),
        (&json!("officer"), &json!("33"), &json!([]))
    );
    let one = organisation(&app, "Hợp tác xã Minh Họa").await;
    let member = app.member("a@shop.example", one, MemberRole::Owner).await;
    let me = member.get("/v1/me").await.expect(StatusCode::OK);
    assert_eq!((&me["role"], &me["province"]), (&json!("member"), &Value::Null));
    let first = json!({
        "organisation_id": one, "organisation_name": "Hợp tác xã Minh Họa", "kind": "producer", "role": "owner",
    });
    assert_eq!(me["memberships"], json!([first]));

    let two = organisation(&app, "Cơ sở Ví Dụ").await;
    let memberships = [(one, MemberRole::Owner), (two, MemberRole::Viewer)];
    let both = app.user("b@shop.example", Role::Member, &memberships).await;
    let me = both.get("/v1/me").await.expect(StatusCode::OK);
    let all = me["memberships"].as_array().expect("a list");
    let second = json!({
        "organisation_id": two, "organisation_name": "Cơ sở Ví Dụ", "kind": "producer", "role": "viewer",
    });
    assert!(all.len() == 2 && all.contains(&first) && all.contains(&second), "{me}");
}

async fn change_me(user: &Actor, tag: Option<&str>, body: &Value) -> Reply {
    let request = user.request(Method::PATCH, "/v1/me").json(body);
    Reply::of(match tag {
        Some(tag) => request.header("If-Match", tag),
        None => request,
    })
    .await
}

async fn the_caller_changes_what_it_has_seen(app: TestApp) {
    let user = app.user("a@shop.example", Role::Member, &[]).await;
    let mut tag = user.get("/v1/me").await.header("etag");
    // Absent, null and value are three things.
    for (change, name, language) in [
        (json!({}), json!("Người dùng thử"), "vi"),
        (json!({ "language": "en" }), json!("Người dùng thử"), "en"),
        (json!({ "display_name": null }), Value::Null, "en"),
        (
            json!({ "display_name": "  Pho\u{300}ng mua ha\u{300}ng ", "language": "vi" }),
            json!("Phòng mua hàng"),
            "vi",
        ),
    ] {
        let reply = change_me(&user, Some(&tag), &change).await;
        let me = reply.expect(StatusCode::OK);
        assert_eq!((&me["display_name"], &me["language"]), (&name, &json!(language)));
        let read = user.get("/v1/me").await;
        assert_eq!(read.expect(StatusCode::OK), me);
        assert_eq!(read.header("etag"), reply.header("etag"));
        let old = std::mem::replace(&mut tag, reply.header("etag"));
        let stale = change_me(&user, Some(&old), &json!({ "language": "en" })).await;
        stale.expect_problem(412, "precondition_failed");
        assert_eq!(stale.header("etag"), tag);
    }
    change_me(&user, None, &json!({ "language": "en" })).await.expect_problem(428, "precondition_required");
    change_me(&user, Some("*"), &json!({ "language": "en" })).await.expect(StatusCode::OK);
    // Of several who have seen the same state one is the first.
    let tag = user.get("/v1/me").await.header("etag");
    let (name_1, name_2) = (json!({ "display_name": "Một" }), json!({ "display_name": "Hai" }));
    let (one, two) =
        tokio::join!(change_me(&user, Some(&tag), &name_1), change_me(&user, Some(&tag), &name_2));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

async fn wrong_changes_of_the_caller_are_refused(app: TestApp) {
    let user = app.user("a@shop.example", Role::Member, &[]).await;
    let before = user.get("/v1/me").await;
    for (change, at, code) in [
        (json!({ "language": null }), "/language", "wrong_type"),
        (json!({ "language": "fr" }), "/language", "unknown_value"),
        (json!({ "language": 1 }), "/language", "wrong_type"),
        (json!({ "display_name": "" }), "/display_name", "wrong_length"),
        (json!({ "display_name": "x".repeat(101) }), "/display_name", "wrong_length"),
        (json!({ "display_name": "a\nb" }), "/display_name", "control_character"),
        (json!({ "role": "admin" }), "/role", "unknown_field"),
        (json!({ "email": "b@shop.example" }), "/email", "unknown_field"),
    ] {
        let reply = change_me(&user, Some(&before.header("etag")), &change).await;
        reply.expect_problem(422, "invalid_body");
        assert_eq!(reply.faults(), [(at.to_owned(), code.to_owned())], "{change}");
    }
    let anonymous = change_me(&app.anonymous(), Some("*"), &json!({})).await;
    anonymous.expect_problem(401, "unauthenticated");
    assert_eq!(user.get("/v1/me").await.text, before.text);
}

async fn users_are_created_whole_or_not_at_all(app: TestApp) {
    let nowhere: OrganisationId = app.state.world.id();
    let email = "a@shop.example";
    let refused = app.create_user(email, Role::Member, &[(nowhere, MemberRole::Owner)]).await;
    assert_eq!(refused, Err(format!("there is no organisation {nowhere}")));
    let somewhere = organisation(&app, "Hợp tác xã Minh Họa").await;
    let membership = (somewhere, MemberRole::Owner);
    app.create_user(email, Role::Member, &[membership]).await.expect("nothing was left of the first attempt");
    let twice = app.create_user("b@shop.example", Role::Member, &[membership, membership]).await;
    assert!(twice.is_err());
    app.create_user("b@shop.example", Role::Admin, &[]).await.expect("nothing was left of the first attempt");
}

async fn old_sessions_are_purged(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let old = app.sign_in("a@shop.example").await;
    refresh(&app, text(&old, "refresh_token")).await.expect(StatusCode::OK);
    // As long as we know a place: 90 days.
    app.clock.advance_seconds(90 * 86_400);
    let new = app.sign_in("a@shop.example").await;
    let purge = async || {
        let world = app.state.world.clone();
        let retain = move |conn: &mut Conn| ocop_market::privacy::retain(conn, &world);
        app.state.db.write(retain).await.expect("purged").sessions
    };
    assert_eq!(purge().await, 0);
    app.clock.advance_seconds(1);
    assert_eq!(purge().await, 1);
    refresh(&app, text(&new, "refresh_token")).await.expect(StatusCode::OK);
    refresh(&app, text(&old, "refresh_token")).await.expect_problem(401, "invalid_refresh_token");
    assert_eq!(purge().await, 0);
}

async fn a_password_that_was_reset_ends_all_sessions(app: TestApp) {
    let signed_in = app.user("lost@example.vn", Role::Member, &[]).await;
    signed_in.get("/v1/me").await.expect(StatusCode::OK);
    let reset = |email: &'static str| {
        let world = app.state.world.clone();
        let password = Password::parse("một mật khẩu khác").expect("a password");
        let email = Email::parse(email).expect("an address");
        app.state.db.write(move |conn| accounts::reset_password(conn, &world, &email, &password))
    };
    reset("nobody@example.vn").await.expect_err("no such account");
    signed_in.get("/v1/me").await.expect(StatusCode::OK);

    reset("LOST@example.vn").await.expect("reset");
    signed_in.get("/v1/me").await.expect_problem(401, "unauthenticated");
    let sign_in = async |password: &str| {
        let body = json!({ "email": "lost@example.vn", "password": password });
        app.anonymous().post("/v1/sessions", &body).await
    };
    sign_in(PASSWORD).await.expect_problem(401, "invalid_credentials");
    sign_in("một mật khẩu khác").await.expect(StatusCode::CREATED);
}
