use super::*;
use koinos_kv::MemoryStore;
use koinos_proto::protocol::{BlockHeader, StateDeltaEntry};
use koinos_proto::rpc::block_store::{BlockStoreResponse, GetHighestBlockRequest};
use koinos_testkit::memory::{self, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn store() -> BlockStore {
    BlockStore::new(Box::new(MemoryStore::new(&["blocks", "meta"]))).unwrap()
}

fn block(height: u64) -> Block {
    let header =
        BlockHeader { height, previous: vec![height as u8 - 1; 34].into(), ..Default::default() };
    Block { id: vec![height as u8; 34].into(), header: Some(header), ..Default::default() }
}

fn ask(store: &BlockStore, request: &[u8]) -> Result<Response, String> {
    let reply = answer(store, &Bytes::copy_from_slice(request));
    match BlockStoreResponse::decode(reply).unwrap().response.unwrap() {
        Response::Error(error) => Err(error.message),
        reply => Ok(reply),
    }
}

fn call(store: &BlockStore, call: Request) -> Result<Response, String> {
    ask(store, &Service::request(call).encode_to_vec())
}

fn add(block_to_add: Option<Block>, receipt_to_add: Option<BlockReceipt>) -> Request {
    Request::AddBlock(AddBlockRequest { block_to_add, receipt_to_add })
}

#[test]
fn requests_that_make_no_sense_get_their_texts() {
    let store = store();
    assert_eq!(ask(&store, &[]).unwrap_err(), "expected request was nil");
    // A oneof field of the future.
    assert_eq!(ask(&store, &[0x7a, 0x00]).unwrap_err(), "expected request was nil");
    assert_eq!(call(&store, Service::ping()).unwrap_err(), "unknown request");
    for malformed in [&[0x22][..], &[0x22, 0x05, 0x01], &[0xff; 12]] {
        assert_eq!(
            ask(&store, malformed).unwrap_err(),
            "proto: cannot parse invalid wire-format data"
        );
    }
    assert_eq!(call(&store, add(None, None)).unwrap_err(), "cannot add empty optional block");
    let no_id = Block { id: Bytes::new(), ..block(1) };
    assert_eq!(call(&store, add(Some(no_id), None)).unwrap_err(), "block id must not be nil");
    let no_header = Block { header: None, ..block(1) };
    assert_eq!(
        call(&store, add(Some(no_header), None)).unwrap_err(),
        "block header must not be nil"
    );
}

#[test]
fn a_block_comes_back_with_every_byte_it_came_with() {
    let store = store();
    // An unknown field inside the block, and the block's fields out of order.
    let mut bytes = vec![0xfa, 0x3f, 0x03, b'n', b'e', b'w'];
    bytes.extend(block(1).encode_to_vec());
    let mut inner = Vec::new();
    wire::put_bytes(2, &[0x10, 0x01], &mut inner);
    wire::put_bytes(1, &bytes, &mut inner);
    let mut request = Vec::new();
    wire::put_bytes(4, &inner, &mut request);
    assert!(matches!(ask(&store, &request), Ok(Response::AddBlock(_))));

    let wanted = GetBlocksByIdRequest {
        block_ids: vec![block(1).id],
        return_block: true,
        return_receipt: true,
    };
    let request = Service::request(Request::GetBlocksById(wanted)).encode_to_vec();
    let reply = answer(&store, &request.into());
    assert!(reply.windows(bytes.len()).any(|window| window == bytes));
}

#[test]
fn a_block_in_two_pieces_is_put_together() {
    let store = store();
    let whole = block(1);
    let (mut head, mut tail) = (whole.clone(), whole.clone());
    head.header = None;
    tail.id = Bytes::new();
    let mut inner = Vec::new();
    wire::put_bytes(1, &head.encode_to_vec(), &mut inner);
    wire::put_bytes(1, &tail.encode_to_vec(), &mut inner);
    let mut request = Vec::new();
    wire::put_bytes(4, &inner, &mut request);
    ask(&store, &request).unwrap();
    assert_eq!(stored(&store, &whole.id), whole);
}

fn stored(store: &BlockStore, id: &Bytes) -> Block {
    let wanted = GetBlocksByIdRequest {
        block_ids: vec![id.clone()],
        return_block: true,
        return_receipt: false,
    };
    match call(store, Request::GetBlocksById(wanted)).unwrap() {
        Response::GetBlocksById(mut reply) => reply.block_items.remove(0).block.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn broadcasts_store_like_requests() {
    let store = store();
    let accepted = BlockAccepted { block: Some(block(1)), ..Default::default() };
    let broadcast = accepted.encode_to_vec().into();
    assert_eq!(take_in(&store, &broadcast).unwrap(), 1);
    assert_eq!(stored(&store, &block(1).id), block(1));
    let Ok(Response::GetHighestBlock(highest)) =
        call(&store, Request::GetHighestBlock(GetHighestBlockRequest {}))
    else {
        panic!("no highest block");
    };
    assert_eq!(highest.topology.unwrap().height, 1);
    assert!(take_in(&store, &Bytes::from_static(b"\xff")).is_err());
}

#[test]
fn a_block_that_is_stored_is_not_read_again() {
    let store = store();
    let logs = vec![Bytes::from(vec![b'x'; 4 << 10]); 1 << 12];
    let receipt = Some(BlockReceipt { logs, ..Default::default() });
    let accepted = BlockAccepted { block: Some(block(1)), receipt, ..Default::default() };
    let broadcast = Bytes::from(accepted.encode_to_vec());
    assert_eq!(take_in(&store, &broadcast).unwrap(), 1);
    let (height, allocated) = memory::allocated(|| take_in(&store, &broadcast));
    assert_eq!(height.unwrap(), 1);
    // The storage may copy what it has once.
    assert!(allocated < broadcast.len() + (64 << 10), "{allocated} bytes");
    // With another receipt it is stored again.
    let other = BlockAccepted { receipt: Some(BlockReceipt::default()), ..accepted };
    assert_eq!(take_in(&store, &other.encode_to_vec().into()).unwrap(), 1);
    assert!(!store.has(&block(1).id, &block(1).encode_to_vec(), None).unwrap());
    assert!(store.has(&block(1).id, &block(1).encode_to_vec(), Some(&[])).unwrap());
}

#[test]
fn a_large_receipt_is_not_decoded() {
    let store = store();
    let entry = StateDeltaEntry { key: vec![1; 8].into(), ..Default::default() };
    let transaction = |entries| TransactionReceipt {
        state_delta_entries: vec![entry.clone(); entries],
        ..Default::default()
    };
    let transaction_receipts = (0..400).map(transaction).collect();
    let receipt = Some(BlockReceipt { transaction_receipts, ..Default::default() });
    let call = Service::request(add(Some(block(1)), receipt.clone())).encode_to_vec();
    let (reply, most) = memory::most(|| ask(&store, &call));
    assert!(matches!(reply, Ok(Response::AddBlock(_))));
    // The call, the record made of it, and what the store keeps in memory here.
    let decoded = 400 * 400 / 2 * size_of::<StateDeltaEntry>();
    assert!(most < 4 * call.len() && 4 * call.len() < decoded, "{most} bytes");
    let receipt = receipt.map(|receipt| receipt.encode_to_vec());
    let stored = store.has(&block(1).id, &block(1).encode_to_vec(), receipt.as_deref());
    assert!(stored.unwrap());
}

#[test]
fn faults_in_receipts_are_found_in_every_part_of_them() {
    let store = store();
    // A number where a message has to be: in the receipt, in one of a transaction, in its delta.
    let mut of_transaction = Vec::new();
    wire::put_bytes(12, &[0x0a, 0x05, 0x01], &mut of_transaction);
    let mut in_transaction = Vec::new();
    wire::put_bytes(8, &of_transaction, &mut in_transaction);
    let mut in_event = Vec::new();
    wire::put_bytes(7, &[0xff], &mut in_event);
    for receipt in [&[0x40, 0x01][..], &[0x42, 0x01, 0xff], &in_transaction, &in_event, &[0xff]] {
        let mut call = Vec::new();
        wire::put_bytes(1, &block(1).encode_to_vec(), &mut call);
        wire::put_bytes(2, receipt, &mut call);
        assert!(BlockReceipt::decode(receipt).is_err());
        assert!(matches!(take_in(&store, &call.clone().into()), Err(Error::Malformed)));
        let mut request = Vec::new();
        wire::put_bytes(4, &call, &mut request);
        let refused = ask(&store, &request).unwrap_err();
        assert_eq!(refused, "proto: cannot parse invalid wire-format data", "{receipt:?}");
    }
    assert_eq!(store.highest().height, 0);
}

proptest::proptest! {
    #[test]
    fn whatever_comes_gets_a_reply(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
    ) {
        let reply = answer(&store(), &bytes.into());
        proptest::prop_assert!(BlockStoreResponse::decode(reply).unwrap().response.is_some());
    }
}
