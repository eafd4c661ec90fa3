//! The recorded vectors of keys, signatures, proofs and hashes.

#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use koinos_crypto::{HashCode, PublicKey, SecretKey, is_canonical, multihash, recover, sign, vrf};
use serde_json::Value;

fn rows(kind: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/vectors/crypto.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let rows: Vec<_> = rows.filter(|row| row["kind"] == kind).collect();
    assert!(!rows.is_empty(), "no rows of kind {kind}");
    rows
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap()
}

fn from_hex(row: &Value, name: &str) -> Vec<u8> {
    hex::decode(text(row, name)).unwrap()
}

fn from_base64(row: &Value, name: &str) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(text(row, name)).unwrap()
}

fn secret(row: &Value) -> SecretKey {
    SecretKey::from_seed(text(row, "seed")).unwrap()
}

#[test]
fn keys() {
    for row in rows("key") {
        let secret = secret(&row);
        let public = secret.public_key();
        assert_eq!(secret.to_bytes().to_vec(), from_base64(&row, "secret"));
        assert_eq!(secret.to_wif(), text(&row, "wif"));
        assert_eq!(SecretKey::from_wif(text(&row, "wif")).unwrap(), secret);
        assert_eq!(public.to_bytes().to_vec(), from_base64(&row, "public"));
        let uncompressed = from_base64(&row, "public_uncompressed");
        assert_eq!(public.to_bytes_uncompressed().to_vec(), uncompressed);
        assert_eq!(PublicKey::from_bytes(&uncompressed).unwrap(), public);
        assert_eq!(public.address().as_bytes().to_vec(), from_base64(&row, "address"));
    }
}

#[test]
fn signatures() {
    for row in rows("sign") {
        let secret = secret(&row);
        let digest: [u8; 32] = from_hex(&row, "digest_hex")[2..].try_into().unwrap();
        let signature = sign(&digest, &secret).unwrap();
        assert_eq!(signature.to_vec(), from_hex(&row, "signature_hex"));
        assert_eq!(recover(&digest, &signature).unwrap(), secret.public_key());
    }
}

#[test]
fn canonical_signatures() {
    let mut seen = [0; 2];
    for row in rows("is_canonical") {
        let expected = row["value"].as_bool().unwrap();
        let signature = from_hex(&row, "signature_hex").try_into().unwrap();
        assert_eq!(is_canonical(&signature), expected, "{row}");
        seen[usize::from(expected)] += 1;
    }
    assert!(seen[0] > 0 && seen[1] > 0);
}

#[test]
fn proofs() {
    for row in rows("vrf") {
        let secret = secret(&row);
        let input = from_hex(&row, "msg_hex");
        let (proof, output) = vrf::prove(&secret, &input).unwrap();
        assert_eq!(proof.to_vec(), from_hex(&row, "proof_hex"));
        assert_eq!(output.to_vec(), from_hex(&row, "hash_hex")[2..]);
        let public = PublicKey::from_bytes(&from_base64(&row, "public")).unwrap();
        assert_eq!(vrf::verify(&public, &input, &proof).unwrap(), output);
    }
}

#[test]
fn hashes() {
    for row in rows("hash") {
        let code = HashCode::from_code(row["code"].as_u64().unwrap()).unwrap();
        let expected = from_hex(&row, "multihash_hex");
        assert_eq!(multihash(code, &from_hex(&row, "data_hex")), expected, "{row}");
    }
}
