//! All that is held about a person.

use crate::accounts::{MemberRole, RoleName, SessionId, UserId, UserLanguage};
use crate::audit::{Action, ActorKind, SubjectKind};
use crate::clients::ClientId;
use crate::db::{Conn, Instant};
use crate::files::FileId;
use crate::leads::{
    AgreementId, ContactSharing, EnquiryId, EnquiryLanguage, LeadChannel, LeadEventId, LeadEventKind, LeadId,
    LeadReason, LeadSide, LeadStage, QuoteId,
};
use crate::mail::{MailId, MailKind};
use crate::organisations::OrganisationId;
use crate::privacy::{Consent, DataRequestId, DataRequestKind, DataRequestState};
use crate::schema::{
    agreements, audit_entries, capture_items, clients, contact_reveals, data_requests, delegations,
    enquiries, enquiry_files, files, invitations, lead_events, lead_links, leads, mails, memberships,
    notifications_off, organisation_claims, quotes, recovery_codes, second_factors, sessions, users,
};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

/// The account itself. The password is held as a hash that nobody can read.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldAccount {
    pub id: UserId,
    #[schema(example = "banhang@example.vn")]
    pub email: String,
    pub display_name: Option<String>,
    pub language: UserLanguage,
    pub role: RoleName,
    pub province: Option<String>,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub password_changed_at: Instant,
}

/// A membership.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldMembership {
    pub organisation_id: OrganisationId,
    pub role: MemberRole,
    pub since: Instant,
}

/// A delegation to the person, or one it asked for or agreed to.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldDelegation {
    pub id: String,
    pub organisation_id: OrganisationId,
    pub delegate_id: UserId,
    pub role: MemberRole,
    pub purpose: String,
    pub requested_at: Instant,
    pub granted_at: Option<Instant>,
    pub ends_at: Instant,
    pub ended_at: Option<Instant>,
}

/// A sign-in.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldSession {
    pub id: SessionId,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub seen_at: Instant,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    pub second_factor_at: Option<Instant>,
    pub ended_at: Option<Instant>,
    pub end_reason: Option<String>,
}

/// The second factor: its secret is held and not shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldSecondFactor {
    pub confirmed_at: Option<Instant>,
    /// Recovery codes that have not been used.
    pub recovery_codes_left: i64,
}

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

/// An invitation to the person.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldInvitation {
    pub id: String,
    pub email: String,
    pub organisation_id: Option<OrganisationId>,
    pub member_role: Option<MemberRole>,
    pub office: Option<RoleName>,
    pub province: Option<String>,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub accepted_at: Option<Instant>,
    pub withdrawn_at: Option<Instant>,
}

/// An invitation the person made: whom it invited is somebody else's data.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldInvitationMade {
    pub id: String,
    pub organisation_id: Option<OrganisationId>,
    pub created_at: Instant,
}

/// A producer of the ledger the person claimed for an organisation.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldClaim {
    pub id: String,
    pub organisation_id: OrganisationId,
    pub target_id: OrganisationId,
    pub note: Option<String>,
    pub claimed_at: Instant,
    #[schema(example = "open")]
    pub state: String,
}

/// A machine client the person set up.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldClient {
    pub id: ClientId,
    pub organisation_id: OrganisationId,
    pub name: String,
    pub created_at: Instant,
}

/// An entry of the audit log by or about the person. From where something was done is shown of what the person did.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldAuditEntry {
    pub seq: i64,
    pub at: Instant,
    pub actor_kind: ActorKind,
    pub action: Action,
    pub subject_kind: SubjectKind,
    pub subject_id: Option<String>,
    pub organisation_id: Option<OrganisationId>,
    pub province: Option<String>,
    pub request_id: Option<String>,
    /// Facts, as JSON.
    #[schema(example = "{}")]
    pub details: String,
    /// Address and browser, as JSON.
    pub origin: Option<String>,
}

/// A letter. Its text is forgotten once it is sent.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldLetter {
    pub id: MailId,
    pub kind: MailKind,
    pub recipient: String,
    pub subject: String,
    pub created_at: Instant,
    pub sent_at: Option<Instant>,
    pub failed_at: Option<Instant>,
}

/// A request about the person's data.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldDataRequest {
    pub id: DataRequestId,
    pub kind: DataRequestKind,
    pub email: Option<String>,
    pub message: Option<String>,
    pub state: DataRequestState,
    pub received_at: Instant,
    pub answered_at: Option<Instant>,
    pub completed_at: Option<Instant>,
    pub answer: Option<String>,
}

