//! The outermost middleware. It gives each request its id, lets HEAD use the handlers of GET, renders problem
//! documents, wakes the postman and writes the one canonical line of each request into the log.

use super::extract::language_of;
use super::problem::Problem;
use super::{Code, reply};
use crate::app::App;
use crate::db::columns::Key;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use pin_project_lite::pin_project;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant as Tick;

/// Who made the request, for the log: set by the extractors that authenticate.
#[derive(Debug, Clone)]
pub struct ActorId(pub String);

/// The request's id, for whoever keeps a record of what it did: set on requests that may do something.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The middleware. Its future has a name, unlike that of an `async fn`, so that it needs no box of its own.
#[derive(Clone)]
pub struct Frame(pub Data<App>);

impl<S, B> Transform<S, ServiceRequest> for Frame
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Transform = Framing<S>;
    type InitError = ();
    type Future = Ready<Result<Framing<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Framing { service, app: self.0.clone() }))
    }
}

/// What the frame goes around, as a service with it.
pub struct Framing<S> {
    service: S,
    app: Data<App>,
}

impl<S, B> Service<ServiceRequest> for Framing<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Future = Framed<S::Future>;

    forward_ready!(service);

    fn call(&self, mut req: ServiceRequest) -> Self::Future {
        let asked =
            Asked { started: Tick::now(), method: req.method().clone(), id: request_id(&req, &self.app) };
        // Public reads, which are most of all, keep no record.
        if asked.method != Method::GET || req.headers().contains_key(AUTHORIZATION) {
            req.extensions_mut().insert(RequestId(asked.id.to_str().unwrap_or_default().to_owned()));
        }
        if asked.method == Method::HEAD {
            // Routed as GET; the connection leaves the body out of the answer to a HEAD.
            req.head_mut().method = Method::GET;
        }
        let may_write = !matches!(asked.method, Method::GET | Method::HEAD | Method::OPTIONS);
        let app = may_write.then(|| self.app.clone());
        Framed { answer: self.service.call(req), asked, app }
    }
}

/// What the frame remembers of a request until it is answered.
struct Asked {
    started: Tick,
    method: Method,
    /// The request's id, ours or the client's.
    id: HeaderValue,
}

pin_project! {
    /// An answer to come, and its frame.
    pub struct Framed<F> {
        #[pin]
        answer: F,
        asked: Asked,
        // Of requests that may have written a letter.
        app: Option<Data<App>>,
    }
}

impl<F, B> Future for Framed<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<EitherBody<B, BoxBody>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        // A handler's error is a response by now; what fails here is middleware's own.
        let response = ready!(this.answer.poll(cx))?;
        if let Some(app) = this.app {
            app.post.wake();
        }
        Poll::Ready(Ok(framed(response, this.asked)))
    }
}

fn framed<B>(response: ServiceResponse<B>, asked: &Asked) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let problem = response.response().extensions().get::<Problem>().cloned();
    let id = asked.id.to_str().unwrap_or_default();
    let mut response = match &problem {
        None => response.map_into_left_body(),
        Some(problem) => {
            let language = language_of(response.request());
            // What stands ahead of the handlers knows nothing of the form in which these addresses tell errors.
            let oauth = asked.method == Method::POST && response.request().path().starts_with("/v1/oauth/");
            let (media_type, body) = match oauth {
                true => ("application/json", reply::encode(&problem.oauth_error())),
                false => ("application/problem+json", reply::encode(&problem.document(language, id))),
            };
            let body = body.unwrap_or_default();
            response.map_body(|head, _| {
                reply::mark_language(&mut head.headers, language);
                head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
                if head.status == StatusCode::UNAUTHORIZED && !head.headers.contains_key(WWW_AUTHENTICATE) {
                    head.headers
                        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ocop-market\""));
                }
                EitherBody::right(BoxBody::new(body))
            })
        }
    };
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.headers_mut().insert(REQUEST_ID, asked.id.clone());
    log(&asked.method, &response, id, problem.as_ref(), asked.started);
    response
}

/// The client's own id if it is one that is safe to log, else a new one.
fn request_id(req: &ServiceRequest, app: &App) -> HeaderValue {
    let safe = |id: &&HeaderValue| {
        (8..=64).contains(&id.len())
            && id.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    if let Some(given) = req.headers().get(REQUEST_ID).filter(safe) {
        return given.clone();
    }
    HeaderValue::from_str(app.world.id::<Key>().as_str()).unwrap_or(HeaderValue::from_static(""))
}

/// One line a request: readable message, queryable fields, units in names, no personal data.
fn log<B>(
    method: &Method,
    response: &ServiceResponse<B>,
    id: &str,
    problem: Option<&Problem>,
    started: Tick,
) {
    let internal = problem.is_some_and(|problem| problem.code == Code::Internal);
    // A log that is told to be quiet costs no request anything.
    if !internal && !tracing::enabled!(target: "request", tracing::Level::INFO) {
        return;
    }
    let request = response.request();
    let route = request.match_pattern().unwrap_or_else(|| "-".to_owned());
    let actor = request.extensions().get::<ActorId>().map(|actor| actor.0.clone());
    let status = response.status().as_u16();
    let duration_us = started.elapsed().as_micros() as u64;
    let code = problem.map(|p| p.code.as_str());
    let cause = problem.and_then(Problem::logged_cause);
    if internal {
        tracing::error!(target: "request", %method, route, status, duration_us, request_id = id, actor, code, cause, "{method} {route} {status}");
    } else {
        tracing::info!(target: "request", %method, route, status, duration_us, request_id = id, actor, code, cause, "{method} {route} {status}");
    }
}
