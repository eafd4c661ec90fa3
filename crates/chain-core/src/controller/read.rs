//! Reads of the chain: head, fork heads, accounts, contracts, system calls.

use std::sync::Arc;

use bytes::Bytes;
use koinos_state_db::Node;

use crate::context::{Context, Intent};
use crate::controller::block::with_logs;
use crate::controller::{Controller, Topology};
use crate::error::{Family, Fault, Result, code, ensure};
use crate::meter::ResourceLimits;
use crate::native::{HeadInfo, resource_limits};
use crate::stack::{Frame, Privilege};

/// Answer of `get_head_info`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadState {
    /// The head block's place.
    pub topology: Topology,
    /// Height at and below which blocks are final.
    pub last_irreversible_block: u64,
    /// State merkle root after the head block, a multihash.
    pub merkle_root: Bytes,
    /// Time of the last block that became head, in milliseconds; 0 before the first since start.
    pub time: u64,
}

fn missing(field: &str) -> Fault {
    let text = format!("missing expected field: {field}");
    Fault::failure(code::MISSING_REQUIRED_ARGUMENTS, text).with("f", field)
}

impl Topology {
    fn from_info(info: HeadInfo) -> Self {
        Self { id: info.id, height: info.height, previous: info.previous }
    }
}

impl Controller {
    fn reader(&self, node: &Arc<Node>) -> Result<Context<'_>> {
        Context::over(&self.engine, Intent::ReadOnly, node, Frame::KERNEL)
    }

    /// A context for calls from outside, with their compute limit.
    fn limited_reader(&self, base: Frame) -> Result<Context<'_>> {
        let mut context = Context::over(&self.engine, Intent::ReadOnly, &self.db.head(), base)?;
        context.meter.set_limits(ResourceLimits::read_only(self.limits.read_compute_bandwidth));
        Ok(context)
    }

    /// Where the chain stands.
    pub fn get_head_info(&self) -> Result<HeadState> {
        let (head, head_block) = self.head_pair();
        let mut context = self.reader(&head)?;
        context.block = Some(head_block);
        let info = context.call_get_head_info()?;
        Ok(HeadState {
            last_irreversible_block: info.last_irreversible_block,
            merkle_root: Bytes::copy_from_slice(head.merkle_root()),
            time: info.time,
            topology: Topology::from_info(info),
        })
    }

    /// The chain id as the system call answers it.
    pub fn get_chain_id(&self) -> Result<Bytes> {
        self.reader(&self.db.head())?.call_get_chain_id()
    }

    /// The last irreversible block and the tips of all branches, highest first.
    pub fn get_fork_heads(&self) -> Result<(Topology, Vec<Topology>)> {
        let place = |node: &Arc<Node>| {
            Ok::<_, Fault>(Topology::from_info(self.reader(node)?.call_get_head_info()?))
        };
        let root = place(&self.db.root())?;
        let mut heads =
            self.db.fork_heads().iter().map(place).collect::<Result<Vec<Topology>>>()?;
        heads.sort_by_key(|head| std::cmp::Reverse(head.height));
        Ok((root, heads))
    }

    /// Limits and costs of resources.
    pub fn get_resource_limits(&self) -> Result<ResourceLimits> {
        Ok(resource_limits(&self.get_resource_limits_message()?))
    }

    /// Limits and costs of resources, as canonical `koinos.chain.resource_limit_data`.
    pub fn get_resource_limits_message(&self) -> Result<Bytes> {
        self.reader(&self.db.head())?.call_get_resource_limits()
    }

    /// rc of an account.
    pub fn get_account_rc(&self, account: &[u8]) -> Result<u64> {
        ensure(!account.is_empty(), || missing("payer"))?;
        self.reader(&self.db.head())?.call_get_account_rc(account)
    }

    /// Nonce of an account, a serialised `koinos.chain.value_type`.
    pub fn get_account_nonce(&self, account: &[u8]) -> Result<Bytes> {
        ensure(!account.is_empty(), || missing("account"))?;
        self.reader(&self.db.head())?.call_get_account_nonce(account)
    }

    /// Calls a contract in user mode, read-only. The result and the log lines.
    pub fn read_contract(
        &self,
        contract_id: &[u8],
        entry_point: u32,
        arguments: &[u8],
    ) -> Result<(Bytes, Vec<Bytes>)> {
        ensure(!contract_id.is_empty(), || missing("contract_id"))?;
        let base = Frame { privilege: Privilege::USER, ..Frame::KERNEL };
        let (_, head_block) = self.head_pair();
        let mut context = self.limited_reader(base)?;
        context.block = Some(head_block);
        match context.call_call(contract_id, entry_point, arguments) {
            Ok(result) => Ok((result, context.chronicle.logs().to_vec())),
            Err(fault) if fault.family() == Family::Std => Err(fault),
            Err(fault) => Err(with_logs(fault, Some(context.chronicle.logs()))),
        }
    }

    /// Makes a system call read-only, in kernel mode or as the given contract and privilege.
    pub fn invoke_system_call(
        &self,
        id: u32,
        arguments: &[u8],
        caller: Option<(Bytes, i32)>,
    ) -> Result<Vec<u8>> {
        let base = match caller {
            Some((contract_id, privilege)) => {
                Frame { contract_id, privilege: Privilege(privilege), ..Frame::KERNEL }
            }
            None => Frame::KERNEL,
        };
        let mut context = self.limited_reader(base)?;
        context.host_call(id, arguments, self.limits.system_call_buffer)
    }
}
