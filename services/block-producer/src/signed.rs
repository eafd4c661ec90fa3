//! The guard against two blocks at one height and parent.
//!
//! Every block is on disk before it is proposed, and stays there until the chain has refused it.
//! Before anything is signed on a parent, the block that is recorded for this parent (if any) is
//! proposed again, byte for byte. Its file goes when the chain refuses it; only then is another one
//! signed. So whatever ends the process, and whatever the chain forgets, a second block for a
//! parent exists only if the chain itself refused the first.
//!
//! One file for each block, `signed/<height>-<parent>`: the serialised block. Files appear and go in
//! one piece. Those [`KEPT`] heights below the newest are removed; the chain cannot come back to
//! their parents.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use rustix::fs::{FlockOperation, flock};

use crate::draft::SealedBlock;
use crate::key::{place, sync_directory};

/// Blocks are kept for this many heights: a block becomes irreversible after 60.
const KEPT: u64 = 64;
/// Holds the lock of the process that uses the directory.
const LOCK: &str = "lock";

/// Why the guard cannot be relied on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignedError {
    /// Another process signs with this directory.
    #[error("{}: in use by another process", .0.display())]
    Locked(PathBuf),
    /// A record that is not a block.
    #[error(
        "{} is damaged: the block that was signed there is not known. If no node has a block of \
         this producer at that height, delete the file",
        .0.display()
    )]
    Damaged(PathBuf),
    /// The file system failed.
    #[error("cannot {action} {}: {source}", .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

fn failed<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> SignedError + 'a {
    move |source| SignedError::File { action, path: path.to_owned(), source }
}

/// The blocks that were signed and not refused.
#[derive(Debug)]
pub struct SignedBlocks {
    directory: PathBuf,
    _lock: File,
}

impl SignedBlocks {
    /// Opens the records in `directory`, which is made if it is not there.
    ///
    /// # Errors
    /// When another process has them open, or the directory cannot be used.
    pub fn open(directory: &Path) -> Result<Self, SignedError> {
        fs::create_dir_all(directory).map_err(failed("create", directory))?;
        let path = directory.join(LOCK);
        let lock = File::options().create(true).append(true).open(&path);
        let lock = lock.map_err(failed("open", &path))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            rustix::io::Errno::WOULDBLOCK => SignedError::Locked(directory.to_owned()),
            error => failed("lock", &path)(error.into()),
        })?;
        let signed = Self { directory: directory.to_owned(), _lock: lock };
        // What a process left that was killed while it wrote.
        signed.remove_files(|name| name.starts_with('.'))?;
        Ok(signed)
    }

    /// The block signed at `height` on `parent`.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn find(&self, height: u64, parent: &[u8]) -> Result<Option<SealedBlock>, SignedError> {
        let path = self.path(height, parent);
        match fs::read(&path) {
            Ok(content) => SealedBlock::decode(Bytes::from(content))
                .filter(|block| block.header.height == height && block.header.previous == parent)
                .map(Some)
                .ok_or(SignedError::Damaged(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path)(error)),
        }
    }

    /// Records a block, in place of an earlier one on the same parent: it is on disk when this
    /// returns, and may be proposed.
    ///
    /// # Errors
    /// When it is not certain to be on disk.
    pub fn record(&self, block: &SealedBlock) -> Result<(), SignedError> {
        let path = self.path(block.header.height, &block.header.previous);
        place(&self.directory, &block.bytes, 0o600)
            .and_then(|file| Ok(file.persist(&path)?))
            .and_then(|_| sync_directory(&self.directory))
            .map_err(failed("record the signed block in", &path))?;
        let newest = block.header.height;
        self.remove_files(|name| {
            height(name).is_some_and(|height| height.saturating_add(KEPT) < newest)
        })
    }

    /// Forgets a block that the chain has refused. If the process ends before this is on disk, the
    /// block is refused once more.
    ///
    /// # Errors
    /// When its record cannot be removed.
    pub fn forget(&self, block: &SealedBlock) -> Result<(), SignedError> {
        let path = self.path(block.header.height, &block.header.previous);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }

    fn path(&self, height: u64, parent: &[u8]) -> PathBuf {
        self.directory.join(format!("{height}-{}", hex::encode(parent)))
    }

    fn remove_files(&self, which: impl Fn(&str) -> bool) -> Result<(), SignedError> {
        let entries = fs::read_dir(&self.directory).map_err(failed("read", &self.directory))?;
        for entry in entries {
            let entry = entry.map_err(failed("read", &self.directory))?;
            if entry.file_name().to_str().is_some_and(&which) {
                fs::remove_file(entry.path()).map_err(failed("remove", &entry.path()))?;
            }
        }
        Ok(())
    }
}

