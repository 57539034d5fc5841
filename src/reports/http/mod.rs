//! Requests and answers of the reports: one file for each operation, and here what they share.

mod lead_report;
mod links;
mod views;

use super::ReportError;
use crate::http::Problem;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config.service(lead_report::get_lead_report);
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Db(failure) => failure.into(),
        }
    }
}
