//! Clients, their scopes, secrets and networks.

mod network;
mod scope;
mod secret;

pub use network::{Network, Networks};
pub use scope::{Scope, Scopes};
pub use secret::ClientSecret;

use crate::accounts::UserId;
use crate::db::Instant;
use crate::input::measured;
use crate::organisations::OrganisationId;
use crate::say::Invalid;
use unicode_normalization::UnicodeNormalization;

crate::id_type!(
    /// The id of a machine client: its `client_id`.
    ClientId
);

crate::id_type!(
    /// The id of a secret of a client; not the secret.
    ClientSecretId
);

/// Clients of one organisation, at most.
pub const MOST_CLIENTS: i64 = 20;
/// Secrets of one client, at most: the one that is in use, and the one that is to replace it.
pub const MOST_SECRETS: usize = 2;

/// What people call a client: 1 to 100 characters on one line.
#[derive(Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct ClientName(String);

impl ClientName {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text: String = text.trim().nfc().collect();
        measured(&text, 100, |_| false).map(|text| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::text_column!(ClientName, |text: &str| ClientName::parse(text).ok());
crate::string_schema!(ClientName, "name", "Cổng đặt hàng của chuỗi cửa hàng");
crate::parsed_input!(ClientName);

/// A client as its organisation knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: ClientId,
    pub organisation: OrganisationId,
    pub name: ClientName,
    pub scopes: Scopes,
    pub addresses: Networks,
    pub secrets: Vec<SecretKnown>,
    pub created_by: UserId,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub last_used_at: Option<Instant>,
}

/// What is known of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretKnown {
    pub id: ClientSecretId,
    /// Its last four characters.
    pub ending: String,
    pub created_at: Instant,
    pub last_used_at: Option<Instant>,
}

/// A client to be.
#[derive(Debug, Clone)]
pub struct NewClient {
    pub name: ClientName,
    pub scopes: Scopes,
    pub addresses: Networks,
}
