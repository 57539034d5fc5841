//! `POST /v1/leads/{id}/contact-requests`, `POST` and `DELETE /v1/leads/{id}/contact-consents`,
//! `POST /v1/leads/{id}/contact-reveals`

use super::parts::{LeadContact, LeadContactAccess, LeadEvent};
use crate::app::App;
use crate::auth::{LeadsWrite, Scoped};
use crate::db::{Conn, Instant};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Path, Problem, reply};
use crate::input::Faults;
use crate::leads::{self, Accepted, ConsentVersion, ContactState, Known, LeadId, LeadNote, LeadSide};
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, post};
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

/// A producer asks for the contact.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewContactRequest {
    /// What for; the buyer reads it.
    #[deserr(default)]
    #[schema(example = "Để gửi mẫu thử đến đúng người nhận.")]
    because: Option<LeadNote>,
}

/// The buyer lets the producer of this lead have the contact.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewContactConsent {
    /// Version of the text that the buyer has read at `/v1/consent-texts/{version}`.
    text_version: ConsentVersion,
    /// Must be `true`, by the buyer's own act: nothing may be ticked beforehand.
    #[schema(value_type = bool, example = true)]
    #[expect(dead_code, reason = "its value is its existence")]
    accepted: Accepted,
}

/// Somebody wants to have the contact now.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewContactReveal {
    /// What for; the buyer reads it. Required of an office.
    #[deserr(default)]
    #[schema(example = "Người mua báo không nhận được trả lời; cần gọi để hỏi.")]
    because: Option<LeadNote>,
}

/// How the contact stands now.
#[derive(Debug, Serialize, ToSchema)]
struct ContactProgress {
    contact_state: ContactState,
    contact_access: LeadContactAccess,
    /// What was added to the timeline; absent if it stood so before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    event: Option<LeadEvent>,
}

/// The contact.
#[derive(Debug, Serialize, ToSchema)]
struct RevealedContact {
    contact: LeadContact,
    /// Since when the caller's side has it.
    #[schema(required = true)]
    revealed_at: Option<Instant>,
    /// What was added to the timeline; absent if the caller's side had it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    event: Option<LeadEvent>,
}

impl ContactProgress {
    fn new(known: &Known, event: Option<leads::EventRow>) -> Self {
        Self {
            contact_state: known.contact_state(),
            contact_access: LeadContactAccess::of(known),
            event: event.map(LeadEvent::from),
        }
    }
}

/// Ask for the buyer's contact.
///
/// For members of the producer who may write, where `contact_state` is `withheld`: the buyer is asked by letter and agrees, or
/// not. Once in 14 days. If the buyer has agreed already (`hidden`) reveal it instead.
#[utoipa::path(
    tag = "leads",
    params(
        ("id" = LeadId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it is asked once"),
    ),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 201, description = "Asked; how the contact stands now", body = ContactProgress),
        (status = 409, description = "The buyer has agreed already, or the contact was erased (`not_possible_now`); the lead \
            goes on in another (`lead_merged`)", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "The buyer was asked within the last 14 days; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/leads/{id}/contact-requests")]
pub async fn create_contact_request(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    id: Path<LeadId>,
    body: Json<NewContactRequest>,
) -> Result<HttpResponse, Problem> {
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let (id, actor) = (id.0, by.caller.key());
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, move |conn| {
        let mut known = leads::lock(conn, &reference, &by.caller, id)?;
        let asked = leads::ask_for_contact(conn, &world, Some(&by.caller), &mut known, body.value.because)?;
        Answer::created(format!("/v1/leads/{id}"), &ContactProgress::new(&known, Some(asked)))
    })
    .await
}

/// Let the producer have your contact.
///
/// For the buyer's side: the producer of this lead may reveal the contact from now on. Given before, it changes nothing.
#[utoipa::path(
    tag = "leads",
    params(
        ("id" = LeadId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it gets the same answer"),
    ),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 201, description = "Agreed; how the contact stands now", body = ContactProgress),
        (status = 409, description = "The contact was erased (`not_possible_now`), or the lead goes on in another \
            (`lead_merged`)", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/leads/{id}/contact-consents")]
pub async fn create_contact_consent(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    id: Path<LeadId>,
    body: Json<NewContactConsent>,
) -> Result<HttpResponse, Problem> {
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let (id, actor) = (id.0, by.caller.key());
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, move |conn| {
        let mut known = leads::lock(conn, &reference, &by.caller, id)?;
        let version = body.value.text_version;
        let consented = leads::consent_to_contact(conn, &world, Some(&by.caller), &mut known, version)?;
        Answer::created(format!("/v1/leads/{id}"), &ContactProgress::new(&known, consented))
    })
    .await
}

/// Keep your contact from the producer.
///
/// For the buyer's side: refuses what the producer has asked for, or takes a consent back. The contact is hidden again, and a
/// producer who has got it is told by letter to stop using it. Where there is nothing to refuse or to take back it changes
/// nothing.
#[utoipa::path(
    tag = "leads",
    params(("id" = LeadId, Path)),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 204, description = "The producer does not get the contact"),
        (status = 409, description = "The contact was erased (`not_possible_now`)", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[delete("/v1/leads/{id}/contact-consents")]
pub async fn delete_contact_consent(
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    id: Path<LeadId>,
) -> Result<HttpResponse, Problem> {
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let withhold = move |conn: &mut Conn| {
        let mut known = leads::lock(conn, &reference, &by.caller, id.0)?;
        leads::withhold_contact(conn, &world, Some(&by.caller), &mut known)
    };
    if app.db.write(withhold).await?.is_some() {
        app.post.wake();
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Reveal the buyer's contact.
///
/// For members of the producer who may write, where `contact_state` is `hidden`, and for the programme office of its province,
/// which has to say why. It is an event of the timeline that both parties see; from then on the contact is in the lead. What
/// an organisation or an officer reveals in 24 hours is limited; what was revealed before costs nothing. The answer is never
/// kept for a repetition: an `Idempotency-Key` has no meaning here, and a second reveal is answered alike, with 200.
#[utoipa::path(
    tag = "leads",
    params(("id" = LeadId, Path)),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 201, description = "The contact", body = RevealedContact),
        (status = 200, description = "The contact; the caller's side had it before", body = RevealedContact),
        (status = 409, description = "The buyer has not agreed (`consent_needed`); the contact was erased (`not_possible_now`); \
            the lead goes on in another (`lead_merged`)", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many contacts were revealed; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/leads/{id}/contact-reveals")]
pub async fn create_contact_reveal(
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    id: Path<LeadId>,
    body: Json<NewContactReveal>,
) -> Result<HttpResponse, Problem> {
    let (world, reference, budgets) = (app.world.clone(), app.reference.clone(), app.config.reveal_budgets());
    let (id, because) = (id.0, body.value.because);
    let reveal = move |conn: &mut Conn| {
        leads::reveal_contact(conn, &world, &reference, &by.caller, id, because, budgets)
    };
    let (known, event) = app.db.write(reveal).await?;
    let revealed = RevealedContact {
        contact: LeadContact::of(&known.enquiry),
        revealed_at: match known.side {
            LeadSide::Office => known.lead.contact_seen_by_office_at,
            _ => known.lead.contact_revealed_at,
        },
        event: event.map(LeadEvent::from),
    };
    let mut response = match revealed.event {
        Some(_) => reply::created(&format!("/v1/leads/{id}"), &revealed)?,
        None => reply::answer(&revealed)?,
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}
