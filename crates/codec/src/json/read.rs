//! From JSON to messages.

use std::borrow::Cow;
use std::collections::HashMap;

use prost::Message;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value as Field,
};
use serde_json::{Map, Value};

use super::known::{self, Known};
use super::{Mapping, type_name};
use crate::{Error, text};

/// One reading of a JSON value: its rules and the place it has come to.
pub(crate) struct Reading<'a> {
    mapping: &'a Mapping,
    /// Plain protobuf JSON: every bytes field is base64, of either alphabet.
    plain: bool,
    /// Whether fields that the message does not have are an error.
    strict: bool,
    place: Vec<Step<'a>>,
}

/// A step from a JSON value to one inside it.
enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

impl<'a> Reading<'a> {
    /// Koinos JSON; unknown fields are ignored.
    pub(super) fn koinos(mapping: &'a Mapping) -> Self {
        Self { mapping, plain: false, strict: false, place: Vec::new() }
    }

    /// Plain protobuf JSON; unknown fields are errors.
    pub(crate) fn protobuf(mapping: &'a Mapping) -> Self {
        Self { mapping, plain: true, strict: true, place: Vec::new() }
    }

    /// The message of the type `descriptor` that the whole of `json` stands for.
    pub(crate) fn root(
        mut self,
        descriptor: MessageDescriptor,
        json: &'a Value,
    ) -> Result<DynamicMessage, Error> {
        self.message(descriptor, json)
    }

    fn message(
        &mut self,
        descriptor: MessageDescriptor,
        json: &'a Value,
    ) -> Result<DynamicMessage, Error> {
        let object = || json.as_object().ok_or_else(|| self.expected("an object"));
        match Known::of(&descriptor) {
            None | Some(Known::Empty) => self.members(descriptor, object()?, false),
            Some(Known::Any) => self.any(descriptor, object()?),
            Some(Known::Wrapper) => {
                let field = known::wrapped(&descriptor)?;
                let mut message = DynamicMessage::new(descriptor);
                message.set_field(&field, self.value(&field, json)?);
                Ok(message)
            }
            Some(known) => {
                known::read(known, descriptor, json).ok_or_else(|| self.expected(known.expected()))
            }
        }
    }

    /// Reads the members of `object` as fields, `@type` aside in the object of an `Any`.
    fn members(
        &mut self,
        descriptor: MessageDescriptor,
        object: &'a Map<String, Value>,
        typed: bool,
    ) -> Result<DynamicMessage, Error> {
        let mut message = DynamicMessage::new(descriptor.clone());
        for (name, value) in object {
            if typed && name == "@type" {
                continue;
            }
            self.place.push(Step::Member(name));
            let named = descriptor.get_field_by_name(name);
            match named.or_else(|| descriptor.get_field_by_json_name(name)) {
                Some(field) => self.field(&mut message, &field, value)?,
                None if self.strict => {
                    return Err(self.expected(format!("a field of {}", descriptor.full_name())));
                }
                None => {}
            }
            self.place.pop();
        }
        Ok(message)
    }

    fn any(
        &mut self,
        descriptor: MessageDescriptor,
        object: &'a Map<String, Value>,
    ) -> Result<DynamicMessage, Error> {
        let mut message = DynamicMessage::new(descriptor);
        if object.is_empty() {
            return Ok(message);
        }
        let url = object.get("@type").and_then(Value::as_str);
        let url = url.ok_or_else(|| self.expected("a member \"@type\" with a type URL"))?;
        let inner = self.mapping.message(type_name(url)).map_err(|cause| {
            self.place.push(Step::Member("@type"));
            self.cause("the URL of a known message type", cause)
        })?;
        let content = if let Some(known) = Known::of(&inner) {
            self.place.push(Step::Member("value"));
            let value = object.get("value").ok_or_else(|| self.expected(known.expected()))?;
            let content = self.message(inner, value)?;
            self.place.pop();
            content
        } else {
            self.members(inner, object, true)?
        };
        message.set_field_by_name("type_url", Field::String(url.to_owned()));
        message.set_field_by_name("value", Field::Bytes(content.encode_to_vec().into()));
        Ok(message)
    }

    fn field(
        &mut self,
        message: &mut DynamicMessage,
        field: &FieldDescriptor,
        json: &'a Value,
    ) -> Result<(), Error> {
        if json.is_null() && !known::takes_null(field) {
            return Ok(());
        }
        if message.has_field(field) {
            return Err(self.expected("each field once"));
        }
        if let Some(oneof) = field.containing_oneof()
            && oneof.fields().any(|member| message.has_field(&member))
        {
            return Err(self.expected(format!("one member of the oneof {}", oneof.name())));
        }
        let value = if field.is_map() {
            self.map(field, json)?
        } else if field.is_list() {
            self.list(field, json)?
        } else {
            self.value(field, json)?
        };
        message.set_field(field, value);
        Ok(())
    }

