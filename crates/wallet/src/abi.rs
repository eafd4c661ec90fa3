//! A contract's ABI: its methods by name, and the messages they take and give.
//!
//! The form is the JSON that contract tools write: `methods` holds an object for each name, with
//! `entry_point` (a number, or hexadecimal text), `argument`, `return` (full names of messages) and
//! `read_only`; `types` is a base64 `FileDescriptorSet` or `FileDescriptorProto`. The spellings of
//! older tools (`entry-point`, `input`, `output`, `read-only`) are read too.

use bytes::Bytes;
use koinos_codec::json::Mapping;
use koinos_codec::text::from_any_base64;
use koinos_codec::wire::{Reader, put_bytes_field, repeated_bytes};
use prost::Message;
use prost_reflect::DescriptorPool;
use prost_types::FileDescriptorSet;
use serde_json::{Map, Value};

use crate::{Error, Result};

/// Field of `FileDescriptorSet`, and the name in `FileDescriptorProto`.
const SET_FILE: u32 = 1;
const FILE_NAME: u32 = 1;

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
        let types = json.get("types").and_then(Value::as_str).unwrap_or_default();
        Ok(Self { methods: methods.collect::<Result<_>>()?, mapping: Mapping::new(pool(types)?) })
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

    /// The bytes of a method's arguments from their Koinos JSON.
    ///
    /// # Errors
    /// [`Error::Codec`] naming the field that does not fit, or the message that is not in the ABI.
    pub fn encode(&self, method: &Method, arguments: &Value) -> Result<Bytes> {
        if method.argument.is_empty() {
            return Ok(Bytes::new());
        }
        Ok(self.mapping.encode(&method.argument, arguments)?.into())
    }

    /// The Koinos JSON of what a method gave.
    ///
    /// # Errors
    /// [`Error::Codec`] when it is not the message that the ABI says.
    pub fn decode(&self, method: &Method, result: &[u8]) -> Result<Value> {
        if method.result.is_empty() {
            return Ok(Value::Object(Map::new()));
        }
        Ok(self.mapping.decode(&method.result, result)?)
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

/// The messages of the protocol and those in `types`. Files that the protocol has too are its own.
fn pool(types: &str) -> Result<DescriptorPool> {
    let unusable = |error: String| Error::Abi(format!("\"types\": {error}"));
    let bytes = from_any_base64(types).map_err(|error| unusable(error.to_string()))?;
    let set: Bytes = as_set(bytes).into();
    FileDescriptorSet::decode(&set[..]).map_err(|error| unusable(error.to_string()))?;
    let mut pool = koinos_proto::descriptor_pool().clone();
    let mut fresh = Vec::new();
    // Taken as they are, since decoding would lose the custom options.
    for file in repeated_bytes(&set, SET_FILE) {
        let name = String::from_utf8_lossy(Reader::new(&file).bytes(FILE_NAME)).into_owned();
        if pool.get_file_by_name(&name).is_none() {
            put_bytes_field(&mut fresh, SET_FILE, &file);
        }
    }
    pool.decode_file_descriptor_set(&fresh[..]).map_err(|error| unusable(error.to_string()))?;
    Ok(pool)
}

/// A single file begins with its name, which is no message of a set.
fn as_set(bytes: Vec<u8>) -> Vec<u8> {
    if !Reader::new(&bytes).bytes(FILE_NAME).ends_with(b".proto") {
        return bytes;
    }
    let mut set = Vec::new();
    put_bytes_field(&mut set, SET_FILE, &bytes);
    set
}

#[cfg(test)]
mod tests {
    use koinos_codec::text::{to_base64, to_base64url};
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
