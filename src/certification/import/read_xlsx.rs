//! Workbooks: the first sheet of an XLSX file.
//!
//! The sheet is read cell by cell, for one cell in the last corner of a sheet would otherwise make a table of seventeen
//! thousand million.

use super::ImportError;
use super::file::{Row, Table};
use super::header::ImportColumn;
use crate::say;
use crate::say::{Invalid, Say};
use crate::workbook::{self, Book, Unreadable};
use calamine::{DataRef, Reader, SheetType, SheetVisible};
use std::collections::BTreeMap;

/// Bytes of the unpacked container.
const MOST_UNPACKED: u64 = 256 * 1024 * 1024;
/// Cells of a sheet that hold anything; more than the rows and columns a list may have.
const MOST_CELLS: usize = 4_000_000;
/// Columns looked at.
const MOST_COLUMNS: u32 = 100;

pub fn read(bytes: &[u8]) -> Result<Vec<Row>, ImportError> {
    workbook::read(bytes, MOST_UNPACKED, read_sheet)
}

impl From<Unreadable> for ImportError {
    fn from(Unreadable { invalid, cause }: Unreadable) -> Self {
        Self::Unreadable { invalid, cause }
    }
}

fn read_sheet(workbook: &mut Book<'_>) -> Result<Vec<Row>, ImportError> {
    let first = workbook
        .sheets_metadata()
        .iter()
        .find(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .ok_or_else(|| workbook::damaged("no sheet"))?;
    let mut cells = workbook.worksheet_cells_reader(&first).map_err(workbook::not_a_workbook)?;
    let mut rows: BTreeMap<u32, BTreeMap<u32, Value>> = BTreeMap::new();
    let mut count = 0_usize;
    while let Some(cell) = cells.next_cell().map_err(workbook::damaged)? {
        let (row, column) = cell.get_position();
        let value = text_of(cell.get_value());
        if matches!(&value, Value::Text(text) if text.trim().is_empty()) {
            continue;
        }
        count += 1;
        if count > MOST_CELLS {
            return Err(workbook::oversized(MOST_UNPACKED).into());
        }
        // A cell far out only shows that the row is wrong; where exactly does not matter.
        rows.entry(row).or_default().insert(column.min(MOST_COLUMNS), value);
    }

    let mut table: Option<Table> = None;
    for (row, cells) in rows {
        let line = usize::try_from(row).unwrap_or_default() + 1;
        let width = cells.keys().last().map_or(0, |last| last + 1);
        let mut fields: Vec<&str> = (0..width)
            .map(|column| match cells.get(&column) {
                Some(Value::Text(text)) => text.as_str(),
                Some(Value::Error(_)) | None => "",
            })
            .collect();
        match &mut table {
            None => table = Some(Table::new(&fields)?),
            Some(table) => {
                let malformed = errors(table, &cells);
                // Cells that are not there are empty ones in a sheet.
                fields.resize(fields.len().max(table.width()), "");
                table.push(line, &fields, malformed)?;
            }
        }
    }
    let empty = || {
        let say = Say::new("Trang tính đầu tiên trống.", "The first sheet is empty.");
        ImportError::unreadable("empty_file", say)
    };
    table.ok_or_else(empty)?.finish()
}

/// Cells whose formula failed.
fn errors(table: &Table, cells: &BTreeMap<u32, Value>) -> Vec<(Option<ImportColumn>, Invalid)> {
    let error = |(column, value): (&u32, &Value)| match value {
        Value::Text(_) => None,
        Value::Error(error) => {
            let column = usize::try_from(*column).ok().and_then(|place| table.column(place));
            let say = say!("Ô có lỗi công thức {error}.", "The cell has the formula error {error}.");
            Some((column, Invalid::new("formula_error", say)))
        }
    };
    cells.iter().filter_map(error).collect()
}

enum Value {
    Text(String),
    Error(String),
}

/// A cell as the text a list would have: whole numbers without a point, dates as `YYYY-MM-DD`.
fn text_of(value: &DataRef) -> Value {
    /// 31 December 9999 as Excel counts days.
    const LAST_DAY: f64 = 2_958_465.0;
    Value::Text(match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        // Beyond nine decimals there is only the noise of binary fractions.
        DataRef::Float(number) => ((number * 1e9).round() / 1e9).to_string(),
        DataRef::String(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(moment) if moment.is_datetime() && (0.0..=LAST_DAY).contains(&moment.as_f64()) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTime(moment) => moment.as_f64().to_string(),
        DataRef::DateTimeIso(text) => text.split('T').next().unwrap_or_default().to_owned(),
        DataRef::Error(error) => return Value::Error(error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
    use std::io::Cursor;

    const HEADER: [&str; 7] =
        ["product_name", "province", "stars", "score", "decision_date", "commune_code", "gtin"];

    fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        for (column, name) in (0..).zip(HEADER) {
            sheet.write(0, column, name).expect("written");
        }
        fill(sheet);
        workbook.save_to_buffer().expect("saved")
    }

    fn code(bytes: &[u8]) -> &'static str {
        match read(bytes) {
            Err(ImportError::Unreadable { invalid, .. }) => invalid.code,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn numbers_and_dates_become_the_texts_a_list_has() {
        let date = ExcelDateTime::from_ymd(2026, 8, 5).expect("a date");
        let format = Format::new().set_num_format("dd/mm/yyyy");
        let bytes = workbook(|sheet| {
            sheet.write(1, 0, "Kẹo lạc").expect("written");
            sheet.write(1, 2, 4).expect("written");
            sheet.write(1, 3, 0.1 + 0.2 + 82.5).expect("written");
            sheet.write_with_format(1, 4, &date, &format).expect("written");
            sheet.write(1, 5, 12_688).expect("written");
            sheet.write(1, 6, 2_000_260_010_007_i64).expect("written");
            sheet.write(3, 0, "Chè").expect("written");
            sheet.write(3, 2, "3").expect("written");
            sheet.write(3, 4, "5/8/2026").expect("written");
        });
        let rows = read(&bytes).expect("readable");
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
        let text = |row: usize, column| rows[row].get(column).unwrap_or_default();
        assert_eq!(text(0, ImportColumn::Stars), "4");
        assert_eq!(text(0, ImportColumn::Score), "82.8");
        assert_eq!(text(0, ImportColumn::DecisionDate), "2026-08-05");
        assert_eq!(text(0, ImportColumn::CommuneCode), "12688");
        assert_eq!(text(0, ImportColumn::Gtin), "2000260010007");
        assert_eq!(text(1, ImportColumn::DecisionDate), "5/8/2026");
        assert!(rows.iter().all(|row| row.malformed.is_empty()));
    }

    #[test]
    fn a_cell_far_out_spoils_its_row_only() {
        let bytes = workbook(|sheet| {
            sheet.write(1, 0, "Kẹo lạc").expect("written");
            sheet.write(1_048_575, 16_383, "x").expect("written");
        });
        let rows = read(&bytes).expect("readable");
        let malformed: Vec<_> = rows.iter().map(|row| (row.line, !row.malformed.is_empty())).collect();
        assert_eq!(malformed, [(2, false), (1_048_576, true)]);
    }

    #[test]
    fn what_is_no_whole_workbook_is_named() {
        assert_eq!(code(&workbook(|_| {})), "no_rows");
        let whole = workbook(|sheet| {
            sheet.write(1, 0, "Kẹo lạc").expect("written");
        });
        for length in [4, 100, whole.len() / 2, whole.len() - 10] {
            assert_eq!(code(&whole[..length]), "damaged_workbook", "{length}");
            let error = read(&whole[..length]).expect_err("damaged");
            let cause = error.cause().expect("what the parser says");
            assert!(!error.say().vi.contains(&cause) && !error.say().en.contains(&cause), "{error}");
        }
        let mut flipped = whole.clone();
        let middle = flipped.len() / 3;
        flipped[middle] ^= 0xFF;
        let _ = read(&flipped);
        let other = archive(|writer| {
            use std::io::Write;
            writer.start_file("mimetype", options()).expect("started");
            writer.write_all(b"application/epub+zip").expect("written");
        });
        assert_eq!(code(&other), "not_a_workbook");
    }

    fn options() -> zip::write::SimpleFileOptions {
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated)
    }

    fn archive(fill: impl FnOnce(&mut zip::ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        fill(&mut writer);
        writer.finish().expect("finished").into_inner()
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        use std::io::Write;
        let bomb = archive(|writer| {
            let megabyte = vec![0_u8; 1024 * 1024];
            writer.start_file("xl/workbook.xml", options()).expect("started");
            for _ in 0..257 {
                writer.write_all(&megabyte).expect("written");
            }
        });
        assert!(bomb.len() < 1024 * 1024);
        assert_eq!(code(&bomb), "oversized_workbook");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn no_damage_upsets_the_reader(at in 0_usize..6_000, with in 1_u8..) {
            let mut bytes = workbook(|sheet| {
                sheet.write(1, 0, "Kẹo lạc").expect("written");
                sheet.write(1, 2, 4).expect("written");
            });
            let at = at % bytes.len();
            bytes[at] ^= with;
            let _ = read(&bytes);
        }
    }
}
