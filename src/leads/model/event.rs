//! What a timeline tells: the kinds of event, who may record which at which stage, and where that moves the lead.
//!
//! Most kinds have a stage they lead to: a quote to `quoted`, a signed minute to `mou_signed`. Recorded earlier than that they
//! move the lead there, by the table of [`stage`](super::stage); recorded later they stay in the timeline and move nothing:
//! a lead does not go back because somebody quotes again. It goes back only where the service undoes what had led it on: an
//! agreement is voided, or a merger undone. Those two are not in the table here.

use super::stage::{Illegal, LeadSide, LeadStage};
use crate::files::FileId;
use LeadEventKind::*;
use serde::{Deserialize, Serialize};

crate::text_enum! {
    /// What a timeline event tells.
    pub enum LeadEventKind {
        /// The enquiry arrived
        Enquiry = "enquiry",
        /// Somebody wrote a note, for their own side; a buyer's note is for both
        Note = "note",
        /// One party wrote to the other
        Message = "message",
        /// The lead moved to another stage
        Stage = "stage",
        /// The parties talked by telephone
        Call = "call",
        /// The parties met
        Meeting = "meeting",
        /// The producer sent a sample
        Sample = "sample",
        /// The producer quoted prices
        Quote = "quote",
        /// The buyer offered other prices
        CounterOffer = "counter_offer",
        /// A memorandum or minute of cooperation was signed
        Mou = "mou",
        /// A contract in principle was signed: terms without quantities
        PrincipleContract = "principle_contract",
        /// A contract was signed
        Contract = "contract",
        /// An agreement had been recorded by mistake
        AgreementVoided = "agreement_voided",
        /// The first order was placed
        FirstOrder = "first_order",
        /// Another order was placed
        RepeatOrder = "repeat_order",
        /// A delivery went wrong
        DeliveryProblem = "delivery_problem",
        /// The producer did not take it up
        Declined = "declined",
        /// It came to nothing
        Lost = "lost",
        /// It has run its course
        Closed = "closed",
        /// What was recorded about the buyer was completed
        Enriched = "enriched",
        /// Another lead turned out to be the same and was merged into this one
        Merged = "merged",
        /// A merger was undone
        Separated = "separated",
        /// The producer asked for the buyer's contact
        ContactAsked = "contact_asked",
        /// The buyer lets this producer have the contact
        ContactConsented = "contact_consented",
        /// The buyer does not let this producer have the contact, or no more
        ContactWithheld = "contact_withheld",
        /// The contact was given out
        ContactRevealed = "contact_revealed",
        /// The producer was reminded that an answer is due
        Reminded = "reminded",
        /// The programme office was told that no answer came
        Escalated = "escalated",
    }
}

/// What an event tells besides its kind, reason and note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum EventDetails {
    /// A call or a meeting.
    Meeting {
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
    /// A quote or a counter-offer, by its number within the lead.
    Quote { quote_id: super::QuoteId, number: i64 },
    /// What was signed, or voided.
    Agreement { agreement_id: super::AgreementId },
    /// A sample: who carries it, and the number of the parcel.
    Sample {
        #[serde(skip_serializing_if = "Option::is_none")]
        carrier: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<String>,
    },
    /// An order, or the delivery that went wrong: its value in đồng and its number with the parties.
    Order {
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<String>,
    },
    /// The other lead of a merger.
    Lead { lead_id: super::LeadId },
    /// What was completed.
    Fields { fields: Vec<String> },
    /// Files that belong to it.
    Files { file_ids: Vec<FileId> },
    /// The version of the text that the buyer agreed to.
    Consent { text_version: String },
    /// It was recorded through a link in a letter, without signing in.
    Link,
}

/// The details as the database keeps them.
#[derive(Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct DetailsText(String);

impl DetailsText {
    pub fn of(details: &EventDetails) -> Self {
        Self(serde_json::to_string(details).unwrap_or_default())
    }

