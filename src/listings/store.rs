//! SQL of the listings.

use super::{
    Document, DocumentId, DocumentIssuer, DocumentKind, DocumentNumber, Listing, ListingStatus, Price,
    Season, Volume,
};
use crate::accounts::UserId;
use crate::db::{Conn, Day, Instant};
use crate::products::{ProductId, Unit};
use crate::schema::{listing_documents as documents, listings};
use diesel::prelude::*;
use std::collections::HashMap;

#[derive(Queryable, Selectable)]
#[diesel(table_name = listings)]
struct Row {
    product_id: ProductId,
    status: ListingStatus,
    price_from: Option<i64>,
    price_unit: Option<Unit>,
    season: i64,
    min_order: Option<i64>,
    min_order_unit: Option<Unit>,
    monthly_capacity: Option<i64>,
    monthly_capacity_unit: Option<Unit>,
    updated_at: Instant,
}

/// The tables' CHECKs leave nothing that is no quantity.
fn volume(quantity: Option<i64>, unit: Option<Unit>) -> Option<Volume> {
    quantity.zip(unit).and_then(|(quantity, unit)| Volume::new(quantity, unit).ok())
}

impl Row {
    fn into_listing(self) -> (ProductId, Listing) {
        let listing = Listing {
            status: self.status,
            price: self.price_from.zip(self.price_unit).map(|(amount, unit)| Price { amount, unit }),
            // The table's CHECK leaves nothing that is no season.
            season: u16::try_from(self.season).ok().and_then(Season::from_bits).unwrap_or_default(),
            min_order: volume(self.min_order, self.min_order_unit),
            monthly_capacity: volume(self.monthly_capacity, self.monthly_capacity_unit),
            documents: Vec::new(),
            updated_at: self.updated_at,
        };
        (self.product_id, listing)
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = documents)]
struct DocumentRow {
    product_id: ProductId,
    id: DocumentId,
    kind: DocumentKind,
    number: DocumentNumber,
    issuer: DocumentIssuer,
    valid_until: Option<Day>,
    recorded_at: Instant,
}

/// The listings of these products, as far as there are any.
pub fn of_products(conn: &mut Conn, products: &[ProductId]) -> QueryResult<HashMap<ProductId, Listing>> {
    let rows = listings::table.filter(listings::product_id.eq_any(products)).select(Row::as_select());
    let papers = documents::table.filter(documents::product_id.eq_any(products));
    Ok(joined(rows.load(conn)?, papers.select(DocumentRow::as_select()).load(conn)?))
}

/// The listings of all products with an id from `first` to `last`.
pub fn of_range(
    conn: &mut Conn,
    first: ProductId,
    last: ProductId,
) -> QueryResult<HashMap<ProductId, Listing>> {
    let rows = listings::table.filter(listings::product_id.between(first, last)).select(Row::as_select());
    let papers = documents::table.filter(documents::product_id.between(first, last));
    Ok(joined(rows.load(conn)?, papers.select(DocumentRow::as_select()).load(conn)?))
}

fn joined(rows: Vec<Row>, papers: Vec<DocumentRow>) -> HashMap<ProductId, Listing> {
    let mut all: HashMap<ProductId, Listing> = rows.into_iter().map(Row::into_listing).collect();
    for DocumentRow { product_id, id, kind, number, issuer, valid_until, recorded_at } in papers {
        let listing = all.entry(product_id).or_insert_with(|| Listing::new(recorded_at));
        listing.documents.push(Document { id, kind, number, issuer, valid_until, recorded_at });
    }
    all.values_mut().for_each(Listing::sort_documents);
    all
}

/// Writes a listing without its documents. Its product is locked, so that nobody else inserts the row meanwhile.
pub fn save(conn: &mut Conn, product: ProductId, listing: &Listing) -> QueryResult<()> {
    let said = (
        listings::status.eq(listing.status),
        listings::price_from.eq(listing.price.map(|price| price.amount)),
        listings::price_unit.eq(listing.price.map(|price| price.unit)),
        listings::season.eq(i64::from(listing.season.bits())),
        listings::min_order.eq(listing.min_order.map(|volume| volume.quantity.get())),
        listings::min_order_unit.eq(listing.min_order.map(|volume| volume.unit)),
        listings::monthly_capacity.eq(listing.monthly_capacity.map(|volume| volume.quantity.get())),
        listings::monthly_capacity_unit.eq(listing.monthly_capacity.map(|volume| volume.unit)),
        listings::updated_at.eq(listing.updated_at),
    );
    if diesel::update(listings::table.find(product)).set(said).execute(conn)? == 0 {
        diesel::insert_into(listings::table)
            .values((listings::product_id.eq(product), listings::created_at.eq(listing.updated_at), said))
            .execute(conn)?;
    }
    Ok(())
}

pub fn insert_document(
    conn: &mut Conn,
    product: ProductId,
    document: &Document,
    by: UserId,
) -> QueryResult<()> {
    diesel::insert_into(documents::table)
        .values((
            documents::id.eq(document.id),
            documents::product_id.eq(product),
            documents::kind.eq(document.kind),
            documents::number.eq(&document.number),
            documents::issuer.eq(&document.issuer),
            documents::valid_until.eq(document.valid_until),
            documents::recorded_at.eq(document.recorded_at),
            documents::recorded_by.eq(by),
        ))
        .execute(conn)
        .map(|_| ())
}

pub fn delete_document(conn: &mut Conn, id: DocumentId) -> QueryResult<()> {
    diesel::delete(documents::table.find(id)).execute(conn).map(|_| ())
}
