//! The controller: applies blocks, tries transactions, answers reads.
//!
//! One writer applies blocks one after another; any number of readers run beside it on the nodes
//! they hold. A block is executed without holding any lock that a reader needs.

mod block;
mod read;
mod transaction;

use std::sync::Arc;

use bytes::Bytes;
use koinos_kv::Kv;
use koinos_state_db::{Database, ForkRule, Node, Reader as _};
use parking_lot::{Mutex, RwLock};

use crate::context::Position;
use crate::engine::Engine;
use crate::error::{Fault, Result, code};
use crate::genesis::Genesis;
use crate::keys::Metadata;
use crate::message::Block;
use crate::rectify::Rectifications;

pub(crate) use block::block_info;
pub use block::{Proposal, Store, Submitted};
pub use read::HeadState;
pub use transaction::{Pending, PendingCheck, TransactionTrial};

/// Limits of read-only calls.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Ticks of `read_contract` and `invoke_system_call`.
    pub read_compute_bandwidth: u64,
    /// Bytes that `invoke_system_call` may answer.
    pub system_call_buffer: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { read_compute_bandwidth: 10_000_000, system_call_buffer: 64_000 }
    }
}

/// A block's place in the chain (`koinos.block_topology`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// Block id, a multihash.
    pub id: Bytes,
    /// Height.
    pub height: u64,
    /// Id of the parent, a multihash; `00 00` for the last irreversible block.
    pub previous: Bytes,
}

/// The chain of one node.
pub struct Controller {
    db: Database,
    engine: Engine,
    limits: Limits,
    rectifications: Rectifications,
    chain_id: Bytes,
    /// The last block that became head while this controller ran; empty before that. Reads show
    /// its time even when the head has since moved back (a fault of the reference, kept).
    head_block: RwLock<Arc<Block>>,
    /// Held while a block is applied: there is one writer.
    writer: Mutex<()>,
}

impl Controller {
    /// Opens the chain in `store`: writes the genesis objects into a new one, and refuses one that
    /// belongs to another genesis.
    pub fn open(
        store: Arc<dyn Kv>,
        genesis: &Genesis,
        rule: ForkRule,
        limits: Limits,
        rectifications: Rectifications,
    ) -> Result<Self> {
        let objects = genesis.clone();
        let db = Database::open(store, rule, move || objects.objects().to_vec())?;
        let stored = db.root().get(&Metadata::ChainId.database_key())?;
        if stored.as_ref() != Some(genesis.chain_id()) {
            let text = format!(
                "the state belongs to another chain: its chain id is {}, that of the genesis data \
                 is {}; use the genesis data of that chain, or another state directory",
                crate::text::hex(&stored.unwrap_or_default()),
                crate::text::hex(genesis.chain_id()),
            );
            return Err(Fault::failure(code::UNEXPECTED_STATE, text));
        }
        Ok(Self {
            db,
            engine: Engine::default(),
            limits,
            rectifications,
            chain_id: genesis.chain_id().clone(),
            head_block: RwLock::new(Arc::new(Block::from_canonical(Bytes::new()))),
            writer: Mutex::new(()),
        })
    }

    /// Goes back to the genesis state.
    pub fn reset(&self) -> Result<()> {
        let _writer = self.writer.lock();
        self.db.reset()?;
        *self.head_block.write() = Arc::new(Block::from_canonical(Bytes::new()));
        Ok(())
    }

    /// The chain id, a multihash.
    pub fn chain_id(&self) -> &Bytes {
        &self.chain_id
    }

    /// Whether the block is part of the tree of states.
    pub fn is_known(&self, id: &[u8]) -> bool {
        self.db.node(id).is_some()
    }

    /// The head block's place.
    pub fn head(&self) -> Topology {
        Topology::of(&self.db.head())
    }

    /// The last irreversible block's place.
    pub fn root(&self) -> Topology {
        Topology::of(&self.db.root())
    }

    /// State merkle root after the head block, a multihash.
    pub fn head_merkle_root(&self) -> Bytes {
        Bytes::copy_from_slice(self.db.head().merkle_root())
    }

    pub(crate) fn database(&self) -> &Database {
        &self.db
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Head node and cached head block, as one consistent pair.
    fn head_pair(&self) -> (Arc<Node>, Arc<Block>) {
        let block = self.head_block.read();
        (self.db.head(), block.clone())
    }
}

impl Topology {
    fn of(node: &Node) -> Self {
        let Position { id, previous, height } = Position::of(node);
        Self { id, height, previous }
    }
}
