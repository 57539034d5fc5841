//! `DELETE /v1/listings/{id}/draft`.

use super::views::ListingView;
use crate::app::App;
use crate::auth::{ListingsWrite, Scoped};
use crate::db::Conn;
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Path, Problem};
use crate::listings;
use crate::products::ProductId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete};

/// Throw a draft away.
///
/// By owners and editors of the producer. What buyers see stays as it is, and so does what was handed in. `If-Match` must
/// carry the ETag of the listing as it was read.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("If-Match" = String, Header, description = "`ETag` of the listing as the caller last read it"),
    ),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 204, description = "Thrown away"),
        (status = 409, description = "There is nothing in the draft (`not_possible_now`)", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since it was read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[delete("/v1/listings/{id}/draft")]
pub async fn delete_listing_draft(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsWrite>,
    id: Path<ProductId>,
) -> Result<HttpResponse, Problem> {
    let seen = IfMatch::of(&req).required()?;
    let world = app.world.clone();
    let discard = move |conn: &mut Conn| {
        let mut known = listings::open_as_producer(conn, &by.caller, id.0)?;
        seen.check(&ListingView::from(&known))?;
        listings::discard_draft(conn, &world, &by.caller, &mut known).map_err(Problem::from)
    };
    app.db.write(discard).await?;
    Ok(HttpResponse::NoContent().finish())
}
