//! Replies and broadcasts of a recorded chain, byte for byte.

use bytes::Bytes;
use koinos_codec::wire::{Reader, put_message_field};
use koinos_proto::broadcast::{BlockAccepted, BlockIrreversible, EventParcel, ForkHeads};
use koinos_testkit::{Broker, golden};
use prost::Message;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::node::{LIMIT, Node};

type Heard = UnboundedReceiver<(String, Bytes)>;

/// Hears every broadcast of the node.
async fn listen(node: &Node) -> Heard {
    let (sender, heard) = unbounded_channel();
    node.bus.subscribe("koinos.#", move |event| {
        // Nobody listens any more at the end.
        drop(sender.send((event.topic, event.payload)));
        std::future::ready(())
    });
    tokio::time::timeout(LIMIT, node.bus.consuming()).await.unwrap();
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_chain_gives_the_recorded_replies_and_broadcasts() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let node = Node::start(&url, "core").await;
    let mut heard = listen(&node).await;
    let mut blocks = Vec::new();
    for recorded in golden::blocks("core/blocks.jsonl.gz").unwrap() {
        let recorded = recorded.unwrap();
        let receipt = recorded.receipt.unwrap();
        let mut response = Vec::new();
        put_message_field(&mut response, 1, &receipt);
        let mut expected = Vec::new();
        put_message_field(&mut expected, 3, &response);
        let height = recorded.row.number("height").unwrap();
        let reply = node.submit(&recorded.block).await.unwrap();
        // The text behind the engine's error class is the engine's own.
        let engine_text = reply.windows(5).any(|window| window == b"Fizzy");
        assert!(reply == expected || engine_text, "reply to block {height}");
        blocks.push((recorded.block, receipt));
    }
    // A block that is known is answered without a receipt.
    let last = blocks.last().unwrap();
    assert_eq!(node.submit(&last.0).await.unwrap(), &[0x1a, 0x00][..]);

    // Events of reverted transactions are told too, and stand in no receipt; so the end is counted from
    // the last block's own broadcasts.
    let (mut broadcasts, mut tips, mut after) = (Vec::new(), 0, 0);
    while tips < blocks.len() || after < event_count(&last.1) {
        let next = tokio::time::timeout(LIMIT, heard.recv()).await;
        let (topic, payload) = next.expect("all broadcasts come").unwrap();
        after += 1;
        if topic == "koinos.block.forks" {
            (tips, after) = (tips + 1, 0);
        }
        broadcasts.push((topic, payload));
    }
    check_broadcasts(&broadcasts, &blocks);
}

/// Events of the block and of transactions that were not reverted.
fn event_count(receipt: &[u8]) -> usize {
    let receipt = Reader::new(receipt);
    let own = receipt.repeated(7).count();
    let of_transactions =
        receipt.repeated(8).map(|transaction| Reader::new(transaction).repeated(10).count());
    own + of_transactions.sum::<usize>()
}

/// For each block: what is final, the block, the tips, then its events.
fn check_broadcasts(heard: &[(String, Bytes)], blocks: &[(Bytes, Bytes)]) {
    let mut heard = heard.iter().peekable();
    for (height, (block, receipt)) in (1..).zip(blocks) {
        let mut next = |topic: &str| {
            let (found, payload) = heard.next().unwrap();
            assert_eq!(found, topic, "at height {height}");
            payload.clone()
        };
        let irreversible = BlockIrreversible::decode(next("koinos.block.irreversible")).unwrap();
        assert_eq!(irreversible.topology.unwrap().height, u64::max(height, 60) - 60);

        let accepted = next("koinos.block.accept");
        let fields = Reader::new(&accepted);
        assert_eq!((fields.bytes(1), fields.bytes(2)), (&block[..], &receipt[..]));
        let accepted = BlockAccepted::decode(accepted).unwrap();
        assert!(accepted.head && !accepted.live, "a block of the past");

        let forks = ForkHeads::decode(next("koinos.block.forks")).unwrap();
        assert_eq!(forks.heads.len(), 1);
        assert_eq!(forks.heads[0].id, accepted.block.unwrap().id);

        while let Some((_, payload)) = heard.next_if(|(t, _)| t.starts_with("koinos.event.")) {
            let parcel = EventParcel::decode(payload.clone()).unwrap();
            assert_eq!((parcel.height, &parcel.block_id), (height, &forks.heads[0].id));
        }
    }
    assert!(heard.next().is_none());
}
