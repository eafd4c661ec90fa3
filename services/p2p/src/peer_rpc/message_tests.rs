//! The worked examples of the protocol, byte by byte.

use super::*;
use futures_util::io::Cursor;
use std::task::{Context, Poll, Waker};

const CHAIN_ID: &str = "1220592bf18654fd07fdf5d500cde3e8402ecf7f81fa5dde8f14527b08bba8805f48";
const HEAD: &str = "12205fd14f5c2d504646bf69e88ef2e8d8db41e60b4ff6c087430a852e286cd2ada0";
const HEIGHT: u64 = 37_280_004;

const NAME: &str = "a44e616d65 ae5065657252504353657276696365 a64d6574686f64";
const GET_CHAIN_ID: &str = "aa476574436861696e4944";
const GET_HEAD_BLOCK: &str = "ac47657448656164426c6f636b";
const GET_ANCESTOR: &str = "b2476574416e636573746f72426c6f636b4944";
const GET_BLOCKS: &str = "a9476574426c6f636b73";

fn bytes(parts: &[&str]) -> Vec<u8> {
    hex::decode(parts.concat().replace(' ', "")).unwrap()
}

fn id(text: &str) -> Bytes {
    hex::decode(text).unwrap().into()
}

fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

fn reader(bytes: &[u8]) -> Reader<Cursor<&[u8]>> {
    Reader::new(Cursor::new(bytes), 1 << 24)
}

/// The request has these bytes, and these bytes are the request.
fn same(call: &Call, wanted: &[u8]) {
    assert_eq!(hex::encode(call.encode()), hex::encode(wanted));
    let mut reader = reader(wanted);
    assert_eq!(now(read_request(&mut reader)).unwrap(), Request::Call(call.clone()));
    assert_eq!(reader.count(), wanted.len() as u64);
}

#[test]
fn requests() {
    same(&Call::ChainId, &bytes(&["82", NAME, GET_CHAIN_ID, "80"]));
    same(&Call::HeadBlock, &bytes(&["82", NAME, GET_HEAD_BLOCK, "80"]));
    same(
        &Call::AncestorBlockId { parent: id(HEAD), height: 37_279_944 },
        &bytes(&[
            "82",
            NAME,
            GET_ANCESTOR,
            "82 a8506172656e744944 da0022",
            HEAD,
            "ab4368696c64486569676874 ce0238d8c8",
        ]),
    );
    same(
        &Call::Blocks { head: id(HEAD), start: 37_279_945, count: 500 },
        &bytes(&[
            "82",
            NAME,
            GET_BLOCKS,
            "83 ab48656164426c6f636b4944 da0022",
            HEAD,
            "b05374617274426c6f636b486569676874 ce0238d8c9 a94e756d426c6f636b73 cd01f4",
        ]),
    );
}

#[test]
fn small_arguments() {
    let small = || id("122001020304");
    let ancestor = Call::AncestorBlockId { parent: small(), height: 42 }.encode();
    let wanted = "82a8506172656e744944a6122001020304ab4368696c644865696768742a";
    assert!(ancestor.ends_with(&bytes(&[wanted])));
    let blocks = Call::Blocks { head: small(), start: 7, count: 3 }.encode();
    let wanted = "83ab48656164426c6f636b4944a6122001020304b05374617274426c6f636b48656967687407\
                  a94e756d426c6f636b7303";
    assert!(blocks.ends_with(&bytes(&[wanted])));
}

#[test]
fn replies_with_ids() {
    let header = "81 a753657276696365 82";
    let wanted = bytes(&[header, NAME, GET_CHAIN_ID, "81 a24944 da0022", CHAIN_ID]);
    assert_eq!(encode_reply("GetChainID", Reply::Id(id(CHAIN_ID))), wanted);
    let mut stream = reader(&wanted);
    assert_eq!(now(read_header(&mut stream)).unwrap(), None);
    let head = Head { id: id(CHAIN_ID), height: 0 };
    assert_eq!(now(read_head(&mut stream)).unwrap(), head);
    assert_eq!(stream.count(), wanted.len() as u64);

    let head = Head { id: id(HEAD), height: HEIGHT };
    let result = "82a24944da0022";
    let height = "a6486569676874ce0238d904";
    let wanted = bytes(&[header, NAME, GET_HEAD_BLOCK, result, HEAD, height]);
    assert_eq!(encode_reply("GetHeadBlock", Reply::Head(head.clone())), wanted);
    let mut stream = reader(&wanted);
    assert_eq!(now(read_header(&mut stream)).unwrap(), None);
    assert_eq!(now(read_head(&mut stream)).unwrap(), head);

    let wanted = bytes(&["81 a24944 da0022", HEAD]);
    let reply = encode_reply("GetAncestorBlockID", Reply::Id(id(HEAD)));
    assert!(reply.ends_with(&wanted));
}

/// A reply with blocks, as the server writes it.
fn blocks_reply(blocks: &[Bytes]) -> Vec<u8> {
    let mut reply = put_blocks_head(blocks.len() as u32);
    for block in blocks {
        put_raw(&mut reply, block);
    }
    reply
}

