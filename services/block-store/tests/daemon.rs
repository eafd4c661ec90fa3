//! The daemon's life: options, configuration, exit status, signals, admin socket, service manager.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

use common::{LIMIT, PROGRAM, launch};
use koinos_testkit::{Broker, Daemon, admin, free_ports, poll};

fn url() -> String {
    Broker::shared().unwrap().vhost().unwrap().url
}

/// Runs the daemon to its end.
fn outcome(arguments: &[&str]) -> (i32, String) {
    let mut daemon = Daemon::start(PROGRAM, arguments).unwrap();
    let status = daemon.wait(LIMIT).unwrap();
    (status.code().unwrap(), daemon.output())
}

fn outcome_with_config(text: &str) -> (i32, String) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("config.yml"), text).unwrap();
    outcome(&["-d", directory.path().to_str().unwrap()])
}

#[test]
fn version_and_help() {
    for flag in ["-v", "--version"] {
        let (code, output) = outcome(&[flag]);
        assert_eq!(code, 0);
        assert!(output.starts_with("Koinos Block Store v"), "{output}");
    }
    let (code, output) = outcome(&["-h"]);
    assert_eq!(code, 0);
    for option in [
        "-d, --basedir",
        "-a, --amqp",
        "-l, --log-level",
        "-i, --instance-id",
        "-j, --jobs",
        "-r, --reset",
        "--log-dir",
        "--log-color",
        "--log-datetime",
    ] {
        assert!(output.contains(option), "{option} is missing in\n{output}");
    }
}

#[test]
fn a_wrong_command_line_is_refused() {
    let (code, output) = outcome(&["--rset"]);
    assert_eq!(code, 64);
    assert!(output.contains("unexpected argument '--rset'") && output.contains("--reset"));
    let (code, output) = outcome(&["--log-level", "loud"]);
    assert_eq!(code, 64);
    assert!(output.contains("'loud'") && output.contains("warning"), "{output}");
}

#[test]
fn a_wrong_configuration_is_refused_with_its_place() {
    let (code, output) = outcome_with_config("global:\n  amqp: [1\n");
    assert_eq!(code, 78);
    assert!(output.contains("config.yml:") && output.contains("not valid YAML"), "{output}");
    let (code, output) = outcome_with_config("block_store:\n  # comment\n  jobs: some\n");
    assert_eq!(code, 78);
    assert!(output.contains("config.yml:3: block_store.jobs: invalid value 'some'"), "{output}");
    let (code, output) = outcome_with_config("block_store:\n  jobs: 0\n");
    assert_eq!(code, 78);
    assert!(output.contains("option 'jobs' must be at least 1 (was 0, from "), "{output}");
    let (code, output) = outcome_with_config("global:\n  amqp: http://example/\n");
    assert_eq!(code, 78);
    assert!(output.contains("the AMQP URL is not usable"), "{output}");
}

#[test]
fn directories_that_cannot_be_used_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let (code, output) =
        outcome(&["-d", file.to_str().unwrap(), "--config", "/dev/null", "--admin-socket", "none"]);
    assert_eq!(code, 78);
    assert!(output.contains("cannot create") && output.contains("--basedir"), "{output}");
}

#[test]
fn a_database_of_the_go_implementation_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("block_store/db");
    std::fs::create_dir_all(&database).unwrap();
    for name in ["MANIFEST", "KEYREGISTRY", "000001.vlog", "000002.sst"] {
        std::fs::write(database.join(name), name).unwrap();
    }
    for reset in ["--reset=false", "--reset"] {
        let (code, output) = outcome(&["-d", directory.path().to_str().unwrap(), reset]);
        assert_eq!(code, 78);
        assert!(output.contains("Badger") && output.contains("Move it away"), "{output}");
    }
    let mut names: Vec<_> = std::fs::read_dir(&database)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["000001.vlog", "000002.sst", "KEYREGISTRY", "MANIFEST"]);
}

#[test]
fn a_second_instance_on_the_same_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let url = url();
    let first = launch(directory.path(), &url, &[]);
    first.wait_for("Ready", LIMIT).unwrap();
    let mut second = launch(directory.path(), &url, &[]);
    assert_eq!(second.wait(LIMIT).unwrap().code(), Some(78));
    assert!(second.output().contains("in use by another process"), "{}", second.output());
}

#[test]
fn an_absent_broker_is_waited_for_and_does_not_hinder_stopping() {
    let directory = tempfile::tempdir().unwrap();
    let [port] = free_ports().unwrap();
    let url = format!("amqp://guest:secret@127.0.0.1:{port}/");
    let mut daemon = launch(directory.path(), &url, &[]);
    let line = daemon.wait_for("no broker at", LIMIT).unwrap();
    assert!(line.contains(&format!("127.0.0.1:{port}")), "{line}");
    let (status, body) = http(directory.path(), "GET", "/readyz", "");
    assert!(status == 503 && body.contains("waiting for the broker"), "{body}");
    daemon.terminate();
    assert_eq!(daemon.wait(LIMIT).unwrap().code(), Some(0));
    assert!(!daemon.output().contains("secret"));
}

