//! `POST /v1/listing-change-sets/{id}/reversals`.

use super::Failed;
use super::upload::location;
use super::views::ListingChangeSetDetail;
use crate::app::App;
use crate::auth::{ListingsWrite, Scoped};
use crate::db::Conn;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::{Path, Problem};
use crate::say::Language;
use crate::sheets::{self, ChangeSetId};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};

/// Undo a set of changes.
///
/// Every listing of the set gets back what it had before in the fields the set changed, and its draft likewise; other fields
/// stay as they are now. Where nothing else has happened since, buyers read the same document as before, to the byte. Refused as a
/// whole if any of these fields has been changed since. By whoever may change all listings of the set; one that an office made,
/// by the office. Once.
#[utoipa::path(
    tag = "listings",
    params(
        ("id" = ChangeSetId, Path, description = "The set's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it gets the same answer"),
    ),
    security(("bearer" = []), ("client" = ["listings.write"])),
    responses(
        (status = 201, description = "Undone; `Catalogue-Seq` is the change that shows it to buyers", body = ListingChangeSetDetail),
        (status = 409, description = "Fields have been changed since (`changed_since`; `listings` tells which, each with `product_id`, `product_name` and `fields`), it was undone already \
            (`already_undone`), or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "The key was used for another request", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/listing-change-sets/{id}/reversals")]
pub async fn create_listing_change_set_reversal(
    app: Data<App>,
    req: HttpRequest,
    language: Language,
    by: Scoped<ListingsWrite>,
    id: Path<ChangeSetId>,
) -> Result<HttpResponse, Problem> {
    let (world, actor, id) = (app.world.clone(), by.caller.key(), id.0);
    let reference = app.reference.clone();
    let effect = move |conn: &mut Conn| {
        let (set, edits, seq) = sheets::reverse(conn, &world, &reference, &by.caller, id)
            .map_err(|error| Failed::Sheet(error, language))?;
        let answer = Answer::created(location(id), &ListingChangeSetDetail::new(&set, edits))?;
        Ok::<_, Failed>(match seq {
            Some(seq) => answer.announced(seq),
            None => answer,
        })
    };
    idempotency::once(&app, &req, Need::Optional, &actor, &[], effect).await
}
