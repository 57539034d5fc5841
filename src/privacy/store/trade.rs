//! What is held about a person as a buyer, and about what an account did with leads.

use crate::accounts::UserId;
use crate::db::{Conn, Instant};
use crate::files::FileId;
use crate::leads::{
    AgreementId, ContactSharing, EnquiryId, EnquiryLanguage, LeadChannel, LeadEventId, LeadEventKind, LeadId,
    LeadReason, LeadSide, LeadStage, QuoteId,
};
use crate::organisations::OrganisationId;
use crate::schema::{
    agreements, capture_items, contact_reveals, enquiries, enquiry_files, files, lead_events, lead_links,
    leads, notifications_off, quotes,
};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

/// An enquiry with its contact, and the producers' leads that came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldEnquiry {
    #[serde(flatten)]
    pub enquiry: HeldEnquiryText,
    pub leads: Vec<HeldLead>,
}

/// What an enquiry says.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldEnquiryText {
    pub id: EnquiryId,
    pub company_name: String,
    pub company_tax_code: Option<String>,
    pub contact_name: String,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
    /// Does each producer asked get the contact, or has each to ask?
    pub contact_sharing: ContactSharing,
    pub message: String,
    pub language: EnquiryLanguage,
    pub source_channel: LeadChannel,
    pub source_event: Option<String>,
    pub source_campaign: Option<String>,
    /// Code of the unit where the goods are to go.
    pub delivery_unit: Option<String>,
    pub consent_version: String,
    /// Who recorded it for the buyer, if somebody did.
    pub recorder_side: Option<LeadSide>,
    pub occurred_at: Instant,
    pub received_at: Instant,
    pub letters_stopped_at: Option<Instant>,
}

/// To whom an enquiry went, and how far it has come.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldLead {
    pub id: LeadId,
    #[serde(skip)]
    pub enquiry_id: EnquiryId,
    /// The producer that was asked.
    pub producer_id: OrganisationId,
    pub stage: LeadStage,
    pub contact_consented_at: Option<Instant>,
    pub contact_asked_at: Option<Instant>,
    /// When the producer got the contact.
    pub contact_revealed_at: Option<Instant>,
    /// When the programme office got it.
    pub contact_seen_by_office_at: Option<Instant>,
}

/// A contact that was given out: the person's own, or one the person revealed.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldReveal {
    pub lead_id: LeadId,
    /// Who got it: a producer, or an office.
    pub side: LeadSide,
    pub organisation_id: Option<OrganisationId>,
    pub because: Option<String>,
    pub at: Instant,
}

/// A file the person stored, or that is attached to one of its enquiries.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldFile {
    pub id: FileId,
    pub name: String,
    pub media_type: String,
    pub size: i64,
    pub sha256: String,
    pub created_at: Instant,
}

/// An offer of a lead of the person's enquiries that the buyer's side made.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldOffer {
    pub id: QuoteId,
    pub lead_id: LeadId,
    pub number: i64,
    pub terms: Option<String>,
    pub created_at: Instant,
}

/// Something signed that the person recorded, or that came of one of its enquiries.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldAgreement {
    pub id: AgreementId,
    pub lead_id: LeadId,
    #[schema(example = "mou")]
    pub kind: String,
    pub number: Option<String>,
    pub buyer_name: String,
    pub buyer_tax_code: Option<String>,
    pub side: LeadSide,
    pub recorded_at: Instant,
    pub voided_at: Option<Instant>,
    pub void_reason: Option<String>,
}

/// What a device of the person handed in.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldCapture {
    pub id: String,
    pub enquiry_id: EnquiryId,
    pub received_at: Instant,
    /// `null`: it waits for its enquiry.
    pub done_at: Option<Instant>,
}

/// A link in a letter about a lead. What it opens with is held as a hash.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldLeadLink {
    pub lead_id: LeadId,
    #[schema(example = "answer")]
    pub purpose: String,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub used_at: Option<Instant>,
}

/// Letters the person has switched off.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldSwitch {
    #[schema(example = "lead_arrived")]
    pub kind: String,
    pub since: Instant,
}

/// What the person did with a lead, on either side.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldLeadEvent {
    pub id: LeadEventId,
    pub lead_id: LeadId,
    pub kind: LeadEventKind,
    pub side: LeadSide,
    pub from_stage: Option<LeadStage>,
    pub to_stage: Option<LeadStage>,
    pub reason: Option<LeadReason>,
    pub note: Option<String>,
    /// What the kind of event tells besides, as JSON.
    #[schema(example = "{\"of\":\"meeting\"}")]
    pub details: Option<String>,
    pub occurred_at: Instant,
    pub at: Instant,
}

