//! A workbook as a person has it open: cells by the machine name of their column and the product of their row.

use crate::harness::{Actor, Reply};
use calamine::{Data, Reader, Xlsx};
use reqwest::Method;
use rust_xlsxwriter::Workbook;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub const SETS: &str = "/v1/listing-change-sets";

type Cells = BTreeMap<(u32, u16), Data>;

#[derive(Clone)]
pub struct Book {
    sheets: Vec<(String, Cells)>,
}

/// What a download answers with.
pub async fn bytes(by: &Actor, query: &str, language: &str) -> Vec<u8> {
    let request = by.request(Method::GET, &format!("/v1/listing-sheets{query}"));
    let response = request.header("Accept-Language", language).send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], XLSX);
    assert_eq!(response.headers()["cache-control"], "private, no-store");
    response.bytes().await.expect("a body").to_vec()
}

/// Sends the bytes of a workbook.
pub async fn send(by: &Actor, query: &str, book: Vec<u8>) -> Reply {
    by.settled(by.request(Method::POST, &format!("{SETS}{query}")).header("Content-Type", XLSX).body(book))
        .await
}

/// One of the files in a workbook.
pub fn file_in(book: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(book)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).expect("the file").read_to_string(&mut text).expect("text");
    text
}

impl Book {
    pub async fn download(by: &Actor) -> Self {
        Self::of(&bytes(by, "", "vi").await)
    }

    pub fn of(bytes: &[u8]) -> Self {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
        let names = book.sheet_names();
        let read = |name: String| {
            let range = book.worksheet_range(&name).expect("a sheet");
            let (top, left) = range.start().unwrap_or_default();
            let cells = range.used_cells().map(|(row, column, value)| {
                let row = top + u32::try_from(row).expect("small");
                (
                    (row, u16::try_from(left).expect("small") + u16::try_from(column).expect("small")),
                    value.clone(),
                )
            });
            let cells = cells.collect();
            (name, cells)
        };
        Self { sheets: names.into_iter().map(read).collect() }
    }

    /// One row of the sheet of listings, made by hand.
    pub fn by_hand(cells: &[(&str, &str)]) -> Self {
        let mut sheet = Cells::new();
        for (column, (name, text)) in (0..).zip(cells) {
            sheet.insert((0, column), Data::String((*name).to_owned()));
            sheet.insert((1, column), Data::String((*text).to_owned()));
        }
        Self { sheets: vec![("Sheet1".to_owned(), sheet)] }
    }

    pub fn write(&self) -> Vec<u8> {
        let mut book = Workbook::new();
        for (name, cells) in &self.sheets {
            let sheet = book.add_worksheet();
            sheet.set_name(name).expect("a name");
            for ((row, column), value) in cells {
                match value {
                    Data::Int(number) => sheet.write_number(*row, *column, *number as f64),
                    Data::Float(number) => sheet.write_number(*row, *column, *number),
                    Data::Bool(truth) => sheet.write_boolean(*row, *column, *truth),
                    Data::Empty => continue,
                    other => sheet.write_string(*row, *column, other.to_string()),
                }
                .expect("written");
            }
        }
        book.save_to_buffer().expect("saved")
    }

    /// The sheet and the column of a machine name.
    fn at(&self, column: &str) -> (usize, u16) {
        let found = self.sheets.iter().enumerate().find_map(|(sheet, (_, cells))| {
            let found = cells
                .iter()
                .find(|((row, _), value)| *row == 0 && **value == Data::String(column.to_owned()));
            found.map(|((_, column), _)| (sheet, *column))
        });
        found.unwrap_or_else(|| panic!("no column {column}"))
    }

    /// The rows of a product on the sheet of a column.
    pub fn rows(&self, product: &str, column: &str) -> Vec<u32> {
        let (sheet, _) = self.at(column);
        let cells = self.sheets[sheet].1.iter();
        cells
            .filter(|((_, column), value)| *column == 0 && **value == *product)
            .map(|((row, _), _)| *row)
            .collect()
    }

    fn row(&self, product: &str, column: &str) -> u32 {
        *self.rows(product, column).first().unwrap_or_else(|| panic!("no row of {product}"))
    }

    pub fn get(&self, product: &str, column: &str) -> Data {
        let ((sheet, at), row) = (self.at(column), self.row(product, column));
        self.sheets[sheet].1.get(&(row, at)).cloned().unwrap_or_default()
    }

    pub fn text_at(&self, row: u32, column: &str) -> String {
        let (sheet, at) = self.at(column);
        self.sheets[sheet].1.get(&(row, at)).map(Data::to_string).unwrap_or_default()
    }

    pub fn set(&mut self, product: &str, column: &str, value: impl Into<Data>) -> &mut Self {
        let row = self.row(product, column);
        self.set_at(row, column, value)
    }

    pub fn set_at(&mut self, row: u32, column: &str, value: impl Into<Data>) -> &mut Self {
        let (sheet, at) = self.at(column);
        self.sheets[sheet].1.insert((row, at), value.into());
        self
    }

    pub fn clear(&mut self, product: &str, column: &str) -> &mut Self {
        self.set(product, column, Data::Empty)
    }

    /// Adds a row to the sheet of these columns; returns it.
    pub fn add(&mut self, cells: &[(&str, Data)]) -> u32 {
        let (sheet, _) = self.at(cells[0].0);
        let row = self.sheets[sheet].1.keys().map(|(row, _)| row + 1).max().expect("headings");
        for (column, value) in cells {
            self.set_at(row, column, value.clone());
        }
        row
    }

    pub fn remove_row(&mut self, product: &str, column: &str) {
        let ((sheet, _), row) = (self.at(column), self.row(product, column));
        self.sheets[sheet].1.retain(|(at, _), _| *at != row);
    }

    pub fn remove_column(&mut self, column: &str) {
        let (sheet, at) = self.at(column);
        self.sheets[sheet].1.retain(|(_, column), _| *column != at);
    }

    pub fn remove_sheet(&mut self, column: &str) {
        let (sheet, _) = self.at(column);
        self.sheets.remove(sheet);
    }

    /// The sheets of another beside its own.
    pub fn append_sheets(&mut self, other: &Self) {
        let renamed = other.sheets.iter().map(|(name, cells)| (format!("{name} 2"), cells.clone()));
        self.sheets.extend(renamed.collect::<Vec<_>>());
    }

    /// Writes into a cell of the sheet of listings, wherever it is.
    pub fn put(&mut self, row: u32, column: u16, text: &str) {
        let (sheet, _) = self.at("listing.version");
        self.sheets[sheet].1.insert((row, column), Data::String(text.to_owned()));
    }

    /// The name of a cell, with that of its sheet.
    pub fn place(&self, row: u32, column: &str) -> (String, String) {
        let (sheet, at) = self.at(column);
        (self.sheets[sheet].0.clone(), rust_xlsxwriter::utility::row_col_to_cell(row, at))
    }

    /// The same, of the first row of a product.
    pub fn place_of(&self, product: &str, column: &str) -> (String, String) {
        self.place(self.row(product, column), column)
    }
}

/// The faults of a refused workbook: sheet, cell, code.
#[track_caller]
pub fn faults(reply: &Reply) -> Vec<(String, String, String)> {
    let problem = reply.expect_problem(422, "invalid_cells");
    let cells = problem["cells"].as_array().expect("cells");
    assert_eq!(problem["cells_total"], cells.len());
    let text = |cell: &serde_json::Value, name: &str| cell[name].as_str().expect("a text").to_owned();
    cells.iter().map(|cell| (text(cell, "sheet"), text(cell, "cell"), text(cell, "code"))).collect()
}
