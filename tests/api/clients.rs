//! Machine clients: their owners make and change them, they get tokens and act for their organisation.

use crate::cases;
use crate::harness::machines::{Form, Machine};
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::stock::Stock;
use crate::leads::{count, fresh_key};
use diesel::connection::SimpleConnection;
use ocop_market::accounts::{Membership, Role, Session, SessionId};
use ocop_market::audit::Origin;
use ocop_market::auth::MemberRole;
use ocop_market::auth::caller::{Caller, Principal};
use ocop_market::clients::{self, ClientError, ClientId, ClientName, Networks, NewClient};
use ocop_market::organisations::{self, OrganisationChange, OrganisationError, OrganisationId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    let mut cases = cases![
        a_client_is_made_shown_changed_and_revoked,
        wrong_clients_are_refused_with_every_fault,
        an_organisation_has_twenty_clients_at_most,
        a_secret_is_replaced_without_a_pause,
        the_other_owners_are_told,
        tokens_are_got_by_header_and_by_form,
        wrong_token_requests_get_the_errors_of_oauth,
        unknown_and_wrong_clients_get_the_same_answer,
        scopes_limit_what_a_token_may_do,
        narrower_scopes_end_tokens,
        the_last_use_is_noted_once_a_minute,
        a_revoked_token_ends_and_no_other,
        what_is_revoked_on_one_instance_is_refused_on_another,
        the_metadata_lead_to_what_is_there,
        a_client_sends_enquiries_for_its_organisation,
        a_client_moves_leads_of_its_organisation_and_sees_no_others,
        clients_of_a_suspended_organisation_only_read,
        owners_of_a_suspended_organisation_take_away,
        who_was_removed_meanwhile_makes_no_secret,
        every_change_is_in_the_audit_log,
        guesses_at_secrets_are_slowed,
    ];
    cases.push(cases![a_client_comes_from_its_networks_only].remove(0).with(&["--trusted-proxies=1"]));
    cases
}

struct Scene {
    app: TestApp,
    stock: Stock,
    owner: Actor,
    clients: String,
}

async fn scene(app: TestApp) -> Scene {
    let stock = Stock::fill(&app).await;
    let owner = app.member("owner@weavers.example", stock.weavers, MemberRole::Owner).await;
    let clients = format!("/v1/organisations/{}/clients", stock.weavers);
    Scene { app, stock, owner, clients }
}

impl Scene {
    async fn machine(&self, scopes: &[&str]) -> Machine {
        self.app.machine(&self.owner, self.stock.weavers, scopes).await
    }

    async fn patch(&self, machine: &Machine, body: &Value) -> Reply {
        let tag = self.owner.get(&machine.path).await.header("etag");
        let request = self.owner.request(Method::PATCH, &machine.path).header("If-Match", tag).json(body);
        Reply::of(request).await
    }
}

async fn sql(app: &TestApp, sql: String) {
    let run = move |conn: &mut ocop_market::db::Conn| {
        conn.batch_execute(&sql).map_err(ocop_market::db::Failure::from)
    };
    app.state.db.write(run).await.expect("valid SQL");
}

const CHALLENGE_INVALID: &str = r#"Bearer realm="ocop-market", error="invalid_token""#;

#[track_caller]
fn expect_oauth_error(reply: &Reply, status: u16, error: &str) {
    assert_eq!(reply.status.as_u16(), status, "{}", reply.text);
    assert_eq!(reply.json()["error"], error, "{}", reply.text);
    assert!(reply.json()["error_description"].is_string());
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("pragma"), "no-cache");
    let challenge = if status == 401 { r#"Basic realm="ocop-market""# } else { "" };
    assert_eq!(reply.header("www-authenticate"), challenge);
}

