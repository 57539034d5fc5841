//! The catalogue: what the public sees today, served from memory.
//!
//! A product is in the catalogue while a certification of it is *in force* (from the day of the decision to the end of the
//! last local day that the ledger gives it), its producer has not withdrawn it and no other product has taken its place:
//! [`presence`]. SQL is the truth; the catalogue is made of it at the start and follows it:
//!
//! ```text
//! a transaction ── announce ──► catalogue_changes (seq) ──► projector ──► memory ──► list, search, detail, verification
//!  rows + changes, commit-ordered    (log.rs)            (projector.rs)  (memory.rs)  changes, export, digest
//! ```
//!
//! | Part | Holds |
//! |---|---|
//! | [`log`] | the numbered changes, and how midnight becomes some of them |
//! | [`facts`], [`presence`] | what SQL holds of a product; is it shown on a day, and if not, why |
//! | [`document`] | what the public reads of a product, serialised once |
//! | [`memory`], [`buckets`], [`feed`], [`mod@makers`] | where reads find it |
//! | [`projector`] | the thread that follows the log |
//! | [`index`], [`mod@indexing`], [`facets`], [`search`] | words, filters, counts and orders; suggestions |
//! | [`export`], [`frames`], [`published`], [`linked_data`] | other forms of the documents: files, compressed, JSON-LD |
//! | [`verification`] | what the ledger says of a printed code on a day |
//!
//! Nothing of a certificate that has ended is shown, even when the database is away at midnight. A request that comes
//! first on a new day waits a moment for the changes of that day; if they do not come, memory takes out by itself what
//! has ended.

mod buckets;
pub mod command;
mod document;
pub mod export;
mod facets;
mod facts;
mod feed;
mod frames;
pub mod http;
pub mod index;
mod indexing;
pub mod linked_data;
mod log;
mod makers;
mod memory;
mod model;
mod presence;
mod projector;
pub mod published;
mod query;
mod search;
mod stated;
mod store;
mod verification;

pub use buckets::{Bucket, BucketNo, Snapshot};
pub use document::{Document, LedgerRecord, Record};
pub use facets::{Certificates, Months, PriceBand};
pub use feed::Entry;
pub use log::{Seq, announce, forget_old};
pub use memory::{Head, Memory};
pub use model::*;
pub use presence::Gone;
pub use projector::of_sql;
pub use query::{Page, PageQuery};
pub use search::Search;
pub use stated::{Stated, stated};
pub use verification::{Standing, Verification, Verified};

use crate::certification::model::State;
use crate::db::{self, Conn, Day, Failure};
use crate::http::Problem;
use crate::http::page::Limit;
use crate::organisations::OrganisationId;
use crate::products::{ProductCode, ProductId};
use crate::reference::Reference;
use crate::world::World;
use diesel::result::QueryResult;
use projector::{Projector, Signal};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Why the catalogue does not answer.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error(transparent)]
    Db(Failure),
    /// The cursor is not one of this list.
    #[error("{0}")]
    Cursor(Problem),
    #[error("no such product or producer, or nothing of it was ever certified")]
    NotFound,
    #[error("certified once, but not in the catalogue: {}", .0.why.as_str())]
    NotInForce(Absent),
    /// The change that was asked for has not come.
    #[error("change {0} has not come yet")]
    NotYet(Seq),
    /// What came after this change is not known any more, or not yet.
    #[error("the log does not reach to change {after}")]
    OutOfReach { after: Seq, floor: Seq, head: Seq },
}

crate::db_errors!(CatalogueError);

/// A product that was certified and is not in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absent {
    pub code: ProductCode,
    pub why: Gone,
    pub state: State,
    /// The first day without it, if the ledger is the reason.
    pub since: Option<Day>,
    pub successor: Option<ProductId>,
}

