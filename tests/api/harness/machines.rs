//! Machine clients: `let gateway = app.machine(&owner, organisation, &["leads.read"]).await;`

use super::{Actor, Reply, TestApp};
use ocop_market::organisations::OrganisationId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A body as browsers send forms.
pub trait Form {
    fn form(self, pairs: &[(&str, &str)]) -> Self;
}

impl Form for reqwest::RequestBuilder {
    fn form(self, pairs: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.header("Content-Type", "application/x-www-form-urlencoded").body(body)
    }
}

/// A machine client and its first secret.
#[derive(Clone)]
pub struct Machine {
    pub id: String,
    pub secret: String,
    /// Where its owners see it.
    pub path: String,
}

impl TestApp {
    /// Has an owner make a client.
    pub async fn machine(&self, owner: &Actor, organisation: OrganisationId, scopes: &[&str]) -> Machine {
        let path = format!("/v1/organisations/{organisation}/clients");
        let made = owner.post(&path, &json!({ "name": "Cổng thử", "scopes": scopes })).await;
        Machine::of(&path, &made.expect(StatusCode::CREATED))
    }

    /// `POST /v1/oauth/token` with the credentials in the header.
    pub async fn ask_for_token(&self, machine: &Machine, more: &[(&str, &str)]) -> Reply {
        let form = [&[("grant_type", "client_credentials")], more].concat();
        let request = self.anonymous().request(Method::POST, "/v1/oauth/token");
        Reply::of(request.basic_auth(&machine.id, Some(&machine.secret)).form(&form)).await
    }

    /// The machine as it comes to the service, with all its scopes.
    pub async fn as_machine(&self, machine: &Machine) -> Actor {
        let token = self.ask_for_token(machine, &[]).await.expect(StatusCode::OK);
        self.anonymous().with_token(token["access_token"].as_str().expect("a token"))
    }
}

impl Machine {
    /// The client of an answer to `POST …/clients`.
    pub fn of(path: &str, made: &Value) -> Self {
        let text = |pointer| made.pointer(pointer).and_then(Value::as_str).expect("a text").to_owned();
        let id = text("/client/id");
        Self { path: format!("{path}/{id}"), id, secret: text("/client_secret") }
    }
}
