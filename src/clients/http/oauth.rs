//! `POST /v1/oauth/token` and `POST /v1/oauth/revoke`: for the machines themselves, as RFC 6749 and RFC 7009 have it.

use super::oauth_error::OAuthError;
use crate::accounts::throttle::{self, Guess};
use crate::app::App;
use crate::auth::token::{Bearer, SigningError};
use crate::auth::{self, origin_of};
use crate::clients::{self, ClientError, ClientSecret, Proven, Scopes};
use crate::db::Conn;
use crate::http::extract::{expect_media_type, read_body};
use crate::http::frame::ActorId;
use crate::http::limits::client_address;
use crate::http::problem::OAuthErrorBody;
use crate::http::{Code, Problem};
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, PRAGMA};
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// What a client sends for a token. Members it does not know are ignored, as RFC 6749 has it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document; read by `Form`, which knows what came twice")]
struct TokenRequest {
    #[schema(example = "client_credentials")]
    grant_type: String,
    /// Scopes separated by spaces; left out: all that the client has.
    #[schema(required = false, example = "catalogue.read leads.write")]
    scope: String,
    /// RFC 8707: the issuer, which is the only resource there is.
    #[schema(required = false)]
    resource: String,
    /// Unless it is in the header.
    #[schema(required = false)]
    client_id: String,
    /// Unless it is in the header.
    #[schema(required = false)]
    client_secret: String,
}

/// What a client sends to end a token.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document; read by `Form`, which knows what came twice")]
struct RevocationRequest {
    token: String,
    /// Not needed: there is one kind of token.
    #[schema(required = false, example = "access_token")]
    token_type_hint: String,
    /// Unless it is in the header.
    #[schema(required = false)]
    client_id: String,
    /// Unless it is in the header.
    #[schema(required = false)]
    client_secret: String,
}

/// A token of a client (RFC 6749 §5.1).
#[derive(Serialize, ToSchema)]
struct TokenAnswer {
    /// JWT (RFC 9068) for `Authorization: Bearer …`.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9.e30.c2ln")]
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until it runs out.
    #[schema(example = 900)]
    expires_in: i64,
    /// What it may do, separated by spaces.
    #[schema(example = "catalogue.read leads.write")]
    scope: String,
}

/// The parameters of a form.
struct Form(HashMap<String, Vec<String>>);

impl Form {
    /// Far more than a token in a form.
    const LONGEST: usize = 16 * 1024;

    async fn read(req: &HttpRequest, payload: Payload) -> Result<Self, OAuthError> {
        expect_media_type(req, &["application/x-www-form-urlencoded"])
            .map_err(|_| OAuthError::invalid_request("send application/x-www-form-urlencoded"))?;
        let body = read_body(payload.into_inner(), Self::LONGEST).await?;
        let mut members: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in form_urlencoded::parse(&body) {
            // Without a value it is as if it were left out (RFC 6749 §3.2).
            if !value.is_empty() {
                members.entry(name.into_owned()).or_default().push(value.into_owned());
            }
        }
        Ok(Self(members))
    }

    /// The value of a parameter that may come once.
    fn one(&self, name: &str) -> Result<Option<&str>, OAuthError> {
        match self.all(name) {
            [] => Ok(None),
            [value] => Ok(Some(value)),
            _ => Err(OAuthError::invalid_request(format!("{name} came more than once"))),
        }
    }

    fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    fn needed(&self, name: &str) -> Result<&str, OAuthError> {
        self.one(name)?.ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
    }
}

/// Id and secret, by the header or by the form and not by both (RFC 6749 §2.3.1).
fn credentials(req: &HttpRequest, form: &Form) -> Result<(String, ClientSecret), OAuthError> {
    let (id, secret) = (form.one("client_id")?, form.one("client_secret")?);
    match (basic(req)?, id, secret) {
        (Some(_), _, Some(_)) => {
            Err(OAuthError::invalid_request("credentials in the header and in the form: send one of them"))
        }
        (Some((in_header, _)), Some(id), None) if in_header != id => {
            Err(OAuthError::invalid_request("client_id is not that of the header"))
        }
        (Some((id, secret)), _, None) => Ok((id, ClientSecret::given(secret))),
        (None, Some(id), Some(secret)) => Ok((id.to_owned(), ClientSecret::given(secret.to_owned()))),
        (None, ..) => Err(OAuthError::invalid_client()),
    }
}

/// The credentials of `Authorization: Basic …`, each of them form-encoded before they were joined. What another scheme
/// brings proves no client.
fn basic(req: &HttpRequest) -> Result<Option<(String, String)>, OAuthError> {
    let mut headers = req.headers().get_all(AUTHORIZATION);
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(OAuthError::invalid_request("more than one Authorization header"));
    }
    let text = header.to_str().map_err(|_| OAuthError::invalid_client())?;
    let Some((scheme, encoded)) = text.split_once(' ') else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = decoded.as_deref().and_then(|pair| pair.split_once(':'));
    let (id, secret) = pair.ok_or_else(OAuthError::invalid_client)?;
    Ok(Some((form_decoded(id), form_decoded(secret))))
}

