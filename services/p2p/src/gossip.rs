//! Gossip: topics, message ids, and when a node takes part.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};

/// New blocks (`koinos.protocol.block`).
pub const BLOCKS: &str = "koinos.blocks";
/// New transactions (`koinos.protocol.transaction`).
pub const TRANSACTIONS: &str = "koinos.transactions";
/// The largest message, in bytes.
pub const MAX_MESSAGE: usize = 1 << 20;
/// A node whose head is older than this has not caught up.
const MAX_AGE: Duration = Duration::from_secs(45);

/// The id of a message: for the topics of Koinos the text of its hash, so that the same block is the
/// same message, whoever sends it.
pub fn message_id(topic: &str, data: &[u8], source: &[u8], sequence: Option<u64>) -> Vec<u8> {
    match topic {
        BLOCKS | TRANSACTIONS => STANDARD_NO_PAD.encode(Sha256::digest(data)).into_bytes(),
        _ => {
            let mut id = source.to_vec();
            id.extend(sequence.unwrap_or_default().to_be_bytes());
            id
        }
    }
}

/// Whether the node takes part, by the operator's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// When it has caught up and is not alone.
    Auto,
    /// Always.
    Forced,
    /// Never.
    Disabled,
}

/// Decides when the node takes part in gossip.
#[derive(Debug)]
pub struct Gate {
    mode: Mode,
    enabled: bool,
}

impl Gate {
    /// A gate that is closed.
    pub fn new(mode: Mode) -> Self {
        Self { mode, enabled: false }
    }

    /// Looks at the node again: its connections, and the time of its head in milliseconds since the
    /// Unix epoch. Returns the new state if it has changed.
    pub fn update(&mut self, connections: usize, head_ms: u64, now_ms: u64) -> Option<bool> {
        let fresh = now_ms.saturating_sub(head_ms) <= MAX_AGE.as_millis() as u64;
        self.set(match self.mode {
            Mode::Auto => connections > 0 && fresh,
            Mode::Forced => true,
            Mode::Disabled => false,
        })
    }

    /// Closes it at the end. Returns whether it was open.
    pub fn close(&mut self) -> bool {
        self.set(false).is_some()
    }

    fn set(&mut self, enabled: bool) -> Option<bool> {
        (std::mem::replace(&mut self.enabled, enabled) != enabled).then_some(enabled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_text() {
        let id = message_id(BLOCKS, b"", b"peer", Some(1));
        assert_eq!(id, b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU");
        assert_eq!(id.len(), 43);
        assert_eq!(message_id(TRANSACTIONS, b"", b"", None), id);
        assert_eq!(message_id("other", b"", b"ab", Some(1)), b"ab\0\0\0\0\0\0\0\x01");
    }

    #[test]
    fn the_gate_follows_head_and_connections() {
        let mut gate = Gate::new(Mode::Auto);
        assert_eq!(gate.update(1, 0, 1_000_000), None);
        assert_eq!(gate.update(1, 955_000, 1_000_000), Some(true));
        assert_eq!(gate.update(2, 955_000, 1_000_000), None);
        assert_eq!(gate.update(2, 955_000, 1_000_001), Some(false));
        // A head of the future is new.
        assert_eq!(gate.update(2, 2_000_000, 1_000_001), Some(true));
        assert_eq!(gate.update(0, 2_000_000, 1_000_001), Some(false));
        assert!(!gate.close());
    }

    #[test]
    fn the_operator_decides() {
        let mut forced = Gate::new(Mode::Forced);
        assert_eq!(forced.update(0, 0, 1_000_000), Some(true));
        assert!(forced.close() && !forced.close());
        let mut never = Gate::new(Mode::Disabled);
        assert_eq!(never.update(5, 1_000_000, 1_000_000), None);
    }
}
