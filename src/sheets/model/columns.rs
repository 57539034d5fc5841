//! The columns of a workbook of listings.
//!
//! A workbook has four tables, each on a worksheet: listings (a row for each), packs, pictures and attributes (rows that name
//! the product they belong to). A column is known by its **machine name**, which stands in a hidden row below the headings: so
//! headings may be translated, columns moved and worksheets renamed. A column of content knows the field it is of and where in
//! the field's JSON it stands, which is how cells become JSON, and faults of JSON faults of cells.

use super::cell::{Kind, Options};
use crate::listings::{
    Description, Field, Ingredients, ListingName, PaymentTerms, SamplePolicy, Shape, Storage, Story, Summary,
    Usage,
};
use crate::say::Say;
use std::sync::LazyLock;

/// A worksheet of the workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    Listings,
    Packs,
    Pictures,
    Attributes,
}

impl Table {
    pub const ALL: [Self; 4] = [Self::Listings, Self::Packs, Self::Pictures, Self::Attributes];

    /// What the machine names of its columns begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Listings => "listing",
            Self::Packs => "pack",
            Self::Pictures => "picture",
            Self::Attributes => "attribute",
        }
    }

    /// What its worksheet is called.
    pub fn title(self) -> Say {
        match self {
            Self::Listings => Say::new("Sản phẩm", "Products"),
            Self::Packs => Say::new("Quy cách và giá", "Packs and prices"),
            Self::Pictures => Say::new("Ảnh", "Pictures"),
            Self::Attributes => Say::new("Thuộc tính", "Attributes"),
        }
    }

    /// The field its rows make up together, if they do.
    pub fn field(self) -> Option<Field> {
        match self {
            Self::Listings => None,
            Self::Packs => Some(Field::TradeItems),
            Self::Pictures => Some(Field::Images),
            Self::Attributes => Some(Field::Attributes),
        }
    }

    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Listings => &LISTINGS,
            Self::Packs => &PACKS,
            Self::Pictures => &PICTURES,
            Self::Attributes => &ATTRIBUTES,
        }
    }

    /// The column of a machine name.
    pub fn named(name: &str) -> Option<(Self, usize)> {
        Self::ALL.iter().find_map(|table| {
            let place = table.columns().iter().position(|column| column.name == name)?;
            Some((*table, place))
        })
    }
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Names the product of the row.
    Product,
    /// The version of the listing that was downloaded.
    Version,
    /// By which a listing is known to be still the one that was downloaded.
    Tag,
    /// For those who read the sheet; what is changed in it is ignored.
    Told,
    /// Which of the rows of a product it is, in their order.
    Order,
    /// Key of an attribute.
    Key,
    /// Of which kind an attribute's value is.
    ValueKind,
    /// Content.
    Content,
}

/// A column.
#[derive(Debug)]
pub struct Column {
    /// Its machine name.
    pub name: String,
    pub part: Part,
    /// Of a listing's own column: the field it is of.
    pub field: Option<Field>,
    /// Where in the JSON of the field, or of the row, it stands.
    pub path: Vec<String>,
    pub kind: Kind,
    pub heading: Say,
    /// What is expected, beside what its kind says.
    pub hint: Option<Say>,
    /// In characters.
    pub width: u16,
}

impl Column {
    fn new(name: impl Into<String>, part: Part, kind: Kind, heading: Say, width: u16) -> Self {
        Self { name: name.into(), part, field: None, path: Vec::new(), kind, heading, hint: None, width }
    }

    fn at(self, path: &[&str]) -> Self {
        Self { path: path.iter().map(|step| (*step).to_owned()).collect(), ..self }
    }

    fn hint(self, vi: &'static str, en: &'static str) -> Self {
        Self { hint: Some(Say::new(vi, en)), ..self }
    }

    fn of(field: Field, kind: Kind, width: u16) -> Self {
        let name = format!("listing.{}", field.as_str());
        Self { field: Some(field), ..Self::new(name, Part::Content, kind, field.label(), width) }
    }

