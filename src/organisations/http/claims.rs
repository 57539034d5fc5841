//! Claims as those make them who claim.

use crate::app::App;
use crate::auth::Session;
use crate::db::{Conn, Instant};
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::page::{self, Cursor, Limit};
use crate::http::problem::ProblemDocument;
use crate::http::{Code, Json, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::organisations::claims::{self, Told};
use crate::organisations::{
    ClaimId, ClaimNote, ClaimState, EntityType, Likeness, Organisation, OrganisationId, Reason, producer_name,
};
use crate::reference::{PlaceView, Reference};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// "That producer of the ledger is us."
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewOrganisationClaim {
    /// A producer for whom nobody acts; the matches show likely ones.
    target_id: OrganisationId,
    /// For the officer who decides.
    #[deserr(default)]
    note: Option<ClaimNote>,
}

/// Who claims, as the claimant has registered it.
#[derive(Debug, Serialize, ToSchema)]
struct Claimant {
    id: OrganisationId,
    #[schema(example = "HTX Bánh cáy Ví Dụ")]
    legal_name: Option<String>,
    entity_type: Option<EntityType>,
    /// Of a personal identity number only the last four digits.
    #[schema(example = "9900000016")]
    tax_code: Option<String>,
    place: PlaceView,
}

/// The producer that is claimed.
#[derive(Debug, Serialize, ToSchema)]
struct ClaimedProducer {
    id: OrganisationId,
    /// The name as everybody may read it.
    #[schema(example = "HTX Bánh cáy Ví Dụ")]
    name: String,
    entity_type: Option<EntityType>,
    place: PlaceView,
}

/// A claim.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationClaim {
    id: ClaimId,
    organisation: Claimant,
    target: ClaimedProducer,
    /// What the two have in common; empty once it is decided.
    because: Vec<Likeness>,
    note: Option<ClaimNote>,
    state: ClaimState,
    /// Why it was refused.
    reason: Option<Reason>,
    claimed_at: Instant,
    decided_at: Option<Instant>,
}

impl OrganisationClaim {
    pub fn new(reference: &Reference, told: &Told) -> Self {
        let Told { claim, claimant, target } = told;
        Self {
            id: claim.id,
            organisation: Claimant {
                id: claimant.id,
                legal_name: claimant.legal_name.clone(),
                entity_type: claimant.entity_type,
                tax_code: claimant.tax_code.as_ref().map(|code| code.shown(false)),
                place: reference.view(&claimant.place),
            },
            target: ClaimedProducer::new(reference, target),
            because: if claim.state == ClaimState::Open { told.because() } else { Vec::new() },
            note: claim.note.clone(),
            state: claim.state,
            reason: claim.reason.clone(),
            claimed_at: claim.claimed_at,
            decided_at: claim.decided_at,
        }
    }
}

impl ClaimedProducer {
    fn new(reference: &Reference, known: &Organisation) -> Self {
        Self {
            id: known.id,
            name: producer_name(reference, known.public_name.as_deref(), known.entity_type, &known.place),
            entity_type: known.entity_type,
            place: reference.view(&known.place),
        }
    }
}

/// A page of claims, first made, first listed.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationClaimPage {
    items: Vec<OrganisationClaim>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

impl OrganisationClaimPage {
    pub fn answer(
        app: &App,
        req: &HttpRequest,
        told: Vec<Told>,
        limit: Limit,
        bound_to: &str,
    ) -> Result<HttpResponse, Problem> {
        let (told, next_cursor) = page::cut(told, limit, bound_to, |told| told.claim.id.to_string());
        let items = told.iter().map(|told| OrganisationClaim::new(&app.reference, told)).collect();
        let page = Self { items, next_cursor };
        let response = reply::private(req, &page)?;
        Ok(reply::with_next(req, response, page.next_cursor.as_deref()))
    }
}

/// The last claim of the page before.
pub fn after(cursor: Option<&Cursor>, bound_to: &str) -> Result<Option<ClaimId>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let id: String = cursor.open(bound_to)?;
    ClaimId::parse(&id).map(Some).map_err(|_| Problem::new(Code::InvalidCursor))
}

/// Claim a producer of the ledger.
///
/// An owner of a registered producer says that one of the ledger's, for whom nobody acts yet, is the same. An officer of
/// its province decides; approved, the ledger's producer gets the organisation's members, and the organisation names it as
/// its successor. Not for one that has products of its own.
#[utoipa::path(
    tag = "organisations",
    params(
        ("id" = OrganisationId, Path, description = "The organisation that claims"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it is claimed once"),
    ),
    request_body = NewOrganisationClaim,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Claimed; an officer is to decide", body = OrganisationClaim),
        (status = 409, description = "The claim is open already (`already_recorded`, with `claim_id`); the two cannot become \
            one (`not_possible_now`); or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 410, description = "It has become one with another", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/organisations/{id}/claims")]
pub async fn create_organisation_claim(
    app: Data<App>,
    req: HttpRequest,
    by: Session,
    id: Path<OrganisationId>,
    body: Json<NewOrganisationClaim>,
) -> Result<HttpResponse, Problem> {
    let Json { value: new, raw } = body;
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let (actor, id) = (by.user.to_string(), id.0);
    let effect = move |conn: &mut Conn| {
        let told = claims::make(conn, &world, &by, id, new.target_id, new.note)?;
        let location = format!("/v1/organisations/{id}/claims");
        Answer::created(location, &OrganisationClaim::new(&reference, &told))
    };
    idempotency::once(&app, &req, Need::Optional, &actor, &raw, effect).await
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct ListClaims {
    /// Rows of a page: 1 to 100, 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// List the claims of an organisation.
///
/// For its members and the officers of its province, with what was decided.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrganisationId, Path, description = "The organisation that claims"), ListClaims),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of claims", body = OrganisationClaimPage),
        (status = 410, description = "It has become one with another", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/v1/organisations/{id}/claims")]
pub async fn list_organisation_claims(
    app: Data<App>,
    req: HttpRequest,
    by: Session,
    id: Path<OrganisationId>,
    query: Query<ListClaims>,
) -> Result<HttpResponse, Problem> {
    let (id, limit) = (id.0, query.0.limit);
    let bound_to = format!("claims of {id}");
    let after = after(query.0.cursor.as_ref(), &bound_to)?;
    let read = move |conn: &mut Conn| claims::of_organisation(conn, &by, id, after, limit.rows() + 1);
    let told = app.db.snapshot(read).await?;
    OrganisationClaimPage::answer(&app, &req, told, limit, &bound_to)
}

/// Take a claim back.
///
/// By owners of the organisation that claims, as long as nobody has decided.
#[utoipa::path(
    tag = "organisations",
    params(
        ("id" = OrganisationId, Path, description = "The organisation that claims"),
        ("claim_id" = ClaimId, Path, description = "The claim's id"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "Taken back"),
        (status = 409, description = "It is decided, or was taken back before", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 410, description = "It has become one with another", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[delete("/v1/organisations/{id}/claims/{claim_id}")]
pub async fn delete_organisation_claim(
    app: Data<App>,
    by: Session,
    ids: Paths<OrganisationId, ClaimId>,
) -> Result<HttpResponse, Problem> {
    let (world, Paths(id, claim)) = (app.world.clone(), ids);
    app.db.write(move |conn| claims::withdraw(conn, &world, &by, id, claim)).await?;
    Ok(HttpResponse::NoContent().finish())
}
