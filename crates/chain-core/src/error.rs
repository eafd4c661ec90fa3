//! Faults: how a rule says no, and how far the "no" travels.
//!
//! The reference throws C++ exceptions of four families, and consensus depends on which family an
//! exception belongs to. [`Family`] names them; [`Fault`] carries one, with the protocol's error
//! code and the serialised `koinos.chain.error_data` that a calling contract gets to see.

use std::fmt;

use bytes::Bytes;
use koinos_codec::wire;
use serde_json::{Map, Value};

/// Result of everything that can be refused by a consensus rule.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// The protocol's error codes (`koinos.chain.error_code`).
///
/// Positive codes revert a transaction, negative codes fail it (and its block).
#[allow(missing_docs)]
pub mod code {
    pub const SUCCESS: i32 = 0;
    pub const REVERSION: i32 = 1;
    pub const INTERNAL_ERROR: i32 = 100;
    pub const SYSTEM_AUTHORIZATION_FAILURE: i32 = 101;
    pub const INVALID_CONTRACT: i32 = 102;
    pub const INSUFFICIENT_PRIVILEGES: i32 = 103;
    pub const INSUFFICIENT_RC: i32 = 104;
    pub const INSUFFICIENT_RETURN_BUFFER: i32 = 105;
    pub const UNKNOWN_THUNK: i32 = 106;
    pub const UNKNOWN_OPERATION: i32 = 107;
    pub const READ_ONLY_CONTEXT: i32 = 108;
    pub const FAILURE: i32 = -1;
    pub const FIELD_NOT_FOUND: i32 = -100;
    pub const UNKNOWN_HASH_CODE: i32 = -101;
    pub const UNKNOWN_DSA: i32 = -102;
    pub const UNKNOWN_SYSTEM_CALL: i32 = -103;
    pub const OPERATION_NOT_FOUND: i32 = -104;
    pub const AUTHORIZATION_FAILURE: i32 = -200;
    pub const INVALID_NONCE: i32 = -201;
    pub const INVALID_SIGNATURE: i32 = -202;
    pub const MALFORMED_BLOCK: i32 = -203;
    pub const PENDING_TRANSACTION_LIMIT_EXCEEDED: i32 = -206;
    pub const UNEXPECTED_STATE: i32 = -1001;
    pub const MISSING_REQUIRED_ARGUMENTS: i32 = -1002;
    pub const UNKNOWN_PREVIOUS_BLOCK: i32 = -1003;
    pub const UNEXPECTED_HEIGHT: i32 = -1004;
    pub const STATE_MERKLE_MISMATCH: i32 = -1006;
    pub const RPC_FAILURE: i32 = -1008;
    pub const TIMESTAMP_OUT_OF_BOUNDS: i32 = -1010;
    pub const INDEXER_FAILURE: i32 = -1011;
    pub const NETWORK_BANDWIDTH_LIMIT_EXCEEDED: i32 = -1012;
    pub const COMPUTE_BANDWIDTH_LIMIT_EXCEEDED: i32 = -1013;
    pub const DISK_STORAGE_LIMIT_EXCEEDED: i32 = -1014;
    pub const PRE_IRREVERSIBILITY_BLOCK: i32 = -1015;
}

/// Which kind of exception the reference throws here. It decides who catches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `exit` with code 0: ends a contract, not an error.
    Success,
    /// Undoes the operations of a transaction, which stays in the block and pays.
    Reversion,
    /// Makes a transaction, and with it the block, invalid.
    Failure,
    /// An exception of the reference's libraries (crypto): code 1, yet not caught as a reversion.
    Library,
    /// A C++ standard exception: it passes every handler and refuses the block. Code 100 over RPC.
    Std,
}

/// A refusal on its way up the stack.
#[derive(Clone, PartialEq)]
pub struct Fault(Box<Inner>);

#[derive(Clone, PartialEq)]
struct Inner {
    family: Family,
    code: i32,
    /// Canonical `koinos.chain.error_data`, unknown fields included.
    data: Bytes,
    /// Named values that the text mentions, as JSON-RPC clients receive them in `error.data`.
    details: Map<String, Value>,
}

impl Fault {
    /// A fault of a family with a code and a text.
    pub fn new(family: Family, code: i32, message: impl AsRef<[u8]>) -> Self {
        let mut data = Vec::new();
        wire::put_bytes_field(&mut data, 1, message.as_ref());
        Self::with_data(family, code, data.into())
    }

    /// A fault that carries a contract's own serialised `error_data`.
    pub fn with_data(family: Family, code: i32, data: Bytes) -> Self {
        Self(Box::new(Inner { family, code, data, details: Map::new() }))
    }

    /// A reversion with the given positive code.
    pub fn reversion(code: i32, message: impl AsRef<[u8]>) -> Self {
        Self::new(Family::Reversion, code, message)
    }

    /// A failure with the given negative code.
    pub fn failure(code: i32, message: impl AsRef<[u8]>) -> Self {
        Self::new(Family::Failure, code, message)
    }

    /// An exception of one of the reference's libraries.
    pub fn library(message: impl AsRef<[u8]>) -> Self {
        Self::new(Family::Library, code::REVERSION, message)
    }

    /// A standard exception of the reference.
    pub fn std(message: impl AsRef<[u8]>) -> Self {
        Self::new(Family::Std, code::INTERNAL_ERROR, message)
    }

    /// The end of a contract by `exit(0)`.
    pub fn success() -> Self {
        Self::with_data(Family::Success, code::SUCCESS, Bytes::new())
    }

    /// Turns the result of a contract (an exit code other than 0) into the fault its caller sees.
    pub fn from_exit(code: i32, data: Bytes) -> Self {
        let family = if code >= code::REVERSION { Family::Reversion } else { Family::Failure };
        Self::with_data(family, code, data)
    }

    /// Adds a named value that clients find in `error.data`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.details.insert(name.to_owned(), value.into());
        self
    }

    /// The family.
    pub fn family(&self) -> Family {
        self.0.family
    }

    /// The protocol's code.
    pub fn code(&self) -> i32 {
        self.0.code
    }

    /// The serialised `koinos.chain.error_data`.
    pub fn data(&self) -> &Bytes {
        &self.0.data
    }

    /// The text as the reference writes it. It may hold bytes that are not UTF-8.
    pub fn message(&self) -> &[u8] {
        wire::Reader::new(&self.0.data).bytes(1)
    }

    /// Values named by the text, plus those added on the way (`transaction_id`, `logs`).
    pub fn details(&self) -> &Map<String, Value> {
        &self.0.details
    }

    /// Whether it is a reversion.
    pub fn is_reversion(&self) -> bool {
        self.0.family == Family::Reversion
    }

    /// Whether it is a failure.
    pub fn is_failure(&self) -> bool {
        self.0.family == Family::Failure
    }

    /// The same text as another family and code (the reference re-throws this way).
    #[must_use]
    pub fn recast(self, family: Family, code: i32) -> Self {
        Self::with_data(family, code, self.0.data)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", String::from_utf8_lossy(self.message()), self.0.code)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({self})", self.0.family)
    }
}

impl std::error::Error for Fault {}

/// Refuses with `fault` unless the condition holds.
pub(crate) fn ensure(condition: bool, fault: impl FnOnce() -> Fault) -> Result<()> {
    if condition { Ok(()) } else { Err(fault()) }
}

impl From<koinos_state_db::Error> for Fault {
    /// Storage trouble is never a verdict about a block: it becomes a standard exception, which
    /// refuses the block without charging or reverting anything.
    fn from(error: koinos_state_db::Error) -> Self {
        Fault::std(format!("state database: {error}"))
    }
}
