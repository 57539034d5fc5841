//! SQL of what the catalogue's documents are made of.

use super::{maker, place};
use crate::catalogue::facts::Facts;
use crate::catalogue::model::Maker;
use crate::certification::{self, ledger::Certification};
use crate::db::{Conn, Instant, MultiBackend};
use crate::listings;
use crate::media::{self, ImageId, ImageView};
use crate::products::{self, Gtin, ProductCode, ProductId};
use crate::reference::Place;
use crate::schema::{organisations, products as table};
use diesel::prelude::*;
use std::collections::HashMap;

#[derive(Queryable)]
struct ProductRow {
    id: ProductId,
    code: ProductCode,
    name: String,
    gtin: Option<Gtin>,
    place: Place,
    updated_at: Instant,
}

type Row = (ProductRow, Maker, Instant);

/// The columns of a [`Row`]. A macro, because the type of a join has no name.
macro_rules! rows {
    () => {
        table::table
            .inner_join(organisations::table)
            .select((
                (table::id, table::code, table::name, table::gtin, place!(table), table::updated_at),
                maker!(),
                organisations::updated_at,
            ))
            .into_boxed::<MultiBackend>()
    };
}

/// The facts of these products, in no order.
pub fn of_products(conn: &mut Conn, ids: &[ProductId]) -> QueryResult<Vec<Facts>> {
    let rows = rows!().filter(table::id.eq_any(ids)).load(conn)?;
    let history = certification::of_products(conn, ids)?;
    let listings = listings::of_products(conn, ids)?;
    let successions = products::successions(conn, ids)?;
    let images = images(conn, &listings)?;
    Ok(join(rows, history, (listings, images), successions))
}

/// The images that listings show: all of them at once, in as few statements as the engines take.
fn images(
    conn: &mut Conn,
    listings: &HashMap<ProductId, listings::Listing>,
) -> QueryResult<HashMap<ImageId, ImageView>> {
    const AT_ONCE: usize = 10_000;
    let pictures = listings.values().flat_map(|listing| listing.content.pictures());
    let ids: Vec<ImageId> = pictures.map(|picture| picture.image_id).collect();
    let mut images = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        images.extend(media::views(conn, ids)?);
    }
    Ok(images)
}

/// The next products in the order of their ids, at most so many; and the id to go on behind, until there are no more.
pub fn page(
    conn: &mut Conn,
    after: Option<ProductId>,
    limit: i64,
) -> QueryResult<(Vec<Facts>, Option<ProductId>)> {
    let mut query = rows!().order(table::id).limit(limit);
    if let Some(after) = after {
        query = query.filter(table::id.gt(after));
    }
    let rows: Vec<Row> = query.load(conn)?;
    let (Some((first, ..)), Some((last, ..))) = (rows.first(), rows.last()) else {
        return Ok((Vec::new(), None));
    };
    let (first, last) = (first.id, last.id);
    let history = certification::of_product_range(conn, first, last)?;
    let listings = listings::of_range(conn, first, last)?;
    let successions = products::successions_of_range(conn, first, last)?;
    let images = images(conn, &listings)?;
    Ok((join(rows, history, (listings, images), successions), Some(last)))
}

fn join(
    rows: Vec<Row>,
    history: Vec<Certification>,
    (mut listings, images): (HashMap<ProductId, listings::Listing>, HashMap<ImageId, ImageView>),
    mut successions: HashMap<ProductId, products::Succession>,
) -> Vec<Facts> {
    let mut histories: HashMap<ProductId, Vec<Certification>> = HashMap::with_capacity(rows.len());
    for held in history {
        histories.entry(held.product).or_default().push(held);
    }
    let shown = |listing: Option<&listings::Listing>| -> HashMap<ImageId, ImageView> {
        let pictures = listing.map_or(&[][..], |listing| listing.content.pictures()).iter();
        pictures
            .filter_map(|picture| images.get(&picture.image_id))
            .map(|view| (view.id, view.clone()))
            .collect()
    };
    let facts = rows.into_iter().map(|(product, maker, maker_updated_at)| Facts {
        history: histories.remove(&product.id).unwrap_or_default(),
        images: shown(listings.get(&product.id)),
        listing: listings.remove(&product.id),
        succession: successions.remove(&product.id),
        id: product.id,
        code: product.code,
        name: product.name,
        gtin: product.gtin,
        place: product.place,
        maker,
        updated_at: product.updated_at.max(maker_updated_at),
    });
    facts.collect()
}
