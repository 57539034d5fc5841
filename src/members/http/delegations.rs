//! `/v1/organisations/{id}/delegations` and `GET /v1/me/delegations`.

use super::Paging;
use crate::accounts::{Email, UserId};
use crate::app::App;
use crate::auth::Session;
use crate::db::{Conn, Day, Instant};
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::page;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::members::{
    self, DelegatedRole, Delegation, DelegationId, DelegationPurpose, DelegationState, NewDelegation,
};
use crate::organisations::OrganisationId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::Serialize;
use utoipa::ToSchema;

/// Who is to act for the organisation, as what, what for, and how long.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewOrganisationDelegation {
    /// By an owner: the address of an officer of the organisation's province. An officer asks for itself and leaves it out.
    #[deserr(default)]
    delegate_email: Option<Email>,
    role: DelegatedRole,
    purpose: DelegationPurpose,
    /// The last day, at most twelve months from today.
    until: Day,
}

/// An agreement that an officer acts for an organisation, or the request for one.
#[derive(Debug, Serialize, ToSchema)]
struct OrganisationDelegation {
    id: DelegationId,
    organisation_id: OrganisationId,
    #[schema(example = "Hợp tác xã Bánh cáy Làng Minh Họa")]
    organisation_name: String,
    delegate: DelegateItem,
    role: DelegatedRole,
    purpose: DelegationPurpose,
    /// Its last day.
    until: Day,
    state: DelegationState,
    requested_at: Instant,
    #[schema(required = true)]
    granted_at: Option<Instant>,
    #[schema(required = true)]
    ended_at: Option<Instant>,
}

/// The officer who acts.
#[derive(Debug, Serialize, ToSchema)]
struct DelegateItem {
    user_id: UserId,
    #[schema(required = true, example = "Phòng phát triển nông thôn")]
    display_name: Option<String>,
    #[schema(example = "canbo@example.vn")]
    email: String,
}

impl OrganisationDelegation {
    fn of(delegation: Delegation, now: Instant) -> Self {
        Self {
            id: delegation.id,
            organisation_id: delegation.organisation,
            state: delegation.state(now),
            until: delegation.until(),
            organisation_name: delegation.organisation_name,
            delegate: DelegateItem {
                user_id: delegation.delegate,
                display_name: delegation.delegate_name,
                email: delegation.delegate_email,
            },
            role: delegation.role,
            purpose: delegation.purpose,
            requested_at: delegation.requested_at,
            granted_at: delegation.granted_at,
            ended_at: delegation.ended_at,
        }
    }

    fn location(&self) -> String {
        format!("/v1/organisations/{}/delegations/{}", self.organisation_id, self.id)
    }
}

/// A page of delegations, newest first.
#[derive(Debug, Serialize, ToSchema)]
struct OrganisationDelegationPage {
    items: Vec<OrganisationDelegation>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

fn page_of(
    req: &HttpRequest,
    now: Instant,
    rows: Vec<Delegation>,
    query: &Paging,
    bound_to: &str,
) -> Result<HttpResponse, Problem> {
    let (rows, next_cursor) = page::cut(rows, query.limit, bound_to, |row| row.id);
    let items = rows.into_iter().map(|row| OrganisationDelegation::of(row, now)).collect();
    let page = OrganisationDelegationPage { items, next_cursor };
    let response = reply::private(req, &page)?;
    Ok(reply::with_next(req, response, page.next_cursor.as_deref()))
}

/// Let an officer act for an organisation, or ask for it.
///
/// By an owner, with `delegate_email`: the officer may act at once. By an officer of the organisation's province, without: a
/// request that an owner grants. A delegate edits or reads and never does what only owners may; whatever it does is recorded
/// under both names. Anybody who is no officer of the province is invited as a member instead: for such an address the
/// answer is the same whether it has an account or not.
#[utoipa::path(
    tag = "members",
    params(
        ("id" = OrganisationId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it takes effect once"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Active if an owner made it, else requested", body = OrganisationDelegation),
        (status = 409, description = "The officer is a member (`already_member`), has a delegation or a request already \
            (`not_possible_now`), or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/organisations/{id}/delegations")]
pub async fn create_delegation(
    req: HttpRequest,
    app: Data<App>,
    by: Session,
    id: Path<OrganisationId>,
    body: Json<NewOrganisationDelegation>,
) -> Result<HttpResponse, Problem> {
    let (world, actor, id) = (app.world.clone(), by.caller.key(), id.0);
    let NewOrganisationDelegation { delegate_email, role, purpose, until } = body.value;
    let new = NewDelegation { delegate: delegate_email, role, purpose, until };
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, move |conn| {
        let made = members::new_delegation(conn, &world, &by.caller, id, new)?;
        let shown = OrganisationDelegation::of(made, world.now());
        Answer::created(shown.location(), &shown)
    })
    .await
}

