//! `/v1/organisations/{id}/members` and `/v1/organisations/{id}/ownership-transfers`.

use super::Paging;
use crate::accounts::{MemberRole, Role, UserId};
use crate::app::App;
use crate::auth::{Caller, Session};
use crate::db::{Conn, Instant};
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::page;
use crate::http::problem::ProblemDocument;
use crate::http::reply::{self, IfMatch};
use crate::http::{Json, Path, Problem, Query};
use crate::input::Faults;
use crate::members::{self, Member};
use crate::organisations::OrganisationId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use serde::Serialize;
use utoipa::ToSchema;

/// A member of an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationMember {
    user_id: UserId,
    #[schema(required = true, example = "Phòng kinh doanh")]
    display_name: Option<String>,
    /// Only to owners and administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "banhang@example.vn")]
    email: Option<String>,
    role: MemberRole,
    since: Instant,
}

impl OrganisationMember {
    fn seen_by(caller: &Caller, organisation: OrganisationId, member: Member) -> Self {
        let reachable = caller.owns(organisation) || caller.role == Role::Admin;
        Self {
            user_id: member.user,
            display_name: member.display_name,
            email: reachable.then_some(member.email),
            role: member.role,
            since: member.since,
        }
    }
}

/// A page of members, those who have been it longest first.
#[derive(Debug, Serialize, ToSchema)]
struct OrganisationMemberPage {
    items: Vec<OrganisationMember>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// What of a member changes.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct OrganisationMemberChange {
    role: MemberRole,
}

/// To whom the ownership goes.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewOwnershipTransfer {
    /// `user_id` of another member.
    to: UserId,
}

/// The two whom a transfer concerns, as they are now.
#[derive(Debug, Serialize, ToSchema)]
struct OwnershipTransfer {
    owner: OrganisationMember,
    /// The caller.
    former_owner: OrganisationMember,
}

/// List the members of an organisation.
///
/// For its members and those who act for it, the officers of its province and administrators; to everybody else the
/// organisation does not exist. E-mail addresses are told to its owners and to administrators only.
#[utoipa::path(
    tag = "members",
    params(("id" = OrganisationId, Path), Paging),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of members", body = OrganisationMemberPage))
)]
#[get("/v1/organisations/{id}/members")]
pub async fn list_members(
    req: HttpRequest,
    app: Data<App>,
    by: Session,
    id: Path<OrganisationId>,
    query: Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let (id, limit) = (id.0, query.0.limit);
    let bound_to = format!("members of {id}");
    let after: Option<(i64, UserId)> = query.0.after(&bound_to)?;
    let after = after.map(|(at, user)| (Instant::from_micros(at), user));
    let caller = by.caller.clone();
    let list = move |conn: &mut Conn| {
        let party = members::open(conn, &caller, id)?;
        members::members(conn, &party, after, limit.rows() + 1)
    };
    let rows: Vec<Member> = app.db.snapshot(list).await?;
    let (rows, next_cursor) = page::cut(rows, limit, &bound_to, |row| (row.since.micros(), row.user));
    let shown = |member| OrganisationMember::seen_by(&by.caller, id, member);
    let page = OrganisationMemberPage { items: rows.into_iter().map(shown).collect(), next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

/// One member of an organisation.
///
/// Its `ETag` is what a change of the role needs.
#[utoipa::path(
    tag = "members",
    params(("id" = OrganisationId, Path), ("user_id" = UserId, Path)),
    security(("bearer" = [])),
    responses((status = 200, description = "The member", body = OrganisationMember))
)]
#[get("/v1/organisations/{id}/members/{user_id}")]
pub async fn get_member(
    req: HttpRequest,
    app: Data<App>,
    by: Session,
    ids: Paths<OrganisationId, UserId>,
) -> Result<HttpResponse, Problem> {
    let (caller, Paths(id, user)) = (by.caller.clone(), ids);
    let read = move |conn: &mut Conn| {
        let party = members::open(conn, &caller, id)?;
        members::member(conn, &party, user)
    };
    let member: Member = app.db.snapshot(read).await?;
    reply::private(&req, &OrganisationMember::seen_by(&by.caller, id, member))
}

/// Change the role of a member.
///
/// By owners. `If-Match` must carry the `ETag` of the member as the caller has read it. An owner may step down as long as
/// another one is left; the open invitations of who is no owner any more are withdrawn. Whoever it concerns is told by mail.
#[utoipa::path(
    tag = "members",
    params(
        ("id" = OrganisationId, Path), ("user_id" = UserId, Path),
        ("If-Match" = String, Header, description = "`ETag` of the member"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The member as it is now", body = OrganisationMember),
        (status = 409, description = "It is the last owner (`last_owner`)", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "The member has changed since it was read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[patch("/v1/organisations/{id}/members/{user_id}")]
pub async fn update_member(
    req: HttpRequest,
    app: Data<App>,
    by: Session,
    ids: Paths<OrganisationId, UserId>,
    body: Json<OrganisationMemberChange>,
) -> Result<HttpResponse, Problem> {
    let (world, caller, Paths(id, user)) = (app.world.clone(), by.caller.clone(), ids);
    let (if_match, role) = (IfMatch::of(&req), body.value.role);
    let change = move |conn: &mut Conn| {
        let party = members::lock_as_owner(conn, &caller, id)?;
        let member = members::member(conn, &party, user)?;
        if_match.required()?.check(&OrganisationMember::seen_by(&caller, id, member.clone()))?;
        Ok::<_, Problem>(members::change_role(conn, &world, &caller, &party, member, role)?)
    };
    let changed = app.db.write(change).await?;
    reply::private(&req, &OrganisationMember::seen_by(&by.caller, id, changed))
}

/// Remove a member, or leave.
///
/// An owner removes anybody, everybody itself. An organisation keeps an owner: the last one transfers the ownership first.
/// Who is removed is told by mail, and may do nothing for the organisation from the next request on.
#[utoipa::path(
    tag = "members",
    params(("id" = OrganisationId, Path), ("user_id" = UserId, Path)),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "No member any more"),
        (status = 409, description = "It is the last owner (`last_owner`)", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[delete("/v1/organisations/{id}/members/{user_id}")]
pub async fn delete_member(
    app: Data<App>,
    by: Session,
    ids: Paths<OrganisationId, UserId>,
) -> Result<HttpResponse, Problem> {
    let (world, Paths(id, user)) = (app.world.clone(), ids);
    app.db.write(move |conn| members::remove(conn, &world, &by.caller, id, user)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Transfer the ownership.
///
/// By an owner: another member becomes an owner and the caller an editor, both or neither. The new owner is told by mail.
#[utoipa::path(
    tag = "members",
    params(
        ("id" = OrganisationId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it takes effect once"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Both as they are now", body = OwnershipTransfer),
        (status = 409, description = "A request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/organisations/{id}/ownership-transfers")]
pub async fn create_ownership_transfer(
    req: HttpRequest,
    app: Data<App>,
    by: Session,
    id: Path<OrganisationId>,
    body: Json<NewOwnershipTransfer>,
) -> Result<HttpResponse, Problem> {
    let (world, actor, id, to) = (app.world.clone(), by.caller.key(), id.0, body.value.to);
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, move |conn| {
        let (owner, former) = members::transfer(conn, &world, &by.caller, id, to)?;
        let shown = |member| OrganisationMember::seen_by(&by.caller, id, member);
        let transfer = OwnershipTransfer { owner: shown(owner), former_owner: shown(former) };
        Answer::created(format!("/v1/organisations/{id}/members/{to}"), &transfer)
    })
    .await
}
