//! The mempool's own options.

use std::time::Duration;

use koinos_fork_choice::ForkRule;

use crate::Limits;

/// Options besides the common ones, as flags and as keys of `mempool` in `config.yml`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Seconds after which a transaction that is in no block is dropped
    #[arg(long, short = 'e', value_name = "SECONDS", default_value_t = 120)]
    pub transaction_expiration: u64,

    /// Fork choice; every node of a network must use the same
    #[arg(long, short, value_name = "NAME", default_value = "fifo")]
    pub fork_algorithm: ForkRule,

    /// Memory for pending transactions; when it is used up, new ones are refused
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20)]
    pub max_pending_bytes: usize,
}

impl Options {
    /// The limits of the pool.
    pub fn limits(&self) -> Limits {
        Limits {
            expiration: Duration::from_secs(self.transaction_expiration),
            bytes: self.max_pending_bytes,
        }
    }
}
