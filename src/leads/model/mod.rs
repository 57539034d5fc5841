//! What a lead is made of.
//!
//! * [`stage`]: the stages and the table of who may move from which to which;
//! * [`event`]: what a timeline tells, and who may record it when;
//! * [`goods`]: how much of what;
//! * [`delivery`]: where to and when;
//! * [`advice`]: what of that does not go together with what a producer states;
//! * [`standing`]: how well the service knows who asks;
//! * [`words`]: what a buyer writes: names, message, contact, tax code, source;
//! * [`quote`]: offers and counter-offers, and how they compare;
//! * [`clock`]: by when an answer is due;
//! * [`consent`]: the texts a sender agrees to;
//! * [`agreement`]: what the parties sign;
//! * [`attribution`]: to whose work that is credited;
//! * [`device`]: what a device without a network writes down;
//! * [`contact`]: who may have the buyer's contact.

pub mod advice;
pub mod agreement;
pub mod attribution;
pub mod clock;
pub mod consent;
pub mod contact;
pub mod delivery;
pub mod device;
pub mod event;
pub mod goods;
pub mod quote;
pub mod stage;
pub mod standing;
pub mod words;

pub use advice::{Advice, AdviceCode};
pub use agreement::{AgreementKind, Evidence, NewAgreement};
pub use attribution::{AttributionKind, Part, Shares};
pub use consent::{Accepted, ConsentVersion, ContactSharing};
pub use contact::{ContactState, RevealBudgets};
pub use delivery::Period;
pub use device::CaptureId;
pub use event::{DetailsText, EventDetails, LeadEventKind};
pub use goods::{AgreementValue, LeadDays, OrderValue, Quantity, TargetPrice, UnitPrice};
pub use quote::{NewQuote, OfferAnswer, QuoteLine, QuoteState, Tier};
pub use stage::{Illegal, LeadReason, LeadSide, LeadStage, Move};
pub use standing::SenderStanding;
pub use words::{
    AgreementNumber, Carrier, CompanyName, CompanyTaxCode, ContactEmail, ContactPhone, EnquiryLanguage,
    LeadChannel, LeadMessage, LeadNote, MeetingPlace, PaperNumber, PersonName, QuoteTerms, SourceName,
    VoidReason,
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
