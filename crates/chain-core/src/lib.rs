//! The consensus heart of a Koinos node: what a block does to the state, and whether it may.
//!
//! The [`Controller`] applies blocks, tries transactions and answers reads. Everything it does is
//! a function of its inputs and the state: it knows no clock, no network and no other service.
//! Where the original implementation is wrong and blocks depend on it, this crate is wrong in the
//! same way and says so.
//!
//! | rule | file |
//! |---|---|
//! | error codes and families | `error` |
//! | block and transaction checks before execution | `controller` |
//! | `apply_block`, `apply_transaction`, operations, every system call | `thunk` |
//! | who serves a system call, overrides | `dispatch`, `native`, `host` |
//! | frames, callers, privileges | `stack` |
//! | resources, rc sessions, fees | `meter`, `fees` |
//! | events and logs | `chronicle` |
//! | receipts | `receipt` |
//! | object spaces and keys | `keys` |
//! | field access through the stored descriptor | `field` |
//! | genesis and chain id | `genesis` |
//! | corrections of history | `rectify` |
//! | replay of stored receipts | `replay` |
//!
//! Two files are there for speed alone: `engine` and `signers`.

mod chronicle;
mod context;
mod controller;
mod dispatch;
mod engine;
mod error;
mod fees;
mod field;
mod genesis;
mod host;
mod keys;
mod message;
mod meter;
mod native;
mod receipt;
mod rectify;
mod replay;
mod schemas;
mod signers;
mod stack;
mod system_call;
mod text;
mod thunk;

pub use context::Intent;
pub use controller::{
    Controller, HeadState, Limits, Pending, PendingCheck, Proposal, Store, Submitted, Topology,
    TransactionTrial,
};
pub use error::{Family, Fault, code};
pub use genesis::{Genesis, GenesisError};
pub use message::{Block, BlockHeader, DecodeError, Transaction, TransactionHeader};
pub use meter::ResourceLimits;
pub use rectify::{Bytecode, BytecodeError, Rectifications};
pub use replay::{ReplayError, ReplayStep, Replayer};
pub use system_call::SystemCall;
