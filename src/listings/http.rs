//! Listings over HTTP: producers keep their own, officers those of their province.

mod content;
mod documents;
mod schemas;
mod views;
mod withdrawals;

use super::ListingError;
use crate::http::{Code, Problem};
use crate::say::Say;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(content::get_listing)
        .service(content::update_listing)
        .service(withdrawals::create_listing_withdrawal)
        .service(withdrawals::delete_listing_withdrawal)
        .service(documents::create_listing_document)
        .service(documents::delete_listing_document)
        .service(schemas::list_listing_schemas)
        .service(schemas::get_listing_schema);
}

impl From<ListingError> for Problem {
    fn from(error: ListingError) -> Self {
        match error {
            ListingError::NotFound | ListingError::NoSuchDocument => Self::not_found(),
            ListingError::NotWithdrawn => Self::not_found().detail(Say::new(
                "Sản phẩm này không bị rút.",
                "This listing is not withdrawn.",
            )),
            ListingError::ReadOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Tài khoản của bạn chỉ được xem trong tổ chức này.",
                "Your account may only read in this organisation.",
            )),
            ListingError::OfficersOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Giấy chứng nhận do cán bộ OCOP của tỉnh ghi nhận sau khi đã xem bản chính.",
                "Certificates are recorded by an OCOP officer of the province who has seen them.",
            )),
            ListingError::AlreadyWithdrawn => Self::new(Code::AlreadyWithdrawn),
            ListingError::AlreadyRecorded(document) => Self::new(Code::AlreadyRecorded)
                .detail(Say::new(
                    "Sản phẩm đã có giấy cùng loại, cùng số này; nếu ghi sai, hãy xóa giấy ấy trước.",
                    "The listing has a document of this kind and number; if that one is wrong, delete it first.",
                ))
                .with("document_id", document),
            ListingError::Invalid(faults) => Self::invalid_body(faults),
            ListingError::Db(failure) => failure.into(),
        }
    }
}
