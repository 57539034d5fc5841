//! `/v1/organisations/{id}/clients/{client_id}/secrets`: a secret is replaced without a pause.

use super::views::{ClientSecretCreated, ClientSecretView};
use crate::accounts::Session;
use crate::app::App;
use crate::clients::{self, ClientError, ClientId, ClientSecretId};
use crate::db::Conn;
use crate::http::extract::Paths;
use crate::http::problem::ProblemDocument;
use crate::http::{Problem, reply};
use crate::organisations::OrganisationId;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, delete, dev, post};
use std::future::{Ready, ready};

/// The three ids of a path that names a secret. Ones that cannot be ids name nothing: 404.
#[derive(Debug, Clone, Copy)]
struct SecretPath(OrganisationId, ClientId, ClientSecretId);

impl FromRequest for SecretPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let segment = |name: &str| req.match_info().get(name).unwrap_or_default();
        let organisation = OrganisationId::parse(segment("id")).ok();
        let client = ClientId::parse(segment("client_id")).ok();
        let secret = ClientSecretId::parse(segment("secret_id")).ok();
        let all = organisation.zip(client).zip(secret);
        ready(all.map(|((one, two), three)| Self(one, two, three)).ok_or_else(Problem::not_found))
    }
}

/// Make another secret of a client.
///
/// For owners: the second, to replace the first. Give it to the client, see by `last_used_at` that it is in use, then delete
/// the old one. The answer holds the secret, this once: therefore the operation takes no `Idempotency-Key`. The
/// organisation's other owners are told by mail.
#[utoipa::path(tag = "clients", security(("bearer" = [])),
    params(("id" = OrganisationId, Path, description = "The organisation's id"), ("client_id" = ClientId, Path, description = "The client's id")),
    responses(
        (status = 201, description = "The secret", body = ClientSecretCreated),
        (status = 409, description = "The client has two secrets (`not_possible_now`).", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
#[post("/v1/organisations/{id}/clients/{client_id}/secrets")]
pub async fn create_client_secret(
    app: Data<App>,
    session: Session,
    ids: Paths<OrganisationId, ClientId>,
) -> Result<HttpResponse, Problem> {
    let (world, Paths(organisation, id)) = (app.world.clone(), ids);
    let add = move |conn: &mut Conn| {
        let known = clients::open_as_owner(conn, &session, organisation, id)?;
        clients::add_secret(conn, &world, &session, &known)
    };
    let (known, secret) = app.db.write::<_, ClientError, _>(add).await?;
    app.post.wake();
    let location = format!("/v1/organisations/{organisation}/clients/{id}");
    let secret_text = secret.reveal().to_owned();
    reply::created(
        &location,
        &ClientSecretCreated { secret: ClientSecretView::from(known), client_secret: secret_text },
    )
}

/// Delete a secret of a client.
///
/// For owners, also of a suspended organisation. It gets no more tokens; those it got last their 15 minutes, so that a planned
/// replacement interrupts nothing. If it was stolen, revoke the client instead. A client without a secret stays, and can get another.
#[utoipa::path(tag = "clients", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("client_id" = ClientId, Path, description = "The client's id"),
        ("secret_id" = ClientSecretId, Path, description = "The secret's id, as the client names it"),
    ),
    responses((status = 204, description = "Deleted")))]
#[delete("/v1/organisations/{id}/clients/{client_id}/secrets/{secret_id}")]
pub async fn delete_client_secret(
    app: Data<App>,
    session: Session,
    ids: SecretPath,
) -> Result<HttpResponse, Problem> {
    let (world, SecretPath(organisation, id, secret)) = (app.world.clone(), ids);
    let remove = move |conn: &mut Conn| {
        let known = clients::open_to_revoke(conn, &session, organisation, id)?;
        clients::revoke_secret(conn, &world, &session, &known, secret)
    };
    app.db.write(remove).await?;
    Ok(HttpResponse::NoContent().finish())
}
