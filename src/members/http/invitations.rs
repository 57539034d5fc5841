//! `/v1/organisations/{id}/invitations` and `POST /v1/invitations/acceptances`.

use super::Paging;
use crate::accounts::{self, Email, MemberRole, UserId, UserLanguage};
use crate::app::App;
use crate::auth::{Secret, Session};
use crate::db::{Conn, Instant};
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::page;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::members::{
    self, Accepted, Invitation, InvitationId, InvitationState, InvitedTo, MemberError, NewInvitation,
    OfficeKind,
};
use crate::organisations::OrganisationId;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::Serialize;
use utoipa::ToSchema;

/// Whom to invite to what.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewMemberInvitation {
    email: Email,
    role: MemberRole,
    /// Language of the letter; the inviter's unless told.
    #[deserr(default)]
    language: Option<UserLanguage>,
}

/// An invitation to an organisation.
#[derive(Debug, Serialize, ToSchema)]
struct MemberInvitation {
    id: InvitationId,
    #[schema(example = "banhang@example.vn")]
    email: String,
    role: MemberRole,
    state: InvitationState,
    created_at: Instant,
    expires_at: Instant,
}

impl MemberInvitation {
    /// Nothing of an invitation to an office.
    fn of(invitation: &Invitation, now: Instant) -> Option<Self> {
        let InvitedTo::Organisation { role, .. } = invitation.to else { return None };
        Some(Self {
            id: invitation.id,
            email: invitation.email.as_str().to_owned(),
            role,
            state: invitation.state(now),
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        })
    }
}

/// A page of invitations, newest first.
#[derive(Debug, Serialize, ToSchema)]
struct MemberInvitationPage {
    items: Vec<MemberInvitation>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// The token of an invitation.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct InvitationToken {
    /// As it stands in the letter.
    token: Secret,
}

/// What the caller has become.
#[derive(Debug, Serialize, ToSchema)]
struct InvitationAcceptance {
    /// Of an invitation to an organisation: what the caller is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    membership: Option<AcceptedMembership>,
    /// Of an invitation to an office: the caller's office now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    office: Option<AcceptedOffice>,
    accepted_at: Instant,
}

/// A membership that came by invitation.
#[derive(Debug, Serialize, ToSchema)]
struct AcceptedMembership {
    organisation_id: OrganisationId,
    #[schema(example = "Hợp tác xã Bánh cáy Làng Minh Họa")]
    organisation_name: String,
    /// Who was a member with a higher role keeps that.
    role: MemberRole,
}

/// An office that came by invitation. It has powers once its holder signs in with a second factor.
#[derive(Debug, Serialize, ToSchema)]
struct AcceptedOffice {
    office: OfficeKind,
    /// Of an officer: code of the province, as of today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "33")]
    province: Option<String>,
}

impl InvitationAcceptance {
    fn of(conn: &mut Conn, accepted: &Accepted) -> Result<Self, MemberError> {
        let mut shown = Self { membership: None, office: None, accepted_at: accepted.at };
        match &accepted.to {
            InvitedTo::Organisation { organisation, role } => {
                let organisation_name = accounts::organisation_name(conn, *organisation)?;
                shown.membership = Some(AcceptedMembership {
                    organisation_id: *organisation,
                    organisation_name: organisation_name.unwrap_or_default(),
                    role: *role,
                });
            }
            InvitedTo::Office(role) => {
                let province = role.province().map(str::to_owned);
                shown.office = OfficeKind::of(role.name()).map(|office| AcceptedOffice { office, province });
            }
        }
        Ok(shown)
    }

    fn location(&self, user: UserId) -> String {
        match &self.membership {
            Some(to) => format!("/v1/organisations/{}/members/{user}", to.organisation_id),
            None => "/v1/me".to_owned(),
        }
    }
}

/// Invite somebody to an organisation.
///
/// By owners. The address gets a letter with a link that is good for seven days. The answer is the same whether the address
/// has an account or not; only a member is told apart, because owners see who that is anyway. Invited again, the older
/// invitation is withdrawn. At most 20 are open at once, at most 50 are made within 24 hours.
#[utoipa::path(
    tag = "members",
    params(
        ("id" = OrganisationId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, one letter is sent"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The invitation", body = MemberInvitation),
        (status = 409, description = "The address is a member's (`already_member`), 20 invitations are open \
            (`not_possible_now`), or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "50 invitations were made within 24 hours", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/organisations/{id}/invitations")]
