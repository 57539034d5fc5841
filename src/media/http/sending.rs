//! How a picture comes in one request: as the body itself, or as the one file of a form; and what comes of it.

use super::StoredImage;
use crate::app::App;
use crate::auth::Caller;
use crate::db::Conn;
use crate::http::extract::{expect_media_type, read_chunks};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::{Code, Problem, reply};
use crate::media::spool::{Spool, Spooled};
use crate::media::{self, MOST_BYTES, MediaError};
use crate::organisations::OrganisationId;
use crate::say::Say;
use actix_multipart::{Multipart, MultipartError};
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, dev};
use futures_core::Stream;
use std::pin::Pin;
use std::sync::Arc;

pub const FORM: &str = "multipart/form-data";
const AS_IT_IS: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "application/octet-stream"];

pub fn most_bytes() -> usize {
    usize::try_from(MOST_BYTES).unwrap_or(usize::MAX)
}

/// Does the picture come in a form? 415 if it comes as something else.
pub fn comes_in_form(req: &HttpRequest) -> Result<bool, Problem> {
    if expect_media_type(req, &[FORM]).is_ok() {
        return Ok(true);
    }
    let [a, b, c, d] = AS_IT_IS;
    expect_media_type(req, &[a, b, c, d, FORM]).map(|()| false)
}

/// The picture of a request, in a file.
pub async fn spooled(
    app: &App,
    req: &HttpRequest,
    mut payload: dev::Payload,
    in_form: bool,
) -> Result<Spooled, Problem> {
    let mut spool = app.media.spool()?;
    if in_form {
        form(req, payload, &mut spool).await?;
    } else {
        read_chunks(&mut payload, most_bytes(), |chunk| add(&mut spool, chunk)).await?;
    }
    Ok(spool.finish())
}

fn add(spool: &mut Spool, chunk: &[u8]) -> Result<(), Problem> {
    spool.write(chunk).map_err(|error| MediaError::NoRoom(error).into())
}

/// Reads a form that has one part. The limits of the body are those of the file; what stands around it is small, and bounded by
/// the reader of forms.
async fn form(req: &HttpRequest, payload: dev::Payload, spool: &mut Spool) -> Result<(), Problem> {
    let mut form = Multipart::new(req.headers(), payload);
    let mut parts = 0;
    while let Some(part) = std::future::poll_fn(|cx| Pin::new(&mut form).poll_next(cx)).await {
        let mut part = part.map_err(malformed)?;
        parts += 1;
        if parts > 1 {
            return Err(one_file());
        }
        read_chunks(&mut part, most_bytes(), |chunk| add(spool, chunk)).await?;
    }
    if parts == 1 { Ok(()) } else { Err(one_file()) }
}

fn malformed(error: MultipartError) -> Problem {
    Problem::new(Code::MalformedRequest)
        .detail(Say::new(
            "Biểu mẫu bị hỏng hoặc bị ngắt giữa chừng.",
            "The form is malformed or ended before its time.",
        ))
        .cause(error)
}

fn one_file() -> Problem {
    Problem::new(Code::MalformedRequest).detail(Say::new(
        "Biểu mẫu phải có đúng một phần: tệp hình.",
        "The form must have exactly one part: the file of the picture.",
    ))
}

/// Makes the image of a picture that is there, and answers with it: 201, or 200 if the organisation had it already.
pub async fn stored(
    app: &Data<App>,
    req: &HttpRequest,
    by: Caller,
    organisation: OrganisationId,
    (spooled, bound): (Spooled, Vec<u8>),
) -> Result<HttpResponse, Problem> {
    let prepared = Arc::new(media::prepare(app, organisation, spooled).await?);
    let (world, written, actor) = (app.world.clone(), prepared.clone(), by.key());
    let effect = move |conn: &mut Conn| {
        let (image, new) = media::record(conn, &world, &by, &written)?;
        let location = Some(format!("/v1/images/{}", image.view.id));
        let status = if new { StatusCode::CREATED } else { StatusCode::OK };
        let body = reply::encode(&StoredImage::from(image))?;
        Ok::<_, Problem>(Answer { status: status.as_u16(), location, body, catalogue_seq: None })
    };
    let response = idempotency::once(app, req, Need::Optional, &actor, &bound, effect).await?;
    media::confirm(app, &prepared).await;
    Ok(response)
}