/// One request to the admin socket of the daemon in `basedir`.
fn http(basedir: &Path, method: &str, path: &str, body: &str) -> (u16, String) {
    let socket = basedir.join("block_store/admin.sock");
    poll("admin socket", LIMIT, || Ok(socket.exists().then_some(()))).unwrap();
    admin::request(&socket, method, path, body).unwrap()
}

#[test]
fn the_admin_socket_tells_and_takes_orders() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path();
    let mut daemon = launch(base, &url(), &["--log-level", "warning", "--log-dir", "logs"]);
    poll("readiness", LIMIT, || Ok((http(base, "GET", "/readyz", "").0 == 200).then_some(())))
        .unwrap();
    assert_eq!(http(base, "GET", "/healthz", ""), (200, "ok\n".to_owned()));
    let (_, status) = http(base, "GET", "/status", "");
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["service"], "block_store");
    assert_eq!(status["instance_id"], "test");
    assert_eq!(status["ready"], true);
    assert_eq!(status["broker"]["connected"], true);
    let (_, metrics) = http(base, "GET", "/metrics", "");
    assert!(metrics.contains("koinos_broker_connected 1"), "{metrics}");
    assert!(metrics.contains("koinos_build_info{service=\"block_store\""), "{metrics}");

    assert_eq!(http(base, "GET", "/loglevel", ""), (200, "warning\n".to_owned()));
    assert_eq!(http(base, "PUT", "/loglevel", "loud").0, 400);
    assert_eq!(http(base, "PUT", "/loglevel", "info"), (200, "info\n".to_owned()));
    daemon.terminate();
    assert_eq!(daemon.wait(LIMIT).unwrap().code(), Some(0));
    let output = daemon.output();
    assert!(!output.contains("Ready") && output.contains("<info>: Received SIGTERM"), "{output}");
    assert!(output.contains("(block_store.test) [service/runtime.rs:"), "{output}");
    let log = std::fs::read_to_string(base.join("block_store/logs/block_store.log")).unwrap();
    assert!(log.contains("Received SIGTERM"), "{log}");
}

#[test]
fn a_hangup_reads_the_log_level_again() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("config.yml");
    std::fs::write(&config, "block_store:\n  log-level: info\n").unwrap();
    let daemon = launch(directory.path(), &url(), &[]);
    daemon.wait_for("Ready", LIMIT).unwrap();
    std::fs::write(&config, "block_store:\n  log-level: debug\n").unwrap();
    daemon.reload();
    daemon.wait_for("log level is debug", LIMIT).unwrap();
    std::fs::write(&config, "block_store: [\n").unwrap();
    daemon.reload();
    daemon.wait_for("nothing changed", LIMIT).unwrap();
}

#[test]
fn the_service_manager_is_kept_informed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    let mut command = Command::new(PROGRAM);
    command
        .args(["-d", directory.path().to_str().unwrap(), "-a", &url()])
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "300000")
        .env_remove("WATCHDOG_PID");
    let mut daemon = Daemon::spawn(command).unwrap();
    let mut heard = String::new();
    let mut wait_for = |wanted: &str| {
        while !heard.contains(wanted) {
            let mut message = [0; 4096];
            let length = socket.recv(&mut message).unwrap();
            heard.push_str(&String::from_utf8_lossy(&message[..length]));
        }
        heard.clone()
    };
    let start = wait_for("READY=1");
    assert!(start.contains("STATUS=opening storage") && start.contains("EXTEND_TIMEOUT_USEC="));
    wait_for("STATUS=highest block 0");
    wait_for("WATCHDOG=1");
    daemon.reload();
    assert!(wait_for("RELOADING=1").contains("MONOTONIC_USEC="));
    daemon.terminate();
    wait_for("STOPPING=1");
    assert_eq!(daemon.wait(LIMIT).unwrap().code(), Some(0));
}

#[test]
fn an_inherited_admin_socket_is_used() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("inherited.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let basedir = directory.path().join("base");
    let url = url();
    let arguments = ["-d", basedir.to_str().unwrap(), "-a", &url];
    let daemon = Daemon::inheriting(&listener, "admin", PROGRAM, &arguments).unwrap();
    daemon.wait_for("Ready", LIMIT).unwrap();
    assert_eq!(admin::get(&path, "/healthz").unwrap(), (200, "ok\n".into()));
    assert!(!basedir.join("block_store/admin.sock").exists());
}
