//! The public endpoints of the catalogue. What they answer is the same for everybody.

mod changes;
mod conditional;
mod digest;
mod producers;
mod products;
mod verifications;
mod views;

use super::model::{InUnit, unknown_group, unknown_province};
use super::verification::Numeric;
use super::{Absent, CatalogueError, Gone, document};
use crate::app::App;
use crate::http::extract::Many;
use crate::http::{Code, Problem};
use crate::input::Faults;
use crate::reference::Taxonomy;
use crate::say;
use crate::say::Say;
use actix_web::http::header::RETRY_AFTER;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(products::list_products)
        .service(products::get_product)
        .service(producers::list_producers)
        .service(producers::get_producer)
        .service(verifications::get_verification)
        .service(changes::list_catalogue_changes)
        .service(digest::get_catalogue_digest);
}

impl From<CatalogueError> for Problem {
    fn from(error: CatalogueError) -> Self {
        match error {
            CatalogueError::Db(failure) => failure.into(),
            CatalogueError::Cursor(problem) => problem,
            CatalogueError::NotFound => Self::not_found(),
            CatalogueError::NotInForce(absent) => not_in_force(absent),
            CatalogueError::NotYet(seq) => Self::new(Code::Unavailable)
                .detail(say!(
                    "Thay đổi số {seq} chưa đến; hãy thử lại sau giây lát.",
                    "Change {seq} has not come yet; try again in a moment."
                ))
                .header(RETRY_AFTER, "1"),
            CatalogueError::OutOfReach { after, floor, head } => Self::new(Code::ResyncRequired)
                .detail(say!(
                    "Chỉ còn biết các thay đổi từ {floor} đến {head}, không biết từ {after}; hãy tải lại toàn bộ danh mục.",
                    "Changes are known from {floor} to {head}, not from {after}; load the whole export again."
                ))
                .with("floor", floor)
                .with("head", head),
        }
    }
}

fn not_in_force(absent: Absent) -> Problem {
    let Absent { code, why, state, since, successor } = absent;
    let detail = match (why, since) {
        (Gone::Withdrawn, _) => Say::new(
            "Chủ thể đã ngừng giới thiệu sản phẩm này.",
            "Its producer offers this product no longer.",
        ),
        (Gone::MergedInto, _) => Say::new(
            "Sản phẩm này đã được ghi hai lần; hãy dùng sản phẩm ở successor_id.",
            "This product had been recorded twice; see the one of successor_id.",
        ),
        (Gone::Superseded, None) => Say::new(
            "Sản phẩm khác của chủ thể đã thay sản phẩm này; xem successor_id.",
            "Another product has taken the place of this one; see successor_id.",
        ),
        (Gone::Expired | Gone::Revoked | Gone::Superseded, since) => {
            let (vi, en) = since.map_or_else(Default::default, |since| {
                (format!(" từ ngày {}", Numeric(since)), format!(" since {since}"))
            });
            say!(
                "Sản phẩm đã từng được công nhận nhưng không còn hiệu lực{vi}.",
                "The product was certified once, but has not been in force{en}."
            )
        }
    };
    let problem = Problem::new(Code::NotInForce)
        .detail(detail)
        .with("reason", why)
        .with("state", state)
        .with("verification_url", document::verification_url(code));
    let problem = since.into_iter().fold(problem, |problem, since| problem.with("since", since));
    successor.into_iter().fold(problem, |problem, successor| problem.with("successor_id", successor))
}

/// The filters by place and group that both lists have, checked against the reference data.
struct Checked {
    units: Vec<InUnit>,
    provinces: Vec<String>,
    groups: Vec<String>,
}

/// Checks them all, so that every fault is told at once.
fn check(
    app: &App,
    unit: Many<String>,
    province: Many<String>,
    group: Many<String>,
) -> Result<Checked, Problem> {
    let (today, mut faults) = (app.world.today(), Faults::default());
    let mut units = Vec::new();
    for text in &unit.0 {
        match app.reference.unit_filter(text, today) {
            Ok(unit) => units.push(unit),
            Err(invalid) => faults.push(["unit"], invalid),
        }
    }
    for code in province.0.iter().filter(|code| !app.reference.province_of_today(code)) {
        faults.push(["province"], unknown_province(code));
    }
    let known = |code: &String| {
        let mut taxonomies = Taxonomy::ALL.iter();
        taxonomies.any(|taxonomy| app.reference.group_name(*taxonomy, code).is_some())
    };
    for code in group.0.iter().filter(|code| !known(code)) {
        faults.push(["group"], unknown_group(code));
    }
    faults.into_result().map_err(Problem::invalid_query)?;
    Ok(Checked { units, provinces: province.0, groups: group.0 })
}
