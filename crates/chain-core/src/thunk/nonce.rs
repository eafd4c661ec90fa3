//! Account nonces: serialised `koinos.chain.value_type` messages with `uint64_value` set.

use bytes::Bytes;
use koinos_codec::tolerant;
use koinos_codec::wire::Reader;

use crate::context::Context;
use crate::error::{Fault, Result, code};
use crate::keys::TRANSACTION_NONCE_SPACE;
use crate::schemas;
use crate::text;

/// `value_type{uint64_value: 0}`: the nonce of an account that has none.
const ZERO: &[u8] = &[0x28, 0x00];

/// The number in a nonce, read as far as it parses.
pub(crate) fn number(nonce: &[u8]) -> Option<u64> {
    Reader::new(&tolerant(schemas::value_type(), nonce)).varint(5)
}

fn not_a_number(which: &str, nonce: String, account: &[u8]) -> Fault {
    let account = text::base58(account);
    let text = format!("{which} did not contain uint64 value - nonce: {nonce}, account: {account}");
    Fault::failure(code::INVALID_NONCE, text).with("n", nonce).with("a", account)
}

impl Context<'_> {
    /// The stored nonce of an account, as it was given.
    pub(crate) fn get_account_nonce(&mut self, account: &[u8]) -> Result<Bytes> {
        let stored = self.call_get_object(TRANSACTION_NONCE_SPACE, account)?;
        Ok(if stored.exists { stored.value } else { Bytes::from_static(ZERO) })
    }

    /// Whether `nonce` is the one after the account's, or after its last one in the mempool. It
    /// wraps around after 2^64 - 1.
    pub(crate) fn verify_account_nonce(&mut self, account: &[u8], nonce: &[u8]) -> Result<bool> {
        let given =
            number(nonce).ok_or_else(|| not_a_number("nonce", text::hex(nonce), account))?;
        let current = self.call_get_account_nonce(account)?;
        let current = number(&current).ok_or_else(|| {
            let canonical = tolerant(schemas::value_type(), &current);
            not_a_number("current nonce", text::hex(&canonical), account)
        })?;
        let current = match &self.mempool_nonce {
            Some(pending) => number(pending).unwrap_or(0),
            None => current,
        };
        Ok(given == current.wrapping_add(1))
    }

    /// Stores a nonce byte for byte.
    pub(crate) fn set_account_nonce(&mut self, account: &[u8], nonce: &[u8]) -> Result<()> {
        self.require_kernel_caller()?;
        number(nonce).ok_or_else(|| not_a_number("set nonce", text::hex(nonce), account))?;
        self.call_put_object(TRANSACTION_NONCE_SPACE, account, nonce)
    }
}
