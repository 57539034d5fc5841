//! The rows of `data/demo`, parsed.

use super::DemoError;
use crate::certification::model::{Score, Stars, Subject};
use crate::input;
use crate::listings::{Amount, DocumentIssuer, DocumentKind, DocumentNumber, Season, Volume};
use crate::organisations::{EntityType, OrganisationName};
use crate::products::{Gtin, ProductName, SuccessionKind, Unit};
use crate::reference::Place;
use crate::say::Invalid;
use serde::Deserialize;
use serde::de::DeserializeOwned;

const PRODUCERS: &str = include_str!("../../data/demo/producers.csv");
const PRODUCTS: &str = include_str!("../../data/demo/products.csv");
const LISTINGS: &str = include_str!("../../data/demo/listings.csv");
const CONTENTS: &str = include_str!("../../data/demo/contents.json");

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

/// The name of a made-up product, and the key of its producer.
pub type ProductKey = (String, String);

/// What stands beside the certificate of a made-up product.
pub struct Listing {
    pub product: ProductKey,
    pub price: (Amount, Unit),
    pub season: Season,
    pub min_order: Option<Volume>,
    pub monthly_capacity: Option<Volume>,
    pub certificates: Vec<Certificate>,
    pub withdrawn: bool,
    /// What has taken its place, and how.
    pub successor: Option<(SuccessionKind, ProductKey)>,
}

/// What the producer of a made-up product says of it, as it would state it over HTTP.
#[derive(Deserialize)]
pub struct Contents {
    product_name: String,
    producer_key: String,
    pub content: serde_json::Value,
}

impl Contents {
    pub fn product(&self) -> ProductKey {
        (self.product_name.clone(), self.producer_key.clone())
    }
}

/// A quality certificate nobody has issued.
pub struct Certificate {
    pub kind: DocumentKind,
    /// Days from today to the last day of its term; without one it has no end.
    pub days: Option<i64>,
}

impl Certificate {
    pub fn number(serial: usize) -> Result<DocumentNumber, Invalid> {
        DocumentNumber::parse(&format!("MINH HỌA {serial:04}"))
    }

    pub fn issuer(&self) -> Result<DocumentIssuer, Invalid> {
        DocumentIssuer::parse(match self.kind {
            DocumentKind::FoodSafety | DocumentKind::GeographicalIndication => "Cơ quan cấp phép (minh họa)",
            _ => "Trung tâm Chứng nhận (minh họa)",
        })
    }

    fn parse(text: &str) -> Result<Self, DemoError> {
        let wrong = || DemoError::Data(format!("listings.csv: {text:?} is not KIND:DAYS"));
        let (kind, days) = text.split_once(':').ok_or_else(wrong)?;
        let days = (!days.is_empty()).then(|| days.parse()).transpose().map_err(|_| wrong())?;
        Ok(Self { kind: DocumentKind::parse(kind)?, days })
    }
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

#[derive(Deserialize)]
struct ListingRow {
    product_name: String,
    producer_key: String,
    price_from: i64,
    price_unit: String,
    season: String,
    min_order: Option<i64>,
    monthly_capacity: Option<i64>,
    certificates: String,
    status: String,
    successor: String,
    successor_key: String,
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

pub fn listings() -> Result<Vec<Listing>, DemoError> {
    let parse = |row: ListingRow| {
        let successor = (row.successor, row.successor_key);
        let (withdrawn, successor) = match row.status.as_str() {
            "" => (false, None),
            "withdrawn" => (true, None),
            kind => (false, Some((SuccessionKind::parse(kind)?, successor))),
        };
        let certificates = row.certificates.split_whitespace().map(Certificate::parse);
        let unit = Unit::parse(&row.price_unit)?;
        let volume = |quantity: Option<i64>| quantity.map(|quantity| Volume::new(quantity, unit)).transpose();
        Ok(Listing {
            product: (row.product_name, row.producer_key),
            price: (Amount::new(row.price_from)?, unit),
            season: season(&row.season)?,
            min_order: volume(row.min_order)?,
            monthly_capacity: volume(row.monthly_capacity)?,
            certificates: certificates.collect::<Result<_, _>>()?,
            withdrawn,
            successor,
        })
    };
    read(LISTINGS)?.into_iter().map(parse).collect()
}

pub fn contents() -> Result<Vec<Contents>, DemoError> {
    serde_json::from_str(CONTENTS).map_err(|error| DemoError::Data(format!("contents.json: {error}")))
}

/// Months, as a producer would state them.
fn season(months: &str) -> Result<Season, DemoError> {
    let wrong = || DemoError::Data(format!("listings.csv: {months:?} are not months"));
    let months: Vec<u8> =
        months.split_whitespace().map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
    input::read(serde_json::json!(months)).map_err(|_| wrong())
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
