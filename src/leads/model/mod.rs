//! What a lead is made of.
//!
//! * [`stage`]: the stages and the table of who may move from which to which;
//! * [`goods`]: how much of what;
//! * [`words`]: what a buyer writes: names, message, contact, tax code, source;
//! * [`consent`]: the texts a sender agrees to.

pub mod consent;
pub mod goods;
pub mod stage;
pub mod words;

pub use consent::{Accepted, ConsentVersion};
pub use goods::Quantity;
pub use stage::{Illegal, LeadReason, LeadSide, LeadStage, Move};
pub use words::{
    CompanyName, CompanyTaxCode, ContactEmail, ContactPhone, EnquiryLanguage, LeadChannel, LeadMessage,
    LeadNote, PersonName, SourceName,
};

crate::id_type!(
    /// An enquiry's id.
    EnquiryId
);

crate::id_type!(
    /// A lead's id.
    LeadId
);

crate::id_type!(
    /// A timeline event's id.
    LeadEventId
);

crate::text_enum! {
    /// What a timeline event tells.
    pub enum LeadEventKind {
        /// The enquiry arrived.
        Enquiry = "enquiry",
        /// Somebody wrote a note.
        Note = "note",
        /// The lead moved to another stage.
        Stage = "stage",
    }
}
