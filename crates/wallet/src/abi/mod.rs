//! A contract's ABI: its methods by name, and the messages they take and give.
//!
//! The form is the JSON that contract tools write: `methods` holds an object for each name, with
//! `entry_point` (a number, or hexadecimal text), `argument`, `return` (full names of messages) and
//! `read_only`; `events` names the message of each event; `types` is a base64 `FileDescriptorSet` or
//! `FileDescriptorProto`, and `koilib_types` the same as the JSON of protobuf.js. The spellings of
//! older tools (`entry-point`, `input`, `output`, `read-only`) are read too.
//!
//! A message may be named by the end of its full name: `token.transfer_event` stands for
//! `koinos.contracts.token.transfer_event` where nothing is called just so.

mod koilib;
mod koilib_json;
mod types;

use bytes::Bytes;
use koinos_codec::json::Mapping;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, ReflectMessage};
use serde_json::{Map, Value};

use crate::{Error, Result};

/// A method of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// The number that the contract tells it apart by.
    pub entry_point: u32,
    /// The full name of the message it takes; empty for none.
    pub argument: String,
    /// The full name of the message it gives; empty for none.
    pub result: String,
    /// Whether it changes nothing, so that it can be read without a transaction.
    pub read_only: bool,
}

/// The methods of a contract and their messages.
#[derive(Debug, Clone)]
pub struct Abi {
    methods: Vec<Method>,
    /// The message of each event that is not called as its event.
    events: Vec<(String, String)>,
    pool: DescriptorPool,
    mapping: Mapping,
}

impl Abi {
    /// Reads an ABI.
    ///
    /// # Errors
    /// [`Error::Abi`] naming what is missing or wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let json: Value = serde_json::from_str(text)
            .map_err(|error| Error::Abi(format!("it is not JSON: {error}")))?;
        let methods = json.get("methods").and_then(Value::as_object);
        let methods =
            methods.ok_or_else(|| Error::Abi("it has no object \"methods\"".to_owned()))?;
        let methods = methods.iter().map(|(name, method)| read_method(name, method));
        let methods = methods.collect::<Result<_>>()?;
        let pool = types::pool(&json)?;
        let mapping = Mapping::new(pool.clone());
        Ok(Self { methods, events: read_events(&json), pool, mapping })
    }

    /// All methods, in the order of the file.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// The method of that name.
    ///
    /// # Errors
    /// [`Error::UnknownMethod`].
    pub fn method(&self, name: &str) -> Result<&Method> {
        self.methods.iter().find(|method| method.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.methods.iter().map(|method| method.name.as_str()).collect();
            Error::UnknownMethod { name: name.to_owned(), known: known.join(", ") }
        })
    }

    /// The method that the contract tells apart by this number.
    pub fn by_entry_point(&self, entry_point: u32) -> Option<&Method> {
        self.methods.iter().find(|method| method.entry_point == entry_point)
    }

    /// The bytes of a method's arguments from their Koinos JSON.
    ///
    /// # Errors
    /// [`Error::Codec`] naming the field that does not fit, or the message that is not in the ABI.
    pub fn encode(&self, method: &Method, arguments: &Value) -> Result<Bytes> {
        if method.argument.is_empty() {
            return Ok(Bytes::new());
        }
        let message = self.message(&method.argument)?;
        Ok(self.mapping_of(&message).from_json(message, arguments)?.encode_to_vec().into())
    }

    /// The Koinos JSON of what a method gave.
    ///
    /// # Errors
    /// [`Error::Codec`] when it is not the message that the ABI says.
    pub fn decode(&self, method: &Method, result: &[u8]) -> Result<Value> {
        if method.result.is_empty() {
            return Ok(Value::Object(Map::new()));
        }
        let message = self.read(&method.result, result)?;
        Ok(self.mapping_of(&message.descriptor()).to_json(&message)?)
    }

    /// The message of the type `name` that `bytes` hold.
    ///
    /// # Errors
    /// [`Error::Codec`] when there is no such type, or they hold something else.
    pub fn read(&self, name: &str, bytes: &[u8]) -> Result<DynamicMessage> {
        let descriptor = self.message(name)?;
        let message = descriptor.full_name().to_owned();
        DynamicMessage::decode(descriptor, bytes)
            .map_err(|source| koinos_codec::Error::Message { message, source }.into())
    }

    /// The name of the message that an event of this name carries.
    pub fn event_type<'a>(&'a self, event: &'a str) -> &'a str {
        let declared = self.events.iter().find(|(name, _)| name == event);
        declared.map_or(event, |(_, message)| message)
    }

    /// The message type `name`: of the ABI, or of the protocol.
    ///
    /// # Errors
    /// [`Error::Codec`] when there is none.
    pub fn message(&self, name: &str) -> Result<MessageDescriptor> {
        let found = types::find(&self.pool, name);
        let found = found.or_else(|| types::find(koinos_proto::descriptor_pool(), name));
        found.ok_or_else(|| koinos_codec::Error::UnknownType(name.to_owned()).into())
    }

    /// The types that the ABI brings, as `koilib_types` of an ABI.
    pub fn koilib_types(&self) -> Value {
        koilib_json::write(&self.pool)
    }

    /// The JSON mapping for a message type that [`message`](Self::message) gave.
    pub fn mapping_of(&self, message: &MessageDescriptor) -> &Mapping {
        match message.parent_pool() == &self.pool {
            true => &self.mapping,
            false => Mapping::koinos(),
        }
    }
}

