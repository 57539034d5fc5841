//! Pending registrations, and the consent that comes with one.

use crate::accounts::model::{Email, RegistrationId, UserId, UserLanguage};
use crate::db::columns::Key;
use crate::db::{Conn, Instant, PortableDsl};
use crate::schema::{consents, registrations};
use diesel::prelude::*;

/// A registration as it is stored until the address is confirmed.
#[derive(Queryable)]
pub struct PendingRegistration {
    pub email: String,
    pub password_hash: String,
    pub display_name: Option<String>,
    pub language: UserLanguage,
    /// The organisation to be, as JSON.
    pub organisation: String,
    pub terms_version: String,
    pub created_at: Instant,
}

/// How many letters went to an address without an hour's silence between, if the last of them is younger than that.
pub fn registration_letters(conn: &mut Conn, email: &Email, since: Instant) -> QueryResult<i64> {
    registrations::table
        .filter(registrations::email_key.eq(email.key()))
        .filter(registrations::created_at.gt(since))
        .select(registrations::letters)
        .get_result(conn)
        .optional()
        .map(Option::unwrap_or_default)
}

/// Writes a registration, instead of an earlier one of the same address.
pub fn put_registration(
    conn: &mut Conn,
    id: RegistrationId,
    email: &Email,
    new: &PendingRegistration,
    token_hash: &str,
    letters: i64,
    expires_at: Instant,
) -> QueryResult<()> {
    let changed = (
        registrations::id.eq(id),
        registrations::email.eq(&new.email),
        registrations::token_hash.eq(token_hash),
        registrations::password_hash.eq(&new.password_hash),
        registrations::display_name.eq(new.display_name.as_deref()),
        registrations::language.eq(new.language),
        registrations::organisation.eq(&new.organisation),
        registrations::terms_version.eq(&new.terms_version),
        registrations::letters.eq(letters),
        registrations::created_at.eq(new.created_at),
        registrations::expires_at.eq(expires_at),
    );
    diesel::insert_into(registrations::table)
        .values((registrations::email_key.eq(email.key()), changed))
        .on_conflict(registrations::email_key)
        .do_update()
        .set(changed)
        .portable()
        .execute(conn)
        .map(|_| ())
}

/// Takes the registration of a token out, if the token is good. Of two who bring it at once, one gets it.
pub fn take_registration(
    conn: &mut Conn,
    token_hash: &str,
    now: Instant,
) -> QueryResult<Option<PendingRegistration>> {
    let good = registrations::table
        .filter(registrations::token_hash.eq(token_hash))
        .filter(registrations::expires_at.gt(now));
    diesel::delete(good)
        .returning((
            registrations::email,
            registrations::password_hash,
            registrations::display_name,
            registrations::language,
            registrations::organisation,
            registrations::terms_version,
            registrations::created_at,
        ))
        .get_result(conn)
        .optional()
}

/// What somebody has agreed to in order to have an account.
pub struct TermsConsent<'a> {
    pub version: &'a str,
    pub channel: &'static str,
    pub given_at: Instant,
}

pub fn insert_terms_consent(
    conn: &mut Conn,
    id: Key,
    user: UserId,
    consent: TermsConsent,
) -> QueryResult<()> {
    diesel::insert_into(consents::table)
        .values((
            consents::id.eq(id),
            consents::user_id.eq(user),
            consents::purpose.eq("account_terms"),
            consents::text_version.eq(consent.version),
            consents::channel.eq(consent.channel),
            consents::given_at.eq(consent.given_at),
        ))
        .execute(conn)
        .map(|_| ())
}
