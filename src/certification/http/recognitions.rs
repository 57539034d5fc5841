//! `POST /v1/certifications`: one recognition, with the fields and the rules of a row of a list.

use super::office;
use super::views::CertificationView;
use crate::app::App;
use crate::auth::Officer;
use crate::catalogue::Seq;
use crate::certification::import::{
    ImportColumn, ImportRemark, Outcome, Refused, Remark, Row, Statement, read_row,
};
use crate::certification::model::{DecisionNumber, Issuer, Recognition, Score, SourceUrl, Stars};
use crate::certification::{By, Clerk, lists, rehearse};
use crate::db::{Conn, Day};
use crate::http::extract::Flag;
use crate::http::idempotency::{self, Answer, Need};
use crate::http::{Code, Json, Problem, Query, reply};
use crate::input::{Fault, Faults};
use crate::organisations::{EntityType, OrganisationName};
use crate::products::{Gtin, ProductName};
use crate::reference::Taxonomy;
use crate::say;
use crate::say::{Invalid, Language};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::Serialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// What an admin unit or a product group is called: name or code.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Called(String);

impl Called {
    const LONGEST: usize = 100;

    fn parse(text: &str) -> Result<Self, Invalid> {
        let most = Self::LONGEST;
        if text.chars().count() > most || text.contains(char::is_control) {
            return Err(Invalid::new(
                "invalid_name",
                say!(
                    "Tên dài nhất {most} ký tự, không có ký tự điều khiển.",
                    "A name has at most {most} characters and no control characters."
                ),
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

crate::parsed_input!(Called);

/// A recognition, in the words of the columns of a list.
#[derive(Debug, deserr::Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
struct RecognitionInput {
    product_name: ProductName,
    /// Without it the product gets an unnamed producer of its own.
    #[deserr(default)]
    producer_name: Option<OrganisationName>,
    #[deserr(default)]
    entity_type: Option<EntityType>,
    /// Names of the units on the day of the decision; districts until 30 June 2025.
    #[schema(value_type = Option<String>, example = "Tân Tiến", max_length = 100)]
    #[deserr(default)]
    commune: Option<Called>,
    #[schema(value_type = Option<String>, example = "Hưng Hà", max_length = 100)]
    #[deserr(default)]
    district: Option<Called>,
    /// Required unless `commune_code` is given.
    #[schema(value_type = Option<String>, example = "Thái Bình", max_length = 100)]
    #[deserr(default)]
    province: Option<Called>,
    /// Code of the commune on the day of the decision, else of today.
    #[schema(value_type = Option<String>, example = "12688")]
    #[deserr(default)]
    commune_code: Option<Called>,
    /// Code or name of the product group.
    #[schema(value_type = Option<String>, example = "food", max_length = 100)]
    #[deserr(default)]
    group: Option<Called>,
    #[schema(example = 6, minimum = 1, maximum = 26)]
    #[deserr(default)]
    set_no: Option<i64>,
    stars: Stars,
    #[deserr(default)]
    score: Option<Score>,
    decision_no: DecisionNumber,
    decision_date: Day,
    /// Follows from number, place, stars and the law of the day if it is not given.
    #[deserr(default)]
    issuer: Option<Issuer>,
    /// Last day of the term, if the decision gives less than 36 months.
    #[deserr(default)]
    valid_until: Option<Day>,
    /// The act whose criteria were applied, if it is not the one in force on the day of the decision.
    #[deserr(default)]
    criteria_version: Option<Taxonomy>,
    #[deserr(default)]
    gtin: Option<Gtin>,
    #[deserr(default)]
    source_url: Option<SourceUrl>,
}

#[derive(Debug, deserr::Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CreateCertification {
    /// Check everything and write nothing: 200 with what 201 would have said.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    validate_only: Flag,
}

/// What came of a recognition.
#[derive(Debug, Serialize, ToSchema)]
struct RecordedCertification {
    /// `unchanged` if the ledger had it already, `updated` if it learned something more.
    outcome: Outcome,
    certification: CertificationView,
    /// What is worth knowing about it, in the language of the request.
    notes: Vec<ImportRemark>,
}

/// Record a certification.
///
/// Finds or creates producer and product, and supersedes the product's earlier certification. Recorded again it changes
/// nothing. An officer records for the own province of today; an administrator for all.
#[utoipa::path(
    tag = "certification",
    params(CreateCertification),
    request_body = RecognitionInput,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Recorded", body = RecordedCertification),
        (status = 200, description = "Validated only; nothing was written", body = RecordedCertification),
        (status = 409, description = "Contradicts the ledger, or several producers fit the description",
         body = crate::http::problem::ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[post("/v1/certifications")]
pub async fn create_certification(
    app: Data<App>,
    req: HttpRequest,
    officer: Officer,
    query: Query<CreateCertification>,
    language: Language,
    body: Json<RecognitionInput>,
) -> Result<HttpResponse, Problem> {
    let (actor, by) = (officer.user.to_string(), office(officer));
    let (recognition, notes) = read_entry(&app, body.value)?;
    let entry = Entry { app: app.clone().into_inner(), by, recognition, notes, language };
    if query.0.validate_only.0 {
        let checked = app.db.write(move |conn| rehearse(conn, |conn| entry.make(conn)));
        return reply::answer(&checked.await?.0);
    }
    let effect = move |conn: &mut Conn| {
        let (recorded, seq) = entry.make(conn)?;
        let location = format!("/v1/certifications/{}", recorded.certification.id);
        Ok::<_, Problem>(Answer::created(location, &recorded)?.announced(seq))
    };
    idempotency::once(&app, &req, Need::Optional, &actor, &body.raw, effect).await
}

/// All that an entry needs within its transaction.
struct Entry {
    app: Arc<App>,
    by: By,
    recognition: Recognition,
    notes: Vec<Remark>,
    language: Language,
}

impl Entry {
    fn make(self, conn: &mut Conn) -> Result<(RecordedCertification, Seq), Problem> {
        let App { world, reference, .. } = &*self.app;
        let record = |clerk: &mut Clerk, conn: &mut Conn| clerk.record(conn, &self.recognition);
        let (entered, seq) = Clerk::at_work(conn, world, reference, &self.by, record)?;
        let listed = lists::get(conn, entered.certification.id)?;
        let notes = self.notes.into_iter().chain(entered.notes.into_iter().map(Remark::from));
        let recorded = RecordedCertification {
            outcome: entered.change.into(),
            certification: CertificationView::new(listed, reference, world.today()),
            notes: notes.map(|note| note.in_language(self.language)).collect(),
        };
        Ok((recorded, seq))
    }
}

/// Applies the rules of a row to the body.
fn read_entry(app: &App, input: RecognitionInput) -> Result<(Recognition, Vec<Remark>), Problem> {
    let read = read_row(&input.into(), &app.reference, app.world.today(), None);
    let read = read.map_err(|Refused { remarks, .. }| {
        let fault = |remark: Remark| {
            let path: Vec<&str> = remark.column.as_ref().map(ImportColumn::as_str).into_iter().collect();
            Fault::at(path, Invalid::new(remark.code, remark.say))
        };
        Problem::invalid_body(Faults(remarks.into_iter().map(fault).collect()))
    })?;
    match read.statement {
        Statement::Recognition(recognition) => Ok((recognition, read.notes)),
        // Stars, number and date are required fields.
        Statement::Claim(_) => Err(Problem::new(Code::Internal).cause("a recognition read as a claim")),
    }
}

impl From<RecognitionInput> for Row {
    fn from(input: RecognitionInput) -> Self {
        let text = |text: &str| Some(text.to_owned());
        Self::of([
            (ImportColumn::ProductName, text(input.product_name.as_str())),
            (ImportColumn::ProducerName, input.producer_name.and_then(|name| text(name.as_str()))),
            (ImportColumn::EntityType, input.entity_type.and_then(|form| text(form.as_str()))),
            (ImportColumn::Commune, input.commune.map(|name| name.0)),
            (ImportColumn::District, input.district.map(|name| name.0)),
            (ImportColumn::Province, input.province.map(|name| name.0)),
            (ImportColumn::CommuneCode, input.commune_code.map(|name| name.0)),
            (ImportColumn::Group, input.group.map(|name| name.0)),
            (ImportColumn::SetNo, input.set_no.map(|set_no| set_no.to_string())),
            (ImportColumn::Stars, Some(input.stars.number().to_string())),
            (ImportColumn::Score, input.score.map(|score| score.to_string())),
            (ImportColumn::DecisionNo, text(input.decision_no.as_str())),
            (ImportColumn::DecisionDate, text(input.decision_date.as_str())),
            (ImportColumn::Issuer, input.issuer.and_then(|issuer| text(issuer.as_str()))),
            (ImportColumn::ValidUntil, input.valid_until.map(|day| day.to_string())),
            (
                ImportColumn::CriteriaVersion,
                input.criteria_version.and_then(|version| text(version.as_str())),
            ),
            (ImportColumn::Gtin, input.gtin.and_then(|gtin| text(gtin.as_str()))),
            (ImportColumn::SourceUrl, input.source_url.and_then(|url| text(url.as_str()))),
        ])
    }
}
