//! The database of the Go implementation (Badger), which is recognised and left alone.

use std::path::Path;

use koinos_service::Fatal;

/// Refuses a directory that holds a Badger database: it is neither read nor written.
pub(crate) fn refuse(directory: &Path) -> Result<(), Fatal> {
    if !is_badger(directory) {
        return Ok(());
    }
    let directory = directory.display();
    Err(Fatal::config(anyhow::anyhow!(
        "{directory} holds the blocks of the Go block store (a Badger database), which this \
         version cannot read; nothing was changed. Move it away (mv {directory} {directory}.badger) \
         and start again: the blocks are then fetched from the network. Or choose another --basedir"
    )))
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
        assert!(refuse(&dir.path().join("missing")).is_ok());
        for name in ["CURRENT", "MANIFEST-000004", "000007.sst", "000008.log"] {
            std::fs::write(dir.path().join(name), b"").unwrap();
        }
        assert!(refuse(dir.path()).is_ok());
        for name in ["MANIFEST", "KEYREGISTRY", "000001.vlog"] {
            let path = dir.path().join(name);
            std::fs::write(&path, b"").unwrap();
            let fatal = refuse(dir.path()).unwrap_err();
            assert_eq!(fatal.code(), koinos_service::exit::CONFIG);
            assert!(fatal.to_string().contains("Badger"), "{fatal}");
            std::fs::remove_file(path).unwrap();
        }
    }
}
