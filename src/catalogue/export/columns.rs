//! The columns of the flat exports, CSV and XLSX: one table for both.

use crate::catalogue::published::{Picture, Published, Text, Unit};
use crate::listings::Volume;
use crate::say::Language;
use std::borrow::Cow;
use std::fmt::Write;

/// What a column is called, and what of a product stands in it.
pub struct Column {
    vi: &'static str,
    en: &'static str,
    /// Width in a spreadsheet, in characters.
    pub width: u16,
    cell: for<'a> fn(&'a Published<'a>, Language) -> Cell<'a>,
}

impl Column {
    pub fn heading(&self, language: Language) -> &'static str {
        match language {
            Language::Vi => self.vi,
            Language::En => self.en,
        }
    }

    pub fn cell<'a>(&self, product: &'a Published<'a>, language: Language) -> Cell<'a> {
        (self.cell)(product, language)
    }
}

/// A value, by how a spreadsheet should take it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    Empty,
    /// Words and codes; a code of digits is text as well, for its leading zeros are part of it.
    Text(Cow<'a, str>),
    Whole(i64),
    Decimal(f64),
    /// `2026-05-22`
    Day(&'a str),
    /// `2026-11-23T08:15:30.123456Z`
    Instant(Cow<'a, str>),
}

/// Between several values in one cell.
const BETWEEN: &str = "; ";

/// All columns, in order. New ones go to the end, so that a reader by position goes on working.
pub const COLUMNS: &[Column] = &[
    column("Mã sản phẩm", "Code", 13, |p, _| text(&p.code)),
    column("Tên sản phẩm", "Product", 36, |p, _| text(&p.name)),
    column("Chủ thể", "Producer", 36, |p, _| text(&p.producer.name)),
    column("Số sao", "Stars", 7, |p, _| Cell::Whole(p.stars.into())),
    column("Điểm", "Score", 7, |p, _| p.score.map_or(Cell::Empty, Cell::Decimal)),
    column("Nhóm sản phẩm", "Group", 24, |p, language| {
        p.group.as_ref().map_or(Cell::Empty, |group| lent(group.name.in_language(language)))
    }),
    column("Bộ tiêu chí số", "Criteria set no.", 8, |p, _| {
        p.set.as_ref().map_or(Cell::Empty, |set| Cell::Whole(set.set_no))
    }),
    column("Bộ tiêu chí", "Criteria set", 30, |p, language| {
        p.set.as_ref().map_or(Cell::Empty, |set| lent(set.name.in_language(language)))
    }),
    column("Xã, phường", "Commune", 22, |p, _| name(&p.place.commune)),
    column("Tỉnh, thành phố", "Province", 22, |p, _| name(&p.place.province)),
    column("Mã xã", "Commune code", 9, |p, _| code(&p.place.commune)),
    column("Mã tỉnh", "Province code", 9, |p, _| code(&p.place.province)),
    column("Xã trước 1/7/2025", "Commune before 1 July 2025", 22, |p, _| name(&p.place.former.commune)),
    column("Huyện trước 1/7/2025", "District before 1 July 2025", 22, |p, _| {
        name(&p.place.former.district)
    }),
    column("Tỉnh trước 1/7/2025", "Province before 1 July 2025", 22, |p, _| {
        name(&p.place.former.province)
    }),
    column("Mã GTIN", "GTIN", 16, |p, _| maybe(&p.gtin)),
    column("Trạng thái", "State", 20, |p, language| lent(state(p.certification.state.as_str(), language))),
    column("Số quyết định", "Decision", 18, |p, _| text(&p.certification.decision.number)),
    column("Cơ quan ban hành", "Issuer", 24, |p, _| text(&p.certification.decision.issuer)),
    column("Ngày ban hành", "Decided on", 12, |p, _| day(&p.certification.decision.decided_on)),
    column("Hết thời hạn", "Term ends", 12, |p, _| day(&p.certification.valid_until)),
    column("Hiệu lực đến hết", "In force until", 12, |p, _| day(&p.certification.in_force_until)),
    column("Chứng chỉ", "Certificates", 40, certificates),
    column("Giá sỉ từ (đồng)", "Wholesale from (VND)", 14, |p, _| whole(p.price_from)),
    column("Đơn vị giá", "Price unit", 10, |p, _| maybe(&p.price_unit)),
    column("Tháng mùa vụ", "Season (months)", 18, |p, _| season(p)),
    column("Bộ tiêu chí năm", "Criteria version", 9, |p, _| text(&p.criteria_version)),
    column("Nguồn", "Source", 30, |p, _| maybe(&p.source_url)),
    column("Xác minh", "Verification", 32, |p, _| text(&p.verification_url)),
    column("Cập nhật lúc", "Updated at", 18, |p, _| Cell::Instant(Cow::Borrowed(p.updated_at.as_str()))),
    column("ID sản phẩm", "Product id", 38, |p, _| text(&p.id)),
    column("ID chủ thể", "Producer id", 38, |p, _| text(&p.producer.id)),
    column("Đơn hàng tối thiểu", "Smallest order", 12, |p, _| quantity(p.min_order)),
    column("Đơn vị đơn hàng", "Order unit", 10, |p, _| unit(p.min_order)),
    column("Sản lượng mỗi tháng", "Monthly capacity", 12, |p, _| quantity(p.monthly_capacity)),
    column("Đơn vị sản lượng", "Capacity unit", 10, |p, _| unit(p.monthly_capacity)),
    column("Tên thương mại", "Trade name (Vietnamese)", 36, |p, _| {
        p.names.as_ref().map_or(Cell::Empty, |names| text(&names.vi))
    }),
    column("Tên tiếng Anh", "Trade name (English)", 36, |p, _| {
        p.names.as_ref().map_or(Cell::Empty, |names| maybe(&names.en))
    }),
    column("Mô tả ngắn", "Summary", 40, |p, language| {
        p.summary.as_ref().map_or(Cell::Empty, |summary| lent(summary.in_language(language)))
    }),
    column("Hạn sử dụng (ngày)", "Shelf life (days)", 10, |p, _| whole(p.shelf_life_days)),
    column("GTIN các quy cách", "GTINs of packs", 34, |p, _| gtins(p)),
    column("Ảnh", "Picture", 40, |p, _| {
        p.pictures.first().and_then(Picture::best).map_or(Cell::Empty, |file| text(&file.url))
    }),
    column("Thuế suất VAT", "VAT rate", 8, vat),
    column("Thời gian giao (ngày)", "Lead time (days)", 10, |p, _| whole(p.lead_time_days)),
];

const fn column(
    vi: &'static str,
    en: &'static str,
    width: u16,
    cell: for<'a> fn(&'a Published<'a>, Language) -> Cell<'a>,
) -> Column {
    Column { vi, en, width, cell }
}

fn lent(text: &str) -> Cell<'_> {
    Cell::Text(Cow::Borrowed(text))
}

fn text<'a>(text: &'a Text<'_>) -> Cell<'a> {
    lent(text.as_str())
}

fn maybe<'a>(found: &'a Option<Text<'_>>) -> Cell<'a> {
    found.as_ref().map_or(Cell::Empty, text)
}

fn name<'a>(unit: &'a Option<Unit<'_>>) -> Cell<'a> {
    unit.as_ref().map_or(Cell::Empty, |unit| text(&unit.name))
}

fn code<'a>(unit: &'a Option<Unit<'_>>) -> Cell<'a> {
    unit.as_ref().map_or(Cell::Empty, |unit| text(&unit.code))
}

fn day<'a>(day: &'a Text<'_>) -> Cell<'a> {
    Cell::Day(day.as_str())
}

fn state(state: &str, language: Language) -> &str {
    match (state, language) {
        ("valid", Language::Vi) => "còn hiệu lực",
        ("expiring", Language::Vi) => "sắp hết hiệu lực",
        ("extended", Language::Vi) => "được gia hạn",
        (code, _) => code,
    }
}

/// `VietGAP VG-0034 (2027-05-31); Hữu cơ HC 12`: name, number, last day.
fn certificates<'a>(product: &'a Published<'a>, language: Language) -> Cell<'a> {
    if product.certificates.is_empty() {
        return Cell::Empty;
    }
    let mut list = String::new();
    for (position, certificate) in product.certificates.iter().enumerate() {
        let between = if position == 0 { "" } else { BETWEEN };
        // Writing into a string cannot fail.
        let _ = write!(list, "{between}{} {}", certificate.name(language), certificate.number);
        if let Some(last) = &certificate.valid_until {
            let _ = write!(list, " ({last})");
        }
    }
    Cell::Text(list.into())
}

fn quantity<'a>(stated: Option<Volume>) -> Cell<'a> {
    stated.map_or(Cell::Empty, |volume| Cell::Whole(volume.quantity.get()))
}

fn unit<'a>(stated: Option<Volume>) -> Cell<'a> {
    stated.map_or(Cell::Empty, |volume| lent(volume.unit.as_str()))
}

fn whole<'a>(number: Option<i64>) -> Cell<'a> {
    number.map_or(Cell::Empty, Cell::Whole)
}

fn gtins<'a>(product: &'a Published<'a>) -> Cell<'a> {
    let all: Vec<&str> =
        product.trade_items.iter().filter_map(|pack| pack.gtin.as_ref()).map(Text::as_str).collect();
    if all.is_empty() { Cell::Empty } else { Cell::Text(all.join(BETWEEN).into()) }
}

/// `8%`: as text, for one of the rates is none.
fn vat<'a>(product: &'a Published<'a>, language: Language) -> Cell<'a> {
    match (product.vat_rate.as_ref().map(Text::as_str), language) {
        (None, _) => Cell::Empty,
        (Some("exempt"), Language::Vi) => lent("không chịu thuế"),
        (Some("exempt"), Language::En) => lent("exempt"),
        (Some(rate), _) => Cell::Text(format!("{rate}%").into()),
    }
}

fn season<'a>(product: &'a Published<'a>) -> Cell<'a> {
    let Some(months) = product.season_months.as_ref().filter(|months| !months.is_empty()) else {
        return Cell::Empty;
    };
    let mut list = String::new();
    for (position, month) in months.iter().enumerate() {
        let between = if position == 0 { "" } else { BETWEEN };
        let _ = write!(list, "{between}{month}");
    }
    // One month alone is text as well: a column holds one kind of value.
    Cell::Text(list.into())
}
