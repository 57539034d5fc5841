//! Scopes: what a client may do.

use crate::say;
use crate::say::Invalid;

crate::id_type!(
    /// The id of a machine client: its `client_id`.
    ClientId
);

crate::text_enum! {
    /// What a machine client may do for its organisation.
    pub enum Scope {
        /// Read the catalogue under the client's own rate limit; what is read is public
        CatalogueRead = "catalogue.read",
        /// Read the organisation's listings
        ListingsRead = "listings.read",
        /// Change price and season, withdraw and restore
        ListingsWrite = "listings.write",
        /// Read the organisation's leads, contacts included
        LeadsRead = "leads.read",
        /// Send enquiries for the organisation; move and note its leads
        LeadsWrite = "leads.write",
    }
}

impl Scope {
    /// What a token with it may do, in the document.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::CatalogueRead => "Read the catalogue under the client's own rate limit",
            Self::ListingsRead => "Read the organisation's listings",
            Self::ListingsWrite => "Change price and season, withdraw and restore",
            Self::LeadsRead => "Read the organisation's leads",
            Self::LeadsWrite => "Send enquiries for the organisation; move and note its leads",
        }
    }
}

/// A set of scopes, written as OAuth does: separated by spaces (RFC 6749 §3.3), here in the order of [`Scope::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    pub fn of(scopes: &[Scope]) -> Self {
        Self(Scope::ALL.iter().copied().filter(|scope| scopes.contains(scope)).collect())
    }

    /// Reads what [`Display`](std::fmt::Display) has written; any order, each as often as you like.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let scopes: Result<Vec<Scope>, Invalid> =
            text.split(' ').filter(|name| !name.is_empty()).map(Scope::parse).collect();
        let scopes = scopes?;
        if scopes.is_empty() {
            return Err(Invalid::new(
                "missing",
                say::Say::new("Cần ít nhất một phạm vi.", "At least one scope is needed."),
            ));
        }
        Ok(Self::of(&scopes))
    }

    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    pub fn as_slice(&self) -> &[Scope] {
        &self.0
    }

    /// Is everything in here in the other?
    pub fn within(&self, other: &Self) -> bool {
        self.0.iter().all(|scope| other.has(*scope))
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.0.iter().map(Scope::as_str).collect();
        f.write_str(&names.join(" "))
    }
}
