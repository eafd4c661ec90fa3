//! The contract meta store daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    koinos_service::run::<koinos_contract_meta_store::ContractMetaStoreService>()
}
