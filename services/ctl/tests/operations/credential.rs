//! `credential`: secrets by standard input into files of their owner.

use std::io::Write;
use std::process::Stdio;

use crate::{System, failure, json, koinosctl, mode};

fn wif() -> String {
    koinos_crypto::SecretKey::from_seed("producer").unwrap().to_wif()
}

fn with_input(system: &System, arguments: &[&str], input: &str) -> std::process::Output {
    let mut child = koinosctl()
        .args(["--root", system.root.path().to_str().unwrap(), "--json"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may refuse before it has read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn secrets_are_set_and_listed_but_never_shown() {
    let system = System::new();
    let form = |name: usize| system.json(&["credential", "list"])[name]["form"].clone();
    assert_eq!(form(0), "none");
    let set = ["credential", "set", "amqp-password"];
    let said = json(&with_input(&system, &set, "secret\n"));
    assert_eq!(said["change"], "made");
    assert!(!said.to_string().contains("secret"));
    let file = system.path("etc/koinos/credentials/amqp-password");
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    assert_eq!(system.read("etc/koinos/credentials/amqp-password"), "secret\n");
    assert_eq!(form(0), "file");
    assert_eq!(json(&with_input(&system, &set, "secret"))["change"], "unchanged");

    let key = ["credential", "set", "producer-key"];
    let (status, text) = failure(&with_input(&system, &key, "nonsense\n"));
    assert_eq!((status, text.contains("no private key")), (64, true), "{text}");
    json(&with_input(&system, &key, &wif()));
    assert_eq!(form(1), "file");
    let (status, text) = failure(&with_input(&system, &set, "two\nlines\n"));
    assert_eq!((status, text.contains("one line")), (64, true), "{text}");
}

#[test]
fn only_nodes_of_the_units_have_credentials() {
    let directory = tempfile::tempdir().unwrap();
    let output = koinosctl()
        .args(["--basedir", directory.path().to_str().unwrap(), "credential", "list"])
        .output()
        .unwrap();
    let (status, text) = failure(&output);
    assert_eq!((status, text.contains("amqp-password-file")), (64, true), "{text}");
}
