//! The ledger over HTTP. Whoever asks may read a certification; officers make the entries of their province.

mod entries;
mod imports;
mod reading;
mod recognitions;
mod views;

use super::{By, LedgerError};
use crate::auth::{Office, Officer};
use crate::http::{Code, Problem};
use crate::say::Say;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(imports::create_certification_import)
        .service(recognitions::create_certification)
        .service(entries::create_certification_revocation)
        .service(entries::create_certification_extension)
        .service(reading::list_certifications)
        .service(reading::get_certification);
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Conflict(say) => Self::new(Code::LedgerConflict).detail(say),
            LedgerError::Question(question) => {
                Self::new(Code::LedgerConflict).detail(question.say).with("question", question.code)
            }
            LedgerError::NotFound => Self::not_found(),
            LedgerError::OutsideProvince => Self::new(Code::Forbidden).detail(Say::new(
                "Sản phẩm này không thuộc tỉnh của bạn hiện nay.",
                "This product is not in your province of today.",
            )),
            LedgerError::Db(failure) => failure.into(),
        }
    }
}

/// The office an officer holds; an administrator's has no bounds.
fn office(officer: Officer) -> By {
    let province = match officer.office {
        Office::Province(province) => Some(province),
        Office::Country => None,
    };
    By { agent: officer.agent, province }
}
