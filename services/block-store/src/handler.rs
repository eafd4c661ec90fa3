//! Requests in, replies out, as bytes.

use bytes::Bytes;
use koinos_proto::broadcast::BlockAccepted;
use koinos_proto::protocol::{Block, BlockReceipt, TransactionReceipt};
use koinos_proto::rpc::block_store::{
    AddBlockRequest, AddBlockResponse, BlockStoreRequest, GetBlocksByHeightRequest,
    GetBlocksByIdRequest, GetHighestBlockResponse, block_store_request::Request,
    block_store_response::Response,
};
use koinos_rpc::{BlockStore as Service, Contract, ErrorStatus, partial, raw_error};
use koinos_service::events;
use prost::Message;

use crate::error::Error;
use crate::record::{NewBlock, Parts};
use crate::store::BlockStore;
use crate::wire;

/// Where the replies with blocks stand in the oneof of `block_store_response`.
const GET_BLOCKS_BY_ID: u32 = 3;
const GET_BLOCKS_BY_HEIGHT: u32 = 4;
/// Where `add_block` stands in the oneof of `block_store_request`.
const ADD_BLOCK: u32 = 4;
/// Field numbers of block and receipt, in `add_block_request` as in `block_accepted`.
const BLOCK: u32 = 1;
const RECEIPT: u32 = 2;
/// Field of `block_receipt`.
const TRANSACTION_RECEIPTS: u32 = 8;

/// Answers one request (`koinos.rpc.block_store.block_store_request`).
pub fn answer(store: &BlockStore, request: &Bytes) -> Bytes {
    handle(store, request).unwrap_or_else(|error| {
        if error.is_internal() {
            let id = events::REQUEST_FAILED;
            tracing::error!(message_id = id, "a request failed: {}", error.with_causes());
        }
        raw_error::<Service>(ErrorStatus::new(error.to_string()))
    })
}

fn handle(store: &BlockStore, request: &Bytes) -> Result<Bytes, Error> {
    let call = add_block_payload(request);
    if let Some(block) = call.map_or(Ok(None), |call| in_pieces(&call))? {
        store.add(&block)?;
        return Ok(reply(Response::AddBlock(AddBlockResponse {})));
    }
    let call = BlockStoreRequest::decode(request.clone()).map_err(|_| Error::Malformed)?;
    match call.request.ok_or(Error::NoRequest)? {
        Request::GetBlocksById(call) => by_id(store, &call),
        Request::GetBlocksByHeight(call) => by_height(store, call),
        Request::AddBlock(call) => {
            store.add(&put_together(call)?)?;
            Ok(reply(Response::AddBlock(AddBlockResponse {})))
        }
        Request::GetHighestBlock(_) => {
            let topology = Some(store.highest());
            Ok(reply(Response::GetHighestBlock(GetHighestBlockResponse { topology })))
        }
        Request::Reserved(_) => Err(Error::UnknownRequest),
    }
}

fn reply(response: Response) -> Bytes {
    Service::response(response).encode_to_vec().into()
}

fn by_id(store: &BlockStore, call: &GetBlocksByIdRequest) -> Result<Bytes, Error> {
    let parts = Parts { block: call.return_block, receipt: call.return_receipt };
    Ok(store.by_ids(&call.block_ids, parts)?.into_reply(GET_BLOCKS_BY_ID))
}

fn by_height(store: &BlockStore, call: GetBlocksByHeightRequest) -> Result<Bytes, Error> {
    let parts = Parts { block: call.return_block, receipt: call.return_receipt };
    let (head, start) = (call.head_block_id, call.ancestor_start_height);
    let list = store.by_height(head, start, call.num_blocks, parts)?;
    Ok(list.into_reply(GET_BLOCKS_BY_HEIGHT))
}

