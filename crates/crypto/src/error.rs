//! What can be wrong with keys, signatures and proofs.

/// An input that is not a valid key, signature or proof.
///
/// The texts of the signature errors are those of the protocol: they appear in error responses and in
/// the logs of receipts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A recoverable signature is exactly 65 bytes.
    #[error("unexpected signature length")]
    SignatureLength,
    /// `s` is above the bound of [`crate::is_canonical`].
    #[error("signature must be canonical")]
    NotCanonical,
    /// ECDSA signs 32 bytes.
    #[error("digest must be 32 bytes")]
    DigestLength,
    /// The header byte of the signature names no recovery id.
    #[error("recovery id mismatch, must be in range [31,33]")]
    RecoveryId,
    /// No public key belongs to this signature and digest.
    #[error("unknown error recovering public key from signature")]
    NotRecoverable,
    /// Not the SEC1 encoding (33 or 65 bytes) of a point of the curve.
    #[error("invalid public key")]
    PublicKey,
    /// A secret key is a number from 1 to n - 1 in 32 bytes, big-endian.
    #[error("invalid secret key")]
    SecretKey,
    /// Not a private key in wallet import format.
    #[error("invalid wif key")]
    Wif,
    /// Not an address: 25 bytes, version 0, with its checksum.
    #[error("invalid address")]
    Address,
    /// The VRF proof is malformed or does not belong to this key and input.
    #[error("invalid vrf proof")]
    VrfProof,
}
