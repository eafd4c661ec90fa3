//! The block producer's own options.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use bytes::Bytes;
use clap::builder::BoolishValueParser;
use clap::{ArgAction, ValueEnum, value_parser};
use koinos_codec::text;
use koinos_crypto::Address;
use koinos_service::Fatal;

use crate::algorithm::{Algorithm, Pob, Pow};
use crate::pending::Bounds;
use crate::producer::Settings;

/// The mempool gives out no more transactions at once.
const MOST_TRANSACTIONS: u64 = 2_000;

/// The consensus algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AlgorithmName {
    /// The network trusts a key.
    Federated,
    /// Proof of work.
    Pow,
    /// Proof of burn.
    Pob,
}

/// A byte string given as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id(pub Bytes);

/// Options besides the common ones, as flags and as keys of `block_producer` in `config.yml`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Consensus algorithm of the network
    #[arg(long, short = 'g', value_name = "NAME", default_value = "federated")]
    pub algorithm: AlgorithmName,

    /// File of the key that signs blocks, made if there is none; a relative path is below the
    /// service's directory
    #[arg(long, short, value_name = "FILE", default_value = "private.key")]
    pub private_key_file: PathBuf,

    /// Address whose burned stake is used; pob needs it
    #[arg(long, short = 'f', value_name = "ADDRESS", value_parser = address)]
    pub producer: Option<Address>,

    /// Percentage of the stake that takes part in pob
    #[arg(long, value_name = "PERCENT", default_value_t = 100,
          value_parser = value_parser!(u64).range(1..=100))]
    pub pob_production: u64,

    /// Contract that sets the difficulty of pow; pow needs it
    #[arg(long, short = 'c', value_name = "ID", value_parser = contract_id)]
    pub pow_contract_id: Option<Id>,

    /// Threads that search for nonces in pow [default: jobs]
    #[arg(long, short, value_name = "N", value_parser = value_parser!(u64).range(1..=256))]
    pub work_groups: Option<u64>,

    /// Milliseconds between blocks in federated
    #[arg(long, value_name = "MS", default_value_t = 5_000,
          value_parser = value_parser!(u64).range(1..))]
    pub block_interval: u64,

    /// Produce only while p2p takes part in gossip, that is while the node has caught up
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1), default_value = "true",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub gossip_production: bool,

    /// Percentage of a block's limits from which it is full enough
    #[arg(long, short = 'z', value_name = "PERCENT", default_value_t = 75,
          value_parser = value_parser!(u64).range(0..=100))]
    pub resources_lower_bound: u64,

    /// Percentage of a block's limits that transactions may use
    #[arg(long, short = 'x', value_name = "PERCENT", default_value_t = 90,
          value_parser = value_parser!(u64).range(0..=100))]
    pub resources_upper_bound: u64,

    /// Pending transactions that are looked at for a block
    #[arg(long, short, value_name = "N", default_value_t = MOST_TRANSACTIONS,
          value_parser = value_parser!(u64).range(0..=MOST_TRANSACTIONS))]
    pub max_inclusion_attempts: u64,

    /// Governance proposals that blocks vote for, as 0x and hexadecimal digits
    #[arg(long, short = 'k', value_name = "ID", action = ArgAction::Append, num_args(1..),
          value_parser = proposal_id)]
    pub approve_proposals: Vec<Id>,
}

fn address(text: &str) -> Result<Address, String> {
    Address::from_base58(text).map_err(|_| "it is not an address in base58".to_owned())
}

fn contract_id(text: &str) -> Result<Id, String> {
    match text::from_base58(text) {
        Ok(id) if !id.is_empty() => Ok(Id(id.into())),
        _ => Err("it is not a contract id in base58".to_owned()),
    }
}

fn proposal_id(text: &str) -> Result<Id, String> {
    match text::from_hex(text) {
        Ok(id) => Ok(Id(id.into())),
        Err(error) => Err(format!("could not parse proposal id: {error}")),
    }
}

impl Options {
    /// The algorithm with what it needs.
    ///
    /// # Errors
    /// When that was not given.
    pub(crate) fn algorithm(&self, jobs: usize) -> Result<Algorithm, Fatal> {
        let missing = |what: &str, option: &str| {
            Fatal::config(anyhow!("{what} must be provided: set {option} in config.yml"))
        };
        Ok(match self.algorithm {
            AlgorithmName::Federated => {
                Algorithm::Federated { interval: Duration::from_millis(self.block_interval) }
            }
            AlgorithmName::Pow => {
                let id = self.pow_contract_id.clone();
                let id =
                    id.ok_or_else(|| missing("A proof of work contract ID", "pow-contract-id"))?;
                let groups = NonZeroU64::new(self.work_groups.unwrap_or(jobs as u64));
                let groups = groups.ok_or_else(|| missing("Work groups", "work-groups"))?;
                Algorithm::Pow(Pow { contract_id: id.0, groups })
            }
            AlgorithmName::Pob => {
                let producer = self.producer;
                let producer = producer.ok_or_else(|| missing("A producer address", "producer"))?;
                Algorithm::Pob(Pob::new(producer, self.pob_production))
            }
        })
    }

    /// What blocks are to be like.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            bounds: Bounds { lower: self.resources_lower_bound, upper: self.resources_upper_bound },
            max_inclusion_attempts: self.max_inclusion_attempts,
            approved_proposals: self.approve_proposals.iter().map(|id| id.0.clone()).collect(),
        }
    }
}
