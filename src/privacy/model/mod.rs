//! What personal data are asked for, on which terms, and for how long.
//!
//! * [`consent`]: what people agree to, each text for one purpose;
//! * [`request`]: what people ask about their data, and the law's due dates;
//! * [`rule`]: how long what is kept.

pub mod consent;
pub mod request;
pub mod rule;

pub use consent::{Accepted, ConsentChannel, ConsentPurpose, ConsentText, TextVersion};
pub use request::{
    Answer, DataRequest, DataRequestAnswer, DataRequestKind, DataRequestState, DueDates, ExtensionDays,
};
pub use rule::{RETENTION_RULES, RetentionPurpose, RetentionRule, Words};

crate::id_type!(
    /// A consent's id.
    ConsentId
);

crate::id_type!(
    /// The id of a request about personal data.
    DataRequestId
);
