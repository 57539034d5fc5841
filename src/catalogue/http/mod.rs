//! The public endpoints of the catalogue. What they answer is the same for everybody.

mod changes;
mod conditional;
mod digest;
mod export;
mod facets;
mod filters;
mod producers;
mod products;
mod shortcut;
mod suggestions;
mod verifications;
mod views;

pub use shortcut::Shortcut;

use super::verification::Numeric;
use super::{Absent, CatalogueError, Gone, document};
use crate::http::{Code, Problem};
use crate::say;
use crate::say::Say;
use actix_web::http::header::RETRY_AFTER;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(products::list_products)
        // Ahead of the product whose id it could be.
        .service(suggestions::list_product_suggestions)
        .service(products::get_product)
        .service(producers::list_producers)
        .service(producers::get_producer)
        .service(verifications::get_verification)
        .service(changes::list_catalogue_changes)
        .service(digest::get_catalogue_digest)
        .service(export::get_catalogue_export);
}

impl From<CatalogueError> for Problem {
    fn from(error: CatalogueError) -> Self {
        match error {
            CatalogueError::Db(failure) => failure.into(),
            CatalogueError::Cursor(problem) => problem,
            CatalogueError::NotFound => Self::not_found(),
            CatalogueError::NotInForce(absent) => not_in_force(absent),
            CatalogueError::NotYet(seq) => Self::new(Code::ChangeNotReached)
                .detail(say!(
                    "Thay đổi số {seq} chưa đến; hãy thử lại sau giây lát.",
                    "Change {seq} has not come yet; try again in a moment."
                ))
                .header(RETRY_AFTER, "1"),
            CatalogueError::OutOfReach { after, floor, head } => Self::new(Code::ResyncRequired)
                .detail(say!(
                    "Chỉ còn biết các thay đổi từ {floor} đến {head}, không biết từ {after}; hãy tải lại toàn bộ danh mục.",
                    "Changes are known from {floor} to {head}, not from {after}; load the whole export again."
                ))
                .with("floor", floor)
                .with("head", head),
        }
    }
}

fn not_in_force(absent: Absent) -> Problem {
    let Absent { code, why, state, since, successor } = absent;
    let detail = match (why, since) {
        (Gone::Withdrawn, _) => Say::new(
            "Chủ thể đã ngừng giới thiệu sản phẩm này.",
            "Its producer offers this product no longer.",
        ),
        (Gone::MergedInto, _) => Say::new(
            "Sản phẩm này đã được ghi hai lần; hãy dùng sản phẩm ở successor_id.",
            "This product had been recorded twice; see the one of successor_id.",
        ),
        (Gone::Superseded, None) => Say::new(
            "Sản phẩm khác của chủ thể đã thay sản phẩm này; xem successor_id.",
            "Another product has taken the place of this one; see successor_id.",
        ),
        (Gone::Expired | Gone::Revoked | Gone::Superseded, since) => {
            let (vi, en) = since.map_or_else(Default::default, |since| {
                (format!(" từ ngày {}", Numeric(since)), format!(" since {since}"))
            });
            say!(
                "Sản phẩm đã từng được công nhận nhưng không còn hiệu lực{vi}.",
                "The product was certified once, but has not been in force{en}."
            )
        }
    };
    let problem = Problem::new(Code::NotInForce)
        .detail(detail)
        .with("reason", why)
        .with("state", state)
        .with("verification_url", document::verification_url(code));
    let problem = since.into_iter().fold(problem, |problem, since| problem.with("since", since));
    successor.into_iter().fold(problem, |problem, successor| problem.with("successor_id", successor))
}
