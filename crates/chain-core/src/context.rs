//! The execution context: everything one block (or one read-only call) runs with.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use koinos_state_db::{Node, Reader as _, WriteSet};

use crate::chronicle::{Chronicle, Journal};
use crate::dispatch::Dispatch;
use crate::engine::Engine;
use crate::error::{Fault, Result, code};
use crate::fees::{Fee, FeeTable};
use crate::keys::Metadata;
use crate::message::{Block, Operation, Transaction};
use crate::meter::{RcSession, ResourceMeter};
use crate::receipt::Receipt;
use crate::signers::Signers;
use crate::stack::{Frame, Stack};
use crate::system_call::SystemCall;

/// What the context is for. It decides what is allowed and what a failing transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Nothing may be written.
    ReadOnly,
    /// A block is applied; a failing transaction fails it.
    BlockApplication,
    /// A single transaction is tried on the head state.
    TransactionApplication,
    /// A block is tried; failing transactions are reported.
    BlockProposal,
}

/// What the last `exit` of anybody left behind (consensus rules, "leftover result"): it is kept
/// for the whole block and taken over by a contract that returns without calling `exit`.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExitResult {
    /// The exit code.
    pub(crate) code: i32,
    /// Canonical `koinos.chain.result`.
    pub(crate) result: Bytes,
}

/// The chain position that `get_head_info` reports.
#[derive(Clone, Debug)]
pub(crate) struct Position {
    /// Id of the block that is applied, or of the head.
    pub(crate) id: Bytes,
    /// Id of its parent.
    pub(crate) previous: Bytes,
    /// Its height.
    pub(crate) height: u64,
}

/// Both halves of a payer's session; it ends when this is dropped.
pub(crate) struct Session {
    pub(crate) rc: Rc<RcSession>,
    pub(crate) journal: Rc<Journal>,
}

/// State and bookkeeping of one execution.
pub struct Context<'e> {
    pub(crate) engine: &'e Engine,
    pub(crate) intent: Intent,
    /// Writes of the block, with a level on top for the transaction's operations.
    pub(crate) state: WriteSet,
    pub(crate) position: Position,
    /// Fees, overrides and descriptors are those of this state, for the whole block.
    parent: Arc<Node>,
    pub(crate) stack: Stack,
    pub(crate) block: Option<Arc<Block>>,
    pub(crate) transaction: Option<Rc<Transaction>>,
    pub(crate) operation: Option<Operation>,
    /// Serialised `value_type` of the payer's nonce in the mempool.
    pub(crate) mempool_nonce: Option<Bytes>,
    /// Signers of the block, as far as they are known.
    pub(crate) signers: Signers,
    pub(crate) meter: ResourceMeter,
    pub(crate) chronicle: Chronicle,
    pub(crate) receipt: Receipt,
    pub(crate) exit: ExitResult,
    pub(crate) failed_transactions: Vec<u32>,
    dispatch: BTreeMap<u32, Dispatch>,
    fees: Option<Arc<FeeTable>>,
    hash_code: Option<u64>,
}

impl<'e> Context<'e> {
    /// A context on `state`, whose caches come from `parent`, with `base` as its first frame.
    pub(crate) fn new(
        engine: &'e Engine,
        intent: Intent,
        state: WriteSet,
        parent: Arc<Node>,
        position: Position,
        base: Frame,
    ) -> Result<Self> {
        let mut stack = Stack::default();
        stack.push(base)?;
        Ok(Self {
            engine,
            intent,
            state,
            position,
            parent,
            stack,
            block: None,
            transaction: None,
            operation: None,
            mempool_nonce: None,
            signers: Signers::default(),
            meter: ResourceMeter::default(),
            chronicle: Chronicle::default(),
            receipt: Receipt::None,
            exit: ExitResult::default(),
            failed_transactions: Vec::new(),
            dispatch: BTreeMap::new(),
            fees: None,
            hash_code: None,
        })
    }

