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

impl Deserr<Faults> for Quantity {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let number = i64::deserialize_from_value(value, location)?;
        Self::new(number).map_err(|invalid| Faults::located(location, invalid))
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Quantity
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let number = i64::from_sql(value)?;
        Self::new(number).map_err(|_| format!("not a quantity: {number}").into())
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Quantity
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl utoipa::PartialSchema for Quantity {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(1))
            .maximum(Some(Self::MOST))
            .examples([200])
            .into()
    }
}
impl utoipa::ToSchema for Quantity {}

crate::text_enum! {
    /// Unit of a quantity: codes of UN/ECE Recommendation 20, and of Recommendation 21 (packages) with an `X` in front,
    /// as Recommendation 20 (revision 11) and electronic invoices write them.
    pub enum Unit {
        Kilogram = "KGM",
        Gram = "GRM",
        Tonne = "TNE",
        Litre = "LTR",
        Millilitre = "MLT",
        Metre = "MTR",
        SquareMetre = "MTK",
        Piece = "H87",
        Set = "SET",
        Pair = "PR",
        Dozen = "DZN",
        ServiceUnit = "E48",
        Person = "IE",
        Day = "DAY",
        BoxPackage = "XBX",
        Bag = "XBG",
        Bottle = "XBO",
        Case = "XCS",
        Carton = "XCT",
        Jar = "XJR",
        Package = "XPK",
        Sack = "XSA",
        Tin = "XTN",
        Basket = "XBK",
        Pallet = "XPX",
    }
}

impl Unit {
    /// What the code means, in Vietnamese and in English.
    pub fn meaning(self) -> (&'static str, &'static str) {
        match self {
            Self::Kilogram => ("ki-lô-gam (kg)", "kilogram"),
            Self::Gram => ("gam", "gram"),
            Self::Tonne => ("tấn", "tonne"),
            Self::Litre => ("lít", "litre"),
            Self::Millilitre => ("mi-li-lít", "millilitre"),
            Self::Metre => ("mét (lụa, chiếu bán theo chiều dài)", "metre (silk, mats by length)"),
            Self::SquareMetre => ("mét vuông", "square metre"),
            Self::Piece => ("cái, chiếc", "piece"),
            Self::Set => ("bộ", "set"),
            Self::Pair => ("đôi", "pair"),
            Self::Dozen => ("tá (12 cái)", "dozen"),
            Self::ServiceUnit => ("lượt dịch vụ (một tour, một đêm)", "service unit (a tour, a night)"),
            Self::Person => ("người (khách của tour)", "person (visitors of a tour)"),
            Self::Day => ("ngày", "day"),
            Self::BoxPackage => ("hộp", "box"),
            Self::Bag => ("túi", "bag"),
            Self::Bottle => ("chai", "bottle"),
            Self::Case => ("thùng, két", "case"),
            Self::Carton => ("thùng các-tông", "carton"),
            Self::Jar => ("lọ, hũ", "jar"),
            Self::Package => ("gói", "package"),
            Self::Sack => ("bao", "sack"),
            Self::Tin => ("lon, hộp kim loại", "tin"),
            Self::Basket => ("giỏ, rổ", "basket"),
            Self::Pallet => ("pa-lét", "pallet"),
        }
    }
}

/// The schema of [`Unit`]: the codes, and what each of them means.
pub struct UnitMeaning;

impl utoipa::PartialSchema for UnitMeaning {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        let lines = Unit::ALL.iter().map(|unit| {
            let (vi, en) = unit.meaning();
            format!("\n- `{}`: {vi} / {en}", unit.as_str())
        });
        let head = "Unit of a quantity, by its code of UN/ECE Recommendation 20 or, with `X` in front, 21 (packages):\n";
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Unit::ALL.iter().map(Unit::as_str)))
            .description(Some(std::iter::once(head.to_owned()).chain(lines).collect::<String>()))
            .examples([Unit::BoxPackage.as_str()])
            .into()
    }
}

impl utoipa::ToSchema for UnitMeaning {
    fn name() -> std::borrow::Cow<'static, str> {
        "Unit".into()
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

    #[test]
    fn the_schema_explains_every_code_in_both_languages() {
        let schema = serde_json::to_value(<UnitMeaning as utoipa::PartialSchema>::schema()).expect("JSON");
        assert_eq!(schema["enum"].as_array().map(Vec::len), Some(Unit::ALL.len()));
        let description = schema["description"].as_str().expect("a description");
        assert!(description.contains("\n- `XBX`: hộp / box\n"), "{description}");
        for unit in Unit::ALL {
            assert!(description.contains(&format!("`{}`: ", unit.as_str())), "{unit:?}");
        }
    }

    #[test]
    fn codes_of_packages_are_those_of_invoices() {
        assert_eq!(Unit::parse("XBO"), Ok(Unit::Bottle));
        for wrong in ["BO", "kg", "KG", "kgm", ""] {
            assert!(Unit::parse(wrong).is_err(), "{wrong}");
        }
    }
}
