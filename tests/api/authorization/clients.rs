//! Requests about machine clients of the producer concerned, and by them.

use super::cast::{Stage, Who, text};
use super::requests::{Effect, Request};
use crate::harness::machines::Machine;
use ocop_market::organisations::OrganisationId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A new client, in the place of the one before: an organisation has twenty at most.
async fn new_client(stage: &Stage) -> Machine {
    let owner = &stage.person(Who::Owner).by;
    let clients = format!("/v1/organisations/{}/clients", producer(stage));
    let listed = owner.all(&clients).await;
    let old = listed.iter().find(|client| client["scopes"] == json!(["leads.read"]));
    if let Some(old) = old.filter(|_| listed.len() > 10) {
        owner.delete(&format!("{clients}/{}", text(old, "/id"))).await.expect(StatusCode::NO_CONTENT);
    }
    stage.machine(&["leads.read"]).await
}

fn producer(stage: &Stage) -> OrganisationId {
    OrganisationId::parse(&text(&stage.certification, "/producer/id")).expect("an id")
}

/// Whoever asks, and whatever token comes with it: the client proves itself in the form.
pub async fn about_tokens(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let by = &stage.person(who).by;
    let machine = new_client(stage).await;
    let (id, secret) = ("client_id", "client_secret");
    Some(match operation {
        "POST /v1/oauth/token" => Request::new(by, Method::POST, "/v1/oauth/token")
            .form(&[("grant_type", "client_credentials"), (id, &machine.id), (secret, &machine.secret)])
            .marked("access_token")
            .showing_in(Effect::View(stage.person(Who::Owner).by.clone(), machine.path)),
        "POST /v1/oauth/revoke" => {
            let holder = stage.app.as_machine(&machine).await;
            let token = holder.token.clone().expect("a token");
            Request::new(by, Method::POST, "/v1/oauth/revoke")
                .form(&[("token", &token), (id, &machine.id), (secret, &machine.secret)])
                .showing_in(Effect::View(holder, "/v1/leads?limit=1".to_owned()))
        }
        _ => return None,
    })
}

pub async fn about_clients(stage: &Stage, who: Who, operation: &str) -> Option<Request> {
    let (by, owner) = (&stage.person(who).by, stage.person(Who::Owner).by.clone());
    let organisation = producer(stage).to_string();
    let clients = format!("/v1/organisations/{organisation}/clients");
    let machine = new_client(stage).await;
    let path = machine.path.clone();
    let body = json!({ "name": stage.new_name(), "scopes": ["leads.read"] });
    let shown = Effect::View(owner.clone(), path.clone());
    let secrets = format!("{path}/secrets");
    Some(match operation {
        "GET /v1/organisations/{id}/clients" => {
            Request::new(by, Method::GET, clients).about(organisation).marked(machine.id)
        }
        "POST /v1/organisations/{id}/clients" => Request::new(by, Method::POST, clients)
            .json(&body)
            .about(organisation)
            .marked("client_secret")
            .showing_in(Effect::Rows("clients")),
        "GET /v1/organisations/{id}/clients/{client_id}" => {
            Request::new(by, Method::GET, path).about(&machine.id).marked(machine.id)
        }
        "PATCH /v1/organisations/{id}/clients/{client_id}" => Request::new(by, Method::PATCH, path)
            .with("If-Match", "*")
            .json(&body)
            .about(&machine.id)
            .marked(machine.id)
            .showing_in(shown),
        "DELETE /v1/organisations/{id}/clients/{client_id}" => {
            Request::new(by, Method::DELETE, path).about(machine.id).showing_in(shown)
        }
        "POST /v1/organisations/{id}/clients/{client_id}/secrets" => Request::new(by, Method::POST, secrets)
            .about(machine.id)
            .marked("client_secret")
            .showing_in(shown),
        "DELETE /v1/organisations/{id}/clients/{client_id}/secrets/{secret_id}" => {
            let made = owner.post(&secrets, &Value::Null).await.expect(StatusCode::CREATED);
            let secret = text(&made, "/secret/id");
            Request::new(by, Method::DELETE, format!("{secrets}/{secret}"))
                .about(machine.id)
                .showing_in(shown)
        }
        _ => return None,
    })
}
