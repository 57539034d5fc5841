//! How a buyer's contact stands to one who reads a lead.

use super::stage::LeadSide;
use crate::leads::{EnquiryRow, LeadRow};

crate::text_enum! {
    /// May the reader have the buyer's contact?
    pub enum ContactState {
        /// It is in the answer
        Open = "open",
        /// A reveal shows it: the buyer lets this producer have it; an office says why it needs it
        Hidden = "hidden",
        /// The producer has asked for it, and the buyer has not answered
        Asked = "asked",
        /// The buyer has not agreed that this producer gets it
        Withheld = "withheld",
        /// It was erased
        Forgotten = "forgotten",
    }
}

impl ContactState {
    /// The buyer's side and who recorded the enquiry always have it; the others once it was revealed to them.
    pub fn of(lead: &LeadRow, enquiry: &EnquiryRow, reader: LeadSide) -> Self {
        if enquiry.contact_forgotten_at.is_some() {
            return Self::Forgotten;
        }
        match reader {
            LeadSide::Buyer | LeadSide::Organiser => Self::Open,
            LeadSide::Producer if lead.contact_revealed_at.is_some() => Self::Open,
            LeadSide::Producer if lead.contact_consented_at.is_some() => Self::Hidden,
            LeadSide::Producer if lead.contact_asked_at.is_some() => Self::Asked,
            LeadSide::Office if lead.contact_seen_by_office_at.is_some() => Self::Open,
            LeadSide::Office => Self::Hidden,
            LeadSide::Producer | LeadSide::Service => Self::Withheld,
        }
    }
}

/// How many contacts may be revealed in 24 hours; 0: as many as they like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevealBudgets {
    /// By an organisation that was verified.
    pub verified: u32,
    /// By one that was not.
    pub unverified: u32,
    /// By an officer.
    pub officer: u32,
}
