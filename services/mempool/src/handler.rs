//! Requests in, replies out, as bytes.

use bytes::Bytes;
use koinos_codec::wire;
use koinos_proto::rpc::ReservedRpc;
use koinos_proto::rpc::mempool::{
    CheckAccountNonceResponse, CheckPendingAccountResourcesResponse, GetPendingNonceResponse,
    GetPendingTransactionCountResponse, GetReservedAccountRcResponse, MempoolRequest,
    mempool_request::Request, mempool_response::Response,
};
use koinos_rpc::names::MAX_MESSAGE_SIZE;
use koinos_rpc::{Contract, ErrorStatus, Mempool as Service, raw_error};
use parking_lot::RwLock;
use prost::Message;

use crate::error::QueryError;
use crate::events::{nonce_bytes, nonce_value};
use crate::mempool::Mempool;
use crate::pool::Transaction;

/// Where the replies with transactions stand in the oneof of `mempool_response`, and where the
/// transactions stand in them.
const GET_PENDING_TRANSACTIONS: u32 = 4;
const GET_PENDING_TRANSACTIONS_BY_ID: u32 = 9;
const PENDING_TRANSACTIONS: u32 = 1;
/// Room for the tags and lengths around the list.
const ENVELOPE: usize = 32;

/// Answers one request (`koinos.rpc.mempool.mempool_request`).
///
/// # Errors
/// For the reply see [`refusal`].
pub(crate) fn answer(mempool: &RwLock<Mempool>, request: Bytes) -> Result<Bytes, QueryError> {
    let request = MempoolRequest::decode(request).map_err(|_| QueryError::Malformed)?;
    let call = request.request.ok_or(QueryError::UnknownRpc)?;
    let mempool = mempool.read();
    let response = match call {
        Request::GetPendingTransactions(call) => {
            let found = mempool.pending_transactions(call.limit, call.block_id.as_deref())?;
            return Ok(list(GET_PENDING_TRANSACTIONS, &found));
        }
        Request::GetPendingTransactionsById(call) => {
            let block = call.block_id.as_deref();
            let found = mempool.pending_transactions_by_id(&call.transaction_ids, block)?;
            return Ok(list(GET_PENDING_TRANSACTIONS_BY_ID, &found));
        }
        Request::CheckPendingAccountResources(call) => {
            let (max, limit, block) = (call.max_payer_rc, call.rc_limit, call.block_id.as_deref());
            let success =
                mempool.check_pending_account_resources(&call.payer, max, limit, block)?;
            let reply = CheckPendingAccountResourcesResponse { success };
            Response::CheckPendingAccountResources(reply)
        }
        Request::CheckAccountNonce(call) => {
            let nonce = nonce_value(&call.nonce);
            let block = call.block_id.as_deref();
            let success = mempool.check_account_nonce(&call.payee, nonce, block)?;
            Response::CheckAccountNonce(CheckAccountNonceResponse { success })
        }
        Request::GetReservedAccountRc(call) => {
            let rc = mempool.reserved_account_rc(&call.account);
            Response::GetReservedAccountRc(GetReservedAccountRcResponse { rc })
        }
        Request::GetPendingNonce(call) => {
            let nonce = mempool.pending_nonce(&call.payee, call.block_id.as_deref())?;
            // Without a pending nonce the field is empty, which is no number.
            let nonce = nonce.map_or_else(Bytes::new, nonce_bytes);
            Response::GetPendingNonce(GetPendingNonceResponse { nonce })
        }
        Request::GetPendingTransactionCount(call) => {
            let block = call.block_id.as_deref();
            let count = mempool.pending_transaction_count(&call.payee, block)?;
            Response::GetPendingTransactionCount(GetPendingTransactionCountResponse { count })
        }
        Request::Reserved(_) => Response::Reserved(ReservedRpc {}),
    };
    Ok(Service::response(response).encode_to_vec().into())
}

/// The reply to a request that is refused.
pub(crate) fn refusal(error: &QueryError) -> Bytes {
    tracing::debug!("refusing a request: {error}");
    raw_error::<Service>(ErrorStatus::new(error.to_string()))
}

/// A reply that lists transactions, put together from their bytes: as many as a message can hold.
fn list(reply: u32, transactions: &[&Transaction]) -> Bytes {
    let mut size = 0;
    let fitting = transactions.iter().take_while(|transaction| {
        size += wire::message_field_len(PENDING_TRANSACTIONS, transaction.pending.len());
        size + ENVELOPE <= MAX_MESSAGE_SIZE
    });
    let fitting: Vec<_> = fitting.collect();
    let mut content = Vec::with_capacity(size.min(MAX_MESSAGE_SIZE));
    for transaction in fitting {
        wire::put_message_field(&mut content, PENDING_TRANSACTIONS, &transaction.pending);
    }
    let mut message = Vec::with_capacity(content.len() + ENVELOPE);
    wire::put_message_field(&mut message, reply, &content);
    message.into()
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
