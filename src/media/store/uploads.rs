//! SQL of pictures that come in parts.

use crate::accounts::UserId;
use crate::clients::ClientId;
use crate::db::{Conn, Instant, MultiBackend, PortableDsl};
use crate::files::Sha256Hex;
use crate::media::{ImageId, Sender, Upload, UploadId};
use crate::organisations::OrganisationId;
use crate::schema::{upload_parts as parts, uploads};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = uploads)]
struct Row {
    id: UploadId,
    organisation_id: OrganisationId,
    user_id: Option<UserId>,
    client_id: Option<ClientId>,
    size: i64,
    sha256: Option<Sha256Hex>,
    received: i64,
    image_id: Option<ImageId>,
    created_at: Instant,
}

impl From<Row> for Upload {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            organisation: row.organisation_id,
            size: row.size,
            sha256: row.sha256,
            received: row.received,
            image: row.image_id,
            created_at: row.created_at,
        }
    }
}

pub fn insert(conn: &mut Conn, upload: &Upload, sender: Sender) -> QueryResult<()> {
    let row = Row {
        id: upload.id,
        organisation_id: upload.organisation,
        user_id: sender.user(),
        client_id: sender.client(),
        size: upload.size,
        sha256: upload.sha256.clone(),
        received: upload.received,
        image_id: upload.image,
        created_at: upload.created_at,
    };
    diesel::insert_into(uploads::table).values(row).execute(conn).map(|_| ())
}

fn is_of(row: &Row, sender: Sender) -> bool {
    match sender {
        Sender::User(user) => row.user_id == Some(user),
        Sender::Client(client) => row.client_id == Some(client),
    }
}

/// An upload of this sender.
pub fn find(conn: &mut Conn, id: UploadId, sender: Sender) -> QueryResult<Option<Upload>> {
    let row: Option<Row> = uploads::table.find(id).select(Row::as_select()).first(conn).optional()?;
    Ok(row.filter(|row| is_of(row, sender)).map(Upload::from))
}

/// The same, its row locked until the transaction ends.
pub fn lock(conn: &mut Conn, id: UploadId, sender: Sender) -> QueryResult<Option<Upload>> {
    let row = uploads::table.find(id).select(Row::as_select()).locked().get_result(conn);
    let row: Option<Row> = row.optional()?;
    Ok(row.filter(|row| is_of(row, sender)).map(Upload::from))
}

/// How many of a sender's are not images yet.
pub fn count_open(conn: &mut Conn, sender: Sender) -> QueryResult<i64> {
    let open = uploads::table.filter(uploads::image_id.is_null()).count().into_boxed::<MultiBackend>();
    let of_sender = match sender {
        Sender::User(user) => open.filter(uploads::user_id.eq(user)),
        Sender::Client(client) => open.filter(uploads::client_id.eq(client)),
    };
    of_sender.get_result(conn)
}

/// A part as it lies in the object store.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = parts)]
pub struct Part {
    pub upload_id: UploadId,
    pub from_byte: i64,
    pub bytes: i64,
    pub object: String,
}

pub fn parts(conn: &mut Conn, id: UploadId) -> QueryResult<Vec<Part>> {
    parts::table.filter(parts::upload_id.eq(id)).order(parts::from_byte).select(Part::as_select()).load(conn)
}

pub fn count_parts(conn: &mut Conn, id: UploadId) -> QueryResult<i64> {
    parts::table.filter(parts::upload_id.eq(id)).count().get_result(conn)
}

/// Adds a part to an upload that ends where it begins.
pub fn add_part(conn: &mut Conn, part: Part) -> QueryResult<()> {
    let received = part.from_byte + part.bytes;
    diesel::update(uploads::table.find(part.upload_id)).set(uploads::received.eq(received)).execute(conn)?;
    diesel::insert_into(parts::table).values(part).execute(conn).map(|_| ())
}

/// Notes what an upload has become; its parts are not needed any more.
pub fn finish(conn: &mut Conn, id: UploadId, image: ImageId) -> QueryResult<()> {
    diesel::delete(parts::table.filter(parts::upload_id.eq(id))).execute(conn)?;
    diesel::update(uploads::table.find(id)).set(uploads::image_id.eq(image)).execute(conn).map(|_| ())
}

pub fn delete(conn: &mut Conn, ids: &[UploadId]) -> QueryResult<usize> {
    diesel::delete(parts::table.filter(parts::upload_id.eq_any(ids))).execute(conn)?;
    diesel::delete(uploads::table.filter(uploads::id.eq_any(ids))).execute(conn)
}

/// Forgets what was begun before an instant; at most so many.
pub fn delete_before(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    let old: Vec<UploadId> =
        uploads::table.filter(uploads::created_at.lt(before)).limit(rows).select(uploads::id).load(conn)?;
    if old.is_empty() { Ok(0) } else { delete(conn, &old) }
}
