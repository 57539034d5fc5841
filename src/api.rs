//! The API as a whole: the list of slices, the OpenAPI document they make together, and what answers when no route
//! matches.

use crate::app::App;
use crate::clients::Scope;
use crate::db::Failure;
use crate::http::{Code, Problem, merge_patch};
use crate::say;
use crate::say::Say;
use crate::{
    accounts, audit, catalogue, certification, clients, files, leads, listings, media, members,
    organisations, privacy, products, reference, reports, sheets,
};
use actix_web::http::header::ALLOW;
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{App as Actix, HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{
    ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{OpenApi as _, ToSchema};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

/// All documented routes. They are tried one after the other, hence the catalogue, which is asked most, comes first.
pub fn configure(config: &mut ServiceConfig) {
    catalogue::http::configure(config);
    config.service(check_liveness).service(check_readiness).service(get_openapi);
    reference::http::configure(config);
    certification::http::configure(config);
    products::http::configure(config);
    listings::http::configure(config);
    sheets::http::configure(config);
    accounts::http::configure(config);
    members::http::configure(config);
    clients::http::configure(config);
    organisations::http::configure(config);
    // Ahead of the leads, in whose place of an id it has a name.
    reports::http::configure(config);
    leads::http::configure(config);
    files::http::configure(config);
    media::http::configure(config);
    audit::http::configure(config);
    privacy::http::configure(config);
}

/// Answers that lie ready, ahead of all routes.
pub fn shortcut(app: Data<App>) -> catalogue::http::Shortcut {
    catalogue::http::Shortcut(app)
}

/// What is not part of the document: the documentation pages and the fallback.
pub fn configure_rest(config: &mut web::ServiceConfig) {
    let ui = utoipa_swagger_ui::SwaggerUi::new("/docs/{_:.*}").config(
        utoipa_swagger_ui::Config::from("/v1/openapi.json")
            .try_it_out_enabled(true)
            .persist_authorization(true),
    );
    config
        // Ahead of those of accounts, which take whatever purpose a link has.
        .configure(leads::http::configure_pages)
        .configure(listings::http::configure_pages)
        .configure(accounts::http::configure_pages)
        // Ahead of the pages, whose folder it is in: the texts above lead there.
        .route("/docs/SYNC.md", web::get().to(get_sync_text))
        .service(ui)
        .service(web::redirect("/docs", "/docs/"))
        .service(web::redirect("/", "/docs/"))
        .default_service(web::to(answer_unrouted));
}

/// How to keep a copy of the catalogue, for those who have the service and not its repository.
async fn get_sync_text() -> HttpResponse {
    HttpResponse::Ok().content_type("text/markdown; charset=utf-8").body(include_str!("../docs/SYNC.md"))
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "ocop-market",
        version = "1",
        description = include_str!("../docs/API.md"),
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    tags(
        (name = "catalogue", description = "Products whose certification is in force today"),
        (name = "certification", description = "The ledger: is it true today, and by which decision"),
        (name = "listings", description = "What stands beside the certificate: price, season, documents"),
        (name = "media", description = "Pictures: stored, sent in parts, fetched; and what everybody sees of them"),
        (name = "reference", description = "Admin units, product groups, criteria sets"),
        (name = "accounts", description = "Sign-in, sessions, the caller"),
        (name = "members", description = "Who belongs to an organisation, who acts for it, who holds an office"),
        (name = "clients", description = "Machine clients of an organisation, for its people"),
        (name = "oauth", description = "Tokens for machine clients"),
        (name = "organisations", description = "Who makes, buys, organises: registered, verified, claimed"),
        (name = "leads", description = "Enquiries and what comes of them"),
        (name = "privacy", description = "Personal data: consents, export, erasure, requests with the law's terms"),
        (name = "operations", description = "For those who run the service"),
    ),
    components(schemas(crate::http::problem::ProblemDocument, crate::http::problem::ProblemFault)),
)]
struct Base;

/// The OpenAPI document: every route with the errors its shape implies.
pub fn document() -> OpenApi {
    let (_, mut document) =
        Actix::new().into_utoipa_app().openapi(Base::openapi()).configure(configure).split_for_parts();
    let components = document.components.get_or_insert_default();
    merge_patch::describe(&mut components.schemas, "ListingPatch");
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let scopes = Scope::ALL.iter().map(|scope| (scope.as_str(), scope.meaning()));
    let flow = ClientCredentials::new("/v1/oauth/token", Scopes::from_iter(scopes));
    components
        .add_security_scheme("client", SecurityScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(flow)])));
    for (path, item) in &mut document.paths.paths {
        for operation in operations_mut(item) {
            match path.starts_with(OAUTH) {
                true => add_oauth_errors(operation),
                false => add_common_errors(operation, path.starts_with("/v1/")),
            }
        }
    }
    document
}

