//! The verifiable random function of proof-of-burn: ECVRF on secp256k1 with SHA2-256 and
//! try-and-increment, suite byte `fe`, in the shape of draft-irtf-cfrg-vrf-05.
//!
//! With point encodings compressed (33 bytes) and numbers big-endian:
//!
//! * H = the point with even y whose x is sha256(`fe 01`, public key, input, counter), for the first
//!   counter byte from 0 that gives a point;
//! * the proof is gamma (33 bytes), c (16 bytes), s (32 bytes), where gamma = x H,
//!   c = the first 16 bytes of sha256(`fe 02`, H, gamma, k G, k H), and s = k + c x;
//! * the nonce k is the first of RFC 6979 for the message sha256(H);
//! * the output is sha256(`fe 03`, gamma).
//!
//! Deliberate deviation: a proof with c = 0, s = 0 or s >= n is refused. For such proofs the result of
//! the original implementation is undefined.

use k256::elliptic_curve::PrimeField;
use k256::elliptic_curve::group::GroupEncoding;
use k256::elliptic_curve::ops::MulVartime;
use k256::{AffinePoint, ProjectivePoint, Scalar};
use sha2::{Digest as _, Sha256};

use crate::nonce::Nonces;
use crate::{Error, PublicKey, Result, SecretKey};

/// Length of a proof in bytes.
pub const PROOF_LEN: usize = 81;

/// A proof: gamma (33 bytes), c (16 bytes), s (32 bytes).
pub type Proof = [u8; PROOF_LEN];

/// The pseudo-random output that a proof proves.
pub type Output = [u8; 32];

const SUITE: u8 = 0xfe;
const HASH_TO_CURVE: u8 = 1;
const HASH_POINTS: u8 = 2;
const PROOF_TO_HASH: u8 = 3;

const CHALLENGE_LEN: usize = 16;
const GAMMA_LEN: usize = 33;

/// Proves the output for `input`. Equal arguments give equal proofs.
pub fn prove(secret: &SecretKey, input: &[u8]) -> Result<(Proof, Output)> {
    let public = secret.public_key().to_bytes();
    let x = scalar(&secret.to_bytes()).ok_or(Error::SecretKey)?;
    let h = hash_to_curve(&public, input).ok_or(Error::VrfProof)?;
    let gamma = (h * x).to_affine();
    let k = Nonces::new(secret, &Sha256::digest(h.to_bytes()).into()).next();
    let challenge =
        hash_points([h, gamma, (ProjectivePoint::GENERATOR * k).to_affine(), (h * k).to_affine()]);
    let s = k + challenge_scalar(&challenge) * x;

    let mut proof = [0; PROOF_LEN];
    proof[..GAMMA_LEN].copy_from_slice(&gamma.to_bytes());
    proof[GAMMA_LEN..GAMMA_LEN + CHALLENGE_LEN].copy_from_slice(&challenge);
    proof[GAMMA_LEN + CHALLENGE_LEN..].copy_from_slice(&s.to_bytes());
    Ok((proof, output(&gamma)))
}

/// The output proved by `proof` for this key and input.
///
/// # Errors
/// [`Error::VrfProof`] when the proof is not 81 bytes, not well formed, or not valid.
pub fn verify(public: &PublicKey, input: &[u8], proof: &[u8]) -> Result<Output> {
    verify_proof(public, input, proof).ok_or(Error::VrfProof)
}

fn verify_proof(public: &PublicKey, input: &[u8], proof: &[u8]) -> Option<Output> {
    let proof: &Proof = proof.try_into().ok()?;
    let (gamma, rest) = proof.split_at(GAMMA_LEN);
    let (challenge, s) = rest.split_at(CHALLENGE_LEN);
    let gamma = point(gamma)?;
    let c = challenge_scalar(challenge);
    let s = scalar(s)?;
    if bool::from(c.is_zero()) || bool::from(s.is_zero()) {
        return None;
    }
    let public = public.to_bytes();
    let y = point(&public)?;
    let h = hash_to_curve(&public, input)?;
    let difference = |base: ProjectivePoint, times: ProjectivePoint| {
        (base.mul_vartime(&s) - times.mul_vartime(&c)).to_affine()
    };
    let u = difference(ProjectivePoint::GENERATOR, y.into());
    let v = difference(h.into(), gamma.into());
    (hash_points([h, gamma, u, v]) == challenge).then(|| output(&gamma))
}

