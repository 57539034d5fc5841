//! The catalogue cut into 256 parts, by the last two hex digits of the product's id.
//!
//! A part does not change: when one of its products does, another takes its place. Whoever holds the 256 therefore holds
//! the whole catalogue as it was at one moment, at the cost of 256 references: exports stream from that, and their bytes
//! are the same when the download is resumed. A part's hash is what a client compares its own copy with; compressed, a
//! part is a frame of every export until it changes.

use super::document::Document;
use super::export::frames::{self, GzipPiece};
use crate::products::ProductId;
use actix_web::web::Bytes;
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

pub const BUCKETS: usize = 256;

/// Number of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketNo(pub u8);

impl BucketNo {
    pub fn of(id: ProductId) -> Self {
        Self(id.key().last_byte())
    }

    /// Reads two hex digits.
    pub fn parse(text: &str) -> Result<Self, crate::say::Invalid> {
        let hex = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        u8::from_str_radix(text, 16).ok().filter(|_| hex).map(Self).ok_or_else(|| {
            crate::say::Invalid::new(
                "wrong_type",
                crate::say::Say::new(
                    "Cần hai chữ số thập lục phân viết thường, từ 00 đến ff.",
                    "Expected two hexadecimal digits in lower case, 00 to ff.",
                ),
            )
        })
    }
}

impl std::fmt::Display for BucketNo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02x}", self.0)
    }
}

crate::parsed_input!(BucketNo);

/// The products of one part, in the order of their ids.
#[derive(Debug, Default)]
pub struct Bucket {
    entries: Vec<(ProductId, Document)>,
    /// Bytes of its lines in an export.
    len: u64,
    hash: OnceLock<String>,
    gzip: OnceLock<Option<GzipPiece>>,
    zstd: OnceLock<Option<Bytes>>,
}

impl Bucket {
    fn new(entries: Vec<(ProductId, Document)>) -> Self {
        let len = entries.iter().map(|(_, document)| document.detail_len() as u64 + 1).sum();
        Self { entries, len, ..Self::default() }
    }

    pub fn entries(&self) -> &[(ProductId, Document)] {
        &self.entries
    }

    /// Bytes of its lines in an export.
    pub fn line_bytes(&self) -> u64 {
        self.len
    }

    /// SHA-256 over a line `id tag` of each product, in hex.
    pub fn hash(&self) -> &str {
        self.hash.get_or_init(|| {
            let mut hash = Sha256::new();
            for (id, document) in &self.entries {
                hash.update(id.as_str());
                hash.update(b" ");
                hash.update(document.tag());
                hash.update(b"\n");
            }
            hex(&hash.finalize())
        })
    }

    /// Its documents, one on each line.
    pub fn lines(&self) -> Vec<u8> {
        let mut lines = Vec::with_capacity(usize::try_from(self.len).unwrap_or_default());
        for (_, document) in &self.entries {
            lines.extend_from_slice(document.bytes());
            lines.push(b'\n');
        }
        lines
    }

    /// Its lines compressed, kept for the next download.
    pub fn gzip_piece(&self) -> Option<GzipPiece> {
        self.gzip.get_or_init(|| frames::gzip_piece(&self.lines()).ok()).clone()
    }

    pub fn zstd_frame(&self) -> Option<Bytes> {
        self.zstd.get_or_init(|| frames::zstd_frame(&self.lines()).ok()).clone()
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The whole catalogue at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot(Vec<Arc<Bucket>>);

impl Snapshot {
    pub fn buckets(&self) -> impl Iterator<Item = (BucketNo, &Arc<Bucket>)> {
        (0..=u8::MAX).map(BucketNo).zip(&self.0)
    }

    pub fn bucket(&self, no: BucketNo) -> Arc<Bucket> {
        self.0.get(usize::from(no.0)).cloned().unwrap_or_default()
    }

    pub fn products(&self) -> usize {
        self.0.iter().map(|bucket| bucket.entries.len()).sum()
    }

    /// SHA-256 over a line `bucket hash` of each part, in hex.
    pub fn root(&self) -> String {
        let mut hash = Sha256::new();
        for (no, bucket) in self.buckets() {
            hash.update(format!("{no} {}\n", bucket.hash()));
        }
        hex(&hash.finalize())
    }
}

/// The parts that are current.
#[derive(Debug)]
pub struct Buckets(RwLock<Snapshot>);

impl Default for Buckets {
    fn default() -> Self {
        Self(RwLock::new(Snapshot(vec![Arc::default(); BUCKETS])))
    }
}

impl Buckets {
    pub fn snapshot(&self) -> Snapshot {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts documents in the place of those the products had; `None` takes a product out.
    pub fn apply(&self, mut changed: Vec<(ProductId, Option<Document>)>) {
        changed.sort_by_key(|(id, _)| (BucketNo::of(*id), *id));
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for part in changed.chunk_by(|(one, _), (other, _)| BucketNo::of(*one) == BucketNo::of(*other)) {
            let Some((first, _)) = part.first() else { continue };
            if let Some(bucket) = current.0.get_mut(usize::from(BucketNo::of(*first).0)) {
                *bucket = Arc::new(Bucket::new(merged(&bucket.entries, part)));
            }
        }
    }
}

/// Entries with changes, both in the order of their ids.
fn merged(
    entries: &[(ProductId, Document)],
    changes: &[(ProductId, Option<Document>)],
) -> Vec<(ProductId, Document)> {
    let mut out = Vec::with_capacity(entries.len() + changes.len());
    let mut rest = entries.iter().peekable();
    for (id, document) in changes {
        while let Some(entry) = rest.next_if(|(held, _)| held < id) {
            out.push(entry.clone());
        }
        rest.next_if(|(held, _)| held == id);
        out.extend(document.clone().map(|document| (*id, document)));
    }
    out.extend(rest.cloned());
    out
}
