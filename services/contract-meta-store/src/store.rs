//! The records: keyspace `contracts`, contract id -> [`Upload`], the last one.

use std::collections::HashMap;
use std::path::PathBuf;

use bytes::Bytes;
use koinos_index::{
    Error, Fate, Hasher, IndexOptions, Layout, Leaving, Parts, Records, SourceBlock, View,
};
use koinos_kv::{Keyspace, Read, WriteBatch};
use koinos_service::{BasedirRoot, Context, Fatal, Info, processors};
use prost::Message;

use crate::handler;
use crate::record::{Upload, Uploads, uploads};

const CONTRACTS: &str = "contracts";

/// ABIs by contract.
#[derive(Debug)]
pub struct ContractMeta;

impl Records for ContractMeta {
    type Options = IndexOptions;
    type Effects = Uploads;

    const INFO: Info = Info {
        name: "contract_meta_store",
        title: "Koinos Contract Meta Store",
        about: "Keeps the ABIs of the contracts of a Koinos node",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::Home,
        default_jobs: processors,
        min_jobs: 1,
    };

    const LAYOUT: Layout = Layout {
        format: "koinos-contract-meta-store",
        version: 1,
        keyspaces: &[Keyspace { name: CONTRACTS, large_values: false }],
        receipts: true,
        unit: "contract upload(s)",
        legacy: "the ABIs of the Go contract meta store",
    };

    fn options(options: &IndexOptions) -> &IndexOptions {
        options
    }

    fn directory(_: &IndexOptions, context: &Context) -> PathBuf {
        context.data_dir().join("db")
    }

    fn new(_: IndexOptions) -> Result<Self, Fatal> {
        Ok(Self)
    }

    fn effects(&self, block: &SourceBlock) -> (Uploads, Parts) {
        (uploads(block), Parts::new())
    }

    fn count(effects: &Uploads) -> u64 {
        effects.list.len() as u64
    }

    fn commit(
        &self,
        _: &dyn Read,
        leaving: &[Leaving<'_, Uploads>],
        batch: &mut WriteBatch,
    ) -> Result<(), Error> {
        let main = leaving.iter().filter(|block| block.fate == Fate::Main);
        let uploads = main.flat_map(|block| &block.effects.list);
        let last: HashMap<_, _> = uploads.map(|one| (&one.contract, &one.upload)).collect();
        for (contract, upload) in last {
            batch.put(CONTRACTS, contract.clone(), upload.encode_to_vec());
        }
        Ok(())
    }

    fn answer(&self, view: &View<'_, Uploads>, request: &Bytes) -> Bytes {
        handler::answer(view, request)
    }

    fn digest(
        store: &dyn Read,
        _: &mut dyn FnMut(&[u8]) -> Result<bool, Error>,
        hasher: &mut Hasher,
    ) -> Result<(), Error> {
        hasher.keyspace(store, CONTRACTS)
    }
}

/// The last upload of a contract on the branch of the head, and whether it is irreversible.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn last_upload(
    view: &View<'_, Uploads>,
    contract: &Bytes,
) -> Result<Option<(Upload, bool)>, Error> {
    let mut recent = view.main().iter().rev().flat_map(|block| block.effects.list.iter().rev());
    if let Some(found) = recent.find(|one| one.contract == *contract) {
        return Ok(Some((found.upload.clone(), false)));
    }
    let damaged = || Error::Damaged("the record of a contract cannot be read");
    let stored = view.store().get(CONTRACTS, contract)?;
    let stored = stored.map(|bytes| Upload::decode(bytes).map_err(|_| damaged())).transpose()?;
    Ok(stored.map(|upload| (upload, true)))
}
