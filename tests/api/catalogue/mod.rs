//! The public catalogue: what is in force, found, ordered, paged, verified.

mod exporting;
mod listing;
mod searching;
mod showing;
mod verifying;

use crate::cases;
use crate::harness::{Actor, Case, Reply, TestApp};
use crate::seed::{Certified, Codes, Maker, Product, Seed, VU_THU};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ocop_market::catalogue::{self, Offered};
use ocop_market::db::Failure;
use ocop_market::products::ProductId;
use ocop_market::vietnamese::sort_key;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub fn cases() -> Vec<Case> {
    [exporting::cases(), listing::cases(), searching::cases(), showing::cases(), verifying::cases()]
        .into_iter()
        .flatten()
        .collect()
}

async fn names(actor: &Actor, path: &str) -> Vec<String> {
    let items = actor.all(path).await;
    let name = |item: &Value| item["name"].as_str().expect("a name").to_owned();
    items.iter().map(name).collect()
}

async fn get(app: &TestApp, path: &str) -> Value {
    app.anonymous().get(path).await.expect(StatusCode::OK)
}

/// What leads are told of these products.
async fn offered(app: &TestApp, ids: &[ProductId]) -> Vec<Offered> {
    let (ids, reference, today) = (ids.to_vec(), app.state.reference.clone(), app.state.world.today());
    let read = app
        .state
        .db
        .read(move |conn| catalogue::offered(conn, &reference, &ids, today).map_err(Failure::from));
    read.await.expect("an answer")
}

fn verification(product: &Product) -> String {
    format!("/v1/verifications/{}", product.code.as_str())
}
