//! The catalogue: what the public sees today.
//!
//! A product is in the catalogue while a certification of it is *in force*: from the day of the decision to the end of
//! the last local day that the ledger gives it ([`certifications.shown_until`](crate::certification)). Nothing has to
//! run at midnight: every question carries the day it is asked on, and the day decides.
//!
//! | Use case | Answers |
//! |---|---|
//! | [`list`], [`find`] | products in force, filtered, searched, ordered, page by page |
//! | [`makers`], [`find_maker`] | their producers |
//! | [`verify`] | is what the pack says true, today or on another day; this one also tells of the past |
//! | [`offered`] | which of some products may be enquired about today |
//!
//! This first form reads SQL. Callers see only the functions and types of this module, so that a catalogue in memory
//! can take the place of [`store`] without their noticing; cursors are opaque for the same reason.

mod facets;
pub mod http;
pub mod index;
mod model;
mod query;
mod search;
mod store;
mod verification;

pub use facets::{CERTIFICATES, Certificates, Months, PriceBand};
pub use model::*;
pub use query::{Page, PageQuery};
pub use search::Search;
pub use verification::{Standing, Verification, Verified};

use crate::app::App;
use crate::certification;
use crate::certification::ledger::Certification;
use crate::certification::model::State;
use crate::db::{Conn, Day, Failure};
use crate::http::Problem;
use crate::http::page::Limit;
use crate::organisations::OrganisationId;
use crate::products::{ProductCode, ProductId};
use crate::reference::Reference;
use crate::vietnamese;
use diesel::result::QueryResult;

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
    #[error("certified once, but not in force: {} since {since}", state.as_str())]
    NotInForce {
        code: ProductCode,
        state: State,
        /// First day on which it was not in force any more.
        since: Day,
    },
}

crate::db_errors!(CatalogueError);

/// A page of the products in force today.
pub async fn list(app: &App, query: PageQuery<Filter>) -> Result<Page<Listed>, CatalogueError> {
    let today = app.world.today();
    let after: Option<Position> = query.after()?;
    app.db.snapshot(move |conn| page_of(conn, &query, after.as_ref(), today)).await
}

fn page_of(
    conn: &mut Conn,
    query: &PageQuery<Filter>,
    after: Option<&Position>,
    as_of: Day,
) -> Result<Page<Listed>, CatalogueError> {
    let found = match &query.filter.search {
        Some(search) if search.is_hopeless() => Vec::new(),
        _ => store::positions(conn, &query.filter, after, query.limit.rows() + 1, as_of)?,
    };
    let (found, next_cursor) = query.cut(found, |(_, at)| at.clone());
    let items = store::of_positions(conn, &found, as_of)?;
    Ok(Page { items, next_cursor, as_of })
}

/// A product in force today; one that was and is not any more says so.
pub async fn find(app: &App, product: ProductId) -> Result<Detail, CatalogueError> {
    let today = app.world.today();
    let detail = move |conn: &mut Conn| match store::find(conn, product, today)? {
        Some(listed) => {
            let of_producer = store::count_of_producer(conn, listed.producer.id, today)?;
            Ok(Detail { listed, of_producer })
        }
        None => Err(why_absent(conn, product, today)?),
    };
    app.db.snapshot(detail).await
}

fn why_absent(conn: &mut Conn, product: ProductId, today: Day) -> QueryResult<CatalogueError> {
    let history = certification::of_products(conn, &[product])?;
    let mut started = history.iter().map(Certification::ledger).filter_map(|ledger| {
        let state = ledger.state_on(today)?;
        Some((ledger, state))
    });
    let (Some((ledger, state)), Some(code)) = (started.next(), store::code_of(conn, product)?) else {
        return Ok(CatalogueError::NotFound);
    };
    let since = ledger.shown_until().map_or(ledger.decided_on, |last| last.plus_days(1));
    Ok(CatalogueError::NotInForce { code, state, since })
}

/// A page of the producers with a product in force today, by name.
pub async fn makers(app: &App, query: PageQuery<MakerFilter>) -> Result<Page<ListedMaker>, CatalogueError> {
    let today = app.world.today();
    let after: Option<ByName> = query.after()?;
    let reference = app.reference.clone();
    let page = move |conn: &mut Conn| {
        let found = store::makers(conn, &query.filter, None, today)?;
        let mut named = by_name(found, query.filter.search.as_ref(), &reference);
        named.retain(|(name, _)| after.as_ref().is_none_or(|after| name > after));
        let (named, next_cursor) = query.cut(named, |(name, _)| name.clone());
        let items = named.into_iter().map(|(_, maker)| maker).collect();
        Ok(Page { items, next_cursor, as_of: today })
    };
    app.db.snapshot(page).await
}

/// Where a producer stands in the list: its name's sort key, then its id.
type ByName = (String, String);

/// In the order of the names everybody may read. Those stand in no column (many producers are told by form and place),
/// so they are ordered here and not in SQL.
fn by_name(
    makers: Vec<ListedMaker>,
    search: Option<&Search>,
    reference: &Reference,
) -> Vec<(ByName, ListedMaker)> {
    let mut named: Vec<_> = makers
        .into_iter()
        .map(|listed| (listed.maker.name(reference), listed))
        .filter(|(name, _)| search.is_none_or(|search| search.matches(name)))
        .map(|(name, listed)| ((vietnamese::sort_key(&name), listed.maker.id.to_string()), listed))
        .collect();
    named.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    named
}

/// A producer that has a product in force today, with its first hundred of them by name.
pub async fn find_maker(
    app: &App,
    id: OrganisationId,
) -> Result<(ListedMaker, Page<Listed>), CatalogueError> {
    let today = app.world.today();
    let filter = Filter { producer: Some(id), sort: ProductSort::Name, ..Filter::default() };
    let query = PageQuery { filter, limit: Limit::MOST, cursor: None };
    let maker = move |conn: &mut Conn| {
        let found = store::makers(conn, &MakerFilter::default(), Some(id), today)?;
        let maker = found.into_iter().next().ok_or(CatalogueError::NotFound)?;
        Ok((maker, page_of(conn, &query, None, today)?))
    };
    app.db.snapshot(maker).await
}

/// What the ledger says of the product with this printed code on a day, today unless told. A product of which nothing
/// was ever certified is not known here.
pub async fn verify(app: &App, code: ProductCode, on: Option<Day>) -> Result<Verification, CatalogueError> {
    let today = app.world.today();
    let verification = move |conn: &mut Conn| {
        let (id, name, maker) = store::by_code(conn, code)?.ok_or(CatalogueError::NotFound)?;
        let history = certification::of_products(conn, &[id])?;
        if history.is_empty() {
            return Err(CatalogueError::NotFound);
        }
        let product = Verified { id, code, name, maker };
        Ok(Verification::new(product, history, on.unwrap_or(today), today))
    };
    app.db.snapshot(verification).await
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
    let offers = rows.map(|(product, product_name, maker)| Offered {
        product,
        producer: maker.id,
        product_name,
        producer_name: maker.name(reference),
    });
    Ok(offers.collect())
}
