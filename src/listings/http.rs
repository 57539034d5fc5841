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
            ListingError::ReviewersOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Nội dung do cán bộ OCOP của tỉnh duyệt.",
                "What was handed in is decided on by an OCOP officer of the province.",
            )),
            ListingError::ProducersOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Bản nháp và đề nghị duyệt là việc của chủ thể; cán bộ sửa trực tiếp.",
                "Drafts, and handing them in, are the producer's own; officers change the listing directly.",
            )),
            ListingError::OwnCase => Self::new(Code::Forbidden).detail(Say::new(
                "Bạn làm thay hoặc là thành viên của chủ thể này, nên cán bộ khác phải quyết định.",
                "You act for this producer or belong to it, so another officer has to decide.",
            )),
            ListingError::NothingDrafted => Self::new(Code::NotPossibleNow)
                .detail(Say::new("Bản nháp không có gì.", "There is nothing in the draft.")),
            ListingError::AlreadySubmitted(submission) => Self::new(Code::AlreadyRecorded)
                .detail(Say::new(
                    "Đã có một đề nghị đang chờ duyệt; hãy rút lại trước nếu muốn gửi bản khác.",
                    "A submission waits already; take it back first if another is to take its place.",
                ))
                .with("submission_id", submission),
            ListingError::AlreadyDecided(state) => Self::new(Code::AlreadyDecided).with("state", state),
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
