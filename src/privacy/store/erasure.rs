//! What identifies a user, out of all tables.

use crate::accounts::{Email, MemberRole, RoleName, UserId, UserLanguage};
use crate::db::{Conn, Instant, PortableDsl};
use crate::mail::MailId;
use crate::organisations::{ClaimState, EntityType, OrganisationId};
use crate::privacy::DataRequestState;
use crate::privacy::redact::ERASED_TEXT;
use crate::schema::{
    clients, data_requests, delegations, idempotency_keys, invitations, listing_submissions, mail_tokens,
    mails, memberships, organisation_claims, organisation_verifications, organisations, products,
    recovery_codes, refresh_tokens, registrations, second_factors, sessions, throttles, users,
};
use diesel::prelude::*;

/// What an erasure needs to know of a user.
#[derive(Debug, Clone, Queryable)]
pub struct Person {
    pub email_key: String,
    pub display_name: Option<String>,
    pub role: RoleName,
}

/// A user, locked until the transaction ends; `None` if it has been erased.
pub fn lock_person(conn: &mut Conn, user: UserId) -> QueryResult<Option<Person>> {
    users::table
        .filter(users::id.eq(user))
        .filter(users::erased_at.is_null())
        .select((users::email_key, users::display_name, users::role))
        .locked()
        .get_result(conn)
        .optional()
}

/// All administrators, locked until the transaction ends, so that no two of them go at once.
pub fn lock_admins(conn: &mut Conn) -> QueryResult<Vec<UserId>> {
    users::table
        .filter(users::role.eq(RoleName::Admin))
        .filter(users::erased_at.is_null())
        .order(users::id)
        .select(users::id)
        .locked()
        .load(conn)
}

/// The organisations of a user, locked until the transaction ends, so that no two owners leave at once.
pub fn lock_organisations_of(conn: &mut Conn, user: UserId) -> QueryResult<Vec<OrganisationId>> {
    let own = memberships::table.filter(memberships::user_id.eq(user)).select(memberships::organisation_id);
    organisations::table
        .filter(organisations::id.eq_any(own))
        .order(organisations::id)
        .select(organisations::id)
        .locked()
        .load(conn)
}

/// Who belongs to these organisations.
pub fn members_of(
    conn: &mut Conn,
    of: &[OrganisationId],
) -> QueryResult<Vec<(OrganisationId, UserId, MemberRole)>> {
    memberships::table
        .filter(memberships::organisation_id.eq_any(of))
        .select((memberships::organisation_id, memberships::user_id, memberships::role))
        .load(conn)
}

/// The row stays, for ledger and audit refer to it; nothing in it is anybody's.
pub fn pseudonymise_user(conn: &mut Conn, user: UserId, pseudonym: &str, now: Instant) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .set((
            users::email.eq(pseudonym),
            users::email_key.eq(pseudonym),
            // No password has this hash.
            users::password_hash.eq("!"),
            users::display_name.eq(None::<String>),
            users::language.eq(UserLanguage::Vi),
            users::role.eq(RoleName::Member),
            users::province.eq(None::<String>),
            users::updated_at.eq(now),
            users::erased_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Second factor, sessions, tokens, and the answers that were kept for repeated requests.
pub fn delete_credentials(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    diesel::delete(second_factors::table.filter(second_factors::user_id.eq(user))).execute(conn)?;
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user))).execute(conn)?;
    diesel::delete(mail_tokens::table.filter(mail_tokens::user_id.eq(user))).execute(conn)?;
    let own = sessions::table.filter(sessions::user_id.eq(user)).select(sessions::id);
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(own))).execute(conn)?;
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(conn)?;
    // A scope ends with the caller's id.
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::scope.like(format!("% {user}"))))
        .execute(conn)?;
    Ok(())
}

/// The counts of wrong guesses at an account.
pub fn delete_guesses(conn: &mut Conn, keys: &[String]) -> QueryResult<()> {
    diesel::delete(throttles::table.filter(throttles::key.eq_any(keys))).execute(conn).map(|_| ())
}