/// List the delegations of an organisation.
///
/// For its members and for administrators all of them; for an officer of its province those to itself.
#[utoipa::path(
    tag = "members",
    params(("id" = OrganisationId, Path), Paging),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of delegations", body = OrganisationDelegationPage))
)]
#[get("/v1/organisations/{id}/delegations")]
pub async fn list_delegations(
    req: HttpRequest,
    app: Data<App>,
    by: Session,
    id: Path<OrganisationId>,
    query: Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let (id, limit) = (id.0, query.0.limit);
    let bound_to = format!("delegations of {id}");
    let after = query.0.after(&bound_to)?;
    let list = move |conn: &mut Conn| members::delegations_of(conn, &by.caller, id, after, limit.rows() + 1);
    let rows = app.db.snapshot(list).await?;
    page_of(&req, app.world.now(), rows, &query.0, &bound_to)
}

/// List for whom you may act.
///
/// The caller's own delegations in all organisations: asked for, active and ended.
#[utoipa::path(
    tag = "members",
    params(Paging),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of delegations", body = OrganisationDelegationPage))
)]
#[get("/v1/me/delegations")]
pub async fn list_my_delegations(
    req: HttpRequest,
    app: Data<App>,
    by: Session,
    query: Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let (user, limit) = (by.user, query.0.limit);
    let bound_to = format!("delegations to {user}");
    let after = query.0.after(&bound_to)?;
    let list = move |conn: &mut Conn| members::delegations_to(conn, user, after, limit.rows() + 1);
    let rows = app.db.snapshot(list).await?;
    page_of(&req, app.world.now(), rows, &query.0, &bound_to)
}

/// Grant a delegation that an officer has asked for.
///
/// By owners. The officer may act from the next request on.
#[utoipa::path(
    tag = "members",
    params(
        ("id" = OrganisationId, Path), ("delegation_id" = DelegationId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it gets the same answer"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The delegation, active now", body = OrganisationDelegation),
        (status = 409, description = "Granted or ended already (`already_decided`), its last day is over or the office has \
            ended (`not_possible_now`), or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "The key was used for another request", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/organisations/{id}/delegations/{delegation_id}/grants")]
pub async fn create_delegation_grant(
    req: HttpRequest,
    app: Data<App>,
    by: Session,
    ids: Paths<OrganisationId, DelegationId>,
) -> Result<HttpResponse, Problem> {
    let (world, actor, Paths(id, delegation)) = (app.world.clone(), by.caller.key(), ids);
    idempotency::once(&app, &req, Need::Optional, &actor, &[], move |conn| {
        let granted = members::grant_delegation(conn, &world, &by.caller, id, delegation)?;
        let shown = OrganisationDelegation::of(granted, world.now());
        Answer::created(shown.location(), &shown)
    })
    .await
}

/// End a delegation, or refuse a request.
///
/// By an owner or by the officer itself, at once and without a reason. The other side is told by mail.
#[utoipa::path(
    tag = "members",
    params(("id" = OrganisationId, Path), ("delegation_id" = DelegationId, Path)),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "Ended"),
        (status = 409, description = "It has ended already (`already_decided`)", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[delete("/v1/organisations/{id}/delegations/{delegation_id}")]
pub async fn delete_delegation(
    app: Data<App>,
    by: Session,
    ids: Paths<OrganisationId, DelegationId>,
) -> Result<HttpResponse, Problem> {
    let (world, Paths(id, delegation)) = (app.world.clone(), ids);
    app.db.write(move |conn| members::end_delegation(conn, &world, &by.caller, id, delegation)).await?;
    Ok(HttpResponse::NoContent().finish())
}
