//! `GET` and `PATCH /v1/listings/{id}`.

use super::views::ListingView;
use crate::app::App;
use crate::auth::{ListingsRead, ListingsWrite, Scoped};
use crate::db::Conn;
use crate::http::extract::Flag;
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Path, Problem, Query, reply};
use crate::input::{Change, Faults};
use crate::listings::{self, Amount, ListingChange, Price, Season, Volume};
use crate::products::{ProductId, Unit, UnitMeaning};
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch};
use deserr::ValuePointerRef;
use utoipa::{IntoParams, ToSchema};

/// Read a listing.
///
/// What its producer and the officers of its province see of a product: price, season, quantities, documents, and whether it is
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

/// What of a listing changes; a field that is left out stays, `null` clears it.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = price_with_its_unit -> Faults)]
struct ListingPatch {
    /// Lowest wholesale price, in whole đồng; goes together with `price_unit`: both have a value, or both are `null`.
    #[deserr(default)]
    #[schema(value_type = Option<i64>, required = false, minimum = 1, maximum = 1_000_000_000_000_i64, example = 85_000)]
    price_from: Change<Amount>,
    /// What the price is for one of.
    #[deserr(default)]
    #[schema(value_type = Option<UnitMeaning>, required = false)]
    price_unit: Change<Unit>,
    /// The months, 1 to 12, in which it is to be had; `null` or an empty list says nothing of it.
    #[deserr(default)]
    #[schema(value_type = Option<Season>, required = false)]
    season_months: Change<Season>,
    /// The smallest order that is taken: number and unit together.
    #[deserr(default)]
    #[schema(value_type = Option<Volume>, required = false)]
    min_order: Change<Volume>,
    /// What can be made in a month: number and unit together.
    #[deserr(default)]
    #[schema(value_type = Option<Volume>, required = false)]
    monthly_capacity: Change<Volume>,
}

fn price_with_its_unit(patch: ListingPatch, location: ValuePointerRef) -> Result<ListingPatch, Faults> {
    let partner = match (&patch.price_from, &patch.price_unit) {
        (Change::Keep, Change::Keep) | (Change::Clear, Change::Clear) | (Change::Set(_), Change::Set(_)) => {
            return Ok(patch);
        }
        (Change::Keep, _) => "price_from",
        (_, Change::Keep) => "price_unit",
        (Change::Clear, _) => "price_from",
        (_, Change::Clear) => "price_unit",
    };
    let say = Say::new(
        "price_from và price_unit đi cùng nhau: cả hai có giá trị, hoặc cả hai là null.",
        "price_from and price_unit go together: both have a value, or both are null.",
    );
    Err(Faults::located(location.push_key(partner), Invalid::new("goes_together", say)))
}

impl From<ListingPatch> for ListingChange {
    fn from(patch: ListingPatch) -> Self {
        let price = match (patch.price_from, patch.price_unit) {
            (Change::Set(amount), Change::Set(unit)) => Change::Set(Price { amount: amount.get(), unit }),
            (Change::Clear, _) => Change::Clear,
            _ => Change::Keep,
        };
        Self {
            price,
            season: patch.season_months,
            min_order: patch.min_order,
            monthly_capacity: patch.monthly_capacity,
        }
    }
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UpdateListing {
    /// Check everything and write nothing: the answer is what it would be.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    validate_only: Flag,
}

/// Change a listing.
///
/// JSON merge patch (RFC 7396) of price, season, smallest order and monthly capacity, by owners and editors of the producer
/// and by officers of the province. `If-Match` must carry the ETag of what was read. `Catalogue-Seq` is the change that shows it to buyers; it
/// is absent if everything was so already.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        UpdateListing,
        ("If-Match" = String, Header, description = "`ETag` of the listing as the caller last read it"),
    ),
    request_body = ListingPatch,
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
    body: Json<ListingPatch>,
) -> Result<HttpResponse, Problem> {
    let seen = IfMatch::of(&req).required()?;
    let (world, change, dry) = (app.world.clone(), body.value.into(), query.0.validate_only.0);
    let make = move |conn: &mut Conn| {
        let mut known = listings::open(conn, &by.caller, id.0)?;
        seen.check(&ListingView::from(&known))?;
        if dry {
            return Ok((ListingView::from(&listings::preview(&world, known, change)), None));
        }
        let seq = listings::change(conn, &world, &by.caller, &mut known, change)?;
        Ok::<_, Problem>((ListingView::from(&known), seq))
    };
    let (view, seq) = app.db.write(make).await?;
    let response = reply::private(&req, &view)?;
    Ok(match seq {
        Some(seq) => reply::announced(&app, response, seq),
        None => response,
    })
}
