//! Bodies that are made while they are sent, in chunks of about 64 KB, so that an export takes as little memory for a
//! million products as for one.
//!
//! Nothing runs ahead of the client by more than a chunk: the connection asks for the next one when it can take it. A
//! client that reads slowly holds no thread, and one that goes away drops the body, which ends the work. If a chunk
//! fails, the connection is broken off without the end mark of the body, so that a part is never taken for the whole.

use crate::catalogue::export::frames::{GZIP_HEAD, GzipPiece, GzipTail, gzip_piece, zstd_frame};
use crate::http::range::Part;
use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes of a chunk, more or less.
pub const CHUNK: usize = 64 * 1024;

/// A body of chunks that take time to make: each is made on the blocking pool while the one before it is sent.
pub struct Made<I> {
    state: State<I>,
    size: BodySize,
}

enum State<I> {
    NotStarted(I),
    Making(Making<I>),
    Ended,
}

/// The next chunk on its way, and the others with it.
type Making<I> = JoinHandle<(I, Option<io::Result<Bytes>>)>;

impl<I: Iterator<Item = io::Result<Bytes>> + Send + 'static> Made<I> {
    /// `length` is that of all chunks together, if it is known.
    pub fn new(chunks: I, length: Option<u64>) -> Self {
        Self { state: State::NotStarted(chunks), size: length.map_or(BodySize::Stream, BodySize::Sized) }
    }

    fn make(mut chunks: I) -> Making<I> {
        spawn_blocking(move || {
            let chunk = chunks.find(|chunk| !is_empty(chunk));
            (chunks, chunk)
        })
    }
}

/// An empty chunk would be taken for the end of a chunked body.
fn is_empty(chunk: &io::Result<Bytes>) -> bool {
    chunk.as_ref().is_ok_and(Bytes::is_empty)
}

/// Iterators are called, never polled: nothing of one needs to stay in its place.
impl<I> Unpin for Made<I> {}

impl<I: Iterator<Item = io::Result<Bytes>> + Send + 'static> MessageBody for Made<I> {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let mut making = match std::mem::replace(&mut self.state, State::Ended) {
            State::NotStarted(chunks) => Self::make(chunks),
            State::Making(making) => making,
            State::Ended => return Poll::Ready(None),
        };
        let Poll::Ready(made) = Pin::new(&mut making).poll(cx) else {
            self.state = State::Making(making);
            return Poll::Pending;
        };
        Poll::Ready(match made {
            Ok((chunks, Some(Ok(chunk)))) => {
                self.state = State::Making(Self::make(chunks));
                Some(Ok(chunk))
            }
            Ok((_, Some(Err(error)))) => Some(Err(error)),
            Ok((_, None)) => None,
            // A panic, or the pool's end: no orderly end of the body either.
            Err(error) => Some(Err(io::Error::other(error))),
        })
    }
}

/// A body of chunks that are ready, such as cached frames: sent without leaving the worker's thread.
pub struct Ready<I> {
    chunks: I,
    size: BodySize,
}

impl<I: Iterator<Item = Bytes> + 'static> Ready<I> {
    /// `length` is that of all chunks together, if it is known.
    pub fn new(chunks: I, length: Option<u64>) -> Self {
        Self { chunks, size: length.map_or(BodySize::Stream, BodySize::Sized) }
    }
}

impl<I> Unpin for Ready<I> {}

impl<I: Iterator<Item = Bytes> + 'static> MessageBody for Ready<I> {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(self.chunks.find(|chunk| !chunk.is_empty()).map(Ok))
    }
}

/// The bytes of a part of what the pieces are together, without copying any.
pub fn cut(pieces: impl IntoIterator<Item = Bytes>, part: Part) -> impl Iterator<Item = Bytes> {
    let (mut skip, mut left) = (part.first, part.length());
    let within = pieces.into_iter().map_while(move |piece| {
        if left == 0 {
            return None;
        }
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let from = skip.min(length);
        let taken = left.min(length - from);
        (skip, left) = (skip - from, left - taken);
        let (from, taken) = (usize::try_from(from).ok()?, usize::try_from(taken).ok()?);
        Some(piece.slice(from..from + taken))
    });
    within.filter(|piece| !piece.is_empty())
}

/// The chunks of a file from where it stands.
pub struct FileChunks(pub File);

impl Iterator for FileChunks {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut chunk = Vec::with_capacity(CHUNK);
        let most = u64::try_from(CHUNK).unwrap_or(u64::MAX);
        match (&mut self.0).take(most).read_to_end(&mut chunk) {
            Ok(0) => None,
            Ok(_) => Some(Ok(chunk.into())),
            Err(error) => Some(Err(error)),
        }
    }
}

