//! Text files: comma or semicolon, quotes as in RFC 4180, UTF-8 with or without its mark.

use super::ImportError;
use super::file::{Row, Table, empty};
use super::header::ImportColumn;
use crate::say;
use crate::say::Say;
use csv::{ByteRecord, ReaderBuilder};

/// Bytes of one line of the file.
const LONGEST_LINE: usize = 64 * 1024;
/// Parts of the first line that are looked at for the delimiter.
const MOST_HEADINGS: usize = 100;

pub fn read(bytes: &[u8]) -> Result<Vec<Row>, ImportError> {
    let text = decode(bytes)?;
    check_lines(text)?;
    let delimiter = delimiter(text);
    check_quotes(text, delimiter)?;
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = Lines::new(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut table: Option<Table> = None;
    while reader.read_byte_record(&mut record).map_err(broken)? {
        let start = record.position().map_or(0, csv::Position::byte);
        let line = lines.at(start);
        // Cut from valid text at ASCII bytes, a field is valid text.
        let fields: Vec<&str> =
            record.iter().map(|field| std::str::from_utf8(field).unwrap_or_default()).collect();
        match &mut table {
            None if fields.iter().all(|field| field.trim().is_empty()) => {}
            None => table = Some(Table::new(&fields)?),
            Some(table) => table.push(line, &fields, Vec::new())?,
        }
    }
    table.ok_or_else(empty)?.finish()
}

fn broken(error: csv::Error) -> ImportError {
    let say = Say::new(
        "Tệp CSV bị hỏng; hãy lưu lại dạng “CSV UTF-8” rồi gửi lại.",
        "The CSV is damaged; please save it as “CSV UTF-8” and send it again.",
    );
    ImportError::damaged("malformed_csv", say, error)
}

/// The text behind the bytes, or where it stops being UTF-8.
fn decode(bytes: &[u8]) -> Result<&str, ImportError> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(ImportError::unreadable(
            "wrong_encoding",
            Say::new(
                "Tệp dùng mã UTF-16; hãy lưu lại dạng “CSV UTF-8”.",
                "The file is in UTF-16; please save it as “CSV UTF-8”.",
            ),
        ));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let (line, _) = place(bytes, at);
        return Err(ImportError::unreadable(
            "not_text",
            say!(
                "Dòng {line} có byte 0: đây không phải tệp văn bản UTF-8 (có thể là UTF-16 hoặc tệp nhị phân).",
                "Line {line} has a zero byte: this is no UTF-8 text (it may be UTF-16, or no text at all)."
            ),
        ));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let (line, column) = place(bytes, at);
        let byte = bytes.get(at).copied().unwrap_or_default();
        ImportError::unreadable(
            "wrong_encoding",
            say!(
                "Dòng {line}, byte thứ {column} (0x{byte:02X}) không phải UTF-8; tệp có thể dùng mã TCVN3, VNI hoặc \
                 Windows-1258. Hãy lưu lại dạng “CSV UTF-8”.",
                "Line {line}, byte {column} (0x{byte:02X}) is not UTF-8; the file may be in TCVN3, VNI or \
                 Windows-1258. Please save it as “CSV UTF-8”."
            ),
        )
    })
}

/// Line and byte within it, both counted from 1.
fn place(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = bytes.get(..at).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    (line, at - start + 1)
}

fn check_lines(text: &str) -> Result<(), ImportError> {
    for (index, line) in text.split('\n').enumerate() {
        if line.len() > LONGEST_LINE {
            let number = index + 1;
            return Err(ImportError::unreadable(
                "line_too_long",
                say!(
                    "Dòng {number} dài hơn {LONGEST_LINE} byte.",
                    "Line {number} is longer than {LONGEST_LINE} bytes."
                ),
            ));
        }
    }
    Ok(())
}

