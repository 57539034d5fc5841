//! What a workbook of listings is: its tables and columns, what stands in a cell, and what is wrong with one.

mod cell;
mod columns;
mod fault;

use crate::audit::Actor;
use crate::db::Instant;
use crate::listings::Field;
use crate::organisations::OrganisationId;
use crate::products::ProductId;
pub use cell::{Kind, Options, Raw, Shown, ValueKind, attribute};
pub use columns::{Column, Part, TIERS, Table};
pub use fault::{CellFault, CellFaults, Place};
use serde::{Deserialize, Serialize};
use serde_json::Value;

crate::id_type!(
    /// The id of a set of changes.
    ChangeSetId
);

/// The most listings of a workbook.
pub const MOST_ROWS: usize = 2_000;

crate::text_enum! {
    /// What has become of a field that a workbook changes.
    pub enum FieldOutcome {
        /// Buyers see it
        Live = "live",
        /// It stands in the draft, for an officer has to agree
        Drafted = "drafted",
    }
}

/// What a set of changes does to a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldEdit {
    pub field: Field,
    /// As the sheet had it: of a producer's sheet what is being worked on.
    pub before: Value,
    pub after: Value,
    pub outcome: FieldOutcome,
    /// What buyers see.
    pub shown: Turn<Value>,
    /// What the draft is to make of it, if it speaks of it.
    pub drafted: Turn<Drafted>,
}

/// Before a set of changes, and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn<T> {
    pub before: T,
    pub after: T,
}

/// Nothing, or what a field is to be: `null` clears it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Drafted(Vec<Value>);

impl Drafted {
    pub fn of(value: Option<&Value>) -> Self {
        Self(value.cloned().into_iter().collect())
    }

    pub fn value(&self) -> Option<&Value> {
        self.0.first()
    }
}

/// What a set of changes does to a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct ListingEdit {
    pub product: ProductId,
    pub product_name: String,
    /// The version it made; `None` if all of it stands in the draft.
    pub version: Option<i64>,
    /// When what buyers saw before was made known; `None` if nothing had been said.
    pub updated_before: Option<Instant>,
    /// When what they see since was.
    pub updated_after: Option<Instant>,
    pub fields: Vec<FieldEdit>,
}

impl ListingEdit {
    /// Fields of that outcome.
    pub fn count(&self, outcome: FieldOutcome) -> usize {
        self.fields.iter().filter(|edit| edit.outcome == outcome).count()
    }
}

/// A workbook that was taken, as one.
#[derive(Debug, Clone)]
pub struct ChangeSet {
    pub id: ChangeSetId,
    /// A person or a machine client.
    pub by: Actor,
    pub made_at: Instant,
    /// Was it made by virtue of an office, rather than for a producer?
    pub by_office: bool,
    /// Listings it changes.
    pub listings: i64,
    /// Fields it changes, of all of them.
    pub fields: i64,
    /// Those of them that stand in drafts.
    pub drafted: i64,
    /// Who took it back, and when.
    pub reversed: Option<(Actor, Instant)>,
}

/// A field that has been changed since a set of changes was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedSince {
    pub product: ProductId,
    pub product_name: String,
    pub fields: Vec<Field>,
}

/// Which listings a sheet is to hold.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub producer: Option<OrganisationId>,
    /// Code of a province of today.
    pub province: Option<String>,
    /// Number of a criteria set, of the certification's own taxonomy.
    pub set: Option<i64>,
}

/// Whose listings somebody may read.
#[derive(Debug, Clone)]
pub struct Scope {
    pub everything: bool,
    /// The province of an office.
    pub province: Option<String>,
    pub organisations: Vec<OrganisationId>,
}
