//! Two networks that are ready to run.

use koinos_crypto::{Address, HashCode, PublicKey, SecretKey, multihash};
use koinos_proto::chain::SystemCallId;
use koinos_proto::contracts::pob::{ConsensusParameters, Metadata};

use crate::genesis::{Genesis, Installation};
use crate::{COUNTER, Contract, Error, KOIN, NAMES, POB, Result, VHP, entry_point, objects};

/// Inflation a year and the part of the supply that is burned in a year, in millionths, as on the
/// public network.
const INFLATION: u32 = 19_802;
const BURN: u32 = 501_000;

/// How long one random number counts, in milliseconds. Block producers count on this one.
const QUANTUM_MS: u32 = 10;

/// Where the contracts of a network are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// [`KOIN`].
    pub koin: Address,
    /// [`VHP`].
    pub vhp: Address,
    /// [`POB`].
    pub pob: Address,
    /// [`NAMES`].
    pub names: Address,
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
            names: of(NAMES)?,
            counter: of(COUNTER)?,
        })
    }
}

/// What every network has: KOIN that pays for resources, names, and a contract to try.
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
        let Addresses { koin, names, counter, .. } = self.addresses;
        let koin_contract = system_contract(KOIN, koin)?
            .overriding(SystemCallId::GetAccountRc, entry_point("get_account_rc"))
            .overriding(SystemCallId::ConsumeAccountRc, entry_point("consume_account_rc"));
        let names_contract = system_contract(NAMES, names)?
            .overriding(SystemCallId::GetContractAddress, entry_point("get_address"))
            .overriding(SystemCallId::GetContractName, entry_point("get_name"));
        let named = [(KOIN, koin), (NAMES, names)].into_iter().chain(named.iter().copied());
        let names_contract = named.fold(names_contract, |names, (contract, address)| {
            objects::name(names, contract.name, &address)
        });
        Ok(Genesis::new(self.key)
            .with_contract(objects::koin_balances(koin_contract, &self.balances)?)
            .with_contract(names_contract)
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
        if self.block_interval_ms < QUANTUM_MS {
            return Err(Error::BlockInterval(self.block_interval_ms));
        }
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
    fn contracts_have_addresses_of_their_own() {
        let one = Addresses::from_seed("one").unwrap();
        let list = [one.koin, one.vhp, one.pob, one.names, one.counter];
        let distinct: std::collections::BTreeSet<Address> = list.into();
        assert_eq!(distinct.len(), list.len());
        assert_eq!(Addresses::from_seed("one").unwrap(), one);
        assert_ne!(Addresses::from_seed("other").unwrap().koin, one.koin);
    }
}
