//! `POST /v1/lead-answers/previews` and `POST /v1/lead-answers`

use super::lead_answer_content::LeadAnswerContent;
use super::parts::{LeadCompany, LeadEvent, LeadItem, LeadProducer};
use crate::app::App;
use crate::auth::secret::Secret;
use crate::db::{Conn, Instant};
use crate::http::limits::client_address;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, reply};
use crate::input::Faults;
use crate::leads::letters::links::{self, Done, LeadAnswerType, Opened};
use crate::leads::{EventRow, Item, LeadError, LeadId, LeadLinkPurpose, LeadMessage, LeadSide, LeadStage};
use crate::privacy::{ConsentPurpose, ConsentText};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

/// The token of a letter.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct LeadAnswerToken {
    /// What stands behind `#` in the letter's link.
    token: Secret,
}

/// An answer by the token of a letter.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewLeadAnswer {
    /// What stands behind `#` in the letter's link.
    token: Secret,
    answer: LeadAnswerContent,
}

/// What a link is about, as its receiver may see it.
#[derive(Debug, Serialize, ToSchema)]
struct LeadAnswerPreview {
    purpose: LeadLinkPurpose,
    /// Until when the link is good.
    expires_at: Instant,
    lead_id: LeadId,
    /// The side for which the link acts.
    your_side: LeadSide,
    stage: LeadStage,
    /// By when the producer's first answer is due; when it came.
    respond_by: Instant,
    #[schema(required = true)]
    answered_at: Option<Instant>,
    producer: LeadProducer,
    products: Vec<LeadItem>,
    /// Who asks, and in which words; told to the producer only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    company: Option<LeadCompany>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<LeadMessage>,
    /// May the producer have the contact?
    contact_consented: bool,
    /// The version of the text to which the buyer consents; read it at `/v1/consent-texts/{version}`.
    #[schema(example = "2026-11")]
    consent_text_version: &'static str,
    /// The timeline, oldest first, without notes.
    events: Vec<LeadEvent>,
    /// What can be done by the link now; nothing where the lead has come to its end.
    possible_answers: Vec<LeadAnswerType>,
}

impl LeadAnswerPreview {
    fn new(opened: Opened, (items, events): (Vec<Item>, Vec<EventRow>)) -> Self {
        let possible_answers = opened.possible();
        let Opened { link, known } = opened;
        let (lead, enquiry) = (known.lead, known.enquiry);
        let is_producer = link.purpose == LeadLinkPurpose::Answer;
        let company = LeadCompany { name: enquiry.company_name, tax_code: enquiry.company_tax_code };
        Self {
            purpose: link.purpose,
            expires_at: link.expires_at,
            lead_id: lead.id,
            your_side: known.side,
            stage: lead.stage,
            respond_by: lead.respond_by,
            answered_at: lead.answered_at,
            producer: LeadProducer { id: lead.producer_id, name: known.producer_name },
            products: items.into_iter().map(LeadItem::from).collect(),
            company: is_producer.then_some(company),
            message: is_producer.then_some(enquiry.message),
            contact_consented: lead.contact_consented_at.is_some(),
            consent_text_version: ConsentText::current(ConsentPurpose::LeadContact).version,
            events: events.into_iter().map(LeadEvent::from).collect(),
            possible_answers,
        }
    }
}

/// What came of an answer.
#[derive(Debug, Serialize, ToSchema)]
struct LeadAnswerReceipt {
    lead_id: LeadId,
    /// Where the lead stands now.
    stage: LeadStage,
    /// The entry of the timeline; letters that were stopped are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    event: Option<LeadEvent>,
}

impl From<Done> for LeadAnswerReceipt {
    fn from(Done { known, event }: Done) -> Self {
        Self { lead_id: known.lead.id, stage: known.lead.stage, event: event.map(LeadEvent::from) }
    }
}

