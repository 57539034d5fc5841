//! Listings over HTTP: producers keep their own, officers those of their province.

mod answers;
mod content;
mod document_log;
mod document_shares;
mod documents;
mod drafts;
mod overview;
mod readiness;
mod reviews;
mod schemas;
mod shared_documents;
mod shared_page;
mod submission_views;
mod submissions;
mod versions;
mod views;
mod withdrawals;

pub use shared_page::configure_pages;

use super::ListingError;
use crate::http::{Code, Problem};
use crate::say::Say;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(overview::list_listings)
        .service(content::get_listing)
        .service(content::update_listing)
        .service(drafts::delete_listing_draft)
        .service(submissions::create_listing_submission)
        .service(submissions::list_submissions_of_listing)
        .service(submissions::get_listing_submission)
        .service(submissions::delete_listing_submission)
        .service(reviews::list_listing_submissions)
        .service(reviews::create_listing_review)
        .service(versions::list_listing_versions)
        .service(versions::get_listing_version)
        .service(versions::create_listing_restoration)
        .service(withdrawals::create_listing_withdrawal)
        .service(withdrawals::delete_listing_withdrawal)
        .service(documents::create_listing_document)
        .service(documents::get_listing_document)
        .service(documents::update_listing_document)
        .service(documents::delete_listing_document)
        .service(documents::create_listing_document_check)
        .service(document_log::get_listing_document_content)
        .service(document_log::list_listing_document_accesses)
        .service(document_shares::create_listing_document_share)
        .service(document_shares::list_listing_document_shares)
        .service(document_shares::delete_listing_document_share)
        .service(shared_documents::create_shared_document_preview)
        .service(shared_documents::create_shared_document_opening)
        .service(readiness::get_listing_readiness)
        .service(readiness::list_readiness_profiles)
        .service(answers::update_listing_answer)
        .service(answers::get_listing_answer)
        .service(answers::list_listing_answers)
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
                "Việc này dành cho cán bộ OCOP của tỉnh.",
                "This is for an OCOP officer of the province.",
            )),
            ListingError::ReviewersOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Nội dung do cán bộ OCOP của tỉnh duyệt.",
                "What was handed in is decided on by an OCOP officer of the province.",
            )),
            ListingError::ProducersOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Việc này của riêng chủ thể: bản nháp, đề nghị duyệt, giấy tờ và liên kết của mình.",
                "This is the producer's own: its drafts and what it hands in, its papers and the links to them.",
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
            ListingError::BuyersOnly => Self::new(Code::Forbidden).detail(Say::new(
                "Chỉ tổ chức mua hàng trả lời về sản phẩm, và chỉ cho chính mình.",
                "Organisations that buy answer about a product, each for itself.",
            )),
            ListingError::PaperDecided => Self::new(Code::AlreadyDecided).detail(Say::new(
                "Cán bộ đã xem xét giấy này. Giấy đã kiểm tra chỉ đổi được mức công khai; giấy bị từ chối thì sửa rồi chờ xem lại.",
                "An officer has decided on this paper. Of a checked one only the disclosure changes; a refused one is looked at \
                 anew once it was changed.",
            )),
            ListingError::TooManyPapers => Self::new(Code::NotPossibleNow).detail(Say::new(
                "Đã đủ số giấy tờ hoặc liên kết; hãy xóa bớt trước.",
                "There are as many papers or links as there may be; remove some first.",
            )),
            ListingError::NoFile => Self::not_found().detail(Say::new(
                "Giấy này không có tệp.",
                "This paper has no file.",
            )),
            ListingError::NotShareable => Self::new(Code::NotPossibleNow).detail(Say::new(
                "Chỉ chia sẻ giấy có tệp, không bị từ chối và không dành riêng cho cán bộ.",
                "A paper is shared if it has a file, was not refused, and is not for officers only.",
            )),
            ListingError::InvalidLink => Self::new(Code::InvalidLink).detail(Say::new(
                "Liên kết không đúng, đã hết hạn, đã bị rút hoặc đã dùng hết lượt; hãy xin chủ thể liên kết mới.",
                "The link is wrong, has run out, was taken back or is used up; ask the producer for another one.",
            )),
            ListingError::SenselessAnswer(allowed) => Self::new(Code::IllegalMove)
                .detail(Say::new(
                    "Câu trả lời này không tiếp nối câu trước.",
                    "This answer does not follow the one before.",
                ))
                .with("allowed", allowed),
            ListingError::File(error) => error.into(),
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