/// Letters to an address, or to a user, whether they are sent or not; returns which there were.
pub fn delete_letters(conn: &mut Conn, user: Option<UserId>, email_key: &str) -> QueryResult<Vec<MailId>> {
    let to_address = mails::table.filter(mails::recipient_key.eq(email_key));
    let mut found: Vec<MailId> = to_address.select(mails::id).load(conn)?;
    if let Some(user) = user {
        found.extend(mails::table.filter(mails::user_id.eq(user)).select(mails::id).load::<MailId>(conn)?);
    }
    for some in found.chunks(1000) {
        diesel::delete(mails::table.filter(mails::id.eq_any(some))).execute(conn)?;
    }
    Ok(found)
}

/// Letters about leads to contacts that have no account; returns which there were.
pub fn delete_follow_letters(conn: &mut Conn, email_keys: &[String]) -> QueryResult<Vec<MailId>> {
    let found: Vec<MailId> = mails::table
        .filter(mails::recipient_key.eq_any(email_keys))
        .filter(mails::user_id.is_null())
        .filter(mails::kind.like("lead\\_%").escape('\\'))
        .select(mails::id)
        .load(conn)?;
    for some in found.chunks(1000) {
        diesel::delete(mails::table.filter(mails::id.eq_any(some))).execute(conn)?;
    }
    Ok(found)
}

/// Registrations of an address, and invitations to it: open ones are withdrawn, of all the address goes.
pub fn forget_address(conn: &mut Conn, email_key: &str, pseudonym: &str, now: Instant) -> QueryResult<()> {
    diesel::delete(registrations::table.filter(registrations::email_key.eq(email_key))).execute(conn)?;
    let tokens: Vec<(String, Option<String>)> = mail_tokens::table
        .filter(mail_tokens::email.is_not_null())
        .select((mail_tokens::token_hash, mail_tokens::email))
        .load(conn)?;
    let is_theirs = |email: &str| Email::parse(email).is_ok_and(|email| email.key() == email_key);
    let theirs = tokens.into_iter().filter(|(_, email)| email.as_deref().is_some_and(is_theirs));
    let theirs: Vec<String> = theirs.map(|(token, _)| token).collect();
    diesel::delete(mail_tokens::table.filter(mail_tokens::token_hash.eq_any(theirs))).execute(conn)?;
    diesel::update(
        invitations::table
            .filter(invitations::email_key.eq(email_key))
            .filter(invitations::accepted_at.is_null())
            .filter(invitations::withdrawn_at.is_null()),
    )
    .set(invitations::withdrawn_at.eq(now))
    .execute(conn)?;
    diesel::update(invitations::table.filter(invitations::email_key.eq(email_key)))
        .set((invitations::email.eq(pseudonym), invitations::email_key.eq(pseudonym)))
        .execute(conn)?;
    Ok(())
}

/// What a user wrote in words, and the addresses by which it once took invitations.
pub fn forget_words(conn: &mut Conn, user: UserId, pseudonym: &str) -> QueryResult<()> {
    diesel::update(invitations::table.filter(invitations::accepted_by.eq(user)))
        .set((invitations::email.eq(pseudonym), invitations::email_key.eq(pseudonym)))
        .execute(conn)?;
    diesel::update(organisation_claims::table.filter(organisation_claims::claimed_by.eq(user)))
        .set(organisation_claims::note.eq(None::<String>))
        .execute(conn)?;
    diesel::update(listing_submissions::table.filter(listing_submissions::user_id.eq(user)))
        .set(listing_submissions::note.eq(None::<String>))
        .execute(conn)?;
    diesel::update(delegations::table.filter(delegations::requested_by.eq(user)))
        .set(delegations::purpose.eq(ERASED_TEXT))
        .execute(conn)?;
    Ok(())
}

/// Takes a user out of its organisations, and ends what it may do for others.
pub fn leave_everything(conn: &mut Conn, user: UserId, now: Instant) -> QueryResult<()> {
    diesel::delete(memberships::table.filter(memberships::user_id.eq(user))).execute(conn)?;
    diesel::update(
        delegations::table.filter(delegations::delegate_id.eq(user)).filter(delegations::ended_at.is_null()),
    )
    .set((delegations::ended_at.eq(now), delegations::ended_by.eq(user)))
    .execute(conn)
    .map(|_| ())
}

