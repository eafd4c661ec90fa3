//! Names on the bus. They are part of the protocol: every implementation uses the same.

/// Durable topic exchange of broadcasts.
pub const EVENT_EXCHANGE: &str = "koinos.event";
/// Durable direct exchange of requests and of replies.
pub const RPC_EXCHANGE: &str = "koinos.rpc";
/// The content type of every message; others are dropped by receivers.
pub const CONTENT_TYPE: &str = "application/octet-stream";
/// The largest message the protocol allows, in bytes (512 MiB).
pub const MAX_MESSAGE_SIZE: usize = 536_870_912;

/// `koinos.broadcast.block_accepted`, from chain, for every applied block.
pub const BLOCK_ACCEPT: &str = "koinos.block.accept";
/// `koinos.broadcast.block_irreversible`, from chain, with every applied block.
pub const BLOCK_IRREVERSIBLE: &str = "koinos.block.irreversible";
/// `koinos.broadcast.fork_heads`, from chain, with every applied block.
pub const BLOCK_FORKS: &str = "koinos.block.forks";
/// `koinos.broadcast.transaction_accepted`, from chain.
pub const TRANSACTION_ACCEPT: &str = "koinos.transaction.accept";
/// `koinos.broadcast.transaction_failed`, from chain.
pub const TRANSACTION_FAIL: &str = "koinos.transaction.fail";
/// `koinos.broadcast.mempool_accepted`, from mempool.
pub const MEMPOOL_ACCEPT: &str = "koinos.mempool.accept";
/// `koinos.broadcast.block_accepted` relayed by mempool once it has handled the block.
pub const MEMPOOL_BLOCK_ACCEPTED: &str = "koinos.mempool.block_accepted";
/// `koinos.broadcast.gossip_status`, from p2p, when gossip starts or stops.
pub const GOSSIP_STATUS: &str = "koinos.gossip.status";

/// `koinos.index.index_status`, from instances of index services. The originals know nothing of it.
pub const INDEX_STATUS: &str = "koinos.index.status";

/// The queue (and routing key) on which `service` takes requests.
pub fn rpc_queue(service: &str) -> String {
    format!("koinos.rpc.{service}")
}

/// The routing key of a contract event (`koinos.broadcast.event_parcel`).
///
/// `source` is the base58 address of the contract, `name` the event's own name (which may itself
/// contain dots).
pub fn event_topic(source: &str, name: &str) -> String {
    format!("koinos.event.{source}.{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_and_topic_names() {
        assert_eq!(rpc_queue("block_store"), "koinos.rpc.block_store");
        assert_eq!(event_topic("1abc", "token.transfer"), "koinos.event.1abc.token.transfer");
    }
}
