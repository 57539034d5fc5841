//! All SQL of the ledger.

mod history;

pub use history::{Entry, history};
