//! Requests and answers of the leads: one file for each operation, or for the few of one kind. What they share are parts:
//!
//! * [`new_lead`], [`new_event`], [`batch_items`], [`lead_answer_content`]: what requests say, with every fault of it;
//! * [`lead`]: a lead as its reader may see it, made of [`parts`] and [`intake_parts`];
//! * [`quote_parts`], [`agreement_parts`]: offers and what was signed;
//! * [`tagged`]: objects whose `type` tells what else stands in them;
//! * [`links`]: the pages that letters lead to.
//!
//! Here is what stands in the way of a use case as a problem document.

mod agreement_changes;
mod agreement_parts;
mod agreements;
mod batch_items;
mod contacts;
mod create_lead;
mod create_lead_batch;
mod create_lead_event;
mod create_lead_quote;
mod get_file;
mod get_lead;
mod intake_parts;
mod lead;
mod lead_answer_content;
mod lead_answers;
mod lead_merges;
mod links;
mod list_enquiry_quotes;
mod list_lead_quotes;
mod list_leads;
mod new_event;
mod new_lead;
mod notifications;
mod parts;
mod quote_parts;
mod tagged;
mod update_lead;

pub use create_lead::Sending;

pub use self::links::configure_pages;
use self::parts::{codes, in_words};
use super::{Illegal, LeadError, LeadEventKind, LeadStage, MOST_AGREEMENTS};
use crate::auth::extract;
use crate::http::{Code, Problem};
use crate::input::Faults;
use crate::say;
use crate::say::{Invalid, Say, span};
use actix_web::http::header::RETRY_AFTER;
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
        .service(contacts::create_contact_request)
        .service(contacts::create_contact_consent)
        .service(contacts::delete_contact_consent)
        .service(contacts::create_contact_reveal)
        .service(agreements::create_lead_agreement)
        .service(agreements::list_lead_agreements)
        .service(agreements::get_lead_agreement)
        .service(agreement_changes::create_lead_agreement_voiding)
        .service(agreement_changes::update_lead_agreement_attribution)
        .service(get_file::get_lead_file)
        .service(update_lead::update_lead)
        .service(lead_merges::create_lead_merge)
        .service(lead_merges::delete_lead_merge)
        .service(lead_answers::create_lead_answer_preview)
        .service(lead_answers::create_lead_answer)
        .service(notifications::get_notifications)
        .service(notifications::update_notifications);
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
            LeadError::AlreadySigned(agreement) => Self::new(Code::AlreadyRecorded)
                .detail(Say::new(
                    "Văn bản này đã được ghi nhận: cùng tệp minh chứng, hoặc cùng số và ngày ký.",
                    "This is recorded already: the same proof, or the same number of the same day.",
                ))
                .with("agreement_id", agreement),
            LeadError::TooManyAgreements => Self::new(Code::NotPossibleNow).detail(say!(
                "Một yêu cầu có nhiều nhất {MOST_AGREEMENTS} văn bản.",
                "A lead has at most {MOST_AGREEMENTS} agreements."
            )),
            LeadError::NotForThisSide => Self::new(Code::Forbidden).detail(Say::new(
                "Việc này không thuộc phía của bạn trong yêu cầu.",
                "This is not for your side of the lead.",
            )),
            LeadError::OtherSide => Self::new(Code::Forbidden).detail(Say::new(
                "Việc này dành cho bên đã ghi nhận và cho cơ quan quản lý.",
                "This is for the side that recorded it, and for the office.",
            )),
            LeadError::AgreementVoid => Self::new(Code::NotPossibleNow)
                .detail(Say::new("Văn bản đã bị hủy ghi nhận.", "The agreement is void.")),
            LeadError::File(error) => error.into(),
            LeadError::InvalidLink => Self::new(Code::InvalidLink).detail(Say::new(
                "Liên kết hoặc mã này đã được dùng, đã hết hạn, hoặc người nhận thư không còn quyền trả lời. Hãy đăng nhập, hoặc đợi thư kế tiếp.",
                "This link or token was used, has run out, or its receiver may not answer any more. Sign in, or wait for the next letter.",
            )),
            LeadError::NotByThisLink => Self::invalid_body(Faults::one(
                ["answer", "type"],
                Invalid::new(
                    "not_applicable",
                    Say::new(
                        "Liên kết này không dùng cho việc ấy; xem possible_answers của POST /v1/lead-answers/previews.",
                        "This link is not for that; see possible_answers of POST /v1/lead-answers/previews.",
                    ),
                ),
            )),
            LeadError::Merged(survivor) => Self::new(Code::LeadMerged).with("merged_into", survivor),
            LeadError::NoConsent => Self::new(Code::ConsentNeeded).detail(Say::new(
                "Người mua chưa đồng ý cho cơ sở này thông tin liên hệ; hãy hỏi và chờ trả lời.",
                "The buyer has not agreed that this producer gets the contact; ask for it and wait for the answer.",
            )),
            LeadError::AskedBefore(wait) => {
                let Say { vi, en } = span(wait);
                let say = say!(
                    "Đã hỏi người mua trong 14 ngày qua; có thể hỏi lại sau {vi}.",
                    "The buyer was asked within the last 14 days; ask again in {en}."
                );
                Self::new(Code::TooManyRequests).detail(say).header(RETRY_AFTER, wait.to_string())
            }
            LeadError::RevealedTooMany { budget, wait } => {
                let Say { vi, en } = span(wait);
                let say = say!(
                    "Mỗi 24 giờ mở được tối đa {budget} thông tin liên hệ; hãy thử lại sau {vi}.",
                    "At most {budget} contacts are revealed in 24 hours; try again in {en}."
                );
                Self::new(Code::TooManyRequests).detail(say).header(RETRY_AFTER, wait.to_string())
            }
            LeadError::Db(failure) => failure.into(),
        }
    }
}

/// Tells the moves that are allowed.
fn no_such_move(from: LeadStage, allowed: &[LeadStage]) -> Say {
    let (vi_from, from) = (in_words(&[from]), from.as_str());
    if allowed.is_empty() {
        return say!(
            "Yêu cầu đang ở giai đoạn {vi_from}; phía bạn không còn bước nào. Việc có thể ghi nhận: xem allowed_events.",
            "The lead is at {from}; your side has no move from here. What it may record: see allowed_events."
        );
    }
    let (vi_allowed, allowed) = (in_words(allowed), codes(allowed));
    say!(
        "Yêu cầu đang ở giai đoạn {vi_from}; phía bạn có thể chuyển sang: {vi_allowed}. Việc có thể ghi nhận: xem allowed_events.",
        "The lead is at {from}; your side may move it to: {allowed}. What it may record: see allowed_events."
    )
}
