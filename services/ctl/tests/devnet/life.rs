//! A devnet from its start to its end.

use koinos_proto::rpc::chain::{GetHeadInfoRequest, GetHeadInfoResponse};
use koinos_testkit::golden;
use rustix::process::{Pid, Signal, kill_process};

use crate::world::{LIMIT, World, amqp, exists, number, over_grpc, pids, wait_until_gone};

/// In the order in which they are shown.
const SERVICES: [&str; 11] = [
    "block_store",
    "mempool",
    "chain",
    "p2p",
    "block_producer",
    "jsonrpc",
    "grpc",
    "rest",
    "transaction_store",
    "contract_meta_store",
    "account_history",
];

#[test]
fn a_devnet_makes_blocks_and_takes_transactions() {
    let world = World::new();
    let devnet = world.start("net", &amqp(), &[]);
    let ready = devnet.ready();
    devnet.wait_for_height(3);
    let data = devnet.data_dir();
    let ask = |arguments: &[&str]| world.json(&[&["--basedir", data], arguments].concat());

    let status = ask(&["status"]);
    let services = status["services"].as_array().unwrap();
    let names: Vec<_> = services.iter().map(|service| service["name"].as_str().unwrap()).collect();
    assert_eq!(names, SERVICES);
    for service in services {
        assert_eq!(service["state"], "ready", "{service}");
        assert!(service["memory_bytes"].as_u64().unwrap() > 1 << 20, "{service}");
    }
    assert!(number(&status["head"], "height") >= 3);
    assert_eq!(status["broker"]["connected"], true);

    // The same over both carriers.
    let url = ready["json_rpc"].as_str().unwrap();
    let id = ask(&["rpc", "chain", "get_chain_id"]);
    assert_eq!(id["chain_id"], ready["chain_id"]);
    assert_eq!(world.json(&["--url", url, "rpc", "chain", "get_chain_id"]), id);
    let head: GetHeadInfoResponse = over_grpc(&ready, "get_head_info", GetHeadInfoRequest {});
    assert!(head.head_topology.unwrap().height >= 3);
    let block = ask(&["chain", "block", "2"]);
    assert_eq!(block["block"]["header"]["signer"], ready["producer"]);
    let same = ["--url", url, "chain", "block", block["block_id"].as_str().unwrap()];
    assert_eq!(world.json(&same), block);

    let module = golden::path("perf/mix.wasm");
    let upload = ["contract", "upload", module.to_str().unwrap()];
    let sent = ask(&upload);
    assert_eq!(sent["receipt"]["payer"], ready["address"]);
    assert!(number(&sent, "block_height") > 3);
    let second = world.json(&[&["--basedir", data, "--url", url], &upload[..]].concat());
    assert!(number(&second, "block_height") > number(&sent, "block_height"));
    let account = ask(&["account", ready["address"].as_str().unwrap()]);
    assert_eq!(number(&account, "nonce"), 2);

    let event = ask(&["events", "-n", "1", "koinos.block.accept"]);
    assert_eq!(event["topic"], "koinos.block.accept");
    stop_in_the_foreground(devnet, &pids(&ready));
}

