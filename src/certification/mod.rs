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
//! Writers take [`ledger_lock`] first: matching a row to a producer it may have to create is only right if nobody
//! creates the same one meanwhile.

pub mod claims;
pub mod http;
mod identity;
pub mod import;
pub mod ledger;
pub mod lifecycle;
pub mod lists;
pub mod model;
pub mod record;
mod store;

use crate::accounts::UserId;
use crate::db::{self, Conn, Day, ledger_lock};
use crate::products::ProductId;
use crate::reference::{MERGER, Place, Reference};
use crate::say;
use crate::say::Say;
use crate::world::World;
use ledger::Certification;
use lifecycle::{NewExtension, NewRevocation};
use model::{CertificationId, Decision, DecisionId, Recognition};
use record::Recorded;
use std::collections::HashMap;

/// Why the ledger takes no entry. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It contradicts what is on record.
    #[error("it contradicts the ledger: {}", .0.en)]
    Conflict(Say),
    /// Only a person can tell what is meant.
    #[error("it is not clear what is meant: {}", .0.say.en)]
    Question(Question),
    #[error("there is no such certification")]
    NotFound,
    /// The office of whoever makes the entry ends at its province.
    #[error("it is outside the officer's province")]
    OutsideProvince,
    #[error(transparent)]
    Db(db::Failure),
}

crate::db_errors!(LedgerError);

/// Something to ask whoever brought the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub code: &'static str,
    pub say: Say,
}

impl From<Question> for LedgerError {
    fn from(question: Question) -> Self {
        Self::Question(question)
    }
}

/// What an entry did to the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Created,
    Unchanged,
    Updated,
}

impl Change {
    /// The same, knowing whether anything beside it was written.
    fn and(self, changed: bool) -> Self {
        match self {
            Self::Unchanged if changed => Self::Updated,
            other => other,
        }
    }
}

/// Something worth knowing about an entry that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub code: &'static str,
    pub say: Say,
    /// Another product the note is about.
    pub product: Option<ProductId>,
}

impl Note {
    pub fn new(code: &'static str, say: Say) -> Self {
        Self { code, say, product: None }
    }

    fn same_name_elsewhere() -> Self {
        Self::new(
            "producer_name_elsewhere",
            Say::new(
                "Trong tỉnh đã có chủ thể cùng tên ở nơi khác; đây được ghi là một chủ thể khác.",
                "There is a producer of the same name elsewhere in the province; this is recorded as another one.",
            ),
        )
    }

    fn producer_named() -> Self {
        Self::new(
            "producer_named",
            Say::new(
                "Chủ thể trước đây chưa rõ tên nay đã có tên, theo cùng quyết định.",
                "A producer that had no name so far has one now, by the same decision.",
            ),
        )
    }

    fn other_entity_type() -> Self {
        Self::new(
            "entity_type_differs",
            Say::new(
                "Loại hình chủ thể khác với sổ; sổ giữ nguyên.",
                "The legal form differs from the one on record, which stays.",
            ),
        )
    }

    fn name_not_public() -> Self {
        Self::new(
            "producer_name_not_public",
            Say::new(
                "Chưa rõ loại hình chủ thể: tên có thể là tên cá nhân nên không công khai.",
                "The legal form is not known: the name may be a natural person's and is not published.",
            ),
        )
    }

    fn possible_duplicate(other: ProductId) -> Self {
        Self {
            product: Some(other),
            ..Self::new(
                "possible_duplicate",
                Say::new(
                    "Cùng nơi này có sản phẩm cùng tên của chủ thể khác; hai sản phẩm được giữ riêng.",
                    "Another producer of the same place has a product of the same name; the two are kept apart.",
                ),
            )
        }
    }

    fn claims_settled(count: usize) -> Self {
        Self::new(
            "claims_settled",
            say!(
                "{count} thông tin chưa xác minh về sản phẩm này nay đã được xác minh.",
                "{count} unverified claim(s) about this product are verified by it."
            ),
        )
    }
}

/// Who makes an entry, and how far the office reaches.
#[derive(Debug, Clone, Default)]
pub struct By {
    /// Nobody, if the installation itself does it: the command line, the demo.
    pub user: Option<UserId>,
    /// The only province of today, if the office is limited to one.
    pub province: Option<String>,
}

/// Makes entries in the ledger within one transaction that holds [`ledger_lock`].
pub struct Clerk<'a> {
    world: &'a World,
    reference: &'a Reference,
    by: &'a By,
    /// Decisions met so far: lists name one on every row.
    decisions: HashMap<Decision, DecisionId>,
}

impl<'a> Clerk<'a> {
    pub fn new(world: &'a World, reference: &'a Reference, by: &'a By) -> Self {
        Self { world, reference, by, decisions: HashMap::new() }
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

    fn certification(&self, conn: &mut Conn, id: CertificationId) -> Result<Certification, LedgerError> {
        let product = store::product_of(conn, id)?.ok_or(LedgerError::NotFound)?;
        let of_product = store::of_products(conn, &[product])?;
        of_product.into_iter().find(|certification| certification.id == id).ok_or(LedgerError::NotFound)
    }
}

/// Records that a product was recognised by a decision; see [`Clerk::record`].
pub fn record_certification(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &By,
    recognition: &Recognition,
) -> Result<Recorded, LedgerError> {
    ledger_lock(conn)?;
    Clerk::new(world, reference, by).record(conn, recognition)
}

/// Keeps a certification in force for up to 180 days after its term: once, and only if it was not revoked.
pub fn extend(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &By,
    id: CertificationId,
    extension: &NewExtension,
) -> Result<Certification, LedgerError> {
    ledger_lock(conn)?;
    Clerk::new(world, reference, by).extend(conn, id, extension)
}

/// Revokes a certification from the day of the revoking decision, or a later one that is not after today.
pub fn revoke(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &By,
    id: CertificationId,
    revocation: &NewRevocation,
) -> Result<Certification, LedgerError> {
    ledger_lock(conn)?;
    Clerk::new(world, reference, by).revoke(conn, id, revocation)
}

/// The certifications of these products, of each the latest first.
pub fn of_products(conn: &mut Conn, products: &[ProductId]) -> diesel::QueryResult<Vec<Certification>> {
    store::of_products(conn, products)
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
