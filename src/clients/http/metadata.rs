//! What libraries find their way by: `/.well-known/oauth-authorization-server` and `/.well-known/oauth-protected-resource`.

use crate::app::App;
use crate::clients::Scope;
use crate::http::{Problem, reply};
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

/// The metadata of the authorisation server (RFC 8414).
#[derive(Debug, Serialize, ToSchema)]
struct AuthorizationServer {
    #[schema(example = "https://market.example.vn")]
    issuer: String,
    #[schema(example = "https://market.example.vn/v1/oauth/token")]
    token_endpoint: String,
    #[schema(example = "https://market.example.vn/v1/oauth/revoke")]
    revocation_endpoint: String,
    #[schema(example = "https://market.example.vn/.well-known/jwks.json")]
    jwks_uri: String,
    scopes_supported: Vec<Scope>,
    /// None: there is no authorisation endpoint.
    #[schema(example = json!([]))]
    response_types_supported: [&'static str; 0],
    #[schema(example = json!(["client_credentials"]))]
    grant_types_supported: [&'static str; 1],
    #[schema(example = json!(["client_secret_basic", "client_secret_post"]))]
    token_endpoint_auth_methods_supported: [&'static str; 2],
    #[schema(example = json!(["client_secret_basic", "client_secret_post"]))]
    revocation_endpoint_auth_methods_supported: [&'static str; 2],
    #[schema(example = "https://market.example.vn/docs/")]
    service_documentation: String,
    #[schema(example = json!(["vi", "en"]))]
    ui_locales_supported: [&'static str; 2],
}

/// The metadata of the resource that access tokens are for (RFC 9728).
#[derive(Debug, Serialize, ToSchema)]
struct ProtectedResource {
    #[schema(example = "https://market.example.vn")]
    resource: String,
    #[schema(example = json!(["https://market.example.vn"]))]
    authorization_servers: [String; 1],
    scopes_supported: Vec<Scope>,
    #[schema(example = json!(["header"]))]
    bearer_methods_supported: [&'static str; 1],
    #[schema(example = "ocop-market")]
    resource_name: &'static str,
    #[schema(example = "https://market.example.vn/docs/")]
    resource_documentation: String,
}

const METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

/// Metadata of the authorisation server.
///
/// RFC 8414: where machine clients get their tokens, and how. May be kept for an hour.
#[utoipa::path(tag = "oauth", responses((status = 200, description = "The metadata", body = AuthorizationServer)))]
#[get("/.well-known/oauth-authorization-server")]
pub async fn get_authorization_server(app: Data<App>, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let issuer = &app.config.issuer;
    kept_an_hour(reply::public(
        &req,
        &AuthorizationServer {
            issuer: issuer.clone(),
            token_endpoint: format!("{issuer}/v1/oauth/token"),
            revocation_endpoint: format!("{issuer}/v1/oauth/revoke"),
            jwks_uri: format!("{issuer}/.well-known/jwks.json"),
            scopes_supported: Scope::ALL.to_vec(),
            response_types_supported: [],
            grant_types_supported: ["client_credentials"],
            token_endpoint_auth_methods_supported: METHODS,
            revocation_endpoint_auth_methods_supported: METHODS,
            service_documentation: format!("{issuer}/docs/"),
            ui_locales_supported: ["vi", "en"],
        },
    )?)
}

/// Metadata of the protected resource.
///
/// RFC 9728: which authorisation server the access tokens of this API come from. May be kept for an hour.
#[utoipa::path(tag = "oauth", responses((status = 200, description = "The metadata", body = ProtectedResource)))]
#[get("/.well-known/oauth-protected-resource")]
pub async fn get_protected_resource(app: Data<App>, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let issuer = &app.config.issuer;
    kept_an_hour(reply::public(
        &req,
        &ProtectedResource {
            resource: issuer.clone(),
            authorization_servers: [issuer.clone()],
            scopes_supported: Scope::ALL.to_vec(),
            bearer_methods_supported: ["header"],
            resource_name: "ocop-market",
            resource_documentation: format!("{issuer}/docs/"),
        },
    )?)
}

fn kept_an_hour(mut response: HttpResponse) -> Result<HttpResponse, Problem> {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Ok(response)
}
