//! The form of an entry, and the hash that ties it to the one before. Whoever has the entries can check them without this
//! service.
//!
//! The hash of an entry is the SHA-256, in lower-case hex, of the JSON array
//! `[seq, at, actor_kind, actor_id, behalf_id, action, subject_kind, subject_id, organisation_id, province, request_id,
//! details, origin_hash, previous_hash]` without spaces, in UTF-8 and with nothing escaped but what JSON demands: `seq`
//! and `at` (microseconds since 1970) are numbers, `details` is a string: the JSON text as it is stored; what is not there
//! is `null`, and `previous_hash` of the first entry is empty. `origin_hash` is the SHA-256 of the stored text of `origin`,
//! which begins with a nonce.
//!
//! `GET /v1/audit` shows all of it to administrators: `actor_kind` and `actor_id` as `actor.kind` and `actor.id`,
//! `behalf_id` as `on_behalf_of.id`, `subject_kind` and `subject_id` as `subject.kind` and `subject.id`, `at` in RFC 3339.
//! `details` and `origin` stand in the answer as they are stored, to the byte; their texts are what stands there.

use super::model::{Agent, Event, Origin};
use crate::db::Instant;
use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};

/// A place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    pub seq: i64,
    pub hash: String,
}

/// An entry as it is stored. Its values are texts and no types of ours, for what a check has to read may be anything.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct Entry {
    pub seq: i64,
    pub at: Instant,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub behalf_id: Option<String>,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: Option<String>,
    pub organisation_id: Option<String>,
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
            actor_kind: by.actor.kind().as_str().to_owned(),
            actor_id: by.actor.id().map(|id| id.as_str().to_owned()),
            behalf_id: by.behalf.map(|organisation| organisation.to_string()),
            action: event.action.as_str().to_owned(),
            subject_kind: event.subject.as_str().to_owned(),
            subject_id: event.subject_id,
            organisation_id: event.organisation.map(|organisation| organisation.to_string()),
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
            self.actor_id,
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

    /// Is where it came from what it was, or forgotten?
    pub fn has_its_origin(&self) -> bool {
        self.origin.as_deref().is_none_or(|origin| self.origin_hash == Some(sha256(origin)))
    }

    pub fn link(&self) -> Link {
        Link { seq: self.seq, hash: self.hash.clone() }
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

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
