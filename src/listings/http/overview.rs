//! `GET /v1/listings`.

use super::views::WaitingSubmission;
use crate::app::App;
use crate::auth::{ListingsRead, Scoped};
use crate::db::{Conn, Instant};
use crate::http::page::{self, Cursor, Limit};
use crate::http::{Code, Problem, Query, reply};
use crate::input::Faults;
use crate::listings::overview::{self, Overviewed};
use crate::listings::{Field, ListingFilter, ListingReview, ListingStatus};
use crate::organisations::OrganisationId;
use crate::products::ProductId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, deserr::Deserr, IntoParams)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct ListListings {
    /// Only those of this producer.
    #[deserr(default)]
    producer: Option<OrganisationId>,
    /// Only those that are shown, or withdrawn.
    #[deserr(default)]
    status: Option<ListingStatus>,
    /// Only those of which something waits for an officer, is in a draft, or neither.
    #[deserr(default)]
    review: Option<ListingReview>,
    /// Rows of a page: 1 to 100, 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// A listing in a list.
#[derive(Debug, Serialize, ToSchema)]
struct ListingRow {
    product_id: ProductId,
    #[schema(example = "Bánh cáy truyền thống")]
    product_name: String,
    producer_id: OrganisationId,
    status: ListingStatus,
    /// Counts the contents there have been; 0: nothing has been said yet.
    #[schema(minimum = 0, example = 3)]
    version: i64,
    review: ListingReview,
    /// The fields that are being worked on.
    draft_fields: Vec<Field>,
    /// What was handed in and waits for an officer; `null`: nothing.
    submission: Option<WaitingSubmission>,
    /// `null` as long as nothing has been said.
    updated_at: Option<Instant>,
}

impl From<Overviewed> for ListingRow {
    fn from(Overviewed { product, listing, drafted, waiting }: Overviewed) -> Self {
        let listing = listing.as_ref();
        Self {
            product_id: product.id,
            product_name: product.name,
            producer_id: product.producer,
            status: listing.map_or(ListingStatus::Published, |listing| listing.status),
            version: listing.map_or(0, |listing| listing.version),
            review: ListingReview::of(!drafted.is_empty(), waiting.is_some()),
            draft_fields: drafted,
            submission: waiting.as_ref().map(WaitingSubmission::from),
            updated_at: listing.map(|listing| listing.updated_at),
        }
    }
}

/// A page of listings, in the order in which their products came.
#[derive(Debug, Serialize, ToSchema)]
struct ListingPage {
    items: Vec<ListingRow>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List listings.
///
/// Those of the caller's organisations, and those an officer's province has; administrators see all. What is public of them
/// stands in the catalogue.
#[utoipa::path(
    tag = "listings",
    params(ListListings),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "A page of listings", body = ListingPage))
)]
#[get("/v1/listings")]
pub async fn list_listings(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsRead>,
    query: Query<ListListings>,
) -> Result<HttpResponse, Problem> {
    let ListListings { producer, status, review, limit, cursor } = query.0;
    let filter = ListingFilter { producer, status, review };
    let bound_to = format!("{filter:?}");
    let after = cursor.map(|cursor| cursor.open::<String>(&bound_to)).transpose()?;
    let after = after.map(|id| ProductId::parse(&id)).transpose();
    let after = after.map_err(|_| Problem::new(Code::InvalidCursor))?;
    let read = move |conn: &mut Conn| overview::list(conn, &by.caller, &filter, after, limit.rows() + 1);
    let found = app.db.snapshot(read).await?;
    let (found, next_cursor) = page::cut(found, limit, &bound_to, |row| row.product.id.to_string());
    let page = ListingPage { items: found.into_iter().map(ListingRow::from).collect(), next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}
