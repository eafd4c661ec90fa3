//! The block store daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    koinos_service::run::<koinos_block_store::BlockStoreService>()
}
