//! The daemon over a real broker.

use crate::support::node::Program;
use crate::support::scenarios::{self, Subject};
use crate::support::{Content, id, transaction};
use koinos_mq::Bus;
use koinos_proto::protocol::{Operation, UploadContractOperation, operation::Op};
use koinos_proto::rpc::contract_meta_store::{
    GetContractMetaRequest, contract_meta_store_request::Request,
    contract_meta_store_response::Response,
};
use koinos_rpc::{CallOptions, ContractMetaStore, RpcError, call};

struct Contracts;

impl Subject for Contracts {
    const PROGRAM: Program = Program {
        path: env!("CARGO_BIN_EXE_koinos-contract-meta-store"),
        service: "contract_meta_store",
    };

    fn content(number: u64) -> Vec<Content> {
        let (mut transaction, receipt) = transaction(&format!("transaction {number}"));
        let upload = UploadContractOperation {
            contract_id: id(&format!("contract {number}")),
            abi: format!("abi {number}"),
            ..Default::default()
        };
        transaction.operations.push(Operation { op: Some(Op::UploadContract(upload)) });
        vec![(transaction, receipt)]
    }

    async fn knows(bus: &Bus, number: u64, options: CallOptions) -> Result<Option<bool>, RpcError> {
        let request = GetContractMetaRequest { contract_id: id(&format!("contract {number}")) };
        match call::<ContractMetaStore>(bus, Request::GetContractMeta(request), options).await? {
            Response::GetContractMeta(reply) => Ok(match reply.meta {
                None => Some(false),
                Some(meta) if meta.abi == format!("abi {number}") => Some(true),
                Some(_) => None,
            }),
            other => panic!("{other:?}"),
        }
    }
}

crate::scenarios!(Contracts);
