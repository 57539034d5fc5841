//! What a sender agrees to. The texts are [`privacy`](crate::privacy)'s; an enquiry keeps the version its sender accepted.

use crate::privacy::{ConsentPurpose, ConsentText};
use crate::say::Invalid;

pub use crate::privacy::Accepted;

/// A reference to a published text of [`ConsentPurpose::LeadContact`] by its version.
#[derive(Clone, Copy, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct ConsentVersion(&'static ConsentText);

impl ConsentVersion {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let purpose = ConsentPurpose::LeadContact;
        ConsentText::find(purpose, text).map(Self).ok_or_else(|| ConsentText::unknown(purpose))
    }

    pub fn as_str(&self) -> &str {
        self.0.version
    }
}

crate::text_column!(ConsentVersion, |text: &str| ConsentVersion::parse(text).ok());
crate::string_schema!(ConsentVersion, "consent-version", "2026-11");
crate::parsed_input!(ConsentVersion);

crate::text_enum! {
    /// To whom the buyer lets the contact go.
    pub enum ContactSharing {
        /// Each producer that is asked may have it.
        WithProducers = "with_producers",
        /// A producer that wants it has to ask, and the buyer decides for this producer.
        OnRequest = "on_request",
    }
}
