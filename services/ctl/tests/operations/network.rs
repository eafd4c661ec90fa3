//! `network` and `instance`: profiles, genesis data, switching, further nodes.

use std::fs;

use crate::{System, failure, genesis, json, koinosctl};

#[test]
fn genesis_data_are_known_by_their_chain_id() {
    let system = System::new();
    let (text, id) = genesis(1);
    let file = system.write("genesis.json", &text);
    let file = file.to_str().unwrap();
    let added = system.json(&[
        "network",
        "add",
        "mine",
        "--genesis",
        file,
        "--peer",
        "/ip4/1.2.3.4/tcp/8888",
    ]);
    assert_eq!((&added["chain_id"], &added["change"]), (&id.clone().into(), &"made".into()));
    assert_eq!(system.json(&["network", "add", "mine", "--genesis", file])["change"], "unchanged");
    let shown = system.json(&["network", "show", "mine"]);
    assert_eq!(shown["genesis"]["fits"], true);
    assert_eq!(shown["peers"][0], "/ip4/1.2.3.4/tcp/8888");

    // Data of another chain are refused, by a profile that is delivered and by one that was made.
    let other = system.write("other.json", &genesis(2).0);
    for network in ["mainnet", "mine"] {
        let arguments = ["network", "add", network, "--genesis", other.to_str().unwrap()];
        let (status, text) = system.failure(&arguments);
        assert_eq!((status, text.contains("its chain id is")), (78, true), "{text}");
    }
    let (status, text) = system.failure(&["network", "use", "harbinger"]);
    assert_eq!((status, text.contains("--genesis FILE")), (78, true), "{text}");
    let (status, text) = system.failure(&["network", "use", "nowhere"]);
    assert_eq!((status, text.contains("devnet, harbinger, mainnet, mine")), (78, true), "{text}");
    let bad = system.write("bad.json", "{\"entries\": [{\"kay\": \"\"}]}");
    let (status, text) =
        system.failure(&["network", "add", "x", "--genesis", bad.to_str().unwrap()]);
    assert_eq!((status, text.contains("entries[0].kay")), (78, true), "{text}");
    assert_eq!(system.failure(&["network", "add", "../x", "--genesis", file]).0, 64);
}

#[test]
fn the_data_of_each_network_are_kept_apart() {
    let system = System::new();
    for (name, seed) in [("one", 1), ("two", 2)] {
        let file = system.write(&format!("{name}.json"), &genesis(seed).0);
        system.json(&["network", "add", name, "--genesis", file.to_str().unwrap()]);
    }
    // What was there before belongs to no network that is known, and is kept too.
    system.write("var/lib/koinos/chain/state", "before");
    let used = system.json(&["network", "use", "one"]);
    assert_eq!((&used["before"], &used["set_aside"][0]), (&"unnamed".into(), &"chain".into()));
    assert!(!system.path("var/lib/koinos/chain").exists());
    assert_eq!(system.read("var/lib/koinos/aside/unnamed/chain/state"), "before");

    system.write("var/lib/koinos/chain/state", "one");
    system.write("var/lib/koinos/block_producer/private.key", "key of one");
    system.json(&["network", "use", "two"]);
    assert!(!system.path("var/lib/koinos/block_producer").exists());
    system.write("var/lib/koinos/chain/state", "two");
    let back = system.json(&["network", "use", "one"]);
    assert_eq!(back["brought_back"].as_array().unwrap().len(), 2);
    assert_eq!(system.read("var/lib/koinos/chain/state"), "one");
    assert_eq!(system.read("var/lib/koinos/block_producer/private.key"), "key of one");
    assert_eq!(system.read("var/lib/koinos/aside/two/chain/state"), "two");
    let again = system.json(&["network", "use", "one"]);
    assert_eq!(again["changed"], false);

    // The profile is a part of the configuration.
    let link = fs::read_link(system.path("etc/koinos/conf.d/10-network.yml")).unwrap();
    assert_eq!(link, std::path::Path::new("../../../etc/koinos/networks/one/network.yml"));
    let shown = system.json(&["config", "show", "chain"]);
    let options = shown[0]["options"].as_array().unwrap();
    let value = |key: &str| &options.iter().find(|option| option["key"] == key).unwrap()["value"];
    assert_eq!(value("network"), "one");
    assert_eq!(value("genesis-data"), "/etc/koinos/networks/one/genesis_data.json");
    let list = system.json(&["network", "list"]);
    let used: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|network| network["used"] == true)
        .map(|network| network["name"].as_str().unwrap())
        .collect();
    assert_eq!(used, ["one"]);
}

