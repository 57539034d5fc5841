//! What requests and answers are made of.

use super::agreements::LeadFile;
use super::intake_parts::{LeadDelivery, LeadRecorder, certificates_of};
use crate::accounts::UserId;
use crate::db::Instant;
use crate::files::FileRow;
use crate::input::Faults;
use crate::leads::{
    self, Asked, CompanyName, CompanyTaxCode, ConsentVersion, ContactEmail, ContactPhone, ContactSharing,
    ContactState, DetailsText, Duplicate, DuplicateSign, EnquiryId, EnquiryLanguage, EnquiryRow,
    EventDetails, EventRow, Item, Known, LeadChannel, LeadEventId, LeadEventKind, LeadId, LeadMessage,
    LeadNote, LeadReason, LeadSide, LeadStage, PersonName, Quantity, SenderStanding, SourceName, TargetPrice,
    Wanted,
};
use crate::listings::DocumentKind;
use crate::organisations::OrganisationId;
use crate::products::{ProductId, Unit, UnitMeaning};
use crate::say;
use crate::say::Invalid;
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

/// The company that asks.
#[derive(Debug, Clone, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadCompany {
    pub name: CompanyName,
    /// Vietnamese tax code; leave it out if the company has none.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tax_code: Option<CompanyTaxCode>,
}

/// The company that asks, and how well the service knows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AskingCompany {
    pub name: CompanyName,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tax_code: Option<CompanyTaxCode>,
    pub standing: SenderStanding,
}

impl AskingCompany {
    /// The company of a lead, if its reader may know.
    pub fn told_to(known: &Known) -> Option<Self> {
        known.tells_the_buyer().then(|| Self {
            name: known.enquiry.company_name.clone(),
            tax_code: known.enquiry.company_tax_code.clone(),
            standing: known.beside.standing,
        })
    }
}

/// Who is to be answered. An e-mail address or a telephone number is needed, unless somebody records it for a buyer; both
/// are welcome.
#[derive(Debug, Clone, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadContact {
    pub name: PersonName,
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email: Option<ContactEmail>,
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub phone: Option<ContactPhone>,
}

impl LeadContact {
    pub fn of(enquiry: &EnquiryRow) -> Self {
        Self {
            name: enquiry.contact_name.clone(),
            email: enquiry.contact_email.clone(),
            phone: enquiry.contact_phone.clone(),
        }
    }
}

/// Who may have the contact, and since when.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadContactAccess {
    /// The buyer lets this producer have it.
    #[schema(required = true)]
    pub consented_at: Option<Instant>,
    /// The producer asked for it.
    #[schema(required = true)]
    pub asked_at: Option<Instant>,
    /// The producer has it.
    #[schema(required = true)]
    pub revealed_at: Option<Instant>,
    /// The programme office has it.
    #[schema(required = true)]
    pub seen_by_office_at: Option<Instant>,
}

impl LeadContactAccess {
    pub fn of(known: &Known) -> Self {
        let lead = &known.lead;
        Self {
            consented_at: lead.contact_consented_at,
            asked_at: lead.contact_asked_at,
            revealed_at: lead.contact_revealed_at,
            seen_by_office_at: lead.contact_seen_by_office_at,
        }
    }
}

/// How the enquiry came about.
#[derive(Debug, Clone, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct LeadSource {
    pub channel: LeadChannel,
    /// The fair, conference or meeting, if it was one.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub event: Option<SourceName>,
    /// The campaign that led here.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub campaign: Option<SourceName>,
}

/// A stage as a request names it: a name that is none is answered with the stages in words, their codes beside them.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StageNamed(pub LeadStage);

impl StageNamed {
    fn parse(text: &str) -> Result<Self, Invalid> {
        LeadStage::parse(text).map(Self).map_err(|unknown| {
            let (vi, en) = (in_words(LeadStage::ALL), codes(LeadStage::ALL));
            Invalid::new(
                unknown.code,
                say!(
                    "Không có giai đoạn này; chấp nhận: {vi}.",
                    "There is no such stage; accepted are: {en}."
                ),
            )
        })
    }
}

