//! Requests for what is counted of leads.

use super::cast::{Stage, Who, text};
use super::requests::Request;
use reqwest::Method;

pub fn is_about(path: &str) -> bool {
    path.starts_with("/v1/reports/") || path == "/v1/leads/export" || path.ends_with("/promotion-sheet")
}

pub async fn about_reports(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let by = &stage.person(who).by;
    Some(match operation {
        "GET /v1/reports/leads" => {
            Request::new(by, Method::GET, "/v1/reports/leads?by=province").marked(r#""row_count":"#)
        }
        "GET /v1/leads/export" => {
            let lead = stage.new_lead().await;
            Request::new(by, Method::GET, format!("/v1/leads/export?enquiry={}", lead.enquiry))
                .marked(lead.id)
        }
        "GET /v1/organisations/{id}/promotion-sheet" => {
            let producer = text(&stage.certification, "/producer/id");
            Request::new(by, Method::GET, format!("/v1/organisations/{producer}/promotion-sheet"))
                .about(&producer)
                .marked(r#""criterion":"4.1""#)
        }
        _ => return None,
    })
}
