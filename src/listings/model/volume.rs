//! How much of a product its producer speaks of.

use crate::input::Faults;
use crate::products::{Unit, UnitMeaning};
use crate::say::Invalid;
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A whole number of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Deserr)]
#[deserr(error = Faults, deny_unknown_fields)]
pub struct Volume {
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_i64, example = 50)]
    pub quantity: Count,
    #[schema(value_type = UnitMeaning)]
    pub unit: Unit,
}

impl Volume {
    pub fn new(quantity: i64, unit: Unit) -> Result<Self, Invalid> {
        Ok(Self { quantity: Count::new(quantity)?, unit })
    }
}

crate::whole_number! {
    /// How many of the unit.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct Count: 1..=1_000_000_000, "Số lượng là số nguyên", "A quantity is a whole number"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;
    use serde_json::json;

    #[test]
    fn a_volume_is_a_number_and_its_unit() {
        let volume = input::read::<Volume>(json!({ "quantity": 50, "unit": "XBX" })).expect("a volume");
        assert_eq!(Ok(volume), Volume::new(50, Unit::BoxPackage).map_err(|invalid| invalid.code));
        for (wrong, at, code) in [
            (json!({ "quantity": 0, "unit": "XBX" }), "/quantity", "out_of_range"),
            (json!({ "quantity": 1_000_000_001, "unit": "XBX" }), "/quantity", "out_of_range"),
            (json!({ "quantity": 1.5, "unit": "XBX" }), "/quantity", "wrong_type"),
            (json!({ "quantity": 50 }), "/unit", "missing"),
            (json!({ "unit": "XBX" }), "/quantity", "missing"),
            (json!({ "quantity": 50, "unit": "kg" }), "/unit", "unknown_value"),
            (json!(50), "", "wrong_type"),
        ] {
            let faults = input::read::<Volume>(wrong.clone()).expect_err("a fault");
            let found: Vec<_> = faults.0.iter().map(|fault| (fault.pointer(), fault.code)).collect();
            assert_eq!(found, [(at.to_owned(), code)], "{wrong}");
        }
    }
}
