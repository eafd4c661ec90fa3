//! Options of the chain service.

use std::path::Path;

use anyhow::{Context as _, Result};
use koinos_chain_core::{Bytecode, Rectifications};

/// Loads what the corrections of history need.
pub fn rectifications(koinos_fund_bytecode: Option<&Path>) -> Result<Rectifications> {
    let koinos_fund = match koinos_fund_bytecode {
        Some(path) => {
            let content = std::fs::read(path)
                .with_context(|| format!("cannot read the bytecode file {}", path.display()))?;
            let bytecode = Bytecode::new(content.into())
                .with_context(|| format!("koinos-fund-bytecode names {}", path.display()))?;
            Some(bytecode)
        }
        None => None,
    };
    Ok(Rectifications { koinos_fund })
}
