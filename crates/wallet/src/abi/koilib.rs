//! Message types from the JSON of protobuf.js.
//!
//! An object with `fields` is a message, one with `values` an enum, others are name spaces. All
//! become one file in which a name space is an empty message, which gives the same full names.

use std::collections::BTreeMap;

use koinos_codec::wire::{
    WireType, put_bool_field, put_bytes_field, put_i32_field, put_tag, put_u64_field, put_varint,
};
use prost_reflect::DescriptorPool;
use serde_json::{Map, Value};

use crate::{Error, Result};

/// The forms of bytes by their numbers (`koinos.bytes_type`).
const BYTES_TYPES: [&str; 7] =
    ["BASE64", "BASE58", "HEX", "BLOCK_ID", "TRANSACTION_ID", "CONTRACT_ID", "ADDRESS"];
/// The number of the option `koinos.btype` in `FieldOptions`.
const BTYPE: u32 = 50_000;
/// The numbers of `google.protobuf.FieldDescriptorProto.Type`.
const SCALARS: [(&str, i32); 15] = [
    ("double", 1),
    ("float", 2),
    ("int64", 3),
    ("uint64", 4),
    ("int32", 5),
    ("fixed64", 6),
    ("fixed32", 7),
    ("bool", 8),
    ("string", 9),
    ("bytes", 12),
    ("uint32", 13),
    ("sfixed32", 15),
    ("sfixed64", 16),
    ("sint32", 17),
    ("sint64", 18),
];
const TYPE_MESSAGE: i32 = 11;
const TYPE_ENUM: i32 = 14;
const FILE: &str = "koilib_types.proto";
/// How deep name spaces and messages may be nested.
const DEPTH: usize = 32;

/// The types that `koilib_types` declares.
pub(super) fn pool(json: &Value) -> Result<DescriptorPool> {
    let mut kinds = BTreeMap::new();
    collect(json, "", 0, &mut kinds)?;
    let mut file = Vec::new();
    put_bytes_field(&mut file, 1, FILE.as_bytes());
    put_bytes_field(&mut file, 3, b"google/protobuf/descriptor.proto");
    let mut root = nested(json).cloned().unwrap_or_default();
    // The option is declared in the message that stands for the name space `koinos`.
    root.entry("koinos").or_insert_with(|| Value::Object(Map::new()));
    for (name, node) in root.iter().filter(|(name, _)| *name != "google") {
        if node.get("values").is_some() {
            put_bytes_field(&mut file, 5, &enumeration(name, node)?);
        } else {
            put_bytes_field(&mut file, 4, &message(name, node, name, &kinds)?);
        }
    }
    put_bytes_field(&mut file, 12, b"proto3");
    let mut set = Vec::new();
    put_bytes_field(&mut set, 1, &file);
    // It has the well-known files that are imported.
    let mut pool = DescriptorPool::global();
    pool.decode_file_descriptor_set(&set[..]).map_err(|error| unusable(&error.to_string()))?;
    Ok(pool)
}

fn unusable(text: &str) -> Error {
    Error::Abi(format!("\"koilib_types\": {text}"))
}

fn nested(node: &Value) -> Option<&Map<String, Value>> {
    node.get("nested")?.as_object()
}

/// The full names below `node`, and whether each is an enum.
fn collect(
    node: &Value,
    scope: &str,
    depth: usize,
    kinds: &mut BTreeMap<String, bool>,
) -> Result<()> {
    if depth > DEPTH {
        return Err(unusable("nested too deeply"));
    }
    for (name, inner) in nested(node).into_iter().flatten() {
        let full = join(scope, name);
        collect(inner, &full, depth + 1, kinds)?;
        if inner.get("fields").is_some() || inner.get("values").is_some() {
            kinds.insert(full, inner.get("values").is_some());
        }
    }
    Ok(())
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

/// A `DescriptorProto`.
fn message(
    name: &str,
    node: &Value,
    scope: &str,
    kinds: &BTreeMap<String, bool>,
) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    put_bytes_field(&mut out, 1, name.as_bytes());
    let fields = node.get("fields").and_then(Value::as_object);
    let oneofs = oneofs(node);
    for (name, field) in fields.into_iter().flatten() {
        let oneof = oneofs.iter().position(|oneof| oneof.members.contains(&name.as_str()));
        let optional = oneof.is_some_and(|at| oneofs[at].is_synthetic(fields));
        put_bytes_field(&mut out, 2, &self::field(name, field, scope, kinds, oneof, optional)?);
    }
    for (name, inner) in nested(node).into_iter().flatten() {
        if inner.get("values").is_some() {
            put_bytes_field(&mut out, 4, &enumeration(name, inner)?);
        } else {
            put_bytes_field(&mut out, 3, &message(name, inner, &join(scope, name), kinds)?);
        }
    }
    if scope == "koinos" {
        declare_btype(&mut out, kinds);
    }
    for oneof in &oneofs {
        let mut declaration = Vec::new();
        put_bytes_field(&mut declaration, 1, oneof.name.as_bytes());
        put_bytes_field(&mut out, 8, &declaration);
    }
    Ok(out)
}

struct Oneof<'a> {
    name: &'a str,
    members: Vec<&'a str>,
}

impl Oneof<'_> {
    /// Whether it only makes its one member optional.
    fn is_synthetic(&self, fields: Option<&Map<String, Value>>) -> bool {
        let [member] = self.members[..] else { return false };
        let option = |field: &Value| field.get("options")?.get("proto3_optional")?.as_bool();
        fields.and_then(|fields| option(fields.get(member)?)).unwrap_or(false)
    }
}

