//! Thunks: the node's own implementations of the system calls.
//!
//! Each file holds those of one subject as methods of [`Context`] with plain arguments; this one
//! maps the serialised arguments and results of contracts onto them.

mod authority;
mod block;
mod contract;
mod crypto;
mod database;
mod journal;
mod nonce;
mod operation;
mod query;
mod resource;
mod transaction;

use std::sync::Arc;

use bytes::Bytes;
use koinos_codec::wire::{self, Reader};

use crate::context::Context;
use crate::error::{Fault, Result, code};
use crate::message::{Block, Transaction};
use crate::native::{bytes_argument, message_argument};
use crate::system_call::SystemCall;

pub(crate) use block::multihash as block_multihash;
pub(crate) use block::read_public_key;
pub(crate) use contract::AUTHORIZE_ENTRY_POINT;
pub(crate) use nonce::number as nonce_number;

fn bool_result(value: bool) -> Vec<u8> {
    let mut out = Vec::new();
    wire::put_bool_field(&mut out, 1, value);
    out
}

fn u64_result(value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    wire::put_u64_field(&mut out, 1, value);
    out
}

fn copy(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

impl Context<'_> {
    /// Runs the thunk of `call` on its canonical `<name>_arguments` message and returns the
    /// canonical `<name>_result`.
    pub(crate) fn thunk(&mut self, call: SystemCall, args: Reader<'_>) -> Result<Vec<u8>> {
        use SystemCall as S;
        let void = Vec::new();
        Ok(match call {
            S::Nop
            | S::PreBlockCallback
            | S::PostBlockCallback
            | S::PreTransactionCallback
            | S::PostTransactionCallback => void,
            S::GetHeadInfo => message_argument(&self.get_head_info()?.serialize()),
            S::ApplyBlock => {
                let block = Arc::new(Block::from_canonical(copy(args.bytes(1))));
                self.apply_block(&block).map(|()| void)?
            }
            S::ApplyTransaction => {
                let transaction = Transaction::from_canonical(copy(args.bytes(1)));
                self.apply_transaction(&transaction).map(|()| void)?
            }
            S::ApplyUploadContractOperation
            | S::ApplyCallContractOperation
            | S::ApplySetSystemCallOperation
            | S::ApplySetSystemContractOperation => {
                self.apply_operation(call, &copy(args.bytes(1))).map(|()| void)?
            }
            S::GetChainId => bytes_argument(&self.get_chain_id()?),
            S::ProcessBlockSignature => {
                bool_result(self.process_block_signature(args.bytes(1), args.bytes(3))?)
            }
            S::GetTransaction => message_argument(&self.get_transaction()?),
            S::GetTransactionField => message_argument(&self.get_transaction_field(args.bytes(1))?),
            S::GetBlock => message_argument(&self.get_block()?),
            S::GetBlockField => message_argument(&self.get_block_field(args.bytes(1))?),
            S::GetLastIrreversibleBlock => u64_result(self.get_last_irreversible_block()),
            S::GetAccountNonce => bytes_argument(&self.get_account_nonce(args.bytes(1))?),
            S::VerifyAccountNonce => {
                bool_result(self.verify_account_nonce(args.bytes(1), args.bytes(2))?)
            }
            S::SetAccountNonce => {
                self.set_account_nonce(args.bytes(1), args.bytes(2)).map(|()| void)?
            }
            S::CheckSystemAuthority => bool_result(self.check_system_authority()?),
            S::GetOperation => message_argument(&self.get_operation()?),
            S::GetAccountRc => u64_result(self.get_account_rc()?),
            S::ConsumeAccountRc | S::ConsumeBlockResources => bool_result(true),
            S::GetResourceLimits => message_argument(&self.get_resource_limits()?),
            S::PutObject => {
                self.put_object(args.bytes(1), args.bytes(2), args.bytes(3)).map(|()| void)?
            }
            S::RemoveObject => self.remove_object(args.bytes(1), args.bytes(2)).map(|()| void)?,
            S::GetObject => {
                let value = self.get_object(args.bytes(1), args.bytes(2))?;
                database::object_result(value.map(|value| (None, value)))
            }
            S::GetNextObject => {
                database::object_result(self.get_next_object(args.bytes(1), args.bytes(2))?)
            }
            S::GetPrevObject => {
                database::object_result(self.get_prev_object(args.bytes(1), args.bytes(2))?)
            }
            S::Log => self.log(args.bytes(1)).map(|()| void)?,
            S::Event => {
                let impacted = args.repeated(3).map(copy).collect();
                self.event(args.bytes(1), &copy(args.bytes(2)), impacted).map(|()| void)?
            }
            S::Hash => bytes_argument(&self.hash(args.u64(1), args.bytes(2), args.u64(3))?),
            S::RecoverPublicKey => bytes_argument(&self.recover_public_key(
                args.i32(1),
                args.bytes(2),
                args.bytes(3),
                args.bool(4),
            )?),
            S::VerifyMerkleRoot => {
                let leaves: Vec<&[u8]> = args.repeated(2).collect();
                bool_result(self.verify_merkle_root(args.bytes(1), leaves.into_iter())?)
            }
            S::VerifySignature => bool_result(self.verify_signature(
                args.i32(1),
                args.bytes(2),
                args.bytes(3),
                args.bytes(4),
                args.bool(5),
            )?),
            S::VerifyVrfProof => bool_result(self.verify_vrf_proof(
                args.i32(1),
                args.bytes(2),
                args.bytes(3),
                args.bytes(4),
                args.bytes(5),
            )?),
            S::Call => bytes_argument(&self.call(args.bytes(1), args.u32(2), args.bytes(3))?),
            S::Exit => return Err(self.exit(args.i32(1), args.message(2).unwrap_or_default())),
            S::GetArguments => message_argument(&self.get_arguments()?),
            S::GetContractId => bytes_argument(&self.stack.contract_id()),
            S::GetCaller => message_argument(&self.get_caller()?),
            S::CheckAuthority => bool_result(self.check_authority(args.bytes(2), args.bytes(3))?),
            S::GetContractMetadata | S::GetContractName | S::GetContractAddress => {
                let text = format!("thunk {} not found", call.id());
                return Err(Fault::reversion(code::UNKNOWN_THUNK, text));
            }
        })
    }
}
