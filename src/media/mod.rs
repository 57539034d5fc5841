//! Media: pictures that people upload, and what is made of them.
//!
//! A picture is stored **before** anything shows it: sent whole ([`http`] takes the bytes as they are, or a form), in parts that
//! survive a bad line ([`uploads`]), or fetched from an address ([`fetching`]). Whichever way it came, it is decoded and encoded
//! anew in three sizes and two kinds ([`decoding`]), and what was sent is forgotten: what everybody sees is ours to the last
//! byte. The renditions lie in the object store ([`shelf`]) under the SHA-256 of their bytes, so that an address never changes
//! what it gives, and two images that look the same lie there once.
//!
//! An **image** is what an organisation has of a picture: the same bytes sent again by the same organisation are the same image.
//! Editors of the organisation store it, and officers of its province; a listing may show the images of its producer
//! ([`check`]). An image that no listing has named for 30 days is forgotten; one that a listing has named stays, because
//! every content of a listing stays.
//!
//! Bytes first, rows after: what a crash leaves without a row, [`upkeep`] sweeps up.

mod decoding;
mod fetching;
pub mod http;
mod model;
mod shelf;
mod spool;
mod store;
mod upkeep;
mod uploads;

pub use decoding::Unreadable;
pub use fetching::{MOST_ADDRESS, NotFetched};
pub use model::*;
pub use shelf::{Away, MediaPlace, ShelfError};
pub use upkeep::keep;

use crate::app::App;
use crate::audit::{self, Action, Event, SubjectKind};
use crate::auth::Caller;
use crate::config::Config;
use crate::db::{Conn, Failure, Instant};
use crate::files::Sha256Hex;
use crate::input::Faults;
use crate::organisations::{self, OrganisationError, OrganisationId};
use crate::say::{Invalid, Say};
use crate::world::World;
use actix_web::web::{self, Bytes};
use diesel::QueryResult;
use shelf::Shelf;
use spool::{Spool, Spooled};
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long a picture waits for its turn to be decoded.
const MOST_WAITING: Duration = Duration::from_secs(60);

/// What can stand in the way of a use case.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// There is none, or it is not the caller's to see.
    #[error("no such image or upload")]
    NotFound,
    #[error("the caller edits for no organisation")]
    NoOrganisation,
    #[error("the caller edits for several organisations, and has named none")]
    WhichOrganisation,
    #[error(transparent)]
    Organisation(OrganisationError),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("the picture has another hash than was told")]
    OtherHash,
    #[error("nothing was fetched: {0}")]
    NotFetched(NotFetched),
    #[error("too many pictures were begun")]
    TooManyUploads,
    #[error("too many parts")]
    TooManyParts,
    /// A part does not begin where the others end.
    #[error("{0} bytes are there")]
    WrongOffset(i64),
    /// Too many pictures wait to be decoded.
    #[error("too busy")]
    Busy,
    #[error(transparent)]
    Away(#[from] Away),
    #[error("no room for a picture on its way in: {0}")]
    NoRoom(std::io::Error),
    /// The content is not what was stored.
    #[error("the content of {0} does not have its hash")]
    Damaged(MediaName),
    #[error(transparent)]
    Db(Failure),
}

crate::db_errors!(MediaError);

impl From<OrganisationError> for MediaError {
    fn from(error: OrganisationError) -> Self {
        match error {
            OrganisationError::Db(failure) => Self::Db(failure),
            other => Self::Organisation(other),
        }
    }
}

/// What the slice needs at hand: the store, and the one place at which pictures are decoded.
pub struct Media {
    shelf: Shelf,
    /// One at a time: so the memory for it is needed once, however many send.
    decoding: Semaphore,
    /// Where bodies on their way in are kept.
    spool_dir: PathBuf,
}

impl Media {
    pub fn open(config: &Config) -> Result<Self, ShelfError> {
        let place = match &config.media_url {
            None => MediaPlace::Directory(config.data_dir.join("media")),
            Some(url) => MediaPlace::parse(url).map_err(ShelfError::Setting)?,
        };
        let shelf = Shelf::open(&place)?;
        Ok(Self { shelf, decoding: Semaphore::new(1), spool_dir: config.data_dir.clone() })
    }

    fn spool(&self) -> Result<Spool, MediaError> {
        Spool::new(&self.spool_dir).map_err(MediaError::NoRoom)
    }

    /// Decodes a picture when it is its turn, and makes what is published of it.
    async fn rendered(&self, spooled: Spooled) -> Result<Vec<Made>, MediaError> {
        let turn = timeout(MOST_WAITING, self.decoding.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(MediaError::Busy) };
        let work = move || {
            let content = spooled.read().map_err(MediaError::NoRoom)?;
            let picture = decoding::decode(&content, RenditionSize::Full.longest_side())?;
            drop(content);
            Ok(decoding::render(picture)?)
        };
        // Decoders of strangers' bytes are not beyond giving up badly: that is the file's fault.
        web::block(work).await.map_err(|error| Unreadable::Broken(error.to_string()))?
    }

    /// What is published under a name, if it is still what was stored.
    async fn published(&self, name: &MediaName) -> Result<Bytes, MediaError> {
        let content = self.shelf.published(name).await?.ok_or(MediaError::NotFound)?;
        match Sha256Hex::of(&content) == name.sha256 {
            true => Ok(content),
            false => Err(MediaError::Damaged(name.clone())),
        }
    }
}

