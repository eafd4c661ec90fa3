//! The record of what a store holds, and in which version of its layout.

use std::path::Path;

use crate::{Error, Read, Result, WriteBatch};

/// The layout of the data in a store. It is recorded in the store, which is then opened only by
/// software that knows it.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// What the store is for, for example `koinos-state`. Without spaces.
    pub name: &'static str,
    /// Version of the layout, counted from 1.
    pub version: u32,
    /// How an older store is brought forward.
    pub migrate: Option<Migrate>,
}

/// Brings a store forward by one version: given the store and its version, returns the changes that
/// make it the next version. The new version is recorded in the same write, so a migration that is
/// interrupted starts over.
pub type Migrate = fn(&dyn Read, u32) -> Result<WriteBatch>;

impl Format {
    /// The text of the record in the store.
    pub(crate) fn record(&self, version: u32) -> String {
        format!("{} {version}", self.name)
    }

    /// The version in a record.
    pub(crate) fn stored_version(&self, path: &Path, record: &[u8]) -> Result<u32> {
        let text = std::str::from_utf8(record).ok().and_then(|text| text.split_once(' '));
        let foreign = |found: String| Error::ForeignFormat {
            path: path.to_owned(),
            found,
            expected: self.name,
        };
        match text {
            Some((name, version)) if name == self.name => {
                version.parse().map_err(|_| foreign(format!("{name} of version \"{version}\"")))
            }
            Some((name, _)) => Err(foreign(format!("a {name} database"))),
            None => Err(foreign("an unknown kind of database".into())),
        }
    }
}
