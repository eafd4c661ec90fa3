//! RocksDB behind the traits of this crate.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DBCompressionType,
    DBRawIteratorWithThreadMode, DBWithThreadMode, LogLevel, ReadOptions, SingleThreaded,
    WriteOptions,
};

use crate::batch::Change;
use crate::snapshot::OwnedSnapshot;
use crate::{Cursor, Durability, Error, Format, Kv, Read, Result, WriteBatch};

type Db = DBWithThreadMode<SingleThreaded>;

/// Where the store keeps the record of its format, apart from all keyspaces of its user.
const OWN_KEYSPACE: &str = "default";
const FORMAT_KEY: &[u8] = b"format";

/// How the values of a store are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Fast.
    Lz4,
    /// Small.
    Zstd,
}

/// A keyspace to be opened.
#[derive(Debug, Clone, Copy)]
pub struct Keyspace {
    /// Its name.
    pub name: &'static str,
    /// Keep values of 4 KiB and more in files of their own: for keyspaces of large values that are
    /// written once, which are then not rewritten whenever keys are reorganised.
    pub large_values: bool,
}

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is stored, and in which version.
    pub format: Format,
    /// The keyspaces. Those that do not exist yet are created.
    pub keyspaces: Vec<Keyspace>,
    /// Create the store, and its directory, if there is none.
    pub create: bool,
    /// Memory for unpacked blocks of the files, in bytes.
    pub block_cache: usize,
    /// Memory for writes of one keyspace before they become a file, in bytes.
    pub write_buffer: usize,
    /// Packing of the values.
    pub compression: Compression,
    /// What [`Kv::durability`] answers.
    pub durability: Durability,
}

impl Options {
    /// The usual choices: created if missing, 64 MiB of cache, 16 MiB of write buffer, LZ4, and
    /// commits that survive the process but not a loss of power.
    pub fn new(format: Format, keyspaces: &[&'static str]) -> Self {
        let keyspace = |name: &&'static str| Keyspace { name, large_values: false };
        Self {
            format,
            keyspaces: keyspaces.iter().map(keyspace).collect(),
            create: true,
            block_cache: 64 << 20,
            write_buffer: 16 << 20,
            compression: Compression::Lz4,
            durability: Durability::NoSync,
        }
    }
}

/// A store on disk.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    durability: Durability,
}

impl Store {
    /// Opens the store in the directory `path`, creates it if the options say so, and migrates it if
    /// it is older than the format in the options.
    ///
    /// # Errors
    /// When the directory is missing, not accessible, locked by another process, damaged, of another
    /// kind or of a newer format.
    pub fn open(path: impl AsRef<Path>, options: &Options) -> Result<Self> {
        let path = path.as_ref();
        let db = open_db(path, options)?;
        let inner = Arc::new(Inner { db, path: path.to_owned() });
        let store = Self { inner, durability: options.durability };
        store.check_format(options)?;
        Ok(store)
    }

    /// The directory of the store.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Estimated number of bytes the keyspace takes on disk.
    ///
    /// # Errors
    /// When the keyspace is unknown or the store does not answer.
    pub fn disk_size(&self, keyspace: &str) -> Result<u64> {
        let family = self.inner.family(keyspace)?;
        let mut sum = 0;
        for property in ["rocksdb.total-sst-files-size", "rocksdb.total-blob-file-size"] {
            let size = self.inner.db.property_int_value_cf(family, property);
            sum += self.inner.check(size)?.unwrap_or(0);
        }
        Ok(sum)
    }

    fn check_format(&self, options: &Options) -> Result<()> {
        let Format { name, version: known, migrate } = options.format;
        let path = || self.inner.path.clone();
        let Some(record) = self.get(OWN_KEYSPACE, FORMAT_KEY)? else {
            if !self.is_blank(options)? {
                let found = "a database without a format record".into();
                return Err(Error::ForeignFormat { path: path(), found, expected: name });
            }
            return self.write_version(WriteBatch::new(), &options.format, known);
        };
        let stored = options.format.stored_version(&self.inner.path, &record)?;
        if stored > known {
            return Err(Error::NewerFormat { path: path(), name, found: stored, known });
        }
        for version in stored..known {
            let Some(migrate) = migrate else {
                return Err(Error::OlderFormat { path: path(), name, found: stored });
            };
            self.write_version(migrate(self, version)?, &options.format, version + 1)?;
        }
        Ok(())
    }

