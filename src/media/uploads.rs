//! Pictures that come in parts, for lines that break: the core of tus 1.0 with its extensions creation, expiration and
//! termination.
//!
//! Who sends says first how large the picture is, then sends bytes from an offset, as many as the line carries. What has come is
//! stored every two megabytes, and what is left when the line breaks: the offset of the next request is where that
//! ended. Parts lie in the object store, so that they survive the service, and any instance goes on where another
//! stopped. The last byte makes the image. What is not whole after a day is forgotten.

use super::store::uploads::{self as store, Part};
use super::{
    Image, MOST_PARTS, MOST_UPLOADS, MediaError, PART_BYTES, Prepared, Sender, Spooled, Unreadable, Upload,
    UploadId, confirm, prepare, record,
};
use crate::app::App;
use crate::auth::Caller;
use crate::db::{Conn, Instant};
use crate::files::Sha256Hex;
use crate::http::extract::next_chunk;
use crate::http::{Code, Problem};
use crate::organisations::OrganisationId;
use crate::say;
use crate::world::World;
use actix_web::dev::Payload;
use actix_web::web::{Bytes, Data};
use std::time::Duration;
use tokio::time::Instant as Tick;

/// The longest that one request goes on: the next one goes on where it stopped.
const MOST_TIME: Duration = Duration::from_secs(20 * 60);

/// A picture to come.
pub struct NewUpload {
    pub organisation: OrganisationId,
    pub size: i64,
    pub sha256: Option<Sha256Hex>,
}

pub fn begin(conn: &mut Conn, world: &World, by: &Caller, new: NewUpload) -> Result<Upload, MediaError> {
    let sender = Sender::of(by.principal);
    if store::count_open(conn, sender)? >= MOST_UPLOADS {
        return Err(MediaError::TooManyUploads);
    }
    let upload = Upload {
        id: world.id(),
        organisation: new.organisation,
        size: new.size,
        sha256: new.sha256,
        received: 0,
        image: None,
        created_at: world.now(),
    };
    store::insert(conn, &upload, sender)?;
    Ok(upload)
}

/// An upload of the caller's that is still waited for.
pub fn read(conn: &mut Conn, by: &Caller, id: UploadId, now: Instant) -> Result<Upload, MediaError> {
    let found = store::find(conn, id, Sender::of(by.principal))?;
    found.filter(|upload| upload.expires_at() > now).ok_or(MediaError::NotFound)
}

/// Forgets an upload; the objects that are to go.
pub fn abandon(conn: &mut Conn, by: &Caller, id: UploadId) -> Result<Vec<String>, MediaError> {
    store::lock(conn, id, Sender::of(by.principal))?.ok_or(MediaError::NotFound)?;
    let parts = store::parts(conn, id)?;
    store::delete(conn, &[id])?;
    Ok(parts.into_iter().map(|part| part.object).collect())
}

/// Notes a part that lies in the store.
fn add(conn: &mut Conn, by: &Caller, part: Part) -> Result<(), MediaError> {
    let upload = store::lock(conn, part.upload_id, Sender::of(by.principal))?.ok_or(MediaError::NotFound)?;
    if upload.received != part.from_byte {
        return Err(MediaError::WrongOffset(upload.received));
    }
    if store::count_parts(conn, upload.id)? >= MOST_PARTS {
        return Err(MediaError::TooManyParts);
    }
    Ok(store::add_part(conn, part)?)
}

/// Stores what a request brings of an upload, to its end or until the line breaks; how much is there then.
pub async fn receive(
    app: Data<App>,
    by: Caller,
    upload: Upload,
    mut payload: Payload,
) -> Result<i64, Problem> {
    let (mut there, mut waiting) = (upload.received, Vec::new());
    let until = Tick::now() + MOST_TIME;
    loop {
        let chunk = next_chunk(&mut payload).await;
        let in_time = Tick::now() < until;
        if let Ok(Some(chunk)) = &chunk
            && in_time
        {
            let length = waiting.len() + chunk.len();
            if there + i64::try_from(length).unwrap_or(i64::MAX) > upload.size {
                return Err(too_much(&upload));
            }
            waiting.extend_from_slice(chunk);
            if length < PART_BYTES {
                continue;
            }
        }
        there = keep(&app, &by, &upload, there, std::mem::take(&mut waiting)).await?;
        match chunk? {
            None => return Ok(there),
            Some(_) if !in_time => return Err(Problem::new(Code::RequestTimeout)),
            Some(_) => {}
        }
    }
}

