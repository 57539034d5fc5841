//! The keys that our access tokens are checked with.

use crate::app::App;
use crate::auth::keys::JsonWebKeySet;
use crate::http::{Problem, reply};
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};

/// Public keys of the access tokens.
///
/// A JSON Web Key Set (RFC 7517) with which any gateway can check our access tokens: algorithm EdDSA (Ed25519), type
/// `at+jwt`. May be kept for five minutes; a token with an unknown `kid` is the time to load it again.
#[utoipa::path(tag = "accounts", responses((status = 200, description = "The keys", body = JsonWebKeySet)))]
#[get("/.well-known/jwks.json")]
pub(super) async fn get_jwks(app: Data<App>, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut response = reply::public(&req, &app.keys.public())?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(response)
}
