//! The files of a lead: what is attached to its enquiry, and what proves its agreements.
//!
//! What is attached is the buyer's message to the producers; hence the office sees it when it sees the contact. Proofs all four
//! sides see.

use super::agreements::{Agreement, agreements};
use super::{EnquiryId, Known, LeadError, store};
use crate::auth::Principal;
use crate::db::Conn;
use crate::files::{self, FileId, FileRow, TakeError};
use crate::world::World;
use diesel::QueryResult;

/// What is attached to the enquiry of a lead, as far as its reader may see it.
pub fn attachments(conn: &mut Conn, known: &Known) -> QueryResult<Vec<FileRow>> {
    if !known.tells_the_buyer() {
        return Ok(Vec::new());
    }
    let ids = store::attachments(conn, known.enquiry.id)?;
    let mut files = files::described(conn, &ids)?;
    files.sort_by_key(|file| file.id);
    Ok(files)
}

/// A file of a lead with its content: a proof of what was signed, or what is attached to the enquiry.
pub fn file(conn: &mut Conn, known: &Known, id: FileId) -> Result<(FileRow, Vec<u8>), LeadError> {
    let attached = attachments(conn, known)?.iter().any(|file| file.id == id);
    let is_proof = |agreement: &Agreement| agreement.evidence.iter().any(|file| file.id == id);
    if !attached && !agreements(conn, known)?.iter().any(is_proof) {
        return Err(LeadError::NotFound);
    }
    files::read(conn, id)?.ok_or(LeadError::NotFound)
}

/// Attaches files to an enquiry that has just been stored.
pub(super) fn attach(
    conn: &mut Conn,
    world: &World,
    sender: Option<Principal>,
    enquiry: EnquiryId,
    ids: &[FileId],
) -> Result<(), LeadError> {
    if ids.is_empty() {
        return Ok(());
    }
    let attached = files::take(conn, world, sender, ids).map_err(unattachable)?;
    Ok(store::insert_attachments(conn, enquiry, &attached)?)
}

/// What is wrong with files that are to be attached, without attaching them.
pub fn check_attachments(
    conn: &mut Conn,
    sender: Option<Principal>,
    ids: &[FileId],
) -> Result<(), LeadError> {
    files::check(conn, sender, ids).map(|_| ()).map_err(unattachable)
}

fn unattachable(error: TakeError) -> LeadError {
    match error {
        TakeError::Db(failure) => failure.into(),
        TakeError::Invalid(faults) => LeadError::Invalid(faults.within(&["attachments"])),
    }
}
