//! What stands in a cell: JSON as a person writes it.
//!
//! Each [`Kind`] of column has its way of writing a JSON value into a cell and of reading it back, the second more lenient than
//! the first. What a cell may hold in the end is not decided here: what cannot be read is handed on as it stands, and the types
//! of the [content](crate::listings::Content) say what is wrong with it.

use crate::db::Day;
use crate::input::is_invisible;
use crate::listings::{ColdChain, Licence, Shape, VatRate};
use crate::products::Unit;
use crate::say;
use crate::say::{Invalid, Language, Say, grouped};
use crate::vietnamese::fold;
use serde_json::{Number, Value};
use unicode_normalization::UnicodeNormalization;

/// How the cells of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What a person need not understand.
    Id,
    Text(Shape, usize),
    /// Digits or letters that are no number.
    Code,
    /// A whole number from … to ….
    Whole(i64, i64),
    Choice(Options),
    Flag,
    /// One on each line.
    Lines,
    /// Separated by commas; digits are filled up with zeros in front to so many.
    Codes(usize),
    /// Numbers from 1 to 12, separated by commas.
    Months,
    Day,
    /// The value of an attribute, see [`ValueKind`].
    Value,
}

/// The values of a drop-down list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Options {
    Unit,
    Vat,
    ColdChain,
    Licence,
    ValueKind,
    YesNo,
}

crate::text_enum! {
    /// What the value of an attribute is.
    pub enum ValueKind {
        Text = "text",
        Number = "number",
        Flag = "flag",
        Choices = "choices",
    }
}

impl ValueKind {
    /// That of a value that is there.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Bool(_) => Self::Flag,
            Value::Number(_) => Self::Number,
            Value::Array(_) => Self::Choices,
            _ => Self::Text,
        }
    }
}

impl Options {
    pub const ALL: [Self; 6] =
        [Self::Unit, Self::Vat, Self::ColdChain, Self::Licence, Self::ValueKind, Self::YesNo];

    /// The codes, with what each of them means.
    pub fn values(self) -> Vec<(&'static str, Say)> {
        match self {
            Self::Unit => {
                let one = |unit: &Unit| {
                    let (vi, en) = unit.words();
                    (unit.as_str(), Say::new(vi, en))
                };
                Unit::ALL.iter().map(one).collect()
            }
            Self::Vat => VatRate::ALL.iter().map(|rate| (rate.as_str(), vat(*rate))).collect(),
            Self::ColdChain => ColdChain::ALL.iter().map(|cold| (cold.as_str(), chain(*cold))).collect(),
            Self::Licence => Licence::ALL.iter().map(|one| (one.as_str(), licence(*one))).collect(),
            Self::ValueKind => ValueKind::ALL.iter().map(|kind| (kind.as_str(), value_kind(*kind))).collect(),
            Self::YesNo => vec![("true", Say::new("có", "yes")), ("false", Say::new("không", "no"))],
        }
    }

    /// A value as the list shows it.
    pub fn shown(self, code: &str, language: Language) -> String {
        let values = self.values();
        let meaning =
            values.iter().find(|(known, _)| *known == code).map(|(_, say)| say.in_language(language));
        match (self, meaning) {
            (Self::YesNo, Some(meaning)) => meaning.to_owned(),
            (_, Some(meaning)) => format!("{code} – {meaning}"),
            (_, None) => code.to_owned(),
        }
    }

    /// Everything the list shows.
    pub fn list(self, language: Language) -> Vec<String> {
        self.values().iter().map(|(code, _)| self.shown(code, language)).collect()
    }

    /// The code that a person means: the code, what the list shows, or the meaning in either language.
    fn code(self, text: &str) -> Option<&'static str> {
        let text = text.trim().trim_end_matches('%').trim_end();
        let first = text.split([' ', '–', '-']).next().unwrap_or(text);
        let values = self.values();
        let by_code = |wanted: &str| {
            let found = values.iter().find(|(code, _)| code.eq_ignore_ascii_case(wanted));
            found.map(|(code, _)| *code)
        };
        let folded = fold(text);
        let by_meaning = || {
            let means = |say: &Say| fold(&say.vi) == folded || fold(&say.en) == folded;
            values.iter().find(|(_, say)| means(say)).map(|(code, _)| *code)
        };
        by_code(text).or_else(by_meaning).or_else(|| by_code(first))
    }
}

