//! `koinosctl`: the operator's one tool.

use std::process::ExitCode;

fn main() -> ExitCode {
    koinosctl::run()
}
