//! Clients as their organisation sees them.

use crate::accounts::UserId;
use crate::clients::{Client, ClientId, ClientSecretId, Network, Scope, SecretKnown};
use crate::db::Instant;
use crate::http::{Problem, reply};
use crate::organisations::OrganisationId;
use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ETAG};
use serde::Serialize;
use utoipa::ToSchema;

/// A machine client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client)]
pub struct ClientView {
    /// Its `client_id`.
    pub id: ClientId,
    pub organisation_id: OrganisationId,
    #[schema(example = "Cổng đặt hàng của chuỗi cửa hàng")]
    pub name: String,
    /// What it may do at most.
    #[schema(example = json!(["catalogue.read", "leads.write"]))]
    pub scopes: Vec<Scope>,
    /// The networks it may come from; empty: from anywhere.
    #[schema(example = json!(["203.0.113.0/24"]))]
    pub addresses: Vec<Network>,
    /// Its secrets, at most two; of each only the end is known.
    pub secrets: Vec<ClientSecretView>,
    pub created_by: UserId,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// When it last asked for a token, to the minute; `null` if it never has.
    pub last_used_at: Option<Instant>,
}

/// What is known of a client's secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientSecret)]
pub struct ClientSecretView {
    pub id: ClientSecretId,
    /// Its last four characters.
    #[schema(example = "x7Qw")]
    pub ending: String,
    pub created_at: Instant,
    /// When it was last used, to the minute; `null` if it never was.
    pub last_used_at: Option<Instant>,
}

impl From<SecretKnown> for ClientSecretView {
    fn from(secret: SecretKnown) -> Self {
        let SecretKnown { id, ending, created_at, last_used_at } = secret;
        Self { id, ending, created_at, last_used_at }
    }
}

impl From<Client> for ClientView {
    fn from(client: Client) -> Self {
        Self {
            id: client.id,
            organisation_id: client.organisation,
            name: client.name.as_str().to_owned(),
            scopes: client.scopes.as_slice().to_vec(),
            addresses: client.addresses.as_slice().to_vec(),
            secrets: client.secrets.into_iter().map(ClientSecretView::from).collect(),
            created_by: client.created_by,
            created_at: client.created_at,
            updated_at: client.updated_at,
            last_used_at: client.last_used_at,
        }
    }
}

impl ClientView {
    /// What the `ETag` names: all but the last uses, or somebody who edits a busy client would never be in time.
    pub fn state(self) -> Self {
        let unused = |secret| ClientSecretView { last_used_at: None, ..secret };
        let secrets = self.secrets.into_iter().map(unused).collect();
        Self { last_used_at: None, secrets, ..self }
    }

    /// 200, never stored, with the tag of the state.
    pub fn shown(client: Client) -> Result<HttpResponse, Problem> {
        let tag = reply::etag(reply::encode(&Self::from(client.clone()).state())?);
        let body = reply::encode(&Self::from(client))?;
        let mut response = HttpResponse::Ok();
        response.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, "private, no-store"));
        Ok(response.content_type("application/json").body(body))
    }
}

/// A page of clients, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientPage {
    pub items: Vec<ClientView>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

/// A client that was made, with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientCreated {
    pub client: ClientView,
    /// Shown this once: keep it where only the client can read it.
    #[schema(example = "ocs_p9mFQk0d0Q9Wc3xJmJ0m0y1c7m3m5Gm8l5sJv0cF1iA")]
    pub client_secret: String,
}

/// Another secret of a client.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientSecretCreated {
    pub secret: ClientSecretView,
    /// Shown this once: keep it where only the client can read it.
    #[schema(example = "ocs_p9mFQk0d0Q9Wc3xJmJ0m0y1c7m3m5Gm8l5sJv0cF1iA")]
    pub client_secret: String,
}