/// Chunks made of documents, such as the rows of a CSV file: `begin` first, then what `append` makes of each document.
pub struct Rows<I, F> {
    begin: Option<Vec<u8>>,
    documents: I,
    append: F,
}

impl<I, F> Rows<I, F>
where
    I: Iterator<Item = Bytes>,
    F: FnMut(&[Bytes], &mut Vec<u8>) -> io::Result<()>,
{
    pub fn new(begin: Vec<u8>, documents: I, append: F) -> Self {
        Self { begin: Some(begin), documents, append }
    }
}

/// Documents that are turned into rows at once.
const AT_ONCE: usize = 16;

impl<I, F> Iterator for Rows<I, F>
where
    I: Iterator<Item = Bytes>,
    F: FnMut(&[Bytes], &mut Vec<u8>) -> io::Result<()>,
{
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut chunk = self.begin.take().unwrap_or_default();
        chunk.reserve(CHUNK + CHUNK / 8);
        while chunk.len() < CHUNK {
            let documents: Vec<Bytes> = self.documents.by_ref().take(AT_ONCE).collect();
            if documents.is_empty() {
                break;
            }
            if let Err(error) = (self.append)(&documents, &mut chunk) {
                return Some(Err(error));
            }
        }
        (!chunk.is_empty()).then(|| Ok(chunk.into()))
    }
}

/// Pieces as one gzip member.
pub struct GzipMember<I> {
    pieces: I,
    step: GzipStep,
    tail: GzipTail,
}

enum GzipStep {
    Head,
    Pieces,
    End,
}

impl<I: Iterator<Item = io::Result<GzipPiece>>> GzipMember<I> {
    pub fn new(pieces: I) -> Self {
        Self { pieces, step: GzipStep::Head, tail: GzipTail::default() }
    }
}

impl<I: Iterator<Item = io::Result<GzipPiece>>> Iterator for GzipMember<I> {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.step {
            GzipStep::Head => {
                self.step = GzipStep::Pieces;
                Some(Ok(Bytes::from_static(&GZIP_HEAD)))
            }
            GzipStep::Pieces => match self.pieces.next() {
                Some(piece) => Some(piece.map(|piece| {
                    self.tail.add(&piece);
                    piece.deflated
                })),
                None => {
                    self.step = GzipStep::End;
                    Some(Ok(self.tail.bytes()))
                }
            },
            GzipStep::End => None,
        }
    }
}

/// Chunks as one gzip member, each compressed by itself.
pub fn gzip(chunks: impl Iterator<Item = io::Result<Bytes>>) -> impl Iterator<Item = io::Result<Bytes>> {
    GzipMember::new(chunks.map(|chunk| chunk.and_then(|chunk| gzip_piece(&chunk))))
}

/// Frames of zstd as a body; an empty frame ends them, so that no frames are a body as well.
pub fn zstd_frames(
    frames: impl Iterator<Item = io::Result<Bytes>>,
) -> impl Iterator<Item = io::Result<Bytes>> {
    frames.chain(std::iter::once_with(|| zstd_frame(&[])))
}

