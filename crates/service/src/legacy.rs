//! Directories of databases: those of the Go implementations (Badger) are recognised and left alone.

use std::path::Path;

use crate::exit::Fatal;

/// Makes the directory of a database. One that holds a Badger database is refused: it is neither
/// read nor written. `content` says what that would be, `again` what comes of starting without it.
///
/// # Errors
/// [`Fatal::config`] when it cannot be made, or holds such a database.
pub fn database_directory(directory: &Path, content: &str, again: &str) -> Result<(), Fatal> {
    if is_badger(directory) {
        let directory = directory.display();
        return Err(Fatal::config(anyhow::anyhow!(
            "{directory} holds {content} (a Badger database), which this version cannot read; \
             nothing was changed. Move it away (mv {directory} {directory}.badger) and start \
             again: {again}. Or choose another --basedir"
        ))
        .event(koinos_events::STORE_FOREIGN));
    }
    std::fs::create_dir_all(directory).map_err(|error| {
        Fatal::config(anyhow::anyhow!(
            "cannot create {}: {error}; let this user write there, or choose another --basedir",
            directory.display()
        ))
    })
}

/// Badger keeps `MANIFEST`, `KEYREGISTRY` and value logs; RocksDB has none of these names.
fn is_badger(directory: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(directory) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        name == "MANIFEST"
            || name == "KEYREGISTRY"
            || Path::new(&name).extension().is_some_and(|kind| kind == "vlog")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn badger_is_recognised_by_its_files() {
        let dir = tempfile::tempdir().unwrap();
        let refuse = |path: &Path| database_directory(path, "blocks", "they are fetched again");
        let missing = dir.path().join("missing/db");
        assert!(refuse(&missing).is_ok() && missing.is_dir());
        for name in ["CURRENT", "MANIFEST-000004", "000007.sst", "000008.log"] {
            std::fs::write(dir.path().join(name), b"").unwrap();
        }
        assert!(refuse(dir.path()).is_ok());
        for name in ["MANIFEST", "KEYREGISTRY", "000001.vlog"] {
            let path = dir.path().join(name);
            std::fs::write(&path, b"").unwrap();
            let fatal = refuse(dir.path()).unwrap_err();
            assert_eq!(fatal.code(), crate::exit::CONFIG);
            let text = fatal.to_string();
            assert!(text.contains("Badger") && text.contains("they are fetched again"), "{text}");
            std::fs::remove_file(path).unwrap();
        }
    }
}
