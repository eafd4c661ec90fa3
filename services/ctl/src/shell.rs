//! What shells and manual readers get, made from the command line itself.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use koinos_service::Fatal;

use crate::cli::Cli;
use crate::output;

/// Prints the completions of a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> Result<(), Fatal> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "koinosctl", &mut text);
    output::write(&text)
}

/// Prints the manual page, or writes one for each command into a directory.
pub(crate) fn manpage(directory: Option<&Path>) -> Result<(), Fatal> {
    match directory {
        Some(directory) => {
            std::fs::create_dir_all(directory)
                .and_then(|()| clap_mangen::generate_to(Cli::command(), directory))
                .with_context(|| format!("cannot write to {}", directory.display()))?;
            Ok(())
        }
        None => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut text)?;
            output::write(&text)
        }
    }
}
