//! Pending registrations.

use crate::accounts::model::{Email, RegistrationId, UserLanguage};
use crate::db::{Conn, Instant};
use crate::schema::registrations;
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

/// How many letters have gone to an address since.
pub fn registration_letters(conn: &mut Conn, email: &Email, since: Instant) -> QueryResult<i64> {
    registrations::table
        .filter(registrations::email_key.eq(email.key()))
        .filter(registrations::created_at.gt(since))
        .count()
        .get_result(conn)
}

pub fn insert_registration(
    conn: &mut Conn,
    id: RegistrationId,
    email: &Email,
    new: &PendingRegistration,
    token_hash: &str,
    expires_at: Instant,
) -> QueryResult<()> {
    diesel::insert_into(registrations::table)
        .values((
            registrations::id.eq(id),
            registrations::email.eq(&new.email),
            registrations::email_key.eq(email.key()),
            registrations::token_hash.eq(token_hash),
            registrations::password_hash.eq(&new.password_hash),
            registrations::display_name.eq(new.display_name.as_deref()),
            registrations::language.eq(new.language),
            registrations::organisation.eq(&new.organisation),
            registrations::terms_version.eq(&new.terms_version),
            registrations::created_at.eq(new.created_at),
            registrations::expires_at.eq(expires_at),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The registration of a token, if the token is good.
pub fn find_registration(
    conn: &mut Conn,
    token_hash: &str,
    now: Instant,
) -> QueryResult<Option<PendingRegistration>> {
    registrations::table
        .filter(registrations::token_hash.eq(token_hash))
        .filter(registrations::expires_at.gt(now))
        .select((
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

/// Takes all registrations of an address out; was that of the token among them? Of two who bring tokens of one address at
/// once, one gets it.
pub fn take_registrations(conn: &mut Conn, email: &Email, token_hash: &str) -> QueryResult<bool> {
    let taken: Vec<String> =
        diesel::delete(registrations::table.filter(registrations::email_key.eq(email.key())))
            .returning(registrations::token_hash)
            .get_results(conn)?;
    Ok(taken.iter().any(|hash| hash == token_hash))
}
