//! `GET /v1/listing-change-sets` and `GET /v1/listing-change-sets/{id}`.

use super::views::{ListingChangeSet, ListingChangeSetDetail};
use crate::app::App;
use crate::auth::{ListingsRead, Scoped};
use crate::db::Conn;
use crate::http::page::{self, Cursor, Limit};
use crate::http::{Path, Problem, Query, reply};
use crate::input::Faults;
use crate::say::Language;
use crate::sheets::{self, ChangeSetId};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListListingChangeSets {
    /// Rows of a page, 1 to 100.
    #[deserr(default)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100, default = 20)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// A page of sets of changes, the latest first.
#[derive(Debug, Serialize, ToSchema)]
struct ListingChangeSetPage {
    items: Vec<ListingChangeSet>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List what workbooks have changed.
///
/// The sets of changes that have done something to a listing the caller may read, the latest first.
#[utoipa::path(
    tag = "listings",
    params(ListListingChangeSets),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "A page of sets", body = ListingChangeSetPage))
)]
#[get("/v1/listing-change-sets")]
pub async fn list_listing_change_sets(
    app: Data<App>,
    req: HttpRequest,
    language: Language,
    by: Scoped<ListingsRead>,
    query: Query<ListListingChangeSets>,
) -> Result<HttpResponse, Problem> {
    let ListListingChangeSets { limit, cursor } = query.0;
    let before: Option<ChangeSetId> = match cursor {
        Some(cursor) => {
            let id: String = cursor.open(LIST)?;
            Some(ChangeSetId::parse(&id).map_err(|_| page::wrong_cursor())?)
        }
        None => None,
    };
    let list = move |conn: &mut Conn| sheets::list(conn, &by.caller, before, limit.rows());
    let sets = app.db.snapshot(list).await.map_err(|error| error.problem(language))?;
    let (sets, next_cursor) = page::cut(sets, limit, LIST, |set| set.id.to_string());
    let page = ListingChangeSetPage { items: sets.iter().map(ListingChangeSet::from).collect(), next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

/// What cursors of this list are bound to.
const LIST: &str = "listing-change-sets";

/// Read a set of changes.
///
/// What it does to each listing that the caller may read, field by field, before and after.
#[utoipa::path(
    tag = "listings",
    params(("id" = ChangeSetId, Path, description = "The set's id")),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "The set", body = ListingChangeSetDetail))
)]
#[get("/v1/listing-change-sets/{id}")]
pub async fn get_listing_change_set(
    app: Data<App>,
    req: HttpRequest,
    language: Language,
    by: Scoped<ListingsRead>,
    id: Path<ChangeSetId>,
) -> Result<HttpResponse, Problem> {
    let find = move |conn: &mut Conn| sheets::find(conn, &by.caller, id.0);
    let (set, edits) = app.db.snapshot(find).await.map_err(|error| error.problem(language))?;
    reply::private(&req, &ListingChangeSetDetail::new(&set, edits))
}