/// The enquiries that a user sent or whose contact has this address, forgotten ones included.
pub fn enquiries(conn: &mut Conn, user: Option<UserId>, email_key: &str) -> QueryResult<Vec<HeldEnquiry>> {
    let columns = (
        enquiries::id,
        enquiries::company_name,
        enquiries::company_tax_code,
        enquiries::contact_name,
        enquiries::contact_email,
        enquiries::contact_phone,
        enquiries::contact_sharing,
        enquiries::message,
        enquiries::language,
        enquiries::source_channel,
        enquiries::source_event,
        enquiries::source_campaign,
        enquiries::delivery_unit,
        enquiries::consent_version,
        enquiries::recorder_side,
        enquiries::occurred_at,
        enquiries::received_at,
        enquiries::letters_stopped_at,
    );
    let by_address = enquiries::table.filter(enquiries::contact_email_key.eq(email_key)).select(columns);
    let mut found: Vec<HeldEnquiryText> = by_address.load(conn)?;
    if let Some(user) = user {
        let by_sender = enquiries::table.filter(enquiries::sender_user_id.eq(user)).select(columns);
        found.extend(by_sender.load::<HeldEnquiryText>(conn)?);
    }
    found.sort_by_key(|enquiry| enquiry.id);
    found.dedup_by_key(|enquiry| enquiry.id);
    let ids: Vec<EnquiryId> = found.iter().map(|enquiry| enquiry.id).collect();
    let mut held: Vec<HeldEnquiry> =
        found.into_iter().map(|enquiry| HeldEnquiry { enquiry, leads: Vec::new() }).collect();
    let leads: Vec<HeldLead> = leads::table
        .filter(leads::enquiry_id.eq_any(&ids))
        .order(leads::id)
        .select((
            leads::id,
            leads::enquiry_id,
            leads::producer_id,
            leads::stage,
            leads::contact_consented_at,
            leads::contact_asked_at,
            leads::contact_revealed_at,
            leads::contact_seen_by_office_at,
        ))
        .load(conn)?;
    for lead in leads {
        if let Ok(at) = held.binary_search_by_key(&lead.enquiry_id, |held| held.enquiry.id)
            && let Some(held) = held.get_mut(at)
        {
            held.leads.push(lead);
        }
    }
    Ok(held)
}

/// What came of a person's enquiries, as far as the person is told in it, and what an account did with others'.
pub struct HeldTrade {
    pub contact_reveals: Vec<HeldReveal>,
    pub offers: Vec<HeldOffer>,
    pub agreements: Vec<HeldAgreement>,
    pub files: Vec<HeldFile>,
    pub lead_links: Vec<HeldLeadLink>,
}

/// Beside these enquiries.
pub fn trade(conn: &mut Conn, user: Option<UserId>, of: &[HeldEnquiry]) -> QueryResult<HeldTrade> {
    let enquiries: Vec<EnquiryId> = of.iter().map(|held| held.enquiry.id).collect();
    let own: Vec<LeadId> = of.iter().flat_map(|held| &held.leads).map(|lead| lead.id).collect();
    let contact_reveals = contact_reveals::table
        .filter(contact_reveals::user_id.eq(user).or(contact_reveals::lead_id.eq_any(&own)))
        .order((contact_reveals::at, contact_reveals::id))
        .select((
            contact_reveals::lead_id,
            contact_reveals::side,
            contact_reveals::organisation_id,
            contact_reveals::because,
            contact_reveals::at,
        ))
        .load(conn)?;
    let offers = quotes::table
        .filter(quotes::lead_id.eq_any(&own))
        .filter(quotes::side.eq(LeadSide::Buyer))
        .order((quotes::created_at, quotes::id))
        .select((quotes::id, quotes::lead_id, quotes::number, quotes::terms, quotes::created_at))
        .load(conn)?;
    let agreements = agreements::table
        .filter(agreements::recorded_by.eq(user).or(agreements::lead_id.eq_any(&own)))
        .order((agreements::recorded_at, agreements::id))
        .select((
            agreements::id,
            agreements::lead_id,
            agreements::kind,
            agreements::number,
            agreements::buyer_name,
            agreements::buyer_tax_code,
            agreements::side,
            agreements::recorded_at,
            agreements::voided_at,
            agreements::void_reason,
        ))
        .load(conn)?;
    let attached = enquiry_files::table.filter(enquiry_files::enquiry_id.eq_any(&enquiries));
    let attached = attached.select(enquiry_files::file_id);
    let files = files::table
        .filter(files::user_id.eq(user).or(files::id.eq_any(attached)))
        .order((files::created_at, files::id))
        .select((files::id, files::name, files::media_type, files::size, files::sha256, files::created_at))
        .load(conn)?;
    let to_buyers = lead_links::lead_id.eq_any(&own).and(lead_links::user_id.is_null());
    let lead_links = lead_links::table
        .filter(lead_links::user_id.eq(user).or(to_buyers))
        .order((lead_links::created_at, lead_links::id))
        .select((
            lead_links::lead_id,
            lead_links::purpose,
            lead_links::created_at,
            lead_links::expires_at,
            lead_links::used_at,
        ))
        .load(conn)?;
    Ok(HeldTrade { contact_reveals, offers, agreements, files, lead_links })
}

pub fn captures(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldCapture>> {
    capture_items::table
        .filter(capture_items::recorder.eq(user.to_string()))
        .order(capture_items::id)
        .select((
            capture_items::id,
            capture_items::enquiry_id,
            capture_items::received_at,
            capture_items::done_at,
        ))
        .load(conn)
}

pub fn notifications_off(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldSwitch>> {
    notifications_off::table
        .filter(notifications_off::user_id.eq(user))
        .order(notifications_off::kind)
        .select((notifications_off::kind, notifications_off::since))
        .load(conn)
}

pub fn lead_events(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldLeadEvent>> {
    lead_events::table
        .filter(lead_events::actor_id.eq(user))
        .order((lead_events::at, lead_events::id))
        .select((
            lead_events::id,
            lead_events::lead_id,
            lead_events::kind,
            lead_events::side,
            lead_events::from_stage,
            lead_events::to_stage,
            lead_events::reason,
            lead_events::note,
            lead_events::details,
            lead_events::occurred_at,
            lead_events::at,
        ))
        .load(conn)
}
