//! Calls to the services of this node.

use std::time::Duration;

use bytes::Bytes;
use koinos_codec::wire;
use koinos_proto::BlockTopology;
use koinos_proto::block_store::BlockItem;
use koinos_proto::rpc::block_store::{
    GetBlocksByHeightRequest, GetBlocksByIdRequest, block_store_request, block_store_response,
};
use koinos_proto::rpc::chain::{
    ChainResponse, GetChainIdRequest, GetForkHeadsRequest, GetForkHeadsResponse,
    GetHeadInfoRequest, GetHeadInfoResponse, chain_request, chain_response,
};
use koinos_rpc::{BlockStore, CallOptions, Chain, Contract, RpcError, Transport, call};
use prost::Message;

use crate::applicator::{BlockId, Refusal, Verdict};

/// How long a service of this node may take.
const LIMIT: CallOptions = CallOptions::once(Duration::from_secs(6));
/// How long the chain may take for a block: it may be large, and the machine busy.
const BLOCK_LIMIT: CallOptions = CallOptions::once(Duration::from_secs(60));
/// Fields of `chain_request`, and of the requests in it.
const SUBMIT_BLOCK: u32 = 2;
const SUBMIT_TRANSACTION: u32 = 3;
const SUBMITTED: u32 = 1;
const BROADCAST: u32 = 2;

/// Error codes of the protocol.
mod code {
    pub(super) const INVALID_NONCE: i32 = -201;
    pub(super) const PENDING_TRANSACTION_LIMIT_EXCEEDED: i32 = -206;
    pub(super) const UNKNOWN_PREVIOUS_BLOCK: i32 = -1003;
    pub(super) const BLOCK_STATE_ERROR: i32 = -1005;
    pub(super) const RPC_FAILURE: i32 = -1008;
    pub(super) const PRE_IRREVERSIBILITY_BLOCK: i32 = -1015;
}

/// Submits a serialised block. It goes to the chain as it is.
pub async fn submit_block(transport: &dyn Transport, block: &[u8]) -> Verdict {
    let mut submit = Vec::with_capacity(block.len() + 16);
    wire::put_message_field(&mut submit, SUBMITTED, block);
    match submit_to_chain(transport, SUBMIT_BLOCK, &submit, BLOCK_LIMIT).await {
        Ok(()) => Verdict::Applied,
        Err(error) => match error_code(&error) {
            code::UNKNOWN_PREVIOUS_BLOCK => Verdict::UnknownPrevious,
            code::BLOCK_STATE_ERROR => Verdict::Again,
            code::PRE_IRREVERSIBILITY_BLOCK => Verdict::Refused(Refusal::Irreversible),
            code => Verdict::Refused(refusal(&error, code)),
        },
    }
}

/// Submits a serialised transaction that is to be broadcast.
pub async fn submit_transaction(transport: &dyn Transport, transaction: &[u8]) -> Verdict {
    let mut submit = Vec::with_capacity(transaction.len() + 16);
    wire::put_message_field(&mut submit, SUBMITTED, transaction);
    wire::put_u64_field(&mut submit, BROADCAST, 1);
    match submit_to_chain(transport, SUBMIT_TRANSACTION, &submit, LIMIT).await {
        Ok(()) => Verdict::Applied,
        Err(error) => match error_code(&error) {
            code::INVALID_NONCE | code::PENDING_TRANSACTION_LIMIT_EXCEEDED => Verdict::Again,
            code => Verdict::Refused(refusal(&error, code)),
        },
    }
}

async fn submit_to_chain(
    transport: &dyn Transport,
    field: u32,
    content: &[u8],
    options: CallOptions,
) -> Result<(), RpcError> {
    let mut request = Vec::with_capacity(content.len() + 16);
    wire::put_message_field(&mut request, field, content);
    let reply = transport.call_raw(Chain::NAME, request.into(), options).await?;
    let bad = |source| RpcError::BadReply { service: Chain::NAME.to_owned(), source };
    let response = ChainResponse::decode(reply).map_err(bad)?;
    match Chain::reply(response) {
        Ok(_) => Ok(()),
        Err(status) => Err(RpcError::Service(koinos_rpc::ServiceError(status))),
    }
}

/// The chain's error code; 0 when it is another error.
fn error_code(error: &RpcError) -> i32 {
    error.service().and_then(koinos_rpc::ServiceError::code).unwrap_or(0)
}

fn refusal(error: &RpcError, code: i32) -> Refusal {
    match error {
        // block_store or mempool did not do what the chain needed: nobody else's fault.
        RpcError::Service(_) if code != code::RPC_FAILURE => {
            Refusal::Rejected { code, message: error.to_string() }
        }
        _ => Refusal::Local(error.to_string()),
    }
}

fn unexpected<C: Contract>() -> RpcError {
    RpcError::UnexpectedReply(C::NAME.to_owned())
}

/// The id of the chain, waited for.
///
/// # Errors
/// When the chain gives none.
pub async fn chain_id(transport: &dyn Transport) -> Result<Bytes, RpcError> {
    let request = chain_request::Request::GetChainId(GetChainIdRequest {});
    let patient = CallOptions::persistent(Duration::from_secs(1));
    match call::<Chain>(transport, request, patient).await? {
        chain_response::Response::GetChainId(reply) => Ok(reply.chain_id),
        _ => Err(unexpected::<Chain>()),
    }
}

/// The head.
///
/// # Errors
/// When the chain does not answer.
pub async fn head_info(transport: &dyn Transport) -> Result<GetHeadInfoResponse, RpcError> {
    let request = chain_request::Request::GetHeadInfo(GetHeadInfoRequest {});
    match call::<Chain>(transport, request, LIMIT).await? {
        chain_response::Response::GetHeadInfo(reply) => Ok(reply),
        _ => Err(unexpected::<Chain>()),
    }
}