/// Chunks as frames of zstd, each compressed by itself.
pub fn zstd(chunks: impl Iterator<Item = io::Result<Bytes>>) -> impl Iterator<Item = io::Result<Bytes>> {
    zstd_frames(chunks.map(|chunk| chunk.and_then(|chunk| zstd_frame(&chunk))))
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, FileChunks, Made, Ready, Rows, cut, gzip, zstd};
    use crate::http::range::Part;
    use actix_web::body::{BodySize, MessageBody, to_bytes};
    use actix_web::web::Bytes;
    use std::io::{self, Read, Seek, Write};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn numbered(n: usize) -> impl Iterator<Item = io::Result<Bytes>> + Send {
        (0..n).map(|n| Ok(Bytes::from(format!("{n};"))))
    }

    #[actix_web::test]
    async fn chunks_arrive_in_order_and_complete() {
        let expected: String = (0..100).map(|n| format!("{n};")).collect();
        assert_eq!(to_bytes(Made::new(numbered(100), None)).await.unwrap(), expected);
        let ready = ["a", "", "b"].into_iter().map(|text| Bytes::from_static(text.as_bytes()));
        let ready = Ready::new(ready, Some(2));
        assert_eq!(ready.size(), BodySize::Sized(2));
        assert_eq!(to_bytes(ready).await.unwrap(), "ab");
    }

    #[actix_web::test]
    async fn a_failure_and_a_panic_are_no_orderly_end() {
        let failing = numbered(2).chain([Err(io::Error::other("broken"))]);
        let error = to_bytes(Made::new(failing, None)).await.unwrap_err();
        assert_eq!(error.to_string(), "broken");
        let panicking = numbered(3)
            .map(|chunk| if chunk.is_ok_and(|c| c == "2;") { panic!("bug") } else { Ok(Bytes::new()) });
        assert!(to_bytes(Made::new(panicking, None)).await.is_err());
    }

    #[actix_web::test]
    async fn nothing_is_made_ahead_of_the_client_or_after_it() {
        let made = Arc::new(AtomicUsize::new(0));
        let counter = made.clone();
        let endless = std::iter::repeat_with(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(Bytes::from_static(b"x"))
        });
        let mut body = Box::pin(Made::new(endless, None));
        for _ in 0..5 {
            std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await.unwrap().unwrap();
        }
        drop(body);
        assert!(made.load(Ordering::SeqCst) <= 6, "one chunk ahead at the most");
    }

    #[test]
    fn a_part_is_cut_across_pieces() {
        let pieces = || ["", "abc", "", "d", "efgh"].map(|text| Bytes::from_static(text.as_bytes()));
        let whole = b"abcdefgh";
        for first in 0..8 {
            for last in first..8 {
                let (from, to) = (first as usize, last as usize);
                let parts: Vec<Bytes> = cut(pieces(), Part { first, last }).collect();
                assert_eq!(parts.concat(), &whole[from..=to], "{first}-{last}");
                assert!(parts.iter().all(|part| !part.is_empty()));
            }
        }
    }

    #[test]
    fn a_file_comes_in_chunks() {
        let mut file = tempfile::tempfile().unwrap();
        let content: Vec<u8> = (0..CHUNK * 2 + 5).map(|n| (n % 251) as u8).collect();
        file.write_all(&content).unwrap();
        file.rewind().unwrap();
        let chunks: Vec<Bytes> = FileChunks(file).collect::<io::Result<_>>().unwrap();
        assert_eq!(chunks.iter().map(Bytes::len).collect::<Vec<_>>(), [CHUNK, CHUNK, 5]);
        assert_eq!(chunks.concat(), content);
    }

    fn repeated(n: usize) -> impl Iterator<Item = io::Result<Bytes>> {
        let documents = (0..n).map(|n| Bytes::from(format!("document {n} ").repeat(40)));
        Rows::new(
            b"head
"
            .to_vec(),
            documents,
            |documents: &[Bytes], out: &mut Vec<u8>| {
                documents.iter().for_each(|document| out.extend_from_slice(document));
                Ok(())
            },
        )
    }

    #[test]
    fn rows_come_in_chunks_of_about_one_size_after_their_head() {
        let chunks: Vec<Bytes> = repeated(1000).collect::<io::Result<_>>().unwrap();
        let (last, full) = chunks.split_last().unwrap();
        assert!(full.iter().all(|chunk| (CHUNK..CHUNK + CHUNK / 4).contains(&chunk.len())));
        assert!(last.len() < CHUNK + CHUNK / 4);
        let text = String::from_utf8(chunks.concat()).unwrap();
        assert!(
            text.starts_with(
                "head
document 0 document 0 "
            ) && text.ends_with("document 999 ")
        );
        assert_eq!(repeated(0).map(|chunk| chunk.unwrap().len()).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn compressed_chunks_are_one_answer() {
        let plain = repeated(1000).collect::<io::Result<Vec<_>>>().unwrap().concat();
        let gzipped = gzip(repeated(1000)).collect::<io::Result<Vec<_>>>().unwrap().concat();
        let mut decoded = Vec::new();
        // Reads one member: what stood after it would be missing.
        flate2::read::GzDecoder::new(gzipped.as_slice()).read_to_end(&mut decoded).unwrap();
        assert_eq!(decoded, plain);
        let frames = zstd(repeated(1000)).collect::<io::Result<Vec<_>>>().unwrap().concat();
        assert_eq!(::zstd::stream::decode_all(frames.as_slice()).unwrap(), plain);
        let nothing = zstd(std::iter::empty()).collect::<io::Result<Vec<_>>>().unwrap().concat();
        assert!(::zstd::stream::decode_all(nothing.as_slice()).unwrap().is_empty());
        let nothing = gzip(std::iter::empty()).collect::<io::Result<Vec<_>>>().unwrap().concat();
        assert_eq!(flate2::read::GzDecoder::new(nothing.as_slice()).read_to_end(&mut Vec::new()).unwrap(), 0);
    }
}
