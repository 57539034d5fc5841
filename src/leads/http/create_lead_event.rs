//! `POST /v1/leads/{id}/events`

use super::lead::check_unchanged;
use super::new_event::NewLeadEvent;
use super::parts::{LeadEvent, StageLabel};
use crate::app::App;
use crate::auth::{LeadsWrite, Scoped};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Path, Problem};
use crate::leads::{self, EventRow, Known, LeadEventKind, LeadId, LeadStage};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

/// What was added, and where the lead stands since.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadProgress {
    event: LeadEvent,
    stage: LeadStage,
    stage_label: StageLabel,
    /// Where the caller may move it next.
    moves: &'static [LeadStage],
    /// What the caller may record next.
    possible_events: Vec<LeadEventKind>,
}

impl LeadProgress {
    pub fn new(known: &Known, event: EventRow) -> Self {
        Self {
            event: event.into(),
            stage: known.lead.stage,
            stage_label: StageLabel::of(known.lead.stage, known.side),
            moves: known.moves(),
            possible_events: known.possible_events(),
        }
    }
}

/// Add an event to a lead, or move it.
///
/// Notes and messages, calls and meetings, samples, orders, problems and the end: what each side may record at which stage
/// tells `possible_events` of the lead beforehand, where it may move the lead `moves`. A kind that leads to a stage moves the
/// lead there, unless it stands beyond already. What is not possible answers 409 with `stage`, `allowed` and
/// `allowed_events`. Offers are recorded with their prices by `POST /v1/leads/{id}/quotes`, and what was signed with its
/// evidence as an agreement. Of several who move a lead at once one wins. Send the lead's `ETag` as `If-Match` to write only if
/// nobody else has meanwhile. Members who may only read get 403.
#[utoipa::path(
    tag = "leads",
    params(
        ("id" = LeadId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, the event is added once"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the lead as the caller last read it"),
    ),
    request_body(content = NewLeadEvent, examples(
        ("message" = (summary = "Words to the other party", value = json!({ "type": "message", "note": "Còn hàng; mẫu sẽ gửi trong tuần." }))),
        ("sample" = (summary = "A sample is on its way", value = json!({ "type": "sample", "carrier": "Bưu điện", "number": "EB 0001" }))),
        ("meeting" = (summary = "A meeting of yesterday", value = json!({ "type": "meeting", "place": "Gian hàng B12, Hội chợ OCOP", "occurred_at": "2026-11-22T10:00:00+07:00" }))),
        ("lost" = (summary = "It came to nothing", value = json!({ "type": "lost", "reason": "price", "note": "Chiết khấu quá cao." }))),
    )),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 201, description = "The event, and where the lead stands now", body = LeadProgress),
        (status = 409, description = "Not possible from here (`illegal_move`, with `stage`, `allowed` and \
            `allowed_events`), merged into another lead (`lead_merged`), or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The lead has changed meanwhile", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/leads/{id}/events")]
pub async fn create_lead_event(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    id: Path<LeadId>,
    body: Json<NewLeadEvent>,
) -> Result<HttpResponse, Problem> {
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let if_match = IfMatch::of(&req);
    let (id, actor) = (id.0, by.caller.key());
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, move |conn| {
        let mut known = leads::lock(conn, &reference, &by.caller, id)?;
        check_unchanged(conn, &if_match, &known, world.now())?;
        let event = leads::record(conn, &world, Some(&by.caller), &mut known, body.value.into())?;
        Answer::created(format!("/v1/leads/{id}"), &LeadProgress::new(&known, event))
    })
    .await
}
