//! What the producer asks of the other services.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use koinos_codec::{Schema, canonicalize, wire};
use koinos_proto::chain::{ResourceLimitData, SystemCallId};
use koinos_proto::contracts::name_service::{GetAddressArguments, GetAddressResult};
use koinos_proto::protocol::BlockReceipt;
use koinos_proto::rpc::chain::chain_request::Request;
use koinos_proto::rpc::chain::chain_response::Response;
use koinos_proto::rpc::chain::invoke_system_call_request::SystemCall;
use koinos_proto::rpc::chain::{
    ChainResponse, GetHeadInfoRequest, GetResourceLimitsRequest, InvokeSystemCallRequest,
    ReadContractRequest,
};
use koinos_proto::rpc::mempool::{GetPendingTransactionsRequest, MempoolResponse, mempool_request};
use koinos_proto::rpc::p2p::{GetGossipStatusRequest, p2p_request, p2p_response};
use koinos_rpc::{
    CallOptions, Chain, Contract, Mempool, P2p, RpcError, ServiceError, Transport, call,
};
use prost::Message;

use crate::board::Board;
use crate::draft::{Head, SealedBlock};
use crate::error::Error;
use crate::pending::Pending;

/// Reads are repeated for ever; whoever asks gives up when the answer has lost its use.
const READ: CallOptions = CallOptions::persistent(Duration::from_secs(1));
/// A proposal is sent again when the chain is silent; it is the same block, so that does no harm.
const PROPOSE: CallOptions = CallOptions::persistent(Duration::from_secs(3));

/// Where `propose_block` stands in the oneof of `chain_request`.
const PROPOSE_BLOCK: u32 = 12;
/// Where the pending transactions stand in the oneof of `mempool_response`.
const GET_PENDING_TRANSACTIONS: u32 = 4;
/// The chain could not use another service (`koinos.chain.error_code.rpc_failure`).
const RPC_FAILURE: i32 = -1008;

/// What the chain says to a proposal.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The block is in the chain now.
    Accepted(Box<BlockReceipt>),
    /// The block was in the chain already.
    Known,
    /// Refused because of these transactions.
    Failed(Vec<u32>),
    /// Refused.
    Refused(RpcError),
    /// Not accepted, but the block may be in the block store, and come back when the chain
    /// restarts: the chain could not use another service.
    Uncertain(RpcError),
}

/// The other services.
pub(crate) struct Node {
    transport: Arc<dyn Transport>,
    board: Arc<Board>,
}

impl Node {
    pub(crate) fn new(transport: Arc<dyn Transport>, board: Arc<Board>) -> Self {
        Self { transport, board }
    }

    async fn chain(&self, action: &'static str, request: Request) -> Result<Response, Error> {
        let reply = call::<Chain>(&*self.transport, request, READ);
        let reply = self.board.waiting(Chain::NAME, reply).await;
        reply.map_err(|source| Error::Call { action, source })
    }

    /// The head of the chain.
    pub(crate) async fn head(&self) -> Result<Head, Error> {
        let action = "retrieve head info";
        match self.chain(action, Request::GetHeadInfo(GetHeadInfoRequest {})).await? {
            Response::GetHeadInfo(info) => {
                let topology = info.head_topology.ok_or(Error::Unreadable { action })?;
                Ok(Head {
                    id: topology.id,
                    height: topology.height,
                    time: info.head_block_time,
                    state_merkle_root: info.head_state_merkle_root,
                })
            }
            _ => Err(unexpected::<Chain>(action)),
        }
    }

    /// What a block may use.
    pub(crate) async fn resource_limits(&self) -> Result<ResourceLimitData, Error> {
        let action = "retrieve block resources";
        match self.chain(action, Request::GetResourceLimits(GetResourceLimitsRequest {})).await? {
            Response::GetResourceLimits(limits) => {
                limits.resource_limit_data.ok_or(Error::Unreadable { action })
            }
            _ => Err(unexpected::<Chain>(action)),
        }
    }

    /// Calls an entry point of a contract that only reads.
    pub(crate) async fn read_contract<R: Message + Default>(
        &self,
        action: &'static str,
        contract_id: &Bytes,
        entry_point: u32,
        args: impl Message,
    ) -> Result<R, Error> {
        let args = args.encode_to_vec().into();
        let request = ReadContractRequest { contract_id: contract_id.clone(), entry_point, args };
        match self.chain(action, Request::ReadContract(request)).await? {
            Response::ReadContract(reply) => {
                R::decode(reply.result).map_err(|_| Error::Unreadable { action })
            }
            _ => Err(unexpected::<Chain>(action)),
        }
    }

