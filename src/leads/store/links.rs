//! SQL of the links in letters about leads.

use crate::accounts::UserId;
use crate::db::{Conn, Instant};
use crate::leads::{EnquiryId, LeadId, LeadLinkId, LeadLinkPurpose};
use crate::on_engine;
use crate::schema::{enquiries, lead_links, leads};
use diesel::prelude::*;

#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = lead_links, treat_none_as_default_value = false)]
pub struct LinkRow {
    pub id: LeadLinkId,
    pub lead_id: LeadId,
    pub purpose: LeadLinkPurpose,
    /// The member of the producer to whom it was sent; none: the buyer's contact.
    pub user_id: Option<UserId>,
    pub token_hash: String,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub used_at: Option<Instant>,
}

pub fn insert_links(conn: &mut Conn, rows: &[LinkRow]) -> QueryResult<()> {
    on_engine!(conn, c => diesel::insert_into(lead_links::table).values(rows).execute(c)).map(|_| ())
}

/// The link of a token, as long as it is good.
pub fn find_link(conn: &mut Conn, token_hash: &str, now: Instant) -> QueryResult<Option<LinkRow>> {
    lead_links::table
        .filter(lead_links::token_hash.eq(token_hash))
        .filter(lead_links::used_at.is_null())
        .filter(lead_links::expires_at.gt(now))
        .first(conn)
        .optional()
}

/// Uses a link up; was it still there to be used? Of two who bring it at once, one gets it.
pub fn use_link(conn: &mut Conn, id: LeadLinkId, now: Instant) -> QueryResult<bool> {
    diesel::update(lead_links::table.find(id).filter(lead_links::used_at.is_null()))
        .set(lead_links::used_at.eq(now))
        .execute(conn)
        .map(|rows| rows == 1)
}

/// Forgets links that nobody can use any more.
pub fn purge_links(conn: &mut Conn, now: Instant) -> QueryResult<usize> {
    diesel::delete(lead_links::table.filter(lead_links::expires_at.lt(now))).execute(conn)
}

/// Deletes the links by which the contact of an enquiry follows its leads.
pub fn forget_followers(conn: &mut Conn, of: EnquiryId) -> QueryResult<()> {
    let concerned = leads::table.filter(leads::enquiry_id.eq(of)).select(leads::id);
    let followers = lead_links::table
        .filter(lead_links::purpose.eq(LeadLinkPurpose::Follow))
        .filter(lead_links::lead_id.eq_any(concerned));
    diesel::delete(followers).execute(conn).map(|_| ())
}

/// Ends the letters about an enquiry; and about all that name the same address for the answer.
pub fn stop_letters(
    conn: &mut Conn,
    enquiry: EnquiryId,
    address_too: Option<&str>,
    now: Instant,
) -> QueryResult<()> {
    diesel::update(enquiries::table.find(enquiry))
        .set(enquiries::letters_stopped_at.eq(now))
        .execute(conn)?;
    let Some(key) = address_too else { return Ok(()) };
    let others = enquiries::table
        .filter(enquiries::contact_email_key.eq(key))
        .filter(enquiries::letters_stopped_at.is_null());
    diesel::update(others).set(enquiries::letters_stopped_at.eq(now)).execute(conn).map(|_| ())
}
