//! Requests about personal data.

use super::{Effect, Request};
use crate::authorization::cast::{Stage, Who};
use crate::harness::people::PASSWORD;
use crate::privacy::{confirmed_request, token_for};
use reqwest::{Method, StatusCode};
use serde_json::json;

/// Does an operation at this path belong here?
pub fn is_about(path: &str) -> bool {
    ["/v1/me/consents", "/v1/me/export", "/v1/me/erasure", "/v1/data-requests"]
        .iter()
        .any(|own| path.starts_with(own))
}

pub async fn about_data(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let person = stage.person(who);
    let by = &person.by;
    let consents = || Effect::View(person.account.clone(), "/v1/me/consents".to_owned());
    let news = json!({ "purpose": "news_mail", "text_version": "2026-11", "accepted": true });
    Some(match operation {
        "GET /v1/me/consents" => Request::new(by, Method::GET, "/v1/me/consents"),
        "POST /v1/me/consents" => {
            Request::new(by, Method::POST, "/v1/me/consents").json(&news).showing_in(consents())
        }
        "DELETE /v1/me/consents/{purpose}" => {
            person.account.post("/v1/me/consents", &news).await.expect(StatusCode::CREATED);
            Request::new(by, Method::DELETE, "/v1/me/consents/news_mail").showing_in(consents())
        }
        "GET /v1/me/export" => Request::new(by, Method::GET, "/v1/me/export").marked(who.email()),
        "POST /v1/me/erasure" => {
            let gone = stage.throw_away(who).await;
            Request::new(&gone.by, Method::POST, "/v1/me/erasure")
                .json(&json!({ "password": PASSWORD }))
                .showing_in(Effect::View(gone.account, "/v1/me".to_owned()))
        }
        "POST /v1/data-requests" => Request::new(by, Method::POST, "/v1/data-requests")
            .json(&json!({ "kind": "access", "email": who.email() }))
            .showing_in(Effect::Rows("data_requests")),
        "POST /v1/data-requests/confirmations" => {
            let token = token_for(&stage.app, "access", &address(stage)).await;
            Request::new(by, Method::POST, "/v1/data-requests/confirmations")
                .json(&json!({ "token": token }))
                .showing_in(Effect::View(
                    stage.person(Who::Admin).by.clone(),
                    "/v1/data-requests?state=received&limit=100".to_owned(),
                ))
        }
        _ => return about_a_request(stage, who, operation).await,
    })
}

fn address(stage: &Stage) -> String {
    format!("{}@hoi.example", stage.new_name().rsplit(' ').next().expect("a number"))
}

async fn about_a_request(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let (by, admin) = (&stage.person(who).by, stage.person(Who::Admin).by.clone());
    let kind = if operation.ends_with("erasures") { "erasure" } else { "access" };
    let id = confirmed_request(&stage.app, kind, &address(stage)).await;
    let path = format!("/v1/data-requests/{id}");
    let act = |what: &str| {
        Request::new(by, Method::POST, format!("{path}/{what}"))
            .showing_in(Effect::View(admin.clone(), path.clone()))
    };
    Some(match operation {
        "GET /v1/data-requests" => Request::new(by, Method::GET, "/v1/data-requests?limit=100").marked(id),
        "GET /v1/data-requests/{id}" => Request::new(by, Method::GET, path).marked(id),
        "POST /v1/data-requests/{id}/answers" => {
            act("answers").json(&json!({ "answer": "Đang làm.", "outcome": "answered" })).marked(id)
        }
        "POST /v1/data-requests/{id}/extensions" => {
            act("extensions").json(&json!({ "reason": "Nhiều hồ sơ." }))
        }
        "POST /v1/data-requests/{id}/erasures" => act("erasures"),
        "POST /v1/data-requests/{id}/exports" => act("exports"),
        _ => return None,
    })
}
