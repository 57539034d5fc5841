//! A listing as those who keep it see it.

use crate::db::{Day, Instant};
use crate::listings::{
    Content, ContentPatch, Document, DocumentId, DocumentIssuer, DocumentKind, DocumentNumber, Field, Known,
    ListingStatus, Submission, SubmissionId, missing_languages,
};
use crate::products::ProductId;
use crate::reference::BilingualName;
use serde::Serialize;
use serde_json::{Map, Value};
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
    /// The fields that are being worked on, as they are to be; `null` in it clears a field, `null` for it: none. Buyers do not
    /// see it.
    #[schema(value_type = Option<ContentPatch>)]
    pub draft: Option<Map<String, Value>>,
    /// What was handed in and waits for an officer; `null`: nothing.
    pub submission: Option<WaitingSubmission>,
    /// JSON pointers into this document to texts that have no English.
    #[schema(example = json!(["/story", "/draft/names"]))]
    pub missing_languages: Vec<String>,
    /// Certificates an officer has seen, by kind and number; those whose term has ended too.
    pub documents: Vec<ListingDocument>,
    /// `null` as long as nothing has been said.
    pub updated_at: Option<Instant>,
}

/// What was handed in and waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingSubmission {
    pub id: SubmissionId,
    pub submitted_at: Instant,
    pub fields: Vec<Field>,
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

impl From<&Submission> for WaitingSubmission {
    fn from(waiting: &Submission) -> Self {
        Self { id: waiting.id, submitted_at: waiting.submitted_at, fields: waiting.changes.fields() }
    }
}

impl From<&Known> for ListingView {
    fn from(known: &Known) -> Self {
        let listing = known.listing.as_ref();
        let mut content = listing.map(|listing| listing.content.clone()).unwrap_or_default();
        // A season of no months is told as a list, too.
        content.season_months = Some(content.season());
        let documents = listing.map(|listing| listing.documents.clone()).unwrap_or_default();
        let draft = known.draft.members();
        let submission = known.waiting.as_ref().map(WaitingSubmission::from);
        Self {
            product_id: known.product.id,
            product_name: known.product.name.clone(),
            status: listing.map_or(ListingStatus::Published, |listing| listing.status),
            version: listing.map_or(0, |listing| listing.version),
            missing_languages: missing_languages(&content, &draft),
            content,
            draft: (!draft.is_empty()).then_some(draft),
            submission,
            documents: documents.into_iter().map(ListingDocument::from).collect(),
            updated_at: listing.map(|listing| listing.updated_at),
        }
    }
}
