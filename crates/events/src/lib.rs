//! What happens in a node that its operator may want to find, by the ids that the journal keeps.
//!
//! An event is logged with its id as a field, which the journal takes as `MESSAGE_ID`:
//!
//! ```ignore
//! warn!(message_id = events::BROKER_LOST, "lost the broker at {url}: {cause}");
//! ```
//!
//! `journalctl MESSAGE_ID=...` finds it whatever its text, and `journalctl -x` shows its cause and
//! its cure from `systemd/koinos.catalog`. Beside the id an event may have the fields
//!
//! | field | journal | value |
//! |---|---|---|
//! | `koinos_height` | `KOINOS_HEIGHT` | height of a block, decimal |
//! | `koinos_block_id` | `KOINOS_BLOCK_ID` | `0x` and hexadecimal digits |
//! | `koinos_transaction_id` | `KOINOS_TRANSACTION_ID` | likewise |
//! | `koinos_peer` | `KOINOS_PEER` | peer id, in base58 |
//! | `koinos_rpc` | `KOINOS_RPC` | `SERVICE` or `SERVICE.METHOD` |
//! | `error_code` | `ERROR_CODE` | the protocol's error code, or the exit status of a daemon |
//!
//! The text says the same without them. `KOINOS_NETWORK` is added to every entry by the runtime.
//!
//! An id is given once and stays: scripts and alerts of operators depend on it.

