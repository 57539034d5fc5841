//! `GET` and `PATCH /v1/listings/{id}`.

use super::views::ListingView;
use crate::app::App;
use crate::auth::{ListingsRead, ListingsWrite, Scoped};
use crate::db::Conn;
use crate::http::extract::Flag;
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::listings::{self, Cause, ContentPatch};
use crate::products::ProductId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch};
use utoipa::IntoParams;

/// Read a listing.
///
/// What its producer and the officers of its province see of a product: all that is said of it, documents, and whether it is
/// withdrawn. The id is the product's. A product of which nothing has been said yet has an empty listing. The `ETag` is
/// what `If-Match` of a change needs.
#[utoipa::path(
    tag = "listings",
    params(("id" = ProductId, Path, description = "The product's id")),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "The listing", body = ListingView))
)]
#[get("/v1/listings/{id}")]
pub async fn get_listing(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsRead>,
    id: Path<ProductId>,
) -> Result<HttpResponse, Problem> {
    let known = app.db.snapshot(move |conn| listings::read(conn, &by.caller, id.0)).await?;
    reply::private(&req, &ListingView::from(&known))
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct UpdateListing {
    /// Check everything and write nothing: the answer is what it would be.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub validate_only: Flag,
}

/// Change a listing.
///
/// JSON merge patch (RFC 7396) of what is said of the product, by owners and editors of the producer and by officers of the
/// province. What officers change buyers see at once. Of a producer's changes buyers see at once what is its own word
/// (prices, quantities, season, delivery, payment), and if the producer is verified what does little harm (storage, use,
/// videos, packs, export markets); the rest is gathered in `draft`, which is handed in at
/// `/v1/listings/{id}/submissions` for an officer to decide on. A producer's patch is read over the listing with its draft;
/// a field that is as buyers see it leaves the draft. `If-Match` must carry the ETag of what was read. `Catalogue-Seq` is the
/// change that shows it to buyers; it is absent if they see what they saw before.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        UpdateListing,
        ("If-Match" = String, Header, description = "`ETag` of the listing as the caller last read it"),
    ),
    request_body = ContentPatch,
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 200, description = "The listing as it is now, or with `validate_only` as it would be", body = ListingView),
        (status = 412, description = "It has changed since it was read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[patch("/v1/listings/{id}")]
pub async fn update_listing(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsWrite>,
    id: Path<ProductId>,
    query: Query<UpdateListing>,
    body: Json<serde_json::Value>,
) -> Result<HttpResponse, Problem> {
    let seen = IfMatch::of(&req).required()?;
    let (world, reference, dry) = (app.world.clone(), app.reference.clone(), query.0.validate_only.0);
    let make = move |conn: &mut Conn| {
        let mut known = listings::open(conn, &by.caller, id.0)?;
        seen.check(&ListingView::from(&known))?;
        let said = known.content_for(&by.caller);
        let patch = ContentPatch::read(body.value, &said).map_err(Problem::invalid_body)?;
        if dry {
            let preview = listings::preview(conn, &world, &reference, &by.caller, known, patch)?;
            return Ok((ListingView::from(&preview), None));
        }
        let edited =
            listings::edit(conn, &world, &reference, &by.caller, &mut known, (patch, Cause::Edited))?;
        Ok::<_, Problem>((ListingView::from(&known), edited.seq))
    };
    let (view, seq) = app.db.write(make).await?;
    let response = reply::private(&req, &view)?;
    Ok(match seq {
        Some(seq) => reply::announced(&app, response, seq),
        None => response,
    })
}
