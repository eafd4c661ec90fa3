//! Devnets of several nodes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::world::{Devnet, LIMIT, World, amqp, exists, number, pids, wait_until_gone};

/// The base directory of a node of a devnet.
fn basedir(devnet: &Devnet, node: usize) -> String {
    match node {
        1 => devnet.data_dir().to_owned(),
        _ => devnet.data.join(format!("nodes/{node}")).to_str().unwrap().to_owned(),
    }
}

/// Waits until all nodes have the same head, at that height at least.
fn wait_for_common_head(devnet: &Devnet, height: u64) -> Value {
    let mut nth = 1;
    loop {
        let line = devnet.supervisor.wait_for_nth("\"same\":true", nth, LIMIT).unwrap();
        let heads: Value = serde_json::from_str(&line).unwrap();
        if number(&heads["heads"][0], "height") >= height {
            return heads;
        }
        nth += 1;
    }
}

/// The nodes as `devnet status` tells them, once each tells of a peer: `p2p` says every second how it is, so
/// the heads may be known before. Each two are connected in the end; the next attempt may be some seconds away.
fn nodes_with_peers(world: &World, devnet: &Devnet) -> Vec<Value> {
    koinos_testkit::poll("peers of every node", LIMIT, || {
        let status = world.json(&["devnet", "status", "--data-dir", devnet.data_dir()]);
        let nodes = status["nodes"].as_array().unwrap().clone();
        let connected = |node: &Value| (1..=2).contains(&number(node, "peers"));
        Ok(nodes.iter().all(connected).then_some(nodes))
    })
    .unwrap()
}

#[test]
fn three_nodes_are_peers_and_have_one_head() {
    let world = World::new();
    let brokers = [amqp(), amqp(), amqp()].join(",");
    let nodes = ["--nodes", "3", "--set", "2.mempool.max-pending-bytes=1000000"];
    let devnet = world.start_every(500, "net", &brokers, &nodes);
    let ready = devnet.ready();
    wait_for_common_head(&devnet, 5);
    let listed = nodes_with_peers(&world, &devnet);
    assert_eq!(listed.len(), 3, "{listed:?}");
    for (index, node) in listed.iter().enumerate() {
        assert!(number(&node["head"], "height") >= 5, "{node}");
        let services = node["services"].as_array().unwrap();
        let makes_blocks = services.iter().any(|service| service["name"] == "block_producer");
        assert_eq!(makes_blocks, index == 0, "{node}");
    }

    // What is given to the third node gets into a block of the first.
    let third = basedir(&devnet, 3);
    let (owner, to) = (ready["address"].as_str().unwrap(), ready["producer"].as_str().unwrap());
    let transfer = format!(r#"{{"from": "{owner}", "to": "{to}", "value": "5"}}"#);
    let koin = ready["contracts"][0]["address"].as_str().unwrap();
    let key = devnet.data.join("account.key");
    let abi = devnet.data.join("contracts/koin.abi.json");
    let sent = world.json(&[
        "--basedir",
        &third,
        "contract",
        "call",
        koin,
        "transfer",
        &transfer,
        "--abi",
        abi.to_str().unwrap(),
        "--key",
        key.to_str().unwrap(),
    ]);
    let height = number(&sent, "block_height");
    wait_for_common_head(&devnet, height);
    let block = |node| {
        let place = basedir(&devnet, node);
        world.json(&["--basedir", &place, "chain", "block", &height.to_string()])
    };
    assert_eq!(block(1), block(3));
    let second = std::fs::read_to_string(devnet.data.join("nodes/2/config.yml")).unwrap();
    assert!(second.contains("max-pending-bytes"), "{second}");

    peers_can_be_banned(&world, &devnet);
    world.json(&["devnet", "reset", "--data-dir", devnet.data_dir()]);
    wait_until_gone(&pids(&ready));
    assert!(!exists(&devnet.data), "nothing is left");
}

/// The second node bans the third, which knows that it has one peer less, and lets it in again.
fn peers_can_be_banned(world: &World, devnet: &Devnet) {
    let [second, third] = [2, 3].map(|node| basedir(devnet, node));
    let list = |place: &str| world.json(&["--basedir", place, "peers", "list"]);
    let ids = |place: &str| -> BTreeSet<String> {
        let all = list(place)["peers"].as_array().unwrap().clone();
        all.iter().map(|peer| peer["id"].as_str().unwrap().to_owned()).collect()
    };
    let until = |what: &str, holds: &dyn Fn() -> bool| {
        koinos_testkit::poll(what, LIMIT, || Ok(holds().then_some(()))).unwrap();
    };
    let id = list(&third)["id"].as_str().unwrap().to_owned();
    until("peers of both", &|| ids(&second).contains(&id) && ids(&third).len() == 2);
    world.json(&["--basedir", &second, "peers", "ban", &id]);
    until("end of the connection", &|| !ids(&second).contains(&id) && ids(&third).len() == 1);
    assert_eq!(list(&second)["banned"], serde_json::json!([id]));
    let (status, text) = world.failure(&["--basedir", &second, "peers", "ban", "nobody"]);
    assert_eq!((status, text.contains("nobody is not the id")), (1, true), "{text}");

    world.json(&["--basedir", &second, "peers", "unban", &id]);
    let own = list(&second)["id"].as_str().unwrap().to_owned();
    let state = std::fs::read_to_string(devnet.data.join("devnet.json")).unwrap();
    let state: Value = serde_json::from_str(&state).unwrap();
    let address = state["run"]["nodes"][1]["p2p"].as_str().unwrap();
    assert!(address.ends_with(&own), "{address}");
    world.json(&["--basedir", &third, "peers", "add", address]);
    until("connection", &|| ids(&second).contains(&id));
}

#[test]
fn two_producers_with_stake_make_one_chain() {
    let world = World::new();
    let brokers = [amqp(), amqp()].join(",");
    let options = ["--algorithm", "pob", "--nodes", "2", "--producers", "1,2"];
    let devnet = world.start_every(1_000, "net", &brokers, &options);
    devnet.ready();
    wait_for_common_head(&devnet, 3);
    // Both get their turns.
    let mut signers = BTreeSet::new();
    let mut height = 1;
    while signers.len() < 2 {
        wait_for_common_head(&devnet, height);
        let place = basedir(&devnet, 2);
        let block = world.json(&["--basedir", &place, "chain", "block", &height.to_string()]);
        signers.insert(block["block"]["header"]["signer"].as_str().unwrap().to_owned());
        height += 1;
        assert!(height < 60, "one producer makes all blocks");
    }
    world.json(&["devnet", "stop", "--data-dir", devnet.data_dir()]);
}
