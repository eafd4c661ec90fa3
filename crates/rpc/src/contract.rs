//! The contract of each service: its name and its pair of oneofs.

use bytes::Bytes;
use koinos_proto::rpc;
use prost::Message;

use crate::ErrorStatus;

/// The text the Go-born services give for a request that is not valid protobuf.
pub const MALFORMED_REQUEST: &str = "proto: cannot parse invalid wire-format data";

/// One service's request and reply messages.
pub trait Contract: Send + Sync + 'static {
    /// The service's name as in its queue and its section of `config.yml`.
    const NAME: &'static str;
    /// The request envelope, `<service>_request`.
    type Request: Message + Default;
    /// The reply envelope, `<service>_response`.
    type Response: Message + Default;
    /// The oneof inside the request.
    type Call: Send + 'static;
    /// The oneof inside the reply.
    type Reply: Send + 'static;

    /// Puts a call into its envelope.
    fn request(call: Self::Call) -> Self::Request;
    /// The call in an envelope; `None` when the oneof is empty or of an unknown kind.
    fn call(request: Self::Request) -> Option<Self::Call>;
    /// Puts a reply into its envelope.
    fn response(reply: Self::Reply) -> Self::Response;
    /// The reply in an envelope, the error reply apart.
    ///
    /// # Errors
    /// The service's own error, if that is what the envelope holds.
    fn reply(response: Self::Response) -> Result<Option<Self::Reply>, rpc::ErrorStatus>;
    /// The error reply.
    fn error(status: rpc::ErrorStatus) -> Self::Reply;
    /// The `reserved` call, which any live service answers with something parsable.
    fn ping() -> Self::Call;
}

macro_rules! contract {
    ($(#[$doc:meta])* $name:ident, $text:literal, $module:ident, $request:ident, $response:ident,
     $request_mod:ident, $response_mod:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl Contract for $name {
            const NAME: &'static str = $text;
            type Request = rpc::$module::$request;
            type Response = rpc::$module::$response;
            type Call = rpc::$module::$request_mod::Request;
            type Reply = rpc::$module::$response_mod::Response;

            fn request(call: Self::Call) -> Self::Request {
                rpc::$module::$request { request: Some(call) }
            }
            fn call(request: Self::Request) -> Option<Self::Call> {
                request.request
            }
            fn response(reply: Self::Reply) -> Self::Response {
                rpc::$module::$response { response: Some(reply) }
            }
            fn reply(response: Self::Response) -> Result<Option<Self::Reply>, rpc::ErrorStatus> {
                match response.response {
                    Some(rpc::$module::$response_mod::Response::Error(error)) => Err(error),
                    reply => Ok(reply),
                }
            }
            fn error(status: rpc::ErrorStatus) -> Self::Reply {
                rpc::$module::$response_mod::Response::Error(status)
            }
            fn ping() -> Self::Call {
                rpc::$module::$request_mod::Request::Reserved(rpc::ReservedRpc {})
            }
        }
    };
}

contract!(
    /// The chain: blocks, transactions, contract reads.
    Chain, "chain", chain, ChainRequest, ChainResponse, chain_request, chain_response
);
contract!(
    /// The archive of blocks and receipts.
    BlockStore, "block_store", block_store, BlockStoreRequest, BlockStoreResponse,
    block_store_request, block_store_response
);
contract!(
    /// The pending transactions.
    Mempool, "mempool", mempool, MempoolRequest, MempoolResponse, mempool_request,
    mempool_response
);
contract!(
    /// The peer-to-peer network.
    P2p, "p2p", p2p, P2pRequest, P2pResponse, p2p_request, p2p_response
);
contract!(
    /// Transactions by id.
    TransactionStore, "transaction_store", transaction_store, TransactionStoreRequest,
    TransactionStoreResponse, transaction_store_request, transaction_store_response
);
contract!(
    /// Contract ABIs by contract id.
    ContractMetaStore, "contract_meta_store", contract_meta_store, ContractMetaStoreRequest,
    ContractMetaStoreResponse, contract_meta_store_request, contract_meta_store_response
);
contract!(
    /// The records of each account.
    AccountHistory, "account_history", account_history, AccountHistoryRequest,
    AccountHistoryResponse, account_history_request, account_history_response
);

/// Answers one request: decode, `handle`, encode.
///
/// `handle` gets `None` for an empty or unknown oneof. A request that is not valid protobuf is
/// answered with `malformed` (each service has its own words, see [`MALFORMED_REQUEST`]).
pub fn answer<C: Contract>(
    request: Bytes,
    malformed: impl FnOnce(prost::DecodeError) -> ErrorStatus,
    handle: impl FnOnce(Option<C::Call>) -> C::Reply,
) -> Bytes {
    let reply = match C::Request::decode(request) {
        Ok(request) => handle(C::call(request)),
        Err(error) => C::error(malformed(error).build()),
    };
    C::response(reply).encode_to_vec().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use koinos_proto::rpc::block_store::{block_store_request, block_store_response};

    fn serve(request: &[u8]) -> rpc::block_store::BlockStoreResponse {
        let reply = answer::<BlockStore>(
            Bytes::copy_from_slice(request),
            |_| ErrorStatus::new("malformed"),
            |call| match call {
                Some(block_store_request::Request::GetHighestBlock(_)) => {
                    block_store_response::Response::GetHighestBlock(Default::default())
                }
                Some(_) => BlockStore::error(ErrorStatus::new("unknown").build()),
                None => BlockStore::error(ErrorStatus::new("empty").build()),
            },
        );
        rpc::block_store::BlockStoreResponse::decode(reply).unwrap()
    }

    #[test]
    fn every_kind_of_request_is_answered() {
        let good =
            BlockStore::request(block_store_request::Request::GetHighestBlock(Default::default()));
        assert!(matches!(
            serve(&good.encode_to_vec()).response,
            Some(block_store_response::Response::GetHighestBlock(_))
        ));
        let text = |bytes: &[u8]| BlockStore::reply(serve(bytes)).unwrap_err().message;
        assert_eq!(text(&[]), "empty");
        // Field 100, length-delimited: a kind this version does not know.
        assert_eq!(text(&[0xa2, 0x06, 0x00]), "empty");
        assert_eq!(text(&[0x0a]), "malformed");
        assert_eq!(text(&BlockStore::request(BlockStore::ping()).encode_to_vec()), "unknown");
    }
}
