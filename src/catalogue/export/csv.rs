//! CSV: UTF-8 with a byte order mark (by which Excel knows the marks of Vietnamese), CRLF and quotes as in RFC 4180,
//! decimal points, ISO dates.
//!
//! # Cells that a spreadsheet program would calculate
//!
//! A spreadsheet program takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and lets itself be led there
//! by a tab or a line break in front. Names and numbers of decisions come from people; so a text that begins with one of
//! these, or with an apostrophe, gets an apostrophe in front, which spreadsheet programs show as nothing or as itself.
//! It can be undone without loss: take one apostrophe off every cell that begins with one.

use super::columns::{COLUMNS, Cell};
use crate::catalogue::published::Published;
use crate::say::Language;
use std::fmt::Write;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The beginning of the file: byte order mark and headings.
pub fn head(language: Language) -> Vec<u8> {
    head_of(COLUMNS.iter().map(|column| column.heading(language)))
}

/// Appends a row for each document.
pub fn rows<D: AsRef<[u8]>>(
    documents: impl IntoIterator<Item = D>,
    language: Language,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    let (mut writer, mut scratch) = (writer(out), String::new());
    for document in documents {
        let product = Published::read(document.as_ref())?;
        for column in COLUMNS {
            let cell = column.cell(&product, language);
            let _ = writer.write_field(plain(&cell, &mut scratch));
        }
        let _ = writer.write_record(None::<&[u8]>);
    }
    Ok(())
}

/// The beginning of a file of other things.
pub fn head_of<'a>(headings: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut out = BYTE_ORDER_MARK.to_vec();
    let mut writer = writer(&mut out);
    // Writing into memory cannot fail.
    let _ = writer.write_record(headings);
    drop(writer);
    out
}

/// Appends a row of other things.
pub fn row_of<'a>(cells: impl IntoIterator<Item = Cell<'a>>, out: &mut Vec<u8>) {
    let (mut writer, mut scratch) = (writer(out), String::new());
    for cell in cells {
        let _ = writer.write_field(plain(&cell, &mut scratch));
    }
    let _ = writer.write_record(None::<&[u8]>);
}

fn writer(out: &mut Vec<u8>) -> csv::Writer<&mut Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out)
}

/// A cell as it stands in the file, before quoting.
fn plain<'a>(cell: &'a Cell<'a>, scratch: &'a mut String) -> &'a str {
    scratch.clear();
    match cell {
        Cell::Empty => return "",
        Cell::Day(text) => return text,
        Cell::Instant(text) => return text,
        Cell::Text(text) if !misleads(text) => return text,
        Cell::Text(text) => {
            scratch.push('\'');
            scratch.push_str(text);
        }
        Cell::Whole(number) => {
            let _ = write!(scratch, "{number}");
        }
        Cell::Decimal(number) => {
            let _ = write!(scratch, "{number}");
        }
    }
    scratch
}

fn misleads(text: &str) -> bool {
    matches!(text.bytes().next(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n' | b'\''))
}

#[cfg(test)]
mod tests {
    use super::{head, rows};
    use crate::catalogue::published::samples::{bare, bytes, full};
    use crate::say::Language;
    use serde_json::{Value, json};
    use std::io::Write;
    use std::process::{Command, Stdio};

    fn file(documents: &[Value], language: Language) -> Vec<u8> {
        let mut out = head(language);
        rows(documents.iter().map(bytes), language, &mut out).unwrap();
        out
    }

    /// The cells of one row by their headings.
    fn row(document: &Value, language: Language) -> Vec<(String, String)> {
        let file = file(std::slice::from_ref(document), language);
        let mut reader = csv::Reader::from_reader(&file[3..]);
        let headings: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let record = reader.records().next().unwrap().unwrap();
        headings.into_iter().zip(record.iter().map(str::to_owned)).collect()
    }

    fn cell(document: &Value, heading: &str) -> String {
        let language = if heading.is_ascii() { Language::En } else { Language::Vi };
        row(document, language).into_iter().find(|(h, _)| h == heading).unwrap().1
    }