fn vat(rate: VatRate) -> Say {
    match rate {
        VatRate::Exempt => Say::new("không chịu thuế", "not taxed"),
        VatRate::Zero => Say::new("0 %", "0 %"),
        VatRate::Five => Say::new("5 %", "5 %"),
        VatRate::Eight => Say::new("8 %", "8 %"),
        VatRate::Ten => Say::new("10 %", "10 %"),
    }
}

fn chain(cold: ColdChain) -> Say {
    match cold {
        ColdChain::Ambient => Say::new("nhiệt độ thường", "as the air is"),
        ColdChain::Chilled => Say::new("mát, 0 đến 8 °C", "chilled, 0 to 8 °C"),
        ColdChain::Frozen => Say::new("đông lạnh, từ −18 °C", "frozen, −18 °C and below"),
    }
}

fn licence(licence: Licence) -> Say {
    match licence {
        Licence::TradeUse => Say::new("dùng khi giới thiệu sản phẩm", "where the product is shown"),
        Licence::CcBy => Say::new("ghi công", "attribution"),
        Licence::CcBySa => Say::new("ghi công, chia sẻ tương tự", "attribution, share alike"),
        Licence::Cc0 => Say::new("không giữ quyền", "no rights reserved"),
    }
}

fn value_kind(kind: ValueKind) -> Say {
    match kind {
        ValueKind::Text => Say::new("chữ", "a text"),
        ValueKind::Number => Say::new("số", "a number"),
        ValueKind::Flag => Say::new("có/không", "yes or no"),
        ValueKind::Choices => Say::new("nhiều lựa chọn", "several choices"),
    }
}

/// A cell to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    Empty,
    Text(String),
    Number(f64),
}

/// A cell as it was read. Texts are trimmed and in NFC, and no cell is without any.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    Text(String),
    Number(f64),
    Flag(bool),
    Day(String),
    /// A formula that failed.
    Error(String),
}

impl Raw {
    /// A text as the rest of the service takes it; nothing if there is none.
    pub fn text(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self::Text(text.nfc().collect()))
    }

    /// What stands there, as people see it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Day(text) | Self::Error(text) => text.clone(),
            Self::Number(number) => plain(*number),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

/// A number without an exponent, and without a point if it is whole.
fn plain(number: f64) -> String {
    // Beyond nine decimals there is only the noise of binary fractions.
    ((number * 1e9).round() / 1e9).to_string()
}

/// The whole number that a number is, up to where they are exact.
#[expect(clippy::cast_possible_truncation, reason = "within 2^53, and whole")]
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

/// A number as JSON: whole ones as such.
fn number(given: f64) -> Value {
    match whole(given) {
        Some(whole) => Value::from(whole),
        None => Number::from_f64(given).map_or(Value::Null, Value::Number),
    }
}

/// A number that was written as text, with or without separators of thousands.
fn typed_whole(text: &str) -> Option<i64> {
    let groups: Vec<&str> = text.split(['.', ',', ' ', '\u{a0}', '\u{202f}']).collect();
    let digits = |group: &&str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    let (first, rest) = groups.split_first()?;
    let sensible = digits(first) && (rest.is_empty() || first.len() <= 3);
    (sensible && rest.iter().all(|group| group.len() == 3 && digits(group)))
        .then(|| groups.concat().parse().ok())
        .flatten()
}

