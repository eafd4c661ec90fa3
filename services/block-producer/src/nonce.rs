//! Proof of work: the search for a nonce.

use std::num::NonZeroU64;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crypto_bigint::{NonZero, U256};
use koinos_crypto::{Signature, sha256};
use koinos_proto::contracts::pow::PowSignatureData;
use prost::Message;

use crate::draft::{BlockId, ID_LEN};

/// Length of a nonce in bytes.
const NONCE_LEN: usize = 32;

/// A 256-bit number, big-endian, so that numbers compare as their bytes do.
pub type Number = [u8; 32];

/// Hashes between two looks at whether to go on.
const STRIDE: u64 = 1 << 12;

/// The proof target cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The contract has none.
    #[error("the pow contract gives no difficulty target")]
    Missing,
    /// More than 256 bits.
    #[error("the difficulty target has more than 32 bytes")]
    TooLarge,
}

/// The greatest proof that is accepted: a big-endian number of up to 32 bytes.
///
/// # Errors
/// When there are no bytes, or more.
pub fn target(bytes: &[u8]) -> Result<Number, TargetError> {
    if bytes.is_empty() {
        return Err(TargetError::Missing);
    }
    let mut target = [0; 32];
    let start = target.len().checked_sub(bytes.len()).ok_or(TargetError::TooLarge)?;
    target[start..].copy_from_slice(bytes);
    Ok(target)
}

/// The part of the nonces from 0 to 2^256 - 2 that is searched by the group `index` of `groups`:
/// from (2^256 - 1) * index / groups to where the next begins.
pub fn share(index: u64, groups: NonZeroU64) -> Range<U256> {
    let count = NonZero::from(groups);
    let (quotient, rest) = U256::MAX.div_rem_vartime(&count);
    // The product itself has more than 256 bits.
    let bound = |index: u64| {
        let index = U256::from(index);
        let of_rest = rest.wrapping_mul(&index).wrapping_div_vartime(&count);
        quotient.wrapping_mul(&index).wrapping_add(&of_rest)
    };
    bound(index)..bound(index + 1)
}

/// A nonce as it is hashed and signed.
pub fn nonce_bytes(nonce: &U256) -> Number {
    let mut bytes = [0; NONCE_LEN];
    bytes.copy_from_slice(nonce.to_be_bytes().as_ref());
    bytes
}

/// The proof of a nonce: sha2-256 of the nonce (32 bytes, big-endian) and the block id.
pub fn proof(nonce: &U256, id: &BlockId) -> Number {
    let mut input = [0; NONCE_LEN + ID_LEN];
    input[..NONCE_LEN].copy_from_slice(&nonce_bytes(nonce));
    input[NONCE_LEN..].copy_from_slice(id);
    sha256(&input)
}

/// The first nonce of `range` whose proof does not exceed `target`; `None` when there is none or
/// `stop` was set. Adds what it tried to `hashes`.
pub fn find(
    id: &BlockId,
    target: &Number,
    range: Range<U256>,
    stop: &AtomicBool,
    hashes: &AtomicU64,
) -> Option<U256> {
    let mut nonce = range.start;
    while nonce < range.end && !stop.load(Ordering::Relaxed) {
        let mut tried = 0;
        let mut found = None;
        while tried < STRIDE && nonce < range.end && found.is_none() {
            found = (proof(&nonce, id) <= *target).then_some(nonce);
            nonce = nonce.wrapping_add(&U256::ONE);
            tried += 1;
        }
        hashes.fetch_add(tried, Ordering::Relaxed);
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The block's signature: the nonce beside the signature of the block id.
pub fn signature(nonce: &U256, signature: &Signature) -> Vec<u8> {
    let data = PowSignatureData {
        nonce: nonce_bytes(nonce).to_vec().into(),
        recoverable_signature: signature.to_vec().into(),
    };
    data.encode_to_vec()
}

#[cfg(test)]
#[path = "nonce_tests.rs"]
mod tests;
