//! Nonces: numbers for people, serialised `koinos.chain.value_type` on the chain.

use koinos_codec::text::to_base64url;
use koinos_wallet::transaction::{nonce, nonce_value};

use crate::error::{Error, Result};

/// The number of an account's nonce; an account without transactions has none, which is 0.
///
/// # Errors
/// When the chain's nonce is no number.
pub fn number(bytes: &[u8]) -> Result<u64> {
    if bytes.is_empty() {
        return Ok(0);
    }
    nonce_value(bytes).ok_or_else(|| Error::Unknown("the chain's nonce is no number".to_owned()))
}

/// The nonce as it stands in the header of a transaction.
pub fn encoded(number: u64) -> String {
    to_base64url(&nonce(number))
}
