//! How much of a product is asked for.

use crate::input::Faults;
use crate::say::{Invalid, Say};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;
use serde::Serialize;

/// Database, JSON, input and OpenAPI of a whole number that `new` checks against `1..=MOST`, or from another least one on.
macro_rules! number_column {
    ($name:ident, $example:literal) => {
        number_column!($name, $example, 1);
    };
    ($name:ident, $example:literal, $least:literal) => {
        impl Deserr<Faults> for $name {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef,
            ) -> Result<Self, Faults> {
                let number = i64::deserialize_from_value(value, location)?;
                Self::new(number).map_err(|invalid| Faults::located(location, invalid))
            }
        }

        impl<DB: Backend> FromSql<BigInt, DB> for $name
        where
            i64: FromSql<BigInt, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
                let number = i64::from_sql(value)?;
                Self::new(number).map_err(|_| format!("out of range: {number}").into())
            }
        }

        impl<DB: Backend> ToSql<BigInt, DB> for $name
        where
            i64: ToSql<BigInt, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.0.to_sql(out)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                    .minimum(Some($least))
                    .maximum(Some($name::MOST))
                    .examples([$example])
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    };
}

/// A whole number of units, 1 to 1,000,000,000. Smaller measures have units of their own: half a kilogram is 500 `GRM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Quantity(i64);

impl Quantity {
    pub const MOST: i64 = 1_000_000_000;

    pub fn new(number: i64) -> Result<Self, Invalid> {
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

/// Đồng for one unit: 1 to 1,000,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct TargetPrice(i64);

impl TargetPrice {
    pub const MOST: i64 = 1_000_000_000_000;

    pub fn new(dong: i64) -> Result<Self, Invalid> {
        if (1..=Self::MOST).contains(&dong) {
            return Ok(Self(dong));
        }
        Err(Invalid::new(
            "out_of_range",
            Say::new(
                "Giá là số nguyên đồng từ 1 đến 1.000.000.000.000.",
                "A price is a whole number of đồng from 1 to 1,000,000,000,000.",
            ),
        ))
    }

    pub fn get(self) -> i64 {
        self.0
    }
}

/// Đồng that is offered for one unit: 1 to 1,000,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct UnitPrice(i64);

impl UnitPrice {
    pub const MOST: i64 = TargetPrice::MOST;

    pub fn new(dong: i64) -> Result<Self, Invalid> {
        TargetPrice::new(dong).map(|price| Self(price.get()))
    }

    pub fn get(self) -> i64 {
        self.0
    }

    /// The price of a quantity; `None` if it is more than a number holds.
    pub fn times(self, quantity: Quantity) -> Option<i64> {
        self.0.checked_mul(quantity.get())
    }
}

/// Đồng of a whole order: 1 to 1,000,000,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct OrderValue(i64);

impl OrderValue {
    pub const MOST: i64 = 1_000_000_000_000_000;

    pub fn new(dong: i64) -> Result<Self, Invalid> {
        if (1..=Self::MOST).contains(&dong) {
            return Ok(Self(dong));
        }
        Err(Invalid::new(
            "out_of_range",
            Say::new(
                "Giá trị là số nguyên đồng từ 1 đến 1.000.000.000.000.000.",
                "A value is a whole number of đồng from 1 to 1,000,000,000,000,000.",
            ),
        ))
    }

    pub fn get(self) -> i64 {
        self.0
    }
}

/// Days from the order to the delivery: 0 to 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct LeadDays(i64);

impl LeadDays {
    pub const MOST: i64 = 365;

    pub fn new(days: i64) -> Result<Self, Invalid> {
        if (0..=Self::MOST).contains(&days) {
            return Ok(Self(days));
        }
        Err(Invalid::new(
            "out_of_range",
            Say::new(
                "Số ngày giao hàng là số nguyên từ 0 đến 365.",
                "The days to the delivery are a whole number from 0 to 365.",
            ),
        ))
    }

    pub fn get(self) -> i64 {
        self.0
    }
}

number_column!(UnitPrice, 42_000);
number_column!(OrderValue, 8_400_000);
/// The value of what was signed, in đồng: 0 (none was agreed) to 1,000,000,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct AgreementValue(i64);

impl AgreementValue {
    pub const MOST: i64 = 1_000_000_000_000_000;

    pub fn new(dong: i64) -> Result<Self, Invalid> {
        if (0..=Self::MOST).contains(&dong) {
            return Ok(Self(dong));
        }
        Err(Invalid::new(
            "out_of_range",
            Say::new(
                "Giá trị là số nguyên đồng từ 0 đến 1.000.000.000.000.000.",
                "A value is a whole number of đồng from 0 to 1,000,000,000,000,000.",
            ),
        ))
    }

    pub fn get(self) -> i64 {
        self.0
    }
}

number_column!(AgreementValue, 480_000_000, 0);
number_column!(LeadDays, 7, 0);
number_column!(TargetPrice, 85_000);
number_column!(Quantity, 200);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;
    use serde_json::json;

    #[test]
    fn quantities_are_whole_and_positive() {
        for right in [json!(1), json!(200), json!(1_000_000_000)] {
            assert!(input::read::<Quantity>(right).is_ok());
        }
        for (wrong, code) in [
            (json!(0), "out_of_range"),
            (json!(-1), "out_of_range"),
            (json!(1_000_000_001), "out_of_range"),
            (json!(9_223_372_036_854_775_808_u64), "out_of_range"),
            (json!(u64::MAX), "out_of_range"),
            (json!(i64::MIN), "out_of_range"),
            (json!(1.5), "wrong_type"),
            (json!("1"), "wrong_type"),
            (json!(null), "wrong_type"),
            (json!([1]), "wrong_type"),
        ] {
            let faults = input::read::<Quantity>(wrong.clone()).expect_err("a fault");
            assert_eq!(faults.0.first().map(|f| f.code), Some(code), "{wrong}");
        }
    }
}
