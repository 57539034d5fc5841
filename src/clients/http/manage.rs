//! `/v1/organisations/{id}/clients`: what the members see and the owners change.

use super::views::{ClientCreated, ClientPage, ClientView};
use crate::accounts::Session;
use crate::app::App;
use crate::clients::{self, ClientChange, ClientId, ClientName, Networks, NewClient, Scopes};
use crate::db::Conn;
use crate::http::extract::Paths;
use crate::http::page::{self, Cursor, Limit};
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Code, Json, Path, Problem, Query, reply};
use crate::input::{Change, Faults};
use crate::organisations::OrganisationId;
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use utoipa::{IntoParams, ToSchema};

/// A client to be.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[schema(as = NewClient)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewClientInput {
    /// What people call it: 1 to 100 characters.
    name: ClientName,
    /// What it may do, at least one.
    #[schema(value_type = Vec<clients::Scope>, min_items = 1, example = json!(["catalogue.read", "leads.write"]))]
    scopes: Scopes,
    /// The networks it may come from, at most 20; left out: from anywhere.
    #[deserr(default)]
    #[schema(value_type = Vec<clients::Network>, required = false, max_items = 20, example = json!(["203.0.113.0/24"]))]
    addresses: Networks,
}

/// What of a client changes; a field that is left out stays.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[schema(as = ClientChange)]
#[deserr(error = Faults, deny_unknown_fields)]
struct ClientChangeInput {
    /// 1 to 100 characters.
    #[deserr(default)]
    #[schema(value_type = ClientName, required = false)]
    name: Change<ClientName>,
    /// What it may do, at least one.
    #[deserr(default)]
    #[schema(value_type = Vec<clients::Scope>, required = false, min_items = 1, example = json!(["catalogue.read"]))]
    scopes: Change<Scopes>,
    /// The networks it may come from, at most 20; `null`: from anywhere.
    #[deserr(default)]
    #[schema(value_type = Option<Vec<clients::Network>>, required = false, max_items = 20, example = json!(["203.0.113.7"]))]
    addresses: Change<Networks>,
}

impl ClientChangeInput {
    fn checked(self) -> Result<ClientChange, Faults> {
        let mut faults = Faults::default();
        let change = ClientChange {
            name: set(self.name, "name", &mut faults),
            scopes: set(self.scopes, "scopes", &mut faults),
            addresses: match self.addresses {
                Change::Keep => None,
                Change::Clear => Some(Networks::default()),
                Change::Set(addresses) => Some(addresses),
            },
        };
        faults.into_result().map(|()| change)
    }
}

/// The new value of what cannot be without one.
fn set<T>(change: Change<T>, field: &str, faults: &mut Faults) -> Option<T> {
    match change {
        Change::Keep => None,
        Change::Set(value) => Some(value),
        Change::Clear => {
            let not_null = Say::new("Trường này không được là null.", "This field must not be null.");
            faults.push([field], Invalid::new("wrong_type", not_null));
            None
        }
    }
}

#[derive(Debug, IntoParams, deserr::Deserr)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct ListClientsQuery {
    /// Rows of a page: 1 to 100, 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// List the machine clients of an organisation.
///
/// For its members; oldest first. What was revoked is not among them.
#[utoipa::path(tag = "clients", security(("bearer" = [])),
    params(("id" = OrganisationId, Path, description = "The organisation's id"), ListClientsQuery),
    responses((status = 200, description = "A page of clients", body = ClientPage)))]
