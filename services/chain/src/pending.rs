//! Questions to `mempool` about a transaction that is to be broadcast.

use std::time::Duration;

use bytes::Bytes;
use koinos_chain_core::{Fault, PendingCheck, code};
use koinos_proto::chain::{ValueType, value_type::Kind};
use koinos_proto::rpc::mempool::{
    CheckAccountNonceRequest, CheckPendingAccountResourcesRequest, GetPendingNonceRequest,
    GetPendingTransactionCountRequest, mempool_request::Request, mempool_response::Response,
};
use koinos_rpc::{CallOptions, Mempool, RpcError, Transport, call};
use prost::Message;

use crate::blocks::rpc_failure;

/// How long `mempool` may take to answer.
const TIMEOUT: Duration = Duration::from_millis(750);

/// Asks whether the pool takes the transaction. Returns the account's last pending nonce.
pub(crate) async fn check(
    bus: &dyn Transport,
    check: PendingCheck,
    limit: Option<u64>,
) -> Result<Option<Bytes>, Fault> {
    let PendingCheck { payer, payee, max_payer_rc, rc_limit, nonce } = check;
    let resources = Request::CheckPendingAccountResources(CheckPendingAccountResourcesRequest {
        payer,
        max_payer_rc,
        rc_limit,
        block_id: None,
    });
    let account_nonce = Request::CheckAccountNonce(CheckAccountNonceRequest {
        payee: payee.clone(),
        nonce,
        block_id: None,
    });
    let pending_nonce =
        Request::GetPendingNonce(GetPendingNonceRequest { payee: payee.clone(), block_id: None });
    let count = GetPendingTransactionCountRequest { payee, block_id: None };
    let count = async {
        match limit {
            Some(_) => Some(ask(bus, Request::GetPendingTransactionCount(count)).await),
            None => None,
        }
    };
    let (resources, account_nonce, pending_nonce, count) =
        tokio::join!(ask(bus, resources), ask(bus, account_nonce), ask(bus, pending_nonce), count);

    match resources.map_err(failed)? {
        Response::CheckPendingAccountResources(answer) if answer.success => {}
        Response::CheckPendingAccountResources(_) => {
            let text = "insufficient pending account resources";
            return Err(Fault::reversion(code::INSUFFICIENT_RC, text));
        }
        _ => return Err(unexpected()),
    }
    match account_nonce.map_err(failed)? {
        Response::CheckAccountNonce(answer) if answer.success => {}
        Response::CheckAccountNonce(_) => {
            return Err(nonce_taken());
        }
        _ => return Err(unexpected()),
    }
    let Response::GetPendingNonce(nonce) = pending_nonce.map_err(failed)? else {
        return Err(unexpected());
    };
    if let (Some(limit), Some(count)) = (limit, count) {
        match count.map_err(failed)? {
            Response::GetPendingTransactionCount(answer) if answer.count < limit => {}
            Response::GetPendingTransactionCount(_) => {
                let text = "pending transaction limit exceeded";
                return Err(Fault::failure(code::PENDING_TRANSACTION_LIMIT_EXCEEDED, text));
            }
            _ => return Err(unexpected()),
        }
    }
    Ok(Some(nonce.nonce))
}

/// The refusal of a transaction whose nonce is pending.
pub(crate) fn nonce_taken() -> Fault {
    Fault::failure(code::INVALID_NONCE, "invalid account nonce")
}

/// The number in a nonce, as `mempool` reads it: whatever is no uint64 counts as 0.
pub(crate) fn nonce_value(nonce: &[u8]) -> u64 {
    match ValueType::decode(nonce) {
        Ok(ValueType { kind: Some(Kind::Uint64Value(value)) }) => value,
        _ => 0,
    }
}

async fn ask(bus: &dyn Transport, request: Request) -> Result<Response, RpcError> {
    call::<Mempool>(bus, request, CallOptions::once(TIMEOUT)).await
}

fn failed(error: RpcError) -> Fault {
    match error.service() {
        Some(error) => rpc_failure(format!("received error from mempool: {error}")),
        None => rpc_failure(error),
    }
}

fn unexpected() -> Fault {
    rpc_failure("received unexpected response from mempool")
}
