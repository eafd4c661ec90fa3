//! Proof of burn.

use std::time::Duration;

use bytes::Bytes;
use koinos_codec::text;
use koinos_crypto::{Address, SecretKey, sign};
use koinos_proto::contracts::pob::{
    GetConsensusParametersArguments, GetConsensusParametersResult, GetMetadataArguments,
    GetMetadataResult,
};
use koinos_proto::contracts::token::{
    DecimalsArguments, DecimalsResult, SymbolArguments, SymbolResult,
};
use koinos_proto::contracts::vhp::{EffectiveBalanceOfArguments, EffectiveBalanceOfResult};
use koinos_service::blocking;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use tracing::{debug, info};

use super::{Clock, StopOnDrop};
use crate::draft::{Draft, Head};
use crate::error::Error;
use crate::lottery::{Lottery, Win, difficulty, next_quantum};
use crate::node::Node;

const GET_CONSENSUS_PARAMETERS: u32 = 0x5fd7_ac0f;
const GET_METADATA: u32 = 0xfcf7_a68f;
const EFFECTIVE_BALANCE_OF: u32 = 0x629f_31e6;
const DECIMALS: u32 = 0xee80_fd2f;
const SYMBOL: u32 = 0xb76a_7ca1;

/// How far ahead of the clock blocks are made, in milliseconds: the chain takes them so early.
const AHEAD_MS: u64 = 5_000;
/// How often the stakes are logged.
const LOG_EVERY: Duration = Duration::from_secs(60);

/// Producing by proof of burn.
pub(crate) struct Pob {
    /// The account whose burned stake is used.
    pub(crate) producer: Address,
    state: Mutex<State>,
    /// Percentage of the stake that takes part.
    percent: u64,
}

/// What is remembered from block to block.
#[derive(Default)]
struct State {
    contracts: Contracts,
    parameters: Option<Parameters>,
    logged: Option<Instant>,
}

/// The system contracts, by their names.
#[derive(Default, PartialEq)]
struct Contracts {
    pob: Bytes,
    vhp: Bytes,
}

/// What does not change while producing.
struct Parameters {
    symbol: String,
    decimals: u32,
    quantum_length: Duration,
    quanta_per_block: u32,
}

impl Pob {
    pub(crate) fn new(producer: Address, percent: u64) -> Self {
        Self { producer, percent, state: Mutex::default() }
    }

    pub(super) async fn begin(&self) {
        self.state.lock().await.parameters = None;
    }

    pub(super) async fn prepare(&self, node: &Node, head: &Head, now: u64) -> Result<Draws, Error> {
        let mut state = self.state.lock().await;
        state.update_contracts(node).await?;
        let (parameters, contracts) = match &mut *state {
            State { parameters: Some(parameters), contracts, .. } => (parameters, contracts),
            State { parameters, contracts, .. } => {
                (parameters.insert(Parameters::read(node, contracts).await?), contracts)
            }
        };
        let action = "retrieve metadata from the pob contract";
        let metadata: GetMetadataResult = node
            .read_contract(action, &contracts.pob, GET_METADATA, GetMetadataArguments {})
            .await?;
        let metadata = metadata.value.unwrap_or_default();
        let owner = Bytes::copy_from_slice(self.producer.as_bytes());
        let balance: EffectiveBalanceOfResult = node
            .read_contract(
                "retrieve the VHP balance",
                &contracts.vhp,
                EFFECTIVE_BALANCE_OF,
                EffectiveBalanceOfArguments { owner },
            )
            .await?;
        let difficulty = difficulty(&metadata.difficulty)?;
        let lottery = Lottery::new(metadata.seed, difficulty, balance.value, self.percent)?;
        let draws = Draws {
            lottery,
            quantum: next_quantum(now, head.time),
            quantum_length: parameters.quantum_length,
        };
        if state.logged.is_none_or(|at| at.elapsed() >= LOG_EVERY) {
            state.logged = Some(Instant::now());
            state.log_stakes(difficulty, balance.value);
        }
        Ok(draws)
    }
}

impl State {
    async fn update_contracts(&mut self, node: &Node) -> Result<(), Error> {
        let contracts = Contracts {
            pob: node.contract_address("pob").await?,
            vhp: node.contract_address("vhp").await?,
        };
        if contracts != self.contracts {
            info!("PoB contract address: {}", text::to_base58(&contracts.pob));
            info!("VHP contract address: {}", text::to_base58(&contracts.vhp));
            self.contracts = contracts;
        }
        Ok(())
    }

