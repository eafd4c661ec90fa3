//! The files of the producer's key.

use std::fs::{self, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use koinos_codec::text::to_base64url;
use koinos_crypto::{PublicKey, SecretKey};
use rand::TryRngCore;
use rand::rngs::OsRng;
use tempfile::NamedTempFile;

/// Permissions of others than the owner.
const OTHERS: u32 = 0o077;
/// The permission of everybody to write.
const ANYBODY_WRITES: u32 = 0o002;

/// Why there is no key. The texts say what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Anybody could have replaced the key.
    #[error(
        "private key file {} has mode {mode:04o}, so anybody can replace it: make sure that the \
         key is yours, and run 'chmod 600 {}'",
        .path.display(), .path.display()
    )]
    Replaceable {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Not a key.
    #[error(
        "unable to parse private key file at {}: {source}; it should hold one line in wallet \
         import format (WIF). Restore it from a backup, or move it away and a new key is made",
        .path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: koinos_crypto::Error,
    },
    /// The file could not be read, or not be written.
    #[error("cannot {action} {}: {source}; this user must own the file and its directory", .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The system gave no random numbers.
    #[error("the system gives no random numbers: {0}")]
    NoRandomness(String),
}

fn failed<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> KeyError + 'a {
    move |source| KeyError::File { action, path: path.to_owned(), source }
}

/// How a key file was found.
#[derive(Debug, PartialEq, Eq)]
pub enum Access {
    /// It was not there: it holds a new key.
    Made,
    /// Nobody but its owner may use it.
    Private,
    /// Others could, with this mode; now they cannot.
    Tightened(u32),
    /// Others can, and that cannot be changed.
    Exposed {
        /// Its permissions.
        mode: u32,
        /// Why they stay as they are.
        reason: String,
    },
}

/// Reads the key in `path`, or makes one if there is no such file. Permissions of others are taken
/// away from a file of this user: the original made key files that everybody could read.
///
/// # Errors
/// When the file is not one line of WIF, when anybody may write to it, or when it cannot be read or
/// made.
pub fn load_or_create(path: &Path) -> Result<(SecretKey, Access), KeyError> {
    match fs::metadata(path) {
        Ok(metadata) => {
            let user = rustix::process::geteuid().as_raw();
            let access = protect(path, &metadata, user)?;
            Ok((read(path)?, access))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((create(path)?, Access::Made)),
        Err(error) => Err(failed("read", path)(error)),
    }
}

/// Takes away the permissions of others, if the file is this `user`'s.
fn protect(path: &Path, metadata: &Metadata, user: u32) -> Result<Access, KeyError> {
    let mode = metadata.permissions().mode() & 0o7777;
    // What is no file cannot be read either, and its permissions are not ours to change.
    if !metadata.is_file() || mode & OTHERS == 0 {
        return Ok(Access::Private);
    }
    if mode & ANYBODY_WRITES != 0 {
        return Err(KeyError::Replaceable { path: path.to_owned(), mode });
    }
    let exposed = |reason| Ok(Access::Exposed { mode, reason });
    if metadata.uid() != user {
        return exposed(format!("it belongs to user {}", metadata.uid()));
    }
    match fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS)) {
        Ok(()) => Ok(Access::Tightened(mode)),
        Err(error) => exposed(error.to_string()),
    }
}

/// Reads the key in `path`, whoever may read it too.
///
/// # Errors
/// When the file is not one line of WIF, or cannot be read.
pub fn read(path: &Path) -> Result<SecretKey, KeyError> {
    let content = fs::read(path).map_err(failed("read", path))?;
    let line = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let malformed = |source| KeyError::Malformed { path: path.to_owned(), source };
    let line = std::str::from_utf8(line).map_err(|_| malformed(koinos_crypto::Error::Wif))?;
    SecretKey::from_wif(line).map_err(malformed)
}

fn create(path: &Path) -> Result<SecretKey, KeyError> {
    let key = random_key()?;
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory).map_err(failed("create the directory of", path))?;
    let content = format!("{}\n", key.to_wif());
    place(directory, content.as_bytes(), 0o600)
        .and_then(|file| Ok(file.persist_noclobber(path)?))
        .and_then(|_| sync_directory(directory))
        .map_err(failed("write", path))?;
    Ok(key)
}

fn random_key() -> Result<SecretKey, KeyError> {
    loop {
        let mut bytes = [0; 32];
        OsRng
            .try_fill_bytes(&mut bytes)
            .map_err(|error| KeyError::NoRandomness(error.to_string()))?;
        // All but one in 2^127 numbers are keys.
        if let Ok(key) = SecretKey::from_bytes(bytes) {
            return Ok(key);
        }
    }
}

