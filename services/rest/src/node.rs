//! Calls to the services of the node.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use koinos_crypto::Address;
use koinos_proto::block_store::BlockItem;
use koinos_proto::mempool::PendingTransaction;
use koinos_proto::protocol::{Block, BlockReceipt, Transaction, TransactionReceipt};
use koinos_proto::rpc::account_history::{
    AccountHistoryEntry, GetAccountHistoryRequest, account_history_request as history_request,
    account_history_response as history_response,
};
use koinos_proto::rpc::block_store::{
    GetBlocksByHeightRequest, GetBlocksByIdRequest, block_store_request, block_store_response,
};
use koinos_proto::rpc::chain::invoke_system_call_request::SystemCall;
use koinos_proto::rpc::chain::{
    GetAccountNonceRequest, GetAccountRcRequest, GetChainIdRequest, GetForkHeadsRequest,
    GetForkHeadsResponse, GetHeadInfoRequest, GetHeadInfoResponse, GetResourceLimitsRequest,
    GetResourceLimitsResponse, InvokeSystemCallRequest, ReadContractRequest, SubmitBlockRequest,
    SubmitTransactionRequest, chain_request, chain_response,
};
use koinos_proto::rpc::contract_meta_store::{
    GetContractMetaRequest, contract_meta_store_request as meta_request,
    contract_meta_store_response as meta_response,
};
use koinos_proto::rpc::mempool::{
    GetPendingTransactionsByIdRequest, mempool_request, mempool_response,
};
use koinos_proto::rpc::transaction_store::{
    GetTransactionsByIdRequest, transaction_store_request as store_request,
    transaction_store_response as store_response,
};
use koinos_proto::transaction_store::TransactionItem;
use koinos_rpc::{
    AccountHistory, BlockStore, CallOptions, Chain, Contract, ContractMetaStore, Mempool, RpcError,
    TransactionStore, Transport,
};
use prost::Message;

/// Calls a service, and takes the reply of one kind out of its answer.
macro_rules! ask {
    ($node:expr, $service:ident, $call:expr, $reply:path) => {
        match $node.call::<$service>($call).await? {
            $reply(reply) => Ok(reply),
            _ => Err(RpcError::UnexpectedReply($service::NAME.to_owned())),
        }
    };
}

type Result<T> = std::result::Result<T, RpcError>;

/// What of blocks is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// The blocks themselves.
    pub blocks: bool,
    /// Their receipts.
    pub receipts: bool,
}

/// The services of the node.
pub struct Node {
    transport: Arc<dyn Transport>,
    options: CallOptions,
}

impl Node {
    /// The services that `transport` leads to, each of which may take `timeout`.
    pub fn new(transport: Arc<dyn Transport>, timeout: Duration) -> Self {
        Self { transport, options: CallOptions::once(timeout) }
    }

    async fn call<C: Contract>(&self, call: C::Call) -> Result<C::Reply> {
        koinos_rpc::call::<C>(&*self.transport, call, self.options).await
    }

    /// The head of the chain.
    pub async fn head_info(&self) -> Result<GetHeadInfoResponse> {
        let call = chain_request::Request::GetHeadInfo(GetHeadInfoRequest {});
        ask!(self, Chain, call, chain_response::Response::GetHeadInfo)
    }

    /// The heads of all forks.
    pub async fn fork_heads(&self) -> Result<GetForkHeadsResponse> {
        let call = chain_request::Request::GetForkHeads(GetForkHeadsRequest {});
        ask!(self, Chain, call, chain_response::Response::GetForkHeads)
    }

    /// The chain's id.
    pub async fn chain_id(&self) -> Result<Bytes> {
        let call = chain_request::Request::GetChainId(GetChainIdRequest {});
        let reply = ask!(self, Chain, call, chain_response::Response::GetChainId)?;
        Ok(reply.chain_id)
    }

    /// Limits and prices of a block.
    pub async fn resource_limits(&self) -> Result<GetResourceLimitsResponse> {
        let call = chain_request::Request::GetResourceLimits(GetResourceLimitsRequest {});
        ask!(self, Chain, call, chain_response::Response::GetResourceLimits)
    }

    /// The resource credits of an account.
    pub async fn account_rc(&self, account: Address) -> Result<u64> {
        let request = GetAccountRcRequest { account: bytes(account) };
        let call = chain_request::Request::GetAccountRc(request);
        Ok(ask!(self, Chain, call, chain_response::Response::GetAccountRc)?.rc)
    }

    /// The last nonce of an account, as the chain keeps it.
    pub async fn account_nonce(&self, account: Address) -> Result<Bytes> {
        let request = GetAccountNonceRequest { account: bytes(account) };
        let call = chain_request::Request::GetAccountNonce(request);
        Ok(ask!(self, Chain, call, chain_response::Response::GetAccountNonce)?.nonce)
    }

