//! Trying a transaction on the head state (`submit_transaction`).

use std::sync::Arc;

use bytes::Bytes;
use koinos_proto::protocol::TransactionReceipt;

use crate::context::{Context, Intent};
use crate::controller::Controller;
use crate::controller::block::{validate_transaction, with_logs};
use crate::error::{Family, Fault, Result};
use crate::message::Transaction;
use crate::native::resource_limits;
use crate::receipt::Receipt;
use crate::stack::Frame;

/// What the pool of pending transactions is asked about a transaction that is to be broadcast.
#[derive(Clone, Debug)]
pub struct PendingCheck {
    /// Address that pays.
    pub payer: Bytes,
    /// Address whose nonce is used, as the pool counts it.
    pub payee: Bytes,
    /// rc of the payer.
    pub max_payer_rc: u64,
    /// The most rc the transaction may take.
    pub rc_limit: u64,
    /// The transaction's nonce.
    pub nonce: Bytes,
}

/// Asks the pool: a refusal, or the last pending nonce of the account if it has one.
pub type Pending<'p> = &'p mut dyn FnMut(PendingCheck) -> Result<Option<Bytes>>;

/// A transaction that passed.
#[derive(Debug)]
pub struct TransactionTrial {
    /// The receipt. It may say that the transaction was reverted.
    pub receipt: TransactionReceipt,
    /// Height of the state it was tried on.
    pub height: u64,
    /// Bytes of state used outside the payer's session.
    pub system_disk_storage_used: u64,
    /// Bytes of block used outside the payer's session.
    pub system_network_bandwidth_used: u64,
    /// Ticks used outside the payer's session.
    pub system_compute_bandwidth_used: u64,
}

impl Controller {
    /// Tries a transaction on a scratch copy of the head state. `pending` is given when it is to
    /// be broadcast.
    pub fn submit_transaction(
        &self,
        transaction: &Transaction,
        pending: Option<Pending<'_>>,
    ) -> Result<TransactionTrial> {
        validate_transaction(transaction)?;
        let (head, head_block) = self.head_pair();
        let intent = Intent::TransactionApplication;
        let mut context = Context::over(&self.engine, intent, &head, Frame::KERNEL)?;
        context.block = Some(Arc::clone(&head_block));
        self.try_transaction(&mut context, transaction, pending).map_err(|fault| {
            if fault.family() == Family::Std {
                return fault;
            }
            with_logs(fault, context.receipt_logs())
        })
    }

    fn try_transaction(
        &self,
        context: &mut Context<'_>,
        transaction: &Transaction,
        pending: Option<Pending<'_>>,
    ) -> Result<TransactionTrial> {
        let header = transaction.header_or_default();
        let max_payer_rc = context.call_get_account_rc(&header.payer)?;
        if let Some(ask) = pending {
            let payee = if header.payee.is_empty() { &header.payer } else { &header.payee };
            let nonce = ask(PendingCheck {
                payer: header.payer.clone(),
                payee: payee.clone(),
                max_payer_rc,
                rc_limit: header.rc_limit,
                nonce: header.nonce.clone(),
            })?;
            context.mempool_nonce =
                nonce.filter(|nonce| crate::thunk::nonce_number(nonce).is_some());
        }
        let limits = context.call_get_resource_limits()?;
        context.meter.set_limits(resource_limits(&limits));
        context.call_apply_transaction(transaction)?;

        let Receipt::Transaction(receipt) = std::mem::take(&mut context.receipt) else {
            return Err(Fault::std("expected transaction receipt"));
        };
        let used = context.amounts();
        Ok(TransactionTrial {
            height: context.position.height,
            system_disk_storage_used: used.disk.wrapping_sub(receipt.disk_storage_used),
            system_network_bandwidth_used: used
                .network
                .wrapping_sub(receipt.network_bandwidth_used),
            system_compute_bandwidth_used: used
                .compute
                .wrapping_sub(receipt.compute_bandwidth_used),
            receipt: *receipt,
        })
    }
}
