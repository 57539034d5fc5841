//! Requests about sessions and the second factor. Those that change an account are made by one nobody else needs.

use super::cast::{Stage, Who, text};
use super::requests::{Effect, Request};
use crate::harness::Actor;
use crate::harness::people::{PASSWORD, code_at};
use reqwest::{Method, StatusCode};
use serde_json::json;

pub fn is_about_sign_in(operation: &str) -> bool {
    let others = ["POST /v1/sessions", "POST /v1/sessions/refresh", "DELETE /v1/sessions/current"];
    (operation.contains("/v1/sessions") && !others.contains(&operation))
        || operation.contains("/v1/me/second-factor")
        || operation.contains("/v1/me/recovery-codes")
}

pub async fn about_sign_in(stage: &Stage, who: Who, operation: &str, case: &str) -> Option<Request> {
    if operation == "GET /v1/sessions" {
        return Some(
            Request::new(&stage.person(who).by, Method::GET, "/v1/sessions").marked(r#""current":true"#),
        );
    }
    if case == "of the owner" {
        let (by, target) = (&stage.person(who).by, stage.sign_in(Who::Owner).await);
        return Some(ending(by, &target.account).await);
    }
    let double = stage.double(who).await;
    let (by, account) = (&double.by, &double.account);
    let shown = Effect::View(account.clone(), "/v1/me".to_owned());
    Some(match operation {
        "DELETE /v1/sessions" => Request::new(by, Method::DELETE, "/v1/sessions").showing_in(shown),
        "DELETE /v1/sessions/{id}" => ending(by, account).await,
        "POST /v1/me/second-factor" => Request::new(by, Method::POST, "/v1/me/second-factor")
            .json(&json!({ "password": PASSWORD }))
            .showing_in(Effect::Rows("second_factors")),
        "POST /v1/me/second-factor/confirmations" => {
            let set_up = account.post("/v1/me/second-factor", &json!({ "password": PASSWORD })).await;
            let secret = text(&set_up.expect(StatusCode::CREATED), "/secret");
            let code = code_at(&secret, stage.app.state.world.now());
            Request::new(by, Method::POST, "/v1/me/second-factor/confirmations")
                .json(&json!({ "code": code }))
                .showing_in(shown)
        }
        "DELETE /v1/me/second-factor" => {
            let (by, codes, kept) = with_second_factor(stage, who, by, account).await;
            Request::new(&by, Method::DELETE, "/v1/me/second-factor")
                .json(&json!({ "password": PASSWORD, "recovery_code": codes[0] }))
                .showing_in(Effect::View(kept, "/v1/me".to_owned()))
        }
        "POST /v1/me/recovery-codes" => {
            let (by, codes, kept) = with_second_factor(stage, who, by, account).await;
            // One is used before, so that there are more of them afterwards.
            let body = json!({ "password": PASSWORD, "recovery_code": codes[0] });
            kept.post("/v1/me/second-factor", &body).await.expect(StatusCode::CREATED);
            Request::new(&by, Method::POST, "/v1/me/recovery-codes")
                .json(&json!({ "password": PASSWORD, "recovery_code": codes[1] }))
                .showing_in(Effect::View(kept, "/v1/me".to_owned()))
        }
        _ => return None,
    })
}

/// To end the session of `target`.
async fn ending(by: &Actor, target: &Actor) -> Request {
    let sessions = target.get("/v1/sessions").await.expect(StatusCode::OK);
    let all = sessions["items"].as_array().expect("sessions");
    let current = all.iter().find(|session| session["current"] == true).expect("the one that asks");
    let id = text(current, "/id");
    Request::new(by, Method::DELETE, format!("/v1/sessions/{id}"))
        .about(id)
        .showing_in(Effect::View(target.clone(), "/v1/me".to_owned()))
}

/// The account with a second factor. Setting it up ends all sessions but that in which it is confirmed: the caller's own if
/// there is one, which is then the one to look from.
async fn with_second_factor(
    stage: &Stage,
    who: Who,
    by: &Actor,
    account: &Actor,
) -> (Actor, Vec<String>, Actor) {
    let out = matches!(who, Who::Nobody | Who::SignedOut | Who::Forged);
    let kept = if out { account } else { by };
    let (codes, _) = stage.app.enrolled(kept).await;
    (by.clone(), codes, kept.clone())
}