/// The catalogue of this instance: memory, and the thread that keeps it up.
pub struct Catalogue {
    memory: Arc<Memory>,
    signal: Arc<Signal>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// How long a request waits on the first moments of a new day for its changes.
const MIDNIGHT: Duration = Duration::from_secs(1);
/// Further ahead than any transaction brings the log: such a number is not waited for.
const FAR_AHEAD: i64 = 1_000_000;
/// How long a request waits for a change it names.
const AT_LEAST: Duration = Duration::from_secs(5);
/// How long a reader of changes waits for this instance to hear of what another has told it.
const CATCH_UP: Duration = Duration::from_secs(2);

impl Catalogue {
    /// Loads everything and starts to follow.
    pub fn open(
        conn: &mut Conn,
        options: db::Options,
        world: &World,
        reference: Arc<Reference>,
    ) -> Result<Self, CatalogueError> {
        let memory = Arc::new(projector::start(conn, world, &reference)?);
        let signal = Arc::<Signal>::default();
        let projector = Projector {
            memory: memory.clone(),
            signal: signal.clone(),
            options,
            world: world.clone(),
            reference,
        };
        let thread = std::thread::Builder::new().name("catalogue".to_owned()).spawn(|| projector.run());
        let thread = thread.map_err(|error| {
            diesel::result::Error::QueryBuilderError(format!("no thread for the catalogue: {error}").into())
        })?;
        Ok(Self { memory, signal, thread: Mutex::new(Some(thread)) })
    }

    /// Has this instance follow the changes at once: somebody has just written one.
    pub fn wake(&self) {
        self.signal.wake();
    }

    pub fn memory(&self) -> Arc<Memory> {
        self.memory.clone()
    }

    /// Ends the thread.
    pub fn close(&self) {
        self.signal.stop();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the catalogue's thread ended in a panic");
        }
    }

    /// The memory, if it is true for today without waiting.
    pub fn of_today(&self, world: &World) -> Option<&Memory> {
        self.memory.is_of_today(world.now()).then_some(&*self.memory)
    }

    /// The memory as it is, true for today and not before a change the reader has named.
    pub async fn current(&self, world: &World, at_least: Option<Seq>) -> Result<&Memory, CatalogueError> {
        let now = world.now();
        if !self.memory.is_of_today(now) {
            let today = now.local_day();
            self.wake();
            if !self.reached(MIDNIGHT, |head| head.day >= today).await {
                self.memory.expire(today);
            }
        }
        if let Some(seq) = at_least.filter(|seq| *seq > self.memory.head().seq) {
            self.wake();
            let credible = seq <= self.memory.head().seq.plus(FAR_AHEAD);
            if !credible || !self.reached(AT_LEAST, |head| head.seq >= seq).await {
                return Err(CatalogueError::NotYet(seq));
            }
        }
        Ok(&self.memory)
    }

    /// Waits until this instance has heard of a change that a reader of the log has seen, perhaps through another. If it
    /// does not come, there is no such change, as far as the database can be asked.
    pub async fn catch_up(&self, seen: Seq) -> Result<(), CatalogueError> {
        let head = self.memory.head().seq;
        if seen <= head || seen > head.plus(FAR_AHEAD) {
            return Ok(());
        }
        self.wake();
        match self.reached(CATCH_UP, |head| head.seq >= seen).await || self.signal.follows() {
            true => Ok(()),
            false => Err(CatalogueError::NotYet(seen)),
        }
    }

    /// Waits until the head is where it is wanted, for a while; is it?
    pub async fn reached(&self, most: Duration, is_there: impl Fn(&Head) -> bool) -> bool {
        let mut head = self.memory.follow();
        let there = tokio::time::timeout(most, head.wait_for(is_there)).await;
        matches!(there, Ok(Ok(_)))
    }
}

