//! Requests about what was recorded for buyers: batches, completion, mergers.

use super::cast::{Stage, Who, text};
use super::requests::{Effect, Request};
use crate::leads::captured::{NOW, device_id};
use crate::leads::fresh_key;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn is_about_captured(operation: &str) -> bool {
    operation == "PATCH /v1/leads/{id}" || operation.contains("/leads/batch") || operation.contains("/merges")
}

/// An enquiry that a member of the producer concerned recorded at its stand, for a buyer who left a name.
fn walk_in(stage: &Stage) -> Value {
    let mut enquiry = stage.new_enquiry();
    let products = enquiry["products"].as_array_mut().expect("products");
    products.truncate(1);
    enquiry["contact"] = json!({ "name": "Khách tại quầy" });
    enquiry["walk_in"] = json!({ "as": "producer" });
    enquiry
}

async fn recorded(stage: &Stage) -> String {
    let owner = &stage.person(Who::Owner).by;
    let sent = owner.post_once("/v1/leads", &fresh_key(), &walk_in(stage)).await;
    text(&sent.expect(StatusCode::CREATED), "/leads/0/id")
}

pub async fn about_captured(stage: &Stage, who: Who, operation: &str, case: &str) -> Option<Request> {
    let by = &stage.person(who).by;
    let owner = stage.person(Who::Owner).by.clone();
    let batch = |item: Value, rows: &'static str| {
        Request::new(by, Method::POST, "/v1/leads/batch")
            .json(&json!({ "items": [item] }))
            .marked(r#""result":"created""#)
            .showing_in(Effect::Rows(rows))
    };
    let item = json!({ "id": device_id(), "occurred_at": NOW });
    let with = |more: Value| item.clone().merged(more);
    Some(match (operation, case) {
        ("POST /v1/leads/batch", "") => {
            batch(with(json!({ "type": "lead", "lead": stage.new_enquiry() })), "leads")
        }
        ("POST /v1/leads/batch", "walk-in of the producer") => {
            batch(with(json!({ "type": "lead", "lead": walk_in(stage) })), "leads")
        }
        ("POST /v1/leads/batch", "note") => {
            let lead = stage.new_lead().await;
            let producer = text(&stage.certification, "/producer/id");
            let event = json!({ "type": "note", "note": "Hẹn gọi lại." });
            let about = json!({ "enquiry_id": lead.enquiry, "producer_id": producer, "event": event });
            batch(with(about).merged(json!({ "type": "event" })), "lead_events")
        }
        ("PATCH /v1/leads/{id}", _) => {
            let id = recorded(stage).await;
            let path = format!("/v1/leads/{id}");
            Request::new(by, Method::PATCH, path.clone())
                .with("If-Match", "*")
                .json(&json!({ "company": { "tax_code": "9900000016" } }))
                .about(id)
                .marked("9900000016")
                .showing_in(Effect::View(owner, path))
        }
        ("POST /v1/leads/{id}/merges", _) => {
            let (lead, other) = (stage.new_lead().await, recorded(stage).await);
            let path = format!("/v1/leads/{}", lead.id);
            Request::new(by, Method::POST, format!("{path}/merges"))
                .json(&json!({ "lead_id": other }))
                .about(lead.id)
                .marked(other)
                .showing_in(Effect::View(owner, path))
        }
        ("DELETE /v1/leads/{id}/merges/{lead_id}", _) => {
            let (lead, other) = (stage.new_lead().await, recorded(stage).await);
            let path = format!("/v1/leads/{}", lead.id);
            let merged = owner.post(&format!("{path}/merges"), &json!({ "lead_id": other })).await;
            merged.expect(StatusCode::CREATED);
            Request::new(by, Method::DELETE, format!("{path}/merges/{other}"))
                .about(lead.id)
                .showing_in(Effect::View(owner, path))
        }
        _ => return None,
    })
}

trait Merged {
    fn merged(self, more: Value) -> Value;
}

impl Merged for Value {
    fn merged(mut self, more: Value) -> Value {
        let members = self.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        self
    }
}
