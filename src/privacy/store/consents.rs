//! Consents.

use crate::accounts::UserId;
use crate::db::{Conn, Instant};
use crate::privacy::{Consent, ConsentChannel, ConsentId, ConsentPurpose};
use crate::schema::{consents, enquiries};
use diesel::prelude::*;

pub fn insert_consent(
    conn: &mut Conn,
    id: ConsentId,
    user: UserId,
    purpose: ConsentPurpose,
    version: &str,
    channel: ConsentChannel,
    now: Instant,
) -> QueryResult<()> {
    diesel::insert_into(consents::table)
        .values((
            consents::id.eq(id),
            consents::user_id.eq(user),
            consents::purpose.eq(purpose),
            consents::text_version.eq(version),
            consents::channel.eq(channel),
            consents::given_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Is there a consent to this very text that has not been withdrawn?
pub fn has_consent(
    conn: &mut Conn,
    user: UserId,
    purpose: ConsentPurpose,
    version: &str,
) -> QueryResult<bool> {
    let found: Option<ConsentId> = consents::table
        .filter(consents::user_id.eq(user))
        .filter(consents::purpose.eq(purpose))
        .filter(consents::text_version.eq(version))
        .filter(consents::withdrawn_at.is_null())
        .select(consents::id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Withdraws all consents for a purpose; returns how many there were.
pub fn withdraw_consents(
    conn: &mut Conn,
    user: UserId,
    purpose: ConsentPurpose,
    now: Instant,
) -> QueryResult<usize> {
    diesel::update(
        consents::table
            .filter(consents::user_id.eq(user))
            .filter(consents::purpose.eq(purpose))
            .filter(consents::withdrawn_at.is_null()),
    )
    .set(consents::withdrawn_at.eq(now))
    .execute(conn)
}

type ConsentRow = (ConsentPurpose, String, ConsentChannel, Instant, Option<Instant>);

/// All consents of a user, oldest first, those given with enquiries included.
pub fn consents_of(conn: &mut Conn, user: UserId) -> QueryResult<Vec<Consent>> {
    let own: Vec<ConsentRow> = consents::table
        .filter(consents::user_id.eq(user))
        .order(consents::id)
        .select((
            consents::purpose,
            consents::text_version,
            consents::channel,
            consents::given_at,
            consents::withdrawn_at,
        ))
        .load(conn)?;
    let own = own.into_iter().map(|(purpose, text_version, channel, given_at, withdrawn_at)| Consent {
        purpose,
        text_version,
        channel,
        given_at,
        withdrawn_at,
        enquiry_id: None,
    });
    let with_enquiries: Vec<_> = enquiries::table
        .filter(enquiries::sender_user_id.eq(user))
        .order(enquiries::id)
        .select((
            enquiries::id,
            enquiries::consent_version,
            enquiries::received_at,
            enquiries::contact_forgotten_at,
        ))
        .load(conn)?;
    let sent = with_enquiries.into_iter().map(|(enquiry, text_version, given_at, withdrawn_at)| Consent {
        purpose: ConsentPurpose::LeadContact,
        text_version,
        channel: ConsentChannel::Enquiry,
        given_at,
        withdrawn_at,
        enquiry_id: Some(enquiry),
    });
    let mut all: Vec<Consent> = own.chain(sent).collect();
    all.sort_by_key(|consent| consent.given_at);
    Ok(all)
}