impl Kind {
    /// Writes a value of the content into a cell.
    pub fn write(self, value: Option<&Value>, language: Language) -> Shown {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Shown::Empty };
        let list = |joint: &str| {
            let items = value.as_array().map_or(&[][..], Vec::as_slice);
            items.iter().map(text_of).collect::<Vec<_>>().join(joint)
        };
        let text = match self {
            Self::Whole(..) => return value.as_f64().map_or(Shown::Empty, Shown::Number),
            Self::Choice(options) => options.shown(&text_of(value), language),
            Self::Flag => Options::YesNo.shown(&text_of(value), language),
            Self::Lines => list("\n"),
            Self::Codes(_) => list(", "),
            Self::Months => list(","),
            Self::Value => match value {
                Value::Number(number) => return number.as_f64().map_or(Shown::Empty, Shown::Number),
                Value::Bool(flag) => Options::YesNo.shown(&flag.to_string(), language),
                Value::Array(_) => list("\n"),
                value => text_of(value),
            },
            Self::Id | Self::Text(..) | Self::Code | Self::Day => text_of(value),
        };
        if text.is_empty() { Shown::Empty } else { Shown::Text(text) }
    }

    /// Reads a cell as JSON of the content. What it cannot read it hands on as it stands.
    pub fn read(self, raw: &Raw) -> Result<Value, Invalid> {
        if let Raw::Error(error) = raw {
            let say = say!("Ô có lỗi công thức {error}.", "The cell has the formula error {error}.");
            return Err(Invalid::new("formula_error", say));
        }
        let shown = raw.shown();
        if shown.contains(|c| c == '\0' || is_invisible(c)) {
            return Err(Invalid::new(
                "control_character",
                Say::new(
                    "Không được chứa ký tự ẩn (ký tự rộng bằng không hoặc đổi hướng chữ).",
                    "Must not contain invisible characters (zero-width or direction marks).",
                ),
            ));
        }
        Ok(match (self, raw) {
            (Self::Whole(..), Raw::Number(given)) => number(*given),
            (Self::Whole(..), _) => typed_whole(&shown).map_or(Value::String(shown), Value::from),
            (Self::Choice(Options::Vat), Raw::Number(given)) if (0.001..1.0).contains(given) => {
                // "8 %" in a cell that was made a number.
                Value::String(plain(given * 100.0))
            }
            (Self::Choice(options), _) => {
                options.code(&shown).map_or(Value::String(shown), |code| Value::String(code.to_owned()))
            }
            (Self::Flag, _) => flag(raw).map_or(Value::String(shown), Value::Bool),
            (Self::Lines, _) => items(&shown, char::is_whitespace).map(Value::String).collect(),
            (Self::Codes(width), _) => {
                let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
                items(&shown, separates).map(|code| Value::String(filled(code, width))).collect()
            }
            (Self::Months, _) => {
                let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
                let month = |text: String| text.parse::<i64>().map_or(Value::String(text), Value::from);
                items(&shown, separates).map(month).collect()
            }
            (Self::Day, _) => Value::String(day(&shown).unwrap_or(shown)),
            (Self::Id | Self::Text(..) | Self::Code | Self::Value, _) => Value::String(shown),
        })
    }

    /// What is expected of a cell, for whoever fills it in.
    pub fn expects(self) -> Option<Say> {
        Some(match self {
            Self::Id | Self::Code | Self::Value => return None,
            Self::Text(Shape::Line, most) => {
                say!("Một dòng, dài nhất {most} ký tự.", "One line of at most {most} characters.")
            }
            Self::Text(Shape::Prose, most) => {
                say!("Dài nhất {most} ký tự, được xuống dòng.", "At most {most} characters, lines are kept.")
            }
            Self::Whole(least, most) => {
                let (vi_least, vi_most) = (grouped(least, Language::Vi), grouped(most, Language::Vi));
                let (en_least, en_most) = (grouped(least, Language::En), grouped(most, Language::En));
                say!("Số nguyên từ {vi_least} đến {vi_most}.", "A whole number from {en_least} to {en_most}.")
            }
            Self::Choice(_) => Say::new("Chọn trong danh sách.", "Choose from the list."),
            Self::Flag => Say::new("có hoặc không.", "yes or no."),
            Self::Lines => Say::new(
                "Mỗi dòng trong ô một địa chỉ https (Alt+Enter).",
                "One https address on each line of the cell (Alt+Enter).",
            ),
            Self::Codes(_) => Say::new("Cách nhau bằng dấu phẩy.", "Separated by commas."),
            Self::Months => Say::new(
                "Các tháng, cách nhau bằng dấu phẩy: 10,11,12,1.",
                "Months, separated by commas: 10,11,12,1.",
            ),
            Self::Day => {
                Say::new("Ngày dạng 2026-11-30 hoặc 30/11/2026.", "A date as 2026-11-30 or 30/11/2026.")
            }
        })
    }

    /// Is it kept as text, whatever is typed into it?
    pub fn is_text(self) -> bool {
        !matches!(self, Self::Whole(..) | Self::Value)
    }

    /// The list to choose from.
    pub fn options(self) -> Option<Options> {
        match self {
            Self::Choice(options) => Some(options),
            Self::Flag => Some(Options::YesNo),
            _ => None,
        }
    }
}

