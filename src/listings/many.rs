//! Many listings at once: those of a workbook.

use super::{Cause, Content, ContentPatch, Known, ListingError, Reach, check, editing, of_products, store};
use crate::auth::Caller;
use crate::catalogue::Seq;
use crate::db::{Conn, Instant};
use crate::products::{self, Product, ProductId};
use crate::reference::Reference;
use crate::world::World;
use diesel::QueryResult;
use std::collections::{HashMap, HashSet};

/// Listings as far as a caller reaches into them.
#[derive(Debug, Default)]
pub struct Many {
    /// May be changed.
    pub open: HashMap<ProductId, Known>,
    /// May be read only.
    pub closed: HashSet<ProductId>,
}

/// Those of these listings that the caller may change, locked until the transaction ends: in the order of their ids, and all
/// before anything is written, so that two who change many at once do not wait for each other in a circle.
pub fn open_many(conn: &mut Conn, caller: &Caller, ids: &[ProductId]) -> QueryResult<Many> {
    let (mut many, mut open) = (Many::default(), Vec::new());
    for product in products::lock_all(conn, ids)? {
        match Reach::of(caller, &product) {
            Ok(Reach::Edits | Reach::Certifies) => open.push(product),
            Ok(Reach::Reads) => drop(many.closed.insert(product.id)),
            Err(_) => {}
        }
    }
    many.open = with_listings(conn, open)?.into_iter().map(|known| (known.product.id, known)).collect();
    Ok(many)
}

/// Those of these listings that the caller may read.
pub fn read_many(conn: &mut Conn, caller: &Caller, ids: &[ProductId]) -> QueryResult<Vec<Known>> {
    let products = products::by_ids(conn, ids)?;
    let seen = products.into_iter().filter(|product| Reach::of(caller, product).is_ok()).collect();
    with_listings(conn, seen)
}

fn with_listings(conn: &mut Conn, products: Vec<Product>) -> QueryResult<Vec<Known>> {
    let ids: Vec<ProductId> = products.iter().map(|product| product.id).collect();
    let mut listings = of_products(conn, &ids)?;
    let mut drafts = store::drafts::of_products(conn, &ids)?;
    let mut papers = store::papers::of_products(conn, &ids)?;
    let waiting = store::submissions::waiting_of(conn, &ids)?;
    let mut waiting: HashMap<ProductId, _> = waiting.into_iter().map(|one| (one.product, one)).collect();
    let known = |product: Product| Known {
        listing: listings.remove(&product.id),
        draft: drafts.remove(&product.id).unwrap_or_default(),
        waiting: waiting.remove(&product.id),
        papers: papers.remove(&product.id).unwrap_or_default(),
        product,
    };
    Ok(products.into_iter().map(known).collect())
}

/// What a listing is to be again.
#[derive(Debug)]
pub struct TakenBack {
    pub content: Content,
    pub draft: ContentPatch,
    /// When the content was made known, if it is all that buyers saw then.
    pub as_of: Option<Instant>,
}

/// Shows buyers again what they saw before; with the instant at which that was made known, what they read is the same to the
/// byte.
pub fn take_back(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    by: &Caller,
    known: &mut Known,
    (to, cause): (TakenBack, Cause),
) -> Result<Option<Seq>, ListingError> {
    let TakenBack { content, draft, as_of } = to;
    let content = check(conn, reference, world.today(), &known.product, (&known.content(), content))?;
    let seq = editing::put(conn, world, by, known, (content, cause), (draft, Vec::new()))?;
    if let (Some(_), Some(as_of), Some(listing)) = (seq, as_of, &mut known.listing) {
        listing.updated_at = as_of;
        store::save(conn, known.product.id, listing)?;
    }
    Ok(seq)
}
