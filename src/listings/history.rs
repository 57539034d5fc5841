//! What a listing has told, version by version, and going back to one.

use super::{
    Cause, Changes, Content, Edited, Known, ListingError, Version, edit, preview, publish, read, store,
};
use crate::auth::Caller;
use crate::db::Conn;
use crate::input::Faults;
use crate::products::ProductId;
use crate::reference::Reference;
use crate::say::{Invalid, Say};
use crate::world::World;

/// The versions of a listing the caller may see, latest first, from before a number.
pub fn list(
    conn: &mut Conn,
    caller: &Caller,
    id: ProductId,
    before: Option<i64>,
    rows: i64,
) -> Result<(Known, Vec<Version>), ListingError> {
    let known = read(conn, caller, id)?;
    Ok((known, store::versions::page(conn, id, before, rows)?))
}

/// A version of a listing the caller may see, with what is unlike in it and the one before.
pub fn find(
    conn: &mut Conn,
    caller: &Caller,
    id: ProductId,
    number: i64,
) -> Result<(Known, Version, Changes), ListingError> {
    let known = read(conn, caller, id)?;
    let version = store::versions::find(conn, id, number)?.ok_or(ListingError::NotFound)?;
    let before = store::versions::find(conn, id, number - 1)?;
    let before = before.map(|version| version.content).unwrap_or_default();
    let changes = Changes::between(&before, &version.content);
    Ok((known, version, changes))
}

fn content_of(conn: &mut Conn, known: &Known, number: i64) -> Result<Content, ListingError> {
    let unknown = || {
        let say = Say::new("Không có phiên bản này.", "There is no such version.");
        ListingError::Invalid(Faults::one(["version"], Invalid::new("unknown_version", say)))
    };
    let version = store::versions::find(conn, known.product.id, number)?;
    version.map(|version| version.content).ok_or_else(unknown)
}

/// Sets a listing back to what it told in a version: the office at once, a producer by the rule of every other change.
pub fn set_back(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    known: &mut Known,
    number: i64,
) -> Result<Edited, ListingError> {
    let content = content_of(conn, known, number)?;
    if known.is_office(by) {
        let live = content.fields_unlike(&known.content());
        let seq = publish(conn, world, reference, by, known, (content, Cause::Restored(number)))?;
        return Ok(Edited { live, drafted: Vec::new(), seq });
    }
    let patch = content.as_patch_of(&known.content_for(by));
    edit(conn, world, reference, by, known, (patch, Cause::Restored(number)))
}

/// What [`set_back`] would make of the listing. Nothing is written.
pub fn preview_set_back(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    known: Known,
    number: i64,
) -> Result<Known, ListingError> {
    let content = content_of(conn, &known, number)?;
    let patch = content.as_patch_of(&known.content_for(by));
    preview(conn, world, reference, by, known, patch)
}