    /// The address of a system contract by its name.
    pub(crate) async fn contract_address(&self, name: &str) -> Result<Bytes, Error> {
        let action = "retrieve a contract's address";
        let request = InvokeSystemCallRequest {
            system_call: Some(SystemCall::Id(SystemCallId::GetContractAddress as i64)),
            args: GetAddressArguments { name: name.to_owned() }.encode_to_vec().into(),
            caller_data: None,
        };
        match self.chain(action, Request::InvokeSystemCall(request)).await? {
            Response::InvokeSystemCall(reply) => GetAddressResult::decode(reply.value)
                .ok()
                .and_then(|result| result.value)
                .map(|record| record.address)
                .ok_or(Error::Unreadable { action }),
            _ => Err(unexpected::<Chain>(action)),
        }
    }

    /// Transactions that wait for a block on `block_id`, in their order.
    pub(crate) async fn pending_transactions(
        &self,
        limit: u64,
        block_id: &Bytes,
    ) -> Result<Vec<Pending>, Error> {
        let action = "retrieve pending transactions";
        let request = GetPendingTransactionsRequest { limit, block_id: Some(block_id.clone()) };
        let request = mempool_request::Request::GetPendingTransactions(request);
        let request = Mempool::request(request).encode_to_vec().into();
        let reply = self.transport.call_raw(Mempool::NAME, request, READ);
        let reply = self.board.waiting(Mempool::NAME, reply).await;
        let reply = reply.map_err(|source| Error::Call { action, source })?;
        let reply = canonical("koinos.rpc.mempool.mempool_response", reply)
            .ok_or(Error::Unreadable { action })?;
        let Some(list) = wire::message_bytes(&reply, GET_PENDING_TRANSACTIONS) else {
            return Err(refused::<Mempool>(action, MempoolResponse::decode(reply)));
        };
        Ok(wire::repeated_bytes(&list, 1).map(|item| Pending::from_canonical(&item)).collect())
    }

    /// Whether p2p takes part in gossip, which it does once the node has caught up.
    pub(crate) async fn gossip_status(&self) -> Result<bool, Error> {
        let action = "retrieve gossip status";
        let request = p2p_request::Request::GetGossipStatus(GetGossipStatusRequest {});
        match call::<P2p>(&*self.transport, request, READ).await {
            Ok(p2p_response::Response::GetGossipStatus(status)) => Ok(status.enabled),
            Ok(_) => Err(unexpected::<P2p>(action)),
            Err(source) => Err(Error::Call { action, source }),
        }
    }

    /// Proposes a block.
    ///
    /// # Errors
    /// When it is not known what the chain made of it.
    pub(crate) async fn propose(&self, block: &SealedBlock) -> Result<Verdict, Error> {
        let action = "propose a block";
        let mut propose = Vec::with_capacity(block.bytes.len() + 16);
        wire::put_message_field(&mut propose, 1, &block.bytes);
        let mut request = Vec::with_capacity(propose.len() + 16);
        wire::put_message_field(&mut request, PROPOSE_BLOCK, &propose);
        let reply = self.transport.call_raw(Chain::NAME, request.into(), PROPOSE);
        let reply = match self.board.waiting(Chain::NAME, reply).await {
            Ok(reply) => reply,
            // It cannot reach the chain.
            Err(error @ RpcError::TooLarge { .. }) => return Ok(Verdict::Refused(error)),
            Err(source) => return Err(Error::Call { action, source }),
        };
        let response = ChainResponse::decode(reply).map_err(|_| Error::Unreadable { action })?;
        match Chain::reply(response).map_err(ServiceError) {
            Ok(Some(Response::ProposeBlock(reply))) => Ok(match reply.receipt {
                Some(receipt) => Verdict::Accepted(Box::new(receipt)),
                None if reply.failed_transaction_indices.is_empty() => Verdict::Known,
                None => Verdict::Failed(reply.failed_transaction_indices),
            }),
            Ok(_) => Err(unexpected::<Chain>(action)),
            Err(error) if error.code() == Some(RPC_FAILURE) => {
                Ok(Verdict::Uncertain(RpcError::Service(error)))
            }
            Err(error) => Ok(Verdict::Refused(RpcError::Service(error))),
        }
    }
}

/// The canonical form of a message: transactions in it are used byte for byte.
fn canonical(name: &str, message: Bytes) -> Option<Bytes> {
    match canonicalize(Schema::of(name)?, &message).ok()? {
        std::borrow::Cow::Borrowed(_) => Some(message),
        std::borrow::Cow::Owned(canonical) => Some(canonical.into()),
    }
}

fn unexpected<C: Contract>(action: &'static str) -> Error {
    Error::Call { action, source: RpcError::UnexpectedReply(C::NAME.to_owned()) }
}

/// The error of a reply that is not the answer.
fn refused<C: Contract>(
    action: &'static str,
    response: Result<C::Response, prost::DecodeError>,
) -> Error {
    match response.map(C::reply) {
        Ok(Err(status)) => Error::Call { action, source: RpcError::Service(ServiceError(status)) },
        Ok(Ok(_)) => unexpected::<C>(action),
        Err(_) => Error::Unreadable { action },
    }
}
