//! `GET /v1/media/{name}`: what everybody sees.

use crate::app::App;
use crate::files::FileContent;
use crate::http::problem::ProblemDocument;
use crate::http::range::{self, Wanted};
use crate::http::{Path, Problem, reply};
use crate::media::MediaName;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_SECURITY_POLICY, ETAG,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get};

/// Get a picture.
///
/// A rendition by the SHA-256 of its bytes, for anybody. What stands here never changes: keep it for ever, and ask for a part of it
/// by `Range`.
#[utoipa::path(
    tag = "media",
    params(
        ("name" = String, Path, description = "The hash in hexadecimal, and `.webp` or `.jpg`"),
        ("Range" = Option<String>, Header, description = "One range of bytes (RFC 9110 §14)"),
    ),
    responses(
        (status = 200, description = "The picture", content(
            (inline(FileContent) = "image/webp"),
            (inline(FileContent) = "image/jpeg"),
        )),
        (status = 206, description = "The part of it that was asked for", content(
            (inline(FileContent) = "image/webp"),
            (inline(FileContent) = "image/jpeg"),
        )),
        (status = 304, description = "You have it: `If-None-Match` names it"),
        (status = 416, description = "The range begins beyond its end", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/v1/media/{name}")]
pub async fn get_media(
    app: Data<App>,
    req: HttpRequest,
    name: Path<MediaName>,
) -> Result<HttpResponse, Problem> {
    let content = app.media.published(&name.0).await?;
    let tag = format!("\"{}\"", name.0.sha256.as_str());
    if reply::is_known(&req, &tag) {
        let mut response = HttpResponse::NotModified();
        return Ok(lasting(&mut response, &tag).finish());
    }
    let total = u64::try_from(content.len()).unwrap_or_default();
    let mut response = HttpResponse::Ok();
    let body = match range::wanted(req.headers(), &tag, total)? {
        Wanted::All => content,
        Wanted::Part(part) => {
            response.status(actix_web::http::StatusCode::PARTIAL_CONTENT);
            response.insert_header((CONTENT_RANGE, part.content_range(total)));
            let [first, end] = [part.first, part.last + 1].map(|at| usize::try_from(at).unwrap_or_default());
            content.slice(first..end)
        }
    };
    lasting(&mut response, &tag)
        .content_type(name.0.media_type.as_str())
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((ACCEPT_RANGES, "bytes"))
        // It is compressed in itself, and its tag is that of its bytes.
        .insert_header((CONTENT_ENCODING, "identity"));
    Ok(response.body(body))
}

fn lasting<'a>(response: &'a mut HttpResponseBuilder, tag: &str) -> &'a mut HttpResponseBuilder {
    response
        .insert_header((ETAG, tag.to_owned()))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
}
