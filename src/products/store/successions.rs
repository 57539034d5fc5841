//! SQL of the successions.

use crate::accounts::UserId;
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

pub fn insert(conn: &mut Conn, product: ProductId, new: &Succession, by: UserId) -> QueryResult<()> {
    diesel::insert_into(successions::table)
        .values((
            successions::product_id.eq(product),
            successions::successor_id.eq(new.successor),
            successions::kind.eq(new.kind),
            successions::recorded_at.eq(new.recorded_at),
            successions::recorded_by.eq(by),
        ))
        .execute(conn)
        .map(|_| ())
}

/// False if there was none.
pub fn delete(conn: &mut Conn, product: ProductId) -> QueryResult<bool> {
    diesel::delete(successions::table.find(product)).execute(conn).map(|deleted| deleted == 1)
}
