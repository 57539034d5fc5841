//! What can be answered by a letter's link.

use crate::db::Day;
use crate::input::Faults;
use crate::leads::links::{Act, LeadAnswerType};
use crate::leads::{
    LeadDays, LeadNote, LeadReason, NewQuote, Quantity, QuoteLine, QuoteTerms, Tier, UnitPrice,
};
use crate::products::{ProductId, Unit, UnitMeaning};
use deserr::{DeserializeError, Deserr, ErrorKind, IntoValue, Map, Value, ValuePointerRef};
use serde::Serialize;
use utoipa::ToSchema;

/// An answer; `type` tells which.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LeadAnswerContent {
    Message(LeadAnswerMessage),
    Quote(LeadAnswerQuote),
    Decline(LeadAnswerDecline),
    Consent(LeadAnswerConsent),
    StopLetters(LeadAnswerStop),
}

/// Some words to the other party.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadAnswerMessage {
    text: LeadNote,
}

/// Prices, by the link of a producer.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadAnswerQuote {
    /// 1 to 50 products.
    lines: Vec<LeadAnswerQuoteLine>,
    /// The last day on which the prices stand.
    valid_until: Day,
    /// Is value-added tax in the prices?
    #[schema(example = true)]
    vat_included: bool,
    /// Days from the order to the delivery.
    #[deserr(default)]
    #[schema(nullable = false)]
    lead_days: Option<LeadDays>,
    #[deserr(default)]
    #[schema(nullable = false)]
    terms: Option<QuoteTerms>,
}

/// The prices of a product in a unit.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct LeadAnswerQuoteLine {
    product_id: ProductId,
    #[schema(value_type = UnitMeaning)]
    unit: Unit,
    /// 1 to 10 prices by quantity.
    tiers: Vec<LeadAnswerTier>,
}

/// The price of one unit from a quantity on.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct LeadAnswerTier {
    from_quantity: Quantity,
    /// Đồng.
    price: UnitPrice,
}

/// The producer does not take it up, by its link.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadAnswerDecline {
    /// Why; the buyer reads it.
    #[deserr(default)]
    #[schema(nullable = false)]
    reason: Option<LeadReason>,
    /// A note for the own side.
    #[deserr(default)]
    #[schema(nullable = false)]
    note: Option<LeadNote>,
}

/// The producer may have the contact, by the buyer's link.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadAnswerConsent {}

/// No more letters, by the buyer's link.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadAnswerStop {
    /// Not only about this enquiry, but about all that name the same e-mail address.
    #[deserr(default)]
    #[schema(example = false)]
    everywhere: bool,
}

impl Deserr<Faults> for LeadAnswerContent {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let Value::Map(mut members) = value else {
            // Not an object: whatever reads one says so.
            return LeadAnswerMessage::deserialize_from_value(value, location).map(Self::Message);
        };
        let Some(tag) = members.remove("type") else {
            let missing: ErrorKind<'_, V> = ErrorKind::MissingField { field: "type" };
            return Err(deserr::take_cf_content(Faults::error(None, missing, location)));
        };
        let tag = LeadAnswerType::deserialize_from_value(tag.into_value(), location.push_key("type"))?;
        let rest: Value<V> = Value::Map(members);
        match tag {
            LeadAnswerType::Message => Deserr::deserialize_from_value(rest, location).map(Self::Message),
            LeadAnswerType::Quote => Deserr::deserialize_from_value(rest, location).map(Self::Quote),
            LeadAnswerType::Decline => Deserr::deserialize_from_value(rest, location).map(Self::Decline),
            LeadAnswerType::Consent => Deserr::deserialize_from_value(rest, location).map(Self::Consent),
            LeadAnswerType::StopLetters => {
                Deserr::deserialize_from_value(rest, location).map(Self::StopLetters)
            }
        }
    }
}

impl LeadAnswerContent {
    pub fn into_act(self) -> Act {
        match self {
            Self::Message(LeadAnswerMessage { text }) => Act::Message(text),
            Self::Quote(quote) => Act::Quote(quote.into()),
            Self::Decline(LeadAnswerDecline { reason, note }) => Act::Decline { reason, note },
            Self::Consent(LeadAnswerConsent {}) => Act::Consent,
            Self::StopLetters(LeadAnswerStop { everywhere }) => Act::StopLetters { everywhere },
        }
    }
}

impl From<LeadAnswerQuote> for NewQuote {
    fn from(quote: LeadAnswerQuote) -> Self {
        let tier = |tier: LeadAnswerTier| Tier { from_quantity: tier.from_quantity, price: tier.price };
        let line = |line: LeadAnswerQuoteLine| QuoteLine {
            product: line.product_id,
            unit: line.unit,
            tiers: line.tiers.into_iter().map(tier).collect(),
        };
        Self {
            lines: quote.lines.into_iter().map(line).collect(),
            valid_until: quote.valid_until,
            vat_included: quote.vat_included,
            lead_days: quote.lead_days,
            terms: quote.terms,
            actor: None,
        }
    }
}
