//! Taking a set of changes back: every listing is again what it was, as far as nobody has changed the same fields since.
//!
//! It goes back to what buyers have seen before, so that no officer has to agree again. Who made the set may take it back, or
//! whoever may change all of its listings; one that an office has made, only the office.

use super::model::{ChangeSet, ChangeSetId, ChangedSince, Drafted, FieldEdit, ListingEdit, Turn};
use super::{SheetError, event, store};
use crate::audit::{self, Action};
use crate::auth::Caller;
use crate::catalogue::Seq;
use crate::db::{Conn, Instant};
use crate::listings::{self, Cause, Content, ContentPatch, Field, Known, TakenBack};
use crate::products::{self, ProductId};
use crate::reference::Reference;
use crate::world::World;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Takes a set back, whole or not at all.
pub fn reverse(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    id: ChangeSetId,
) -> Result<(ChangeSet, Vec<ListingEdit>, Option<Seq>), SheetError> {
    let set = store::lock(conn, id)?.ok_or(SheetError::NotFound)?;
    let edits = store::edits(conn, id)?;
    let ids: Vec<ProductId> = edits.iter().map(|edit| edit.product).collect();
    let mut many = listings::open_many(conn, by, &ids)?;
    if many.open.is_empty() && many.closed.is_empty() {
        return Err(SheetError::NotFound);
    }
    let of_office = |known: &Known| by.role_in(known.product.producer).is_none();
    let own = by.agent().actor == set.by;
    if many.open.len() < edits.len() || (set.by_office && !own && !many.open.values().any(of_office)) {
        return Err(SheetError::NotYours);
    }
    if set.reversed.is_some() {
        return Err(SheetError::AlreadyReversed);
    }
    let changed: Vec<ChangedSince> = edits
        .iter()
        .filter_map(|edit| {
            let fields = changed_since(edit, many.open.get(&edit.product)?);
            let ListingEdit { product, product_name, .. } = edit.clone();
            (!fields.is_empty()).then_some(ChangedSince { product, product_name, fields })
        })
        .collect();
    if !changed.is_empty() {
        return Err(SheetError::ChangedSince(changed));
    }
    let entered_at: HashMap<ProductId, Instant> = products::entered_at(conn, &ids)?.into_iter().collect();
    let mut seq = None;
    for edit in &edits {
        let Some(known) = many.open.get_mut(&edit.product) else { continue };
        let to = before(edit, known, entered_at.get(&edit.product).copied())?;
        let shown =
            listings::take_back(conn, world, reference, by, known, (to, Cause::Undone(id.to_string())))?;
        seq = shown.or(seq);
    }
    let (actor, now) = (by.agent().actor, world.now());
    store::reverse(conn, id, actor, now)?;
    let set = ChangeSet { reversed: Some((actor, now)), ..set };
    let event = event(Action::ListingsImportUndone, &set, many.open.values());
    audit::record(conn, world, &by.agent(), event)?;
    Ok((set, edits, seq))
}

/// The fields that are neither what the set has made of them nor what they were before.
fn changed_since(edit: &ListingEdit, known: &Known) -> Vec<Field> {
    let (shown, drafted) = (known.content().members(), known.draft.members());
    let is_other = |edit: &&FieldEdit| {
        let name = edit.field.as_str();
        let present = shown.get(name).cloned().unwrap_or_default();
        let draft = Drafted::of(drafted.get(name));
        let known = |turn: &Turn<Value>| present == turn.after || present == turn.before;
        let worked_on = |turn: &Turn<Drafted>| draft == turn.after || draft == turn.before;
        !known(&edit.shown) || !worked_on(&edit.drafted)
    };
    edit.fields.iter().filter(is_other).map(|edit| edit.field).collect()
}

/// What a listing was before a set, with what has been changed in other fields since. Of one of which nothing had been said that
/// is so since its product was entered.
fn before(edit: &ListingEdit, known: &Known, entered_at: Option<Instant>) -> Result<TakenBack, SheetError> {
    let (mut shown, mut drafted) = (known.content().members(), known.draft.members());
    for FieldEdit { field, shown: was, drafted: draft, .. } in &edit.fields {
        let name = field.as_str();
        put(&mut shown, name, &was.before);
        match draft.before.value() {
            Some(value) => drop(drafted.insert(name.to_owned(), value.clone())),
            None => drop(drafted.shift_remove(name)),
        }
    }
    let content: Content = serde_json::from_value(Value::Object(shown))
        .map_err(|error| diesel::result::Error::DeserializationError(error.into()))?;
    // If nothing else has been done to it since, it is to the byte what it was.
    let untouched = known.listing.as_ref().is_some_and(|listing| {
        edit.version == Some(listing.version) && edit.updated_after == Some(listing.updated_at)
    });
    let as_of = edit.updated_before.or(entered_at).filter(|_| untouched);
    Ok(TakenBack { content, draft: ContentPatch::of_stored(drafted), as_of })
}

fn put(members: &mut Map<String, Value>, name: &str, value: &Value) {
    if value.is_null() {
        members.shift_remove(name);
    } else {
        members.insert(name.to_owned(), value.clone());
    }
}
