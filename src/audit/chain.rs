//! The form of an entry, and the hash that ties it to the one before.
//!
//! The hash of an entry is the SHA-256, in lower-case hex, of the JSON array
//! `[seq, at, actor_kind, actor_id, behalf_id, action, subject_kind, subject_id, organisation_id, province, request_id,
//! details, origin_hash, previous_hash]` without spaces: `seq` and `at` (microseconds since 1970) are numbers, `details`
//! is the JSON text as it is stored, what is not there is `null`, and `previous_hash` of the first entry is empty.
//! `origin_hash` is the SHA-256 of the stored text of `origin`, which begins with a nonce.

use super::model::{Action, ActorKind, Agent, Event, Origin, SubjectKind};
use crate::db::Instant;
use crate::db::columns::Key;
use crate::organisations::OrganisationId;
use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};

/// The end of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub seq: i64,
    pub hash: String,
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub seq: i64,
    pub at: Instant,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Key>,
    pub behalf_id: Option<OrganisationId>,
    pub action: Action,
    pub subject_kind: SubjectKind,
    pub subject_id: Option<String>,
    pub organisation_id: Option<OrganisationId>,
    pub province: Option<String>,
    pub request_id: Option<String>,
    pub details: String,
    pub origin: Option<String>,
    pub origin_hash: Option<String>,
    pub previous_hash: String,
    pub hash: String,
}

impl Entry {
    /// The next entry of the chain.
    pub fn after(last: &Link, world: &World, by: &Agent, event: Event) -> Self {
        let origin = origin_text(world, &by.origin);
        let mut entry = Self {
            seq: last.seq + 1,
            at: world.now(),
            actor_kind: by.actor.kind(),
            actor_id: by.actor.id(),
            behalf_id: by.behalf,
            action: event.action,
            subject_kind: event.subject,
            subject_id: event.subject_id,
            organisation_id: event.organisation,
            province: event.province,
            request_id: by.origin.request_id.clone(),
            details: serde_json::Value::Object(event.details).to_string(),
            origin_hash: origin.as_deref().map(sha256),
            origin,
            previous_hash: last.hash.clone(),
            hash: String::new(),
        };
        entry.hash = entry.computed_hash();
        entry
    }

    /// What [`hash`](Self::hash) must be.
    pub fn computed_hash(&self) -> String {
        let fields = json!([
            self.seq,
            self.at.micros(),
            self.actor_kind,
            self.actor_id.map(|id| id.as_str().to_owned()),
            self.behalf_id,
            self.action,
            self.subject_kind,
            self.subject_id,
            self.organisation_id,
            self.province,
            self.request_id,
            self.details,
            self.origin_hash,
            self.previous_hash,
        ]);
        sha256(&fields.to_string())
    }
}

/// `nonce` first: 128 random bits, without which an address could be found by trying all of them.
fn origin_text(world: &World, origin: &Origin) -> Option<String> {
    if origin.address.is_none() && origin.user_agent.is_none() {
        return None;
    }
    let nonce = URL_SAFE_NO_PAD.encode(world.bytes::<16>());
    Some(json!({ "nonce": nonce, "address": origin.address, "user_agent": origin.user_agent }).to_string())
}

pub(super) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
