//! The transaction store daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    koinos_service::run::<koinos_transaction_store::TransactionStoreService>()
}
