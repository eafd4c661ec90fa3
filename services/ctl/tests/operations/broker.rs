//! `broker`: provisioning a real broker, and what the user that was made may do there.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use bytes::Bytes;
use koinos_mq::{Bus, Config};
use koinos_rpc::{CallOptions, Transport};
use koinos_testkit::Broker;

use crate::{System, failure, json, koinosctl, mode, small};

const LIMIT: Duration = Duration::from_secs(60);
/// The program itself: the one in `PATH` changes the user.
const RABBITMQCTL: &str = "/usr/lib/rabbitmq/bin/rabbitmqctl";

/// Has `koinosctl` speak to a private broker.
fn at(broker: &Broker, system: &System, arguments: &[&str]) -> Output {
    koinosctl()
        .envs(broker.environment())
        .args(["--root", system.root.path().to_str().unwrap(), "--json"])
        .args(arguments)
        .args(["--rabbitmqctl", RABBITMQCTL])
        .output()
        .unwrap()
}

async fn connected(url: &str, password: &str) -> Bus {
    let config = Config { password: Some(password.to_owned()), ..Config::new(url, "echo", "test") };
    let bus = Bus::start(config).unwrap();
    tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
    bus
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_makes_what_a_node_needs_and_may_be_repeated() {
    let broker = small();
    let system = System::new();
    let first = json(&at(&broker, &system, &["broker", "setup"]));
    assert_eq!((&first["vhost"], &first["password_made"]), (&"koinos".into(), &true.into()));
    let file = system.path("etc/koinos/credentials/amqp-password");
    assert_eq!(mode(&file), 0o600);
    let fragment = system.read("etc/koinos/conf.d/20-broker.yml");
    assert!(fragment.contains("amqp://koinos@localhost:5672/koinos"), "{fragment}");
    let again = json(&at(&broker, &system, &["broker", "setup"]));
    assert_eq!(
        (&again["password_made"], &again["configuration"]),
        (&false.into(), &"unchanged".into())
    );

    // The user may do all that the protocol wants: serve, call, broadcast, hear.
    let password = system.read("etc/koinos/credentials/amqp-password");
    let url = format!("amqp://koinos@127.0.0.1:{}/koinos", broker.port());
    let server = connected(&url, password.trim()).await;
    server.serve("echo", 1, |request| async { request });
    let (heard, mut events) = tokio::sync::mpsc::unbounded_channel();
    server.subscribe("koinos.block.accept", move |event| {
        let _ = heard.send(event.payload);
        std::future::ready(())
    });
    tokio::time::timeout(LIMIT, server.consuming()).await.unwrap();
    let client = connected(&url, password.trim()).await;
    let reply = client.call_raw("echo", Bytes::from("x"), CallOptions::once(LIMIT)).await;
    assert_eq!(reply.unwrap(), "x");
    client.broadcast("koinos.block.accept", Bytes::from("b"));
    assert_eq!(tokio::time::timeout(LIMIT, events.recv()).await.unwrap().unwrap(), "b");

    // And nothing else; the policy holds for the queues of services.
    let permissions = broker.rabbitmqctl(&["list_user_permissions", "koinos"]).unwrap();
    let lines: Vec<&str> = permissions.lines().filter(|line| line.contains("koinos")).collect();
    assert_eq!(lines.len(), 1, "{permissions}");
    assert!(!lines[0].contains(".*\t.*"), "{permissions}");
    let queues = broker.rabbitmqctl(&["list_queues", "-p", "koinos", "name", "policy"]).unwrap();
    assert!(queues.contains("koinos.rpc.echo\tkoinos-services"), "{queues}");

    // A network of its own has nothing in common with it.
    let basedir = ["--basedir", "/var/lib/koinos/networks/mine", "broker", "setup"];
    let other = json(&at(&broker, &system, &basedir));
    assert_eq!(other["vhost"], "koinos-mine");
    let own = system.read("etc/koinos/networks/mine/credentials/amqp-password");
    assert_ne!(own, password);
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_of_services_may_be_kept_on_several_nodes() {
    let broker = small();
    let system = System::new();
    json(&at(&broker, &system, &["broker", "setup", "--quorum"]));
    let password = system.read("etc/koinos/credentials/amqp-password");
    let url = format!("amqp://koinos@127.0.0.1:{}/koinos", broker.port());
    // Declared as ever, twice, and expired as ever.
    for round in ["one", "two"] {
        let bus = connected(&url, password.trim()).await;
        bus.serve("echo", 1, |request| async { request });
        tokio::time::timeout(LIMIT, bus.consuming()).await.unwrap();
        let reply = bus.call_raw("echo", Bytes::from(round), CallOptions::once(LIMIT)).await;
        assert_eq!(reply.unwrap(), round);
        let kinds = broker.rabbitmqctl(&["list_queues", "-p", "koinos", "name", "type"]).unwrap();
        assert!(kinds.contains("koinos.rpc.echo\tquorum"), "{kinds}");
        assert!(bus.close(LIMIT).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_in_two_steps_is_for_units_that_may_do_little() {
    let broker = small();
    let system = System::new();
    let file = system.path("run/koinos/setup/definitions.json");
    let prepare = ["broker", "setup", "--prepare", file.to_str().unwrap()];
    let said = json(&at(&broker, &system, &prepare));
    assert_eq!((&said["vhost"], &said["password_made"]), (&"koinos".into(), &true.into()));
    assert_eq!(mode(&file), 0o600);
    assert!(system.path("etc/koinos/conf.d/20-broker.yml").exists());
    assert!(!broker.rabbitmqctl(&["list_vhosts"]).unwrap().contains("koinos"));

    broker.rabbitmqctl(&["import_definitions", file.to_str().unwrap()]).unwrap();
    let password = system.read("etc/koinos/credentials/amqp-password");
    let definitions = std::fs::read_to_string(&file).unwrap();
    assert!(!definitions.contains(password.trim()), "{definitions}");
    let url = format!("amqp://koinos@127.0.0.1:{}/koinos", broker.port());
    assert!(connected(&url, password.trim()).await.close(LIMIT).await);
    assert_eq!(json(&at(&broker, &system, &prepare))["password_made"], false);
}

#[test]
fn what_somebody_else_configured_stays() {
    let broker = small();
    let system = System::new();
    let config = system.write("etc/koinos/config.yml", "global:\n  amqp: amqp://me@h/\n");
    let said = koinosctl()
        .envs(broker.environment())
        .args(["--root", system.root.path().to_str().unwrap(), "broker", "setup"])
        .args(["--rabbitmqctl", RABBITMQCTL])
        .output()
        .unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains(&format!("set in {}:2, and left as it is", config.display())), "{said}");
    assert!(!system.path("etc/koinos/conf.d/20-broker.yml").exists());
    // Without a broker nothing is pretended.
    broker.kill().unwrap();
    let (status, text) = failure(&at(&broker, &system, &["broker", "setup"]));
    assert_eq!((status, text.contains("is rabbitmq-server running")), (69, true), "{text}");
}

#[test]
fn another_broker_is_written_down_with_its_password_apart() {
    let system = System::new();
    system.write("etc/koinos/amqp.managed", "");
    let urls = "amqp://node:p%40ss@192.0.2.7/koinos,amqp://node@192.0.2.8/koinos";
    let said = system.json(&["broker", "set", urls]);
    assert_eq!(said["allowed"][1], "192.0.2.8");
    assert!(!said.to_string().contains("ss@"), "{said}");
    assert_eq!(system.read("etc/koinos/credentials/amqp-password"), "p@ss\n");
    let fragment = system.read("etc/koinos/conf.d/20-broker.yml");
    assert!(fragment.contains("    - \"amqp://node@192.0.2.7/koinos\"\n"), "{fragment}");
    let drop_in = system.read("etc/systemd/system/koinos-.service.d/50-broker.conf");
    assert!(drop_in.contains("IPAddressAllow=192.0.2.7\nIPAddressAllow=192.0.2.8\n"), "{drop_in}");
    assert!(!system.path("etc/koinos/amqp.managed").exists());
    let shown = system.json(&["config", "show", "chain"]);
    let text = shown.to_string();
    assert!(text.contains("amqp://node@192.0.2.7:5672/koinos, amqp://node@192.0.2.8"), "{text}");

    // Back on this machine, the units reach it alone again.
    system.json(&["broker", "set", "amqp://koinos@127.0.0.1/koinos"]);
    assert!(
        !Path::new(&system.path("etc/systemd/system/koinos-.service.d/50-broker.conf")).exists()
    );
    for (url, text) in [
        ("amqp:///x", "names no host"),
        ("http://h/", "not usable"),
        ("amqp://a:1@192.0.2.1/,amqp://a:2@192.0.2.2/", "one password"),
    ] {
        let (status, said) = system.failure(&["broker", "set", url]);
        assert_eq!((status, said.contains(text)), (64, true), "{url}: {said}");
    }
    let ca = ["broker", "set", "amqps://a@192.0.2.1/", "--ca", "/nonexistent/ca.pem"];
    let (status, said) = system.failure(&ca);
    assert_eq!((status, said.contains("/nonexistent/ca.pem")), (64, true), "{said}");
}
