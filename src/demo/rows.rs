//! The rows of `data/demo`, parsed.

use super::DemoError;
use crate::certification::model::{Score, Stars, Subject};
use crate::organisations::{EntityType, OrganisationName};
use crate::products::{Gtin, ProductName};
use crate::reference::Place;
use serde::Deserialize;
use serde::de::DeserializeOwned;

const PRODUCERS: &str = include_str!("../../data/demo/producers.csv");
const PRODUCTS: &str = include_str!("../../data/demo/products.csv");

/// A made-up producer.
pub struct Producer {
    pub key: String,
    pub name: OrganisationName,
    pub entity_type: EntityType,
    pub commune_code: String,
}

/// A made-up product, and the state it is to be in today.
pub struct Product {
    pub name: ProductName,
    pub producer_key: String,
    pub group: String,
    pub set_no: i64,
    pub stars: Stars,
    pub score: Option<Score>,
    pub state: State,
    /// Days between today and what `state` speaks of; see `data/demo/README.md`.
    pub days: i64,
    pub gtin: Option<Gtin>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Valid,
    Expiring,
    Expired,
    Extended,
    Revoked,
}

#[derive(Deserialize)]
struct ProducerRow {
    key: String,
    name: String,
    entity_type: String,
    commune_code: String,
}

#[derive(Deserialize)]
struct ProductRow {
    product_name: String,
    producer_key: String,
    group: String,
    set_no: i64,
    stars: String,
    score: Option<String>,
    state: State,
    days: i64,
    gtin: Option<String>,
}

pub fn producers() -> Result<Vec<Producer>, DemoError> {
    let parse = |row: ProducerRow| {
        Ok(Producer {
            name: OrganisationName::parse(&row.name)?,
            entity_type: EntityType::parse(&row.entity_type)?,
            key: row.key,
            commune_code: row.commune_code,
        })
    };
    read(PRODUCERS)?.into_iter().map(parse).collect()
}

pub fn products() -> Result<Vec<Product>, DemoError> {
    let parse = |row: ProductRow| {
        Ok(Product {
            name: ProductName::parse(&row.product_name)?,
            stars: Stars::parse(&row.stars)?,
            score: row.score.as_deref().map(Score::parse).transpose()?,
            gtin: row.gtin.as_deref().map(Gtin::parse).transpose()?,
            producer_key: row.producer_key,
            group: row.group,
            set_no: row.set_no,
            state: row.state,
            days: row.days,
        })
    };
    read(PRODUCTS)?.into_iter().map(parse).collect()
}

fn read<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, DemoError> {
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
    rows.collect::<Result<_, _>>().map_err(|error| DemoError::Data(error.to_string()))
}

impl Producer {
    /// A product of this producer, as a decision names it.
    pub fn subject(&self, product: &Product, place: Place) -> Subject {
        Subject {
            product_name: product.name.clone(),
            gtin: product.gtin.clone(),
            producer_name: Some(self.name.clone()),
            entity_type: Some(self.entity_type),
            place,
        }
    }
}
