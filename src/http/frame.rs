//! The outermost middleware. It gives each request its id, lets HEAD use the handlers of GET, renders problem
//! documents and writes the one canonical line of each request into the log.

use super::extract::language_of;
use super::problem::Problem;
use super::{Code, reply};
use crate::app::App;
use crate::db::columns::Key;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use std::time::Instant as Tick;

/// The request's id, ours or the client's, as extension of the request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Who made the request, for the log: set by the extractors that authenticate.
#[derive(Debug, Clone)]
pub struct ActorId(pub String);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub async fn frame<B: MessageBody + 'static>(
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let started = Tick::now();
    let method = req.method().clone();
    let id = request_id(&req);
    req.extensions_mut().insert(RequestId(id.clone()));
    if method == Method::HEAD {
        // Routed as GET; the connection leaves the body out of the answer to a HEAD.
        req.head_mut().method = Method::GET;
    }
    let language = language_of(req.request());

    // A handler's error is a response by now; what fails here is middleware's own.
    let response = next.call(req).await?;

    let problem = response.response().extensions().get::<Problem>().cloned();
    let mut response = match &problem {
        None => response.map_into_left_body(),
        Some(problem) => {
            let body = reply::encode(&problem.document(language, &id)).unwrap_or_default();
            response.map_body(|head, _| {
                reply::mark_language(&mut head.headers, language);
                head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
                if head.status == StatusCode::UNAUTHORIZED && !head.headers.contains_key(WWW_AUTHENTICATE) {
                    head.headers
                        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ocop-market\""));
                }
                EitherBody::right(BoxBody::new(body))
            })
        }
    };
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    log(&method, &response, &id, problem.as_ref(), started);
    Ok(response)
}

/// The client's own id if it is one that is safe to log, else a new one.
fn request_id(req: &ServiceRequest) -> String {
    let given = req.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| {
        (8..=64).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    });
    match (given, req.app_data::<Data<App>>()) {
        (Some(id), _) => id.to_owned(),
        (None, Some(app)) => app.world.id::<Key>().as_str().to_owned(),
        (None, None) => String::new(),
    }
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
