//! Compression of single documents; that of exports is in [`export::frames`](super::export::frames).

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// gzip at its usual level; `None` if it fails, which writing into memory does not.
pub fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::new(6));
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// Zstandard at a level that costs little more than copying.
pub fn zstd(bytes: &[u8]) -> Option<Vec<u8>> {
    zstd::bulk::compress(bytes, 3).ok()
}
