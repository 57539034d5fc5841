//! SQL of the stored files.

use super::{FileId, FileName, FileType, NewFile, Sender, Sha256Hex};
use crate::accounts::UserId;
use crate::clients::ClientId;
use crate::db::{Conn, Instant, MultiBackend, PortableDsl};
use crate::schema::files;
use diesel::prelude::*;

/// A file without its content.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = files)]
pub struct FileRow {
    pub id: FileId,
    pub sha256: Sha256Hex,
    pub name: FileName,
    #[diesel(column_name = media_type)]
    pub kind: FileType,
    pub size: i64,
    pub user_id: Option<UserId>,
    pub client_id: Option<ClientId>,
    pub created_at: Instant,
    /// When something first referred to it.
    pub used_at: Option<Instant>,
}

impl FileRow {
    pub fn new(id: FileId, sender: Sender, new: &NewFile, at: Instant) -> Self {
        let (user_id, client_id) = match sender {
            Sender::User(user) => (Some(user), None),
            Sender::Client(client) => (None, Some(client)),
            Sender::Anybody => (None, None),
        };
        Self {
            id,
            sha256: new.sha256.clone(),
            name: new.name.clone(),
            kind: new.kind,
            size: i64::try_from(new.content.len()).unwrap_or(i64::MAX),
            user_id,
            client_id,
            created_at: at,
            used_at: None,
        }
    }

    /// Its sender may use it; one that was stored without signing in, whoever knows it.
    pub fn may_be_used_by(&self, sender: Sender) -> bool {
        match (self.user_id, self.client_id) {
            (None, None) => true,
            (Some(user), _) => sender == Sender::User(user),
            (None, Some(client)) => sender == Sender::Client(client),
        }
    }
}

pub fn insert(conn: &mut Conn, row: &FileRow, content: &[u8]) -> QueryResult<()> {
    diesel::insert_into(files::table).values((row, files::content.eq(content))).execute(conn).map(|_| ())
}

/// How many files of a sender wait to be used.
pub fn count_unused(conn: &mut Conn, sender: Sender) -> QueryResult<i64> {
    let unused = files::table.filter(files::used_at.is_null()).count().into_boxed::<MultiBackend>();
    let of_sender = match sender {
        Sender::User(user) => unused.filter(files::user_id.eq(user)),
        Sender::Client(client) => unused.filter(files::client_id.eq(client)),
        Sender::Anybody => unused.filter(files::user_id.is_null()).filter(files::client_id.is_null()),
    };
    of_sender.get_result(conn)
}

pub fn by_ids(conn: &mut Conn, ids: &[FileId]) -> QueryResult<Vec<FileRow>> {
    files::table.filter(files::id.eq_any(ids)).select(FileRow::as_select()).load(conn)
}

/// Locks files until the transaction ends, in the order of their ids: two who want the same ones never wait for each other
/// in a circle.
pub fn lock(conn: &mut Conn, ids: &[FileId]) -> QueryResult<()> {
    let ordered = files::table.filter(files::id.eq_any(ids)).order(files::id).select(files::id);
    ordered.locked().load::<FileId>(conn).map(|_| ())
}

pub fn mark_used(conn: &mut Conn, ids: &[FileId], at: Instant) -> QueryResult<()> {
    let unused = files::table.filter(files::id.eq_any(ids)).filter(files::used_at.is_null());
    diesel::update(unused).set(files::used_at.eq(at)).execute(conn).map(|_| ())
}

/// A file and its content, unless that was erased.
pub fn with_content(conn: &mut Conn, id: FileId) -> QueryResult<Option<(FileRow, Option<Vec<u8>>)>> {
    files::table.find(id).select((FileRow::as_select(), files::content)).first(conn).optional()
}

pub fn delete(conn: &mut Conn, id: FileId) -> QueryResult<()> {
    diesel::delete(files::table.find(id)).execute(conn).map(|_| ())
}

/// Deletes what has not been used since it was stored before an instant.
pub fn delete_unused(conn: &mut Conn, before: Instant) -> QueryResult<usize> {
    let unused = files::table.filter(files::used_at.is_null()).filter(files::created_at.lt(before));
    diesel::delete(unused).execute(conn)
}
