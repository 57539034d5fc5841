//! What the public reads of a product, serialised once when it changes and then only copied.
//!
//! The detail of a product begins with what lists show of it, its *card*: `{card members, more members}`. So one buffer
//! serves both; a card is its beginning and a brace. Documents hold both languages and depend on the product alone, never
//! on who asks or on other products: they are equal on every instance, byte for byte.

mod contents;
mod parts;

pub use parts::{ProductCard, ProductDetail, products_url, verification_url};

use super::facts::Facts;
use super::presence::{Gone, Presence};
use crate::certification::ledger::Certification;
use crate::db::Day;
use crate::http::reply;
use crate::organisations::OrganisationId;
use crate::products::{ProductCode, ProductId};
use crate::reference::Reference;
use actix_web::web::Bytes;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// Raised when the form of the documents changes: every follower then loads them anew.
pub const FORM: u32 = 3;

/// A product's document with its entity tag, in one buffer.
#[derive(Debug, Clone)]
pub struct Document {
    /// The quoted tag, then the detail.
    buffer: Bytes,
    /// Where the card ends in the buffer, its closing brace not included.
    card_end: u32,
}

/// Bytes of a quoted tag.
const TAG: usize = 22;

impl Document {
    /// The quoted entity tag, as the header has it.
    pub fn quoted_tag(&self) -> Bytes {
        self.buffer.slice(..TAG.min(self.buffer.len()))
    }

    /// The tag without quotes: 20 characters.
    pub fn tag(&self) -> &[u8] {
        self.buffer.get(1..TAG - 1).unwrap_or_default()
    }

    /// The detail, one JSON object.
    pub fn detail(&self) -> Bytes {
        self.buffer.slice(TAG.min(self.buffer.len())..)
    }

    pub fn detail_len(&self) -> usize {
        self.buffer.len().saturating_sub(TAG)
    }

    /// The detail's bytes, not counted as a user of the buffer.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(TAG..).unwrap_or_default()
    }

    /// Bytes of what lists show.
    pub fn card_len(&self) -> usize {
        usize::try_from(self.card_end).unwrap_or_default().saturating_sub(TAG) + 1
    }

    /// Writes what lists show.
    pub fn write_card(&self, out: &mut Vec<u8>) {
        let end = usize::try_from(self.card_end).unwrap_or(usize::MAX);
        out.extend_from_slice(self.buffer.get(TAG..end).unwrap_or_default());
        out.push(b'}');
    }
}

/// What the catalogue keeps of every product that was ever certified.
#[derive(Debug)]
pub struct Record {
    /// `None` while it is not in the catalogue.
    pub document: Option<Document>,
    /// A [`LedgerRecord`] as JSON; a slice of the document's buffer.
    ledger: Bytes,
    /// Last day on which the ledger lets it be shown.
    pub shown_until: Option<Day>,
    pub gone: Option<Gone>,
    pub successor: Option<ProductId>,
    gzip: OnceLock<Option<Bytes>>,
    zstd: OnceLock<Option<Bytes>>,
}

/// What the ledger says of a product: all a verification needs.
#[derive(Debug, Serialize, Deserialize)]
pub struct LedgerRecord {
    pub id: ProductId,
    pub code: ProductCode,
    pub name: String,
    pub producer: OrganisationId,
    pub producer_name: String,
    /// The latest first.
    pub history: Vec<Certification>,
}

/// Bodies under this length fit one packet as they are: compressing them saves nobody anything.
const WORTH_COMPRESSING: usize = 1_300;

impl Record {
    /// What is kept of a product that is present so on a day; `None` if nothing of it was certified by then.
    pub fn of(
        facts: &Facts,
        presence: Presence,
        producer_name: &str,
        reference: &Reference,
        day: Day,
    ) -> Option<Self> {
        let mut buffer = Vec::with_capacity(2_560);
        let (mut card_end, mut gone) = (0, None);
        match presence {
            Presence::Unknown => return None,
            Presence::Gone { why, .. } => gone = Some(why),
            Presence::Shown { certification, state } => {
                buffer.resize(TAG, 0);
                let detail = ProductDetail::new(facts, (certification, state), producer_name, reference, day);
                card_end = write(&detail, &mut buffer);
                let tag = reply::etag(buffer.get(TAG..).unwrap_or_default());
                if let Some(place) = buffer.get_mut(..TAG) {
                    place.copy_from_slice(tag.as_bytes());
                }
            }
        }
        let document_end = buffer.len();
        let ledger = LedgerRecord {
            id: facts.id,
            code: facts.code,
            name: facts.name.clone(),
            producer: facts.maker.id,
            producer_name: producer_name.to_owned(),
            history: facts.history.clone(),
        };
        append_json(&ledger, &mut buffer);
        // Without the room it grew in: this stays for as long as the product does not change.
        let buffer = Bytes::from(buffer.into_boxed_slice());
        let document = match gone {
            None => Some(Document { buffer: buffer.slice(..document_end), card_end }),
            Some(_) => None,
        };
        Some(Self {
            document,
            ledger: buffer.slice(document_end..),
            shown_until: facts.history.iter().filter_map(|held| held.ledger().shown_until()).max(),
            gone,
            successor: facts.succession.as_ref().map(|succession| succession.successor),
            gzip: OnceLock::new(),
            zstd: OnceLock::new(),
        })
    }

    /// The same product once the ledger lets it be shown no longer, before the database has said so.
    pub fn expired(&self) -> Self {
        Self {
            document: None,
            ledger: self.ledger.clone(),
            shown_until: self.shown_until,
            gone: Some(Gone::Expired),
            successor: self.successor,
            gzip: OnceLock::new(),
            zstd: OnceLock::new(),
        }
    }

    pub fn ledger(&self) -> Option<LedgerRecord> {
        serde_json::from_slice(&self.ledger).ok()
    }

    /// The detail compressed, made when it is first asked for; `None` if that is not worth while.
    pub fn gzip(&self) -> Option<Bytes> {
        self.gzip.get_or_init(|| self.compressed(super::frames::gzip)).clone()
    }

    pub fn zstd(&self) -> Option<Bytes> {
        self.zstd.get_or_init(|| self.compressed(super::frames::zstd)).clone()
    }

    fn compressed(&self, compress: fn(&[u8]) -> Option<Vec<u8>>) -> Option<Bytes> {
        let document = self.document.as_ref().filter(|document| document.detail_len() > WORTH_COMPRESSING)?;
        compress(document.bytes()).map(Bytes::from)
    }
}

/// Writes a detail; returns where its card ends.
fn write(detail: &ProductDetail, buffer: &mut Vec<u8>) -> u32 {
    append_json(&detail.card, buffer);
    // The brace at the card's end and the one at the beginning of the rest make way for a comma.
    buffer.pop();
    let end = buffer.len();
    append_json(&detail.more, buffer);
    if let Some(brace) = buffer.get_mut(end) {
        *brace = b',';
    }
    u32::try_from(end).unwrap_or(u32::MAX)
}

fn append_json<T: Serialize>(value: &T, buffer: &mut Vec<u8>) {
    if let Err(error) = serde_json::to_writer(&mut *buffer, value) {
        // Only types of ours without maps of other keys than text come here: they always serialise.
        tracing::error!(%error, "a document of the catalogue could not be written");
    }
}