crate::parsed_input!(StageNamed);

/// Stages in a Vietnamese sentence: the words, and the code beside them.
pub fn in_words(stages: &[LeadStage]) -> String {
    let words = stages.iter().map(|stage| format!("{} ({})", stage.in_vietnamese(), stage.as_str()));
    words.collect::<Vec<_>>().join(", ")
}

/// Stages in an English sentence.
pub fn codes(stages: &[LeadStage]) -> String {
    stages.iter().map(LeadStage::as_str).collect::<Vec<_>>().join(", ")
}

/// A stage in the words of the caller's side: what it waits for, or has to do.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct StageLabel {
    #[schema(example = "chờ báo giá")]
    vi: &'static str,
    #[schema(example = "waiting for a quote")]
    en: &'static str,
}

impl StageLabel {
    pub fn of(stage: LeadStage, side: LeadSide) -> Self {
        let (vi, en) = stage.label(side);
        Self { vi, en }
    }
}

/// Who makes the products asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadProducer {
    pub id: OrganisationId,
    #[schema(example = "Hợp tác xã bánh cáy (minh họa)")]
    pub name: String,
}

/// A product asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadItem {
    pub product_id: ProductId,
    #[schema(example = "Bánh cáy")]
    pub name: String,
    pub quantity: Quantity,
    #[schema(value_type = UnitMeaning)]
    pub unit: Unit,
    /// Đồng for one unit that the buyer hopes for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub target_price: Option<TargetPrice>,
}

impl From<Item> for LeadItem {
    fn from(item: Item) -> Self {
        Self {
            product_id: item.product,
            name: item.name,
            quantity: item.quantity,
            unit: item.unit,
            target_price: item.target_price,
        }
    }
}

impl From<Asked> for LeadItem {
    fn from(Asked { wanted, name, .. }: Asked) -> Self {
        let Wanted { product, quantity, unit, target_price } = wanted;
        Self { product_id: product, name, quantity, unit, target_price }
    }
}

/// What a lead asks for, as its reader may see it.
pub fn shown_items(known: &Known, items: Vec<Item>) -> Vec<LeadItem> {
    let priced = leads::sees_prices(&known.enquiry, known.side);
    let shown = |item: Item| LeadItem { target_price: item.target_price.filter(|_| priced), ..item.into() };
    items.into_iter().map(shown).collect()
}

/// One entry of a timeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadEvent {
    pub id: LeadEventId,
    /// The lead in which it happened: this one, or one that was merged into it.
    pub lead_id: LeadId,
    pub r#type: LeadEventKind,
    pub at: Instant,
    /// Which side it comes from.
    pub side: LeadSide,
    /// The user it comes from; told to their own side only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub user_id: Option<UserId>,
    /// Of a move: where the lead stood.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from: Option<LeadStage>,
    /// Of the arrival and of a move: where the lead stands since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<LeadStage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<LeadReason>,
    /// What was written. What the producer's side writes is told to the producer's side only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<LeadNote>,
    /// What the kind of event tells besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub details: Option<EventDetails>,
    /// When it happened; `at` is when it was recorded.
    pub occurred_at: Instant,
}

impl From<EventRow> for LeadEvent {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            lead_id: row.lead_id,
            r#type: row.kind,
            at: row.at,
            side: row.side,
            user_id: row.actor_id,
            from: row.from_stage,
            to: row.to_stage,
            reason: row.reason,
            note: row.note,
            details: row.details.as_ref().and_then(DetailsText::read),
            occurred_at: row.occurred_at,
        }
    }
}

/// Another lead that may be the same.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadDuplicate {
    pub lead_id: LeadId,
    pub stage: LeadStage,
    pub occurred_at: Instant,
    /// What is the same.
    pub because: Vec<DuplicateSign>,
}

impl From<Duplicate> for LeadDuplicate {
    fn from(Duplicate { lead, stage, occurred_at, because }: Duplicate) -> Self {
        Self { lead_id: lead, stage, occurred_at, because }
    }
}

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
