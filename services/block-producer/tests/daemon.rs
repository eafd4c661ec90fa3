//! The daemon's options, its files and its exit statuses.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::world::key;
use common::{LIMIT, PROGRAM, launch, write_key};
use koinos_testkit::{Broker, Daemon};

fn url() -> String {
    Broker::shared().unwrap().vhost().unwrap().url
}

/// Runs the daemon to its end.
fn outcome(arguments: &[&str]) -> (i32, String) {
    let mut daemon = Daemon::start(PROGRAM, arguments).unwrap();
    let status = daemon.wait(LIMIT).unwrap();
    (status.code().unwrap(), daemon.output())
}

fn outcome_in(basedir: &Path, more: &[&str]) -> (i32, String) {
    let mut arguments = vec!["-d", basedir.to_str().unwrap()];
    arguments.extend(more);
    outcome(&arguments)
}

#[test]
fn version_and_help() {
    let (code, output) = outcome(&["-v"]);
    assert_eq!(code, 0);
    assert!(output.starts_with("Koinos Block Producer v"), "{output}");
    let (code, output) = outcome(&["-h"]);
    assert_eq!(code, 0);
    for option in [
        "-g, --algorithm",
        "-p, --private-key-file",
        "-f, --producer",
        "-c, --pow-contract-id",
        "-w, --work-groups",
        "--gossip-production",
        "-z, --resources-lower-bound",
        "-x, --resources-upper-bound",
        "-m, --max-inclusion-attempts",
        "-k, --approve-proposals",
        "--pob-production",
        "--block-interval",
        "-j, --jobs",
    ] {
        assert!(output.contains(option), "{option} is missing in\n{output}");
    }
}

#[test]
fn wrong_options_are_refused() {
    for (arguments, code, text) in [
        (&["-z", "101"][..], 64, "101 is not in 0..=100"),
        (&["-x", "-1"], 64, "-1"),
        (&["--pob-production", "0"], 64, "0 is not in 1..=100"),
        (&["-m", "2001"], 64, "2001 is not in 0..=2000"),
        (&["-g", "poa"], 64, "federated, pow, pob"),
        (&["-f", "1abc"], 64, "it is not an address in base58"),
        (&["-c", "0O"], 64, "it is not a contract id in base58"),
        (&["-k", "1220ab"], 64, "could not parse proposal id"),
        (&["-j", "1"], 64, "'jobs' must be at least 2"),
        (&["-g", "pob"], 78, "A producer address must be provided"),
        (&["-g", "pow"], 78, "A proof of work contract ID must be provided"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let (found, output) = outcome_in(directory.path(), arguments);
        assert!(found == code && output.contains(text), "{arguments:?}: {found}\n{output}");
    }
}

#[test]
fn values_of_the_configuration_are_checked_with_their_place() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("config.yml");
    std::fs::write(&config, "block_producer:\n  resources-upper-bound: 110\n").unwrap();
    let (code, output) = outcome_in(directory.path(), &[]);
    assert_eq!(code, 78);
    assert!(output.contains("config.yml:2: block_producer.resources-upper-bound"), "{output}");
}

#[test]
fn the_key_is_made_and_its_public_half_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    // As operators write them, without quotes.
    let id = |digits: &str| format!("0x1220{}", digits.repeat(32));
    let config = format!(
        "global:\n  approve-proposals:\n    - {}\nblock_producer:\n  approve-proposals:\n    \
         - {}\n    - {}\n",
        id("0a"),
        id("1b"),
        id("2c")
    );
    std::fs::write(directory.path().join("config.yml"), config).unwrap();
    let daemon = launch(directory.path(), &url(), &["-k", &id("dd"), &id("ee")]);
    daemon.wait_for("Ready", LIMIT).unwrap();
    for digits in ["0a", "1b", "2c", "dd", "ee"] {
        daemon.wait_for(&format!("Approved proposal: {}", id(digits)), LIMIT).unwrap();
    }
    let private = directory.path().join("block_producer/private.key");
    let mode = std::fs::metadata(&private).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    let wif = std::fs::read_to_string(&private).unwrap();
    let public = std::fs::read_to_string(private.with_file_name("public.key")).unwrap();
    daemon.wait_for(&format!("Public key: {}", public.trim_end()), LIMIT).unwrap();
    assert!(public.len() == 45 && public.ends_with('\n'), "{public}");
    assert!(!daemon.output().contains(wif.trim_end()));
    drop(daemon);
    let again = launch(directory.path(), &url(), &[]);
    again.wait_for(&format!("Public key: {}", public.trim_end()), LIMIT).unwrap();
}

#[test]
fn the_key_file_of_an_original_is_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    // As it writes them: for everybody to read.
    write_key(directory.path(), &format!("{}\n", key().to_wif()), 0o644);
    let url = url();
    let daemon = launch(directory.path(), &url, &[]);
    daemon.wait_for("Ready", LIMIT).unwrap();
    daemon.wait_for("had mode 0644, so others could use it", LIMIT).unwrap();
    daemon.wait_for(&key().public_key().address().to_string(), LIMIT).unwrap();
    let private = directory.path().join("block_producer/private.key");
    assert_eq!(std::fs::metadata(&private).unwrap().permissions().mode() & 0o7777, 0o600);
    drop(daemon);
    let again = launch(directory.path(), &url, &[]);
    again.wait_for("Ready", LIMIT).unwrap();
    assert!(!again.output().contains("mode 0"), "{}", again.output());
}

#[test]
fn a_key_file_that_cannot_be_trusted_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    write_key(directory.path(), &key().to_wif(), 0o666);
    let (code, output) = outcome_in(directory.path(), &[]);
    assert_eq!(code, 78);
    assert!(output.contains("has mode 0666") && output.contains("chmod 600"), "{output}");
    write_key(directory.path(), "not a key", 0o600);
    let (code, output) = outcome_in(directory.path(), &[]);
    assert_eq!(code, 78);
    assert!(output.contains("unable to parse private key file"), "{output}");
    assert!(!directory.path().join("block_producer/public.key").exists());
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
