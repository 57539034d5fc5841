//! Listings as a workbook for people: headings with notes, drop-down lists, protected ids, and instructions in front.
//!
//! Each table begins with a hidden row of machine names and a row of headings, both frozen. Cells of text are text cells, so
//! that `=1+1` is never calculated and `0123` keeps its zero. The same listings make the same bytes on the same day.

use super::attributes;
use super::model::{Column, Kind, Options, Part, Shown, Table};
use crate::db::Day;
use crate::listings::{Field, Shape};
use crate::reference::Taxonomy;
use crate::say::{Language, Say};
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationRule, DocProperties, ExcelDateTime, Format, FormatAlign, Formula,
    IgnoreError, Note, ProtectionOptions, Workbook, Worksheet, XlsxError,
};
use serde_json::{Map, Value, json};

/// A listing to be written.
#[derive(Debug)]
pub struct Line {
    /// Its product's id; an example's begins with `#`.
    pub product: String,
    pub product_name: String,
    pub version: i64,
    pub tag: String,
    /// What is said, by field.
    pub members: Map<String, Value>,
}

/// Rows below the last one for which there are drop-down lists.
const SPARE_ROWS: u32 = 500;
/// The first row of a table that is not a heading.
const FIRST: u32 = 2;
/// The hidden sheet of what drop-down lists show.
const LISTS: &str = "lists";
/// Its column of attributes: Z.
const KEYS: u16 = 25;
/// Rows of attributes that have the list to choose from.
const MOST_ATTRIBUTES: u32 = 20_000;

/// What kind of workbook it is to be.
#[derive(Debug, Clone, Copy)]
pub struct Sheeting {
    /// Ids are not protected, for there are none.
    pub template: bool,
    /// The criteria set whose attributes are to be chosen from; `None`: all.
    pub set: Option<(Taxonomy, i64)>,
    pub language: Language,
    pub day: Day,
}

/// Writes the workbook.
pub fn write(lines: &[Line], sheeting: Sheeting) -> Result<Vec<u8>, XlsxError> {
    let Sheeting { template, set, language, day } = sheeting;
    let asked = attributes::of_set(set);
    let mut workbook = Workbook::new();
    let made_on = ExcelDateTime::parse_from_str(day.as_str())?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made_on));
    let formats = Formats::new();
    instruct(workbook.add_worksheet(), language, &formats)?;
    for table in Table::ALL {
        let sheet = workbook.add_worksheet();
        sheet.set_name(table.title().in_language(language))?;
        let last = rows(sheet, table, lines, language, &formats)?;
        dress(sheet, table, last, language, &formats)?;
        if table == Table::Listings && !template {
            sheet.protect_with_options(&ProtectionOptions {
                format_cells: true,
                format_columns: true,
                format_rows: true,
                sort: true,
                use_autofilter: true,
                ..ProtectionOptions::default()
            });
        }
    }
    let lists = workbook.add_worksheet();
    lists.set_name(LISTS)?.set_hidden(true);
    for (column, options) in (0_u16..).zip(Options::ALL) {
        for (row, text) in (0_u32..).zip(options.list(language)) {
            lists.write_string(row, column, text)?;
        }
    }
    for (row, known) in (0_u32..).zip(&asked) {
        lists.write_string(row, KEYS, attributes::listed(known, language))?;
    }
    let sheet = workbook.worksheet_from_name(Table::Attributes.title().in_language(language))?;
    let key = Table::Attributes.columns().iter().position(|column| column.part == Part::Key);
    let key = key.and_then(|key| u16::try_from(key).ok()).unwrap_or_default();
    let count = asked.len().max(1);
    let list = Formula::new(format!("={LISTS}!$Z$1:$Z${count}"));
    let rule = DataValidation::new().allow_list_formula(list);
    sheet.add_data_validation(FIRST, key, FIRST + MOST_ATTRIBUTES, key, &rule)?;
    workbook.save_to_buffer()
}

struct Formats {
    heading: Format,
    locked_heading: Format,
    machine: Format,
    text: Format,
    locked: Format,
    whole: Format,
    any: Format,
    title: Format,
    words: Format,
}

