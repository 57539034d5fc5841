//! Workbooks of listings: what producers and officers exchange as XLSX.
//!
//! Somebody downloads a **sheet** of the listings that are theirs to keep, edits it in a spreadsheet program, and sends it back.
//! What it changes is one **set of changes**: checked cell by cell, applied in one transaction or not at all, kept with what was
//! there before, and taken back as a whole, once.
//!
//! * [`writing`] makes workbooks of listings, [`book`] takes those apart that come back, within limits;
//! * the model's columns know how content becomes cells and cells become content;
//! * [`reading`] finds what a workbook wants of each listing, or every cell that is wrong;
//! * [`apply`] and [`reverse`] are the two ways a set goes.
//!
//! A sheet holds what its reader works on: a producer's the draft over what buyers see, an officer's what buyers see. Each row
//! carries a version and a [tag](tag_of), so that what somebody else has changed meanwhile is not overwritten. What is changed
//! follows the rule of every other change ([`listings::edit`]): what an officer has to agree to goes into the draft.

mod attributes;
mod book;
pub mod http;
mod model;
mod reading;
mod reversing;
mod store;
#[cfg(test)]
mod tests;
mod writing;

pub use book::{Tables, read as read_book};
pub use model::*;
pub use reversing::reverse;
pub use writing::{Line, Sheeting, example, write};

use crate::accounts::Role;
use crate::audit::{self, Action, Event, SubjectKind};
use crate::auth::Caller;
use crate::catalogue::Seq;
use crate::db::{self, Conn};
use crate::listings::{self, Cause, ContentPatch, Field, Known, ListingError};
use crate::products::{self, ProductId};
use crate::reference::Reference;
use crate::workbook::Unreadable;
use crate::world::World;
use diesel::Connection;
use diesel::result::Error::RollbackTransaction;
use reading::{Name, Reach};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// What can stand in the way of a use case. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// There is no such set, or it has done nothing to a listing of the caller's.
    #[error("no such set of changes")]
    NotFound,
    #[error("{}", .0.invalid.say.en)]
    Unreadable(Unreadable),
    #[error("{} cells are wrong", .0.total)]
    Faulty(CellFaults),
    /// More listings than a sheet holds.
    #[error("more than {MOST_ROWS} listings")]
    TooMany,
    /// The set changes listings that are not the caller's to change, or an office has made it.
    #[error("not the caller's to take back")]
    NotYours,
    #[error("it was taken back already")]
    AlreadyReversed,
    /// Somebody has changed the same fields since.
    #[error("{} listings have been changed since", .0.len())]
    ChangedSince(Vec<ChangedSince>),
    #[error(transparent)]
    Listing(ListingError),
    #[error(transparent)]
    Db(db::Failure),
}

crate::db_errors!(SheetError);

impl From<Unreadable> for SheetError {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable)
    }
}

impl From<ListingError> for SheetError {
    fn from(error: ListingError) -> Self {
        match error {
            ListingError::Db(failure) => Self::Db(failure),
            error => Self::Listing(error),
        }
    }
}

impl Scope {
    fn of(caller: &Caller) -> Self {
        let province = match &caller.role {
            Role::Officer { province } => Some(province.clone()),
            Role::Admin | Role::Member => None,
        };
        Self { everything: caller.role == Role::Admin, province, organisations: caller.organisations() }
    }
}

/// By which a row is known to be what was downloaded: other as soon as what its reader works on is.
fn tag_of(known: &Known, caller: &Caller) -> String {
    let content = known.content_for(caller);
    if known.listing.is_none() && content == listings::Content::default() {
        return "t0".to_owned();
    }
    let version = known.listing.as_ref().map_or(0, |listing| listing.version);
    let said = serde_json::to_string(&(known.product.id.as_str(), version, content.members()));
    let digest = Sha256::digest(said.unwrap_or_default());
    // A letter in front, so that no program takes it for a number.
    digest.iter().take(6).fold("t".to_owned(), |tag, byte| format!("{tag}{byte:02x}"))
}

