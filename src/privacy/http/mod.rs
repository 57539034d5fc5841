//! Requests and answers about personal data.

mod account;
mod consent_texts;
mod consents;
mod handling;
mod requests;
mod rules;

use super::PrivacyError;
use crate::auth::Session;
use crate::http::{Code, Problem};
use crate::input::Faults;
use crate::say;
use crate::say::{Say, span};
use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, RETRY_AFTER};
use actix_web::{FromRequest, HttpRequest};
use std::future::Future;
use std::pin::Pin;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(consent_texts::list_consent_texts)
        .service(consent_texts::get_consent_text)
        .service(rules::list_retention_rules)
        .service(consents::list_consents)
        .service(consents::create_consent)
        .service(consents::delete_consent)
        .service(account::get_account_export)
        .service(account::create_account_erasure)
        .service(requests::create_data_request)
        .service(requests::create_data_request_confirmation)
        .service(handling::list_data_requests)
        .service(handling::get_data_request)
        .service(handling::create_data_request_answer)
        .service(handling::create_data_request_extension)
        .service(handling::create_data_request_erasure)
        .service(handling::create_data_request_export);
}

/// A person, if the request carries a token at all; one that is sent must be good.
struct MaybePerson(Option<Session>);

impl FromRequest for MaybePerson {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let signed_in =
            req.headers().contains_key(AUTHORIZATION).then(|| Session::from_request(req, payload));
        Box::pin(async move {
            match signed_in {
                Some(session) => Ok(Self(Some(session.await?))),
                None => Ok(Self(None)),
            }
        })
    }
}

fn not_possible(vi: &'static str, en: &'static str) -> Problem {
    Problem::new(Code::NotPossibleNow).detail(Say::new(vi, en))
}

impl From<PrivacyError> for Problem {
    fn from(error: PrivacyError) -> Self {
        match error {
            PrivacyError::NotFound => Self::not_found(),
            PrivacyError::UnknownText(purpose) => {
                Self::invalid_body(Faults::one(["text_version"], super::ConsentText::unknown(purpose)))
            }
            PrivacyError::GivenWithEnquiries => not_possible(
                "Sự đồng ý này được cho cùng với từng yêu cầu gửi chủ thể (POST /v1/leads).",
                "This consent is given with each enquiry (POST /v1/leads).",
            ),
            PrivacyError::AccountNeedsIt => not_possible(
                "Tài khoản dựa trên sự đồng ý này; để rút lại, hãy xóa tài khoản (POST /v1/me/erasure).",
                "The account rests on this consent; to withdraw it, erase the account (POST /v1/me/erasure).",
            ),
            PrivacyError::Account(error) => error.into(),
            PrivacyError::LastOwner(organisations) => Self::new(Code::LastOwner)
                .detail(Say::new(
                    "Bạn là chủ sở hữu duy nhất của tổ chức còn thành viên khác; hãy chuyển quyền sở hữu trước.",
                    "You are the only owner of an organisation that has other members; transfer its ownership first.",
                ))
                .with("organisations", organisations),
            PrivacyError::LastAdmin => not_possible(
                "Bạn là quản trị viên duy nhất; hãy mời một quản trị viên khác trước.",
                "You are the only administrator; invite another one first.",
            ),
            PrivacyError::TooOften(wait) => {
                let Say { vi, en } = span(wait);
                let say = say!(
                    "Mỗi ngày tải được tối đa 5 lần; hãy thử lại sau {vi}.",
                    "At most five exports a day; try again in {en}."
                );
                Self::new(Code::TooManyRequests).detail(say).header(RETRY_AFTER, wait.to_string())
            }
            PrivacyError::AskedTooOften(wait) => {
                let Say { vi, en } = span(wait);
                let say = say!(
                    "Mỗi ngày gửi được tối đa 3 yêu cầu; hãy thử lại sau {vi}.",
                    "At most three requests a day; try again in {en}."
                );
                Self::new(Code::TooManyRequests).detail(say).header(RETRY_AFTER, wait.to_string())
            }
            PrivacyError::InvalidLink => Self::new(Code::InvalidLink),
            PrivacyError::AlreadyDecided => Self::new(Code::AlreadyDecided),
            PrivacyError::AlreadyExtended => not_possible(
                "Luật chỉ cho phép gia hạn một lần.",
                "The law allows one extension only.",
            ),
            PrivacyError::Unconfirmed => not_possible(
                "Người gửi chưa xác nhận địa chỉ; yêu cầu chưa có hiệu lực.",
                "The sender has not confirmed the address; the request does not count yet.",
            ),
            PrivacyError::NotAskedFor => not_possible(
                "Loại yêu cầu này không đòi hỏi việc ấy.",
                "A request of this kind does not ask for that.",
            ),
            PrivacyError::Forgotten => not_possible(
                "Địa chỉ của người yêu cầu đã được xóa.",
                "The address of who asked has been forgotten.",
            ),
            PrivacyError::Db(failure) => failure.into(),
        }
    }
}
