use super::*;
use koinos_kv::MemoryStore;
use koinos_proto::block_store::{BlockItem, BlockRecord};
use koinos_proto::protocol::{Block, BlockHeader};
use koinos_proto::rpc::block_store::{BlockStoreResponse, block_store_response::Response};

const ALL: Parts = Parts { block: true, receipt: true };

fn memory() -> BlockStore {
    BlockStore::new(Box::new(MemoryStore::new(&[BLOCKS, META]))).unwrap()
}

/// The id of the block at `height` on fork `fork`.
fn id(fork: u8, height: u64) -> Bytes {
    let mut id = ZERO_ID.to_vec();
    id[2] = fork;
    id[26..].copy_from_slice(&height.to_be_bytes());
    id.into()
}

fn block(fork: u8, height: u64, previous: Bytes) -> NewBlock {
    let header = BlockHeader { previous: previous.clone(), height, ..Default::default() };
    let block = Block { id: id(fork, height), header: Some(header), ..Default::default() };
    NewBlock {
        id: id(fork, height),
        height,
        previous,
        block: block.encode_to_vec().into(),
        receipt: Some(Bytes::from_static(b"\x10\x07")),
    }
}

/// A chain from height 1 (or from the parent `base` on another fork) up to `top`.
fn extend(store: &BlockStore, fork: u8, base: (u8, u64), top: u64) {
    let mut previous = if base.1 == 0 { Bytes::from_static(&ZERO_ID) } else { id(base.0, base.1) };
    for height in base.1 + 1..=top {
        store.add(&block(fork, height, previous)).unwrap();
        previous = id(fork, height);
    }
}

fn items(list: ItemList) -> Vec<BlockItem> {
    match BlockStoreResponse::decode(list.into_reply(4)).unwrap().response {
        Some(Response::GetBlocksByHeight(reply)) => reply.block_items,
        other => panic!("{other:?}"),
    }
}

fn heights(store: &BlockStore, head: Bytes, start: u64, count: u32) -> Vec<(u8, u64)> {
    items(store.by_height(head, start, count, ALL).unwrap())
        .iter()
        .map(|item| (item.block_id[2], item.block_height))
        .collect()
}

fn record(store: &BlockStore, id: &[u8]) -> BlockRecord {
    BlockRecord::decode(store.kv.get(BLOCKS, id).unwrap().unwrap()).unwrap()
}

#[test]
fn an_empty_store_has_the_zero_block_as_highest() {
    let highest = memory().highest();
    assert_eq!((highest.height, &highest.id[..]), (0, &ZERO_ID[..]));
}

#[test]
fn skip_lists_lead_to_the_right_ancestors() {
    let store = memory();
    extend(&store, 1, (0, 0), 64);
    for height in 2..=64 {
        let expected: Vec<Bytes> = previous_heights(height)
            .map(|h| if h == 0 { Bytes::from_static(&ZERO_ID) } else { id(1, h) })
            .collect();
        assert_eq!(record(&store, &id(1, height)).previous_block_ids, expected, "{height}");
    }
    assert_eq!(record(&store, &id(1, 1)).previous_block_ids, [&ZERO_ID[..]]);
}

#[test]
fn each_height_is_found_on_each_fork() {
    let store = memory();
    extend(&store, 1, (0, 0), 40);
    extend(&store, 2, (1, 17), 45);
    for start in 1..=45 {
        for count in [1, 2, 7, 1000] {
            let expected: Vec<_> = (start..=45.min(start + u64::from(count) - 1))
                .map(|height| (if height <= 17 { 1 } else { 2 }, height))
                .collect();
            assert_eq!(heights(&store, id(2, 45), start, count), expected);
        }
    }
    // A head below the highest block sees only its own chain.
    assert_eq!(heights(&store, id(1, 20), 16, 10), (16..=20).map(|h| (1, h)).collect::<Vec<_>>());
}

#[test]
fn the_highest_is_the_first_of_its_height_on_any_fork() {
    let store = memory();
    extend(&store, 1, (0, 0), 5);
    extend(&store, 2, (1, 2), 5);
    assert_eq!(store.highest().id, id(1, 5));
    extend(&store, 2, (2, 5), 6);
    assert_eq!(store.highest().id, id(2, 6));
    assert_eq!(store.highest().previous, id(2, 5));
    store.add(&block(1, 3, id(1, 2))).unwrap();
    assert_eq!(store.highest().height, 6);
}

