//! Secrets that we make and somebody brings back: refresh tokens, tokens in mails, secrets of machine clients.
//!
//! Each is shown once. The database holds only a hash, a fast one: in 256 random bits there is nothing to guess, and two
//! hashes may be compared as any text, because who tries does not choose what the hash of a guess is.

use crate::say::Invalid;
use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// 256 random bits in base64url, or whatever text somebody brings in their place.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn random(world: &World) -> Self {
        Self(URL_SAFE_NO_PAD.encode(world.bytes::<32>()))
    }

    /// Takes any text: one that is no secret of ours is as unknown as a wrong one.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self(text.to_owned()))
    }

    /// The secret itself, for the one who is to use it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the database knows of it: SHA-256, in base64url.
    pub fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.as_bytes()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

crate::parsed_input!(Secret);
crate::string_schema!(Secret, "base64url", "p9mFQk0d0Q9Wc3xJmJ0m0y1c7m3m5Gm8l5sJv0cF1iA");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_hash_and_not_printed() {
        let world = World::real();
        let (one, other) = (Secret::random(&world), Secret::random(&world));
        assert_eq!((one.reveal().len(), one.hash().len()), (43, 43));
        assert_ne!(one, other);
        assert_ne!(one.hash(), other.hash());
        let brought = Secret::parse(one.reveal());
        assert_eq!(brought.map(|secret| secret.hash()), Ok(one.hash()));
        assert_eq!(format!("{one:?}"), "Secret(…)");
    }
}
