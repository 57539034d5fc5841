//! The months in which a product is to be had.

use crate::input::Faults;
use crate::say::{Invalid, Say};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;

/// Months of the year, as a set: bit 0 is January. The empty set says nothing, neither "never" nor "all year"; on the
/// wire it is a sorted list of numbers from 1 to 12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Season(u16);

impl Season {
    const ALL_YEAR: u16 = 0x0fff;

    /// The bits, of which none above the twelfth is set.
    pub fn from_bits(bits: u16) -> Option<Self> {
        (bits & !Self::ALL_YEAR == 0).then_some(Self(bits))
    }

    pub fn bits(self) -> u16 {
        self.0
    }

    /// Does it hold this month, 1 to 12?
    pub fn has(self, month: u8) -> bool {
        Self::bit(month).is_some_and(|bit| self.0 & bit != 0)
    }

    /// Its months, 1 to 12, in order.
    pub fn months(self) -> impl Iterator<Item = u8> {
        (1..=12).filter(move |month| self.has(*month))
    }

    fn bit(month: u8) -> Option<u16> {
        (1..=12).contains(&month).then(|| 1 << (month - 1))
    }
}

/// What is no month is left out.
impl FromIterator<u8> for Season {
    fn from_iter<T: IntoIterator<Item = u8>>(months: T) -> Self {
        Self(months.into_iter().filter_map(Self::bit).fold(0, |bits, bit| bits | bit))
    }
}

impl Deserr<Faults> for Season {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let months = Vec::<Month>::deserialize_from_value(value, location)?;
        Ok(Self(months.iter().fold(0, |bits, month| bits | month.0)))
    }
}

/// The bit of a month.
struct Month(u16);

impl Deserr<Faults> for Month {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let number = i64::deserialize_from_value(value, location)?;
        let bit = u8::try_from(number).ok().and_then(Season::bit);
        bit.map(Self).ok_or_else(|| {
            let say = Say::new("Tháng là số từ 1 đến 12.", "A month is a number from 1 to 12.");
            Faults::located(location, Invalid::new("out_of_range", say))
        })
    }
}

impl Serialize for Season {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.months())
    }
}

/// What this service itself has written; input is read by deserr.
impl<'de> serde::Deserialize<'de> for Season {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<u8>::deserialize(deserializer).map(Self::from_iter)
    }
}

impl utoipa::PartialSchema for Season {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
        let month = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(12));
        ArrayBuilder::new().items(month).examples([serde_json::json!([10, 11, 12, 1])]).into()
    }
}
impl utoipa::ToSchema for Season {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;
    use serde_json::json;

    #[test]
    fn months_are_a_set_in_the_order_of_the_year() {
        let season = input::read::<Season>(json!([12, 1, 10, 11, 1])).expect("months");
        assert_eq!(season.bits(), 0b1110_0000_0001);
        assert_eq!(serde_json::to_value(season).expect("JSON"), json!([1, 10, 11, 12]));
        assert!(season.has(1) && !season.has(2) && !season.has(0) && !season.has(13));
        assert_eq!(Season::from_bits(season.bits()), Some(season));
        assert_eq!([12, 1, 0, 10, 13, 11].into_iter().collect::<Season>(), season);
        assert_eq!(Season::from_bits(0x1000), None);
        assert_eq!(input::read::<Season>(json!([])), Ok(Season::default()));
    }

    #[test]
    fn what_is_no_month_is_named() {
        let faults = input::read::<Season>(json!([0, 5, 13, -1, 256, "3", 1.5])).expect_err("faults");
        let found: Vec<_> = faults.0.iter().map(|fault| (fault.pointer(), fault.code)).collect();
        let expected = [
            ("/0", "out_of_range"),
            ("/2", "out_of_range"),
            ("/3", "out_of_range"),
            ("/4", "out_of_range"),
            ("/5", "wrong_type"),
            ("/6", "wrong_type"),
        ];
        assert_eq!(found, expected.map(|(at, code)| (at.to_owned(), code)));
    }
}