/// The document as it is committed in `openapi/openapi.json`.
pub fn document_text() -> String {
    let mut text = document().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

fn operations_mut(item: &mut utoipa::openapi::PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}

/// Where errors have the form of RFC 6749 §5.2.
const OAUTH: &str = "/v1/oauth/";

/// The errors of an address that speaks OAuth: those that are not its own have the same form.
fn add_oauth_errors(operation: &mut Operation) {
    for (status, description) in [
        (StatusCode::REQUEST_TIMEOUT, "The form stopped coming."),
        (StatusCode::PAYLOAD_TOO_LARGE, "The form is too large."),
        (StatusCode::SERVICE_UNAVAILABLE, "`temporarily_unavailable`; see `Retry-After`."),
    ] {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("OAuthError"))).build();
        let response =
            ResponseBuilder::new().description(description).content("application/json", content).build();
        operation.responses.responses.insert(status.as_u16().to_string(), RefOr::T(response));
    }
}

/// Errors that follow from what an operation is: handlers document only the ones that are their own.
fn add_common_errors(operation: &mut Operation, is_limited: bool) {
    let has_parameter = |place: ParameterIn| {
        operation.parameters.iter().flatten().any(|parameter| match parameter {
            RefOr::T(parameter) => parameter.parameter_in == place,
            RefOr::Ref(_) => false,
        })
    };
    let mut errors: Vec<(StatusCode, &str)> =
        vec![(StatusCode::SERVICE_UNAVAILABLE, "Temporarily unavailable; see `Retry-After`.")];
    if is_limited {
        errors.push((StatusCode::TOO_MANY_REQUESTS, "Too many requests; see `Retry-After`."));
    }
    if names_a_change(operation) {
        errors.push((StatusCode::CONFLICT, "The change named by `at_least` has not come yet."));
    }
    if has_parameter(ParameterIn::Query) || has_parameter(ParameterIn::Header) {
        errors.push((StatusCode::BAD_REQUEST, "Invalid parameters or headers, all of them in `errors`."));
    }
    if has_parameter(ParameterIn::Path) {
        errors.push((StatusCode::NOT_FOUND, "There is no such thing, or it is not yours to see."));
    }
    if operation.request_body.is_some() {
        errors.extend([
            (StatusCode::BAD_REQUEST, "The body or a header cannot be read."),
            (StatusCode::REQUEST_TIMEOUT, "The body stopped coming."),
            (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The media type is not one this operation takes."),
            (StatusCode::UNPROCESSABLE_ENTITY, "The content is invalid; every fault is in `errors`."),
        ]);
    }
    if operation.security.is_some() {
        errors.extend([
            (StatusCode::UNAUTHORIZED, "No valid access token."),
            (StatusCode::FORBIDDEN, "This account may not do this."),
        ]);
    }
    for (status, description) in errors {
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.as_u16().to_string())
            .or_insert_with(|| RefOr::T(problem_response(description)));
    }
}

fn names_a_change(operation: &Operation) -> bool {
    operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.name == "at_least",
        RefOr::Ref(_) => false,
    })
}

/// A response that is a problem document.
fn problem_response(description: &str) -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content).build()
}

/// The document as the running service uses it, made once.
pub struct Api {
    document: OpenApi,
    routes: Routes,
}

