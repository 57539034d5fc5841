//! Units and places on both sides of 1 July 2025, and the versions of the product classification.

use crate::db::Day;
use crate::say;
use crate::say::{Invalid, Say};
use serde::Serialize;
use utoipa::ToSchema;

/// First day of the two-level administration; districts ended the day before (Decision 19/2025/QĐ-TTg).
pub const MERGER: Day = Day::constant(2025, 7, 1);

crate::text_enum! {
    /// Level of an admin unit; districts exist only until 30 June 2025.
    pub enum Level {
        Province = "province",
        District = "district",
        Commune = "commune",
    }
}

crate::text_enum! {
    /// How much of a unit went into its successor.
    pub enum Extent {
        Whole = "whole",
        Part = "part",
    }
}

/// The code of a unit: 2 digits of a province, 3 of a district, 5 of a commune.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct UnitCode(String);

impl UnitCode {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let shaped = (2..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        shaped.then(|| Self(text.to_owned())).ok_or_else(|| {
            Invalid::new(
                "invalid_unit",
                Say::new(
                    "Mã đơn vị hành chính gồm 2 đến 5 chữ số.",
                    "The code of an admin unit is 2 to 5 digits.",
                ),
            )
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

crate::string_schema!(UnitCode, "unit-code", "12388");
crate::parsed_input!(UnitCode);

/// On which side of 1 July 2025 a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Until 30 June 2025: province, district, commune.
    Former,
    /// Since 1 July 2025: province, commune.
    Present,
}

/// An admin unit as the official list has it. Its key is (code, `valid_from`): codes are re-used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub code: String,
    /// First day; `None` is before the first day the list knows.
    pub valid_from: Option<Day>,
    /// Last day; `None` while in force.
    pub valid_to: Option<Day>,
    pub level: Level,
    /// `tỉnh`, `thành phố`, `quận`, `huyện`, `thị xã`, `xã`, `phường`, `thị trấn` or `đặc khu`.
    pub kind: String,
    /// With the kind in front: `Xã Minh Tân`.
    pub name: String,
    pub parent_code: Option<String>,
}

impl Unit {
    pub fn side(&self) -> Side {
        match self.valid_from {
            Some(from) if from >= MERGER => Side::Present,
            _ => Side::Former,
        }
    }

    pub fn is_in_force_on(&self, day: Day) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }

    /// The name without the kind: `Minh Tân`.
    pub fn bare_name(&self) -> &str {
        let mut after_kind = self.name.chars();
        let kind: String = after_kind.by_ref().take(self.kind.chars().count()).collect();
        if kind.to_lowercase() == self.kind { after_kind.as_str().trim_start() } else { &self.name }
    }
}

/// An old commune went into a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession {
    pub old_code: String,
    pub new_code: String,
    pub extent: Extent,
}

/// Where something is, as the codes of five columns: the units of today and the ones until 30 June 2025. Each is
/// known or not on its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, diesel::Queryable)]
pub struct Place {
    pub province: Option<String>,
    pub commune: Option<String>,
    pub former_province: Option<String>,
    pub former_district: Option<String>,
    pub former_commune: Option<String>,
}

impl Place {
    /// The code in a column.
    pub fn code(&self, column: PlaceColumn) -> Option<&str> {
        let code = match column {
            PlaceColumn::Province => &self.province,
            PlaceColumn::Commune => &self.commune,
            PlaceColumn::FormerProvince => &self.former_province,
            PlaceColumn::FormerDistrict => &self.former_district,
            PlaceColumn::FormerCommune => &self.former_commune,
        };
        code.as_deref()
    }

    /// What two places have in common: all that is certain if either may be meant.
    pub fn common(self, other: &Self) -> Self {
        fn same(one: Option<String>, other: &Option<String>) -> Option<String> {
            one.filter(|code| other.as_ref() == Some(code))
        }
        Self {
            province: same(self.province, &other.province),
            commune: same(self.commune, &other.commune),
            former_province: same(self.former_province, &other.former_province),
            former_district: same(self.former_district, &other.former_district),
            former_commune: same(self.former_commune, &other.former_commune),
        }
    }
}

