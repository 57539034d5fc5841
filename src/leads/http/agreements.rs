//! `POST` and `GET /v1/leads/{id}/agreements`, `GET /v1/leads/{id}/agreements/{agreement_id}`

use super::agreement_parts::{AgreementParties, LeadAgreement};
use crate::app::App;
use crate::auth::{LeadsRead, LeadsWrite, Scoped};
use crate::db::{Conn, Day};
use crate::files::{FileId, Sha256Hex};
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Path, Problem, reply};
use crate::input::{Faults, Listed};
use crate::leads::{
    self, AgreementId, AgreementKind, AgreementNumber, AgreementValue, Evidence, LeadId, LeadStage,
    NewAgreement,
};
use crate::say::{Language, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

/// Something that was signed.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewLeadAgreement {
    kind: AgreementKind,
    /// Its number with the parties.
    #[deserr(default)]
    number: Option<AgreementNumber>,
    parties: AgreementParties,
    /// What it is worth, in đồng. A contract is worth something; a minute of cooperation may be worth 0.
    value: AgreementValue,
    /// Not in the future.
    signed_on: Day,
    /// From when on it is in force; the day of the signature unless told.
    #[deserr(default)]
    starts_on: Option<Day>,
    /// Its last day; leave it out if it has none.
    #[deserr(default)]
    ends_on: Option<Day>,
    /// Files that prove it, stored before by `POST /v1/files`: 1 to 10.
    #[schema(value_type = Vec<NewEvidence>, min_items = 1, max_items = 10)]
    evidence: Listed<NewEvidence, 1, 10>,
}

/// A stored file that proves an agreement.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewEvidence {
    file_id: FileId,
    /// The SHA-256 by which you know the file: if the stored one has another, nothing is recorded.
    #[deserr(default)]
    sha256: Option<Sha256Hex>,
}

impl From<NewLeadAgreement> for NewAgreement {
    fn from(body: NewLeadAgreement) -> Self {
        let evidence =
            body.evidence.0.into_iter().map(|one| Evidence { file: one.file_id, sha256: one.sha256 });
        Self {
            kind: body.kind,
            number: body.number,
            buyer_name: body.parties.buyer.name,
            buyer_tax_code: body.parties.buyer.tax_code,
            producer_name: body.parties.producer.name,
            value: body.value,
            signed_on: body.signed_on,
            starts_on: body.starts_on.unwrap_or(body.signed_on),
            ends_on: body.ends_on,
            evidence: evidence.collect(),
        }
    }
}

/// Something to look at, which does not stand in the way.
#[derive(Debug, Serialize, ToSchema)]
struct AgreementWarning {
    #[schema(example = "evidence_on_another_lead")]
    code: &'static str,
    #[schema(example = "Tệp minh chứng này cũng được dùng cho yêu cầu khác của cùng chủ thể.")]
    detail: String,
    /// The other lead.
    lead_id: LeadId,
}

/// What was recorded, and where the lead stands since.
#[derive(Debug, Serialize, ToSchema)]
struct LeadAgreementReceipt {
    agreement: LeadAgreement,
    stage: LeadStage,
    /// Where the caller may move it next.
    moves: &'static [LeadStage],
    warnings: Vec<AgreementWarning>,
}

/// Record an agreement.
///
/// A memorandum, a contract in principle or a contract, once it is signed: by either party, by the organiser that recorded the
/// enquiry, or by the office; with at least one file that proves it, which the caller has stored before (`POST /v1/files`). The
/// lead moves to `mou_signed` or `contract_signed`, by the same table as other moves; all is stored together or not at all. The
/// same file, or the same number of the same day, is not recorded twice on one lead: 409 `already_recorded` names the
/// `agreement_id`. If the caller sees another lead of this producer with the same proof, `warnings` tells. It is credited to
/// the event, else to the campaign of the enquiry's source, else to the producer's province, until that is changed.
#[utoipa::path(
    tag = "leads",
    params(
        ("id" = LeadId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, the agreement is recorded once"),
    ),
    request_body(content = NewLeadAgreement, examples(
        ("contract" = (summary = "A contract", value = json!({
            "kind": "contract", "number": "12/2026/HĐMB", "value": 480000000,
            "parties": { "buyer": { "name": "Chuỗi cửa hàng Ví Dụ", "tax_code": "9900000016" }, "producer": { "name": "HTX Ví Dụ" } },
            "signed_on": "2026-11-20", "starts_on": "2026-12-01", "ends_on": "2027-11-30",
            "evidence": [{ "file_id": "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d" }]
        }))),
    )),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 201, description = "It is recorded", body = LeadAgreementReceipt),
        (status = 409, description = "Not possible at this stage (`illegal_move`), recorded already (`already_recorded`), the lead \
            was merged into another (`lead_merged`), or a request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/leads/{id}/agreements")]