/// The rows of a sheet: the listings that the caller may read and wishes for.
pub fn lines(conn: &mut Conn, caller: &Caller, wish: &Wish) -> Result<Vec<Line>, SheetError> {
    let most = i64::try_from(MOST_ROWS + 1).unwrap_or(i64::MAX);
    let ids = store::products_of(conn, &Scope::of(caller), wish, most)?;
    if ids.len() > MOST_ROWS {
        return Err(SheetError::TooMany);
    }
    let mut known = listings::read_many(conn, caller, &ids)?;
    known.sort_by(|one, other| {
        let key = |known: &Known| (known.product.producer, known.product.name_key.clone(), known.product.id);
        key(one).cmp(&key(other))
    });
    let line = |known: &Known| Line {
        product: known.product.id.to_string(),
        product_name: known.product.name.clone(),
        version: known.listing.as_ref().map_or(0, |listing| listing.version),
        tag: tag_of(known, caller),
        members: known.content_for(caller).members(),
    };
    Ok(known.iter().map(line).collect())
}

/// What a workbook has changed, or would.
#[derive(Debug)]
pub struct Applied {
    /// `None` if it changes nothing.
    pub set: Option<ChangeSet>,
    pub edits: Vec<ListingEdit>,
    /// Rows that change nothing.
    pub unchanged: usize,
    /// From which change of the catalogue buyers see it; nothing if they see what they saw before.
    pub seq: Option<Seq>,
}

/// Does what a workbook says, or tells all that is wrong with its cells.
pub fn apply(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    tables: &Tables,
) -> Result<Applied, SheetError> {
    let names = reading::names(tables);
    let codes: Vec<_> = names.iter().filter_map(Name::code).collect();
    let ids_of_codes: std::collections::HashMap<_, _> =
        products::ids_of_codes(conn, &codes)?.into_iter().collect();
    let mut ids: Vec<ProductId> = names.iter().filter_map(Name::id).collect();
    ids.extend(ids_of_codes.values());
    ids.sort_unstable();
    ids.dedup();
    let mut many = listings::open_many(conn, by, &ids)?;
    let reach = Reach { ids_of_codes, many: &many, caller: by };
    let (wanted, mut faults) = reading::read(tables, &reach);
    if !faults.is_empty() {
        for wanted in wanted {
            let Some(known) = many.open.get(&wanted.product) else { continue };
            let change = (&known.content_for(by), wanted.patch.clone());
            match listings::check_change(conn, reference, world.today(), &known.product, change) {
                Ok(_) => {}
                Err(ListingError::Invalid(found)) => {
                    found.0.into_iter().for_each(|fault| faults.push(wanted.fault(fault)));
                }
                Err(error) => return Err(error.into()),
            }
        }
        return Err(SheetError::Faulty(faults));
    }

    let id: ChangeSetId = world.id();
    let rows = wanted.len();
    let (mut edits, mut seq, mut by_office) = (Vec::new(), None, false);
    for wanted in wanted {
        let Some(known) = many.open.get_mut(&wanted.product) else { continue };
        match change(conn, world, reference, by, known, (wanted.patch.clone(), id)) {
            Ok(Some((edit, shown))) => {
                by_office |= by.role_in(known.product.producer).is_none();
                edits.push(edit);
                seq = shown.or(seq);
            }
            Ok(None) => {}
            Err(ListingError::Invalid(found)) => {
                found.0.into_iter().for_each(|fault| faults.push(wanted.fault(fault)))
            }
            Err(error) => return Err(error.into()),
        }
    }
    if !faults.is_empty() {
        return Err(SheetError::Faulty(faults));
    }
    let unchanged = rows - edits.len();
    if edits.is_empty() {
        return Ok(Applied { set: None, edits, unchanged, seq });
    }
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let set = ChangeSet {
        id,
        by: by.agent().actor,
        made_at: world.now(),
        by_office,
        listings: count(edits.len()),
        fields: count(edits.iter().map(|edit| edit.fields.len()).sum()),
        drafted: count(edits.iter().map(|edit| edit.count(FieldOutcome::Drafted)).sum()),
        reversed: None,
    };
    store::insert(conn, &set, &edits)?;
    let concerned = edits.iter().filter_map(|edit| many.open.get(&edit.product));
    let event = event(Action::ListingsImported, &set, concerned);
    audit::record(conn, world, &by.agent(), event)?;
    Ok(Applied { set: Some(set), edits, unchanged, seq })
}

