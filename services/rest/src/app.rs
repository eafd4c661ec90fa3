//! What all requests share: the node, names, ABIs, and calls of contracts by them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use koinos_crypto::Address;
use koinos_proto::protocol::CallContractOperation;
use koinos_rpc::Transport;
use serde_json::{Value, json};

use crate::abis::AbiStore;
use crate::core::decode::Wanted;
use crate::core::query::Query;
use crate::core::standards::{KCS4, Standard, operation};
use crate::error::Result;
use crate::memory::Memory;
use crate::names::Names;
use crate::node::{Node, bytes};

/// Bytes of tokens' decimals that are remembered.
const DECIMALS_MEMORY: u64 = 1 << 20;
/// What an entry takes.
const DECIMALS_WEIGHT: u64 = 64;

/// How requests are carried out.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Requests that are carried out at the same time.
    pub jobs: usize,
    /// How long a request may wait before it is refused.
    pub gateway_timeout: Duration,
    /// How long a service may take.
    pub mq_timeout: Duration,
    /// How long a request may take in all.
    pub request_timeout: Duration,
    /// The contract of `*.koin` names.
    pub kap: Option<Address>,
    /// The contract of `@nicknames`.
    pub nicknames: Option<Address>,
    /// How long names, ABIs and decimals are remembered.
    pub remembered: Duration,
    /// Bytes of ABIs that are remembered.
    pub abi_cache: u64,
    /// Whether there is maintenance, and no request is carried out.
    pub maintenance: bool,
}

/// What handlers work with.
pub struct App {
    /// The services.
    pub node: Arc<Node>,
    /// Addresses by name.
    pub names: Names,
    /// ABIs.
    pub abis: AbiStore,
    decimals: Memory<Address, u32>,
}

impl App {
    /// The services that `transport` leads to.
    pub fn new(transport: Arc<dyn Transport>, settings: &Settings) -> Self {
        let node = Arc::new(Node::new(transport, settings.mq_timeout));
        let remembered = settings.remembered;
        Self {
            names: Names::new(node.clone(), settings.kap, settings.nicknames, remembered),
            abis: AbiStore::new(node.clone(), remembered, settings.abi_cache),
            decimals: Memory::new(remembered, DECIMALS_MEMORY),
            node,
        }
    }

    /// What a method of a standard gives, as JSON.
    ///
    /// # Errors
    /// When an argument does not fit, the contract refuses, or its result is something else.
    pub async fn read(
        &self,
        standard: &Standard,
        contract: Address,
        method: &str,
        arguments: Value,
    ) -> Result<Value> {
        let method = standard.method(method)?;
        let args = standard.encode(method, &arguments)?;
        let result = self.node.read_contract(contract, method.entry_point, args).await?;
        standard.decode(method, &result)
    }

    /// The decimals of a token.
    ///
    /// # Errors
    /// As [`App::read`].
    pub async fn decimals(&self, token: Address) -> Result<u32> {
        if let Some(known) = self.decimals.get(&token, Instant::now()) {
            return Ok(known);
        }
        let result = self.read(&KCS4, token, "decimals", json!({})).await?;
        let decimals = result["value"].as_u64().and_then(|number| number.try_into().ok());
        let decimals = decimals.unwrap_or(0);
        self.decimals.put(token, decimals, DECIMALS_WEIGHT, Instant::now());
        Ok(decimals)
    }
}

/// The operation that calls a method of a standard, as JSON.
///
/// # Errors
/// When an argument does not fit.
pub fn encode(
    standard: &Standard,
    contract: Address,
    method: &str,
    arguments: Value,
) -> Result<Value> {
    let method = standard.method(method)?;
    let args = standard.encode(method, &arguments)?;
    call_of(contract, method.entry_point, args)
}

/// The operation that calls a contract, as JSON.
///
/// # Errors
/// None that is known of.
pub fn call_of(contract: Address, entry_point: u32, args: Bytes) -> Result<Value> {
    operation(&CallContractOperation { contract_id: bytes(contract), entry_point, args })
}

/// What a query wants decoded.
pub fn wanted(query: &Query) -> Wanted {
    Wanted { operations: query.is_on("decode_operations"), events: query.is_on("decode_events") }
}
