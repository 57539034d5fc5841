//! Requests about one's own account: registration, password, e-mail address.

use super::cast::{Stage, Who, text};
use super::requests::{Effect, Request};
use crate::harness::people::PASSWORD;
use crate::registration::{STRONG, by_invitation, invited, new_registration};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub fn is_about_own_account(path: &str) -> bool {
    ["/v1/registrations", "/v1/password-resets", "/v1/me/password", "/v1/me/email-changes"]
        .iter()
        .any(|own| path.starts_with(own))
}

/// Each with an account of its own, for most of them end sessions.
pub async fn about_own_account(stage: &Stage, who: Who, operation: &str, case: &str) -> Option<Request> {
    let (_, path) = operation.split_once(' ')?;
    let person = stage.double(who).await;
    let own = text(&person.account.get("/v1/me").await.expect(StatusCode::OK), "/email");
    let new = format!("new-{own}");
    let nobody = stage.app.anonymous();
    let asked = async |path: &str, body: Value, purpose: &str, reader: &str| {
        person.account.post(path, &body).await.expect(StatusCode::ACCEPTED);
        stage.app.mail_to(reader).await.token(purpose)
    };
    let post = |body: Value, effect: &'static str| {
        Request::new(&person.by, Method::POST, path).json(&body).showing_in(Effect::Rows(effect))
    };
    Some(match operation {
        "POST /v1/registrations" if case == "by invitation" => {
            let (_, token) = invited(&stage.app, &format!("owner-{own}"), &new).await;
            post(by_invitation(&new, &token), "users").marked(new)
        }
        "POST /v1/registrations" => post(new_registration(&new), "registrations").marked(new),
        "POST /v1/registrations/confirmations" => {
            nobody.post("/v1/registrations", &new_registration(&new)).await.expect(StatusCode::ACCEPTED);
            let token = stage.app.mail_to(&new).await.token("registration");
            post(json!({ "token": token }), "users").marked(new)
        }
        "POST /v1/me/password" => {
            post(json!({ "current_password": PASSWORD, "new_password": STRONG }), "mails")
        }
        "POST /v1/password-resets" => post(json!({ "email": own }), "mail_tokens").marked(own),
        "POST /v1/password-resets/confirmations" => {
            let token = asked("/v1/password-resets", json!({ "email": own }), "password-reset", &own).await;
            post(json!({ "token": token, "new_password": STRONG }), "mails")
        }
        "POST /v1/me/email-changes" => {
            post(json!({ "email": new, "password": PASSWORD }), "mail_tokens").marked(new)
        }
        "POST /v1/me/email-changes/confirmations" => {
            let change = json!({ "email": new, "password": PASSWORD });
            let token = asked("/v1/me/email-changes", change, "email-change", &new).await;
            post(json!({ "token": token }), "mails")
        }
        _ => return None,
    })
}
