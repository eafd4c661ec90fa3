//! The account history's own options.

use std::path::PathBuf;

use bytes::Bytes;
use clap::ArgAction;
use koinos_codec::text::from_base58;
use koinos_fork_choice::ForkRule;
use koinos_index::IndexOptions;

/// Options besides the common ones, as flags and as keys of `account_history` in `config.yml`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Options of every index.
    #[command(flatten)]
    pub index: IndexOptions,

    /// Directory of the index; a relative one is below the service's directory
    #[arg(long, value_name = "DIR", default_value = "db")]
    pub statedir: PathBuf,

    /// Fork choice of the network; without effect, since the chain tells which block is the head
    #[arg(long, short, value_name = "NAME", default_value = "fifo")]
    pub fork_algorithm: ForkRule,

    /// An address whose history is kept, in base58; or several [default: all]
    #[arg(long, short = 'w', value_name = "ADDRESS", num_args(1..), action = ArgAction::Append, value_parser = address)]
    pub address_whitelist: Vec<Bytes>,
}

fn address(text: &str) -> Result<Bytes, String> {
    match from_base58(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes.into()),
        _ => Err("it is not an address in base58".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        assert_eq!(address("15DJN4a8SgrbGhhGksSBASiSYjGnMU8dGL").unwrap().len(), 25);
        for wrong in ["", "0", "not an address"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
