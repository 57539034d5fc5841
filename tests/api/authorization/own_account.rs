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
    let by_token = matches!(operation, "POST /v1/me/password" | "POST /v1/me/email-changes");
    let (by, own) = match by_token {
        true => {
            let double = stage.double(who).await;
            (double.by, text(&double.account.get("/v1/me").await.expect(StatusCode::OK), "/email"))
        }
        false => (stage.person(who).by.clone(), stage.new_account().await),
    };
    let new = format!("new-{own}");
    let nobody = stage.app.anonymous();
    let post = |body: Value, effect: &'static str| {
        Request::new(&by, Method::POST, path).json(&body).showing_in(Effect::Rows(effect))
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
            post(json!({ "token": token, "password": STRONG }), "users").marked(new)
        }
        "POST /v1/me/password" => {
            post(json!({ "current_password": PASSWORD, "new_password": STRONG }), "mails")
        }
        "POST /v1/password-resets" => post(json!({ "email": own }), "mail_tokens").marked(own),
        "POST /v1/password-resets/confirmations" => {
            nobody.post("/v1/password-resets", &json!({ "email": own })).await.expect(StatusCode::ACCEPTED);
            let token = stage.app.mail_to(&own).await.token("password-reset");
            post(json!({ "token": token, "new_password": STRONG }), "mails")
        }
        "POST /v1/me/email-changes" => {
            post(json!({ "email": new, "password": PASSWORD }), "mail_tokens").marked(new)
        }
        "POST /v1/me/email-changes/confirmations" => {
            let change = json!({ "email": new, "password": PASSWORD });
            let owner = stage.app.sign_in(&own).await;
            let owner = nobody.with_token(text(&owner, "/access_token"));
            owner.post("/v1/me/email-changes", &change).await.expect(StatusCode::ACCEPTED);
            let token = stage.app.mail_to(&new).await.token("email-change");
            post(json!({ "token": token }), "mails")
        }
        _ => return None,
    })
}
