//! What a service has to say about its index.

use bytes::Bytes;
use koinos_kv::{Keyspace, Read, WriteBatch};
use koinos_proto::BlockTopology;
use koinos_service::{Context, Fatal, Info};
use prost::Message;

use crate::block::SourceBlock;
use crate::checksum::Hasher;
use crate::config::IndexOptions;
use crate::error::Error;
use crate::recent::Parts;
use crate::view::View;

/// How an index is stored and what it is made from.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// The name of the format in the store, such as `koinos-transaction-store`.
    pub format: &'static str,
    /// Its version.
    pub version: u32,
    /// The keyspaces of the records.
    pub keyspaces: &'static [Keyspace],
    /// Whether blocks are needed with their receipts.
    pub receipts: bool,
    /// What is counted in the log, such as `transaction(s)`.
    pub unit: &'static str,
    /// What a database of the Go implementation in the same place holds.
    pub legacy: &'static str,
}

/// What becomes of a block that leaves the recent ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is irreversible.
    Main,
    /// Its branch is dead.
    Orphan,
}

/// A block that leaves the recent ones.
#[derive(Debug)]
pub struct Leaving<'a, E> {
    /// Which block it is.
    pub topology: &'a BlockTopology,
    /// What it changes.
    pub effects: &'a E,
    /// Its parts, in the order of their numbers.
    pub parts: Parts,
    /// What becomes of it.
    pub fate: Fate,
    /// Its place in the order of arrival; the same for all that were fetched together.
    pub sequence: u64,
}

/// The records of a service: what a block changes in them, and what they answer.
pub trait Records: Sized + Send + Sync + 'static {
    /// Options of the service, those of [`IndexOptions`] included.
    type Options: clap::Args + Send + 'static;
    /// What a block changes: as much of it as has to be in memory while the block is recent. It is
    /// made once, when the block comes, does not depend on others, and is also kept on the disk.
    type Effects: Message + Default + 'static;

    /// Names and defaults of the service.
    const INFO: Info;
    /// How it is stored.
    const LAYOUT: Layout;

    /// The options that all indexes have.
    fn options(options: &Self::Options) -> &IndexOptions;

    /// The directory of the store.
    fn directory(options: &Self::Options, context: &Context) -> std::path::PathBuf;

    /// The records, as the options want them.
    ///
    /// # Errors
    /// When an option is wrong.
    fn new(options: Self::Options) -> Result<Self, Fatal>;

    /// What of the blocks is indexed, in words that are kept beside the index: a later start that
    /// selects otherwise is warned of. Empty when there is no choice.
    fn selection(&self) -> String {
        String::new()
    }

    /// What a block changes, and the parts of its records that are too large for memory, in the
    /// order of their numbers. Both may hold slices of the block.
    fn effects(&self, block: &SourceBlock) -> (Self::Effects, Parts);

    /// How many of [`Layout::unit`] that adds.
    fn count(effects: &Self::Effects) -> u64;

    /// Makes records of blocks, in `batch`. They come in the order in which they arrived; those of
    /// the chain among them have ascending heights and go on where the last ones ended.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn commit(
        &self,
        store: &dyn Read,
        leaving: &[Leaving<'_, Self::Effects>],
        batch: &mut WriteBatch,
    ) -> Result<(), Error>;

    /// Answers a request of the service.
    fn answer(&self, view: &View<'_, Self::Effects>, request: &Bytes) -> Bytes;

    /// Feeds what the irreversible blocks have left into `hasher`. It must be the same for every
    /// index of the same blocks, whatever else has come and gone: `is_orphan` says of a block id
    /// whether it died.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn digest(
        store: &dyn Read,
        is_orphan: &mut dyn FnMut(&[u8]) -> Result<bool, Error>,
        hasher: &mut Hasher,
    ) -> Result<(), Error>;
}
