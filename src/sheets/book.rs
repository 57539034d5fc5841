//! From the bytes of a workbook to its tables, cell by cell.
//!
//! A worksheet is a table of ours if one of its first rows holds machine names ([`Table::named`]); all others (instructions,
//! lists to choose from, what people add for themselves) say nothing. Whatever is wrong with the headings of a table stops
//! the reading, for below them no cell means anything; what is wrong below is the next step's to say.

use super::model::{MOST_ROWS, Part, Place, Raw, Table};
use crate::say;
use crate::say::Say;
use crate::workbook::{self, Book, Unreadable};
use calamine::{DataRef, Reader, SheetType};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of the unpacked container.
const MOST_UNPACKED: u64 = 96 * 1024 * 1024;
/// Cells of all worksheets that hold anything.
const MOST_CELLS: usize = 600_000;
/// Rows of a table that is not the one of listings.
const MOST_LINES: usize = 40_000;
/// Rows in which machine names are looked for.
const HEAD_ROWS: usize = 20;

/// The tables of a workbook.
#[derive(Debug)]
pub struct Tables(Vec<Sheet>);

impl Tables {
    pub fn get(&self, table: Table) -> Option<&Sheet> {
        self.0.iter().find(|sheet| sheet.table == table)
    }
}

/// A worksheet that holds a table.
#[derive(Debug)]
pub struct Sheet {
    pub table: Table,
    /// As it is called in this workbook.
    name: Arc<str>,
    /// For each column of the table, where it stands here.
    columns: Vec<Option<u32>>,
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug)]
pub struct Row {
    line: u32,
    /// By the place of its column in the table; what is empty is not here.
    cells: BTreeMap<usize, Raw>,
}

impl Row {
    pub fn get(&self, column: usize) -> Option<&Raw> {
        self.cells.get(&column)
    }
}

impl Sheet {
    /// Has this workbook the column?
    pub fn has(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(Option::is_some)
    }

    /// The place of the column of a part, if it is here.
    pub fn part(&self, part: Part) -> Option<usize> {
        let place = self.table.columns().iter().position(|column| column.part == part)?;
        self.has(place).then_some(place)
    }

    /// Where a cell stands; the first cell of its row, if the column is not here.
    pub fn place(&self, row: &Row, column: usize) -> Place {
        let column = self.columns.get(column).copied().flatten().unwrap_or_default();
        Place { sheet: self.name.clone(), row: row.line, column }
    }
}

/// Reads the tables of a workbook.
pub fn read(bytes: &[u8]) -> Result<Tables, Unreadable> {
    if !bytes.starts_with(b"PK") {
        return Err(Unreadable::new(
            "not_a_workbook",
            Say::new("Tệp không phải sổ tính Excel (.xlsx).", "The file is not an Excel workbook (.xlsx)."),
        ));
    }
    workbook::read(bytes, MOST_UNPACKED, read_tables)
}

fn read_tables(book: &mut Book<'_>) -> Result<Tables, Unreadable> {
    let names: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    let (mut tables, mut left): (Vec<Sheet>, usize) = (Vec::new(), MOST_CELLS);
    for name in names {
        let Some(sheet) = read_sheet(book, &name, &mut left)? else { continue };
        if tables.iter().any(|known| known.table == sheet.table) {
            let Say { vi, en } = sheet.table.title();
            return Err(Unreadable::new(
                "duplicate_sheet",
                say!("Có hai trang tính {vi}; hãy bỏ bớt một.", "There are two sheets of {en}; remove one."),
            ));
        }
        tables.push(sheet);
    }
    if tables.iter().any(|sheet| sheet.table == Table::Listings) {
        return Ok(Tables(tables));
    }
    Err(Unreadable::new(
        "no_listings",
        Say::new(
            "Không có trang Sản phẩm với dòng tên máy ẩn dưới tiêu đề; hãy tải lại sổ tính từ GET /v1/listing-sheets.",
            "There is no sheet of products with the hidden row of machine names below the headings; download the workbook \
             from GET /v1/listing-sheets again.",
        ),
    ))
}

type Lines = BTreeMap<u32, Vec<(u32, Raw)>>;

fn read_sheet(book: &mut Book<'_>, name: &str, left: &mut usize) -> Result<Option<Sheet>, Unreadable> {
    let mut cells = book.worksheet_cells_reader(name).map_err(workbook::not_a_workbook)?;
    let mut lines = Lines::new();
    while let Some(cell) = cells.next_cell().map_err(workbook::damaged)? {
        let (row, column) = cell.get_position();
        let Some(raw) = raw_of(cell.get_value()) else { continue };
        *left = left.checked_sub(1).ok_or_else(|| {
            let most = MOST_CELLS;
            let say = say!(
                "Sổ tính có hơn {most} ô; hãy chia nhỏ.",
                "The workbook has more than {most} cells; please split it."
            );
            Unreadable::new("too_many_cells", say)
        })?;
        lines.entry(row).or_default().push((column, raw));
    }
    let named = |(_, raw): &(u32, Raw)| matches!(raw, Raw::Text(text) if Table::named(text).is_some());
    let head = lines.iter().take(HEAD_ROWS).find(|(_, cells)| cells.iter().any(named));
    let Some(head) = head.map(|(row, _)| *row) else { return Ok(None) };
    let mut below = lines.split_off(&head);
    let names = below.remove(&head).unwrap_or_default();
    let head = Head::read(name, &names)?;
    head.rows(name, below).map(Some)
}