const LIMITS: BlockLimits = BlockLimits { count: 1_000, bytes: 1 << 20, enough: u64::MAX };

#[test]
fn replies_with_blocks() {
    let blocks = vec![Bytes::from(vec![7; 200]), Bytes::from_static(&[0x0b, 0x0c])];
    let reply = blocks_reply(&blocks);
    let wanted = bytes(&["81 a6426c6f636b73 92 da00c8", &"07".repeat(200), "a20b0c"]);
    assert!(reply.ends_with(&wanted));
    let mut stream = reader(&reply);
    assert_eq!(now(read_header(&mut stream)).unwrap(), None);
    let found = now(read_blocks(&mut stream, LIMITS)).unwrap();
    assert_eq!(found, Blocks { blocks, more: false });

    let many = vec![Bytes::from(vec![1; 70_000]); 500];
    let reply = blocks_reply(&many);
    let start = bytes(&["81 a6426c6f636b73 dc01f4 db00011170 01"]);
    assert!(reply.windows(start.len()).any(|window| window == start));
    let mut stream = Reader::new(Cursor::new(&reply), 1 << 30);
    now(read_header(&mut stream)).unwrap();
    let limits = BlockLimits { enough: 1_000_000, ..LIMITS };
    let found = now(read_blocks(&mut stream, limits)).unwrap();
    // Reading stops once there is enough.
    assert_eq!((found.blocks.len(), found.more), (15, true));

    let none = blocks_reply(&[]);
    assert!(none.ends_with(&bytes(&["81 a6426c6f636b73 90"])));
}

#[test]
fn blocks_have_limits() {
    let reply = |block: Bytes, count| blocks_reply(&vec![block; count]);
    let read = |reply: Vec<u8>| {
        let mut stream = reader(&reply);
        now(read_header(&mut stream)).unwrap();
        now(read_blocks(&mut stream, LIMITS))
    };
    assert!(read(reply(Bytes::from_static(b"x"), 1_000)).is_ok());
    for wrong in
        [reply(Bytes::from_static(b"x"), 1_001), reply(Bytes::from(vec![0; (1 << 20) + 1]), 1)]
    {
        assert!(matches!(read(wrong), Err(ReadError::TooLarge { .. })));
    }
}

#[test]
fn errors() {
    let service = |method: &str| ServiceId { name: SERVICE.to_owned(), method: method.to_owned() };
    let wanted = bytes(&[
        "82 a753657276696365 82",
        NAME,
        GET_CHAIN_ID,
        "a54572726f72 a4626f6f6d 81 a24944 c0",
    ]);
    let error = encode_error(&service("GetChainID"), "boom", ErrorKind::Application);
    assert_eq!(error, wanted);
    assert_eq!(now(read_header(&mut reader(&error))).unwrap().as_deref(), Some("boom"));

    let text = "rpc: can't find method Nope";
    let error = encode_error(&service("Nope"), text, ErrorKind::Server);
    assert_eq!(error[0], 0x83);
    assert!(error.ends_with(&bytes(&["a74572725479706501", "c0"])));
    assert_eq!(now(read_header(&mut reader(&error))).unwrap().as_deref(), Some(text));
}

#[test]
fn readers_are_lenient() {
    // Keys in another order, an unknown one, other families and widths.
    let mut odd = bytes(&["83 a4 6d6f7265 93 01 c0 81 a1 61 a1 62"]);
    put_raw(&mut odd, b"Method");
    odd.extend(b"\xd9\x0bGetBlocks\x00\x00");
    put_raw(&mut odd, b"Name");
    odd.extend(b"\xc4\x0ePeerRPCService");
    let unknown = now(read_request(&mut reader(&odd))).unwrap();
    assert!(matches!(unknown, Request::UnknownMethod(id) if id.method.ends_with('\0')));

    let mut odd = bytes(&["82", NAME, GET_BLOCKS, "84"]);
    put_raw(&mut odd, b"NumBlocks");
    odd.extend([0xd3, 0, 0, 0, 0, 0, 0, 0, 5]);
    put_raw(&mut odd, b"Unknown");
    odd.extend([0xcb, 0, 0, 0, 0, 0, 0, 0, 0]);
    put_raw(&mut odd, b"HeadBlockID");
    odd.extend([0x93, 1, 2, 3]);
    put_raw(&mut odd, b"StartBlockHeight");
    odd.push(0xc0);
    let call = Call::Blocks { head: Bytes::from_static(&[1, 2, 3]), start: 0, count: 5 };
    assert_eq!(now(read_request(&mut reader(&odd))).unwrap(), Request::Call(call));

    let other = bytes(&["82 a44e616d65 a141 a64d6574686f64 a142"]);
    let id = ServiceId { name: "A".to_owned(), method: "B".to_owned() };
    assert_eq!(now(read_request(&mut reader(&other))).unwrap(), Request::UnknownService(id));
}

#[test]
fn names_have_limits() {
    let mut long = Vec::new();
    put_service(&mut long, &"n".repeat(200), &"m".repeat(57));
    assert!(matches!(now(read_request(&mut reader(&long))), Err(ReadError::TooLarge { .. })));
}
