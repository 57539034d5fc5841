//! XLSX for people: typed cells, bold frozen headings, a filter on every column.
//!
//! Rows go to a temporary file as they are written (the writer's constant-memory mode), and the packed workbook to
//! another one, so that a workbook of any size takes a few megabytes of memory and its length is known before the first
//! byte is sent. Instants are shown in the time of Việt Nam, without a zone: a spreadsheet knows none.

use super::columns::{COLUMNS, Cell};
use crate::catalogue::published::Published;
use crate::db::Day;
use crate::say::Language;
use jiff::Timestamp;
use jiff::tz::Offset;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, IgnoreError, Workbook, Worksheet, XlsxError};
use std::fs::File;
use std::io::{Seek, Write};

/// The most products a sheet holds: it has 1,048,576 rows, one of them for the headings.
pub const MOST_ROWS: usize = 1_048_575;

const VIETNAM: Offset = Offset::constant(7);

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
pub enum XlsxFailure {
    /// The client must filter, or take another format.
    #[error("a sheet holds at most {MOST_ROWS} products")]
    TooManyRows,
    #[error("a document of the catalogue cannot be read: {0}")]
    Document(#[from] serde_json::Error),
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] XlsxError),
    #[error("the workbook cannot be kept: {0}")]
    Io(#[from] std::io::Error),
}

/// Writes a workbook into a temporary file that nobody else sees; returns it at its beginning, with its length. Takes
/// as long as the catalogue is large: call it where it may block.
pub fn file<D: AsRef<[u8]>>(
    documents: impl IntoIterator<Item = D>,
    language: Language,
    day: Day,
) -> Result<(File, u64), XlsxFailure> {
    let mut file = tempfile::tempfile()?;
    write(documents, language, day, std::io::BufWriter::new(&mut file))?;
    let length = file.stream_position()?;
    file.rewind()?;
    Ok((file, length))
}

/// Writes a workbook that says it was made on `day`: the same documents make the same bytes.
pub fn write<D: AsRef<[u8]>>(
    documents: impl IntoIterator<Item = D>,
    language: Language,
    day: Day,
    out: impl Write + Send,
) -> Result<(), XlsxFailure> {
    let name = match language {
        Language::Vi => "Sản phẩm OCOP",
        Language::En => "OCOP products",
    };
    let headings = COLUMNS.iter().map(|column| (column.heading(language), column.width));
    let mut table = Table::begin(name, headings, language, day)?;
    for document in documents {
        let product = Published::read(document.as_ref())?;
        table.row(COLUMNS.iter().map(|column| column.cell(&product, language)))?;
    }
    table.finish(out)
}

/// A workbook of one table, row by row.
pub struct Table {
    workbook: Workbook,
    formats: Formats,
    columns: u16,
    last_row: u32,
}

impl Table {
    /// Headings with the widths of their columns, in characters.
    pub fn begin<'a>(
        name: &str,
        headings: impl IntoIterator<Item = (&'a str, u16)>,
        language: Language,
        day: Day,
    ) -> Result<Self, XlsxFailure> {
        let mut workbook = Workbook::new();
        let made_on = ExcelDateTime::parse_from_str(day.as_str())?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made_on));
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        let (heading, mut columns) = (Format::new().set_bold(), 0);
        for (text, width) in headings {
            sheet.set_column_width(columns, width)?;
            sheet.write_string_with_format(0, columns, text, &heading)?;
            columns += 1;
        }
        sheet.set_freeze_panes(1, 0)?;
        Ok(Self { workbook, formats: Formats::new(language), columns, last_row: 0 })
    }

    /// Adds a row.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> Result<(), XlsxFailure> {
        if usize::try_from(self.last_row).unwrap_or(usize::MAX) >= MOST_ROWS {
            return Err(XlsxFailure::TooManyRows);
        }
        self.last_row += 1;
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (position, cell) in (0_u16..).zip(cells) {
            self.formats.write(sheet, self.last_row, position, &cell)?;
        }
        Ok(())
    }

    /// Packs the workbook.
    pub fn finish(mut self, mut out: impl Write + Send) -> Result<(), XlsxFailure> {
        let (last_row, last_column) = (self.last_row, self.columns.saturating_sub(1));
        let sheet = self.workbook.worksheet_from_index(0)?;
        sheet.autofilter(0, 0, last_row, last_column)?;
        // Codes are text on purpose; no green corner for each of them.
        sheet.ignore_error_range(1, 0, last_row.max(1), last_column, IgnoreError::NumberStoredAsText)?;
        self.workbook.save_to_writer(&mut out)?;
        out.flush()?;
        Ok(())
    }

    /// Packs it into a temporary file that nobody else sees; returns that at its beginning, with its length.
    pub fn into_file(self) -> Result<(File, u64), XlsxFailure> {
        let mut file = tempfile::tempfile()?;
        self.finish(std::io::BufWriter::new(&mut file))?;
        let length = file.stream_position()?;
        file.rewind()?;
        Ok((file, length))
    }
}

struct Formats {
    day: Format,
    instant: Format,
    whole: Format,
}

impl Formats {
    fn new(language: Language) -> Self {
        let day = match language {
            Language::Vi => "dd/mm/yyyy",
            Language::En => "yyyy-mm-dd",
        };
        Self {
            day: Format::new().set_num_format(day),
            instant: Format::new().set_num_format(format!("{day} hh:mm")),
            whole: Format::new().set_num_format("#,##0"),
        }
    }