fn too_much(upload: &Upload) -> Problem {
    let size = upload.size;
    Problem::new(Code::BodyTooLarge).detail(say!(
        "Tệp này đã được báo là dài {size} byte; không nhận nhiều hơn.",
        "This file was told to have {size} bytes; more is not taken."
    ))
}

/// Stores bytes as a part; where it ends.
async fn keep(
    app: &App,
    by: &Caller,
    upload: &Upload,
    from_byte: i64,
    content: Vec<u8>,
) -> Result<i64, MediaError> {
    if content.is_empty() {
        return Ok(from_byte);
    }
    let bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
    // Two requests may bring the same part; each stores its own, and one of them is noted.
    let random: String = app.world.bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
    let name = format!("{from_byte:010}-{random}");
    let object = app.media.shelf.put_part(upload.id, &name, Bytes::from(content)).await?;
    let part = Part { upload_id: upload.id, from_byte, bytes, object: object.clone() };
    let by = by.clone();
    let noted = app.db.write(move |conn| add(conn, &by, part)).await;
    if noted.is_err() {
        app.media.shelf.remove_parts([object]).await;
    }
    noted.map(|()| from_byte + bytes)
}

/// Makes the image of an upload of which everything is there. What cannot become one is forgotten: sent again it would be no
/// better.
pub async fn finish(app: &App, by: &Caller, upload: Upload) -> Result<(Image, bool), MediaError> {
    if let Some(image) = upload.image {
        let found =
            app.db.read(move |conn| super::store::find(conn, image).map_err(MediaError::from)).await?;
        return found.map(|image| (image, false)).ok_or(MediaError::NotFound);
    }
    let prepared = match whole(app, &upload).await {
        Err(error @ (MediaError::Unreadable(_) | MediaError::OtherHash)) => {
            forget(app, by, upload.id).await?;
            return Err(error);
        }
        prepared => prepared?,
    };
    let prepared = std::sync::Arc::new(prepared);
    let (world, by, written, id) = (app.world.clone(), by.clone(), prepared.clone(), upload.id);
    let write = move |conn: &mut Conn| {
        store::lock(conn, id, Sender::of(by.principal))?.ok_or(MediaError::NotFound)?;
        let (image, new) = record(conn, &world, &by, &written)?;
        let parts = store::parts(conn, id)?;
        store::finish(conn, id, image.view.id)?;
        Ok::<_, MediaError>((image, new, parts))
    };
    let (image, new, parts) = app.db.write(write).await?;
    confirm(app, &prepared).await;
    app.media.shelf.remove_parts(parts.into_iter().map(|part| part.object)).await;
    Ok((image, new))
}

pub async fn forget(app: &App, by: &Caller, id: UploadId) -> Result<(), MediaError> {
    let by = by.clone();
    let objects = app.db.write(move |conn| abandon(conn, &by, id)).await?;
    app.media.shelf.remove_parts(objects).await;
    Ok(())
}

async fn whole(app: &App, upload: &Upload) -> Result<Prepared, MediaError> {
    let spooled = assembled(app, upload).await?;
    if upload.sha256.as_ref().is_some_and(|told| *told != spooled.sha256) {
        return Err(MediaError::OtherHash);
    }
    prepare(app, upload.organisation, spooled).await
}

/// All parts one after the other.
async fn assembled(app: &App, upload: &Upload) -> Result<Spooled, MediaError> {
    let id = upload.id;
    let parts = app.db.read(move |conn| store::parts(conn, id).map_err(MediaError::from)).await?;
    let mut spool = app.media.spool()?;
    for part in parts {
        let content = app.media.shelf.part(&part.object).await?.ok_or(Unreadable::CutOff)?;
        spool.write(&content).map_err(MediaError::NoRoom)?;
    }
    Ok(spool.finish())
}
