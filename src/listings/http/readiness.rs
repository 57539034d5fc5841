//! `GET /v1/listings/{id}/readiness` and `GET /v1/readiness-profiles`.

use super::views::bilingual;
use crate::app::App;
use crate::auth::{ListingsRead, Scoped};
use crate::db::{Conn, Day};
use crate::http::{Code, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::listings::{
    self, Field, Fix, ListingError, Missing, PaperKind, Profile, ProfileCode, ProfileWords, Profiles,
    Requirement, ready,
};
use crate::products::ProductId;
use crate::reference::BilingualName;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

fn words(words: &ProfileWords) -> BilingualName {
    bilingual((&words.vi, &words.en))
}

/// Something that a profile asks.
#[derive(Debug, Serialize, ToSchema)]
struct ReadinessRequirement {
    /// The same in all profiles and versions.
    #[schema(example = "shelf_life")]
    code: String,
    name: BilingualName,
}

impl From<&Requirement> for ReadinessRequirement {
    fn from(requirement: &Requirement) -> Self {
        Self { code: requirement.code.clone(), name: words(&requirement.name) }
    }
}

/// A kind of buyer and what it asks.
#[derive(Debug, Serialize, ToSchema)]
struct ReadinessProfile {
    code: ProfileCode,
    name: BilingualName,
    summary: BilingualName,
    requirements: Vec<ReadinessRequirement>,
}

impl From<&Profile> for ReadinessProfile {
    fn from(profile: &Profile) -> Self {
        Self {
            code: profile.code,
            name: words(&profile.name),
            summary: words(&profile.summary),
            requirements: profile.requirements.iter().map(ReadinessRequirement::from).collect(),
        }
    }
}

/// All profiles.
#[derive(Debug, Serialize, ToSchema)]
struct ReadinessProfiles {
    /// Another one whenever a requirement is.
    #[schema(example = "2026-11")]
    version: &'static str,
    profiles: Vec<ReadinessProfile>,
}

/// List the readiness profiles.
///
/// Kinds of buyers, and what each asks of a listing. What of it concerns a product depends on its group: a shelf life is not
/// asked of handicraft.
#[utoipa::path(tag = "listings", responses((status = 200, description = "The profiles", body = ReadinessProfiles)))]
#[get("/v1/readiness-profiles")]
pub async fn list_readiness_profiles(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let Profiles { version, profiles, .. } = Profiles::shipped();
    let profiles = profiles.iter().map(ReadinessProfile::from).collect();
    reply::public(&req, &ReadinessProfiles { version, profiles })
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GetReadiness {
    /// The kind of buyer; `base` unless told.
    #[deserr(default)]
    #[param(inline, value_type = Option<ProfileCode>)]
    profile: Option<ProfileCode>,
}

crate::text_enum! {
    /// Where to send what is missing.
    pub enum ReadinessFixKind {
        /// A change of the listing: `PATCH /v1/listings/{id}`
        Content = "content",
        /// A paper: `POST /v1/listings/{id}/documents`, then an officer's check
        Document = "document",
        /// A decision of the province
        Certification = "certification",
    }
}

/// How something that is missing is mended.
#[derive(Debug, Serialize, ToSchema)]
struct ReadinessFix {
    kind: ReadinessFixKind,
    /// What is to be done.
    text: BilingualName,
    /// Of a change: the field.
    field: Option<Field>,
    /// Of a change: where in the body, as a JSON pointer.
    #[schema(example = "/trade_items/0/gtin")]
    pointer: Option<String>,
    /// Of a paper: kinds of which one will do.
    document_kinds: Vec<PaperKind>,
    /// A paper of these kinds is there, and waits for an officer.
    waits_for_check: bool,
}

/// What is missing.
#[derive(Debug, Serialize, ToSchema)]
struct MissingRequirement {
    #[schema(example = "shelf_life")]
    code: String,
    name: BilingualName,
    fix: ReadinessFix,
}

impl From<Missing<'_>> for MissingRequirement {
    fn from(Missing { requirement, fix }: Missing) -> Self {
        let text = words(&requirement.fix);
        let nowhere = ReadinessFix {
            kind: ReadinessFixKind::Certification,
            text,
            field: None,
            pointer: None,
            document_kinds: Vec::new(),
            waits_for_check: false,
        };
        let fix = match fix {
            Fix::Certification => nowhere,
            Fix::Content { field, pointer } => {
                let kind = ReadinessFixKind::Content;
                ReadinessFix { kind, field: Some(field), pointer: Some(pointer), ..nowhere }
            }
            Fix::Paper { any_of, waits } => {
                let kind = ReadinessFixKind::Document;
                ReadinessFix { kind, document_kinds: any_of, waits_for_check: waits, ..nowhere }
            }
        };
        Self { code: requirement.code.clone(), name: words(&requirement.name), fix }
    }
}

/// What a listing has and lacks for a kind of buyer.
#[derive(Debug, Serialize, ToSchema)]
struct ListingReadiness {
    product_id: ProductId,
    profile: ProfileCode,
    /// Version of the profiles.
    #[schema(example = "2026-11")]
    profile_version: &'static str,
    /// Code of the product's group, by which it is told what concerns it; `null`: it is not known, and everything is asked.
    #[schema(example = "food")]
    group: Option<String>,
    /// The day as of which papers and certification were looked at.
    as_of: Day,
    /// Is nothing missing?
    ready: bool,
    met: Vec<ReadinessRequirement>,
    missing: Vec<MissingRequirement>,
}

/// Read how ready a listing is.
///
/// What a kind of buyer asks that is there, and what is missing, each with its fix. For members of the producer and officers of
/// its province. Papers count once an officer has checked them, as long as they are valid.
#[utoipa::path(
    tag = "listings",
    params(("id" = ProductId, Path, description = "The product's id"), GetReadiness),
    security(("bearer" = []), ("client" = ["listings.read"])),
    responses((status = 200, description = "What is met and what is missing", body = ListingReadiness))
)]
#[get("/v1/listings/{id}/readiness")]
pub async fn get_listing_readiness(
    app: Data<App>,
    req: HttpRequest,
    by: Scoped<ListingsRead>,
    id: Path<ProductId>,
    query: Query<GetReadiness>,
) -> Result<HttpResponse, Problem> {
    let (now, today, id) = (app.world.now(), app.world.today(), id.0);
    let code = query.0.profile.unwrap_or(ProfileCode::Base);
    let read = move |conn: &mut Conn| {
        let known = listings::read(conn, &by.caller, id)?;
        Ok::<_, ListingError>((ready::certified(conn, id, today)?, known))
    };
    let (certified, known) = app.db.snapshot(read).await?;
    let profiles = Profiles::shipped();
    let profile =
        profiles.find(code).ok_or_else(|| Problem::new(Code::Internal).cause("a profile is missing"))?;
    let found = ready::readiness(&known, &certified, profile, (today, now));
    let view = ListingReadiness {
        product_id: id,
        profile: code,
        profile_version: &profiles.version,
        group: certified.group,
        as_of: today,
        ready: found.missing.is_empty(),
        met: found.met.into_iter().map(ReadinessRequirement::from).collect(),
        missing: found.missing.into_iter().map(MissingRequirement::from).collect(),
    };
    reply::private(&req, &view)
}
