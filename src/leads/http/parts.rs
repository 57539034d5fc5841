//! What requests and answers are made of.

use crate::accounts::UserId;
use crate::db::Instant;
use crate::files::{FileId, FileName, FileRow, FileType, Sha256Hex};
use crate::input::Faults;
use crate::leads::{
    self, Asked, CompanyName, CompanyTaxCode, ContactEmail, ContactPhone, Duplicate, DuplicateSign,
    EnquiryRow, EventDetails, EventRow, Item, Known, LeadChannel, LeadEventId, LeadEventKind, LeadId,
    LeadNote, LeadReason, LeadSide, LeadStage, PersonName, Quantity, SenderStanding, SourceName, TargetPrice,
    Wanted,
};
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
    pub email: Option<ContactEmail>,
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
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
    pub event: Option<SourceName>,
    /// The campaign that led here.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
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
            details: row.details(),
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

/// A file of a lead.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadFile {
    pub id: FileId,
    pub name: FileName,
    pub media_type: FileType,
    /// In bytes.
    #[schema(example = 48_213, minimum = 1)]
    pub size: i64,
    pub sha256: Sha256Hex,
    /// Where those who see it here may read it.
    #[schema(
        example = "/v1/leads/01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d/files/01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d"
    )]
    pub url: String,
}

impl LeadFile {
    pub fn of(lead: LeadId, file: FileRow) -> Self {
        let url = format!("/v1/leads/{lead}/files/{}", file.id);
        Self {
            id: file.id,
            name: file.name,
            media_type: file.kind,
            size: file.size,
            sha256: file.sha256,
            url,
        }
    }
}
