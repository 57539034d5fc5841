//! Offers as requests write them and answers show them.

use crate::db::{Day, Instant};
use crate::input::Faults;
use crate::leads::quotes::{Quote, QuotedLine};
use crate::leads::{
    LeadDays, LeadId, LeadSide, NewQuote, Quantity, QuoteId, QuoteLine, QuoteState, QuoteTerms, Tier,
    UnitPrice,
};
use crate::products::{ProductId, Unit, UnitMeaning};
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

/// An offer: prices by quantity, and until when they stand.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct NewLeadQuote {
    /// 1 to 50 lines; each product once in a unit.
    #[schema(min_items = 1, max_items = 50)]
    lines: Vec<NewLeadQuoteLine>,
    /// The last local day on which it stands: from today to a year from now.
    valid_until: Day,
    /// Is value-added tax in the prices?
    #[schema(example = true)]
    vat_included: bool,
    /// Days from the order to the delivery.
    #[deserr(default)]
    lead_days: Option<LeadDays>,
    /// Payment, delivery and whatever else goes with it.
    #[deserr(default)]
    terms: Option<QuoteTerms>,
}

/// The prices of a product in a unit.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewLeadQuoteLine {
    /// One that was asked for, or another one of the producer's.
    product_id: ProductId,
    #[schema(value_type = UnitMeaning)]
    unit: Unit,
    /// 1 to 10 tiers, each from another quantity on. Below the smallest nothing is offered.
    #[schema(min_items = 1, max_items = 10)]
    tiers: Vec<NewLeadQuoteTier>,
}

/// The price of one unit from a quantity on.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewLeadQuoteTier {
    from_quantity: Quantity,
    /// Đồng for one unit.
    price: UnitPrice,
}

impl From<NewLeadQuote> for NewQuote {
    fn from(new: NewLeadQuote) -> Self {
        let line = |line: NewLeadQuoteLine| QuoteLine {
            product: line.product_id,
            unit: line.unit,
            tiers: line
                .tiers
                .iter()
                .map(|tier| Tier { from_quantity: tier.from_quantity, price: tier.price })
                .collect(),
        };
        Self {
            lines: new.lines.into_iter().map(line).collect(),
            valid_until: new.valid_until,
            vat_included: new.vat_included,
            lead_days: new.lead_days,
            terms: new.terms,
            actor: None,
        }
    }
}

/// An offer by the producer, or the buyer's counter-offer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadQuote {
    pub id: QuoteId,
    /// The lead it was made in: another one, if that was merged into the lead asked about.
    pub lead_id: LeadId,
    /// 1, 2, … within its lead.
    #[schema(example = 1, minimum = 1)]
    pub number: i64,
    /// `producer`: a quote; `buyer`: a counter-offer.
    pub side: LeadSide,
    pub state: QuoteState,
    /// The last local day on which it stands.
    pub valid_until: Day,
    pub created_at: Instant,
    /// What is offered; told to the two parties only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub offer: Option<LeadOffer>,
}

/// What an offer offers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadOffer {
    pub lines: Vec<LeadQuoteLine>,
    /// Is value-added tax in the prices?
    pub vat_included: bool,
    /// Days from the order to the delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lead_days: Option<LeadDays>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub terms: Option<QuoteTerms>,
}

/// The prices offered for a product in a unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadQuoteLine {
    pub product_id: ProductId,
    #[schema(example = "Bánh cáy")]
    pub name: String,
    #[schema(value_type = UnitMeaning)]
    pub unit: Unit,
    /// From the smallest quantity on.
    pub tiers: Vec<LeadQuoteTier>,
}

/// The price of one unit from a quantity on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadQuoteTier {
    pub from_quantity: Quantity,
    /// Đồng for one unit.
    pub price: UnitPrice,
}

impl From<QuotedLine> for LeadQuoteLine {
    fn from(line: QuotedLine) -> Self {
        let tier = |Tier { from_quantity, price }| LeadQuoteTier { from_quantity, price };
        Self {
            product_id: line.product,
            name: line.name,
            unit: line.unit,
            tiers: line.tiers.into_iter().map(tier).collect(),
        }
    }
}

impl From<Quote> for LeadQuote {
    fn from(Quote { row, state, lines }: Quote) -> Self {
        let (vat_included, lead_days, terms) = (row.vat_included, row.lead_days, row.terms);
        let offer = |lines: Vec<QuotedLine>| LeadOffer {
            lines: lines.into_iter().map(LeadQuoteLine::from).collect(),
            vat_included,
            lead_days,
            terms,
        };
        Self {
            id: row.id,
            lead_id: row.lead_id,
            number: row.number,
            side: row.side,
            state,
            valid_until: row.valid_until,
            created_at: row.created_at,
            offer: lines.map(offer),
        }
    }
}
