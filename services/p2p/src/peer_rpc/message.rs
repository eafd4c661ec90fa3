//! The messages of the peer RPC: gorpc's envelope, and the four methods of `PeerRPCService`.
//!
//! A request is a service id and the arguments, a reply a header and the result, each of them a map
//! by Go's field names, one behind the other without any length.

use bytes::Bytes;
use futures_util::io::AsyncRead;

use super::msgpack::{ReadError, Reader, put_array, put_map, put_nil, put_raw, put_uint};

/// The libp2p protocol.
pub const PROTOCOL: &str = "/koinos/peerrpc/1.0.0";
/// The only service there is.
pub const SERVICE: &str = "PeerRPCService";
/// The longest name of service or method, in bytes.
const MAX_NAME: u32 = 256;
/// The longest text of an error that is read.
const MAX_ERROR: u32 = 4_096;
/// The longest id that is read.
const MAX_ID: u32 = 256;
/// The most entries of a map.
const MAX_ENTRIES: u32 = 16;

/// Whose fault an error is (`ErrType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ErrorKind {
    /// The method failed.
    Application = 0,
    /// There is no such service or method.
    Server = 1,
}

/// What is asked of a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// The id of its chain.
    ChainId,
    /// Its head.
    HeadBlock,
    /// The block of a height in the line of another.
    AncestorBlockId {
        /// The block whose line it is.
        parent: Bytes,
        /// The height.
        height: u64,
    },
    /// Blocks in the line of another, in the order of their heights.
    Blocks {
        /// The block whose line it is.
        head: Bytes,
        /// The height of the first.
        start: u64,
        /// How many.
        count: u32,
    },
}

impl Call {
    /// The name of the method.
    pub fn method(&self) -> &'static str {
        match self {
            Self::ChainId => "GetChainID",
            Self::HeadBlock => "GetHeadBlock",
            Self::AncestorBlockId { .. } => "GetAncestorBlockID",
            Self::Blocks { .. } => "GetBlocks",
        }
    }

    /// The request's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(160);
        put_service(&mut out, SERVICE, self.method());
        match self {
            Self::ChainId | Self::HeadBlock => put_map(&mut out, 0),
            Self::AncestorBlockId { parent, height } => {
                put_map(&mut out, 2);
                put_raw(&mut out, b"ParentID");
                put_raw(&mut out, parent);
                put_raw(&mut out, b"ChildHeight");
                put_uint(&mut out, *height);
            }
            Self::Blocks { head, start, count } => {
                put_map(&mut out, 3);
                put_raw(&mut out, b"HeadBlockID");
                put_raw(&mut out, head);
                put_raw(&mut out, b"StartBlockHeight");
                put_uint(&mut out, *start);
                put_raw(&mut out, b"NumBlocks");
                put_uint(&mut out, u64::from(*count));
            }
        }
        out
    }
}

fn put_service(out: &mut Vec<u8>, service: &str, method: &str) {
    put_map(out, 2);
    put_raw(out, b"Name");
    put_raw(out, service.as_bytes());
    put_raw(out, b"Method");
    put_raw(out, method.as_bytes());
}

/// Which method of which service is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceId {
    /// The service.
    pub name: String,
    /// The method.
    pub method: String,
}

async fn read_service_id<R: AsyncRead + Unpin>(
    reader: &mut Reader<R>,
) -> Result<ServiceId, ReadError> {
    let mut id = ServiceId::default();
    for _ in 0..reader.map(MAX_ENTRIES).await? {
        match reader.raw(MAX_NAME).await?.as_slice() {
            b"Name" => id.name = reader.text(MAX_NAME).await?,
            b"Method" => id.method = reader.text(MAX_NAME).await?,
            _ => reader.skip().await?,
        }
    }
    if id.name.len() + id.method.len() > MAX_NAME as usize {
        return Err(ReadError::TooLarge { what: "a service id", limit: u64::from(MAX_NAME) });
    }
    Ok(id)
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// One that can be answered.
    Call(Call),
    /// There is no such service.
    UnknownService(ServiceId),
    /// The service has no such method.
    UnknownMethod(ServiceId),
}

/// Reads a request; of an unknown one only the service id.
///
/// # Errors
/// When the stream fails, or holds something else.
pub async fn read_request<R: AsyncRead + Unpin>(
    reader: &mut Reader<R>,
) -> Result<Request, ReadError> {
    let id = read_service_id(reader).await?;
    if id.name != SERVICE {
        return Ok(Request::UnknownService(id));
    }
    Ok(Request::Call(match id.method.as_str() {
        "GetChainID" => {
            reader.skip().await?;
            Call::ChainId
        }
        "GetHeadBlock" => {
            reader.skip().await?;
            Call::HeadBlock
        }
        "GetAncestorBlockID" => {
            let (mut parent, mut height) = (Vec::new(), 0);
            for _ in 0..reader.map(MAX_ENTRIES).await? {
                match reader.raw(MAX_NAME).await?.as_slice() {
                    b"ParentID" => parent = reader.raw(MAX_ID).await?,
                    b"ChildHeight" => height = reader.uint().await?,
                    _ => reader.skip().await?,
                }
            }
            Call::AncestorBlockId { parent: parent.into(), height }
        }
        "GetBlocks" => {
            let (mut head, mut start, mut count) = (Vec::new(), 0, 0);
            for _ in 0..reader.map(MAX_ENTRIES).await? {
                match reader.raw(MAX_NAME).await?.as_slice() {
                    b"HeadBlockID" => head = reader.raw(MAX_ID).await?,
                    b"StartBlockHeight" => start = reader.uint().await?,
                    b"NumBlocks" => count = reader.uint().await?,
                    _ => reader.skip().await?,
                }
            }
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            Call::Blocks { head: head.into(), start, count }
        }
        _ => return Ok(Request::UnknownMethod(id)),
    }))
}

