//! Quality certificates of a product: those of its [papers](super::Paper) that the catalogue shows and counts.

use crate::db::{Day, Instant};
use crate::input::measured;
use crate::say;
use crate::say::Invalid;

crate::id_type!(
    /// The id of a document of a listing.
    DocumentId
);

crate::text_enum! {
    // The order never changes: indexes keep a kind as its bit.
    /// What a document certifies.
    pub enum DocumentKind {
        /// Eligibility for food safety (Law 55/2010/QH12, Article 34)
        FoodSafety = "food_safety",
        VietGap = "vietgap",
        GlobalGap = "globalgap",
        Organic = "organic",
        Haccp = "haccp",
        Iso22000 = "iso_22000",
        Fssc22000 = "fssc_22000",
        Gmp = "gmp",
        Halal = "halal",
        Brcgs = "brcgs",
        FairTrade = "fair_trade",
        GeographicalIndication = "geographical_indication",
    }
}

impl DocumentKind {
    /// The kind as one bit of a set of kinds; bit 0 is the first of [`DocumentKind::ALL`].
    pub fn bit(self) -> u16 {
        let position = Self::ALL.iter().position(|kind| *kind == self).unwrap_or_default();
        1 << position
    }

    /// What it is called, in Vietnamese and in English.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::FoodSafety => ("Cơ sở đủ điều kiện an toàn thực phẩm", "Food safety"),
            Self::VietGap => ("VietGAP", "VietGAP"),
            Self::GlobalGap => ("GLOBALG.A.P.", "GLOBALG.A.P."),
            Self::Organic => ("Hữu cơ", "Organic"),
            Self::Haccp => ("HACCP", "HACCP"),
            Self::Iso22000 => ("ISO 22000", "ISO 22000"),
            Self::Fssc22000 => ("FSSC 22000", "FSSC 22000"),
            Self::Gmp => ("Thực hành sản xuất tốt (GMP)", "Good manufacturing practice (GMP)"),
            Self::Halal => ("Halal", "Halal"),
            Self::Brcgs => ("BRCGS", "BRCGS"),
            Self::FairTrade => ("Thương mại công bằng", "Fair trade"),
            Self::GeographicalIndication => ("Chỉ dẫn địa lý", "Geographical indication"),
        }
    }
}

/// Text of one line with single spaces, 1 to `most` characters.
pub(super) fn one_line(text: &str, most: usize) -> Result<String, Invalid> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    measured(&text, most, |_| false).map(str::to_owned)
}

macro_rules! line_type {
    ($(#[$meta:meta])* $name:ident, $most:literal, $format:literal, $example:literal) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub struct $name(String);

        impl $name {
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                one_line(text, $most).map(Self)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        crate::text_column!($name, |text: &str| Some($name(text.to_owned())));
        crate::string_schema!($name, $format, $example);
        crate::parsed_input!($name);
    };
}

line_type!(
    /// The number on a document, as it is printed: 1 to 100 characters.
    DocumentNumber, 100, "document-number", "VietGAP-TT-13-03-33-0001"
);

line_type!(
    /// Who issued a document: 1 to 200 characters.
    DocumentIssuer, 200, "document-issuer", "Trung tâm Chứng nhận Minh Họa"
);

/// A certificate an officer has seen, as the catalogue shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub id: DocumentId,
    pub kind: DocumentKind,
    pub number: DocumentNumber,
    pub issuer: DocumentIssuer,
    /// Last day of its term; without one it has no end.
    pub valid_until: Option<Day>,
    pub recorded_at: Instant,
}

impl Document {
    /// Where it stands among the documents of its listing.
    pub fn place(&self) -> (DocumentKind, &str) {
        (self.kind, self.number.as_str())
    }

    /// Is it within its term, and so one that counts?
    pub fn is_valid_on(&self, day: Day) -> bool {
        self.valid_until.is_none_or(|last| day <= last)
    }
}

/// A document whose term has ended says nothing of the product of today.
pub fn check_term(valid_until: Day, today: Day) -> Result<(), Invalid> {
    if valid_until >= today {
        return Ok(());
    }
    Err(Invalid::new(
        "in_the_past",
        say!(
            "Giấy này đã hết hạn: {valid_until} trước hôm nay ({today}).",
            "The term of this document has ended: {valid_until} is before today ({today})."
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_bit_and_two_names() {
        let bits: Vec<u16> = DocumentKind::ALL.iter().map(|kind| kind.bit()).collect();
        assert_eq!(bits, (0..12).map(|position| 1 << position).collect::<Vec<u16>>());
        assert_eq!(DocumentKind::GeographicalIndication.bit(), 0x0800);
        assert!(DocumentKind::ALL.iter().all(|kind| !kind.name().0.is_empty() && !kind.name().1.is_empty()));
    }

    #[test]
    fn numbers_are_one_line_with_single_spaces() {
        let read = |text: &str| DocumentNumber::parse(text).map(|number| number.0).map_err(|e| e.code);
        assert_eq!(read("  12 /\u{a0}2026 \n"), Ok("12 / 2026".to_owned()));
        assert_eq!(read(" \t "), Err("missing"));
        assert_eq!(read(&"số".repeat(51)), Err("too_long"));
        assert_eq!(read("a\u{7}b"), Err("control_character"));
        assert_eq!(read(&"ố".repeat(100)), Ok("ố".repeat(100)));
    }

    #[test]
    fn a_document_counts_to_the_end_of_its_last_day() {
        let day = Day::constant(2026, 11, 23);
        assert!(check_term(day, day).is_ok());
        assert_eq!(check_term(day.plus_days(-1), day).map_err(|e| e.code), Err("in_the_past"));
    }
}
