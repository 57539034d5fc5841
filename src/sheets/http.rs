//! Workbooks of listings over HTTP.

mod change_sets;
mod listing_sheets;
mod reversals;
mod upload;
mod views;

use super::{MOST_ROWS, SheetError};
use crate::http::{Code, Problem};
use crate::input::Faults;
use crate::say;
use crate::say::{Invalid, Language, Say};
use utoipa_actix_web::service_config::ServiceConfig;
use views::{CellFaultView, ChangedSinceView};

/// What a workbook is called on the wire.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(listing_sheets::get_listing_sheet)
        .service(upload::create_listing_change_set)
        .service(change_sets::list_listing_change_sets)
        .service(change_sets::get_listing_change_set)
        .service(reversals::create_listing_change_set_reversal);
}

impl SheetError {
    /// For a reader of this language: what is told cell by cell stands in members of the problem's own.
    fn problem(self, language: Language) -> Problem {
        match self {
            Self::NotFound => Problem::not_found(),
            Self::Unreadable(unreadable) => {
                let problem = Problem::new(Code::UnreadableFile).detail(unreadable.invalid.say);
                let problem = problem.with("reason", unreadable.invalid.code);
                match unreadable.cause {
                    Some(cause) => problem.cause(cause),
                    None => problem,
                }
            }
            Self::Faulty(faults) => {
                let total = faults.total;
                let cells: Vec<CellFaultView> =
                    faults.first.into_iter().map(|fault| CellFaultView::new(fault, language)).collect();
                Problem::new(Code::InvalidCells)
                    .detail(say!(
                        "Có {total} lỗi; không có gì được ghi.",
                        "{total} faults were found; nothing was written."
                    ))
                    .with("cells_total", total)
                    .with("cells", cells)
            }
            Self::TooMany => {
                let say = say!(
                    "Một sổ tính chứa nhiều nhất {MOST_ROWS} sản phẩm; hãy lọc theo producer, set hoặc province.",
                    "A workbook holds at most {MOST_ROWS} listings; narrow them by producer, set or province."
                );
                Problem::invalid_query(Faults::one(["producer"], Invalid::new("too_many_rows", say)))
            }
            Self::NotYours => Problem::new(Code::Forbidden).detail(Say::new(
                "Chỉ người được sửa mọi sản phẩm của lần thay đổi này mới hoàn tác được; nếu cán bộ đã làm thì chỉ cán bộ.",
                "Only who may change all listings of this set may undo it; one made by an office, only the office.",
            )),
            Self::AlreadyReversed => Problem::new(Code::AlreadyUndone),
            Self::ChangedSince(changed) => {
                let listings: Vec<ChangedSinceView> = changed.into_iter().map(ChangedSinceView::from).collect();
                Problem::new(Code::ChangedSince)
                    .detail(Say::new(
                        "Các trường này đã được sửa sau đó; không có gì được ghi.",
                        "These fields have been changed since; nothing was written.",
                    ))
                    .with("listings", listings)
            }
            Self::Listing(error) => error.into(),
            Self::Db(failure) => failure.into(),
        }
    }
}

/// A use case's error on its way out of a transaction, with the language of who is to read it.
enum Failed {
    Sheet(SheetError, Language),
    Problem(Problem),
}

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Sheet(error, language) => error.problem(language),
            Failed::Problem(problem) => problem,
        }
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<crate::db::Failure> for Failed {
    fn from(failure: crate::db::Failure) -> Self {
        Self::Problem(failure.into())
    }
}

impl From<diesel::result::Error> for Failed {
    fn from(error: diesel::result::Error) -> Self {
        Self::Problem(error.into())
    }
}
