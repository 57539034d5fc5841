//! `POST` and `GET /v1/organisations/{id}/verifications`

use crate::app::App;
use crate::auth::{Officer, Session};
use crate::db::{Conn, Instant};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::page::{self, Cursor, Limit};
use crate::http::problem::ProblemDocument;
use crate::http::{Code, Json, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::organisations::{
    self as slice, OrganisationId, OrganisationStanding, Reason, Verification, VerificationDecision,
    VerificationId,
};
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use deserr::ValuePointerRef;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// What an officer decides on an organisation.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields, validate = reasoned -> Faults)]
struct NewOrganisationVerification {
    decision: VerificationDecision,
    /// Needed to refuse and to suspend; the owners read it.
    #[deserr(default)]
    reason: Option<Reason>,
}

fn reasoned(
    new: NewOrganisationVerification,
    location: ValuePointerRef,
) -> Result<NewOrganisationVerification, Faults> {
    match new.decision.needs_reason() && new.reason.is_none() {
        true => Err(Faults::located(location.push_key("reason"), reason_needed())),
        false => Ok(new),
    }
}

/// What is said of a refusal without a reason.
pub fn reason_needed() -> Invalid {
    Invalid::new("missing", Say::new("Hãy nêu lý do.", "Say why."))
}

/// A decision on an organisation.
#[derive(Debug, Serialize, ToSchema)]
struct OrganisationVerification {
    id: VerificationId,
    decision: VerificationDecision,
    reason: Option<Reason>,
    decided_at: Instant,
}

impl From<Verification> for OrganisationVerification {
    fn from(made: Verification) -> Self {
        Self { id: made.id, decision: made.decision, reason: made.reason, decided_at: made.decided_at }
    }
}

/// Decide on an organisation's standing.
///
/// By officers of its province of today who have no part in it. `verified` and `refused` follow on `unverified`, `verified`
/// on `refused`, `suspended` on `verified`, `reinstated` (which is `verified` again) on `suspended`. Members and machine
/// clients of a suspended organisation may only read. The owners are told by mail.
#[utoipa::path(
    tag = "organisations",
    params(
        ("id" = OrganisationId, Path, description = "The organisation's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, it is decided once"),
    ),
    request_body = NewOrganisationVerification,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Decided", body = OrganisationVerification),
        (status = 409, description = "It does not follow on the standing (`illegal_move`, with `allowed`), another \
            organisation is verified with this tax code (`not_possible_now`), or a request with the same key is still \
            running", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 410, description = "It has become one with another", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/organisations/{id}/verifications")]
pub async fn create_organisation_verification(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    id: Path<OrganisationId>,
    body: Json<NewOrganisationVerification>,
) -> Result<HttpResponse, Problem> {
    let Json { value: new, raw } = body;
    let (world, actor, id) = (app.world.clone(), officer.user.to_string(), id.0);
    let effect = move |conn: &mut Conn| {
        let made = slice::verify(conn, &world, &officer, id, new.decision, new.reason)?;
        let location = format!("/v1/organisations/{id}/verifications");
        Answer::created(location, &OrganisationVerification::from(made))
    };
    let response = idempotency::once(&app, &req, Need::Optional, &actor, &raw, effect).await?;
    app.post.wake();
    Ok(response)
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct ListVerifications {
    /// Rows of a page: 1 to 100, 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// The decisions on an organisation, latest first.
#[derive(Debug, Serialize, ToSchema)]
struct OrganisationVerificationPage {
    /// The standing that has come of them.
    standing: OrganisationStanding,
    items: Vec<OrganisationVerification>,
    /// Leads to the next page; `null` on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List the decisions on an organisation.
///
/// For its members and the officers of its province, with the reasons, latest first.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrganisationId, Path, description = "The organisation's id"), ListVerifications),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of decisions", body = OrganisationVerificationPage),
        (status = 410, description = "It has become one with another", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/v1/organisations/{id}/verifications")]
pub async fn list_organisation_verifications(
    app: Data<App>,
    req: HttpRequest,
    by: Session,
    id: Path<OrganisationId>,
    query: Query<ListVerifications>,
) -> Result<HttpResponse, Problem> {
    let (id, limit) = (id.0, query.0.limit);
    let bound_to = format!("verifications of {id}");
    let after: Option<String> = query.0.cursor.map(|cursor| cursor.open(&bound_to)).transpose()?;
    let after = after.map(|id| VerificationId::parse(&id)).transpose();
    let after = after.map_err(|_| Problem::new(Code::InvalidCursor))?;
    let read = move |conn: &mut Conn| slice::history(conn, &by, id, after, limit.rows() + 1);
    let (seen, made) = app.db.snapshot(read).await?;
    let (made, next_cursor) = page::cut(made, limit, &bound_to, |made| made.id.to_string());
    let items = made.into_iter().map(OrganisationVerification::from).collect();
    let page = OrganisationVerificationPage { standing: seen.organisation.standing, items, next_cursor };
    let response = reply::private(&req, &page)?;
    Ok(reply::with_next(&req, response, page.next_cursor.as_deref()))
}
