//! What can be answered by a letter's link.

use super::quote_parts::NewLeadQuote;
use super::tagged::take_type;
use crate::input::Faults;
use crate::leads::letters::links::{Act, LeadAnswerType};
use crate::leads::{Accepted, ConsentVersion, LeadNote, LeadReason};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;
use utoipa::ToSchema;

/// An answer; `type` tells which.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LeadAnswerContent {
    Message(LeadAnswerMessage),
    Quote(NewLeadQuote),
    Decline(LeadAnswerDecline),
    Consent(LeadAnswerConsent),
    Withhold(LeadAnswerRefusal),
    StopLetters(LeadAnswerStop),
}

/// Some words to the other party.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadAnswerMessage {
    /// What is said to the other party.
    note: LeadNote,
}

/// The producer does not take it up, by its link.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadAnswerDecline {
    /// Why; the buyer reads it.
    #[deserr(default)]
    reason: Option<LeadReason>,
    /// A note for the own side.
    #[deserr(default)]
    note: Option<LeadNote>,
}

/// The producer may have the contact, by the buyer's link.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadAnswerConsent {
    /// Version of the text that was shown: `consent_text_version` of the preview, to be read at `/v1/consent-texts/{version}`.
    text_version: ConsentVersion,
    /// Must be `true`, by the buyer's own act: nothing may be ticked beforehand.
    #[serde(skip)]
    #[schema(value_type = bool, example = true)]
    #[expect(dead_code, reason = "its value is its existence")]
    accepted: Accepted,
}

/// The producer may not have the contact, or no more, by the buyer's link.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadAnswerRefusal {}

/// No more letters, by the buyer's link.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadAnswerStop {
    /// Not only about this enquiry, but about all that name the same e-mail address.
    #[deserr(default)]
    #[schema(required = false, example = false)]
    everywhere: bool,
}

impl Deserr<Faults> for LeadAnswerContent {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let (tag, rest) = take_type(value, location)?;
        match tag {
            LeadAnswerType::Message => Deserr::deserialize_from_value(rest, location).map(Self::Message),
            LeadAnswerType::Quote => Deserr::deserialize_from_value(rest, location).map(Self::Quote),
            LeadAnswerType::Decline => Deserr::deserialize_from_value(rest, location).map(Self::Decline),
            LeadAnswerType::Consent => Deserr::deserialize_from_value(rest, location).map(Self::Consent),
            LeadAnswerType::Withhold => Deserr::deserialize_from_value(rest, location).map(Self::Withhold),
            LeadAnswerType::StopLetters => {
                Deserr::deserialize_from_value(rest, location).map(Self::StopLetters)
            }
        }
    }
}

impl LeadAnswerContent {
    pub fn into_act(self) -> Act {
        match self {
            Self::Message(LeadAnswerMessage { note }) => Act::Message(note),
            Self::Quote(quote) => Act::Quote(quote.into()),
            Self::Decline(LeadAnswerDecline { reason, note }) => Act::Decline { reason, note },
            Self::Consent(LeadAnswerConsent { text_version, .. }) => Act::Consent(text_version),
            Self::Withhold(LeadAnswerRefusal {}) => Act::Withhold,
            Self::StopLetters(LeadAnswerStop { everywhere }) => Act::StopLetters { everywhere },
        }
    }
}
