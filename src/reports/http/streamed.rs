//! A body of pages that are read while it is sent: the next one when the client has taken the one before, so that an export of
//! any size takes the memory of a page. If a page fails the connection is broken off without the end mark of the body, so that
//! a part is never taken for the whole.

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What a page gives: its bytes, and what the next one begins after.
type Reading<S> = Pin<Box<dyn Future<Output = io::Result<(Bytes, Option<S>)>>>>;

pub struct Streamed<S> {
    first: Option<Bytes>,
    reading: Option<Reading<S>>,
    read: Box<dyn FnMut(S) -> Reading<S>>,
}

impl<S> Streamed<S> {
    /// `first` is there already; `next` tells where to go on.
    pub fn new<F>(first: Bytes, next: Option<S>, mut read: impl FnMut(S) -> F + 'static) -> Self
    where
        F: Future<Output = io::Result<(Bytes, Option<S>)>> + 'static,
    {
        let mut read: Box<dyn FnMut(S) -> Reading<S>> = Box::new(move |after| Box::pin(read(after)));
        Self { first: Some(first), reading: next.map(&mut read), read }
    }
}

/// Only what is in a box of its own is ever polled.
impl<S> Unpin for Streamed<S> {}

impl<S> MessageBody for Streamed<S> {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        // An empty chunk would be taken for the end.
        if let Some(first) = self.first.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(first)));
        }
        while let Some(reading) = &mut self.reading {
            let page = ready!(reading.as_mut().poll(cx));
            self.reading = None;
            let (bytes, next) = match page {
                Ok(page) => page,
                Err(error) => return Poll::Ready(Some(Err(error))),
            };
            if let Some(after) = next {
                let reading = (self.read)(after);
                self.reading = Some(reading);
            }
            if !bytes.is_empty() {
                return Poll::Ready(Some(Ok(bytes)));
            }
        }
        Poll::Ready(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    fn counted(failing_at: u32) -> Streamed<u32> {
        Streamed::new(Bytes::from_static(b"0;"), Some(1), move |n| async move {
            match n {
                n if n == failing_at => Err(io::Error::other("broken")),
                // Pages may be empty, and are not the end.
                2 => Ok((Bytes::new(), Some(3))),
                n => Ok((Bytes::from(format!("{n};")), (n < 5).then_some(n + 1))),
            }
        })
    }

    #[actix_web::test]
    async fn pages_come_in_order_and_a_failure_is_no_end() {
        assert_eq!(to_bytes(counted(9)).await.unwrap(), "0;1;3;4;5;");
        assert_eq!(to_bytes(counted(4)).await.unwrap_err().to_string(), "broken");
        let nothing = Streamed::<u32>::new(Bytes::new(), None, |_| async { Ok((Bytes::new(), None)) });
        assert!(to_bytes(nothing).await.unwrap().is_empty());
    }
}
