//! Blocks made by the test itself, with the time and the signer that it wants.

use bytes::Bytes;
use koinos_codec::json::Mapping;
use koinos_codec::text::{from_base64url, from_hex, to_hex};
use koinos_crypto::{Address, HashCode, SecretKey, multihash, multihash_from_digest, sha256, sign};
use koinos_proto::protocol::{Block, BlockHeader};
use prost::Message;
use serde_json::{Value, json};

use crate::client::{Client, number, text};

/// Milliseconds between blocks.
pub const STEP: u64 = 10;

/// Makes empty blocks on the head of a node. The key of the genesis signs all of them; who is said to
/// be the signer is another matter.
pub struct Maker {
    key: SecretKey,
    signer: Address,
}

impl Maker {
    /// Makes blocks in the name of the producer of the genesis.
    pub fn new() -> Self {
        let key = SecretKey::from_seed("producer").unwrap();
        Self { signer: key.public_key().address(), key }
    }

    /// Makes blocks in the name of somebody who has KOIN.
    pub fn of(signer: Address) -> Self {
        Self { signer, ..Self::new() }
    }

    /// Makes `count` blocks, the first `after` milliseconds after the head, each of the others
    /// [`STEP`] after the one before; the id of the last.
    pub async fn extend(&self, client: &mut Client, count: u64, after: u64) -> String {
        let mut last = String::new();
        for number in 0..count {
            let head = client.call("chain.get_head_info", json!({})).await;
            let block = self.block(&head, if number == 0 { after } else { STEP });
            let name = "koinos.protocol.block";
            let json = Mapping::koinos().decode(name, &block.encode_to_vec()).unwrap();
            client.try_call("chain.submit_block", &json!({ "block": json })).await.unwrap();
            last = to_hex(&block.id);
        }
        last
    }

    /// An empty block on a head.
    fn block(&self, head: &Value, after: u64) -> Block {
        let topology = &head["head_topology"];
        let root = from_base64url(&text(&head["head_state_merkle_root"])).unwrap();
        let header = BlockHeader {
            previous: from_hex(&text(&topology["id"])).unwrap().into(),
            height: number(&topology["height"]) + 1,
            timestamp: number(&head["head_block_time"]).max(EPOCH) + after,
            previous_state_merkle_root: root.into(),
            transaction_merkle_root: multihash(HashCode::Sha2_256, &[]).into(),
            signer: Bytes::copy_from_slice(self.signer.as_bytes()),
            ..Default::default()
        };
        let digest = sha256(&header.encode_to_vec());
        Block {
            id: multihash_from_digest(HashCode::Sha2_256, &digest).into(),
            header: Some(header),
            signature: sign(&digest, &self.key).unwrap().to_vec().into(),
            ..Default::default()
        }
    }
}

/// The time before the first block: long ago, so that no node takes the chain for one that has caught
/// up, in milliseconds since 1970.
const EPOCH: u64 = 1_600_000_000_000;
