//! A listing as those who keep it see it.

use crate::db::{Day, Instant};
use crate::listings::{
    Document, DocumentId, DocumentIssuer, DocumentKind, DocumentNumber, Known, ListingStatus, Season, Volume,
};
use crate::products::{ProductId, Unit, UnitMeaning};
use crate::reference::BilingualName;
use serde::Serialize;
use utoipa::ToSchema;

/// What stands beside a product's certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingView {
    pub product_id: ProductId,
    #[schema(example = "Bánh cáy truyền thống")]
    pub product_name: String,
    /// `withdrawn` takes the product out of the catalogue; `published` shows it while its certification is in force.
    pub status: ListingStatus,
    /// Lowest wholesale price in đồng, for one of `price_unit`.
    #[schema(example = 85_000, minimum = 1)]
    pub price_from: Option<i64>,
    #[schema(value_type = Option<UnitMeaning>)]
    pub price_unit: Option<Unit>,
    /// The months, 1 to 12, in which it is to be had; empty if nothing is said of it.
    pub season_months: Season,
    /// The smallest order that is taken.
    pub min_order: Option<Volume>,
    /// What can be made in a month.
    pub monthly_capacity: Option<Volume>,
    /// Certificates an officer has seen, by kind and number; those whose term has ended too.
    pub documents: Vec<ListingDocument>,
    /// `null` as long as nothing has been said.
    pub updated_at: Option<Instant>,
}

/// A certificate an officer has seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingDocument {
    pub id: DocumentId,
    pub kind: DocumentKind,
    /// What the kind is called.
    pub name: BilingualName,
    pub number: DocumentNumber,
    pub issuer: DocumentIssuer,
    /// Last day of its term, to which it counts; `null`: without a term.
    pub valid_until: Option<Day>,
    pub recorded_at: Instant,
}

impl From<Document> for ListingDocument {
    fn from(document: Document) -> Self {
        let (vi, en) = document.kind.name();
        Self {
            id: document.id,
            kind: document.kind,
            name: BilingualName { vi: vi.to_owned(), en: en.to_owned() },
            number: document.number,
            issuer: document.issuer,
            valid_until: document.valid_until,
            recorded_at: document.recorded_at,
        }
    }
}

impl From<&Known> for ListingView {
    fn from(known: &Known) -> Self {
        let listing = known.listing.as_ref();
        let price = listing.and_then(|listing| listing.price);
        let documents = listing.map(|listing| listing.documents.clone()).unwrap_or_default();
        Self {
            product_id: known.product.id,
            product_name: known.product.name.clone(),
            status: listing.map_or(ListingStatus::Published, |listing| listing.status),
            price_from: price.map(|price| price.amount),
            price_unit: price.map(|price| price.unit),
            season_months: listing.map(|listing| listing.season).unwrap_or_default(),
            min_order: listing.and_then(|listing| listing.min_order),
            monthly_capacity: listing.and_then(|listing| listing.monthly_capacity),
            documents: documents.into_iter().map(ListingDocument::from).collect(),
            updated_at: listing.map(|listing| listing.updated_at),
        }
    }
}