/// Look what a letter's link is about.
///
/// With the token alone: what is asked for, how it stands, and what can be answered. It uses nothing up. `answer` links go to
/// the owners and editors of a producer, `follow` links to the contact of a buyer without an account. 410 `invalid_link` if
/// the token is unknown, used, older than 14 days (`follow`: 180), or its receiver may not act for the producer any more.
#[utoipa::path(tag = "leads", responses(
    (status = 200, description = "What the link is about", body = LeadAnswerPreview),
    (status = 410, description = "The link is unknown, used, or no good any more", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many links from this address; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/lead-answers/previews")]
pub async fn create_lead_answer_preview(
    req: HttpRequest,
    app: Data<App>,
    body: Json<LeadAnswerToken>,
) -> Result<HttpResponse, Problem> {
    let allowance = app.limits.links_by_address.check(&client_address(&req))?;
    let (now, reference, token) = (app.world.now(), app.reference.clone(), body.value.token);
    let look = move |conn: &mut Conn| {
        let opened = links::open(conn, &reference, &token, now)?;
        let details = links::details(conn, &opened)?;
        Ok::<_, LeadError>(LeadAnswerPreview::new(opened, details))
    };
    let mut response = reply::answer(&app.db.snapshot(look).await?)?;
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}

/// Answer by a letter's link.
///
/// Without signing in. A producer's link answers once: writes to the buyer, quotes, or declines; a refused answer does not use
/// it up. By a `follow` link the buyer's contact writes to the producer, lets it have the contact, or stops the letters, as
/// often as needed. What is done is recorded as done by the letter's receiver, and the stage must allow it. Takes no
/// `Idempotency-Key`: an answer sent again finds the link used, 410.
#[utoipa::path(tag = "leads", request_body(content = NewLeadAnswer, examples(
    ("message" = (summary = "Either party writes", value = json!({ "token": "p9mFQk0d0Q9Wc3xJmJ0m0y1c7m3m5Gm8l5sJv0cF1iA", "answer": { "type": "message", "note": "Còn hàng; mẫu sẽ gửi trong tuần." } }))),
    ("quote" = (summary = "The producer quotes", value = json!({
            "token": "p9mFQk0d0Q9Wc3xJmJ0m0y1c7m3m5Gm8l5sJv0cF1iA", "answer": {
                "type": "quote", "lines": [{ "product_id": "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d", "unit": "XBX",
                    "tiers": [{ "from_quantity": 1, "price": 45000 }, { "from_quantity": 100, "price": 42000 }] }],
                "valid_until": "2027-01-31", "vat_included": true, "lead_days": 7
            }
        }))),
    ("decline" = (summary = "The producer declines", value = json!({ "token": "p9mFQk0d0Q9Wc3xJmJ0m0y1c7m3m5Gm8l5sJv0cF1iA", "answer": { "type": "decline", "reason": "season" } }))),
    ("consent" = (summary = "The buyer lets the producer have the contact", value = json!({ "token": "p9mFQk0d0Q9Wc3xJmJ0m0y1c7m3m5Gm8l5sJv0cF1iA", "answer": { "type": "consent", "text_version": "2026-11" } }))),
    ("stop_letters" = (summary = "The buyer wants no more letters about this enquiry", value = json!({ "token": "p9mFQk0d0Q9Wc3xJmJ0m0y1c7m3m5Gm8l5sJv0cF1iA", "answer": { "type": "stop_letters", "everywhere": false } }))),
)), responses(
    (status = 201, description = "It is recorded", body = LeadAnswerReceipt),
    (status = 409, description = "Not possible at this stage: `allowed` and `allowed_events` tell what is; or the lead goes on in another", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 410, description = "The link is unknown, used, or no good any more", body = ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many links from this address; see `Retry-After`", body = ProblemDocument, content_type = "application/problem+json"),
))]
#[post("/v1/lead-answers")]
pub async fn create_lead_answer(
    req: HttpRequest,
    app: Data<App>,
    body: Json<NewLeadAnswer>,
) -> Result<HttpResponse, Problem> {
    let allowance = app.limits.links_by_address.check(&client_address(&req))?;
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let NewLeadAnswer { token, answer } = body.value;
    let act = answer.into_act();
    let done = app.db.write(move |conn| links::act(conn, &world, &reference, &token, act)).await;
    // Faults of a quote are faults of the answer it stands in.
    let done = done.map_err(|error| error.within(&["answer"]))?;
    let location = format!("/v1/leads/{}", done.known.lead.id);
    let mut response = reply::created(&location, &LeadAnswerReceipt::from(done))?;
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}
