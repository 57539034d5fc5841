//! Pictures over HTTP.

mod images;
mod imports;
mod published;
mod sending;
mod uploads;

use super::{Away, MOST_PARTS, MOST_UPLOADS, MediaError, UPLOAD_HOURS, Unreadable};
use crate::db::Instant;
use crate::files::Sha256Hex;
use crate::http::{Code, Problem};
use crate::input::Faults;
use crate::media::{Image, ImageView};
use crate::organisations::OrganisationId;
use crate::say;
use crate::say::{Invalid, Say};
use actix_web::http::header::RETRY_AFTER;
use deserr::Deserr;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(published::get_media)
        .service(images::create_image)
        .service(images::get_image)
        .service(imports::create_image_import)
        .service(uploads::create_upload)
        .service(uploads::get_upload)
        .service(uploads::update_upload)
        .service(uploads::delete_upload);
}

/// Whose a picture is to be.
#[derive(Debug, Clone, IntoParams, Deserr)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct OwnerQuery {
    /// The organisation that the image is to belong to; may be left out by who edits for one only.
    #[deserr(default)]
    #[param(value_type = Option<OrganisationId>)]
    organisation: Option<OrganisationId>,
}

/// An image as it is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoredImage {
    #[serde(flatten)]
    view: ImageView,
    /// Whose listings may show it.
    organisation_id: OrganisationId,
    created_at: Instant,
}

impl From<Image> for StoredImage {
    fn from(image: Image) -> Self {
        Self { view: image.view, organisation_id: image.organisation, created_at: image.created_at }
    }
}

/// A hash that the sender tells, as a query parameter.
#[derive(Debug, Clone, IntoParams, Deserr)]
#[into_params(parameter_in = Query)]
#[deserr(error = Faults, deny_unknown_fields)]
struct UploadQuery {
    /// The organisation that the image is to belong to; may be left out by who edits for one only.
    #[deserr(default)]
    #[param(value_type = Option<OrganisationId>)]
    organisation: Option<OrganisationId>,
    /// The SHA-256 the picture has at its sender, in hexadecimal: if another one has arrived, it is refused.
    #[deserr(default)]
    #[param(value_type = Option<Sha256Hex>)]
    sha256: Option<Sha256Hex>,
}

fn unavailable(cause: impl ToString) -> Problem {
    Problem::new(Code::Unavailable)
        .detail(Say::new(
            "Kho hình tạm thời không trả lời nên yêu cầu chưa được thực hiện. Hãy gửi lại sau giây lát.",
            "The store of the pictures does not answer, so nothing was done. Please send it again in a moment.",
        ))
        .header(RETRY_AFTER, "5")
        .cause(cause)
}

fn which() -> Faults {
    Faults::one(
        ["organisation"],
        Invalid::new(
            "missing",
            Say::new(
                "Bạn làm việc cho nhiều tổ chức; hãy cho biết hình thuộc tổ chức nào.",
                "You edit for several organisations; say whose the picture is.",
            ),
        ),
    )
}

impl From<Unreadable> for Problem {
    fn from(error: Unreadable) -> Self {
        Self::new(Code::UnreadableFile).detail(error.say()).cause(error)
    }
}

impl From<Away> for Problem {
    fn from(away: Away) -> Self {
        unavailable(away)
    }
}

impl From<MediaError> for Problem {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::NotFound => Self::not_found(),
            MediaError::NoOrganisation => Self::new(Code::Forbidden).detail(Say::new(
                "Hình do người biên tập của một tổ chức gửi; tài khoản này không biên tập cho tổ chức nào.",
                "Pictures are stored by the editors of an organisation; this account edits for none.",
            )),
            MediaError::WhichOrganisation => Self::invalid_query(which()),
            MediaError::Organisation(error) => error.into(),
            MediaError::Unreadable(error) => error.into(),
            MediaError::OtherHash => Self::new(Code::UnreadableFile).detail(Say::new(
                "Hình nhận được có mã băm khác với mã đã báo; hãy gửi lại từ đầu.",
                "The picture that arrived has another hash than was told; send it anew.",
            )),
            // One answer for all: which it is would tell what stands where nobody may look.
            MediaError::NotFetched(cause) => Self::invalid_body(Faults::one(
                ["url"],
                Invalid::new(
                    "not_fetched",
                    Say::new(
                        "Không lấy được hình từ địa chỉ này; địa chỉ phải là http hoặc https công khai, không quá 25 MB.",
                        "No picture could be fetched from this address; it must be a public one of http or https, \
                         of 25 MB at most.",
                    ),
                ),
            ))
            .cause(cause),
            MediaError::TooManyUploads => Self::new(Code::TooManyRequests)
                .detail(say!(
                    "Mỗi tài khoản có nhiều nhất {MOST_UPLOADS} tệp gửi dở; tệp gửi dở được xóa sau {UPLOAD_HOURS} giờ.",
                    "There may be {MOST_UPLOADS} begun uploads of one account; they are forgotten after {UPLOAD_HOURS} hours."
                ))
                .header(RETRY_AFTER, "3600"),
            MediaError::TooManyParts => Self::new(Code::NotPossibleNow).detail(say!(
                "Một tệp được gửi trong nhiều nhất {MOST_PARTS} phần; hãy bắt đầu lại với các phần lớn hơn.",
                "A file may come in {MOST_PARTS} parts at most; begin anew with larger ones."
            )),
            MediaError::WrongOffset(offset) => Self::new(Code::WrongOffset)
                .detail(say!(
                    "Đã nhận {offset} byte; hãy gửi tiếp từ đó.",
                    "{offset} bytes are there; go on from there."
                ))
                .with("offset", offset)
                .header(uploads::UPLOAD_OFFSET, offset.to_string()),
            MediaError::Away(away) => away.into(),
            MediaError::Busy => Self::new(Code::Unavailable)
                .detail(Say::new(
                    "Nhiều hình đang chờ xử lý; hãy gửi lại sau giây lát.",
                    "Many pictures wait to be processed; send it again in a moment.",
                ))
                .header(RETRY_AFTER, "10"),
            MediaError::NoRoom(error) => unavailable(error),
            error @ MediaError::Damaged(_) => Self::new(Code::Internal).cause(error),
            MediaError::Db(failure) => failure.into(),
        }
    }
}