/// The branches.
///
/// # Errors
/// When the chain does not answer.
pub async fn fork_heads(transport: &dyn Transport) -> Result<GetForkHeadsResponse, RpcError> {
    let request = chain_request::Request::GetForkHeads(GetForkHeadsRequest {});
    match call::<Chain>(transport, request, LIMIT).await? {
        chain_response::Response::GetForkHeads(reply) => Ok(reply),
        _ => Err(unexpected::<Chain>()),
    }
}

/// The height of a block; `None` when `block_store` has not got it.
///
/// # Errors
/// When `block_store` does not answer.
pub async fn stored_height(transport: &dyn Transport, id: &Bytes) -> Result<Option<u64>, RpcError> {
    let request = block_store_request::Request::GetBlocksById(GetBlocksByIdRequest {
        block_ids: vec![id.clone()],
        return_block: false,
        return_receipt: false,
    });
    match call::<BlockStore>(transport, request, LIMIT).await? {
        // What is not there comes as an item without height.
        block_store_response::Response::GetBlocksById(reply) => {
            let height = reply.block_items.first().map(|item| item.block_height);
            Ok(height.filter(|height| *height != 0))
        }
        _ => Err(unexpected::<BlockStore>()),
    }
}

/// Blocks in the line of `head` from height `start` on, as far as they are stored.
///
/// # Errors
/// When `block_store` does not answer, or refuses.
pub async fn stored_blocks(
    transport: &dyn Transport,
    head: Bytes,
    start: u64,
    count: u32,
    with_block: bool,
) -> Result<Vec<BlockItem>, RpcError> {
    let request = block_store_request::Request::GetBlocksByHeight(GetBlocksByHeightRequest {
        head_block_id: head,
        ancestor_start_height: start,
        num_blocks: count,
        return_block: with_block,
        return_receipt: false,
    });
    match call::<BlockStore>(transport, request, LIMIT).await? {
        block_store_response::Response::GetBlocksByHeight(reply) => Ok(reply.block_items),
        _ => Err(unexpected::<BlockStore>()),
    }
}

/// A block's place.
pub fn block_id(place: BlockTopology) -> BlockId {
    BlockId { id: place.id, height: place.height }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koinos_proto::rpc::chain::SubmitBlockResponse;
    use koinos_proto::rpc::chain::{ChainRequest, SubmitBlockRequest, SubmitTransactionRequest};
    use koinos_rpc::{ErrorStatus, LocalTransport, raw_error};
    use std::sync::{Arc, Mutex};

    fn chain_that_says(reply: Bytes) -> (LocalTransport, Arc<Mutex<Bytes>>) {
        let (bus, heard) = (LocalTransport::new(), Arc::new(Mutex::new(Bytes::new())));
        let sink = heard.clone();
        bus.serve(Chain::NAME, move |request| {
            *sink.lock().unwrap() = request;
            std::future::ready(reply.clone())
        });
        (bus, heard)
    }

    fn refused_with(code: i32) -> Bytes {
        raw_error::<Chain>(ErrorStatus::new("no").with_details(code, Vec::new()))
    }

    #[tokio::test]
    async fn submissions_are_requests_of_the_protocol() {
        let good = chain_response::Response::SubmitBlock(SubmitBlockResponse::default());
        let (bus, heard) = chain_that_says(Chain::response(good).encode_to_vec().into());
        let block =
            koinos_proto::protocol::Block { id: Bytes::from_static(b"id"), ..Default::default() };
        assert_eq!(submit_block(&bus, &block.encode_to_vec()).await, Verdict::Applied);
        let request = ChainRequest::decode(heard.lock().unwrap().clone()).unwrap();
        let wanted = SubmitBlockRequest { block: Some(block) };
        assert_eq!(request.request, Some(chain_request::Request::SubmitBlock(wanted)));

        let transaction = koinos_proto::protocol::Transaction {
            id: Bytes::from_static(b"id"),
            ..Default::default()
        };
        assert_eq!(submit_transaction(&bus, &transaction.encode_to_vec()).await, Verdict::Applied);
        let request = ChainRequest::decode(heard.lock().unwrap().clone()).unwrap();
        let wanted = SubmitTransactionRequest { transaction: Some(transaction), broadcast: true };
        assert_eq!(request.request, Some(chain_request::Request::SubmitTransaction(wanted)));
    }

    #[tokio::test]
    async fn answers_of_the_chain_have_their_meaning() {
        let rejected =
            |code| Verdict::Refused(Refusal::Rejected { code, message: "no".to_owned() });
        for (code, verdict) in [
            (-1003, Verdict::UnknownPrevious),
            (-1005, Verdict::Again),
            (-1015, Verdict::Refused(Refusal::Irreversible)),
            (-1008, Verdict::Refused(Refusal::Local("no".to_owned()))),
            (-202, rejected(-202)),
            (-201, rejected(-201)),
        ] {
            let (bus, _) = chain_that_says(refused_with(code));
            assert_eq!(submit_block(&bus, b"").await, verdict, "{code}");
        }
        for (code, verdict) in
            [(-201, Verdict::Again), (-206, Verdict::Again), (-202, rejected(-202))]
        {
            let (bus, _) = chain_that_says(refused_with(code));
            assert_eq!(submit_transaction(&bus, b"").await, verdict, "{code}");
        }
        let nobody = LocalTransport::new();
        let verdict = submit_block(&nobody, b"").await;
        assert!(matches!(verdict, Verdict::Refused(Refusal::Local(_))), "{verdict:?}");
    }
}
