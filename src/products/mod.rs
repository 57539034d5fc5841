//! What a producer makes. A product outlives its certificates: it is the same while its producer and its name are
//! the same, whatever decisions come and go; its short code stays on the pack. Where that identity was mistaken or has
//! ended, an officer records a [succession](Succession).

pub mod http;
mod model;
mod store;
mod succession;

use crate::db::Conn;
use crate::organisations::OrganisationId;
use crate::reference::Place;
use crate::vietnamese::name_key;
use crate::world::World;
use diesel::QueryResult;
pub use model::*;
pub use store::successions::{of_products as successions, of_range as successions_of_range};
pub use store::{
    by_ids, entered_at, ids_of_codes, ids_of_producer, lock, lock_all, names_of_producers, namesake,
    of_producers, of_province,
};
pub use succession::{NewSuccession, SuccessionError, delete_succession, succeed};

/// A product as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    pub producer: OrganisationId,
    pub name: String,
    pub name_key: String,
    pub code: ProductCode,
    pub gtin: Option<Gtin>,
    pub place: Place,
}

/// A new product with a code of its own.
pub fn create(
    conn: &mut Conn,
    world: &World,
    producer: OrganisationId,
    (name, gtin, place): (&ProductName, Option<Gtin>, &Place),
) -> QueryResult<ProductId> {
    let id = world.id();
    let mut product = Product {
        id,
        producer,
        name: name.as_str().to_owned(),
        name_key: name_key(name.as_str()),
        code: ProductCode::random(world),
        gtin,
        place: place.clone(),
    };
    // 45 random bits: a code already taken is a rarity, five in a row a broken source of randomness.
    for _ in 0..5 {
        if store::insert(conn, product.clone(), world.now())? {
            return Ok(id);
        }
        product.code = ProductCode::random(world);
    }
    Err(diesel::result::Error::QueryBuilderError("no product code is free".into()))
}

/// Writes what has become known of a product, or that its producer is another.
pub fn save(conn: &mut Conn, world: &World, product: Product) -> QueryResult<()> {
    store::update(conn, product, world.now())
}
