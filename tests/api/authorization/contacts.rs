//! Requests about the buyer's contact.

use super::cast::{Stage, Who};
use super::requests::{Effect, Request};
use reqwest::{Method, StatusCode};
use serde_json::json;

pub async fn about_contacts(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let by = &stage.person(who).by;
    let (owner, buyer) = (&stage.person(Who::Owner).by, &stage.person(Who::Buyer).by);
    let on_request = operation.ends_with("contact-requests")
        || operation.starts_with("POST") && operation.ends_with("contact-consents");
    let lead = stage.new_lead().await;
    let path = format!("/v1/leads/{}", lead.id);
    if on_request {
        // As if the enquiry had gone out without the contact.
        let withheld = buyer.delete(&format!("{path}/contact-consents")).await;
        assert_eq!(withheld.status, StatusCode::NO_CONTENT, "{}", withheld.text);
    }
    let shown = Effect::View(buyer.clone(), path.clone());
    let to = |method, what: &str| {
        Request::new(by, method, format!("{path}/{what}")).about(&lead.id).showing_in(shown.clone())
    };
    Some(match operation {
        "GET /v1/leads/{id}" => {
            let reveal = owner.post(&format!("{path}/contact-reveals"), &json!({})).await;
            reveal.expect(StatusCode::CREATED);
            Request::new(by, Method::GET, path).about(&lead.id).marked(lead.id)
        }
        "POST /v1/leads/{id}/contact-requests" => {
            to(Method::POST, "contact-requests").json(&json!({ "because": "Để gửi mẫu." }))
        }
        "POST /v1/leads/{id}/contact-consents" => {
            to(Method::POST, "contact-consents").json(&json!({ "text_version": "2026-11", "accepted": true }))
        }
        "DELETE /v1/leads/{id}/contact-consents" => to(Method::DELETE, "contact-consents"),
        "POST /v1/leads/{id}/contact-reveals" => {
            to(Method::POST, "contact-reveals").json(&json!({ "because": "Người mua chưa được trả lời." }))
        }
        _ => return None,
    })
}
