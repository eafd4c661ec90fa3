//! Where the programs of the services are.

use std::path::{Path, PathBuf};

use koinos_local::find_program;

/// The directory in which programs are looked for first: the one that is named, or that of this
/// program.
pub(crate) fn directory(named: Option<&Path>) -> Option<PathBuf> {
    let own = std::env::current_exe().ok();
    named.or_else(|| own.as_deref().and_then(Path::parent)).map(Path::to_owned)
}

/// The path of a program: in that directory, or else in `PATH`.
pub(crate) fn find(program: &str, named: Option<&Path>) -> Option<PathBuf> {
    let beside = directory(named).map(|directory| directory.join(program));
    beside.filter(|path| path.is_file()).or_else(|| find_program(program))
}
