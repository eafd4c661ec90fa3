//! What a block adds to histories.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bytes::Bytes;
use koinos_codec::wire::{self, Reader};
use koinos_index::{Parts, SourceBlock};
use prost::Message;

/// Field numbers of the protocol's messages.
mod field {
    /// `block_header`.
    pub(super) const SIGNER: u32 = 6;
    /// `block_receipt`.
    pub(super) const BLOCK_EVENTS: u32 = 7;
    /// `event_data`.
    pub(super) const SOURCE: u32 = 2;
    pub(super) const IMPACTED: u32 = 5;
    /// `transaction`.
    pub(super) const HEADER: u32 = 2;
    pub(super) const OPERATIONS: u32 = 3;
    /// `transaction_header`.
    pub(super) const PAYER: u32 = 5;
    pub(super) const PAYEE: u32 = 6;
    /// `operation`.
    pub(super) const UPLOAD_CONTRACT: u32 = 1;
    pub(super) const CALL_CONTRACT: u32 = 2;
    pub(super) const SET_SYSTEM_CALL: u32 = 3;
    pub(super) const SET_SYSTEM_CONTRACT: u32 = 4;
    /// Of all operations but `set_system_call`, and of `contract_call_bundle`.
    pub(super) const CONTRACT_ID: u32 = 1;
    /// `set_system_call_operation` and `system_call_target`.
    pub(super) const TARGET: u32 = 2;
    pub(super) const SYSTEM_CALL_BUNDLE: u32 = 2;
    /// `transaction_receipt`.
    pub(super) const TRANSACTION_EVENTS: u32 = 10;
    /// `koinos.rpc.account_history.account_history_entry`, and the two kinds of records in it.
    pub(super) const TRX: u32 = 2;
    pub(super) const BLOCK: u32 = 3;
    pub(super) const CONTENT: u32 = 1;
    pub(super) const RECEIPT: u32 = 2;
}

/// What a block adds: to whose histories its records belong. The records themselves are the parts of
/// the block by their places: 0 is the block, then come its transactions. One that nobody's history
/// has is absent. Each is the field of `account_history_entry` that holds it.
#[derive(Clone, PartialEq, Message)]
pub struct Effects {
    /// In the order of the accounts, each once.
    #[prost(message, repeated, tag = "1")]
    pub(crate) concerned: Vec<Concerned>,
}

/// What a block adds to a history.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Concerned {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) account: Bytes,
    /// The places of the records, ascending.
    #[prost(uint32, repeated, tag = "2")]
    pub(crate) places: Vec<u32>,
}

impl Effects {
    /// What a block adds to the histories of the accounts in `whitelist`, or of all if that is empty.
    pub(crate) fn of(block: &SourceBlock, whitelist: &HashSet<Bytes>) -> (Self, Parts) {
        let (mut places, mut records) = (Places::new(), Parts::new());
        let header = block.header();
        let concerned = concerned_by_block(&header, &block.receipt);
        if add(&mut places, 0, &concerned, whitelist) {
            records.push((0, record(field::BLOCK, &header, &block.receipt)));
        }
        for (place, (transaction, receipt)) in (1..).zip(block.transactions_with_receipts()) {
            let concerned = concerned_by_transaction(&transaction, &receipt);
            if add(&mut places, place, &concerned, whitelist) {
                records.push((place, record(field::TRX, &transaction, &receipt)));
            }
        }
        let concerned = places.into_iter().map(|(account, places)| Concerned { account, places });
        (Self { concerned: concerned.collect() }, records)
    }

    /// The places that belong to the history of an account.
    pub(crate) fn places(&self, account: &[u8]) -> &[u32] {
        let found = self.concerned.binary_search_by(|one| one.account[..].cmp(account));
        found.map_or(&[], |at| &self.concerned[at].places)
    }

    /// How many places in histories that makes.
    pub(crate) fn count(&self) -> u64 {
        self.concerned.iter().map(|one| one.places.len() as u64).sum()
    }
}

/// The places of records by account.
type Places = BTreeMap<Bytes, Vec<u32>>;

/// Adds a record to histories. Says whether there are any.
fn add(
    places: &mut Places,
    place: u32,
    concerned: &BTreeSet<&[u8]>,
    whitelist: &HashSet<Bytes>,
) -> bool {
    let mut any = false;
    for account in concerned {
        if whitelist.is_empty() || whitelist.contains(*account) {
            any = true;
            match places.get_mut(*account) {
                Some(places) => places.push(place),
                None => drop(places.insert(Bytes::copy_from_slice(account), vec![place])),
            }
        }
    }
    any
}

fn record(kind: u32, content: &[u8], receipt: &[u8]) -> Bytes {
    let length = wire::message_field_len(field::CONTENT, content.len())
        + wire::message_field_len(field::RECEIPT, receipt.len());
    let mut record = Vec::with_capacity(wire::message_field_len(kind, length));
    wire::put_tag(&mut record, kind, wire::WireType::Bytes);
    wire::put_varint(&mut record, length as u64);
    wire::put_message_field(&mut record, field::CONTENT, content);
    wire::put_message_field(&mut record, field::RECEIPT, receipt);
    record.into()
}

/// The signer, and who is named by events of the block itself.
fn concerned_by_block<'a>(header: &'a [u8], receipt: &'a [u8]) -> BTreeSet<&'a [u8]> {
    let mut concerned = BTreeSet::from([Reader::new(header).bytes(field::SIGNER)]);
    add_events(receipt, field::BLOCK_EVENTS, &mut concerned);
    concerned
}

/// Payer and payee, contracts that are operated on, and who is named by events.
fn concerned_by_transaction<'a>(transaction: &'a [u8], receipt: &'a [u8]) -> BTreeSet<&'a [u8]> {
    let transaction = Reader::new(transaction);
    let header = Reader::new(transaction.bytes(field::HEADER));
    let mut concerned = BTreeSet::from([header.bytes(field::PAYER)]);
    let payee = header.bytes(field::PAYEE);
    if !payee.is_empty() {
        concerned.insert(payee);
    }
    concerned.extend(transaction.repeated(field::OPERATIONS).filter_map(operated_on));
    add_events(receipt, field::TRANSACTION_EVENTS, &mut concerned);
    concerned
}

/// The contract an operation is about.
fn operated_on(operation: &[u8]) -> Option<&[u8]> {
    let operation = Reader::new(operation);
    for kind in [field::UPLOAD_CONTRACT, field::CALL_CONTRACT, field::SET_SYSTEM_CONTRACT] {
        if let Some(content) = operation.message(kind) {
            return Some(Reader::new(content).bytes(field::CONTRACT_ID));
        }
    }
    let content = Reader::new(operation.message(field::SET_SYSTEM_CALL)?);
    let target = Reader::new(content.message(field::TARGET)?);
    let bundle = Reader::new(target.message(field::SYSTEM_CALL_BUNDLE)?);
    Some(bundle.bytes(field::CONTRACT_ID))
}

fn add_events<'a>(receipt: &'a [u8], number: u32, concerned: &mut BTreeSet<&'a [u8]>) {
    for event in Reader::new(receipt).repeated(number) {
        let event = Reader::new(event);
        concerned.insert(event.bytes(field::SOURCE));
        concerned.extend(event.repeated(field::IMPACTED));
    }
}