/// A result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A chain's or a block's id.
    Id(Bytes),
    /// A head.
    Head(Head),
}

/// A peer's head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Its id.
    pub id: Bytes,
    /// Its height.
    pub height: u64,
}

/// The beginning of a reply to `method`: its header.
fn put_header(method: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    put_map(&mut out, 1);
    put_raw(&mut out, b"Service");
    put_service(&mut out, SERVICE, method);
    out
}

/// The beginning of a reply with blocks; each of them follows as a byte string.
pub fn put_blocks_head(count: u32) -> Vec<u8> {
    let mut out = put_header("GetBlocks");
    put_map(&mut out, 1);
    put_raw(&mut out, b"Blocks");
    put_array(&mut out, count);
    out
}

/// The bytes of a reply.
pub fn encode_reply(method: &str, reply: Reply) -> Vec<u8> {
    match reply {
        Reply::Id(id) => {
            let mut out = put_header(method);
            put_map(&mut out, 1);
            put_raw(&mut out, b"ID");
            put_raw(&mut out, &id);
            out
        }
        Reply::Head(head) => {
            let mut out = put_header(method);
            put_map(&mut out, 2);
            put_raw(&mut out, b"ID");
            put_raw(&mut out, &head.id);
            put_raw(&mut out, b"Height");
            put_uint(&mut out, head.height);
            out
        }
    }
}

/// The bytes of a reply that is an error: the header, and the empty result behind it.
pub fn encode_error(id: &ServiceId, text: &str, kind: ErrorKind) -> Vec<u8> {
    let mut out = Vec::with_capacity(128 + text.len());
    put_map(&mut out, if kind == ErrorKind::Application { 2 } else { 3 });
    put_raw(&mut out, b"Service");
    put_service(&mut out, &id.name, &id.method);
    put_raw(&mut out, b"Error");
    put_raw(&mut out, text.as_bytes());
    if kind != ErrorKind::Application {
        put_raw(&mut out, b"ErrType");
        put_uint(&mut out, kind as u64);
        put_nil(&mut out);
        return out;
    }
    match id.method.as_str() {
        "GetHeadBlock" => {
            put_map(&mut out, 2);
            put_raw(&mut out, b"ID");
            put_nil(&mut out);
            put_raw(&mut out, b"Height");
            put_uint(&mut out, 0);
        }
        "GetBlocks" => {
            put_map(&mut out, 1);
            put_raw(&mut out, b"Blocks");
            put_nil(&mut out);
        }
        _ => {
            put_map(&mut out, 1);
            put_raw(&mut out, b"ID");
            put_nil(&mut out);
        }
    }
    out
}

/// Reads the header of a reply: the error in it, if there is one.
///
/// # Errors
/// When the stream fails, or holds something else.
pub async fn read_header<R: AsyncRead + Unpin>(
    reader: &mut Reader<R>,
) -> Result<Option<String>, ReadError> {
    let mut error = String::new();
    for _ in 0..reader.map(MAX_ENTRIES).await? {
        match reader.raw(MAX_NAME).await?.as_slice() {
            b"Error" => error = reader.text(MAX_ERROR).await?,
            _ => reader.skip().await?,
        }
    }
    Ok((!error.is_empty()).then_some(error))
}

/// Reads the result of the methods that give an id, and a height or none.
///
/// # Errors
/// When the stream fails, or holds something else.
pub async fn read_head<R: AsyncRead + Unpin>(reader: &mut Reader<R>) -> Result<Head, ReadError> {
    let mut head = Head::default();
    for _ in 0..reader.map(MAX_ENTRIES).await? {
        match reader.raw(MAX_NAME).await?.as_slice() {
            b"ID" => head.id = reader.raw(MAX_ID).await?.into(),
            b"Height" => head.height = reader.uint().await?,
            _ => reader.skip().await?,
        }
    }
    Ok(head)
}

/// What a list of blocks may be like.
#[derive(Debug, Clone, Copy)]
pub struct BlockLimits {
    /// The most blocks.
    pub count: u32,
    /// The most bytes of one.
    pub bytes: u32,
    /// Reading stops once so many bytes are there.
    pub enough: u64,
}

/// Blocks, perhaps not all that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blocks {
    /// Serialised `koinos.protocol.block`s.
    pub blocks: Vec<Bytes>,
    /// Whether more come that were not read.
    pub more: bool,
}

/// Reads the result of `GetBlocks`.
///
/// # Errors
/// When the stream fails, or holds something else.
pub async fn read_blocks<R: AsyncRead + Unpin>(
    reader: &mut Reader<R>,
    limits: BlockLimits,
) -> Result<Blocks, ReadError> {
    let mut found = Blocks::default();
    let mut bytes = 0;
    for _ in 0..reader.map(MAX_ENTRIES).await? {
        if reader.raw(MAX_NAME).await?.as_slice() != b"Blocks" {
            reader.skip().await?;
            continue;
        }
        let count = reader.array(limits.count).await?;
        found.blocks.clear();
        for at in 1..=count {
            let block = reader.raw(limits.bytes).await?;
            bytes += block.len() as u64;
            found.blocks.push(block.into());
            if bytes >= limits.enough && at < count {
                found.more = true;
                return Ok(found);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
