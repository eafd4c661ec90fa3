//! Recorded answers of the protobuf C++ library, version 3.21: whether it parses an input, and what
//! it writes after parsing it, also when the parse failed.
//!
//! Each line of `vectors/canonical.jsonl` has the message type, the input and the output in hex and
//! whether the parse succeeded.

use koinos_codec::{Schema, canonicalize, tolerant};
use serde_json::Value;

#[test]
fn parses_and_writes_like_the_reference() {
    let vectors = include_str!("vectors/canonical.jsonl");
    let mut checked = 0;
    for line in vectors.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| vector[key].as_str().unwrap();
        let schema = Schema::of(text("type")).unwrap();
        let input = hex::decode(text("input")).unwrap();
        let output = hex::decode(text("output")).unwrap();

        let strict = canonicalize(schema, &input);
        assert_eq!(strict.is_ok(), vector["ok"].as_bool().unwrap(), "{line}");
        if let Ok(bytes) = strict {
            assert_eq!(bytes, output, "{line}");
        }
        assert_eq!(tolerant(schema, &input), output, "{line}");
        checked += 1;
    }
    assert!(checked > 1000);
}