async fn a_client_is_made_shown_changed_and_revoked(app: TestApp) {
    let scene = scene(app).await;
    let body = json!({ "name": " Cổng đặt hàng ", "scopes": ["leads.write", "catalogue.read"], "addresses": ["127.0.0.1", "10.0.0.0/8"] });
    let reply = scene.owner.post(&scene.clients, &body).await;
    let made = reply.expect(StatusCode::CREATED);
    let machine = Machine::of(&scene.clients, &made);
    assert_eq!(reply.header("location"), machine.path);
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(machine.secret.starts_with("ocs_") && machine.secret.len() == 47);
    let client = &made["client"];
    assert_eq!(client["name"], "Cổng đặt hàng");
    assert_eq!(client["scopes"], json!(["catalogue.read", "leads.write"]));
    assert_eq!(client["addresses"], json!(["127.0.0.1/32", "10.0.0.0/8"]));
    assert_eq!(client["secrets"][0]["ending"], machine.secret[43..]);
    assert_eq!(client["last_used_at"], Value::Null);

    let shown = scene.owner.get(&machine.path).await;
    assert_eq!(shown.expect(StatusCode::OK), *client);
    assert!(!shown.text.contains(&machine.secret));
    assert_eq!(scene.owner.all(&scene.clients).await, std::slice::from_ref(client));
    let viewer = scene.app.member("viewer@weavers.example", scene.stock.weavers, MemberRole::Viewer).await;
    assert_eq!(viewer.get(&machine.path).await.expect(StatusCode::OK), *client);
    viewer.delete(&machine.path).await.expect_problem(403, "forbidden");

    let unread = scene.owner.request(Method::PATCH, &machine.path).json(&json!({ "name": "x" }));
    Reply::of(unread).await.expect_problem(428, "precondition_required");
    let tag = shown.header("etag");
    let change = json!({ "name": "Cổng mới", "addresses": null });
    let changed = scene.patch(&machine, &change).await;
    let body = changed.expect(StatusCode::OK);
    assert_eq!((&body["name"], &body["addresses"]), (&json!("Cổng mới"), &json!([])));
    assert_eq!(changed.header("etag"), scene.owner.get(&machine.path).await.header("etag"));
    let late = scene.owner.request(Method::PATCH, &machine.path).header("If-Match", tag).json(&change);
    Reply::of(late).await.expect_problem(412, "precondition_failed");

    let by = scene.app.as_machine(&machine).await;
    let sent = by.post_once("/v1/leads", &fresh_key(), &scene.stock.enquiry(&[scene.stock.cake])).await;
    sent.expect(StatusCode::CREATED);
    scene.owner.delete(&machine.path).await.expect(StatusCode::NO_CONTENT);
    scene.owner.get(&machine.path).await.expect_problem(404, "not_found");
    scene.owner.delete(&machine.path).await.expect_problem(404, "not_found");
    assert!(scene.owner.all(&scene.clients).await.is_empty());
    let refused = by.post_once("/v1/leads", &fresh_key(), &scene.stock.enquiry(&[scene.stock.cake])).await;
    refused.expect_problem(401, "unauthenticated");
    assert_eq!(refused.header("www-authenticate"), CHALLENGE_INVALID);
    expect_oauth_error(&scene.app.ask_for_token(&machine, &[]).await, 401, "invalid_client");
}

async fn wrong_clients_are_refused_with_every_fault(app: TestApp) {
    let scene = scene(app).await;
    let long = "a".repeat(101);
    for (body, faults) in [
        (json!({}), json!([["/name", "missing"], ["/scopes", "missing"]])),
        (
            json!({ "name": "", "scopes": [], "addresses": ["10.0.0.1/8", "shop.vn"] }),
            json!([
                ["/addresses/0", "invalid_network"],
                ["/addresses/1", "invalid_network"],
                ["/name", "missing"],
                ["/scopes", "missing"]
            ]),
        ),
        (
            json!({ "name": long, "scopes": ["admin"], "secret": "x" }),
            json!([["/name", "too_long"], ["/scopes/0", "unknown_value"], ["/secret", "unknown_field"]]),
        ),
        (
            json!({ "name": "a\nb", "scopes": "leads.read" }),
            json!([["/name", "control_character"], ["/scopes", "wrong_type"]]),
        ),
        (
            json!({ "name": "x", "scopes": ["leads.read"], "addresses": vec!["10.0.0.1"; 21] }),
            json!([["/addresses", "too_many"]]),
        ),
    ] {
        let reply = scene.owner.post(&scene.clients, &body).await;
        reply.expect_problem(422, "invalid_body");
        let mut found = reply.faults();
        found.sort();
        assert_eq!(json!(found), faults, "{body}");
    }
    let machine = scene.machine(&["leads.read"]).await;
    for wrong in [json!({ "name": null }), json!({ "scopes": null }), json!({ "scopes": [] })] {
        scene.patch(&machine, &wrong).await.expect_problem(422, "invalid_body");
    }
    let elsewhere = format!("/v1/organisations/{}/clients", scene.stock.bakers);
    let body = json!({ "name": "x", "scopes": ["leads.read"] });
    scene.owner.post(&elsewhere, &body).await.expect_problem(404, "not_found");
    let other = scene.app.member("owner@bakers.example", scene.stock.bakers, MemberRole::Owner).await;
    let through_mine = machine.path.replace(scene.stock.weavers.as_str(), scene.stock.bakers.as_str());
    other.get(&through_mine).await.expect_problem(404, "not_found");
    other.delete(&through_mine).await.expect_problem(404, "not_found");
    other.post(&format!("{through_mine}/secrets"), &Value::Null).await.expect_problem(404, "not_found");
}

async fn an_organisation_has_twenty_clients_at_most(app: TestApp) {
    let scene = scene(app).await;
    let mut last = scene.machine(&["leads.read"]).await;
    for _ in 1..20 {
        last = scene.machine(&["leads.read"]).await;
    }
    let body = json!({ "name": "x", "scopes": ["leads.read"] });
    scene.owner.post(&scene.clients, &body).await.expect_problem(409, "not_possible_now");
    assert_eq!(scene.owner.all(&format!("{}?limit=7", scene.clients)).await.len(), 20);
    scene.owner.delete(&last.path).await.expect(StatusCode::NO_CONTENT);
    scene.owner.post(&scene.clients, &body).await.expect(StatusCode::CREATED);
}

