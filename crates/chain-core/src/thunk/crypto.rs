//! Hashes, signatures, merkle roots and VRF proofs.

use koinos_crypto::{Error as CryptoError, HashCode, MerkleBuilder, PublicKey};

use crate::context::Context;
use crate::error::{Fault, Result, code, ensure};
use crate::fees::Fee;
use crate::thunk::block::{multihash, read_public_key};

/// `dsa.ecdsa_secp256k1`, the only signature algorithm.
const ECDSA_SECP256K1: i32 = 0;

fn require_dsa(kind: i32) -> Result<()> {
    ensure(kind == ECDSA_SECP256K1, || Fault::failure(code::UNKNOWN_DSA, "unexpected dsa"))
}

fn hash_function(code: u64) -> Result<(HashCode, Fee, Fee)> {
    let function = HashCode::from_code(code)
        .ok_or_else(|| Fault::failure(code::UNKNOWN_HASH_CODE, "unknown hash code"))?;
    let (base, per_byte) = match function {
        HashCode::Sha1 => (Fee::Sha1Base, Fee::Sha1PerByte),
        HashCode::Sha2_256 => (Fee::Sha2_256Base, Fee::Sha2_256PerByte),
        HashCode::Sha2_512 => (Fee::Sha2_512Base, Fee::Sha2_512PerByte),
        HashCode::Keccak256 => (Fee::Keccak256Base, Fee::Keccak256PerByte),
        HashCode::Ripemd160 => (Fee::Ripemd160Base, Fee::Ripemd160PerByte),
    };
    Ok((function, base, per_byte))
}

/// How many hashes a tree over `leaves` leaves is charged for. Not how many it takes.
fn hashes_charged(leaves: u64) -> u64 {
    if leaves <= 2 {
        return 1;
    }
    let even = leaves.div_ceil(2) * 2;
    if even.is_power_of_two() { even - 1 } else { even / 2 + hashes_charged(even / 2) }
}

impl Context<'_> {
    /// The multihash of `data`; `size` 0 means the full digest. Only keccak can be cut short: the
    /// reference fails for the others (and overruns a buffer in doing so).
    pub(crate) fn hash(&mut self, code: u64, data: &[u8], size: u64) -> Result<Vec<u8>> {
        let (function, base, per_byte) = hash_function(code)?;
        let ticks = self.fee(per_byte)?.wrapping_mul(data.len() as u64);
        let ticks = self.fee(base)?.wrapping_add(ticks);
        self.meter.use_compute(ticks)?;
        let full = function.digest_len() as u64;
        ensure(size <= full, || {
            Fault::library(format!(
                "requested hash size {size} is larger than max size {full} for algorithm {code}"
            ))
        })?;
        if size == 0 || size == full {
            return Ok(koinos_crypto::multihash(function, data));
        }
        ensure(function == HashCode::Keccak256, || {
            Fault::library(format!(
                "OpenSSL EVP_DigestFinal_ex returned hash size {full}, does not match expected hash size {size}"
            ))
        })?;
        let digest = koinos_crypto::digest(function, data);
        Ok(koinos_crypto::multihash_from_digest(function, &digest[..size as usize]))
    }

    /// The public key that signed the digest inside the multihash `digest`, serialised.
    pub(crate) fn recover_public_key(
        &self,
        kind: i32,
        signature: &[u8],
        digest: &[u8],
        compressed: bool,
    ) -> Result<Vec<u8>> {
        let key = self.recover_key(kind, signature, digest)?;
        Ok(match compressed {
            true => key.to_bytes().to_vec(),
            false => key.to_bytes_uncompressed().to_vec(),
        })
    }

    /// The public key that signed the digest inside the multihash `digest`.
    pub(crate) fn recover_key(
        &self,
        kind: i32,
        signature: &[u8],
        digest: &[u8],
    ) -> Result<PublicKey> {
        require_dsa(kind)?;
        let refuse = |error: CryptoError| match error {
            CryptoError::SignatureLength | CryptoError::NotCanonical => {
                Fault::failure(code::INVALID_SIGNATURE, error.to_string())
            }
            error => Fault::library(error.to_string()),
        };
        // The signature is looked at before the digest is read, which may throw.
        let compact = signature.try_into().map_err(|_| refuse(CryptoError::SignatureLength))?;
        ensure(koinos_crypto::is_canonical(compact), || refuse(CryptoError::NotCanonical))?;
        let digest = multihash(digest)?;
        self.signers.recover(&digest.digest, signature).map_err(refuse)
    }

    /// Whether `public_key` is the one that signed.
    pub(crate) fn verify_signature(
        &mut self,
        kind: i32,
        public_key: &[u8],
        signature: &[u8],
        digest: &[u8],
        compressed: bool,
    ) -> Result<bool> {
        require_dsa(kind)?;
        Ok(self.call_recover_public_key(signature, digest, compressed)? == public_key)
    }

    /// Whether the tree over `leaves`, multihashes all, has the root `root`.
    pub(crate) fn verify_merkle_root<'l>(
        &mut self,
        root: &[u8],
        leaves: impl ExactSizeIterator<Item = &'l [u8]>,
    ) -> Result<bool> {
        let count = leaves.len() as u64;
        let base = self.fee(Fee::DeserializeMultihashBase)?;
        let per_byte = self.fee(Fee::DeserializeMultihashPerByte)?;
        let each = base.wrapping_add((root.len() as u64).wrapping_mul(per_byte));
        self.meter.use_compute((count + 1).wrapping_mul(each))?;

        let root = multihash(root)?;
        let (function, base, per_byte) = hash_function(root.code)?;
        let width = root.digest.len();
        let (base, per_byte) = (self.fee(base)?, self.fee(per_byte)?);
        let each = base.wrapping_add(2u64.wrapping_mul(width as u64).wrapping_mul(per_byte));
        self.meter.use_compute(hashes_charged(count).wrapping_mul(each))?;

        let mut tree = MerkleBuilder::new(function);
        for leaf in leaves {
            let leaf = multihash(leaf)?;
            let unlike = |what: &str| {
                let text = format!("leaf and merkle root hash {what} do not match");
                Fault::failure(code::UNKNOWN_HASH_CODE, text)
            };
            ensure(leaf.code == root.code, || unlike("codes"))?;
            ensure(leaf.digest.len() == width, || unlike("sizes"))?;
            tree.push(&leaf.digest);
        }
        Ok(tree.finish() == root.digest)
    }

    /// Whether `proof` is a VRF proof over `message` whose output is the multihash `hash`.
    pub(crate) fn verify_vrf_proof(
        &mut self,
        kind: i32,
        public_key: &[u8],
        proof: &[u8],
        hash: &[u8],
        message: &[u8],
    ) -> Result<bool> {
        require_dsa(kind)?;
        let public_key = read_public_key(public_key)?;
        let expected = multihash(hash)?;
        Ok(koinos_crypto::vrf::verify(&public_key, message, proof).is_ok_and(|output| {
            expected.code == HashCode::Sha2_256 as u64 && expected.digest == output[..]
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::hashes_charged;

    #[test]
    fn charged_hashes_follow_the_table_of_the_rules() {
        let charged: Vec<u64> = (0..=10).map(hashes_charged).collect();
        assert_eq!(charged, [1, 1, 1, 3, 3, 6, 6, 7, 7, 11, 11]);
    }
}
