//! The daemon over a real broker.

use crate::support::node::{LIMIT, Node, Program};
use crate::support::scenarios::{self, Scene, Subject};
use crate::support::{Content, block, id, transaction};
use koinos_mq::Bus;
use koinos_proto::protocol::TransactionHeader;
use koinos_proto::rpc::account_history::{
    GetAccountHistoryRequest, account_history_entry::Record, account_history_request::Request,
    account_history_response::Response,
};
use koinos_rpc::{AccountHistory, CallOptions, RpcError, call};
use koinos_testkit::Daemon;

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

#[tokio::test(flavor = "multi_thread")]
async fn a_whitelist_keeps_others_out_and_a_new_one_is_warned_of() {
    const LISTED: &str = "2vEzQ9";
    let scene = Scene::new().await;
    let listed = koinos_codec::text::from_base58(LISTED).unwrap();
    let mut accepted = block(&scene.world.head(), "listed", "signer", &Histories::content(1_000));
    accepted.block.as_mut().unwrap().header.as_mut().unwrap().signer = listed.clone().into();
    scene.world.add(accepted);
    scene.grow::<Histories>(30, false);
    let mut node = Node::start(Histories::PROGRAM, &scene.vhost.url, &["-w", LISTED]);
    let history = async |address: Vec<u8>| {
        let request =
            GetAccountHistoryRequest { address: address.into(), limit: 10, ..Default::default() };
        let options = CallOptions::once(LIMIT);
        let request = Request::GetAccountHistory(request);
        match call::<AccountHistory>(&scene.bus, request, options).await.unwrap() {
            Response::GetAccountHistory(reply) => reply.values.len(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(history(listed.clone()).await, 1);
    assert_eq!(history(b"account 1".to_vec()).await, 0);
    node.daemon.terminate();
    assert_eq!(node.daemon.wait(LIMIT).unwrap().code(), Some(0));
    node.relaunch(&["-w", LISTED]);
    node.daemon.wait_for("Ready", LIMIT).unwrap();
    assert!(!node.daemon.output().contains("has changed"));
    node.daemon.kill().unwrap();
    node.relaunch(&[]);
    node.daemon.wait_for("What is indexed has changed", LIMIT).unwrap();
    node.daemon.kill().unwrap();
    node.relaunch(&["--reset"]);
    node.daemon.wait_for("Ready", LIMIT).unwrap();
    assert_eq!(history(b"account 1".to_vec()).await, 1);
}

#[test]
fn a_wrong_address_is_named() {
    let arguments = ["-w", "not-an-address"];
    let mut daemon = Daemon::start(Histories::PROGRAM.path, arguments).unwrap();
    assert_eq!(daemon.wait(LIMIT).unwrap().code(), Some(64));
    let output = daemon.output();
    assert!(output.contains("not-an-address") && output.contains("base58"), "{output}");
}
