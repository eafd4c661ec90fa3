//! Who may do what: account authority and system authority.

use koinos_codec::tolerant;
use koinos_codec::wire::{self, Reader};

use crate::context::Context;
use crate::dispatch::ContractMetadata;
use crate::error::{Fault, Result, code};
use crate::keys::{CONTRACT_METADATA_SPACE, METADATA_SPACE, Metadata};
use crate::message::OperationKind;
use crate::schemas;
use crate::thunk::AUTHORIZE_ENTRY_POINT;

/// `authorization_type.contract_call`
pub(crate) const CONTRACT_CALL: i32 = 0;
/// `authorization_type.transaction_application`
pub(crate) const TRANSACTION_APPLICATION: i32 = 1;
/// `authorization_type.contract_upload`
pub(crate) const CONTRACT_UPLOAD: i32 = 2;

impl Context<'_> {
    /// Whether `account` agrees: by its contract if that claims the kind of authorization, else by
    /// a signature of the transaction. The kind follows from where the question comes from; the
    /// one given by the asker is ignored.
    pub(crate) fn check_authority(&mut self, account: &[u8], data: &[u8]) -> Result<bool> {
        self.require_writable()?;
        let uploading = self
            .operation
            .as_ref()
            .is_some_and(|op| matches!(op.kind, Some(OperationKind::UploadContract(_))));
        let kind = match self.stack.caller_id() {
            caller if !caller.is_empty() => CONTRACT_CALL,
            _ if uploading => CONTRACT_UPLOAD,
            _ => TRANSACTION_APPLICATION,
        };
        let stored = self.call_get_object(CONTRACT_METADATA_SPACE, account)?;
        let by_contract = stored.exists && {
            let metadata = ContractMetadata::parse(&stored.value);
            match kind {
                CONTRACT_CALL => metadata.authorizes_call_contract,
                TRANSACTION_APPLICATION => metadata.authorizes_transaction_application,
                _ => metadata.authorizes_upload_contract,
            }
        };
        if by_contract {
            return self.ask_contract(account, kind, data);
        }
        self.signed_by(account)
    }

    /// Calls the account's contract at its `authorize` entry point.
    fn ask_contract(&mut self, account: &[u8], kind: i32, data: &[u8]) -> Result<bool> {
        let mut arguments = Vec::new();
        wire::put_i32_field(&mut arguments, 1, kind);
        if kind == CONTRACT_CALL {
            let (caller, _) = self.stack.callers_caller()?;
            let mut call = Vec::new();
            wire::put_bytes_field(&mut call, 1, &self.stack.caller_id());
            wire::put_u64_field(&mut call, 2, self.stack.caller_entry_point().into());
            wire::put_bytes_field(&mut call, 3, &caller);
            wire::put_bytes_field(&mut call, 4, data);
            wire::put_message_field(&mut arguments, 2, &call);
        }
        let answer = self.call_call(account, AUTHORIZE_ENTRY_POINT, &arguments)?;
        Ok(Reader::new(&tolerant(schemas::authorize_result(), &answer)).bool(1))
    }

    /// Whether a signature of the transaction belongs to `account`. Signatures are tried in order
    /// up to the first that does; one that cannot be recovered before it is an error.
    fn signed_by(&mut self, account: &[u8]) -> Result<bool> {
        let transaction = self
            .transaction
            .clone()
            .ok_or_else(|| Fault::reversion(code::INTERNAL_ERROR, "transaction does not exist"))?;
        for signature in &transaction.signatures {
            let signer = self.call_recover_address(signature, &transaction.id)?;
            if signer.as_bytes() == account {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the genesis key signed the transaction.
    pub(crate) fn check_system_authority(&mut self) -> Result<bool> {
        let genesis = self.call_get_object(METADATA_SPACE, Metadata::GenesisKey.key())?.value;
        self.signed_by(&genesis)
    }
}
