//! Sets of changes, and what is wrong with cells, as they are answered.

use crate::accounts::UserId;
use crate::audit::Actor;
use crate::clients::ClientId;
use crate::db::Instant;
use crate::listings::Field;
use crate::products::ProductId;
use crate::say::Language;
use crate::sheets::{
    Applied, CellFault, ChangeSet, ChangeSetId, ChangedSince, FieldEdit, FieldOutcome, ListingEdit,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Who did it: a person or a machine client.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetActor {
    pub user_id: Option<UserId>,
    pub client_id: Option<ClientId>,
}

impl From<Actor> for SheetActor {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::User(user) => Self { user_id: Some(user), client_id: None },
            Actor::Client(client) => Self { user_id: None, client_id: Some(client) },
            Actor::Operator | Actor::Service | Actor::Nobody => Self { user_id: None, client_id: None },
        }
    }
}

/// A set was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingChangeSetReversal {
    pub by: SheetActor,
    pub at: Instant,
}

/// A workbook that was applied, as one set of changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingChangeSet {
    pub id: ChangeSetId,
    pub by: SheetActor,
    /// Was it made by an officer for listings of others? Then only officers undo it.
    #[schema(example = false)]
    pub by_office: bool,
    pub made_at: Instant,
    /// Listings it changes, those the reader may not see included.
    #[schema(minimum = 1, example = 12)]
    pub listings: i64,
    /// Fields it changes, of all of them.
    #[schema(minimum = 1, example = 31)]
    pub fields: i64,
    /// Those of them that stand in drafts.
    #[schema(minimum = 0, example = 4)]
    pub drafted: i64,
    /// `null` as long as it was not taken back.
    pub reversal: Option<ListingChangeSetReversal>,
}

impl From<&ChangeSet> for ListingChangeSet {
    fn from(set: &ChangeSet) -> Self {
        Self {
            id: set.id,
            by: set.by.into(),
            by_office: set.by_office,
            made_at: set.made_at,
            listings: set.listings,
            fields: set.fields,
            drafted: set.drafted,
            reversal: set.reversed.map(|(by, at)| ListingChangeSetReversal { by: by.into(), at }),
        }
    }
}

/// What a set does to a field.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetFieldChange {
    pub field: Field,
    /// As the listing has it; `null`: nothing is said.
    #[schema(required = true)]
    pub before: Value,
    /// The same; `null`: nothing is said any more.
    #[schema(required = true)]
    pub after: Value,
    pub outcome: FieldOutcome,
}

impl From<FieldEdit> for SheetFieldChange {
    fn from(FieldEdit { field, before, after, outcome, .. }: FieldEdit) -> Self {
        Self { field, before, after, outcome }
    }
}

/// What a set does to a listing.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetListingChange {
    pub product_id: ProductId,
    #[schema(example = "Bánh cáy truyền thống")]
    pub product_name: String,
    /// The version of the listing that it made; `null` if all of it stands in the draft.
    #[schema(example = 4)]
    pub version: Option<i64>,
    pub fields: Vec<SheetFieldChange>,
}

impl From<ListingEdit> for SheetListingChange {
    fn from(edit: ListingEdit) -> Self {
        Self {
            product_id: edit.product,
            product_name: edit.product_name,
            version: edit.version,
            fields: edit.fields.into_iter().map(SheetFieldChange::from).collect(),
        }
    }
}

/// A set of changes with what it does to each listing that the reader may see.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingChangeSetDetail {
    #[serde(flatten)]
    pub set: ListingChangeSet,
    pub rows: Vec<SheetListingChange>,
}

impl ListingChangeSetDetail {
    pub fn new(set: &ChangeSet, edits: Vec<ListingEdit>) -> Self {
        Self { set: set.into(), rows: edits.into_iter().map(SheetListingChange::from).collect() }
    }
}

/// What came of a workbook.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingSheetReport {
    /// Everything was checked and nothing written.
    #[schema(example = false)]
    pub validated_only: bool,
    /// The set that was made; `null` if nothing was written, because nothing changes or because it was to be checked only.
    pub change_set: Option<ListingChangeSet>,
    /// Rows that say what is there already.
    #[schema(example = 140)]
    pub unchanged: usize,
    /// What changes, listing by listing.
    pub rows: Vec<SheetListingChange>,
}

impl ListingSheetReport {
    pub fn new(applied: Applied, validated_only: bool) -> Self {
        let Applied { set, edits, unchanged, .. } = applied;
        Self {
            validated_only,
            change_set: set.as_ref().filter(|_| !validated_only).map(ListingChangeSet::from),
            unchanged,
            rows: edits.into_iter().map(SheetListingChange::from).collect(),
        }
    }
}

/// What is wrong with a cell.
#[derive(Debug, Serialize)]
pub struct CellFaultView {
    /// The worksheet, as it is called in the workbook.
    pub sheet: String,
    pub cell: String,
    /// Machine name of the column, as in the hidden first row.
    pub field: Option<&'static str>,
    pub product_id: Option<ProductId>,
    /// Stable code of the fault.
    pub code: &'static str,
    /// What is wrong and what is expected, in the reader's language.
    pub detail: String,
    /// The first 80 characters of what stands there.
    pub value: Option<String>,
}

impl CellFaultView {
    pub fn new(fault: CellFault, language: Language) -> Self {
        Self {
            cell: fault.place.cell(),
            sheet: fault.place.sheet.to_string(),
            field: fault.column,
            product_id: fault.product,
            code: fault.code,
            detail: fault.say.in_language(language).to_owned(),
            value: fault.value,
        }
    }
}

/// A listing that has been changed since a set was made, in the same fields.
#[derive(Debug, Serialize)]
pub struct ChangedSinceView {
    pub product_id: ProductId,
    pub product_name: String,
    pub fields: Vec<Field>,
}

impl From<ChangedSince> for ChangedSinceView {
    fn from(ChangedSince { product, product_name, fields }: ChangedSince) -> Self {
        Self { product_id: product, product_name, fields }
    }
}
