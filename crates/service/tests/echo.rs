//! How a daemon lives and ends, shown by the smallest one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use koinos_mq::Config;
use koinos_rpc::{CallOptions, Transport};
use koinos_service::Bus;
use koinos_testkit::{Broker, Daemon};

const LIMIT: Duration = Duration::from_secs(60);

/// The example, which is built together with this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("examples/echo")
}

fn launch(basedir: &Path, url: &str, more: &[&str]) -> Daemon {
    let mut arguments = vec!["-d", basedir.to_str().unwrap(), "-a", url];
    arguments.extend(more);
    Daemon::start(program(), arguments).unwrap()
}

async fn client(url: &str) -> Bus {
    let bus = Bus::start(Config::new(url, "test", "client")).unwrap();
    tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
    bus
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_ends_the_process_and_is_not_repeated_for_ever() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let directory = tempfile::tempdir().unwrap();
    let mut daemon = launch(directory.path(), &url, &["--prefix", ">"]);
    daemon.wait_for("Ready", LIMIT).unwrap();
    let bus = client(&url).await;
    let ask = |request: &'static str| {
        let bus = bus.clone();
        let options = CallOptions::once(LIMIT);
        async move { bus.call_raw("echo", Bytes::from(request), options).await }
    };
    assert_eq!(ask("hello").await.unwrap(), ">hello");
    let doomed = tokio::spawn(ask("panic"));
    // The request is delivered a second time to the next process, and not to a third.
    for _ in 0..2 {
        assert_eq!(daemon.wait(LIMIT).unwrap().code(), Some(70));
        let output = daemon.output();
        assert!(output.contains("asked to panic") && output.contains("echo.rs:"), "{output}");
        daemon = launch(directory.path(), &url, &[]);
    }
    daemon.wait_for("Ready", LIMIT).unwrap();
    assert_eq!(ask("again").await.unwrap(), "again");
    doomed.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_background_task_ends_the_process_in_good_order() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let directory = tempfile::tempdir().unwrap();
    let mut daemon = launch(directory.path(), &url, &[]);
    daemon.wait_for("Ready", LIMIT).unwrap();
    let bus = client(&url).await;
    let reply = bus.call_raw("echo", Bytes::from("fail"), CallOptions::once(LIMIT)).await;
    assert_eq!(reply.unwrap(), "fail", "what is in hand is finished");
    assert_eq!(daemon.wait(LIMIT).unwrap().code(), Some(1));
    let output = daemon.output();
    assert!(output.contains("watching for failure: asked to fail"), "{output}");
    assert!(output.contains("Stopped after"), "{output}");
}

#[test]
fn a_password_in_the_environment_is_refused() {
    let mut command = Command::new(program());
    command.env("KOINOS_AMQP", "amqp://koinos:hunter2@localhost/").arg("--admin-socket=none");
    let mut daemon = Daemon::spawn(command).unwrap();
    assert_eq!(daemon.wait(LIMIT).unwrap().code(), Some(78));
    let output = daemon.output();
    assert!(output.contains("amqp-password-file") && !output.contains("hunter2"), "{output}");
}

#[test]
fn too_few_jobs_on_the_command_line_are_a_mistake_there() {
    let mut daemon = Daemon::start(program(), ["--jobs", "0"]).unwrap();
    assert_eq!(daemon.wait(LIMIT).unwrap().code(), Some(64));
    assert!(daemon.output().contains("must be at least 1 (was 0, from command line)"));
}

#[test]
fn the_configuration_can_be_checked_alone() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("config.yml");
    let check = |text: &str| {
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(program());
        command.arg("--check-config").arg("--config").arg(&config).arg("-d").arg(directory.path());
        command.output().unwrap()
    };
    let good = check("global:\n  log-level: debug\necho:\n  check-config: true\n");
    assert_eq!(good.status.code(), Some(0));
    assert_eq!(
        String::from_utf8_lossy(&good.stdout),
        "koinos-echo: the configuration can be used\n"
    );
    assert!(String::from_utf8_lossy(&good.stderr).contains("echo.check-config ignored"));
    let bad = check("global:\n  amqp: http://me:secret@h/\n");
    let said = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert!(said.contains("config.yml:2 (global): amqp: the AMQP URL is not usable"), "{said}");
    assert!(bad.status.code() == Some(78) && !said.contains("secret"), "{said}");
    let bad = check("global:\n  jobs: many\n");
    assert_eq!(bad.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&bad.stderr).contains("config.yml:2: global.jobs"));
    // Nothing was opened for it.
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}
