//! Requests and answers of accounts.

mod jwks;
mod me;
mod sessions;

use super::AccountError;
use crate::http::{Code, Problem};
use crate::input::Faults;
use crate::say::{Invalid, Say};
use actix_web::http::header::RETRY_AFTER;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(sessions::create_session)
        .service(sessions::refresh_session)
        .service(sessions::delete_session)
        .service(me::get_me)
        .service(me::update_me)
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
