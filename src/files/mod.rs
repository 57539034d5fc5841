//! Files: evidence and attachments that people store with the service.
//!
//! A file is stored first, alone, by [`store_file`], and used afterwards by whatever refers to it: an enquiry it is attached to,
//! an agreement it proves. What is used says so in the same transaction ([`take`]), **once**: a file belongs to one thing and
//! never changes. One that nothing has used two days later is forgotten ([`purge`]).
//!
//! Content lies in the database, so that what refers to a file and the file are one transaction and one backup. What a file is
//! its first bytes say, not its sender; it is kept with its SHA-256, which is looked at again whenever the file is read.
//!
//! A stored file is its sender's, until it is used: a person's or a machine client's. One that was stored without signing in is
//! whoever's knows its id, which nobody guesses. Who may read it afterwards, whatever uses it decides; this slice has no
//! address to read a file from. Erased content leaves what it was behind: name, size and hash of what proved an agreement.

pub mod http;
mod model;
mod store;

pub use http::{FileContent, download};
pub use model::*;
pub use store::FileRow;

use crate::auth::Principal;
use crate::db::{Conn, Failure, Instant};
use crate::input::Faults;
use crate::say::{Invalid, Say};
use crate::world::World;
use diesel::QueryResult;
use std::collections::{HashMap, HashSet};

/// What can stand in the way of a use case.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Too many files of this sender wait to be used.
    #[error("too many unused files")]
    TooMany,
    #[error("the file has another hash than was told")]
    OtherHash,
    #[error("the content was erased")]
    Erased,
    /// The content is not what was stored.
    #[error("the content of file {0} does not have its hash")]
    Damaged(FileId),
    #[error(transparent)]
    Db(Failure),
}

crate::db_errors!(FileError);

/// Stores a file that nothing uses yet.
pub fn store_file(
    conn: &mut Conn,
    world: &World,
    by: Option<Principal>,
    new: &NewFile,
) -> Result<FileRow, FileError> {
    let sender = Sender::of(by);
    let most = match sender {
        Sender::Anybody => MOST_UNUSED_OF_ANYBODY,
        Sender::User(_) | Sender::Client(_) => MOST_UNUSED,
    };
    if store::count_unused(conn, sender)? >= most {
        return Err(FileError::TooMany);
    }
    let row = FileRow::new(world.id(), sender, new, world.now());
    store::insert(conn, &row, &new.content)?;
    Ok(row)
}

/// What is wrong with the files that somebody wants to use: each is to be there, the own or nobody's, unused, and named once.
/// Faults stand at the place of the file in the list.
pub fn check(conn: &mut Conn, by: Option<Principal>, ids: &[FileId]) -> Result<Vec<FileRow>, TakeError> {
    let sender = Sender::of(by);
    let mut found: HashMap<FileId, FileRow> =
        store::by_ids(conn, ids)?.into_iter().map(|row| (row.id, row)).collect();
    let (mut seen, mut rows, mut faults) = (HashSet::new(), Vec::new(), Faults::default());
    for (index, id) in ids.iter().enumerate() {
        let usable = match found.remove(id).filter(|row| row.may_be_used_by(sender)) {
            _ if !seen.insert(*id) => Err(twice()),
            None => Err(unknown()),
            Some(row) if row.used_at.is_some() => Err(used()),
            Some(row) => Ok(row),
        };
        match usable {
            Ok(row) => rows.push(row),
            Err(invalid) => faults.push([index.to_string()], invalid),
        }
    }
    faults.into_result().map_err(TakeError::Invalid)?;
    Ok(rows)
}

/// What is wrong with files to be used, at their places in the list.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    #[error("these files cannot be used")]
    Invalid(Faults),
    #[error(transparent)]
    Db(Failure),
}

crate::db_errors!(TakeError);

/// Uses files, each for the first and only time, in the transaction of what uses them; in the order in which they are named.
pub fn take(
    conn: &mut Conn,
    world: &World,
    by: Option<Principal>,
    ids: &[FileId],
) -> Result<Vec<FileRow>, TakeError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // Who takes the same files at the same moment waits here, and finds them used.
    store::lock(conn, ids)?;
    let rows = check(conn, by, ids)?;
    store::mark_used(conn, ids, world.now())?;
    Ok(rows)
}

/// What is known of files; nothing of those that are not there.
pub fn described(conn: &mut Conn, ids: &[FileId]) -> QueryResult<Vec<FileRow>> {
    store::by_ids(conn, ids)
}

/// A file with its content, which is still what was stored.
pub fn read(conn: &mut Conn, id: FileId) -> Result<Option<(FileRow, Vec<u8>)>, FileError> {
    let Some((row, content)) = store::with_content(conn, id)? else { return Ok(None) };
    let content = content.ok_or(FileError::Erased)?;
    if Sha256Hex::of(&content) != row.sha256 {
        return Err(FileError::Damaged(id));
    }
    Ok(Some((row, content)))
}

/// Deletes a file that was used by what is no more, or uses another one now.
pub fn discard(conn: &mut Conn, id: FileId) -> QueryResult<()> {
    store::delete(conn, id)
}

/// Forgets files that nothing has used for two days; returns how many.
pub fn purge(conn: &mut Conn, now: Instant) -> QueryResult<usize> {
    store::delete_unused(conn, unused_since(now))
}

fn unknown() -> Invalid {
    Invalid::new(
        "unknown_file",
        Say::new(
            "Không có tệp này, hoặc tệp do người khác gửi; tệp chưa dùng được giữ 48 giờ.",
            "There is no such file, or somebody else has stored it; files that are not used are kept for 48 hours.",
        ),
    )
}

fn used() -> Invalid {
    Invalid::new(
        "file_in_use",
        Say::new(
            "Tệp này đã được dùng; hãy gửi lại tệp để dùng lần nữa.",
            "This file is in use already; store it again to use it again.",
        ),
    )
}

fn twice() -> Invalid {
    Invalid::new("duplicate", Say::new("Tệp này đã có ở trên.", "This file is in the list already."))
}
