//! The chain of a devnet as it tells of itself on the bus.

use std::path::Path;

use bytes::Bytes;
use koinos_codec::parse_genesis;
use koinos_codec::text::from_base58;
use koinos_contracts::entry_point;
use koinos_mq::{Bus, Config};
use koinos_proto::broadcast::BlockAccepted;
use koinos_proto::chain::GenesisData;
use koinos_proto::protocol::Block;
use koinos_proto::rpc::chain::chain_request::Request;
use koinos_proto::rpc::chain::chain_response::Response;
use koinos_proto::rpc::chain::{GetHeadInfoRequest, ReadContractRequest};
use koinos_rpc::names::BLOCK_ACCEPT;
use koinos_rpc::{CallOptions, Chain, call};
use prost::Message;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::world::LIMIT;

/// The chain, and its blocks as they come.
pub(crate) struct Node {
    bus: Bus,
    blocks: UnboundedReceiver<Block>,
}

impl Node {
    /// Listens from before the first block on.
    pub(crate) async fn listen(amqp: &str) -> Self {
        let bus = Bus::start(Config::new(amqp, "test", "devnet")).unwrap();
        let (sender, blocks) = unbounded_channel();
        bus.subscribe(BLOCK_ACCEPT, move |event| {
            let accepted = BlockAccepted::decode(event.payload).unwrap();
            sender.send(accepted.block.unwrap()).unwrap();
            std::future::ready(())
        });
        timeout(LIMIT, bus.consuming()).await.unwrap();
        Self { bus, blocks }
    }

    pub(crate) async fn next_block(&mut self) -> Block {
        timeout(LIMIT, self.blocks.recv()).await.unwrap().unwrap()
    }

    async fn chain(&self, request: Request) -> Response {
        call::<Chain>(&self.bus, request, CallOptions::once(LIMIT)).await.unwrap()
    }

    pub(crate) async fn height(&self) -> u64 {
        match self.chain(Request::GetHeadInfo(GetHeadInfoRequest {})).await {
            Response::GetHeadInfo(info) => info.head_topology.unwrap().height,
            other => panic!("{other:?}"),
        }
    }

    /// What a method without arguments says at the head.
    pub(crate) async fn read<T: Message + Default>(&self, contract: &Bytes, method: &str) -> T {
        let (contract_id, entry_point) = (contract.clone(), entry_point(method));
        let request = ReadContractRequest { contract_id, entry_point, args: Bytes::new() };
        match self.chain(Request::ReadContract(request)).await {
            Response::ReadContract(reply) => T::decode(reply.result).unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

/// The address of a contract of the genesis, by its name in what a devnet said of itself.
pub(crate) fn contract(ready: &Value, name: &str) -> Bytes {
    let contracts = ready["contracts"].as_array().unwrap();
    let contract = contracts.iter().find(|contract| contract["name"] == name).unwrap();
    from_base58(contract["address"].as_str().unwrap()).unwrap().into()
}

/// What the genesis of the devnet in `data` has in a space of a contract, under the empty key.
pub(crate) fn genesis_object(data: &Path, contract: &Bytes, space_id: u32) -> Bytes {
    let text = std::fs::read_to_string(data.join("chain/genesis_data.json")).unwrap();
    let genesis = GenesisData::decode(&parse_genesis(&text).unwrap()[..]).unwrap();
    let mut entries = genesis.entries.into_iter();
    let found = entries.find(|entry| {
        let space = entry.space.as_ref().unwrap();
        space.zone == contract && space.id == space_id && entry.key.is_empty()
    });
    found.unwrap().value
}
