//! The records: keyspace `transactions`, id -> [`Record`].

use std::collections::HashMap;
use std::path::PathBuf;

use bytes::Bytes;
use koinos_codec::wire;
use koinos_index::{
    Error, Hasher, IndexOptions, Layout, Leaving, Parts, Records, SourceBlock, View,
};
use koinos_kv::{Direction, Keyspace, Read, WriteBatch};
use koinos_service::{BasedirRoot, Context, Fatal, Info, processors};
use prost::Message;

use crate::handler;
use crate::record::{Containing, Record};

const TRANSACTIONS: &str = "transactions";
/// Field of `koinos.protocol.transaction`.
const ID: u32 = 1;

/// Transactions by id.
#[derive(Debug)]
pub struct Transactions;

/// The transactions of a block.
#[derive(Clone, PartialEq, Message)]
pub struct Contained {
    /// In their order.
    #[prost(message, repeated, tag = "1")]
    transactions: Vec<Transaction>,
}

/// A transaction of a block.
#[derive(Clone, PartialEq, Message)]
struct Transaction {
    #[prost(bytes = "bytes", tag = "1")]
    id: Bytes,
    /// `koinos.protocol.transaction`.
    #[prost(bytes = "bytes", tag = "2")]
    content: Bytes,
}

impl Records for Transactions {
    type Options = IndexOptions;
    type Effects = Contained;

    const INFO: Info = Info {
        name: "transaction_store",
        title: "Koinos Transaction Store",
        about: "Finds the transactions of a Koinos node by their ids",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::Home,
        default_jobs: processors,
        min_jobs: 1,
    };

    const LAYOUT: Layout = Layout {
        format: "koinos-transaction-store",
        version: 1,
        keyspaces: &[Keyspace { name: TRANSACTIONS, large_values: true }],
        receipts: false,
        unit: "transaction(s)",
        legacy: "the transactions of the Go transaction store",
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

    fn effects(&self, block: &SourceBlock) -> (Contained, Parts) {
        let with_id = |content| Transaction { id: wire::field_bytes(&content, ID), content };
        // Nobody can ask for one without id.
        let transactions = block.transactions().map(with_id).filter(|one| !one.id.is_empty());
        (Contained { transactions: transactions.collect() }, Parts::new())
    }

    fn count(effects: &Contained) -> u64 {
        effects.transactions.len() as u64
    }

    fn commit(
        &self,
        store: &dyn Read,
        leaving: &[Leaving<'_, Contained>],
        batch: &mut WriteBatch,
    ) -> Result<(), Error> {
        let transactions = leaving.iter().flat_map(|block| &block.effects.transactions);
        let ids: Vec<&[u8]> = transactions.map(|transaction| &transaction.id[..]).collect();
        let mut records = HashMap::with_capacity(ids.len());
        let mut result = Ok(());
        store.multi_get_with(TRANSACTIONS, &ids, &mut |index, stored| {
            if let (Some(stored), Ok(())) = (stored, &result) {
                match read(Bytes::copy_from_slice(stored)) {
                    Ok(record) => drop(records.insert(ids[index], record)),
                    Err(error) => result = Err(error),
                }
            }
        })?;
        result?;
        for block in leaving {
            for Transaction { id, content } in &block.effects.transactions {
                let record = records.entry(id).or_insert_with(|| Record::new(content.clone()));
                record.add(block.topology, block.sequence);
            }
        }
        for (id, record) in records {
            batch.put(TRANSACTIONS, Bytes::copy_from_slice(id), record.encode_to_vec());
        }
        Ok(())
    }

    fn answer(&self, view: &View<'_, Contained>, request: &Bytes) -> Bytes {
        handler::answer(view, request)
    }

    fn digest(
        store: &dyn Read,
        is_orphan: &mut dyn FnMut(&[u8]) -> Result<bool, Error>,
        hasher: &mut Hasher,
    ) -> Result<(), Error> {
        for entry in store.entries(TRANSACTIONS, &[], Direction::Up)? {
            let (id, value) = entry?;
            let mut record = read(value)?;
            let mut kept = Vec::with_capacity(1);
            for block in std::mem::take(&mut record.blocks) {
                if !is_orphan(&block.id)? {
                    // When it came is nobody else's business.
                    kept.push(Containing { sequence: 0, ..block });
                }
            }
            record.blocks = kept;
            if !record.blocks.is_empty() {
                hasher.record(TRANSACTIONS, &id, &record.encode_to_vec());
            }
        }
        Ok(())
    }
}

fn read(bytes: Bytes) -> Result<Record, Error> {
    Record::decode(bytes).map_err(|_| Error::Damaged("the record of a transaction cannot be read"))
}

/// The transactions with these ids, in that order; `None` for one that no block has.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn find(
    view: &View<'_, Contained>,
    ids: &[Bytes],
) -> Result<Vec<Option<Record>>, Error> {
    let keys: Vec<&[u8]> = ids.iter().map(|id| &id[..]).collect();
    let stored = view.store().multi_get(TRANSACTIONS, &keys)?;
    let stored = stored.into_iter().map(|bytes| bytes.map(read).transpose());
    let mut found = stored.collect::<Result<Vec<_>, Error>>()?;
    let mut places: HashMap<&Bytes, Vec<usize>> = HashMap::with_capacity(ids.len());
    for (place, id) in ids.iter().enumerate() {
        places.entry(id).or_default().push(place);
    }
    for block in view.by_arrival() {
        for Transaction { id, content } in &block.effects.transactions {
            for place in places.get(id).into_iter().flatten() {
                let record = found[*place].get_or_insert_with(|| Record::new(content.clone()));
                record.add(&block.topology, block.sequence);
            }
        }
    }
    Ok(found)
}