/// Everything the service holds about an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountExport {
    /// When it was put together.
    pub exported_at: Instant,
    pub account: HeldAccount,
    pub second_factor: Option<HeldSecondFactor>,
    pub memberships: Vec<HeldMembership>,
    pub delegations: Vec<HeldDelegation>,
    pub sessions: Vec<HeldSession>,
    #[schema(inline)]
    pub consents: Vec<Consent>,
    /// Enquiries sent by the account, or whose contact has its address.
    pub enquiries: Vec<HeldEnquiry>,
    pub lead_events: Vec<HeldLeadEvent>,
    /// Contacts the account revealed, and who got the contacts of its enquiries.
    pub contact_reveals: Vec<HeldReveal>,
    pub offers: Vec<HeldOffer>,
    pub agreements: Vec<HeldAgreement>,
    pub files: Vec<HeldFile>,
    pub captures: Vec<HeldCapture>,
    pub lead_links: Vec<HeldLeadLink>,
    pub notifications_off: Vec<HeldSwitch>,
    pub invitations: Vec<HeldInvitation>,
    pub invitations_made: Vec<HeldInvitationMade>,
    pub claims: Vec<HeldClaim>,
    pub clients: Vec<HeldClient>,
    pub letters: Vec<HeldLetter>,
    pub data_requests: Vec<HeldDataRequest>,
    pub audit_entries: Vec<HeldAuditEntry>,
}

/// Everything the service holds about an address that is no account's concern.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddressExport {
    pub exported_at: Instant,
    #[schema(example = "thumua@example.vn")]
    pub email: String,
    /// Is there an account with this address? Its holder gets what belongs to it at `/v1/me/export`.
    pub has_account: bool,
    pub enquiries: Vec<HeldEnquiry>,
    /// Who got the contacts.
    pub contact_reveals: Vec<HeldReveal>,
    pub offers: Vec<HeldOffer>,
    pub agreements: Vec<HeldAgreement>,
    pub files: Vec<HeldFile>,
    pub lead_links: Vec<HeldLeadLink>,
    pub invitations: Vec<HeldInvitation>,
    pub letters: Vec<HeldLetter>,
    pub data_requests: Vec<HeldDataRequest>,
}

pub fn account(conn: &mut Conn, user: UserId) -> QueryResult<Option<HeldAccount>> {
    users::table
        .filter(users::id.eq(user))
        .filter(users::erased_at.is_null())
        .select((
            users::id,
            users::email,
            users::display_name,
            users::language,
            users::role,
            users::province,
            users::created_at,
            users::updated_at,
            users::password_changed_at,
        ))
        .first(conn)
        .optional()
}

pub fn has_account(conn: &mut Conn, email_key: &str) -> QueryResult<bool> {
    let found: Option<UserId> =
        users::table.filter(users::email_key.eq(email_key)).select(users::id).first(conn).optional()?;
    Ok(found.is_some())
}

pub fn second_factor(conn: &mut Conn, user: UserId) -> QueryResult<Option<HeldSecondFactor>> {
    let found: Option<Option<Instant>> =
        second_factors::table.find(user).select(second_factors::confirmed_at).first(conn).optional()?;
    let Some(confirmed_at) = found else { return Ok(None) };
    let recovery_codes_left = recovery_codes::table
        .filter(recovery_codes::user_id.eq(user))
        .filter(recovery_codes::used_at.is_null())
        .count()
        .get_result(conn)?;
    Ok(Some(HeldSecondFactor { confirmed_at, recovery_codes_left }))
}