async fn a_secret_is_replaced_without_a_pause(app: TestApp) {
    let scene = scene(app).await;
    let first = scene.machine(&["leads.read"]).await;
    let secrets = format!("{}/secrets", first.path);
    let by_first = scene.app.as_machine(&first).await;
    scene.app.clock.advance_seconds(1);
    let reply = scene.owner.post(&secrets, &Value::Null).await;
    let made = reply.expect(StatusCode::CREATED);
    assert_eq!(reply.header("cache-control"), "no-store");
    let secret = made["client_secret"].as_str().expect("a secret").to_owned();
    let second = Machine { secret, ..first.clone() };
    scene.owner.post(&secrets, &Value::Null).await.expect_problem(409, "not_possible_now");
    scene.app.as_machine(&second).await.get("/v1/leads").await.expect(StatusCode::OK);
    scene.app.as_machine(&first).await.get("/v1/leads").await.expect(StatusCode::OK);

    let client = scene.owner.get(&first.path).await.json();
    let id = client["secrets"][0]["id"].as_str().expect("an id");
    assert_eq!(client["secrets"][0]["ending"], first.secret[43..]);
    scene.owner.delete(&format!("{secrets}/{id}")).await.expect(StatusCode::NO_CONTENT);
    scene.owner.delete(&format!("{secrets}/{id}")).await.expect_problem(404, "not_found");
    scene.owner.delete(&format!("{secrets}/x")).await.expect_problem(404, "not_found");
    expect_oauth_error(&scene.app.ask_for_token(&first, &[]).await, 401, "invalid_client");
    scene.app.as_machine(&second).await.get("/v1/leads").await.expect(StatusCode::OK);
    // What the old one got lasts its time.
    by_first.get("/v1/leads").await.expect(StatusCode::OK);
    scene.app.clock.advance_seconds(899);
    by_first.get("/v1/leads").await.expect_problem(401, "unauthenticated");
}

async fn the_other_owners_are_told(app: TestApp) {
    let scene = scene(app).await;
    scene.app.member("other@weavers.example", scene.stock.weavers, MemberRole::Owner).await;
    scene.app.member("editor@weavers.example", scene.stock.weavers, MemberRole::Editor).await;
    let machine = scene.machine(&["leads.read", "leads.write"]).await;
    let letter = scene.app.mail_to("other@weavers.example").await;
    assert!(letter.subject.contains("Cổng thử"), "{}", letter.subject);
    assert!(letter.body.contains("leads.read leads.write") && !letter.body.contains(&machine.secret));
    scene.owner.post(&format!("{}/secrets", machine.path), &Value::Null).await.expect(StatusCode::CREATED);
    let letter = scene.app.mail_to("other@weavers.example").await;
    assert!(letter.subject.contains("thêm một khóa bí mật"), "{}", letter.subject);
    scene.app.no_mail_to("owner@weavers.example").await;
    scene.app.no_mail_to("editor@weavers.example").await;
}

async fn tokens_are_got_by_header_and_by_form(app: TestApp) {
    let scene = scene(app).await;
    let machine = scene.machine(&["leads.read", "catalogue.read"]).await;
    let reply = scene.app.ask_for_token(&machine, &[]).await;
    let answer = reply.expect(StatusCode::OK);
    assert_eq!(
        (reply.header("cache-control"), reply.header("pragma")),
        ("no-store".into(), "no-cache".into())
    );
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 900);
    assert_eq!(answer["scope"], "catalogue.read leads.read");
    let members: Vec<_> = answer.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["access_token", "token_type", "expires_in", "scope"]);

    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &machine.id),
        ("client_secret", &machine.secret),
        ("scope", "leads.read"),
        ("resource", &scene.app.state.config.issuer),
        ("unknown", "ignored"),
        ("audience", ""),
    ];
    let by_form = scene.app.anonymous().request(Method::POST, "/v1/oauth/token").form(&form);
    let answer = Reply::of(by_form).await.expect(StatusCode::OK);
    assert_eq!(answer["scope"], "leads.read");
    let by = scene.app.anonymous().with_token(answer["access_token"].as_str().expect("a token"));
    by.get("/v1/leads").await.expect(StatusCode::OK);
    by.get("/v1/me").await.expect_problem(403, "forbidden");

    // Each half of the header may be encoded as a form is.
    let id: String = machine.id.bytes().map(|b| format!("%{b:02X}")).collect();
    let encoded = Machine { id, ..machine.clone() };
    scene.app.ask_for_token(&encoded, &[]).await.expect(StatusCode::OK);
    scene.app.ask_for_token(&machine, &[("client_id", &machine.id)]).await.expect(StatusCode::OK);
    scene.app.ask_for_token(&machine, &[("scope", "")]).await.expect(StatusCode::OK);
}

