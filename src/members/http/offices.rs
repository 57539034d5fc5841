//! `/v1/office-invitations` and `/v1/officers`.

use super::Paging;
use crate::accounts::{Email, Role, UserId, UserLanguage};
use crate::app::App;
use crate::auth::Officer;
use crate::db::{Conn, Instant};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::page;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::members::{
    self, Invitation, InvitationId, InvitationState, InvitedTo, NewOffice, OfficeHolder, OfficeKind,
};
use crate::reference::Reference;
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::Serialize;
use utoipa::ToSchema;

/// Whom to invite to which office.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewOfficeInvitation {
    email: Email,
    office: OfficeKind,
    /// Of an officer: code of a province of today.
    #[deserr(default)]
    #[schema(example = "33")]
    province: Option<String>,
    /// Language of the letter; the inviter's unless told.
    #[deserr(default)]
    language: Option<UserLanguage>,
}

impl NewOfficeInvitation {
    fn checked(self, reference: &Reference) -> Result<NewOffice, Faults> {
        let fault = |code, say| Faults::one(["province"], Invalid::new(code, say));
        let office = match (self.office, self.province) {
            (OfficeKind::Admin, None) => Role::Admin,
            (OfficeKind::Admin, Some(_)) => {
                let say =
                    Say::new("Quản trị viên không thuộc tỉnh nào.", "An administrator has no province.");
                return Err(fault("not_applicable", say));
            }
            (OfficeKind::Officer, Some(province)) if reference.province_of_today(&province) => {
                Role::Officer { province }
            }
            (OfficeKind::Officer, None) => {
                let say = Say::new("Cán bộ cần có tỉnh.", "An officer has a province.");
                return Err(fault("missing", say));
            }
            (OfficeKind::Officer, Some(_)) => {
                let say = Say::new(
                    "Không phải mã của một tỉnh hiện nay; xem /v1/admin-units.",
                    "This is not the code of a province of today; see /v1/admin-units.",
                );
                return Err(fault("unknown_province", say));
            }
        };
        Ok(NewOffice { email: self.email, office, language: self.language })
    }
}

/// An invitation to an office.
#[derive(Debug, Serialize, ToSchema)]
struct OfficeInvitation {
    id: InvitationId,
    #[schema(example = "canbo@example.vn")]
    email: String,
    office: OfficeKind,
    /// Of an officer: code of the province.
    #[schema(required = true, example = "33")]
    province: Option<String>,
    state: InvitationState,
    created_at: Instant,
    expires_at: Instant,
}

impl OfficeInvitation {
    /// Nothing of an invitation to an organisation.
    fn of(invitation: &Invitation, now: Instant) -> Option<Self> {
        let InvitedTo::Office(role) = &invitation.to else { return None };
        Some(Self {
            id: invitation.id,
            email: invitation.email.as_str().to_owned(),
            office: OfficeKind::of(role.name())?,
            province: role.province().map(str::to_owned),
            state: invitation.state(now),
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        })
    }
}

/// A page of invitations to offices, newest first.
#[derive(Debug, Serialize, ToSchema)]
struct OfficeInvitationPage {
    items: Vec<OfficeInvitation>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Somebody who holds an office.
#[derive(Debug, Serialize, ToSchema)]
struct OfficerItem {
    user_id: UserId,
    #[schema(required = true, example = "Phòng phát triển nông thôn")]
    display_name: Option<String>,
    #[schema(example = "canbo@example.vn")]
    email: String,
    office: OfficeKind,
    /// Of an officer: code of the province.
    #[schema(required = true, example = "33")]
    province: Option<String>,
    /// When it was last signed in; `null` if not lately.
    #[schema(required = true)]
    last_seen_at: Option<Instant>,
    /// Has it set up a second factor?
    second_factor: bool,
}

impl OfficerItem {
    fn of(holder: OfficeHolder) -> Option<Self> {
        Some(Self {
            user_id: holder.user,
            display_name: holder.display_name,
            email: holder.email,
            office: OfficeKind::of(holder.role.name())?,
            province: holder.role.province().map(str::to_owned),
            last_seen_at: holder.seen_at,
            second_factor: holder.second_factor,
        })
    }
}

/// A page of people who hold offices.
#[derive(Debug, Serialize, ToSchema)]
struct OfficerPage {
    items: Vec<OfficerItem>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Invite somebody to an office.
///
/// By administrators. The address gets a letter with a link that is good for seven days; it is accepted at
/// `POST /v1/invitations/acceptances`. An office has powers only with a second factor at sign-in. What the person is in
/// organisations stays. An officer who accepts for another province moves there.
#[utoipa::path(
    tag = "members",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, one letter is sent"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The invitation", body = OfficeInvitation),
        (status = 409, description = "The address holds this office (`already_member`) or a higher one, 20 invitations are \
            open (`not_possible_now`), or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "50 invitations were made within 24 hours", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/office-invitations")]
