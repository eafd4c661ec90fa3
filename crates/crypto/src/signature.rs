//! Recoverable ECDSA signatures.

use k256::elliptic_curve::PrimeField;
use k256::elliptic_curve::ops::Reduce;
use k256::elliptic_curve::point::AffineCoordinates;
use k256::elliptic_curve::scalar::IsHigh;
use k256::{FieldBytes, ProjectivePoint, Scalar};
use secp256k1::Message;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};

use crate::nonce::Nonces;
use crate::{Error, PublicKey, Result, SecretKey};

/// Length of a recoverable signature: header, r, s.
pub const SIGNATURE_LEN: usize = 65;

/// A recoverable signature: a header byte (31 + recovery id), r and s, each 32 bytes big-endian.
pub type Signature = [u8; SIGNATURE_LEN];

/// The header of a signature with recovery id 0 and a compressed public key.
const HEADER: u8 = 31;

/// The greatest `s` that counts as canonical. Consensus rule: this is n/2 with its bytes in REVERSED
/// order, so it is not the usual low-s rule; some high values pass.
const GREATEST_S: [u8; 32] = [
    0xa0, 0x20, 0x1b, 0x68, 0x46, 0x2f, 0xe9, 0xdf, 0x1d, 0x50, 0xa4, 0x57, 0x73, 0x6e, 0x57, 0x5d,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
];

/// Whether `s`, as a byte string, does not exceed the protocol's bound. Nothing else of the signature
/// matters here.
pub fn is_canonical(signature: &Signature) -> bool {
    signature[33..] <= GREATEST_S[..]
}

/// The public key that made `signature` over `digest`.
///
/// # Errors
/// In this order: [`Error::SignatureLength`], [`Error::NotCanonical`], [`Error::DigestLength`],
/// [`Error::RecoveryId`], [`Error::NotRecoverable`].
pub fn recover(digest: &[u8], signature: &[u8]) -> Result<PublicKey> {
    let signature: &Signature = signature.try_into().map_err(|_| Error::SignatureLength)?;
    if !is_canonical(signature) {
        return Err(Error::NotCanonical);
    }
    let digest: [u8; 32] = digest.try_into().map_err(|_| Error::DigestLength)?;
    let recovery_id = match signature[0] {
        31 => RecoveryId::Zero,
        // Consensus rule: the id is the header shifted right by five, so 33 means 1 as well.
        32 | 33 => RecoveryId::One,
        _ => return Err(Error::RecoveryId),
    };
    RecoverableSignature::from_compact(&signature[1..], recovery_id)
        .and_then(|signature| signature.recover(Message::from_digest(digest)))
        .map(PublicKey)
        .map_err(|_| Error::NotRecoverable)
}

