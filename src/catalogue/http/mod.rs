//! The public endpoints of the catalogue. What they answer is the same for everybody.

mod producers;
mod products;
mod verifications;
mod views;

use super::CatalogueError;
use super::model::{InUnit, unknown_group, unknown_province};
use super::verification::Numeric;
use crate::app::App;
use crate::http::extract::Many;
use crate::http::{Code, Problem};
use crate::input::Faults;
use crate::reference::Taxonomy;
use crate::say;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(products::list_products)
        .service(products::get_product)
        .service(producers::list_producers)
        .service(producers::get_producer)
        .service(verifications::get_verification);
}

impl From<CatalogueError> for Problem {
    fn from(error: CatalogueError) -> Self {
        match error {
            CatalogueError::Db(failure) => failure.into(),
            CatalogueError::Cursor(problem) => problem,
            CatalogueError::NotFound => Self::not_found(),
            CatalogueError::NotInForce { code, state, since } => {
                let vi_since = Numeric(since);
                Self::new(Code::NotInForce)
                    .detail(say!(
                        "Sản phẩm đã từng được công nhận nhưng không còn hiệu lực từ ngày {vi_since}.",
                        "The product was certified once, but has not been in force since {since}."
                    ))
                    .with("state", state)
                    .with("since", since)
                    .with("verification_url", views::verification_url(code))
            }
        }
    }
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
