//! A listing: what its producer says of a product, and the certificates an officer has seen.

mod answer;
mod attributes;
mod content;
mod document;
mod filter;
mod languages;
mod paper;
mod picture;
mod profile;
mod readiness;
mod rule;
pub mod schema;
mod season;
mod share;
mod submission;
mod trade;
mod version;
mod volume;
mod words;

use crate::db::Instant;
use crate::products::Unit;
pub use answer::{Answer, AnswerReason, AnswerState, AnswerWords, NewAnswer};
pub use attributes::{AttributeValue, Attributes};
pub use content::{Content, ContentPatch, Field, Origin, Stake};
pub use document::{Document, DocumentId, DocumentIssuer, DocumentKind, DocumentNumber, check_term};
pub use filter::{ListingFilter, ListingReview};
pub use languages::missing_languages;
pub use paper::{
    ACCESS_LOG_DAYS, Disclosure, NewPaper, Paper, PaperDecision, PaperFile, PaperKind, PaperSource,
    PaperState, REMINDERS, check_days, reminder_due, reminders_passed,
};
pub use picture::{Licence, Picture};
pub use profile::{PackFact, Profile, ProfileCode, ProfileWords, Profiles, Requirement, RequirementNeeds};
pub use readiness::{Fix, Inspected, Missing, Readiness, evaluate};
pub use rule::Hand;
pub use schema::Schemas;
pub use season::Season;
use serde::{Deserialize, Serialize};
pub use share::{
    Access, AccessId, NewShare, Openings, Share, ShareDays, ShareId, SharePurpose, ShareState, Via,
};
pub use submission::{
    Changes, FieldChange, FieldRemark, Remarks, ReviewDecision, Submission, SubmissionId, SubmissionNote,
    SubmissionState,
};
pub use trade::{
    ColdChain, Country, Days, Delivery, Dimensions, Grams, Millimetres, Packed, PriceTier, TradeItem, VatRate,
};
pub use version::{Cause, CauseKind, Version};
pub use volume::Volume;
pub use words::{
    AltText, Description, Ingredients, Label, Link, ListingName, PaperReason, PaymentTerms, ReviewReason,
    SamplePolicy, Shape, Storage, Story, Summary, Usage,
};

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
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    pub status: ListingStatus,
    /// What its producer says, as buyers see it.
    pub content: Content,
    /// Counts the contents there have been; 0: nothing has been said yet.
    pub version: i64,
    /// By kind, then by number; those whose term has ended too.
    pub documents: Vec<Document>,
    pub updated_at: Instant,
}

impl Listing {
    /// One of which nothing has been said yet: shown with what the ledger holds.
    pub fn new(at: Instant) -> Self {
        Self {
            status: ListingStatus::Published,
            content: Content::default(),
            version: 0,
            documents: Vec::new(),
            updated_at: at,
        }
    }

    /// Puts the documents in their order: here rather than in SQL, where the order of texts depends on the collation.
    pub fn sort_documents(&mut self) {
        self.documents.sort_by(|one, other| one.place().cmp(&other.place()));
    }
}

crate::whole_number! {
    /// A price as it is stated, in đồng.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
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