/// Takes in a broadcast `koinos.broadcast.block_accepted`: the same as `add_block`.
///
/// # Errors
/// As for `add_block`; the block has usually been stored by that call already.
pub fn take_in(store: &BlockStore, broadcast: &Bytes) -> Result<u64, Error> {
    if let Some(height) = height_if_stored(store, broadcast)? {
        return Ok(height);
    }
    let block = match in_pieces(broadcast)? {
        Some(block) => block,
        None => {
            let accepted =
                BlockAccepted::decode(broadcast.clone()).map_err(|_| Error::Malformed)?;
            let BlockAccepted { block: block_to_add, receipt: receipt_to_add, .. } = accepted;
            put_together(AddBlockRequest { block_to_add, receipt_to_add })?
        }
    };
    store.add(&block)?;
    Ok(block.height)
}

/// The height of the block in a `block_accepted`, if it is stored already, which is found out
/// without reading the receipt: that may be very large.
fn height_if_stored(store: &BlockStore, broadcast: &Bytes) -> Result<Option<u64>, Error> {
    let accepted = partial::BlockAccepted::decode(broadcast.clone());
    let block = accepted.map_err(|_| Error::Malformed)?.block;
    let (Some(block), Some((bytes, receipt))) = (block, cut_out(broadcast)) else {
        return Ok(None);
    };
    let is_stored = store.has(&block.id, &bytes, receipt.as_deref())?;
    Ok(is_stored.then(|| block.header.map_or(0, |header| header.height)))
}

/// The bytes of the `add_block_request`, when the request consists of just that.
fn add_block_payload(request: &Bytes) -> Option<Bytes> {
    match &wire::fields(request).ok()?[..] {
        [only] if only.number == ADD_BLOCK => Some(request.slice(only.content.clone())),
        _ => None,
    }
}

/// The block to store, with block and receipt as they came in `message`, if each is there in one
/// piece. The receipt is checked without ever having all of it in memory a second time.
fn in_pieces(message: &Bytes) -> Result<Option<NewBlock>, Error> {
    let Some((bytes, receipt)) = cut_out(message) else { return Ok(None) };
    receipt.as_ref().map_or(Ok(()), check_receipt).map_err(|_| Error::Malformed)?;
    let block = Block::decode(bytes.clone()).map_err(|_| Error::Malformed)?;
    new_block(&block, bytes, receipt).map(Some)
}

/// Whether a `koinos.protocol.block_receipt` can be read; decoded it would be several times as large.
fn check_receipt(receipt: &Bytes) -> Result<(), prost::DecodeError> {
    let mut others = Vec::new();
    for field in wire::fields(receipt)? {
        if field.number == TRANSACTION_RECEIPTS && !field.content.is_empty() {
            TransactionReceipt::decode(receipt.slice(field.content))?;
        } else {
            others.extend_from_slice(&receipt[field.whole]);
        }
    }
    BlockReceipt::decode(&*others).map(drop)
}

/// The block to store when a part of it came in several pieces, which the decoder has merged.
fn put_together(call: AddBlockRequest) -> Result<NewBlock, Error> {
    let block = call.block_to_add.ok_or(Error::NoBlock)?;
    let receipt = call.receipt_to_add.map(|receipt| receipt.encode_to_vec().into());
    new_block(&block, block.encode_to_vec().into(), receipt)
}

fn new_block(block: &Block, bytes: Bytes, receipt: Option<Bytes>) -> Result<NewBlock, Error> {
    if block.id.is_empty() {
        return Err(Error::NoId);
    }
    let header = block.header.as_ref().ok_or(Error::NoHeader)?;
    // Copies: the highest block's are kept, and nothing else of its message is to be.
    let [id, previous] = [&block.id, &header.previous].map(|id| Bytes::copy_from_slice(id));
    Ok(NewBlock { id, height: header.height, previous, block: bytes, receipt })
}

/// Block and receipt, when each is there in one piece.
fn cut_out(message: &Bytes) -> Option<(Bytes, Option<Bytes>)> {
    let (mut block, mut receipt) = (None, None);
    for field in wire::fields(message).ok()? {
        let part = match field.number {
            BLOCK => &mut block,
            RECEIPT => &mut receipt,
            _ => continue,
        };
        if field.content.end != field.whole.end {
            // Of another wire type, and that is for the decoder to refuse.
            return None;
        }
        if part.replace(message.slice(field.content)).is_some() {
            // In two pieces, which the decoder has merged.
            return None;
        }
    }
    Some((block?, receipt))
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
