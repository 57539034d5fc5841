//! Officers say whether an organisation is who it says it is.

use super::{
    Organisation, OrganisationError, OrganisationId, Reason, Seen, Verification, VerificationDecision,
    VerificationId, access, store,
};
use crate::accounts::{self, UserId, UserLanguage};
use crate::audit::{self, Agent, Event};
use crate::auth::{Caller, Officer};
use crate::db::Conn;
use crate::mail::{self, Letter, MailKind};
use crate::world::World;
use diesel::QueryResult;

/// An officer decides on an organisation of the province; its owners are told.
pub fn verify(
    conn: &mut Conn,
    world: &World,
    officer: &Officer,
    id: OrganisationId,
    decision: VerificationDecision,
    reason: Option<Reason>,
) -> Result<Verification, OrganisationError> {
    let found = store::registered::lock(conn, id)?;
    let organisation = access::in_office(conn, officer, found, world.now())?;
    let made = decide(conn, world, officer.user, &organisation, decision, reason)?;
    tell_owners(conn, world, id, MailKind::OrganisationDecided, |language| {
        vec![
            ("organisation", organisation.inner_name()),
            ("decision", in_words(decision, language).to_owned()),
            ("reason", reason_line(made.reason.as_ref(), language)),
        ]
    })?;
    record(conn, world, &officer.agent, &organisation, &made)?;
    Ok(made)
}

/// Verifies an organisation in the name of an officer, without a word to its owners: for the demonstration.
pub fn vouch(
    conn: &mut Conn,
    world: &World,
    officer: UserId,
    id: OrganisationId,
) -> Result<(), OrganisationError> {
    let found = store::registered::lock(conn, id)?.ok_or(OrganisationError::NotFound)?;
    let made = decide(conn, world, officer, &found, VerificationDecision::Verified, None)?;
    record(conn, world, &Agent::operator(), &found, &made)
}

/// Writes a decision on an organisation that is locked.
fn decide(
    conn: &mut Conn,
    world: &World,
    officer: UserId,
    organisation: &Organisation,
    decision: VerificationDecision,
    reason: Option<Reason>,
) -> Result<Verification, OrganisationError> {
    let standing = organisation.standing.after(decision).map_err(OrganisationError::IllegalDecision)?;
    store::verifications::set_standing(conn, organisation.id, standing)
        .map_err(OrganisationError::of_write)?;
    let made = Verification { id: world.id(), decision, reason, decided_at: world.now() };
    store::verifications::insert(conn, organisation.id, officer, &made)?;
    Ok(made)
}

fn record(
    conn: &mut Conn,
    world: &World,
    by: &Agent,
    organisation: &Organisation,
    made: &Verification,
) -> Result<(), OrganisationError> {
    let event =
        Event::of_organisation(made.decision.action(), organisation.id).within(organisation.province());
    Ok(audit::record(conn, world, by, event.with("verification_id", made.id))?)
}

/// The decisions on an organisation that the caller may see, latest first.
pub fn history(
    conn: &mut Conn,
    caller: &Caller,
    id: OrganisationId,
    after: Option<VerificationId>,
    rows: i64,
) -> Result<(Seen, Vec<Verification>), OrganisationError> {
    let seen = access::read(conn, caller, id)?;
    let made = store::verifications::page(conn, id, after, rows)?;
    Ok((seen, made))
}

/// Writes to every owner, each in the own language.
pub fn tell_owners(
    conn: &mut Conn,
    world: &World,
    of: OrganisationId,
    kind: MailKind,
    values: impl Fn(UserLanguage) -> Vec<(&'static str, String)>,
) -> QueryResult<()> {
    for owner in accounts::owners_of(conn, of)? {
        let letter = Letter {
            kind,
            to: owner.email,
            user: Some(owner.user),
            language: owner.language,
            values: values(owner.language),
        };
        mail::send(conn, world, &letter)?;
    }
    Ok(())
}

fn in_words(decision: VerificationDecision, language: UserLanguage) -> &'static str {
    match (decision, language) {
        (VerificationDecision::Verified, UserLanguage::Vi) => "đã được xác minh",
        (VerificationDecision::Verified, UserLanguage::En) => "has been verified",
        (VerificationDecision::Refused, UserLanguage::Vi) => "chưa được xác minh",
        (VerificationDecision::Refused, UserLanguage::En) => "could not be verified",
        (VerificationDecision::Suspended, UserLanguage::Vi) => "bị tạm dừng: thành viên chỉ còn được xem",
        (VerificationDecision::Suspended, UserLanguage::En) => {
            "has been suspended: its members may only read"
        }
        (VerificationDecision::Reinstated, UserLanguage::Vi) => "đã được khôi phục",
        (VerificationDecision::Reinstated, UserLanguage::En) => "has been reinstated",
    }
}

/// A paragraph with the reason, or nothing.
pub fn reason_line(reason: Option<&Reason>, language: UserLanguage) -> String {
    let Some(reason) = reason.map(Reason::as_str) else { return String::new() };
    match language {
        UserLanguage::Vi => format!("Lý do: {reason}\n\n"),
        UserLanguage::En => format!("The reason: {reason}\n\n"),
    }
}
