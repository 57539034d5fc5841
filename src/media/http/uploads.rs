//! Pictures in parts: `POST /v1/uploads`, and `GET` (with `HEAD`), `PATCH` and `DELETE /v1/uploads/{id}`.
//!
//! The headers are those of tus 1.0 (tus.io), so that its clients work as they are; JSON tells the same to others.

use super::{StoredImage, UploadQuery, sending};
use crate::app::App;
use crate::auth::{ListingsWrite, Scoped};
use crate::db::{Conn, Instant};
use crate::files::FileContent;
use crate::http::extract::expect_media_type;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::{Code, Path, Problem, Query, reply};
use crate::media::uploads::{self, NewUpload};
use crate::media::{self, ImageId, MediaError, Upload, UploadId};
use crate::organisations::OrganisationId;
use crate::say;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HttpDate, LOCATION};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use serde::Serialize;
use std::time::{Duration, SystemTime};
use utoipa::ToSchema;

const TUS: HeaderName = HeaderName::from_static("tus-resumable");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const VERSION: &str = "1.0.0";
const PART: &str = "application/offset+octet-stream";

/// A picture that comes in parts.
#[derive(Debug, Serialize, ToSchema)]
struct UploadView {
    id: UploadId,
    /// Whose the image will be.
    organisation_id: OrganisationId,
    /// All of it in bytes.
    #[schema(minimum = 1, example = 8_410_222)]
    size: i64,
    /// How much of it is there: the next part begins here.
    #[schema(minimum = 0, example = 4_194_304)]
    offset: i64,
    /// Until when it is waited for.
    expires_at: Instant,
    /// The image, once all of it is there.
    image_id: Option<ImageId>,
}

impl From<&Upload> for UploadView {
    fn from(upload: &Upload) -> Self {
        Self {
            id: upload.id,
            organisation_id: upload.organisation,
            size: upload.size,
            offset: upload.received,
            expires_at: upload.expires_at(),
            image_id: upload.image,
        }
    }
}

/// A header that is a whole number.
fn number(req: &HttpRequest, name: HeaderName) -> Result<i64, Problem> {
    let value = req.headers().get(&name).and_then(|value| value.to_str().ok());
    let digits = value.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).ok_or_else(|| {
        Problem::new(Code::InvalidHeader).detail(say!(
            "{name} phải là một số nguyên không âm.",
            "{name} must be a whole number, not negative."
        ))
    })
}

/// A client that says which tus it speaks must speak ours.
fn check_version(req: &HttpRequest) -> Result<(), Problem> {
    match req.headers().get(TUS) {
        Some(version) if version.as_bytes() != VERSION.as_bytes() => Err(Problem::new(Code::InvalidHeader)
            .detail(say!("Tus-Resumable phải là {VERSION}.", "Tus-Resumable must be {VERSION}."))),
        _ => Ok(()),
    }
}

/// Tells with an answer how far an upload is.
fn told(mut response: HttpResponse, upload: &Upload) -> HttpResponse {
    let until = u64::try_from(upload.expires_at().unix_seconds()).unwrap_or_default();
    let until = HttpDate::from(SystemTime::UNIX_EPOCH + Duration::from_secs(until)).to_string();
    let headers = response.headers_mut();
    let number = |number: i64| number.to_string();
    for (name, value) in [
        (TUS, VERSION.to_owned()),
        (UPLOAD_OFFSET, number(upload.received)),
        (UPLOAD_LENGTH, number(upload.size)),
        (UPLOAD_EXPIRES, until),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ] {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
    response
}

/// Begin to send a picture in parts.
///
/// For lines that break: say how large the picture is, then send it with `PATCH`, as much at a time as the line carries. The headers are those
/// of tus 1.0 with its extensions creation, expiration and termination, so that its clients work here; `Upload-Metadata` is
/// passed over. What is not whole after 24 hours is forgotten. Twenty may be begun at a time.
#[utoipa::path(
    tag = "media",
    params(
        UploadQuery,
        ("Upload-Length" = i64, Header, minimum = 1, description = "How many bytes the picture has: 25 MB (26,214,400 bytes) at most", example = 8_410_222),
        ("Tus-Resumable" = Option<String>, Header, description = "`1.0.0`", example = "1.0.0"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it is begun once"),
    ),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 201, description = "It is begun; `Location` says where the parts go", body = UploadView),
        (status = 404, description = "There is no such organisation, or it is not yours to see", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "A request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 410, description = "The organisation has become one with another", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "The picture is too large", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "The key was used for another request", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/uploads")]