fn form_decoded(text: &str) -> String {
    // What was not encoded, against the rule, is what it is.
    if text.contains(['&', '=']) {
        return text.to_owned();
    }
    form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

/// The client that makes the request, if it can prove it.
async fn proven(app: &Data<App>, req: &HttpRequest, form: &Form) -> Result<Proven, OAuthError> {
    let (id, secret) = credentials(req, form)?;
    let (address, now) = (client_address(req), app.world.now());
    let guess = Guess::at_client(clients::named(&id), &address);
    let prove = move |conn: &mut Conn| clients::prove(conn, clients::named(&id), &secret, &address, now);
    let proved = app.db.read(prove).await;
    if let Err(ClientError::Refused(cause)) = &proved {
        tracing::info!(cause, "a client was refused");
        // Only who is wrong is counted and slowed: nobody guesses 256 bits, but anybody could lock a client out.
        app.db.write(move |conn| throttle::reserve(conn, now, &guess)).await?;
    }
    let proven = proved?;
    req.extensions_mut().insert(ActorId(proven.client.to_string()));
    Ok(proven)
}

/// The scopes of the token: all of the client's, or those it asks for.
fn granted(form: &Form, client: &Scopes) -> Result<Scopes, OAuthError> {
    let Some(wanted) = form.one("scope")? else { return Ok(client.clone()) };
    let scopes = Scopes::parse(wanted).ok().filter(|scopes| scopes.within(client));
    scopes.ok_or_else(|| OAuthError::refused("invalid_scope", format!("the client may have: {client}")))
}

/// Get an access token.
///
/// The client credentials grant of OAuth 2.0 (RFC 6749 §4.4) for machine clients. Client id and secret come by HTTP Basic or in
/// the form, not both. Errors are those of RFC 6749 §5.2, not problem documents. The token lasts 15 minutes; there is no refresh
/// token: keep it, and ask for the next one shortly before it runs out.
#[utoipa::path(tag = "oauth",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token", body = TokenAnswer),
        (status = 400, description = "`invalid_request`, `unsupported_grant_type`, `invalid_scope` or `invalid_target`.", body = OAuthErrorBody),
        (status = 401, description = "`invalid_client`: unknown, wrong secret, or an address it may not come from.", body = OAuthErrorBody),
        (status = 429, description = "Too many wrong secrets from this address; see `Retry-After`.", body = OAuthErrorBody),
    ))]
#[post("/v1/oauth/token")]
pub async fn create_token(
    app: Data<App>,
    req: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, OAuthError> {
    let form = Form::read(&req, payload).await?;
    if form.needed("grant_type")? != "client_credentials" {
        return Err(OAuthError::refused("unsupported_grant_type", "send client_credentials"));
    }
    let proven = proven(&app, &req, &form).await?;
    if form.all("resource").iter().any(|resource| *resource != app.config.issuer) {
        return Err(OAuthError::refused("invalid_target", format!("the resource is {}", app.config.issuer)));
    }
    let scopes = granted(&form, &proven.scopes)?;
    let bearer = Bearer::Client { client: proven.client, scopes: scopes.clone() };
    let token = app.keys.sign(&app.world, &bearer, None).map_err(unsigned)?;
    note_use(&app, proven).await;
    let answer = TokenAnswer {
        access_token: token.text,
        token_type: "Bearer",
        expires_in: token.expires_in,
        scope: scopes.to_string(),
    };
    let mut response = HttpResponse::Ok();
    Ok(response.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache")).json(answer))
}

fn unsigned(error: SigningError) -> OAuthError {
    Problem::new(Code::Internal).cause(error).into()
}

/// That it cannot be noted now is no reason to keep the token back.
async fn note_use(app: &Data<App>, proven: Proven) {
    if !proven.is_due {
        return;
    }
    let now = app.world.now();
    let noted = app.db.write(move |conn: &mut Conn| clients::note_use(conn, &proven, now)).await;
    if let Err(error) = noted {
        tracing::warn!(%error, "the use of a client was not noted");
    }
}

/// End an access token.
///
/// RFC 7009, for machine clients: a token of the client that asks, from now on, on every instance. One that is unknown or has
/// ended is ended, and the answer the same. People end their sessions at `DELETE /v1/sessions/current`.
#[utoipa::path(tag = "oauth",
    request_body(content = RevocationRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "It has ended"),
        (status = 400, description = "`invalid_request`, or `invalid_grant`: the token is another client's.", body = OAuthErrorBody),
        (status = 401, description = "`invalid_client`: unknown, wrong secret, or an address it may not come from.", body = OAuthErrorBody),
        (status = 429, description = "Too many wrong secrets from this address; see `Retry-After`.", body = OAuthErrorBody),
    ))]
#[post("/v1/oauth/revoke")]
pub async fn revoke_token(
    app: Data<App>,
    req: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, OAuthError> {
    let form = Form::read(&req, payload).await?;
    let token = form.needed("token")?;
    let proven = proven(&app, &req, &form).await?;
    let checked = match auth::extract::check(&app, token, app.world.now()).await {
        Ok(checked) => Some(checked),
        Err(problem) if problem.code == Code::Unauthenticated => None,
        Err(problem) => return Err(problem.into()),
    };
    if let Some(checked) = checked {
        if !matches!(checked.bearer, Bearer::Client { client, .. } if client == proven.client) {
            return Err(ClientError::AnotherClient.into());
        }
        let (world, client, origin) = (app.world.clone(), proven.client, origin_of(&req));
        app.db.write(move |conn| clients::revoke_token(conn, &world, client, &checked, origin)).await?;
    }
    note_use(&app, proven).await;
    let mut response = HttpResponse::Ok();
    Ok(response.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache")).finish())
}