/// The first counter byte that gives a point; one in two does, so running out of them (None) is not
/// to be expected before the end of time.
fn hash_to_curve(public: &[u8; 33], input: &[u8]) -> Option<AffinePoint> {
    let prefix = Sha256::new().chain_update([SUITE, HASH_TO_CURVE]).chain_update(public);
    let prefix = prefix.chain_update(input);
    (0..=u8::MAX).find_map(|counter| {
        let mut encoded = [2; 33];
        encoded[1..].copy_from_slice(&prefix.clone().chain_update([counter]).finalize());
        point(&encoded)
    })
}

fn hash_points(points: [AffinePoint; 4]) -> [u8; CHALLENGE_LEN] {
    let mut hasher = Sha256::new().chain_update([SUITE, HASH_POINTS]);
    for point in points {
        hasher.update(point.to_bytes());
    }
    let mut challenge = [0; CHALLENGE_LEN];
    challenge.copy_from_slice(&hasher.finalize()[..CHALLENGE_LEN]);
    challenge
}

fn output(gamma: &AffinePoint) -> Output {
    let hasher = Sha256::new().chain_update([SUITE, PROOF_TO_HASH]);
    hasher.chain_update(gamma.to_bytes()).finalize().into()
}

/// A point of the curve from its compressed encoding; not the point at infinity.
fn point(encoded: &[u8]) -> Option<AffinePoint> {
    let encoded: [u8; 33] = encoded.try_into().ok()?;
    if !matches!(encoded[0], 2 | 3) {
        return None;
    }
    AffinePoint::from_bytes(&encoded.into()).into()
}

/// A number below n from 32 bytes.
fn scalar(bytes: &[u8]) -> Option<Scalar> {
    let bytes: [u8; 32] = bytes.try_into().ok()?;
    Scalar::from_repr(bytes.into()).into()
}

fn challenge_scalar(challenge: &[u8]) -> Scalar {
    challenge
        .iter()
        .fold(Scalar::ZERO, |sum, byte| sum * Scalar::from(256u64) + Scalar::from(u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_hold_for_their_key_and_input_only() {
        let secret = SecretKey::from_seed("vrf").unwrap();
        let public = secret.public_key();
        let (proof, output) = prove(&secret, b"input").unwrap();
        assert_eq!(prove(&secret, b"input").unwrap(), (proof, output));
        assert_eq!(verify(&public, b"input", &proof), Ok(output));
        assert_eq!(verify(&public, b"inpuT", &proof), Err(Error::VrfProof));
        let other = SecretKey::from_seed("other").unwrap().public_key();
        assert_eq!(verify(&other, b"input", &proof), Err(Error::VrfProof));
        assert_eq!(verify(&public, b"input", &proof[..80]), Err(Error::VrfProof));
        for byte in 0..PROOF_LEN {
            let mut wrong = proof;
            wrong[byte] ^= 1;
            assert_eq!(verify(&public, b"input", &wrong), Err(Error::VrfProof), "byte {byte}");
        }
    }

    #[test]
    fn degenerate_numbers_are_refused() {
        let secret = SecretKey::from_seed("vrf").unwrap();
        let public = secret.public_key();
        let (proof, _) = prove(&secret, b"").unwrap();
        let with = |range: std::ops::Range<usize>, fill: u8| {
            let mut changed = proof;
            changed[range].fill(fill);
            verify(&public, b"", &changed)
        };
        assert_eq!(with(33..49, 0), Err(Error::VrfProof));
        assert_eq!(with(49..81, 0), Err(Error::VrfProof));
        assert_eq!(with(49..81, 0xff), Err(Error::VrfProof));
        assert_eq!(with(33..81, 0), Err(Error::VrfProof));
        assert_eq!(with(0..33, 0), Err(Error::VrfProof));
    }

    #[test]
    fn numbers_from_n_on_are_refused() {
        let greatest: [u8; 32] = (-Scalar::ONE).to_bytes().into();
        let mut order = greatest;
        order[31] += 1;
        assert!(scalar(&greatest).is_some());
        assert!(scalar(&order).is_none());
    }
}
