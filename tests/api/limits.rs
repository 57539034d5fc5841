//! Rate limits: each kind of caller has a budget of its own, and the headers tell what is left of it.

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use ocop_market::accounts::Role;
use ocop_market::auth::token::Bearer;
use ocop_market::clients::{ClientId, Scope, Scopes};
use reqwest::{Method, StatusCode};

pub fn cases() -> Vec<Case> {
    let of = |cases: Vec<Case>, arguments: &'static [&'static str]| {
        cases.into_iter().map(move |case| case.with(arguments))
    };
    let four = of(
        cases![
            an_address_is_counted_and_told,
            whatever_becomes_of_a_request_it_is_counted,
            what_is_outside_v1_is_free,
            an_escaped_path_is_no_way_around,
            a_spoofed_address_does_not_help
        ],
        &["--requests-per-minute=4"],
    );
    let each = of(
        cases![each_account_has_its_own, a_token_that_is_no_good_counts_by_address, a_client_has_its_own],
        &["--requests-per-minute=6", "--account-requests-per-minute=3", "--client-requests-per-minute=5"],
    );
    let proxied = of(
        cases![behind_a_proxy_the_address_it_saw_counts],
        &["--requests-per-minute=2", "--trusted-proxies=1"],
    );
    let together = of(
        cases![limits_are_told_together],
        &["--requests-per-minute=10", "--sign-ins-per-minute=6", "--cors-origins=https://shop.example"],
    );
    let none = cases![without_limits_nothing_is_told];
    none.into_iter().chain(four).chain(each).chain(proxied).chain(together).collect()
}

const LIST: &str = "/v1/product-groups";

/// Checks that an answer tells this policy and so many left.
#[track_caller]
fn told(reply: &Reply, policy: &str, left: u32) {
    let name = policy.split(';').next().expect("a name");
    assert_eq!(reply.header("ratelimit-policy"), policy, "{reply:?}");
    assert_eq!(reply.header("ratelimit"), format!("{name};r={left}"), "{reply:?}");
}

/// Checks that a request is refused for now.
#[track_caller]
fn refused(reply: &Reply, policy: &str, most_seconds: u32) {
    reply.expect_problem(429, "too_many_requests");
    assert_eq!(reply.header("ratelimit-policy"), policy);
    let wait: u32 = reply.header("retry-after").parse().expect("seconds");
    assert!((1..=most_seconds).contains(&wait), "{wait}");
    let name = policy.split(';').next().expect("a name");
    assert_eq!(reply.header("ratelimit"), format!("{name};r=0;t={wait}"));
}

const FOUR: &str = r#""requests";q=4;w=60"#;

async fn an_address_is_counted_and_told(app: TestApp) {
    let nobody = app.anonymous();
    for left in [3, 2, 1, 0] {
        let reply = nobody.get(LIST).await;
        reply.expect(StatusCode::OK);
        told(&reply, FOUR, left);
    }
    // Sixty seconds for four: one more every fifteen.
    refused(&nobody.get(LIST).await, FOUR, 16);
    refused(&nobody.get("/v1/products").await, FOUR, 16);
}

async fn whatever_becomes_of_a_request_it_is_counted(app: TestApp) {
    let nobody = app.anonymous();
    let first = nobody.get(LIST).await;
    told(&first, FOUR, 3);
    let again = nobody.request(Method::GET, LIST).header("If-None-Match", first.header("etag"));
    let again = Reply::of(again).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    told(&again, FOUR, 2);
    let missing = nobody.get("/v1/nothing").await;
    missing.expect_problem(404, "not_found");
    told(&missing, FOUR, 1);
    let signed_out = nobody.get("/v1/me").await;
    signed_out.expect_problem(401, "unauthenticated");
    told(&signed_out, FOUR, 0);
    let head = Reply::of(nobody.request(Method::HEAD, LIST)).await;
    assert_eq!(head.status, StatusCode::TOO_MANY_REQUESTS);
}

async fn what_is_outside_v1_is_free(app: TestApp) {
    let nobody = app.anonymous();
    for _ in 0..2 {
        for path in ["/livez", "/readyz", "/docs/", "/.well-known/jwks.json"] {
            let reply = nobody.get(path).await;
            assert_eq!(reply.status, StatusCode::OK, "{path}");
            assert_eq!(reply.header("ratelimit"), "", "{path}");
        }
    }
    told(&nobody.get(LIST).await, FOUR, 3);
}

async fn an_escaped_path_is_no_way_around(app: TestApp) {
    let nobody = app.anonymous();
    for (path, left) in [("/%761/product-groups", 3), ("/v%31/product-groups", 2)] {
        let reply = nobody.get(path).await;
        // Whether it leads to the same place is the router's business; if it does, it is counted.
        if reply.status == StatusCode::OK {
            told(&reply, FOUR, left);
        } else {
            reply.expect_problem(404, "not_found");
        }
    }
}

async fn a_spoofed_address_does_not_help(app: TestApp) {
    let nobody = app.anonymous();
    for n in 0..5 {
        let request = nobody.request(Method::GET, LIST).header("X-Forwarded-For", format!("203.0.113.{n}"));
        let request = request.header("Forwarded", format!("for=203.0.113.{n}"));
        let reply = Reply::of(request).await;
        assert_eq!(reply.status.is_success(), n < 4, "{n}");
    }
}

