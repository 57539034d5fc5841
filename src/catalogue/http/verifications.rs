//! `/v1/verifications`.

use crate::app::App;
use crate::catalogue::{self, Seq, Standing, Verification, Verified};
use crate::certification::ledger::Revocation;
use crate::certification::model::{CertificationId, Decision, Stars, State};
use crate::db::Day;
use crate::http::{Problem, Query, reply};
use crate::input::Faults;
use crate::organisations::OrganisationId;
use crate::products::{ProductCode, ProductId};
use crate::say::Language;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use deserr::Deserr;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// Is it true on which day?
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = Faults, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VerificationQuery {
    /// The local day asked about; today unless given.
    #[deserr(default)]
    #[param(value_type = Option<Day>)]
    on: Option<Day>,
    /// Wait until the answer holds this change (`Catalogue-Seq` of a write): up to five seconds, then 409.
    #[deserr(default)]
    #[param(value_type = Option<Seq>)]
    at_least: Option<Seq>,
}

/// What the ledger says of a product on a day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Verification)]
pub struct VerificationAnswer {
    code: ProductCode,
    product: VerifiedProduct,
    producer: VerifiedProducer,
    /// The local day (Asia/Ho_Chi_Minh) the answer is about.
    on: Day,
    /// Was a certification in force on that day?
    certified: bool,
    /// State of the certification that speaks for the product: the one in force, else the latest; `null` before the
    /// first decision.
    state: Option<State>,
    /// Stars it has on that day; `null` when `certified` is false, `certifications` tells those it once had.
    stars: Option<Stars>,
    decision: Option<Decision>,
    /// Last day of its term.
    valid_until: Option<Day>,
    /// Last day it is in force as the ledger stands; `null` if it never was.
    in_force_until: Option<Day>,
    /// All certifications of the product, the latest first.
    certifications: Vec<VerifiedCertification>,
    /// The answer in the reader's language.
    #[schema(
        example = "Sản phẩm “Bánh cáy truyền thống” của Hợp tác xã bánh cáy Làng Nguyễn (minh họa) đạt 4 sao theo Quyết định 303/QĐ-UBND ngày 04/02/2025 của UBND tỉnh Thái Bình, có hiệu lực đến hết ngày 04/02/2028."
    )]
    sentence: String,
}

/// The product behind the code.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifiedProduct {
    id: ProductId,
    #[schema(example = "Bánh cáy truyền thống")]
    name: String,
}

/// Who makes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifiedProducer {
    id: OrganisationId,
    /// The public name; a producer without one is told by its form and place.
    #[schema(example = "Hợp tác xã bánh cáy Làng Nguyễn (minh họa)")]
    name: String,
}

/// One certification with its state on the day asked about.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifiedCertification {
    id: CertificationId,
    /// `null` before its decision.
    state: Option<State>,
    stars: Stars,
    decision: Decision,
    /// Last day of its term of 36 months.
    valid_until: Day,
    /// Last day it is in force as the ledger stands; `null` if it never was.
    in_force_until: Option<Day>,
    /// Its revocation, whatever the day asked about.
    revocation: Option<Revocation>,
}

impl From<Standing> for VerifiedCertification {
    fn from(Standing { certification, state }: Standing) -> Self {
        let in_force_until = certification.ledger().shown_until();
        Self {
            id: certification.id,
            state,
            stars: certification.stars,
            decision: certification.decision,
            valid_until: certification.valid_until,
            in_force_until,
            revocation: certification.revocation,
        }
    }
}

impl VerificationAnswer {
    fn new(verification: Verification, language: Language) -> Self {
        let sentence = verification.sentence();
        let standing = verification.standing();
        let spoken = standing.map(|(certification, _)| certification);
        let certified = verification.is_certified();
        let Verified { id, code, name, producer, producer_name } = verification.product.clone();
        Self {
            code,
            product: VerifiedProduct { id, name },
            producer: VerifiedProducer { id: producer, name: producer_name },
            on: verification.on,
            certified,
            state: standing.map(|(_, state)| state),
            stars: spoken.filter(|_| certified).map(|certification| certification.stars),
            decision: spoken.map(|certification| certification.decision.clone()),
            valid_until: spoken.map(|certification| certification.valid_until),
            in_force_until: spoken.and_then(|certification| certification.ledger().shown_until()),
            sentence: sentence.in_language(language).to_owned(),
            certifications: verification.history.into_iter().map(Into::into).collect(),
        }
    }
}

/// Is what the pack says true?
///
/// By the short code that is printed on it: what is certified, by which decision, and whether it is in force today or
/// on the day `on`, with the whole history. The code is read leniently (case, spaces and hyphens do not matter); one
/// that cannot be right, because a symbol is mistyped, is told apart from one that nobody has. The answer is given
/// with what is known today: a revocation recorded late counts from the day it worked.
#[utoipa::path(
    tag = "catalogue",
    params(("code" = ProductCode, Path, description = "The printed code"), VerificationQuery),
    responses((status = 200, description = "What the ledger says", body = VerificationAnswer)),
)]
#[get("/v1/verifications/{code}")]
pub async fn get_verification(
    req: HttpRequest,
    app: Data<App>,
    language: Language,
    query: Query<VerificationQuery>,
) -> Result<HttpResponse, Problem> {
    let typed = req.match_info().query("code");
    let code = ProductCode::parse(typed).map_err(|mistyped| Problem::not_found().detail(mistyped.say))?;
    let memory = app.catalogue.current(&app.world, query.0.at_least).await?;
    let verification = catalogue::verify(memory, code, query.0.on)?;
    let answer = VerificationAnswer::new(verification, language);
    reply::public(&req, &answer).map(|response| reply::in_language(response, language))
}
