//! SQL of the listings.

pub mod answers;
pub mod papers;
pub mod shares;

use super::{
    Amount, Content, Document, DocumentId, DocumentIssuer, DocumentKind, DocumentNumber, Listing,
    ListingStatus, Season, Version, Volume,
};
use crate::auth::Principal;
use crate::db::{Conn, Day, Instant};
use crate::products::{ProductId, Unit};
use crate::schema::{listing_documents as documents, listing_versions as versions, listings};
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
    content: Option<String>,
    version: i64,
}

/// The tables' CHECKs leave nothing that is no quantity.
fn volume(quantity: Option<i64>, unit: Option<Unit>) -> Option<Volume> {
    quantity.zip(unit).and_then(|(quantity, unit)| Volume::new(quantity, unit).ok())
}

impl Row {
    fn into_listing(self) -> QueryResult<(ProductId, Listing)> {
        let told: Content = match &self.content {
            Some(json) => read_json(json)?,
            None => Content::default(),
        };
        // The table's CHECKs leave nothing that is no price and no season.
        let content = Content {
            price_from: self.price_from.and_then(|amount| Amount::new(amount).ok()),
            price_unit: self.price_unit,
            season_months: u16::try_from(self.season)
                .ok()
                .filter(|bits| *bits > 0)
                .and_then(Season::from_bits),
            min_order: volume(self.min_order, self.min_order_unit),
            monthly_capacity: volume(self.monthly_capacity, self.monthly_capacity_unit),
            ..told
        };
        let listing = Listing {
            status: self.status,
            content,
            version: self.version,
            documents: Vec::new(),
            updated_at: self.updated_at,
        };
        Ok((self.product_id, listing))
    }
}

/// What this slice has written as JSON.
fn read_json<T: serde::de::DeserializeOwned>(json: &str) -> QueryResult<T> {
    serde_json::from_str(json).map_err(|error| diesel::result::Error::DeserializationError(error.into()))
}

fn to_json<T: serde::Serialize>(value: &T) -> QueryResult<String> {
    serde_json::to_string(value).map_err(|error| diesel::result::Error::SerializationError(error.into()))
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

/// The listings of these products, as far as there are any, with the papers that the catalogue shows.
pub fn of_products(conn: &mut Conn, products: &[ProductId]) -> QueryResult<HashMap<ProductId, Listing>> {
    let rows = listings::table.filter(listings::product_id.eq_any(products)).select(Row::as_select());
    let shown = documents::table.filter(documents::product_id.eq_any(products)).filter(papers::is_shown());
    joined(rows.load(conn)?, shown.select(DocumentRow::as_select()).load(conn)?)
}

/// The listings of all products with an id from `first` to `last`.
pub fn of_range(
    conn: &mut Conn,
    first: ProductId,
    last: ProductId,
) -> QueryResult<HashMap<ProductId, Listing>> {
    let rows = listings::table.filter(listings::product_id.between(first, last)).select(Row::as_select());
    let shown =
        documents::table.filter(documents::product_id.between(first, last)).filter(papers::is_shown());
    joined(rows.load(conn)?, shown.select(DocumentRow::as_select()).load(conn)?)
}

fn joined(rows: Vec<Row>, papers: Vec<DocumentRow>) -> QueryResult<HashMap<ProductId, Listing>> {
    let mut all: HashMap<ProductId, Listing> =
        rows.into_iter().map(Row::into_listing).collect::<QueryResult<_>>()?;
    for DocumentRow { product_id, id, kind, number, issuer, valid_until, recorded_at } in papers {
        let listing = all.entry(product_id).or_insert_with(|| Listing::new(recorded_at));
        listing.documents.push(Document { id, kind, number, issuer, valid_until, recorded_at });
    }
    all.values_mut().for_each(Listing::sort_documents);
    Ok(all)
}

/// Writes a listing without its documents. Its product is locked, so that nobody else inserts the row meanwhile.
pub fn save(conn: &mut Conn, product: ProductId, listing: &Listing) -> QueryResult<()> {
    let (content, json) = (&listing.content, to_json(&listing.content.members())?);
    let said = (
        listings::status.eq(listing.status),
        listings::price_from.eq(content.price().map(|price| price.amount)),
        listings::price_unit.eq(content.price().map(|price| price.unit)),
        listings::season.eq(i64::from(content.season().bits())),
        listings::min_order.eq(content.min_order.map(|volume| volume.quantity.get())),
        listings::min_order_unit.eq(content.min_order.map(|volume| volume.unit)),
        listings::monthly_capacity.eq(content.monthly_capacity.map(|volume| volume.quantity.get())),
        listings::monthly_capacity_unit.eq(content.monthly_capacity.map(|volume| volume.unit)),
        listings::content.eq(&json),
        listings::version.eq(listing.version),
        listings::updated_at.eq(listing.updated_at),
    );
    if diesel::update(listings::table.find(product)).set(said).execute(conn)? == 0 {
        diesel::insert_into(listings::table)
            .values((listings::product_id.eq(product), listings::created_at.eq(listing.updated_at), said))
            .execute(conn)?;
    }
    Ok(())
}

/// Keeps a content as it was made.
pub fn insert_version(conn: &mut Conn, product: ProductId, version: &Version) -> QueryResult<()> {
    let (user, client) = match version.by {
        Principal::User { user, .. } => (Some(user), None),
        Principal::Client { client, .. } => (None, Some(client)),
    };
    diesel::insert_into(versions::table)
        .values((
            versions::product_id.eq(product),
            versions::version.eq(version.number),
            versions::content.eq(to_json(&version.content.members())?),
            versions::fields.eq(to_json(&version.fields)?),
            versions::cause.eq(version.cause.kind()),
            versions::cause_ref.eq(version.cause.names()),
            versions::made_at.eq(version.made_at),
            versions::user_id.eq(user),
            versions::client_id.eq(client),
        ))
        .execute(conn)
        .map(|_| ())
}
