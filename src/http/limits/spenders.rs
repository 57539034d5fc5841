//! Whose budget a token spends. A public read must not ask the database, and checking a signature costs as much as some
//! answers: tokens that have been checked are known by their hash, until they run out.
//!
//! That a token is known here lets nobody in. Whether its session or client is still good is asked where it matters.

use super::counters::Budget;
use crate::auth::Keys;
use crate::auth::token::Bearer;
use crate::db::Instant;
use crate::db::columns::Key;
use sha2::{Digest, Sha256};

/// Tokens that are known at most; more of them are checked each time.
const MOST: usize = 50_000;

/// Who makes requests with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spender {
    Account(Budget),
    Client(Budget),
}

/// The tokens that have been checked.
#[derive(Default)]
pub struct Spenders {
    known: papaya::HashMap<u128, Known, foldhash::fast::RandomState>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    spender: Spender,
    /// In seconds since 1970.
    expires_at: i64,
}

impl Spenders {
    /// Whose token it is; `None` if it is no good.
    pub fn of(&self, keys: &Keys, token: &str, now: Instant) -> Option<Spender> {
        let digest = Sha256::digest(token.as_bytes());
        let hash = u128::from_be_bytes(digest.first_chunk::<16>().copied()?);
        let known = self.known.pin();
        if let Some(held) = known.get(&hash) {
            return (held.expires_at > now.unix_seconds()).then_some(held.spender);
        }
        let checked = keys.verify(token, now).ok()?;
        let budget = |key: Key| Budget::numbered(key.number());
        let spender = match checked.bearer {
            Bearer::User { user, .. } => Spender::Account(budget(user.key())),
            Bearer::Client { client, .. } => Spender::Client(budget(client.key())),
        };
        if known.len() < MOST {
            known.insert(hash, Known { spender, expires_at: checked.expires_at });
        }
        Some(spender)
    }

    /// Forgets tokens that have run out.
    pub fn sweep(&self, now: Instant) {
        self.known.pin().retain(|_, known| known.expires_at > now.unix_seconds());
    }
}