impl Api {
    pub fn build() -> Self {
        let document = document();
        Self { routes: Routes::of(&document), document }
    }
}

/// The routes of the document, to tell 405 from 404.
struct Routes(Vec<(Vec<Segment>, BTreeSet<&'static str>)>);

enum Segment {
    Literal(String),
    Parameter,
}

impl Routes {
    fn of(document: &OpenApi) -> Self {
        let routes = document.paths.paths.iter().map(|(path, item)| {
            let segments = path.split('/').skip(1).map(|segment| match segment.strip_prefix('{') {
                Some(_) => Segment::Parameter,
                None => Segment::Literal(segment.to_owned()),
            });
            let methods = [
                ("GET", item.get.is_some()),
                ("HEAD", item.get.is_some()),
                ("POST", item.post.is_some()),
                ("PUT", item.put.is_some()),
                ("PATCH", item.patch.is_some()),
                ("DELETE", item.delete.is_some()),
            ];
            let methods = methods.into_iter().filter(|(_, there)| *there).map(|(name, _)| name);
            (segments.collect(), methods.chain(["OPTIONS"]).collect())
        });
        Self(routes.collect())
    }

    /// The methods of a path, none if there is no such path.
    fn methods(&self, path: &str) -> BTreeSet<&'static str> {
        let given: Vec<&str> = path.split('/').skip(1).collect();
        let fits = |segments: &Vec<Segment>| {
            segments.len() == given.len()
                && segments.iter().zip(&given).all(|(segment, text)| match segment {
                    Segment::Literal(literal) => literal == text,
                    Segment::Parameter => !text.is_empty(),
                })
        };
        let literals = |segments: &[Segment]| {
            segments.iter().filter(|segment| matches!(segment, Segment::Literal(_))).count()
        };
        // What is named is not one of the things whose id might stand in its place.
        let fitting = self.0.iter().filter(|(segments, _)| fits(segments));
        let named = fitting.max_by_key(|(segments, _)| literals(segments));
        named.map(|(_, methods)| methods.clone()).unwrap_or_default()
    }
}

/// Whatever no route took: 405 with `Allow` if only the method is wrong, 204 to OPTIONS, else 404.
async fn answer_unrouted(req: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let methods = app.api.routes.methods(req.path());
    if methods.is_empty() {
        return Err(Problem::not_found().detail(Say::new(
            "Không có địa chỉ này; tài liệu ở /docs.",
            "There is nothing at this address; the documentation is at /docs.",
        )));
    }
    let allow = methods.into_iter().collect::<Vec<_>>().join(", ");
    if req.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent().insert_header((ALLOW, allow)).finish());
    }
    Err(Problem::new(Code::MethodNotAllowed)
        .detail(say!("Địa chỉ này nhận: {allow}.", "This address takes: {allow}."))
        .header(ALLOW, &allow))
}

/// The state of the service.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok`, or `reads_only` while the database is away.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Is the process alive?
///
/// Answers as long as the process can serve at all; looks at nothing else.
#[utoipa::path(tag = "operations", responses((status = 200, description = "Alive", body = Health)))]
#[get("/livez")]
async fn check_liveness() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Is the service ready for requests?
///
/// Asks the database. While that is away the status is `reads_only`, and 200 all the same: the catalogue is answered from
/// memory, and what is away is away for every instance, so that to send requests elsewhere would help nobody.
#[utoipa::path(tag = "operations", responses((status = 200, description = "Ready, at least to be read", body = Health)))]
#[get("/readyz")]
async fn check_readiness(app: Data<App>) -> HttpResponse {
    let answers = app.db.read(|conn| crate::db::ping(conn).map_err(Failure::from)).await;
    let status = if answers.is_ok() { "ok" } else { "reads_only" };
    HttpResponse::Ok().json(Health { status })
}

/// This document.
///
/// The OpenAPI 3.1 description of the whole API, for generators and for the page at /docs.
#[utoipa::path(tag = "operations", responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = serde_json::Value)))]
#[get("/v1/openapi.json")]
async fn get_openapi(req: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    crate::http::reply::public(&req, &app.api.document)
}
