//! The short way to an answer that lies ready: past the routes, the extractors and their futures, whose cost is several
//! times that of the answer. What it does not take goes the usual way, and comes to the same answers there.

use super::products;
use crate::app::App;
use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::web::Data;
use pin_project_lite::pin_project;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

/// The innermost middleware, so that everything around the routes is also around these answers.
pub struct Shortcut(pub Data<App>);

impl<S> Transform<S, ServiceRequest> for Shortcut
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = Ways<S>;
    type InitError = ();
    type Future = Ready<Result<Ways<S>, ()>>;

    fn new_transform(&self, usual: S) -> Self::Future {
        ready(Ok(Ways { usual, app: self.0.clone() }))
    }
}

/// Both ways.
pub struct Ways<S> {
    usual: S,
    app: Data<App>,
}

impl<S> Service<ServiceRequest> for Ways<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Way<S::Future>;

    forward_ready!(usual);

    fn call(&self, req: ServiceRequest) -> Self::Future {
        match products::ready_product(req.request(), &self.app) {
            Some(response) => Way::Short { answer: Some(req.into_response(response)) },
            None => Way::Usual { answer: self.usual.call(req) },
        }
    }
}

pin_project! {
    /// An answer that is there, or one to come.
    #[project = WayProjected]
    pub enum Way<F> {
        Short { answer: Option<ServiceResponse> },
        Usual { #[pin] answer: F },
    }
}

impl<F: Future<Output = Result<ServiceResponse, Error>>> Future for Way<F> {
    type Output = Result<ServiceResponse, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            // Taken once: a future that is ready is not asked again.
            WayProjected::Short { answer } => {
                answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer)))
            }
            WayProjected::Usual { answer } => answer.poll(cx),
        }
    }
}