/// Signs a digest; `s` is low. Equal arguments give equal signatures: the nonce is the SECOND of
/// RFC 6979, as the wallets and nodes of the protocol have it.
///
/// # Errors
/// [`Error::NotRecoverable`] when r or s come out as zero (never seen).
pub fn sign(digest: &[u8; 32], secret: &SecretKey) -> Result<Signature> {
    let mut nonces = Nonces::new(secret, digest);
    nonces.next();
    let k = nonces.next();
    let point = (ProjectivePoint::GENERATOR * k).to_affine();
    let x = Scalar::from_repr(secret.to_bytes().into()).into_option().ok_or(Error::SecretKey)?;
    let z = Scalar::reduce(&FieldBytes::from(*digest));
    let r = Scalar::reduce(&point.x());
    let inverse = k.invert().into_option().ok_or(Error::NotRecoverable)?;
    let s = inverse * (z + r * x);
    if bool::from(r.is_zero()) || bool::from(s.is_zero()) {
        return Err(Error::NotRecoverable);
    }
    let high = bool::from(s.is_high());
    let odd = bool::from(point.y_is_odd());
    let mut bytes = [0; SIGNATURE_LEN];
    bytes[0] = HEADER + u8::from(odd != high);
    bytes[1..33].copy_from_slice(&r.to_bytes());
    bytes[33..].copy_from_slice(&(if high { -s } else { s }).to_bytes());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signed(seed: &str) -> ([u8; 32], Signature, PublicKey) {
        let secret = SecretKey::from_seed(seed).unwrap();
        let digest = crate::sha256(seed.as_bytes());
        (digest, sign(&digest, &secret).unwrap(), secret.public_key())
    }

    #[test]
    fn recovery_ids() {
        let mut seen = [false; 2];
        for n in 0..40 {
            let (digest, mut signature, key) = signed(&format!("recovery {n}"));
            seen[usize::from(signature[0] - HEADER)] = true;
            assert_eq!(recover(&digest, &signature), Ok(key));
            if signature[0] == 32 {
                signature[0] = 33;
                assert_eq!(recover(&digest, &signature), Ok(key));
            }
            for header in (0..31).chain(34..=255) {
                signature[0] = header;
                assert_eq!(recover(&digest, &signature), Err(Error::RecoveryId));
            }
        }
        assert_eq!(seen, [true; 2], "both recovery ids occur");
    }

    #[test]
    fn errors_in_order() {
        let (digest, signature, _) = signed("errors");
        assert_eq!(recover(&digest, &signature[1..]), Err(Error::SignatureLength));
        assert_eq!(recover(&digest, &[]), Err(Error::SignatureLength));
        let mut high = signature;
        high[0] = 0;
        high[33..].copy_from_slice(&GREATEST_S);
        high[64] += 1;
        assert_eq!(recover(&[], &high), Err(Error::NotCanonical));
        high[64] -= 1;
        assert_eq!(recover(&[], &high), Err(Error::DigestLength));
        assert_eq!(recover(&digest, &high), Err(Error::RecoveryId));
        let mut zero = signature;
        zero[1..33].fill(0);
        assert_eq!(recover(&digest, &zero), Err(Error::NotRecoverable));
        zero[1..33].fill(0xff);
        assert_eq!(recover(&digest, &zero), Err(Error::NotRecoverable));
    }

    #[test]
    fn high_s_below_the_bound_is_accepted() {
        // n - s of a signature is valid too, with the other recovery id; the bound lets through
        // those whose first byte is at most 0xa0.
        let order = [
            0xffffffff_u32,
            0xffffffff,
            0xffffffff,
            0xfffffffe,
            0xbaaedce6,
            0xaf48a03b,
            0xbfd25e8c,
            0xd0364141,
        ];
        let mut accepted = 0;
        for n in 0..40 {
            let (digest, mut signature, key) = signed(&format!("high {n}"));
            let mut borrow = 0i64;
            for word in (0..8).rev() {
                let at = 33 + 4 * word;
                let s = u32::from_be_bytes(signature[at..at + 4].try_into().unwrap());
                let difference = i64::from(order[word]) - i64::from(s) - borrow;
                borrow = i64::from(difference < 0);
                signature[at..at + 4].copy_from_slice(&(difference as u32).to_be_bytes());
            }
            signature[0] = if signature[0] == 31 { 32 } else { 31 };
            if is_canonical(&signature) {
                accepted += 1;
                assert_eq!(recover(&digest, &signature), Ok(key));
            }
        }
        assert!(accepted > 0);
    }

    proptest! {
        #[test]
        fn any_bytes_are_handled(digest in prop::array::uniform32(any::<u8>()),
                                 mut bytes in prop::collection::vec(any::<u8>(), 65)) {
            bytes[0] = 31 + bytes[0] % 3;
            let signature: Signature = bytes.try_into().unwrap();
            match recover(&digest, &signature) {
                Ok(_) => prop_assert!(is_canonical(&signature)),
                Err(Error::NotCanonical) => prop_assert!(!is_canonical(&signature)),
                Err(error) => prop_assert_eq!(error, Error::NotRecoverable),
            }
        }
    }
}
