//! `POST /v1/leads/{id}/quotes`

use super::create_lead_event::LeadProgress;
use super::lead::check_unchanged;
use super::quote_parts::{LeadQuote, NewLeadQuote};
use crate::app::App;
use crate::auth::{LeadsWrite, Scoped};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Path, Problem};
use crate::leads::{self, LeadId};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

/// The offer, its event, and where the lead stands since.
#[derive(Debug, Serialize, ToSchema)]
struct QuoteMade {
    quote: LeadQuote,
    #[serde(flatten)]
    progress: LeadProgress,
}

/// Make an offer in a lead.
///
/// The producer quotes, the buyer makes counter-offers: prices by quantity for products that were asked for, or others of the
/// producer's. It is an event of the timeline as well (`quote` or `counter_offer` among `possible_events`), and takes the lead
/// to `quoted` or `negotiating` unless it stands beyond. The newest price of a side for a product in a unit takes the place of
/// the one before. Who is not one of the two parties gets 403.
#[utoipa::path(
    tag = "leads",
    params(
        ("id" = LeadId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, the offer is made once"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the lead as the caller last read it"),
    ),
    request_body(content = NewLeadQuote, examples(
        ("tiers" = (summary = "Cheaper from 100 on", value = json!({
            "lines": [{ "product_id": "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d", "unit": "XBX",
                "tiers": [{ "from_quantity": 1, "price": 45000 }, { "from_quantity": 100, "price": 42000 }] }],
            "valid_until": "2027-01-31", "vat_included": true, "lead_days": 7, "terms": "Thanh toán khi nhận hàng."
        }))),
    )),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 201, description = "The offer, and where the lead stands now", body = QuoteMade),
        (status = 409, description = "Not possible from here (`illegal_move`, with `stage`, `allowed` and \
            `allowed_events`), merged into another lead (`lead_merged`), or a request with the same key is still running",
            body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The lead has changed meanwhile", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/leads/{id}/quotes")]
pub async fn create_lead_quote(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    id: Path<LeadId>,
    body: Json<NewLeadQuote>,
) -> Result<HttpResponse, Problem> {
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let if_match = IfMatch::of(&req);
    let (id, actor) = (id.0, by.caller.key());
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, move |conn| {
        let mut known = leads::lock(conn, &reference, &by.caller, id)?;
        check_unchanged(conn, &if_match, &known, world.now())?;
        let made = leads::quotes::make(conn, &world, Some(&by.caller), &mut known, body.value.into())?;
        let (quote, event) = made;
        let made = QuoteMade { quote: quote.into(), progress: LeadProgress::new(&known, event) };
        Answer::created(format!("/v1/leads/{id}/quotes"), &made)
    })
    .await
}
