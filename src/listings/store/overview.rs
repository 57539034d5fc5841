//! SQL of the list of listings.

use crate::db::{Conn, MultiBackend};
use crate::listings::{ListingFilter, ListingReview, ListingStatus, SubmissionState};
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use crate::schema::{listing_drafts as drafts, listing_submissions as submissions, listings, products};
use diesel::dsl::not;
use diesel::prelude::*;

/// Whose listings a list holds.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Of these producers…
    pub producers: Vec<OrganisationId>,
    /// …and of this office.
    pub office: Option<Office>,
}

#[derive(Debug, Clone)]
pub enum Office {
    Province(String),
    Country,
}

/// Products, by their ids, in the order in which they came, from after one.
pub fn page(
    conn: &mut Conn,
    scope: &Scope,
    filter: &ListingFilter,
    after: Option<ProductId>,
    rows: i64,
) -> QueryResult<Vec<ProductId>> {
    let mut query =
        products::table.order(products::id).limit(rows).select(products::id).into_boxed::<MultiBackend>();
    let own = products::producer_id.eq_any(scope.producers.clone());
    match &scope.office {
        Some(Office::Country) => {}
        Some(Office::Province(province)) => {
            query = query.filter(own.or(products::province.eq(province.clone()).assume_not_null()));
        }
        None => query = query.filter(own),
    }
    if let Some(producer) = filter.producer {
        query = query.filter(products::producer_id.eq(producer));
    }
    let withdrawn =
        || listings::table.filter(listings::status.eq(ListingStatus::Withdrawn)).select(listings::product_id);
    match filter.status {
        Some(ListingStatus::Withdrawn) => query = query.filter(products::id.eq_any(withdrawn())),
        Some(ListingStatus::Published) => query = query.filter(not(products::id.eq_any(withdrawn()))),
        None => {}
    }
    let waiting = || {
        let waiting = submissions::table.filter(submissions::state.eq(SubmissionState::Waiting));
        products::id.eq_any(waiting.select(submissions::product_id))
    };
    let drafted = || products::id.eq_any(drafts::table.select(drafts::product_id));
    match filter.review {
        Some(ListingReview::Waiting) => query = query.filter(waiting()),
        Some(ListingReview::Draft) => query = query.filter(drafted()).filter(not(waiting())),
        Some(ListingReview::None) => query = query.filter(not(drafted())).filter(not(waiting())),
        None => {}
    }
    if let Some(after) = after {
        query = query.filter(products::id.gt(after));
    }
    query.load(conn)
}
