//! The contacts of enquiries: finding them, and putting a pseudonym into their place.

use crate::accounts::{MemberRole, UserId, UserLanguage};
use crate::db::{Conn, Instant, PortableDsl};
use crate::leads::{EnquiryId, LeadId, LeadSide};
use crate::organisations::OrganisationId;
use crate::privacy::redact::ERASED_TEXT;
use crate::schema::{enquiries, idempotency_keys, lead_events, leads, memberships, users};
use diesel::IntoSql;
use diesel::prelude::*;
use diesel::sql_types::Text;

/// Who the contact of an enquiry is.
#[derive(Debug, Queryable)]
pub struct Contact {
    pub enquiry: EnquiryId,
    pub company: String,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// The enquiries that a user sent or whose contact has this address, as far as they still tell who it is.
pub fn contacts_of(conn: &mut Conn, user: Option<UserId>, email_key: &str) -> QueryResult<Vec<EnquiryId>> {
    let mut found: Vec<EnquiryId> = enquiries::table
        .filter(enquiries::contact_email_key.eq(email_key))
        .filter(enquiries::contact_forgotten_at.is_null())
        .select(enquiries::id)
        .load(conn)?;
    if let Some(user) = user {
        found.extend(sent_by(conn, user)?);
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The enquiries that a user sent, as far as they still tell who the contact is.
pub fn sent_by(conn: &mut Conn, user: UserId) -> QueryResult<Vec<EnquiryId>> {
    enquiries::table
        .filter(enquiries::sender_user_id.eq(user))
        .filter(enquiries::contact_forgotten_at.is_null())
        .order(enquiries::id)
        .select(enquiries::id)
        .load(conn)
}

/// The contacts of these enquiries that have not been forgotten.
pub fn contacts(conn: &mut Conn, of: &[EnquiryId]) -> QueryResult<Vec<Contact>> {
    enquiries::table
        .filter(enquiries::id.eq_any(of))
        .filter(enquiries::contact_forgotten_at.is_null())
        .order(enquiries::id)
        .select((
            enquiries::id,
            enquiries::company_name,
            enquiries::contact_name,
            enquiries::contact_email,
            enquiries::contact_phone,
        ))
        .load(conn)
}

/// Puts a pseudonym into the place of the contacts; returns how many were there. It is made of the enquiry's own id, so that
/// no two enquiries can be told to be of one person.
pub fn forget_contacts(conn: &mut Conn, of: &[EnquiryId], now: Instant) -> QueryResult<usize> {
    let pseudonym = "erased-".into_sql::<Text>().concat(enquiries::id).concat("@erased.invalid");
    diesel::update(
        enquiries::table.filter(enquiries::id.eq_any(of)).filter(enquiries::contact_forgotten_at.is_null()),
    )
    .set((
        enquiries::contact_email.eq(pseudonym.nullable()),
        enquiries::contact_email_key.eq(None::<String>),
        enquiries::contact_phone.eq(None::<String>),
        enquiries::contact_phone_key.eq(None::<String>),
        enquiries::contact_name.eq(ERASED_TEXT),
        enquiries::message.eq(ERASED_TEXT),
        enquiries::contact_forgotten_at.eq(now),
    ))
    .execute(conn)
}

/// The same for companies whose name is a person's.
pub fn forget_companies(conn: &mut Conn, of: &[EnquiryId]) -> QueryResult<()> {
    diesel::update(enquiries::table.filter(enquiries::id.eq_any(of)))
        .set((enquiries::company_name.eq(ERASED_TEXT), enquiries::company_tax_code.eq(None::<String>)))
        .execute(conn)
        .map(|_| ())
}

/// Replaces what a user noted as a buyer, wherever.
pub fn forget_notes_of(conn: &mut Conn, user: UserId) -> QueryResult<usize> {
    diesel::update(
        lead_events::table
            .filter(lead_events::actor_id.eq(user))
            .filter(lead_events::side.eq(LeadSide::Buyer))
            .filter(lead_events::note.is_not_null()),
    )
    .set(lead_events::note.eq(ERASED_TEXT))
    .execute(conn)
}

/// The answers that were kept for repeated requests about these leads: notes may be in them.
pub fn forget_answers(conn: &mut Conn, about: &[LeadId]) -> QueryResult<()> {
    let locations = about.iter().map(|lead| format!("/v1/leads/{lead}"));
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::location.eq_any(locations)))
        .execute(conn)
        .map(|_| ())
}

/// Somebody to be told that a contact was erased.
#[derive(Queryable)]
pub struct Receiver {
    pub producer: OrganisationId,
    pub user: UserId,
    pub email: String,
    pub language: UserLanguage,
}

/// A lead of an enquiry.
#[derive(Debug, Queryable)]
pub struct Part {
    pub lead: LeadId,
    pub enquiry: EnquiryId,
    pub producer: OrganisationId,
    /// When the producer got the contact.
    pub revealed_at: Option<Instant>,
}

/// The leads of these enquiries, locked until the transaction ends, so that nobody reveals a contact meanwhile.
pub fn leads_of(conn: &mut Conn, of: &[EnquiryId]) -> QueryResult<Vec<Part>> {
    leads::table
        .filter(leads::enquiry_id.eq_any(of))
        .order(leads::id)
        .select((leads::id, leads::enquiry_id, leads::producer_id, leads::contact_revealed_at))
        .locked()
        .load(conn)
}

/// The owners of producers.
pub fn owners_of(conn: &mut Conn, producers: &[OrganisationId]) -> QueryResult<Vec<Receiver>> {
    memberships::table
        .inner_join(users::table)
        .filter(memberships::organisation_id.eq_any(producers))
        .filter(memberships::role.eq(MemberRole::Owner))
        .filter(users::erased_at.is_null())
        .order((memberships::organisation_id, users::id))
        .select((memberships::organisation_id, users::id, users::email, users::language))
        .load(conn)
}