impl Formats {
    fn new() -> Self {
        let heading = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
        Self {
            locked_heading: heading.clone().set_background_color(Color::RGB(0x00D9_D9D9)),
            heading: heading.set_background_color(Color::RGB(0x00DD_EBF7)),
            machine: Format::new().set_font_color(Color::RGB(0x0080_8080)),
            text: Format::new().set_num_format("@").set_unlocked(),
            locked: Format::new().set_num_format("@").set_font_color(Color::RGB(0x0080_8080)),
            whole: Format::new().set_num_format("#,##0").set_unlocked(),
            any: Format::new().set_unlocked(),
            title: Format::new().set_bold().set_font_size(14),
            words: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        }
    }

    fn of(&self, table: Table, column: &Column) -> &Format {
        match (column.part, column.kind) {
            (Part::Content | Part::Order | Part::Key | Part::ValueKind, Kind::Whole(..)) => &self.whole,
            (Part::Content | Part::Order | Part::Key | Part::ValueKind, Kind::Value) => &self.any,
            (Part::Content | Part::Order | Part::Key | Part::ValueKind, _) => &self.text,
            // Rows of packs are added by hand.
            (Part::Product, _) if table != Table::Listings => &self.text,
            (Part::Product | Part::Version | Part::Tag | Part::Told, _) => &self.locked,
        }
    }
}

/// Headings with their notes, widths, lists to choose from.
fn dress(
    sheet: &mut Worksheet,
    table: Table,
    last: u32,
    language: Language,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let columns = table.columns();
    for (at, column) in (0_u16..).zip(columns) {
        sheet.write_string_with_format(0, at, &column.name, &formats.machine)?;
        let heading = column.heading.in_language(language);
        let format = match column.part {
            Part::Content | Part::Order | Part::Key | Part::ValueKind => &formats.heading,
            Part::Product | Part::Version | Part::Tag | Part::Told => &formats.locked_heading,
        };
        // A row whose id begins with # says nothing: so the headings are no listing.
        let heading = if column.part == Part::Product { format!("# {heading}") } else { heading.to_owned() };
        sheet.write_string_with_format(1, at, heading, format)?;
        sheet.insert_note(1, at, &note(column))?;
        sheet.set_column_width(at, column.width)?;
        sheet.set_column_format(at, formats.of(table, column))?;
        if matches!(column.part, Part::Content | Part::Order | Part::ValueKind)
            && let Some(rule) = rule(column.kind, language)?
        {
            sheet.add_data_validation(FIRST, at, last + SPARE_ROWS, at, &rule)?;
        }
    }
    let width = u16::try_from(columns.len().saturating_sub(1)).unwrap_or_default();
    sheet.set_row_hidden(0)?;
    sheet.set_row_height(1, 48)?;
    sheet.set_freeze_panes(FIRST, 2)?;
    sheet.autofilter(1, 0, last.max(FIRST), width)?;
    // Codes are text on purpose; no green corner for each of them.
    sheet.ignore_error_range(FIRST, 0, last.max(FIRST), width, IgnoreError::NumberStoredAsText)?;
    Ok(())
}

/// What is expected, in both languages.
fn note(column: &Column) -> Note {
    let parts: Vec<Say> = column.kind.expects().into_iter().chain(column.hint.clone()).collect();
    let join = |language: Language| {
        let texts = parts.iter().map(|say| say.in_language(language));
        std::iter::once(column.heading.in_language(language)).chain(texts).collect::<Vec<_>>().join("\n")
    };
    let text = format!("{}\n\n{}", join(Language::Vi), join(Language::En));
    let lines = u32::try_from(text.chars().count() / 30 + text.lines().count()).unwrap_or(20);
    Note::new(text).add_author_prefix(false).set_width(260).set_height(20 + 16 * lines.min(20))
}

