//! SQL of the listings.

pub mod answers;
pub mod drafts;
pub mod overview;
pub mod papers;
pub mod shares;
pub mod submissions;
pub mod versions;

use super::{
    Amount, Content, Document, DocumentId, DocumentIssuer, DocumentKind, DocumentNumber, Listing,
    ListingStatus, Season, TradeItem, Volume,
};
use crate::accounts::UserId;
use crate::audit::Actor;
use crate::clients::ClientId;
use crate::db::{Conn, Day, Instant};
use crate::organisations::OrganisationId;
use crate::products::{Gtin, ProductId, Unit};
use crate::schema::{listing_documents as documents, listing_gtins as gtins, listings, products};
use diesel::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};

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

/// Who did something, in two columns of which at most one has a value.
type By = (Option<UserId>, Option<ClientId>);

fn columns_of(by: Actor) -> By {
    match by {
        Actor::User(user) => (Some(user), None),
        Actor::Client(client) => (None, Some(client)),
        Actor::Operator | Actor::Service | Actor::Nobody => (None, None),
    }
}

fn actor_of((user, client): By) -> Actor {
    let client = client.map(Actor::Client);
    user.map(Actor::User).or(client).unwrap_or(Actor::Operator)
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

/// Writes which numbers the packs of a listing carry.
pub fn replace_gtins(conn: &mut Conn, product: ProductId, items: &[TradeItem]) -> QueryResult<()> {
    diesel::delete(gtins::table.filter(gtins::product_id.eq(product))).execute(conn)?;
    let numbers: BTreeSet<String> =
        items.iter().filter_map(|item| item.gtin.as_ref()).map(Gtin::full).collect();
    let rows: Vec<_> =
        numbers.into_iter().map(|number| (gtins::product_id.eq(product), gtins::gtin.eq(number))).collect();
    crate::insert_rows!(conn, gtins::table, rows)
}

/// Those of some numbers, of 14 digits, that products of other producers carry or packs of their listings.
pub fn gtins_of_others(
    conn: &mut Conn,
    producer: OrganisationId,
    numbers: &[&str],
) -> QueryResult<HashSet<String>> {
    let packs = gtins::table.inner_join(products::table).filter(gtins::gtin.eq_any(numbers));
    let packs = packs.filter(products::producer_id.ne(producer)).select(gtins::gtin);
    let mut found: HashSet<String> = packs.load::<String>(conn)?.into_iter().collect();
    // Products carry theirs as it was written: with or without zeros in front.
    let written = numbers.iter().flat_map(|number| {
        [8, 12, 13, 14].into_iter().filter_map(|length| {
            let (zeros, rest) = number.split_at_checked(14 - length)?;
            zeros.bytes().all(|zero| zero == b'0').then_some(rest)
        })
    });
    let certified = products::table.filter(products::gtin.eq_any(written.collect::<Vec<_>>()));
    let certified = certified.filter(products::producer_id.ne(producer)).select(products::gtin);
    found.extend(certified.load::<Option<Gtin>>(conn)?.into_iter().flatten().map(|gtin| gtin.full()));
    Ok(found)
}
