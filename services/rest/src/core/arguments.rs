//! Arguments of a contract's method: from what clients write to Koinos JSON.
//!
//! Clients write text where a message has numbers or flags, one value where it has a list, and names
//! where it has addresses.

use std::collections::HashMap;

use koinos_codec::json::{BytesForm, Mapping};
use koinos_codec::text::{from_any_base64, to_base64url};
use koinos_crypto::Address;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};

use crate::error::{Result, refused};

/// The numbers of `koinos.bytes_type` that are addresses.
const ADDRESS_TYPES: [i32; 2] = [5, 6];

/// The texts that stand where the message has addresses, and are none: they may be names.
pub fn names(message: &MessageDescriptor, arguments: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(message, arguments, &mut found);
    found
}

fn collect(message: &MessageDescriptor, arguments: &Value, found: &mut Vec<String>) {
    for (name, value) in arguments.as_object().into_iter().flatten() {
        let Some(field) = field_of(message, name) else { continue };
        for item in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
            match (field.kind(), item) {
                (Kind::Message(inner), item) => collect(&inner, item, found),
                (Kind::Bytes, Value::String(text))
                    if is_address(&field) && Address::from_base58(text).is_err() =>
                {
                    found.push(text.clone());
                }
                _ => {}
            }
        }
    }
}

/// Koinos JSON for what a client wrote, with the addresses of its names.
///
/// # Errors
/// Naming what does not fit.
pub fn arranged(
    mapping: &Mapping,
    message: &MessageDescriptor,
    arguments: &Value,
    addresses: &HashMap<String, Address>,
) -> Result<Value> {
    let object = arguments.as_object().ok_or_else(|| refused("the arguments are no object"))?;
    let mut out = Map::new();
    for (name, value) in object {
        let Some(field) = field_of(message, name) else { continue };
        let arrange = |item: &Value| single(mapping, &field, item, addresses);
        let value = match value {
            Value::Null => continue,
            Value::Array(items) if field.is_list() => {
                items.iter().map(arrange).collect::<Result<Vec<_>>>()?.into()
            }
            item if field.is_list() => vec![arrange(item)?].into(),
            item => arrange(item)?,
        };
        out.insert(name.clone(), value);
    }
    Ok(out.into())
}

fn single(
    mapping: &Mapping,
    field: &FieldDescriptor,
    value: &Value,
    addresses: &HashMap<String, Address>,
) -> Result<Value> {
    Ok(match (field.kind(), value) {
        (Kind::Message(inner), value) if value.is_object() && !inner.is_map_entry() => {
            arranged(mapping, &inner, value, addresses)?
        }
        (Kind::Bool, Value::String(text)) => match text.as_str() {
            "true" | "1" => true.into(),
            "false" | "0" | "" => false.into(),
            _ => return Err(refused(format!("{}: expected true or false", field.name()))),
        },
        (Kind::Enum(kind), Value::String(text)) => match text.parse::<i32>() {
            Ok(number) if kind.get_value_by_name(text).is_none() => number.into(),
            _ => value.clone(),
        },
        (Kind::Bytes, Value::String(text)) if is_address(field) => {
            let known = Address::from_base58(text).ok().or_else(|| addresses.get(text).copied());
            // Empty bytes are no address, and the default.
            match known {
                Some(address) => address.to_string().into(),
                None if text.is_empty() => "".into(),
                None => return Err(refused(format!("{text} is an invalid address"))),
            }
        }
        (Kind::Bytes, Value::String(text)) if mapping.bytes_form(field) == BytesForm::Base64Url => {
            let bytes = from_any_base64(text).map_err(|error| {
                refused(format!("{}: expected bytes as base64: {error}", field.name()))
            })?;
            to_base64url(&bytes).into()
        }
        _ => value.clone(),
    })
}

fn field_of(message: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    message.get_field_by_name(name).or_else(|| message.get_field_by_json_name(name))
}

/// Whether a field of bytes holds addresses of accounts or contracts.
fn is_address(field: &FieldDescriptor) -> bool {
    let options = field.options();
    let btype = field.parent_pool().get_extension_by_name("koinos.btype");
    btype.is_some_and(|btype| {
        options.has_extension(&btype)
            && options
                .get_extension(&btype)
                .as_enum_number()
                .is_some_and(|number| ADDRESS_TYPES.contains(&number))
    })
}

#[cfg(test)]
mod tests {
    use koinos_crypto::SecretKey;
    use serde_json::json;

    use super::*;

    fn arrange(message: &str, arguments: Value) -> Result<Value> {
        let mapping = Mapping::koinos();
        let message = mapping.message(message).unwrap();
        let address = SecretKey::from_seed("bob").unwrap().public_key().address();
        let addresses = HashMap::from([("@bob".to_owned(), address)]);
        arranged(mapping, &message, &arguments, &addresses)
    }

    #[test]
    fn names_are_found_and_replaced() {
        let address = SecretKey::from_seed("bob").unwrap().public_key().address().to_string();
        let name = "koinos.standards.kcs5.set_royalties_arguments";
        let message = Mapping::koinos().message(name).unwrap();
        let arguments = json!({ "value": [
            { "percentage": "5", "address": "@bob" }, { "address": address }, { "address": "koin" },
        ] });
        assert_eq!(names(&message, &arguments), ["@bob", "koin"]);
        let one = json!({ "value": { "percentage": "5", "address": "@bob" } });
        let expected = json!({ "value": [{ "percentage": "5", "address": address }] });
        assert_eq!(arrange(name, one).unwrap(), expected, "one value is a list of one");
        let error = arrange(name, arguments).unwrap_err().to_string();
        assert_eq!(error, "koin is an invalid address");
    }

    #[test]
    fn text_becomes_what_the_field_is() {
        let name = "koinos.standards.kcs5.set_approval_for_all_arguments";
        for (text, flag) in [("true", true), ("1", true), ("false", false), ("", false)] {
            assert_eq!(arrange(name, json!({ "approved": text })).unwrap()["approved"], flag);
        }
        assert!(arrange(name, json!({ "approved": "maybe" })).is_err());
        assert_eq!(arrange(name, json!({ "unknown": 1, "memo": null })).unwrap(), json!({}));
        assert!(arrange(name, json!([])).is_err());
        let call = "koinos.rpc.chain.read_contract_request";
        assert_eq!(arrange(call, json!({ "args": "_-8" })).unwrap()["args"], "_-8=");
        assert!(arrange(call, json!({ "args": "?" })).is_err());
        let entry = "koinos.protocol.set_system_call_operation";
        assert_eq!(arrange(entry, json!({ "call_id": "7" })).unwrap()["call_id"], "7");
    }
}