fn read_method(name: &str, json: &Value) -> Result<Method> {
    let member = |names: &[&str]| names.iter().find_map(|name| json.get(*name));
    let text =
        |names: &[&str]| member(names).and_then(Value::as_str).unwrap_or_default().to_owned();
    let entry_point = member(&["entry_point", "entry-point"])
        .and_then(entry_point)
        .ok_or_else(|| Error::Abi(format!("method {name:?} has no entry_point of 32 bits")))?;
    Ok(Method {
        name: name.to_owned(),
        entry_point,
        argument: text(&["argument", "input"]),
        result: text(&["return", "output"]),
        read_only: member(&["read_only", "read-only"]).and_then(Value::as_bool).unwrap_or(false),
    })
}

/// The names of events and of their messages.
fn read_events(json: &Value) -> Vec<(String, String)> {
    let message = |event: &Value| {
        let named = ["type", "argument"].iter().find_map(|key| event.get(*key)?.as_str());
        named.filter(|name| !name.is_empty()).map(str::to_owned)
    };
    let events = json.get("events").and_then(Value::as_object).into_iter().flatten();
    events.filter_map(|(name, event)| Some((name.clone(), message(event)?))).collect()
}

/// A number, or its text: decimal, or hexadecimal behind `0x`.
fn entry_point(json: &Value) -> Option<u32> {
    match json {
        Value::Number(number) => number.as_u64()?.try_into().ok(),
        Value::String(text) => match text.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use koinos_codec::text::{to_base64, to_base64url};
    use koinos_codec::wire::put_bytes_field;
    use serde_json::json;

    use super::*;

    /// `message greeting { string text = 1; }` in `hello.proto`, package `hello`.
    fn file() -> Vec<u8> {
        let mut field = Vec::new();
        put_bytes_field(&mut field, 1, b"text");
        koinos_codec::wire::put_u64_field(&mut field, 3, 1);
        koinos_codec::wire::put_u64_field(&mut field, 4, 1);
        koinos_codec::wire::put_u64_field(&mut field, 5, 9);
        let mut message = Vec::new();
        put_bytes_field(&mut message, 1, b"greeting");
        put_bytes_field(&mut message, 2, &field);
        let mut file = Vec::new();
        put_bytes_field(&mut file, 1, b"hello.proto");
        put_bytes_field(&mut file, 2, b"hello");
        put_bytes_field(&mut file, 4, &message);
        put_bytes_field(&mut file, 12, b"proto3");
        file
    }

    fn abi(types: &str) -> Value {
        json!({
            "methods": {
                "greet": {"entry_point": 4_293_774_853_u32, "argument": "hello.greeting",
                          "return": "hello.greeting", "read_only": true},
                "old": {"entry-point": "0x00000002", "input": "", "output": ""},
                "balance": {"entry_point": "3", "argument": "koinos.contracts.token.balance_of_arguments",
                            "return": "koinos.contracts.token.balance_of_result"},
            },
            "types": types,
        })
    }

    #[test]
    fn methods_and_messages_are_found() {
        let mut set = Vec::new();
        put_bytes_field(&mut set, 1, &file());
        for types in [to_base64(&set), to_base64url(&set), to_base64(&file())] {
            let abi = Abi::parse(&abi(&types).to_string()).unwrap();
            let greet = abi.method("greet").unwrap();
            assert_eq!((greet.entry_point, greet.read_only), (4_293_774_853, true));
            let bytes = abi.encode(greet, &json!({"text": "hi"})).unwrap();
            assert_eq!(bytes[..], *b"\x0a\x02hi");
            assert_eq!(abi.decode(greet, &bytes).unwrap(), json!({"text": "hi"}));
            let old = abi.method("old").unwrap();
            assert_eq!((old.entry_point, old.read_only), (2, false));
            assert!(abi.encode(old, &json!({"any": 1})).unwrap().is_empty());
            let balance = abi.method("balance").unwrap();
            assert_eq!(abi.decode(balance, &[8, 5]).unwrap(), json!({"value": "5"}));
        }
    }

    /// The types of a contract of ours, as text and as JSON of protobuf.js, give the same messages.
    #[test]
    fn both_forms_of_types_are_read() {
        let file = include_str!("../../../../contracts/koin/koin.abi.json");
        let mut json: Value = serde_json::from_str(file).unwrap();
        let of_text = Abi::parse(file).unwrap();
        json.as_object_mut().unwrap().remove("types");
        let of_json = Abi::parse(&json.to_string()).unwrap();
        json["types"] = json["koilib_types"].take();
        let of_old_json = Abi::parse(&json.to_string()).unwrap();
        let transfer = of_text.method("transfer").unwrap();
        let address = "15DJN4a8SgrbGhhGksSBASiSYjGnMU8dGL";
        let arguments = json!({ "from": address, "to": address, "value": "7" });
        for abi in [&of_text, &of_json, &of_old_json] {
            let transfer = abi.method("transfer").unwrap();
            let bytes = abi.encode(transfer, &arguments).unwrap();
            assert_eq!(bytes, of_text.encode(transfer, &arguments).unwrap());
            let name = abi.event_type("koinos.contracts.token.transfer_event");
            let event = abi.read(name, &bytes).unwrap();
            let mapping = abi.mapping_of(&event.descriptor());
            assert_eq!(mapping.to_json(&event).unwrap(), arguments);
            let short = abi.message("token.transfer_event").unwrap();
            assert_eq!(short.full_name(), "koinos.contracts.token.transfer_event");
            assert_eq!(abi.by_entry_point(transfer.entry_point), Some(transfer));
            assert_eq!(abi.by_entry_point(1), None);
        }
        // A package and a message with nothing but nested types are one to protobuf.js, so its JSON is
        // compared by what is read of it once more.
        let again = json!({ "methods": {}, "koilib_types": of_json.koilib_types() });
        let again = Abi::parse(&again.to_string()).unwrap();
        let same = again.message(&transfer.argument).unwrap();
        let fields = |message: &prost_reflect::MessageDescriptor| {
            message
                .fields()
                .map(|field| (field.number(), field.name().to_owned()))
                .collect::<Vec<_>>()
        };
        assert_eq!(fields(&same), fields(&of_text.message(&transfer.argument).unwrap()));
        assert!(transfer.argument.ends_with("transfer_arguments"));
    }

    #[test]
    fn types_of_protobuf_js_may_be_nested_and_have_oneofs_and_enums() {
        let abi = json!({ "methods": {}, "koilib_types": { "nested": {
            "outer": { "fields": {
                "kind": { "type": "colour", "id": 1 },
                "inner": { "rule": "repeated", "type": "part", "id": 2 },
                "memo": { "type": "string", "id": 3, "options": { "proto3_optional": true } },
                "a": { "type": "uint64", "id": 4 },
                "b": { "type": "bytes", "id": 5, "options": { "(btype)": "HEX" } },
            }, "oneofs": {
                "_memo": { "oneof": ["memo"] }, "choice": { "oneof": ["a", "b"] },
            }, "nested": {
                "part": { "fields": { "value": { "type": "sint32", "id": 1 } } },
                "colour": { "values": { "one": 1, "zero": 0 } },
            } },
        } } });
        let abi = Abi::parse(&abi.to_string()).unwrap();
        let message = abi.message("outer").unwrap();
        let json = json!({ "kind": "one", "inner": [{ "value": -1 }], "memo": "", "b": "0x0a" });
        let read = abi.mapping_of(&message).from_json(message.clone(), &json).unwrap();
        let bytes = read.encode_to_vec();
        assert_eq!(bytes[..], [8, 1, 0x12, 2, 8, 1, 0x1a, 0, 0x2a, 1, 10]);
        assert_eq!(abi.mapping_of(&message).to_json(&read).unwrap(), json);
        let text = |types: Value| {
            let abi = json!({ "methods": {}, "koilib_types": { "nested": types } });
            Abi::parse(&abi.to_string()).unwrap_err().to_string()
        };
        let field = |field: Value| text(json!({ "m": { "fields": { "f": field } } }));
        assert!(field(json!({ "type": "x", "id": 1 })).contains("m.f has the unknown type \"x\""));
        assert!(field(json!({ "type": "bool" })).contains("m.f has no id"));
        assert!(field(json!({ "keyType": "string" })).contains("m.f is a map"));
        assert!(text(json!({ "e": { "values": { "one": 1 } } })).contains("no value 0"));
        let mut deep = json!({});
        // JSON itself ends at 128 levels.
        for _ in 0..50 {
            deep = json!({ "nested": { "n": deep } });
        }
        assert!(text(json!({ "deep": deep })).contains("too deeply"));
    }

    #[test]
    fn mistakes_are_named() {
        let text = |json: Value| Abi::parse(&json.to_string()).unwrap_err().to_string();
        assert!(text(json!({})).contains("methods"));
        assert!(text(json!({"methods": {"a": {}}})).contains("\"a\" has no entry_point"));
        let many = json!({"methods": {"a": {"entry_point": 1_u64 << 32}}});
        assert!(text(many).contains("32 bits"));
        assert!(text(json!({"methods": {}, "types": "?"})).contains("types"));
        assert!(text(json!({"methods": {}, "types": "CgMKAQ=="})).contains("types"));
        assert!(Abi::parse("{").unwrap_err().to_string().contains("not JSON"));
        let abi = Abi::parse(&abi("").to_string()).unwrap();
        let error = abi.method("grete").unwrap_err().to_string();
        assert_eq!(error, "the ABI has no method \"grete\"; it has: greet, old, balance");
        assert!(abi.encode(abi.method("greet").unwrap(), &json!({})).is_err(), "unknown message");
    }
}