/// Whichever the first line has more of; but headings like `Xã, phường` have commas of their own, so first of all
/// whichever makes more headings of it.
fn delimiter(text: &str) -> u8 {
    let first = text.trim_start().lines().next().unwrap_or_default();
    let cut = |by: char| {
        let parts = || first.split(by).take(MOST_HEADINGS);
        let known = parts().filter(|part| ImportColumn::of_heading(part).is_some()).count();
        (known, first.matches(by).count())
    };
    if cut(';') > cut(',') { b';' } else { b',' }
}

/// A quoted field that never ends would swallow the rest of the file in silence.
fn check_quotes(text: &str, delimiter: u8) -> Result<(), ImportError> {
    enum At {
        FieldStart,
        Plain,
        Quoted,
        /// After a quote within a quoted field: its end, or the first of two.
        Closing,
    }
    let (mut at, mut line, mut opened) = (At::FieldStart, 1_usize, 1_usize);
    for byte in text.bytes() {
        at = match (at, byte) {
            (At::FieldStart, b'"') => {
                opened = line;
                At::Quoted
            }
            (At::Quoted, b'"') => At::Closing,
            (At::Closing, b'"') | (At::Quoted, _) => At::Quoted,
            (_, b'\n' | b'\r') => At::FieldStart,
            (_, byte) if byte == delimiter => At::FieldStart,
            _ => At::Plain,
        };
        if byte == b'\n' {
            line += 1;
        }
    }
    match at {
        At::Quoted => Err(ImportError::unreadable(
            "unclosed_quote",
            say!(
                "Dấu ngoặc kép mở ở dòng {opened} không được đóng.",
                "The quote opened on line {opened} is never closed."
            ),
        )),
        _ => Ok(()),
    }
}

