//! System calls as the node's own code makes them: charged by their fixed fee alone, and open to
//! override like those of contracts.

use std::sync::Arc;

use bytes::Bytes;
use koinos_codec::tolerant;
use koinos_codec::wire::{self, Reader};
use koinos_crypto::Address;

use crate::context::Context;
use crate::dispatch::Dispatch;
use crate::error::{Fault, Result, code};
use crate::host::unknown_thunk;
use crate::message::{Block, Transaction};
use crate::meter::ResourceLimits;
use crate::schemas;
use crate::stack::Frame;
use crate::system_call::SystemCall;
use crate::thunk::read_public_key;

/// Answer of `get_object`: an override contract may claim a value for an object that does not
/// exist, so the two are kept apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct DatabaseObject {
    pub(crate) exists: bool,
    pub(crate) value: Bytes,
}

/// Answer of `get_head_info`.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeadInfo {
    pub(crate) id: Bytes,
    pub(crate) previous: Bytes,
    pub(crate) height: u64,
    pub(crate) time: u64,
    pub(crate) last_irreversible_block: u64,
}

fn copy(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

/// Thunks without arguments and result: one may stand for another.
fn is_callback(call: SystemCall) -> bool {
    matches!(
        call,
        SystemCall::Nop
            | SystemCall::PreBlockCallback
            | SystemCall::PostBlockCallback
            | SystemCall::PreTransactionCallback
            | SystemCall::PostTransactionCallback
    )
}

impl Context<'_> {
    /// Makes a system call: by the contract that overrides it, with `arguments` serialised and the
    /// answer read by `answer`, or by `thunk`.
    fn native<T>(
        &mut self,
        call: SystemCall,
        arguments: impl FnOnce() -> Vec<u8>,
        answer: impl FnOnce(Reader<'_>) -> T,
        thunk: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.with_frame(Frame::KERNEL, |context| {
            let dispatch = context.dispatch(call.id())?;
            if let Dispatch::Contract(contract) = &dispatch {
                context.run_override(contract, arguments().into())?;
                let result = Reader::new(&context.exit.result);
                if context.exit.code != code::SUCCESS {
                    let error = copy(result.bytes(2));
                    return Err(Fault::from_exit(context.exit.code, error));
                }
                let object = tolerant(call.result(), result.bytes(1));
                return Ok(answer(Reader::new(&object)));
            }
            let id = dispatch.thunk(call.id())?;
            let target = SystemCall::from_id(id).ok_or_else(|| {
                let text = format!("unrecognized thunk id {id}");
                Fault::reversion(code::UNKNOWN_THUNK, text).with("id", id)
            })?;
            context.charge_call(target)?;
            match target {
                _ if target == call => thunk(context),
                _ if !target.has_thunk() => Err(unknown_thunk(id, "not found")),
                _ if is_callback(target) && is_callback(call) => Ok(answer(Reader::new(&[]))),
                // The reference casts the thunk to the call's signature, which throws.
                _ => Err(Fault::std("bad any_cast")),
            }
        })
    }

    pub(crate) fn call_get_head_info(&mut self) -> Result<HeadInfo> {
        self.native(
            SystemCall::GetHeadInfo,
            Vec::new,
            |result| HeadInfo::parse(result.bytes(1)),
            Self::get_head_info,
        )
    }

    pub(crate) fn call_apply_block(&mut self, block: &Arc<Block>) -> Result<()> {
        self.native(
            SystemCall::ApplyBlock,
            || message_argument(&block.bytes),
            |_| (),
            |context| context.apply_block(block),
        )
    }

    pub(crate) fn call_apply_transaction(&mut self, transaction: &Transaction) -> Result<()> {
        self.native(
            SystemCall::ApplyTransaction,
            || message_argument(&transaction.bytes),
            |_| (),
            |context| context.apply_transaction(transaction),
        )
    }

    /// One of the `apply_*_operation` calls.
    pub(crate) fn call_apply_operation(
        &mut self,
        call: SystemCall,
        operation: &Bytes,
    ) -> Result<()> {
        self.native(
            call,
            || message_argument(operation),
            |_| (),
            |context| context.apply_operation(call, operation),
        )
    }

    /// One of the four callbacks around blocks and transactions.
    pub(crate) fn call_callback(&mut self, call: SystemCall) -> Result<()> {
        self.native(call, Vec::new, |_| (), |_| Ok(()))
    }

    pub(crate) fn call_get_chain_id(&mut self) -> Result<Bytes> {
        self.native(
            SystemCall::GetChainId,
            Vec::new,
            |result| copy(result.bytes(1)),
            Self::get_chain_id,
        )
    }

    pub(crate) fn call_process_block_signature(
        &mut self,
        digest: &[u8],
        header: &[u8],
        signature: &[u8],
    ) -> Result<bool> {
        self.native(
            SystemCall::ProcessBlockSignature,
            || {
                let mut out = Vec::new();
                wire::put_bytes_field(&mut out, 1, digest);
                wire::put_message_field(&mut out, 2, header);
                wire::put_bytes_field(&mut out, 3, signature);
                out
            },
            |result| result.bool(1),
            |context| context.process_block_signature(digest, signature),
        )
    }

    pub(crate) fn call_get_last_irreversible_block(&mut self) -> Result<u64> {
        self.native(
            SystemCall::GetLastIrreversibleBlock,
            Vec::new,
            |result| result.u64(1),
            |context| Ok(context.get_last_irreversible_block()),
        )
    }

    pub(crate) fn call_get_account_nonce(&mut self, account: &[u8]) -> Result<Bytes> {
        self.native(
            SystemCall::GetAccountNonce,
            || bytes_argument(account),
            |result| copy(result.bytes(1)),
            |context| context.get_account_nonce(account),
        )
    }

    pub(crate) fn call_verify_account_nonce(
        &mut self,
        account: &[u8],
        nonce: &[u8],
    ) -> Result<bool> {
        self.native(
            SystemCall::VerifyAccountNonce,
            || two_bytes_arguments(account, nonce),
            |result| result.bool(1),
            |context| context.verify_account_nonce(account, nonce),
        )
    }

    pub(crate) fn call_set_account_nonce(&mut self, account: &[u8], nonce: &[u8]) -> Result<()> {
        self.native(
            SystemCall::SetAccountNonce,
            || two_bytes_arguments(account, nonce),
            |_| (),
            |context| context.set_account_nonce(account, nonce),
        )
    }

    pub(crate) fn call_check_system_authority(&mut self) -> Result<bool> {
        self.native(
            SystemCall::CheckSystemAuthority,
            Vec::new,
            |result| result.bool(1),
            Self::check_system_authority,
        )
    }

    pub(crate) fn call_get_account_rc(&mut self, account: &[u8]) -> Result<u64> {
        self.native(
            SystemCall::GetAccountRc,
            || bytes_argument(account),
            |result| result.u64(1),
            Self::get_account_rc,
        )
    }

    pub(crate) fn call_consume_account_rc(&mut self, account: &[u8], rc: u64) -> Result<bool> {
        self.native(
            SystemCall::ConsumeAccountRc,
            || {
                let mut out = bytes_argument(account);
                wire::put_u64_field(&mut out, 2, rc);
                out
            },
            |result| result.bool(1),
            |_| Ok(true),
        )
    }

    pub(crate) fn call_get_resource_limits(&mut self) -> Result<Bytes> {
        self.native(
            SystemCall::GetResourceLimits,
            Vec::new,
            |result| copy(result.bytes(1)),
            Self::get_resource_limits,
        )
    }

    pub(crate) fn call_consume_block_resources(
        &mut self,
        disk: u64,
        network: u64,
        compute: u64,
    ) -> Result<bool> {
        self.native(
            SystemCall::ConsumeBlockResources,
            || {
                let mut out = Vec::new();
                wire::put_u64_field(&mut out, 1, disk);
                wire::put_u64_field(&mut out, 2, network);
                wire::put_u64_field(&mut out, 3, compute);
                out
            },
            |result| result.bool(1),
            |_| Ok(true),
        )
    }

    pub(crate) fn call_put_object(&mut self, space: &[u8], key: &[u8], value: &[u8]) -> Result<()> {
        self.native(
            SystemCall::PutObject,
            || {
                let mut out = object_arguments(space, key);
                wire::put_bytes_field(&mut out, 3, value);
                out
            },
            |_| (),
            |context| context.put_object(space, key, value),
        )
    }

    pub(crate) fn call_get_object(&mut self, space: &[u8], key: &[u8]) -> Result<DatabaseObject> {
        self.native(
            SystemCall::GetObject,
            || object_arguments(space, key),
            |result| {
                let object = Reader::new(result.bytes(1));
                DatabaseObject { exists: object.bool(1), value: copy(object.bytes(2)) }
            },
            |context| {
                let value = context.get_object(space, key)?;
                let exists = value.is_some();
                Ok(DatabaseObject { exists, value: value.unwrap_or_default() })
            },
        )
    }

    /// An event of the node's own, with nobody impacted.
    pub(crate) fn call_event(&mut self, name: &[u8], data: Vec<u8>) -> Result<()> {
        let data = Bytes::from(data);
        self.native(
            SystemCall::Event,
            || {
                let mut out = bytes_argument(name);
                wire::put_bytes_field(&mut out, 2, &data);
                out
            },
            |_| (),
            |context| context.event(name, &data, Vec::new()),
        )
    }

    /// A multihash of `data` under the hash function `code`.
    pub(crate) fn call_hash(&mut self, code: u64, data: &[u8]) -> Result<Bytes> {
        self.native(
            SystemCall::Hash,
            || {
                let mut out = Vec::with_capacity(data.len() + 16);
                wire::put_u64_field(&mut out, 1, code);
                wire::put_bytes_field(&mut out, 2, data);
                out
            },
            |result| copy(result.bytes(1)),
            |context| Ok(context.hash(code, data, 0)?.into()),
        )
    }

    pub(crate) fn call_recover_public_key(
        &mut self,
        signature: &[u8],
        digest: &[u8],
        compressed: bool,
    ) -> Result<Bytes> {
        self.native(
            SystemCall::RecoverPublicKey,
            || recover_arguments(signature, digest, compressed),
            |result| copy(result.bytes(1)),
            |context| Ok(context.recover_public_key(0, signature, digest, compressed)?.into()),
        )
    }

    /// The address of the key that [`Self::call_recover_public_key`] answers.
    pub(crate) fn call_recover_address(
        &mut self,
        signature: &[u8],
        digest: &[u8],
    ) -> Result<Address> {
        self.native(
            SystemCall::RecoverPublicKey,
            || recover_arguments(signature, digest, true),
            |result| Ok(read_public_key(result.bytes(1))?.address()),
            |context| Ok(context.recover_key(0, signature, digest).map(|key| key.address())),
        )?
    }

    pub(crate) fn call_verify_merkle_root(
        &mut self,
        root: &[u8],
        leaves: &[Bytes],
    ) -> Result<bool> {
        self.native(
            SystemCall::VerifyMerkleRoot,
            || {
                let mut out = bytes_argument(root);
                // Entries of a repeated field are written even when they are empty.
                leaves.iter().for_each(|leaf| wire::put_message_field(&mut out, 2, leaf));
                out
            },
            |result| result.bool(1),
            |context| context.verify_merkle_root(root, leaves.iter().map(|leaf| &leaf[..])),
        )
    }

    pub(crate) fn call_check_authority(&mut self, kind: i32, account: &[u8]) -> Result<bool> {
        self.native(
            SystemCall::CheckAuthority,
            || {
                let mut out = Vec::new();
                wire::put_i32_field(&mut out, 1, kind);
                wire::put_bytes_field(&mut out, 2, account);
                out
            },
            |result| result.bool(1),
            |context| context.check_authority(account, &[]),
        )
    }

    /// Calls a contract; its result, `None` when it gave no object.
    pub(crate) fn call_call(
        &mut self,
        contract_id: &[u8],
        entry_point: u32,
        arguments: &[u8],
    ) -> Result<Bytes> {
        self.native(
            SystemCall::Call,
            || {
                let mut out = bytes_argument(contract_id);
                wire::put_u64_field(&mut out, 2, entry_point.into());
                wire::put_bytes_field(&mut out, 3, arguments);
                out
            },
            |result| copy(result.bytes(1)),
            |context| context.call(contract_id, entry_point, arguments),
        )
    }
}

impl HeadInfo {
    /// Reads canonical `koinos.chain.head_info`.
    pub(crate) fn parse(message: &[u8]) -> Self {
        let info = Reader::new(message);
        let topology = Reader::new(info.bytes(1));
        Self {
            id: copy(topology.bytes(1)),
            height: topology.u64(2),
            previous: copy(topology.bytes(3)),
            time: info.u64(2),
            last_irreversible_block: info.u64(3),
        }
    }

    /// The canonical `koinos.chain.head_info`.
    pub(crate) fn serialize(&self) -> Vec<u8> {
        let mut topology = Vec::new();
        wire::put_bytes_field(&mut topology, 1, &self.id);
        wire::put_u64_field(&mut topology, 2, self.height);
        wire::put_bytes_field(&mut topology, 3, &self.previous);
        let mut out = Vec::new();
        wire::put_message_field(&mut out, 1, &topology);
        wire::put_u64_field(&mut out, 2, self.time);
        wire::put_u64_field(&mut out, 3, self.last_irreversible_block);
        out
    }
}

/// Limits from the answer of `get_resource_limits`.
pub(crate) fn resource_limits(answer: &[u8]) -> ResourceLimits {
    ResourceLimits::parse(&tolerant(schemas::resource_limit_data(), answer))
}

/// A message with field 1 set to a message.
pub(crate) fn message_argument(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 8);
    wire::put_message_field(&mut out, 1, message);
    out
}

/// A message with field 1 set to bytes.
pub(crate) fn bytes_argument(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 8);
    wire::put_bytes_field(&mut out, 1, bytes);
    out
}

fn recover_arguments(signature: &[u8], digest: &[u8], compressed: bool) -> Vec<u8> {
    let mut out = Vec::new();
    wire::put_bytes_field(&mut out, 2, signature);
    wire::put_bytes_field(&mut out, 3, digest);
    wire::put_bool_field(&mut out, 4, compressed);
    out
}

fn two_bytes_arguments(first: &[u8], second: &[u8]) -> Vec<u8> {
    let mut out = bytes_argument(first);
    wire::put_bytes_field(&mut out, 2, second);
    out
}

fn object_arguments(space: &[u8], key: &[u8]) -> Vec<u8> {
    let mut out = message_argument(space);
    wire::put_bytes_field(&mut out, 2, key);
    out
}
