//! The ledger of certifications: what is certified, by which decision, and is it true today.
//!
//! A **decision** of an authority grants a product its stars: that is a certification. It is in force for 36 months;
//! what may become of it is an entry of its own: an extension while its renewal is under way, a revocation, or a later
//! certification of the same product, which supersedes it. Nothing is ever overwritten, and no state is stored:
//! [`model`] derives it from these entries and a day. Only the last day on which it is shown is kept beside, so that
//! lists can be filtered by date in SQL.
//!
//! Lists without stars, decision or date become [`claims`]: kept, never public.
//!
//! | Part | Holds |
//! |---|---|
//! | [`model`] | states, decision numbers, issuers, stars, scores and their rules |
//! | [`identity`] | which producer and product of the ledger a row means |
//! | [`record`], [`claims`], [`lifecycle`] | the entries |
//! | [`lists`] | reading them |
//! | [`import`] | lists in CSV and XLSX, with a report row by row |
//!
//! Writers go through a [`Clerk`], who holds [`ledger_lock`]: matching a row to a producer it may have to create is only
//! right if nobody creates the same one meanwhile.

mod claims;
pub mod http;
mod identity;
pub mod import;
pub mod ledger;
pub mod lifecycle;
mod lists;
pub mod model;
mod notes;
mod record;
mod store;

use crate::audit::{self, Agent, Event};
use crate::catalogue::{self, Seq};
use crate::db::{self, Conn, Day, ledger_lock};
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::reference::{MERGER, Place, Reference};
use crate::say::{Invalid, Say};
use crate::world::World;
use diesel::Connection;
use diesel::result::Error::RollbackTransaction;
use ledger::Certification;
use model::{Decision, DecisionId};
pub use notes::Note;
use std::collections::{BTreeSet, HashMap};
pub use store::{of_product_range, of_products};

/// Why the ledger takes no entry. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It contradicts what is on record.
    #[error("it contradicts the ledger: {}", .0.en)]
    Conflict(Say),
    /// Only a person can tell what is meant: this is what to ask.
    #[error("it is not clear what is meant: {}", .0.say.en)]
    Question(Invalid),
    #[error("there is no such certification")]
    NotFound,
    /// The office of whoever makes the entry ends at its province.
    #[error("it is outside the officer's province")]
    OutsideProvince,
    #[error(transparent)]
    Db(db::Failure),
}

crate::db_errors!(LedgerError);

/// What a statement did to the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Created,
    Unchanged,
    Updated,
}

impl Change {
    /// As the audit log has it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Unchanged => "unchanged",
            Self::Updated => "updated",
        }
    }

    /// The same, knowing whether anything beside it was written.
    fn and(self, changed: bool) -> Self {
        match self {
            Self::Unchanged if changed => Self::Updated,
            other => other,
        }
    }
}

/// What came of a statement.
#[derive(Debug)]
pub struct Entered<C = Certification> {
    /// The certification that was stated. Of a claim it is the one that covers it, if there is one.
    pub certification: C,
    pub product: ProductId,
    pub producer: OrganisationId,
    pub change: Change,
    pub notes: Vec<Note>,
}

impl<C> Entered<C> {
    fn map<D>(self, f: impl FnOnce(C) -> D) -> Entered<D> {
        let Self { certification, product, producer, change, notes } = self;
        Entered { certification: f(certification), product, producer, change, notes }
    }
}

/// Who makes an entry, and how far the office reaches.
#[derive(Debug, Clone)]
pub struct By {
    pub agent: Agent,
    /// The only province of today, if the office is limited to one.
    pub province: Option<String>,
}

impl By {
    /// The installation itself: the command line, the demo.
    pub fn operator() -> Self {
        Self { agent: Agent::operator(), province: None }
    }
}

/// Makes entries in the ledger within one transaction that holds [`ledger_lock`].
pub struct Clerk<'a> {
    world: &'a World,
    reference: &'a Reference,
    by: &'a By,
    /// Decisions met so far: lists name one on every row.
    decisions: HashMap<Decision, DecisionId>,
    /// Products of which something public may have changed.
    touched: BTreeSet<ProductId>,
    /// What the audit log is to remember.
    events: Vec<Event>,
}

impl<'a> Clerk<'a> {
    /// Lets `work` make entries, has the audit log remember them and announces to the catalogue what they changed, all in
    /// the transaction that the caller has begun and with the lock taken for the rest of it. Returns the number of the last
    /// change besides.
    pub fn at_work<T, E: From<diesel::result::Error>>(
        conn: &mut Conn,
        world: &'a World,
        reference: &'a Reference,
        by: &'a By,
        work: impl FnOnce(&mut Self, &mut Conn) -> Result<T, E>,
    ) -> Result<(T, Seq), E> {
        ledger_lock(conn)?;
        let mut clerk = Self {
            world,
            reference,
            by,
            decisions: HashMap::new(),
            touched: BTreeSet::new(),
            events: Vec::new(),
        };
        let done = work(&mut clerk, conn)?;
        let touched: Vec<ProductId> = clerk.touched.into_iter().collect();
        audit::record_all(conn, world, &by.agent, clerk.events)?;
        let seq = catalogue::announce(conn, world, &touched)?;
        Ok((done, seq))
    }

    /// Refuses what lies outside the office of whoever makes the entry.
    fn require_office(&self, place: &Place) -> Result<(), LedgerError> {
        match &self.by.province {
            Some(own) if place.province.as_ref() != Some(own) => Err(LedgerError::OutsideProvince),
            _ => Ok(()),
        }
    }

    fn decision(&mut self, conn: &mut Conn, decision: &Decision) -> Result<DecisionId, LedgerError> {
        if let Some(id) = self.decisions.get(decision) {
            return Ok(*id);
        }
        let id = store::decision_id(conn, self.world, decision)?;
        self.decisions.insert(decision.clone(), id);
        Ok(id)
    }
}

/// What `f` would do: it does it, and it is taken back.
fn rehearse<T, E: From<diesel::result::Error>>(
    conn: &mut Conn,
    f: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    let mut outcome = Err(E::from(RollbackTransaction));
    let undone = conn.transaction(|conn| {
        outcome = f(conn);
        Err::<(), _>(RollbackTransaction)
    });
    match undone {
        Ok(()) | Err(RollbackTransaction) => outcome,
        Err(error) => Err(error.into()),
    }
}

/// The authorities that decide on a product of a place on a day: the units of that day's side of 1 July 2025.
pub fn authorities(reference: &Reference, place: &Place, on: Day) -> model::Authorities {
    let view = reference.view(place);
    let (province, district) = match on < MERGER {
        true => (view.former.province, view.former.district),
        false => (view.province, None),
    };
    model::Authorities { province: province.map(|unit| unit.name), district: district.map(|unit| unit.name) }
}
