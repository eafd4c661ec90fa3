//! Decoded values as the original service gives them, which is the form of the library koilib.
//!
//! It differs from Koinos JSON in what is left out: numbers of 64 bits, bytes and lists are always
//! there, other fields when they are not the default; enums are numbers.

use koinos_codec::json::{BytesForm, Mapping};
use koinos_codec::text::{to_base58, to_base64url, to_hex};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage, Value as Field};
use serde_json::{Map, Number, Value};

/// The decoded form of a message, whose forms of bytes `mapping` knows.
pub fn decoded(mapping: &Mapping, message: &DynamicMessage) -> Value {
    let mut object = Map::new();
    for field in message.descriptor().fields() {
        let set = message.has_field(&field);
        if shown(&field, set) {
            let value = message.get_field(&field);
            object.insert(field.name().to_owned(), value_of(mapping, &field, &value));
        }
    }
    Value::Object(object)
}

fn shown(field: &FieldDescriptor, set: bool) -> bool {
    if set || field.is_list() {
        return true;
    }
    let always = matches!(
        field.kind(),
        Kind::Bytes | Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64
    );
    always && !field.supports_presence()
}

fn value_of(mapping: &Mapping, field: &FieldDescriptor, value: &Field) -> Value {
    match value {
        Field::Bool(value) => (*value).into(),
        Field::I32(value) | Field::EnumNumber(value) => (*value).into(),
        Field::U32(value) => (*value).into(),
        Field::I64(value) => value.to_string().into(),
        Field::U64(value) => value.to_string().into(),
        Field::F32(value) => float(f64::from(*value)),
        Field::F64(value) => float(*value),
        Field::String(value) => value.as_str().into(),
        Field::Bytes(bytes) => match mapping.bytes_form(field) {
            BytesForm::Base64Url => to_base64url(bytes).into(),
            BytesForm::Base58 => to_base58(bytes).into(),
            BytesForm::Hex => to_hex(bytes).into(),
        },
        Field::Message(message) => decoded(mapping, message),
        Field::List(list) => list.iter().map(|item| value_of(mapping, field, item)).collect(),
        Field::Map(entries) => {
            let kind = field.kind();
            let value = kind.as_message().map(|entry| entry.map_entry_value_field());
            let value = value.as_ref().unwrap_or(field);
            let mut members: Vec<(String, Value)> = entries
                .iter()
                .map(|(key, item)| (key_text(key), value_of(mapping, value, item)))
                .collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().collect())
        }
    }
}

fn key_text(key: &prost_reflect::MapKey) -> String {
    use prost_reflect::MapKey;
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

/// JSON has no number for infinity and for what is none.
fn float(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use koinos_proto::contracts::token::TransferArguments;
    use koinos_proto::standards::kcs4;
    use prost::{Message, Name};
    use serde_json::json;

    use super::*;

    fn of<M: Message + Name>(message: &M) -> Value {
        let mapping = Mapping::koinos();
        let descriptor = mapping.message(&M::full_name()).unwrap();
        let message = DynamicMessage::decode(descriptor, &message.encode_to_vec()[..]).unwrap();
        decoded(mapping, &message)
    }

    #[test]
    fn what_is_left_out_is_what_koilib_leaves_out() {
        let empty = json!({ "from": "", "to": "", "value": "0" });
        assert_eq!(of(&TransferArguments::default()), empty);
        assert_eq!(of(&kcs4::TransferArguments::default()), empty, "an optional memo");
        let memo = Some("x".to_owned());
        assert_eq!(of(&kcs4::TransferArguments { memo, ..Default::default() })["memo"], "x");
        assert_eq!(of(&kcs4::GetInfoResult::default()), json!({}));
        let allowances = of(&kcs4::GetAllowancesResult::default());
        assert_eq!(allowances, json!({ "owner": "", "allowances": [] }));
    }
}
