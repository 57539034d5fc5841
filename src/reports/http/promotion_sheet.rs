//! `GET /v1/organisations/{id}/promotion-sheet`

use super::sheet_page;
use super::sheet_views::{PromotionSheet, PromotionSheetContent, SheetProduct};
use crate::app::App;
use crate::auth::Session;
use crate::catalogue::published::Published;
use crate::catalogue::{self, CatalogueError};
use crate::db::{Conn, Day};
use crate::http::accept::negotiate;
use crate::http::problem::ProblemDocument;
use crate::http::{Code, Path, Problem, Query, reply};
use crate::input::Faults;
use crate::leads;
use crate::organisations::OrganisationId;
use crate::reference::{SetNumber, Taxonomy};
use crate::reports::{self, Period};
use crate::say::Language;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, VARY};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use deserr::Deserr;
use utoipa::IntoParams;

const JSON: &str = "application/json";
const HTML: &str = "text/html";

/// How long before the dossier trade still counts for it: a certificate's term.
const MONTHS: i64 = 36;

#[derive(Debug, IntoParams, Deserr)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct GetPromotionSheetQuery {
    /// First local day; 36 months before the last unless told.
    #[deserr(default)]
    from: Option<Day>,
    /// Last local day; today unless told.
    #[deserr(default)]
    to: Option<Day>,
    /// The criteria set of the dossier, 1 to 26; unless told, those by which the producer's products are certified under
    /// Decision 26/2026/QĐ-TTg.
    #[deserr(default)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 26, example = 6)]
    set: Option<SetNumber>,
}

/// Evidence of trade for the next dossier.
///
/// For the members of a producer and the officers of its province: what was recorded of its trade, put to the criteria of part
/// B of Decision 26/2026/QĐ-TTg that it bears on (4.1 to 4.3; tourism, set 26, has others): agreements in force with the
/// SHA-256 of their evidence, orders, buyers and where their goods go, events. Values of orders are for the producer's members.
/// The points are the council's. With `Accept: text/html` it comes as a page to print, with the same `content_sha256`.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrganisationId, Path, description = "The organisation's id"), GetPromotionSheetQuery),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The sheet", content(
            (PromotionSheet = "application/json"),
            (String = "text/html"),
        )),
        (status = 406, description = "Only JSON and HTML are there", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such organisation, it is not yours, or it is no producer", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 410, description = "It has become one with another", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
#[get("/v1/organisations/{id}/promotion-sheet")]
pub async fn get_promotion_sheet(
    req: HttpRequest,
    app: Data<App>,
    by: Session,
    language: Language,
    id: Path<OrganisationId>,
    query: Query<GetPromotionSheetQuery>,
) -> Result<HttpResponse, Problem> {
    let media_type = negotiate(&req, &[JSON, HTML])?;
    let (as_of, today) = (app.world.now(), app.world.today());
    let period = query.0.period(today).map_err(Problem::invalid_query)?;
    let id = id.0;
    let read = move |conn: &mut Conn| reports::evidence(conn, &by.caller, id, period, as_of);
    let evidence = app.db.snapshot(read).await?;
    let products = products(&app, id)?;
    let set = query.0.set.map(SetNumber::number);
    let content = PromotionSheetContent::new(&app.reference, evidence, period, today, products, set);
    let sheet = PromotionSheet::new(as_of, content)?;
    let mut response = match media_type {
        HTML => page(&sheet, language),
        _ => reply::private(&req, &sheet)?,
    };
    response.headers_mut().append(VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

impl GetPromotionSheetQuery {
    fn period(&self, today: Day) -> Result<Period, Faults> {
        leads::in_order(self.from, self.to)?;
        let to = self.to.or(self.from.map(|from| from.max(today))).unwrap_or(today);
        Ok(Period { from: self.from.unwrap_or_else(|| to.plus_months(-MONTHS)), to })
    }
}

/// The producer's products in the catalogue, a hundred at most.
fn products(app: &App, id: OrganisationId) -> Result<Vec<SheetProduct>, Problem> {
    let documents = match catalogue::find_maker(&app.catalogue.memory(), id) {
        Ok((_, documents)) => documents,
        Err(CatalogueError::NotFound) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let read = |document: &catalogue::Document| {
        let detail = document.detail();
        let product = Published::read(&detail).map_err(|error| Problem::new(Code::Internal).cause(error))?;
        let of_2026 = product.criteria_version.as_str() == Taxonomy::Y2026.as_str();
        Ok(SheetProduct {
            id: product.id.as_str().to_owned(),
            name: product.name.as_str().to_owned(),
            stars: product.stars,
            certificate_until: product.certification.valid_until.as_str().to_owned(),
            set_no: product.set.as_ref().filter(|_| of_2026).map(|set| set.set_no),
        })
    };
    documents.iter().map(read).collect()
}

fn page(sheet: &PromotionSheet, language: Language) -> HttpResponse {
    let page = HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, sheet_page::POLICY.as_str()))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .body(sheet_page::page(sheet, language));
    reply::in_language(page, language)
}
