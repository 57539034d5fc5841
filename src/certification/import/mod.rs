//! Lists of recognised products, as offices keep them: CSV and XLSX in, a report row by row out.
//!
//! * [`read`] takes the bytes for what they are, whatever the name says, within fixed limits; a file that is not what
//!   it claims is one clear [`ImportError`].
//! * [`row`] makes of a row a recognition, a claim, or all its faults at once.
//! * [`run()`] brings the rows into the ledger in one transaction and tells what came of each. The same file again
//!   changes nothing.
//! * [`command()`] is the same on the command line.
//!
//! The columns are those of [`ImportColumn`], in any order, by its names or by the Vietnamese ones lists carry; only
//! `product_name` and `province` (or `commune_code`) are required.

mod command;
mod file;
mod header;
mod read_csv;
mod read_xlsx;
mod report;
mod row;
mod run;

pub use command::command;
pub use file::{Claimed, Row, read};
pub use header::ImportColumn;
pub use report::{ImportCounts, ImportRemark, ImportReport, Outcome, Remark, Report, RowReport, Standing};
pub use row::{Refused, Statement, read as read_row};
pub use run::{Scope, run};

use crate::db;
use crate::say::{Invalid, Say};

/// Why a file cannot be imported at all. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{}", .invalid.say.en)]
    Unreadable {
        invalid: Invalid,
        /// What a parser said, in the words of its makers: for the log.
        cause: Option<String>,
    },
    #[error("the file is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Db(db::Failure),
}

crate::db_errors!(ImportError);

impl ImportError {
    fn unreadable(code: &'static str, say: Say) -> Self {
        Self::Unreadable { invalid: Invalid::new(code, say), cause: None }
    }

    fn damaged(code: &'static str, say: Say, cause: impl std::fmt::Display) -> Self {
        Self::Unreadable { invalid: Invalid::new(code, say), cause: Some(cause.to_string()) }
    }

    /// For the person who brought the file.
    pub fn say(&self) -> Say {
        match self {
            Self::Unreadable { invalid, .. } => invalid.say.clone(),
            Self::TooLarge(limit) => crate::say!(
                "Tệp lớn hơn giới hạn {limit} byte.",
                "The file is larger than the limit of {limit} bytes."
            ),
            Self::Io(_) => Say::new("Không đọc được tệp.", "The file cannot be read."),
            Self::Db(_) => Say::new(
                "Cơ sở dữ liệu không ghi được; chưa ghi gì.",
                "The database did not take it; nothing was written.",
            ),
        }
    }

    /// For whoever runs the service: what the layer below said, in its own words.
    pub fn cause(&self) -> Option<String> {
        match self {
            Self::Unreadable { cause, .. } => cause.clone(),
            Self::TooLarge(_) => None,
            Self::Io(error) => Some(error.to_string()),
            Self::Db(failure) => Some(failure.to_string()),
        }
    }
}
