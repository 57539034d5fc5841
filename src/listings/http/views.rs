//! A listing as those who keep it see it.

use crate::db::{Day, Instant};
use crate::listings::{
    Content, Document, DocumentId, DocumentIssuer, DocumentKind, DocumentNumber, Field, Known, ListingStatus,
};
use crate::products::ProductId;
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
    /// Counts the contents there have been; 0: nothing has been said yet.
    #[schema(minimum = 0, example = 3)]
    pub version: i64,
    #[serde(flatten)]
    pub content: Content,
    /// Texts that are there in Vietnamese only.
    pub missing_languages: MissingLanguages,
    /// Certificates an officer has seen, by kind and number; those whose term has ended too.
    pub documents: Vec<ListingDocument>,
    /// `null` as long as nothing has been said.
    pub updated_at: Option<Instant>,
}

/// Texts that are there in Vietnamese only.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListingMissingLanguages)]
pub struct MissingLanguages {
    /// Fields without English.
    pub en: Vec<Field>,
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
        let mut content = listing.map(|listing| listing.content.clone()).unwrap_or_default();
        // A season of no months is told as a list, too.
        content.season_months = Some(content.season());
        let missing_languages = MissingLanguages { en: content.untranslated() };
        let documents = listing.map(|listing| listing.documents.clone()).unwrap_or_default();
        Self {
            product_id: known.product.id,
            product_name: known.product.name.clone(),
            status: listing.map_or(ListingStatus::Published, |listing| listing.status),
            version: listing.map_or(0, |listing| listing.version),
            content,
            missing_languages,
            documents: documents.into_iter().map(ListingDocument::from).collect(),
            updated_at: listing.map(|listing| listing.updated_at),
        }
    }
}
