//! Requests in, replies out, as bytes.

use bytes::Bytes;
use koinos_index::{Error, View};
use koinos_proto::contract_meta_store::ContractMetaItem;
use koinos_proto::rpc::contract_meta_store::{
    ContractMetaStoreRequest, ContractUpload, GetContractMetaResponse, GetUploadResponse,
    contract_meta_store_request::Request, contract_meta_store_response::Response,
};
use koinos_rpc::{
    Contract, ContractMetaStore as Service, ErrorStatus, MALFORMED_REQUEST, raw_error,
};
use koinos_service::events;
use prost::Message;

use crate::record::Uploads;
use crate::store::last_upload;

/// Answers one request (`koinos.rpc.contract_meta_store.contract_meta_store_request`).
pub(crate) fn answer(view: &View<'_, Uploads>, request: &Bytes) -> Bytes {
    let refuse = |text: &str| raw_error::<Service>(ErrorStatus::new(text));
    let Ok(call) = ContractMetaStoreRequest::decode(request.clone()) else {
        return refuse(MALFORMED_REQUEST);
    };
    let reply = match call.request {
        // The original's storage has no empty keys, and it keeps that error to itself.
        Some(Request::GetContractMeta(call)) if call.contract_id.is_empty() => {
            return Bytes::new();
        }
        Some(Request::GetContractMeta(call)) => meta(view, &call.contract_id),
        Some(Request::GetUpload(call)) => upload(view, &call.contract_id),
        Some(Request::Reserved(_)) | None => return refuse("unknown request"),
    };
    match reply {
        Ok(reply) => Service::response(reply).encode_to_vec().into(),
        Err(error) => {
            tracing::error!(message_id = events::REQUEST_FAILED, "a request failed: {error}");
            refuse(&error.to_string())
        }
    }
}

fn meta(view: &View<'_, Uploads>, contract: &Bytes) -> Result<Response, Error> {
    let upload = last_upload(view, contract)?;
    let abi = upload.map(|(upload, _)| String::from_utf8_lossy(&upload.abi).into_owned());
    // To the original an item without ABI looks like none.
    let meta = abi.filter(|abi| !abi.is_empty()).map(|abi| ContractMetaItem { abi });
    Ok(Response::GetContractMeta(GetContractMetaResponse { meta }))
}

fn upload(view: &View<'_, Uploads>, contract: &Bytes) -> Result<Response, Error> {
    let upload = last_upload(view, contract)?.map(|(upload, irreversible)| ContractUpload {
        block_id: upload.block_id,
        height: upload.height,
        transaction_id: upload.transaction_id,
        reverted: upload.reverted,
        irreversible,
    });
    Ok(Response::GetUpload(GetUploadResponse {
        upload,
        head: Some(view.head()),
        last_irreversible_block: view.last_irreversible(),
    }))
}
