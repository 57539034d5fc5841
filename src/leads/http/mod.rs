//! Requests and answers of the leads: one file for each operation, and here what they share.

mod create_lead;
mod create_lead_event;
mod get_consent_text;
mod get_lead;
mod list_leads;
mod parts;

use super::LeadError;
use crate::http::{Code, Problem};
use crate::say;
use crate::say::Say;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(get_consent_text::get_consent_text)
        .service(create_lead::create_lead)
        .service(list_leads::list_leads)
        .service(get_lead::get_lead)
        .service(create_lead_event::create_lead_event);
}

impl From<LeadError> for Problem {
    fn from(error: LeadError) -> Self {
        match error {
            LeadError::NotFound => Self::not_found(),
            LeadError::ReadOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Tài khoản của bạn chỉ được xem trong tổ chức này.",
                "Your account may only read in this organisation.",
            )),
            LeadError::Invalid(faults) => Self::invalid_body(faults),
            LeadError::Illegal(illegal) => {
                let (from, to) = (illegal.from.as_str(), illegal.allowed);
                let allowed = to.iter().map(|stage| stage.as_str()).collect::<Vec<_>>().join(", ");
                let detail = if to.is_empty() {
                    say!(
                        "Yêu cầu đang ở giai đoạn {from}; phía bạn không còn bước nào.",
                        "The lead is at {from}; your side has no move from here."
                    )
                } else {
                    say!(
                        "Yêu cầu đang ở giai đoạn {from}; phía bạn có thể chuyển sang: {allowed}.",
                        "The lead is at {from}; your side may move it to: {allowed}."
                    )
                };
                Self::new(Code::IllegalMove).detail(detail).with("stage", illegal.from).with("allowed", to)
            }
            LeadError::Db(failure) => failure.into(),
        }
    }
}
