//! `POST /v1/shared-documents/previews` and `…/openings`: a paper by the token of a link.

use super::views::{ListingDocumentFile, bilingual};
use crate::app::App;
use crate::auth::secret::Secret;
use crate::db::{Conn, Day, Instant};
use crate::files::{FileContent, download};
use crate::http::limits::client_address;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, reply};
use crate::input::Faults;
use crate::listings::shares::{self, Shared};
use crate::listings::{DocumentIssuer, DocumentNumber, PaperKind, PaperState};
use crate::reference::BilingualName;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

/// The token of a link to a paper.
#[derive(Debug, ToSchema, deserr::Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct SharedDocumentToken {
    /// What stands behind `#` in the link.
    token: Secret,
}

/// What a link leads to.
#[derive(Debug, Serialize, ToSchema)]
struct SharedDocument {
    /// Whose product it is.
    #[schema(example = "HTX Bánh Ví Dụ")]
    producer_name: String,
    #[schema(example = "Bánh cáy truyền thống")]
    product_name: String,
    kind: PaperKind,
    /// What the kind is called.
    name: BilingualName,
    number: DocumentNumber,
    issuer: DocumentIssuer,
    issued_on: Option<Day>,
    valid_until: Option<Day>,
    /// Has an officer of the province seen it?
    state: PaperState,
    file: Option<ListingDocumentFile>,
    /// Until when the link is good.
    expires_at: Instant,
    /// How often it can still be opened; `null`: as often as is wanted.
    #[schema(minimum = 1, example = 3)]
    openings_left: Option<i64>,
}

impl From<Shared> for SharedDocument {
    fn from(Shared { share, paper, product_name, producer_name }: Shared) -> Self {
        Self {
            producer_name,
            product_name,
            kind: paper.kind,
            name: bilingual(paper.kind.name()),
            number: paper.number,
            issuer: paper.issuer,
            issued_on: paper.issued_on,
            valid_until: paper.valid_until,
            state: paper.state,
            file: paper.file.map(ListingDocumentFile::from),
            expires_at: share.expires_at,
            openings_left: share.most_openings.map(|most| most - share.openings),
        }
    }
}

/// Look what a link to a paper leads to.
///
/// With the token alone; it uses nothing up and is not logged. 410 `invalid_link` if the token is unknown, its days are over, it was
/// opened as often as it may be or taken back, or the paper is not shared any more.
#[utoipa::path(tag = "listings", responses(
    (status = 200, description = "What the link leads to", body = SharedDocument),
    (status = 410, description = "The link is unknown or no good any more", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many links from this address; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/shared-documents/previews")]
pub async fn create_shared_document_preview(
    req: HttpRequest,
    app: Data<App>,
    body: Json<SharedDocumentToken>,
) -> Result<HttpResponse, Problem> {
    let allowance = app.limits.links_by_address.check(&client_address(&req))?;
    let (now, reference, token) = (app.world.now(), app.reference.clone(), body.value.token);
    let shared = app.db.snapshot(move |conn| shares::look(conn, &reference, &token, now)).await?;
    let mut response = reply::answer(&SharedDocument::from(shared))?;
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}

/// Open a paper by a link.
///
/// The file itself, as an attachment. It counts as an opening, which the producer sees. 410 `invalid_link` as for the preview.
#[utoipa::path(tag = "listings", responses(
    (status = 200, description = "The file", content(
        (inline(FileContent) = "application/pdf"),
        (inline(FileContent) = "image/jpeg"),
        (inline(FileContent) = "image/png"),
        (inline(FileContent) = "image/webp"),
    )),
    (status = 410, description = "The link is unknown or no good any more, or the content was erased (`erased`)", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many links from this address; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/shared-documents/openings")]
pub async fn create_shared_document_opening(
    req: HttpRequest,
    app: Data<App>,
    body: Json<SharedDocumentToken>,
) -> Result<HttpResponse, Problem> {
    let allowance = app.limits.links_by_address.check(&client_address(&req))?;
    let (world, reference, token) = (app.world.clone(), app.reference.clone(), body.value.token);
    let opened = app.db.write(move |conn: &mut Conn| shares::open(conn, &world, &reference, &token)).await?;
    let (file, content) = app.db.snapshot(move |conn: &mut Conn| shares::file(conn, opened)).await?;
    let mut response = download(&req, &file, content);
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}
