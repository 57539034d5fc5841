//! A listing: what its producer says of price, season and quantities, and the certificates an officer has seen.

mod document;
mod season;
mod volume;

use crate::db::Instant;
use crate::input::Change;
use crate::products::Unit;
pub use document::{Document, DocumentId, DocumentIssuer, DocumentKind, DocumentNumber, check_term};
pub use season::Season;
pub use volume::Volume;

crate::text_enum! {
    /// Is the listing shown?
    pub enum ListingStatus {
        /// In the catalogue, while the product's certification is in force
        Published = "published",
        /// Taken out of the catalogue until it is restored
        Withdrawn = "withdrawn",
    }
}

/// The lowest wholesale price, in đồng for one of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// 1 to [`Amount::MOST`].
    pub amount: i64,
    pub unit: Unit,
}

/// A listing as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub status: ListingStatus,
    pub price: Option<Price>,
    pub season: Season,
    /// The smallest order.
    pub min_order: Option<Volume>,
    /// What can be made in a month.
    pub monthly_capacity: Option<Volume>,
    /// By kind, then by number; those whose term has ended too.
    pub documents: Vec<Document>,
    pub updated_at: Instant,
}

/// What changes of a listing.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListingChange {
    pub price: Change<Price>,
    pub season: Change<Season>,
    pub min_order: Change<Volume>,
    pub monthly_capacity: Change<Volume>,
}

impl Listing {
    /// One of which nothing has been said yet: shown with what the ledger holds.
    pub fn new(at: Instant) -> Self {
        Self {
            status: ListingStatus::Published,
            price: None,
            season: Season::default(),
            min_order: None,
            monthly_capacity: None,
            documents: Vec::new(),
            updated_at: at,
        }
    }

    /// Puts the documents in their order: here rather than in SQL, where the order of texts depends on the collation.
    pub fn sort_documents(&mut self) {
        self.documents.sort_by(|one, other| one.place().cmp(&other.place()));
    }

    /// The same with a change.
    pub fn changed_by(&self, change: ListingChange) -> Self {
        let ListingChange { price, season, min_order, monthly_capacity } = change;
        Self {
            price: price.of(self.price),
            season: season.of(Some(self.season)).unwrap_or_default(),
            min_order: min_order.of(self.min_order),
            monthly_capacity: monthly_capacity.of(self.monthly_capacity),
            ..self.clone()
        }
    }
}

crate::whole_number! {
    /// A price as it is stated, in đồng.
    pub struct Amount: 1..=1_000_000_000_000, "Giá là số nguyên đồng", "A price is a whole number of đồng"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;
    use serde_json::json;

    #[test]
    fn prices_are_whole_and_positive() {
        for right in [json!(1), json!(85_000), json!(Amount::MOST)] {
            assert!(input::read::<Amount>(right).is_ok());
        }
        for (wrong, code) in [
            (json!(0), "out_of_range"),
            (json!(-1), "out_of_range"),
            (json!(Amount::MOST + 1), "out_of_range"),
            (json!(u64::MAX), "out_of_range"),
            (json!(85.5), "wrong_type"),
            (json!("85000"), "wrong_type"),
        ] {
            let faults = input::read::<Amount>(wrong.clone()).expect_err("a fault");
            assert_eq!(faults.0.first().map(|f| f.code), Some(code), "{wrong}");
        }
    }
}
