//! Genesis files: the initial state of a chain as protobuf JSON.
//!
//! Unlike Koinos JSON every bytes field is plain base64. The chain id is the hash of the canonical
//! bytes, so a file that is not entirely understood is refused.

use koinos_proto::chain::{GenesisData, GenesisEntry};
use prost::Message;
use serde_json::{Map, Value, json};

use crate::json::{Mapping, Reading};
use crate::{Error, text};

/// The canonical bytes of the `koinos.chain.genesis_data` in the genesis file `text`: its entries
/// in their order.
///
/// # Errors
/// [`Error::GenesisSyntax`] when it is not JSON, [`Error::GenesisContent`] when a field does not fit
/// or is unknown. The causes name line and column, or the field: `entries[3].key`.
pub fn parse_genesis(text: &str) -> Result<Vec<u8>, Error> {
    let json: Value = serde_json::from_str(text).map_err(Error::GenesisSyntax)?;
    let mapping = Mapping::koinos();
    let descriptor = mapping.message("koinos.chain.genesis_data")?;
    let message = Reading::protobuf(mapping).root(descriptor, &json);
    let message = message.map_err(|cause| Error::GenesisContent(Box::new(cause)))?;
    Ok(message.encode_to_vec())
}

/// The genesis file of `data`, which [`parse_genesis`] reads back to the same bytes.
pub fn genesis_to_json(data: &GenesisData) -> String {
    let entries: Vec<Value> = data.entries.iter().map(entry_to_json).collect();
    format!("{:#}\n", json!({ "entries": entries }))
}

fn entry_to_json(entry: &GenesisEntry) -> Value {
    let mut object = Map::new();
    if let Some(space) = &entry.space {
        let mut fields = Map::new();
        if space.system {
            fields.insert("system".to_owned(), true.into());
        }
        put_bytes(&mut fields, "zone", &space.zone);
        if space.id != 0 {
            fields.insert("id".to_owned(), space.id.into());
        }
        object.insert("space".to_owned(), fields.into());
    }
    put_bytes(&mut object, "key", &entry.key);
    put_bytes(&mut object, "value", &entry.value);
    object.into()
}

fn put_bytes(object: &mut Map<String, Value>, name: &str, bytes: &[u8]) {
    if !bytes.is_empty() {
        object.insert(name.to_owned(), text::to_base64(bytes).into());
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use koinos_proto::chain::ObjectSpace;

    use super::*;

    #[test]
    fn entries_keep_their_order() {
        let text = r#"{"entries": [
            {"space": {"system": true, "id": 3}, "key": "+/8=", "value": "-_8"},
            {"space": {}, "value": ""}
        ]}"#;
        let key: &[u8] = &[0xfb, 0xff];
        let expected = GenesisData {
            entries: vec![
                GenesisEntry {
                    space: Some(ObjectSpace { system: true, id: 3, ..Default::default() }),
                    key: key.into(),
                    value: key.into(),
                },
                GenesisEntry { space: Some(ObjectSpace::default()), ..Default::default() },
            ],
        };
        assert_eq!(parse_genesis(text).unwrap(), expected.encode_to_vec());
    }

    #[test]
    fn a_written_file_reads_back() {
        let space = ObjectSpace { system: true, zone: "zone".into(), id: 7 };
        let entry = |space, key: &'static [u8], value: &'static [u8]| GenesisEntry {
            space,
            key: key.into(),
            value: value.into(),
        };
        let data = GenesisData {
            entries: vec![
                entry(Some(space), &[0xfb, 0xff], b"value"),
                entry(Some(ObjectSpace::default()), b"", b""),
                entry(None, b"key", b""),
            ],
        };
        assert_eq!(parse_genesis(&genesis_to_json(&data)).unwrap(), data.encode_to_vec());
        assert_eq!(genesis_to_json(&GenesisData::default()), "{\n  \"entries\": []\n}\n");
    }

    #[test]
    fn faults_name_their_place() {
        let cause = |text: &str| parse_genesis(text).unwrap_err().source().unwrap().to_string();
        assert!(cause("{\n\"entries\": [}").contains("line 2 column 13"));
        let key = cause(r#"{"entries": [{}, {"key": "?"}]}"#);
        assert_eq!(key, "entries[1].key: expected bytes as base64");
        let unknown = cause(r#"{"entries": [{"space": {"zones": ""}}]}"#);
        let expected = "entries[0].space.zones: expected a field of koinos.chain.object_space";
        assert_eq!(unknown, expected);
        assert_eq!(cause("[]"), "JSON value: expected an object");
    }
}
