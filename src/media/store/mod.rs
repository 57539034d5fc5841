//! SQL of the images.

pub mod uploads;

use super::{Image, ImageId, ImageView, Made, MediaName, Rendition, RenditionSize, RenditionType, Sender};
use crate::accounts::UserId;
use crate::clients::ClientId;
use crate::db::{Conn, Instant, PortableDsl};
use crate::files::Sha256Hex;
use crate::on_engine;
use crate::organisations::OrganisationId;
use crate::schema::{image_renditions as renditions, images, listings, organisations, uploads as parts_of};
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = images)]
pub struct ImageRow {
    pub id: ImageId,
    pub organisation_id: OrganisationId,
    pub source_sha256: Sha256Hex,
    pub width: i64,
    pub height: i64,
    pub user_id: Option<UserId>,
    pub client_id: Option<ClientId>,
    pub created_at: Instant,
    pub used_at: Option<Instant>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = renditions)]
struct RenditionRow {
    image_id: ImageId,
    size: RenditionSize,
    media_type: RenditionType,
    sha256: Sha256Hex,
    width: i64,
    height: i64,
    bytes: i64,
}

impl From<RenditionRow> for Rendition {
    fn from(row: RenditionRow) -> Self {
        let name = MediaName { sha256: row.sha256.clone(), media_type: row.media_type };
        Self {
            size: row.size,
            media_type: row.media_type,
            url: name.url(),
            width: row.width,
            height: row.height,
            bytes: row.bytes,
            sha256: row.sha256,
        }
    }
}

/// The order in which renditions are told.
fn place(rendition: &Rendition) -> (RenditionSize, RenditionType) {
    (rendition.size, rendition.media_type)
}

fn renditions_of(conn: &mut Conn, ids: &[ImageId]) -> QueryResult<HashMap<ImageId, Vec<Rendition>>> {
    let rows: Vec<RenditionRow> = renditions::table
        .filter(renditions::image_id.eq_any(ids))
        .select(RenditionRow::as_select())
        .load(conn)?;
    let mut all: HashMap<ImageId, Vec<Rendition>> = HashMap::new();
    for row in rows {
        all.entry(row.image_id).or_default().push(row.into());
    }
    for renditions in all.values_mut() {
        renditions.sort_by_key(place);
    }
    Ok(all)
}

/// Images as they are published.
pub fn views(conn: &mut Conn, ids: &[ImageId]) -> QueryResult<HashMap<ImageId, ImageView>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<(ImageId, i64, i64)> = images::table
        .filter(images::id.eq_any(ids))
        .select((images::id, images::width, images::height))
        .load(conn)?;
    let mut renditions = renditions_of(conn, ids)?;
    let view = |(id, width, height)| {
        let renditions = renditions.remove(&id).unwrap_or_default();
        (id, ImageView { id, width, height, renditions })
    };
    Ok(found.into_iter().map(view).collect())
}

/// Whose images are today.
pub fn owners(conn: &mut Conn, ids: &[ImageId]) -> QueryResult<HashMap<ImageId, OrganisationId>> {
    let rows: Vec<(ImageId, OrganisationId, Option<OrganisationId>)> = images::table
        .inner_join(organisations::table)
        .filter(images::id.eq_any(ids))
        .select((images::id, images::organisation_id, organisations::successor_id))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, own, successor)| (id, successor.unwrap_or(own))).collect())
}