/// The oneofs of a message, real ones before those of optional fields, as descriptors have to be.
fn oneofs(node: &Value) -> Vec<Oneof<'_>> {
    let declared = node.get("oneofs").and_then(Value::as_object).into_iter().flatten();
    let mut oneofs: Vec<Oneof<'_>> = declared
        .filter_map(|(name, oneof)| {
            let members = oneof.get("oneof")?.as_array()?;
            let members = members.iter().filter_map(Value::as_str).collect();
            Some(Oneof { name, members })
        })
        .collect();
    let fields = node.get("fields").and_then(Value::as_object);
    oneofs.sort_by_key(|oneof| oneof.is_synthetic(fields));
    oneofs
}

/// A `FieldDescriptorProto`.
fn field(
    name: &str,
    node: &Value,
    scope: &str,
    kinds: &BTreeMap<String, bool>,
    oneof: Option<usize>,
    optional: bool,
) -> Result<Vec<u8>> {
    let place = || format!("{scope}.{name}");
    if node.get("keyType").is_some() {
        return Err(unusable(&format!("{} is a map, which is not supported here", place())));
    }
    let text = |key: &str| node.get(key).and_then(Value::as_str).unwrap_or_default();
    let number = node.get("id").and_then(Value::as_i64).and_then(|id| i32::try_from(id).ok());
    let number = number.ok_or_else(|| unusable(&format!("{} has no id", place())))?;
    let mut out = Vec::new();
    put_bytes_field(&mut out, 1, name.as_bytes());
    put_i32_field(&mut out, 3, number);
    put_i32_field(&mut out, 4, if text("rule") == "repeated" { 3 } else { 1 });
    let declared = text("type");
    match SCALARS.iter().find(|(scalar, _)| *scalar == declared) {
        Some((_, kind)) => put_i32_field(&mut out, 5, *kind),
        None => {
            let (full, is_enum) = resolve(declared, scope, kinds).ok_or_else(|| {
                unusable(&format!("{} has the unknown type {declared:?}", place()))
            })?;
            put_i32_field(&mut out, 5, if is_enum { TYPE_ENUM } else { TYPE_MESSAGE });
            put_bytes_field(&mut out, 6, format!(".{full}").as_bytes());
        }
    }
    if let Some(form) = bytes_type(node) {
        let mut options = Vec::new();
        put_u64_field(&mut options, BTYPE, form);
        put_bytes_field(&mut out, 8, &options);
    }
    if let Some(index) = oneof {
        // Written also when it is 0, since it is optional.
        put_tag(&mut out, 9, WireType::Varint);
        put_varint(&mut out, index as u64);
    }
    if optional {
        put_bool_field(&mut out, 17, true);
    }
    Ok(out)
}

fn bytes_type(field: &Value) -> Option<u64> {
    let options = field.get("options")?;
    let name = ["(koinos.btype)", "(btype)"].iter().find_map(|key| options.get(*key)?.as_str())?;
    BYTES_TYPES.iter().position(|form| *form == name).map(|number| number as u64)
}

/// The full name that `name` stands for within `scope`, from the innermost outwards, and whether it
/// is that of an enum.
fn resolve<'a>(
    name: &str,
    scope: &str,
    kinds: &'a BTreeMap<String, bool>,
) -> Option<(&'a str, bool)> {
    let get = |full: &str| kinds.get_key_value(full).map(|(name, kind)| (name.as_str(), *kind));
    if let Some(full) = name.strip_prefix('.') {
        return get(full);
    }
    let mut scope = Some(scope);
    while let Some(outer) = scope {
        if let Some(found) = get(&join(outer, name)) {
            return Some(found);
        }
        scope = outer.rsplit_once('.').map(|(outer, _)| outer);
    }
    get(name)
}

/// An `EnumDescriptorProto`. The first value has to be 0.
fn enumeration(name: &str, node: &Value) -> Result<Vec<u8>> {
    let values = node.get("values").and_then(Value::as_object);
    let mut values: Vec<(&String, i32)> = values
        .into_iter()
        .flatten()
        .filter_map(|(name, number)| Some((name, i32::try_from(number.as_i64()?).ok()?)))
        .collect();
    values.sort_by_key(|(_, number)| *number != 0);
    if values.first().is_none_or(|(_, number)| *number != 0) {
        return Err(unusable(&format!("the enum {name} has no value 0")));
    }
    let values = values.iter().map(|(name, number)| (name.as_str(), *number));
    Ok(enum_bytes(name, values))
}

fn enum_bytes<'a>(name: &str, values: impl Iterator<Item = (&'a str, i32)>) -> Vec<u8> {
    let mut out = Vec::new();
    put_bytes_field(&mut out, 1, name.as_bytes());
    for (name, number) in values {
        let mut value = Vec::new();
        put_bytes_field(&mut value, 1, name.as_bytes());
        put_i32_field(&mut value, 2, number);
        put_bytes_field(&mut out, 2, &value);
    }
    out
}

/// Declares the option `koinos.btype`, and its enum if the ABI does not.
fn declare_btype(out: &mut Vec<u8>, kinds: &BTreeMap<String, bool>) {
    if !kinds.contains_key("koinos.bytes_type") {
        let values = BYTES_TYPES.iter().enumerate().map(|(number, name)| (*name, number as i32));
        put_bytes_field(out, 4, &enum_bytes("bytes_type", values));
    }
    let mut extension = Vec::new();
    put_bytes_field(&mut extension, 1, b"btype");
    put_bytes_field(&mut extension, 2, b".google.protobuf.FieldOptions");
    put_i32_field(&mut extension, 3, BTYPE as i32);
    put_i32_field(&mut extension, 4, 1);
    put_i32_field(&mut extension, 5, TYPE_ENUM);
    put_bytes_field(&mut extension, 6, b".koinos.bytes_type");
    put_bytes_field(out, 6, &extension);
}
