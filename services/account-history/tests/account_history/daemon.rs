//! The daemon over a real broker.

use crate::support::node::Program;
use crate::support::scenarios::{self, Subject};
use crate::support::{Content, id, transaction};
use koinos_mq::Bus;
use koinos_proto::protocol::TransactionHeader;
use koinos_proto::rpc::account_history::{
    GetAccountHistoryRequest, account_history_entry::Record, account_history_request::Request,
    account_history_response::Response,
};
use koinos_rpc::{AccountHistory, CallOptions, RpcError, call};

struct Histories;

impl Subject for Histories {
    const PROGRAM: Program =
        Program { path: env!("CARGO_BIN_EXE_koinos-account-history"), service: "account_history" };

    fn content(number: u64) -> Vec<Content> {
        let (mut transaction, receipt) = transaction(&format!("transaction {number}"));
        let payer = format!("account {number}").into();
        transaction.header = Some(TransactionHeader { payer, ..Default::default() });
        vec![(transaction, receipt)]
    }

    async fn knows(bus: &Bus, number: u64, options: CallOptions) -> Result<Option<bool>, RpcError> {
        let request = GetAccountHistoryRequest {
            address: format!("account {number}").into(),
            limit: 10,
            ..Default::default()
        };
        match call::<AccountHistory>(bus, Request::GetAccountHistory(request), options).await? {
            Response::GetAccountHistory(reply) => Ok(match &reply.values[..] {
                [] => Some(false),
                [entry] => Some(true).filter(|_| match &entry.record {
                    Some(Record::Trx(record)) => record
                        .transaction
                        .as_ref()
                        .is_some_and(|found| found.id == id(&format!("transaction {number}"))),
                    _ => false,
                }),
                _ => None,
            }),
            other => panic!("{other:?}"),
        }
    }
}

crate::scenarios!(Histories);
