//! Numbers of an enquiry and what comes of it: how much of a product, at which price, for which value.

/// A [`whole_number!`](crate::whole_number) with its column, JSON and OpenAPI.
macro_rules! number_column {
    ($(#[$meta:meta])* $name:ident: $least:literal..=$most:literal, example $example:literal, $vi:literal, $en:literal) => {
        crate::whole_number! {
            $(#[$meta])*
            #[derive(serde::Serialize, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            pub struct $name: $least..=$most, $vi, $en
        }
        crate::integer_column!($name, $name::new);

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

number_column!(
    /// Units of a product. Smaller measures have units of their own: half a kilogram is 500 `GRM`.
    Quantity: 1..=1_000_000_000, example 200,
    "Số lượng là số nguyên", "A quantity is a whole number"
);
number_column!(
    /// Đồng for one unit that the buyer hopes for.
    TargetPrice: 1..=1_000_000_000_000, example 85_000,
    "Giá là số nguyên đồng", "A price is a whole number of đồng"
);
number_column!(
    /// Đồng for one unit that somebody offers.
    UnitPrice: 1..=1_000_000_000_000, example 42_000,
    "Giá là số nguyên đồng", "A price is a whole number of đồng"
);
number_column!(
    /// Đồng of a whole order.
    OrderValue: 1..=1_000_000_000_000_000, example 8_400_000,
    "Giá trị là số nguyên đồng", "A value is a whole number of đồng"
);
number_column!(
    /// Đồng of what was signed; 0: none was agreed.
    AgreementValue: 0..=1_000_000_000_000_000, example 480_000_000,
    "Giá trị là số nguyên đồng", "A value is a whole number of đồng"
);
number_column!(
    /// Days from the order to the delivery.
    LeadDays: 0..=365, example 7,
    "Số ngày giao hàng là số nguyên", "The days to the delivery are a whole number"
);

impl UnitPrice {
    /// The price of a quantity; `None` if it is more than a number holds.
    pub fn times(self, quantity: Quantity) -> Option<i64> {
        self.get().checked_mul(quantity.get())
    }
}

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
