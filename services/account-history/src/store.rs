//! The records. Numbers are big endian.
//!
//! * `records`: height of the block (u64), place in it (u32; 0 is the block itself) -> the field of
//!   `koinos.rpc.account_history.account_history_entry` that holds the record.
//! * `histories`: address, place in its history (u64) -> the key of a record.
//! * `accounts`: address -> the length of its history (u64).

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use bytes::Bytes;
use koinos_codec::text::to_base58;
use koinos_index::{
    Error, Fate, Hasher, IndexOptions, Layout, Leaving, Parts, Records, SourceBlock, View,
};
use koinos_kv::{Keyspace, Read, WriteBatch};
use koinos_service::{BasedirRoot, Context, Fatal, Info, processors};
use parking_lot::Mutex;

use crate::config::Options;
use crate::effects::{Concerned, Effects};
use crate::handler;

pub(crate) const RECORDS: &str = "records";
pub(crate) const HISTORIES: &str = "histories";
pub(crate) const ACCOUNTS: &str = "accounts";

/// So many lengths of histories are remembered: those of the accounts that the next blocks name again.
const REMEMBERED: usize = 100_000;

/// Histories by account.
#[derive(Debug, Default)]
pub struct Histories {
    /// The accounts whose histories are kept; all if empty.
    whitelist: HashSet<Bytes>,
    /// Lengths of histories, as they are stored or are being written. If writing fails the process
    /// ends.
    lengths: Mutex<HashMap<Bytes, u64>>,
}

impl Histories {
    /// The histories of the accounts in `whitelist`, or of all if that is empty.
    pub fn of(whitelist: impl IntoIterator<Item = Bytes>) -> Self {
        Self { whitelist: whitelist.into_iter().collect(), lengths: Mutex::default() }
    }
}

impl Records for Histories {
    type Options = Options;
    type Effects = Effects;

    const INFO: Info = Info {
        name: "account_history",
        title: "Koinos Account History",
        about: "Keeps the history of each account of a Koinos node",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::CurrentDir,
        default_jobs: || processors().max(2),
        min_jobs: 2,
    };

    const LAYOUT: Layout = Layout {
        format: "koinos-account-history",
        version: 1,
        keyspaces: &[
            Keyspace { name: RECORDS, large_values: true },
            Keyspace { name: HISTORIES, large_values: false },
            Keyspace { name: ACCOUNTS, large_values: false },
        ],
        receipts: true,
        unit: "account history record(s)",
        legacy: "a history of another implementation",
    };

    fn options(options: &Options) -> &IndexOptions {
        &options.index
    }

    fn directory(options: &Options, context: &Context) -> PathBuf {
        context.path(&options.statedir)
    }

    fn new(options: Options) -> Result<Self, Fatal> {
        let histories = Self::of(options.address_whitelist);
        if !histories.whitelist.is_empty() {
            tracing::info!("Keeping the history of {} address(es)", histories.whitelist.len());
        }
        Ok(histories)
    }

    fn selection(&self) -> String {
        let mut addresses: Vec<String> =
            self.whitelist.iter().map(|address| to_base58(address)).collect();
        addresses.sort();
        addresses.join(" ")
    }

    fn effects(&self, block: &SourceBlock) -> (Effects, Parts) {
        Effects::of(block, &self.whitelist)
    }

    fn count(effects: &Effects) -> u64 {
        effects.count()
    }

    fn commit(
        &self,
        store: &dyn Read,
        leaving: &[Leaving<'_, Effects>],
        batch: &mut WriteBatch,
    ) -> Result<(), Error> {
        let main: Vec<_> = leaving.iter().filter(|block| block.fate == Fate::Main).collect();
        let mut lengths = self.lengths.lock();
        if lengths.len() > REMEMBERED {
            lengths.clear();
        }
        let named: HashSet<&Bytes> = main
            .iter()
            .flat_map(|block| &block.effects.concerned)
            .map(|one| &one.account)
            .collect();
        let unknown: Vec<&Bytes> =
            named.iter().copied().filter(|account| !lengths.contains_key(*account)).collect();
        let keys: Vec<&[u8]> = unknown.iter().map(|account| &account[..]).collect();
        for (account, stored) in unknown.into_iter().zip(store.multi_get(ACCOUNTS, &keys)?) {
            // A copy: the account may be a small piece of something large.
            let own = Bytes::copy_from_slice(account);
            lengths.insert(own, stored.map_or(Ok(0), |bytes| number(&bytes))?);
        }
        for block in main {
            let height = block.topology.height;
            for (place, record) in &block.parts {
                batch.put(RECORDS, record_key(height, *place), record.clone());
            }
            for Concerned { account, places } in &block.effects.concerned {
                let length = lengths.entry(account.clone()).or_default();
                for place in places {
                    let key = history_key(account, *length);
                    batch.put(HISTORIES, key, record_key(height, *place));
                    *length += 1;
                }
            }
        }
        for account in named {
            let length = lengths.get(account).copied().unwrap_or_default();
            batch.put(ACCOUNTS, account.clone(), length.to_be_bytes().to_vec());
        }
        Ok(())
    }

    fn answer(&self, view: &View<'_, Effects>, request: &Bytes) -> Bytes {
        handler::answer(view, request)
    }

    fn digest(
        store: &dyn Read,
        _: &mut dyn FnMut(&[u8]) -> Result<bool, Error>,
        hasher: &mut Hasher,
    ) -> Result<(), Error> {
        [RECORDS, HISTORIES, ACCOUNTS].into_iter().try_for_each(|name| hasher.keyspace(store, name))
    }
}

pub(crate) fn record_key(height: u64, place: u32) -> Vec<u8> {
    [&height.to_be_bytes()[..], &place.to_be_bytes()].concat()
}

/// The number has a fixed length, so no two addresses share a key.
pub(crate) fn history_key(account: &[u8], place: u64) -> Vec<u8> {
    [account, &place.to_be_bytes()].concat()
}

pub(crate) fn number(bytes: &[u8]) -> Result<u64, Error> {
    let bytes = bytes.try_into();
    bytes
        .map(u64::from_be_bytes)
        .map_err(|_| Error::Damaged("the length of a history is unreadable"))
}
