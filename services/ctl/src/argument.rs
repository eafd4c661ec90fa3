//! Arguments that hold more than a word: JSON, bytes, files.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use koinos_codec::text;
use koinos_crypto::Address;
use koinos_service::Fatal;
use serde_json::Value;

/// The JSON in an argument: the text itself, `@FILE`, or `-` for standard input. None means `{}`.
pub(crate) fn json(argument: Option<&str>) -> Result<Value, Fatal> {
    let Some(argument) = argument else { return Ok(Value::Object(Default::default())) };
    let text = match argument.strip_prefix('@') {
        Some(path) => file_text(Path::new(path))?,
        None if argument == "-" => file_text(Path::new("-"))?,
        None => argument.to_owned(),
    };
    serde_json::from_str(&text).map_err(|error| {
        Fatal::usage(anyhow!("{argument:?} is not JSON: {error}; write it like '{{\"name\": 1}}'"))
    })
}

/// The text of a file; `-` is standard input.
pub(crate) fn file_text(path: &Path) -> Result<String, Fatal> {
    String::from_utf8(file_bytes(path)?)
        .map_err(|_| Fatal::config(anyhow!("{} is not text", path.display())))
}

/// The bytes of a file; `-` is standard input.
pub(crate) fn file_bytes(path: &Path) -> Result<Vec<u8>, Fatal> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(path).map_err(|error| {
        Fatal::config(anyhow!("cannot read {}: {error}; correct the path", path.display()))
    })
}

/// Bytes as `0x` hexadecimal or as base64.
pub(crate) fn bytes(argument: &str) -> Result<Bytes, Fatal> {
    let bytes = match argument.starts_with("0x") {
        true => text::from_hex(argument),
        false => text::from_any_base64(argument),
    };
    bytes.map(Bytes::from).map_err(|error| {
        Fatal::usage(anyhow!(
            "{argument:?} is neither 0x and hexadecimal digits nor base64: {error}"
        ))
    })
}

/// An address in base58, checked: its 25 bytes.
pub(crate) fn address(argument: &str) -> Result<Bytes, Fatal> {
    Address::from_base58(argument)
        .map(|address| Bytes::copy_from_slice(address.as_bytes()))
        .map_err(|_| {
            Fatal::usage(anyhow!("{argument:?} is not an address; one letter may be wrong"))
        })
}

/// A number of 32 bits, decimal or hexadecimal behind `0x`, or a method whose name gives it.
pub(crate) fn entry_point(argument: &str) -> Result<u32, String> {
    let number = match argument.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => argument.parse(),
    };
    let is_name = argument.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && argument.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
    number.or_else(|_| match is_name {
        true => Ok(koinos_contracts::entry_point(argument)),
        false => Err("expected a number of 32 bits, such as 7 or 0x5c721497, or the name of a \
                      method"
            .to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_all_kinds() {
        assert_eq!(json(None).unwrap(), serde_json::json!({}));
        assert_eq!(json(Some("[1]")).unwrap(), serde_json::json!([1]));
        assert_eq!(json(Some("{")).unwrap_err().code(), 64);
        assert_eq!(json(Some("@/no/such/file")).unwrap_err().code(), 78);
        assert_eq!(bytes("0x0aff").unwrap()[..], [10, 255]);
        assert_eq!(bytes("-_8=").unwrap()[..], [0xfb, 0xff]);
        assert!(bytes("0xzz").is_err());
        assert!(address("1abc").is_err());
        assert_eq!(address("1BoatSLRHtKNngkdXEeobR76b53LETtpyT").unwrap().len(), 25);
        assert_eq!(entry_point("0x5c721497"), Ok(0x5c72_1497));
        assert_eq!(entry_point("7"), Ok(7));
        assert_eq!(entry_point("transfer"), Ok(0x27f5_76ca));
        for wrong in ["-1", "0x1ffffffff", "4294967296", "a b", ""] {
            assert!(entry_point(wrong).is_err(), "{wrong}");
        }
    }
}
