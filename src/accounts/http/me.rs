//! The caller.

use crate::accounts::second_factor::is_required;
use crate::accounts::{
    self, DisplayName, MemberRole, Profile, ProfileChange, ProfileMembership, RoleName, SecondFactorRule,
    Session, UserId, UserLanguage,
};
use crate::app::App;
use crate::db::Instant;
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, reply};
use crate::input::{Change, Faults};
use crate::organisations::{OrganisationId, OrganisationKind};
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch};
use serde::Serialize;
use utoipa::ToSchema;

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    id: UserId,
    #[schema(example = "banhang@example.vn")]
    email: String,
    #[schema(example = "Phòng kinh doanh")]
    display_name: Option<String>,
    language: UserLanguage,
    role: RoleName,
    /// Of an officer: the code of the province of today in which the office counts.
    #[schema(example = "33")]
    province: Option<String>,
    /// The organisations the user acts for.
    memberships: Vec<MyMembership>,
    second_factor: MySecondFactor,
    /// The office has no powers in this session: set up the second factor, or sign in with it.
    office_waits: bool,
    created_at: Instant,
    updated_at: Instant,
}

/// An organisation the caller acts for.
#[derive(Debug, Serialize, ToSchema)]
struct MyMembership {
    organisation_id: OrganisationId,
    #[schema(example = "Hợp tác xã Bánh cáy Làng Minh Họa")]
    organisation_name: String,
    kind: OrganisationKind,
    role: MemberRole,
}

/// The second factor of the caller.
#[derive(Debug, Serialize, ToSchema)]
struct MySecondFactor {
    enabled: bool,
    /// The caller holds an office that has no powers without it.
    required: bool,
    #[schema(example = 10)]
    recovery_codes_left: i64,
}

impl Me {
    /// A user in a session in which the second factor was shown, or not.
    pub(super) fn of(profile: Profile, rule: SecondFactorRule, shown: bool) -> Self {
        let required = is_required(&profile.role, rule);
        Self {
            id: profile.user,
            email: profile.email,
            display_name: profile.display_name,
            language: profile.language,
            role: profile.role.name(),
            province: profile.role.province().map(str::to_owned),
            memberships: profile.memberships.into_iter().map(MyMembership::from).collect(),
            second_factor: MySecondFactor {
                enabled: profile.second_factor.enabled,
                required,
                recovery_codes_left: profile.second_factor.recovery_codes_left,
            },
            office_waits: required && !shown,
            created_at: profile.created_at,
            updated_at: profile.updated_at,
        }
    }
}

impl From<ProfileMembership> for MyMembership {
    fn from(membership: ProfileMembership) -> Self {
        Self {
            organisation_id: membership.organisation,
            organisation_name: membership.name,
            kind: membership.kind,
            role: membership.role,
        }
    }
}

/// What of the caller changes; a field that is left out stays.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct MeChange {
    /// 1 to 100 characters; `null` removes it.
    #[deserr(default)]
    #[schema(value_type = Option<String>, required = false, min_length = 1, max_length = 100, example = "Phòng kinh doanh")]
    display_name: Change<DisplayName>,
    #[deserr(default)]
    #[schema(value_type = UserLanguage, required = false)]
    language: Change<UserLanguage>,
}

impl MeChange {
    fn checked(self) -> Result<ProfileChange, Faults> {
        let language = match self.language {
            Change::Keep => None,
            Change::Set(language) => Some(language),
            Change::Clear => {
                let not_null = Say::new("Trường này không được là null.", "This field must not be null.");
                return Err(Faults::one(["language"], Invalid::new("wrong_type", not_null)));
            }
        };
        Ok(ProfileChange { display_name: self.display_name, language })
    }
}

/// A caller in its session.
fn as_seen(app: &App, caller: &Session, profile: Profile) -> Me {
    Me::of(profile, app.config.second_factor(), !caller.office_waits)
}

async fn profile_of(app: &App, caller: &Session) -> Result<Profile, Problem> {
    let user = caller.user;
    let profile = app.db.read(move |conn| accounts::profile(conn, user)).await?;
    profile.ok_or_else(Problem::not_found)
}

/// The caller.
///
/// Who the access token speaks for, and what that user may do: its office, and the organisations it acts for.
#[utoipa::path(tag = "accounts", security(("bearer" = [])), responses((status = 200, description = "The caller", body = Me)))]
#[get("/v1/me")]
pub(super) async fn get_me(
    app: Data<App>,
    req: HttpRequest,
    caller: Session,
) -> Result<HttpResponse, Problem> {
    let profile = profile_of(&app, &caller).await?;
    reply::private(&req, &as_seen(&app, &caller, profile))
}

/// Change the caller.
///
/// JSON merge patch (RFC 7396): a field that is left out stays, `null` removes. `If-Match` must carry the ETag of
/// what was read.
#[utoipa::path(tag = "accounts", security(("bearer" = [])),
    params(("If-Match" = String, Header, description = "ETag of `GET /v1/me`")),
    responses(
        (status = 200, description = "As it is now", body = Me),
        (status = 412, description = "It has changed since it was read.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing.", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
#[patch("/v1/me")]
pub(super) async fn update_me(
    app: Data<App>,
    req: HttpRequest,
    caller: Session,
    body: Json<MeChange>,
) -> Result<HttpResponse, Problem> {
    let change = body.value.checked().map_err(Problem::invalid_body)?;
    let seen = profile_of(&app, &caller).await?;
    reply::require_match(&req, &as_seen(&app, &caller, seen.clone()))?;
    let (world, agent) = (app.world.clone(), caller.agent());
    let changed =
        app.db.write(move |conn| accounts::change_profile(conn, &world, &agent, &seen, change)).await?;
    reply::private(&req, &as_seen(&app, &caller, changed))
}