/// A unit's code with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedUnit {
    #[schema(example = "33")]
    pub code: String,
    #[schema(example = "Tỉnh Hưng Yên")]
    pub name: String,
}

/// Where something is, with names. What is not certain is `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlaceView {
    /// Province since 1 July 2025.
    pub province: Option<NamedUnit>,
    /// Commune since 1 July 2025.
    pub commune: Option<NamedUnit>,
    /// The units until 30 June 2025.
    pub former: FormerPlaceView,
}

/// The units something was in until 30 June 2025. What is not certain is `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FormerPlaceView {
    pub province: Option<NamedUnit>,
    pub district: Option<NamedUnit>,
    pub commune: Option<NamedUnit>,
}

/// The column of a place that an admin unit is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceColumn {
    Province,
    Commune,
    FormerProvince,
    FormerDistrict,
    FormerCommune,
}

/// A place as people write it. Blank is the same as absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlaceNames {
    pub commune: Option<String>,
    pub district: Option<String>,
    pub province: Option<String>,
}

/// Names that do not say one place: what to ask whoever wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceQuestion {
    /// `unknown_province`, `unknown_district`, `unknown_commune`, `ambiguous_district` or `ambiguous_commune`.
    pub code: &'static str,
    /// The column the question is about: `province`, `district` or `commune`.
    pub column: &'static str,
    /// The question, naming the candidates.
    pub say: Say,
    /// Units that may be meant; each name goes on with the units above it.
    pub candidates: Vec<NamedUnit>,
}

/// Number of a criteria set, 1 to 26; which set it is depends on the [`Taxonomy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetNumber(i64);

impl SetNumber {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        small_number(text, 1, 26).map(Self)
    }

    pub fn number(self) -> i64 {
        self.0
    }
}

crate::parsed_input!(SetNumber);

/// A whole number of at most two digits, nothing else in front or behind.
pub fn small_number(text: &str, least: i64, most: i64) -> Result<i64, Invalid> {
    let digits = !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|number| digits && (least..=most).contains(number)).ok_or_else(|| {
        Invalid::new(
            "out_of_range",
            say!("Cần số nguyên từ {least} đến {most}.", "Expected a whole number from {least} to {most}."),
        )
    })
}

crate::text_enum! {
    /// Version of the product classification: the year of the Prime Minister's decision that issued the list.
    pub enum Taxonomy {
        Y2019 = "2019",
        Y2023 = "2023",
        Y2026 = "2026",
    }
}

impl Taxonomy {
    /// The version in force on a day. Before the first one, the first.
    pub fn in_force_on(day: Day) -> Self {
        Self::ALL
            .iter()
            .rev()
            .copied()
            .find(|taxonomy| taxonomy.in_force_from() <= day)
            .unwrap_or(Self::Y2019)
    }

    /// First day in force: the day of the decision.
    pub fn in_force_from(self) -> Day {
        match self {
            Self::Y2019 => Day::constant(2019, 8, 21),
            Self::Y2023 => Day::constant(2023, 2, 24),
            Self::Y2026 => Day::constant(2026, 5, 22),
        }
    }

    /// Last day in force: the day before the next one. `None` while there is no next one.
    pub fn in_force_until(self) -> Option<Day> {
        let next = Self::ALL.iter().find(|taxonomy| **taxonomy > self)?;
        Some(next.in_force_from().plus_days(-1))
    }

    /// The decision that issued it.
    pub fn act(self) -> &'static str {
        match self {
            Self::Y2019 => "1048/QĐ-TTg",
            Self::Y2023 => "148/QĐ-TTg",
            Self::Y2026 => "26/2026/QĐ-TTg",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_has_its_taxonomy() {
        for (day, expected) in [
            ("2018-05-07", Taxonomy::Y2019),
            ("2023-02-23", Taxonomy::Y2019),
            ("2023-02-24", Taxonomy::Y2023),
            ("2026-05-21", Taxonomy::Y2023),
            ("2026-05-22", Taxonomy::Y2026),
            ("2030-01-01", Taxonomy::Y2026),
        ] {
            assert_eq!(Taxonomy::in_force_on(Day::parse(day).expect("a day")), expected);
        }
    }
}
