//! `POST /v1/listings/{id}/documents` and `DELETE /v1/listings/{id}/documents/{document_id}`.

use super::views::ListingDocument;
use crate::accounts::Session;
use crate::app::App;
use crate::db::{Conn, Day};
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Path, Problem, reply};
use crate::input::Faults;
use crate::listings::{
    self, DocumentId, DocumentIssuer, DocumentKind, DocumentNumber, NewDocument, check_term,
};
use crate::products::ProductId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, post};
use utoipa::ToSchema;

/// A certificate as the officer has seen it.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewListingDocument {
    kind: DocumentKind,
    #[schema(min_length = 1, max_length = 100)]
    number: DocumentNumber,
    #[schema(min_length = 1, max_length = 200)]
    issuer: DocumentIssuer,
    /// Last day of its term, not before today; left out if it has none.
    #[deserr(default)]
    valid_until: Option<Day>,
}

impl NewListingDocument {
    fn checked(self, today: Day) -> Result<NewDocument, Faults> {
        if let Some(day) = self.valid_until {
            check_term(day, today).map_err(|invalid| Faults::one(["valid_until"], invalid))?;
        }
        let Self { kind, number, issuer, valid_until } = self;
        Ok(NewDocument { kind, number, issuer, valid_until })
    }
}

/// Record a certificate.
///
/// A quality certificate counts in the catalogue because an officer has seen it: only officers of the product's province
/// record one, from what they were shown. It counts to the end of its last day.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it is recorded once"),
    ),
    request_body = NewListingDocument,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Recorded; `Location` is the listing, `Catalogue-Seq` the change that shows it", body = ListingDocument),
        (status = 409, description = "The listing has a document of this kind and number (`already_recorded`, with \
            `document_id`), or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/listings/{id}/documents")]
pub async fn create_listing_document(
    app: Data<App>,
    req: HttpRequest,
    session: Session,
    id: Path<ProductId>,
    body: Json<NewListingDocument>,
) -> Result<HttpResponse, Problem> {
    let Json { value: input, raw } = body;
    let new = input.checked(app.world.today()).map_err(Problem::invalid_body)?;
    let (world, actor, id) = (app.world.clone(), session.user.to_string(), id.0);
    let effect = move |conn: &mut Conn| {
        let mut known = listings::open_as_officer(conn, &session, id)?;
        let (document, seq) = listings::add_document(conn, &world, &session, &mut known, new)?;
        let location = format!("/v1/listings/{id}");
        Ok::<_, Problem>(Answer::created(location, &ListingDocument::from(document))?.announced(seq))
    };
    idempotency::once(&app, &req, Need::Optional, &actor, &raw, effect).await
}

/// Remove a certificate.
///
/// It was recorded by mistake, or has been taken back by its issuer: it does not count any more. One whose term has
/// ended need not be removed.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("document_id" = DocumentId, Path, description = "The document's id, as the listing names it"),
    ),
    security(("bearer" = [])),
    responses((status = 204, description = "Removed; `Catalogue-Seq` is the change that shows it"))
)]
#[delete("/v1/listings/{id}/documents/{document_id}")]
pub async fn delete_listing_document(
    app: Data<App>,
    session: Session,
    ids: Paths<ProductId, DocumentId>,
) -> Result<HttpResponse, Problem> {
    let (world, Paths(id, document)) = (app.world.clone(), ids);
    let remove = move |conn: &mut Conn| {
        let mut known = listings::open_as_officer(conn, &session, id)?;
        listings::remove_document(conn, &world, &session, &mut known, document)
    };
    let seq = app.db.write(remove).await?;
    Ok(reply::announced(&app, HttpResponse::NoContent().finish(), seq))
}