    fn list(&mut self, field: &FieldDescriptor, json: &'a Value) -> Result<Field, Error> {
        let items = json.as_array().ok_or_else(|| self.expected("an array"))?;
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            self.place.push(Step::Item(index));
            list.push(self.value(field, item)?);
            self.place.pop();
        }
        Ok(Field::List(list))
    }

    fn map(&mut self, field: &FieldDescriptor, json: &'a Value) -> Result<Field, Error> {
        let object = json.as_object().ok_or_else(|| self.expected("an object"))?;
        let Kind::Message(entry) = field.kind() else { return Err(self.expected("no map")) };
        let (key_field, value_field) = (entry.map_entry_key_field(), entry.map_entry_value_field());
        let mut map = HashMap::with_capacity(object.len());
        for (name, item) in object {
            self.place.push(Step::Member(name));
            let key = self.map_key(&key_field, name)?;
            map.insert(key, self.value(&value_field, item)?);
            self.place.pop();
        }
        Ok(Field::Map(map))
    }

    fn map_key(&self, field: &FieldDescriptor, name: &str) -> Result<MapKey, Error> {
        let key = match field.kind() {
            Kind::String => Some(MapKey::String(name.to_owned())),
            Kind::Bool => name.parse().ok().map(MapKey::Bool),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => name.parse().ok().map(MapKey::I32),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => name.parse().ok().map(MapKey::I64),
            Kind::Uint32 | Kind::Fixed32 => name.parse().ok().map(MapKey::U32),
            Kind::Uint64 | Kind::Fixed64 => name.parse().ok().map(MapKey::U64),
            _ => None,
        };
        key.ok_or_else(|| self.expected("a name that is a key of the map"))
    }

    fn value(&mut self, field: &FieldDescriptor, json: &'a Value) -> Result<Field, Error> {
        Ok(match field.kind() {
            Kind::Message(descriptor) => Field::Message(self.message(descriptor, json)?),
            Kind::Bool => {
                Field::Bool(json.as_bool().ok_or_else(|| self.expected("true or false"))?)
            }
            Kind::String => Field::String(self.text(json)?.to_owned()),
            Kind::Bytes => Field::Bytes(self.bytes(field, json)?.into()),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Field::I32(self.integer(json)?),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Field::I64(self.integer(json)?),
            Kind::Uint32 | Kind::Fixed32 => Field::U32(self.integer(json)?),
            Kind::Uint64 | Kind::Fixed64 => Field::U64(self.integer(json)?),
            Kind::Float => Field::F32(self.float(json)? as f32),
            Kind::Double => Field::F64(self.float(json)?),
            Kind::Enum(descriptor) => {
                let named = json.as_str().and_then(|name| descriptor.get_value_by_name(name));
                match named {
                    Some(value) => Field::EnumNumber(value.number()),
                    None if json.is_number() => Field::EnumNumber(self.integer(json)?),
                    None if json.is_null() && known::is_null_value(field) => Field::EnumNumber(0),
                    None => {
                        let name = descriptor.full_name();
                        return Err(self.expected(format!("a value of the enum {name}")));
                    }
                }
            }
        })
    }

    fn text(&self, json: &'a Value) -> Result<&'a str, Error> {
        json.as_str().ok_or_else(|| self.expected("a string"))
    }

    fn bytes(&self, field: &FieldDescriptor, json: &'a Value) -> Result<Vec<u8>, Error> {
        let text = self.text(json)?;
        let form = self.mapping.bytes_form(field);
        let (read, expected) = match form {
            _ if self.plain => (text::from_any_base64(text), "bytes as base64"),
            super::BytesForm::Base64Url => (form.read(text), "bytes as padded URL-safe base64"),
            super::BytesForm::Base58 => (form.read(text), "bytes as base58"),
            super::BytesForm::Hex => (form.read(text), "bytes as 0x and hexadecimal digits"),
        };
        read.map_err(|cause| self.cause(expected, cause))
    }

    /// An integer as a number or a decimal string; also written with a fraction of zero or an
    /// exponent, as long as it is integral.
    fn integer<T: TryFrom<i128>>(&self, json: &Value) -> Result<T, Error> {
        let wide = match json {
            Value::Number(number) => whole(&number.to_string()),
            Value::String(text) => whole(text),
            _ => None,
        };
        wide.and_then(|wide| T::try_from(wide).ok()).ok_or_else(|| {
            self.expected(format!("an integer, {} bits wide", 8 * std::mem::size_of::<T>()))
        })
    }

    fn float(&self, json: &Value) -> Result<f64, Error> {
        let value = match json {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => match text.as_str() {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                text => text.parse().ok().filter(|value: &f64| value.is_finite()),
            },
            _ => None,
        };
        value.ok_or_else(|| self.expected("a number"))
    }

    fn expected(&self, expected: impl Into<Cow<'static, str>>) -> Error {
        Error::Json { place: self.place(), expected: expected.into(), source: None }
    }

    fn cause(&self, expected: &'static str, cause: Error) -> Error {
        let source = Some(Box::new(cause));
        Error::Json { place: self.place(), expected: expected.into(), source }
    }

    fn place(&self) -> String {
        let mut place = String::new();
        for step in &self.place {
            match step {
                Step::Member(name) if place.is_empty() => place.push_str(name),
                Step::Member(name) => {
                    place.push('.');
                    place.push_str(name);
                }
                Step::Item(index) => place.push_str(&format!("[{index}]")),
            }
        }
        place
    }
}

/// The integer that a decimal number stands for; `None` when it is none or has a fraction.
fn whole(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let float: f64 = text.parse().ok()?;
    // Beyond 2^64 no field type could hold it.
    let integral = float.fract() == 0.0 && float.abs() <= u64::MAX as f64;
    integral.then_some(float as i128)
}
