//! Processes that die.

use koinos_testkit::poll;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::world::{LIMIT, World, amqp, number, pids, wait_until_gone};

fn kill(pid: u64) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::KILL).unwrap();
}

#[test]
fn a_killed_supervisor_takes_everything_with_it_and_the_chain_goes_on_later() {
    let world = World::new();
    let amqp = amqp();
    let mut devnet = world.start("net", &amqp, &[]);
    let first = devnet.ready();
    devnet.wait_for_height(3);
    // Alone, not with its group: what it started has to notice.
    kill(u64::from(devnet.supervisor.pid()));
    devnet.supervisor.wait(LIMIT).unwrap();
    wait_until_gone(&pids(&first));
    let data = devnet.data_dir().to_owned();
    let status = world.json(&["devnet", "status", "--data-dir", &data]);
    assert_eq!(status["state"], "cut short");
    assert_eq!(world.json(&["devnet", "status"]), Value::Array(Vec::new()));

    let devnet = world.start("net", &amqp, &[]);
    assert_eq!(devnet.ready()["chain_id"], first["chain_id"]);
    let head = world.json(&["--basedir", &data, "chain", "head"]);
    assert!(number(&head["head_topology"], "height") >= 2, "{head}");
    world.json(&["devnet", "stop"]);
}

#[test]
fn a_service_that_dies_is_named_and_the_rest_is_stopped() {
    let world = World::new();
    let mut devnet = world.start("net", &amqp(), &[]);
    let ready = devnet.ready();
    let processes = ready["processes"].as_array().unwrap();
    let mempool = processes.iter().find(|process| process["name"] == "mempool").unwrap();
    kill(mempool["pid"].as_u64().unwrap());
    let status = devnet.supervisor.wait(LIMIT).unwrap();
    let output = devnet.supervisor.output();
    assert_eq!(status.code(), Some(1), "{output}");
    assert!(output.contains("mempool ended with signal: 9"), "{output}");
    wait_until_gone(&pids(&ready));
}

#[test]
fn a_start_that_is_interrupted_leaves_nothing() {
    let world = World::new();
    let temporary = world.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = world.command(&["devnet", "start"]);
    command.env("TMPDIR", &temporary);
    let mut supervisor = koinos_testkit::Daemon::spawn(command).unwrap();
    supervisor.wait_for("starting a message broker", LIMIT).unwrap();
    let pid = Pid::from_raw(supervisor.pid().cast_signed()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    let status = supervisor.wait(LIMIT).unwrap();
    assert!(status.success(), "{}", supervisor.output());
    let left = || Ok(std::fs::read_dir(&temporary)?.next().is_none().then_some(()));
    poll("empty directory", LIMIT, left).unwrap();
}
