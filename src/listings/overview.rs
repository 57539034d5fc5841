//! The listings somebody has to do with: of the caller's organisations, and of the caller's office.

use super::store::{self, overview::Office, overview::Scope};
use super::{Field, Listing, ListingError, ListingFilter, Submission};
use crate::accounts::Role;
use crate::auth::Caller;
use crate::db::Conn;
use crate::products::{self, Product, ProductId};
use std::collections::HashMap;

/// A listing in a list.
#[derive(Debug)]
pub struct Overviewed {
    pub product: Product,
    pub listing: Option<Listing>,
    /// The fields that are being worked on.
    pub drafted: Vec<Field>,
    pub waiting: Option<Submission>,
}

fn scope_of(caller: &Caller) -> Scope {
    let office = match &caller.role {
        Role::Admin => Some(Office::Country),
        Role::Officer { province } => Some(Office::Province(province.clone())),
        Role::Member => None,
    };
    Scope { producers: caller.organisations(), office }
}

/// In the order in which their products came, from after one.
pub fn list(
    conn: &mut Conn,
    caller: &Caller,
    filter: &ListingFilter,
    after: Option<ProductId>,
    rows: i64,
) -> Result<Vec<Overviewed>, ListingError> {
    let ids = store::overview::page(conn, &scope_of(caller), filter, after, rows)?;
    let mut products = products::by_ids(conn, &ids)?;
    products.sort_unstable_by_key(|product| product.id);
    let mut listings = super::of_products(conn, &ids)?;
    let mut drafts = store::drafts::of_products(conn, &ids)?;
    let waiting = store::submissions::waiting_of(conn, &ids)?;
    let mut waiting: HashMap<ProductId, Submission> =
        waiting.into_iter().map(|submission| (submission.product, submission)).collect();
    let overviewed = |product: Product| Overviewed {
        listing: listings.remove(&product.id),
        drafted: drafts.remove(&product.id).map(|draft| draft.fields()).unwrap_or_default(),
        waiting: waiting.remove(&product.id),
        product,
    };
    Ok(products.into_iter().map(overviewed).collect())
}
