//! STUB
pub mod http;
mod model;
use crate::db::{Conn, Day, Instant};
use crate::say::Invalid;
pub use model::{MERGER, NamedUnit, Place, PlaceColumn};
crate::text_enum! {
    /// Taxonomy
    pub enum Taxonomy { Y2019 = "2019", Y2023 = "2023", Y2026 = "2026" }
}
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct PlaceView { pub province: Option<NamedUnit>, pub commune: Option<NamedUnit>, pub former: Option<FormerPlace> }
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct FormerPlace { pub province: Option<NamedUnit> }
pub struct Reference;
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DataError(pub String);
impl Reference {
    pub fn load(_: &mut Conn) -> Result<Self, DataError> { Ok(Self) }
    pub fn view(&self, _: &Place) -> PlaceView { PlaceView { province: None, commune: None, former: None } }
    pub fn unit_filter(&self, text: &str, _: Day) -> Result<(PlaceColumn, String), Invalid> { Ok((PlaceColumn::Province, text.into())) }
    pub fn group_name(&self, _: Taxonomy, _: &str) -> Option<(&str, &str)> { None }
    pub fn set_name(&self, _: Taxonomy, _: i64) -> Option<(&str, &str)> { None }
    pub fn province_of_today(&self, _: &str) -> bool { true }
}
pub fn install(_: &mut Conn, _: Instant) -> Result<(), DataError> { Ok(()) }