/// A value of an attribute, of the kind that is told or else of that which its cell has.
pub fn attribute(raw: &Raw, kind: Option<ValueKind>) -> Result<Value, Invalid> {
    let Value::String(text) = Kind::Value.read(raw)? else { return Ok(Value::Null) };
    Ok(match (kind, raw) {
        (Some(ValueKind::Flag), _) => flag(raw).map_or(Value::String(text), Value::Bool),
        (Some(ValueKind::Choices), _) => {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Value::from).collect()
        }
        (Some(ValueKind::Text), _) => Value::String(text),
        (_, Raw::Number(given)) => number(*given),
        (Some(ValueKind::Number), _) => {
            let point = text.replace(',', ".");
            let read = point.parse::<f64>().ok().filter(|number| number.is_finite());
            read.map(number)
                .ok_or_else(|| Invalid::new("wrong_type", Say::new("Cần một số.", "Expected a number.")))?
        }
        (None, Raw::Flag(given)) => Value::Bool(*given),
        (None, _) => Value::String(text),
    })
}

/// A text, or a number or boolean as text.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn items(text: &str, separates: impl Fn(char) -> bool) -> impl Iterator<Item = String> {
    text.split(separates).filter(|item| !item.is_empty()).map(str::to_owned)
}

/// Digits with the zeros in front that a spreadsheet takes away.
fn filled(code: String, width: usize) -> String {
    match code.bytes().all(|b| b.is_ascii_digit()) {
        true => format!("{code:0>width$}"),
        false => code.to_uppercase(),
    }
}

fn flag(raw: &Raw) -> Option<bool> {
    match raw {
        Raw::Flag(flag) => Some(*flag),
        Raw::Number(number) if *number == 1.0 => Some(true),
        Raw::Number(number) if *number == 0.0 => Some(false),
        raw => match fold(&raw.shown()).as_str() {
            "co" | "yes" | "true" | "x" | "1" => Some(true),
            "khong" | "no" | "false" | "0" => Some(false),
            _ => None,
        },
    }
}

