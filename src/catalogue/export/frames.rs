//! Compressed pieces that are made once and put together for every export.
//!
//! # Why not one gzip member after another
//!
//! RFC 1952 allows a file of several members, but as `Content-Encoding: gzip` that does not arrive: curl ends with an
//! error after the first member, browsers show the first and drop the rest without a word. So a piece here is not a
//! member but a run of deflate blocks that ends on a byte (a sync flush) and refers to nothing before it. Any pieces
//! make one member: [`GZIP_HEAD`], the pieces, and the tail of [`GzipTail`], whose checksum is combined from theirs.
//!
//! Zstandard frames (RFC 8878) may simply follow each other; decoders, those of curl and browsers too, read them all. Of
//! nothing there must be one frame all the same: no bytes at all are not a zstd body.

use actix_web::web::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use std::io;
use std::sync::Arc;

/// Level of gzip. On documents of ours 2 makes 475 MB/s (zlib-rs), a sixth of the size; the usual 6 makes 194 MB/s for a
/// fifth less.
const GZIP_LEVEL: u32 = 2;
/// Level of zstd: 1,570 MB/s and an eighth of the size; higher ones gain next to nothing.
const ZSTD_LEVEL: i32 = 1;

/// The beginning of a gzip member (RFC 1952 §2.3): deflate, no name, no time, system unknown.
pub const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// An empty last block of fixed codes: nothing follows.
const LAST_BLOCK: [u8; 2] = [3, 0];

/// A piece of a gzip member; a copy is two references.
#[derive(Debug, Clone)]
pub struct GzipPiece {
    /// Deflate blocks, none of them marked as the last.
    pub deflated: Bytes,
    crc: Arc<Crc>,
}

/// What the end of a member must say of the pieces before it.
#[derive(Debug, Default)]
pub struct GzipTail(Crc);

impl GzipTail {
    /// Counts a piece in, in the order of the member.
    pub fn add(&mut self, piece: &GzipPiece) {
        self.0.combine(&piece.crc);
    }

    /// The bytes that end the member.
    pub fn bytes(&self) -> Bytes {
        let (sum, amount) = (self.0.sum().to_le_bytes(), self.0.amount().to_le_bytes());
        [LAST_BLOCK.as_slice(), &sum, &amount].concat().into()
    }
}

/// Compresses a piece.
pub fn gzip_piece(plain: &[u8]) -> io::Result<GzipPiece> {
    let mut crc = Crc::new();
    crc.update(plain);
    let mut compress = Compress::new(Compression::new(GZIP_LEVEL), false);
    // A third is what our documents come to; a page more leaves room for the flush.
    let mut deflated = Vec::with_capacity(plain.len() / 3 + 4096);
    let mut rest = plain;
    loop {
        let before = compress.total_in();
        let status =
            compress.compress_vec(rest, &mut deflated, FlushCompress::Sync).map_err(io::Error::other)?;
        let taken = usize::try_from(compress.total_in() - before).map_err(io::Error::other)?;
        rest = rest.get(taken..).unwrap_or_default();
        // Room left over means that the flush is complete (zlib's manual on `deflate`).
        if rest.is_empty() && deflated.len() < deflated.capacity() {
            break;
        }
        if status == Status::BufError && deflated.len() < deflated.capacity() {
            return Err(io::Error::other("deflate makes no progress"));
        }
        deflated.reserve(deflated.capacity());
    }
    Ok(GzipPiece { deflated: deflated.into(), crc: Arc::new(crc) })
}

/// Compresses a frame; frames may follow each other.
pub fn zstd_frame(plain: &[u8]) -> io::Result<Bytes> {
    zstd::bulk::compress(plain, ZSTD_LEVEL).map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::{GZIP_HEAD, GzipPiece, GzipTail, gzip_piece, zstd_frame};
    use proptest::prelude::*;
    use std::io::Read;

    fn member(pieces: &[GzipPiece]) -> Vec<u8> {
        let (mut out, mut tail) = (GZIP_HEAD.to_vec(), GzipTail::default());
        for piece in pieces {
            out.extend_from_slice(&piece.deflated);
            tail.add(piece);
        }
        out.extend_from_slice(&tail.bytes());
        out
    }

    /// Reads exactly one member and insists that nothing follows it.
    fn gunzip(member: &[u8]) -> Vec<u8> {
        let (mut out, mut rest) = (Vec::new(), member);
        flate2::bufread::GzDecoder::new(&mut rest).read_to_end(&mut out).unwrap();
        assert!(rest.is_empty(), "{} bytes after the member", rest.len());
        out
    }

    proptest! {
        #[test]
        fn pieces_in_any_order_make_one_member(
            texts in prop::collection::vec("(\\PC{0,40}|[ab]{0,3000})", 0..6),
            order in prop::collection::vec(0usize..6, 0..8),
        ) {
            let pieces: Vec<_> = texts.iter().map(|text| gzip_piece(text.as_bytes()).unwrap()).collect();
            prop_assert_eq!(gunzip(&member(&pieces)), texts.concat().into_bytes());
            // The same pieces, some of them twice, some not at all.
            let (mut out, mut tail, mut plain) = (GZIP_HEAD.to_vec(), GzipTail::default(), String::new());
            for at in order.into_iter().filter(|at| *at < texts.len()) {
                out.extend_from_slice(&pieces[at].deflated);
                tail.add(&pieces[at]);
                plain.push_str(&texts[at]);
            }
            out.extend_from_slice(&tail.bytes());
            prop_assert_eq!(gunzip(&out), plain.into_bytes());
        }

        #[test]
        fn frames_follow_each_other(texts in prop::collection::vec("\\PC{0,200}", 1..6)) {
            let frames: Vec<_> = texts.iter().map(|text| zstd_frame(text.as_bytes()).unwrap()).collect();
            let decoded = zstd::stream::decode_all(frames.concat().as_slice()).unwrap();
            prop_assert_eq!(decoded, texts.concat().into_bytes());
        }
    }

    #[test]
    fn what_cannot_be_compressed_grows_the_buffer() {
        let mut state = 1_u64;
        let mut noise = Vec::new();
        for _ in 0..300_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            noise.push((state >> 56) as u8);
        }
        let pieces = [gzip_piece(&noise).unwrap(), gzip_piece(&noise).unwrap()];
        assert_eq!(gunzip(&member(&pieces)), [noise.clone(), noise.clone()].concat());
        let frames = [zstd_frame(&noise).unwrap(), zstd_frame(&noise).unwrap()].concat();
        assert_eq!(zstd::stream::decode_all(frames.as_slice()).unwrap(), [noise.clone(), noise].concat());
    }
}
