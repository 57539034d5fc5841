//! `POST /v1/listings/{id}/withdrawals` and `DELETE /v1/listings/{id}/withdrawals/current`.

use super::views::ListingView;
use crate::app::App;
use crate::auth::{ListingsWrite, Scoped};
use crate::db::Conn;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::{Path, Problem, reply};
use crate::listings;
use crate::products::ProductId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, post};

/// Withdraw a product from the catalogue.
///
/// It is no longer shown, cannot be enquired about, and leaves the catalogue with the reason `withdrawn`; its
/// certification stays what it is, and so does the answer to its printed code. By owners and editors of the producer and
/// by officers of the province. Withdrawn again it answers 409: nothing has changed then.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it gets the same answer"),
    ),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 201, description = "Withdrawn: the listing as it is now; `Catalogue-Seq` is the change that shows it", body = ListingView),
        (status = 409, description = "It is withdrawn already (`already_withdrawn`), or a request with the same key is \
            still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "The key was used for another request", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/listings/{id}/withdrawals")]
pub async fn create_listing_withdrawal(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsWrite>,
    id: Path<ProductId>,
) -> Result<HttpResponse, Problem> {
    let (world, actor, id) = (app.world.clone(), by.caller.key(), id.0);
    let effect = move |conn: &mut Conn| {
        let mut known = listings::open(conn, &by.caller, id)?;
        let seq = listings::withdraw(conn, &world, &by.caller, &mut known)?;
        let location = format!("/v1/listings/{id}");
        Ok::<_, Problem>(Answer::created(location, &ListingView::from(&known))?.announced(seq))
    };
    idempotency::once(&app, &req, Need::Optional, &actor, &[], effect).await
}

/// Restore a withdrawn product.
///
/// It is shown again, as long as a certification of it is in force. Answers 404 if it is not withdrawn.
#[utoipa::path(
    tag = "listings",
    params(("id" = ProductId, Path, description = "The product's id")),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses((status = 204, description = "Restored; `Catalogue-Seq` is the change that shows it"))
)]
#[delete("/v1/listings/{id}/withdrawals/current")]
pub async fn delete_listing_withdrawal(
    app: Data<App>,
    by: Scoped<ListingsWrite>,
    id: Path<ProductId>,
) -> Result<HttpResponse, Problem> {
    let world = app.world.clone();
    let restore = move |conn: &mut Conn| {
        let mut known = listings::open(conn, &by.caller, id.0)?;
        listings::restore(conn, &world, &by.caller, &mut known)
    };
    let seq = app.db.write(restore).await?;
    Ok(reply::announced(&app, HttpResponse::NoContent().finish(), seq))
}