pub fn find(conn: &mut Conn, id: ImageId) -> QueryResult<Option<Image>> {
    let row: Option<ImageRow> =
        images::table.find(id).select(ImageRow::as_select()).first(conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    let organisation = owners(conn, &[id])?.remove(&id).unwrap_or(row.organisation_id);
    let renditions = renditions_of(conn, &[id])?.remove(&id).unwrap_or_default();
    Ok(Some(Image {
        view: ImageView { id, width: row.width, height: row.height, renditions },
        organisation,
        user: row.user_id,
        client: row.client_id,
        created_at: row.created_at,
    }))
}

/// The image an organisation has of these very bytes.
pub fn of_source(
    conn: &mut Conn,
    organisation: OrganisationId,
    source: &Sha256Hex,
) -> QueryResult<Option<ImageId>> {
    images::table
        .filter(images::organisation_id.eq(organisation))
        .filter(images::source_sha256.eq(source))
        .select(images::id)
        .first(conn)
        .optional()
}

pub fn insert(conn: &mut Conn, row: ImageRow, made: &[Made]) -> QueryResult<()> {
    let image_id = row.id;
    diesel::insert_into(images::table).values(row).execute(conn)?;
    let rows: Vec<RenditionRow> = made
        .iter()
        .map(|made| RenditionRow {
            image_id,
            size: made.size,
            media_type: made.name.media_type,
            sha256: made.name.sha256.clone(),
            width: i64::from(made.width),
            height: i64::from(made.height),
            bytes: i64::try_from(made.content.len()).unwrap_or(i64::MAX),
        })
        .collect();
    on_engine!(conn, c => diesel::insert_into(renditions::table).values(&rows).execute(c)).map(|_| ())
}

impl ImageRow {
    pub fn new(
        id: ImageId,
        organisation_id: OrganisationId,
        source_sha256: Sha256Hex,
        (width, height): (i64, i64),
        sender: Sender,
        created_at: Instant,
    ) -> Self {
        Self {
            id,
            organisation_id,
            source_sha256,
            width,
            height,
            user_id: sender.user(),
            client_id: sender.client(),
            created_at,
            used_at: None,
        }
    }
}

/// Locks images until the transaction ends: who forgets them waits, or is waited for.
pub fn lock(conn: &mut Conn, ids: &[ImageId]) -> QueryResult<()> {
    let ordered = images::table.filter(images::id.eq_any(ids)).order(images::id).select(images::id);
    ordered.locked().load::<ImageId>(conn).map(|_| ())
}

pub fn mark_used(conn: &mut Conn, ids: &[ImageId], at: Instant) -> QueryResult<()> {
    let unused = images::table.filter(images::id.eq_any(ids)).filter(images::used_at.is_null());
    diesel::update(unused).set(images::used_at.eq(at)).execute(conn).map(|_| ())
}

/// Forgets images stored before an instant that no listing has named, and no draft names; at most so many.
pub fn delete_unused(conn: &mut Conn, before: Instant, rows: i64) -> QueryResult<usize> {
    let old: Vec<ImageId> = images::table
        .filter(images::used_at.is_null())
        .filter(images::created_at.lt(before))
        .order(images::created_at)
        .limit(rows)
        .select(images::id)
        .locked()
        .load(conn)?;
    if old.is_empty() {
        return Ok(0);
    }
    let drafts: Vec<Option<String>> =
        listings::table.filter(listings::draft.is_not_null()).select(listings::draft).load(conn)?;
    let named = |id: &ImageId| drafts.iter().flatten().any(|draft| draft.contains(id.as_str()));
    let unused: Vec<ImageId> = old.into_iter().filter(|id| !named(id)).collect();
    diesel::update(parts_of::table.filter(parts_of::image_id.eq_any(&unused)))
        .set(parts_of::image_id.eq(None::<ImageId>))
        .execute(conn)?;
    diesel::delete(renditions::table.filter(renditions::image_id.eq_any(&unused))).execute(conn)?;
    diesel::delete(images::table.filter(images::id.eq_any(&unused))).execute(conn)
}

/// Which of the hashes some rendition has.
pub fn known(conn: &mut Conn, hashes: &[Sha256Hex]) -> QueryResult<HashSet<Sha256Hex>> {
    renditions::table
        .filter(renditions::sha256.eq_any(hashes))
        .select(renditions::sha256)
        .distinct()
        .load(conn)
        .map(HashSet::from_iter)
}
