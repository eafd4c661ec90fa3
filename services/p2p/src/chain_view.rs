//! What this node knows of its own chain, kept up by broadcasts, so that peers get their answers
//! from memory.

use std::sync::Arc;

use bytes::Bytes;
use koinos_rpc::{BoxFuture, RpcError, Transport};
use parking_lot::RwLock;

use crate::applicator::BlockId;
use crate::local;
use crate::peer_rpc::{Backend, Head, StoredBlocks};

/// Where the chain stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Its head.
    pub head: BlockId,
    /// The head's time, in milliseconds since the Unix epoch.
    pub head_ms: u64,
    /// The last irreversible block.
    pub irreversible: BlockId,
}

/// This node's chain.
pub struct ChainView {
    transport: Arc<dyn Transport>,
    chain_id: Bytes,
    place: RwLock<Place>,
}

impl ChainView {
    /// Asks the chain, and waits for it.
    ///
    /// # Errors
    /// When its answers cannot be used.
    pub async fn new(transport: Arc<dyn Transport>) -> Result<Self, RpcError> {
        let chain_id = local::chain_id(&*transport).await?;
        let view = Self { transport, chain_id, place: RwLock::default() };
        view.refresh().await?;
        Ok(view)
    }

    /// Asks the chain again. Returns the tips of its branches.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn refresh(&self) -> Result<Vec<BlockId>, RpcError> {
        let info = local::head_info(&*self.transport).await?;
        let forks = local::fork_heads(&*self.transport).await?;
        if let Some(head) = info.head_topology {
            self.set_head(local::block_id(head), info.head_block_time);
        }
        if let Some(irreversible) = forks.last_irreversible_block {
            self.set_irreversible(local::block_id(irreversible));
        }
        Ok(forks.fork_heads.into_iter().map(local::block_id).collect())
    }

    /// Where the chain stands.
    pub fn place(&self) -> Place {
        self.place.read().clone()
    }

    /// The calls to this node's services.
    pub fn transport(&self) -> &dyn Transport {
        &*self.transport
    }

    /// The chain has a new head.
    pub fn set_head(&self, head: BlockId, head_ms: u64) {
        let mut place = self.place.write();
        place.head = head;
        place.head_ms = head_ms;
    }

    /// The chain has a new last irreversible block. An older one is not believed: broadcasts may come
    /// late.
    pub fn set_irreversible(&self, irreversible: BlockId) {
        let mut place = self.place.write();
        if irreversible.height >= place.irreversible.height {
            place.irreversible = irreversible;
        }
    }

    /// The block of `height` in the line of this node's head.
    ///
    /// # Errors
    /// When `block_store` does not answer.
    pub async fn own_ancestor(&self, head: Bytes, height: u64) -> Result<Option<Bytes>, RpcError> {
        let items = local::stored_blocks(&*self.transport, head, height, 1, false).await?;
        Ok(items.into_iter().next().map(|item| item.block_id))
    }
}

impl Backend for ChainView {
    fn chain_id(&self) -> Bytes {
        self.chain_id.clone()
    }

    fn head(&self) -> Head {
        let place = self.place.read();
        Head { id: place.head.id.clone(), height: place.head.height }
    }

    fn ancestor(&self, parent: Bytes, height: u64) -> BoxFuture<'_, Result<Bytes, String>> {
        Box::pin(async move {
            let items = local::stored_blocks(&*self.transport, parent, height, 1, false).await;
            let mut items = items.map_err(|error| error.to_string())?;
            match (items.pop(), items.is_empty()) {
                (Some(item), true) => Ok(item.block_id),
                _ => Err("unexpected number of blocks returned".to_owned()),
            }
        })
    }

    fn height(&self, id: Bytes) -> BoxFuture<'_, Result<Option<u64>, String>> {
        Box::pin(async move {
            let height = local::stored_height(&*self.transport, &id).await;
            height.map_err(|error| error.to_string())
        })
    }

    fn blocks(
        &self,
        head: Bytes,
        start: u64,
        count: u32,
    ) -> BoxFuture<'_, Result<StoredBlocks, String>> {
        use prost::Message;
        Box::pin(async move {
            let items = local::stored_blocks(&*self.transport, head, start, count, true).await;
            let items = items.map_err(|error| error.to_string())?;
            let bytes = |item: koinos_proto::block_store::BlockItem| {
                item.block.map(|block| Bytes::from(block.encode_to_vec()))
            };
            let blocks: Option<Vec<Bytes>> = items.into_iter().map(bytes).collect();
            Ok(StoredBlocks { blocks: blocks.ok_or("a stored block cannot be read")? })
        })
    }
}
