//! Links by which a producer lets somebody read a paper, and the log of openings.
//!
//! The token of a link is a [`Secret`], told once; the database has its hash. It stands behind `#` in the link's address, which
//! browsers keep to themselves, so that it is in no log of a server; the page there shows what the paper is, which uses nothing
//! up, and opens it when somebody presses the button. A link ends by its day, by its openings, by its producer, and when the
//! paper is not to be shared any more: it was refused, or is for officers only.

use super::store::{papers, shares};
use super::{
    Access, AccessId, DocumentId, Known, ListingError, NewShare, Paper, Share, ShareId, ShareState, Via,
};
use crate::audit::{self, Action};
use crate::auth::Caller;
use crate::auth::secret::Secret;
use crate::db::{Conn, Instant};
use crate::files::{self, FileId, FileRow};
use crate::organisations;
use crate::products;
use crate::reference::Reference;
use crate::world::World;

const DAY_SECONDS: i64 = 86_400;
/// The most links to a paper.
const MOST: i64 = 200;

/// Makes a link to a paper of a listing that was opened. The token is for its maker alone.
pub fn make(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &Known,
    (document, new): (DocumentId, NewShare),
) -> Result<(Share, Secret), ListingError> {
    only_producer(by, known)?;
    if !known.paper(document)?.may_be_shared() {
        return Err(ListingError::NotShareable);
    }
    if shares::count(conn, document)? >= MOST {
        return Err(ListingError::TooManyPapers);
    }
    let (token, now) = (Secret::random(world), world.now());
    let share = Share {
        id: world.id(),
        document,
        purpose: new.purpose,
        made_at: now,
        expires_at: now.plus_seconds(new.days.get() * DAY_SECONDS),
        most_openings: new.most_openings.map(super::Openings::get),
        openings: 0,
        revoked_at: None,
    };
    shares::insert(conn, &share, &token.hash(), by.principal)?;
    let event = known
        .event(Action::ListingDocumentShared)
        .with("document", document)
        .with("share", share.id)
        .with("expires_at", share.expires_at);
    audit::record(conn, world, &by.agent_for(known.product.producer), event)?;
    Ok((share, token))
}

fn only_producer(by: &Caller, known: &Known) -> Result<(), ListingError> {
    if by.may_edit(known.product.producer) { Ok(()) } else { Err(ListingError::ProducersOnly) }
}

/// The links to a paper, the latest first.
pub fn list(
    conn: &mut Conn,
    known: &Known,
    document: DocumentId,
    (after, rows): (Option<(Instant, ShareId)>, i64),
) -> Result<Vec<Share>, ListingError> {
    known.paper(document)?;
    Ok(shares::of_document(conn, document, after, rows)?)
}

/// Ends a link.
pub fn revoke(
    conn: &mut Conn,
    world: &World,
    by: &Caller,
    known: &Known,
    (document, id): (DocumentId, ShareId),
) -> Result<(), ListingError> {
    only_producer(by, known)?;
    known.paper(document)?;
    if !shares::revoke(conn, document, id, world.now())? {
        return Err(ListingError::NotFound);
    }
    let event = known.event(Action::ListingDocumentUnshared).with("document", document).with("share", id);
    Ok(audit::record(conn, world, &by.agent_for(known.product.producer), event)?)
}

/// What a link leads to.
#[derive(Debug)]
pub struct Shared {
    pub share: Share,
    pub paper: Paper,
    pub product_name: String,
    pub producer_name: String,
}

/// What a link leads to, if it is good. It uses nothing up.
pub fn look(
    conn: &mut Conn,
    reference: &Reference,
    token: &Secret,
    now: Instant,
) -> Result<Shared, ListingError> {
    let share = shares::find(conn, &token.hash())?.ok_or(ListingError::InvalidLink)?;
    let (product, paper) = papers::find(conn, share.document)?.ok_or(ListingError::InvalidLink)?;
    if share.state(now) != ShareState::Open || !paper.may_be_shared() {
        return Err(ListingError::InvalidLink);
    }
    let product = products::by_ids(conn, &[product])?.pop().ok_or(ListingError::InvalidLink)?;
    let producer = organisations::producers(conn, &[product.producer])?.pop();
    let producer_name = producer.map(|producer| producer.shown_name(reference)).unwrap_or_default();
    Ok(Shared { share, paper, product_name: product.name, producer_name })
}

/// Opens a paper by a link: counts and logs it, and tells which file it is.
pub fn open(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    token: &Secret,
) -> Result<FileId, ListingError> {
    let now = world.now();
    let Shared { share, paper, .. } = look(conn, reference, token, now)?;
    let file = paper.file.ok_or(ListingError::InvalidLink)?;
    if !shares::open(conn, share.id, now)? {
        return Err(ListingError::InvalidLink);
    }
    shares::log(conn, world.id(), share.document, now, (Via::Share, Some(share.id), None))?;
    Ok(file.id)
}

/// The file that was opened.
pub fn file(conn: &mut Conn, id: FileId) -> Result<(FileRow, Vec<u8>), ListingError> {
    files::read(conn, id)?.ok_or(ListingError::InvalidLink)
}

/// Who has opened a paper, the latest first.
pub fn accesses(
    conn: &mut Conn,
    known: &Known,
    document: DocumentId,
    (after, rows): (Option<(Instant, AccessId)>, i64),
) -> Result<Vec<Access>, ListingError> {
    known.paper(document)?;
    Ok(shares::accesses_of(conn, document, after, rows)?)
}
