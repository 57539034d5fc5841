//! What a producer makes. A product outlives its certificates: it is the same while its producer and its name are
//! the same, whatever decisions come and go; its short code stays on the pack. Where that identity was mistaken or has
//! ended, an officer records a [succession](Succession).

pub mod http;
mod model;
mod store;
mod succession;

use crate::db::Conn;
use crate::organisations::{OrganisationId, Producer};
use crate::reference::{Place, PlaceView, Reference};
use crate::vietnamese::{fold, name_key, sort_key};
use crate::world::World;
use diesel::QueryResult;
pub use model::*;
pub use store::successions::{of_products as successions, of_range as successions_of_range};
pub use store::{by_ids, ids_of_producer, lock, namesake, of_producers, of_province};
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
    reference: &Reference,
    producer: &Producer,
    (name, gtin, place): (&ProductName, Option<Gtin>, &Place),
) -> QueryResult<ProductId> {
    let id = world.id();
    let mut product = Product {
        id,
        producer: producer.id,
        name: name.as_str().to_owned(),
        name_key: name_key(name.as_str()),
        code: ProductCode::random(world),
        gtin,
        place: place.clone(),
    };
    let (sort_key, search_text) = (sort_key(name.as_str()), search_text(reference, &product, producer));
    // 45 random bits: a code already taken is a rarity, five in a row a broken source of randomness.
    for _ in 0..5 {
        if store::insert(conn, product.clone(), &sort_key, &search_text, world.now())? {
            return Ok(id);
        }
        product.code = ProductCode::random(world);
    }
    Err(diesel::result::Error::QueryBuilderError("no product code is free".into()))
}

/// Writes what has become known of a product, or that its producer is another.
pub fn save(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    product: Product,
    producer: &Producer,
) -> QueryResult<()> {
    let search_text = search_text(reference, &product, producer);
    store::update(conn, product, &search_text, world.now())
}

/// Brings the searched text of a producer's products up to date after its name or place has changed.
pub fn refresh_texts(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    producer: &Producer,
) -> QueryResult<()> {
    for product in store::all_of_producer(conn, producer.id)? {
        save(conn, world, reference, product, producer)?;
    }
    Ok(())
}

/// What a product is found by: ` name | producer's public name, names of its place `, folded. Every word has a space in
/// front, so that the start of one can be looked for; the bar tells a word of the name from the others.
pub fn search_text(reference: &Reference, product: &Product, producer: &Producer) -> String {
    let PlaceView { province, commune, former } = reference.view(&product.place);
    let units = [commune, province, former.commune, former.district, former.province];
    let others: Vec<&str> = producer
        .public_name
        .as_deref()
        .into_iter()
        .chain(units.iter().flatten().map(|unit| unit.name.as_str()))
        .collect();
    format!(" {} | {} ", fold(&product.name), fold(&others.join(" ")))
}
