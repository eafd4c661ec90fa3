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

/// Asks whether the pool takes the transaction beside others of the payer that it may not know of
/// yet, which may use `beside` rc. Returns the account's last pending nonce.
///
/// The original chain asks four things at once. One of them can be left out nearly always: a nonce
/// above the last pending one is free.
pub(crate) async fn check(
    bus: &dyn Transport,
    check: &PendingCheck,
    beside: u64,
    limit: Option<u64>,
) -> Result<Option<Bytes>, Fault> {
    let PendingCheck { payer, payee, max_payer_rc, rc_limit, nonce } = check;
    let resources = Request::CheckPendingAccountResources(CheckPendingAccountResourcesRequest {
        payer: payer.clone(),
        max_payer_rc: *max_payer_rc,
        rc_limit: rc_limit.saturating_add(beside),
        block_id: None,
    });
    let pending_nonce =
        Request::GetPendingNonce(GetPendingNonceRequest { payee: payee.clone(), block_id: None });
    let count = GetPendingTransactionCountRequest { payee: payee.clone(), block_id: None };
    let count = async {
        match limit {
            Some(_) => Some(ask(bus, Request::GetPendingTransactionCount(count)).await),
            None => None,
        }
    };
    let (resources, pending_nonce, count) =
        tokio::join!(ask(bus, resources), ask(bus, pending_nonce), count);

    match resources.map_err(failed)? {
        Response::CheckPendingAccountResources(answer) if answer.success => {}
        Response::CheckPendingAccountResources(_) => {
            let text = "insufficient pending account resources";
            return Err(Fault::reversion(code::INSUFFICIENT_RC, text));
        }
        _ => return Err(unexpected()),
    }
    let Response::GetPendingNonce(last) = pending_nonce.map_err(failed)? else {
        return Err(unexpected());
    };
    let last = last.nonce;
    if !last.is_empty() && nonce_value(nonce) <= nonce_value(&last) {
        check_nonce(bus, payee, nonce).await?;
    }
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
    Ok(Some(last))
}

/// Asks whether a nonce is free after any block.
async fn check_nonce(bus: &dyn Transport, payee: &Bytes, nonce: &Bytes) -> Result<(), Fault> {
    let request =
        CheckAccountNonceRequest { payee: payee.clone(), nonce: nonce.clone(), block_id: None };
    match ask(bus, Request::CheckAccountNonce(request)).await.map_err(failed)? {
        Response::CheckAccountNonce(answer) if answer.success => Ok(()),
        Response::CheckAccountNonce(_) => Err(nonce_taken()),
        _ => Err(unexpected()),
    }
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

/// The later of the last nonce that `mempool` tells, which is empty if there is none, and another one.
pub(crate) fn later_nonce(pooled: Option<Bytes>, other: Option<u64>) -> Option<Bytes> {
    match other {
        Some(other) if pooled.as_ref().is_none_or(|pooled| nonce_value(pooled) < other) => {
            let kind = Some(Kind::Uint64Value(other));
            Some(ValueType { kind }.encode_to_vec().into())
        }
        _ => pooled,
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
