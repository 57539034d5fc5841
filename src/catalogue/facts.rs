//! All that SQL holds of one product of the catalogue, as it was at one moment.

use super::model::Maker;
use super::presence::{Absence, Presence, presence};
use crate::certification::ledger::Certification;
use crate::db::{Day, Instant};
use crate::listings::{Document, Listing, ListingStatus};
use crate::media::{ImageId, ImageView};
use crate::products::{Gtin, ProductCode, ProductId, Succession};
use crate::reference::Place;
use std::collections::HashMap;

#[derive(Debug, Clone)]
pub struct Facts {
    pub id: ProductId,
    pub code: ProductCode,
    pub name: String,
    pub gtin: Option<Gtin>,
    pub place: Place,
    pub maker: Maker,
    /// When product or maker last changed.
    pub updated_at: Instant,
    /// The latest certification first.
    pub history: Vec<Certification>,
    pub listing: Option<Listing>,
    /// The listing's pictures, as far as they are there.
    pub images: HashMap<ImageId, ImageView>,
    pub succession: Option<Succession>,
}

impl Facts {
    pub fn presence(&self, day: Day) -> Presence<'_> {
        let withdrawn = |listing: &Listing| listing.status == ListingStatus::Withdrawn;
        let absence = Absence {
            withdrawn: self.listing.as_ref().is_some_and(withdrawn),
            succession: self.succession.as_ref().map(|succession| succession.kind),
        };
        presence(&self.history, &absence, day)
    }

    /// The documents that count on a day.
    pub fn documents(&self, day: Day) -> impl Iterator<Item = &Document> {
        let all = self.listing.iter().flat_map(|listing| &listing.documents);
        all.filter(move |document| document.is_valid_on(day))
    }

    /// When anything the public document shows last changed.
    pub fn updated_at(&self) -> Instant {
        let listing = self.listing.iter().flat_map(|listing| {
            listing.documents.iter().map(|document| document.recorded_at).chain([listing.updated_at])
        });
        let certified = self.history.iter().map(|held| held.updated_at);
        listing.chain(certified).max().map_or(self.updated_at, |latest| latest.max(self.updated_at))
    }
}
