//! Proof of burn: at which times a producer may make a block.
//!
//! Time is divided into quanta. For each, the producer's key gives a verifiable random number; the
//! producer wins the quantum when that number, divided by its stake (VHP), is below a target that
//! follows from the difficulty.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use koinos_crypto::{HashCode, SecretKey, multihash_from_digest, vrf};
use koinos_proto::contracts::pob::{SignatureData, VrfPayload};
use prost::Message;

/// Times of blocks are multiples of this, in milliseconds, whatever quantum length the contract
/// names: the original has it built in.
const QUANTUM_MS: u64 = 10;

/// The first quantum after both times, in milliseconds: the next multiple of 10, not the time
/// itself if it is one.
pub fn next_quantum(time: u64, head_time: u64) -> u64 {
    (time.max(head_time) / QUANTUM_MS).saturating_add(1).saturating_mul(QUANTUM_MS)
}

/// Why nothing can be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LotteryError {
    /// No stake, or none that takes part.
    #[error("expected VHP balance greater than 0, was {0}")]
    NoStake(u64),
    /// The contract gives no difficulty to divide by.
    #[error("expected difficulty greater than 0, was 0")]
    NoDifficulty,
    /// More than 128 bits.
    #[error("the difficulty has more than 16 bytes")]
    DifficultyTooLarge,
}

/// What decides about winning on one head of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lottery {
    seed: Bytes,
    /// Stake that takes part; not 0.
    stake: u64,
    target: u128,
}

impl Lottery {
    /// A lottery with the contract's `seed` and `difficulty` (big-endian), for `percent` of the
    /// producer's balance.
    ///
    /// # Errors
    /// When nothing is staked, or the difficulty cannot be.
    pub fn new(
        seed: Bytes,
        difficulty: u128,
        vhp_balance: u64,
        percent: u64,
    ) -> Result<Self, LotteryError> {
        let stake = u128::from(vhp_balance) * u128::from(percent.min(100)) / 100;
        let stake = u64::try_from(stake).unwrap_or(u64::MAX);
        if stake == 0 {
            return Err(LotteryError::NoStake(vhp_balance));
        }
        let target = u128::MAX.checked_div(difficulty).ok_or(LotteryError::NoDifficulty)?;
        Ok(Self { seed, stake, target })
    }

    /// Whether a random number wins: its upper half, divided by the stake, is below the target.
    pub fn wins(&self, hash: &vrf::Output) -> bool {
        let [high, _] = halves(hash);
        high / u128::from(self.stake) < self.target
    }

    /// Draws for the quanta from `first` to `last`, in milliseconds, until one wins or `stop` is
    /// set.
    ///
    /// # Errors
    /// When the key gives no proof (never seen).
    pub fn draw(
        &self,
        key: &SecretKey,
        first: u64,
        last: u64,
        stop: &AtomicBool,
    ) -> koinos_crypto::Result<Option<Win>> {
        let mut time = first;
        while time <= last && !stop.load(Ordering::Relaxed) {
            let (proof, hash) = vrf::prove(key, &self.payload(time))?;
            if self.wins(&hash) {
                return Ok(Some(Win { time, proof, hash }));
            }
            time += QUANTUM_MS;
        }
        Ok(None)
    }

    /// What is proved for the quantum at `block_time`.
    fn payload(&self, block_time: u64) -> Vec<u8> {
        VrfPayload { seed: self.seed.clone(), block_time }.encode_to_vec()
    }
}

/// The upper and the lower 128 bits of a 256-bit number.
fn halves(number: &[u8; 32]) -> [u128; 2] {
    let (halves, _) = number.as_chunks::<16>();
    [u128::from_be_bytes(halves[0]), u128::from_be_bytes(halves[1])]
}

/// The contract's difficulty: a big-endian number of up to 16 bytes.
///
/// # Errors
/// [`LotteryError::DifficultyTooLarge`].
pub fn difficulty(bytes: &[u8]) -> Result<u128, LotteryError> {
    let digits = match bytes.iter().position(|byte| *byte != 0) {
        Some(first) => &bytes[first..],
        None => return Ok(0),
    };
    if digits.len() > 16 {
        return Err(LotteryError::DifficultyTooLarge);
    }
    Ok(digits.iter().fold(0, |number, byte| number << 8 | u128::from(*byte)))
}

/// A quantum that the producer has won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Win {
    /// The block's time, in milliseconds.
    pub time: u64,
    proof: vrf::Proof,
    hash: vrf::Output,
}

impl Win {
    /// The block's signature: the proof beside the signature of the block id.
    pub fn signature(&self, signature: &koinos_crypto::Signature) -> Vec<u8> {
        let data = SignatureData {
            vrf_proof: self.proof.to_vec().into(),
            vrf_hash: multihash_from_digest(HashCode::Sha2_256, &self.hash).into(),
            signature: signature.to_vec().into(),
        };
        data.encode_to_vec()
    }
}

#[cfg(test)]
#[path = "lottery_tests.rs"]
mod tests;
