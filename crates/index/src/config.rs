//! Options that all indexes have.

use clap::ArgAction;
use clap::builder::BoolishValueParser;

/// Options of every index, as flags and as keys of the service's section in `config.yml`.
#[derive(Debug, Clone, clap::Args)]
pub struct IndexOptions {
    /// Delete the index at start, and build it again
    #[arg(long, short, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1), default_value = "false",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub reset: bool,

    /// Blocks the index may be behind the head of the chain and still take requests
    #[arg(long, value_name = "BLOCKS", default_value_t = 3)]
    pub max_lag: u64,

    /// Index irreversible blocks up to this height, take no requests, and wait: for `koinosctl index
    /// verify`
    #[arg(long, value_name = "HEIGHT", hide = true)]
    pub until_height: Option<u64>,
}
