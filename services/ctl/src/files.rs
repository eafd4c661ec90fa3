//! Files that are put into place whole, or not at all, and only where something is different.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use anyhow::anyhow;
use koinos_service::Fatal;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    All,
    /// Its owner, and the services (the group `koinos`, where there is one).
    Services,
    /// Its owner.
    Owner,
}

impl Access {
    fn mode(self) -> u32 {
        match self {
            Self::All => 0o644,
            Self::Services => 0o640,
            Self::Owner => 0o600,
        }
    }

    fn directory_mode(self) -> u32 {
        match self {
            Self::All => 0o755,
            Self::Services => 0o750,
            Self::Owner => 0o700,
        }
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It was not there.
    Made,
    /// It held something else.
    Replaced,
    /// It was as it is to be.
    None,
}

impl Change {
    /// For output.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Replaced => "changed",
            Self::None => "unchanged",
        }
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Fatal {
    let place = path.display().to_string();
    move |error| {
        let cure = match error.kind() {
            io::ErrorKind::PermissionDenied => "; run this as root",
            _ => "",
        };
        Fatal::config(anyhow!("cannot write {place}: {error}{cure}"))
    }
}

/// Puts a file into place.
pub(crate) fn write(path: &Path, content: &[u8], access: Access) -> Result<Change, Fatal> {
    let before = match fs::read(path) {
        Ok(before) if before == content => {
            restrict(path, access.mode(), access).map_err(failed(path))?;
            return Ok(Change::None);
        }
        Ok(_) => Change::Replaced,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Change::Made,
        Err(error) => return Err(failed(path)(error)),
    };
    let directory = path.parent().unwrap_or(Path::new("."));
    make_directory(directory, access)?;
    let put = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(content)?;
        restrict(file.path(), access.mode(), access)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        fs::File::open(directory)?.sync_all()
    };
    put().map_err(failed(path))?;
    Ok(before)
}

/// Makes a directory and those above it, if they are missing.
pub(crate) fn make_directory(path: &Path, access: Access) -> Result<(), Fatal> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.is_dir()) {
        make_directory(above, Access::All)?;
    }
    fs::create_dir(path)
        .and_then(|()| restrict(path, access.directory_mode(), access))
        .map_err(failed(path))
}

/// Sets mode and group. The group belongs to the system the file is in.
fn restrict(path: &Path, mode: u32, access: Access) -> io::Result<()> {
    let is_root = rustix::process::geteuid().is_root();
    if let (Access::Services, true, Some(group)) = (access, is_root, services_group(path)) {
        chown(path, None, Some(group))?;
    }
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// The number of the group `koinos`, where the file belongs to the configuration of the units.
fn services_group(path: &Path) -> Option<u32> {
    let text = path.to_str()?;
    let root = text.split_once("/etc/koinos")?.0;
    let groups = fs::read_to_string(format!("{root}/etc/group")).ok()?;
    let line = groups.lines().find(|line| line.starts_with("koinos:"))?;
    line.split(':').nth(2)?.parse().ok()
}

/// Puts a link into place, where no file of another kind is.
pub(crate) fn link(path: &Path, to: &Path) -> Result<Change, Fatal> {
    let change = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Change::Made,
        Err(error) => return Err(failed(path)(error)),
        Ok(found) if !found.is_symlink() => {
            return Err(Fatal::config(anyhow!(
                "{} is a file of its own, and no link; move it away first",
                path.display()
            )));
        }
        Ok(_) if fs::read_link(path).map_err(failed(path))? == to => return Ok(Change::None),
        Ok(_) => Change::Replaced,
    };
    let directory = path.parent().unwrap_or(Path::new("."));
    make_directory(directory, Access::Services)?;
    let new = directory.join(format!(".{}.new", std::process::id()));
    symlink(to, &new).and_then(|()| fs::rename(&new, path)).map_err(failed(path))?;
    Ok(change)
}

/// Removes a file; says whether there was one.
pub(crate) fn remove(path: &Path) -> Result<bool, Fatal> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed(path)(error)),
    }
}

/// A value of YAML: JSON is YAML too.
pub(crate) fn yaml(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '/');
    match first
        && text.chars().all(plain)
        && !["true", "false", "null", "yes", "no"].contains(&text)
    {
        true => text.to_owned(),
        false => serde_json::Value::from(text).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_once_and_kept_from_others() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/secret");
        assert_eq!(write(&path, b"one", Access::Owner).unwrap(), Change::Made);
        assert_eq!(write(&path, b"one", Access::Owner).unwrap(), Change::None);
        assert_eq!(write(&path, b"two", Access::Owner).unwrap(), Change::Replaced);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(write(&path, b"two", Access::Owner).unwrap(), Change::None);
        assert_eq!(mode(&path), 0o600);
        assert!(remove(&path).unwrap() && !remove(&path).unwrap());
    }

    #[test]
    fn links_are_replaced_and_files_are_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("conf.d/link");
        assert_eq!(link(&path, Path::new("../x")).unwrap(), Change::Made);
        assert_eq!(link(&path, Path::new("../x")).unwrap(), Change::None);
        assert_eq!(link(&path, Path::new("../y")).unwrap(), Change::Replaced);
        assert_eq!(fs::read_link(&path).unwrap(), Path::new("../y"));
        let file = directory.path().join("file");
        fs::write(&file, "mine").unwrap();
        assert_eq!(link(&file, Path::new("y")).unwrap_err().code(), 78);
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }

    #[test]
    fn values_of_yaml_stay_texts() {
        assert_eq!(yaml("/etc/koinos/x.json"), "/etc/koinos/x.json");
        assert_eq!(yaml("true"), "\"true\"");
        assert_eq!(yaml("7"), "\"7\"");
        assert_eq!(yaml("amqp://a:b@c/"), "\"amqp://a:b@c/\"");
    }
}
