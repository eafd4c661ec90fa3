//! Requests in, replies out, as bytes.

use bytes::Bytes;
use koinos_proto::broadcast::BlockAccepted;
use koinos_proto::protocol::{Block, BlockReceipt};
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
    let call = BlockStoreRequest::decode(request.clone()).map_err(|_| Error::Malformed)?;
    match call.request.ok_or(Error::NoRequest)? {
        Request::GetBlocksById(call) => by_id(store, &call),
        Request::GetBlocksByHeight(call) => by_height(store, call),
        Request::AddBlock(call) => {
            store.add(&new_block(call, add_block_payload(request))?)?;
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
    let accepted = BlockAccepted::decode(broadcast.clone()).map_err(|_| Error::Malformed)?;
    let call = AddBlockRequest { block_to_add: accepted.block, receipt_to_add: accepted.receipt };
    let block = new_block(call, Some(broadcast.clone()))?;
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

/// The block to store, with block and receipt as they came in `message` if they can be cut out.
fn new_block(call: AddBlockRequest, message: Option<Bytes>) -> Result<NewBlock, Error> {
    let block = call.block_to_add.ok_or(Error::NoBlock)?;
    if block.id.is_empty() {
        return Err(Error::NoId);
    }
    let header = block.header.as_ref().ok_or(Error::NoHeader)?;
    let (id, height, previous) = (block.id.clone(), header.height, header.previous.clone());
    let cut = message.as_ref().and_then(cut_out);
    let (block, receipt) = cut.unwrap_or_else(|| encode(&block, call.receipt_to_add.as_ref()));
    Ok(NewBlock { id, height, previous, block, receipt })
}

fn encode(block: &Block, receipt: Option<&BlockReceipt>) -> (Bytes, Option<Bytes>) {
    let receipt = receipt.map(|receipt| receipt.encode_to_vec().into());
    (block.encode_to_vec().into(), receipt)
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
