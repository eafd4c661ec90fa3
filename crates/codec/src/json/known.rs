//! The well-known types of protobuf: those whose JSON is not the object of their fields.

use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor, ReflectMessage};
use prost_types::value::Kind;
use prost_types::{Duration, FieldMask, ListValue, Struct, Timestamp};
use serde_json::{Map, Value};

use super::{Mapping, write};
use crate::Error;

/// The first and the last second of the years 1 to 9999.
const TIMES: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
/// The seconds of 10,000 years.
const LONGEST: i64 = 315_576_000_000;
const NANOS: i32 = 1_000_000_000;

/// A type with a form of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Any,
    Duration,
    Empty,
    FieldMask,
    ListValue,
    Struct,
    Timestamp,
    Value,
    /// A message around one scalar in its field 1.
    Wrapper,
}

impl Known {
    pub(super) fn of(descriptor: &MessageDescriptor) -> Option<Self> {
        Some(match descriptor.full_name().strip_prefix("google.protobuf.")? {
            "Any" => Self::Any,
            "Duration" => Self::Duration,
            "Empty" => Self::Empty,
            "FieldMask" => Self::FieldMask,
            "ListValue" => Self::ListValue,
            "Struct" => Self::Struct,
            "Timestamp" => Self::Timestamp,
            "Value" => Self::Value,
            "BoolValue" | "BytesValue" | "DoubleValue" | "FloatValue" | "Int32Value"
            | "Int64Value" | "StringValue" | "UInt32Value" | "UInt64Value" => Self::Wrapper,
            _ => return None,
        })
    }

    /// What stands in JSON for a message of the type.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Timestamp => "a time like \"2026-01-31T12:00:00Z\", of the years 1 to 9999",
            Self::Duration => "seconds like \"1.5s\", 10,000 years at most",
            Self::FieldMask => "names in camelCase with commas between them",
            Self::ListValue => "an array that is not nested too deep",
            Self::Value => "a JSON value that is not nested too deep",
            Self::Any | Self::Empty | Self::Struct | Self::Wrapper => "an object",
        }
    }
}

/// Whether `null` is a value of the field, rather than its absence.
pub(super) fn takes_null(field: &FieldDescriptor) -> bool {
    let kind = field.kind();
    kind.as_message().is_some_and(|message| Known::of(message) == Some(Known::Value))
        || is_null_value(field)
}

/// Whether the field is of the enum whose only value stands for `null`.
pub(super) fn is_null_value(field: &FieldDescriptor) -> bool {
    let kind = field.kind();
    kind.as_enum().is_some_and(|kind| kind.full_name() == "google.protobuf.NullValue")
}

/// The field that a wrapper wraps.
pub(super) fn wrapped(wrapper: &MessageDescriptor) -> Result<FieldDescriptor, Error> {
    wrapper.get_field(1).ok_or_else(|| Error::UnknownType(wrapper.full_name().to_owned()))
}

/// The JSON of a message of the type `known`.
pub(super) fn write(
    mapping: &Mapping,
    known: Known,
    message: &DynamicMessage,
) -> Result<Value, Error> {
    Ok(match known {
        Known::Any => write::any(mapping, message)?,
        Known::Empty => Value::Object(Map::new()),
        Known::Wrapper => {
            let field = wrapped(&message.descriptor())?;
            write::field(mapping, &field, &message.get_field(&field))?
        }
        Known::Timestamp => {
            let time: Timestamp = content(message)?;
            let fits = TIMES.contains(&time.seconds) && (0..NANOS).contains(&time.nanos);
            shown(message, time, fits)?
        }
        Known::Duration => {
            let duration: Duration = content(message)?;
            shown(message, duration, is_duration(&duration))?
        }
        Known::FieldMask => {
            let FieldMask { paths } = content(message)?;
            let names: Option<Vec<String>> = paths.iter().map(|path| to_camel(path)).collect();
            names.ok_or_else(|| unwritable(message))?.join(",").into()
        }
        Known::Struct => structure(content(message)?, message)?,
        Known::ListValue => list(content(message)?, message)?,
        Known::Value => value(content(message)?, message)?,
    })
}

/// The message of the type `known` that `json` stands for; `None` when it stands for none. Not for
/// [`Known::Any`], [`Known::Empty`] and [`Known::Wrapper`].
pub(super) fn read(
    known: Known,
    descriptor: MessageDescriptor,
    json: &Value,
) -> Option<DynamicMessage> {
    let mut message = DynamicMessage::new(descriptor);
    let read = match known {
        Known::Timestamp => message.transcode_from(&time(json.as_str()?)?),
        Known::Duration => {
            let duration: Duration = json.as_str()?.parse().ok()?;
            message.transcode_from(&Some(duration).filter(is_duration)?)
        }
        Known::FieldMask => {
            let paths = json.as_str()?.split(',').filter(|path| !path.is_empty());
            let paths: Option<Vec<String>> = paths.map(from_camel).collect();
            message.transcode_from(&FieldMask { paths: paths? })
        }
        Known::Struct => message.transcode_from(&struct_of(json.as_object()?)),
        Known::ListValue => message.transcode_from(&list_of(json.as_array()?)),
        Known::Value => message.transcode_from(&value_of(json)),
        Known::Any | Known::Empty | Known::Wrapper => return None,
    };
    read.ok()?;
    Some(message)
}

