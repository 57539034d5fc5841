//! A lead as its reader may see it.

use super::intake_parts::{LeadDelivery, LeadRecorder, certificates_of};
use super::parts::{
    AskingCompany, LeadContact, LeadContactAccess, LeadDuplicate, LeadEvent, LeadFile, LeadItem,
    LeadProducer, LeadSource, StageLabel, shown_items,
};
use crate::db::{Conn, Instant};
use crate::files::FileRow;
use crate::http::Problem;
use crate::http::reply::IfMatch;
use crate::leads::{
    self, ConsentVersion, ContactSharing, ContactState, EnquiryId, EnquiryLanguage, EventRow, Item, Known,
    LeadError, LeadEventKind, LeadId, LeadMessage, LeadSide, LeadStage,
};
use crate::listings::DocumentKind;
use serde::Serialize;
use utoipa::ToSchema;

/// What the sender agreed to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadConsent {
    /// Version of the text; read it at `/v1/consent-texts/{version}`.
    pub text_version: ConsentVersion,
    pub accepted_at: Instant,
}

/// A lead as the caller may see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Lead {
    pub id: LeadId,
    /// The enquiry it came from; leads of one enquiry went to different producers.
    pub enquiry_id: EnquiryId,
    /// The side on which the caller stands.
    pub your_side: LeadSide,
    pub stage: LeadStage,
    pub stage_label: StageLabel,
    /// Where the caller may move it now; to `mou_signed` and `contract_signed` by recording the agreement.
    pub moves: &'static [LeadStage],
    /// What the caller may record now.
    pub possible_events: Vec<LeadEventKind>,
    /// Since when it stands there.
    pub stage_since: Instant,
    /// By when the producer's first answer is due (working days); when it came.
    pub respond_by: Instant,
    #[schema(required = true)]
    pub answered_at: Option<Instant>,
    /// How many working days the answer took: 0 if it came on the day of the enquiry. `null` until it comes.
    #[schema(required = true, example = 1)]
    pub answered_in_working_days: Option<u16>,
    /// The first answer is due, and has not come.
    #[schema(example = false)]
    pub overdue: bool,
    /// It goes on in this lead of the same producer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub merged_into: Option<LeadId>,
    /// When the enquiry was made; `created_at` is when it arrived.
    pub occurred_at: Instant,
    pub created_at: Instant,
    /// When something last happened that both sides see: a note of the producer's is not told, not even that it is there.
    pub updated_at: Instant,
    pub producer: LeadProducer,
    /// Who asks; told to an office with the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub company: Option<AskingCompany>,
    /// Who is to be answered: to whom `contact_state` is `open`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contact: Option<LeadContact>,
    pub contact_state: ContactState,
    pub contact_access: LeadContactAccess,
    /// Told to an office with the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<LeadMessage>,
    /// Language the sender wants to be answered in.
    pub language: EnquiryLanguage,
    pub source: LeadSource,
    pub consent: LeadConsent,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub delivery: Option<LeadDelivery>,
    /// Kinds of certificates the buyer needs.
    pub certificates: Vec<DocumentKind>,
    /// To whom the buyer lets the contact go.
    pub contact_sharing: ContactSharing,
    /// Somebody recorded it for the buyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub recorded: Option<LeadRecorder>,
    pub products: Vec<LeadItem>,
    /// What is attached to the enquiry; the office sees it once it has been shown the contact.
    pub attachments: Vec<LeadFile>,
    /// The timeline, oldest first.
    pub events: Vec<LeadEvent>,
    /// Other leads of yours that may be the same; a suggestion, which the `ETag` does not stand for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub possible_duplicates: Vec<LeadDuplicate>,
}

impl Lead {
    pub fn new(known: &Known, items: Vec<Item>, events: Vec<EventRow>, now: Instant) -> Self {
        let Known { lead, side, .. } = known;
        let enquiry = known.enquiry.clone();
        Self {
            id: lead.id,
            enquiry_id: lead.enquiry_id,
            your_side: *side,
            stage: lead.stage,
            stage_label: StageLabel::of(lead.stage, *side),
            moves: known.moves(),
            possible_events: known.possible_events(),
            stage_since: lead.stage_since,
            respond_by: lead.respond_by,
            answered_at: lead.answered_at,
            answered_in_working_days: lead.answered_in_working_days(),
            overdue: lead.is_overdue(now),
            merged_into: lead.merged_into,
            occurred_at: lead.occurred_at,
            created_at: lead.created_at,
            updated_at: lead.updated_at,
            producer: LeadProducer { id: lead.producer_id, name: known.producer_name.clone() },
            company: AskingCompany::told_to(known),
            delivery: LeadDelivery::of(known),
            certificates: certificates_of(&enquiry),
            contact_sharing: enquiry.contact_sharing,
            recorded: LeadRecorder::of(known),
            contact: (known.contact_state() == ContactState::Open).then(|| LeadContact::of(&enquiry)),
            contact_state: known.contact_state(),
            contact_access: LeadContactAccess::of(known),
            message: Some(enquiry.message).filter(|_| known.tells_the_buyer()),
            language: enquiry.language,
            source: LeadSource {
                channel: enquiry.source_channel,
                event: enquiry.source_event,
                campaign: enquiry.source_campaign,
            },
            consent: LeadConsent { text_version: enquiry.consent_version, accepted_at: enquiry.received_at },
            products: shown_items(known, items),
            attachments: Vec::new(),
            events: events.into_iter().map(LeadEvent::from).collect(),
            possible_duplicates: Vec::new(),
        }
    }

    pub fn with_attachments(self, files: Vec<FileRow>) -> Self {
        let id = self.id;
        Self { attachments: files.into_iter().map(|file| LeadFile::of(id, file)).collect(), ..self }
    }
}

/// The whole of a lead the caller knows of.
pub fn whole(conn: &mut Conn, known: &Known, now: Instant) -> Result<Lead, LeadError> {
    let (items, events) = leads::details(conn, known)?;
    let attached = leads::attachments(conn, known)?;
    Ok(Lead::new(known, items, events, now).with_attachments(attached))
}

/// Is the lead still as the caller has read it, if it says what that was?
pub fn check_unchanged(
    conn: &mut Conn,
    if_match: &IfMatch,
    known: &Known,
    now: Instant,
) -> Result<(), Problem> {
    if if_match.is_given() { if_match.check(&whole(conn, known, now)?) } else { Ok(()) }
}
