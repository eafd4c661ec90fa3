//! The daemon over a real broker.

use crate::support::node::Program;
use crate::support::scenarios::{self, Subject};
use crate::support::{Content, id, transaction};
use koinos_mq::Bus;
use koinos_proto::rpc::transaction_store::{
    GetTransactionsByIdRequest, transaction_store_request::Request,
    transaction_store_response::Response,
};
use koinos_rpc::{CallOptions, RpcError, TransactionStore, call};

struct Transactions;

fn name(number: u64) -> String {
    format!("transaction {number}")
}

impl Subject for Transactions {
    const PROGRAM: Program = Program {
        path: env!("CARGO_BIN_EXE_koinos-transaction-store"),
        service: "transaction_store",
    };

    fn content(number: u64) -> Vec<Content> {
        vec![transaction(&name(number))]
    }

    async fn knows(bus: &Bus, number: u64, options: CallOptions) -> Result<Option<bool>, RpcError> {
        let request = GetTransactionsByIdRequest { transaction_ids: vec![id(&name(number))] };
        match call::<TransactionStore>(bus, Request::GetTransactionsById(request), options).await? {
            Response::GetTransactionsById(reply) => Ok(match &reply.transactions[..] {
                [] => Some(false),
                [item] => Some(true).filter(|_| {
                    item.transaction.as_ref().is_some_and(|found| found.id == id(&name(number)))
                        && item.containing_blocks == [id(&format!("block {number}"))]
                }),
                _ => None,
            }),
            other => panic!("{other:?}"),
        }
    }
}

crate::scenarios!(Transactions);