    fn log_stakes(&self, difficulty: u128, balance: u64) {
        let Some(parameters) = &self.parameters else { return };
        let symbol = &parameters.symbol;
        let total = difficulty / u128::from(parameters.quanta_per_block);
        info!("Estimated total {symbol} producing: {} {symbol}", parameters.amount(total));
        info!("Producing with {} {symbol}", parameters.amount(balance.into()));
        metrics::gauge!("koinos_block_producer_estimated_total_vhp").set(total as f64);
        metrics::gauge!("koinos_block_producer_vhp").set(balance as f64);
    }
}

impl Parameters {
    async fn read(node: &Node, contracts: &Contracts) -> Result<Self, Error> {
        let consensus: GetConsensusParametersResult = node
            .read_contract(
                "retrieve the consensus parameters",
                &contracts.pob,
                GET_CONSENSUS_PARAMETERS,
                GetConsensusParametersArguments {},
            )
            .await?;
        let vhp = &contracts.vhp;
        let action = "retrieve the decimals of VHP";
        let decimals: DecimalsResult =
            node.read_contract(action, vhp, DECIMALS, DecimalsArguments {}).await?;
        let action = "retrieve the symbol of VHP";
        let symbol: SymbolResult =
            node.read_contract(action, vhp, SYMBOL, SymbolArguments {}).await?;
        let consensus = consensus.value.unwrap_or_default();
        let (interval, quantum) = (consensus.target_block_interval, consensus.quantum_length);
        within(interval > 0, "target block interval greater than 0", interval)?;
        within(quantum > 0, "quantum length greater than 0", quantum)?;
        within(!symbol.value.is_empty(), "a symbol of VHP", "empty")?;
        within((1..=9).contains(&decimals.value), "VHP decimals from 1 to 9", decimals.value)?;
        within(interval >= quantum, "quanta per block interval greater than 0", 0)?;
        info!("Target block interval: {interval}ms");
        info!("Quantum length: {quantum}ms");
        Ok(Self {
            symbol: symbol.value,
            decimals: decimals.value,
            quantum_length: Duration::from_millis(quantum.into()),
            quanta_per_block: interval / quantum,
        })
    }

    /// An amount of VHP with its decimals.
    fn amount(&self, amount: u128) -> String {
        let (one, width) = (10u128.pow(self.decimals), self.decimals as usize);
        format!("{}.{:0width$}", amount / one, amount % one)
    }
}

fn within(condition: bool, what: &'static str, found: impl ToString) -> Result<(), Error> {
    match condition {
        true => Ok(()),
        false => Err(Error::Parameter { what, found: found.to_string() }),
    }
}

/// The draws on one head.
pub(crate) struct Draws {
    lottery: Lottery,
    /// The next quantum to draw for, in milliseconds.
    quantum: u64,
    quantum_length: Duration,
}

impl Draws {
    /// Draws quantum after quantum, up to some seconds ahead of the clock, until one wins.
    pub(super) async fn seal(
        &mut self,
        draft: &mut Draft,
        key: &SecretKey,
        clock: &Clock,
    ) -> Result<Vec<u8>, Error> {
        loop {
            let horizon = clock() + AHEAD_MS;
            if self.quantum > horizon {
                sleep(self.quantum_length).await;
                continue;
            }
            if let Some(win) = self.draw(key, horizon).await? {
                debug!("Burn difficulty met at quantum {}", win.time);
                // The same quantum is won again if the block has to be changed.
                self.quantum = win.time;
                draft.set_timestamp(win.time);
                return Ok(win.signature(&sign(&draft.digest(), key)?));
            }
            self.quantum = next_quantum(horizon, 0);
        }
    }

    async fn draw(&self, key: &SecretKey, last: u64) -> Result<Option<Win>, Error> {
        let stop = StopOnDrop::default();
        let (lottery, key, first) = (self.lottery.clone(), key.clone(), self.quantum);
        let flag = stop.flag();
        Ok(blocking(move || lottery.draw(&key, first, last, &flag)).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_their_decimals() {
        let parameters = |decimals| Parameters {
            symbol: "VHP".into(),
            decimals,
            quantum_length: Duration::ZERO,
            quanta_per_block: 300,
        };
        assert_eq!(parameters(8).amount(123_456_789_012), "1234.56789012");
        assert_eq!(parameters(8).amount(1), "0.00000001");
        assert_eq!(parameters(1).amount(10), "1.0");
    }
}
