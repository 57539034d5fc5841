//! `POST` and `GET /v1/leads/{id}/agreements`, and what an agreement looks like.

use crate::accounts::UserId;
use crate::app::App;
use crate::auth::{LeadsRead, LeadsWrite, Scoped};
use crate::db::{Conn, Day, Instant};
use crate::files::{FileId, FileName, FileRow, FileType, Sha256Hex};
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::{Json, Path, Problem, reply};
use crate::input::Faults;
use crate::leads::{
    self, Agreement, AgreementId, AgreementKind, AgreementNumber, AgreementRow, AgreementValue,
    AttributionKind, CompanyName, CompanyTaxCode, Evidence, Known, LeadId, LeadSide, LeadStage, NewAgreement,
    Part, Shares, VoidReason,
};
use crate::reference::Reference;
use crate::say::{Invalid, Language, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that was signed.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewLeadAgreement {
    kind: AgreementKind,
    /// Its number with the parties.
    #[deserr(default)]
    #[schema(nullable = false)]
    number: Option<AgreementNumber>,
    parties: AgreementParties,
    /// What it is worth, in đồng. A contract is worth something; a minute of cooperation may be worth 0.
    value: AgreementValue,
    /// Not in the future.
    signed_on: Day,
    /// From when on it is in force; the day of the signature unless told.
    #[deserr(default)]
    #[schema(nullable = false)]
    starts_on: Option<Day>,
    /// Its last day; leave it out if it has none.
    #[deserr(default)]
    #[schema(nullable = false)]
    ends_on: Option<Day>,
    /// Files that prove it, stored before by `POST /v1/files`: 1 to 10.
    #[schema(value_type = Vec<NewEvidence>, min_items = 1, max_items = 10)]
    evidence: Proofs,
}

/// Who signed it.
#[derive(Debug, Clone, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct AgreementParties {
    buyer: AgreementBuyer,
    producer: AgreementProducer,
}

/// The buyer as the agreement names it.
#[derive(Debug, Clone, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct AgreementBuyer {
    name: CompanyName,
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    tax_code: Option<CompanyTaxCode>,
}

/// The producer as the agreement names it.
#[derive(Debug, Clone, Serialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct AgreementProducer {
    #[schema(example = "Hợp tác xã bánh cáy (minh họa)")]
    name: CompanyName,
}

/// A stored file that proves an agreement.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewEvidence {
    file_id: FileId,
    /// The SHA-256 by which you know the file: if the stored one has another, nothing is recorded.
    #[deserr(default)]
    #[schema(nullable = false)]
    sha256: Option<Sha256Hex>,
}

#[derive(Debug)]
struct Proofs(Vec<NewEvidence>);

impl Deserr<Faults> for Proofs {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let files = Vec::<NewEvidence>::deserialize_from_value(value, location)?;
        if (1..=10).contains(&files.len()) {
            return Ok(Self(files));
        }
        let say = Say::new("Cần từ 1 đến 10 tệp minh chứng.", "From 1 to 10 files are needed as evidence.");
        Err(Faults::located(location, Invalid::new("wrong_length", say)))
    }
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

/// A file of a lead.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeadFile {
    pub id: FileId,
    pub name: FileName,
    pub media_type: FileType,
    /// In bytes.
    #[schema(example = 48_213, minimum = 1)]
    pub size: i64,
    pub sha256: Sha256Hex,
    /// Where those who see it here may read it.
    #[schema(
        example = "/v1/leads/01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d/files/01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d"
    )]
    pub url: String,
}

impl LeadFile {
    pub fn of(lead: LeadId, file: FileRow) -> Self {
        let url = format!("/v1/leads/{lead}/files/{}", file.id);
        Self {
            id: file.id,
            name: file.name,
            media_type: file.kind,
            size: file.size,
            sha256: file.sha256,
            url,
        }
    }
}

/// To what an agreement is credited, in part.
#[derive(Debug, Serialize, ToSchema)]
struct AttributionShare {
    kind: AttributionKind,
    /// The name of the event or campaign; of a province its code of today, or `unknown`.
    #[schema(example = "Hội nghị kết nối cung cầu")]
    name: String,
    /// The name of the province.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Tỉnh Hưng Yên")]
    province_name: Option<String>,
    /// Hundredths of a per cent: all shares are 10000 together.
    #[schema(example = 10_000, minimum = 1, maximum = 10_000)]
    share: i64,
    /// The đồng of the value that fall to it: all are the value together.
    #[schema(example = 480_000_000, minimum = 0)]
    value: i64,
}

impl AttributionShare {
    fn all(reference: &Reference, shares: &Shares, value: AgreementValue) -> Vec<Self> {
        let shown = |(part, value): (&Part, i64)| Self {
            kind: part.kind,
            name: part.name.clone(),
            province_name: (part.kind == AttributionKind::Province)
                .then(|| reference.province_name(&part.name).map(str::to_owned))
                .flatten(),
            share: part.share,
            value,
        };
        shares.parts().iter().zip(shares.split(value.get())).map(shown).collect()
    }
}

/// That an agreement is void.
#[derive(Debug, Serialize, ToSchema)]
struct AgreementVoid {
    at: Instant,
    reason: VoidReason,
}

/// What the parties signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadAgreement {
    id: AgreementId,
    /// The lead it was recorded on; another one if that was merged into this.
    lead_id: LeadId,
    kind: AgreementKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    number: Option<AgreementNumber>,
    parties: AgreementParties,
    /// In đồng.
    value: AgreementValue,
    signed_on: Day,
    starts_on: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ends_on: Option<Day>,
    evidence: Vec<LeadFile>,
    attribution: Vec<AttributionShare>,
    /// Which side recorded it.
    side: LeadSide,
    /// The user who recorded it; told to their own side only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    user_id: Option<UserId>,
    recorded_at: Instant,
    updated_at: Instant,
    /// It was recorded by mistake, and counts no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    voided: Option<AgreementVoid>,
}

impl LeadAgreement {
    /// An agreement as who stands on a side of the lead may see it.
    pub fn new(reference: &Reference, known: &Known, agreement: Agreement) -> Self {
        let Agreement { row, evidence, shares } = agreement;
        let AgreementRow { voided_at, void_reason, .. } = row;
        let voided = voided_at.zip(void_reason).map(|(at, reason)| AgreementVoid { at, reason });
        Self {
            id: row.id,
            lead_id: row.lead_id,
            kind: row.kind,
            number: row.number,
            parties: AgreementParties {
                buyer: AgreementBuyer { name: row.buyer_name, tax_code: row.buyer_tax_code },
                producer: AgreementProducer { name: row.producer_name },
            },
            value: row.value,
            signed_on: row.signed_on,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            evidence: evidence.into_iter().map(|file| LeadFile::of(known.lead.id, file)).collect(),
            attribution: AttributionShare::all(reference, &shares, row.value),
            side: row.side,
            user_id: row.recorded_by.filter(|_| row.side == known.side),
            recorded_at: row.recorded_at,
            updated_at: row.updated_at,
            voided,
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
