//! The genesis of a new network: our own contracts, and KOIN for who is to have it.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use koinos_codec::genesis_to_json;
use koinos_contracts::{
    Addresses, CONTRACTS, Federated, Producer, ProofOfBurn, ProofOfWork, System,
};
use koinos_crypto::{Address, SecretKey, sha256};
use koinos_service::Fatal;

use super::Algorithm;
use super::state::Named;

/// What an account has at the start: a million KOIN, in units of 10^-8.
const BALANCE: u64 = 1_000_000 * 100_000_000;

/// How long the speed of this machine is measured, to find out how much work a block can be.
const MEASURE: Duration = Duration::from_millis(50);
/// The length of what is hashed for a block: a nonce and the block's id.
const WORK_LEN: usize = 66;

/// What a network starts with.
#[derive(Debug)]
pub(crate) struct Fresh {
    /// The genesis file.
    pub(crate) json: String,
    /// Its contracts.
    pub(crate) contracts: Vec<Named>,
}

/// Makes the genesis of a network whose blocks `producer` signs, and in proof of burn also `others`.
/// The producers and `funded` have KOIN, and so mana.
///
/// # Errors
/// When the contracts cannot be assembled, or for a block interval that is too short.
pub(crate) fn fresh(
    algorithm: Algorithm,
    producer: &SecretKey,
    others: &[SecretKey],
    funded: &[Address],
    block_interval_ms: u64,
) -> Result<Fresh, Fatal> {
    let key = producer.public_key().address();
    // Who has the producer's key governs, and may as well replace the contracts; nobody else can
    // guess their keys.
    let addresses = Addresses::from_seed(&producer.to_wif())?;
    let keys = || std::iter::once(producer).chain(others).map(SecretKey::public_key);
    let mut owners: Vec<Address> = keys().map(|key| key.address()).collect();
    owners.extend(funded.iter().filter(|owner| **owner != key));
    owners.sort();
    owners.dedup();
    let balances = owners.into_iter().map(|owner| (owner, BALANCE)).collect();
    let system = System { key, addresses, balances };
    let mut contracts = vec![
        ("koin", addresses.koin),
        ("names", addresses.names),
        ("metadata", addresses.metadata),
        ("counter", addresses.counter),
    ];
    let interval = || u32::try_from(block_interval_ms).context("block interval");
    let genesis = match algorithm {
        Algorithm::Federated => Federated(system).genesis()?,
        Algorithm::Pow => {
            contracts.push(("pow", addresses.pow));
            let difficulty = hashes_in(Duration::from_millis(block_interval_ms));
            let (block_interval_ms, start_ms) = (interval()?, now_ms());
            ProofOfWork { system, block_interval_ms, difficulty, start_ms }.genesis()?
        }
        Algorithm::Pob => {
            contracts.extend([("vhp", addresses.vhp), ("pob", addresses.pob)]);
            let block_interval_ms = interval()?;
            let producers = keys()
                .map(|key| Producer { address: key.address(), public_key: key, vhp: BALANCE })
                .collect();
            let start_ms = now_ms();
            ProofOfBurn { system, producers, block_interval_ms, start_ms }.genesis()?
        }
    };
    let named = |(name, address): (&str, Address)| Named {
        name: name.to_owned(),
        address: address.to_string(),
    };
    Ok(Fresh {
        json: genesis_to_json(&genesis.build()),
        contracts: contracts.into_iter().map(named).collect(),
    })
}

/// How many hashes one processor of this machine makes in that time, one at least.
fn hashes_in(time: Duration) -> u128 {
    let (began, mut count, mut work) = (Instant::now(), 0u128, [0; WORK_LEN]);
    while began.elapsed() < MEASURE {
        for _ in 0..1_000 {
            let hash = sha256(&work);
            work[..32].copy_from_slice(&hash);
        }
        count += 1_000;
    }
    (count * time.as_nanos() / began.elapsed().as_nanos()).max(1)
}

fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.map_or(0, |elapsed| elapsed.as_millis() as u64)
}

/// Writes the ABIs of the contracts into a directory, `NAME.abi.json`.
pub(crate) fn write_abis(directory: &Path) -> Result<(), Fatal> {
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(directory)?;
        CONTRACTS.iter().try_for_each(|contract| {
            std::fs::write(directory.join(format!("{}.abi.json", contract.name)), contract.abi)
        })
    };
    write().with_context(|| format!("cannot write to {}", directory.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use koinos_codec::parse_genesis;

    use super::*;

    #[test]
    fn work_is_measured() {
        let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3_600));
        assert!(hashes_in(second) > 1_000);
        assert!(hashes_in(hour) > hashes_in(second));
        assert_eq!(hashes_in(Duration::ZERO), 1);
    }

    #[test]
    fn a_key_makes_a_network() {
        let key = |seed| SecretKey::from_seed(seed).unwrap();
        let account = key("account").public_key().address();
        let make = |seed, algorithm| fresh(algorithm, &key(seed), &[], &[account], 3_000).unwrap();
        let one = make("one", Algorithm::Federated);
        assert_eq!(one.json, make("one", Algorithm::Federated).json);
        assert_ne!(one.json, make("two", Algorithm::Federated).json);
        assert_eq!(one.contracts.len(), 4);
        let pob = make("one", Algorithm::Pob);
        assert_eq!(pob.contracts[0], one.contracts[0]);
        let pow = make("one", Algorithm::Pow);
        assert_eq!(pow.contracts[4].name, "pow");
        for made in [one, pob, pow] {
            assert!(parse_genesis(&made.json).is_ok());
        }
        // The account may be the producer's own.
        let own = key("one").public_key().address();
        assert!(fresh(Algorithm::Federated, &key("one"), &[], &[own, own], 1).is_ok());
    }
}
