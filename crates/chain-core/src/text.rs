//! Text forms used in the protocol's messages.

/// `0x` and lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    koinos_codec::text::to_hex(bytes)
}

/// Bitcoin's base58, as addresses are written.
pub(crate) fn base58(bytes: &[u8]) -> String {
    koinos_codec::text::to_base58(bytes)
}

/// Whether `bytes` are UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
pub(crate) fn is_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok()
}
