//! What services broadcast, to be waited for.

use std::collections::HashMap;

use koinos_codec::text::to_hex;
use koinos_codec::wire::Reader;
use koinos_mq::{Bus, Config, Event};
use koinos_rpc::names::{BLOCK_ACCEPT, MEMPOOL_ACCEPT, MEMPOOL_BLOCK_ACCEPTED};
use koinos_rpc::partial;
use prost::Message;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::node::LIMIT;

/// Ids of transactions, each with the height of its block, if that was heard of.
type Transactions = watch::Receiver<HashMap<String, u64>>;

/// The transactions that the mempool has taken, those in blocks that it has taken in, and the height
/// of the chain.
pub struct Heard {
    pooled: Transactions,
    included: Transactions,
    height: watch::Receiver<u64>,
    _bus: Bus,
}

impl Heard {
    /// Listens from now on.
    pub async fn listen(url: &str) -> Self {
        let bus = Bus::start(Config::new(url, "test", "heard")).unwrap();
        let pooled = follow(&bus, MEMPOOL_ACCEPT, |event| {
            let transaction = Reader::new(&event.payload).bytes(1);
            vec![(to_hex(Reader::new(transaction).bytes(1)), 0)]
        });
        let included = follow(&bus, MEMPOOL_BLOCK_ACCEPTED, |event| {
            let block = block(event);
            let height = block.header.unwrap().height;
            let ids = block.transactions.iter().map(|transaction| to_hex(&transaction.id));
            ids.map(|id| (id, height)).collect()
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

    /// Waits until the mempool has taken in a block with the transaction; the block's height.
    pub async fn included(&self, id: &str) -> u64 {
        wait("the transaction gets into a block", &self.included, id).await
    }
}

fn block(event: Event) -> partial::Block {
    partial::BlockAccepted::decode(event.payload).unwrap().block.unwrap()
}

fn follow(
    bus: &Bus,
    topic: &str,
    read: impl Fn(Event) -> Vec<(String, u64)> + Send + Sync + 'static,
) -> Transactions {
    let (sender, receiver) = watch::channel(HashMap::new());
    bus.subscribe(topic, move |event| {
        let ids = read(event);
        sender.send_modify(|known| known.extend(ids));
        std::future::ready(())
    });
    receiver
}

async fn wait(what: &str, known: &Transactions, id: &str) -> u64 {
    let mut known = known.clone();
    let came = timeout(LIMIT, known.wait_for(|ids| ids.contains_key(id))).await;
    came.unwrap_or_else(|_| panic!("{what}: {id}")).unwrap()[id]
}
