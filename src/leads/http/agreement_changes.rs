//! `POST /v1/leads/{id}/agreements/{agreement_id}/voidings`, `PUT …/attribution`

use super::agreement_parts::LeadAgreement;
use crate::app::App;
use crate::auth::{LeadsWrite, Scoped};
use crate::db::Conn;
use crate::http::extract::Paths;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::problem::ProblemDocument;
use crate::http::reply::IfMatch;
use crate::http::{Json, Problem, reply};
use crate::input::Faults;
use crate::leads::{
    self, AgreementId, AttributionKind, LeadId, LeadStage, Part, Shares, SourceName, VoidReason,
};
use crate::reference::Reference;
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post, put};
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

/// Why an agreement is void.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewAgreementVoiding {
    reason: VoidReason,
}

/// The agreement that is void, and where the lead stands since.
#[derive(Debug, Serialize, ToSchema)]
struct AgreementVoiding {
    agreement: LeadAgreement,
    stage: LeadStage,
    /// Where the caller may move it next.
    moves: &'static [LeadStage],
}

/// Void an agreement.
///
/// It was recorded by mistake: by the side that recorded it, or by the office. It stays to be seen and counts no more. If the
/// lead stood where only this agreement had brought it, it goes back to where it had come without it.
#[utoipa::path(
    tag = "leads",
    params(
        ("id" = LeadId, Path),
        ("agreement_id" = AgreementId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "16 to 255 ASCII characters: sent again with the \
            same key, the answer is the same"),
    ),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 201, description = "It is void", body = AgreementVoiding),
        (status = 409, description = "It is void already (`not_possible_now`), the lead was merged into another (`lead_merged`), or a \
            request with the same key is still running", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/leads/{id}/agreements/{agreement_id}/voidings")]
pub async fn create_lead_agreement_voiding(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    ids: Paths<LeadId, AgreementId>,
    body: Json<NewAgreementVoiding>,
) -> Result<HttpResponse, Problem> {
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let (Paths(lead, id), actor, reason) = (ids, by.caller.key(), body.value.reason);
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, move |conn: &mut Conn| {
        let mut known = leads::lock(conn, &reference, &by.caller, lead)?;
        let voided = leads::void(conn, &world, &reference, &by.caller, &mut known, (id, reason))?;
        let agreement = LeadAgreement::new(&reference, &known, voided);
        let (stage, moves) = (known.lead.stage, known.moves());
        let location = format!("/v1/leads/{lead}/agreements/{id}");
        Answer::created(location, &AgreementVoiding { agreement, stage, moves })
    })
    .await
}

/// To what an agreement is credited.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewAttribution {
    /// 1 to 20 different parts, 10000 together.
    #[schema(min_items = 1, max_items = 20)]
    shares: Vec<NewAttributionShare>,
}

/// A part of it.
#[derive(Debug, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
struct NewAttributionShare {
    kind: AttributionKind,
    /// The name of the event or campaign, or the code of a province of today.
    name: SourceName,
    /// Hundredths of a per cent: 2500 is a quarter.
    #[schema(example = 2_500, minimum = 1, maximum = 10_000)]
    share: i64,
}

impl NewAttribution {
    fn into_shares(self, reference: &Reference) -> Result<Shares, Faults> {
        let (mut parts, mut faults) = (Vec::new(), Faults::default());
        for (index, NewAttributionShare { kind, name, share }) in self.shares.into_iter().enumerate() {
            let part = match kind {
                AttributionKind::Province => Part::province(name.as_str(), share),
                AttributionKind::Event | AttributionKind::Campaign => Part::named(kind, &name, share),
            };
            let known = match kind {
                AttributionKind::Province => reference.province_of_today(&part.name),
                // A name of signs alone is none.
                AttributionKind::Event | AttributionKind::Campaign => !part.key.is_empty(),
            };
            if !known {
                faults.push([index.to_string(), "name".to_owned()], unknown(kind));
            }
            parts.push(part);
        }
        let shares = Shares::new(parts);
        if let Err(more) = &shares {
            faults.0.extend(more.0.iter().cloned());
        }
        faults.within(&["shares"]).into_result().and(shares)
    }
}

fn unknown(kind: AttributionKind) -> Invalid {
    let say = match kind {
        AttributionKind::Province => Say::new(
            "Cần mã tỉnh hiện nay, ví dụ 33.",
            "The code of a province of today is needed, for example 33.",
        ),
        AttributionKind::Event | AttributionKind::Campaign => {
            Say::new("Tên phải có chữ hoặc số.", "A name has letters or digits.")
        }
    };
    Invalid::new("unknown_value", say)
}

/// Credit an agreement.
///
/// To whose work it is: shares of events, provinces and campaigns that are the whole together, exactly. By the office, by the
/// side that recorded it, and by the side that recorded the enquiry for its buyer; the whole list takes the place of the one
/// before. Reports divide the value by these shares, exact to the đồng, and count nothing twice.
#[utoipa::path(
    tag = "leads",
    params(
        ("id" = LeadId, Path),
        ("agreement_id" = AgreementId, Path),
        ("If-Match" = String, Header, description = "`ETag` of the agreement as the caller last read it"),
    ),
    security(("bearer" = []), ("client" = ["leads.write"])),
    responses(
        (status = 200, description = "The agreement as it is now", body = LeadAgreement),
        (status = 409, description = "It is void (`not_possible_now`), or the lead was merged into another (`lead_merged`)", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since it was read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[put("/v1/leads/{id}/agreements/{agreement_id}/attribution")]
pub async fn update_lead_agreement_attribution(
    req: HttpRequest,
    app: Data<App>,
    by: Scoped<LeadsWrite>,
    ids: Paths<LeadId, AgreementId>,
    body: Json<NewAttribution>,
) -> Result<HttpResponse, Problem> {
    let seen = IfMatch::of(&req).required()?;
    let (world, reference) = (app.world.clone(), app.reference.clone());
    let shares = body.value.into_shares(&reference).map_err(Problem::invalid_body)?;
    let change = move |conn: &mut Conn| {
        let known = leads::lock(conn, &reference, &by.caller, ids.0)?;
        let agreement = leads::agreement(conn, &known, ids.1)?;
        seen.check(&LeadAgreement::new(&reference, &known, agreement.clone()))?;
        let agreement = leads::attribute(conn, &world, &reference, &by.caller, &known, (agreement, shares))?;
        Ok::<_, Problem>(LeadAgreement::new(&reference, &known, agreement))
    };
    let agreement = app.db.write(change).await?;
    reply::private(&req, &agreement)
}
