//! Which devnets this user runs: a link to the directory of each, named by its supervisor.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::state::State;

/// The directory of the links, where there is a home for it.
fn directory() -> Option<PathBuf> {
    let base =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = base("XDG_STATE_HOME").or_else(|| Some(base("HOME")?.join(".local/state")))?;
    Some(state.join("koinos/devnets"))
}

/// Remembers the devnet in `data` while it lives. Without a home it is not remembered, and has to be
/// named by its directory.
#[derive(Debug)]
pub(crate) struct Entry(Option<PathBuf>);

impl Entry {
    /// Adds the devnet of this process.
    pub(crate) fn add(data: &Path) -> Self {
        let add = || -> std::io::Result<Option<PathBuf>> {
            let Some(directory) = directory() else { return Ok(None) };
            fs::create_dir_all(&directory)?;
            let link = directory.join(std::process::id().to_string());
            // Left behind by a process of the same number.
            if link.symlink_metadata().is_ok() {
                fs::remove_file(&link)?;
            }
            symlink(data, &link)?;
            Ok(Some(link))
        };
        Self(add().ok().flatten())
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(link) = &self.0 {
            // One that stays is seen to be dead by the next who looks.
            let _ = fs::remove_file(link);
        }
    }
}

/// The directories of the devnets that run, in no order; links of dead ones are removed.
pub(crate) fn running() -> Vec<PathBuf> {
    let entries = directory().and_then(|directory| fs::read_dir(directory).ok());
    let links = entries.into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found = Vec::new();
    for link in links {
        let alive = fs::read_link(&link).ok().filter(|data| {
            let state = State::load(data).ok().flatten();
            state.is_some_and(|state| state.running().is_some())
        });
        match alive {
            Some(data) => found.push(data),
            None => drop(fs::remove_file(&link)),
        }
    }
    found
}
