//! From messages to JSON.

use std::collections::{BTreeMap, HashMap};

use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage,
    Value as Field,
};
use serde_json::{Map, Number, Value};

use super::known::{self, Known};
use super::{Mapping, type_name};
use crate::Error;

pub(super) fn message(mapping: &Mapping, message: &DynamicMessage) -> Result<Value, Error> {
    if let Some(known) = Known::of(&message.descriptor()) {
        return known::write(mapping, known, message);
    }
    let mut object = Map::new();
    for (descriptor, value) in message.fields() {
        object.insert(descriptor.name().to_owned(), field(mapping, &descriptor, value)?);
    }
    Ok(Value::Object(object))
}

/// An `Any` is its content with the type URL as one more member, `@type`; a content that has a form
/// of its own stands in a member `value`.
pub(super) fn any(mapping: &Mapping, message: &DynamicMessage) -> Result<Value, Error> {
    let url = message.get_field_by_name("type_url");
    let url = url.as_deref().and_then(Field::as_str).unwrap_or_default();
    if url.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let value = message.get_field_by_name("value");
    let bytes = value.as_deref().and_then(Field::as_bytes).cloned().unwrap_or_default();
    let descriptor = mapping.message(type_name(url))?;
    let own_form = Known::of(&descriptor).is_some();
    let content = self::message(mapping, &mapping.parse(descriptor, &bytes)?)?;

    let mut object = Map::new();
    object.insert("@type".to_owned(), url.into());
    match content {
        Value::Object(members) if !own_form => object.extend(members),
        content => {
            object.insert("value".to_owned(), content);
        }
    }
    Ok(Value::Object(object))
}

pub(super) fn field(
    mapping: &Mapping,
    descriptor: &FieldDescriptor,
    value: &Field,
) -> Result<Value, Error> {
    Ok(match value {
        Field::Bool(value) => (*value).into(),
        Field::I32(value) => (*value).into(),
        Field::U32(value) => (*value).into(),
        Field::I64(value) => value.to_string().into(),
        Field::U64(value) => value.to_string().into(),
        // By way of its own shortest text, or 0.1 would become 0.10000000149011612.
        Field::F32(value) => float(value.to_string().parse().unwrap_or(f64::from(*value))),
        Field::F64(value) => float(*value),
        Field::String(value) => value.as_str().into(),
        Field::Bytes(value) => mapping.bytes_form(descriptor).write(value).into(),
        Field::EnumNumber(_) if known::is_null_value(descriptor) => Value::Null,
        Field::EnumNumber(number) => enumeration(descriptor, *number),
        Field::Message(value) => message(mapping, value)?,
        Field::List(list) => {
            let items = list.iter().map(|item| field(mapping, descriptor, item));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Field::Map(entries) => map(mapping, descriptor, entries)?,
    })
}

/// A map is an object, its members in the order of their keys.
fn map(
    mapping: &Mapping,
    descriptor: &FieldDescriptor,
    entries: &HashMap<MapKey, Field>,
) -> Result<Value, Error> {
    let kind = descriptor.kind();
    let value = kind.as_message().filter(|entry| entry.is_map_entry());
    let value = value.map(MessageDescriptor::map_entry_value_field);
    let value = value.ok_or_else(|| Error::UnknownType(descriptor.full_name().to_owned()))?;
    let sorted: BTreeMap<&MapKey, &Field> = entries.iter().collect();
    let mut object = Map::new();
    for (key, item) in sorted {
        let key = match key {
            MapKey::Bool(key) => key.to_string(),
            MapKey::I32(key) => key.to_string(),
            MapKey::I64(key) => key.to_string(),
            MapKey::U32(key) => key.to_string(),
            MapKey::U64(key) => key.to_string(),
            MapKey::String(key) => key.clone(),
        };
        object.insert(key, field(mapping, &value, item)?);
    }
    Ok(Value::Object(object))
}

/// The name of an enum value, its number when it has none.
fn enumeration(descriptor: &FieldDescriptor, number: i32) -> Value {
    let value = match descriptor.kind() {
        Kind::Enum(kind) => kind.get_value(number),
        _ => None,
    };
    value.map_or_else(|| number.into(), |value| value.name().into())
}

/// A number, without a fraction when it has none.
pub(super) fn float(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return (value as i64).into();
    }
    match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}
