//! Contracts: calling them, ending them, and what they may ask about themselves.

use bytes::Bytes;
use koinos_codec::wire::{self, Reader};

use crate::context::{Context, ExitResult};
use crate::dispatch::ContractMetadata;
use crate::error::{Fault, Result, code, ensure};
use crate::keys::{CONTRACT_BYTECODE_SPACE, CONTRACT_METADATA_SPACE};
use crate::stack::{Frame, Privilege};
use crate::text;

/// Entry point of account contracts that grant authority. Only the system may call it.
pub(crate) const AUTHORIZE_ENTRY_POINT: u32 = 0x4a2d_bd90;

impl Context<'_> {
    /// Runs a contract and returns its result.
    pub(crate) fn call(
        &mut self,
        contract_id: &[u8],
        entry_point: u32,
        arguments: &[u8],
    ) -> Result<Bytes> {
        let invalid = |text: &'static str| move || Fault::reversion(code::INVALID_CONTRACT, text);
        let bytecode = self.call_get_object(CONTRACT_BYTECODE_SPACE, contract_id)?;
        ensure(bytecode.exists, invalid("contract does not exist"))?;
        let metadata = self.call_get_object(CONTRACT_METADATA_SPACE, contract_id)?;
        ensure(metadata.exists, invalid("contract metadata does not exist"))?;
        let metadata = ContractMetadata::parse(&metadata.value);
        ensure(!metadata.hash.is_empty(), invalid("contract hash does not exist"))?;
        if entry_point == AUTHORIZE_ENTRY_POINT {
            self.require_kernel_caller()?;
        }
        let frame = Frame {
            contract_id: Bytes::copy_from_slice(contract_id),
            privilege: metadata.privilege(),
            arguments: Bytes::copy_from_slice(arguments),
            entry_point,
        };
        self.run_contract(frame, &bytecode.value, &metadata.hash)?;
        self.contract_result()
    }

    /// What the contract that just ended answers: its own exit, or the leftover of an earlier one.
    fn contract_result(&self) -> Result<Bytes> {
        let ExitResult { code, result } = &self.exit;
        if *code != code::SUCCESS {
            return Err(Fault::from_exit(*code, wire::field_bytes(result, 2)));
        }
        Ok(wire::field_bytes(result, 1))
    }

    /// Ends the running contract: the fault that unwinds it.
    pub(crate) fn exit(&mut self, code: i32, result: &[u8]) -> Fault {
        let result = Bytes::copy_from_slice(result);
        let error = wire::message_bytes(&result, 2);
        self.exit = ExitResult { code, result };
        if code == code::SUCCESS {
            return Fault::success();
        }
        let Some(error) = error else {
            return Fault::reversion(code::REVERSION, "exit error did not contain error data");
        };
        if !text::is_utf8(Reader::new(&error).bytes(1)) {
            return Fault::reversion(code::REVERSION, "error message contains invalid utf-8");
        }
        Fault::from_exit(code, error)
    }

    /// `koinos.chain.argument_data` of the running contract.
    pub(crate) fn get_arguments(&self) -> Result<Vec<u8>> {
        let frame = self.stack.contract()?;
        let mut out = Vec::with_capacity(frame.arguments.len() + 16);
        wire::put_u64_field(&mut out, 1, frame.entry_point.into());
        wire::put_bytes_field(&mut out, 2, &frame.arguments);
        Ok(out)
    }

    /// `koinos.chain.caller_data`: who called the running contract.
    pub(crate) fn get_caller(&self) -> Result<Vec<u8>> {
        let (caller, Privilege(privilege)) = self.stack.callers_caller()?;
        let mut out = Vec::new();
        wire::put_bytes_field(&mut out, 1, &caller);
        wire::put_i32_field(&mut out, 2, privilege);
        Ok(out)
    }
}
