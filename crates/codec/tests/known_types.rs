//! The well-known types of protobuf, which messages from outside the protocol may have.

#![allow(clippy::unwrap_used)]

use koinos_codec::Error;
use koinos_codec::json::Mapping;
use prost_reflect::DescriptorPool;
use serde_json::{Value, json};

const PROTO: &str = r#"
syntax = "proto3";
package x;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message m {
    google.protobuf.Timestamp time = 1;
    google.protobuf.Duration duration = 2;
    google.protobuf.FieldMask mask = 3;
    google.protobuf.Struct fields = 4;
    google.protobuf.Value value = 5;
    google.protobuf.ListValue list = 6;
    repeated google.protobuf.Value values = 7;
    google.protobuf.Empty empty = 8;
    google.protobuf.Any any = 9;
    google.protobuf.UInt64Value wide = 10;
    google.protobuf.BytesValue bytes = 11;
    google.protobuf.BoolValue flag = 12;
    google.protobuf.FloatValue half = 13;
    google.protobuf.StringValue text = 14;
    oneof choice { google.protobuf.NullValue null = 15; int32 other = 16; }
    map<string, google.protobuf.Int32Value> numbers = 17;
}
"#;

fn mapping() -> Mapping {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.proto");
    std::fs::write(&path, PROTO).unwrap();
    let mut compiler = protox::Compiler::new([directory.path()]).unwrap();
    compiler.include_imports(true).open_file(&path).unwrap();
    let set = compiler.encode_file_descriptor_set();
    Mapping::new(DescriptorPool::decode(&*set).unwrap())
}

fn round_trip(mapping: &Mapping, json: &Value) {
    let bytes = mapping.encode("x.m", json).unwrap();
    assert_eq!(&mapping.decode("x.m", &bytes).unwrap(), json);
}

#[test]
fn each_has_its_own_form() {
    let mapping = mapping();
    for json in [
        json!({"time": "1970-01-01T00:00:00Z"}),
        json!({"time": "0001-01-01T00:00:00Z"}),
        json!({"time": "9999-12-31T23:59:59.999999999Z"}),
        json!({"duration": "0s"}),
        json!({"duration": "-1.500s"}),
        json!({"mask": "user.displayName,photo"}),
        json!({"mask": ""}),
        json!({"fields": {"a": null, "b": [1, "x", {}], "c": {"d": true, "e": 0.5}}}),
        json!({"value": null}),
        json!({"value": "text"}),
        json!({"values": [null, 1, [null]]}),
        json!({"list": [[], {}, false]}),
        json!({"empty": {}}),
        json!({"wide": "18446744073709551615", "bytes": "-_8=", "flag": false, "half": 0.1}),
        json!({"text": ""}),
        json!({"null": null}),
        json!({"numbers": {"one": 1, "zero": 0}}),
    ] {
        round_trip(&mapping, &json);
    }
    // Null is a value of these only; of all others it is their absence.
    for json in [json!({"time": null, "fields": null, "wide": null, "other": null}), json!({})] {
        assert!(mapping.encode("x.m", &json).unwrap().is_empty());
    }
}

#[test]
fn they_are_read_in_the_forms_of_others() {
    let mapping = mapping();
    for (one, other) in [
        (
            json!({"time": "2026-01-31T12:00:00.5Z"}),
            json!({"time": "2026-01-31T14:00:00.500+02:00"}),
        ),
        (json!({"duration": "1.5s"}), json!({"duration": "1.500000000s"})),
        (json!({"wide": 7}), json!({"wide": "7"})),
    ] {
        assert_eq!(mapping.encode("x.m", &one).unwrap(), mapping.encode("x.m", &other).unwrap());
    }
}

#[test]
fn inside_any_they_stand_in_a_member_of_their_own() {
    let mapping = mapping();
    let url = |name: &str| format!("type.googleapis.com/google.protobuf.{name}");
    for (name, value) in [
        ("Timestamp", json!("1970-01-01T00:00:00Z")),
        ("Duration", json!("3s")),
        ("Struct", json!({"a": 1})),
        ("Value", json!(null)),
        ("Empty", json!({})),
        ("UInt64Value", json!("7")),
    ] {
        round_trip(&mapping, &json!({"any": {"@type": url(name), "value": value}}));
        assert!(mapping.encode("x.m", &json!({"any": {"@type": url(name)}})).is_err(), "{name}");
    }
    round_trip(&mapping, &json!({"any": {"@type": "type.googleapis.com/x.m", "text": "x"}}));
}

#[test]
fn what_is_none_is_refused_with_its_place() {
    let mapping = mapping();
    for (json, at) in [
        (json!({"time": "2026-01-31"}), "time"),
        (json!({"time": "2026-01-31 12:00:00Z"}), "time"),
        (json!({"time": "2026-02-31T12:00:00Z"}), "time"),
        (json!({"time": 5}), "time"),
        (json!({"time": {"seconds": 5}}), "time"),
        (json!({"duration": "5"}), "duration"),
        (json!({"duration": "315576000001s"}), "duration"),
        (json!({"mask": "snake_case"}), "mask"),
        (json!({"mask": []}), "mask"),
        (json!({"fields": []}), "fields"),
        (json!({"list": {}}), "list"),
        (json!({"wide": {"value": 5}}), "wide"),
        (json!({"wide": -1}), "wide"),
        (json!({"numbers": {"one": null}}), "numbers.one"),
        (json!({"null": 1.5}), "null"),
    ] {
        match mapping.encode("x.m", &json).unwrap_err() {
            Error::Json { place, .. } => assert_eq!(place, at, "{json}"),
            other => panic!("{json}: {other}"),
        }
    }
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let error = mapping.encode("x.m", &json!({"value": deep})).unwrap_err();
    assert!(error.to_string().contains("nested too deep"), "{error}");
}

#[test]
fn what_json_cannot_show_is_an_error() {
    let mapping = mapping();
    // Field 1 with seconds beyond the year 9999, field 2 with nanoseconds beyond a second, field 5
    // with a number that is infinite.
    let late = [&[0x0a, 0x07, 0x08][..], &[0x80, 0x80, 0xdf, 0xc3, 0xf7, 0x3a]].concat();
    let infinite = [&[0x2a, 0x09, 0x11][..], &f64::INFINITY.to_le_bytes()].concat();
    for (bytes, name) in [
        (&late[..], "Timestamp"),
        (&[0x12, 0x06, 0x10, 0x80, 0x94, 0xeb, 0xdc, 0x03], "Duration"),
        (&infinite, "Value"),
        (&[0x1a, 0x03, 0x0a, 0x01, b'A'], "FieldMask"),
    ] {
        let error = mapping.decode("x.m", bytes).unwrap_err();
        assert!(matches!(&error, Error::Unwritable(what) if what.ends_with(name)), "{error}");
    }
}
