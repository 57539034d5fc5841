//! The middleware that counts every request of the API, whatever becomes of it: also what lies ready, and what is 304.

use super::{Allowance, Limits};
use crate::app::App;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::web::Data;
use actix_web::{Error, ResponseError};
use pin_project_lite::pin_project;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The middleware, around the routes and within CORS, so that pages of other origins can read what it says.
pub struct Gate(pub Data<App>);

impl<S> Transform<S, ServiceRequest> for Gate
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = Gated<S>;
    type InitError = ();
    type Future = Ready<Result<Gated<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Gated { service, app: self.0.clone() }))
    }
}

/// What is behind the gate, with it.
pub struct Gated<S> {
    service: S,
    app: Data<App>,
}

impl<S> Service<ServiceRequest> for Gated<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Passage<S::Future>;

    forward_ready!(service);

    fn call(&self, req: ServiceRequest) -> Self::Future {
        // The path as the routes will see it: escaped letters lead to the same places.
        let limited = req.match_info().as_str().starts_with("/v1/");
        let admitted = match limited {
            true => Limits::admit(&self.app, req.request()),
            false => Ok(None),
        };
        match admitted {
            Ok(allowance) => Passage::Through { answer: self.service.call(req), allowance },
            Err(problem) => {
                let refused = req.into_response(problem.error_response());
                Passage::Refused { answer: Some(refused) }
            }
        }
    }
}

pin_project! {
    /// An answer to come, and what is told with it; or a refusal that is there.
    #[project = PassageProjected]
    pub enum Passage<F> {
        Through { #[pin] answer: F, allowance: Option<Allowance> },
        Refused { answer: Option<ServiceResponse> },
    }
}

impl<F: Future<Output = Result<ServiceResponse, Error>>> Future for Passage<F> {
    type Output = Result<ServiceResponse, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            PassageProjected::Through { answer, allowance } => {
                let mut response = ready!(answer.poll(cx))?;
                if let Some(allowance) = allowance.take() {
                    allowance.describe(response.response_mut());
                }
                Poll::Ready(Ok(response))
            }
            // Taken once: a future that is ready is not asked again.
            PassageProjected::Refused { answer } => {
                answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer)))
            }
        }
    }
}
