//! Requests about stored files and about what the parties of a lead sign.

use super::cast::{Stage, Who, text};
use super::requests::{Effect, Request};
use crate::harness::Actor;
use crate::leads::fresh_key;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn is_about_agreements(path: &str) -> bool {
    path == "/v1/files"
        || (path.starts_with("/v1/leads/{id}/")
            && ["/agreements", "/files/"].iter().any(|part| path.contains(part)))
}

/// A file that nobody has stored, so that anybody may use it; and its content.
async fn file(stage: &Stage) -> (String, String) {
    let content = format!("%PDF-1.7 {}", fresh_key());
    let request = stage.app.anonymous().request(Method::POST, "/v1/files");
    let request = request.header("Content-Type", "application/pdf").body(content.clone());
    let stored = crate::harness::Reply::of(request).await.expect(StatusCode::CREATED);
    (text(&stored, "/id"), content)
}

fn contract(file: &str) -> Value {
    json!({
        "kind": "contract", "value": 1_000_000, "signed_on": "2026-11-20",
        "parties": { "buyer": { "name": "Chuỗi cửa hàng Ví Dụ" }, "producer": { "name": "HTX Dệt Ví Dụ" } },
        "evidence": [{ "file_id": file }],
    })
}

pub async fn about_agreements(stage: &Stage, who: Who, operation: &str, case: &str) -> Option<Request> {
    let by = &stage.person(who).by;
    if operation == "POST /v1/files" {
        let request = Request::new(by, Method::POST, "/v1/files").body("application/pdf", "%PDF-1.7 một");
        return Some(request.showing_in(Effect::Rows("files")));
    }
    let owner = &stage.person(Who::Owner).by;
    let (evidence, content) = file(stage).await;
    if case == "an attachment" {
        let lead = stage.new_lead_with(&json!([evidence])).await;
        let path = format!("/v1/leads/{}/files/{evidence}", lead.id);
        return Some(Request::new(by, Method::GET, path).about(lead.id).marked(content));
    }
    let lead = stage.new_lead().await.id;
    let agreements = format!("/v1/leads/{lead}/agreements");
    if operation == "POST /v1/leads/{id}/agreements" {
        let request = Request::new(by, Method::POST, &agreements).json(&contract(&evidence)).about(lead);
        return Some(request.showing_in(Effect::View(owner.clone(), agreements)));
    }
    let id = recorded(owner, &agreements, &evidence).await;
    let one = format!("{agreements}/{id}");
    Some(match operation {
        "GET /v1/leads/{id}/agreements" => Request::new(by, Method::GET, agreements).about(lead).marked(id),
        "GET /v1/leads/{id}/agreements/{agreement_id}" => {
            Request::new(by, Method::GET, one).about(lead).marked(id)
        }
        "POST /v1/leads/{id}/agreements/{agreement_id}/voidings" => {
            Request::new(by, Method::POST, format!("{one}/voidings"))
                .json(&json!({ "reason": "Ghi nhầm." }))
                .about(lead)
                .showing_in(Effect::View(owner.clone(), one))
        }
        "PUT /v1/leads/{id}/agreements/{agreement_id}/attribution" => {
            let shares = json!([{ "kind": "province", "name": "33", "share": 10_000 }]);
            let campaign = json!([{ "kind": "campaign", "name": "thu-2026", "share": 10_000 }]);
            let put = owner.request(Method::PUT, &format!("{one}/attribution")).header("If-Match", "*");
            let put = put.json(&json!({ "shares": campaign }));
            crate::harness::Reply::of(put).await.expect(StatusCode::OK);
            Request::new(by, Method::PUT, format!("{one}/attribution"))
                .with("If-Match", "*")
                .json(&json!({ "shares": shares }))
                .about(lead)
                .showing_in(Effect::View(owner.clone(), one))
        }
        "GET /v1/leads/{id}/files/{file_id}" => {
            let path = format!("/v1/leads/{lead}/files/{evidence}");
            Request::new(by, Method::GET, path).about(lead).marked(content)
        }
        _ => return None,
    })
}

async fn recorded(by: &Actor, agreements: &str, file: &str) -> String {
    let made = by.post(agreements, &contract(file)).await.expect(StatusCode::CREATED);
    text(&made, "/agreement/id")
}
