//! Who this node is: a key on the curve P-256, from a seed or from a file.

mod gorand;

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crypto_bigint::{NonZero, U512};
use libp2p::identity::{DecodingError, Keypair, ecdsa};
use sha2::{Digest, Sha256};

use gorand::GoRand;

/// The order of the curve, big endian.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
/// Nobody but the owner may read a key.
const MODE: u32 = 0o600;
/// A key file is not longer than this, in bytes.
const MOST: u64 = 4_096;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The file cannot be read or made.
    #[error(
        "cannot {what} the identity file {}: {source}; let this user do it, or choose another \
         --identity-file",
        .path.display()
    )]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error(
        "{} is not a key of libp2p: {source}; restore it, or delete it to become another peer",
        .path.display()
    )]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: DecodingError,
    },
    /// Others may read the key.
    #[error(
        "the identity file {} can be read by others (mode {mode:o}); chmod 600 it",
        .path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The library refuses the number.
    #[error("the seed gives no key: {0}")]
    Seed(DecodingError),
}

/// The key that the original derives from `seed`.
///
/// It has no more than 31 bits of secrecy, whatever the seed: anybody can find it. It is here for
/// those whose peer id is known to others already.
///
/// # Errors
/// None is known.
pub fn from_seed(seed: &str) -> Result<Keypair, IdentityError> {
    let secret = ecdsa::SecretKey::try_from_bytes(scalar(seed)).map_err(IdentityError::Seed)?;
    Ok(ecdsa::Keypair::from(secret).into())
}

/// The private number of a seed, big endian: that of Go's `ecdsa.GenerateKey` with `math/rand`.
fn scalar(seed: &str) -> [u8; 32] {
    let digest = Sha256::digest(seed.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    let mut random = [0; 40];
    GoRand::new(i64::from_be_bytes(first)).fill(&mut random);
    let mut wide = [0; 64];
    wide[24..].copy_from_slice(&random);
    let number = U512::from_be_slice(&wide);
    let order = U512::from_be_hex(&format!("{}{ORDER}", "0".repeat(64)));
    let limit = order.wrapping_sub(&U512::ONE);
    let reduced = match Option::<NonZero<U512>>::from(NonZero::new(limit)) {
        Some(limit) => number.rem_vartime(&limit),
        None => number,
    };
    let bytes = reduced.wrapping_add(&U512::ONE).to_be_bytes();
    let mut scalar = [0; 32];
    scalar.copy_from_slice(&AsRef::<[u8]>::as_ref(&bytes)[32..]);
    scalar
}

/// The key in a file, which is made if there is none. It holds the key as libp2p writes it
/// (protobuf `PrivateKey`).
///
/// # Errors
/// When the file cannot be used; it is left as it is.
pub fn from_file(path: &Path) -> Result<Keypair, IdentityError> {
    match read(path)? {
        Some(keypair) => Ok(keypair),
        None => make(path),
    }
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> IdentityError {
    let path = path.to_owned();
    move |source| IdentityError::File { what, path, source }
}

fn read(path: &Path) -> Result<Option<Keypair>, IdentityError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path)(error)),
    };
    let mode = file.metadata().map_err(failed("read", path))?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(IdentityError::Open { path: path.to_owned(), mode });
    }
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).map_err(failed("read", path))?;
    let keypair = Keypair::from_protobuf_encoding(&bytes);
    let wrong = |source| IdentityError::Content { path: path.to_owned(), source };
    keypair.map(Some).map_err(wrong)
}

/// Makes a key that is in the file, whole, before it is used.
fn make(path: &Path) -> Result<Keypair, IdentityError> {
    let keypair = Keypair::generate_ecdsa();
    let wrong = |source| IdentityError::Content { path: path.to_owned(), source };
    let bytes = keypair.to_protobuf_encoding().map_err(wrong)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(failed("make", path))?;
    let half = path.with_extension("new");
    let write = || {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(&half)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&half, path)?;
        File::open(directory)?.sync_all()
    };
    write().map_err(failed("make", path))?;
    Ok(keypair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// Seed, private number, peer id; two of the peer ids stand in the original's own tests.
    const VECTORS: [(&str, &str, &str); 5] = [
        (
            "producer",
            "73c7d460a6d52d8ca9beb92a5c7d1f763b7a8fa8a156ef0bfe4a8805325d309b",
            "QmRT2UJ9uPqmcjCWoxgFZU3AsaMaMqmJ3DaEHeWZFLJp9L",
        ),
        (
            "bucket1",
            "ca0ee744f06de59993cbd85ace1e5675d22200a3cd031c9037b2e72c83e9ba30",
            "QmcWYgujghF1oJhisxSTGYNjzPGVtejEL8XU41AqmEJsRB",
        ),
        (
            "test1",
            "ae047ead8fdcb2cdd8dc22cf3a4897b8cd4425b35600cf07be25c44833174b29",
            "QmT63MncPi6XGfKPmLRtcr6Mk8zvjBRweczJ544SB47uCi",
        ),
        (
            "api",
            "feae551142a8871d9316ae0ef448489c741f11f2563a1e72e86cd53dda389dc7",
            "QmYL3rAyFnjEp9gNy3fVov4UZmVfDxBsvVLbFMpeF6Vivn",
        ),
        (
            "bucket2",
            "f09ce3cedfeb149fb2bfdc24f00a7f3fb689c1cdcd4f524c8731ac7650825fd1",
            "QmZhp1J6JNzdGX1ZLTNd3EFU17iSEHrujViyVcW5NPjucZ",
        ),
    ];

    #[test]
    fn seeds_give_the_keys_of_the_original() {
        for (seed, number, peer) in VECTORS {
            assert_eq!(hex::encode(scalar(seed)), number, "{seed}");
            let keypair = from_seed(seed).unwrap();
            assert_eq!(keypair.public().to_peer_id().to_string(), peer);
            let public = keypair.public().encode_protobuf();
            assert_eq!((&public[..4], public.len()), (&[0x08, 0x03, 0x12, 0x5b][..], 95));
        }
    }

    #[test]
    fn a_key_file_is_made_once_and_kept_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("p2p/identity.key");
        let made = from_file(&path).unwrap();
        assert_eq!(from_file(&path).unwrap().public(), made.public());
        assert!(made.public().to_peer_id().to_string().starts_with("Qm"));
        let mode = std::fs::metadata(&path).unwrap().mode() & 0o777;
        assert_eq!(mode, MODE);

        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = from_file(&path).unwrap_err().to_string();
        assert!(error.contains("640") && error.contains("chmod"), "{error}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(MODE)).unwrap();
        std::fs::write(&path, b"rubbish").unwrap();
        assert!(from_file(&path).unwrap_err().to_string().contains("not a key"));
        assert_eq!(std::fs::read(&path).unwrap(), b"rubbish");
    }
}
