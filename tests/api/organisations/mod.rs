//! Organisations: registered, changed, verified, found in the ledger and claimed; what of them stays private.

mod claiming;
mod finding;
mod privacy;
mod registering;
mod verifying;

use crate::harness::{Actor, Case, Reply, TestApp};
use diesel::prelude::*;
use ocop_market::accounts::Role;
use ocop_market::db::Failure;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    [registering::cases(), verifying::cases(), finding::cases(), claiming::cases(), privacy::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// Communes of today: of Hưng Yên where Thái Bình was, of Hưng Yên as it was, of Hà Nội.
const VU_THU: &str = "13192";
const TAN_HUNG: &str = "11977";
const BA_DINH: &str = "00004";

/// Somebody with an account and nothing else.
async fn person(app: &TestApp, name: &str) -> Actor {
    app.user(&email(name), Role::Member, &[]).await
}

fn email(name: &str) -> String {
    format!("{name}@example.vn")
}

/// A co-operative in Vũ Thư.
fn cooperative(name: &str) -> Value {
    json!({ "kind": "producer", "entity_type": "cooperative", "legal_name": name, "unit": VU_THU })
}

/// The body with other members.
fn with(mut body: Value, members: Value) -> Value {
    let (Some(body_members), Value::Object(members)) = (body.as_object_mut(), members) else {
        panic!("objects")
    };
    body_members.extend(members);
    body
}

/// Registers; the organisation.
async fn register(by: &Actor, body: &Value) -> Value {
    by.post("/v1/organisations", body).await.expect(StatusCode::CREATED)
}

fn id(of: &Value) -> String {
    of["id"].as_str().expect("an id").to_owned()
}

fn path(of: &Value) -> String {
    format!("/v1/organisations/{}", id(of))
}

async fn patch(by: &Actor, path: &str, tag: &str, body: &Value) -> Reply {
    by.settled(by.request(Method::PATCH, path).header("If-Match", tag).json(body)).await
}

async fn decide(by: &Actor, of: &Value, body: &Value) -> Reply {
    by.post(&format!("{}/verifications", path(of)), body).await
}

/// What a recognition says of a product of a producer in old Thái Bình.
fn recognition(product: &str, producer: &str, entity_type: &str) -> Value {
    json!({
        "product_name": product, "producer_name": producer, "entity_type": entity_type,
        "district": "Vũ Thư", "province": "Thái Bình", "group": "food", "set_no": 6,
        "stars": 4, "decision_no": "858/QĐ-UBND", "decision_date": "2025-06-18",
    })
}

/// Records it; the certification.
async fn certify(by: &Actor, body: &Value) -> Value {
    let recorded = by.post("/v1/certifications", body).await.expect(StatusCode::CREATED);
    recorded["certification"].clone()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// How many rows there are.
async fn rows(app: &TestApp, from: &str) -> i64 {
    let sql = format!("SELECT CAST(count(*) AS BIGINT) AS count FROM {from}");
    let counted = app.state.db.read(move |conn| {
        let counts: Vec<Count> = diesel::sql_query(sql).load(conn)?;
        Ok::<_, Failure>(counts)
    });
    counted.await.expect("counted")[0].count
}
