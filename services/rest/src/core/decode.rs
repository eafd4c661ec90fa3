//! Operations and events in the JSON of blocks, transactions and receipts, decoded by the ABIs of
//! their contracts.
//!
//! What cannot be decoded stays as it is. The texts of names are those of the original service,
//! which shortens the names of token events.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use koinos_codec::json::Mapping;
use koinos_codec::text::from_any_base64;
use koinos_wallet::Abi;
use prost_reflect::{DynamicMessage, ReflectMessage};
use serde_json::{Map, Value};

use super::koilib;

/// What is to be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Operations of transactions.
    pub operations: bool,
    /// Events of receipts.
    pub events: bool,
}

/// The ABIs of contracts, by their base58 addresses.
pub type Abis = HashMap<String, Arc<Abi>>;

/// Ends of the names of token events, and how they are shortened.
const TOKEN_EVENTS: [(&str, &str); 7] = [
    ("token.burn_event", "token.burn_event"),
    ("token.mint_event", "token.mint_event"),
    ("token.transfer_event", "token.transfer_event"),
    ("token.approve", "token.approve_event"),
    ("token.burn", "token.burn_event"),
    ("token.mint", "token.mint_event"),
    ("token.transfer", "token.transfer_event"),
];
/// Members that operations and events can be in.
const PARTS: [&str; 6] =
    ["block", "receipt", "trx", "transaction", "transactions", "transaction_receipts"];

enum Piece<'a> {
    Operation(&'a mut Value),
    Event(&'a mut Value),
}

/// The contracts that are called, or that events come from.
pub fn contracts(item: &mut Value, wanted: Wanted) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    visit(item, wanted, &mut |piece| {
        let contract = match piece {
            Piece::Operation(operation) => &operation["call_contract"]["contract_id"],
            Piece::Event(event) => &event["source"],
        };
        found.extend(contract.as_str().map(str::to_owned));
    });
    found
}

/// Decodes what can be decoded; whether that was all of it.
pub fn decode(item: &mut Value, wanted: Wanted, abis: &Abis) -> bool {
    let mut whole = true;
    visit(item, wanted, &mut |piece| {
        whole &= match piece {
            Piece::Operation(operation) => decode_operation(operation, abis),
            Piece::Event(event) => decode_event(event, abis),
        };
    });
    whole
}