/// What a spreadsheet lets people enter.
fn rule(kind: Kind, language: Language) -> Result<Option<DataValidation>, XlsxError> {
    let rule = DataValidation::new();
    let rule = match kind {
        Kind::Choice(_) | Kind::Flag => {
            let Some(options) = kind.options() else { return Ok(None) };
            let column = Options::ALL.iter().position(|known| *known == options).unwrap_or_default();
            let letter = char::from(b'A' + u8::try_from(column).unwrap_or_default());
            let count = options.values().len();
            rule.allow_list_formula(Formula::new(format!("={LISTS}!${letter}$1:${letter}${count}")))
        }
        Kind::Text(Shape::Line | Shape::Prose, most) => {
            let most = u32::try_from(most).unwrap_or(u32::MAX);
            rule.allow_text_length(DataValidationRule::LessThanOrEqualTo(most))
        }
        #[expect(clippy::cast_precision_loss, reason = "bounds are far below 2^53")]
        Kind::Whole(least, most) => match (i32::try_from(least), i32::try_from(most)) {
            (Ok(least), Ok(most)) => rule.allow_whole_number(DataValidationRule::Between(least, most)),
            _ => rule.allow_decimal_number(DataValidationRule::Between(least as f64, most as f64)),
        },
        _ => return Ok(None),
    };
    match kind.expects() {
        Some(say) => rule.set_error_message(say.in_language(language)).map(Some),
        None => Ok(Some(rule)),
    }
}

/// The rows of a table; returns the last.
fn rows(
    sheet: &mut Worksheet,
    table: Table,
    lines: &[Line],
    language: Language,
    formats: &Formats,
) -> Result<u32, XlsxError> {
    let mut next = FIRST;
    for line in lines {
        let of_field = |field: Field| line.members.get(field.as_str());
        let mut write = |item: &Value, no: usize, key: Option<&str>| {
            for (at, column) in (0_u16..).zip(table.columns()) {
                let shown = match column.part {
                    Part::Product => Shown::Text(line.product.clone()),
                    Part::Told => Shown::Text(line.product_name.clone()),
                    Part::Version => Shown::Text(line.version.to_string()),
                    Part::Tag => Shown::Text(line.tag.clone()),
                    Part::Order => column.kind.write(Some(&Value::from(no)), language),
                    Part::Key => Shown::Text(attributes::shown(key.unwrap_or_default(), language)),
                    Part::ValueKind => {
                        let kind = super::model::ValueKind::of(item);
                        column.kind.write(Some(&Value::from(kind.as_str())), language)
                    }
                    Part::Content => {
                        let of = match column.field {
                            Some(field) => of_field(field),
                            None => Some(item),
                        };
                        column.kind.write(of.and_then(|value| reach(value, &column.path)), language)
                    }
                };
                let format = formats.of(table, column);
                match shown {
                    Shown::Text(text) => sheet.write_string_with_format(next, at, text, format)?,
                    Shown::Number(number) => sheet.write_number_with_format(next, at, number, format)?,
                    Shown::Empty => sheet.write_blank(next, at, format)?,
                };
            }
            next += 1;
            Ok::<_, XlsxError>(())
        };
        match (table, table.field().and_then(of_field)) {
            (Table::Listings, _) => write(&Value::Null, 0, None)?,
            (Table::Attributes, Some(Value::Object(attributes))) => {
                for (key, value) in attributes {
                    write(value, 0, Some(key))?;
                }
            }
            (_, Some(Value::Array(items))) => {
                for (no, item) in (1..).zip(items) {
                    write(item, no, None)?;
                }
            }
            _ => {}
        }
    }
    Ok(next.saturating_sub(1))
}

/// What stands at a path; list entries by their number.
fn reach<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        Value::Object(members) => members.get(step),
        _ => None,
    })
}

