//! Requests and answers of the chain as protobuf messages (`koinos.rpc.chain`).
//!
//! Shared by the AMQP handler and by the replay of recorded chains, so that both give the very
//! same bytes.

use bytes::Bytes;
use koinos_chain_core::{Controller, Fault, SystemCall, Topology, code};
use koinos_proto::{BlockTopology, chain, rpc};

/// Requests that only read the head state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Read {
    HeadInfo,
    ChainId,
    ForkHeads,
    ResourceLimits,
    AccountRc,
    AccountNonce,
    ReadContract,
    InvokeSystemCall,
}

/// A block's place as a message.
pub fn topology(place: Topology) -> BlockTopology {
    BlockTopology { id: place.id, height: place.height, previous: place.previous }
}

/// `get_head_info_response`
pub fn get_head_info(controller: &Controller) -> Result<rpc::chain::GetHeadInfoResponse, Fault> {
    let head = controller.get_head_info()?;
    Ok(rpc::chain::GetHeadInfoResponse {
        head_topology: Some(topology(head.topology)),
        last_irreversible_block: head.last_irreversible_block,
        head_state_merkle_root: head.merkle_root,
        head_block_time: head.time,
    })
}

/// `get_chain_id_response`
pub fn get_chain_id(controller: &Controller) -> Result<rpc::chain::GetChainIdResponse, Fault> {
    Ok(rpc::chain::GetChainIdResponse { chain_id: controller.get_chain_id()? })
}

/// `get_fork_heads_response`
pub fn get_fork_heads(controller: &Controller) -> Result<rpc::chain::GetForkHeadsResponse, Fault> {
    let (root, heads) = controller.get_fork_heads()?;
    Ok(rpc::chain::GetForkHeadsResponse {
        last_irreversible_block: Some(topology(root)),
        fork_heads: heads.into_iter().map(topology).collect(),
    })
}

/// `get_resource_limits_response`
pub fn get_resource_limits(
    controller: &Controller,
) -> Result<rpc::chain::GetResourceLimitsResponse, Fault> {
    let limits = controller.get_resource_limits()?;
    Ok(rpc::chain::GetResourceLimitsResponse {
        resource_limit_data: Some(chain::ResourceLimitData {
            disk_storage_limit: limits.disk_storage_limit,
            disk_storage_cost: limits.disk_storage_cost,
            network_bandwidth_limit: limits.network_bandwidth_limit,
            network_bandwidth_cost: limits.network_bandwidth_cost,
            compute_bandwidth_limit: limits.compute_bandwidth_limit,
            compute_bandwidth_cost: limits.compute_bandwidth_cost,
        }),
    })
}

/// `get_account_rc_response`
pub fn get_account_rc(
    controller: &Controller,
    request: &rpc::chain::GetAccountRcRequest,
) -> Result<rpc::chain::GetAccountRcResponse, Fault> {
    Ok(rpc::chain::GetAccountRcResponse { rc: controller.get_account_rc(&request.account)? })
}

/// `get_account_nonce_response`
pub fn get_account_nonce(
    controller: &Controller,
    request: &rpc::chain::GetAccountNonceRequest,
) -> Result<rpc::chain::GetAccountNonceResponse, Fault> {
    let nonce = controller.get_account_nonce(&request.account)?;
    Ok(rpc::chain::GetAccountNonceResponse { nonce })
}

/// `read_contract_response`
pub fn read_contract(
    controller: &Controller,
    request: &rpc::chain::ReadContractRequest,
) -> Result<rpc::chain::ReadContractResponse, Fault> {
    let (result, logs) =
        controller.read_contract(&request.contract_id, request.entry_point, &request.args)?;
    // Log lines are checked when they are written, so nothing is replaced here.
    let logs = logs.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    Ok(rpc::chain::ReadContractResponse { result, logs })
}

/// `invoke_system_call_response`
pub fn invoke_system_call(
    controller: &Controller,
    request: &rpc::chain::InvokeSystemCallRequest,
) -> Result<rpc::chain::InvokeSystemCallResponse, Fault> {
    use rpc::chain::invoke_system_call_request::SystemCall as Wanted;
    let id = match &request.system_call {
        // The reference keeps the low 32 bits of the number.
        Some(Wanted::Id(id)) => *id as u32,
        Some(Wanted::Name(name)) => {
            let call = SystemCall::from_name(name.as_bytes()).ok_or_else(|| {
                Fault::failure(code::UNKNOWN_SYSTEM_CALL, "unknown system call name")
            })?;
            call.id()
        }
        None => {
            let text = "missing expected field: id or name";
            let fault = Fault::failure(code::MISSING_REQUIRED_ARGUMENTS, text);
            return Err(fault.with("f1", "id").with("f2", "name"));
        }
    };
    let caller =
        request.caller_data.as_ref().map(|data| (data.caller.clone(), data.caller_privilege));
    let value = controller.invoke_system_call(id, &request.args, caller)?;
    Ok(rpc::chain::InvokeSystemCallResponse { value: Bytes::from(value) })
}