    #[test]
    fn a_row_holds_the_document() {
        let expected = [
            ("Mã sản phẩm", "7K3F9-QXM4T"),
            ("Tên sản phẩm", "Bánh cáy \"Hương Đồng\", hộp 250 g"),
            ("Chủ thể", "HTX Bánh cáy Hương Đồng (minh họa)"),
            ("Số sao", "4"),
            ("Điểm", "83.5"),
            ("Nhóm sản phẩm", "Thực phẩm"),
            ("Bộ tiêu chí số", "6"),
            ("Bộ tiêu chí", "Bánh, kẹo"),
            ("Xã, phường", "Xã Nguyên Xá"),
            ("Tỉnh, thành phố", "Tỉnh Hưng Yên"),
            ("Mã xã", "12688"),
            ("Mã tỉnh", "33"),
            ("Xã trước 1/7/2025", "Xã Nguyên Xá"),
            ("Huyện trước 1/7/2025", "Huyện Đông Hưng"),
            ("Tỉnh trước 1/7/2025", "Tỉnh Thái Bình"),
            ("Mã GTIN", "08938501234567"),
            ("Trạng thái", "còn hiệu lực"),
            ("Số quyết định", "0012/QĐ-UBND"),
            ("Cơ quan ban hành", "UBND tỉnh Hưng Yên"),
            ("Ngày ban hành", "2025-06-01"),
            ("Hết thời hạn", "2028-06-01"),
            ("Hiệu lực đến hết", "2028-06-01"),
            ("Chứng chỉ", "VietGAP VG-0034 (2027-05-31); Hữu cơ HC 12"),
            ("Giá sỉ từ (đồng)", "95000"),
            ("Đơn vị giá", "XBX"),
            ("Tháng mùa vụ", "1; 2; 12"),
            ("Bộ tiêu chí năm", "2023"),
            ("Nguồn", "https://example.vn/qd?so=12&nam=2025"),
            ("Xác minh", "/v1/verifications/7K3F9-QXM4T"),
            ("Cập nhật lúc", "2026-11-23T17:15:30.123456Z"),
            ("ID sản phẩm", "01999f6e-3c1a-7d55-9a3e-0c0f7a1b2c3d"),
            ("ID chủ thể", "01999f6e-0000-7000-8000-000000000001"),
            ("Đơn hàng tối thiểu", "50"),
            ("Đơn vị đơn hàng", "XBX"),
            ("Sản lượng mỗi tháng", "2000"),
            ("Đơn vị sản lượng", "XBX"),
            ("Tên thương mại", "Bánh cáy Hương Đồng"),
            ("Tên tiếng Anh", "Huong Dong cakes"),
            ("Mô tả ngắn", "Bánh nếp gừng, gấc."),
            ("Hạn sử dụng (ngày)", "90"),
            ("GTIN các quy cách", "2000260010007"),
            ("Ảnh", "/v1/media/bb.jpg"),
            ("Thuế suất VAT", "8%"),
            ("Thời gian giao (ngày)", "7"),
        ];
        let expected: Vec<_> = expected.map(|(h, c)| (h.to_owned(), c.to_owned())).into();
        assert_eq!(row(&full(), Language::Vi), expected);
    }

    #[test]
    fn english_has_its_own_headings_and_words() {
        assert_eq!(cell(&full(), "Group"), "Food");
        assert_eq!(cell(&full(), "State"), "valid");
        assert_eq!(cell(&full(), "Summary"), "Sticky-rice cake with ginger.");
        assert_eq!(cell(&full(), "Certificates"), "VietGAP VG-0034 (2027-05-31); Organic HC 12");
    }

    #[test]
    fn what_is_not_known_is_an_empty_cell() {
        for (heading, text) in row(&bare(), Language::Vi) {
            let may_be_empty = [
                "Điểm",
                "Nhóm",
                "Bộ tiêu chí",
                "Xã",
                "Huyện",
                "Tỉnh",
                "Mã xã",
                "Mã tỉnh",
                "Mã GTIN",
                "Chứng chỉ",
                "Giá",
                "Đơn vị",
                "Đơn hàng tối thiểu",
                "Sản lượng",
                "Tháng",
                "Nguồn",
                "Tên thương mại",
                "Tên tiếng Anh",
                "Mô tả ngắn",
                "Hạn sử dụng",
                "GTIN",
                "Ảnh",
                "Thuế suất",
                "Thời gian giao",
            ];
            let known =
                !may_be_empty.iter().any(|start| heading.starts_with(start)) || heading == "Bộ tiêu chí năm";
            assert_eq!(text.is_empty(), !known, "{heading}: {text}");
        }
    }

    #[test]
    fn cells_that_would_be_calculated_are_defused_and_the_rest_is_left_alone() {
        let mut document = full();
        for (name, written) in [
            ("=1+1", "'=1+1"),
            ("+84 trà", "'+84 trà"),
            ("-trà", "'-trà"),
            ("@trà", "'@trà"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("\n=1", "'\n=1"),
            ("'trà", "''trà"),
            ("trà = 1", "trà = 1"),
            (" =1", " =1"),
            ("", ""),
        ] {
            document["name"] = json!(name);
            assert_eq!(cell(&document, "Tên sản phẩm"), written, "{name:?}");
        }
        // Numbers are numbers.
        document["score"] = json!(7);
        assert_eq!(cell(&document, "Điểm"), "7");
    }

    #[test]
    fn the_form_is_that_of_rfc_4180_with_a_byte_order_mark() {
        let file = file(&[full()], Language::Vi);
        let text = String::from_utf8(file).unwrap();
        assert!(text.starts_with("\u{feff}Mã sản phẩm,Tên sản phẩm,"), "{text}");
        assert!(text.contains("\r\n7K3F9-QXM4T,\"Bánh cáy \"\"Hương Đồng\"\", hộp 250 g\","), "{text}");
        assert!(text.ends_with("\r\n"));
        assert_eq!(text.matches('\n').count(), 2);
    }

    #[test]
    fn pythons_csv_module_reads_what_was_written() {
        let mut odd = full();
        odd["name"] = json!("=\"a\",\r\nb;\t'c' \u{1f35a} ế");
        let documents = [full(), bare(), odd];
        let script = "import csv, io, json, sys\n\
            text = io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8-sig', newline='')\n\
            json.dump(list(csv.reader(text, strict=True)), sys.stdout)";
        let python =
            Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut python) = python else {
            println!("no python3 on this machine: not read back by it");
            return;
        };
        python.stdin.take().unwrap().write_all(&file(&documents, Language::Vi)).unwrap();
        let answer = python.wait_with_output().unwrap();
        assert!(answer.status.success());
        let read: Vec<Vec<String>> = serde_json::from_slice(&answer.stdout).unwrap();
        assert_eq!(read.len(), 4);
        assert_eq!(read[3][1], "'=\"a\",\r\nb;\t'c' \u{1f35a} ế");
        for (cells, document) in read[1..].iter().zip(&documents) {
            let expected: Vec<_> = row(document, Language::Vi).into_iter().map(|(_, cell)| cell).collect();
            assert_eq!(cells, &expected);
        }
    }
}
