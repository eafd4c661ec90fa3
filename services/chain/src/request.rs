//! Reading requests without losing the exact bytes of blocks and transactions.

use bytes::Bytes;
use koinos_codec::wire::{self, Reader};
use koinos_codec::{MessageSchema, Schema, canonicalize};

/// Fields of `koinos.rpc.chain.chain_request`.
pub(crate) mod field {
    pub(crate) const RESERVED: u32 = 1;
    pub(crate) const SUBMIT_BLOCK: u32 = 2;
    pub(crate) const SUBMIT_TRANSACTION: u32 = 3;
    pub(crate) const GET_HEAD_INFO: u32 = 4;
    pub(crate) const GET_CHAIN_ID: u32 = 5;
    pub(crate) const GET_FORK_HEADS: u32 = 6;
    pub(crate) const READ_CONTRACT: u32 = 7;
    pub(crate) const GET_ACCOUNT_NONCE: u32 = 8;
    pub(crate) const GET_ACCOUNT_RC: u32 = 9;
    pub(crate) const GET_RESOURCE_LIMITS: u32 = 10;
    pub(crate) const INVOKE_SYSTEM_CALL: u32 = 11;
    pub(crate) const PROPOSE_BLOCK: u32 = 12;
}

/// A message of a known type in its canonical form, without a copy if it has it already. `None`
/// when it is not a valid message.
pub(crate) fn canonical(name: &str, message: &Bytes) -> Option<Bytes> {
    let schema: &'static MessageSchema = Schema::of(name)?;
    match canonicalize(schema, message).ok()? {
        std::borrow::Cow::Borrowed(_) => Some(message.clone()),
        std::borrow::Cow::Owned(canonical) => Some(canonical.into()),
    }
}

/// Whether a serialised `chain_request` submits a block. One that is not canonical may hold other
/// kinds beside it.
pub(crate) fn is_submit_block(request: &[u8]) -> bool {
    Reader::new(request).message(field::SUBMIT_BLOCK).is_some()
}

/// The kind of a canonical `chain_request` and its content.
pub(crate) fn kind(request: &Bytes) -> Option<(u32, Bytes)> {
    (field::RESERVED..=field::PROPOSE_BLOCK)
        .find_map(|number| Some((number, wire::message_bytes(request, number)?)))
}