    /// A part of a field, its heading that of the field and of the part.
    fn part_of(field: Field, part: &str, kind: Kind, (vi, en): (&str, &str), width: u16) -> Self {
        let (label, of) = (field.label(), Self::of(field, kind, width));
        let heading =
            Say { vi: format!("{}, {vi}", label.vi).into(), en: format!("{}, {en}", label.en).into() };
        Self { name: format!("{}.{part}", of.name), heading, ..of }.at(&[part])
    }

    /// Both languages of a text.
    fn words(field: Field, shape: Shape, most: usize) -> [Self; 2] {
        let width = if most > 300 { 40 } else { 30 };
        let kind = Kind::Text(shape, most);
        [("vi", ("tiếng Việt", "Vietnamese")), ("en", ("tiếng Anh", "English"))]
            .map(|(part, heading)| Self::part_of(field, part, kind, heading, width))
    }

    /// Number and unit of a quantity.
    fn quantity(field: Field) -> [Self; 2] {
        let (number, unit) = (Kind::Whole(1, 1_000_000_000), Kind::Choice(Options::Unit));
        [
            Self::part_of(field, "quantity", number, ("số lượng", "quantity"), 12),
            Self::part_of(field, "unit", unit, ("đơn vị", "unit"), 16),
        ]
    }
}

/// The columns every table begins with.
fn begin(table: Table) -> Vec<Column> {
    let prefix = table.prefix();
    let name = |part: &str| format!("{prefix}.{part}");
    let id =
        Column::new(name("product_id"), Part::Product, Kind::Id, Say::new("Mã sản phẩm", "Product id"), 14);
    let told = Column::new(
        name("product_name"),
        Part::Told,
        Kind::Text(Shape::Line, 200),
        Say::new("Sản phẩm", "Product"),
        30,
    );
    vec![
        id.hint(
            "Không sửa. Dòng mới: chép mã từ trang Sản phẩm.",
            "Do not change. New rows: copy the id from the sheet Products.",
        ),
        told.hint(
            "Chỉ để đọc; sửa ở đây không có tác dụng.",
            "To be read only; changes here have no effect.",
        ),
    ]
}

static LISTINGS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let mut columns = begin(Table::Listings);
    let version = Say::new("Phiên bản", "Version");
    let tag = Say::new("Dấu phiên bản", "Tag");
    columns.push(
        Column::new("listing.version", Part::Version, Kind::Whole(0, 1_000_000_000), version, 10)
            .hint("Không sửa: cho biết bản đã tải về.", "Do not change: tells what was downloaded."),
    );
    columns.push(
        Column::new("listing.tag", Part::Tag, Kind::Id, tag, 10)
            .hint("Không sửa: cho biết bản đã tải về.", "Do not change: tells what was downloaded."),
    );
    columns.extend(Field::ALL.iter().flat_map(|field| columns_of(*field)));
    columns
});

