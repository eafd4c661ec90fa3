//! Reading a history.

use bytes::Bytes;
use koinos_index::{Error, View};

use crate::effects::Effects;
use crate::store::{ACCOUNTS, HISTORIES, RECORDS, history_key, number};

/// Which part of a history is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) account: Bytes,
    /// Where to begin; at the end that `ascending` says if absent.
    pub(crate) start: Option<u64>,
    pub(crate) limit: u64,
    pub(crate) ascending: bool,
    /// Whether what may still change is left out.
    pub(crate) irreversible: bool,
}

/// The history of an account at one moment.
struct History<'a> {
    view: &'a View<'a, Effects>,
    account: Bytes,
    /// How much of it is stored.
    stored: u64,
    /// What comes behind: the blocks, by their places in the order of arrival, and the places of
    /// the records in them.
    recent: Vec<(u64, u32)>,
}

/// A page of a history: places and records. It ends with the history.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn read(view: &View<'_, Effects>, page: Page) -> Result<Vec<(u64, Bytes)>, Error> {
    let history = History::open(view, page.account, page.irreversible)?;
    let length = history.stored + history.recent.len() as u64;
    let newest = length.saturating_sub(1);
    let start = page.start.unwrap_or(if page.ascending { 0 } else { newest });
    if start >= length || page.limit == 0 {
        return Ok(Vec::new());
    }
    let places: Vec<u64> = if page.ascending {
        (start..length.min(start.saturating_add(page.limit))).collect()
    } else {
        ((start + 1).saturating_sub(page.limit)..=start).rev().collect()
    };
    let records = history.records(&places)?;
    Ok(places.into_iter().zip(records).collect())
}

impl<'a> History<'a> {
    fn open(
        view: &'a View<'a, Effects>,
        account: Bytes,
        irreversible: bool,
    ) -> Result<Self, Error> {
        let stored = view.store().get(ACCOUNTS, &account)?;
        let stored = stored.map_or(Ok(0), |bytes| number(&bytes))?;
        let mut recent = Vec::new();
        for block in view.main().iter().filter(|_| !irreversible) {
            let places = block.effects.places(&account).iter();
            recent.extend(places.map(|place| (block.sequence, *place)));
        }
        Ok(Self { view, account, stored, recent })
    }

    fn records(&self, places: &[u64]) -> Result<Vec<Bytes>, Error> {
        let store = self.view.store();
        let below = places.iter().filter(|place| **place < self.stored);
        let keys: Vec<_> = below.map(|place| history_key(&self.account, *place)).collect();
        let slices: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let keys = all(store.multi_get(HISTORIES, &slices)?)?;
        let slices: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
        let mut stored = all(store.multi_get(RECORDS, &slices)?)?.into_iter();
        let above = places.iter().filter_map(|place| place.checked_sub(self.stored));
        let above = above.filter_map(|place| self.recent.get(usize::try_from(place).ok()?));
        let mut recent = all(self.view.parts(&above.copied().collect::<Vec<_>>())?)?.into_iter();
        let record = |place: &u64| match *place < self.stored {
            true => stored.next(),
            false => recent.next(),
        };
        all(places.iter().map(record).collect())
    }
}

fn all(found: Vec<Option<Bytes>>) -> Result<Vec<Bytes>, Error> {
    let missing = || Error::Damaged("unable to find account history record");
    found.into_iter().map(|record| record.ok_or_else(missing)).collect()
}