/// As Ctrl-C does it.
fn stop_in_the_foreground(mut devnet: crate::world::Devnet, pids: &[u64]) {
    let pid = Pid::from_raw(devnet.supervisor.pid().cast_signed()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let status = devnet.supervisor.wait(LIMIT).unwrap();
    assert!(status.success(), "{}", devnet.supervisor.output());
    wait_until_gone(pids);
    // In good order, each said good-bye.
    for name in SERVICES {
        let log = std::fs::read_to_string(devnet.data.join(format!("logs/{name}.log"))).unwrap();
        assert!(log.contains("Stopped after"), "{name}: {log}");
    }
}

#[test]
fn a_named_devnet_goes_on_where_it_stopped_until_it_is_reset() {
    let world = World::new();
    let amqp = amqp();
    let devnet = world.start("net", &amqp, &[]);
    let first = devnet.ready();
    devnet.wait_for_height(5);
    let stopped = world.json(&["devnet", "stop"]);
    assert_eq!(stopped["ran"], true, "the only one needs no name");
    wait_until_gone(&pids(&first));
    let data = devnet.data_dir().to_owned();
    drop(devnet);
    let status = world.json(&["devnet", "status", "--data-dir", &data]);
    assert_eq!(status["state"], "stopped");

    let devnet = world.start("net", &amqp, &[]);
    let second = devnet.ready();
    assert_eq!((&second["chain_id"], &second["address"]), (&first["chain_id"], &first["address"]));
    world.json(&["--basedir", &data, "chain", "wait", "--within", "3600"]);
    let head = world.json(&["--basedir", &data, "chain", "head"]);
    assert!(number(&head["head_topology"], "height") >= 5);

    world.json(&["devnet", "reset"]);
    wait_until_gone(&pids(&second));
    assert!(!exists(&devnet.data), "nothing is left");
    drop(devnet);
    let devnet = world.start("net", &amqp, &[]);
    assert_ne!(devnet.ready()["chain_id"], first["chain_id"]);
}

#[test]
fn two_detached_devnets_live_side_by_side() {
    let world = World::new();
    let start = |name: &str| {
        let data = world.path(name);
        let arguments = ["--json", "devnet", "start", "--detach", "--block-interval", "200"];
        let mut command = world.command(&arguments);
        command.args(["--data-dir", data.to_str().unwrap()]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    // Each with a broker of its own, started at the same time.
    let starting = [start("one"), start("two")];
    let ready = starting.map(|child| {
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    });
    for name in ["chain_id", "json_rpc", "amqp"] {
        assert_ne!(ready[0][name], ready[1][name], "{name}");
    }
    let running = world.json(&["devnet", "status"]);
    assert_eq!(running.as_array().unwrap().len(), 2);
    let (status, text) = world.failure(&["devnet", "stop"]);
    assert_eq!((status, text.contains("several devnets run")), (64, true), "{text}");

    let [one, two] = ["one", "two"].map(|name| world.path(name).to_str().unwrap().to_owned());
    world.json(&["devnet", "stop", "--data-dir", &one]);
    wait_until_gone(&pids(&ready[0]));
    let url = ready[1]["json_rpc"].as_str().unwrap();
    world.json(&["--url", url, "chain", "head"]);
    world.json(&["devnet", "stop", "--data-dir", &two]);
    wait_until_gone(&pids(&ready[1]));
    assert_eq!(world.json(&["devnet", "status"]), serde_json::json!([]));
}

#[test]
fn proof_of_burn_makes_blocks_and_pays_with_mana() {
    let world = World::new();
    let other = "1BoatSLRHtKNngkdXEeobR76b53LETtpyT";
    let devnet = world.start("net", &amqp(), &["--algorithm", "pob", "--fund", other]);
    let ready = devnet.ready();
    devnet.wait_for_height(5);
    let ask = |arguments: &[&str]| {
        world.json(&[&["--basedir", devnet.data_dir(), "contract", "call"], arguments].concat())
    };
    let owner = ready["address"].as_str().unwrap();
    let transfer = format!(r#"{{"from": "{owner}", "to": "{other}", "value": "500"}}"#);
    let sent = ask(&["koin", "transfer", &transfer]);
    assert!(number(&sent["receipt"], "rc_used") > 0);
    let balance = ask(&["koin", "balance_of", &format!(r#"{{"owner": "{other}"}}"#)]);
    assert_eq!(number(&balance, "value"), 1_000_000 * 100_000_000 + 500);
    let (status, text) = world.failure(&[
        "--basedir",
        devnet.data_dir(),
        "contract",
        "call",
        "koin",
        "transfer",
        &format!(r#"{{"from": "{other}", "to": "{owner}", "value": "1"}}"#),
    ]);
    assert_eq!(
        (status, text.contains("from has not authorized the transfer")),
        (1, true),
        "{text}"
    );
    world.json(&["devnet", "stop"]);
}