/// The columns of one field on the sheet of listings; none if it has a sheet of its own.
fn columns_of(field: Field) -> Vec<Column> {
    let long = |most| Kind::Text(Shape::Prose, most);
    match field {
        Field::Names => Column::words(field, ListingName::SHAPE, ListingName::MOST).into(),
        Field::Summary => Column::words(field, Summary::SHAPE, Summary::MOST).into(),
        Field::Description => Column::words(field, Description::SHAPE, Description::MOST).into(),
        Field::Story => Column::words(field, Story::SHAPE, Story::MOST).into(),
        Field::Ingredients => Column::words(field, Ingredients::SHAPE, Ingredients::MOST).into(),
        Field::Storage => Column::words(field, Storage::SHAPE, Storage::MOST).into(),
        Field::Usage => Column::words(field, Usage::SHAPE, Usage::MOST).into(),
        Field::PaymentTerms => Column::words(field, PaymentTerms::SHAPE, PaymentTerms::MOST).into(),
        Field::SamplePolicy => Column::words(field, SamplePolicy::SHAPE, SamplePolicy::MOST).into(),
        Field::ShelfLife | Field::LeadTime => vec![Column::of(field, Kind::Whole(1, 3_650), 12)],
        Field::Origin => vec![
            Column::part_of(field, "unit", Kind::Code, ("mã đơn vị hành chính", "admin unit"), 14).hint(
                "Mã xã hoặc tỉnh, 2 đến 5 chữ số, giữ cả số 0 ở đầu.",
                "Code of a commune or province, 2 to 5 digits, zeros in front included.",
            ),
            Column::part_of(field, "on", Kind::Day, ("tính theo ngày", "as on"), 14).hint(
                "Ngày mà mã có hiệu lực; để trống nếu là mã hiện nay.",
                "A day on which the code was in use; empty if it is one of today.",
            ),
        ],
        Field::Videos => vec![Column::of(field, Kind::Lines, 40)],
        Field::Traceability => {
            vec![Column::of(field, long(500), 40).hint("Địa chỉ https đầy đủ.", "A whole https address.")]
        }
        Field::PriceFrom => vec![Column::of(field, Kind::Whole(1, 1_000_000_000_000), 14).hint(
            "Đồng. Nếu trang Quy cách có giá thì giá này được tính từ đó.",
            "In đồng. Where the sheet of packs has prices, it follows from them.",
        )],
        Field::PriceUnit => vec![Column::of(field, Kind::Choice(Options::Unit), 16)],
        Field::Vat => vec![Column::of(field, Kind::Choice(Options::Vat), 14)],
        Field::MinOrder | Field::MonthlyCapacity => Column::quantity(field).into(),
        Field::SeasonMonths => vec![Column::of(field, Kind::Months, 16)],
        Field::Delivery => vec![
            Column::part_of(field, "nationwide", Kind::Flag, ("toàn quốc", "nationwide"), 12),
            Column::part_of(field, "provinces", Kind::Codes(2), ("mã tỉnh", "provinces"), 20).hint(
                "Mã tỉnh hiện nay, hai chữ số, ví dụ 33, 01.",
                "Codes of today's provinces, two digits, such as 33, 01.",
            ),
        ],
        Field::ColdChain => vec![Column::of(field, Kind::Choice(Options::ColdChain), 16)],
        Field::ExportMarkets => {
            vec![Column::of(field, Kind::Codes(0), 20).hint(
                "Mã nước hai chữ cái, ví dụ JP, KR.",
                "Countries by their two letters, such as JP, KR.",
            )]
        }
        Field::Images | Field::Attributes | Field::TradeItems => Vec::new(),
    }
}

/// Price tiers of a pack.
pub const TIERS: usize = 12;

static PACKS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let mut columns = begin(Table::Packs);
    columns.push(order(Table::Packs, 30));
    let mut add = |path: &[&str], kind, heading, width| {
        columns.push(
            Column::new(format!("pack.{}", path.join(".")), Part::Content, kind, heading, width).at(path),
        );
    };
    let packed = Kind::Whole(1, 100_000);
    add(&["name"], Kind::Text(Shape::Line, 120), Say::new("Quy cách", "Pack"), 26);
    add(&["unit"], Kind::Choice(Options::Unit), Say::new("Đơn vị", "Unit"), 16);
    add(&["gtin"], Kind::Code, Say::new("Mã GTIN", "GTIN"), 16);
    let volume = Kind::Whole(1, 1_000_000_000);
    add(&["net_content", "quantity"], volume, Say::new("Lượng tịnh", "Net content"), 12);
    add(
        &["net_content", "unit"],
        Kind::Choice(Options::Unit),
        Say::new("Lượng tịnh, đơn vị", "Net content, unit"),
        16,
    );
    add(&["per_case"], packed, Say::new("Số trong thùng", "Per case"), 12);
    add(&["cases_per_pallet"], packed, Say::new("Số thùng trên pa-lét", "Cases per pallet"), 12);
    for (side, vi, en) in [
        ("length", "Dài (mm)", "Length (mm)"),
        ("width", "Rộng (mm)", "Width (mm)"),
        ("height", "Cao (mm)", "Height (mm)"),
    ] {
        add(&["dimensions", side], Kind::Whole(1, 20_000), Say::new(vi, en), 10);
    }
    add(&["gross_weight"], Kind::Whole(1, 10_000_000), Say::new("Cả bì (gam)", "Gross weight (g)"), 12);
    add(&["vat_included"], Kind::Flag, Say::new("Giá gồm VAT", "VAT included"), 12);
    for tier in 0..TIERS {
        let (no, place) = (tier + 1, tier.to_string());
        let (from, price) = (
            crate::say!("Mức {no}: từ số lượng", "Tier {no}: from quantity"),
            crate::say!("Mức {no}: giá (đồng)", "Tier {no}: price (đồng)"),
        );
        add(&["prices", &place, "from_quantity"], packed, from, 12);
        add(&["prices", &place, "price"], Kind::Whole(1, 1_000_000_000_000), price, 14);
    }
    columns
});