/// Defines a constant for each event, and the list of all.
macro_rules! events {
    ($($(#[$text:meta])* $name:ident = $id:literal;)*) => {
        $($(#[$text])* pub const $name: &str = $id;)*

        /// All events: the name of the constant, and the id.
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $id)),*];
    };
}

events! {
    // The life of a daemon.

    /// It serves.
    SERVICE_READY = "0811d1395a9d49019ec986665da057ef";
    /// It ended as it was told to.
    SERVICE_STOPPED = "2f7a5e33e81e4d6f87b83138bada1f7b";
    /// It ends because of a failure; `ERROR_CODE` is its exit status.
    SERVICE_FAILED = "dc7f437a46204eec9aebe089ae63a61d";
    /// It ends because of a defect in the program.
    SERVICE_PANICKED = "e5f68af45dc942f39784bd05354dd4df";
    /// It runs but does not work: the watchdog gets no sign of life.
    SERVICE_STUCK = "9d841bdd000149c59ad18ba170593641";
    /// At the end some work was cut short.
    WORK_CUT_SHORT = "a7713ef52ea34d84b42c81346f5fea5b";
    /// The configuration was read again.
    CONFIG_RELOADED = "2d499b06d9504f03a7c76a43ac0057c3";
    /// The configuration is wrong.
    CONFIG_REJECTED = "49135a68a0c74ff3aebf85ec71ff1944";
    /// Something in the configuration has no effect.
    CONFIG_IGNORED = "856ec7f39b9049d788e221aa684746b4";
    /// The log level was changed on the admin socket.
    LOG_LEVEL_CHANGED = "090f1baca898495a9abce22757136b97";
    /// There is no admin socket, or it failed.
    ADMIN_SOCKET_FAILED = "7f916a991ec84b78ad5dd11ea66ebfe3";

    // Storage.

    /// A database is in use by another process.
    STORE_LOCKED = "24a0a8d30a9a48c1b87592b8046d1001";
    /// The disk is full.
    DISK_FULL = "11459fd6ffe847f787549d8587d59faa";
    /// A database or a file of data is damaged.
    STORE_DAMAGED = "adcee1f2547643af8ada44269bf6d009";
    /// A database is of another program, or of another release.
    STORE_FOREIGN = "6fc10b068896410bb550d58b0e7380d4";
    /// Files may not be read or written.
    STORE_DENIED = "bff7d962ad64451ba8999b3e7e8a4853";
    /// A block could not be stored.
    BLOCK_NOT_STORED = "9bf56266b27c460dbe0f1a2ba72b872f";

    /// A request could not be answered because of the service's own data.
    REQUEST_FAILED = "128dde8ca6cd46f085bfada1720ddc61";

    // The message broker.

    /// There is a connection to the broker.
    BROKER_CONNECTED = "84da1dceddfa4ad7a8c998e522bc7841";
    /// The connection to the broker broke.
    BROKER_LOST = "76553745eb6148dc8240f5002495dc91";
    /// No broker can be reached, or it refuses.
    BROKER_UNREACHABLE = "6d6e6cc61ac84fcb8654a46bdef76915";
    /// The broker takes no messages, as its memory or disk is short.
    BROKER_BLOCKED = "9afc374a8acf41da9ace0a3bdf822fe8";
    /// The broker takes messages again.
    BROKER_UNBLOCKED = "79c7f834fd00423bad7b2e20d1871cfe";
    /// Broadcasts were dropped because the broker was away for too long.
    BROADCASTS_DROPPED = "8bf356620656497684273b30b0509751";
    /// The broker refused a message because of its size.
    MESSAGE_TOO_LARGE = "88fe49f9d9244a2eb88099fba44478b3";
    /// A message was not one of the protocol's.
    MESSAGE_FOREIGN = "bbff79ad63c6466c89216caa497ae1af";
    /// The broker ended a consumer, or refused one.
    CONSUMER_INTERRUPTED = "8b2db21b15d047f69eac2b5b17f9d5c9";
    /// Another service is waited for; `KOINOS_RPC` names it.
    SERVICE_AWAITED = "da232f98a21b43119ef51328be699f00";
    /// The service that was waited for answers.
    SERVICE_ANSWERS = "b7aa8be6c9174f5aa2ee913c7a833931";
    /// Handling a message failed because of a defect in the program.
    HANDLER_PANICKED = "1d2bac8171e647c987a4fb579d4a6e43";

    // The chain.

    /// The genesis data is missing or cannot be used.
    GENESIS_UNUSABLE = "c753a4c94bb344cdabb9c1c496c05ceb";
    /// A block was applied while the chain is up to date.
    BLOCK_APPLIED = "9fccd4e56d074724aed46149a34c0569";
    /// A block was refused; `ERROR_CODE` is the protocol's code.
    BLOCK_REFUSED = "cb1cb347baef4169a22d2e5c88a71c81";
    /// How far a chain that catches up has come.
    SYNC_PROGRESS = "c1b4628697e243db8405fd6b057a73ea";
    /// Blocks of `block_store` are being applied at start.
    INDEXING = "19bba80785d34a9abc70ed77e8db7359";
    /// All blocks of `block_store` are applied.
    INDEXED = "08a8bdbb524c428c9907dac12d0a1db5";
    /// A stored block or receipt is not the network's.
    INDEXING_FAILED = "5fab75ef8e344586a7d67349f51e9b58";
    /// The chain starts from genesis again.
    CHAIN_RESET = "9348b71d86914180b8de439e71f0bfff";

    // The mempool.

    /// A transaction was not taken because there is no room.
    MEMPOOL_FULL = "8dbd7b8f5ebe494fa923c08b1a95e164";
    /// Blocks that were missed cannot be fetched.
    MEMPOOL_BEHIND = "04ece06a5c244f908867908951727c45";
    /// Blocks that were missed were taken in.
    MEMPOOL_CAUGHT_UP = "b404d6e15e14425b8b96e9036395e6bb";

    // The block producer.

    /// Block production begins.
    PRODUCTION_STARTED = "b5bbb27b68f24df8a41a7e404ea9c30b";
    /// Block production is halted.
    PRODUCTION_HALTED = "da45dd9e7ffe4c678eae33a9d62ccdfd";
    /// An attempt gave no block.
    PRODUCTION_FAILED = "a533f4c744f9469ba41066a8aa0617cf";
    /// A block was produced.
    BLOCK_PRODUCED = "efb65440e927424986422b402d045b9b";
    /// The chain refused a block that was produced here.
    BLOCK_NOT_ACCEPTED = "5e9a187a82c64c63bb00758bf2d94310";
    /// A block that was signed before is proposed again.
    BLOCK_PROPOSED_AGAIN = "9bb7dd0caac148e9aefd9506b48e4982";
    /// A new key was made.
    KEY_MADE = "25d6f03a7b13498ba9aa3a37b4f6b7ad";
    /// Others could use the key.
    KEY_EXPOSED = "01cfc327411d4ee79aad3d12ce33d99e";

    // Indexes.

    /// An index has all blocks, and takes requests.
    INDEX_READY = "1a95995e56eb40cd9cbfb263376ce465";
    /// An index is behind the chain, and takes no requests.
    INDEX_BEHIND = "2b66087cd6234cdba620564797b4663f";
    /// Blocks that an index missed cannot be fetched.
    INDEX_CUT_OFF = "d42ebcb0bf7f410490bbdc9d2c60262b";

    // Peers.

    /// There is a first connection with a peer.
    PEER_CONNECTED = "93ceb7ba65614fcd84764814778ca265";
    /// The last connection with a peer has ended.
    PEER_LEFT = "109c93e132be44559c7f3e28774c1374";
    /// A peer that was called did not answer, or refused.
    PEER_UNREACHABLE = "a55327fd7b904601a143645f0705e93b";
    /// A peer was not let in, because of what it had done, or because there are too many of its kind.
    PEER_REFUSED = "08b2819497654fdda24e702a64b9c863";
    /// A peer did something wrong; the text has its error score.
    PEER_FAULT = "e46b3c0ae37243f1863d32ad3b97ebf2";
    /// A peer was disconnected because of its error score.
    PEER_EXPELLED = "f4537ed6882f4925afed242787af45d8";
    /// A peer was thrown out because it is of another network.
    PEER_OF_OTHER_CHAIN = "45ba8dce6f7f47a682d0e79fc0eaca5c";
    /// A peer was thrown out because it does not have a block that it must have.
    PEER_WITHOUT_CHECKPOINT = "0207d7d15137434da9259cc1bf07723e";
    /// A peer was thrown out because its chain does not contain our last irreversible block.
    PEER_FORKED = "b8e467b0e0fd41e6a203364958b0e661";
    /// The operator banned a peer.
    PEER_BANNED = "a2e7633e957c489e95de2ae2e2c27022";
    /// The operator took a ban back, or forgave a peer.
    PEER_UNBANNED = "617d417ad44d4603b6efcb42eba9f6a0";
    /// The node takes part in gossip.
    GOSSIP_ENABLED = "772fe671e0c74e64a7a3e459647f8a30";
    /// The node does not take part in gossip any more.
    GOSSIP_DISABLED = "f2e20ad901a24f97868e81cefe413000";
    /// The node follows a peer that is ahead.
    CATCHING_UP = "473cb206e87543f4821ac1f44c68c6d2";
    /// The node has come to the head of a peer that was ahead.
    CAUGHT_UP = "790f06bc420d4caa973dbc53740d9b83";
    /// Blocks cannot be applied for now because of this node's own services.
    CATCHING_UP_HALTED = "0eda6fe0386741b69746717bda114493";
    /// The first block of a peer is refused, though its chain id is ours.
    GENESIS_DIFFERS = "a9802446cbd941a49e5b2058e9f2baa7";
    /// A block that a peer has is of the future.
    CLOCK_BEHIND = "167615e2f45940deae01437b87a16774";

    // Interfaces for clients.

    /// It listens for clients.
    LISTENING = "a63540fd763748f389db51ac39488881";
    /// A file of descriptors was left out.
    DESCRIPTOR_REFUSED = "41ed2fcaf9f041cfa5481f53351a2530";
    /// A connection could not be accepted.
    ACCEPT_FAILED = "687ad07bddff406790808f27b88da6ee";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_128_bits_and_each_has_one_event() {
        let ids: BTreeSet<&str> = ALL.iter().map(|(_, id)| *id).collect();
        assert_eq!(ids.len(), ALL.len());
        for (name, id) in ALL {
            let digits = id.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
            assert!(id.len() == 32 && digits, "{name}");
        }
    }
}
