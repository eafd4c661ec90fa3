//! Networks that are ready to run.

use koinos_crypto::{Address, HashCode, PublicKey, SecretKey, multihash};
use koinos_proto::chain::SystemCallId;
use koinos_proto::contracts::pob::{ConsensusParameters, Metadata};
use koinos_proto::contracts::pow::DifficultyMetadata;

use crate::genesis::{Genesis, Installation};
use crate::{
    COUNTER, Contract, Error, KOIN, METADATA, NAMES, POB, POW, Result, VHP, entry_point, objects,
};

/// Inflation a year and the part of the supply that is burned in a year, in millionths, as on the
/// public network.
const INFLATION: u32 = 19_802;
const BURN: u32 = 501_000;

/// How long one random number counts, in milliseconds. Block producers count on this one.
const QUANTUM_MS: u32 = 10;
/// The contracts count in parts of the block interval, which have to be a millisecond at least.
const SHORTEST_INTERVAL_MS: u32 = 10;

/// Where the contracts of a network are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// [`KOIN`].
    pub koin: Address,
    /// [`VHP`].
    pub vhp: Address,
    /// [`POB`].
    pub pob: Address,
    /// [`POW`].
    pub pow: Address,
    /// [`NAMES`].
    pub names: Address,
    /// [`METADATA`].
    pub metadata: Address,
    /// [`COUNTER`].
    pub counter: Address,
}

impl Addresses {
    /// The addresses of the keys with the seeds `<seed> koin`, `<seed> vhp` and so on. Who knows the
    /// seed can replace the contracts: for tests and development networks.
    ///
    /// # Errors
    /// When a seed gives no valid key (never seen).
    pub fn from_seed(seed: &str) -> Result<Self> {
        let of = |contract: Contract| -> Result<Address> {
            let key = SecretKey::from_seed(&format!("{seed} {}", contract.name))?;
            Ok(key.public_key().address())
        };
        Ok(Self {
            koin: of(KOIN)?,
            vhp: of(VHP)?,
            pob: of(POB)?,
            pow: of(POW)?,
            names: of(NAMES)?,
            metadata: of(METADATA)?,
            counter: of(COUNTER)?,
        })
    }
}

/// What every network has: KOIN that pays for resources, names, what is known of contracts, and a
/// contract to try.
#[derive(Clone, Debug)]
pub struct System {
    /// The key that governs the system.
    pub key: Address,
    /// Where the contracts are.
    pub addresses: Addresses,
    /// KOIN at the start, in units of 10^-8, each with as much mana; an address once. Who signs
    /// blocks needs some, for the resources that no transaction pays.
    pub balances: Vec<(Address, u64)>,
}

impl System {
    fn genesis(&self, named: &[(Contract, Address)]) -> Result<Genesis> {
        let Addresses { koin, names, metadata, counter, .. } = self.addresses;
        let koin_contract = system_contract(KOIN, koin)?
            .overriding(SystemCallId::GetAccountRc, entry_point("get_account_rc"))
            .overriding(SystemCallId::ConsumeAccountRc, entry_point("consume_account_rc"));
        let names_contract = system_contract(NAMES, names)?
            .overriding(SystemCallId::GetContractAddress, entry_point("get_address"))
            .overriding(SystemCallId::GetContractName, entry_point("get_name"));
        let metadata_contract = system_contract(METADATA, metadata)?
            .overriding(SystemCallId::GetContractMetadata, entry_point("get_contract_metadata"));
        let named = [(KOIN, koin), (NAMES, names)].into_iter().chain(named.iter().copied());
        let names_contract = named.fold(names_contract, |names, (contract, address)| {
            objects::name(names, contract.name, &address)
        });
        Ok(Genesis::new(self.key)
            .with_contract(objects::koin_balances(koin_contract, &self.balances)?)
            .with_contract(names_contract)
            .with_contract(metadata_contract)
            .with_contract(Installation::new(counter, COUNTER.bytecode()?)))
    }
}

fn system_contract(contract: Contract, address: Address) -> Result<Installation> {
    Ok(Installation::new(address, contract.bytecode()?).system())
}

