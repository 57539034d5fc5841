//! `GET /v1/listings/{id}/documents/{document_id}/content`, and `…/accesses`: who has opened it.

use crate::accounts::UserId;
use crate::app::App;
use crate::auth::{ListingsRead, MaybeScoped, Scoped};
use crate::clients::ClientId;
use crate::db::{Conn, Instant};
use crate::files::{FileContent, download};
use crate::http::extract::Paths;
use crate::http::page::{self, Cursor, Limit};
use crate::http::problem::ProblemDocument;
use crate::http::{Problem, Query, reply};
use crate::input::Faults;
use crate::listings::papers;
use crate::listings::{self, Access, AccessId, DocumentId, ListingError, ShareId, SharePurpose, Via, shares};
use crate::products::ProductId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// Read a paper's file.
///
/// For the members of the producer and the officers of its province; for everybody if its disclosure is `public`, it is checked
/// and the product is in the catalogue; to others there is no such paper. It comes as an attachment, with its SHA-256 as `ETag`.
/// That somebody outside the producer opens it is logged.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("document_id" = DocumentId, Path, description = "The document's id, as the listing names it"),
    ),
    security((), ("bearer" = []), ("client" = ["listings.read"])),
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
#[get("/v1/listings/{id}/documents/{document_id}/content")]
pub async fn get_listing_document_content(
    req: HttpRequest,
    app: Data<App>,
    by: MaybeScoped<ListingsRead>,
    ids: Paths<ProductId, DocumentId>,
) -> Result<HttpResponse, Problem> {
    let (reference, today, caller) = (app.reference.clone(), app.world.today(), by.caller.clone());
    let find =
        move |conn: &mut Conn| papers::find_file(conn, &reference, caller.as_ref(), (ids.0, ids.1, today));
    let opened = app.db.snapshot(find).await?;
    // Nobody outside the producer reads what is not logged. The file is read beforehand, off the lane of those who write.
    if let Some(via) = opened.via {
        let (world, document) = (app.world.clone(), opened.document);
        let log = move |conn: &mut Conn| papers::log(conn, &world, by.caller.as_ref(), (document, via));
        app.db.write(log).await?;
    }
    Ok(download(&req, &opened.file, opened.content))
}

/// Which page of a list of a paper.
#[derive(Debug, IntoParams, deserr::Deserr)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct DocumentPaging {
    /// Rows of a page: 1 to 100, 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    pub limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    pub cursor: Option<Cursor>,
}

impl DocumentPaging {
    /// Time and id of the last row of the page before.
    pub fn after<K: serde::de::DeserializeOwned>(
        &self,
        bound_to: &str,
    ) -> Result<Option<(Instant, K)>, Problem> {
        let key: Option<(i64, K)> = self.cursor.as_ref().map(|cursor| cursor.open(bound_to)).transpose()?;
        Ok(key.map(|(at, id)| (Instant::from_micros(at), id)))
    }
}

/// An opening of a paper by somebody outside the producer.
#[derive(Debug, Serialize, ToSchema)]
struct ListingDocumentAccess {
    at: Instant,
    via: Via,
    /// The link by which it was opened.
    share: Option<ListingDocumentAccessShare>,
    /// Who had signed in, if it was a person.
    user_id: Option<UserId>,
    /// Which machine client it was.
    client_id: Option<ClientId>,
}

/// The link of an opening.
#[derive(Debug, Serialize, ToSchema)]
struct ListingDocumentAccessShare {
    id: ShareId,
    #[serde(rename = "for")]
    #[schema(rename = "for", min_length = 1, max_length = 200)]
    purpose: SharePurpose,
}

/// A page of openings, the latest first.
#[derive(Debug, Serialize, ToSchema)]
struct ListingDocumentAccessPage {
    items: Vec<ListingDocumentAccess>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

impl From<Access> for ListingDocumentAccess {
    fn from(access: Access) -> Self {
        let share = access.share.map(|(id, purpose)| ListingDocumentAccessShare { id, purpose });
        Self { at: access.at, via: access.via, share, user_id: access.user, client_id: access.client }
    }
}

/// List who has opened a paper.
///
/// When, how, and by whom as far as that is known, for the producer and the officers of its province. Openings by the producer's
/// own side are not logged; entries are kept for a year.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("document_id" = DocumentId, Path, description = "The document's id, as the listing names it"),
        DocumentPaging,
    ),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "A page of openings", body = ListingDocumentAccessPage))
)]
#[get("/v1/listings/{id}/documents/{document_id}/accesses")]
pub async fn list_listing_document_accesses(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<ListingsRead>,
    ids: Paths<ProductId, DocumentId>,
    query: Query<DocumentPaging>,
) -> Result<HttpResponse, Problem> {
    let (Paths(id, document), limit) = (ids, query.0.limit);
    let bound_to = format!("accesses of {document}");
    let after: Option<(Instant, AccessId)> = query.0.after(&bound_to)?;
    let list = move |conn: &mut Conn| {
        let known = listings::read(conn, &by.caller, id)?;
        shares::accesses(conn, &known, document, (after, limit.rows() + 1))
    };
    let rows: Vec<Access> = app.db.snapshot::<_, ListingError, _>(list).await?;
    let (rows, next_cursor) = page::cut(rows, limit, &bound_to, |row| (row.at.micros(), row.id));
    let page = ListingDocumentAccessPage {
        items: rows.into_iter().map(ListingDocumentAccess::from).collect(),
        next_cursor: next_cursor.clone(),
    };
    Ok(reply::with_next(&req, reply::private(&req, &page)?, next_cursor.as_deref()))
}
