//! The signing keys of several instances: shared without sharing, rotated with overlap, revoked.

use crate::cases;
use crate::harness::{Actor, Case, TestApp};
use diesel::connection::SimpleConnection;
use ocop_market::accounts::Role;
use ocop_market::auth::keys::command::{self, KeysCommand};
use ocop_market::auth::keys::{self, KeyError};
use ocop_market::db::{Conn, Failure};
use reqwest::StatusCode;
use std::collections::BTreeSet;

pub fn cases() -> Vec<Case> {
    cases![
        instances_take_each_others_tokens,
        a_key_is_rotated_by_its_age_with_overlap,
        a_key_is_rotated_by_the_operator,
        a_revoked_key_is_refused_by_every_instance,
        a_key_nobody_speaks_for_is_forgotten,
        unknown_keys_are_looked_for_once_a_second,
        instances_that_share_a_directory_share_its_keys,
        what_became_of_keys_is_in_the_audit_log,
    ]
}

const DAY: i64 = 86_400;

async fn signed_in(app: &TestApp) -> Actor {
    let tokens = app.sign_in("a@shop.example").await;
    app.anonymous().with_token(tokens["access_token"].as_str().expect("a token"))
}

/// The same caller at another instance.
fn at(app: &TestApp, by: &Actor) -> Actor {
    app.anonymous().with_token(by.token.clone().expect("a token"))
}

fn kid_of(by: &Actor) -> String {
    let header = jsonwebtoken::decode_header(by.token.as_deref().expect("a token")).expect("a header");
    header.kid.expect("a kid")
}

