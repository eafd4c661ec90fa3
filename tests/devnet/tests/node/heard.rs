//! What services broadcast, to be waited for.

use std::collections::HashSet;

use koinos_codec::text::to_hex;
use koinos_codec::wire::Reader;
use koinos_mq::{Bus, Config, Event};
use koinos_rpc::names::{BLOCK_ACCEPT, MEMPOOL_ACCEPT, MEMPOOL_BLOCK_ACCEPTED};
use koinos_rpc::partial;
use prost::Message;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::node::LIMIT;

/// The transactions that the mempool has taken, those in blocks that it has taken in, and the height
/// of the chain.
pub struct Heard {
    pooled: watch::Receiver<HashSet<String>>,
    included: watch::Receiver<HashSet<String>>,
    height: watch::Receiver<u64>,
    _bus: Bus,
}

impl Heard {
    /// Listens from now on.
    pub async fn listen(url: &str) -> Self {
        let bus = Bus::start(Config::new(url, "test", "heard")).unwrap();
        let pooled = follow(&bus, MEMPOOL_ACCEPT, |event| {
            let transaction = Reader::new(&event.payload).bytes(1);
            vec![to_hex(Reader::new(transaction).bytes(1))]
        });
        let included = follow(&bus, MEMPOOL_BLOCK_ACCEPTED, |event| {
            let transactions = block(event).transactions;
            transactions.iter().map(|transaction| to_hex(&transaction.id)).collect()
        });
        let (heights, height) = watch::channel(0);
        bus.subscribe(BLOCK_ACCEPT, move |event| {
            let block = block(event);
            let height = block.header.unwrap().height;
            heights.send_modify(|highest| *highest = height.max(*highest));
            std::future::ready(())
        });
        timeout(LIMIT, bus.consuming()).await.expect("the broker lets us listen");
        Self { pooled, included, height, _bus: bus }
    }

    /// The height of the chain as it grows; 0 before the first block that comes from now on.
    pub fn heights(&self) -> watch::Receiver<u64> {
        self.height.clone()
    }

    /// Waits for a block of that height at least.
    pub async fn height(&self, height: u64) {
        let came =
            timeout(LIMIT, self.heights().wait_for(|highest| *highest >= height)).await.is_ok();
        assert!(came, "no block at height {height}");
    }

    /// Waits until the mempool has taken a transaction.
    pub async fn pooled(&self, id: &str) {
        wait("the mempool takes the transaction", &self.pooled, id).await;
    }

    /// Waits until the mempool has taken in a block with the transaction.
    pub async fn included(&self, id: &str) {
        wait("the transaction gets into a block", &self.included, id).await;
    }
}

fn block(event: Event) -> partial::Block {
    partial::BlockAccepted::decode(event.payload).unwrap().block.unwrap()
}

fn follow(
    bus: &Bus,
    topic: &str,
    read: impl Fn(Event) -> Vec<String> + Send + Sync + 'static,
) -> watch::Receiver<HashSet<String>> {
    let (sender, receiver) = watch::channel(HashSet::new());
    bus.subscribe(topic, move |event| {
        let ids = read(event);
        sender.send_modify(|known| known.extend(ids));
        std::future::ready(())
    });
    receiver
}

async fn wait(what: &str, known: &watch::Receiver<HashSet<String>>, id: &str) {
    let mut known = known.clone();
    let came = timeout(LIMIT, known.wait_for(|ids| ids.contains(id))).await;
    assert!(came.is_ok_and(|came| came.is_ok()), "{what}: {id}");
}
