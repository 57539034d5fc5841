//! The header of a list: which column is what, by the names of this service or those that lists in Vietnam carry.

use super::ImportError;
use super::file::clean;
use crate::say;
use crate::say::Say;
use crate::vietnamese::fold;

crate::text_enum! {
    /// A column of a list.
    pub enum ImportColumn {
        ProductName = "product_name",
        ProducerName = "producer_name",
        EntityType = "entity_type",
        Commune = "commune",
        District = "district",
        Province = "province",
        Group = "group",
        Stars = "stars",
        DecisionNo = "decision_no",
        DecisionDate = "decision_date",
        SourceUrl = "source_url",
        Issuer = "issuer",
        Score = "score",
        ValidUntil = "valid_until",
        Gtin = "gtin",
        CommuneCode = "commune_code",
        CriteriaVersion = "criteria_version",
        SetNo = "set_no",
    }
}

impl ImportColumn {
    /// What lists in Vietnam call it, the plainest first; compared without marks, case and punctuation.
    pub const fn headings(self) -> &'static [&'static str] {
        match self {
            Self::ProductName => &["Tên sản phẩm", "Sản phẩm", "Tên sản phẩm OCOP"],
            Self::ProducerName => {
                &["Chủ thể", "Tên chủ thể", "Chủ thể OCOP", "Tên chủ thể OCOP", "Chủ thể sản xuất", "Đơn vị"]
            }
            Self::EntityType => &["Loại hình", "Loại hình chủ thể"],
            Self::Commune => {
                &["Xã", "Xã, phường", "Phường, xã", "Xã, phường, thị trấn", "Tên xã", "Phường", "Cấp xã"]
            }
            Self::District => &["Huyện", "Quận, huyện", "Huyện, thị xã, thành phố", "Tên huyện", "Cấp huyện"],
            Self::Province => &["Tỉnh", "Tỉnh, thành phố", "Tỉnh, TP", "Tên tỉnh", "Cấp tỉnh"],
            Self::Group => &["Nhóm", "Ngành", "Nhóm sản phẩm", "Ngành hàng", "Nhóm ngành", "Ngành, nhóm"],
            Self::Stars => &[
                "Số sao",
                "Hạng sao",
                "Sao",
                "Xếp hạng",
                "Phân hạng",
                "Hạng sản phẩm",
                "Xếp hạng sao",
                "Kết quả phân hạng",
            ],
            Self::DecisionNo => {
                &["Số quyết định", "Quyết định số", "Số QĐ", "QĐ số", "Quyết định", "Quyết định công nhận"]
            }
            Self::DecisionDate => {
                &["Ngày quyết định", "Ngày ban hành", "Ngày QĐ", "Ngày ký", "Ngày công nhận"]
            }
            Self::SourceUrl => &["Nguồn", "Địa chỉ nguồn", "Đường dẫn", "Liên kết"],
            Self::Issuer => &["Cơ quan ban hành", "Cơ quan quyết định", "Cơ quan công nhận", "Cấp ban hành"],
            Self::Score => &["Điểm", "Điểm trung bình", "Số điểm", "Tổng điểm", "Điểm đánh giá"],
            Self::ValidUntil => {
                &["Có giá trị đến", "Hạn", "Thời hạn", "Ngày hết hạn", "Giá trị đến", "Hiệu lực đến"]
            }
            Self::Gtin => &["Mã GTIN", "Mã vạch", "Mã số mã vạch"],
            Self::CommuneCode => &["Mã xã", "Mã đơn vị hành chính", "Mã ĐVHC"],
            Self::CriteriaVersion => &["Bộ tiêu chí", "Phiên bản bộ tiêu chí", "Năm bộ tiêu chí"],
            Self::SetNo => &["Số bộ tiêu chí", "Bộ tiêu chí số", "Số bộ", "Bộ sản phẩm"],
        }
    }

    /// The plainest Vietnamese name.
    pub fn heading(self) -> &'static str {
        self.headings().first().copied().unwrap_or(self.as_str())
    }

    /// Reads a heading, by either name.
    pub fn of_heading(text: &str) -> Option<Self> {
        let folded = fold(text);
        let called = |column: &&Self| {
            fold(column.as_str()) == folded || column.headings().iter().any(|name| fold(name) == folded)
        };
        Self::ALL.iter().find(called).copied()
    }
}

/// Headings of the column that only counts the lines.
const LINE_NUMBERS: [&str; 4] = ["TT", "STT", "Số TT", "Số thứ tự"];
/// Unknown columns named in one error.
const MOST_NAMED: usize = 20;

/// The columns by their positions.
pub struct Header(Vec<Place>);

/// What stands at a position of every row.
#[derive(Clone, Copy)]
pub enum Place {
    Column(ImportColumn),
    /// A line number, which says nothing.
    Skipped,
}

