//! Private keys and the files they live in: one line in wallet import format.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use koinos_crypto::SecretKey;
use rand::TryRngCore;
use rand::rngs::OsRng;

use crate::{Error, Result};

/// A new key from the randomness of the system.
///
/// # Errors
/// [`Error::Randomness`].
pub fn generate() -> Result<SecretKey> {
    loop {
        let mut bytes = [0; 32];
        OsRng.try_fill_bytes(&mut bytes).map_err(|error| Error::Randomness(error.to_string()))?;
        // A number outside of the curve's order has never been seen; the next one will do.
        if let Ok(key) = SecretKey::from_bytes(bytes) {
            return Ok(key);
        }
    }
}

/// Reads the key in a file.
///
/// # Errors
/// [`Error::KeyFile`], [`Error::KeyContent`].
pub fn read(path: &Path) -> Result<SecretKey> {
    let text = fs::read_to_string(path).map_err(|source| Error::KeyFile {
        verb: "read",
        path: path.to_owned(),
        source,
    })?;
    let line = text.lines().next().unwrap_or_default();
    SecretKey::from_wif(line).map_err(|source| Error::KeyContent { path: path.to_owned(), source })
}

/// Writes a key into a new file that only its owner may read.
///
/// # Errors
/// [`Error::KeyFile`], also when the file exists: a key is never overwritten.
pub fn write_new(path: &Path, key: &SecretKey) -> Result<()> {
    let write = || -> std::io::Result<()> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{}", key.to_wif())?;
        file.sync_all()
    };
    write().map_err(|source| Error::KeyFile { verb: "write", path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_survives_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("below/private.key");
        let key = generate().unwrap();
        assert_ne!(key, generate().unwrap());
        write_new(&path, &key).unwrap();
        assert_eq!(read(&path).unwrap(), key);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let error = write_new(&path, &key).unwrap_err();
        assert!(error.to_string().starts_with("cannot write the key file"), "{error}");
    }

    #[test]
    fn other_files_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        assert!(matches!(read(&path), Err(Error::KeyFile { .. })));
        fs::write(&path, "not a key\n").unwrap();
        assert!(matches!(read(&path), Err(Error::KeyContent { .. })));
    }
}
