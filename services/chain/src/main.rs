//! The chain daemon, and the replay of recorded chains.

use std::process::ExitCode;

fn main() -> ExitCode {
    let replay = std::env::args_os().nth(1).is_some_and(|argument| argument == "replay");
    if replay {
        return koinos_chain::replay::main();
    }
    koinos_service::run::<koinos_chain::ChainService>()
}
