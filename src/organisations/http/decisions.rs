//! Claims as officers decide on them.

use super::claims::{OrganisationClaim, OrganisationClaimPage, after};
use super::verifications::reason_needed;
use crate::app::App;
use crate::auth::Officer;
use crate::db::Conn;
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::page::{Cursor, Limit};
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Problem, Query};
use crate::input::Faults;
use crate::organisations::claims;
use crate::organisations::{ClaimDecision, ClaimId, ClaimState, OrganisationId, Reason};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use deserr::ValuePointerRef;
use utoipa::{IntoParams, ToSchema};

/// What an officer decides on a claim.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = reasoned -> Faults)]
struct NewClaimDecision {
    decision: ClaimDecision,
    /// Needed to refuse; the owners of the claimant read it.
    #[deserr(default)]
    reason: Option<Reason>,
}

fn reasoned(new: NewClaimDecision, location: ValuePointerRef) -> Result<NewClaimDecision, Faults> {
    match new.decision == ClaimDecision::Refused && new.reason.is_none() {
        true => Err(Faults::located(location.push_key("reason"), reason_needed())),
        false => Ok(new),
    }
}

/// Decide on a claim.
///
/// By officers of the province of the producer that is claimed, who have no part in either. Approved, the two become one at
/// once: the producer of the ledger keeps its id, names, place and products, gets members, invitations, delegations, machine
/// clients and sent enquiries of the claimant, is given what the ledger does not say of it (tax code, address, legal form
/// and name), and is verified. `Catalogue-Seq` is the change from which buyers see it; it is absent if they see nothing else
/// than before. The owners are told by mail.
#[utoipa::path(
    tag = "organisations",
    params(
        ("id" = OrganisationId, Path, description = "The organisation that claims"),
        ("claim_id" = ClaimId, Path, description = "The claim's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it is decided once"),
    ),
    request_body = NewClaimDecision,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Decided", body = OrganisationClaim),
        (status = 409, description = "Somebody has decided already (`already_decided`, with `state`); the two cannot become \
            one (`not_possible_now`); or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/organisations/{id}/claims/{claim_id}/decisions")]
pub async fn create_claim_decision(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    ids: Paths<OrganisationId, ClaimId>,
    body: Json<NewClaimDecision>,
) -> Result<HttpResponse, Problem> {
    let Json { value: new, raw } = body;
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let (actor, Paths(id, claim)) = (officer.user.to_string(), ids);
    let effect = move |conn: &mut Conn| {
        let decision = (new.decision, new.reason);
        let (told, seq) = claims::decide(conn, &world, &reference, &officer, (id, claim), decision)?;
        let location = format!("/v1/organisations/{id}/claims");
        let answer = Answer::created(location, &OrganisationClaim::new(&reference, &told))?;
        Ok::<_, Problem>(match seq {
            Some(seq) => answer.announced(seq),
            None => answer,
        })
    };
    let response = idempotency::once(&app, &req, Need::Optional, &actor, &raw, effect).await?;
    app.post.wake();
    Ok(response)
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct ListClaimsOfOffice {
    /// Only claims of this state; `open` ones wait for a decision.
    #[deserr(default)]
    state: Option<ClaimState>,
    /// Rows of a page: 1 to 100, 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// List the claims to producers of a province.
///
/// For officers, of their province of today; administrators see all. First made, first listed.
#[utoipa::path(
    tag = "organisations",
    params(ListClaimsOfOffice),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of claims", body = OrganisationClaimPage))
)]
#[get("/v1/organisation-claims")]
pub async fn list_claims_of_office(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    query: Query<ListClaimsOfOffice>,
) -> Result<HttpResponse, Problem> {
    let (state, limit) = (query.0.state, query.0.limit);
    let bound_to = format!("claims {state:?}");
    let after = after(query.0.cursor.as_ref(), &bound_to)?;
    let read =
        move |conn: &mut Conn| claims::of_office(conn, &officer.office, state, after, limit.rows() + 1);
    let told = app.db.snapshot(read).await?;
    OrganisationClaimPage::answer(&app, &req, told, limit, &bound_to)
}