/// The height in a record's name.
fn height(name: &str) -> Option<u64> {
    name.split_once('-').and_then(|(height, _)| height.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::{Draft, Head};

    fn block(height: u64, parent: u8, time: u64) -> SealedBlock {
        let id = vec![parent; 34].into();
        let head = Head { id, height: height - 1, ..Head::default() };
        Draft::new(&head, time, Bytes::from_static(b"me"), vec![], vec![]).seal(b"signature")
    }

    fn find(signed: &SignedBlocks, block: &SealedBlock) -> Option<SealedBlock> {
        signed.find(block.header.height, &block.header.previous).unwrap()
    }

    #[test]
    fn a_record_outlives_the_process_until_the_block_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let (first, second) = (block(5, 1, 10), block(5, 1, 20));
        let signed = SignedBlocks::open(directory.path()).unwrap();
        assert_eq!(find(&signed, &first), None);
        signed.record(&first).unwrap();
        drop(signed);
        let signed = SignedBlocks::open(directory.path()).unwrap();
        assert_eq!(find(&signed, &first), Some(first.clone()));
        // Another parent or height has nothing to do with it.
        assert_eq!(find(&signed, &block(5, 2, 10)), None);
        assert_eq!(find(&signed, &block(6, 1, 10)), None);
        signed.forget(&first).unwrap();
        signed.forget(&first).unwrap();
        assert_eq!(find(&signed, &first), None);
        signed.record(&second).unwrap();
        assert_eq!(find(&signed, &first), Some(second));
    }

    #[test]
    fn a_write_that_was_cut_short_leaves_the_earlier_record() {
        let directory = tempfile::tempdir().unwrap();
        let (first, second) = (block(5, 1, 10), block(5, 1, 20));
        SignedBlocks::open(directory.path()).unwrap().record(&first).unwrap();
        // As if killed before the file got its name: in the middle, and after the last byte.
        for length in [0, 7, second.bytes.len()] {
            let file = place(directory.path(), &second.bytes[..length], 0o600).unwrap();
            file.keep().unwrap();
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 5);
        let signed = SignedBlocks::open(directory.path()).unwrap();
        assert_eq!(find(&signed, &first), Some(first));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn old_records_go() {
        let directory = tempfile::tempdir().unwrap();
        let signed = SignedBlocks::open(directory.path()).unwrap();
        for height in 1..=100 {
            signed.record(&block(height, 1, 10)).unwrap();
        }
        assert_eq!(find(&signed, &block(35, 1, 10)), None);
        assert!(find(&signed, &block(36, 1, 10)).is_some());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 66);
        // A chain that begins anew is lower; what it is given is kept.
        signed.record(&block(1, 2, 10)).unwrap();
        assert!(find(&signed, &block(1, 2, 10)).is_some());
    }

    #[test]
    fn a_damaged_record_is_not_taken_for_none() {
        let directory = tempfile::tempdir().unwrap();
        let signed = SignedBlocks::open(directory.path()).unwrap();
        let block = block(5, 1, 10);
        let path = signed.path(5, &block.header.previous);
        fs::write(&path, &block.bytes[..block.bytes.len() - 1]).unwrap();
        let error = signed.find(5, &block.header.previous).unwrap_err().to_string();
        assert!(error.contains("is damaged") && error.contains("delete the file"), "{error}");
        // One that was moved from elsewhere is as bad.
        fs::write(signed.path(6, &block.header.previous), &block.bytes).unwrap();
        assert!(signed.find(6, &block.header.previous).is_err());
    }

    #[test]
    fn one_process_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let first = SignedBlocks::open(directory.path()).unwrap();
        let error = SignedBlocks::open(directory.path()).unwrap_err().to_string();
        assert!(error.contains("in use by another process"), "{error}");
        drop(first);
        SignedBlocks::open(directory.path()).unwrap();
    }
}
