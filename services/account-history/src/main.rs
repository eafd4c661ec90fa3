//! The account history daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    koinos_service::run::<koinos_account_history::AccountHistoryService>()
}
