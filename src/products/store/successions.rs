//! SQL of the successions.

use crate::db::{Conn, Instant};
use crate::products::{ProductId, Succession, SuccessionKind};
use crate::schema::product_successions as successions;
use diesel::prelude::*;
use std::collections::HashMap;

type Row = (ProductId, ProductId, SuccessionKind, Instant);

const COLUMNS: (
    successions::product_id,
    successions::successor_id,
    successions::kind,
    successions::recorded_at,
) = (successions::product_id, successions::successor_id, successions::kind, successions::recorded_at);

/// What has taken the place of these products, as far as anything has.
pub fn of_products(conn: &mut Conn, products: &[ProductId]) -> QueryResult<HashMap<ProductId, Succession>> {
    let rows = successions::table.filter(successions::product_id.eq_any(products)).select(COLUMNS);
    rows.load(conn).map(by_product)
}

/// The same of all products with an id from `first` to `last`.
pub fn of_range(
    conn: &mut Conn,
    first: ProductId,
    last: ProductId,
) -> QueryResult<HashMap<ProductId, Succession>> {
    let rows = successions::table.filter(successions::product_id.between(first, last)).select(COLUMNS);
    rows.load(conn).map(by_product)
}

fn by_product(rows: Vec<Row>) -> HashMap<ProductId, Succession> {
    rows.into_iter()
        .map(|(product, successor, kind, recorded_at)| (product, Succession { successor, kind, recorded_at }))
        .collect()
}