async fn behind_a_proxy_the_address_it_saw_counts(app: TestApp) {
    let nobody = app.anonymous();
    let from = async |forwarded: &str| {
        let reply = Reply::of(nobody.request(Method::GET, LIST).header("X-Forwarded-For", forwarded)).await;
        reply.header("ratelimit")
    };
    assert_eq!(from("203.0.113.7").await, r#""requests";r=1"#);
    // What the client wrote itself stands before what the proxy saw.
    assert_eq!(from("192.0.2.1, 203.0.113.7").await, r#""requests";r=0"#);
    assert!(from("192.0.2.2, 203.0.113.7").await.contains("r=0;t="));
    assert_eq!(from("203.0.113.8").await, r#""requests";r=1"#);
    // Of IPv6 one party has a /64.
    assert_eq!(from("2001:db8:1:2::1").await, r#""requests";r=1"#);
    assert_eq!(from("2001:db8:1:2:3:4:5:6").await, r#""requests";r=0"#);
    assert!(from("2001:db8:1:2:ffff::").await.contains("r=0;t="));
    assert_eq!(from("2001:db8:1:3::1").await, r#""requests";r=1"#);
}

const SIX: &str = r#""requests";q=6;w=60"#;
const ACCOUNT: &str = r#""account-requests";q=3;w=60"#;

async fn each_account_has_its_own(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let a = app.user("b@shop.example", Role::Member, &[]).await;
    let token = |tokens: &serde_json::Value| tokens["access_token"].as_str().expect("a token").to_owned();
    let b = app.anonymous().with_token(token(&app.sign_in("a@shop.example").await));
    let again = app.anonymous().with_token(token(&app.sign_in("a@shop.example").await));
    told(&a.get("/v1/me").await, ACCOUNT, 2);
    // Public or not, by whichever session.
    told(&b.get(LIST).await, ACCOUNT, 2);
    told(&again.get("/v1/me").await, ACCOUNT, 1);
    told(&b.get("/v1/products").await, ACCOUNT, 0);
    refused(&again.get(LIST).await, ACCOUNT, 21);
    refused(&b.get("/v1/me").await, ACCOUNT, 21);
    // Neither the other account behind the same address, nor the address itself, has less for it.
    told(&a.get("/v1/me").await, ACCOUNT, 1);
    told(&app.anonymous().get(LIST).await, SIX, 2);
}

async fn a_token_that_is_no_good_counts_by_address(app: TestApp) {
    let member = app.user("a@shop.example", Role::Member, &[]).await;
    told(&member.get(LIST).await, ACCOUNT, 2);
    let token = member.token.clone().expect("a token");
    // Another first letter of the signature; of the last one only two bits count.
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let forged = app.anonymous().with_token(format!("{message}.{other}{}", &signature[1..]));
    let reply = forged.get(LIST).await;
    reply.expect(StatusCode::OK);
    told(&reply, SIX, 4);
    let reply = forged.get("/v1/me").await;
    reply.expect_problem(401, "unauthenticated");
    told(&reply, SIX, 3);
    // One that was good and has run out.
    app.clock.advance_seconds(900);
    told(&member.get(LIST).await, SIX, 2);
}

async fn a_client_has_its_own(app: TestApp) {
    let client: ClientId = app.state.world.id();
    let bearer = Bearer::Client { client, scopes: Scopes::of(&[Scope::CatalogueRead]) };
    let token = app.state.keys.sign(&app.state.world, &bearer, None).expect("signed");
    let machine: Actor = app.anonymous().with_token(token.text);
    const CLIENT: &str = r#""client-requests";q=5;w=60"#;
    for left in [4, 3, 2, 1, 0] {
        told(&machine.get(LIST).await, CLIENT, left);
    }
    refused(&machine.get(LIST).await, CLIENT, 13);
    told(&app.anonymous().get(LIST).await, SIX, 5);
}

async fn limits_are_told_together(app: TestApp) {
    let body = serde_json::json!({ "email": "a@shop.example", "password": "not the password" });
    let nobody = app.anonymous();
    let reply = nobody.post("/v1/sessions", &body).await;
    reply.expect_problem(401, "invalid_credentials");
    let policies = reply.header("ratelimit-policy");
    assert!(policies.contains(r#""sign-ins";q=6;w=60"#), "{policies}");
    assert!(policies.ends_with(r#""requests";q=10;w=60"#), "{policies}");
    assert!(reply.header("ratelimit").ends_with(r#""requests";r=9"#), "{}", reply.header("ratelimit"));
    for _ in 0..9 {
        nobody.get(LIST).await.expect(StatusCode::OK);
    }
    // A page of another origin can read that it is to slow down.
    let request = nobody.request(Method::GET, LIST).header("Origin", "https://shop.example");
    let reply = Reply::of(request).await;
    refused(&reply, r#""requests";q=10;w=60"#, 7);
    assert_eq!(reply.header("access-control-allow-origin"), "https://shop.example");
    assert!(reply.header("access-control-expose-headers").to_lowercase().contains("ratelimit-policy"));
}

async fn without_limits_nothing_is_told(app: TestApp) {
    let reply = app.anonymous().get(LIST).await;
    assert_eq!((reply.header("ratelimit"), reply.header("ratelimit-policy")), (String::new(), String::new()));
}
