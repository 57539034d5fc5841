//! Enquiries that somebody records for a buyer.

use super::cast::{Stage, Who, text};
use super::requests::{Effect, Request};
use reqwest::Method;
use serde_json::json;

pub fn is_about_recording(operation: &str, case: &str) -> bool {
    operation == "POST /v1/leads" && case.starts_with("as ")
}

/// The enquiry is about a product of the producer concerned.
pub fn about_recording(stage: &Stage, who: Who, case: &str) -> Option<Request> {
    let walk_in = match case {
        "as the producer" => {
            let producer = text(&stage.certification, "/producer/id");
            json!({ "as": "producer", "organisation_id": producer })
        }
        "as an organiser" => json!({ "as": "organiser" }),
        "as an office" => json!({ "as": "office" }),
        _ => return None,
    };
    let mut enquiry = stage.enquiry(&json!({ "name": "Khách ghé gian hàng" }), &[&stage.certification]);
    enquiry["walk_in"] = walk_in;
    let recorded = Request::new(&stage.person(who).by, Method::POST, "/v1/leads").json(&enquiry);
    Some(recorded.showing_in(Effect::Rows("leads")))
}
