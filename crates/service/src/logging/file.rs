//! Log files that rotate by size.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// A file is set aside at this size.
const ROTATE_AT: u64 = 1 << 20;
/// This many files are kept, the current one not counted.
const KEEP: usize = 100;

/// `<service>.log`, with older files as `<service>.log.<number>`, the highest number being the
/// youngest.
#[derive(Clone)]
pub(super) struct RotatingFile(Arc<Mutex<State>>);

struct State {
    path: PathBuf,
    file: File,
    size: u64,
    rotate_at: u64,
    keep: usize,
}

impl RotatingFile {
    pub(super) fn open(directory: &Path, service: &str) -> io::Result<Self> {
        Self::with_limits(directory, service, ROTATE_AT, KEEP)
    }

    fn with_limits(
        directory: &Path,
        service: &str,
        rotate_at: u64,
        keep: usize,
    ) -> io::Result<Self> {
        std::fs::create_dir_all(directory)?;
        let path = directory.join(format!("{service}.log"));
        let file = append(&path)?;
        let size = file.metadata()?.len();
        Ok(Self(Arc::new(Mutex::new(State { path, file, size, rotate_at, keep }))))
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

impl State {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.size > 0 && self.size + line.len() as u64 > self.rotate_at {
            self.rotate()?;
        }
        self.file.write_all(line)?;
        self.size += line.len() as u64;
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        let mut old = self.old_files()?;
        let next = old.last().map_or(1, |(number, _)| number + 1);
        let aside = PathBuf::from(format!("{}.{next}", self.path.display()));
        std::fs::rename(&self.path, &aside)?;
        self.file = append(&self.path)?;
        self.size = 0;
        old.push((next, aside));
        let surplus = old.len().saturating_sub(self.keep);
        old.iter().take(surplus).try_for_each(|(_, path)| std::fs::remove_file(path))
    }

    /// The files set aside, oldest first.
    fn old_files(&self) -> io::Result<Vec<(u64, PathBuf)>> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut files = Vec::new();
        for entry in std::fs::read_dir(self.path.parent().unwrap_or(Path::new(".")))? {
            let path = entry?.path();
            let number = path
                .file_name()
                .and_then(|file| file.to_str()?.strip_prefix(&name)?.strip_prefix('.'))
                .and_then(|number| number.parse().ok());
            files.extend(number.map(|number| (number, path.clone())));
        }
        files.sort();
        Ok(files)
    }
}

/// One line on its way into the file.
pub(super) struct LineWriter(Arc<Mutex<State>>);

impl Write for LineWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for RotatingFile {
    type Writer = LineWriter;

    fn make_writer(&'a self) -> LineWriter {
        LineWriter(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_rotate_and_only_the_youngest_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let log = RotatingFile::with_limits(dir.path(), "chain", 10, 2).unwrap();
        for n in 0..5 {
            log.make_writer().write_all(format!("line {n}\n").as_bytes()).unwrap();
        }
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).ok();
        assert_eq!(read("chain.log").as_deref(), Some("line 4\n"));
        assert_eq!(read("chain.log.4").as_deref(), Some("line 3\n"));
        assert_eq!(read("chain.log.3").as_deref(), Some("line 2\n"));
        assert_eq!(read("chain.log.2"), None);

        // A restart goes on where the last run stopped.
        let log = RotatingFile::with_limits(dir.path(), "chain", 10, 2).unwrap();
        log.make_writer().write_all(b"line 5\n").unwrap();
        assert_eq!(read("chain.log").as_deref(), Some("line 5\n"));
        assert_eq!(read("chain.log.5").as_deref(), Some("line 4\n"));
        assert_eq!(read("chain.log.3"), None);
    }
}