    /// A context over a finalised node for reads and trials: what it writes is thrown away.
    pub(crate) fn over(
        engine: &'e Engine,
        intent: Intent,
        node: &Arc<Node>,
        base: Frame,
    ) -> Result<Self> {
        let state = WriteSet::new(node.clone());
        Self::new(engine, intent, state, node.clone(), Position::of(node), base)
    }

    /// Runs `body` on a frame of its own.
    pub(crate) fn with_frame<T>(
        &mut self,
        frame: Frame,
        body: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.stack.push(frame)?;
        let outcome = body(self);
        self.stack.pop();
        outcome
    }

    pub(crate) fn read_only(&self) -> bool {
        self.intent == Intent::ReadOnly
    }

    /// Starts a session: from here on the payer is charged and its journal is kept.
    pub(crate) fn start_session(&mut self, rc_limit: u64) -> Session {
        let session = Session { rc: RcSession::new(rc_limit), journal: Rc::default() };
        self.meter.set_session(&session.rc);
        self.chronicle.set_journal(&session.journal);
        session
    }

    /// Reads an object of the state that fees, overrides and descriptors are taken from.
    pub(crate) fn parent_object(&self, database_key: &[u8]) -> Result<Option<Bytes>> {
        Ok(self.parent.get(database_key)?)
    }

    /// Fees of this block.
    fn fees(&mut self) -> Result<&FeeTable> {
        if self.fees.is_none() {
            let object = self
                .parent_object(&Metadata::ComputeBandwidthRegistry.database_key())?
                .ok_or_else(|| {
                    let text = "compute bandwidth registry does not exist";
                    Fault::reversion(code::REVERSION, text)
                })?;
            self.fees = Some(self.engine.fee_table(&object)?);
        }
        self.fees.as_deref().ok_or_else(|| Fault::std("fee table is not set"))
    }

    /// A fee by name, in ticks.
    pub(crate) fn fee(&mut self, fee: Fee) -> Result<u64> {
        self.fees()?.get(fee)
    }

    /// Charges the fixed fee of a thunk.
    pub(crate) fn charge_call(&mut self, call: SystemCall) -> Result<()> {
        let fee = self.fees()?.call(call)?;
        self.meter.use_compute(fee)
    }

    /// Charges a fee for each of `count` units.
    pub(crate) fn charge_per(&mut self, fee: Fee, count: usize) -> Result<()> {
        let ticks = self.fee(fee)?.wrapping_mul(count as u64);
        self.meter.use_compute(ticks)
    }

    /// Code of the hash function of ids and merkle roots.
    pub(crate) fn hash_code(&mut self) -> Result<u64> {
        if let Some(code) = self.hash_code {
            return Ok(code);
        }
        let object =
            self.parent_object(&Metadata::BlockHashCode.database_key())?.ok_or_else(|| {
                Fault::reversion(code::INVALID_CONTRACT, "block hash code does not exist")
            })?;
        let (code, _) = koinos_codec::read_unsigned_varint(&object)
            .ok_or_else(|| Fault::std("error reading from stream"))?;
        self.hash_code = Some(code);
        Ok(code)
    }

    /// How `id` is served in this block: looked up once.
    pub(crate) fn dispatch(&mut self, id: u32) -> Result<Dispatch> {
        if let Some(known) = self.dispatch.get(&id) {
            return Ok(known.clone());
        }
        let dispatch = Dispatch::look_up(self, id)?;
        self.dispatch.insert(id, dispatch.clone());
        Ok(dispatch)
    }
}

impl Position {
    /// The position of a finalised node.
    pub(crate) fn of(node: &Node) -> Self {
        // The reference forgets the root's parent: it reads as the empty multihash.
        let previous = match node.is_root() {
            true => Bytes::from_static(&[0, 0]),
            false => node.previous().clone(),
        };
        Self { id: node.id().clone(), previous, height: node.height() }
    }
}
