//! Requests and answers of accounts.

mod jwks;
mod me;
mod second_factor;
mod sessions;

use super::AccountError;
use crate::http::{Code, Problem};
use crate::input::Faults;
use crate::say;
use crate::say::{Invalid, Say};
use actix_web::http::header::RETRY_AFTER;
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
                Self::new(Code::TooManyRequests)
                    .detail(say!(
                        "Đã sai quá nhiều lần; lần này chưa được xem xét. Hãy thử lại sau {wait} giây.",
                        "Too many wrong attempts; this one was not looked at. Try again in {wait} seconds."
                    ))
                    .header(RETRY_AFTER, wait.to_string())
                    .cause(throttled)
            }
            AccountError::Totp(_) => Self::new(Code::Internal).cause(error),
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