pub async fn create_invitation(
    req: HttpRequest,
    app: Data<App>,
    by: Session,
    id: Path<OrganisationId>,
    body: Json<NewMemberInvitation>,
) -> Result<HttpResponse, Problem> {
    let (world, issuer, actor, id) = (app.world.clone(), app.config.issuer.clone(), by.caller.key(), id.0);
    let NewMemberInvitation { email, role, language } = body.value;
    let new = NewInvitation { email, role, language };
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, move |conn| {
        let made = members::invite(conn, &world, &issuer, &by.caller, id, new)?;
        let location = format!("/v1/organisations/{id}/invitations/{}", made.id);
        Answer::created(location, &MemberInvitation::of(&made, world.now()))
    })
    .await
}

/// List the invitations of an organisation.
///
/// For owners: whom they have invited, and what has become of it.
#[utoipa::path(
    tag = "members",
    params(("id" = OrganisationId, Path), Paging),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of invitations", body = MemberInvitationPage))
)]
#[get("/v1/organisations/{id}/invitations")]
pub async fn list_invitations(
    req: HttpRequest,
    app: Data<App>,
    by: Session,
    id: Path<OrganisationId>,
    query: Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let (id, limit, now) = (id.0, query.0.limit, app.world.now());
    let bound_to = format!("invitations of {id}");
    let after = query.0.after(&bound_to)?;
    let list = move |conn: &mut Conn| members::invitations_of(conn, &by.caller, id, after, limit.rows() + 1);
    let rows = app.db.snapshot(list).await?;
    let (rows, next_cursor) = page::cut(rows, limit, &bound_to, |row| row.id);
    let items = rows.iter().filter_map(|row| MemberInvitation::of(row, now)).collect();
    let page = MemberInvitationPage { items, next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

/// Withdraw an invitation.
///
/// By owners. Its link is no longer good. One that was accepted or withdrawn already answers 409.
#[utoipa::path(
    tag = "members",
    params(("id" = OrganisationId, Path), ("invitation_id" = InvitationId, Path)),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "Withdrawn"),
        (status = 409, description = "Accepted or withdrawn already (`already_decided`)", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[delete("/v1/organisations/{id}/invitations/{invitation_id}")]
pub async fn delete_invitation(
    app: Data<App>,
    by: Session,
    ids: Paths<OrganisationId, InvitationId>,
) -> Result<HttpResponse, Problem> {
    let (world, Paths(id, invitation)) = (app.world.clone(), ids);
    let withdraw =
        move |conn: &mut Conn| members::withdraw_invitation(conn, &world, &by.caller, id, invitation);
    app.db.write(withdraw).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Accept an invitation.
///
/// By whoever is signed in with the address that was invited, to an organisation or to an office; another account gets 403. Who
/// is a member with a higher role keeps it. A person without an account registers with the token instead.
#[utoipa::path(
    tag = "members",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it gets the same answer"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "What the caller is now", body = InvitationAcceptance),
        (status = 409, description = "An administrator is invited to be an officer (`not_possible_now`), or a request with \
            the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 410, description = "The token is unknown, used, withdrawn or has run out (`invalid_link`)", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/invitations/acceptances")]
pub async fn create_invitation_acceptance(
    req: HttpRequest,
    app: Data<App>,
    by: Session,
    body: Json<InvitationToken>,
) -> Result<HttpResponse, Problem> {
    let (world, actor, hash) = (app.world.clone(), by.caller.key(), body.value.token.hash());
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, move |conn| {
        let profile = accounts::profile(conn, by.user)?.ok_or(MemberError::NotFound)?;
        let own = Email::parse(&profile.email).map_err(|_| MemberError::OtherAddress)?;
        let accepted = members::accept(conn, &world, &by.agent(), &hash, by.user, &own.key())?;
        let shown = InvitationAcceptance::of(conn, &accepted)?;
        Answer::created(shown.location(by.user), &shown)
    })
    .await
}