pub async fn create_office_invitation(
    req: HttpRequest,
    app: Data<App>,
    by: Officer,
    body: Json<NewOfficeInvitation>,
) -> Result<HttpResponse, Problem> {
    members::require_admin(&by)?;
    let new = body.value.checked(&app.reference).map_err(Problem::invalid_body)?;
    let (world, issuer, actor) = (app.world.clone(), app.config.issuer.clone(), by.user.to_string());
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, move |conn| {
        let made = members::invite_to_office(conn, &world, &issuer, &by, new)?;
        let location = format!("/v1/office-invitations/{}", made.id);
        Answer::created(location, &OfficeInvitation::of(&made, world.now()))
    })
    .await
}

/// List the invitations to offices.
///
/// For administrators.
#[utoipa::path(
    tag = "members",
    params(Paging),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of invitations", body = OfficeInvitationPage))
)]
#[get("/v1/office-invitations")]
pub async fn list_office_invitations(
    req: HttpRequest,
    app: Data<App>,
    by: Officer,
    query: Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let (limit, now, bound_to) = (query.0.limit, app.world.now(), "office invitations");
    let after = query.0.after(bound_to)?;
    let list = move |conn: &mut Conn| members::office_invitations(conn, &by, after, limit.rows() + 1);
    let rows = app.db.snapshot(list).await?;
    let (rows, next_cursor) = page::cut(rows, limit, bound_to, |row| row.id);
    let items = rows.iter().filter_map(|row| OfficeInvitation::of(row, now)).collect();
    let page = OfficeInvitationPage { items, next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

/// Withdraw an invitation to an office.
///
/// By administrators. Its link is no longer good. One that was accepted or withdrawn already answers 409.
#[utoipa::path(
    tag = "members",
    params(("id" = InvitationId, Path)),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "Withdrawn"),
        (status = 409, description = "Accepted or withdrawn already (`already_decided`)", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[delete("/v1/office-invitations/{id}")]
pub async fn delete_office_invitation(
    app: Data<App>,
    by: Officer,
    id: Path<InvitationId>,
) -> Result<HttpResponse, Problem> {
    let world = app.world.clone();
    app.db.write(move |conn| members::withdraw_office_invitation(conn, &world, &by, id.0)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List who holds an office.
///
/// To administrators everybody: officers and administrators. To an officer the officers of the own province.
#[utoipa::path(
    tag = "members",
    params(Paging),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of people", body = OfficerPage))
)]
#[get("/v1/officers")]
pub async fn list_officers(
    req: HttpRequest,
    app: Data<App>,
    by: Officer,
    query: Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let (limit, bound_to) = (query.0.limit, "officers");
    let after = query.0.after(bound_to)?;
    let list = move |conn: &mut Conn| members::office_holders(conn, &by, after, limit.rows() + 1);
    let rows = app.db.snapshot(list).await?;
    let (rows, next_cursor) = page::cut(rows, limit, bound_to, |row| row.user);
    let page = OfficerPage { items: rows.into_iter().filter_map(OfficerItem::of).collect(), next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}

/// End an office.
///
/// By administrators. The person stays a member of its organisations; its sessions end, and with the office whatever
/// organisations had delegated to it. It is told by mail. The last administrator cannot be dismissed.
#[utoipa::path(
    tag = "members",
    params(("user_id" = UserId, Path)),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "The office has ended"),
        (status = 409, description = "It is the last administrator (`not_possible_now`)", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[delete("/v1/officers/{user_id}")]
pub async fn delete_officer(
    app: Data<App>,
    by: Officer,
    user: Path<UserId>,
) -> Result<HttpResponse, Problem> {
    let world = app.world.clone();
    app.db.write(move |conn| members::dismiss(conn, &world, &by, user.0)).await?;
    Ok(HttpResponse::NoContent().finish())
}
