//! SQL of the products.

use super::{Gtin, Product, ProductCode, ProductId};
use crate::db::{Conn, Instant, PortableDsl};
use crate::organisations::OrganisationId;
use crate::reference::Place;
use crate::schema::products;
use diesel::prelude::*;

#[derive(Queryable)]
struct Row {
    id: ProductId,
    producer: OrganisationId,
    name: String,
    name_key: String,
    code: ProductCode,
    gtin: Option<Gtin>,
    province: Option<String>,
    commune: Option<String>,
    former_province: Option<String>,
    former_district: Option<String>,
    former_commune: Option<String>,
}

type Columns = (
    products::id,
    products::producer_id,
    products::name,
    products::name_key,
    products::code,
    products::gtin,
    products::province,
    products::commune,
    products::former_province,
    products::former_district,
    products::former_commune,
);

const COLUMNS: Columns = (
    products::id,
    products::producer_id,
    products::name,
    products::name_key,
    products::code,
    products::gtin,
    products::province,
    products::commune,
    products::former_province,
    products::former_district,
    products::former_commune,
);

impl From<Row> for Product {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            producer: row.producer,
            name: row.name,
            name_key: row.name_key,
            code: row.code,
            gtin: row.gtin,
            place: Place {
                province: row.province,
                commune: row.commune,
                former_province: row.former_province,
                former_district: row.former_district,
                former_commune: row.former_commune,
            },
        }
    }
}

fn all(rows: Vec<Row>) -> Vec<Product> {
    rows.into_iter().map(Product::from).collect()
}

/// What is derived from a product's names.
pub struct Texts {
    pub sort_key: String,
    pub search_text: String,
}

pub fn of_producers(
    conn: &mut Conn,
    producers: &[OrganisationId],
    name_key: &str,
) -> QueryResult<Vec<Product>> {
    products::table
        .filter(products::producer_id.eq_any(producers))
        .filter(products::name_key.eq(name_key))
        .order(products::id)
        .select(COLUMNS)
        .load(conn)
        .map(all)
}

pub fn all_of_producer(conn: &mut Conn, producer: OrganisationId) -> QueryResult<Vec<Product>> {
    products::table.filter(products::producer_id.eq(producer)).select(COLUMNS).load(conn).map(all)
}

pub fn of_province(conn: &mut Conn, name_key: &str, place: &Place) -> QueryResult<Vec<Product>> {
    products::table
        .filter(products::name_key.eq(name_key))
        .filter(products::province.eq(&place.province))
        .order(products::id)
        .select(COLUMNS)
        .load(conn)
        .map(all)
}

pub fn by_ids(conn: &mut Conn, ids: &[ProductId]) -> QueryResult<Vec<Product>> {
    products::table.filter(products::id.eq_any(ids)).select(COLUMNS).load(conn).map(all)
}

pub fn namesake(
    conn: &mut Conn,
    name_key: &str,
    place: &Place,
    producer: OrganisationId,
) -> QueryResult<Option<ProductId>> {
    // Comparing with NULL is never true, so a unit that is not known matches nothing.
    products::table
        .filter(products::name_key.eq(name_key))
        .filter(products::producer_id.ne(producer))
        .filter(
            products::commune
                .eq(&place.commune)
                .or(products::former_commune.eq(&place.former_commune))
                .or(products::former_district.eq(&place.former_district))
                .assume_not_null(),
        )
        .order(products::id)
        .select(products::id)
        .first(conn)
        .optional()
}

/// False if the code is taken.
pub fn insert(conn: &mut Conn, product: &Product, texts: &Texts, now: Instant) -> QueryResult<bool> {
    diesel::insert_into(products::table)
        .values((
            products::id.eq(product.id),
            products::producer_id.eq(product.producer),
            products::name.eq(&product.name),
            products::name_key.eq(&product.name_key),
            products::sort_key.eq(&texts.sort_key),
            products::search_text.eq(&texts.search_text),
            products::code.eq(product.code),
            products::gtin.eq(&product.gtin),
            products::province.eq(&product.place.province),
            products::commune.eq(&product.place.commune),
            products::former_province.eq(&product.place.former_province),
            products::former_district.eq(&product.place.former_district),
            products::former_commune.eq(&product.place.former_commune),
            products::created_at.eq(now),
            products::updated_at.eq(now),
        ))
        .on_conflict(products::code)
        .do_nothing()
        .portable()
        .execute(conn)
        .map(|inserted| inserted == 1)
}

pub fn update(conn: &mut Conn, product: &Product, search_text: &str, now: Instant) -> QueryResult<()> {
    diesel::update(products::table.find(product.id))
        .set((
            products::producer_id.eq(product.producer),
            products::search_text.eq(search_text),
            products::gtin.eq(&product.gtin),
            products::province.eq(&product.place.province),
            products::commune.eq(&product.place.commune),
            products::former_province.eq(&product.place.former_province),
            products::former_district.eq(&product.place.former_district),
            products::former_commune.eq(&product.place.former_commune),
            products::updated_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}
