//! What a client may do.

use crate::input::Faults;
use crate::say::{Invalid, Say};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};

crate::text_enum! {
    /// What a machine client may do for its organisation.
    pub enum Scope {
        /// Read the catalogue under the client's own rate limit; what is read is public
        CatalogueRead = "catalogue.read",
        /// Read the organisation's listings
        ListingsRead = "listings.read",
        /// Change price and season, withdraw and restore
        ListingsWrite = "listings.write",
        /// Read the organisation's leads, offers, agreements, files and reports; contacts where they were revealed
        LeadsRead = "leads.read",
        /// Send and record enquiries for the organisation, and do with its leads what its editors do
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
            Self::LeadsRead => "Read the organisation's leads, offers, agreements, files and reports",
            Self::LeadsWrite => {
                "Send and record enquiries for the organisation, and do with its leads what its editors do"
            }
        }
    }
}

fn none() -> Invalid {
    Invalid::new("missing", Say::new("Cần ít nhất một phạm vi.", "At least one scope is needed."))
}

/// A set of scopes, at least one, written as OAuth does: separated by spaces (RFC 6749 §3.3), here in the order of [`Scope::ALL`].
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
            return Err(none());
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

/// A JSON list of scopes, each as often as you like.
impl Deserr<Faults> for Scopes {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let scopes = Vec::<Scope>::deserialize_from_value(value, location)?;
        match scopes.is_empty() {
            true => Err(Faults::located(location, none())),
            false => Ok(Self::of(&scopes)),
        }
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.0.iter().map(Scope::as_str).collect();
        f.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_a_set_in_one_order() {
        let read = |text| Scopes::parse(text).map(|scopes| scopes.to_string());
        assert_eq!(
            read("leads.write catalogue.read leads.write"),
            Ok("catalogue.read leads.write".to_owned())
        );
        for wrong in ["", " ", "leads", "leads.read,leads.write", "LEADS.READ", "leads.read openid"] {
            assert!(Scopes::parse(wrong).is_err(), "{wrong:?}");
        }
        let (less, more) = (Scopes::of(&[Scope::LeadsRead]), Scopes::of(Scope::ALL));
        assert!(less.within(&more) && !more.within(&less) && more.within(&more));
    }
}