/// What [`apply`] would do. Nothing is written.
pub fn rehearse(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    tables: &Tables,
) -> Result<Applied, SheetError> {
    let mut outcome = Err(SheetError::from(RollbackTransaction));
    let undone = conn.transaction(|conn| {
        outcome = apply(conn, world, reference, by, tables);
        Err::<(), _>(RollbackTransaction)
    });
    match undone {
        Ok(()) | Err(RollbackTransaction) => outcome,
        Err(error) => Err(error.into()),
    }
}

/// Makes of a listing what its row says; `None` if it is so.
fn change(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    known: &mut Known,
    (patch, set): (ContentPatch, ChangeSetId),
) -> Result<Option<(ListingEdit, Option<Seq>)>, ListingError> {
    if patch.is_empty() {
        return Ok(None);
    }
    let members =
        |known: &Known| (known.content_for(by).members(), known.content().members(), known.draft.members());
    let (worked_on, shown, drafted) = members(known);
    let updated_before = known.listing.as_ref().map(|listing| listing.updated_at);
    let cause = Cause::Imported(set.to_string());
    let seq = listings::edit(conn, world, reference, by, known, (patch, cause))?.seq;
    let (works_on, shows, drafts) = members(known);
    let value = |members: &Map<String, Value>, name: &str| members.get(name).cloned().unwrap_or_default();
    let edit = |field: &Field| {
        let name = field.as_str();
        let shown = Turn { before: value(&shown, name), after: value(&shows, name) };
        let drafted = Turn { before: Drafted::of(drafted.get(name)), after: Drafted::of(drafts.get(name)) };
        let outcome = match (shown.before != shown.after, drafted.before != drafted.after) {
            (true, _) => FieldOutcome::Live,
            (false, true) => FieldOutcome::Drafted,
            (false, false) => return None,
        };
        let (before, after) = (value(&worked_on, name), value(&works_on, name));
        Some(FieldEdit { field: *field, before, after, outcome, shown, drafted })
    };
    let fields: Vec<FieldEdit> = Field::ALL.iter().filter_map(edit).collect();
    if fields.is_empty() {
        return Ok(None);
    }
    let listing = known.listing.as_ref().filter(|_| seq.is_some());
    let edit = ListingEdit {
        product: known.product.id,
        product_name: known.product.name.clone(),
        version: listing.map(|listing| listing.version),
        updated_before,
        updated_after: listing.map(|listing| listing.updated_at),
        fields,
    };
    Ok(Some((edit, seq)))
}

/// What the audit log remembers of a set, beside what it remembers of each listing.
fn event<'a>(action: Action, set: &ChangeSet, concerned: impl Iterator<Item = &'a Known>) -> Event {
    let (mut producers, mut provinces) = (Vec::new(), Vec::new());
    for Known { product, .. } in concerned {
        producers.push(product.producer);
        provinces.push(product.place.province.clone());
    }
    let event = Event::new(action, SubjectKind::ChangeSet, set.id)
        .with("listings", set.listings)
        .with("fields", set.fields)
        .with("drafted", set.drafted);
    let only = |all: &[Option<String>]| {
        let first = all.first()?.clone();
        all.iter().all(|one| *one == first).then_some(first).flatten()
    };
    let event = event.within(only(&provinces).as_deref());
    match producers.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => event.concerning(*first),
        _ => event,
    }
}

/// The sets that have done something to listings the caller may read, the latest first; one more than asked for, if there
/// are more.
pub fn list(
    conn: &mut Conn,
    caller: &Caller,
    before: Option<ChangeSetId>,
    rows: i64,
) -> Result<Vec<ChangeSet>, SheetError> {
    Ok(store::page(conn, &Scope::of(caller), before, rows + 1)?)
}

/// A set, with what it did to listings the caller may read.
pub fn find(
    conn: &mut Conn,
    caller: &Caller,
    id: ChangeSetId,
) -> Result<(ChangeSet, Vec<ListingEdit>), SheetError> {
    let set = store::find(conn, id)?.ok_or(SheetError::NotFound)?;
    let mut edits = store::edits(conn, id)?;
    let ids: Vec<ProductId> = edits.iter().map(|edit| edit.product).collect();
    let seen: std::collections::HashSet<ProductId> =
        listings::read_many(conn, caller, &ids)?.into_iter().map(|known| known.product.id).collect();
    edits.retain(|edit| seen.contains(&edit.product));
    if edits.is_empty() { Err(SheetError::NotFound) } else { Ok((set, edits)) }
}
