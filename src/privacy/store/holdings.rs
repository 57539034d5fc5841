//! All that is held about a person.

use super::media::{HeldImage, HeldUpload};
use super::papers::{HeldListingAnswer, HeldPaper, HeldPaperLink, HeldPaperOpening};
use super::trade::{
    HeldAgreement, HeldCapture, HeldEnquiry, HeldFile, HeldLeadEvent, HeldLeadLink, HeldOffer, HeldReveal,
    HeldSwitch,
};
use crate::accounts::{MemberRole, RoleName, SessionId, UserId, UserLanguage};
use crate::audit::{Action, ActorKind, SubjectKind};
use crate::clients::ClientId;
use crate::db::{Conn, Instant};
use crate::listings::{SubmissionId, SubmissionState};
use crate::mail::{MailId, MailKind};
use crate::organisations::OrganisationId;
use crate::privacy::{Consent, DataRequestId, DataRequestKind, DataRequestState};
use crate::products::ProductId;
use crate::schema::{
    audit_entries, clients, data_requests, delegations, invitations, listing_submissions as submissions,
    mails, memberships, organisation_claims, recovery_codes, second_factors, sessions, users,
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

/// What the person handed in of a listing, or decided on as an officer.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldSubmission {
    pub id: SubmissionId,
    pub product_id: ProductId,
    pub state: SubmissionState,
    /// What the person said of the whole: to the officer, or as the officer, in both languages, as JSON.
    pub note: Option<String>,
    pub submitted_at: Instant,
    pub ended_at: Option<Instant>,
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
    /// Pictures it stored for an organisation.
    pub images: Vec<HeldImage>,
    pub uploads: Vec<HeldUpload>,
    pub captures: Vec<HeldCapture>,
    pub lead_links: Vec<HeldLeadLink>,
    pub papers: Vec<HeldPaper>,
    pub paper_links: Vec<HeldPaperLink>,
    pub paper_openings: Vec<HeldPaperOpening>,
    pub listing_answers: Vec<HeldListingAnswer>,
    pub notifications_off: Vec<HeldSwitch>,
    pub invitations: Vec<HeldInvitation>,
    pub invitations_made: Vec<HeldInvitationMade>,
    pub claims: Vec<HeldClaim>,
    /// Handed in by the person.
    pub listing_submissions: Vec<HeldSubmission>,
    /// Decided on by the person.
    pub listing_reviews: Vec<HeldSubmission>,
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

pub fn listing_submissions(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldSubmission>> {
    submissions::table
        .filter(submissions::user_id.eq(user))
        .order(submissions::id)
        .select((
            submissions::id,
            submissions::product_id,
            submissions::state,
            submissions::note,
            submissions::submitted_at,
            submissions::ended_at,
        ))
        .load(conn)
}

pub fn listing_reviews(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldSubmission>> {
    submissions::table
        .filter(submissions::decided_by.eq(user))
        .order(submissions::id)
        .select((
            submissions::id,
            submissions::product_id,
            submissions::state,
            submissions::remark,
            submissions::submitted_at,
            submissions::ended_at,
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
