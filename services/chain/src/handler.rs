//! Requests in, replies out, as bytes (`koinos.rpc.chain`).

use std::sync::Arc;

use bytes::Bytes;
use koinos_chain_core::{Block, Controller, Fault, PendingCheck, Transaction};
use koinos_codec::wire::{self, Reader};
use koinos_proto::rpc::{ReservedRpc, chain};
use koinos_rpc::{Chain, Contract, ErrorStatus, Transport, partial};
use prost::Message;
use serde_json::{Map, Value};
use tracing::{debug, warn};

use crate::admission::Admission;
use crate::blocks::Blocks;
use crate::request::{self, field};
use crate::{answer, events};
use chain::chain_response::Response;

/// Answers the requests to the chain.
pub(crate) struct Handler {
    controller: Arc<Controller>,
    bus: Arc<dyn Transport>,
    blocks: Blocks,
    admission: Admission,
}

/// Why a request is not answered as asked.
enum Refusal {
    Fault(Fault),
    /// The kind of request is not known: the reply carries a text alone.
    UnknownRpc,
    /// Not a protobuf message.
    BadMessage,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<prost::DecodeError> for Refusal {
    fn from(_: prost::DecodeError) -> Self {
        Self::BadMessage
    }
}

impl Handler {
    /// Must be called within the runtime that serves the bus.
    pub(crate) fn new(
        controller: Arc<Controller>,
        bus: Arc<dyn Transport>,
        pending_transaction_limit: Option<u64>,
    ) -> Self {
        let runtime = tokio::runtime::Handle::current();
        let blocks = Blocks::new(controller.clone(), bus.clone(), runtime.clone());
        let admission = Admission::new(bus.clone(), runtime, pending_transaction_limit);
        Self { controller, bus, blocks, admission }
    }

    /// Answers one serialised `chain_request`.
    pub(crate) fn answer(&self, request: &Bytes) -> Bytes {
        let response = match self.handle(request) {
            Ok(response) => response,
            Err(refusal) => Chain::error(error_status(refusal).build()),
        };
        Chain::response(response).encode_to_vec().into()
    }

    /// Takes in a broadcast `block_accepted` of another instance.
    pub(crate) fn block_accepted(&self, broadcast: &Bytes) {
        // Most are our own.
        if let Ok(partial::BlockAccepted { block: Some(block), .. }) =
            partial::BlockAccepted::decode(broadcast.clone())
            && self.controller.is_known(&block.id)
        {
            return;
        }
        let name = "koinos.broadcast.block_accepted";
        let Some(accepted) = request::canonical(name, broadcast) else {
            warn!("Could not parse block accepted broadcast");
            return;
        };
        if let Some(block) = wire::message_bytes(&accepted, 1) {
            self.blocks.follow(Block::from_canonical(block));
        }
    }

    /// Takes in the broadcast `mempool_accepted`.
    pub(crate) fn transaction_pooled(&self, broadcast: &Bytes) {
        self.admission.pooled(broadcast);
    }

    fn handle(&self, request: &Bytes) -> Result<Response, Refusal> {
        let name = "koinos.rpc.chain.chain_request";
        let request = request::canonical(name, request).ok_or(Refusal::BadMessage)?;
        let (kind, content) = request::kind(&request).ok_or(Refusal::UnknownRpc)?;
        let controller = &*self.controller;
        Ok(match kind {
            field::RESERVED => Response::Reserved(ReservedRpc {}),
            field::SUBMIT_BLOCK => Response::SubmitBlock(self.submit_block(&content)?),
            field::SUBMIT_TRANSACTION => {
                Response::SubmitTransaction(self.submit_transaction(&content)?)
            }
            field::PROPOSE_BLOCK => Response::ProposeBlock(self.propose_block(&content)?),
            field::GET_HEAD_INFO => Response::GetHeadInfo(answer::get_head_info(controller)?),
            field::GET_CHAIN_ID => Response::GetChainId(answer::get_chain_id(controller)?),
            field::GET_FORK_HEADS => Response::GetForkHeads(answer::get_fork_heads(controller)?),
            field::READ_CONTRACT => {
                let request = chain::ReadContractRequest::decode(content)?;
                Response::ReadContract(answer::read_contract(controller, &request)?)
            }
            field::GET_ACCOUNT_NONCE => {
                let request = chain::GetAccountNonceRequest::decode(content)?;
                Response::GetAccountNonce(answer::get_account_nonce(controller, &request)?)
            }
            field::GET_ACCOUNT_RC => {
                let request = chain::GetAccountRcRequest::decode(content)?;
                Response::GetAccountRc(answer::get_account_rc(controller, &request)?)
            }
            field::GET_RESOURCE_LIMITS => {
                Response::GetResourceLimits(answer::get_resource_limits(controller)?)
            }
            field::INVOKE_SYSTEM_CALL => {
                let request = chain::InvokeSystemCallRequest::decode(content)?;
                Response::InvokeSystemCall(answer::invoke_system_call(controller, &request)?)
            }
            _ => return Err(Refusal::UnknownRpc),
        })
    }

