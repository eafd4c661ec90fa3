//! What can go wrong with a store, told with the path and the cure.

use std::path::{Path, PathBuf};

use koinos_events as events;

/// The result of a storage operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The engine's own account of a failure.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// A storage failure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no store at the path and none was to be created.
    #[error("{}: no database here; check the base directory, or let the service create it", path.display())]
    Missing {
        /// Directory of the store.
        path: PathBuf,
    },
    /// The operating system denies access.
    #[error(
        "{}: permission denied; the directory and all files in it must belong to the user the service runs as",
        path.display()
    )]
    PermissionDenied {
        /// Directory of the store.
        path: PathBuf,
        /// What the engine said.
        source: Source,
    },
    /// Another process, or this one, has the store open.
    #[error("{}: in use by another process; stop it before starting a second one", path.display())]
    Locked {
        /// Directory of the store.
        path: PathBuf,
        /// What the engine said.
        source: Source,
    },
    /// The file system or the quota is full.
    #[error("{}: no space left on the device; free some and restart the service", path.display())]
    DiskFull {
        /// Directory of the store.
        path: PathBuf,
        /// What the engine said.
        source: Source,
    },
    /// The files do not hold what was written to them.
    #[error(
        "{}: the database is damaged; check the disk, then restore a backup or delete the directory to rebuild it",
        path.display()
    )]
    Corrupt {
        /// Directory of the store.
        path: PathBuf,
        /// What the engine said.
        source: Source,
    },
    /// Any other failure of reading or writing.
    #[error("{}: the database cannot be read or written", path.display())]
    Io {
        /// Directory of the store.
        path: PathBuf,
        /// What the engine said.
        source: Source,
    },
    /// The directory holds a database of another kind, or of another program.
    #[error("{}: this is {found}, not a {expected} database; check the base directory", path.display())]
    ForeignFormat {
        /// Directory of the store.
        path: PathBuf,
        /// What was found, in words.
        found: String,
        /// The format that was wanted.
        expected: &'static str,
    },
    /// The store was written by a newer release.
    #[error(
        "{}: the {name} database has format {found}, this release knows formats up to {known}; upgrade the software",
        path.display()
    )]
    NewerFormat {
        /// Directory of the store.
        path: PathBuf,
        /// Name of the format.
        name: &'static str,
        /// Version of the stored format.
        found: u32,
        /// Newest version this release knows.
        known: u32,
    },
    /// The store was written by a release too old to migrate from.
    #[error(
        "{}: the {name} database has format {found}, which this release cannot migrate; delete the directory to rebuild it",
        path.display()
    )]
    OlderFormat {
        /// Directory of the store.
        path: PathBuf,
        /// Name of the format.
        name: &'static str,
        /// Version of the stored format.
        found: u32,
    },
    /// A keyspace that was not named when the store was opened: a mistake in the program.
    #[error("the store has no keyspace \"{name}\"")]
    UnknownKeyspace {
        /// The name asked for.
        name: String,
    },
}

impl Error {
    /// Whether the operator has to act before another attempt can succeed: starting again by itself
    /// would end the same way.
    pub fn needs_operator(&self) -> bool {
        matches!(
            self,
            Self::PermissionDenied { .. }
                | Self::Locked { .. }
                | Self::ForeignFormat { .. }
                | Self::NewerFormat { .. }
                | Self::OlderFormat { .. }
        )
    }

    /// What the failure is in the journal, if the catalog has more to say about it than its text:
    /// an id of `koinos-events`.
    pub fn event_id(&self) -> Option<&'static str> {
        match self {
            Self::Locked { .. } => Some(events::STORE_LOCKED),
            Self::DiskFull { .. } => Some(events::DISK_FULL),
            Self::Corrupt { .. } => Some(events::STORE_DAMAGED),
            Self::PermissionDenied { .. } => Some(events::STORE_DENIED),
            Self::ForeignFormat { .. } | Self::NewerFormat { .. } | Self::OlderFormat { .. } => {
                Some(events::STORE_FOREIGN)
            }
            Self::Missing { .. } | Self::Io { .. } | Self::UnknownKeyspace { .. } => None,
        }
    }

    pub(crate) fn from_engine(path: &Path, source: rocksdb::Error) -> Self {
        let kind = source.kind();
        Self::from_text(path, kind, source.into_string())
    }

    /// Sorts an error of the engine by its cure. RocksDB tells the operating system's error only in
    /// its text.
    fn from_text(path: &Path, kind: rocksdb::ErrorKind, text: String) -> Self {
        let has = |pattern: &str| text.contains(pattern);
        let missing = has("does not exist (create_if_missing is false)");
        let denied = has("Permission denied") || has("Read-only file system");
        let full = has("No space left on device") || has("Disk quota exceeded");
        let locked = has("lock hold by") || has("While lock file");
        let path = path.to_owned();
        let source = Source::from(text);
        match kind {
            _ if denied => Self::PermissionDenied { path, source },
            _ if full => Self::DiskFull { path, source },
            _ if locked => Self::Locked { path, source },
            _ if missing => Self::Missing { path },
            rocksdb::ErrorKind::Corruption => Self::Corrupt { path, source },
            _ => Self::Io { path, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use rocksdb::ErrorKind;

    use super::*;

    fn sorted(kind: ErrorKind, text: &str) -> Error {
        Error::from_text(Path::new("/var/lib/x"), kind, text.to_owned())
    }

    #[test]
    fn errors_of_the_system_are_told_apart() {
        use ErrorKind::{Corruption, IOError};
        let text = "IO error: While open a file for appending: /x/LOCK: Permission denied";
        assert!(matches!(sorted(IOError, text), Error::PermissionDenied { .. }));
        let text = "IO error: No space left on device: While appending to file: /x/000012.log";
        assert!(matches!(sorted(IOError, text), Error::DiskFull { .. }));
        let text = "IO error: While lock file: /x/LOCK: Resource temporarily unavailable";
        assert!(matches!(sorted(IOError, text), Error::Locked { .. }));
        let busy = sorted(IOError, text).event_id();
        assert_eq!(busy, Some(events::STORE_LOCKED));
        let text = "Corruption: block checksum mismatch: stored = 1, computed = 2";
        assert!(matches!(sorted(Corruption, text), Error::Corrupt { .. }));
        let text = "IO error: While pread offset 0 len 4096: /x/7.sst: Input/output error";
        assert!(matches!(sorted(IOError, text), Error::Io { .. }));
    }

    #[test]
    fn texts_name_the_path_and_leave_the_cause_to_the_source() {
        let error = sorted(ErrorKind::IOError, "IO error: No space left on device: While writing");
        let text = error.to_string();
        assert!(text.starts_with("/var/lib/x: no space left"), "{text}");
        assert!(!text.contains("While writing"));
        let source = std::error::Error::source(&error).unwrap();
        assert!(source.to_string().contains("While writing"));
    }
}