#[get("/v1/organisations/{id}/clients")]
pub async fn list_clients(
    app: Data<App>,
    req: HttpRequest,
    session: Session,
    id: Path<OrganisationId>,
    query: Query<ListClientsQuery>,
) -> Result<HttpResponse, Problem> {
    let ListClientsQuery { limit, cursor } = query.0;
    let bound_to = format!("clients of {}", id.0);
    let after = cursor.map(|cursor| after(&cursor, &bound_to)).transpose()?;
    let list = move |conn: &mut Conn| clients::list(conn, &session, id.0, after, limit.rows() + 1);
    let rows = app.db.snapshot(list).await?;
    let (rows, next_cursor) = page::cut(rows, limit, &bound_to, |client| client.id.to_string());
    let page = ClientPage { items: rows.into_iter().map(ClientView::from).collect(), next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

fn after(cursor: &Cursor, bound_to: &str) -> Result<ClientId, Problem> {
    let id: String = cursor.open(bound_to)?;
    ClientId::parse(&id).map_err(|_| Problem::new(Code::InvalidCursor))
}

/// Make a machine client.
///
/// For owners. The answer holds its secret, this once: therefore the operation takes no `Idempotency-Key`. If the answer got
/// lost, revoke the client and make another. An organisation has at most 20; its other owners are told by mail.
#[utoipa::path(tag = "clients", security(("bearer" = [])),
    params(("id" = OrganisationId, Path, description = "The organisation's id")),
    responses(
        (status = 201, description = "The client and its secret", body = ClientCreated),
        (status = 409, description = "The organisation has 20 clients (`not_possible_now`).", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
#[post("/v1/organisations/{id}/clients")]
pub async fn create_client(
    app: Data<App>,
    session: Session,
    id: Path<OrganisationId>,
    body: Json<NewClientInput>,
) -> Result<HttpResponse, Problem> {
    let NewClientInput { name, scopes, addresses } = body.value;
    let (world, new) = (app.world.clone(), NewClient { name, scopes, addresses });
    let create = move |conn: &mut Conn| clients::create(conn, &world, &session, id.0, &new);
    let (client, secret) = app.db.write(create).await?;
    app.post.wake();
    let location = format!("/v1/organisations/{}/clients/{}", client.organisation, client.id);
    let created = ClientCreated { client: client.into(), client_secret: secret.reveal().to_owned() };
    reply::created(&location, &created)
}

/// Read a machine client.
///
/// For members of its organisation. The `ETag` does not change when the client is used.
#[utoipa::path(tag = "clients", security(("bearer" = [])),
    params(("id" = OrganisationId, Path, description = "The organisation's id"), ("client_id" = ClientId, Path, description = "The client's id")),
    responses((status = 200, description = "The client", body = ClientView)))]
#[get("/v1/organisations/{id}/clients/{client_id}")]
pub async fn get_client(
    app: Data<App>,
    session: Session,
    ids: Paths<OrganisationId, ClientId>,
) -> Result<HttpResponse, Problem> {
    let read = move |conn: &mut Conn| clients::read(conn, &session, ids.0, ids.1);
    ClientView::shown(app.db.snapshot(read).await?)
}

/// Change a machine client.
///
/// For owners. JSON merge patch (RFC 7396); `If-Match` must carry the ETag of what was read. Tokens of a client that may do
/// less than before, or come from fewer networks, end at once; it asks for another.
#[utoipa::path(tag = "clients", security(("bearer" = [])),
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("client_id" = ClientId, Path, description = "The client's id"),
        ("If-Match" = String, Header, description = "ETag of the client"),
    ),
    responses(
        (status = 200, description = "As it is now", body = ClientView),
        (status = 412, description = "It has changed since it was read.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing.", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
#[patch("/v1/organisations/{id}/clients/{client_id}")]
pub async fn update_client(
    app: Data<App>,
    req: HttpRequest,
    session: Session,
    ids: Paths<OrganisationId, ClientId>,
    body: Json<ClientChangeInput>,
) -> Result<HttpResponse, Problem> {
    let change = body.value.checked().map_err(Problem::invalid_body)?;
    let (world, if_match) = (app.world.clone(), IfMatch::of(&req).required()?);
    let update = move |conn: &mut Conn| {
        let known = clients::open_as_owner(conn, &session, ids.0, ids.1)?;
        if_match.check(&ClientView::from(known.clone()).state())?;
        Ok::<_, Problem>(clients::change(conn, &world, &session, known, change)?)
    };
    ClientView::shown(app.db.write(update).await?)
}

/// Revoke a machine client.
///
/// For owners, also of a suspended organisation. Its secrets and all its tokens end at once. What it has done stays.
#[utoipa::path(tag = "clients", security(("bearer" = [])),
    params(("id" = OrganisationId, Path, description = "The organisation's id"), ("client_id" = ClientId, Path, description = "The client's id")),
    responses((status = 204, description = "Revoked")))]
#[delete("/v1/organisations/{id}/clients/{client_id}")]
pub async fn delete_client(
    app: Data<App>,
    session: Session,
    ids: Paths<OrganisationId, ClientId>,
) -> Result<HttpResponse, Problem> {
    let world = app.world.clone();
    let revoke = move |conn: &mut Conn| {
        let known = clients::open_to_revoke(conn, &session, ids.0, ids.1)?;
        clients::revoke(conn, &world, &session, &known)
    };
    app.db.write(revoke).await?;
    Ok(HttpResponse::NoContent().finish())
}
