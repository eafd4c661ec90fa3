//! The block producer daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    koinos_service::run::<koinos_block_producer::BlockProducerService>()
}
