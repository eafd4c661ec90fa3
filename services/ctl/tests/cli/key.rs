//! `key`, with the recorded keys of the protocol.

use std::os::unix::fs::PermissionsExt;

use koinos_codec::text::{to_base58, to_base64url};
use koinos_crypto::SecretKey;
use koinos_testkit::golden;

use crate::{failure, json, stdout};

#[test]
fn recorded_keys_have_their_addresses() {
    let directory = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for row in golden::rows("vectors/crypto.jsonl").unwrap() {
        let row = row.unwrap();
        if row.0["kind"] != "key" {
            continue;
        }
        let secret: [u8; 32] = row.base64("secret").unwrap().unwrap()[..].try_into().unwrap();
        let wif = SecretKey::from_bytes(secret).unwrap().to_wif();
        let file = directory.path().join(seen.to_string());
        std::fs::write(&file, format!("{wif}\n")).unwrap();
        let shown = json(&["--json", "key", "show", "--secret", file.to_str().unwrap()]);
        let address = to_base58(&row.base64("address").unwrap().unwrap());
        let public = to_base64url(&row.base64("public").unwrap().unwrap());
        assert_eq!(
            shown,
            serde_json::json!({
                "address": address, "public_key": public, "private_key": wif,
            })
        );
        let text = stdout(&["key", "show", file.to_str().unwrap()]);
        assert_eq!(text, format!("address: {address}\npublic key: {public}\n"));
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn a_new_key_goes_into_a_file_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("my.key");
    let path = file.to_str().unwrap();
    let made = json(&["--json", "key", "new", path]);
    assert!(made.get("private_key").is_none());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(json(&["--json", "key", "show", path])["address"], made["address"]);
    let (status, text) = failure(&["key", "new", path]);
    assert_eq!(status, 78);
    assert!(text.contains("my.key is there already"), "{text}");
    let shown = json(&["key", "new", "--json"]);
    assert!(SecretKey::from_wif(shown["private_key"].as_str().unwrap()).is_ok());
}

#[test]
fn what_is_no_key_is_told() {
    let (status, text) = failure(&["key", "show", "/nonexistent/key"]);
    assert_eq!((status, text.contains("/nonexistent/key")), (78, true), "{text}");
}