/// A network whose blocks the genesis key signs.
#[derive(Clone, Debug)]
pub struct Federated(pub System);

impl Federated {
    /// Its genesis, to which more can be added.
    ///
    /// # Errors
    /// [`Error::Supply`], and those of [`Contract::bytecode`].
    pub fn genesis(&self) -> Result<Genesis> {
        self.0.genesis(&[])
    }
}

/// Who may produce blocks from the start.
#[derive(Clone, Debug)]
pub struct Producer {
    /// The account that owns the VHP, and the `signer` of its blocks. It needs KOIN too.
    pub address: Address,
    /// The key that signs the blocks and draws the random numbers.
    pub public_key: PublicKey,
    /// VHP in units of 10^-8.
    pub vhp: u64,
}

/// A network that runs proof of burn from its first block.
#[derive(Clone, Debug)]
pub struct ProofOfBurn {
    /// What it has in common with other networks.
    pub system: System,
    /// Who produces blocks; an address once.
    pub producers: Vec<Producer>,
    /// The time between blocks that the difficulty aims at, in milliseconds: 10 at least.
    pub block_interval_ms: u32,
    /// The time of the genesis in milliseconds since the Unix epoch: the first block comes after it.
    pub start_ms: u64,
}

impl ProofOfBurn {
    /// Its genesis, to which more can be added.
    ///
    /// # Errors
    /// [`Error::Supply`], [`Error::BlockInterval`], [`Error::NoVhp`], and those of
    /// [`Contract::bytecode`].
    pub fn genesis(&self) -> Result<Genesis> {
        let Addresses { vhp, pob, .. } = self.system.addresses;
        let balances: Vec<(Address, u64)> =
            self.producers.iter().map(|producer| (producer.address, producer.vhp)).collect();
        let vhp_contract = objects::vhp_balances(system_contract(VHP, vhp)?, &balances)?;
        let pob_contract = system_contract(POB, pob)?.overriding(
            SystemCallId::ProcessBlockSignature,
            entry_point("process_block_signature"),
        );
        let pob_contract = objects::registrations(pob_contract, &self.producers);
        let pob_contract = objects::pob_state(pob_contract, &self.parameters()?, &self.metadata()?);
        let genesis = self.system.genesis(&[(VHP, vhp), (POB, pob)])?;
        Ok(genesis.with_contract(vhp_contract).with_contract(pob_contract))
    }

    fn parameters(&self) -> Result<ConsensusParameters> {
        check_interval(self.block_interval_ms)?;
        Ok(ConsensusParameters {
            target_annual_inflation_rate: INFLATION,
            target_burn_percent: BURN,
            target_block_interval: self.block_interval_ms,
            quantum_length: QUANTUM_MS,
        })
    }

    /// A number wins with the chance VHP / difficulty. So this is the difficulty at which all
    /// producers together need as many numbers as there are quanta in a block interval.
    fn metadata(&self) -> Result<Metadata> {
        let vhp: u128 = self.producers.iter().map(|producer| u128::from(producer.vhp)).sum();
        if vhp == 0 {
            return Err(Error::NoVhp);
        }
        let difficulty = vhp * u128::from(self.block_interval_ms / QUANTUM_MS);
        let seed = multihash(HashCode::Sha2_256, self.system.key.as_bytes());
        Ok(Metadata {
            seed: seed.into(),
            difficulty: difficulty.to_be_bytes().to_vec().into(),
            last_block_time: self.start_ms,
        })
    }
}

/// A network whose blocks anybody may produce who does the work.
#[derive(Clone, Debug)]
pub struct ProofOfWork {
    /// What it has in common with other networks.
    pub system: System,
    /// The time between blocks that the difficulty aims at, in milliseconds: 10 at least.
    pub block_interval_ms: u32,
    /// How many hashes the first block takes on average.
    pub difficulty: u128,
    /// The time of the genesis in milliseconds since the Unix epoch.
    pub start_ms: u64,
}