    fn write(&self, sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell<'_>) -> Result<(), XlsxError> {
        match cell {
            Cell::Empty => {}
            // Never read as a formula: the cell says that it is text.
            Cell::Text(text) => {
                sheet.write_string(row, column, &**text)?;
            }
            // Integers of ours (đồng, stars) are far below 2^53, where a spreadsheet's numbers stop being exact.
            #[expect(clippy::cast_precision_loss, reason = "see above")]
            Cell::Whole(number) => {
                sheet.write_number_with_format(row, column, *number as f64, &self.whole)?;
            }
            Cell::Decimal(number) => {
                sheet.write_number(row, column, *number)?;
            }
            Cell::Day(text) => match ExcelDateTime::parse_from_str(text) {
                Ok(day) => {
                    sheet.write_datetime_with_format(row, column, day, &self.day)?;
                }
                Err(_) => {
                    sheet.write_string(row, column, *text)?;
                }
            },
            Cell::Instant(text) => match in_vietnam(text) {
                Some(instant) => {
                    sheet.write_datetime_with_format(row, column, instant, &self.instant)?;
                }
                None => {
                    sheet.write_string(row, column, &**text)?;
                }
            },
        }
        Ok(())
    }
}

fn in_vietnam(instant: &str) -> Option<ExcelDateTime> {
    let local = VIETNAM.to_datetime(instant.parse::<Timestamp>().ok()?);
    let day = ExcelDateTime::from_ymd(
        u16::try_from(local.year()).ok()?,
        u8::try_from(local.month()).ok()?,
        u8::try_from(local.day()).ok()?,
    );
    day.ok()?
        .and_hms(u16::try_from(local.hour()).ok()?, u8::try_from(local.minute()).ok()?, local.second())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{XlsxFailure, file, write};
    use crate::catalogue::export::columns::COLUMNS;
    use crate::catalogue::published::samples::{bare, bytes, full};
    use crate::db::Day;
    use crate::say::Language;
    use calamine::{Data, Reader, Xlsx};
    use serde_json::json;
    use std::collections::HashMap;
    use std::io::{Cursor, Read};

    const TODAY: Day = Day::constant(2026, 11, 23);

    #[test]
    fn the_same_documents_make_the_same_bytes() {
        assert_eq!(workbook(&[full(), bare()]), workbook(&[full(), bare()]));
    }

    fn workbook(documents: &[serde_json::Value]) -> Vec<u8> {
        let (mut file, length) = file(documents.iter().map(bytes), Language::Vi, TODAY).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        assert_eq!(content.len() as u64, length);
        content
    }

    fn rows(content: Vec<u8>) -> Vec<HashMap<String, Data>> {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(content)).unwrap();
        let sheet = book.worksheet_range("Sản phẩm OCOP").unwrap();
        let headings: Vec<String> = sheet.headers().unwrap();
        assert_eq!(headings.len(), COLUMNS.len());
        let rows = sheet.rows().skip(1);
        rows.map(|row| headings.iter().cloned().zip(row.iter().cloned()).collect()).collect()
    }

    #[test]
    fn cells_keep_their_kinds() {
        let mut odd = full();
        odd["name"] = json!("=1+1");
        let rows = rows(workbook(&[full(), bare(), odd]));
        assert_eq!(rows.len(), 3);
        let row = &rows[0];
        let text = |heading: &str| match &row[heading] {
            Data::String(text) => text.clone(),
            other => panic!("{heading}: {other:?}"),
        };
        assert_eq!(text("Tên sản phẩm"), "Bánh cáy \"Hương Đồng\", hộp 250 g");
        assert_eq!(text("Mã GTIN"), "08938501234567");
        assert_eq!(text("Mã tỉnh"), "33");
        assert_eq!(text("Chứng chỉ"), "VietGAP VG-0034 (2027-05-31); Hữu cơ HC 12");
        assert_eq!(row["Số sao"], Data::Float(4.0));
        assert_eq!(row["Điểm"], Data::Float(83.5));
        assert_eq!(row["Giá sỉ từ (đồng)"], Data::Float(95_000.0));
        let moment = |heading: &str| match &row[heading] {
            Data::DateTime(moment) => moment.to_ymd_hms_milli(),
            other => panic!("{heading}: {other:?}"),
        };
        assert_eq!(moment("Ngày ban hành"), (2025, 6, 1, 0, 0, 0, 0));
        assert_eq!(moment("Hiệu lực đến hết"), (2028, 6, 1, 0, 0, 0, 0));
        // After midnight in Việt Nam.
        assert_eq!(moment("Cập nhật lúc"), (2026, 11, 24, 0, 15, 30, 0));
        assert_eq!(rows[1]["Điểm"], Data::Empty);
        assert_eq!(rows[2]["Tên sản phẩm"], Data::String("=1+1".to_owned()));
    }

    #[test]
    fn headings_are_frozen_and_every_column_has_a_filter() {
        let content = workbook(&[full()]);
        let mut archive = zip::ZipArchive::new(Cursor::new(content)).unwrap();
        let mut sheet = String::new();
        archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
        assert!(sheet.contains("ySplit=\"1\"") && sheet.contains("state=\"frozen\""), "{sheet}");
        assert!(sheet.contains("<autoFilter ref=\"A1:AR2\"/>"), "{sheet}");
        assert!(sheet.contains("numberStoredAsText=\"1\""), "{sheet}");
        assert!(!sheet.contains("<f>"), "no formulas: {sheet}");
    }

    #[test]
    fn an_empty_catalogue_is_a_sheet_of_headings() {
        assert!(rows(workbook(&[])).is_empty());
    }

    #[test]
    fn a_document_that_is_none_is_told() {
        let failure = write([b"{}".as_slice()], Language::En, TODAY, std::io::sink()).unwrap_err();
        assert!(matches!(failure, XlsxFailure::Document(_)), "{failure}");
    }
}
