//! `POST /v1/images` and `GET /v1/images/{id}`.

use super::{OwnerQuery, StoredImage, sending};
use crate::app::App;
use crate::auth::{ListingsRead, ListingsWrite, Scoped};
use crate::files::FileContent;
use crate::http::problem::ProblemDocument;
use crate::http::{Path, Problem, Query, reply};
use crate::media::{self, ImageId};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, get, post};
use utoipa::ToSchema;

/// A form with the picture in it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read part by part; this describes it")]
struct PictureForm {
    /// The one part, whatever it is called.
    #[schema(value_type = String, format = Binary)]
    file: FileContent,
}

/// Store a picture.
///
/// The body is the picture itself, or a form with it as its only part: a JPEG, PNG or WebP of at most 25 MB, whose first bytes say
/// what it is. A JPEG may have 200 megapixels, as telephones make them; a PNG, a WebP or a progressive JPEG 25. It is turned the way
/// up its camera says, brought to sRGB and encoded anew in three sizes, each as WebP and as JPEG; what was sent, with
/// the place and time that cameras write into it, is not kept. By editors of the organisation and officers of its
/// province. The same picture again is the same image: 200. One that no listing names for 30 days is forgotten.
#[utoipa::path(
    tag = "media",
    params(
        OwnerQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it gets the same answer"),
    ),
    request_body(content(
        (inline(FileContent) = "image/jpeg"),
        (inline(FileContent) = "image/png"),
        (inline(FileContent) = "image/webp"),
        (inline(FileContent) = "application/octet-stream"),
        (inline(PictureForm) = "multipart/form-data"),
    )),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 200, description = "The organisation has an image of it already; `Location` says where", body = StoredImage),
        (status = 201, description = "It is stored; `Location` says where", body = StoredImage),
        (status = 404, description = "There is no such organisation, or it is not yours to see", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "A request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 410, description = "The organisation has become one with another", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/images")]
pub async fn create_image(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<ListingsWrite>,
    query: Query<OwnerQuery>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let in_form = sending::comes_in_form(&req)?;
    let (caller, named) = (by.caller.clone(), query.0.organisation);
    let organisation = app.db.read(move |conn| media::owner(conn, &caller, named)).await?;
    let allowance = app.limits.images.check(&by.caller.key())?;
    let spooled = sending::spooled(&app, &req, payload.into_inner(), in_form).await?;
    let bound = spooled.sha256.as_str().as_bytes().to_vec();
    let mut response = sending::stored(&app, &req, by.caller, organisation, (spooled, bound)).await?;
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}

/// Read an image.
///
/// For whoever stored it, the members of its organisation and the officers of its province. Its renditions are public: they are
/// found where a listing that is shown names them.
#[utoipa::path(
    tag = "media",
    params(("id" = ImageId, Path, description = "The image's id")),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "The image", body = StoredImage))
)]
#[get("/v1/images/{id}")]
pub async fn get_image(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsRead>,
    id: Path<ImageId>,
) -> Result<HttpResponse, Problem> {
    let image = app.db.snapshot(move |conn| media::read(conn, &by.caller, id.0)).await?;
    reply::private(&req, &StoredImage::from(image))
}
