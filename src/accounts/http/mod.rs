//! Requests and answers of accounts.

mod email;
mod jwks;
mod links;
mod me;
mod passwords;
mod registrations;
mod second_factor;
mod sessions;

use super::links::WINDOW_SECONDS;
use super::{AccountError, Email};
use crate::http::limits::Allowance;
use crate::http::{Code, Problem, reply};
use crate::input::Faults;
use crate::say;
use crate::say::{Invalid, Say, span};
use actix_web::HttpResponse;
use actix_web::http::header::RETRY_AFTER;
pub use links::configure_pages;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(sessions::create_session)
        .service(sessions::refresh_session)
        .service(sessions::delete_session)
        .service(sessions::list_sessions)
        .service(sessions::delete_session_of_mine)
        .service(sessions::delete_other_sessions)
        .service(me::get_me)
        .service(me::update_me)
        .service(second_factor::create_second_factor)
        .service(second_factor::create_second_factor_confirmation)
        .service(second_factor::delete_second_factor)
        .service(second_factor::create_recovery_codes)
        .service(registrations::create_registration)
        .service(registrations::create_registration_confirmation)
        .service(passwords::update_password)
        .service(passwords::create_password_reset)
        .service(passwords::create_password_reset_confirmation)
        .service(email::create_email_change)
        .service(email::create_email_change_confirmation)
        .service(jwks::get_jwks);
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::InvalidCredentials => Self::new(Code::InvalidCredentials),
            AccountError::InvalidRefreshToken => Self::new(Code::InvalidRefreshToken),
            AccountError::RefreshTokenReused => Self::new(Code::InvalidRefreshToken)
                .detail(Say::new(
                    "Mã làm mới này đã được dùng; để an toàn, phiên đã kết thúc. Hãy đăng nhập lại.",
                    "This refresh token has been used before; to be safe, its session has been ended. Sign in again.",
                ))
                .cause(error),
            AccountError::Changed => Self::new(Code::PreconditionFailed).detail(Say::new(
                "Dữ liệu vừa được sửa ở nơi khác; hãy đọc lại rồi thử lại.",
                "This was changed elsewhere just now; read it again, then try again.",
            )),
            AccountError::EmailTaken => Self::invalid_body(Faults::one(
                ["email"],
                Invalid::new(
                    "taken",
                    Say::new("Email này đã có tài khoản.", "This e-mail address already has an account."),
                ),
            )),
            AccountError::WrongPassword => Self::invalid_body(Faults::one(
                ["password"],
                Invalid::new("wrong_password", Say::new("Mật khẩu không đúng.", "The password is wrong.")),
            )),
            AccountError::WrongCode(field) => Self::invalid_body(Faults::one(
                [field],
                Invalid::new(
                    "wrong_code",
                    Say::new(
                        "Mã xác thực không đúng, đã hết hạn hoặc đã dùng.",
                        "The code is wrong, has run out, or was used.",
                    ),
                ),
            )),
            AccountError::CodeMissing => Self::invalid_body(Faults::one(
                ["code"],
                Invalid::new(
                    "missing",
                    Say::new(
                        "Tài khoản có xác thực hai lớp: hãy gửi kèm mã.",
                        "This account has a second factor: send its code too.",
                    ),
                ),
            )),
            AccountError::NoSecondFactor => Self::new(Code::NotPossibleNow).detail(Say::new(
                "Tài khoản chưa có xác thực hai lớp.",
                "This account has no second factor.",
            )),
            AccountError::NothingPending => Self::new(Code::NotPossibleNow).detail(Say::new(
                "Hãy bắt đầu ở POST /v1/me/second-factor; mã bí mật chờ xác nhận trong một giờ.",
                "Begin at POST /v1/me/second-factor; the secret waits for its confirmation for an hour.",
            )),
            AccountError::OfficeNeedsSecondFactor => Self::new(Code::NotPossibleNow).detail(Say::new(
                "Cán bộ và quản trị viên phải có xác thực hai lớp; có thể đổi sang thiết bị khác ở POST /v1/me/second-factor.",
                "Officers and administrators keep a second factor; POST /v1/me/second-factor changes to another device.",
            )),
            AccountError::Throttled(throttled) => {
                let wait = throttled.wait_seconds;
                let Say { vi, en } = span(wait);
                Self::new(Code::TooManyRequests)
                    .detail(say!(
                        "Đã sai quá nhiều lần; lần này chưa được xem xét. Hãy thử lại sau {vi}.",
                        "Too many wrong attempts; this one was not looked at. Try again in {en}."
                    ))
                    .header(RETRY_AFTER, wait.to_string())
                    .cause(throttled)
            }
            AccountError::Totp(_) => Self::new(Code::Internal).cause(error),
            AccountError::InvalidLink => Self::new(Code::InvalidLink).detail(Say::new(
                "Liên kết hoặc mã này đã được dùng, đã hết hạn hoặc không đúng; hãy yêu cầu thư mới.",
                "This link or token was used, has run out or is wrong; ask for a new letter.",
            )),
            AccountError::OtherAddress => Self::invalid_body(Faults::one(
                ["email"],
                Invalid::new(
                    "other_address",
                    Say::new(
                        "Lời mời được gửi tới một địa chỉ email khác.",
                        "The invitation was sent to another e-mail address.",
                    ),
                ),
            )),
            AccountError::AddressGone => Self::new(Code::NotPossibleNow).detail(Say::new(
                "Địa chỉ email này nay đã có tài khoản; hãy đăng nhập bằng tài khoản ấy hoặc dùng địa chỉ khác.",
                "The e-mail address has an account by now: sign in with that, or use another address.",
            )),
            AccountError::Organisation(_) | AccountError::Consent(_) | AccountError::Json(_) => Self::new(Code::NotPossibleNow)
                .detail(Say::new(
                    "Thông tin trong đăng ký này không còn dùng được; hãy đăng ký lại.",
                    "What this registration says is out of date; please register again.",
                ))
                .cause(error),
            AccountError::TooManyLetters => Self::new(Code::TooManyRequests)
                .detail(Say::new(
                    "Đã gửi ba thư trong vòng một giờ; hãy thử lại sau.",
                    "Three letters have gone out within the hour; try again later.",
                ))
                .header(RETRY_AFTER, WINDOW_SECONDS.to_string()),
            AccountError::UnknownOrganisation(_) | AccountError::UnknownUser => Self::not_found().cause(error),
            AccountError::Busy(busy) => Self::new(Code::Unavailable)
                .detail(Say::new(
                    "Quá nhiều người đang đăng nhập; hãy thử lại sau giây lát.",
                    "Too many people are signing in; please try again in a moment.",
                ))
                .header(RETRY_AFTER, "2")
                .cause(busy),
            AccountError::Hash(error) => Self::new(Code::Internal).cause(error),
            AccountError::Signing(error) => Self::new(Code::Internal).cause(error),
            AccountError::Db(failure) => failure.into(),
        }
    }
}

/// A letter that goes to an address, if there is reason to.
#[derive(Debug, Serialize, ToSchema)]
struct LetterSent {
    /// The address as it was given.
    #[schema(example = "banhang@example.vn")]
    email: String,
    /// Seconds in which the letter's token is good.
    #[schema(example = 172_800)]
    expires_in: i64,
}

impl LetterSent {
    fn to(email: &Email, expires_in: i64) -> Self {
        Self { email: email.as_str().to_owned(), expires_in }
    }
}

fn sent(answer: &LetterSent, allowance: Option<Allowance>) -> Result<HttpResponse, Problem> {
    let mut response = reply::accepted(answer)?;
    if let Some(allowance) = allowance {
        allowance.describe(&mut response);
    }
    Ok(response)
}

/// When what must not tell whether there is an account is answered: later than the work is done, whichever it was.
const ANSWERED_AFTER: Duration = Duration::from_millis(250);

/// Does the work, and lets the answer wait until the same time for all.
async fn at_the_same_time<T>(work: impl Future<Output = T>) -> T {
    tokio::join!(work, tokio::time::sleep(ANSWERED_AFTER)).0
}
