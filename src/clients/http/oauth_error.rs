//! Errors as OAuth has them (RFC 6749 §5.2): libraries of clients know these and not problem documents.

use crate::accounts::AccountError;
use crate::clients::ClientError;
use crate::db::Failure;
use crate::http::Problem;
use crate::http::problem::OAuthErrorBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, PRAGMA, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};

/// An error on its way to a client.
#[derive(Debug)]
pub struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: String,
    headers: HeaderMap,
}

impl OAuthError {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self { status, error, description: description.into(), headers: HeaderMap::new() }
    }

    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// 400 with one of the codes of RFC 6749 and RFC 8707.
    pub fn refused(error: &'static str, description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, description)
    }

    /// Whatever is wrong with the credentials, the answer is this one.
    pub fn invalid_client() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "unknown client, wrong secret, or an address it may not come from",
        )
    }
}

impl From<Problem> for OAuthError {
    fn from(problem: Problem) -> Self {
        let (status, told) = (problem.status_code(), problem.oauth_error());
        if let Some(cause) = problem.logged_cause().filter(|_| status.is_server_error()) {
            tracing::warn!(error = cause, "a token request failed");
        }
        let headers = problem.error_response().headers().clone();
        Self { headers, ..Self::new(status, told.error, told.error_description) }
    }
}

impl From<ClientError> for OAuthError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(_) => Self::invalid_client(),
            ClientError::AnotherClient => {
                Self::refused("invalid_grant", "the token was issued to another client")
            }
            error => Problem::from(error).into(),
        }
    }
}

impl From<AccountError> for OAuthError {
    fn from(error: AccountError) -> Self {
        Problem::from(error).into()
    }
}

impl From<Failure> for OAuthError {
    fn from(failure: Failure) -> Self {
        Problem::from(failure).into()
    }
}

impl From<diesel::result::Error> for OAuthError {
    fn from(error: diesel::result::Error) -> Self {
        Failure::Query(error).into()
    }
}

impl std::fmt::Display for OAuthError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.error, self.description)
    }
}

impl ResponseError for OAuthError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let body = OAuthErrorBody { error: self.error, error_description: self.description.clone() };
        let mut response = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, r#"Basic realm="ocop-market""#));
        }
        response.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache")).json(body)
    }
}
