//! The text encodings of byte strings: `0x` hexadecimal, base58 and both alphabets of base64.

use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE};
use base64::{Engine as _, alphabet};

use crate::Error;

/// `0x` followed by lower-case hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("0x");
    text.push_str(&hex::encode(bytes));
    text
}

/// Reads `0x` hexadecimal text, digits of either case.
///
/// # Errors
/// [`Error::HexPrefix`] without the leading `0x`, [`Error::Hex`] for anything but pairs of digits.
pub fn from_hex(text: &str) -> Result<Vec<u8>, Error> {
    let digits = text.strip_prefix("0x").ok_or(Error::HexPrefix)?;
    hex::decode(digits).map_err(Error::Hex)
}

/// Base58 with the Bitcoin alphabet and no checksum of its own.
pub fn to_base58(bytes: &[u8]) -> String {
    bs58::encode(bytes).into_string()
}

/// Reads base58 text.
///
/// # Errors
/// [`Error::Base58`] for a character outside the alphabet.
pub fn from_base58(text: &str) -> Result<Vec<u8>, Error> {
    bs58::decode(text).into_vec().map_err(Error::Base58)
}

/// Base64 with the URL-safe alphabet and padding: how Koinos JSON writes bytes.
pub fn to_base64url(bytes: &[u8]) -> String {
    URL_SAFE.encode(bytes)
}

/// Reads padded URL-safe base64. Line ends in it and stray bits at its end are ignored, as by the
/// reference's decoder.
///
/// # Errors
/// [`Error::Base64`] for the other alphabet or missing padding.
pub fn from_base64url(text: &str) -> Result<Vec<u8>, Error> {
    if text.contains(['\r', '\n']) {
        let joined: String = text.chars().filter(|char| !matches!(char, '\r' | '\n')).collect();
        return FORGIVING_URL_SAFE.decode(joined).map_err(Error::Base64);
    }
    FORGIVING_URL_SAFE.decode(text).map_err(Error::Base64)
}

/// Base64 with the standard alphabet and padding: how protobuf JSON (genesis files) writes bytes.
pub fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads padded standard base64.
///
/// # Errors
/// [`Error::Base64`] for the other alphabet, missing padding or stray bits.
pub fn from_base64(text: &str) -> Result<Vec<u8>, Error> {
    STANDARD.decode(text).map_err(Error::Base64)
}

/// Reads base64 of either alphabet, padded or not, as protobuf's own JSON parser does.
///
/// # Errors
/// [`Error::Base64`] for a character of neither alphabet or an impossible length.
pub fn from_any_base64(text: &str) -> Result<Vec<u8>, Error> {
    let standard: String = text
        .chars()
        .map(|char| match char {
            '-' => '+',
            '_' => '/',
            char => char,
        })
        .collect();
    LENIENT.decode(standard).map_err(Error::Base64)
}

const FORGIVING_URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_round_trip() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(from_hex(&to_hex(&bytes)).unwrap(), bytes);
        assert_eq!(from_base58(&to_base58(&bytes)).unwrap(), bytes);
        assert_eq!(from_base64url(&to_base64url(&bytes)).unwrap(), bytes);
        assert_eq!(from_base64(&to_base64(&bytes)).unwrap(), bytes);
    }

    #[test]
    fn known_texts() {
        assert_eq!(to_hex(&[0x12, 0x20, 0xab]), "0x1220ab");
        assert_eq!(from_hex("0x12AB").unwrap(), [0x12, 0xab]);
        assert!(matches!(from_hex("12ab"), Err(Error::HexPrefix)));
        assert!(matches!(from_hex("0x1"), Err(Error::Hex(_))));
        assert_eq!(to_base58(&[0, 0, 1]), "112");
        assert!(matches!(from_base58("0"), Err(Error::Base58(_))));
        assert_eq!(to_base64url(&[0xfb, 0xff]), "-_8=");
        assert_eq!(to_base64(&[0xfb, 0xff]), "+/8=");
        assert!(matches!(from_base64url("+/8="), Err(Error::Base64(_))));
        assert!(matches!(from_base64url("-_8"), Err(Error::Base64(_))));
        for text in ["-_9=", "-_\r\n8="] {
            assert_eq!(from_base64url(text).unwrap(), [0xfb, 0xff]);
        }
        assert!(matches!(from_base64("+/8"), Err(Error::Base64(_))));
        for text in ["+/8=", "-_8=", "+_8"] {
            assert_eq!(from_any_base64(text).unwrap(), [0xfb, 0xff]);
        }
        assert!(matches!(from_any_base64("+"), Err(Error::Base64(_))));
    }
}
