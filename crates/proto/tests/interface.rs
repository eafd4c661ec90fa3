//! The interface that the proto files define stays what it is. `interface.txt` has a line for each
//! message, field, enum value and RPC method; `KOINOS_BLESS=1 cargo test -p koinos-proto` writes it
//! anew after a change that is meant.

#![allow(clippy::unwrap_used)]

use std::fs;

use koinos_proto::descriptor_pool;
use prost_reflect::{
    EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ServiceDescriptor, Value,
};

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interface.txt");

#[test]
fn the_interface_is_the_recorded_one() {
    let interface = interface();
    if std::env::var_os("KOINOS_BLESS").is_some() {
        fs::write(RECORDED, interface.join("\n") + "\n").unwrap();
    }
    let recorded = fs::read_to_string(RECORDED).unwrap();
    for (line, recorded) in interface.iter().zip(recorded.lines()) {
        assert_eq!(line, recorded, "the first difference");
    }
    assert_eq!(interface.len(), recorded.lines().count(), "lines");
}

/// Messages, enums and services by their names. The fields of a message are in the order of their
/// declaration, which is that of JSON.
fn interface() -> Vec<String> {
    let pool = descriptor_pool();
    let mut items = Vec::new();
    items.extend(pool.all_messages().map(|item| (item.full_name().to_owned(), message(&item))));
    items.extend(pool.all_enums().map(|item| (item.full_name().to_owned(), enumeration(&item))));
    items.extend(pool.services().map(|item| (item.full_name().to_owned(), service(&item))));
    items.retain(|(name, _)| name.starts_with("koinos."));
    items.sort();
    items.into_iter().flat_map(|(_, lines)| lines).collect()
}

fn message(message: &MessageDescriptor) -> Vec<String> {
    let name = message.full_name();
    let mut lines = vec![format!("{name} in {}", message.parent_file().name())];
    for declared in &message.descriptor_proto().field {
        let declared = message.get_field_by_name(declared.name()).unwrap();
        lines.push(format!("{name} {}", field(&declared)));
    }
    lines
}

fn field(field: &FieldDescriptor) -> String {
    let kind = match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(of) => of.full_name().to_owned(),
        scalar => format!("{scalar:?}").to_lowercase(),
    };
    let mut line = format!("{} {} {kind}", field.number(), field.name());
    if field.is_list() {
        line += " repeated";
    }
    match field.containing_oneof() {
        Some(oneof) if oneof.is_synthetic() => line += " optional",
        Some(oneof) => line += &format!(" oneof={}", oneof.name()),
        None => {}
    }
    let options = field.options();
    for (option, value) in options.fields() {
        line += &format!(" {}={}", option.name(), option_value(&option.kind(), value));
    }
    for (option, value) in options.extensions() {
        line += &format!(" {}={}", option.name(), option_value(&option.kind(), value));
    }
    line
}

fn option_value(kind: &Kind, value: &Value) -> String {
    match (kind, value) {
        (Kind::Enum(of), Value::EnumNumber(number)) => {
            of.get_value(*number).unwrap().name().to_owned()
        }
        _ => format!("{value:?}"),
    }
}

fn enumeration(of: &EnumDescriptor) -> Vec<String> {
    let name = of.full_name();
    of.values().map(|value| format!("{name} {} {}", value.number(), value.name())).collect()
}

fn service(service: &ServiceDescriptor) -> Vec<String> {
    service
        .methods()
        .map(|method| {
            let (input, output) = (method.input(), method.output());
            format!("{} {} {}", method.full_name(), input.full_name(), output.full_name())
        })
        .collect()
}
