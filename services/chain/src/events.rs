//! Broadcasts about blocks and transactions (`koinos.broadcast`), in the order of the protocol.

use bytes::Bytes;
use koinos_chain_core::{Block, Controller, Fault, Submitted, Transaction, TransactionTrial};
use koinos_codec::{text, wire};
use koinos_proto::broadcast::{BlockIrreversible, EventParcel, ForkHeads, TransactionFailed};
use koinos_rpc::{Transport, names};
use prost::Message;

use crate::answer::topology;

/// Tells of an accepted block: what is final, the block, the tips, then its events.
pub(crate) fn block_accepted(
    bus: &dyn Transport,
    controller: &Controller,
    block: &Block,
    submitted: Submitted,
    live: bool,
) -> Result<(), Fault> {
    let (root, heads) = controller.get_fork_heads()?;
    let root = Some(topology(root));
    let irreversible = BlockIrreversible { topology: root.clone() };
    bus.broadcast(names::BLOCK_IRREVERSIBLE, irreversible.encode_to_vec().into());

    let receipt = submitted.receipt.encode_to_vec();
    let mut accepted = Vec::with_capacity(block.bytes.len() + receipt.len() + 32);
    wire::put_message_field(&mut accepted, 1, &block.bytes);
    wire::put_message_field(&mut accepted, 2, &receipt);
    wire::put_bool_field(&mut accepted, 3, live);
    wire::put_bool_field(&mut accepted, 4, submitted.is_head);
    bus.broadcast(names::BLOCK_ACCEPT, accepted.into());

    let heads = heads.into_iter().map(topology).collect();
    let forks = ForkHeads { last_irreversible_block: root, heads };
    bus.broadcast(names::BLOCK_FORKS, forks.encode_to_vec().into());

    // The list holds the events of reverted transactions too, as the original broadcasts them.
    for (transaction_id, event) in submitted.events {
        let topic = names::event_topic(&text::to_base58(&event.source), &event.name);
        let parcel = EventParcel {
            block_id: block.id.clone(),
            height: block.height(),
            transaction_id,
            event: Some(event),
        };
        bus.broadcast(&topic, parcel.encode_to_vec().into());
    }
    Ok(())
}

/// Tells of a transaction that passed and may be gossiped.
pub(crate) fn transaction_accepted(
    bus: &dyn Transport,
    transaction: &Transaction,
    trial: &TransactionTrial,
) {
    let receipt = trial.receipt.encode_to_vec();
    let mut accepted = Vec::with_capacity(transaction.bytes.len() + receipt.len() + 48);
    wire::put_message_field(&mut accepted, 1, &transaction.bytes);
    wire::put_message_field(&mut accepted, 2, &receipt);
    wire::put_u64_field(&mut accepted, 3, trial.height);
    wire::put_u64_field(&mut accepted, 4, trial.system_disk_storage_used);
    wire::put_u64_field(&mut accepted, 5, trial.system_network_bandwidth_used);
    wire::put_u64_field(&mut accepted, 6, trial.system_compute_bandwidth_used);
    bus.broadcast(names::TRANSACTION_ACCEPT, accepted.into());
}

/// Tells of a transaction that no block can hold.
pub(crate) fn transaction_failed(bus: &dyn Transport, id: Bytes) {
    let failed = TransactionFailed { id };
    bus.broadcast(names::TRANSACTION_FAIL, failed.encode_to_vec().into());
}
