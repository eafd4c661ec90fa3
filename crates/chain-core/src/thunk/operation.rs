//! The four operations of transactions.

use bytes::Bytes;
use koinos_codec::wire::{self, Reader};

use crate::context::Context;
use crate::dispatch::ContractMetadata;
use crate::error::{Family, Fault, Result, code, ensure};
use crate::keys::{CONTRACT_BYTECODE_SPACE, CONTRACT_METADATA_SPACE, SYSTEM_CALL_DISPATCH_SPACE};
use crate::native::DatabaseObject;
use crate::stack::Privilege;
use crate::system_call::SystemCall;
use crate::text;
use crate::thunk::authority::CONTRACT_UPLOAD;

fn invalid_contract(text: &'static str) -> impl FnOnce() -> Fault {
    move || Fault::reversion(code::INVALID_CONTRACT, text)
}

impl Context<'_> {
    /// Applies an operation given as its canonical message.
    pub(crate) fn apply_operation(&mut self, call: SystemCall, operation: &Bytes) -> Result<()> {
        self.require_kernel_caller()?;
        self.require_writable()?;
        match call {
            SystemCall::ApplyUploadContractOperation => self.upload_contract(operation),
            SystemCall::ApplyCallContractOperation => self.call_contract(operation),
            SystemCall::ApplySetSystemCallOperation => self.set_system_call(operation),
            _ => self.set_system_contract(operation),
        }
    }

    /// Stores bytecode, which is not looked at, and metadata. A missing authority is a failure: it
    /// makes the block invalid.
    fn upload_contract(&mut self, operation: &Bytes) -> Result<()> {
        let message = Reader::new(operation);
        let (contract_id, bytecode) = (message.bytes(1), message.bytes(2));
        ensure(self.call_check_authority(CONTRACT_UPLOAD, contract_id)?, || {
            let account = text::base58(contract_id);
            let text = format!("account {account} has not authorized action");
            Fault::failure(code::AUTHORIZATION_FAILURE, text).with("account", account)
        })?;
        let stored = self.call_get_object(CONTRACT_METADATA_SPACE, contract_id)?;
        let mut metadata = match stored.exists {
            true => ContractMetadata::parse(&stored.value),
            false => ContractMetadata::default(),
        };
        let hash_code = self.hash_code()?;
        metadata.hash = self.call_hash(hash_code, bytecode)?;
        metadata.authorizes_call_contract = message.bool(4);
        metadata.authorizes_transaction_application = message.bool(5);
        metadata.authorizes_upload_contract = message.bool(6);
        self.call_put_object(CONTRACT_BYTECODE_SPACE, contract_id, bytecode)?;
        self.call_put_object(CONTRACT_METADATA_SPACE, contract_id, &metadata.serialize())
    }

    /// Calls a contract in user mode. A failure of the contract is only a reversion here.
    fn call_contract(&mut self, operation: &Bytes) -> Result<()> {
        let message = Reader::new(operation);
        let former = self.stack.set_privilege(Privilege::USER);
        let outcome = self.call_call(message.bytes(1), message.u32(2), message.bytes(3));
        self.stack.set_privilege(former);
        match outcome {
            Err(fault) if fault.is_failure() => {
                Err(fault.recast(Family::Reversion, code::REVERSION))
            }
            outcome => outcome.map(|_| ()),
        }
    }

    /// Lets a contract or a thunk serve a system call from the next block on.
    fn set_system_call(&mut self, operation: &Bytes) -> Result<()> {
        self.require_system_authority()?;
        let message = Reader::new(operation);
        let call_id = message.u32(1);
        let target = message.bytes(2);
        match Reader::new(target).message(2) {
            Some(bundle) => self.check_bundle(Reader::new(bundle).bytes(1), call_id)?,
            None => {
                let thunk = Reader::new(target).u32(1);
                let exists = SystemCall::from_id(thunk).is_some_and(SystemCall::has_thunk);
                ensure(exists, || crate::host::unknown_thunk(thunk, "does not exist"))?;
            }
        }
        self.call_put_object(SYSTEM_CALL_DISPATCH_SPACE, &call_id.to_be_bytes(), target)?;

        let mut event = Vec::new();
        wire::put_u64_field(&mut event, 1, call_id.into());
        wire::put_message_field(&mut event, 2, target);
        self.call_event(b"koinos.chain.set_system_call_event", event)
    }

    fn check_bundle(&mut self, contract_id: &[u8], call_id: u32) -> Result<()> {
        let bytecode = self.call_get_object(CONTRACT_BYTECODE_SPACE, contract_id)?;
        ensure(bytecode.exists, invalid_contract("contract does not exist"))?;
        let metadata = self.call_get_object(CONTRACT_METADATA_SPACE, contract_id)?;
        ensure(metadata.exists, invalid_contract("contract metadata does not exist"))?;
        let system = ContractMetadata::parse(&metadata.value).system;
        ensure(system, invalid_contract("contract is not a system contract"))?;
        ensure(call_id != SystemCall::Call.id(), || {
            Fault::reversion(code::REVERSION, "cannot override call_contract")
        })
    }

    /// Gives a contract kernel mode, or takes it away.
    fn set_system_contract(&mut self, operation: &Bytes) -> Result<()> {
        self.require_system_authority()?;
        let message = Reader::new(operation);
        let (contract_id, system) = (message.bytes(1), message.bool(2));
        let bytecode = self.call_get_object(CONTRACT_BYTECODE_SPACE, contract_id)?;
        ensure(bytecode.exists, invalid_contract("contract does not exist"))?;
        let DatabaseObject { exists, value } =
            self.call_get_object(CONTRACT_METADATA_SPACE, contract_id)?;
        ensure(exists, invalid_contract("contract does not exist"))?;
        let mut metadata = ContractMetadata::parse(&value);
        ensure(!metadata.hash.is_empty(), invalid_contract("contract hash does not exist"))?;
        metadata.system = system;
        self.call_put_object(CONTRACT_METADATA_SPACE, contract_id, &metadata.serialize())?;

        let mut event = Vec::new();
        wire::put_bytes_field(&mut event, 1, contract_id);
        wire::put_bool_field(&mut event, 2, system);
        self.call_event(b"koinos.chain.set_system_contract_event", event)
    }

    fn require_system_authority(&mut self) -> Result<()> {
        ensure(self.call_check_system_authority()?, || {
            Fault::reversion(code::SYSTEM_AUTHORIZATION_FAILURE, "system authority required")
        })
    }
}
