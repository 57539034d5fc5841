//! `GET /v1/leads/{id}/files/{file_id}`

use crate::app::App;
use crate::auth::{LeadsRead, Scoped};
use crate::db::Conn;
use crate::files::{FileContent, FileId, download};
use crate::http::Problem;
use crate::http::extract::Paths;
use crate::http::problem::ProblemDocument;
use crate::leads::{self, LeadId};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};

/// Read a file of a lead.
///
/// The proof of an agreement, for all sides of the lead; or what is attached to its enquiry, for the parties and who recorded
/// it, and for the office once it has been shown the contact. It comes as an attachment, with its SHA-256 as `ETag`.
#[utoipa::path(
    tag = "leads",
    params(("id" = LeadId, Path), ("file_id" = FileId, Path)),
    security(("bearer" = []), ("client" = ["leads.read"])),
    responses(
        (status = 200, description = "The file", content(
            (inline(FileContent) = "application/pdf"),
            (inline(FileContent) = "image/jpeg"),
            (inline(FileContent) = "image/png"),
            (inline(FileContent) = "image/webp"),
        )),
        (status = 410, description = "Its content was erased", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/v1/leads/{id}/files/{file_id}")]
pub async fn get_lead_file(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsRead>,
    ids: Paths<LeadId, FileId>,
) -> Result<HttpResponse, Problem> {
    let reference = app.reference.clone();
    let read = move |conn: &mut Conn| {
        let known = leads::read(conn, &reference, &by.caller, ids.0)?;
        leads::file(conn, &known, ids.1)
    };
    let (file, content) = app.db.snapshot(read).await?;
    Ok(download(&req, &file, content))
}