async fn wrong_token_requests_get_the_errors_of_oauth(app: TestApp) {
    let scene = scene(app).await;
    let machine = scene.machine(&["leads.read"]).await;
    let issuer = scene.app.state.config.issuer.clone();
    for (more, status, error) in [
        (vec![("scope", "leads.write")], 400, "invalid_scope"),
        (vec![("scope", "leads.read leads.write")], 400, "invalid_scope"),
        (vec![("scope", "openid")], 400, "invalid_scope"),
        (vec![("scope", "leads.read"), ("scope", "leads.read")], 400, "invalid_request"),
        (vec![("resource", "https://other.example")], 400, "invalid_target"),
        (vec![("resource", issuer.as_str()), ("resource", "https://other.example")], 400, "invalid_target"),
        (vec![("client_secret", machine.secret.as_str())], 400, "invalid_request"),
        (vec![("client_id", "another")], 400, "invalid_request"),
        (vec![("grant_type", "client_credentials")], 400, "invalid_request"),
    ] {
        let reply = scene.app.ask_for_token(&machine, &more).await;
        expect_oauth_error(&reply, status, error);
    }
    let send = |path: &'static str, content_type: &'static str, body: String| {
        let request = scene.app.anonymous().request(Method::POST, path).header("Content-Type", content_type);
        Reply::of(request.body(body))
    };
    let form = "application/x-www-form-urlencoded";
    for (path, content_type, body, status, error) in [
        ("/v1/oauth/token", form, "", 400, "invalid_request"),
        ("/v1/oauth/token", form, "grant_type=password&username=a&password=b", 400, "unsupported_grant_type"),
        ("/v1/oauth/token", form, "grant_type=authorization_code", 400, "unsupported_grant_type"),
        ("/v1/oauth/token", form, "grant_type=client_credentials", 401, "invalid_client"),
        ("/v1/oauth/token", form, "grant_type=client_credentials&client_id=x", 401, "invalid_client"),
        (
            "/v1/oauth/token",
            form,
            "grant_type=client_credentials&client_id=x&client_secret=%00%FF",
            401,
            "invalid_client",
        ),
        (
            "/v1/oauth/token",
            "application/json",
            r#"{"grant_type":"client_credentials"}"#,
            400,
            "invalid_request",
        ),
        ("/v1/oauth/revoke", form, "", 400, "invalid_request"),
        ("/v1/oauth/revoke", form, "token=x", 401, "invalid_client"),
    ] {
        expect_oauth_error(&send(path, content_type, body.to_owned()).await, status, error);
    }
    let huge = format!("grant_type=client_credentials&x={}", "x".repeat(17 * 1024));
    expect_oauth_error(&send("/v1/oauth/token", form, huge).await, 413, "invalid_request");
    for wrong in ["Basic", "Basic !", "Basic eA==", "Basic /w==", "Bearer x", "Basic "] {
        let request = scene.app.anonymous().request(Method::POST, "/v1/oauth/token");
        let request = request.header("Authorization", wrong).form(&[("grant_type", "client_credentials")]);
        expect_oauth_error(&Reply::of(request).await, 401, "invalid_client");
    }
    scene.app.anonymous().get("/v1/oauth/token").await.expect_problem(405, "method_not_allowed");
}