    /// `None` if a later release wrote something that this one does not know.
    pub fn read(&self) -> Option<EventDetails> {
        serde_json::from_str(&self.0).ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::text_column!(DetailsText, |text: &str| Some(DetailsText(text.to_owned())));

/// Who may record an event of a kind, what it leads to, and whether it may come again once the lead stands there or beyond.
struct Rule {
    kind: LeadEventKind,
    sides: &'static [LeadSide],
    to: Option<LeadStage>,
    /// The least progress at which it makes sense.
    from: LeadStage,
    /// May it come after an end?
    after_end: bool,
}

const BOTH: &[LeadSide] = &[LeadSide::Buyer, LeadSide::Producer];
const ANYBODY: &[LeadSide] = &[LeadSide::Buyer, LeadSide::Producer, LeadSide::Organiser, LeadSide::Office];
const BUYER: &[LeadSide] = &[LeadSide::Buyer];
const PRODUCER: &[LeadSide] = &[LeadSide::Producer];

const fn rule(kind: LeadEventKind, sides: &'static [LeadSide], to: Option<LeadStage>) -> Rule {
    Rule { kind, sides, to, from: LeadStage::Enquiry, after_end: false }
}

/// What people record. Kinds that are not here are written by the service as the consequence of something else.
const RULES: &[Rule] = &[
    Rule { after_end: true, ..rule(Note, ANYBODY, None) },
    Rule { after_end: true, ..rule(Message, BOTH, None) },
    rule(Call, ANYBODY, None),
    rule(Meeting, ANYBODY, None),
    rule(Sample, PRODUCER, Some(LeadStage::SampleSent)),
    rule(Quote, PRODUCER, Some(LeadStage::Quoted)),
    Rule { from: LeadStage::Quoted, ..rule(CounterOffer, BUYER, Some(LeadStage::Negotiating)) },
    rule(Mou, ANYBODY, Some(LeadStage::MouSigned)),
    rule(PrincipleContract, ANYBODY, Some(LeadStage::ContractSigned)),
    rule(Contract, ANYBODY, Some(LeadStage::ContractSigned)),
    rule(FirstOrder, BOTH, Some(LeadStage::FirstOrder)),
    rule(RepeatOrder, BOTH, Some(LeadStage::Repeat)),
    Rule { from: LeadStage::ContractSigned, ..rule(DeliveryProblem, BOTH, None) },
    rule(Declined, PRODUCER, Some(LeadStage::Declined)),
    rule(Lost, &[LeadSide::Buyer, LeadSide::Producer, LeadSide::Office], Some(LeadStage::Lost)),
    rule(Closed, &[LeadSide::Buyer, LeadSide::Producer, LeadSide::Office], Some(LeadStage::Closed)),
];

impl LeadEventKind {
    /// Where an event of this kind, recorded by `side`, takes a lead that stands at `stage`; `None`: it stays there.
    pub fn effect(self, stage: LeadStage, side: LeadSide) -> Result<Option<LeadStage>, Illegal> {
        let illegal = stage.illegal(side);
        let rule =
            RULES.iter().find(|rule| rule.kind == self && rule.sides.contains(&side)).ok_or(illegal)?;
        if stage.is_end() {
            return if rule.after_end { Ok(None) } else { Err(illegal) };
        }
        if stage.progress() < rule.from.progress() {
            return Err(illegal);
        }
        match rule.to {
            None => Ok(None),
            Some(to) if stage.moves(side).contains(&to) && !is_behind(to, stage) => Ok(Some(to)),
            // Once more, at the stage it leads to or beyond; the first order is one.
            Some(to) if self != FirstOrder && (to == stage || is_behind(to, stage)) => Ok(None),
            Some(_) => Err(illegal),
        }
    }

    /// The kinds that `side` may record at `stage`.
    pub fn possible(stage: LeadStage, side: LeadSide) -> Vec<Self> {
        RULES.iter().map(|rule| rule.kind).filter(|kind| kind.effect(stage, side).is_ok()).collect()
    }

    /// The stage that an event of this kind leads to, but for agreements, which may be void by now.
    pub fn comes_to(self) -> Option<LeadStage> {
        let led = RULES.iter().find(|rule| rule.kind == self).and_then(|rule| rule.to);
        led.filter(|to| !to.needs_agreement() && !to.is_end())
    }

    /// Recorded by the producer's side, is it an answer to the buyer?
    pub fn answers(self) -> bool {
        matches!(
            self,
            Message
                | Stage
                | Call
                | Meeting
                | Sample
                | Quote
                | CounterOffer
                | Mou
                | PrincipleContract
                | Contract
                | FirstOrder
                | Declined
        )
    }
}

fn is_behind(stage: LeadStage, other: LeadStage) -> bool {
    matches!((stage.progress(), other.progress()), (Some(a), Some(b)) if a < b)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules in words, written without the table: does it go, and where to?
    fn lawful(kind: LeadEventKind, stage: LeadStage, side: LeadSide) -> Result<Option<LeadStage>, ()> {
        let party = side.is_party();
        let producer = side == LeadSide::Producer;
        let moved = |to: LeadStage| if stage == to { Ok(None) } else { Ok(Some(to)) };
        let Some(progress) = stage.progress() else {
            // After an end people may still write.
            let writes = (kind == Note && side != LeadSide::Service) || (kind == Message && party);
            return if writes { Ok(None) } else { Err(()) };
        };
        let (signed, contracted, ordered) = (progress >= 4, progress >= 5, progress >= 6);
        match kind {
            Note | Call | Meeting if side != LeadSide::Service => Ok(None),
            Message if party => Ok(None),
            Quote if producer && progress == 0 => moved(LeadStage::Quoted),
            Quote if producer => Ok(None),
            Sample if producer && progress < 2 => moved(LeadStage::SampleSent),
            Sample if producer => Ok(None),
            CounterOffer if side == LeadSide::Buyer && (1..=2).contains(&progress) => {
                moved(LeadStage::Negotiating)
            }
            CounterOffer if side == LeadSide::Buyer && progress > 2 => Ok(None),
            Mou if side != LeadSide::Service && signed => Ok(None),
            Mou if side != LeadSide::Service => moved(LeadStage::MouSigned),
            PrincipleContract | Contract if side != LeadSide::Service && contracted => Ok(None),
            PrincipleContract | Contract if side != LeadSide::Service => moved(LeadStage::ContractSigned),
            // One, after at least an offer or a sample.
            FirstOrder if party && progress > 0 && !ordered => moved(LeadStage::FirstOrder),
            RepeatOrder if party && ordered => moved(LeadStage::Repeat),
            DeliveryProblem if party && contracted => Ok(None),
            Declined if producer && !signed => moved(LeadStage::Declined),
            Lost if (party || side == LeadSide::Office) && !ordered => moved(LeadStage::Lost),
            Closed if (producer || side == LeadSide::Office) && signed => moved(LeadStage::Closed),
            Closed if side == LeadSide::Buyer && ordered => moved(LeadStage::Closed),
            _ => Err(()),
        }
    }

    #[test]
    fn the_table_is_the_rules_for_every_kind_stage_and_side() {
        for kind in LeadEventKind::ALL {
            for stage in LeadStage::ALL {
                for side in LeadSide::ALL {
                    let outcome = kind.effect(*stage, *side);
                    assert_eq!(
                        outcome.map_err(|_| ()),
                        lawful(*kind, *stage, *side),
                        "{kind:?} {stage:?} {side:?}"
                    );
                    let possible = LeadEventKind::possible(*stage, *side).contains(kind);
                    assert_eq!(possible, outcome.is_ok(), "{kind:?} {stage:?} {side:?}");
                }
            }
        }
    }

    #[test]
    fn no_event_goes_back_or_leaves_an_end() {
        for kind in LeadEventKind::ALL {
            for stage in LeadStage::ALL {
                for side in LeadSide::ALL {
                    match kind.effect(*stage, *side) {
                        Ok(Some(to)) => {
                            assert!(stage.moves(*side).contains(&to), "{kind:?} {stage:?} {side:?} {to:?}");
                            assert!(
                                to.is_end() || to.progress() > stage.progress(),
                                "{kind:?} {stage:?} {to:?}"
                            );
                        }
                        Ok(None) => assert!(!stage.is_end() || matches!(kind, Note | Message)),
                        Err(illegal) => {
                            assert_eq!((illegal.from, illegal.allowed), (*stage, stage.moves(*side)))
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_only_the_service_writes_nobody_records() {
        for kind in [
            LeadEventKind::Enquiry,
            Stage,
            Merged,
            Separated,
            ContactRevealed,
            Reminded,
            Escalated,
            AgreementVoided,
        ] {
            for stage in LeadStage::ALL {
                assert!(LeadSide::ALL.iter().all(|side| kind.effect(*stage, *side).is_err()), "{kind:?}");
            }
        }
        assert!(
            LeadStage::ALL.iter().all(|stage| LeadEventKind::possible(*stage, LeadSide::Service).is_empty())
        );
    }

    #[test]
    fn a_second_quote_stays_and_a_second_first_order_is_none() {
        let by = |kind: LeadEventKind, stage, side| kind.effect(stage, side).map_err(|illegal| illegal.from);
        assert_eq!(by(Quote, LeadStage::Enquiry, LeadSide::Producer), Ok(Some(LeadStage::Quoted)));
        assert_eq!(by(Quote, LeadStage::Negotiating, LeadSide::Producer), Ok(None));
        assert_eq!(by(Quote, LeadStage::Quoted, LeadSide::Buyer), Err(LeadStage::Quoted));
        assert_eq!(by(FirstOrder, LeadStage::FirstOrder, LeadSide::Buyer), Err(LeadStage::FirstOrder));
        assert_eq!(by(RepeatOrder, LeadStage::Repeat, LeadSide::Buyer), Ok(None));
        assert_eq!(by(CounterOffer, LeadStage::Enquiry, LeadSide::Buyer), Err(LeadStage::Enquiry));
        assert_eq!(by(DeliveryProblem, LeadStage::Quoted, LeadSide::Buyer), Err(LeadStage::Quoted));
    }
}
