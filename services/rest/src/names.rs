//! Addresses by name: system contracts, `*.koin` by the KAP contract, `@nickname` by the contract of
//! nicknames.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use koinos_codec::text::to_base58;
use koinos_codec::wire::{Reader, put_bytes_field};
use koinos_crypto::Address;
use koinos_proto::contracts::name_service::{GetAddressArguments, GetAddressResult};
use koinos_rpc::RpcError;
use prost::Message;

use crate::error::{Result, refused};
use crate::memory::Memory;
use crate::node::Node;

/// Bytes that a name may have.
const MAX_NAME: usize = 256;
/// Bytes of names that are remembered.
const MEMORY: u64 = 4 << 20;
/// `get_name` of the KAP contract, its argument, and the owner in its result.
const KAP_GET_NAME: u32 = 0xe507_0a16;
const KAP_NAME: u32 = 1;
const KAP_OWNER: u32 = 3;
/// `get_address` of the contract of nicknames, its argument, and the address in its result.
const NICKNAMES_GET_ADDRESS: u32 = 0xa61a_e5e8;
const NICKNAMES_NAME: u32 = 1;
const NICKNAMES_ADDRESS: u32 = 1;

/// The names of accounts and contracts.
pub struct Names {
    node: Arc<Node>,
    kap: Option<Address>,
    nicknames: Option<Address>,
    known: Memory<String, Option<Address>>,
}

impl Names {
    /// Names by the contracts there are, each remembered for a time.
    pub fn new(
        node: Arc<Node>,
        kap: Option<Address>,
        nicknames: Option<Address>,
        remembered: Duration,
    ) -> Self {
        Self { node, kap, nicknames, known: Memory::new(remembered, MEMORY) }
    }

    /// The account that a client means.
    ///
    /// # Errors
    /// `missing account`, `invalid account`.
    pub async fn account(&self, text: &str) -> Result<Address> {
        self.address("account", text).await
    }

    /// The contract that a client means.
    ///
    /// # Errors
    /// `missing contract_id`, `invalid contract_id`.
    pub async fn contract(&self, text: &str) -> Result<Address> {
        self.address("contract_id", text).await
    }

    async fn address(&self, what: &str, text: &str) -> Result<Address> {
        if text.is_empty() {
            return Err(refused(format!("missing {what}")));
        }
        self.find(text).await?.ok_or_else(|| refused(format!("invalid {what}")))
    }

    /// The address in a text, or behind it; `None` when it is neither an address nor a name.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub async fn find(&self, text: &str) -> Result<Option<Address>> {
        if let Ok(address) = Address::from_base58(text) {
            return Ok(Some(address));
        }
        if text.is_empty() || text.len() > MAX_NAME {
            return Ok(None);
        }
        if let Some(known) = self.known.get(&text.to_owned(), Instant::now()) {
            return Ok(known);
        }
        let found = self.ask(text).await?;
        self.known.put_found(text.to_owned(), found, text.len() as u64 + 64, Instant::now());
        Ok(found)
    }

    async fn ask(&self, name: &str) -> Result<Option<Address>> {
        if let Some(address) = self.system_contract(name).await? {
            return Ok(Some(address));
        }
        if name.ends_with(".koin") {
            return self.named(self.kap, KAP_GET_NAME, (KAP_NAME, name), KAP_OWNER).await;
        }
        match name.strip_prefix('@') {
            Some(nickname) => {
                let argument = (NICKNAMES_NAME, nickname);
                let method = NICKNAMES_GET_ADDRESS;
                self.named(self.nicknames, method, argument, NICKNAMES_ADDRESS).await
            }
            None => Ok(None),
        }
    }

    async fn system_contract(&self, name: &str) -> Result<Option<Address>> {
        let args = GetAddressArguments { name: name.to_owned() };
        let answer = self.node.system_call("get_contract_address", &args).await;
        let Some(value) = unless_refused(answer)? else { return Ok(None) };
        let found = GetAddressResult::decode(value).ok().and_then(|result| result.value);
        Ok(found.and_then(|record| address(&record.address)))
    }

    /// Asks a contract of names, whose method takes the name as one of its fields and gives a
    /// message with the address.
    async fn named(
        &self,
        contract: Option<Address>,
        entry_point: u32,
        (field, name): (u32, &str),
        result: u32,
    ) -> Result<Option<Address>> {
        let Some(contract) = contract else { return Ok(None) };
        let mut args = Vec::new();
        put_bytes_field(&mut args, field, name.as_bytes());
        let answer = self.node.read_contract(contract, entry_point, args.into()).await;
        let value = unless_refused(answer)?;
        Ok(value.and_then(|value| address(Reader::new(&value).bytes(result))))
    }
}

/// A name that the chain or a contract refuses to look up is no name.
fn unless_refused(answer: std::result::Result<Bytes, RpcError>) -> Result<Option<Bytes>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(RpcError::Service(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn address(bytes: &[u8]) -> Option<Address> {
    Address::from_base58(&to_base58(bytes)).ok()
}