fn order(table: Table, most: i64) -> Column {
    let name = format!("{}.no", table.prefix());
    let heading = Say::new("Thứ tự", "No.");
    Column::new(name, Part::Order, Kind::Whole(1, most), heading, 8)
        .hint("Mỗi sản phẩm đếm từ 1.", "Counts from 1 for each product.")
}

static PICTURES: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let mut columns = begin(Table::Pictures);
    columns.push(order(Table::Pictures, 20));
    let mut add = |path: &[&str], kind, heading, width| {
        columns.push(
            Column::new(format!("picture.{}", path.join(".")), Part::Content, kind, heading, width).at(path),
        );
    };
    add(&["image_id"], Kind::Id, Say::new("Mã ảnh", "Image id"), 36);
    let alt = Kind::Text(Shape::Line, 250);
    add(&["alt", "vi"], alt, Say::new("Mô tả ảnh, tiếng Việt", "What it shows, Vietnamese"), 30);
    add(&["alt", "en"], alt, Say::new("Mô tả ảnh, tiếng Anh", "What it shows, English"), 30);
    add(&["licence"], Kind::Choice(Options::Licence), Say::new("Giấy phép", "Licence"), 20);
    add(&["credit"], Kind::Text(Shape::Line, 120), Say::new("Ghi công", "Credit"), 20);
    columns
});

static ATTRIBUTES: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let mut columns = begin(Table::Attributes);
    let (key, kind, value) =
        (Say::new("Thuộc tính", "Attribute"), Say::new("Kiểu", "Kind"), Say::new("Giá trị", "Value"));
    columns.push(Column::new("attribute.key", Part::Key, Kind::Id, key, 24));
    columns.push(
        Column::new("attribute.kind", Part::ValueKind, Kind::Choice(Options::ValueKind), kind, 16).hint(
            "Để trống: như đang có, hoặc theo ô giá trị.",
            "Empty: as it is, or as the cell of the value is.",
        ),
    );
    columns.push(Column::new("attribute.value", Part::Content, Kind::Value, value, 40).hint(
        "Chữ, số, có/không; nhiều lựa chọn: mỗi dòng trong ô một lựa chọn.",
        "A text, a number, yes/no; several choices: one on each line of the cell.",
    ));
    columns
});

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_field_has_columns_and_no_name_stands_twice() {
        for field in Field::ALL {
            let own = Table::Listings.columns().iter().any(|column| column.field == Some(*field));
            let sheet = Table::ALL.iter().any(|table| table.field() == Some(*field));
            assert!(own != sheet, "{field:?}");
        }
        let mut names = HashSet::new();
        for table in Table::ALL {
            for (place, column) in table.columns().iter().enumerate() {
                assert!(names.insert(column.name.as_str()), "{}", column.name);
                assert_eq!(Table::named(&column.name), Some((table, place)));
                assert!(!column.heading.vi.is_empty() && !column.heading.en.is_empty());
            }
        }
        assert_eq!(Table::named("listing.nothing"), None);
    }
}