async fn unknown_and_wrong_clients_get_the_same_answer(app: TestApp) {
    let scene = scene(app).await;
    let right = scene.machine(&["leads.read"]).await;
    let other = scene.machine(&["leads.read"]).await;
    let last = if right.secret.ends_with('A') { "E" } else { "A" };
    let wrong_end = format!("{}{last}", &right.secret[..46]);
    let mut answers = Vec::new();
    for (id, secret) in [
        ("01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d", right.secret.as_str()),
        ("not an id", &right.secret),
        ("", &right.secret),
        (&right.id, ""),
        (&right.id, &other.secret),
        (&right.id, &right.secret[..46]),
        (&right.id, &wrong_end),
        (&right.id, "x"),
    ] {
        let machine = Machine { id: id.to_owned(), secret: secret.to_owned(), path: String::new() };
        let reply = scene.app.ask_for_token(&machine, &[]).await;
        expect_oauth_error(&reply, 401, "invalid_client");
        answers.push(reply.text);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

async fn guesses_at_secrets_are_slowed(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let owner = app.member("owner@weavers.example", stock.weavers, MemberRole::Owner).await;
    let machine = app.machine(&owner, stock.weavers, &["leads.read"]).await;
    let guess = Machine { secret: "ocs_guess".into(), ..machine.clone() };
    for _ in 0..6 {
        expect_oauth_error(&app.ask_for_token(&guess, &[]).await, 401, "invalid_client");
    }
    let slowed = app.ask_for_token(&guess, &[]).await;
    expect_oauth_error(&slowed, 429, "temporarily_unavailable");
    assert_eq!(slowed.header("retry-after"), "1");
    // Whoever guesses locks nobody out.
    app.ask_for_token(&machine, &[]).await.expect(StatusCode::OK);
    app.clock.advance_seconds(1);
    expect_oauth_error(&app.ask_for_token(&guess, &[]).await, 401, "invalid_client");
}

async fn scopes_limit_what_a_token_may_do(app: TestApp) {
    let scene = scene(app).await;
    let listing = format!("/v1/listings/{}", scene.stock.mat);
    let reader = scene.app.as_machine(&scene.machine(&["leads.read", "listings.read"]).await).await;
    reader.get("/v1/leads").await.expect(StatusCode::OK);
    reader.get(&listing).await.expect(StatusCode::OK);
    let enquiry = scene.stock.enquiry(&[scene.stock.cake]);
    let refused = reader.post_once("/v1/leads", &fresh_key(), &enquiry).await;
    refused.expect_problem(403, "insufficient_scope");
    let challenge = r#"Bearer realm="ocop-market", error="insufficient_scope", scope="leads.write""#;
    assert_eq!(refused.header("www-authenticate"), challenge);
    let request = reader.request(Method::PATCH, &listing).header("If-Match", "*").json(&json!({}));
    Reply::of(request).await.expect_problem(403, "insufficient_scope");
    let all = scene.machine(&["leads.read", "listings.read", "listings.write"]).await;
    let less = scene.app.ask_for_token(&all, &[("scope", "listings.write")]).await.json();
    let less = scene.app.anonymous().with_token(less["access_token"].as_str().expect("a token"));
    less.get("/v1/leads").await.expect_problem(403, "insufficient_scope");
    let body = json!({ "season_months": [10, 11] });
    let request = less.request(Method::PATCH, &listing).header("If-Match", "*").json(&body);
    Reply::of(request).await.expect(StatusCode::OK);
    // What is for people is for people only.
    let own = scene.clients.clone();
    less.get(&own).await.expect_problem(403, "forbidden");
    less.post(&own, &json!({ "name": "x", "scopes": ["leads.read"] })).await.expect_problem(403, "forbidden");
}

async fn narrower_scopes_end_tokens(app: TestApp) {
    let scene = scene(app).await;
    let machine = scene.machine(&["leads.read", "leads.write"]).await;
    let narrow = scene.app.ask_for_token(&machine, &[("scope", "leads.read")]).await.json();
    let narrow = scene.app.anonymous().with_token(narrow["access_token"].as_str().expect("a token"));
    let wide = scene.app.as_machine(&machine).await;
    scene.app.clock.advance_seconds(1);
    scene.patch(&machine, &json!({ "name": "Tên khác" })).await.expect(StatusCode::OK);
    scene
        .patch(&machine, &json!({ "scopes": ["leads.read", "leads.write", "listings.read"] }))
        .await
        .expect(StatusCode::OK);
    for by in [&narrow, &wide] {
        by.get("/v1/leads").await.expect(StatusCode::OK);
    }
    scene.patch(&machine, &json!({ "scopes": ["leads.read"] })).await.expect(StatusCode::OK);
    for by in [&narrow, &wide] {
        by.get("/v1/leads").await.expect_problem(401, "unauthenticated");
    }
    // One that is got at once is good; one with the scope that was taken is not, whenever it was issued.
    let fresh = scene.app.as_machine(&machine).await;
    fresh.get("/v1/leads").await.expect(StatusCode::OK);
    sql(&scene.app, format!("UPDATE clients SET scopes = 'catalogue.read' WHERE id = '{}'", machine.id))
        .await;
    fresh.get("/v1/leads").await.expect_problem(401, "unauthenticated");
}

async fn a_client_comes_from_its_networks_only(app: TestApp) {
    let scene = scene(app).await;
    let machine = scene.machine(&["leads.read"]).await;
    let token = async |address: &str| {
        let request = scene.app.anonymous().request(Method::POST, "/v1/oauth/token");
        let request =
            request.basic_auth(&machine.id, Some(&machine.secret)).header("X-Forwarded-For", address);
        Reply::of(request.form(&[("grant_type", "client_credentials")])).await
    };
    let read = async |token: &Value, address: &str| {
        let by = scene.app.anonymous().with_token(token["access_token"].as_str().expect("a token"));
        Reply::of(by.request(Method::GET, "/v1/leads").header("X-Forwarded-For", address)).await
    };
    let anywhere = token("198.51.100.7").await.expect(StatusCode::OK);
    let networks = json!({ "addresses": ["203.0.113.0/24", "2001:db8::/32"] });
    scene.app.clock.advance_seconds(1);
    scene.patch(&machine, &networks).await.expect(StatusCode::OK);
    read(&anywhere, "203.0.113.9").await.expect_problem(401, "unauthenticated");
    expect_oauth_error(&token("198.51.100.7").await, 401, "invalid_client");
    expect_oauth_error(&token("").await, 401, "invalid_client");
    for inside in ["203.0.113.9", "2001:db8::5", "::ffff:203.0.113.9"] {
        let token = token(inside).await.expect(StatusCode::OK);
        read(&token, inside).await.expect(StatusCode::OK);
        let refused = read(&token, "198.51.100.7").await;
        refused.expect_problem(401, "unauthenticated");
        assert_eq!(refused.header("www-authenticate"), CHALLENGE_INVALID);
    }
}

async fn the_last_use_is_noted_once_a_minute(app: TestApp) {
    let scene = scene(app).await;
    let machine = scene.machine(&["leads.read"]).await;
    let before = scene.owner.get(&machine.path).await;
    let used = async || {
        scene.app.as_machine(&machine).await;
        let client = scene.owner.get(&machine.path).await.json();
        assert_eq!(client["last_used_at"], client["secrets"][0]["last_used_at"]);
        client["last_used_at"].clone()
    };
    assert_eq!(used().await, "2026-11-23T03:00:00Z");
    scene.app.clock.advance_seconds(59);
    assert_eq!(used().await, "2026-11-23T03:00:00Z");
    scene.app.clock.advance_seconds(1);
    assert_eq!(used().await, "2026-11-23T03:01:00Z");
    // Who edits it is not disturbed.
    assert_eq!(scene.owner.get(&machine.path).await.header("etag"), before.header("etag"));
}

async fn a_revoked_token_ends_and_no_other(app: TestApp) {
    let scene = scene(app).await;
    let (machine, other) = (scene.machine(&["leads.read"]).await, scene.machine(&["leads.read"]).await);
    let (one, two) = (scene.app.as_machine(&machine).await, scene.app.as_machine(&machine).await);
    let revoke = async |by: &Machine, token: &str| {
        let request = scene.app.anonymous().request(Method::POST, "/v1/oauth/revoke");
        Reply::of(
            request.basic_auth(&by.id, Some(&by.secret)).form(&[("token", token), ("token_type_hint", "x")]),
        )
        .await
    };
    let token = one.token.clone().expect("a token");
    expect_oauth_error(&revoke(&other, &token).await, 400, "invalid_grant");
    expect_oauth_error(
        &revoke(&machine, scene.owner.token.as_deref().expect("a token")).await,
        400,
        "invalid_grant",
    );
    one.get("/v1/leads").await.expect(StatusCode::OK);
    for token in [token.as_str(), &token, "rubbish", "a.b.c"] {
        let reply = revoke(&machine, token).await;
        assert_eq!((reply.status, reply.text.as_str()), (StatusCode::OK, ""));
    }
    one.get("/v1/leads").await.expect_problem(401, "unauthenticated");
    two.get("/v1/leads").await.expect(StatusCode::OK);
    assert_eq!(count(&scene.app, "revoked_tokens").await, 1);
    scene.app.clock.advance_seconds(901);
    let now = scene.app.state.world.now();
    let purged = scene.app.state.db.write(move |conn| {
        ocop_market::clients::purge_tokens(conn, now).map_err(ocop_market::db::Failure::from)
    });
    assert_eq!(purged.await.expect("purged"), 1);
}

async fn what_is_revoked_on_one_instance_is_refused_on_another(app: TestApp) {
    let scene = scene(app).await;
    let beside = scene.app.beside(&[]);
    let machine = scene.machine(&["leads.read"]).await;
    let token = scene.app.as_machine(&machine).await.token.expect("a token");
    let there = beside.anonymous().with_token(token);
    there.get("/v1/leads").await.expect(StatusCode::OK);
    let owner_there = beside.anonymous().with_token(scene.owner.token.clone().expect("a token"));
    owner_there.get("/v1/me").await.expect(StatusCode::OK);
    scene.owner.delete(&machine.path).await.expect(StatusCode::NO_CONTENT);
    there.get("/v1/leads").await.expect_problem(401, "unauthenticated");
    scene.owner.delete("/v1/sessions/current").await.expect(StatusCode::NO_CONTENT);
    owner_there.get("/v1/me").await.expect_problem(401, "unauthenticated");
}

async fn the_metadata_lead_to_what_is_there(app: TestApp) {
    let issuer = app.state.config.issuer.clone();
    let reply = app.anonymous().get("/.well-known/oauth-authorization-server").await;
    let server = reply.expect(StatusCode::OK);
    assert_eq!(reply.header("cache-control"), "public, max-age=3600");
    assert_eq!(server["issuer"], issuer);
    assert_eq!(server["response_types_supported"], json!([]));
    assert_eq!(server["grant_types_supported"], json!(["client_credentials"]));
    assert_eq!(
        server["token_endpoint_auth_methods_supported"],
        json!(["client_secret_basic", "client_secret_post"])
    );
    let resource = app.anonymous().get("/.well-known/oauth-protected-resource").await.expect(StatusCode::OK);
    assert_eq!(resource["resource"], issuer);
    assert_eq!(resource["authorization_servers"], json!([issuer]));
    assert_eq!(resource["scopes_supported"], server["scopes_supported"]);
    for member in ["token_endpoint", "revocation_endpoint", "jwks_uri", "service_documentation"] {
        let address = server[member].as_str().expect("an address");
        let path = address.strip_prefix(&issuer).expect("an address of ours");
        let reply = app.anonymous().get(path).await;
        assert!([200, 405].contains(&reply.status.as_u16()), "{address}: {}", reply.status);
    }
}

async fn buyer(app: &TestApp) -> OrganisationId {
    let world = app.state.world.clone();
    let made = app.state.db.write(move |conn| {
        let id = crate::leads::stock::producer(conn, &world, "Chuỗi cửa hàng Ví Dụ");
        Ok::<_, ocop_market::db::Failure>(id)
    });
    made.await.expect("a buyer")
}

async fn a_client_sends_enquiries_for_its_organisation(app: TestApp) {
    let stock = Stock::fill(&app).await;
    let shop = buyer(&app).await;
    let owner = app.member("owner@shop.example", shop, MemberRole::Owner).await;
    let editor = app.member("editor@shop.example", shop, MemberRole::Editor).await;
    let viewer = app.member("viewer@shop.example", shop, MemberRole::Viewer).await;
    let other = app.member("other@bakers.example", stock.bakers, MemberRole::Owner).await;
    let gateway = app.as_machine(&app.machine(&owner, shop, &["leads.write", "leads.read"]).await).await;
    let reports = app.as_machine(&app.machine(&owner, shop, &["leads.read"]).await).await;
    let sent = gateway.post_once("/v1/leads", &fresh_key(), &stock.enquiry(&[stock.mat])).await;
    let id = sent.expect(StatusCode::CREATED)["leads"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/leads/{id}");
    for (by, may_write) in
        [(&owner, true), (&editor, true), (&viewer, false), (&gateway, true), (&reports, true)]
    {
        let lead = by.get(&path).await.expect(StatusCode::OK);
        assert_eq!(lead["your_side"], "buyer");
        assert_eq!(!lead["moves"].as_array().expect("a list").is_empty(), may_write, "{lead}");
        let listed = by.all("/v1/leads?side=buyer").await;
        assert_eq!((listed.len(), &listed[0]["id"]), (1, &json!(id)));
    }
    other.get(&path).await.expect_problem(404, "not_found");
    let events = format!("{path}/events");
    let note = json!({ "type": "note", "note": "Xin trả lời trước thứ sáu." });
    viewer.post_once(&events, &fresh_key(), &note).await.expect_problem(403, "forbidden");
    reports.post_once(&events, &fresh_key(), &note).await.expect_problem(403, "insufficient_scope");
    editor.post_once(&events, &fresh_key(), &note).await.expect(StatusCode::CREATED);
    let lost = json!({ "type": "stage", "to": "lost", "reason": "price" });
    gateway.post_once(&events, &fresh_key(), &lost).await.expect(StatusCode::CREATED);
    assert_eq!(owner.get(&path).await.json()["stage"], "lost");
    // Not what a member of the organisation sends for itself.
    let own = owner.post_once("/v1/leads", &fresh_key(), &stock.enquiry(&[stock.cake])).await;
    let own = own.expect(StatusCode::CREATED)["leads"][0]["id"].as_str().expect("an id").to_owned();
    gateway.get(&format!("/v1/leads/{own}")).await.expect_problem(404, "not_found");
    viewer.get(&format!("/v1/leads/{own}")).await.expect_problem(404, "not_found");
}

async fn a_client_moves_leads_of_its_organisation_and_sees_no_others(app: TestApp) {
    let scene = scene(app).await;
    let (stock, app) = (&scene.stock, &scene.app);
    let by = app.as_machine(&scene.machine(&["leads.read", "leads.write"]).await).await;
    let sent =
        app.anonymous().post_once("/v1/leads", &fresh_key(), &stock.enquiry(&[stock.mat, stock.cake])).await;
    let sent = sent.expect(StatusCode::CREATED);
    let lead = |n: usize| format!("/v1/leads/{}", sent["leads"][n]["id"].as_str().expect("an id"));
    let mine = by.get(&lead(0)).await.expect(StatusCode::OK);
    assert_eq!(
        (&mine["your_side"], &mine["contact_state"], &mine["contact"]),
        (&json!("producer"), &json!("hidden"), &Value::Null)
    );
    by.get(&lead(1)).await.expect_problem(404, "not_found");
    let note = json!({ "type": "note", "note": "Đã gọi lại." });
    by.post_once(&format!("{}/events", lead(1)), &fresh_key(), &note).await.expect_problem(404, "not_found");
    by.post_once(&format!("{}/events", lead(0)), &fresh_key(), &note).await.expect(StatusCode::CREATED);
    assert_eq!(by.all("/v1/leads").await.len(), 1);
    let events = scene.owner.get(&lead(0)).await.json()["events"].as_array().expect("events").len();
    assert_eq!(events, 2);
}

async fn clients_of_a_suspended_organisation_only_read(app: TestApp) {
    let scene = scene(app).await;
    let by = scene.app.as_machine(&scene.machine(&["leads.read", "leads.write"]).await).await;
    let enquiry = scene.stock.enquiry(&[scene.stock.mat]);
    let sent = scene.app.anonymous().post_once("/v1/leads", &fresh_key(), &enquiry).await.json();
    let lead = format!("/v1/leads/{}", sent["leads"][0]["id"].as_str().expect("an id"));
    let weavers = scene.stock.weavers;
    sql(&scene.app, format!("UPDATE organisations SET standing = 'suspended' WHERE id = '{weavers}'")).await;
    by.get(&lead).await.expect(StatusCode::OK);
    let note = json!({ "type": "note", "note": "Đã gọi lại." });
    by.post_once(&format!("{lead}/events"), &fresh_key(), &note).await.expect_problem(403, "forbidden");
    by.post_once("/v1/leads", &fresh_key(), &enquiry).await.expect_problem(403, "forbidden");
    let more = json!({ "name": "x", "scopes": ["leads.read"] });
    scene.owner.post(&scene.clients, &more).await.expect_problem(403, "forbidden");
}

async fn owners_of_a_suspended_organisation_take_away(app: TestApp) {
    let scene = scene(app).await;
    let machine = scene.machine(&["leads.read"]).await;
    let weavers = scene.stock.weavers;
    let editor = scene.app.member("editor@weavers.example", weavers, MemberRole::Editor).await;
    sql(&scene.app, format!("UPDATE organisations SET standing = 'suspended' WHERE id = '{weavers}'")).await;
    scene.patch(&machine, &json!({ "name": "x" })).await.expect_problem(403, "forbidden");
    let secrets = format!("{}/secrets", machine.path);
    scene.owner.post(&secrets, &Value::Null).await.expect_problem(403, "forbidden");
    let client = scene.owner.get(&machine.path).await.expect(StatusCode::OK);
    let secret = format!("{secrets}/{}", client["secrets"][0]["id"].as_str().expect("an id"));
    for path in [&secret, &machine.path] {
        editor.delete(path).await.expect_problem(403, "forbidden");
        scene.owner.delete(path).await.expect(StatusCode::NO_CONTENT);
    }
}

/// The session as it was read when the request came in; the owner is removed while it waits for the lock.
async fn who_was_removed_meanwhile_makes_no_secret(app: TestApp) {
    let scene = scene(app).await;
    let machine = scene.machine(&["leads.read"]).await;
    let (weavers, world) = (scene.stock.weavers, scene.app.state.world.clone());
    let client = ClientId::parse(&machine.id).expect("an id");
    let owned = [(weavers, MemberRole::Owner)];
    let user = scene.app.create_user("two@weavers.example", Role::Member, &owned).await.expect("a new user");
    let session: SessionId = world.id();
    let caller = Caller {
        principal: Principal::User { user, session },
        role: Role::Member,
        office_waits: false,
        memberships: vec![Membership::own(weavers, MemberRole::Owner)],
        origin: Origin::default(),
    };
    let by = Session { user, session, caller };
    let attempts = move |conn: &mut ocop_market::db::Conn| {
        let scopes = ocop_market::input::read(json!(["leads.read"])).expect("scopes");
        let name = ClientName::parse("Cổng").expect("a name");
        let new = NewClient { name, scopes, addresses: Networks::default() };
        Ok::<_, ocop_market::db::Failure>((
            clients::create(conn, &world, &by, weavers, &new).map(|_| ()),
            clients::open_as_owner(conn, &by, weavers, client).map(|_| ()),
            clients::open_to_revoke(conn, &by, weavers, client).map(|_| ()),
            organisations::open(conn, &by, weavers, &OrganisationChange::default()).map(|_| ()),
        ))
    };
    let before = scene.app.state.db.write(attempts.clone()).await.expect("tried");
    assert!(matches!(before, (Ok(()), Ok(()), Ok(()), Ok(()))), "{before:?}");
    sql(&scene.app, format!("UPDATE memberships SET role = 'editor' WHERE user_id = '{user}'")).await;
    let after = scene.app.state.db.write(attempts).await.expect("tried");
    assert!(
        matches!(
            after,
            (
                Err(ClientError::NotOwner),
                Err(ClientError::NotOwner),
                Err(ClientError::NotOwner),
                Err(OrganisationError::OwnersOnly)
            )
        ),
        "{after:?}"
    );
}

async fn every_change_is_in_the_audit_log(app: TestApp) {
    let scene = scene(app).await;
    let machine = scene.machine(&["leads.read", "leads.write"]).await;
    let narrower = json!({ "scopes": ["leads.read"], "addresses": ["127.0.0.0/8", "203.0.113.7"] });
    scene.patch(&machine, &narrower).await.expect(StatusCode::OK);
    let secrets = format!("{}/secrets", machine.path);
    let made = scene.owner.post(&secrets, &Value::Null).await.json();
    let id = made["secret"]["id"].as_str().expect("an id");
    scene.owner.delete(&format!("{secrets}/{id}")).await.expect(StatusCode::NO_CONTENT);
    let token = scene.app.as_machine(&machine).await.token.expect("a token");
    let request = scene.app.anonymous().request(Method::POST, "/v1/oauth/revoke");
    let request = request.basic_auth(&machine.id, Some(&machine.secret)).form(&[("token", &token)]);
    Reply::of(request).await.expect(StatusCode::OK);
    scene.owner.delete(&machine.path).await.expect(StatusCode::NO_CONTENT);
    use diesel::prelude::*;
    use diesel::sql_types::Text;
    #[derive(QueryableByName)]
    struct Entry {
        #[diesel(sql_type = Text)]
        action: String,
        #[diesel(sql_type = Text)]
        organisation_id: String,
        #[diesel(sql_type = Text)]
        details: String,
    }
    let query = format!(
        "SELECT action, organisation_id, details FROM audit_entries WHERE subject_id = '{}' ORDER BY seq",
        machine.id
    );
    let read = move |conn: &mut ocop_market::db::Conn| {
        diesel::sql_query(query).load::<Entry>(conn).map_err(ocop_market::db::Failure::from)
    };
    let entries = scene.app.state.db.read(read).await.expect("entries");
    let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "client.created",
            "client.changed",
            "client.secret_added",
            "client.secret_revoked",
            "client.token_revoked",
            "client.revoked"
        ]
    );
    for entry in &entries {
        assert_eq!(entry.organisation_id, scene.stock.weavers.as_str(), "{}", entry.action);
        assert!(!entry.details.contains("ocs_") && !entry.details.contains("Cổng"), "{}", entry.details);
        assert!(!entry.details.contains("203.0.113"), "{}", entry.details);
    }
    assert!(entries[1].details.contains(r#""addresses":2"#), "{}", entries[1].details);
}
