//! The catalogue as a file: what an export is made of. Pure functions from the published documents to bytes; which
//! documents, and in which order, is the caller's business.
//!
//! | Format | For | Made by |
//! |---|---|---|
//! | ndjson | programs: the documents as they are, one in a line | nobody: they are there |
//! | CSV | other programs and a quick look | [`csv`] |
//! | XLSX | people | [`xlsx`] |
//!
//! [`columns`] says what stands in the two flat formats, [`body`] sends them with flat memory, [`frames`] compresses.

pub mod body;
pub mod columns;
pub mod csv;
pub mod frames;
pub mod xlsx;

use crate::say::Language;
use actix_web::web::Bytes;
use std::io;

/// The chunks of a CSV file.
pub fn csv_chunks(
    documents: impl Iterator<Item = Bytes>,
    language: Language,
) -> impl Iterator<Item = io::Result<Bytes>> {
    body::Rows::new(csv::head(language), documents, move |documents, out| {
        csv::rows(documents, language, out).map_err(io::Error::other)
    })
}

crate::text_enum! {
    /// Form of an export.
    pub enum ExportFormat {
        /// One JSON document in a line, as `GET /v1/products/{id}` gives it
        Ndjson = "ndjson",
        /// One product in a row, for spreadsheets and other programs
        Csv = "csv",
        /// An Excel workbook
        Xlsx = "xlsx",
    }
}

impl ExportFormat {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}