pub async fn create_lead_agreement(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    id: Path<LeadId>,
    language: Language,
    body: Json<NewLeadAgreement>,
) -> Result<HttpResponse, Problem> {
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let (id, actor, new) = (id.0, by.caller.key(), NewAgreement::from(body.value));
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, move |conn: &mut Conn| {
        let mut known = leads::lock(conn, &reference, &by.caller, id)?;
        let signed = leads::sign(conn, &world, &reference, &by.caller, &mut known, new)?;
        let location = format!("/v1/leads/{id}/agreements/{}", signed.agreement.row.id);
        let warnings = signed.also_on.into_iter().map(|lead| warning(lead, language)).collect();
        let agreement = LeadAgreement::new(&reference, &known, signed.agreement);
        let (stage, moves) = (known.lead.stage, known.moves());
        Answer::created(location, &LeadAgreementReceipt { agreement, stage, moves, warnings })
    })
    .await
}

fn warning(lead_id: LeadId, language: Language) -> AgreementWarning {
    let say = Say::new(
        "Tệp minh chứng này cũng được dùng cho yêu cầu khác của cùng chủ thể.",
        "This proof stands for an agreement of another lead of the same producer, too.",
    );
    let detail = say.in_language(language).to_owned();
    AgreementWarning { code: "evidence_on_another_lead", detail, lead_id }
}

/// What was signed, in the order in which it was recorded.
#[derive(Debug, Serialize, ToSchema)]
struct LeadAgreements {
    /// At most 100; void ones are among them.
    items: Vec<LeadAgreement>,
}

/// List the agreements of a lead.
///
/// What was signed, with values and proofs, for all sides of the lead; also what was recorded on leads that were merged into it.
#[utoipa::path(
    tag = "leads",
    params(("id" = LeadId, Path)),
    security(("bearer" = []), ("client" = ["leads.read"])),
    responses((status = 200, description = "The agreements", body = LeadAgreements))
)]
#[get("/v1/leads/{id}/agreements")]
pub async fn list_lead_agreements(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsRead>,
    id: Path<LeadId>,
) -> Result<HttpResponse, Problem> {
    let reference = app.reference.clone();
    let read = move |conn: &mut Conn| {
        let known = leads::read(conn, &reference, &by.caller, id.0)?;
        let all = leads::agreements(conn, &known)?.into_iter();
        let items = all.map(|agreement| LeadAgreement::new(&reference, &known, agreement)).collect();
        Ok::<_, leads::LeadError>(LeadAgreements { items })
    };
    let agreements = app.db.snapshot(read).await?;
    reply::private(&req, &agreements)
}

/// Read an agreement.
///
/// One agreement of a lead. Its `ETag` goes as `If-Match` with a change of its attribution.
#[utoipa::path(
    tag = "leads",
    params(("id" = LeadId, Path), ("agreement_id" = AgreementId, Path)),
    security(("bearer" = []), ("client" = ["leads.read"])),
    responses((status = 200, description = "The agreement", body = LeadAgreement))
)]
#[get("/v1/leads/{id}/agreements/{agreement_id}")]
pub async fn get_lead_agreement(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsRead>,
    ids: Paths<LeadId, AgreementId>,
) -> Result<HttpResponse, Problem> {
    let reference = app.reference.clone();
    let read = move |conn: &mut Conn| {
        let known = leads::read(conn, &reference, &by.caller, ids.0)?;
        let agreement = leads::agreement(conn, &known, ids.1)?;
        Ok::<_, leads::LeadError>(LeadAgreement::new(&reference, &known, agreement))
    };
    let agreement = app.db.snapshot(read).await?;
    reply::private(&req, &agreement)
}
