//! `/v1/listings/{id}/documents`: papers are recorded, read, changed, checked and removed.

use super::views::ListingDocument;
use crate::accounts::Session;
use crate::app::App;
use crate::auth::{ListingsRead, ListingsWrite, Scoped};
use crate::db::{Conn, Day};
use crate::files::FileId;
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Path, Problem, reply};
use crate::input::{Change, Faults};
use crate::listings::papers::{self, PaperChange};
use crate::listings::{
    self, Disclosure, DocumentId, DocumentIssuer, DocumentNumber, NewPaper, PaperDecision, PaperKind,
    PaperReason, check_days,
};
use crate::products::ProductId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use utoipa::ToSchema;

/// A paper as it is recorded.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewListingDocument {
    kind: PaperKind,
    #[schema(min_length = 1, max_length = 100)]
    number: DocumentNumber,
    #[schema(min_length = 1, max_length = 200)]
    issuer: DocumentIssuer,
    /// Not after today.
    #[deserr(default)]
    issued_on: Option<Day>,
    /// Last day of its term, not before today; left out if it has none.
    #[deserr(default)]
    valid_until: Option<Day>,
    /// The `id` of a file stored at `/v1/files`, which is used by this paper alone.
    #[deserr(default)]
    file_id: Option<FileId>,
    /// Left out: `on_request` of what a producer hands in, `public` of what an officer records.
    #[deserr(default)]
    disclosure: Option<Disclosure>,
}

impl NewListingDocument {
    fn into_new(self, by_office: bool) -> NewPaper {
        let usual = if by_office { Disclosure::Public } else { Disclosure::OnRequest };
        NewPaper {
            kind: self.kind,
            number: self.number,
            issuer: self.issuer,
            issued_on: self.issued_on,
            valid_until: self.valid_until,
            file: self.file_id,
            disclosure: self.disclosure.unwrap_or(usual),
        }
    }
}

/// Record a paper.
///
/// A certificate, a registration, a test report, a label. By an editor or a machine client of the producer: then it is `claimed`
/// and waits for an officer. By an officer of the product's province, from what was shown: then it is `checked` at once. Checked
/// certificates stand in the catalogue to the end of their last day, unless their disclosure is `officer`.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it is recorded once"),
    ),
    request_body = NewListingDocument,
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 201, description = "Recorded; `Location` is the listing, `Catalogue-Seq` the change that shows it, if the catalogue does", body = ListingDocument),
        (status = 409, description = "The listing has a document of this kind and number (`already_recorded`, with \
            `document_id`), there are 200 already (`not_possible_now`), or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/listings/{id}/documents")]
pub async fn create_listing_document(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsWrite>,
    id: Path<ProductId>,
    body: Json<NewListingDocument>,
) -> Result<HttpResponse, Problem> {
    let Json { value: input, raw } = body;
    check_days(input.issued_on, input.valid_until, app.world.today()).map_err(Problem::invalid_body)?;
    let (world, actor, id) = (app.world.clone(), by.caller.key(), id.0);
    let effect = move |conn: &mut Conn| {
        let mut known = listings::open(conn, &by.caller, id)?;
        let by_office = by.caller.is_officer_for(known.product.place.province.as_deref());
        let new = input.into_new(by_office);
        let (paper, seq) = papers::record(conn, &world, &by.caller, &mut known, new)?;
        let answer = Answer::created(format!("/v1/listings/{id}"), &ListingDocument::from(paper))?;
        Ok::<_, Problem>(match seq {
            Some(seq) => answer.announced(seq),
            None => answer,
        })
    };
    idempotency::once(&app, &req, Need::Optional, &actor, &raw, effect).await
}

/// Read a paper.
///
/// What the listing tells of it, for members of the producer and officers of its province. The `ETag` is what `If-Match` of a
/// change needs.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("document_id" = DocumentId, Path, description = "The document's id, as the listing names it"),
    ),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "The paper", body = ListingDocument))
)]
#[get("/v1/listings/{id}/documents/{document_id}")]
pub async fn get_listing_document(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsRead>,
    ids: Paths<ProductId, DocumentId>,
) -> Result<HttpResponse, Problem> {
    let read = move |conn: &mut Conn| {
        let known = listings::read(conn, &by.caller, ids.0)?;
        known.paper(ids.1).cloned()
    };
    let paper = app.db.snapshot(read).await?;
    reply::private(&req, &ListingDocument::from(paper))
}

/// What of a paper changes; what is left out stays.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct ListingDocumentPatch {
    #[deserr(default)]
    #[schema(min_length = 1, max_length = 100)]
    number: Option<DocumentNumber>,
    #[deserr(default)]
    #[schema(min_length = 1, max_length = 200)]
    issuer: Option<DocumentIssuer>,
    #[deserr(default)]
    #[schema(value_type = Option<Day>, required = false)]
    issued_on: Change<Day>,
    #[deserr(default)]
    #[schema(value_type = Option<Day>, required = false)]
    valid_until: Change<Day>,
    /// Another stored file; `null` takes the file away.
    #[deserr(default)]
    #[schema(value_type = Option<FileId>, required = false)]
    file_id: Change<FileId>,
    #[deserr(default)]
    disclosure: Option<Disclosure>,
}

