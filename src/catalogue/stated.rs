//! What a producer states of a product for whoever wants to order it, as the catalogue shows it today.

use super::memory::Memory;
use super::published::{Published, Text};
use crate::listings::{DocumentKind, Season, Volume};
use crate::products::{ProductId, Unit};

/// What is stated beside a product's certification; what is not stated is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stated {
    /// Lowest wholesale price in đồng for one of the unit.
    pub price: Option<(i64, Unit)>,
    pub min_order: Option<Volume>,
    pub monthly_capacity: Option<Volume>,
    pub season: Season,
    /// Kinds of the quality certificates that count today.
    pub certificates: Vec<DocumentKind>,
}

/// What is stated of a product; `None` if it is not in the catalogue.
pub fn stated(memory: &Memory, product: ProductId) -> Option<Stated> {
    let document = memory.with_record(product, |record| record.document.clone())??;
    let shown = Published::read(document.bytes()).ok()?;
    let unit = shown.price_unit.as_ref().map(Text::as_str).and_then(|unit| Unit::parse(unit).ok());
    Some(Stated {
        price: shown.price_from.zip(unit),
        min_order: shown.min_order,
        monthly_capacity: shown.monthly_capacity,
        season: shown.season_months.unwrap_or_default().into_iter().collect(),
        certificates: shown.certificates.iter().filter_map(|held| held.kind()).collect(),
    })
}