    fn write_version(&self, mut batch: WriteBatch, format: &Format, version: u32) -> Result<()> {
        batch.put(OWN_KEYSPACE, FORMAT_KEY, format.record(version));
        self.write(batch, Durability::Sync)
    }

    fn is_blank(&self, options: &Options) -> Result<bool> {
        let names = options.keyspaces.iter().map(|keyspace| keyspace.name);
        for name in names.chain([OWN_KEYSPACE]) {
            let mut cursor = self.cursor(name)?;
            cursor.seek_to_first()?;
            if cursor.entry().is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Read for Store {
    fn get_with(&self, keyspace: &str, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.inner.get_with(keyspace, key, &ReadOptions::default(), read)
    }

    fn multi_get_with(
        &self,
        keyspace: &str,
        keys: &[&[u8]],
        read: &mut dyn FnMut(usize, Option<&[u8]>),
    ) -> Result<()> {
        self.inner.multi_get_with(keyspace, keys, &ReadOptions::default(), read)
    }

    fn cursor(&self, keyspace: &str) -> Result<Box<dyn Cursor + '_>> {
        self.inner.cursor(keyspace, ReadOptions::default())
    }
}

impl Kv for Store {
    fn write(&self, batch: WriteBatch, durability: Durability) -> Result<()> {
        let mut options = WriteOptions::default();
        options.set_sync(durability == Durability::Sync);
        let batch = self.inner.batch(&batch)?;
        self.inner.check(self.inner.db.write_opt(batch, &options))
    }

    fn durability(&self) -> Durability {
        self.durability
    }

    fn snapshot(&self) -> Arc<dyn Read> {
        Arc::new(OwnedSnapshot::new(Arc::clone(&self.inner)))
    }

    fn flush(&self) -> Result<()> {
        self.inner.check(self.inner.db.flush_wal(true))
    }
}

/// The open database and its path, for error messages.
pub(crate) struct Inner {
    pub(crate) db: Db,
    path: PathBuf,
}

impl Inner {
    pub(crate) fn get_with(
        &self,
        keyspace: &str,
        key: &[u8],
        options: &ReadOptions,
        read: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        let value = self.check(self.db.get_pinned_cf_opt(self.family(keyspace)?, key, options))?;
        if let Some(value) = &value {
            read(value);
        }
        Ok(value.is_some())
    }

    pub(crate) fn multi_get_with(
        &self,
        keyspace: &str,
        keys: &[&[u8]],
        options: &ReadOptions,
        read: &mut dyn FnMut(usize, Option<&[u8]>),
    ) -> Result<()> {
        let family = self.family(keyspace)?;
        let keys = keys.iter().copied();
        let values = self.db.batched_multi_get_cf_opt(family, keys, false, options);
        for (index, value) in values.into_iter().enumerate() {
            read(index, self.check(value)?.as_deref());
        }
        Ok(())
    }

    pub(crate) fn cursor(
        &self,
        keyspace: &str,
        options: ReadOptions,
    ) -> Result<Box<dyn Cursor + '_>> {
        let raw = self.db.raw_iterator_cf_opt(self.family(keyspace)?, options);
        Ok(Box::new(RocksCursor { raw, path: &self.path }))
    }

    fn batch(&self, batch: &WriteBatch) -> Result<rocksdb::WriteBatch> {
        let mut packed = rocksdb::WriteBatch::default();
        for (index, change) in batch.changes.iter().enumerate() {
            match change {
                Change::Put { keyspace, key, value } => {
                    packed.put_cf(self.family(keyspace)?, key, value);
                }
                Change::Delete { keyspace, key } => packed.delete_cf(self.family(keyspace)?, key),
                Change::Clear { keyspace } => {
                    self.clear(keyspace, &batch.changes[..index], &mut packed)?;
                }
            }
        }
        Ok(packed)
    }

    /// A range has an exclusive end and there is no greatest key, so the range ends just behind the
    /// last key of the store, and the keys put earlier in the batch are deleted one by one.
    fn clear(
        &self,
        keyspace: &str,
        earlier: &[Change],
        packed: &mut rocksdb::WriteBatch,
    ) -> Result<()> {
        let family = self.family(keyspace)?;
        let mut cursor = self.cursor(keyspace, ReadOptions::default())?;
        cursor.seek_to_last()?;
        if let Some((last, _)) = cursor.entry() {
            packed.delete_range_cf(family, &[][..], &[last, &[0]].concat());
        }
        for change in earlier {
            match change {
                Change::Put { keyspace: name, key, .. } if *name == keyspace => {
                    packed.delete_cf(family, key);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn family(&self, keyspace: &str) -> Result<&ColumnFamily> {
        let family = self.db.cf_handle(keyspace);
        family.ok_or_else(|| Error::UnknownKeyspace { name: keyspace.to_owned() })
    }

    fn check<T>(&self, result: Result<T, rocksdb::Error>) -> Result<T> {
        result.map_err(|error| Error::from_engine(&self.path, error))
    }
}

struct RocksCursor<'a> {
    raw: DBRawIteratorWithThreadMode<'a, Db>,
    path: &'a Path,
}

impl RocksCursor<'_> {
    fn status(&self) -> Result<()> {
        if self.raw.valid() {
            return Ok(());
        }
        self.raw.status().map_err(|error| Error::from_engine(self.path, error))
    }
}

impl Cursor for RocksCursor<'_> {
    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.raw.seek(key);
        self.status()
    }

    fn seek_for_prev(&mut self, key: &[u8]) -> Result<()> {
        self.raw.seek_for_prev(key);
        self.status()
    }

    fn seek_to_first(&mut self) -> Result<()> {
        self.raw.seek_to_first();
        self.status()
    }

    fn seek_to_last(&mut self) -> Result<()> {
        self.raw.seek_to_last();
        self.status()
    }

    fn next(&mut self) -> Result<()> {
        self.raw.next();
        self.status()
    }

    fn prev(&mut self) -> Result<()> {
        self.raw.prev();
        self.status()
    }

    fn entry(&self) -> Option<(&[u8], &[u8])> {
        self.raw.item()
    }
}

fn open_db(path: &Path, options: &Options) -> Result<Db> {
    let error = |error| Error::from_engine(path, error);
    let exists = path.join("CURRENT").exists();
    if !exists && !options.create {
        return Err(Error::Missing { path: path.to_owned() });
    }
    let mut general = rocksdb::Options::default();
    general.create_if_missing(options.create);
    general.create_missing_column_families(true);
    general.set_max_background_jobs(2);
    general.set_max_open_files(512);
    general.set_keep_log_file_num(2);
    general.set_max_log_file_size(4 << 20);
    general.set_log_level(LogLevel::Warn);
    let cache = Cache::new_lru_cache(options.block_cache);

    // Every column family has to be opened, also those this release does not use.
    let mut keyspaces = options.keyspaces.clone();
    let stored = if exists { Db::list_cf(&general, path).map_err(error)? } else { Vec::new() };
    let known = |name: &str| options.keyspaces.iter().any(|keyspace| keyspace.name == name);
    keyspaces.push(Keyspace { name: OWN_KEYSPACE, large_values: false });
    let families =
        keyspaces
            .iter()
            .map(|keyspace| {
                let settings = family_options(options, keyspace.large_values, &cache);
                ColumnFamilyDescriptor::new(keyspace.name, settings)
            })
            .chain(stored.iter().filter(|name| !known(name) && *name != OWN_KEYSPACE).map(
                |name| ColumnFamilyDescriptor::new(name, family_options(options, false, &cache)),
            ));
    Db::open_cf_descriptors(&general, path, families).map_err(error)
}

fn family_options(options: &Options, large_values: bool, cache: &Cache) -> rocksdb::Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_bloom_filter(10.0, false);
    let compression = match options.compression {
        Compression::None => DBCompressionType::None,
        Compression::Lz4 => DBCompressionType::Lz4,
        Compression::Zstd => DBCompressionType::Zstd,
    };
    let mut family = rocksdb::Options::default();
    family.set_block_based_table_factory(&table);
    family.set_compression_type(compression);
    family.set_write_buffer_size(options.write_buffer);
    if large_values {
        family.set_enable_blob_files(true);
        family.set_min_blob_size(4 << 10);
        family.set_blob_compression_type(compression);
        family.set_enable_blob_gc(true);
    }
    family
}
