//! `POST /v1/files`, and how a stored file is given out by whatever uses it.

use super::{
    FileError, FileId, FileName, FileRow, FileType, MOST_BYTES, NewFile, Sha256Hex, TakeError, UNUSED_HOURS,
    unused_until,
};
use crate::app::App;
use crate::auth::{Caller, LeadsWrite, MaybeScoped};
use crate::db::{Conn, Instant};
use crate::files;
use crate::http::extract::{expect_media_type, read_body};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::limits::client_address;
use crate::http::problem::ProblemDocument;
use crate::http::{Code, Problem, Query, reply};
use crate::input::Faults;
use crate::say;
use crate::say::{Invalid, Say};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, RETRY_AFTER,
};
use actix_web::web::{self, Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, post};
use deserr::Deserr;
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config.service(create_file);
}

/// The bytes of a file, for the API's description.
pub enum FileContent {}

impl utoipa::PartialSchema for FileContent {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl ToSchema for FileContent {}

#[derive(Debug, IntoParams, Deserr)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct CreateFileQuery {
    /// What the file is called; its ending is added if it is not that of its kind.
    #[deserr(default)]
    #[param(value_type = Option<FileName>, example = "bien-ban-ghi-nho.pdf")]
    name: Option<FileName>,
    /// The SHA-256 the file has at its sender, in hexadecimal: another one on arrival is refused.
    #[deserr(default)]
    #[param(value_type = Option<Sha256Hex>)]
    sha256: Option<Sha256Hex>,
}

/// A file as it is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoredFile {
    /// What attachments and evidence name.
    id: FileId,
    name: FileName,
    media_type: FileType,
    /// In bytes.
    #[schema(example = 48_213, minimum = 1)]
    size: i64,
    sha256: Sha256Hex,
    created_at: Instant,
    /// Used by then, or forgotten.
    unused_until: Instant,
}

impl From<FileRow> for StoredFile {
    fn from(row: FileRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            media_type: row.kind,
            size: row.size,
            sha256: row.sha256,
            created_at: row.created_at,
            unused_until: unused_until(row.created_at),
        }
    }
}

