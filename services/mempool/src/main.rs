//! The mempool daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    koinos_service::run::<koinos_mempool::MempoolService>()
}
