//! Requests and answers of the reports: one file for each operation, and here what they share.

mod columns;
mod lead_export;
mod lead_report;
mod links;
mod promotion_sheet;
mod sheet_page;
mod sheet_views;
mod streamed;
mod views;

use super::ReportError;
use crate::http::Problem;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(lead_report::get_lead_report)
        .service(lead_export::get_lead_export)
        .service(promotion_sheet::get_promotion_sheet);
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Organisation(error) => error.into(),
            ReportError::Leads(error) => error.into(),
            ReportError::Db(failure) => failure.into(),
        }
    }
}
