//! The peer-to-peer daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    koinos_service::run::<koinos_p2p::P2pService>()
}