impl ProofOfWork {
    /// Its genesis, to which more can be added.
    ///
    /// # Errors
    /// [`Error::Supply`], [`Error::BlockInterval`], [`Error::Difficulty`], and those of
    /// [`Contract::bytecode`].
    pub fn genesis(&self) -> Result<Genesis> {
        check_interval(self.block_interval_ms)?;
        if self.difficulty == 0 {
            return Err(Error::Difficulty);
        }
        let pow = self.system.addresses.pow;
        let contract = system_contract(POW, pow)?.overriding(
            SystemCallId::ProcessBlockSignature,
            entry_point("process_block_signature"),
        );
        let metadata = DifficultyMetadata {
            target: target(self.difficulty).to_vec().into(),
            last_block_time: self.start_ms,
            difficulty: self.difficulty.to_be_bytes().to_vec().into(),
            target_block_interval: self.block_interval_ms.into(),
        };
        let genesis = self.system.genesis(&[(POW, pow)])?;
        Ok(genesis.with_contract(objects::pow_state(contract, &metadata)))
    }
}

/// (2^256 - 1) / `difficulty`, big-endian, bit by bit.
fn target(difficulty: u128) -> [u8; 32] {
    let (mut target, mut rest) = ([0; 32], 0u128);
    for bit in 0..256 {
        let carry = rest >> 127 == 1;
        rest = rest << 1 | 1;
        let fits = carry || rest >= difficulty;
        if fits {
            rest = rest.wrapping_sub(difficulty);
        }
        target[bit / 8] = target[bit / 8] << 1 | u8::from(fits);
    }
    target
}

fn check_interval(block_interval_ms: u32) -> Result<()> {
    match block_interval_ms {
        0..SHORTEST_INTERVAL_MS => Err(Error::BlockInterval(block_interval_ms)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(block_interval_ms: u32, vhp: &[u64]) -> Result<Genesis> {
        let key = SecretKey::from_seed("key").unwrap().public_key();
        let addresses = Addresses::from_seed("network").unwrap();
        let producer = |vhp: &u64| Producer { address: key.address(), public_key: key, vhp: *vhp };
        let system = System { key: key.address(), addresses, balances: Vec::new() };
        let producers = vhp.iter().map(producer).collect();
        ProofOfBurn { system, producers, block_interval_ms, start_ms: 1 }.genesis()
    }

    #[test]
    fn a_network_that_cannot_run_is_refused() {
        assert!(network(10, &[1]).is_ok());
        assert!(matches!(network(9, &[1]), Err(Error::BlockInterval(9))));
        assert!(matches!(network(10, &[]), Err(Error::NoVhp)));
        assert!(matches!(network(10, &[0]), Err(Error::NoVhp)));
        assert!(matches!(network(10, &[u64::MAX, 1]), Err(Error::Supply)));
    }

    #[test]
    fn a_network_that_cannot_be_worked_for_is_refused() {
        let make = |block_interval_ms, difficulty| {
            let key = SecretKey::from_seed("key").unwrap().public_key().address();
            let addresses = Addresses::from_seed("network").unwrap();
            let system = System { key, addresses, balances: Vec::new() };
            ProofOfWork { system, block_interval_ms, difficulty, start_ms: 1 }.genesis()
        };
        assert!(make(10, 1).is_ok());
        assert!(matches!(make(9, 1), Err(Error::BlockInterval(9))));
        assert!(matches!(make(10, 0), Err(Error::Difficulty)));
    }

    #[test]
    fn targets_are_quotients() {
        assert_eq!(target(1), [0xff; 32]);
        assert_eq!(target(2)[..2], [0x7f, 0xff]);
        assert_eq!(target(0x1_00ff)[..5], [0, 0, 0xff, 0x01, 0xfd]);
        let mut least = [0; 32];
        least[15] = 1;
        least[31] = 1;
        assert_eq!(target(u128::MAX), least);
    }

    #[test]
    fn contracts_have_addresses_of_their_own() {
        let one = Addresses::from_seed("one").unwrap();
        let list = [one.koin, one.vhp, one.pob, one.pow, one.names, one.metadata, one.counter];
        let distinct: std::collections::BTreeSet<Address> = list.into();
        assert_eq!(distinct.len(), list.len());
        assert_eq!(Addresses::from_seed("one").unwrap(), one);
        assert_ne!(Addresses::from_seed("other").unwrap().koin, one.koin);
    }
}