    fn submit_block(&self, request: &Bytes) -> Result<chain::SubmitBlockResponse, Fault> {
        let block = Block::from_canonical(wire::field_bytes(request, 1));
        Ok(chain::SubmitBlockResponse { receipt: self.blocks.submit(block)? })
    }

    fn propose_block(&self, request: &Bytes) -> Result<chain::ProposeBlockResponse, Fault> {
        let block = Block::from_canonical(wire::field_bytes(request, 1));
        Ok(match self.blocks.propose(block)? {
            Ok(receipt) => chain::ProposeBlockResponse { receipt, ..Default::default() },
            Err(failed_transaction_indices) => {
                chain::ProposeBlockResponse { failed_transaction_indices, ..Default::default() }
            }
        })
    }

    fn submit_transaction(
        &self,
        request: &Bytes,
    ) -> Result<chain::SubmitTransactionResponse, Fault> {
        let transaction = Transaction::from_canonical(wire::field_bytes(request, 1));
        let broadcast = Reader::new(request).bool(2);
        let mut passed = None;
        let mut ask = |check: PendingCheck| {
            let (pass, nonce) = self.admission.ask(check)?;
            passed = Some(pass);
            Ok(nonce)
        };
        let trial = match broadcast {
            true => self.controller.submit_transaction(&transaction, Some(&mut ask)),
            false => self.controller.submit_transaction(&transaction, None),
        };
        let trial = trial.inspect_err(|fault| {
            debug!(
                koinos_transaction_id = hex::encode(&transaction.id),
                "Transaction application failed, with reason: {fault}"
            );
        })?;
        if let Some(pass) = passed {
            self.admission.admit(&transaction.id, pass)?;
            events::transaction_accepted(&*self.bus, &transaction, &trial);
        }
        Ok(chain::SubmitTransactionResponse { receipt: Some(trial.receipt) })
    }
}

/// The error envelope: text, `data` as JSON of all values known and the code, and the details.
fn error_status(refusal: Refusal) -> ErrorStatus {
    let fault = match refusal {
        Refusal::Fault(fault) => fault,
        Refusal::UnknownRpc => {
            return ErrorStatus::new("Error: attempted to call unknown rpc");
        }
        Refusal::BadMessage => {
            warn!("Received bad message");
            Fault::std("received bad message")
        }
    };
    let details = fault.details();
    let logs = details.get("logs").and_then(Value::as_array);
    let logs = logs.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    // Clients get the values in the order of their names.
    let mut values: Vec<(&str, Value)> =
        details.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    values.push(("code", Value::from(fault.code())));
    values.sort_by(|a, b| a.0.cmp(b.0));
    let data: Map<String, Value> =
        values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    ErrorStatus::new(String::from_utf8_lossy(fault.message()))
        .with_data(Value::Object(data).to_string())
        .with_details(fault.code(), logs)
}

#[cfg(test)]
mod tests {
    use koinos_chain_core::code;

    use super::*;

    #[test]
    fn errors_carry_text_data_and_details() {
        let fault = Fault::failure(code::UNEXPECTED_HEIGHT, "expected block height of 2, was 3")
            .with("b", 3)
            .with("a", 2)
            .with("logs", vec!["one".to_owned()]);
        let status = error_status(Refusal::Fault(fault)).build();
        assert_eq!(status.message, "expected block height of 2, was 3");
        #[allow(deprecated)]
        let data = status.data;
        assert_eq!(data, r#"{"a":2,"b":3,"code":-1004,"logs":["one"]}"#);
        assert_eq!(status.details.len(), 1);
    }

    #[test]
    fn an_unknown_kind_has_no_code() {
        let status = error_status(Refusal::UnknownRpc).build();
        assert_eq!(status.message, "Error: attempted to call unknown rpc");
        assert!(status.details.is_empty());
    }
}
