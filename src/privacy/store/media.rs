//! What is held of pictures that an account has stored or begun to send.

use crate::accounts::UserId;
use crate::db::{Conn, Instant};
use crate::files::Sha256Hex;
use crate::media::{ImageId, UploadId};
use crate::organisations::OrganisationId;
use crate::schema::{images, upload_parts, uploads};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

/// A picture the account stored for an organisation; `GET /v1/images/{id}` shows it.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldImage {
    pub id: ImageId,
    pub organisation_id: OrganisationId,
    /// Of the bytes that were sent, which are not kept.
    pub source_sha256: Sha256Hex,
    pub created_at: Instant,
    /// When a listing first named it.
    pub used_at: Option<Instant>,
}

/// A picture the account has begun to send in parts.
#[derive(Debug, Queryable, Serialize, ToSchema)]
pub struct HeldUpload {
    pub id: UploadId,
    pub organisation_id: OrganisationId,
    #[schema(minimum = 1)]
    pub size: i64,
    /// How many bytes of it are there.
    #[schema(minimum = 0)]
    pub received: i64,
    /// What its sender said it is.
    pub sha256: Option<Sha256Hex>,
    pub created_at: Instant,
}

pub fn images(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldImage>> {
    images::table
        .filter(images::user_id.eq(user))
        .order(images::id)
        .select((
            images::id,
            images::organisation_id,
            images::source_sha256,
            images::created_at,
            images::used_at,
        ))
        .load(conn)
}

pub fn uploads(conn: &mut Conn, user: UserId) -> QueryResult<Vec<HeldUpload>> {
    uploads::table
        .filter(uploads::user_id.eq(user))
        .order(uploads::id)
        .select((
            uploads::id,
            uploads::organisation_id,
            uploads::size,
            uploads::received,
            uploads::sha256,
            uploads::created_at,
        ))
        .load(conn)
}

/// What a user had begun to send. The bytes go when the store is swept; images are their organisation's.
pub fn forget_uploads_of(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    let own = uploads::table.filter(uploads::user_id.eq(user)).select(uploads::id);
    diesel::delete(upload_parts::table.filter(upload_parts::upload_id.eq_any(own))).execute(conn)?;
    diesel::delete(uploads::table.filter(uploads::user_id.eq(user))).execute(conn).map(|_| ())
}
