//! What the chain broadcasts.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use koinos_codec::text::to_hex;
use koinos_codec::wire::Reader;
use koinos_proto::broadcast::BlockIrreversible;
use prost::Message;
use tracing::{debug, info, warn};

use crate::block::SourceBlock;
use crate::follow::Follower;
use crate::index::Taken;
use crate::records::Records;

/// Fields of `koinos.broadcast.block_accepted`.
const LIVE: u32 = 3;
const IS_HEAD: u32 = 4;

impl<R: Records> Follower<R> {
    /// `koinos.block.accept`.
    pub(crate) fn block_accepted(&self, payload: &Bytes) {
        if self.has_failed() {
            return;
        }
        let block = match SourceBlock::from_accepted(payload) {
            Ok(block) => block,
            Err(error) => return warn!("Cannot use a broadcasted block: {error}"),
        };
        let reader = Reader::new(payload);
        let (live, head) = (reader.bool(LIVE), reader.bool(IS_HEAD));
        let height = block.topology.height;
        let taken = match self.index.add(&block, head) {
            Ok(taken) => taken,
            Err(error) => return self.fail(error),
        };
        if head {
            self.known_head.store(height, Ordering::SeqCst);
        }
        let id = to_hex(&block.topology.id);
        match taken {
            Taken::New => {
                self.added.fetch_add(self.index.count(&block.topology.id), Ordering::Relaxed);
                metrics::counter!("koinos_index_blocks_total").increment(1);
                if !live && height.is_multiple_of(1_000) {
                    info!(block = %id, "Sync block progress - Height: {height}");
                } else {
                    debug!(height, block = %id, "Took in a block");
                }
            }
            Taken::Known | Taken::Old => debug!(height, block = %id, "A block came again"),
            Taken::Unlinked => {
                debug!(height, block = %id, "A block came before its parent");
                self.behind.notify_one();
            }
        }
        if !head {
            // Another block may be the head all the same: that of a producer who signed twice is not.
            self.behind.notify_one();
        }
        self.judge();
        self.announce_again();
    }

    /// `koinos.block.irreversible`.
    pub(crate) fn block_irreversible(&self, payload: &Bytes) {
        if self.has_failed() {
            return;
        }
        let topology = BlockIrreversible::decode(payload.clone()).map(|message| message.topology);
        let Ok(Some(topology)) = topology else {
            return warn!("Cannot use a broadcasted irreversible block");
        };
        // One that is not known yet is noticed with the blocks that lead to it.
        if let Err(error) = self.index.irreversible(&topology.id) {
            self.fail(error);
        }
    }
}
