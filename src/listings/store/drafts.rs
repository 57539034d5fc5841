//! SQL of what producers are working on.

use super::{read_json, to_json};
use crate::db::{Conn, Instant};
use crate::listings::ContentPatch;
use crate::products::ProductId;
use crate::schema::listing_drafts as drafts;
use diesel::prelude::*;
use std::collections::HashMap;

/// The drafts of these listings, as far as there are any.
pub fn of_products(conn: &mut Conn, of: &[ProductId]) -> QueryResult<HashMap<ProductId, ContentPatch>> {
    let rows: Vec<(ProductId, String)> = drafts::table
        .filter(drafts::product_id.eq_any(of))
        .select((drafts::product_id, drafts::changes))
        .load(conn)?;
    rows.into_iter().map(|(id, json)| Ok((id, ContentPatch::of_stored(read_json(&json)?)))).collect()
}

/// Keeps a draft in the place of the one there is; one of no changes is none. Its product is locked, so that nobody else
/// inserts the row meanwhile.
pub fn put(conn: &mut Conn, of: ProductId, draft: &ContentPatch, now: Instant) -> QueryResult<()> {
    if draft.is_empty() {
        return diesel::delete(drafts::table.find(of)).execute(conn).map(|_| ());
    }
    let json = to_json(&draft.members())?;
    let set = (drafts::changes.eq(&json), drafts::updated_at.eq(now));
    if diesel::update(drafts::table.find(of)).set(set).execute(conn)? == 0 {
        diesel::insert_into(drafts::table).values((drafts::product_id.eq(of), set)).execute(conn)?;
    }
    Ok(())
}
