//! What a devnet does not do, said with its cure, before anything is started.

use std::net::{Ipv4Addr, TcpListener};

use crate::world::{World, amqp, exists};

/// The complaint of a start that has to be cured first.
fn refusal(world: &World, arguments: &[&str]) -> String {
    let (status, text) = world.failure(&[&["devnet", "start"], arguments].concat());
    assert_eq!(status, 78, "{text}");
    text
}

#[test]
fn a_taken_port_is_named() {
    let world = World::new();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let data = world.path("net");
    let text = refusal(&world, &["--port", &port, "--data-dir", data.to_str().unwrap()]);
    assert!(text.contains(&format!("port {port} is taken")), "{text}");
    assert!(text.contains("choose another --port"), "{text}");
}

#[test]
fn a_foreign_directory_is_left_alone() {
    let world = World::new();
    let data = world.path("letters");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("letter"), "dear").unwrap();
    let text = refusal(&world, &["--data-dir", data.to_str().unwrap()]);
    assert!(text.contains("holds no devnet") && text.contains("--data-dir"), "{text}");
    let (status, text) = world.failure(&["devnet", "reset", "--data-dir", data.to_str().unwrap()]);
    assert_eq!((status, text.contains("there is no devnet")), (64, true), "{text}");
    assert!(exists(&data.join("letter")));
}

#[test]
fn a_missing_broker_is_told_with_its_cure() {
    let world = World::new();
    let data = world.path("net");
    let mut command = world.command(&["devnet", "start", "--data-dir", data.to_str().unwrap()]);
    let output = command.env("PATH", world.path("no-programs")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(78), "{text}");
    for part in ["RabbitMQ", "apt-get install rabbitmq-server", "--amqp URL"] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn a_broker_that_does_not_answer_is_told() {
    let world = World::new();
    let data = world.path("net");
    let arguments = ["devnet", "start", "--amqp", "amqp://127.0.0.1:1/", "--data-dir"];
    let (status, text) = world.failure(&[&arguments[..], &[data.to_str().unwrap()]].concat());
    assert_eq!((status, text.contains("no message broker answers")), (69, true), "{text}");
}

#[test]
fn a_missing_program_is_told_with_its_cure() {
    let world = World::new();
    let data = world.path("net");
    let mut command = world.command(&["devnet", "start", "--data-dir", data.to_str().unwrap()]);
    command.env("KOINOS_PROGRAM_DIR", world.path("no-programs"));
    let output = command.env("PATH", world.path("no-programs")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(78), "{text}");
    assert!(text.contains("koinos-block-store is not in") && text.contains("make build"), "{text}");
    assert!(!exists(&data), "nothing was made");
}

#[test]
fn a_running_devnet_keeps_its_directory() {
    let world = World::new();
    let devnet = world.start("net", &amqp(), &[]);
    devnet.ready();
    for more in [&[][..], &["--detach"]] {
        let text = refusal(&world, &[&["--data-dir", devnet.data_dir()], more].concat());
        assert!(text.contains("runs in") && text.contains("koinosctl devnet stop"), "{text}");
    }
}

#[test]
fn proof_of_work_wants_its_contract() {
    let world = World::new();
    let mine = ["--genesis", "genesis.json", "--producer-key", "private.key"];
    let start = ["devnet", "start", "--algorithm", "pow"];
    let (status, text) = world.failure(&[&start[..], &mine].concat());
    assert_eq!(status, 64, "{text}");
    for part in ["the contract that sets the difficulty", "--genesis", "pow-contract-id"] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}
