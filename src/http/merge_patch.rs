//! What a JSON merge patch (RFC 7396) may look like, for the API's description.
//!
//! A patch of an object inside of a resource names only what changes of it, and `null` takes a member away: the schema of the
//! resource's member, which says what has to be there, does not describe it.

use std::collections::BTreeMap;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOf, Schema, SchemaType, Type};
use utoipa::openapi::{OneOfBuilder, RefOr};

const COMPONENTS: &str = "#/components/schemas/";

/// Has a patch take parts of the objects that its members are: each with all members left out or `null` at will.
pub fn describe(schemas: &mut BTreeMap<String, RefOr<Schema>>, patch: &str) {
    let Some(RefOr::T(Schema::Object(described))) = schemas.get(patch) else { return };
    let mut described = described.clone();
    for property in described.properties.values_mut() {
        let target = named(property).and_then(|name| schemas.get(name));
        if let Some(RefOr::T(Schema::Object(object))) = target
            && (!object.properties.is_empty() || object.additional_properties.is_some())
        {
            let mut part = object.clone();
            part.required.clear();
            part.schema_type = or_null(part.schema_type);
            for member in part.properties.values_mut() {
                *member = nullable(member.clone());
            }
            if let Some(AdditionalProperties::RefOr(more)) = part.additional_properties.as_deref().cloned() {
                part.additional_properties = Some(Box::new(AdditionalProperties::RefOr(nullable(more))));
            }
            *property = RefOr::T(Schema::Object(part));
        }
    }
    schemas.insert(patch.to_owned(), RefOr::T(Schema::Object(described)));
}

/// The name of the one schema a member that may be `null` refers to.
fn named(property: &RefOr<Schema>) -> Option<&str> {
    let RefOr::T(Schema::OneOf(OneOf { items, .. })) = property else { return None };
    items.iter().find_map(|item| match item {
        RefOr::Ref(reference) => reference.ref_location.strip_prefix(COMPONENTS),
        RefOr::T(_) => None,
    })
}

fn or_null(schema_type: SchemaType) -> SchemaType {
    match schema_type {
        SchemaType::Type(kind) if kind != Type::Null => SchemaType::Array(vec![kind, Type::Null]),
        other => other,
    }
}

fn nullable(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = or_null(object.schema_type);
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = or_null(array.schema_type);
            RefOr::T(Schema::Array(array))
        }
        RefOr::T(Schema::OneOf(mut one_of)) => {
            let null = RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(Type::Null).build()));
            if !one_of.items.contains(&null) {
                one_of.items.push(null);
            }
            RefOr::T(Schema::OneOf(one_of))
        }
        other => {
            let null = ObjectBuilder::new().schema_type(Type::Null);
            RefOr::T(Schema::OneOf(OneOfBuilder::new().item(other).item(null).build()))
        }
    }
}
