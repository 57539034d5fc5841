//! SQL of the products.

pub mod successions;

use super::{Gtin, Product, ProductCode, ProductId};
use crate::db::{Conn, Instant, PortableDsl};
use crate::organisations::OrganisationId;
use crate::reference::Place;
use crate::schema::products;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = products, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    id: ProductId,
    producer_id: OrganisationId,
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

impl From<Row> for Product {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            producer: row.producer_id,
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

impl From<Product> for Row {
    fn from(product: Product) -> Self {
        Self {
            id: product.id,
            producer_id: product.producer,
            name: product.name,
            name_key: product.name_key,
            code: product.code,
            gtin: product.gtin,
            province: product.place.province,
            commune: product.place.commune,
            former_province: product.place.former_province,
            former_district: product.place.former_district,
            former_commune: product.place.former_commune,
        }
    }
}

fn all(rows: Vec<Row>) -> Vec<Product> {
    rows.into_iter().map(Product::from).collect()
}

/// Products of that name made by any of these producers.
pub fn of_producers(
    conn: &mut Conn,
    producers: &[OrganisationId],
    name_key: &str,
) -> QueryResult<Vec<Product>> {
    products::table
        .filter(products::producer_id.eq_any(producers))
        .filter(products::name_key.eq(name_key))
        .order(products::id)
        .select(Row::as_select())
        .load(conn)
        .map(all)
}

pub fn ids_of_producer(conn: &mut Conn, producer: OrganisationId) -> QueryResult<Vec<ProductId>> {
    products::table.filter(products::producer_id.eq(producer)).select(products::id).load(conn)
}

/// Names of the products of these producers, each producer's in the order in which they came.
pub fn names_of_producers(
    conn: &mut Conn,
    producers: &[OrganisationId],
) -> QueryResult<Vec<(OrganisationId, String)>> {
    products::table
        .filter(products::producer_id.eq_any(producers))
        .order((products::producer_id, products::id))
        .select((products::producer_id, products::name))
        .load(conn)
}

/// Products of that name in a province of today.
pub fn of_province(conn: &mut Conn, name_key: &str, place: &Place) -> QueryResult<Vec<Product>> {
    products::table
        .filter(products::name_key.eq(name_key))
        .filter(products::province.eq(&place.province))
        .order(products::id)
        .select(Row::as_select())
        .load(conn)
        .map(all)
}

/// Products by their ids, in no order.
pub fn by_ids(conn: &mut Conn, ids: &[ProductId]) -> QueryResult<Vec<Product>> {
    products::table.filter(products::id.eq_any(ids)).select(Row::as_select()).load(conn).map(all)
}

/// One product, its row locked until the transaction ends.
pub fn lock(conn: &mut Conn, id: ProductId) -> QueryResult<Option<Product>> {
    let row = products::table.find(id).select(Row::as_select()).locked().get_result(conn);
    row.optional().map(|row: Option<Row>| row.map(Product::from))
}

/// These products, their rows locked one after the other in the order of their ids until the transaction ends.
pub fn lock_all(conn: &mut Conn, ids: &[ProductId]) -> QueryResult<Vec<Product>> {
    let rows = products::table.filter(products::id.eq_any(ids)).order(products::id).select(Row::as_select());
    rows.locked().load(conn).map(all)
}

/// When these products were entered.
pub fn entered_at(conn: &mut Conn, ids: &[ProductId]) -> QueryResult<Vec<(ProductId, Instant)>> {
    products::table.filter(products::id.eq_any(ids)).select((products::id, products::created_at)).load(conn)
}

/// The products that have these printed codes.
pub fn ids_of_codes(conn: &mut Conn, codes: &[ProductCode]) -> QueryResult<Vec<(ProductCode, ProductId)>> {
    products::table.filter(products::code.eq_any(codes)).select((products::code, products::id)).load(conn)
}

/// One product of that name that another producer of the same commune or district makes.
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
pub fn insert(conn: &mut Conn, product: Product, now: Instant) -> QueryResult<bool> {
    diesel::insert_into(products::table)
        .values((Row::from(product), products::created_at.eq(now), products::updated_at.eq(now)))
        .on_conflict(products::code)
        .do_nothing()
        .portable()
        .execute(conn)
        .map(|inserted| inserted == 1)
}

pub fn update(conn: &mut Conn, product: Product, now: Instant) -> QueryResult<()> {
    diesel::update(products::table.find(product.id))
        .set((Row::from(product), products::updated_at.eq(now)))
        .execute(conn)
        .map(|_| ())
}