/// Writes the public key to `path` in the form in which it is registered: URL-safe base64 and a
/// newline.
///
/// # Errors
/// When the file cannot be written.
pub fn publish(path: &Path, key: &PublicKey) -> Result<(), KeyError> {
    let content = format!("{}\n", to_base64url(&key.to_bytes()));
    if fs::read(path).is_ok_and(|current| current == content.as_bytes()) {
        return Ok(());
    }
    let directory = path.parent().unwrap_or(Path::new("."));
    place(directory, content.as_bytes(), 0o644)
        .and_then(|file| Ok(file.persist(path)?))
        .and_then(|_| sync_directory(directory))
        .map_err(failed("write", path))
}

/// A file with `content` that is on disk, but has no lasting name yet.
pub(crate) fn place(directory: &Path, content: &[u8], mode: u32) -> io::Result<NamedTempFile> {
    let permissions = Permissions::from_mode(mode);
    let mut file =
        tempfile::Builder::new().prefix(".new-").permissions(permissions).tempfile_in(directory)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    fs::File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn write(path: &Path, content: &str, mode: u32) {
        fs::write(path, content).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("block_producer/private.key");
        let (key, access) = load_or_create(&path).unwrap();
        assert_eq!(access, Access::Made);
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", key.to_wif()));
        assert_eq!(load_or_create(&path).unwrap(), (key.clone(), Access::Private));
        // Nothing else is left in the directory, and another one is another.
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        let other = load_or_create(&path.with_file_name("other.key")).unwrap().0;
        assert!(other != key);
    }

    #[test]
    fn both_forms_of_wif_are_read() {
        // The key 1, of which everybody knows both forms.
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("private.key");
        let mut one = [0; 32];
        one[31] = 1;
        for wif in [
            "KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn",
            "5HpHagT65TZzG1PH3CSu63k8DbpvD8s5ip4nEB3kEsreAnchuDf",
        ] {
            for content in [wif.to_owned(), format!("{wif}\n"), format!("{wif}\r\nmore\n")] {
                write(&path, &content, 0o600);
                let (key, access) = load_or_create(&path).unwrap();
                assert_eq!((key.to_bytes(), access), (one, Access::Private));
            }
            write(&path, wif, 0o400);
            assert!(load_or_create(&path).is_ok());
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_key_that_others_can_use_is_kept_from_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("private.key");
        let (key, _) = load_or_create(&path).unwrap();
        for (before, after) in [(0o644, 0o600), (0o640, 0o600), (0o664, 0o600), (0o444, 0o400)] {
            fs::set_permissions(&path, Permissions::from_mode(before)).unwrap();
            let found = load_or_create(&path).unwrap();
            assert_eq!(found, (key.clone(), Access::Tightened(before)));
            assert_eq!(mode(&path), after);
            assert_eq!(load_or_create(&path).unwrap(), (key.clone(), Access::Private));
        }
    }

    #[test]
    fn a_file_that_cannot_be_changed_stays_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("private.key");
        write(&path, "", 0o644);
        let metadata = fs::metadata(&path).unwrap();
        let reason = |user: u32| match protect(&path, &metadata, user).unwrap() {
            Access::Exposed { mode: 0o644, reason } => reason,
            other => panic!("{other:?}"),
        };
        let owner = metadata.uid();
        assert_eq!(reason(owner + 1), format!("it belongs to user {owner}"));
        assert_eq!(mode(&path), 0o644);
        // Its mode cannot be set: the system says why.
        fs::remove_file(&path).unwrap();
        assert!(reason(owner).contains("No such file"));
    }

    #[test]
    fn a_key_that_anybody_can_replace_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("private.key");
        load_or_create(&path).unwrap();
        for open in [0o666, 0o606, 0o602, 0o777] {
            fs::set_permissions(&path, Permissions::from_mode(open)).unwrap();
            let error = load_or_create(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("mode {open:04o}")), "{error}");
            assert!(error.contains(&format!("chmod 600 {}", path.display())), "{error}");
            assert_eq!(mode(&path), open);
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("private.key");
        let good = load_or_create(&path).unwrap().0.to_wif();
        let turned: String = good.chars().rev().collect();
        for content in ["", "\n", "hello", &good[1..], &turned, "\u{fffd}"] {
            write(&path, content, 0o600);
            let error = load_or_create(&path).unwrap_err().to_string();
            assert!(error.contains("wallet import format"), "{error}");
            assert!(content.len() < 8 || !error.contains(content), "{error}");
        }
        let error = load_or_create(directory.path()).unwrap_err().to_string();
        assert!(error.contains("cannot read"), "{error}");
    }

    #[test]
    fn the_public_key_is_written_as_it_is_registered() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("public.key");
        let mut one = [0; 32];
        one[31] = 1;
        let key = SecretKey::from_bytes(one).unwrap().public_key();
        fs::write(&path, "an old one").unwrap();
        publish(&path, &key).unwrap();
        publish(&path, &key).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "Anm-Zn753LusVaBilc6HCwcCm_zbLc4o2VnygVsW-BeY\n");
        assert_eq!(mode(&path), 0o644);
    }
}
