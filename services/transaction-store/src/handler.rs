//! Requests in, replies out, as bytes.

use bytes::Bytes;
use koinos_codec::wire;
use koinos_index::{Error, Standing, View};
use koinos_proto::rpc::transaction_store::{
    GetInclusionsResponse, Inclusion, TransactionInclusions, TransactionStoreRequest,
    transaction_store_request::Request, transaction_store_response::Response,
};
use koinos_rpc::names::MAX_MESSAGE_SIZE;
use koinos_rpc::{
    Contract, ErrorStatus, MALFORMED_REQUEST, TransactionStore as Service, raw_error,
};
use koinos_service::events;
use prost::Message;

use crate::store::{Contained, find};

/// Where the transactions stand in `transaction_store_response`, and there.
const GET_TRANSACTIONS_BY_ID: u32 = 3;
const TRANSACTIONS: u32 = 1;
/// The most ids `get_inclusions` takes.
const MAX_IDS: usize = 1_000;
/// Tag and length of the fields around a list.
const ENVELOPE: usize = 16;

type Transactions<'a> = View<'a, Contained>;

/// Answers one request (`koinos.rpc.transaction_store.transaction_store_request`).
pub(crate) fn answer(view: &Transactions<'_>, request: &Bytes) -> Bytes {
    let refuse = |text: &str| raw_error::<Service>(ErrorStatus::new(text));
    let Ok(call) = TransactionStoreRequest::decode(request.clone()) else {
        return refuse(MALFORMED_REQUEST);
    };
    let reply = match call.request {
        Some(Request::GetTransactionsById(call)) if call.transaction_ids.is_empty() => {
            return refuse("expected field transaction_ids was nil");
        }
        Some(Request::GetTransactionsById(call)) => by_id(view, &call.transaction_ids),
        Some(Request::GetInclusions(call)) if call.transaction_ids.len() > MAX_IDS => {
            return refuse("cannot request more than 1000 transactions");
        }
        Some(Request::GetInclusions(call)) => inclusions(view, &call.transaction_ids),
        Some(Request::Reserved(_)) | None => return refuse("unknown request"),
    };
    reply.unwrap_or_else(|error| {
        tracing::error!(message_id = events::REQUEST_FAILED, "a request failed: {error}");
        refuse(&error.to_string())
    })
}

fn by_id(view: &Transactions<'_>, ids: &[Bytes]) -> Result<Bytes, Error> {
    // The original's storage has no empty keys, and it keeps that error to itself.
    if ids.iter().any(Bytes::is_empty) {
        return Ok(Bytes::new());
    }
    let mut list = Vec::new();
    for record in find(view, ids)?.into_iter().flatten() {
        wire::put_message_field(&mut list, TRANSACTIONS, &record.to_item());
        if list.len() + ENVELOPE > MAX_MESSAGE_SIZE {
            let text = "Response would exceed maximum MQ message size";
            return Ok(raw_error::<Service>(ErrorStatus::new(text)));
        }
    }
    let mut reply = Vec::with_capacity(list.len() + ENVELOPE);
    wire::put_message_field(&mut reply, GET_TRANSACTIONS_BY_ID, &list);
    Ok(reply.into())
}

fn inclusions(view: &Transactions<'_>, ids: &[Bytes]) -> Result<Bytes, Error> {
    let mut transactions = Vec::with_capacity(ids.len());
    for (id, record) in ids.iter().zip(find(view, ids)?) {
        let mut blocks = Vec::new();
        for block in record.map(|record| record.blocks).unwrap_or_default() {
            let standing = view.standing(&block.id)?;
            blocks.push(Inclusion {
                block_id: block.id,
                height: block.height,
                main_chain: matches!(standing, Standing::Main | Standing::Irreversible),
                irreversible: standing == Standing::Irreversible,
            });
        }
        transactions.push(TransactionInclusions { transaction_id: id.clone(), blocks });
    }
    let reply = Response::GetInclusions(GetInclusionsResponse {
        transactions,
        head: Some(view.head()),
        last_irreversible_block: view.last_irreversible(),
    });
    Ok(Service::response(reply).encode_to_vec().into())
}
