//! What a lead is made of.
//!
//! * [`stage`]: the stages and the table of who may move from which to which;
//! * [`event`]: what a timeline tells, and who may record it when;
//! * [`goods`]: how much of what;
//! * [`words`]: what a buyer writes: names, message, contact, tax code, source;
//! * [`quote`]: offers and counter-offers, and how they compare;
//! * [`clock`]: by when an answer is due;
//! * [`consent`]: the texts a sender agrees to.

pub mod clock;
pub mod consent;
pub mod event;
pub mod goods;
pub mod quote;
pub mod stage;
pub mod words;

pub use consent::{Accepted, ConsentVersion, ContactSharing};
pub use event::{DetailsText, EventDetails, LeadEventKind};
pub use goods::{LeadDays, OrderValue, Quantity, TargetPrice, UnitPrice};
pub use quote::{NewQuote, OfferAnswer, QuoteLine, QuoteState, Tier};
pub use stage::{Illegal, LeadReason, LeadSide, LeadStage, Move};
pub use words::{
    Carrier, CompanyName, CompanyTaxCode, ContactEmail, ContactPhone, EnquiryLanguage, LeadChannel,
    LeadMessage, LeadNote, MeetingPlace, PaperNumber, PersonName, QuoteTerms, SourceName,
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

crate::id_type!(
    /// A quote's id.
    QuoteId
);

crate::id_type!(
    /// The id of something signed.
    AgreementId
);