/// Calls `each` for all operations and events in `item`.
fn visit(item: &mut Value, wanted: Wanted, each: &mut impl FnMut(Piece<'_>)) {
    match item {
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, wanted, each)),
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("operations", Value::Array(items)) if wanted.operations => {
                        items.iter_mut().for_each(|item| each(Piece::Operation(item)));
                    }
                    ("events", Value::Array(items)) if wanted.events => {
                        items.iter_mut().for_each(|item| each(Piece::Event(item)));
                    }
                    (name, value) if PARTS.contains(&name) => visit(value, wanted, each),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// The entry point becomes the name of the method, and the arguments an object. Other operations
/// than calls have nothing to decode.
fn decode_operation(operation: &mut Value, abis: &Abis) -> bool {
    let Some(call) = operation.get_mut("call_contract").and_then(Value::as_object_mut) else {
        return true;
    };
    match decoded_call(call, abis) {
        Some((name, arguments)) => {
            call.insert("entry_point".to_owned(), name.into());
            match arguments {
                Some(arguments) => call.insert("args".to_owned(), arguments),
                None => call.remove("args"),
            };
            true
        }
        None => false,
    }
}

fn decoded_call(call: &Map<String, Value>, abis: &Abis) -> Option<(String, Option<Value>)> {
    let abi = abis.get(call.get("contract_id")?.as_str()?)?;
    let entry_point = call.get("entry_point").map_or(Some(0), Value::as_u64)?;
    let method = abi.by_entry_point(entry_point.try_into().ok()?)?;
    if method.argument.is_empty() {
        return Some((method.name.clone(), None));
    }
    let bytes = bytes(call.get("args"))?;
    let arguments = abi.read(&method.argument, &bytes).ok()?;
    Some((method.name.clone(), Some(shown(abi, &arguments))))
}

/// The data become an object.
fn decode_event(event: &mut Value, abis: &Abis) -> bool {
    let Some(event) = event.as_object_mut() else { return false };
    let Some(name) = event.get("name").and_then(Value::as_str).map(str::to_owned) else {
        return false;
    };
    let data = bytes(event.get("data"));
    let decoded = match event.get("source").and_then(Value::as_str).filter(|id| !id.is_empty()) {
        None => data.and_then(|data| system_event(&name, &data)),
        Some(source) => {
            let Some(abi) = abis.get(source) else { return false };
            let short = short_name(&name);
            let types = [abi.event_type(&name), abi.event_type(short)];
            let decoded = data.and_then(|data| {
                let read = types.iter().find_map(|kind| abi.read(kind, &data).ok());
                read.map(|message| shown(abi, &message))
            });
            if short != name {
                event.insert("name".to_owned(), short.into());
            }
            decoded
        }
    };
    let found = decoded.is_some();
    if let Some(decoded) = decoded {
        event.insert("data".to_owned(), decoded);
    }
    found
}

/// An event of the chain itself: its name is that of a message of the protocol.
fn system_event(name: &str, data: &[u8]) -> Option<Value> {
    let mapping = Mapping::koinos();
    let message = DynamicMessage::decode(mapping.message(name).ok()?, data).ok()?;
    Some(koilib::decoded(mapping, &message))
}

fn short_name(name: &str) -> &str {
    let short = TOKEN_EVENTS.iter().find(|(end, _)| name.ends_with(end));
    short.map_or(name, |(_, short)| short)
}

/// Bytes as JSON has them; none when they are missing, since defaults are left out.
fn bytes(value: Option<&Value>) -> Option<Vec<u8>> {
    match value {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(value) => from_any_base64(value.as_str()?).ok(),
    }
}

fn shown(abi: &Abi, message: &DynamicMessage) -> Value {
    koilib::decoded(abi.mapping_of(&message.descriptor()), message)
}

#[cfg(test)]
mod tests {
    use koinos_codec::text::to_base64url;
    use koinos_contracts::{CONTRACTS, entry_point};
    use koinos_proto::contracts::token::TransferArguments;
    use prost::Message;
    use serde_json::json;

    use super::*;

    const ALL: Wanted = Wanted { operations: true, events: true };
    const KOIN: &str = "15DJN4a8SgrbGhhGksSBASiSYjGnMU8dGL";

    fn abis() -> Abis {
        let koin = CONTRACTS.iter().find(|contract| contract.name == "koin").unwrap();
        Abis::from([(KOIN.to_owned(), Arc::new(Abi::parse(koin.abi).unwrap()))])
    }

    fn transfer() -> String {
        to_base64url(&TransferArguments { value: 5, ..Default::default() }.encode_to_vec())
    }

    #[test]
    fn calls_and_events_are_decoded_wherever_they_stand() {
        let call = |contract: &str| {
            json!({ "call_contract": {
                "contract_id": contract, "entry_point": entry_point("transfer"), "args": transfer(),
            } })
        };
        let event = json!({
            "source": KOIN, "name": "koinos.contracts.token.transfer_event", "data": transfer(),
        });
        let mut block = json!({
            "block": { "transactions": [{ "operations": [call(KOIN), call("1other")] }] },
            "receipt": { "events": [event], "transaction_receipts": [{ "events": [event] }] },
        });
        let expected: BTreeSet<String> = [KOIN, "1other"].map(str::to_owned).into();
        assert_eq!(contracts(&mut block, ALL), expected);
        let mut untouched = block.clone();
        let none = Wanted { operations: false, events: false };
        assert!(decode(&mut untouched, none, &abis()));
        assert_eq!(untouched, block);

        assert!(!decode(&mut block, ALL, &abis()), "one contract has no ABI");
        let arguments = json!({ "from": "", "to": "", "value": "5" });
        let operations = &block["block"]["transactions"][0]["operations"];
        let decoded = json!({ "contract_id": KOIN, "entry_point": "transfer", "args": arguments });
        assert_eq!(operations[0]["call_contract"], decoded);
        assert_eq!(operations[1], call("1other"));
        let receipt = &block["receipt"];
        for event in [&receipt["events"][0], &receipt["transaction_receipts"][0]["events"][0]] {
            let name = "token.transfer_event";
            assert_eq!(*event, json!({ "source": KOIN, "name": name, "data": arguments }));
        }
    }

    #[test]
    fn what_cannot_be_decoded_stays() {
        let wrong = [
            json!({ "call_contract": { "contract_id": KOIN, "entry_point": 1, "args": "" } }),
            json!({ "call_contract": { "contract_id": KOIN, "entry_point": -1 } }),
            json!({ "call_contract": {
                "contract_id": KOIN, "entry_point": entry_point("transfer"), "args": "?",
            } }),
        ];
        for operation in wrong {
            let mut item = json!({ "operations": [operation] });
            assert!(!decode(&mut item, ALL, &abis()));
            assert_eq!(item["operations"][0], operation);
        }
        for event in
            [json!(7), json!({}), json!({ "name": "x" }), json!({ "source": "1a", "name": "x" })]
        {
            let mut item = json!({ "events": [event] });
            assert!(!decode(&mut item, ALL, &abis()));
            assert_eq!(item["events"][0], event);
        }
        let mut item = json!({ "operations": [{ "upload_contract": {} }, { "x": 1 }] });
        assert!(decode(&mut item, ALL, &abis()), "nothing to decode");
    }

    #[test]
    fn events_of_the_chain_have_no_source() {
        let name = "koinos.chain.set_system_contract_event";
        let data = "CgEBEAE=";
        let mut item = json!({ "events": [{ "name": name, "data": data }] });
        assert!(decode(&mut item, ALL, &abis()));
        assert_eq!(
            item["events"][0]["data"],
            json!({ "contract_id": "2", "system_contract": true })
        );
    }

    #[test]
    fn token_events_have_short_names() {
        for (name, short) in [
            ("koinos.contracts.token.burn_event", "token.burn_event"),
            ("my_token.transfer", "token.transfer_event"),
            ("token.approve", "token.approve_event"),
            ("token.approve_event", "token.approve_event"),
            ("collections.mint_event", "collections.mint_event"),
        ] {
            assert_eq!(short_name(name), short);
        }
    }
}
