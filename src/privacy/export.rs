//! All that is held about somebody, as one document.

use super::store::{self, AccountExport, AddressExport};
use super::{PrivacyError, consents};
use crate::accounts::UserId;
use crate::audit::{self, Action, Agent, Event};
use crate::db::Conn;
use crate::world::World;
use diesel::QueryResult;

/// Exports of an account in a day.
const MOST: usize = 5;
const DAY_SECONDS: i64 = 86_400;

/// Records that an account is exported, which is done only so often a day, whichever instance is asked.
pub fn record_export(conn: &mut Conn, world: &World, by: &Agent, user: UserId) -> Result<(), PrivacyError> {
    let now = world.now();
    let before = store::exports_since(conn, user, now.plus_seconds(-DAY_SECONDS))?;
    if let (true, Some(first)) = (before.len() >= MOST, before.first()) {
        let wait = first.plus_seconds(DAY_SECONDS).unix_seconds() - now.unix_seconds();
        return Err(PrivacyError::TooOften(wait.max(1)));
    }
    Ok(audit::record(conn, world, by, Event::of_user(Action::AccountExported, user))?)
}

/// Everything about an account. To be called in a [`snapshot`](crate::db::snapshot): the parts then agree.
pub fn export_account(conn: &mut Conn, world: &World, user: UserId) -> Result<AccountExport, PrivacyError> {
    let account = store::account(conn, user)?.ok_or(PrivacyError::NotFound)?;
    let key = store::address_of(conn, user)?.map(|(_, key)| key).unwrap_or_default();
    let enquiries = store::enquiries(conn, Some(user), &key)?;
    let trade = store::trade(conn, Some(user), &enquiries)?;
    let papers = store::papers(conn, user)?;
    Ok(AccountExport {
        exported_at: world.now(),
        second_factor: store::second_factor(conn, user)?,
        memberships: store::memberships(conn, user)?,
        delegations: store::delegations(conn, user)?,
        sessions: store::sessions(conn, user)?,
        consents: consents(conn, user)?,
        enquiries,
        lead_events: store::lead_events(conn, user)?,
        contact_reveals: trade.contact_reveals,
        offers: trade.offers,
        agreements: trade.agreements,
        files: trade.files,
        images: store::images(conn, user)?,
        uploads: store::uploads(conn, user)?,
        captures: store::captures(conn, user)?,
        lead_links: trade.lead_links,
        papers: papers.papers,
        paper_links: papers.links,
        paper_openings: papers.openings,
        listing_answers: papers.answers,
        notifications_off: store::notifications_off(conn, user)?,
        invitations: store::invitations_to(conn, &key)?,
        invitations_made: store::invitations_by(conn, user)?,
        claims: store::claims(conn, user)?,
        listing_submissions: store::listing_submissions(conn, user)?,
        listing_reviews: store::listing_reviews(conn, user)?,
        clients: store::clients(conn, user)?,
        letters: store::letters(conn, Some(user), &key)?,
        data_requests: store::data_requests(conn, Some(user), &key)?,
        audit_entries: store::audit_entries(conn, user)?,
        account,
    })
}

/// Everything about an address, for whoever has shown that it is theirs.
pub fn export_address(
    conn: &mut Conn,
    world: &World,
    email: &str,
    email_key: &str,
) -> QueryResult<AddressExport> {
    let enquiries = store::enquiries(conn, None, email_key)?;
    let trade = store::trade(conn, None, &enquiries)?;
    Ok(AddressExport {
        exported_at: world.now(),
        email: email.to_owned(),
        has_account: store::has_account(conn, email_key)?,
        enquiries,
        contact_reveals: trade.contact_reveals,
        offers: trade.offers,
        agreements: trade.agreements,
        files: trade.files,
        lead_links: trade.lead_links,
        invitations: store::invitations_to(conn, email_key)?,
        letters: store::letters(conn, None, email_key)?,
        data_requests: store::data_requests(conn, None, email_key)?,
    })
}