const INSTRUCTIONS: &[Say] = &[
    Say::new(
        "Mỗi dòng ở trang Sản phẩm là một sản phẩm; trang Quy cách và giá, Ảnh, Thuộc tính có thể có nhiều dòng cho một sản phẩm.",
        "Each row of the sheet Products is one product; the sheets of packs, pictures and attributes may have several rows for one.",
    ),
    Say::new(
        "Ghi chú ở mỗi tiêu đề cho biết cần điền gì. Chọn trong danh sách ở những ô có danh sách.",
        "The note of each heading tells what is expected. Choose from the list where a cell has one.",
    ),
    Say::new(
        "Ô trống nghĩa là xóa nội dung đang có. Cột, hoặc cả trang, đã xóa khỏi sổ tính thì nội dung tương ứng được giữ nguyên. \
         Sản phẩm không có dòng nào thì không thay đổi.",
        "An empty cell clears what is there. A column, or a whole sheet, that was removed from the workbook leaves its content as it \
         is. Products without a row stay as they are.",
    ),
    Say::new(
        "Không sửa mã sản phẩm, phiên bản và dấu phiên bản. Trang Sản phẩm được khóa để tránh sửa nhầm; mở khóa không cần mật khẩu \
         (Review, Unprotect Sheet).",
        "Do not change ids, versions and tags. The sheet of products is protected against slips; unprotecting it needs no password \
         (Review, Unprotect Sheet).",
    ),
    Say::new(
        "Dòng ẩn đầu tiên của mỗi trang là tên máy của các cột: đừng xóa. Tiêu đề, tên trang và thứ tự cột thì được đổi.",
        "The hidden first row of each sheet holds the machine names of its columns: do not remove it. Headings, names of sheets and \
         the order of columns may change.",
    ),
    Say::new(
        "Dòng có mã bắt đầu bằng # là ví dụ hoặc ghi chú, không được đọc.",
        "A row whose id begins with # is an example or a remark and is not read.",
    ),
    Say::new(
        "Gửi lại: POST /v1/listing-change-sets?validate_only=true để kiểm tra (báo lỗi từng ô, cho biết sẽ thay đổi gì), rồi gửi không có \
         validate_only để áp dụng. Tất cả cùng được áp dụng, hoặc không gì cả; áp dụng rồi vẫn hoàn tác được một lần.",
        "Send it back: POST /v1/listing-change-sets?validate_only=true to check it (faults by cell, and what would change), then without \
         validate_only to apply it. All of it is applied or nothing; what was applied can be undone once.",
    ),
    Say::new(
        "Nội dung cần cán bộ đồng ý được đưa vào bản nháp; kết quả cho biết trường nào.",
        "What an officer has to agree to goes into the draft; the answer tells which fields.",
    ),
];

fn instruct(sheet: &mut Worksheet, language: Language, formats: &Formats) -> Result<(), XlsxError> {
    let title = Say::new("Hướng dẫn", "Instructions");
    sheet.set_name(title.in_language(language))?.set_column_width(0, 110)?;
    let mut row = 0;
    for (language, heading) in [(Language::Vi, "Hướng dẫn"), (Language::En, "Instructions")] {
        sheet.write_string_with_format(row, 0, heading, &formats.title)?;
        row += 1;
        for say in INSTRUCTIONS {
            sheet.write_string_with_format(row, 0, say.in_language(language), &formats.words)?;
            sheet.set_row_height(row, 32)?;
            row += 1;
        }
        row += 1;
    }
    Ok(())
}

/// The row of a template that shows how it is filled in. It is not read, for its id begins with `#`.
pub fn example(set: Option<(Taxonomy, i64)>) -> Line {
    let attributes = attributes::examples(&attributes::of_set(set));
    let members = json!({
        "names": { "vi": "Bánh cáy Ví Dụ hộp 250 g", "en": "Example cakes, 250 g box" },
        "summary": { "vi": "Bánh nếp rang gừng, gấc, dẻo và thơm.", "en": "Roasted sticky-rice cake with ginger and gac." },
        "ingredients": { "vi": "Gạo nếp 60 %, mạch nha, gấc, gừng, vừng" },
        "storage": { "vi": "Nơi khô ráo, tránh nắng." },
        "shelf_life_days": 90,
        "videos": ["https://video.example/1", "https://video.example/2"],
        "vat_rate": "8",
        "min_order": { "quantity": 50, "unit": "XBX" },
        "monthly_capacity": { "quantity": 2000, "unit": "XBX" },
        "season_months": [10, 11, 12, 1],
        "lead_time_days": 7,
        "delivery": { "nationwide": false, "provinces": ["33", "01"] },
        "cold_chain": "ambient",
        "export_markets": ["JP", "KR"],
        "trade_items": [{
            "name": "Hộp giấy 250 g", "unit": "XBX", "gtin": "2000260010007",
            "net_content": { "quantity": 250, "unit": "GRM" }, "per_case": 24, "cases_per_pallet": 60,
            "dimensions": { "length": 180, "width": 120, "height": 60 }, "gross_weight": 290, "vat_included": false,
            "prices": [{ "from_quantity": 1, "price": 45_000 }, { "from_quantity": 100, "price": 42_000 }],
        }],
        "attributes": attributes,
    });
    let members = match members {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    Line {
        product: "# ví dụ / example".to_owned(),
        product_name: "Bánh cáy Ví Dụ".to_owned(),
        version: 0,
        tag: String::new(),
        members,
    }
}
