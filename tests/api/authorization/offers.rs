//! Requests about what people add to a lead, and about the offers in it.

use super::cast::{Stage, Who, text};
use super::requests::{Effect, Request};
use crate::leads::fresh_key;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Is this what the requests here are about?
pub fn is_about_offers(operation: &str, case: &str) -> bool {
    operation.ends_with("/quotes") || (operation == "POST /v1/leads/{id}/events" && case.starts_with("a "))
}

fn offer(stage: &Stage) -> Value {
    let product = text(&stage.certification, "/product/id");
    let tiers = json!([{ "from_quantity": 1, "price": 45_000 }]);
    json!({
        "lines": [{ "product_id": product, "unit": "XBX", "tiers": tiers }],
        "valid_until": "2026-12-31", "vat_included": true,
    })
}

/// On a lead that has been quoted, so that both parties may make an offer.
pub async fn about_offers(stage: &Stage, who: Who, operation: &str, case: &str) -> Option<Request> {
    let by = &stage.person(who).by;
    let owner = stage.person(Who::Owner).by.clone();
    let lead = stage.new_lead().await;
    let path = format!("/v1/leads/{}", lead.id);
    let quotes = format!("{path}/quotes");
    let quoted = owner.post_once(&quotes, &fresh_key(), &offer(stage)).await.expect(StatusCode::CREATED);
    let quote = text(&quoted, "/quote/id");
    Some(match (operation, case) {
        ("POST /v1/leads/{id}/events", _) => {
            let event = match case {
                "a call" => json!({ "type": "call" }),
                _ => return None,
            };
            Request::new(by, Method::POST, format!("{path}/events"))
                .json(&event)
                .about(lead.id)
                .showing_in(Effect::View(owner, path))
        }
        ("POST /v1/leads/{id}/quotes", "") => Request::new(by, Method::POST, quotes.clone())
            .json(&offer(stage))
            .about(lead.id)
            .marked("\"quote\"")
            .showing_in(Effect::View(owner, quotes)),
        ("GET /v1/leads/{id}/quotes", "") => {
            Request::new(by, Method::GET, quotes).about(lead.id).marked(quote)
        }
        ("GET /v1/enquiries/{id}/quotes", "") => {
            Request::new(by, Method::GET, format!("/v1/enquiries/{}/quotes", lead.enquiry))
                .about(lead.enquiry)
                .marked(quote)
        }
        _ => return None,
    })
}
