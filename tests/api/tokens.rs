//! Attacks on access tokens (RFC 8725), of people and of machines, each at two operations or more. What is forged here is
//! truly signed wherever the signature is not what is wrong: it is refused for that one thing.

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::leads::stock::Stock;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use ocop_market::auth::MemberRole;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    cases![
        forged_tokens_of_people_are_refused,
        forged_tokens_of_machines_are_refused,
        tokens_of_one_kind_are_not_of_the_other,
        one_token_comes_once_and_as_a_bearer,
    ]
}

const UNKNOWN: &str = "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d";
const CHALLENGE_INVALID: &str = r#"Bearer realm="ocop-market", error="invalid_token""#;

fn part(token: &str, n: usize) -> Value {
    let part = token.split('.').nth(n).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

fn forge(header: &Value, claims: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).expect("signed");
    format!("{message}.{signature}")
}

fn with(value: &Value, member: &str, new: impl Into<Value>) -> Value {
    let mut value = value.clone();
    value[member] = new.into();
    value
}

fn without(value: &Value, member: &str) -> Value {
    let mut value = value.clone();
    value.as_object_mut().expect("an object").shift_remove(member);
    value
}

/// The key the service signs with, read as an operator could.
fn signing_key(app: &TestApp) -> EncodingKey {
    let path = app.state.config.data_dir.join("keys/signing-0001.pem");
    let pem = std::fs::read_to_string(path).expect("a key file");
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    EncodingKey::from_ed_der(&STANDARD.decode(body).expect("base64"))
}

fn other_key() -> EncodingKey {
    // The private key of RFC 8032 §7.1, test 1.
    let pem = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
    EncodingKey::from_ed_der(&STANDARD.decode(pem).expect("base64"))
}