pub fn memberships(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldMembership>> {
    memberships::table
        .filter(memberships::user_id.eq(user))
        .order(memberships::organisation_id)
        .select((memberships::organisation_id, memberships::role, memberships::created_at))
        .load(conn)
}

pub fn delegations(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldDelegation>> {
    delegations::table
        .filter(
            delegations::delegate_id
                .eq(user)
                .or(delegations::requested_by.eq(user))
                .or(delegations::granted_by.eq(user).assume_not_null()),
        )
        .order(delegations::id)
        .select((
            delegations::id,
            delegations::organisation_id,
            delegations::delegate_id,
            delegations::role,
            delegations::purpose,
            delegations::requested_at,
            delegations::granted_at,
            delegations::ends_at,
            delegations::ended_at,
        ))
        .load(conn)
}

pub fn sessions(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldSession>> {
    sessions::table
        .filter(sessions::user_id.eq(user))
        .order(sessions::id)
        .select((
            sessions::id,
            sessions::created_at,
            sessions::expires_at,
            sessions::seen_at,
            sessions::address,
            sessions::user_agent,
            sessions::second_factor_at,
            sessions::ended_at,
            sessions::end_reason,
        ))
        .load(conn)
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

pub fn invitations_to(conn: &mut Conn, email_key: &str) -> QueryResult<Vec<HeldInvitation>> {
    invitations::table
        .filter(invitations::email_key.eq(email_key))
        .order(invitations::id)
        .select((
            invitations::id,
            invitations::email,
            invitations::organisation_id,
            invitations::member_role,
            invitations::office,
            invitations::province,
            invitations::created_at,
            invitations::expires_at,
            invitations::accepted_at,
            invitations::withdrawn_at,
        ))
        .load(conn)
}

pub fn invitations_by(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldInvitationMade>> {
    invitations::table
        .filter(invitations::invited_by.eq(user))
        .order(invitations::id)
        .select((invitations::id, invitations::organisation_id, invitations::created_at))
        .load(conn)
}

pub fn claims(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldClaim>> {
    organisation_claims::table
        .filter(organisation_claims::claimed_by.eq(user))
        .order(organisation_claims::id)
        .select((
            organisation_claims::id,
            organisation_claims::organisation_id,
            organisation_claims::target_id,
            organisation_claims::note,
            organisation_claims::claimed_at,
            organisation_claims::state,
        ))
        .load(conn)
}

pub fn clients(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldClient>> {
    clients::table
        .filter(clients::created_by.eq(user))
        .order(clients::id)
        .select((clients::id, clients::organisation_id, clients::name, clients::created_at))
        .load(conn)
}

/// Letters to an account, or to an address.
pub fn letters(conn: &mut Conn, user: Option<UserId>, email_key: &str) -> QueryResult<Vec<HeldLetter>> {
    let columns = (
        mails::id,
        mails::kind,
        mails::recipient,
        mails::subject,
        mails::created_at,
        mails::sent_at,
        mails::failed_at,
    );
    let to_address = mails::table.filter(mails::recipient_key.eq(email_key)).select(columns);
    let mut found: Vec<HeldLetter> = to_address.load(conn)?;
    if let Some(user) = user {
        found.extend(mails::table.filter(mails::user_id.eq(user)).select(columns).load::<HeldLetter>(conn)?);
    }
    found.sort_by_key(|letter| letter.id);
    found.dedup_by_key(|letter| letter.id);
    Ok(found)
}

/// Requests of an account, or of an address.
pub fn data_requests(
    conn: &mut Conn,
    user: Option<UserId>,
    email_key: &str,
) -> QueryResult<Vec<HeldDataRequest>> {
    let columns = (
        data_requests::id,
        data_requests::kind,
        data_requests::email,
        data_requests::message,
        data_requests::state,
        data_requests::received_at,
        data_requests::answered_at,
        data_requests::completed_at,
        data_requests::answer,
    );
    let of_address = data_requests::table.filter(data_requests::email_key.eq(email_key)).select(columns);
    let mut found: Vec<HeldDataRequest> = of_address.load(conn)?;
    if let Some(user) = user {
        let own = data_requests::table.filter(data_requests::user_id.eq(user)).select(columns);
        found.extend(own.load::<HeldDataRequest>(conn)?);
    }
    found.sort_by_key(|request| request.id);
    found.dedup_by_key(|request| request.id);
    Ok(found)
}

pub fn audit_entries(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldAuditEntry>> {
    let id = user.to_string();
    let found: Vec<(Option<String>, HeldAuditEntry)> = audit_entries::table
        .filter(
            audit_entries::actor_id
                .eq(&id)
                .assume_not_null()
                .or(audit_entries::subject_id.eq(&id).assume_not_null()),
        )
        .order(audit_entries::seq)
        .select((
            audit_entries::actor_id,
            (
                audit_entries::seq,
                audit_entries::at,
                audit_entries::actor_kind,
                audit_entries::action,
                audit_entries::subject_kind,
                audit_entries::subject_id,
                audit_entries::organisation_id,
                audit_entries::province,
                audit_entries::request_id,
                audit_entries::details,
                audit_entries::origin,
            ),
        ))
        .load(conn)?;
    let entries = found.into_iter().map(|(actor, entry)| {
        let own = actor.as_deref() == Some(id.as_str());
        HeldAuditEntry { origin: entry.origin.filter(|_| own), ..entry }
    });
    Ok(entries.collect())
}

/// How often a user has had everything exported since an instant, and when first.
pub fn exports_since(conn: &mut Conn, user: UserId, since: Instant) -> QueryResult<Vec<Instant>> {
    audit_entries::table
        .filter(audit_entries::actor_id.eq(user.as_str()))
        .filter(audit_entries::action.eq(Action::AccountExported))
        .filter(audit_entries::at.gt(since))
        .order(audit_entries::seq)
        .select(audit_entries::at)
        .load(conn)
}
