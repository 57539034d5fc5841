//! Requests and answers of the members: one file for each of the four things, and here what they share.

mod delegations;
mod invitations;
mod members;
mod offices;

use super::{MOST_A_DAY, MemberError};
use crate::http::page::{Cursor, Limit};
use crate::http::{Code, Problem};
use crate::input::Faults;
use crate::say;
use crate::say::Say;
use actix_web::http::header::RETRY_AFTER;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(members::list_members)
        .service(members::get_member)
        .service(members::update_member)
        .service(members::delete_member)
        .service(members::create_ownership_transfer)
        .service(invitations::create_invitation)
        .service(invitations::list_invitations)
        .service(invitations::delete_invitation)
        .service(invitations::create_invitation_acceptance)
        .service(delegations::create_delegation)
        .service(delegations::list_delegations)
        .service(delegations::create_delegation_grant)
        .service(delegations::delete_delegation)
        .service(delegations::list_my_delegations)
        .service(offices::create_office_invitation)
        .service(offices::list_office_invitations)
        .service(offices::delete_office_invitation)
        .service(offices::list_officers)
        .service(offices::delete_officer);
}

impl From<MemberError> for Problem {
    fn from(error: MemberError) -> Self {
        match error {
            MemberError::NotFound => Self::not_found(),
            MemberError::OwnersOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Việc này dành cho chủ sở hữu của tổ chức.",
                "This is for the owners of the organisation.",
            )),
            MemberError::AdminsOnly => Self::new(Code::Forbidden)
                .detail(Say::new("Việc này dành cho quản trị viên.", "This is for administrators.")),
            MemberError::OtherAddress => Self::new(Code::Forbidden).detail(Say::new(
                "Lời mời này gửi đến một địa chỉ email khác; hãy đăng nhập bằng tài khoản của địa chỉ ấy, hoặc nhờ mời lại.",
                "This invitation went to another e-mail address: sign in with the account of that address, or ask to be \
                 invited at yours.",
            )),
            MemberError::LastOwner => Self::new(Code::LastOwner).detail(Say::new(
                "Tổ chức phải luôn có chủ sở hữu; hãy chuyển quyền sở hữu trước.",
                "An organisation always has an owner; transfer the ownership first.",
            )),
            MemberError::AlreadyMember => Self::new(Code::AlreadyMember),
            MemberError::AlreadyDecided => Self::new(Code::AlreadyDecided),
            MemberError::NotPossible(say) => Self::new(Code::NotPossibleNow).detail(say),
            MemberError::InvalidLink => Self::new(Code::InvalidLink).detail(Say::new(
                "Lời mời đã được dùng, đã bị rút hoặc đã quá 7 ngày; hãy nhờ người mời gửi lại.",
                "The invitation was used, withdrawn or is older than 7 days; ask for another one.",
            )),
            MemberError::TooManyInvitations => Self::new(Code::TooManyRequests)
                .detail(say!(
                    "Nhiều nhất {MOST_A_DAY} lời mời trong 24 giờ.",
                    "At most {MOST_A_DAY} invitations within 24 hours."
                ))
                .header(RETRY_AFTER, "3600"),
            MemberError::Invalid(faults) => Self::invalid_body(faults),
            MemberError::Account(error) => error.into(),
            MemberError::Db(failure) => failure.into(),
        }
    }
}

/// Which page of a list.
#[derive(Debug, IntoParams, deserr::Deserr)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct Paging {
    /// Rows of a page: 1 to 100, 20 unless told.
    #[deserr(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

impl Paging {
    /// The sort key of the last row of the page before.
    fn after<K: serde::de::DeserializeOwned>(&self, bound_to: &str) -> Result<Option<K>, Problem> {
        self.cursor.as_ref().map(|cursor| cursor.open(bound_to)).transpose()
    }
}
