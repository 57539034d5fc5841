//! Personal data: what people agree to, get, have erased and ask for; how long what is kept.

mod consents;
mod erasure;
pub mod everything;
mod export;
mod requests;
mod retention;

use crate::harness::{Actor, Case, Reply, TestApp};
use diesel::connection::SimpleConnection;
use ocop_market::db::{Conn, Failure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn cases() -> Vec<Case> {
    [consents::cases(), export::cases(), erasure::cases(), requests::cases(), retention::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// The token in the letter that an anonymous request is answered with.
pub async fn token_for(app: &TestApp, kind: &str, email: &str) -> String {
    let asked = app.anonymous().post("/v1/data-requests", &json!({ "kind": kind, "email": email })).await;
    assert_eq!(asked.expect(StatusCode::ACCEPTED)["state"], "unconfirmed");
    app.mail_to(email).await.token("data-request")
}

async fn confirm(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/data-requests/confirmations", &json!({ "token": token })).await
}

/// A request whose address has been confirmed; its id.
pub async fn confirmed_request(app: &TestApp, kind: &str, email: &str) -> String {
    let token = token_for(app, kind, email).await;
    let terms = confirm(app, &token).await.expect(StatusCode::OK);
    terms["id"].as_str().expect("an id").to_owned()
}

async fn run_sql(app: &TestApp, sql: impl Into<String>) {
    let sql = sql.into();
    let run = move |conn: &mut Conn| conn.batch_execute(&sql).map_err(Failure::from);
    app.state.db.write(run).await.expect("valid SQL");
}

/// Where somebody comes from, for who is behind a proxy.
async fn from(by: &Actor, address: &str, browser: &str, method: Method, path: &str, body: &Value) -> Reply {
    let request = by.request(method, path).header("X-Forwarded-For", address).header("User-Agent", browser);
    Reply::of(request.header("Idempotency-Key", crate::leads::fresh_key()).json(body)).await
}

/// The actions of the audit log, in order.
async fn audited(app: &TestApp) -> Vec<String> {
    everything::column(app, "SELECT action AS value FROM audit_entries ORDER BY seq").await
}
