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

pub mod http;
mod model;
mod query;
mod search;
mod store;
mod verification;

pub use model::*;
pub use query::{ListQuery, MakersQuery, Page};
pub use search::Search;
pub use verification::{Standing, Verification, Verified};

use crate::app::App;
use crate::certification;
use crate::certification::ledger::Certification;
use crate::certification::model::State;
use crate::db::{Conn, Day, Failure};
use crate::http::Problem;
use crate::http::page::{self, Cursor, Limit};
use crate::organisations::{OrganisationId, display_name};
use crate::products::{ProductCode, ProductId};
use crate::reference::Reference;
use crate::vietnamese;
use diesel::Connection;
use diesel::result::QueryResult;
use std::collections::HashMap;

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
pub async fn list(app: &App, query: &ListQuery) -> Result<Page<Listed>, CatalogueError> {
    let today = app.world.today();
    let fingerprint = query.fingerprint();
    let after = match &query.cursor {
        Some(cursor) => Some(open_position(cursor, &fingerprint)?),
        None => None,
    };
    if query.filter.search.as_ref().is_some_and(Search::is_hopeless) {
        return Ok(Page { items: Vec::new(), next_cursor: None, as_of: today });
    }
    let ListQuery { filter, sort, limit, .. } = query.clone();
    app.db
        .read(move |conn| {
            conn.transaction(|conn| {
                let rows = limit.rows() + 1;
                let found = store::positions(conn, &filter, sort, after.as_ref(), rows, today)?;
                let (found, next_cursor) = page::cut(found, limit, &fingerprint, |(_, at)| at.seal());
                let items = store::of_positions(conn, &found, today)?;
                Ok(Page { items, next_cursor, as_of: today })
            })
        })
        .await
}

fn open_position(cursor: &Cursor, fingerprint: &str) -> Result<Position, CatalogueError> {
    let sealed = cursor.open(fingerprint).map_err(CatalogueError::Cursor)?;
    Position::unseal(sealed).ok_or_else(|| CatalogueError::Cursor(page::wrong_cursor()))
}

/// A product in force today; one that was and is not any more says so.
pub async fn find(app: &App, product: ProductId) -> Result<Detail, CatalogueError> {
    let today = app.world.today();
    app.db
        .read(move |conn| {
            conn.transaction(|conn| match store::find(conn, product, today)? {
                Some(listed) => {
                    let of_producer = store::count_of_producer(conn, listed.producer.id, today)?;
                    Ok(Detail { listed, of_producer })
                }
                None => Err(why_absent(conn, product, today)?),
            })
        })
        .await
}

fn why_absent(conn: &mut Conn, product: ProductId, today: Day) -> Result<CatalogueError, Failure> {
    let history = certification::of_products(conn, &[product])?;
    let mut started = history.iter().map(Certification::ledger).filter_map(|ledger| {
        let state = ledger.state_on(today)?;
        Some((ledger, state))
    });
    let (Some((ledger, state)), Some(code)) = (started.next(), store::code_of(conn, product)?) else {
        return Ok(CatalogueError::NotFound);
    };
    let since = match ledger.shown_until() {
        Some(last) => last.plus_days(1),
        None => ledger.decided_on,
    };
    Ok(CatalogueError::NotInForce { code, state, since })
}

/// A page of the producers with a product in force today, by name.
pub async fn makers(app: &App, query: &MakersQuery) -> Result<Page<ListedMaker>, CatalogueError> {
    let today = app.world.today();
    let fingerprint = query.fingerprint();
    let after = match &query.cursor {
        Some(cursor) => Some(open_name(cursor, &fingerprint)?),
        None => None,
    };
    let MakersQuery { filter, limit, .. } = query.clone();
    let reference = app.reference.clone();
    app.db
        .read(move |conn| {
            let found = conn.transaction(|conn| store::makers(conn, &filter, None, today))?;
            let mut named = by_name(found, filter.search.as_ref(), &reference);
            if let Some(after) = after {
                named.retain(|(name, _)| *name > after);
            }
            let (named, next_cursor) = page::cut(named, limit, &fingerprint, |(name, _)| name.clone());
            let items = named.into_iter().map(|(_, maker)| maker).collect();
            Ok(Page { items, next_cursor, as_of: today })
        })
        .await
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
        .map(|(name, listed)| {
            let place = (vietnamese::sort_key(&name), listed.maker.id.to_string());
            (place, listed)
        })
        .collect();
    named.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    named
}

fn open_name(cursor: &Cursor, fingerprint: &str) -> Result<ByName, CatalogueError> {
    cursor.open(fingerprint).map_err(CatalogueError::Cursor)
}

/// A producer with its products in force today, by name.
#[derive(Debug, Clone)]
pub struct MakerDetail {
    pub listed: ListedMaker,
    pub products: Page<Listed>,
}

/// A producer that has a product in force today.
pub async fn find_maker(app: &App, id: OrganisationId) -> Result<MakerDetail, CatalogueError> {
    let today = app.world.today();
    let query = ListQuery {
        filter: Filter { producer: Some(id), ..Filter::default() },
        sort: ProductSort::Name,
        limit: Limit::MOST,
        cursor: None,
    };
    let products = list(app, &query).await?;
    let found = app
        .db
        .read(move |conn| {
            conn.transaction(|conn| store::makers(conn, &MakerFilter::default(), Some(id), today))
                .map_err(CatalogueError::from)
        })
        .await?;
    let listed = found.into_iter().next().ok_or(CatalogueError::NotFound)?;
    Ok(MakerDetail { listed, products })
}

/// What the ledger says of the product with this printed code on a day, today unless told. A product of which nothing
/// was ever certified is not known here.
pub async fn verify(app: &App, code: ProductCode, on: Option<Day>) -> Result<Verification, CatalogueError> {
    let today = app.world.today();
    app.db
        .read(move |conn| {
            conn.transaction(|conn| {
                let (id, name, maker) = store::by_code(conn, code)?.ok_or(CatalogueError::NotFound)?;
                let history = certification::of_products(conn, &[id])?;
                if history.is_empty() {
                    return Err(CatalogueError::NotFound);
                }
                let product = Verified { id, code, name, maker };
                Ok(Verification::new(product, history, on.unwrap_or(today), today))
            })
        })
        .await
}

/// Those of the given products that may be enquired about on `today`, with the name of their producer; in no order, each
/// once.
pub fn offered(conn: &mut Conn, products: &[ProductId], today: Day) -> QueryResult<Vec<Offered>> {
    let rows = store::offered(conn, products, today)?;
    let unnamed = rows.iter().filter(|(_, _, maker)| maker.public_name.is_none());
    let codes: Vec<&String> = unnamed.flat_map(|(_, _, maker)| units_today(maker)).collect();
    let names = match codes.is_empty() {
        true => HashMap::new(),
        false => store::unit_names(conn, &codes)?,
    };
    let tell = |(product, product_name, maker): (_, _, Maker)| {
        let units: Vec<&str> =
            units_today(&maker).filter_map(|code| names.get(code)).map(String::as_str).collect();
        let place = (!units.is_empty()).then(|| units.join(", "));
        Offered {
            product,
            producer: maker.id,
            product_name,
            producer_name: display_name(maker.public_name.as_deref(), maker.entity_type, place.as_deref()),
        }
    };
    Ok(rows.into_iter().map(tell).collect())
}

fn units_today(maker: &Maker) -> impl Iterator<Item = &String> {
    maker.place.commune.iter().chain(&maker.place.province)
}
