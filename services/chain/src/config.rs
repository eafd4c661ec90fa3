//! Options of the chain service, as flags and as keys of `chain` in `config.yml`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::ArgAction;
use clap::builder::BoolishValueParser;
use koinos_chain_core::{Bytecode, Rectifications};
use koinos_fork_choice::ForkRule;

/// Options besides the common ones.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Directory of the state; a relative one is below the service's directory
    #[arg(long, value_name = "DIR", default_value = "blockchain")]
    pub statedir: PathBuf,

    /// Go back to the genesis state at start
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1), default_value = "false",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub reset: bool,

    /// Genesis data in JSON; a relative path is below the service's directory
    #[arg(long, short, value_name = "FILE", default_value = "genesis_data.json")]
    pub genesis_data: PathBuf,

    /// Ticks that a read over RPC may take
    #[arg(long, short = 'b', value_name = "TICKS", default_value_t = 10_000_000)]
    pub read_compute_bandwidth_limit: u64,

    /// Bytes that invoke_system_call may answer
    #[arg(long, value_name = "BYTES", default_value_t = 64_000)]
    pub system_call_buffer_size: u32,

    /// Fork choice; every node of a network must use the same
    #[arg(long, short, value_name = "NAME", default_value = "fifo")]
    pub fork_algorithm: ForkRule,

    /// Accept any number of pending transactions of an account
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1), default_value = "false",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub disable_pending_transaction_limit: bool,

    /// Pending transactions of an account that are accepted
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub pending_transaction_limit: u64,

    /// Execute stored blocks when indexing, instead of checking their receipts against the headers
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1), default_value = "false",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub verify_blocks: bool,

    /// The published replacement bytecode of the Koinos Fund contract, needed to pass the main
    /// network's block 30504202 by execution; a relative path is below the service's directory
    #[arg(long, value_name = "FILE")]
    pub koinos_fund_bytecode: Option<PathBuf>,
}

/// Loads what the corrections of history need.
///
/// # Errors
/// When the file cannot be read or is not the published one.
pub fn rectifications(koinos_fund_bytecode: Option<&Path>) -> Result<Rectifications> {
    let koinos_fund = match koinos_fund_bytecode {
        Some(path) => {
            let content = std::fs::read(path)
                .with_context(|| format!("cannot read the bytecode file {}", path.display()))?;
            let bytecode = Bytecode::new(content.into())
                .with_context(|| format!("koinos-fund-bytecode names {}", path.display()))?;
            Some(bytecode)
        }
        None => None,
    };
    Ok(Rectifications { koinos_fund })
}
