//! `POST /v1/image-imports`.

use super::{OwnerQuery, StoredImage, sending};
use crate::app::App;
use crate::auth::{ListingsWrite, Scoped};
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, Query};
use crate::input::Faults;
use crate::media::{self, MOST_ADDRESS, MediaError, NotFetched, fetching};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use deserr::Deserr;
use url::Url;
use utoipa::ToSchema;

/// A picture that stands somewhere.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewImageImport {
    /// `http` or `https`, without port, user and password, with a name as its host.
    #[schema(max_length = 2000, example = "https://anh.example.vn/banh-cay.jpg")]
    url: String,
}

/// Fetch a picture.
///
/// The service fetches it from a public address, within 30 seconds and over three redirects at most, and makes an image of it as if it
/// had been sent to `POST /v1/images`. Addresses that lead into a network that is not public are refused; whatever is the
/// matter with an address, the answer is the same. Make sure that you may use the picture: `licence` and `credit` of a
/// listing's images say so.
#[utoipa::path(
    tag = "media",
    params(
        OwnerQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it gets the same answer"),
    ),
    request_body = NewImageImport,
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 200, description = "The organisation has an image of it already; `Location` says where", body = StoredImage),
        (status = 201, description = "It is stored; `Location` says where", body = StoredImage),
        (status = 404, description = "There is no such organisation, or it is not yours to see", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "A request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 410, description = "The organisation has become one with another", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Nothing could be fetched from there (`not_fetched` at `/url`), or it is no picture (`unreadable_file`)", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/image-imports")]
pub async fn create_image_import(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<ListingsWrite>,
    query: Query<OwnerQuery>,
    body: Json<NewImageImport>,
) -> Result<HttpResponse, Problem> {
    let Json { value: NewImageImport { url }, raw } = body;
    let (caller, named) = (by.caller.clone(), query.0.organisation);
    let organisation = app.db.read(move |conn| media::owner(conn, &caller, named)).await?;
    let allowance = app.limits.images.check(&by.caller.key())?;
    let url = (url.len() <= MOST_ADDRESS).then(|| Url::parse(&url).ok()).flatten();
    let url = url.ok_or(MediaError::NotFetched(NotFetched::Forbidden))?;
    let spooled =
        fetching::fetch(&app.world, url, &app.media.spool_dir).await.map_err(|error| match error {
            NotFetched::Spool(error) => MediaError::NoRoom(error),
            error => MediaError::NotFetched(error),
        })?;
    let mut response = sending::stored(&app, &req, by.caller, organisation, (spooled, raw.to_vec())).await?;
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}
