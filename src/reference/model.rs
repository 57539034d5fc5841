//! Places on both sides of 1 July 2025.

use crate::db::Day;
use serde::Serialize;
use utoipa::ToSchema;

/// First day of the two-level administration; districts ended the day before (Decision 19/2025/QĐ-TTg).
pub const MERGER: Day = Day::constant(2025, 7, 1);

/// Where something is, as the codes of five columns: the units of today and the ones until 30 June 2025. Each is
/// known or not on its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Place {
    pub province: Option<String>,
    pub commune: Option<String>,
    pub former_province: Option<String>,
    pub former_district: Option<String>,
    pub former_commune: Option<String>,
}

/// A unit's code with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedUnit {
    #[schema(example = "33")]
    pub code: String,
    #[schema(example = "Tỉnh Hưng Yên")]
    pub name: String,
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
