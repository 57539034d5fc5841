//! What only some kinds of products have: an alcohol content, a technique, a length of stay.

use crate::input::{self, Faults};
use crate::say::{Invalid, Say};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

/// Attributes by their keys. Which there are, and what they hold, says the schema of the product's criteria set.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(pub BTreeMap<String, AttributeValue>);

/// What an attribute holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AttributeValue {
    Flag(bool),
    #[serde(serialize_with = "as_short_as_it_is")]
    Number(f64),
    Text(String),
    /// Several of the values of a list.
    Choices(Vec<String>),
}

/// A whole number without a point: so everybody writes it, and a follower that reads and writes a document gets its bytes.
fn as_short_as_it_is<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within the bounds")]
    match number.fract() == 0.0 && number.abs() < EXACT {
        true => serializer.serialize_i64(*number as i64),
        false => serializer.serialize_f64(*number),
    }
}

impl Attributes {
    /// More than any schema has.
    pub const MOST: usize = 60;
    const LONGEST: usize = 1000;
}

impl Deserr<Faults> for Attributes {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let given: BTreeMap<String, AttributeValue> = input::members(value, location)?.into_iter().collect();
        if given.len() > Self::MOST {
            let say = Say::new("Quá nhiều thuộc tính.", "Too many attributes.");
            return Err(Faults::located(location, Invalid::new("too_long", say)));
        }
        Ok(Self(given))
    }
}

impl Deserr<Faults> for AttributeValue {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, Faults> {
        let text = |text: &str, location: ValuePointerRef| {
            let read = input::measured(text.trim(), Attributes::LONGEST, |c| c == '\n').map(str::to_owned);
            read.map_err(|invalid| Faults::located(location, invalid))
        };
        match value {
            Value::Boolean(flag) => Ok(Self::Flag(flag)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "attributes measure things, they do not count to 2^53"
            )]
            Value::Integer(number) => Ok(Self::Number(number as f64)),
            #[expect(clippy::cast_precision_loss, reason = "as above")]
            Value::NegativeInteger(number) => Ok(Self::Number(number as f64)),
            Value::Float(number) => Ok(Self::Number(number)),
            Value::String(given) => text(&given, location).map(Self::Text),
            value @ Value::Sequence(_) => {
                let given = Vec::<String>::deserialize_from_value(value, location)?;
                let read: Result<Vec<_>, _> = given
                    .iter()
                    .enumerate()
                    .map(|(index, choice)| text(choice, location.push_index(index)))
                    .collect();
                read.map(Self::Choices)
            }
            Value::Null | Value::Map(_) => {
                let say = Say::new(
                    "Thuộc tính là chữ, số, đúng/sai hoặc danh sách chữ.",
                    "An attribute is a text, a number, a boolean or a list of texts.",
                );
                Err(Faults::located(location, Invalid::new("wrong_type", say)))
            }
        }
    }
}

impl utoipa::PartialSchema for Attributes {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};
        let one = |kind: Type| ObjectBuilder::new().schema_type(kind);
        let value = OneOfBuilder::new()
            .item(one(Type::Boolean))
            .item(one(Type::Number))
            .item(one(Type::String).min_length(Some(1)).max_length(Some(Self::LONGEST)))
            .item(
                ArrayBuilder::new()
                    .items(one(Type::String).min_length(Some(1)).max_length(Some(Self::LONGEST))),
            );
        ObjectBuilder::new()
            .description(Some(
                "Attributes by their keys. Which there are, and what they hold, says the schema of the product's criteria set.",
            ))
            .additional_properties(Some(Schema::from(value)))
            .examples([serde_json::json!({})])
            .into()
    }
}
impl utoipa::ToSchema for Attributes {}
