//! From bytes to rows of text: what a list may look like, and its limits.

use super::header::{Header, ImportColumn, Place};
use super::{ImportError, read_csv, read_xlsx};
use crate::say;
use crate::say::{Invalid, Say};
use std::io::Read;
use unicode_normalization::UnicodeNormalization;

/// Rows of one file.
const MOST_ROWS: usize = 100_000;
/// Characters of one field.
const LONGEST_FIELD: usize = 4_096;

/// What a file's name or media type says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    Csv,
    Xlsx,
    Nothing,
}

impl Claimed {
    /// By the extension of a file's name.
    pub fn by_name(path: &std::path::Path) -> Self {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("csv" | "txt") => Self::Csv,
            Some("xlsx" | "xlsm") => Self::Xlsx,
            _ => Self::Nothing,
        }
    }
}

/// A row as text, trimmed and in Unicode NFC.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Line of the text file or row of the sheet, counted from 1.
    pub line: usize,
    /// What there is, of the columns that have something.
    cells: Vec<(ImportColumn, Box<str>)>,
    /// What is wrong with the row's shape, with the column if one is to blame.
    pub malformed: Vec<(Option<ImportColumn>, Invalid)>,
}

impl Row {
    /// A row of its own, as one entry by itself makes it.
    pub fn of(fields: impl IntoIterator<Item = (ImportColumn, Option<String>)>) -> Self {
        let mut row = Self { line: 1, ..Self::default() };
        for (column, text) in fields {
            row.set(column, text.unwrap_or_default());
        }
        row
    }

    fn set(&mut self, column: ImportColumn, text: String) {
        if !text.is_empty() {
            self.cells.push((column, text.into()));
        }
    }

    fn is_blank(&self) -> bool {
        self.cells.is_empty()
    }

    pub fn get(&self, column: ImportColumn) -> Option<&str> {
        self.cells.iter().find(|(known, _)| *known == column).map(|(_, text)| &**text)
    }
}

/// Reads a list. Takes no more than `limit` bytes (and one, to know) from the reader, even from a special file.
pub fn read(reader: impl Read, limit: usize, claimed: Claimed) -> Result<Vec<Row>, ImportError> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(most).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(ImportError::TooLarge(limit));
    }
    let is = kind(&bytes)?;
    if claimed != Claimed::Nothing && claimed != is {
        return Err(ImportError::unreadable("not_what_it_claims", mismatch(claimed)));
    }
    match is {
        Claimed::Xlsx => read_xlsx::read(&bytes),
        Claimed::Csv | Claimed::Nothing => read_csv::read(&bytes),
    }
}

/// What the bytes are: a ZIP container can only be a workbook, anything else only text.
fn kind(bytes: &[u8]) -> Result<Claimed, ImportError> {
    const OLE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    if bytes.is_empty() {
        return Err(empty());
    }
    if bytes.starts_with(OLE) {
        return Err(ImportError::unreadable(
            "protected_or_old_workbook",
            Say::new(
                "Đây là tệp Excel đời cũ (.xls) hoặc có mật khẩu; hãy bỏ mật khẩu và lưu lại thành .xlsx.",
                "This is an old Excel file (.xls) or one with a password; please save it as .xlsx without password.",
            ),
        ));
    }
    Ok(match bytes.starts_with(b"PK") {
        true => Claimed::Xlsx,
        false => Claimed::Csv,
    })
}

fn mismatch(claimed: Claimed) -> Say {
    match claimed {
        Claimed::Xlsx => Say::new(
            "Tệp không phải sổ tính XLSX như tên hoặc kiểu của nó nói; nếu là văn bản, hãy gửi dạng CSV.",
            "The file is not the XLSX workbook its name or type says; if it is text, send it as CSV.",
        ),
        _ => Say::new(
            "Tệp không phải CSV như tên hoặc kiểu của nó nói mà là tệp nén hoặc XLSX.",
            "The file is not the CSV its name or type says but an archive or XLSX.",
        ),
    }
}

/// Collects the rows below a header, within the limits.
pub struct Table {
    header: Header,
    rows: Vec<Row>,
}

impl Table {
    pub fn new(names: &[&str]) -> Result<Self, ImportError> {
        Ok(Self { header: Header::read(names)?, rows: Vec::new() })
    }

    pub fn column(&self, position: usize) -> Option<ImportColumn> {
        self.header.column(position)
    }

    /// Columns of the header.
    pub fn width(&self) -> usize {
        self.header.width()
    }

    /// Adds a row; one without any text is left out.
    pub fn push(
        &mut self,
        line: usize,
        fields: &[&str],
        mut malformed: Vec<(Option<ImportColumn>, Invalid)>,
    ) -> Result<(), ImportError> {
        let mut row = Row { line, ..Row::default() };
        let mut beyond = false;
        for (place, field) in fields.iter().enumerate() {
            check_length(field, line)?;
            let text = clean(field);
            match self.header.place(place) {
                Some(Place::Column(column)) => row.set(column, text),
                Some(Place::Skipped) => {}
                None => beyond |= !text.is_empty(),
            }
        }
        if row.is_blank() && !beyond && malformed.is_empty() {
            return Ok(());
        }
        let (given, expected) = (fields.len(), self.header.width());
        if beyond || given < expected {
            let say = say!(
                "Dòng có {given} ô, tiêu đề có {expected}; có thể thiếu dấu ngoặc kép quanh một ô có dấu phân cách.",
                "The row has {given} cells, the header {expected}; a cell with a separator may lack its quotes."
            );
            malformed.push((None, Invalid::new("wrong_number_of_cells", say)));
        }
        if self.rows.len() == MOST_ROWS {
            return Err(ImportError::unreadable(
                "too_many_rows",
                say!(
                    "Tệp có hơn {MOST_ROWS} dòng; hãy chia nhỏ.",
                    "The file has more than {MOST_ROWS} rows; please split it."
                ),
            ));
        }
        self.rows.push(Row { malformed, ..row });
        Ok(())
    }

    /// The rows; a list has some.
    pub fn finish(self) -> Result<Vec<Row>, ImportError> {
        match self.rows.is_empty() {
            false => Ok(self.rows),
            true => Err(ImportError::unreadable(
                "no_rows",
                Say::new(
                    "Tệp chỉ có dòng tiêu đề, không có dòng sản phẩm nào.",
                    "The file has a header only and no row of a product.",
                ),
            )),
        }
    }
}

/// A file without any text.
pub fn empty() -> ImportError {
    ImportError::unreadable("empty_file", Say::new("Tệp trống.", "The file is empty."))
}

fn check_length(text: &str, line: usize) -> Result<(), ImportError> {
    // Bytes first: no field of fewer has more characters.
    if text.len() <= LONGEST_FIELD || text.chars().count() <= LONGEST_FIELD {
        return Ok(());
    }
    Err(ImportError::unreadable(
        "field_too_long",
        say!(
            "Dòng {line} có một ô dài hơn {LONGEST_FIELD} ký tự; có thể một dấu ngoặc kép chưa được đóng.",
            "Line {line} has a field of more than {LONGEST_FIELD} characters; a quote may not be closed."
        ),
    ))
}

/// Trimmed, in NFC.
pub fn clean(text: &str) -> String {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}');
    text.nfc().collect()
}