#[test]
fn public_networks_are_checked_against_the_data_of_their_operators() {
    let Some(directory) = std::env::var_os("KOINOS_NETWORKS") else {
        eprintln!(
            "KOINOS_NETWORKS names no directory with NETWORK/genesis_data.json: only profiles"
        );
        return;
    };
    for network in ["mainnet", "harbinger"] {
        let file = std::path::Path::new(&directory).join(network).join("genesis_data.json");
        let system = System::new();
        let used = system.json(&["network", "use", network, "--genesis", file.to_str().unwrap()]);
        assert_eq!(used["network"], network);
        assert_eq!(system.json(&["network", "show"])["genesis"]["fits"], true);
    }
}

#[test]
fn a_node_of_ones_own_switches_too_unless_it_runs() {
    let directory = tempfile::tempdir().unwrap();
    let basedir = directory.path().to_str().unwrap();
    let run = |arguments: &[&str]| {
        koinosctl().args(["--basedir", basedir, "--json"]).args(arguments).output().unwrap()
    };
    let file = directory.path().join("g.json");
    fs::write(&file, genesis(1).0).unwrap();
    let file = file.to_str().unwrap();
    json(&run(&["network", "add", "mine", "--genesis", file]));
    json(&run(&["network", "use", "mine"]));
    let profile = fs::read_to_string(directory.path().join("conf.d/10-network.yml")).unwrap();
    assert!(profile.contains(&format!("genesis-data: {basedir}/networks/mine/")), "{profile}");
    json(&run(&["network", "add", "other", "--genesis", file]));
    fs::create_dir(directory.path().join("chain")).unwrap();
    let socket = directory.path().join("chain/admin.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let (status, text) = failure(&run(&["network", "use", "other"]));
    assert_eq!((status, text.contains("chain runs on")), (78, true), "{text}");
    drop(listener);
    json(&run(&["network", "use", "other"]));
    assert!(directory.path().join("aside/mine/chain").exists());
}

#[test]
fn instances_have_places_and_ports_of_their_own() {
    let system = System::new();
    let file = system.write("g.json", &genesis(1).0);
    let file = file.to_str().unwrap();
    system.json(&["network", "add", "mine", "--genesis", file]);
    let create = |name: &str, more: &[&str]| {
        let mut arguments = vec!["instance", "create", name, "--network", "mine", "--no-broker"];
        arguments.extend(more);
        system.json(&arguments)
    };
    let one = create("one", &[]);
    let two = create("two", &[]);
    assert_eq!((&one["ports"]["jsonrpc"], &two["ports"]["jsonrpc"]), (&8081.into(), &8082.into()));
    assert_eq!(create("one", &[])["change"], "unchanged");
    assert_eq!(create("three", &["--offset", "100"])["ports"]["p2p"], 8988);
    let (status, text) = system.failure(&[
        "instance",
        "create",
        "four",
        "--network",
        "mine",
        "--no-broker",
        "--offset",
        "1",
    ]);
    assert_eq!((status, text.contains("another instance")), (64, true), "{text}");

    // systemd holds the ports.
    let units = "etc/systemd/system";
    let socket = format!("{units}/koinos-p2p-public@two.socket.d/15-instance.conf");
    assert!(system.read(&socket).contains("ListenStream=\nListenStream=0.0.0.0:8890\n"));
    let service = format!("{units}/koinos-p2p@two.service.d/15-instance.conf");
    assert!(system.read(&service).contains("Sockets=koinos-p2p-public@two.socket\n"));

    let basedir = "/var/lib/koinos/networks/two";
    let shown = system.json(&["--basedir", basedir, "config", "show", "jsonrpc", "--set"]);
    let text = shown.to_string();
    assert!(text.contains("/ip4/127.0.0.1/tcp/8082") && text.contains("\"mine\""), "{text}");
    let list = system.json(&["instance", "list"]);
    assert_eq!(list.as_array().unwrap().len(), 3);
    assert_eq!(list[0]["target"], "koinos@one.target");

    system.write("var/lib/koinos/networks/two/chain/state", "two");
    let removed = system.json(&["instance", "remove", "two"]);
    assert!(removed["kept"].as_str().unwrap().ends_with("networks/two"));
    assert!(system.path("var/lib/koinos/networks/two/chain/state").exists());
    assert!(!system.path("etc/koinos/networks/two").exists());
    for path in [socket, service] {
        assert!(!system.path(&path).parent().unwrap().exists(), "{path}");
    }
    create("two", &[]);
    system.json(&["instance", "remove", "two", "--data"]);
    assert!(!system.path("var/lib/koinos/networks/two").exists());
    assert!(system.path("etc/koinos/networks/mine/genesis_data.json").exists());
    assert_eq!(system.failure(&["instance", "remove", "two"]).0, 64);
    let (status, text) = system.failure(&["--basedir", basedir, "network", "use", "mine"]);
    assert_eq!((status, text.contains("instance create")), (64, true), "{text}");
}
