//! All SQL of the catalogue. It reads the tables of other slices, because the catalogue is a view of all of them.

pub mod facts;
pub mod log;
mod products;

pub use products::offered;

/// The columns of a [`Place`](crate::reference::Place).
macro_rules! place {
    ($table:ident) => {
        (
            $table::province,
            $table::commune,
            $table::former_province,
            $table::former_district,
            $table::former_commune,
        )
    };
}

/// The columns of a [`Maker`](super::model::Maker).
macro_rules! maker {
    () => {
        (organisations::id, organisations::public_name, organisations::entity_type, place!(organisations))
    };
}

use {maker, place};
