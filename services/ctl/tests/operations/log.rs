//! `log` and `ls`, on a daemon that runs.

use std::time::Duration;

use koinos_testkit::{Broker, Daemon};

use crate::{failure, json, koinosctl};

const LIMIT: Duration = Duration::from_secs(60);

fn program(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_BIN_EXE_koinosctl")).with_file_name(name)
}

#[test]
fn the_log_level_is_shown_and_set_while_a_service_runs() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let directory = tempfile::tempdir().unwrap();
    let basedir = directory.path().to_str().unwrap();
    let daemon =
        Daemon::start(program("koinos-mempool"), ["-d", basedir, "-a", &url, "--network", "mine"]);
    let daemon = daemon.unwrap();
    daemon.wait_for("Ready", LIMIT).unwrap();
    let run = |arguments: &[&str]| {
        koinosctl().args(["--basedir", basedir, "--json"]).args(arguments).output().unwrap()
    };
    assert_eq!(json(&run(&["log", "mempool"]))[0]["level"], "info");
    assert_eq!(json(&run(&["log", "mempool", "debug"]))[0]["level"], "debug");
    daemon.wait_for("log level set to debug", LIMIT).unwrap();
    let all = json(&run(&["log", "all"]));
    assert_eq!(all, serde_json::json!([{ "service": "mempool", "level": "debug" }]));
    // A reload takes the level of the configuration.
    daemon.reload();
    daemon.wait_for("Configuration read again, log level is info", LIMIT).unwrap();
    assert_eq!(json(&run(&["log", "mempool"]))[0]["level"], "info");

    let listed = json(&run(&["ls"]));
    let row = &listed.as_array().unwrap()[0];
    assert_eq!((&row["network"], &row["service"]), (&"mine".into(), &"mempool".into()));
    assert_eq!(row["state"], "ready");
    drop(daemon);
    assert_eq!(json(&run(&["ls"]))[0]["state"], "not running");
    let (status, text) = failure(&run(&["log", "mempool"]));
    assert_eq!((status, text.contains("does not answer")), (69, true), "{text}");
    assert_eq!(failure(&run(&["log", "mempool", "loud"])).0, 64);
}