/// Store a file.
///
/// The body is the file itself: a PDF, JPEG, PNG or WebP of at most 10 MB; what it is, its first bytes tell. Afterwards an
/// enquiry (`attachments`) or an agreement (`evidence`) names it by its `id`, once, by whoever has stored it; what was stored
/// without signing in may be used by anybody who knows the `id`. A file that nothing has used after 48 hours is forgotten.
#[utoipa::path(
    tag = "leads",
    params(
        CreateFileQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, the file is stored once"),
    ),
    request_body(content(
        (inline(FileContent) = "application/pdf"),
        (inline(FileContent) = "image/jpeg"),
        (inline(FileContent) = "image/png"),
        (inline(FileContent) = "image/webp"),
        (inline(FileContent) = "application/octet-stream"),
    )),
    security((), ("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 201, description = "It is stored", body = StoredFile),
        (status = 409, description = "A request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many files; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/files")]
pub async fn create_file(
    req: HttpRequest,
    app: Data<App>,
    sender: MaybeScoped<LeadsWrite>,
    query: Query<CreateFileQuery>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let declared = declared(&req)?;
    let actor = sender.caller.as_ref().map_or_else(|| "anonymous".to_owned(), Caller::key);
    let payer = sender.caller.as_ref().map_or_else(|| client_address(&req), Caller::key);
    let allowance = app.limits.files.check(&payer)?;
    let body = read_body(payload.into_inner(), MOST_BYTES).await?;
    let (raw, CreateFileQuery { name, sha256 }) = (body.clone(), query.0);
    let new = web::block(move || examined(&body, declared, name, sha256))
        .await
        .map_err(|error| Problem::new(Code::Internal).cause(error))??;
    let (world, by) = (app.world.clone(), sender.caller.map(|caller| caller.principal));
    let stored = idempotency::once(&app, &req, Need::Optional, &actor, &raw, move |conn: &mut Conn| {
        let stored = StoredFile::from(files::store_file(conn, &world, by, &new)?);
        let body = reply::encode(&stored)?;
        Ok::<_, Problem>(Answer {
            status: StatusCode::CREATED.as_u16(),
            location: None,
            body,
            catalogue_seq: None,
        })
    });
    let mut response = stored.await?;
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}

/// The kind that the sender says it is; `None`: it leaves that to the service.
fn declared(req: &HttpRequest) -> Result<Option<FileType>, Problem> {
    let accepted: Vec<&str> =
        FileType::ALL.iter().map(FileType::as_str).chain(["application/octet-stream"]).collect();
    expect_media_type(req, &accepted)?;
    Ok(FileType::ALL.iter().copied().find(|kind| expect_media_type(req, &[kind.as_str()]).is_ok()))
}

/// What a body is, if it is what it may be.
fn examined(
    body: &Bytes,
    declared: Option<FileType>,
    name: Option<FileName>,
    told: Option<Sha256Hex>,
) -> Result<NewFile, Problem> {
    let kind = FileType::of(body).ok_or_else(|| {
        Problem::new(Code::UnreadableFile).detail(Say::new(
            "Tệp phải là PDF, JPEG, PNG hoặc WebP.",
            "The file must be a PDF, JPEG, PNG or WebP.",
        ))
    })?;
    if declared.is_some_and(|declared| declared != kind) {
        let kind = kind.as_str();
        return Err(Problem::new(Code::UnreadableFile).detail(say!(
            "Nội dung tệp là {kind}, khác với Content-Type.",
            "The file is {kind}, which is not its Content-Type."
        )));
    }
    let sha256 = Sha256Hex::of(body);
    if told.is_some_and(|told| told != sha256) {
        return Err(FileError::OtherHash.into());
    }
    Ok(NewFile { name: FileName::of_type(name, kind), kind, sha256, content: body.to_vec() })
}

/// The answer that is a file: to be kept, never to be opened as a page of this service.
pub fn download(req: &HttpRequest, row: &FileRow, content: Vec<u8>) -> HttpResponse {
    let tag = format!("\"{}\"", row.sha256.as_str());
    let unchanged = reply::is_known(req, &tag);
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, "private, no-store"));
    if unchanged {
        return response.finish();
    }
    response
        .content_type(row.kind.as_str())
        .insert_header((CONTENT_DISPOSITION, disposition(&row.name)))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        // It is compressed in itself, and its tag is that of its bytes.
        .insert_header((CONTENT_ENCODING, "identity"))
        .body(content)
}

/// RFC 6266: the name as it is, and for old programs one of ASCII letters.
fn disposition(name: &FileName) -> String {
    let plain: String = name
        .as_str()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' })
        .collect();
    // RFC 8187: what is neither a letter nor a digit is escaped.
    let escaped: String = name
        .as_str()
        .bytes()
        .map(|b| match b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_') {
            true => char::from(b).to_string(),
            false => format!("%{b:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{escaped}")
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        match error {
            FileError::TooMany => Self::new(Code::TooManyRequests)
                .detail(say!(
                    "Quá nhiều tệp chưa được dùng; tệp chưa dùng được xóa sau {UNUSED_HOURS} giờ.",
                    "Too many files wait to be used; those that are not used are forgotten after {UNUSED_HOURS} hours."
                ))
                .header(RETRY_AFTER, "3600"),
            FileError::OtherHash => Self::invalid_query(Faults::one(
                ["sha256"],
                Invalid::new(
                    "hash_mismatch",
                    Say::new(
                        "Tệp nhận được có mã băm khác; hãy gửi lại tệp.",
                        "The file that arrived has another hash; send it again.",
                    ),
                ),
            )),
            FileError::Erased => Self::new(Code::Erased),
            error @ FileError::Damaged(_) => Self::new(Code::Internal).cause(error),
            FileError::Db(failure) => failure.into(),
        }
    }
}

impl From<TakeError> for Problem {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::Invalid(faults) => Self::invalid_body(faults),
            TakeError::Db(failure) => failure.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_reach_any_program() {
        let name = FileName::parse("Biên bản (1).pdf").expect("a name");
        assert_eq!(
            disposition(&name),
            "attachment; filename=\"Bi_n b_n _1_.pdf\"; filename*=UTF-8''Bi%C3%AAn%20b%E1%BA%A3n%20%281%29.pdf"
        );
    }
}
