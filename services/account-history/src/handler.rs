//! Requests in, replies out, as bytes.

use bytes::Bytes;
use koinos_codec::wire;
use koinos_index::{Error, View};
use koinos_proto::rpc::ReservedRpc;
use koinos_proto::rpc::account_history::{
    AccountHistoryRequest, GetAccountHistoryRequest, account_history_request::Request,
    account_history_response::Response,
};
use koinos_rpc::names::MAX_MESSAGE_SIZE;
use koinos_rpc::{AccountHistory as Service, Contract, ErrorStatus, raw_error};
use koinos_service::events;
use prost::Message;

use crate::effects::Effects;
use crate::history::{Page, read};

/// The most records one request may ask for.
const MAX_REQUEST: u64 = 500;
/// Where the entries stand in `account_history_response`, and there.
const GET_ACCOUNT_HISTORY: u32 = 3;
const VALUES: u32 = 1;
const SEQ_NUM: u32 = 1;
/// Tags and lengths around the entries.
const ENVELOPE: usize = 16;

/// Answers one request (`koinos.rpc.account_history.account_history_request`).
pub(crate) fn answer(view: &View<'_, Effects>, request: &Bytes) -> Bytes {
    let refuse = |text: &str| raw_error::<Service>(ErrorStatus::new(text));
    let Ok(call) = AccountHistoryRequest::decode(request.clone()) else {
        return refuse("Received bad message");
    };
    match call.request {
        Some(Request::GetAccountHistory(call)) if call.limit > MAX_REQUEST => {
            refuse("request limit exceeded")
        }
        Some(Request::GetAccountHistory(call)) => history(view, call).unwrap_or_else(|error| {
            tracing::error!(message_id = events::REQUEST_FAILED, "a request failed: {error}");
            refuse(&error.to_string())
        }),
        Some(Request::Reserved(_)) => {
            Service::response(Response::Reserved(ReservedRpc {})).encode_to_vec().into()
        }
        None => refuse("Error: attempted to call unknown rpc"),
    }
}

fn history(view: &View<'_, Effects>, call: GetAccountHistoryRequest) -> Result<Bytes, Error> {
    let page = Page {
        account: call.address,
        start: call.seq_num,
        limit: call.limit,
        ascending: call.ascending,
        irreversible: call.irreversible,
    };
    let mut values = Vec::new();
    for (place, record) in read(view, page)? {
        let mut entry = Vec::with_capacity(record.len() + ENVELOPE);
        wire::put_u64_field(&mut entry, SEQ_NUM, place);
        entry.extend_from_slice(&record);
        let size = wire::message_field_len(VALUES, entry.len());
        // As many as a message can hold.
        if values.len() + size + ENVELOPE > MAX_MESSAGE_SIZE {
            break;
        }
        wire::put_message_field(&mut values, VALUES, &entry);
    }
    let mut reply = Vec::with_capacity(values.len() + ENVELOPE);
    wire::put_message_field(&mut reply, GET_ACCOUNT_HISTORY, &values);
    Ok(reply.into())
}
