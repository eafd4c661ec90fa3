//! The ABIs of contracts, as `contract_meta_store` knows them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use koinos_crypto::Address;
use koinos_rpc::RpcError;
use koinos_wallet::Abi;
use metrics::Gauge;
use serde_json::Value;
use tracing::warn;

use crate::core::decode::{self, Abis, Wanted};
use crate::error::{Result, refused};
use crate::memory::Memory;
use crate::node::Node;

/// What is counted for an entry besides the ABI's text, and how much more an ABI takes once it is
/// read than as text.
const OVERHEAD: u64 = 256;
const GROWTH: u64 = 8;
/// Contracts whose ABIs are asked for to decode one answer; further ones stay as they are.
const MAX_CONTRACTS: usize = 100;

/// An ABI that somebody uploaded, which may be wrong.
pub struct Uploaded {
    /// As it was uploaded.
    pub json: Value,
    /// What was understood of it, or why nothing was.
    pub abi: Result<Arc<Abi>, String>,
}

/// The ABIs, each remembered for a time.
pub struct AbiStore {
    node: Arc<Node>,
    known: Memory<Address, Option<Arc<Uploaded>>>,
    /// How many bytes those take, about.
    bytes: Gauge,
}

impl AbiStore {
    /// ABIs that are remembered for a time, in about `capacity` bytes.
    pub fn new(node: Arc<Node>, remembered: Duration, capacity: u64) -> Self {
        let bytes = metrics::gauge!("koinos_rest_abi_bytes");
        Self { node, known: Memory::new(remembered, capacity), bytes }
    }

    /// What was uploaded as the ABI of a contract.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn uploaded(&self, contract: Address) -> Result<Option<Arc<Uploaded>>, RpcError> {
        if let Some(known) = self.known.get(&contract, Instant::now()) {
            return Ok(known);
        }
        let text = self.node.contract_abi(contract).await?;
        let weight = OVERHEAD + GROWTH * text.as_ref().map_or(0, |text| text.len() as u64);
        let uploaded = text.and_then(|text| read(&text)).map(Arc::new);
        self.known.put_found(contract, uploaded.clone(), weight, Instant::now());
        self.bytes.set(self.known.weight() as f64);
        Ok(uploaded)
    }

    /// What was uploaded as the ABI of a contract, which has to be there.
    ///
    /// # Errors
    /// `abi not available`.
    pub async fn required(&self, contract: Address) -> Result<Arc<Uploaded>> {
        let uploaded = self.uploaded(contract).await?;
        uploaded.ok_or_else(|| refused(format!("abi not available for contract {contract}")))
    }

    /// The ABI of a contract, which has to be there and of use.
    ///
    /// # Errors
    /// `abi not available`, or what is wrong with it.
    pub async fn usable(&self, contract: Address) -> Result<Arc<Abi>> {
        self.required(contract).await?.abi.clone().map_err(refused)
    }

    /// Decodes what is wanted in `item`; whether all of it was.
    ///
    /// # Errors
    /// When the store does not answer. Without a store, nothing is decoded.
    pub async fn decode(&self, item: &mut Value, wanted: Wanted) -> Result<bool> {
        if !wanted.operations && !wanted.events {
            return Ok(true);
        }
        let contracts = decode::contracts(item, wanted);
        let abis = self.of(contracts).await?;
        Ok(decode::decode(item, wanted, &abis))
    }

    async fn of(&self, contracts: BTreeSet<String>) -> Result<Abis> {
        let mut abis = Abis::new();
        for text in contracts.into_iter().take(MAX_CONTRACTS) {
            let Ok(contract) = Address::from_base58(&text) else { continue };
            match self.uploaded(contract).await {
                Ok(uploaded) => {
                    if let Some(Ok(abi)) = uploaded.map(|uploaded| uploaded.abi.clone()) {
                        abis.insert(text, abi);
                    }
                }
                Err(error @ RpcError::NoSuchService(_)) => {
                    warn!("nothing is decoded without the ABIs of contracts: {error}");
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(abis)
    }
}

/// `None` for text that is no JSON.
fn read(text: &str) -> Option<Uploaded> {
    let json: Value = serde_json::from_str(text).ok()?;
    let abi = Abi::parse(text).map(Arc::new).map_err(|error| error.to_string());
    Some(Uploaded { json, abi })
}
