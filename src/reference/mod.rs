//! Reference data (to be written).
pub mod http;
mod model;
use crate::db::{Conn, Instant};
pub use model::{MERGER, NamedUnit, Place, PlaceColumn};
pub struct Reference;
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DataError(pub String);
impl Reference {
    pub fn load(_: &mut Conn) -> Result<Self, DataError> {
        Ok(Self)
    }
}
pub fn install(_: &mut Conn, _: Instant) -> Result<(), DataError> {
    Ok(())
}