/// The organisation that a picture is to belong to: the one that is named, or the only one the caller edits for.
pub fn owner(
    conn: &mut Conn,
    caller: &Caller,
    named: Option<OrganisationId>,
) -> Result<OrganisationId, MediaError> {
    if let Some(id) = named {
        organisations::read(conn, caller, id)?.edited()?;
        return Ok(id);
    }
    let mut own = caller.organisations();
    own.retain(|organisation| caller.may_edit(*organisation));
    match own.as_slice() {
        [one] => Ok(*one),
        [] => Err(MediaError::NoOrganisation),
        _ => Err(MediaError::WhichOrganisation),
    }
}

/// A picture of which everything is published, and nothing is written yet.
pub struct Prepared {
    organisation: OrganisationId,
    source: Sha256Hex,
    /// Nothing, if the organisation has it already.
    made: Vec<Made>,
}

/// Decodes and publishes a picture, unless the organisation has an image of it.
async fn prepare(app: &App, organisation: OrganisationId, spooled: Spooled) -> Result<Prepared, MediaError> {
    let source = spooled.sha256.clone();
    let wanted = source.clone();
    let known = app.db.read(move |conn| store::of_source(conn, organisation, &wanted).map_err(Failure::from));
    if known.await?.is_some() {
        return Ok(Prepared { organisation, source, made: Vec::new() });
    }
    let made = app.media.rendered(spooled).await?;
    for made in &made {
        app.media.shelf.publish(&made.name, Bytes::copy_from_slice(&made.content)).await?;
    }
    Ok(Prepared { organisation, source, made })
}

/// Writes down what was prepared; true: it is new.
fn record(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    prepared: &Prepared,
) -> Result<(Image, bool), MediaError> {
    let Prepared { organisation, source, made } = prepared;
    // Who sends the same picture at the same moment waits here, and finds it.
    organisations::lock_standing(conn, *organisation)?;
    if let Some(id) = store::of_source(conn, *organisation, source)? {
        return Ok((store::find(conn, id)?.ok_or(MediaError::NotFound)?, false));
    }
    // It was there, and has been forgotten meanwhile: sent again it is made again.
    let full = made.first().ok_or(MediaError::Busy)?;
    let id: ImageId = world.id();
    let size = (i64::from(full.width), i64::from(full.height));
    let sender = Sender::of(by.principal);
    let row = store::ImageRow::new(id, *organisation, source.clone(), size, sender, world.now());
    store::insert(conn, row, made)?;
    let event = Event::new(Action::ImageStored, SubjectKind::Image, id)
        .concerning(*organisation)
        .with("width", full.width)
        .with("height", full.height);
    audit::record(conn, world, &by.agent_for(*organisation), event)?;
    Ok((store::find(conn, id)?.ok_or(MediaError::NotFound)?, true))
}

/// Makes sure that what the rows name now lies in the store: a sweeper may have taken a file for one that nothing names, between
/// its publishing and the commit.
async fn confirm(app: &App, prepared: &Prepared) {
    for made in &prepared.made {
        let lies = app.media.shelf.is_published(&made.name).await;
        if !lies.is_ok_and(|lies| lies) {
            let again = app.media.shelf.publish(&made.name, Bytes::copy_from_slice(&made.content)).await;
            if let Err(error) = again {
                tracing::warn!(%error, name = %made.name, "a rendition may be missing");
            }
        }
    }
}

/// An image for whoever stored it, the members of its organisation and the officers of the province.
pub fn read(conn: &mut Conn, caller: &Caller, id: ImageId) -> Result<Image, MediaError> {
    let image = store::find(conn, id)?.ok_or(MediaError::NotFound)?;
    if image.is_from(Sender::of(caller.principal)) {
        return Ok(image);
    }
    match organisations::read(conn, caller, image.organisation) {
        Ok(_) => Ok(image),
        Err(OrganisationError::Db(failure)) => Err(failure.into()),
        Err(_) => Err(MediaError::NotFound),
    }
}

/// What is wrong with the images that a listing of this producer is to show: each is to be there and the producer's own. Faults
/// stand at the place of the image in the list. To be called in the transaction of a write: they are not forgotten until it ends.
pub fn check(conn: &mut Conn, producer: OrganisationId, ids: &[ImageId]) -> QueryResult<Faults> {
    let mut faults = Faults::default();
    if ids.is_empty() {
        return Ok(faults);
    }
    store::lock(conn, ids)?;
    let owners = store::owners(conn, ids)?;
    for (index, id) in ids.iter().enumerate() {
        if owners.get(id) != Some(&producer) {
            faults.push([index.to_string()], unknown());
        }
    }
    Ok(faults)
}

/// Keeps images for good that a listing names now; whoever stores their ids calls this in the same transaction, drafts too.
pub fn mark_used(conn: &mut Conn, now: Instant, ids: &[ImageId]) -> QueryResult<()> {
    if ids.is_empty() { Ok(()) } else { store::mark_used(conn, ids, now) }
}

/// Images as they are published, for whoever shows them; what is not there is left out.
pub fn views(conn: &mut Conn, ids: &[ImageId]) -> QueryResult<HashMap<ImageId, ImageView>> {
    store::views(conn, ids)
}

fn unknown() -> Invalid {
    Invalid::new(
        "unknown_image",
        Say::new(
            "Không có hình này, hoặc hình thuộc tổ chức khác; hãy tải hình lên trước (POST /v1/images).",
            "There is no such image, or it is another organisation's; store it first (POST /v1/images).",
        ),
    )
}
