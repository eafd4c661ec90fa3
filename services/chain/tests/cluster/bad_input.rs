//! Bad requests, options and files: clear errors, the right codes, and nothing dies of it.

use koinos_codec::wire::put_message_field;
use koinos_proto::rpc::chain::{ChainResponse, chain_response};
use koinos_rpc::ServiceError;
use koinos_testkit::{Broker, Daemon, golden};
use prost::Message;

use crate::node::{LIMIT, Node, basedir, launch_chain};

async fn refusal(node: &Node, request: Vec<u8>) -> ServiceError {
    let reply = node.raw(request).await.unwrap();
    match ChainResponse::decode(reply).unwrap().response.unwrap() {
        chain_response::Response::Error(error) => ServiceError(error),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_answered_with_the_protocols_errors() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let node = Node::start(&url, "core").await;

    let error = refusal(&node, vec![0x12, 0x20, 0x0a]).await;
    assert_eq!((error.to_string().as_str(), error.code()), ("received bad message", Some(100)));
    assert_eq!(error.data(), r#"{"code":100}"#);

    let unknown = "Error: attempted to call unknown rpc";
    for request in [vec![], vec![0xa2, 0x06, 0x00]] {
        let error = refusal(&node, request).await;
        assert_eq!((error.to_string().as_str(), error.code()), (unknown, None));
    }

    // submit_block without a block.
    let error = refusal(&node, vec![0x12, 0x00]).await;
    assert_eq!(error.to_string(), "missing expected field in block: id");
    assert_eq!(error.code(), Some(-1002));

    // A block nobody knows the parent of.
    let blocks: Vec<_> = golden::blocks("core/blocks.jsonl.gz").unwrap().take(2).collect();
    let error = refusal(&node, crate::node::submit_block(&blocks[1].as_ref().unwrap().block)).await;
    assert_eq!((error.to_string().as_str(), error.code()), ("unknown previous block", Some(-1003)));

    // get_account_rc without an account; read_contract without a contract.
    let error = refusal(&node, vec![0x4a, 0x00]).await;
    assert_eq!(error.data(), r#"{"code":-1002,"f":"payer"}"#);
    let error = refusal(&node, vec![0x3a, 0x00]).await;
    assert_eq!(error.to_string(), "missing expected field: contract_id");

    // 100 MB that are a well-formed message, and as many that are not.
    let mut large = Vec::new();
    put_message_field(&mut large, 4, &vec![0; 100 << 20]);
    let error = refusal(&node, crate::node::submit_block(&large)).await;
    assert_eq!(error.to_string(), "missing expected field in block: id");
    let error = refusal(&node, vec![0xff; 100 << 20]).await;
    assert_eq!(error.to_string(), "received bad message");

    // None of it left a trace.
    assert_eq!(node.head().await.head_topology.unwrap().height, 0);
    assert!(!node.chain.output().contains("panicked"), "{}", node.chain.output());
}

/// Runs the chain to its end on a base directory.
fn outcome(directory: &tempfile::TempDir, more: &[&str]) -> (i32, String) {
    let mut daemon: Daemon = launch_chain(directory.path(), "amqp://127.0.0.1:1/", more);
    let status = daemon.wait(LIMIT).unwrap();
    (status.code().unwrap(), daemon.output())
}

#[test]
fn options_and_files_that_cannot_be_used_are_named() {
    let directory = basedir("core");
    let (code, output) = outcome(&directory, &["--no-such-flag"]);
    assert!(code == 64 && output.contains("--no-such-flag"), "{output}");
    let (code, output) = outcome(&directory, &["--fork-algorithm", "best"]);
    assert!(code == 64 && output.contains("block-time") && output.contains("pob"), "{output}");
    let (code, output) = outcome(&directory, &["--jobs", "1"]);
    assert!(code == 64 && output.contains("'jobs' must be at least 2"), "{output}");

    let (code, output) = outcome(&directory, &["--genesis-data", "absent.json"]);
    assert!(code == 78 && output.contains("absent.json"), "{output}");
    let malformed = directory.path().join("chain/malformed.json");
    std::fs::write(&malformed, "{\"entries\": [\n{]}").unwrap();
    let (code, output) = outcome(&directory, &["--genesis-data", "malformed.json"]);
    assert!(code == 78 && output.contains("line 2"), "{output}");
    std::fs::write(&malformed, "{\"entries\": []}").unwrap();
    let (code, output) = outcome(&directory, &["--genesis-data", "malformed.json"]);
    assert!(code == 78 && output.contains("no genesis key"), "{output}");

    let (code, output) = outcome(&directory, &["--koinos-fund-bytecode", "malformed.json"]);
    assert!(code == 78 && output.contains("sha256") && output.contains("6d263c19"), "{output}");
    // A file where a directory is needed cannot be written to, whoever runs the test.
    let (code, output) = outcome(&directory, &["--statedir", "malformed.json/state"]);
    assert!(code == 78 && output.contains("malformed.json/state"), "{output}");

    std::fs::write(directory.path().join("config.yml"), "chain:\n  verify-blocks: [\n").unwrap();
    let (code, output) = outcome(&directory, &[]);
    assert!(code == 78 && output.contains("config.yml"), "{output}");
}

#[test]
fn a_state_of_another_chain_is_refused() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let directory = basedir("core");
    let mut chain = launch_chain(directory.path(), &url, &[]);
    chain.wait_for("Opened database", LIMIT).unwrap();
    chain.terminate();
    chain.wait(LIMIT).unwrap();
    let other = golden::path("vm/genesis_data.json");
    std::fs::copy(other, directory.path().join("chain/genesis_data.json")).unwrap();
    let (code, output) = outcome(&directory, &[]);
    assert!(code == 78 && output.contains("another chain"), "{output}");
}
