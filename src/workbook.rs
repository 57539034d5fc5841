//! Workbooks from outside: XLSX files that somebody has sent.
//!
//! A workbook is a ZIP container of XML, and both can lie. So the container is unpacked once to nowhere, with a limit,
//! before anything believes in it, and the parser of the XML, which is not ours, may fail as it likes.

use crate::say;
use crate::say::{Invalid, Say};
use calamine::{Reader, Xlsx, XlsxError};
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A workbook that can be read.
pub type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Why bytes are no workbook that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    pub invalid: Invalid,
    /// What a parser said, in the words of its makers: for the log.
    pub cause: Option<String>,
}

impl Unreadable {
    pub fn new(code: &'static str, say: Say) -> Self {
        Self { invalid: Invalid::new(code, say), cause: None }
    }
}

/// Reads a workbook that unpacks to no more than `most` bytes.
pub fn read<T, E: From<Unreadable>>(
    bytes: &[u8],
    most: u64,
    read: impl FnOnce(&mut Book<'_>) -> Result<T, E>,
) -> Result<T, E> {
    check_container(bytes, most)?;
    let opened = || {
        let mut book = Xlsx::new(Cursor::new(bytes)).map_err(not_a_workbook)?;
        read(&mut book)
    };
    catch_unwind(AssertUnwindSafe(opened)).unwrap_or_else(|_| Err(damaged("unexpected content").into()))
}

pub fn damaged(cause: impl std::fmt::Display) -> Unreadable {
    let say = Say::new(
        "Tệp XLSX bị cắt cụt hoặc hỏng; hãy lưu và gửi lại.",
        "The XLSX file is truncated or damaged; please save and send it again.",
    );
    Unreadable { cause: Some(cause.to_string()), ..Unreadable::new("damaged_workbook", say) }
}

fn protected() -> Unreadable {
    Unreadable::new(
        "protected_workbook",
        Say::new(
            "Tệp XLSX có mật khẩu; hãy bỏ mật khẩu rồi gửi lại.",
            "The XLSX file has a password; please remove it and send the file again.",
        ),
    )
}

pub fn oversized(most: u64) -> Unreadable {
    let megabytes = most / (1024 * 1024);
    Unreadable::new(
        "oversized_workbook",
        say!(
            "Nội dung giải nén của tệp XLSX lớn hơn {megabytes} MB.",
            "The XLSX file unpacks to more than {megabytes} MB."
        ),
    )
}

/// What the parser says of a container that is whole.
pub fn not_a_workbook(error: XlsxError) -> Unreadable {
    match error {
        XlsxError::Password => protected(),
        XlsxError::FileNotFound(_) | XlsxError::RelationshipNotFound => Unreadable::new(
            "not_a_workbook",
            Say::new(
                "Tệp nén này không phải sổ tính Excel (.xlsx).",
                "This archive is not an Excel workbook (.xlsx).",
            ),
        ),
        other => damaged(other),
    }
}

/// Is it a whole container without secrets that unpacks to no more than the limit? Once by what it declares, once by
/// what comes out.
fn check_container(bytes: &[u8], most: u64) -> Result<(), Unreadable> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut declared: u64 = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        if entry.encrypted() {
            return Err(protected());
        }
        declared = declared.saturating_add(entry.size());
    }
    if declared > most {
        return Err(oversized(most));
    }
    let mut left = most;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(damaged)?;
        let unpacked = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink()).map_err(damaged)?;
        left = left.checked_sub(unpacked).ok_or_else(|| oversized(most))?;
    }
    Ok(())
}
