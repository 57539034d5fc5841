//! Requests and answers of successions.

use super::{NewSuccession, ProductId, SuccessionError, SuccessionKind, delete_succession, succeed};
use crate::app::App;
use crate::auth::Officer;
use crate::db::{Conn, Instant};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::{Code, Json, Path, Problem, reply};
use crate::input::Faults;
use crate::say;
use crate::say::Say;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, post};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config.service(create_product_succession).service(delete_product_succession);
}

impl From<SuccessionError> for Problem {
    fn from(error: SuccessionError) -> Self {
        match error {
            SuccessionError::NotFound => Self::not_found(),
            SuccessionError::NotSucceeded => Self::not_found().detail(Say::new(
                "Chưa có sản phẩm nào thay thế sản phẩm này.",
                "Nothing has taken the place of this product.",
            )),
            SuccessionError::OutsideProvince => Self::new(Code::Forbidden).detail(Say::new(
                "Cả hai sản phẩm phải thuộc tỉnh của bạn hiện nay.",
                "Both products must be in your province of today.",
            )),
            SuccessionError::AlreadySucceeded(successor) => Self::new(Code::AlreadySucceeded)
                .detail(say!(
                    "Sản phẩm này đã được sản phẩm {successor} thay thế.",
                    "Product {successor} has taken the place of this one already."
                ))
                .with("successor_id", successor),
            SuccessionError::Invalid(faults) => Self::invalid_body(faults),
            SuccessionError::Db(failure) => failure.into(),
        }
    }
}

/// What takes the place of a product.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewProductSuccession {
    /// The product that goes on; it must be in the officer's province, and have no successor itself.
    successor_id: ProductId,
    /// `merged_into`: one product was recorded twice. `superseded`: it was renewed under another name.
    kind: SuccessionKind,
}

/// What has taken the place of a product.
#[derive(Debug, Serialize, ToSchema)]
struct ProductSuccession {
    product_id: ProductId,
    successor_id: ProductId,
    kind: SuccessionKind,
    recorded_at: Instant,
}

/// Record that another product has taken the place of this one.
///
/// The product leaves the catalogue with this reason, and followers of the changes learn its successor. Its
/// certifications, leads and printed code stay its own, so that the succession can be taken back. For officers of the
/// province of both products.
#[utoipa::path(
    tag = "certification",
    params(
        ("id" = ProductId, Path, description = "The product whose place is taken"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it is recorded once"),
    ),
    request_body = NewProductSuccession,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Recorded; `Catalogue-Seq` is the change that shows it", body = ProductSuccession),
        (status = 409, description = "Another product has taken its place already (`already_succeeded`, with \
            `successor_id`), or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/products/{id}/successions")]
pub async fn create_product_succession(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    id: Path<ProductId>,
    body: Json<NewProductSuccession>,
) -> Result<HttpResponse, Problem> {
    let Json { value: input, raw } = body;
    let (world, actor, product_id) = (app.world.clone(), officer.user.to_string(), id.0);
    let new = NewSuccession { successor: input.successor_id, kind: input.kind };
    let effect = move |conn: &mut Conn| {
        let (made, seq) = succeed(conn, &world, &officer, product_id, new)?;
        let view = ProductSuccession {
            product_id,
            successor_id: made.successor,
            kind: made.kind,
            recorded_at: made.recorded_at,
        };
        Ok::<_, Problem>(Answer::created(format!("/v1/products/{product_id}"), &view)?.announced(seq))
    };
    idempotency::once(&app, &req, Need::Optional, &actor, &raw, effect).await
}

/// Take a succession back.
///
/// It was recorded by mistake: the product is shown again, as long as a certification of it is in force. Answers 404 if
/// nothing has taken its place.
#[utoipa::path(
    tag = "certification",
    params(("id" = ProductId, Path, description = "The product whose place was taken")),
    security(("bearer" = [])),
    responses((status = 204, description = "Taken back; `Catalogue-Seq` is the change that shows it"))
)]
#[delete("/v1/products/{id}/successions/current")]
pub async fn delete_product_succession(
    app: Data<App>,
    officer: Officer,
    id: Path<ProductId>,
) -> Result<HttpResponse, Problem> {
    let world = app.world.clone();
    let seq = app.db.write(move |conn| delete_succession(conn, &world, &officer, id.0)).await?;
    Ok(reply::announced(&app, HttpResponse::NoContent().finish(), seq))
}
