//! The block store's own options.

use clap::ArgAction;
use clap::builder::BoolishValueParser;

/// Options besides the common ones, as flags and as keys of `block_store` in `config.yml`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Delete all blocks at start
    #[arg(long, short, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1), default_value = "false",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub reset: bool,
}