#[test]
fn a_block_whose_ancestors_are_missing_is_refused_when_its_skip_list_needs_them() {
    let store = memory();
    extend(&store, 1, (0, 0), 3);
    let error = store.add(&block(1, 6, id(1, 5))).unwrap_err();
    let hex: String = id(1, 5).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(error.to_string(), format!("Block not present - ID: 0x{hex}"));
    // An odd height has only its parent in the list, and the parent's id is in the header.
    store.add(&block(1, 5, id(1, 4))).unwrap();
    assert_eq!(store.highest().height, 5);
    let error = store.by_height(id(1, 5), 1, 5, ALL).unwrap_err();
    assert!(error.to_string().starts_with("Block not present"), "{error}");
}

#[test]
fn adding_again_changes_nothing_or_replaces() {
    let store = memory();
    extend(&store, 1, (0, 0), 3);
    let mut again = block(1, 2, id(1, 1));
    store.add(&again).unwrap();
    assert_eq!(record(&store, &id(1, 2)).receipt.unwrap().height, 7);
    again.receipt = Some(Bytes::from_static(b"\x10\x08"));
    store.add(&again).unwrap();
    assert_eq!(record(&store, &id(1, 2)).receipt.unwrap().height, 8);
    assert_eq!(store.highest().height, 3);
}

#[test]
fn ids_come_back_in_their_order_with_gaps_empty() {
    let store = memory();
    extend(&store, 1, (0, 0), 3);
    let ids = [id(1, 3), id(9, 9), id(1, 1), Bytes::new(), id(1, 3)];
    let found = items(store.by_ids(&ids, Parts { block: true, receipt: false }).unwrap());
    let heights: Vec<_> = found.iter().map(|item| item.block_height).collect();
    assert_eq!(heights, [3, 0, 1, 0, 3]);
    assert_eq!(found[1], BlockItem::default());
    assert!(found[0].block.is_some() && found[0].receipt.is_none());
}

#[test]
fn limits_and_their_texts() {
    let store = memory();
    extend(&store, 1, (0, 0), 3);
    let text = |result: Result<ItemList, Error>| result.err().unwrap().to_string();
    assert_eq!(
        text(store.by_ids(&vec![Bytes::new(); 1001], ALL)),
        "cannot request more than 1000 blocks"
    );
    assert_eq!(text(store.by_ids(&[], ALL)), "expected field 'block_id' was nil");
    let by_height = |head: Bytes, start, count| text(store.by_height(head, start, count, ALL));
    assert_eq!(by_height(id(1, 3), 1, 1001), "cannot request more than 1000 blocks");
    assert_eq!(by_height(id(1, 3), 0, 1), "ancestor_start_height must be greater than 0");
    assert_eq!(by_height(Bytes::new(), 1, 1), "expected field, 'head_block_id' was nil");
    assert!(by_height(id(9, 9), 1, 1).starts_with("Block not present - ID: 0x12200900"));
    assert_eq!(by_height(id(1, 3), 4, 1), "Block height mismatch");
    assert_eq!(by_height(id(1, 3), u64::MAX, 1000), "Block height mismatch");
    // No blocks wanted: nothing else is looked at.
    assert!(items(store.by_height(Bytes::new(), 0, 0, ALL).unwrap()).is_empty());
}

#[test]
fn inconsistent_records_are_reported() {
    let store = memory();
    extend(&store, 1, (0, 0), 8);
    let mut batch = WriteBatch::new();
    let wrong = BlockRecord { block_height: 99, ..record(&store, &id(1, 4)) };
    batch.put(BLOCKS, id(1, 4), wrong.encode_to_vec());
    store.kv.write(batch, Durability::Sync).unwrap();
    let text = store.by_height(id(1, 8), 3, 6, ALL).err().unwrap().to_string();
    assert_eq!(text, "Unexpected height (corrupt block store?)");
}

#[test]
fn many_writers_at_once_leave_a_whole_chain() {
    let dir = tempfile::tempdir().unwrap();
    let store = BlockStore::open(dir.path(), false).unwrap();
    // Forks of their own, so that no writer waits for another's parent.
    std::thread::scope(|scope| {
        for fork in 1..=8 {
            let store = &store;
            scope.spawn(move || extend(store, fork, (0, 0), 20 + u64::from(fork)));
        }
    });
    assert_eq!(store.highest().id, id(8, 28));
    drop(store);
    let store = BlockStore::open(dir.path(), false).unwrap();
    assert_eq!(store.highest().id, id(8, 28));
    for fork in 1..=8 {
        let top = 20 + u64::from(fork);
        assert_eq!(heights(&store, id(fork, top), 1, 1000).len(), top as usize);
    }
    drop(store);
    let store = BlockStore::open(dir.path(), true).unwrap();
    assert_eq!(store.highest().height, 0);
    assert!(store.by_height(id(8, 28), 1, 1, ALL).is_err());
}
