//! Requests and answers of machine clients: [`manage`] for their owners, [`oauth`] for the machines themselves, [`metadata`]
//! for libraries that find their way by it.

mod manage;
mod metadata;
mod oauth;
mod oauth_error;
mod secrets;
mod views;

use super::ClientError;
use crate::http::{Code, Problem};
use crate::say::Say;
use utoipa_actix_web::service_config::ServiceConfig;

pub use oauth_error::OAuthError;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(oauth::create_token)
        .service(oauth::revoke_token)
        .service(metadata::get_authorization_server)
        .service(metadata::get_protected_resource)
        .service(manage::list_clients)
        .service(manage::create_client)
        .service(manage::get_client)
        .service(manage::update_client)
        .service(manage::delete_client)
        .service(secrets::create_client_secret)
        .service(secrets::delete_client_secret);
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::NotFound => Self::not_found(),
            ClientError::NotOwner => Self::new(Code::Forbidden).detail(Say::new(
                "Việc này dành cho chủ sở hữu của tổ chức.",
                "This is for owners of the organisation.",
            )),
            ClientError::TooManyClients => Self::new(Code::NotPossibleNow).detail(Say::new(
                "Một tổ chức có nhiều nhất 20 máy khách; hãy thu hồi cái không còn dùng.",
                "An organisation has at most 20 machine clients; revoke one that is not in use any more.",
            )),
            ClientError::TooManySecrets => Self::new(Code::NotPossibleNow).detail(Say::new(
                "Một máy khách có nhiều nhất hai khóa bí mật; hãy xóa khóa cũ trước.",
                "A client has at most two secrets; delete the old one first.",
            )),
            // The machines' own address answers in another form; see `oauth_error`.
            ClientError::Refused(cause) => Self::new(Code::Unauthenticated).cause(cause),
            ClientError::AnotherClient => Self::new(Code::Forbidden).cause(error),
            ClientError::Db(failure) => failure.into(),
        }
    }
}