impl Header {
    /// Reads the header; each name must be known, and no column may stand twice.
    pub fn read(names: &[&str]) -> Result<Self, ImportError> {
        // Spreadsheets like to leave empty columns at the end.
        let used = names.iter().rposition(|name| !clean(name).is_empty()).map_or(0, |last| last + 1);
        let names: Vec<String> = names.iter().take(used).map(|name| shown(name)).collect();
        let (mut places, mut unknown) = (Vec::new(), Vec::new());
        let mut columns: Vec<(ImportColumn, &str)> = Vec::new();
        for name in &names {
            if LINE_NUMBERS.iter().any(|number| fold(number) == fold(name)) {
                places.push(Place::Skipped);
            } else if let Some(column) = ImportColumn::of_heading(name) {
                places.push(Place::Column(column));
                columns.push((column, name));
            } else {
                unknown.push(name.as_str());
            }
        }
        if columns.is_empty() {
            return Err(no_header());
        }
        if !unknown.is_empty() {
            return Err(unknown_columns(&unknown));
        }
        for (index, (column, second)) in columns.iter().enumerate() {
            if let Some((_, first)) = columns.iter().take(index).find(|(known, _)| known == column) {
                return Err(doubled(*column, first, second));
            }
        }
        let has = |wanted| columns.iter().any(|(column, _)| *column == wanted);
        match has(ImportColumn::ProductName)
            && (has(ImportColumn::Province) || has(ImportColumn::CommuneCode))
        {
            true => Ok(Self(places)),
            false => Err(ImportError::unreadable(
                "missing_column",
                Say::new(
                    "Dòng tiêu đề phải có cột Tên sản phẩm (product_name) và cột Tỉnh (province) hoặc Mã xã \
                     (commune_code).",
                    "The header must have the column product_name and the column province (or commune_code).",
                ),
            )),
        }
    }

    pub fn place(&self, position: usize) -> Option<Place> {
        self.0.get(position).copied()
    }

    pub fn column(&self, position: usize) -> Option<ImportColumn> {
        match self.place(position)? {
            Place::Column(column) => Some(column),
            Place::Skipped => None,
        }
    }

    pub fn width(&self) -> usize {
        self.0.len()
    }
}

/// A name as an error repeats it: whatever stands in a first line is not always a name.
fn shown(name: &str) -> String {
    clean(name).replace(char::is_control, " ").chars().take(60).collect()
}

/// The columns there are, with their Vietnamese names and without.
fn accepted() -> (String, String) {
    let both = |column: &ImportColumn| format!("{} ({})", column.heading(), column.as_str());
    let vi: Vec<String> = ImportColumn::ALL.iter().map(both).collect();
    let en: Vec<&str> = ImportColumn::ALL.iter().map(ImportColumn::as_str).collect();
    (vi.join(", "), en.join(", "))
}

fn no_header() -> ImportError {
    let (vi, en) = accepted();
    ImportError::unreadable(
        "no_header",
        Say {
            vi: format!(
                "Dòng đầu tiên có chữ không phải dòng tiêu đề: không có tên cột nào được nhận ra. Hãy bỏ các dòng phía \
                 trên tiêu đề, hoặc thêm dòng tiêu đề. Các cột được nhận: {vi}."
            )
            .into(),
            en: format!(
                "The first line with text is no header: it has no known column name. Please remove the lines above \
                 the header, or add one. Accepted columns are: {en}."
            )
            .into(),
        },
    )
}

fn unknown_columns(names: &[&str]) -> ImportError {
    let mut quoted: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!("“{name}”")).collect();
    if names.len() > MOST_NAMED {
        quoted.push("…".to_owned());
    }
    let (names, (vi, en)) = (quoted.join(", "), accepted());
    ImportError::unreadable(
        "unknown_column",
        Say {
            vi: format!("Không nhận ra cột {names} ở dòng tiêu đề; các cột được nhận: {vi}.").into(),
            en: format!("The header has unknown columns: {names}; accepted are: {en}.").into(),
        },
    )
}

fn doubled(column: ImportColumn, first: &str, second: &str) -> ImportError {
    let (heading, name) = (column.heading(), column.as_str());
    ImportError::unreadable(
        "duplicate_column",
        say!(
            "Cột {heading} ({name}) có hai lần ở dòng tiêu đề: “{first}” và “{second}”.",
            "The column {name} stands twice in the header: “{first}” and “{second}”."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_means_one_column_whatever_its_marks_and_case() {
        let mut seen: Vec<(String, ImportColumn)> = Vec::new();
        for column in ImportColumn::ALL {
            for name in column.headings().iter().copied().chain([column.as_str()]) {
                assert_eq!(ImportColumn::of_heading(name), Some(*column), "{name}");
                assert_eq!(ImportColumn::of_heading(&fold(name).to_uppercase()), Some(*column), "{name}");
                seen.push((fold(name), *column));
            }
        }
        for (name, column) in &seen {
            assert!(seen.iter().all(|(other, of)| other != name || of == column), "{name}");
        }
        for (text, column) in [
            ("Quận/huyện", ImportColumn::District),
            ("TỈNH, THÀNH PHỐ", ImportColumn::Province),
            ("Số  quyết\u{a0}định:", ImportColumn::DecisionNo),
            ("Product name", ImportColumn::ProductName),
        ] {
            assert_eq!(ImportColumn::of_heading(text), Some(column), "{text}");
        }
        assert_eq!(ImportColumn::of_heading("Giá"), None);
        assert_eq!(ImportColumn::of_heading(""), None);
    }
}
