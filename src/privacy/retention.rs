//! The job that forgets what has been kept long enough. The terms are those of [`RETENTION_RULES`](super::RETENTION_RULES).

use super::erasure::{Cause, forget_contacts};
use super::store::Stale;
use super::{PrivacyError, rule, store};
use crate::audit::{self, Action, Agent, Event, SubjectKind};
use crate::db::{Conn, Instant};
use crate::listings::ACCESS_LOG_DAYS;
use crate::world::World;
use serde::Serialize;

/// Rows of a kind in one transaction: on SQLite everybody who writes waits for it.
const BATCH: usize = 500;

/// How much of what one run has forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Retained {
    pub contacts: usize,
    pub audit_origins: usize,
    pub sessions: usize,
    pub mail_tokens: usize,
    pub registrations: usize,
    pub invitations: usize,
    pub throttles: usize,
    pub data_requests: usize,
    /// Requests nobody confirmed.
    pub unconfirmed_requests: usize,
    /// What devices handed in, waiting or done.
    pub captures: usize,
    pub lead_links: usize,
    /// Evidence of agreements whose contact went before.
    pub evidence: usize,
    /// Entries of the logs of papers.
    pub paper_openings: usize,
    pub paper_links: usize,
}

impl Retained {
    fn counts(&self) -> [usize; 14] {
        let Self {
            contacts,
            audit_origins,
            sessions,
            mail_tokens,
            registrations,
            invitations,
            throttles,
            data_requests,
            unconfirmed_requests,
            captures,
            lead_links,
            evidence,
            paper_openings,
            paper_links,
        } = *self;
        [
            contacts,
            audit_origins,
            sessions,
            mail_tokens,
            registrations,
            invitations,
            throttles,
            data_requests,
            unconfirmed_requests,
            captures,
            lead_links,
            evidence,
            paper_openings,
            paper_links,
        ]
    }

    /// Was there anything to forget?
    pub fn is_something(&self) -> bool {
        self.counts().iter().any(|count| *count > 0)
    }

    /// Is there likely more? Then run again, in another transaction.
    pub fn is_full(&self) -> bool {
        self.counts().iter().any(|count| *count >= BATCH)
    }
}

/// Forgets a batch of each kind, and records how much if it was anything. On several instances one does it, the others do
/// nothing; run twice it has nothing left to do.
pub fn retain(conn: &mut Conn, world: &World) -> Result<Retained, PrivacyError> {
    if !store::take_turn(conn)? {
        return Ok(Retained::default());
    }
    let (now, today) = (world.now(), world.today());
    let months_ago = |months: i64| today.plus_months(-months).start();
    let days_ago = |days: i64| -> Instant { now.plus_seconds(-days * 86_400) };
    let rows = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let (ended, any) = (months_ago(rule::CONTACT_MONTHS_ENDED), months_ago(rule::CONTACT_MONTHS));
    let stale = store::stale_enquiries(conn, Stale::Contact, ended, any, rows)?;
    let with_evidence = store::stale_enquiries(conn, Stale::Evidence, ended, any, rows)?;
    let done = Retained {
        contacts: forget_contacts(conn, world, &stale, Cause::TermOver, &mut store::Traces::default())?
            .enquiries,
        evidence: store::forget_evidence(conn, &with_evidence)?,
        captures: store::retain_captures(
            conn,
            days_ago(rule::CAPTURE_WAITING_DAYS),
            days_ago(rule::CAPTURE_DAYS),
            now,
            rows,
        )?,
        lead_links: store::delete_lead_links(conn, days_ago(rule::ENDED_DAYS), rows)?,
        // The entries first, which name the links.
        paper_openings: store::delete_paper_openings(conn, days_ago(ACCESS_LOG_DAYS), rows)?,
        paper_links: store::delete_paper_links(conn, days_ago(ACCESS_LOG_DAYS), rows)?,
        sessions: store::delete_sessions(conn, days_ago(rule::SESSION_DAYS), rows)?,
        mail_tokens: store::delete_mail_tokens(conn, days_ago(rule::ENDED_DAYS), rows)?,
        registrations: store::delete_registrations(conn, now, rows)?,
        invitations: store::delete_invitations(conn, days_ago(rule::ENDED_DAYS), rows)?,
        throttles: store::delete_throttles(conn, now.plus_seconds(-rule::THROTTLE_SECONDS), now, rows)?,
        data_requests: store::forget_requests(conn, months_ago(rule::REQUEST_MONTHS), rows)?,
        unconfirmed_requests: store::delete_unconfirmed_requests(
            conn,
            days_ago(rule::CONFIRMATION_DAYS),
            rows,
        )?,
        audit_origins: audit::forget_origins(conn, months_ago(rule::ORIGIN_MONTHS), rows)?,
    };
    if done.is_something() {
        let applied = Event::new(Action::RetentionApplied, SubjectKind::Installation, "retention")
            .with("forgotten", done);
        audit::record(conn, world, &Agent::service(), applied)?;
    }
    Ok(done)
}
