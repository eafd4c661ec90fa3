//! Message types as the JSON of protobuf.js, which the library koilib reads.

use prost_reflect::{DescriptorPool, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

/// The types of a pool, those of protobuf itself left out.
pub(super) fn write(pool: &DescriptorPool) -> Value {
    let mut root = Value::Object(Map::new());
    for message in pool.all_messages().filter(|message| !is_foreign(message.full_name())) {
        if !message.is_map_entry() {
            put(&mut root, message.full_name(), self::message(&message));
        }
    }
    for kind in pool.all_enums().filter(|kind| !is_foreign(kind.full_name())) {
        put(&mut root, kind.full_name(), enumeration(&kind));
    }
    root
}

fn is_foreign(name: &str) -> bool {
    name.starts_with("google.protobuf.")
}

fn put(root: &mut Value, full_name: &str, content: Value) {
    let mut place = root;
    for segment in full_name.split('.') {
        place = &mut place["nested"][segment];
    }
    // A message may have come after what is nested in it.
    let nested = place.get("nested").cloned();
    *place = content;
    if let Some(nested) = nested {
        place["nested"] = nested;
    }
}

fn message(message: &MessageDescriptor) -> Value {
    let mut out = Map::new();
    let mut oneofs = Map::new();
    for oneof in message.oneofs() {
        let names: Vec<String> = oneof.fields().map(|field| field.name().to_owned()).collect();
        oneofs.insert(oneof.name().to_owned(), json!({ "oneof": names }));
    }
    if !oneofs.is_empty() {
        out.insert("oneofs".to_owned(), oneofs.into());
    }
    let fields: Map<String, Value> =
        message.fields().map(|field| (field.name().to_owned(), self::field(&field))).collect();
    out.insert("fields".to_owned(), fields.into());
    out.into()
}

fn field(field: &FieldDescriptor) -> Value {
    let mut out = Map::new();
    let mut kind = field.kind();
    if let (true, Kind::Message(entry)) = (field.is_map(), field.kind()) {
        out.insert("keyType".to_owned(), type_name(&entry.map_entry_key_field().kind()).into());
        kind = entry.map_entry_value_field().kind();
    } else if field.is_list() {
        out.insert("rule".to_owned(), "repeated".into());
    }
    out.insert("type".to_owned(), type_name(&kind).into());
    out.insert("id".to_owned(), field.number().into());
    let options = options(field);
    if !options.is_empty() {
        out.insert("options".to_owned(), options.into());
    }
    out.into()
}

fn type_name(kind: &Kind) -> String {
    match kind {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(kind) => kind.full_name().to_owned(),
        scalar => format!("{scalar:?}").to_lowercase(),
    }
}

fn options(field: &FieldDescriptor) -> Map<String, Value> {
    let mut out = Map::new();
    let options = field.options();
    if let Some(btype) = field.parent_pool().get_extension_by_name("koinos.btype")
        && options.has_extension(&btype)
        && let Some(number) = options.get_extension(&btype).as_enum_number()
        && let Kind::Enum(kind) = btype.kind()
        && let Some(value) = kind.get_value(number)
    {
        out.insert("(koinos.btype)".to_owned(), value.name().into());
    }
    if options.get_field_by_name("jstype").and_then(|value| value.as_enum_number()) == Some(1) {
        out.insert("jstype".to_owned(), "JS_STRING".into());
    }
    if field.field_descriptor_proto().proto3_optional() {
        out.insert("proto3_optional".to_owned(), true.into());
    }
    out
}

fn enumeration(kind: &EnumDescriptor) -> Value {
    let values: Map<String, Value> =
        kind.values().map(|value| (value.name().to_owned(), value.number().into())).collect();
    json!({ "values": values })
}