/// Everything that can be wrong with a token however its bearer is called: what is wrong, and the token.
async fn forged(app: &TestApp, good: &str) -> Vec<(String, String)> {
    let (header, claims) = (part(good, 0), part(good, 1));
    let now = claims["iat"].as_i64().expect("seconds");
    let key = signing_key(app);
    let ours = |header: &Value, claims: &Value| forge(header, claims, &key, Algorithm::EdDSA);
    let jwks = app.anonymous().get("/.well-known/jwks.json").await.json();
    let x = jwks["keys"][0]["x"].as_str().expect("a key");
    let as_secret = EncodingKey::from_secret(&URL_SAFE_NO_PAD.decode(x).expect("base64url"));
    let text_as_secret = EncodingKey::from_secret(x.as_bytes());
    let none = ours(&with(&header, "alg", "none"), &claims);
    let none = none.rsplit_once('.').expect("three parts").0.to_owned();
    let hs256 = with(&header, "alg", "HS256");
    let own_jwk =
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let message = good.rsplit_once('.').expect("three parts").0;
    let mut forged = vec![
        ("alg none", format!("{none}.")),
        ("alg none, two parts", none),
        ("alg None, signed", ours(&with(&header, "alg", "None"), &claims)),
        ("HS256 with the public key", forge(&hs256, &claims, &as_secret, Algorithm::HS256)),
        ("HS256 with the public key as text", forge(&hs256, &claims, &text_as_secret, Algorithm::HS256)),
        ("EdDSA said, HS256 done", forge(&header, &claims, &as_secret, Algorithm::HS256)),
        ("ES256", ours(&with(&header, "alg", "ES256"), &claims)),
        ("RS256", ours(&with(&header, "alg", "RS256"), &claims)),
        ("no alg", ours(&without(&header, "alg"), &claims)),
        ("another key", forge(&header, &claims, &other_key(), Algorithm::EdDSA)),
        (
            "a key it brings along",
            forge(&with(&header, "jwk", own_jwk), &claims, &other_key(), Algorithm::EdDSA),
        ),
        (
            "a key at an address",
            forge(
                &with(&header, "jku", "https://other.example/jwks.json"),
                &claims,
                &other_key(),
                Algorithm::EdDSA,
            ),
        ),
        ("unknown kid", ours(&with(&header, "kid", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"), &claims)),
        ("kid of a path", ours(&with(&header, "kid", "../../../dev/null"), &claims)),
        ("no kid", ours(&without(&header, "kid"), &claims)),
        ("typ JWT", ours(&with(&header, "typ", "JWT"), &claims)),
        ("no typ", ours(&without(&header, "typ"), &claims)),
        ("an extension to be understood", ours(&with(&header, "crit", json!(["exp"])), &claims)),
        ("string exp", ours(&header, &with(&claims, "exp", (now + 900).to_string()))),
        ("exp beyond all numbers", ours(&header, &with(&claims, "exp", 1e300))),
        ("expired", ours(&header, &with(&claims, "exp", now))),
        ("iat in the future", ours(&header, &with(&claims, "iat", now + 61))),
        ("other issuer", ours(&header, &with(&claims, "iss", "https://other.example"))),
        ("other audience", ours(&header, &with(&claims, "aud", "https://other.example"))),
        (
            "several audiences",
            ours(&header, &with(&claims, "aud", json!([claims["aud"], "https://other.example"]))),
        ),
        ("other client", ours(&header, &with(&claims, "client_id", "other"))),
        ("other subject", ours(&header, &with(&claims, "sub", UNKNOWN))),
        ("subject that is no id", ours(&header, &with(&claims, "sub", "admin"))),
        ("empty jti", ours(&header, &with(&claims, "jti", ""))),
        ("9 KB", ours(&header, &with(&claims, "filler", "x".repeat(9 * 1024)))),
        ("rubbish", "a.b.c".to_owned()),
        ("nothing", "...".to_owned()),
        ("cut", good[..good.len() - 1].to_owned()),
        ("no signature", format!("{message}.")),
        ("four parts", format!("{good}.x")),
        ("padded", format!("{good}=")),
    ];
    for claim in ["iss", "aud", "sub", "client_id", "iat", "exp", "jti"] {
        forged.push((claim, ours(&header, &without(&claims, claim))));
    }
    forged.into_iter().map(|(what, token)| (what.to_owned(), token)).collect()
}

/// Sends a token where such a bearer may go, each way of them.
async fn refused(app: &TestApp, token: &str, what: &str, stock: &Stock, people_only: bool) {
    let by = app.anonymous().with_token(token);
    let mut replies = vec![
        by.get("/v1/leads").await,
        by.get(&format!("/v1/listings/{}", stock.mat)).await,
        by.post_once("/v1/leads", &crate::leads::fresh_key(), &stock.enquiry(&[stock.mat])).await,
    ];
    if people_only {
        replies.push(by.get("/v1/me").await);
    }
    for reply in replies {
        reply.expect_problem(401, "unauthenticated");
        assert_eq!(reply.header("www-authenticate"), CHALLENGE_INVALID, "{what}");
    }
    assert_eq!(crate::leads::count(app, "leads").await, 0, "{what}");
}

struct Scene {
    app: TestApp,
    stock: Stock,
    owner: Actor,
}

async fn scene(app: TestApp) -> Scene {
    let stock = Stock::fill(&app).await;
    let owner = app.member("owner@weavers.example", stock.weavers, MemberRole::Owner).await;
    Scene { app, stock, owner }
}

async fn forged_tokens_of_people_are_refused(app: TestApp) {
    let Scene { app, stock, owner } = scene(app).await;
    let good = owner.token.clone().expect("a token");
    let (header, claims, key) = (part(&good, 0), part(&good, 1), signing_key(&app));
    let ours = |header: &Value, claims: &Value| forge(header, claims, &key, Algorithm::EdDSA);
    let remade = app.anonymous().with_token(ours(&header, &claims));
    remade.get("/v1/me").await.expect(StatusCode::OK);
    remade.get("/v1/leads").await.expect(StatusCode::OK);

    let other = app.member("other@weavers.example", stock.weavers, MemberRole::Owner).await;
    let others = part(other.token.as_deref().expect("a token"), 1);
    let mut all = forged(&app, &good).await;
    all.extend([
        ("no session".to_owned(), ours(&header, &without(&claims, "sid"))),
        ("unknown session".to_owned(), ours(&header, &with(&claims, "sid", UNKNOWN))),
        ("somebody else's session".to_owned(), ours(&header, &with(&claims, "sid", others["sid"].clone()))),
        ("a scope".to_owned(), ours(&header, &with(&claims, "scope", "leads.read leads.write"))),
        (
            "a scope and no session".to_owned(),
            ours(&header, &without(&with(&claims, "scope", "leads.read"), "sid")),
        ),
    ]);
    for (what, token) in all {
        refused(&app, &token, &what, &stock, true).await;
    }
    other.delete("/v1/sessions/current").await.expect(StatusCode::NO_CONTENT);
    refused(&app, other.token.as_deref().expect("a token"), "a session that has ended", &stock, true).await;
    app.clock.advance_seconds(900);
    refused(&app, &good, "run out", &stock, true).await;
}

async fn forged_tokens_of_machines_are_refused(app: TestApp) {
    let Scene { app, stock, owner } = scene(app).await;
    let machine = app.machine(&owner, stock.weavers, &["leads.read", "leads.write", "listings.read"]).await;
    let other = app.machine(&owner, stock.weavers, &["catalogue.read"]).await;
    let good = app.as_machine(&machine).await.token.expect("a token");
    let (header, claims, key) = (part(&good, 0), part(&good, 1), signing_key(&app));
    let ours = |header: &Value, claims: &Value| forge(header, claims, &key, Algorithm::EdDSA);
    let remade = app.anonymous().with_token(ours(&header, &claims));
    remade.get("/v1/leads").await.expect(StatusCode::OK);
    remade.get(&format!("/v1/listings/{}", stock.mat)).await.expect(StatusCode::OK);

    let sid = part(owner.token.as_deref().expect("a token"), 1)["sid"].clone();
    let mut all = forged(&app, &good).await;
    all.extend([
        ("no scope".to_owned(), ours(&header, &without(&claims, "scope"))),
        ("an empty scope".to_owned(), ours(&header, &with(&claims, "scope", ""))),
        ("a scope there is not".to_owned(), ours(&header, &with(&claims, "scope", "leads.read admin"))),
        ("a list of scopes".to_owned(), ours(&header, &with(&claims, "scope", json!(["leads.read"])))),
        (
            "a scope more than the client has".to_owned(),
            ours(&header, &with(&claims, "scope", "leads.read leads.write listings.read listings.write")),
        ),
        ("a session".to_owned(), ours(&header, &with(&claims, "sid", sid))),
        ("another client's subject".to_owned(), ours(&header, &with(&claims, "sub", other.id.clone()))),
        (
            "another client's scopes".to_owned(),
            ours(&header, &with(&with(&claims, "sub", other.id.clone()), "client_id", other.id.clone())),
        ),
        ("the people's client".to_owned(), ours(&header, &with(&claims, "client_id", "ocop-market"))),
    ]);
    for (what, token) in all {
        refused(&app, &token, &what, &stock, false).await;
    }
    let others = app.as_machine(&other).await.token.expect("a token");
    owner.delete(&other.path).await.expect(StatusCode::NO_CONTENT);
    refused(&app, &others, "a client that was revoked", &stock, false).await;
    app.clock.advance_seconds(900);
    refused(&app, &good, "run out", &stock, false).await;
}

/// What proves one thing proves nothing else.
async fn tokens_of_one_kind_are_not_of_the_other(app: TestApp) {
    let Scene { app, stock, owner } = scene(app).await;
    let machine = app.machine(&owner, stock.weavers, &["leads.read"]).await;
    let tokens = app.sign_in("owner@weavers.example").await;
    for (what, text) in [
        ("a refresh token", tokens["refresh_token"].as_str().expect("a token")),
        ("a client's secret", &machine.secret),
        ("a client's id", &machine.id),
    ] {
        refused(&app, text, what, &stock, true).await;
    }
    let refresh = json!({ "refresh_token": tokens["access_token"] });
    app.anonymous().post("/v1/sessions/refresh", &refresh).await.expect_problem(401, "invalid_refresh_token");
    let by_token = crate::harness::machines::Machine {
        secret: app.as_machine(&machine).await.token.expect("a token"),
        ..machine.clone()
    };
    assert_eq!(app.ask_for_token(&by_token, &[]).await.json()["error"], "invalid_client");
}

async fn one_token_comes_once_and_as_a_bearer(app: TestApp) {
    let Scene { app, owner, .. } = scene(app).await;
    let basic = app.anonymous().request(Method::GET, "/v1/me").basic_auth("a", Some("b"));
    Reply::of(basic).await.expect_problem(401, "unauthenticated");
    let token = owner.token.clone().expect("a token");
    let twice = owner.request(Method::GET, "/v1/me").header("Authorization", format!("Bearer {token}"));
    let twice = Reply::of(twice).await;
    twice.expect_problem(401, "unauthenticated");
    assert_eq!(twice.header("www-authenticate"), CHALLENGE_INVALID);
    let in_query = app.anonymous().get(&format!("/v1/leads?access_token={token}")).await;
    assert!(in_query.status.is_client_error(), "{}", in_query.text);
}
