//! `POST /v1/leads/{id}/events`

use super::get_lead::whole;
use super::parts::{LeadEvent, StageNamed};
use crate::app::App;
use crate::auth::{LeadsWrite, Scoped};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Path, Problem};
use crate::input::Faults;
use crate::leads::{self, LeadEventKind, LeadId, LeadNote, LeadReason, LeadStage, Move, NewEvent};
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use deserr::{DeserializeError, Deserr, ErrorKind, IntoValue, Map, Value, ValuePointerRef};
use serde::Serialize;
use utoipa::ToSchema;

crate::text_enum! {
    /// What can be added to a timeline.
    pub enum NewLeadEventType {
        Note = "note",
        Stage = "stage",
    }
}

/// Something to add to a timeline; `type` tells what.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum NewLeadEvent {
    Note(NewLeadNote),
    Stage(NewLeadMove),
}

/// A note. The producer's notes are seen by the producer's side only, the buyer's by both.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewLeadNote {
    note: LeadNote,
}

/// A move to another stage.
#[derive(Debug, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields, validate = with_its_reason -> Faults)]
struct NewLeadMove {
    /// One of the lead's `moves`.
    #[schema(value_type = LeadStage, example = "quoted")]
    to: StageNamed,
    /// Why; required with `lost`, possible with `declined`.
    #[deserr(default)]
    #[schema(nullable = false)]
    reason: Option<LeadReason>,
    /// A note to go with it, seen like other notes.
    #[deserr(default)]
    #[schema(nullable = false)]
    note: Option<LeadNote>,
}

impl Deserr<Faults> for NewLeadEvent {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let Value::Map(mut members) = value else {
            // Not an object: whatever reads one says so.
            return NewLeadNote::deserialize_from_value(value, location).map(Self::Note);
        };
        let Some(tag) = members.remove("type") else {
            let missing: ErrorKind<'_, V> = ErrorKind::MissingField { field: "type" };
            return Err(deserr::take_cf_content(Faults::error(None, missing, location)));
        };
        let tag = NewLeadEventType::deserialize_from_value(tag.into_value(), location.push_key("type"))?;
        let rest: Value<V> = Value::Map(members);
        match tag {
            NewLeadEventType::Note => NewLeadNote::deserialize_from_value(rest, location).map(Self::Note),
            NewLeadEventType::Stage => NewLeadMove::deserialize_from_value(rest, location).map(Self::Stage),
        }
    }
}

fn with_its_reason(step: NewLeadMove, location: ValuePointerRef) -> Result<NewLeadMove, Faults> {
    let invalid = match step.reason {
        None if step.to.0.needs_reason() => Invalid::new(
            "missing",
            Say::new(
                "Cần nêu lý do khi yêu cầu không thành (lost).",
                "A reason is needed when a lead is lost.",
            ),
        ),
        Some(_) if !step.to.0.takes_reason() => Invalid::new(
            "not_applicable",
            Say::new(
                "Chỉ nêu lý do khi yêu cầu không thành (lost) hoặc chủ thể từ chối (declined).",
                "A reason goes only with lost or declined.",
            ),
        ),
        _ => return Ok(step),
    };
    Err(Faults::located(location.push_key("reason"), invalid))
}

impl From<NewLeadEvent> for NewEvent {
    fn from(event: NewLeadEvent) -> Self {
        match event {
            NewLeadEvent::Note(NewLeadNote { note }) => Self::of(LeadEventKind::Note).noted(Some(note)),
            NewLeadEvent::Stage(NewLeadMove { to: StageNamed(to), reason, note }) => {
                Self::step(Move { to, reason }).noted(note)
            }
        }
    }
}

/// What was added, and where the lead stands since.
#[derive(Debug, Serialize, ToSchema)]
struct LeadProgress {
    event: LeadEvent,
    stage: LeadStage,
    /// Where the caller may move it next.
    moves: &'static [LeadStage],
}

/// Add a note to a lead, or move it.
///
/// Who may move a lead where follows from its stage and the caller's side; `moves` of the lead tells it beforehand, and a
/// move that is not allowed answers 409 with `stage` and `allowed`. Of several who move a lead at once one wins. Send
/// the lead's `ETag` as `If-Match` to write only if nobody else has meanwhile. Members who may only read get 403.
#[utoipa::path(
    tag = "leads",
    params(
        ("id" = LeadId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, the event is added once"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the lead as the caller last read it"),
    ),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 201, description = "The event, and where the lead stands now", body = LeadProgress),
        (status = 409, description = "The move is not allowed from here (`illegal_move`, with `stage` and `allowed`), or a \
            request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
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
        if if_match.is_given() {
            if_match.check(&whole(conn, &known, world.now())?)?;
        }
        let event = leads::record(conn, &world, Some(&by.caller), &mut known, body.value.into())?;
        let progress = LeadProgress { event: event.into(), stage: known.lead.stage, moves: known.moves() };
        Answer::created(format!("/v1/leads/{id}"), &progress)
    })
    .await
}
