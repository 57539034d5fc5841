//! What has become of a lead, as reports count it.
//!
//! A lead into which others were merged is one: what was signed, quoted or sent in any of them is its own, and its clock is
//! that of the one that came first. What was recorded by mistake and voided is not there.

use super::{AgreementId, AgreementKind, AttributionKind, LeadChannel, LeadId, LeadStage};
use crate::certification::model::Stars;
use crate::db::{Day, Instant};
use crate::organisations::OrganisationId;

/// A lead and what came of it.
#[derive(Debug, Clone)]
pub struct LeadFacts {
    pub id: LeadId,
    pub producer: OrganisationId,
    pub stage: LeadStage,
    pub arrived_at: Instant,
    pub channel: LeadChannel,
    pub event: Option<Named>,
    pub campaign: Option<Named>,
    /// Of the goods asked for, as they were certified on the day of the enquiry; each is there as often as there are goods.
    pub groups: Vec<String>,
    pub stars: Vec<Stars>,
    /// `None`: the producer recorded it itself, and there is nobody to answer.
    pub clock: Option<AnswerClock>,
    /// Where it stood since when, in the order of the moves.
    pub path: Vec<(LeadStage, Instant)>,
    pub quoted: bool,
    pub sampled: bool,
    pub ordered: bool,
    /// Those in force.
    pub agreements: Vec<AgreementFacts>,
}

/// The name of an event or a campaign, and the key by which two spellings of it are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub key: String,
    pub name: String,
}

/// How long the buyer waits for the first answer.
#[derive(Debug, Clone, Copy)]
pub struct AnswerClock {
    pub since: Instant,
    pub due: Instant,
    pub answered_at: Option<Instant>,
}

/// Something signed that is in force.
#[derive(Debug, Clone)]
pub struct AgreementFacts {
    pub id: AgreementId,
    pub kind: AgreementKind,
    /// Đồng.
    pub value: i64,
    pub signed_on: Day,
    pub shares: Vec<Credit>,
}

/// A part of an agreement, and to what it is credited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    pub kind: AttributionKind,
    /// The code of a province, or the name of an event or a campaign.
    pub to: Named,
    /// Hundredths of a per cent.
    pub share: i64,
}
