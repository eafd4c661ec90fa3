//! Comparing answers with the record, field by field.

use koinos_chain_core::{Family, Fault};
use koinos_proto::protocol::{BlockReceipt, TransactionReceipt};
use prost::Message;
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};

use super::row::RecordedError;

/// Most differing fields that are told of one message.
const MAX_DIFFERENCES: usize = 20;

/// Differences between two serialised messages of a type, `None` when they are equal.
pub(super) fn messages(name: &str, expected: &[u8], found: &[u8]) -> Option<String> {
    if expected == found {
        return None;
    }
    let mut lines = Vec::new();
    match (decode(name, expected), decode(name, found)) {
        (Some(expected), Some(found)) => fields("", &expected, &found, &mut lines),
        _ => lines.push(bytes("message", expected, found)),
    }
    if lines.is_empty() {
        lines.push(bytes("serialised form", expected, found));
    }
    lines.truncate(MAX_DIFFERENCES);
    Some(lines.join("\n"))
}

fn decode(name: &str, bytes: &[u8]) -> Option<DynamicMessage> {
    let descriptor = koinos_proto::descriptor_pool().get_message_by_name(name)?;
    DynamicMessage::decode(descriptor, bytes).ok()
}

fn bytes(what: &str, expected: &[u8], found: &[u8]) -> String {
    format!("  {what}: expected {}, found {}", hex::encode(expected), hex::encode(found))
}

fn fields(path: &str, expected: &DynamicMessage, found: &DynamicMessage, lines: &mut Vec<String>) {
    for field in expected.descriptor().fields() {
        let path = match path {
            "" => field.name().to_owned(),
            path => format!("{path}.{}", field.name()),
        };
        value(&path, &expected.get_field(&field), &found.get_field(&field), lines);
    }
}

fn value(path: &str, expected: &Value, found: &Value, lines: &mut Vec<String>) {
    if expected == found || lines.len() > MAX_DIFFERENCES {
        return;
    }
    match (expected, found) {
        (Value::Message(expected), Value::Message(found)) => fields(path, expected, found, lines),
        (Value::List(expected), Value::List(found)) => {
            if expected.len() != found.len() {
                let (expected, found) = (expected.len(), found.len());
                lines.push(format!("  {path}: expected {expected} items, found {found}"));
            }
            for (i, (expected, found)) in expected.iter().zip(found).enumerate() {
                value(&format!("{path}[{i}]"), expected, found, lines);
            }
        }
        (Value::Bytes(expected), Value::Bytes(found)) => lines.push(bytes(path, expected, found)),
        _ => lines.push(format!("  {path}: expected {expected}, found {found}")),
    }
}

/// The detail that the original's WebAssembly engine writes after its error class is its own, and
/// its two classes of bad modules count as one.
pub(super) fn engine_class(text: &str) -> &str {
    const CLASSES: [&str; 3] =
        ["FizzyErrorMalformedModule", "FizzyErrorInvalidModule", "FizzyErrorInstantiationFailed"];
    match CLASSES.iter().find_map(|class| text.split_once(class)) {
        Some((before, _)) => before,
        None => text,
    }
}

fn without_engine_details(logs: &mut [bytes::Bytes]) {
    for line in logs {
        if let Ok(text) = std::str::from_utf8(line) {
            let class = engine_class(text).len();
            line.truncate(class);
        }
    }
}

/// A receipt without what is not compared.
fn comparable(receipt: &mut BlockReceipt, with_transaction_deltas: bool) {
    without_engine_details(&mut receipt.logs);
    for TransactionReceipt { logs, state_delta_entries, .. } in &mut receipt.transaction_receipts {
        without_engine_details(logs);
        if !with_transaction_deltas {
            state_delta_entries.clear();
        }
    }
}

/// Differences between a recorded receipt and ours.
pub(super) fn receipts(
    expected: &[u8],
    found: &BlockReceipt,
    with_transaction_deltas: bool,
) -> Option<String> {
    let name = "koinos.protocol.block_receipt";
    let own = found.encode_to_vec();
    if own == expected {
        return None;
    }
    match BlockReceipt::decode(expected) {
        Ok(mut expected) => {
            let mut found = found.clone();
            comparable(&mut expected, with_transaction_deltas);
            comparable(&mut found, with_transaction_deltas);
            messages(name, &expected.encode_to_vec(), &found.encode_to_vec())
        }
        Err(_) => messages(name, expected, &own),
    }
}

/// Differences between a recorded receipt of a transaction and ours.
pub(super) fn transaction_receipts(
    mut expected: TransactionReceipt,
    mut found: TransactionReceipt,
) -> Option<String> {
    without_engine_details(&mut expected.logs);
    without_engine_details(&mut found.logs);
    let name = "koinos.protocol.transaction_receipt";
    messages(name, &expected.encode_to_vec(), &found.encode_to_vec())
}

/// Whether a receipt has log lines that are only compared up to the engine's error class.
pub(super) fn has_engine_details(receipt: &BlockReceipt) -> bool {
    let lines = receipt.transaction_receipts.iter().flat_map(|transaction| &transaction.logs);
    receipt.logs.iter().chain(lines).any(|line| {
        std::str::from_utf8(line).is_ok_and(|text| engine_class(text).len() < text.len())
    })
}

/// Differences between a recorded error and ours.
pub(super) fn errors(expected: &RecordedError, found: &Fault) -> Option<String> {
    if expected.is_std {
        let refused_as_std = found.family() == Family::Std && found.code() == 100;
        return (!refused_as_std).then(|| {
            format!("  expected a standard exception ({}), found {found:?}", expected.message)
        });
    }
    let text = String::from_utf8_lossy(found.message());
    let same = expected.code == Some(found.code().into())
        && engine_class(&expected.message) == engine_class(&text);
    (!same).then(|| {
        let code = expected.code.unwrap_or_default();
        format!("  expected {} (code {code}), found {found}", expected.message)
    })
}