impl Memory {
    /// Why a product is not shown on the day of the head.
    pub fn absence(&self, product: ProductId) -> CatalogueError {
        let day = self.head().day;
        let absent = self.with_record(product, |record| {
            let ledger = record.ledger()?;
            let absence = presence::Absence::default();
            let (why, state, since) = match (presence::presence(&ledger.history, &absence, day), record.gone)
            {
                (presence::Presence::Gone { why, state, since }, _) => (why, state, since),
                (presence::Presence::Shown { state, .. }, Some(why)) => (why, state, None),
                _ => return None,
            };
            Some(Absent { code: ledger.code, why, state, since, successor: record.successor })
        });
        absent.flatten().map_or(CatalogueError::NotFound, CatalogueError::NotInForce)
    }
}

/// A page of the products in the catalogue.
pub fn list(memory: &Memory, query: &PageQuery<Filter>, facets: bool) -> Result<Listing, CatalogueError> {
    let after: Option<Position> = query.after()?;
    let limit = usize::try_from(query.limit.rows() + 1).unwrap_or_default();
    let asked = index::Query { filter: &query.filter, limit, after: after.as_ref(), facets };
    let found = memory.shelves().index.find(&asked);
    let (rows, next_cursor) = query.cut(found.rows, |(_, at)| at.clone());
    Ok(Listing {
        items: rows.into_iter().map(|(document, _)| document).collect(),
        next_cursor,
        total: found.total,
        facets: found.facets,
        matched: found.matched,
    })
}

/// Products that were found, page by page.
#[derive(Debug)]
pub struct Listing {
    pub items: Vec<Document>,
    pub next_cursor: Option<String>,
    /// On all pages.
    pub total: u64,
    pub facets: Option<index::Facets>,
    /// How the search was understood; `None` without one.
    pub matched: Option<index::Matched>,
}

/// A page of the producers with a product in the catalogue, by name.
pub fn makers(memory: &Memory, query: &PageQuery<MakerFilter>) -> Result<Page<ListedMaker>, CatalogueError> {
    let after: Option<makers::ByName> = query.after()?;
    let rows = usize::try_from(query.limit.rows() + 1).unwrap_or_default();
    let found = memory.shelves().makers.list(&query.filter, after, rows);
    let (found, next_cursor) = query.cut(found, |(name, _)| name.clone());
    let items = found.into_iter().map(|(_, maker)| maker).collect();
    Ok(Page { items, next_cursor })
}

/// A producer that has a product in the catalogue, with its first hundred of them by name.
pub fn find_maker(
    memory: &Memory,
    id: OrganisationId,
) -> Result<(ListedMaker, Vec<Document>), CatalogueError> {
    let maker = memory.shelves().makers.find(id).ok_or(CatalogueError::NotFound)?;
    let filter = Filter { producer: Some(id), sort: ProductSort::Name, ..Filter::default() };
    let products = list(memory, &PageQuery { filter, limit: Limit::MOST, cursor: None }, false)?;
    Ok((maker, products.items))
}

/// What the ledger says of the product with this printed code on a day, today unless told. A product of which nothing
/// was ever certified is not known here.
pub fn verify(memory: &Memory, code: ProductCode, on: Option<Day>) -> Result<Verification, CatalogueError> {
    let record = memory.ledger_of_code(code).ok_or(CatalogueError::NotFound)?;
    let today = memory.head().day;
    Ok(Verification::new(record, on.unwrap_or(today), today))
}

/// Those of the given products that may be enquired about on `today`, with the name of their producer; in no order, each
/// once.
pub fn offered(
    conn: &mut Conn,
    reference: &Reference,
    products: &[ProductId],
    today: Day,
) -> QueryResult<Vec<Offered>> {
    let rows = store::offered(conn, products, today)?.into_iter();
    let offers = rows.map(|(product, product_name, maker, (stars, taxonomy, group))| Offered {
        product,
        producer: maker.id,
        product_name,
        producer_name: maker.name(reference),
        stars,
        group: group.map(|group| (taxonomy, group)),
    });
    Ok(offers.collect())
}
