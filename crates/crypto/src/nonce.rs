//! Deterministic nonces by RFC 6979 with HMAC-SHA256.

use hmac::{Hmac, KeyInit, Mac};
use k256::elliptic_curve::ops::Reduce;
use k256::{FieldBytes, Scalar};
use sha2::Sha256;

use crate::SecretKey;

/// The sequence of nonces for a key and a message. As in libsecp256k1, the message enters as its 32
/// bytes, not reduced modulo n.
pub(crate) struct Nonces {
    key: [u8; 32],
    value: [u8; 32],
}

impl Nonces {
    pub(crate) fn new(secret: &SecretKey, message: &[u8; 32]) -> Self {
        let secret = secret.to_bytes();
        let mut key = [0; 32];
        let mut value = [1; 32];
        for round in [0, 1] {
            key = hmac(&key, &[&value, &[round], &secret, message]);
            value = hmac(&key, &[&value]);
        }
        Self { key, value }
    }

    /// The next nonce, modulo n.
    pub(crate) fn next(&mut self) -> Scalar {
        self.value = hmac(&self.key, &[&self.value]);
        let nonce = Scalar::reduce(&FieldBytes::from(self.value));
        self.key = hmac(&self.key, &[&self.value, &[0]]);
        self.value = hmac(&self.key, &[&self.value]);
        nonce
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC pads a key with zeros to the block length of the hash.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}
