//! Stored records (`koinos.block_store.block_record`) and the lists of items made from them.

use bytes::Bytes;
use koinos_rpc::names::MAX_MESSAGE_SIZE;
use prost::encoding::{WireType, encode_key, encode_varint};

use crate::error::Error;
use crate::wire::{Field, fields, put_bytes, put_header};

/// Field numbers of `block_record`; those of `block_item` are the same, without the last.
const ID: u32 = 1;
const HEIGHT: u32 = 2;
const BLOCK: u32 = 3;
const RECEIPT: u32 = 4;
const PREVIOUS: u32 = 5;

/// Space before a list for the headers that are known only at its end.
const HEADROOM: usize = 16;

/// A block as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBlock {
    /// The block's id, a multihash.
    pub id: Bytes,
    /// Its height.
    pub height: u64,
    /// The id of its parent.
    pub previous: Bytes,
    /// The serialised `koinos.protocol.block`.
    pub block: Bytes,
    /// The serialised `koinos.protocol.block_receipt`.
    pub receipt: Option<Bytes>,
}

impl NewBlock {
    /// The record of the block; `ancestors` are the ids its skip list points to.
    pub(crate) fn record(&self, ancestors: &[Bytes]) -> Vec<u8> {
        let receipt_size = self.receipt.as_ref().map_or(0, Bytes::len);
        let size = self.block.len() + receipt_size + 40 * (ancestors.len() + 2);
        let mut record = Vec::with_capacity(size);
        put_bytes(ID, &self.id, &mut record);
        if self.height > 0 {
            encode_key(HEIGHT, WireType::Varint, &mut record);
            encode_varint(self.height, &mut record);
        }
        put_bytes(BLOCK, &self.block, &mut record);
        if let Some(receipt) = &self.receipt {
            put_bytes(RECEIPT, receipt, &mut record);
        }
        for ancestor in ancestors {
            put_bytes(PREVIOUS, ancestor, &mut record);
        }
        record
    }
}

/// Which parts of a block are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// The block itself.
    pub block: bool,
    /// Its receipt.
    pub receipt: bool,
}

impl Parts {
    fn includes(self, field: u32) -> bool {
        match field {
            ID | HEIGHT => true,
            BLOCK => self.block,
            RECEIPT => self.receipt,
            _ => false,
        }
    }
}

/// A stored record, read in place.
pub(crate) struct Record<'a> {
    bytes: &'a [u8],
    fields: Vec<Field>,
}

impl<'a> Record<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        Ok(Self { bytes, fields: fields(bytes)? })
    }

    pub(crate) fn id(&self) -> &'a [u8] {
        let field = self.fields.iter().find(|field| field.number == ID);
        field.map_or(&[], |field| &self.bytes[field.content.clone()])
    }

    pub(crate) fn height(&self) -> u64 {
        self.fields.iter().find(|field| field.number == HEIGHT).map_or(0, |field| field.varint)
    }

    /// The id the skip list has at `index`.
    pub(crate) fn ancestor(&self, index: usize) -> Option<&'a [u8]> {
        let field = self.fields.iter().filter(|field| field.number == PREVIOUS).nth(index)?;
        Some(&self.bytes[field.content.clone()])
    }

    /// Whether the record is of that block and that receipt.
    pub(crate) fn holds(&self, block: &[u8], receipt: Option<&[u8]>) -> bool {
        let content = |number| {
            let field = self.fields.iter().find(|field| field.number == number);
            field.map(|field| &self.bytes[field.content.clone()])
        };
        content(BLOCK) == Some(block) && content(RECEIPT) == receipt
    }

    /// The parts of the record that make its item.
    fn item(&self, parts: Parts) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |field| parts.includes(field.number))
            .map(|field| &self.bytes[field.whole.clone()])
    }

    /// The serialised item.
    pub(crate) fn to_item(&self, parts: Parts) -> Vec<u8> {
        self.item(parts).collect::<Vec<_>>().concat()
    }
}

/// A growing `repeated block_item block_items = 1`, with room for the headers of the messages
/// around it, so that each stored byte is copied once.
#[derive(Debug)]
pub(crate) struct ItemList(Vec<u8>);

impl ItemList {
    const ITEMS: u32 = 1;

    pub(crate) fn new() -> Self {
        Self(vec![0; HEADROOM])
    }

