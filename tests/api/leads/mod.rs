//! Leads: sent by anybody, seen by their two sides, moved by whom the table allows.

mod agreements;
mod at_once;
mod attribution;
pub mod captured;
mod contacts;
mod exporting;
pub mod files;
mod histories;
mod input;
mod intake;
mod letter_links;
pub mod letters;
mod market;
mod merged;
mod merging;
mod moves;
mod quotes;
mod reading;
mod reporting;
mod sending;
mod sheet;
pub mod stock;
mod story;
mod together;
mod troupe;

use crate::harness::{Actor, Case, Reply};
use ocop_market::products::ProductId;
use serde_json::Value;
use stock::Stock;

pub fn cases() -> Vec<Case> {
    [
        sending::cases(),
        intake::cases(),
        together::cases(),
        input::cases(),
        reading::cases(),
        moves::cases(),
        quotes::cases(),
        reporting::cases(),
        exporting::cases(),
        sheet::cases(),
        contacts::cases(),
        files::cases(),
        agreements::cases(),
        attribution::cases(),
        captured::cases(),
        histories::cases(),
        merging::cases(),
        merged::cases(),
        at_once::cases(),
        letters::cases(),
        letter_links::cases(),
        story::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A key no other request of the test has used.
pub fn fresh_key() -> String {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("test-key-{:010}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Posts an enquiry under a fresh key.
async fn ask(by: &Actor, body: &Value) -> Reply {
    by.post_once("/v1/leads", &fresh_key(), body).await
}

/// Sends an enquiry about one product; the id of the lead it becomes.
async fn one_lead(by: &Actor, stock: &Stock, product: ProductId) -> String {
    let receipt = ask(by, &stock.enquiry(&[product])).await;
    let receipt = receipt.expect(reqwest::StatusCode::CREATED);
    receipt["leads"][0]["id"].as_str().expect("an id").to_owned()
}

/// Rows of a table, `leads`, or some of them, `leads WHERE …`.
pub async fn count(app: &crate::harness::TestApp, of: &'static str) -> i64 {
    use diesel::prelude::*;
    use diesel::sql_types::BigInt;
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let counted = app.state.db.read(move |conn| {
        let query = diesel::sql_query(format!("SELECT count(*) AS n FROM {of}"));
        query.get_result::<Count>(conn).map_err(ocop_market::db::Failure::from)
    });
    counted.await.expect("a count").n
}
