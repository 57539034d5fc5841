//! Requests and answers of the leads: one file for each operation, and here what they share.

mod batch_items;
mod create_lead;
mod create_lead_batch;
mod create_lead_event;
mod create_lead_quote;
mod get_lead;
mod intake_parts;
mod lead_merges;
mod list_enquiry_quotes;
mod list_lead_quotes;
mod list_leads;
mod new_event;
mod parts;
mod quote_parts;
mod update_lead;

use self::parts::{codes, in_words};
use super::{Illegal, LeadError, LeadEventKind, LeadStage};
use crate::auth::extract;
use crate::http::{Code, Problem};
use crate::say;
use crate::say::Say;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(create_lead::create_lead)
        .service(create_lead_batch::create_lead_batch)
        .service(list_leads::list_leads)
        .service(get_lead::get_lead)
        .service(create_lead_event::create_lead_event)
        .service(create_lead_quote::create_lead_quote)
        .service(list_lead_quotes::list_lead_quotes)
        .service(list_enquiry_quotes::list_enquiry_quotes)
        .service(update_lead::update_lead)
        .service(lead_merges::create_lead_merge)
        .service(lead_merges::delete_lead_merge);
}

impl From<LeadError> for Problem {
    fn from(error: LeadError) -> Self {
        match error {
            LeadError::NotFound => Self::not_found(),
            LeadError::ReadOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Tài khoản của bạn chỉ được xem trong tổ chức này.",
                "Your account may only read in this organisation.",
            )),
            LeadError::SignInNeeded => extract::unauthenticated(),
            LeadError::SecondFactorNeeded => extract::second_factor_required(),
            LeadError::Forbidden(say) => Self::new(Code::Forbidden).detail(say),
            LeadError::NotPossible(say) => Self::new(Code::NotPossibleNow).detail(say),
            LeadError::Invalid(faults) => Self::invalid_body(faults),
            LeadError::NotAParty => Self::new(Code::Forbidden).detail(Say::new(
                "Giá là việc giữa bên mua và chủ thể.",
                "Prices are between the buyer and the producer.",
            )),
            LeadError::Illegal(illegal @ Illegal { from, allowed, .. }) => Self::new(Code::IllegalMove)
                .detail(no_such_move(from, allowed))
                .with("stage", from)
                .with("allowed", allowed)
                .with("allowed_events", LeadEventKind::possible(from, illegal.side)),
            LeadError::Merged(survivor) => Self::new(Code::LeadMerged).with("merged_into", survivor),
            LeadError::Db(failure) => failure.into(),
        }
    }
}

/// Tells the moves that are allowed.
fn no_such_move(from: LeadStage, allowed: &[LeadStage]) -> Say {
    let (vi_from, from) = (in_words(&[from]), from.as_str());
    if allowed.is_empty() {
        return say!(
            "Yêu cầu đang ở giai đoạn {vi_from}; phía bạn không còn bước nào.",
            "The lead is at {from}; your side has no move from here."
        );
    }
    let (vi_allowed, allowed) = (in_words(allowed), codes(allowed));
    say!(
        "Yêu cầu đang ở giai đoạn {vi_from}; phía bạn có thể chuyển sang: {vi_allowed}.",
        "The lead is at {from}; your side may move it to: {allowed}."
    )
}
