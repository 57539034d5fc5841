//! What a client proves itself with.

use crate::world::World;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A secret of a client: `ocs_`, by which scanners of source code know it, and 256 random bits. The database holds only
/// its hash; a fast one will do, because there is nothing to guess.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(String);

impl ClientSecret {
    pub fn random(world: &World) -> Self {
        Self(format!("ocs_{}", URL_SAFE_NO_PAD.encode(world.bytes::<32>())))
    }

    /// Takes any text: one that is no secret is as wrong as another.
    pub fn given(text: String) -> Self {
        Self(text)
    }

    /// The secret itself, for the one who is to use it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.as_bytes()))
    }

    /// Is it the one with this hash? Takes as long for a wrong one as for the right one.
    pub fn is(&self, hash: &str) -> bool {
        verify_slices_are_equal(self.hash().as_bytes(), hash.as_bytes()).is_ok()
    }

    /// Its last four characters, by which people tell one from another.
    pub fn ending(&self) -> String {
        let count = self.0.chars().count();
        self.0.chars().skip(count.saturating_sub(4)).collect()
    }
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_hash_alone() {
        let secret = ClientSecret::random(&World::real());
        assert!(secret.reveal().starts_with("ocs_") && secret.reveal().len() == 47);
        assert!(secret.is(&secret.hash()) && !secret.is("") && !secret.is(secret.reveal()));
        assert!(!ClientSecret::given(secret.hash()).is(&secret.hash()));
        assert!(secret.reveal().ends_with(&secret.ending()) && secret.ending().len() == 4);
        assert_eq!(format!("{secret:?}"), "ClientSecret(…)");
    }
}