    /// Appends the item of a record.
    pub(crate) fn push_record(&mut self, record: &Record<'_>, parts: Parts) -> Result<(), Error> {
        let size = record.item(parts).map(<[u8]>::len).sum();
        self.reserve(size)?;
        put_header(Self::ITEMS, size, &mut self.0);
        record.item(parts).for_each(|part| self.0.extend_from_slice(part));
        Ok(())
    }

    /// Appends a serialised item.
    pub(crate) fn push_item(&mut self, item: &[u8]) -> Result<(), Error> {
        self.reserve(item.len())?;
        put_bytes(Self::ITEMS, item, &mut self.0);
        Ok(())
    }

    fn reserve(&mut self, item: usize) -> Result<(), Error> {
        match self.0.len() + item + 6 <= MAX_MESSAGE_SIZE {
            true => Ok(()),
            false => Err(Error::TooLarge),
        }
    }

    /// The reply that holds the list in its oneof field `number`.
    pub(crate) fn into_reply(mut self, number: u32) -> Bytes {
        let mut header = Vec::with_capacity(HEADROOM);
        put_header(number, self.0.len() - HEADROOM, &mut header);
        let start = HEADROOM - header.len();
        self.0[start..HEADROOM].copy_from_slice(&header);
        Bytes::from(self.0).slice(start..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koinos_proto::block_store::{BlockItem, BlockRecord};
    use koinos_proto::protocol::{Block, BlockHeader, BlockReceipt};
    use koinos_proto::rpc::block_store::{
        BlockStoreResponse, GetBlocksByIdResponse, block_store_response,
    };
    use prost::Message;

    fn sample() -> (Block, BlockReceipt, NewBlock) {
        let header = BlockHeader { previous: vec![7; 34].into(), height: 5, ..Default::default() };
        let block = Block { id: vec![8; 34].into(), header: Some(header), ..Default::default() };
        let receipt = BlockReceipt { id: vec![8; 34].into(), height: 5, ..Default::default() };
        let new = NewBlock {
            id: block.id.clone(),
            height: 5,
            previous: vec![7; 34].into(),
            block: block.encode_to_vec().into(),
            receipt: Some(receipt.encode_to_vec().into()),
        };
        (block, receipt, new)
    }

    #[test]
    fn records_are_the_protocols_messages() {
        let (block, receipt, new) = sample();
        let ancestors = [Bytes::from(vec![7; 34]), Bytes::new()];
        let expected = BlockRecord {
            block_id: block.id.clone(),
            block_height: 5,
            block: Some(block.clone()),
            receipt: Some(receipt.clone()),
            previous_block_ids: ancestors.to_vec(),
        };
        let bytes = new.record(&ancestors);
        assert_eq!(bytes, expected.encode_to_vec());
        let record = Record::parse(&bytes).unwrap();
        assert_eq!(record.id(), &block.id[..]);
        assert_eq!(record.height(), 5);
        assert_eq!(record.ancestor(0), Some(&[7; 34][..]));
        assert_eq!(record.ancestor(1), Some(&[][..]));
        assert_eq!(record.ancestor(2), None);
    }

    #[test]
    fn lists_are_the_protocols_replies() {
        let (block, receipt, new) = sample();
        let bytes = new.record(&[]);
        let record = Record::parse(&bytes).unwrap();
        for (parts, count) in [((true, true), 300), ((true, false), 1), ((false, false), 2)] {
            let parts = Parts { block: parts.0, receipt: parts.1 };
            let item = BlockItem {
                block_id: block.id.clone(),
                block_height: 5,
                block: parts.block.then(|| block.clone()),
                receipt: parts.receipt.then(|| receipt.clone()),
            };
            let mut list = ItemList::new();
            for _ in 0..count {
                list.push_record(&record, parts).unwrap();
            }
            list.push_item(&[]).unwrap();
            list.push_item(&record.to_item(parts)).unwrap();
            let mut block_items = vec![item.clone(); count];
            block_items.extend([BlockItem::default(), item]);
            let reply = GetBlocksByIdResponse { block_items };
            let expected = BlockStoreResponse {
                response: Some(block_store_response::Response::GetBlocksById(reply)),
            };
            assert_eq!(list.into_reply(3), expected.encode_to_vec());
        }
        assert_eq!(ItemList::new().into_reply(4), [0x22, 0x00][..]);
    }
}
