//! A listing as those who keep it see it.

use crate::db::{Day, Instant};
use crate::files::{FileName, FileType, Sha256Hex};
use crate::listings::{
    Content, ContentPatch, Disclosure, DocumentId, DocumentIssuer, DocumentNumber, Field, Known,
    ListingStatus, Paper, PaperFile, PaperKind, PaperReason, PaperSource, PaperState, Submission,
    SubmissionId, missing_languages,
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
    /// Papers by kind and number: those an officer has checked, those that wait, those that were refused; ended ones too.
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

/// A paper of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingDocument {
    pub id: DocumentId,
    pub kind: PaperKind,
    /// What the kind is called.
    pub name: BilingualName,
    pub number: DocumentNumber,
    pub issuer: DocumentIssuer,
    pub issued_on: Option<Day>,
    /// Last day of its term, to which it counts; `null`: without a term.
    pub valid_until: Option<Day>,
    /// What is stored of it; read it at `/v1/listings/{id}/documents/{document_id}/content`.
    pub file: Option<ListingDocumentFile>,
    pub disclosure: Disclosure,
    pub state: PaperState,
    /// Why it was refused.
    pub reason: Option<PaperReason>,
    pub recorded_by: PaperSource,
    pub recorded_at: Instant,
    /// When an officer checked or refused it.
    pub checked_at: Option<Instant>,
}

/// The file of a paper.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingDocumentFile {
    pub name: FileName,
    pub media_type: FileType,
    /// In bytes.
    #[schema(example = 48_213, minimum = 1)]
    pub size: i64,
    /// By which two copies are compared.
    pub sha256: Sha256Hex,
}

pub fn bilingual((vi, en): (&str, &str)) -> BilingualName {
    BilingualName { vi: vi.to_owned(), en: en.to_owned() }
}

impl From<PaperFile> for ListingDocumentFile {
    fn from(file: PaperFile) -> Self {
        Self { name: file.name, media_type: file.media_type, size: file.size, sha256: file.sha256 }
    }
}

impl From<Paper> for ListingDocument {
    fn from(paper: Paper) -> Self {
        Self {
            id: paper.id,
            kind: paper.kind,
            name: bilingual(paper.kind.name()),
            number: paper.number,
            issuer: paper.issuer,
            issued_on: paper.issued_on,
            valid_until: paper.valid_until,
            file: paper.file.map(ListingDocumentFile::from),
            disclosure: paper.disclosure,
            state: paper.state,
            reason: paper.refusal,
            recorded_by: paper.source,
            recorded_at: paper.recorded_at,
            checked_at: paper.checked_at,
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
        let draft = known.draft.members();
        let submission = known.waiting.as_ref().map(WaitingSubmission::from);
        let missing_languages = missing_languages(&content, &draft);
        Self {
            product_id: known.product.id,
            product_name: known.product.name.clone(),
            status: listing.map_or(ListingStatus::Published, |listing| listing.status),
            version: listing.map_or(0, |listing| listing.version),
            content,
            draft: (!draft.is_empty()).then_some(draft),
            submission,
            missing_languages,
            documents: known.papers.iter().cloned().map(ListingDocument::from).collect(),
            updated_at: listing.map(|listing| listing.updated_at),
        }
    }
}
