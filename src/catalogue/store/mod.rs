//! All SQL of the catalogue. It reads the tables of other slices, because the catalogue is a view of all of them.
//!
//! A list takes two statements whatever its length: the first finds *which* rows, in order, from the two narrow tables
//! that filters and orders look at; the second fetches what a card shows of those few.

pub mod facts;
pub mod log;
mod products;

pub use products::{offered, positions};

use crate::db::Day;
use crate::schema::certifications;
use diesel::dsl::auto_type;
use diesel::prelude::*;

/// In force from the day of the decision to the last day shown; what has no such day never was.
#[auto_type]
fn in_force_on(day: Day) -> _ {
    let shown = certifications::shown_until.assume_not_null();
    shown.ge(day).and(certifications::decided_on.le(day))
}

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

/// The condition that a row of a table is in any of these units; `None` if there are none.
macro_rules! in_units {
    ($table:ident, $condition:ty, $units:expr) => {{
        use crate::reference::PlaceColumn::*;
        let each = $units.iter().cloned().map(|(column, code)| -> $condition {
            match column {
                Province => Box::new($table::province.eq(code).assume_not_null()),
                Commune => Box::new($table::commune.eq(code).assume_not_null()),
                FormerProvince => Box::new($table::former_province.eq(code).assume_not_null()),
                FormerDistrict => Box::new($table::former_district.eq(code).assume_not_null()),
                FormerCommune => Box::new($table::former_commune.eq(code).assume_not_null()),
            }
        });
        each.reduce(|one, other| -> $condition { Box::new(one.or(other)) })
    }};
}

use {in_units, maker, place};