fn content<T: prost::Message + Default>(message: &DynamicMessage) -> Result<T, Error> {
    message.transcode_to().map_err(|source| Error::Message {
        message: message.descriptor().full_name().to_owned(),
        source,
    })
}

fn shown(
    message: &DynamicMessage,
    value: impl std::fmt::Display,
    fits: bool,
) -> Result<Value, Error> {
    if fits { Ok(value.to_string().into()) } else { Err(unwritable(message)) }
}

fn unwritable(message: &DynamicMessage) -> Error {
    Error::Unwritable(message.descriptor().full_name().to_owned())
}

/// A time by RFC 3339, which wants both date and time with a `T` in between.
fn time(text: &str) -> Option<Timestamp> {
    if !text.as_bytes().get(10)?.eq_ignore_ascii_case(&b'T') {
        return None;
    }
    let time: Timestamp = text.parse().ok()?;
    TIMES.contains(&time.seconds).then_some(time)
}

fn is_duration(duration: &Duration) -> bool {
    let Duration { seconds, nanos } = *duration;
    let one_sign = seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0);
    (-LONGEST..=LONGEST).contains(&seconds) && nanos > -NANOS && nanos < NANOS && one_sign
}

/// `None` when the name would not come back as it was.
fn to_camel(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    let mut chars = path.chars();
    while let Some(char) = chars.next() {
        match char {
            '_' => out.push(chars.next().filter(char::is_ascii_lowercase)?.to_ascii_uppercase()),
            char if char.is_ascii_uppercase() => return None,
            char => out.push(char),
        }
    }
    Some(out)
}

fn from_camel(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len() + 4);
    for char in path.chars() {
        match char {
            '_' => return None,
            char if char.is_ascii_uppercase() => out.extend(['_', char.to_ascii_lowercase()]),
            char => out.push(char),
        }
    }
    Some(out)
}

fn structure(fields: Struct, within: &DynamicMessage) -> Result<Value, Error> {
    let members = fields.fields.into_iter().map(|(name, item)| Ok((name, value(item, within)?)));
    Ok(Value::Object(members.collect::<Result<_, Error>>()?))
}

fn list(items: ListValue, within: &DynamicMessage) -> Result<Value, Error> {
    let items = items.values.into_iter().map(|item| value(item, within));
    Ok(Value::Array(items.collect::<Result<_, _>>()?))
}

fn value(value: prost_types::Value, within: &DynamicMessage) -> Result<Value, Error> {
    Ok(match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(value)) => value.into(),
        Some(Kind::NumberValue(number)) if number.is_finite() => write::float(number),
        // Infinity as a string would be read back as one.
        Some(Kind::NumberValue(_)) => return Err(unwritable(within)),
        Some(Kind::StringValue(text)) => text.into(),
        Some(Kind::StructValue(fields)) => structure(fields, within)?,
        Some(Kind::ListValue(items)) => list(items, within)?,
    })
}

fn struct_of(object: &Map<String, Value>) -> Struct {
    Struct { fields: object.iter().map(|(name, item)| (name.clone(), value_of(item))).collect() }
}

fn list_of(items: &[Value]) -> ListValue {
    ListValue { values: items.iter().map(value_of).collect() }
}

fn value_of(json: &Value) -> prost_types::Value {
    let kind = match json {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(*value),
        // Every number of JSON has a nearest one of these.
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => Kind::StringValue(text.clone()),
        Value::Array(items) => Kind::ListValue(list_of(items)),
        Value::Object(object) => Kind::StructValue(struct_of(object)),
    };
    prost_types::Value { kind: Some(kind) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_not_come_back_are_none() {
        for (snake, camel) in [("a", "a"), ("foo_bar.b_c", "fooBar.bC"), ("a1", "a1")] {
            assert_eq!(to_camel(snake).as_deref(), Some(camel));
            assert_eq!(from_camel(camel).as_deref(), Some(snake));
        }
        for wrong in ["Foo", "foo__bar", "foo_", "foo_1", "foo_Bar"] {
            assert_eq!(to_camel(wrong), None, "{wrong}");
        }
        assert_eq!(from_camel("foo_bar"), None);
    }

    #[test]
    fn durations_have_one_sign() {
        let is = |seconds, nanos| is_duration(&Duration { seconds, nanos });
        assert!(is(0, 0) && is(-1, -1) && is(0, -5) && is(1, 0) && is(LONGEST, 999_999_999));
        assert!(!is(1, -1) && !is(-1, 1) && !is(LONGEST + 1, 0) && !is(0, NANOS));
    }
}