/// Ends what is done in the name of organisations nobody belongs to any more: their machine clients, delegations,
/// invitations and claims.
pub fn close_empty(conn: &mut Conn, empty: &[OrganisationId], by: UserId, now: Instant) -> QueryResult<()> {
    diesel::update(
        clients::table.filter(clients::organisation_id.eq_any(empty)).filter(clients::revoked_at.is_null()),
    )
    .set((clients::revoked_at.eq(now), clients::updated_at.eq(now)))
    .execute(conn)?;
    diesel::update(
        delegations::table
            .filter(delegations::organisation_id.eq_any(empty))
            .filter(delegations::ended_at.is_null()),
    )
    .set((delegations::ended_at.eq(now), delegations::ended_by.eq(by)))
    .execute(conn)?;
    let unanswered = invitations::table
        .filter(invitations::organisation_id.eq_any(empty))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::withdrawn_at.is_null());
    diesel::update(unanswered).set(invitations::withdrawn_at.eq(now)).execute(conn)?;
    let open = organisation_claims::table
        .filter(organisation_claims::organisation_id.eq_any(empty))
        .filter(organisation_claims::state.eq(ClaimState::Open));
    diesel::update(open).set(organisation_claims::state.eq(ClaimState::Withdrawn)).execute(conn)?;
    Ok(())
}

/// Those of the organisations that are household businesses: their name and number are a person's.
pub fn households(conn: &mut Conn, among: &[OrganisationId]) -> QueryResult<Vec<OrganisationId>> {
    organisations::table
        .filter(organisations::id.eq_any(among))
        .filter(organisations::entity_type.eq(EntityType::Household))
        .select(organisations::id)
        .load(conn)
}

/// Those of the organisations that the ledger knows: products of theirs were certified.
pub fn in_ledger(conn: &mut Conn, among: &[OrganisationId]) -> QueryResult<Vec<OrganisationId>> {
    products::table
        .filter(products::producer_id.eq_any(among))
        .select(products::producer_id)
        .distinct()
        .load(conn)
}

/// Tax number and address of households, and what officers wrote about them.
pub fn forget_households(conn: &mut Conn, of: &[OrganisationId], now: Instant) -> QueryResult<()> {
    diesel::update(organisations::table.filter(organisations::id.eq_any(of)))
        .set((
            organisations::tax_code.eq(None::<String>),
            organisations::address.eq(None::<String>),
            organisations::updated_at.eq(now),
        ))
        .execute(conn)?;
    diesel::update(
        organisation_verifications::table
            .filter(organisation_verifications::organisation_id.eq_any(of))
            .filter(organisation_verifications::reason.is_not_null()),
    )
    .set(organisation_verifications::reason.eq(ERASED_TEXT))
    .execute(conn)
    .map(|_| ())
}

/// Their names too, and where they are but for the province.
pub fn forget_names(conn: &mut Conn, of: &[OrganisationId]) -> QueryResult<()> {
    diesel::update(organisations::table.filter(organisations::id.eq_any(of)))
        .set((
            organisations::legal_name.eq(None::<String>),
            organisations::public_name.eq(None::<String>),
            organisations::name_key.eq("? erased"),
            organisations::commune.eq(None::<String>),
            organisations::former_district.eq(None::<String>),
            organisations::former_commune.eq(None::<String>),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Closes the requests about the data of somebody who is gone.
pub fn close_requests(conn: &mut Conn, user: UserId, email_key: &str, now: Instant) -> QueryResult<()> {
    let of_person =
        || data_requests::user_id.eq(user).or(data_requests::email_key.eq(email_key).assume_not_null());
    let open = [DataRequestState::Unconfirmed, DataRequestState::Received, DataRequestState::Answered];
    diesel::update(
        data_requests::table.filter(data_requests::state.eq_any(open)).filter(of_person().assume_not_null()),
    )
    .set((
        data_requests::state.eq(DataRequestState::Completed),
        data_requests::completed_at.eq(now),
        data_requests::token_hash.eq(None::<String>),
    ))
    .execute(conn)?;
    diesel::update(data_requests::table.filter(of_person().assume_not_null()))
        .set((
            data_requests::email.eq(None::<String>),
            data_requests::email_key.eq(None::<String>),
            data_requests::message.eq(None::<String>),
            data_requests::answer.eq(None::<String>),
            data_requests::extension_reason.eq(None::<String>),
        ))
        .execute(conn)
        .map(|_| ())
}
