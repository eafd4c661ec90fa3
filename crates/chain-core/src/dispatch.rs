//! From a system call's number to what serves it: a thunk or a contract that overrides it.

use bytes::Bytes;
use koinos_codec::{tolerant, wire, wire::Reader};

use crate::context::Context;
use crate::error::{Fault, Result, code};
use crate::keys::{
    CONTRACT_BYTECODE_SPACE, CONTRACT_METADATA_SPACE, SYSTEM_CALL_DISPATCH_SPACE, database_key,
};
use crate::schemas;
use crate::stack::{Frame, Privilege};
use crate::system_call::SystemCall;

/// What serves a system call in this block.
#[derive(Clone, Debug)]
pub(crate) enum Dispatch {
    /// Nothing is set: the thunk of the same number, if it is a genesis thunk.
    Default,
    /// A thunk set by `set_system_call`.
    Thunk(u32),
    /// A contract set by `set_system_call`.
    Contract(std::rc::Rc<OverrideContract>),
}

/// A contract as it stood in the parent state.
#[derive(Debug)]
pub(crate) struct OverrideContract {
    contract_id: Bytes,
    entry_point: u32,
    bytecode: Bytes,
    hash: Bytes,
    privilege: Privilege,
}

impl Dispatch {
    /// Reads the parent state's override of `id`.
    pub(crate) fn look_up(context: &Context<'_>, id: u32) -> Result<Self> {
        let key = database_key(SYSTEM_CALL_DISPATCH_SPACE, &id.to_be_bytes());
        let Some(object) = context.parent_object(&key)? else { return Ok(Self::Default) };
        let target = tolerant(schemas::system_call_target(), &object);
        let target = Reader::new(&target);
        let Some(bundle) = target.message(2) else { return Ok(Self::Thunk(target.u32(1))) };

        let bundle = Reader::new(bundle);
        let contract_id = Bytes::copy_from_slice(bundle.bytes(1));
        let missing = |what: &str| {
            let text = format!("contract {what} for call id {id} not found");
            Fault::reversion(code::INVALID_CONTRACT, text).with("id", id)
        };
        let metadata =
            context.parent_object(&database_key(CONTRACT_METADATA_SPACE, &contract_id))?;
        let bytecode =
            context.parent_object(&database_key(CONTRACT_BYTECODE_SPACE, &contract_id))?;
        let metadata = ContractMetadata::parse(&metadata.ok_or_else(|| missing("metadata"))?);
        Ok(Self::Contract(std::rc::Rc::new(OverrideContract {
            contract_id,
            entry_point: bundle.u32(2),
            bytecode: bytecode.ok_or_else(|| missing("bytecode"))?,
            privilege: metadata.privilege(),
            hash: metadata.hash,
        })))
    }

    /// The thunk that serves call `id`, which is not overridden by a contract.
    pub(crate) fn thunk(&self, id: u32) -> Result<u32> {
        match self {
            Self::Thunk(thunk) => Ok(*thunk),
            Self::Default => match SystemCall::from_id(id) {
                Some(call) if call.is_genesis() => Ok(id),
                _ => {
                    let text = format!("thunk {id} is not enabled");
                    Err(Fault::reversion(code::UNKNOWN_THUNK, text).with("id", id))
                }
            },
            Self::Contract(_) => {
                let text = format!("system call {id} is implemented via contract override");
                Err(Fault::reversion(code::REVERSION, text).with("id", id))
            }
        }
    }
}

impl Context<'_> {
    /// Runs the contract that overrides a system call. What it answers is then in `self.exit`,
    /// even if it did not call `exit` itself.
    pub(crate) fn run_override(
        &mut self,
        contract: &OverrideContract,
        arguments: Bytes,
    ) -> Result<()> {
        let frame = Frame {
            contract_id: contract.contract_id.clone(),
            privilege: contract.privilege,
            arguments,
            entry_point: contract.entry_point,
        };
        self.run_contract(frame, &contract.bytecode, &contract.hash)
    }
}

/// `koinos.chain.contract_metadata_object`, with what is unknown in it kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct ContractMetadata {
    pub(crate) hash: Bytes,
    pub(crate) system: bool,
    pub(crate) authorizes_call_contract: bool,
    pub(crate) authorizes_transaction_application: bool,
    pub(crate) authorizes_upload_contract: bool,
    /// Unknown fields, serialised.
    pub(crate) unknown: Vec<u8>,
}

impl ContractMetadata {
    /// Reads a stored object the way the reference does: as far as it parses.
    pub(crate) fn parse(object: &[u8]) -> Self {
        let canonical = tolerant(schemas::contract_metadata(), object);
        let message = Reader::new(&canonical);
        let mut metadata = Self {
            hash: Bytes::copy_from_slice(message.bytes(1)),
            system: message.bool(2),
            authorizes_call_contract: message.bool(3),
            authorizes_transaction_application: message.bool(4),
            authorizes_upload_contract: message.bool(5),
            unknown: Vec::new(),
        };
        let known = metadata.serialize().len();
        metadata.unknown = canonical[known..].to_vec();
        metadata
    }

    /// The canonical form.
    pub(crate) fn serialize(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(48);
        wire::put_bytes_field(&mut out, 1, &self.hash);
        wire::put_bool_field(&mut out, 2, self.system);
        wire::put_bool_field(&mut out, 3, self.authorizes_call_contract);
        wire::put_bool_field(&mut out, 4, self.authorizes_transaction_application);
        wire::put_bool_field(&mut out, 5, self.authorizes_upload_contract);
        out.extend_from_slice(&self.unknown);
        out
    }

    /// System contracts run in kernel mode.
    pub(crate) fn privilege(&self) -> Privilege {
        if self.system { Privilege::KERNEL } else { Privilege::USER }
    }
}