async fn published(app: &TestApp) -> BTreeSet<String> {
    let jwks = app.anonymous().get("/.well-known/jwks.json").await.expect(StatusCode::OK);
    let keys = jwks["keys"].as_array().expect("keys").iter();
    keys.map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

async fn tend(apps: &[&TestApp]) {
    for app in apps {
        keys::tend(&app.state).await.expect("looked after");
    }
}

async fn order(app: &TestApp, command: KeysCommand) -> Result<String, KeyError> {
    let (world, config) = (app.state.world.clone(), app.state.config.clone());
    app.state.db.write(move |conn| command::run(&command, conn, &world, &config)).await
}

fn files(app: &TestApp) -> Vec<String> {
    let names = std::fs::read_dir(app.data_dir().join("keys")).expect("listed");
    let mut names: Vec<_> =
        names.map(|entry| entry.expect("one").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

async fn expect_refused(by: &Actor) {
    let reply = by.get("/v1/me").await;
    reply.expect_problem(401, "unauthenticated");
    assert_eq!(reply.header("www-authenticate"), r#"Bearer realm="ocop-market", error="invalid_token""#);
}

async fn instances_take_each_others_tokens(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let beside = app.beside(&[]);
    let (here, there) = (signed_in(&app).await, signed_in(&beside).await);
    assert_ne!(kid_of(&here), kid_of(&there), "each has a key of its own");
    // The older one has not looked since the younger one began: the token makes it look.
    at(&app, &there).get("/v1/me").await.expect(StatusCode::OK);
    at(&beside, &here).get("/v1/me").await.expect(StatusCode::OK);
    let both = BTreeSet::from([kid_of(&here), kid_of(&there)]);
    assert_eq!((published(&app).await, published(&beside).await), (both.clone(), both));
    there.delete("/v1/sessions/current").await.expect(StatusCode::NO_CONTENT);
    expect_refused(&at(&app, &there)).await;
}

async fn a_key_is_rotated_by_its_age_with_overlap(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let beside = app.beside(&["--key-days=3650"]);
    let first = kid_of(&signed_in(&app).await);
    app.clock.advance_seconds(90 * DAY - 1);
    tend(&[&app, &beside]).await;
    assert_eq!(files(&app), ["signing-0001.pem"]);
    app.clock.advance_seconds(1);
    tend(&[&app, &beside]).await;
    assert_eq!(files(&app), ["signing-0001.pem", "signing-0002.pem"]);
    assert_eq!((published(&app).await.len(), published(&beside).await.len()), (3, 3));
    // Gateways learn of it before it signs.
    app.clock.advance_seconds(599);
    tend(&[&app, &beside]).await;
    let by_old = signed_in(&app).await;
    assert_eq!(kid_of(&by_old), first);
    app.clock.advance_seconds(1);
    tend(&[&app, &beside]).await;
    let by_new = signed_in(&app).await;
    assert_ne!(kid_of(&by_new), first);
    for instance in [&app, &beside] {
        at(instance, &by_old).get("/v1/me").await.expect(StatusCode::OK);
        at(instance, &by_new).get("/v1/me").await.expect(StatusCode::OK);
    }
    app.clock.advance_seconds(3599);
    tend(&[&app, &beside]).await;
    assert!(published(&beside).await.contains(&first));
    app.clock.advance_seconds(1);
    tend(&[&app, &beside]).await;
    assert!(!published(&beside).await.contains(&first) && !published(&app).await.contains(&first));
    // The table has the last word; the file goes with the next look, if it has not gone.
    tend(&[&app]).await;
    assert_eq!(files(&app), ["signing-0002.pem"]);
    assert_eq!(kid_of(&signed_in(&app).await), kid_of(&by_new));
}

async fn a_key_is_rotated_by_the_operator(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let by_old = signed_in(&app).await;
    let said = order(&app, KeysCommand::Rotate).await.expect("rotated");
    assert!(said.contains("signing-0002.pem"), "{said}");
    tend(&[&app]).await;
    assert_eq!(kid_of(&signed_in(&app).await), kid_of(&by_old));
    app.clock.advance_seconds(600);
    tend(&[&app]).await;
    let by_new = signed_in(&app).await;
    assert_ne!(kid_of(&by_new), kid_of(&by_old));
    by_old.get("/v1/me").await.expect(StatusCode::OK);
    let list = order(&app, KeysCommand::List).await.expect("listed");
    assert_eq!(list.lines().count(), 2, "{list}");
    assert!(list.lines().all(|line| line.contains("in use") && line.contains("signing-000")), "{list}");
    app.clock.advance_seconds(3600);
    tend(&[&app]).await;
    tend(&[&app]).await;
    assert_eq!(files(&app), ["signing-0002.pem"]);
    let list = order(&app, KeysCommand::List).await.expect("listed");
    assert!(list.contains("retired 2026-11-23T04:10:00Z"), "{list}");
    expect_refused(&by_old).await;
}

async fn a_revoked_key_is_refused_by_every_instance(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let beside = app.beside(&[]);
    let (stolen, other) = (signed_in(&app).await, signed_in(&beside).await);
    tend(&[&app, &beside]).await;
    at(&beside, &stolen).get("/v1/me").await.expect(StatusCode::OK);
    let kid = kid_of(&stolen);
    order(&beside, KeysCommand::Revoke { kid: kid.clone() }).await.expect("revoked");
    let again = order(&beside, KeysCommand::Revoke { kid: kid.clone() }).await;
    assert!(matches!(again, Err(KeyError::Unknown(_))), "{again:?}");
    tend(&[&app, &beside]).await;
    expect_refused(&stolen).await;
    expect_refused(&at(&beside, &stolen)).await;
    assert!(!published(&app).await.contains(&kid) && !published(&beside).await.contains(&kid));
    at(&app, &other).get("/v1/me").await.expect(StatusCode::OK);
    // Its owner has made itself another one, which is good at once.
    let fresh = signed_in(&app).await;
    assert_ne!(kid_of(&fresh), kid);
    fresh.get("/v1/me").await.expect(StatusCode::OK);
    tokio::time::sleep(std::time::Duration::from_millis(1050)).await;
    at(&beside, &fresh).get("/v1/me").await.expect(StatusCode::OK);
    tend(&[&app]).await;
    assert_eq!(files(&app), ["signing-0002.pem"]);
    // Not even a start with the old file brings it back.
    expect_refused(&stolen).await;
}

async fn a_key_nobody_speaks_for_is_forgotten(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let beside = app.beside(&[]);
    let gone = kid_of(&signed_in(&beside).await);
    drop(beside);
    app.clock.advance_seconds(26 * 3600 - 1);
    tend(&[&app]).await;
    assert!(published(&app).await.contains(&gone));
    app.clock.advance_seconds(1);
    tend(&[&app]).await;
    assert_eq!(published(&app).await, BTreeSet::from([kid_of(&signed_in(&app).await)]));
}

async fn unknown_keys_are_looked_for_once_a_second(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    keys::look_again(&app.state).await.expect("looked");
    let beside = app.beside(&[]);
    let there = signed_in(&beside).await;
    let here = at(&app, &there);
    let first = here.get("/v1/me").await;
    tokio::time::sleep(std::time::Duration::from_millis(1050)).await;
    here.get("/v1/me").await.expect(StatusCode::OK);
    // Unless the start of the other took longer than the second.
    assert!([StatusCode::UNAUTHORIZED, StatusCode::OK].contains(&first.status));
}

async fn instances_that_share_a_directory_share_its_keys(app: TestApp) {
    app.create_user("a@shop.example", Role::Member, &[]).await.expect("created");
    let shared = app.data_dir().to_string_lossy().into_owned();
    let sharing = app.beside(&["--data-dir", &shared]);
    assert_eq!(kid_of(&signed_in(&app).await), kid_of(&signed_in(&sharing).await));
    app.clock.advance_seconds(90 * DAY);
    tend(&[&app, &sharing, &app]).await;
    assert_eq!(files(&app), ["signing-0001.pem", "signing-0002.pem"], "one new key, not two");
    app.clock.advance_seconds(600 + 3600);
    tend(&[&app, &sharing, &app, &sharing]).await;
    assert_eq!(files(&app), ["signing-0002.pem"]);
    assert_eq!(kid_of(&signed_in(&app).await), kid_of(&signed_in(&sharing).await));
}

async fn what_became_of_keys_is_in_the_audit_log(app: TestApp) {
    order(&app, KeysCommand::Rotate).await.expect("rotated");
    let kid = published(&app).await.pop_first().expect("a key");
    order(&app, KeysCommand::Revoke { kid: kid.clone() }).await.expect("revoked");
    tend(&[&app]).await;
    use diesel::prelude::*;
    use diesel::sql_types::Text;
    #[derive(QueryableByName)]
    struct Entry {
        #[diesel(sql_type = Text)]
        actor_kind: String,
        #[diesel(sql_type = Text)]
        action: String,
    }
    let query =
        "SELECT actor_kind, action FROM audit_entries WHERE subject_kind = 'signing_key' ORDER BY seq";
    let read = move |conn: &mut Conn| diesel::sql_query(query).load::<Entry>(conn).map_err(Failure::from);
    let entries = app.state.db.read(read).await.expect("entries");
    let told: Vec<_> =
        entries.iter().map(|entry| (entry.actor_kind.as_str(), entry.action.as_str())).collect();
    assert_eq!(told, [("service", "key.made"), ("operator", "key.made"), ("operator", "key.retired")]);
    let unknown = "UPDATE signing_keys SET public_key = 'rubbish'".to_owned();
    let damage = move |conn: &mut Conn| conn.batch_execute(&unknown).map_err(Failure::from);
    app.state.db.write(damage).await.expect("damaged");
    tend(&[&app]).await;
}
