//! The REST daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    koinos_service::run::<koinos_rest::RestService>()
}
