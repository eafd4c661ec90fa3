//! `apply_transaction`.

use std::rc::Rc;

use bytes::Bytes;
use koinos_proto::protocol::TransactionReceipt;

use crate::context::{Context, Intent, Session};
use crate::error::{Family, Fault, Result, code, ensure};
use crate::keys::{METADATA_SPACE, Metadata};
use crate::message::{OperationKind, Transaction, TransactionHeader};
use crate::receipt::Amounts;
use crate::system_call::SystemCall;
use crate::text;
use crate::thunk::authority::TRANSACTION_APPLICATION;
use crate::thunk::block::multihash;

/// How the operations of a transaction ended.
enum Operations {
    Done,
    Reverted(Fault),
}

impl Context<'_> {
    /// Applies a transaction: the steps of the consensus rules, "Applying a transaction". A
    /// reversion is returned after the receipt was filed: the transaction then stays in its block.
    pub(crate) fn apply_transaction(&mut self, transaction: &Transaction) -> Result<()> {
        let header = transaction.header_or_default();
        let mut receipt = TransactionReceipt::default();
        match self.apply_transaction_steps(transaction, &header, &mut receipt) {
            Ok(Operations::Done) => self.file_transaction_receipt(receipt, transaction, &header),
            Ok(Operations::Reverted(fault)) => {
                self.file_transaction_receipt(receipt, transaction, &header)?;
                Err(fault)
            }
            Err(fault) if fault.family() == Family::Std => Err(fault),
            Err(fault) => {
                self.file_transaction_receipt(receipt, transaction, &header)?;
                Err(fault)
            }
        }
    }

    fn apply_transaction_steps(
        &mut self,
        transaction: &Transaction,
        header: &TransactionHeader,
        receipt: &mut TransactionReceipt,
    ) -> Result<Operations> {
        self.require_kernel_caller()?;
        self.require_writable()?;
        self.transaction = Some(Rc::new(transaction.clone()));
        let outcome = self.apply_in_session(transaction, header, receipt);
        self.transaction = None;
        outcome
    }

    fn apply_in_session(
        &mut self,
        transaction: &Transaction,
        header: &TransactionHeader,
        receipt: &mut TransactionReceipt,
    ) -> Result<Operations> {
        let start = self.amounts();
        let session = self.start_session(header.rc_limit);
        self.check_transaction(transaction, header, receipt).map_err(|fault| {
            // Before the operations every reversion is a failure: the transaction cannot pay.
            if fault.is_reversion() {
                Fault::failure(code::FAILURE, fault.message())
            } else {
                fault
            }
        })?;

        // Only what the operations write is undone by a reversion; the nonce stays used.
        let base = self.state.open_levels();
        self.state.push();
        let operations = self.run_operations(transaction, base)?;
        self.truncate(base)?;
        receipt.reverted = matches!(operations, Operations::Reverted(_));
        self.close_session(session, start, receipt);
        ensure(self.call_consume_account_rc(&header.payer, receipt.rc_used)?, || {
            let payer = text::base58(&header.payer);
            let text = format!("unable to consume rc for payer: {payer}");
            Fault::failure(code::FAILURE, text).with("p", payer)
        })?;
        Ok(operations)
    }

    /// The checks that must pass for the transaction to be in a block at all, and its nonce.
    fn check_transaction(
        &mut self,
        transaction: &Transaction,
        header: &TransactionHeader,
        receipt: &mut TransactionReceipt,
    ) -> Result<()> {
        let fail = |text: &'static str| move || Fault::failure(code::FAILURE, text);
        receipt.max_payer_rc = self.call_get_account_rc(&header.payer)?;
        ensure(
            receipt.max_payer_rc >= header.rc_limit,
            fail("payer does not have the rc to cover transaction rc limit"),
        )?;
        let chain_id = self.call_get_object(METADATA_SPACE, Metadata::ChainId.key())?;
        ensure(chain_id.exists, fail("chain id does not exist"))?;
        ensure(header.chain_id == chain_id.value, fail("chain id mismatch"))?;
        let hash_code = self.hash_code()?;
        ensure(
            self.call_hash(hash_code, &header.bytes)? == transaction.id,
            fail("transaction contains an invalid transaction id"),
        )?;
        self.check_operations_root(transaction, header, hash_code)?;
        self.check_authorization(header)?;

        let nonce_account = nonce_account(header);
        if !self.call_verify_account_nonce(nonce_account, &header.nonce)? {
            return Err(self.invalid_nonce(nonce_account, header)?);
        }
        self.call_set_account_nonce(nonce_account, &header.nonce)?;
        self.meter.use_network(transaction.bytes.len() as u64)
    }

    fn check_operations_root(
        &mut self,
        transaction: &Transaction,
        header: &TransactionHeader,
        hash_code: u64,
    ) -> Result<()> {
        let root_code = multihash(&header.operation_merkle_root)?.code;
        ensure(root_code == hash_code, || {
            let text = format!(
                "unexpected operation merkle root hash code - was: {root_code}, expected: {hash_code}"
            );
            Fault::failure(code::FAILURE, text).with("o", root_code).with("e", hash_code)
        })?;
        let leaves = transaction
            .operations
            .iter()
            .map(|operation| self.call_hash(hash_code, &operation.bytes))
            .collect::<Result<Vec<Bytes>>>()?;
        ensure(self.call_verify_merkle_root(&header.operation_merkle_root, &leaves)?, || {
            Fault::failure(code::FAILURE, "operation merkle root does not match")
        })
    }

    /// The payer must have signed, and so must the payee whose nonce is used.
    fn check_authorization(&mut self, header: &TransactionHeader) -> Result<()> {
        let payee = uses_payee_nonce(header).then_some(&header.payee);
        for account in [Some(&header.payer), payee].into_iter().flatten() {
            ensure(self.call_check_authority(TRANSACTION_APPLICATION, account)?, || {
                let account = text::base58(account);
                let text = format!("account {account} has not authorized transaction");
                Fault::failure(code::AUTHORIZATION_FAILURE, text).with("account", account)
            })?;
        }
        Ok(())
    }

    fn invalid_nonce(&mut self, account: &[u8], header: &TransactionHeader) -> Result<Fault> {
        let current = match self.mempool_nonce.clone() {
            Some(nonce) => nonce,
            None => self.call_get_account_nonce(account)?,
        };
        let account = text::base58(account);
        let (nonce, current) = (text::hex(&header.nonce), text::hex(&current));
        let text = format!(
            "invalid transaction nonce - account: {account}, nonce: {nonce}, current nonce: {current}"
        );
        let fault = Fault::failure(code::INVALID_NONCE, text);
        Ok(fault.with("a", account).with("n", nonce).with("c", current))
    }

    /// Runs the operations on the level above `base` and merges it unless they are undone.
    fn run_operations(&mut self, transaction: &Transaction, base: usize) -> Result<Operations> {
        let fault = match self.apply_operations(transaction) {
            Ok(()) => {
                // A nested transaction that failed may have left a level of its own behind, whose
                // writes are lost.
                self.truncate(base + 1)?;
                self.state.commit_level()?;
                return Ok(Operations::Done);
            }
            Err(fault) => fault,
        };
        match fault.family() {
            // The reference swallows this failure and accepts a proposal that nobody would accept
            // as a block. Here the proposer is told: the failure is reported like any other, and
            // the next transactions see none of its writes.
            Family::Failure if self.intent == Intent::BlockProposal => {
                self.truncate(base)?;
                Err(fault)
            }
            Family::Reversion => {
                let mut line = b"transaction reverted: ".to_vec();
                line.extend_from_slice(fault.message());
                self.chronicle.push_log(line.into());
                Ok(Operations::Reverted(fault))
            }
            _ => Err(fault),
        }
    }

    /// Drops the levels of the state above `levels`.
    fn truncate(&mut self, levels: usize) -> Result<()> {
        while self.state.open_levels() > levels {
            self.state.drop_level()?;
        }
        Ok(())
    }

    fn apply_operations(&mut self, transaction: &Transaction) -> Result<()> {
        self.call_callback(SystemCall::PreTransactionCallback)?;
        for operation in &transaction.operations {
            self.operation = Some(operation.clone());
            let outcome = match &operation.kind {
                Some(kind) => {
                    let (call, message) = system_call_of(kind);
                    self.call_apply_operation(call, message)
                }
                None => Err(Fault::reversion(code::UNKNOWN_OPERATION, "unknown operation")),
            };
            self.operation = None;
            outcome?;
        }
        self.call_callback(SystemCall::PostTransactionCallback)
    }

    /// Ends the session and writes what was used, said and logged into the receipt.
    fn close_session(&self, session: Session, start: Amounts, receipt: &mut TransactionReceipt) {
        receipt.rc_used = session.rc.used();
        receipt.logs = session.journal.logs();
        if !receipt.reverted {
            receipt.events = session.journal.events();
        }
        let used = self.amounts().since(start);
        receipt.disk_storage_used = used.disk;
        receipt.network_bandwidth_used = used.network;
        receipt.compute_bandwidth_used = used.compute;
    }
}

fn system_call_of(kind: &OperationKind) -> (SystemCall, &Bytes) {
    match kind {
        OperationKind::UploadContract(op) => (SystemCall::ApplyUploadContractOperation, op),
        OperationKind::CallContract(op) => (SystemCall::ApplyCallContractOperation, op),
        OperationKind::SetSystemCall(op) => (SystemCall::ApplySetSystemCallOperation, op),
        OperationKind::SetSystemContract(op) => (SystemCall::ApplySetSystemContractOperation, op),
    }
}

/// The payee's nonce is used when there is a payee other than the payer.
fn uses_payee_nonce(header: &TransactionHeader) -> bool {
    !header.payee.is_empty() && header.payee != header.payer
}

fn nonce_account(header: &TransactionHeader) -> &Bytes {
    if uses_payee_nonce(header) { &header.payee } else { &header.payer }
}
