//! Objects whose `type` tells what else stands in them.

use crate::input::Faults;
use deserr::{DeserializeError, Deserr, ErrorKind, IntoValue, Map, Value, ValueKind, ValuePointerRef};

/// The type of an object, and the object without it.
pub fn take_type<T: Deserr<Faults>, V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef,
) -> Result<(T, Value<V>), Faults> {
    let wrong = |error: ErrorKind<'_, V>| deserr::take_cf_content(Faults::error(None, error, location));
    let mut members = match value {
        Value::Map(members) => members,
        actual => return Err(wrong(ErrorKind::IncorrectValueKind { actual, accepted: &[ValueKind::Map] })),
    };
    let tag = members.remove("type").ok_or_else(|| wrong(ErrorKind::MissingField { field: "type" }))?;
    let tag = T::deserialize_from_value(tag.into_value(), location.push_key("type"))?;
    Ok((tag, Value::Map(members)))
}
