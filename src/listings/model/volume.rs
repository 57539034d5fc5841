//! How much of a product its producer speaks of.

use crate::input::Faults;
use crate::products::{Unit, UnitMeaning};
use crate::say::{Invalid, Say};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
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

/// A whole number, 1 to 1,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Count(i64);

impl Count {
    const MOST: i64 = 1_000_000_000;

    fn new(number: i64) -> Result<Self, Invalid> {
        if (1..=Self::MOST).contains(&number) {
            return Ok(Self(number));
        }
        Err(Invalid::new(
            "out_of_range",
            Say::new(
                "Số lượng là số nguyên từ 1 đến 1.000.000.000.",
                "A quantity is a whole number from 1 to 1,000,000,000.",
            ),
        ))
    }

    pub fn get(self) -> i64 {
        self.0
    }
}

impl Deserr<Faults> for Count {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let number = i64::deserialize_from_value(value, location)?;
        Self::new(number).map_err(|invalid| Faults::located(location, invalid))
    }
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