pub async fn create_upload(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<ListingsWrite>,
    query: Query<UploadQuery>,
) -> Result<HttpResponse, Problem> {
    check_version(&req)?;
    let size = number(&req, UPLOAD_LENGTH)?;
    let most = sending::most_bytes();
    if size == 0 {
        return Err(Problem::new(Code::InvalidHeader)
            .detail(say!("Hình có từ 1 đến {most} byte.", "A picture has from 1 to {most} bytes.")));
    }
    if usize::try_from(size).is_ok_and(|size| size > most) {
        return Err(Problem::new(Code::BodyTooLarge)
            .detail(say!("Hình lớn nhất {most} byte.", "A picture has at most {most} bytes.")));
    }
    let allowance = app.limits.images.check(&by.caller.key())?;
    let (world, actor, UploadQuery { organisation, sha256 }) = (app.world.clone(), by.caller.key(), query.0);
    let effect = move |conn: &mut Conn| {
        let organisation = media::owner(conn, &by.caller, organisation)?;
        let upload = uploads::begin(conn, &world, &by.caller, NewUpload { organisation, size, sha256 })?;
        let location = format!("/v1/uploads/{}", upload.id);
        Answer::created(location, &UploadView::from(&upload))
    };
    let bound = size.to_string().into_bytes();
    let mut response = idempotency::once(&app, &req, Need::Optional, &actor, &bound, effect).await?;
    response.headers_mut().insert(TUS, actix_web::http::header::HeaderValue::from_static(VERSION));
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}

/// See how far an upload is.
///
/// `HEAD` tells the same by its headers alone: `Upload-Offset` is where the next part begins. For whoever began it.
#[utoipa::path(
    tag = "media",
    params(("id" = UploadId, Path, description = "The upload's id")),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses((status = 200, description = "How far it is; `Upload-Offset` and `Upload-Length` say it, too", body = UploadView))
)]
#[get("/v1/uploads/{id}")]
pub async fn get_upload(
    app: Data<App>,
    by: Scoped<ListingsWrite>,
    id: Path<UploadId>,
) -> Result<HttpResponse, Problem> {
    let now = app.world.now();
    let upload = app.db.read(move |conn| uploads::read(conn, &by.caller, id.0, now)).await?;
    Ok(told(reply::answer(&UploadView::from(&upload))?, &upload))
}

/// Send a part of a picture.
///
/// The body is the bytes from `Upload-Offset` on, any number of them. If the line breaks, what has come is kept: ask with `HEAD` how
/// far it is, and go on from there. The last byte makes the image, as `POST /v1/images` does; a picture that is none is
/// forgotten with its parts. Without bytes on an upload that is whole it tells the image again.
#[utoipa::path(
    tag = "media",
    params(
        ("id" = UploadId, Path, description = "The upload's id"),
        ("Upload-Offset" = i64, Header, minimum = 0, description = "Where the part begins: how much is there", example = 0),
        ("Tus-Resumable" = Option<String>, Header, description = "`1.0.0`", example = "1.0.0"),
    ),
    request_body(content((inline(FileContent) = "application/offset+octet-stream"))),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 200, description = "It is whole, and the organisation had an image of it already", body = StoredImage),
        (status = 201, description = "It is whole, and stored; `Location` is the image", body = StoredImage),
        (status = 204, description = "The part is there; `Upload-Offset` is where the next one begins"),
        (status = 409, description = "The part does not begin where the others end (`wrong_offset`), or there are too many \
            (`not_possible_now`)", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[patch("/v1/uploads/{id}")]
pub async fn update_upload(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<ListingsWrite>,
    id: Path<UploadId>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    check_version(&req)?;
    expect_media_type(&req, &[PART])?;
    let offset = number(&req, UPLOAD_OFFSET)?;
    let (now, caller) = (app.world.now(), by.caller.clone());
    let mut upload = app.db.read(move |conn| uploads::read(conn, &caller, id.0, now)).await?;
    if upload.received != offset {
        return Err(MediaError::WrongOffset(upload.received).into());
    }
    // A task of its own: when the line breaks, the request ends, and what has come is kept nevertheless.
    let receiving = uploads::receive(app.clone(), by.caller.clone(), upload.clone(), payload.into_inner());
    let received = actix_web::rt::spawn(receiving).await;
    upload.received = received.map_err(|error| Problem::new(Code::Internal).cause(error))??;
    if !upload.is_whole() {
        return Ok(told(HttpResponse::NoContent().finish(), &upload));
    }
    let (image, new) = uploads::finish(&app, &by.caller, upload.clone()).await?;
    let location = format!("/v1/images/{}", image.view.id);
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    let body = reply::encode(&StoredImage::from(image))?;
    let response = HttpResponse::build(status)
        .content_type("application/json")
        .insert_header((LOCATION, location))
        .body(body);
    Ok(told(response, &upload))
}

/// Give an upload up.
///
/// Its parts are forgotten; the image, if it is whole, stays. For whoever began it.
#[utoipa::path(
    tag = "media",
    params(("id" = UploadId, Path, description = "The upload's id")),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses((status = 204, description = "Forgotten"))
)]
#[delete("/v1/uploads/{id}")]
pub async fn delete_upload(
    app: Data<App>,
    by: Scoped<ListingsWrite>,
    id: Path<UploadId>,
) -> Result<HttpResponse, Problem> {
    uploads::forget(&app, &by.caller, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
