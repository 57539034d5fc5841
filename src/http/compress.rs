//! Compression of answers for clients that take it; the others pay nothing for it.

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::ACCEPT_ENCODING;
use actix_web::middleware::Compress;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

/// [`Compress`] around the requests with `Accept-Encoding` only. It parses the media type of every answer that passes it,
/// also of one it has nothing to do with.
pub struct CompressIfAsked;

impl<S, B, C, W> Transform<S, ServiceRequest> for CompressIfAsked
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody,
    W: Service<ServiceRequest, Response = ServiceResponse<C>, Error = Error> + 'static,
    C: MessageBody,
    Compress: Transform<Rc<S>, ServiceRequest, Response = ServiceResponse<C>, Transform = W, InitError = ()>,
    <Compress as Transform<Rc<S>, ServiceRequest>>::Future: 'static,
{
    type Response = ServiceResponse<EitherBody<B, C>>;
    type Error = Error;
    type Transform = Both<Rc<S>, W>;
    type InitError = ();
    type Future = Pin<Box<dyn Future<Output = Result<Self::Transform, ()>>>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let plain = Rc::new(service);
        let compressing = Compress::default().new_transform(plain.clone());
        Box::pin(async move { Ok(Both { plain, compressing: compressing.await? }) })
    }
}

/// A service as it is, and as it compresses.
pub struct Both<S, W> {
    plain: S,
    compressing: W,
}

impl<S, W, B, C> Service<ServiceRequest> for Both<S, W>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    W: Service<ServiceRequest, Response = ServiceResponse<C>, Error = Error>,
    B: MessageBody,
    C: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B, C>>;
    type Error = Error;
    type Future = Either<S::Future, W::Future>;

    forward_ready!(compressing);

    fn call(&self, req: ServiceRequest) -> Self::Future {
        match req.headers().contains_key(ACCEPT_ENCODING) {
            false => Either::Plain { answer: self.plain.call(req) },
            true => Either::Compressing { answer: self.compressing.call(req) },
        }
    }
}

pin_project! {
    /// An answer to come from one of the two.
    #[project = EitherProjected]
    pub enum Either<P, C> {
        Plain { #[pin] answer: P },
        Compressing { #[pin] answer: C },
    }
}

impl<P, C, B, E> Future for Either<P, C>
where
    P: Future<Output = Result<ServiceResponse<B>, Error>>,
    C: Future<Output = Result<ServiceResponse<E>, Error>>,
    B: MessageBody,
    E: MessageBody,
{
    type Output = Result<ServiceResponse<EitherBody<B, E>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(match self.project() {
            EitherProjected::Plain { answer } => ready!(answer.poll(cx))?.map_into_left_body(),
            EitherProjected::Compressing { answer } => ready!(answer.poll(cx))?.map_into_right_body(),
        }))
    }
}
