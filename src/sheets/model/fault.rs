//! What is wrong with a workbook, cell by cell.

use crate::products::ProductId;
use crate::say::{Invalid, Say};
use std::sync::Arc;

/// A cell, by its worksheet, row and column counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub sheet: Arc<str>,
    pub row: u32,
    pub column: u32,
}

impl Place {
    /// As spreadsheets name it: `D14`.
    pub fn cell(&self) -> String {
        let mut letters = Vec::new();
        let mut left = self.column + 1;
        while left > 0 {
            let digit = u8::try_from((left - 1) % 26).unwrap_or_default();
            letters.push(char::from(b'A' + digit));
            left = (left - 1) / 26;
        }
        let letters: String = letters.iter().rev().collect();
        format!("{letters}{}", self.row + 1)
    }
}

/// What is wrong with one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFault {
    pub place: Place,
    /// Machine name of the column, such as `listing.names.vi`; `None` if the cell is in none that is known.
    pub column: Option<&'static str>,
    pub product: Option<ProductId>,
    pub code: &'static str,
    pub say: Say,
    /// The beginning of what stands there.
    pub value: Option<String>,
}

impl CellFault {
    /// Characters of a value that are told.
    const SHOWN: usize = 80;

    pub fn new(place: Place, column: Option<&'static str>, invalid: Invalid) -> Self {
        Self { place, column, product: None, code: invalid.code, say: invalid.say, value: None }
    }

    pub fn about(self, product: Option<ProductId>) -> Self {
        Self { product, ..self }
    }

    pub fn reading(self, value: Option<String>) -> Self {
        let shorten = |value: String| match value.char_indices().nth(Self::SHOWN) {
            Some(_) => value.chars().take(Self::SHOWN - 1).chain(['…']).collect(),
            None => value,
        };
        Self { value: value.map(shorten), ..self }
    }
}

/// All that is wrong with a workbook, in the order of its sheets and rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CellFaults {
    pub first: Vec<CellFault>,
    /// How many there are, those that are not told included.
    pub total: usize,
}

impl CellFaults {
    /// A report longer than this is read by nobody.
    pub const MOST: usize = 5_000;

    pub fn push(&mut self, fault: CellFault) {
        self.total += 1;
        if self.first.len() < Self::MOST {
            self.first.push(fault);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.total == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_spreadsheets_do() {
        for (row, column, name) in
            [(0, 0, "A1"), (13, 3, "D14"), (2, 25, "Z3"), (2, 26, "AA3"), (9, 701, "ZZ10"), (0, 702, "AAA1")]
        {
            assert_eq!(Place { sheet: "x".into(), row, column }.cell(), name);
        }
    }

    #[test]
    fn long_values_are_shortened() {
        let place = Place { sheet: "x".into(), row: 0, column: 0 };
        let fault = CellFault::new(place, None, Invalid::new("x", Say::new("x", "x")));
        let value = |length| fault.clone().reading(Some("ế".repeat(length))).value.map(|v| v.chars().count());
        assert_eq!((value(80), value(81), value(9_000)), (Some(80), Some(80), Some(80)));
    }
}
