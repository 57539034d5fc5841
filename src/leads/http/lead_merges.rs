//! `POST /v1/leads/{id}/merges` and `DELETE /v1/leads/{id}/merges/{lead_id}`

use super::lead::check_unchanged;
use super::parts::LeadEvent;
use crate::app::App;
use crate::auth::{LeadsWrite, Scoped};
use crate::db::Conn;
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Path, Problem};
use crate::input::Faults;
use crate::leads::{self, LeadId, LeadNote, LeadStage};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, post};
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

/// Another lead that is the same.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewLeadMerge {
    /// The lead that goes on in the one of the path.
    lead_id: LeadId,
    /// Why they are one; a note for the own side.
    #[deserr(default)]
    because: Option<LeadNote>,
}

/// Two leads that are one.
#[derive(Debug, Serialize, ToSchema)]
struct LeadMerge {
    /// The lead that goes on.
    lead_id: LeadId,
    /// The lead that goes on in it, and is read-only from now on.
    merged_lead_id: LeadId,
    /// Where the lead stands now: the further of the two stages.
    stage: LeadStage,
    event: LeadEvent,
}

/// Merge another lead into this one.
///
/// For the producer, the organiser and the office, who may write in both leads. Both must be of the same producer. If one of the
/// buyers has an account, that lead is the one that goes on, for there the buyer follows it; leads from two different accounts
/// cannot be merged (409). The lead shows both histories and what both ask for from now on, and stands at the further of the
/// two stages; the other can be read, and goes on here. `possible_duplicates` of a lead suggests which.
#[utoipa::path(
    tag = "leads",
    params(
        ("id" = LeadId, Path, description = "The lead that goes on"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the same \
            key, it is answered from the first"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the lead as the caller last read it"),
    ),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 201, description = "They are one", body = LeadMerge),
        (status = 409, description = "Not possible of these two (`not_possible_now`, the detail tells why), one of them goes on in \
            another (`lead_merged`), or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The lead has changed meanwhile", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/leads/{id}/merges")]
pub async fn create_lead_merge(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    id: Path<LeadId>,
    body: Json<NewLeadMerge>,
) -> Result<HttpResponse, Problem> {
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let if_match = IfMatch::of(&req);
    let (id, actor) = (id.0, by.caller.key());
    let NewLeadMerge { lead_id, because } = body.value;
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, move |conn| {
        let mut known = leads::lock_both(conn, &reference, &by.caller, id, lead_id)?;
        check_unchanged(conn, &if_match, &known, world.now())?;
        let event = leads::merge(conn, &world, &reference, &by.caller, &mut known, (lead_id, because))?;
        let (stage, event) = (known.lead.stage, event.into());
        let merge = LeadMerge { lead_id: id, merged_lead_id: lead_id, stage, event };
        Answer::created(format!("/v1/leads/{id}"), &merge)
    })
    .await
}

/// Undo a merger.
///
/// The other lead goes on by itself again, as it was. If this one has not moved since, it goes back to the stage at which it
/// stood before.
#[utoipa::path(
    tag = "leads",
    params(
        ("id" = LeadId, Path, description = "The lead that went on"),
        ("lead_id" = LeadId, Path, description = "The lead that had been merged into it"),
    ),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses((status = 204, description = "They are two again"))
)]
#[delete("/v1/leads/{id}/merges/{lead_id}")]
pub async fn delete_lead_merge(
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    ids: Paths<LeadId, LeadId>,
) -> Result<HttpResponse, Problem> {
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let Paths(id, lead_id) = ids;
    let undo = move |conn: &mut Conn| leads::separate(conn, &world, &reference, &by.caller, (id, lead_id));
    app.db.write(undo).await?;
    Ok(HttpResponse::NoContent().finish())
}