/// `30/11/2026` as `2026-11-30`; a date that is written so already stays.
fn day(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(['/', '.']).collect();
    let [day, month, year] = parts.as_slice() else { return None };
    let (day, month): (u8, u8) = (day.trim().parse().ok()?, month.trim().parse().ok()?);
    let year: u16 = year.trim().parse().ok()?;
    let written = format!("{year:04}-{month:02}-{day:02}");
    Day::parse(&written).is_ok().then_some(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(text: &str) -> Raw {
        Raw::text(text).expect("a text")
    }

    #[test]
    fn what_is_written_reads_back() {
        for (kind, value) in [
            (Kind::Text(Shape::Prose, 99), json!("=1+1\nhai dòng")),
            (Kind::Whole(1, 9), json!(1_000_000_000_000_i64)),
            (Kind::Choice(Options::Unit), json!("XBX")),
            (Kind::Choice(Options::Vat), json!("exempt")),
            (Kind::Choice(Options::Licence), json!("cc_by_sa")),
            (Kind::Flag, json!(true)),
            (Kind::Flag, json!(false)),
            (Kind::Lines, json!(["https://a.example/1", "https://a.example/2,3"])),
            (Kind::Codes(2), json!(["01", "33"])),
            (Kind::Codes(0), json!(["JP", "KR"])),
            (Kind::Months, json!([1, 10, 12])),
            (Kind::Day, json!("2026-11-30")),
            (Kind::Code, json!("08938501234567")),
        ] {
            for language in [Language::Vi, Language::En] {
                let raw = match kind.write(Some(&value), language) {
                    Shown::Text(shown) => text(&shown),
                    Shown::Number(number) => Raw::Number(number),
                    Shown::Empty => panic!("{kind:?} writes nothing"),
                };
                assert_eq!(kind.read(&raw), Ok(value.clone()), "{kind:?} {raw:?}");
            }
        }
        assert_eq!(Kind::Months.write(Some(&json!([])), Language::Vi), Shown::Empty);
    }

    #[test]
    fn every_option_is_known_by_its_code_and_by_its_meanings() {
        for options in Options::ALL {
            for (code, say) in options.values() {
                let shown = [Language::Vi, Language::En].map(|language| options.shown(code, language));
                for text in [code, &code.to_lowercase(), &say.vi, &say.en, &shown[0], &shown[1]] {
                    assert_eq!(options.code(text), Some(code), "{options:?} {text}");
                }
            }
            assert_eq!(options.code("gì đó"), None);
        }
        assert_eq!(Kind::Choice(Options::Vat).read(&Raw::Number(0.08)), Ok(json!("8")));
        assert_eq!(Kind::Choice(Options::Vat).read(&text("8%")), Ok(json!("8")));
    }

    #[test]
    fn people_write_numbers_and_dates_in_their_ways() {
        for (given, read) in [
            (text("85.000"), json!(85_000)),
            (text("1 250 000"), json!(1_250_000)),
            (text("85000"), json!(85_000)),
            (text("85.00"), json!("85.00")),
            (text("tám"), json!("tám")),
            (Raw::Number(85.5), json!(85.5)),
        ] {
            assert_eq!(Kind::Whole(1, 9).read(&given), Ok(read), "{given:?}");
        }
        assert_eq!(Kind::Day.read(&text("30/11/2026")), Ok(json!("2026-11-30")));
        assert_eq!(Kind::Day.read(&text("31/11/2026")), Ok(json!("31/11/2026")));
        assert_eq!(Kind::Codes(2).read(&Raw::Number(1.0)), Ok(json!(["01"])));
        assert_eq!(Kind::Months.read(&text("10; 11, mười")), Ok(json!([10, 11, "mười"])));
        let code = |raw: &Raw| Kind::Id.read(raw).map_err(|invalid| invalid.code);
        assert_eq!(code(&Raw::Error("#REF!".into())), Err("formula_error"));
        assert_eq!(code(&text("a\u{202e}b")), Err("control_character"));
    }

    #[test]
    fn an_attribute_keeps_its_kind() {
        let read = |raw: Raw, kind| attribute(&raw, kind).map_err(|invalid| invalid.code);
        assert_eq!(read(text("mè\nđậu"), Some(ValueKind::Choices)), Ok(json!(["mè", "đậu"])));
        assert_eq!(read(text("mè\nđậu"), None), Ok(json!("mè\nđậu")));
        assert_eq!(read(Raw::Number(12.5), None), Ok(json!(12.5)));
        assert_eq!(read(Raw::Number(12.0), Some(ValueKind::Text)), Ok(json!("12")));
        assert_eq!(read(text("12,5"), Some(ValueKind::Number)), Ok(json!(12.5)));
        assert_eq!(read(text("x"), Some(ValueKind::Number)), Err("wrong_type"));
        assert_eq!(read(text("có"), Some(ValueKind::Flag)), Ok(json!(true)));
        assert_eq!(read(Raw::Flag(true), None), Ok(json!(true)));
    }
}