/// Change a paper.
///
/// By the producer: of a checked paper only who may read it, of another one everything but its kind. A refused paper that was
/// changed waits for an officer again. `If-Match` must carry the ETag of what was read.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("document_id" = DocumentId, Path, description = "The document's id, as the listing names it"),
        ("If-Match" = String, Header, description = "`ETag` of the paper as the caller last read it"),
    ),
    request_body = ListingDocumentPatch,
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 200, description = "The paper as it is now; `Catalogue-Seq` is the change that shows it, if the catalogue does", body = ListingDocument),
        (status = 409, description = "It is checked (`already_decided`), or there is another one of this number (`already_recorded`)", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since it was read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[patch("/v1/listings/{id}/documents/{document_id}")]
pub async fn update_listing_document(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsWrite>,
    ids: Paths<ProductId, DocumentId>,
    body: Json<ListingDocumentPatch>,
) -> Result<HttpResponse, Problem> {
    let seen = IfMatch::of(&req).required()?;
    let ListingDocumentPatch { number, issuer, issued_on, valid_until, file_id, disclosure } = body.value;
    let change = PaperChange { number, issuer, issued_on, valid_until, file: file_id, disclosure };
    let (world, Paths(id, document)) = (app.world.clone(), ids);
    let make = move |conn: &mut Conn| {
        let mut known = listings::open(conn, &by.caller, id)?;
        seen.check(&ListingDocument::from(known.paper(document)?.clone()))?;
        Ok::<_, Problem>(papers::change(conn, &world, &by.caller, &mut known, (document, change))?)
    };
    let (paper, seq) = app.db.write(make).await?;
    let response = reply::private(&req, &ListingDocument::from(paper))?;
    Ok(match seq {
        Some(seq) => reply::announced(&app, response, seq),
        None => response,
    })
}

/// What an officer decides on a paper.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewListingDocumentCheck {
    decision: PaperDecision,
    /// Why it is refused; only then, and then always.
    #[deserr(default)]
    reason: Option<PaperReason>,
}

/// Check a paper.
///
/// An officer of the product's province has looked at what the producer handed in: it is `checked`, and counts from now on, or
/// `refused` with the reason.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("document_id" = DocumentId, Path, description = "The document's id, as the listing names it"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, the answer is the same"),
    ),
    request_body = NewListingDocumentCheck,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Decided: the paper as it is now; `Catalogue-Seq` is the change that shows it, if the catalogue does", body = ListingDocument),
        (status = 409, description = "It was decided on before (`already_decided`), or a request with the same key is still \
            running", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/listings/{id}/documents/{document_id}/checks")]
pub async fn create_listing_document_check(
    app: Data<App>,
    req: HttpRequest,
    session: Session,
    ids: Paths<ProductId, DocumentId>,
    body: Json<NewListingDocumentCheck>,
) -> Result<HttpResponse, Problem> {
    let Json { value: NewListingDocumentCheck { decision, reason }, raw } = body;
    papers::check_reason(decision, reason.as_ref()).map_err(Problem::invalid_body)?;
    let (world, actor, Paths(id, document)) = (app.world.clone(), session.user.to_string(), ids);
    let effect = move |conn: &mut Conn| {
        let mut known = listings::open_as_officer(conn, &session, id)?;
        let (paper, seq) = papers::decide(conn, &world, &session, &mut known, (document, decision, reason))?;
        let location = format!("/v1/listings/{id}/documents/{document}");
        let answer = Answer::created(location, &ListingDocument::from(paper))?;
        Ok::<_, Problem>(match seq {
            Some(seq) => answer.announced(seq),
            None => answer,
        })
    };
    idempotency::once(&app, &req, Need::Optional, &actor, &raw, effect).await
}

/// Remove a paper.
///
/// By an officer: it was recorded by mistake, or has been taken back by its issuer. By the producer: what its own side handed in.
/// Its file, its links and the log of its openings go with it. One whose term has ended need not be removed.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("document_id" = DocumentId, Path, description = "The document's id, as the listing names it"),
    ),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses((status = 204, description = "Removed; `Catalogue-Seq` is the change that shows it, if the catalogue did"))
)]
#[delete("/v1/listings/{id}/documents/{document_id}")]
pub async fn delete_listing_document(
    app: Data<App>,
    by: Scoped<ListingsWrite>,
    ids: Paths<ProductId, DocumentId>,
) -> Result<HttpResponse, Problem> {
    let (world, Paths(id, document)) = (app.world.clone(), ids);
    let remove = move |conn: &mut Conn| {
        let mut known = listings::open(conn, &by.caller, id)?;
        papers::remove(conn, &world, &by.caller, &mut known, document)
    };
    let seq = app.db.write(remove).await?;
    let response = HttpResponse::NoContent().finish();
    Ok(match seq {
        Some(seq) => reply::announced(&app, response, seq),
        None => response,
    })
}