/// Which columns stand where.
struct Head {
    table: Table,
    columns: Vec<Option<u32>>,
}

impl Head {
    fn read(sheet: &str, names: &[(u32, Raw)]) -> Result<Self, Unreadable> {
        let text = |raw: &Raw| raw.shown().chars().take(60).collect::<String>();
        let first = names.iter().find_map(|(_, raw)| Table::named(&raw.shown()));
        let table = first.map_or(Table::Listings, |(table, _)| table);
        let mut columns = vec![None; table.columns().len()];
        for (at, raw) in names {
            let name = text(raw);
            let place = match Table::named(&name) {
                Some((of, place)) if of == table => place,
                _ => {
                    return Err(Unreadable::new(
                        "unknown_column",
                        say!(
                            "Trang {sheet:?} có cột lạ: {name:?}.",
                            "The sheet {sheet:?} has an unknown column: {name:?}."
                        ),
                    ));
                }
            };
            if let Some(slot) = columns.get_mut(place)
                && slot.replace(*at).is_some()
            {
                return Err(Unreadable::new(
                    "duplicate_column",
                    say!(
                        "Trang {sheet:?} có cột {name:?} hai lần.",
                        "The sheet {sheet:?} has the column {name:?} twice."
                    ),
                ));
            }
        }
        let head = Self { table, columns };
        for (column, at) in table.columns().iter().zip(&head.columns) {
            if at.is_none() && matches!(column.part, Part::Product | Part::Version | Part::Order | Part::Key)
            {
                let name = &column.name;
                return Err(Unreadable::new(
                    "missing_column",
                    say!("Trang {sheet:?} thiếu cột {name}.", "The sheet {sheet:?} lacks the column {name}."),
                ));
            }
        }
        Ok(head)
    }

    fn rows(self, sheet: &str, lines: Lines) -> Result<Sheet, Unreadable> {
        let id = self.table.columns().iter().position(|column| column.part == Part::Product);
        let mut rows = Vec::new();
        for (line, cells) in lines {
            let mut row = Row { line, cells: BTreeMap::new() };
            for (at, raw) in cells {
                match self.columns.iter().position(|column| *column == Some(at)) {
                    Some(place) => {
                        row.cells.insert(place, raw);
                    }
                    None => return Err(beside(sheet, Place { sheet: sheet.into(), row: line, column: at })),
                }
            }
            // A row whose id begins with # is an example or a remark.
            let remark = id.and_then(|id| row.get(id)).is_some_and(|raw| raw.shown().starts_with('#'));
            if !remark {
                rows.push(row);
            }
        }
        let most = if self.table == Table::Listings { MOST_ROWS } else { MOST_LINES };
        if rows.len() > most {
            return Err(Unreadable::new(
                "too_many_rows",
                say!(
                    "Trang {sheet:?} có hơn {most} dòng; hãy chia nhỏ.",
                    "The sheet {sheet:?} has more than {most} rows; please split it."
                ),
            ));
        }
        Ok(Sheet { table: self.table, name: sheet.into(), columns: self.columns, rows })
    }
}

/// Something stands in a column that has no name: nobody knows what it means.
fn beside(sheet: &str, place: Place) -> Unreadable {
    let cell = place.cell();
    Unreadable::new(
        "unknown_column",
        say!(
            "Ô {cell} của trang {sheet:?} nằm ngoài các cột; hãy xóa ô ấy hoặc chuyển sang trang khác.",
            "The cell {cell} of the sheet {sheet:?} is in no column; clear it or move it to another sheet."
        ),
    )
}

fn raw_of(value: &DataRef) -> Option<Raw> {
    /// 31 December 9999 as Excel counts days.
    const LAST_DAY: f64 = 2_958_465.0;
    Some(match value {
        DataRef::Empty => return None,
        #[expect(clippy::cast_precision_loss, reason = "spreadsheets know no other numbers")]
        DataRef::Int(number) => Raw::Number(*number as f64),
        DataRef::Float(number) => Raw::Number(*number),
        DataRef::String(text) | DataRef::DurationIso(text) => return Raw::text(text),
        DataRef::SharedString(text) => return Raw::text(text),
        DataRef::Bool(truth) => Raw::Flag(*truth),
        DataRef::DateTime(moment) if moment.is_datetime() && (0.0..=LAST_DAY).contains(&moment.as_f64()) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            Raw::Day(format!("{year:04}-{month:02}-{day:02}"))
        }
        DataRef::DateTime(moment) => Raw::Number(moment.as_f64()),
        DataRef::DateTimeIso(text) => return Raw::text(text.split('T').next().unwrap_or_default()),
        DataRef::Error(error) => Raw::Error(error.to_string()),
    })
}
