//! Help, completions, manual pages, and wrong command lines.

use crate::{failure, stdout};

#[test]
fn the_help_is_as_agreed() {
    assert_eq!(stdout(&["--help"]), include_str!("golden/help.txt"));
    assert_eq!(stdout(&["devnet", "start", "--help"]), include_str!("golden/devnet-start.txt"));
    assert_eq!(stdout(&["devnet", "status"]), include_str!("golden/devnet-status.txt"));
}

#[test]
fn completions_are_made_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let text = stdout(&["completions", shell]);
        assert!(text.contains("koinosctl") && text.contains("devnet"), "{shell}");
    }
}

#[test]
fn manual_pages_are_made() {
    let page = stdout(&["manpage"]);
    assert!(page.contains(".TH koinosctl") && page.contains("Exit status"), "{page}");
    let directory = tempfile::tempdir().unwrap();
    stdout(&["manpage", "--directory", directory.path().to_str().unwrap()]);
    assert!(directory.path().join("koinosctl-devnet-start.1").exists());
}

#[test]
fn mistakes_have_their_exit_status() {
    let status = |arguments: &[&str]| failure(arguments).0;
    assert_eq!(status(&["devnte"]), 64);
    assert_eq!(status(&["rpc", "chain"]), 64);
    assert_eq!(status(&["account", "nobody"]), 64);
    let url = ["--url", "http://127.0.0.1:1/", "chain", "head"];
    assert_eq!(status(&url), 69, "nobody listens on port 1");
    let (status, text) =
        failure(&["--amqp", "amqp://127.0.0.1:1/", "--timeout", "1", "chain", "head"]);
    assert_eq!((status, text.contains("no message broker answers")), (69, true), "{text}");
    let (status, text) = failure(&["--amqp", "http://x/", "chain", "head"]);
    assert_eq!((status, text.contains("AMQP URL is not usable")), (78, true), "{text}");
}