    /// What a contract's method gives.
    pub async fn read_contract(
        &self,
        contract: Address,
        entry_point: u32,
        args: Bytes,
    ) -> Result<Bytes> {
        let request = ReadContractRequest { contract_id: bytes(contract), entry_point, args };
        let call = chain_request::Request::ReadContract(request);
        Ok(ask!(self, Chain, call, chain_response::Response::ReadContract)?.result)
    }

    /// What a system call gives.
    pub async fn system_call(&self, name: &str, args: &impl Message) -> Result<Bytes> {
        let request = InvokeSystemCallRequest {
            system_call: Some(SystemCall::Name(name.to_owned())),
            args: args.encode_to_vec().into(),
            caller_data: None,
        };
        let call = chain_request::Request::InvokeSystemCall(request);
        Ok(ask!(self, Chain, call, chain_response::Response::InvokeSystemCall)?.value)
    }

    /// Submits a transaction; the receipt of its trial.
    pub async fn submit_transaction(
        &self,
        transaction: Transaction,
        broadcast: bool,
    ) -> Result<Option<TransactionReceipt>> {
        let request = SubmitTransactionRequest { transaction: Some(transaction), broadcast };
        let call = chain_request::Request::SubmitTransaction(request);
        Ok(ask!(self, Chain, call, chain_response::Response::SubmitTransaction)?.receipt)
    }

    /// Submits a block; its receipt, unless it was known.
    pub async fn submit_block(&self, block: Block) -> Result<Option<BlockReceipt>> {
        let request = SubmitBlockRequest { block: Some(block) };
        let call = chain_request::Request::SubmitBlock(request);
        Ok(ask!(self, Chain, call, chain_response::Response::SubmitBlock)?.receipt)
    }

    /// Blocks by their ids; an empty item for one that is not known.
    pub async fn blocks_by_id(
        &self,
        block_ids: Vec<Bytes>,
        parts: Parts,
    ) -> Result<Vec<BlockItem>> {
        let Parts { blocks: return_block, receipts: return_receipt } = parts;
        let request = GetBlocksByIdRequest { block_ids, return_block, return_receipt };
        let call = block_store_request::Request::GetBlocksById(request);
        let reply = ask!(self, BlockStore, call, block_store_response::Response::GetBlocksById)?;
        Ok(reply.block_items)
    }

    /// Blocks of the chain that ends in `head`, from the height `start`.
    pub async fn blocks_by_height(
        &self,
        head: Bytes,
        start: u64,
        count: u32,
        parts: Parts,
    ) -> Result<Vec<BlockItem>> {
        let request = GetBlocksByHeightRequest {
            head_block_id: head,
            ancestor_start_height: start,
            num_blocks: count,
            return_block: parts.blocks,
            return_receipt: parts.receipts,
        };
        let call = block_store_request::Request::GetBlocksByHeight(request);
        let reply =
            ask!(self, BlockStore, call, block_store_response::Response::GetBlocksByHeight)?;
        Ok(reply.block_items)
    }

    /// A transaction that has been in a block.
    pub async fn transaction(&self, id: Bytes) -> Result<Option<TransactionItem>> {
        let request = GetTransactionsByIdRequest { transaction_ids: vec![id] };
        let call = store_request::Request::GetTransactionsById(request);
        let reply =
            ask!(self, TransactionStore, call, store_response::Response::GetTransactionsById)?;
        Ok(reply.transactions.into_iter().next())
    }

    /// A transaction that waits for a block.
    pub async fn pending_transaction(&self, id: Bytes) -> Result<Option<PendingTransaction>> {
        let request =
            GetPendingTransactionsByIdRequest { transaction_ids: vec![id], block_id: None };
        let call = mempool_request::Request::GetPendingTransactionsById(request);
        let reply =
            ask!(self, Mempool, call, mempool_response::Response::GetPendingTransactionsById)?;
        Ok(reply.pending_transactions.into_iter().next())
    }

    /// Blocks and transactions that concern an account.
    pub async fn account_history(
        &self,
        request: GetAccountHistoryRequest,
    ) -> Result<Vec<AccountHistoryEntry>> {
        let call = history_request::Request::GetAccountHistory(request);
        let reply =
            ask!(self, AccountHistory, call, history_response::Response::GetAccountHistory)?;
        Ok(reply.values)
    }

    /// The text of a contract's ABI.
    pub async fn contract_abi(&self, contract: Address) -> Result<Option<String>> {
        let request = GetContractMetaRequest { contract_id: bytes(contract) };
        let call = meta_request::Request::GetContractMeta(request);
        let reply = ask!(self, ContractMetaStore, call, meta_response::Response::GetContractMeta)?;
        Ok(reply.meta.map(|meta| meta.abi).filter(|abi| !abi.is_empty()))
    }
}

/// The bytes of an address as messages have them.
pub fn bytes(address: Address) -> Bytes {
    Bytes::copy_from_slice(address.as_bytes())
}