/// Counts lines up to increasing positions.
struct Lines<'a> {
    bytes: &'a [u8],
    position: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, line: 1 }
    }

    /// The line of the first text at or after a position: a record's position may be that of the end of the line
    /// before it.
    fn at(&mut self, position: u64) -> usize {
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        while let Some(byte) = self.bytes.get(self.position) {
            if self.position >= position && !matches!(byte, b'\n' | b'\r') {
                break;
            }
            if *byte == b'\n' {
                self.line += 1;
            }
            self.position += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(usize, String)> {
        let rows = read(text.as_bytes()).expect("readable");
        rows.iter()
            .map(|row| {
                let name = row.get(ImportColumn::ProductName).unwrap_or_default();
                (row.line, name.to_owned())
            })
            .collect()
    }

    fn code(bytes: &[u8]) -> (&'static str, String) {
        match read(bytes) {
            Err(ImportError::Unreadable { invalid, .. }) => (invalid.code, invalid.say.en.into_owned()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rows_know_their_lines() {
        let expected = [(2, "Kẹo lạc".to_owned()), (4, "Dệt\n(khăn, váy)".to_owned()), (6, "Chè".to_owned())];
        for text in [
            "province,product_name\nHưng Yên,Kẹo lạc\n\nHưng Yên,\"Dệt\n(khăn, váy)\"\nHưng Yên,Chè\n",
            "\u{feff}province;product_name\r\nHưng Yên;Kẹo lạc\r\n\r\nHưng Yên;\"Dệt\n(khăn, váy)\"\r\nHưng Yên;Chè",
            "PROVINCE , product_name\nHưng Yên, Ke\u{323}o la\u{323}c \n,\nHưng Yên,\"Dệt\n(khăn, váy)\"\nHưng Yên,Chè",
        ] {
            let read = names(text);
            assert_eq!(read.len(), 3, "{text:?}: {read:?}");
            assert_eq!(read[2], expected[2], "{text:?}");
            assert_eq!((read[0].0, read[1].0), (2, 4), "{text:?}");
            if !text.contains("Ke\u{323}") {
                assert_eq!(read, expected, "{text:?}");
            } else {
                assert_eq!(read[0].1, "Kẹo lạc");
            }
        }
    }

    #[test]
    fn headers_are_checked_by_name() {
        for (text, expected, named) in [
            ("product_name,province,price\n", "unknown_column", "price"),
            ("product_name,province,product_name\n", "duplicate_column", "product_name"),
            ("product_name,commune\n", "missing_column", "province"),
            ("province\n", "missing_column", "product_name"),
            ("product_name,,province\n", "unknown_column", "“”"),
            ("product_name,province,price,Ghi chú\n", "unknown_column", "“price”, “Ghi chú”"),
            ("Xã,Tên sản phẩm,Tỉnh,\"Xã, phường\"\n", "duplicate_column", "“Xã” and “Xã, phường”"),
            ("DANH SÁCH SẢN PHẨM,,\nproduct_name,province\n", "no_header", "above the header"),
            ("Kẹo lạc,HTX Ví Dụ,Hưng Yên,4\n", "no_header", "add one"),
            ("TT\n1\n", "no_header", "product_name"),
            ("product_name,province\n", "no_rows", "header only"),
            ("commune_code,product_name,,\n,,,\n", "no_rows", "header only"),
            (" \n,,\n", "empty_file", "empty"),
        ] {
            let (code, say) = code(text.as_bytes());
            assert_eq!(code, expected, "{text}");
            assert!(say.contains(named), "{say}");
        }
    }

    #[test]
    fn headers_may_be_vietnamese_with_line_numbers() {
        for text in [
            "STT,Tên sản phẩm,\"Xã, phường\",\"Tỉnh, thành phố\",Số sao\n1,Kẹo lạc,Minh Tân,Hưng Yên,4\n2,,,,\n",
            "TT;Tên sản phẩm;Xã, phường;Tỉnh, thành phố;SỐ SAO\n1;Kẹo lạc;Minh Tân;Hưng Yên;4\n2;;;;\n",
        ] {
            let rows = read(text.as_bytes()).expect("readable");
            assert_eq!((rows.len(), rows[0].malformed.len()), (1, 0), "{text}");
            for (column, value) in [
                (ImportColumn::ProductName, "Kẹo lạc"),
                (ImportColumn::Commune, "Minh Tân"),
                (ImportColumn::Province, "Hưng Yên"),
                (ImportColumn::Stars, "4"),
            ] {
                assert_eq!(rows[0].get(column), Some(value), "{text}");
            }
        }
    }

    #[test]
    fn wrong_bytes_are_named_with_their_place() {
        let (wrong, say) = code(b"product_name,province\nK\xD1o l\xB9c,H\n");
        assert_eq!(wrong, "wrong_encoding");
        assert!(say.contains("Line 2, byte 2 (0xD1)"), "{say}");
        let utf16: Vec<u8> =
            "\u{feff}product_name,province\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(code(&utf16).0, "wrong_encoding");
        assert_eq!(code(&utf16[2..]).0, "not_text");
        assert_eq!(code(b"product_name,province\nx,\0\n").0, "not_text");
    }

    #[test]
    fn runaway_lines_fields_and_quotes_are_named() {
        let header = "product_name,province\n";
        let (wrong, say) = code(format!("{header}{},x\n", "a".repeat(70_000)).as_bytes());
        assert_eq!(wrong, "line_too_long");
        assert!(say.contains("Line 2"), "{say}");
        assert_eq!(code(format!("{header}{},x\n", "ạ".repeat(4_097)).as_bytes()).0, "field_too_long");
        assert_eq!(names(&format!("{header}{},x\n", "ạ".repeat(4_096))).len(), 1);
        let (wrong, say) = code(format!("{header}a,b\n\"c,d\ne,f\n").as_bytes());
        assert_eq!(wrong, "unclosed_quote");
        assert!(say.contains("line 3"), "{say}");
        assert_eq!(names(&format!("{header}Ống 5\" thép,x\n\"a \"\"b\"\"\",x\n")).len(), 2);
    }

    #[test]
    fn a_row_of_the_wrong_length_is_malformed() {
        let rows = read(b"product_name,province\na,b,c\na\na,b,,\n").expect("readable");
        let malformed: Vec<bool> = rows.iter().map(|row| !row.malformed.is_empty()).collect();
        assert_eq!(malformed, [true, true, false]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_upset_the_reader(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let mut file = b"product_name,province\n".to_vec();
            file.extend(bytes);
            let _ = read(&file);
        }
    }
}
