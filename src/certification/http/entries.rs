//! `POST /v1/certifications/{id}/revocations` and `…/extensions`.

use super::office;
use super::views::CertificationView;
use crate::app::App;
use crate::auth::Officer;
use crate::certification::ledger::Certification;
use crate::certification::lifecycle::{NewExtension, NewRevocation, StatedDecision};
use crate::certification::model::{CertificationId, DecisionNumber, Ground, Issuer, check_day};
use crate::certification::{Clerk, LedgerError, lists};
use crate::db::{Conn, Day};
use crate::http::idempotency::{self, Answer, Need};
use crate::http::{Json, Path, Problem};
use crate::input::Faults;
use crate::say;
use crate::say::Invalid;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use utoipa::ToSchema;

/// A decision; without an issuer it is taken from the law of its day.
#[derive(Debug, Clone, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct DecisionInput {
    #[deserr(default)]
    issuer: Option<Issuer>,
    number: DecisionNumber,
    decided_on: Day,
}

impl From<DecisionInput> for StatedDecision {
    fn from(input: DecisionInput) -> Self {
        Self { issuer: input.issuer, number: input.number, decided_on: input.decided_on }
    }
}

/// A revocation.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct RevocationInput {
    /// The ground of Article 8 of Decision 26/2026/QĐ-TTg.
    ground: Ground,
    decision: DecisionInput,
    /// First day on which it is revoked, if it is not the day of the decision. Not after today.
    #[deserr(default)]
    effective_on: Option<Day>,
}

/// An extension.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct ExtensionInput {
    /// Last day of the extension: at most 180 days after the term.
    until: Day,
    #[deserr(default)]
    decision: Option<DecisionInput>,
}

/// Revoke a certification.
///
/// From its day on the product is no longer shown. A revoked certificate takes no further entry; the product can be
/// recognised again by a new decision.
#[utoipa::path(
    tag = "certification",
    params(("id" = CertificationId, Path, description = "The certification's id")),
    request_body = RevocationInput,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Revoked: the certification as it is now", body = CertificationView),
        (status = 409, description = "Contradicts the ledger: already revoked or superseded, or before the recognition",
         body = crate::http::problem::ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/certifications/{id}/revocations")]
pub async fn create_certification_revocation(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    id: Path<CertificationId>,
    body: Json<RevocationInput>,
) -> Result<HttpResponse, Problem> {
    let Json { value: input, raw } = body;
    let mut faults = Faults::default();
    check_made(&mut faults, &["decision", "decided_on"], input.decision.decided_on, &app);
    if let Some(day) = input.effective_on {
        check_effective(&mut faults, day, &app);
    }
    faults.into_result().map_err(Problem::invalid_body)?;
    let revocation = NewRevocation {
        ground: input.ground,
        decision: input.decision.into(),
        effective_on: input.effective_on,
    };
    let make = move |clerk: &mut Clerk, conn: &mut Conn| clerk.revoke(conn, id.0, &revocation);
    enter(app, &req, officer, &raw, make).await
}

/// Extend a certification.
///
/// Keeps a certificate in force past its term while its renewal is under way: once, for at most 180 days, and not
/// before the renewal may be asked for, 180 days before the end of the term (Decision 26/2026/QĐ-TTg, Article 12).
#[utoipa::path(
    tag = "certification",
    params(("id" = CertificationId, Path, description = "The certification's id")),
    request_body = ExtensionInput,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Extended: the certification as it is now", body = CertificationView),
        (status = 409, description = "Contradicts the ledger: extended before, revoked, superseded, too early, or too long",
         body = crate::http::problem::ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/certifications/{id}/extensions")]
pub async fn create_certification_extension(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    id: Path<CertificationId>,
    body: Json<ExtensionInput>,
) -> Result<HttpResponse, Problem> {
    let Json { value: input, raw } = body;
    let mut faults = Faults::default();
    if let Some(decision) = &input.decision {
        check_made(&mut faults, &["decision", "decided_on"], decision.decided_on, &app);
    }
    faults.into_result().map_err(Problem::invalid_body)?;
    let extension = NewExtension { until: input.until, decision: input.decision.map(StatedDecision::from) };
    let make = move |clerk: &mut Clerk, conn: &mut Conn| clerk.extend(conn, id.0, &extension);
    enter(app, &req, officer, &raw, make).await
}

fn check_made(faults: &mut Faults, path: &[&str], day: Day, app: &App) {
    if let Err(invalid) = check_day(day, app.world.today()) {
        faults.push(path.iter().copied(), invalid);
    }
}

/// A revocation is entered when it works; before its decision it cannot, which the ledger checks.
fn check_effective(faults: &mut Faults, day: Day, app: &App) {
    let today = app.world.today();
    if day > today {
        let say = say!(
            "Ngày thu hồi có hiệu lực sau hôm nay ({today}); hãy ghi vào sổ từ ngày ấy.",
            "The day from which it is revoked is after today ({today}); please enter it from that day on."
        );
        faults.push(["effective_on"], Invalid::new("in_the_future", say));
    }
}

/// Makes an entry; the certification after it is the answer.
async fn enter(
    app: Data<App>,
    req: &HttpRequest,
    officer: Officer,
    raw: &[u8],
    make: impl FnOnce(&mut Clerk, &mut Conn) -> Result<Certification, LedgerError> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let (state, actor, by) = (app.clone(), officer.user.to_string(), office(officer));
    let effect = move |conn: &mut Conn| -> Result<Answer, Problem> {
        let (entered, seq) = Clerk::at_work(conn, &state.world, &state.reference, &by, make)?;
        let id = entered.id;
        let listed = lists::get(conn, id)?;
        let view = CertificationView::new(listed, &state.reference, state.world.today());
        Ok(Answer::created(format!("/v1/certifications/{id}"), &view)?.announced(seq))
    };
    idempotency::once(&app, req, Need::Optional, &actor, raw, effect).await
}
