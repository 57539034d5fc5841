//! All SQL of the catalogue. It reads the tables of other slices, because the catalogue is a view of all of them.
//!
//! A list takes two statements whatever its length: the first finds *which* rows, in order, from the two narrow tables
//! that filters and orders look at; the second fetches what a card shows of those few.

mod makers;
mod products;

pub use makers::{makers, unit_names};
pub use products::{by_code, code_of, count_of_producer, find, of_positions, offered, positions};
