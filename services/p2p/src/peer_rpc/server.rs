//! Answering peers, within limits: a peer that does not read or asks too much loses its stream.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::io::{AsyncWriteExt, BufReader};
use koinos_rpc::BoxFuture;
use libp2p::Stream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::debug;

use super::message::{
    Call, ErrorKind, Head, Reply, Request, SERVICE, ServiceId, encode_error, encode_reply,
    put_blocks_head, read_request,
};
use super::msgpack::{ReadError, Reader, put_raw};
use crate::network::Inbound;

/// How long a request may take to come.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);
/// The longest request, in bytes.
const MAX_REQUEST: u64 = 4 * 1024;
/// How long the peer may take to read a piece of the answer.
const PIECE_LIMIT: Duration = Duration::from_secs(20);
/// How long the peer may take to read all of it.
const ANSWER_LIMIT: Duration = Duration::from_secs(150);
/// How much is written at a time, in bytes.
const PIECE: usize = 64 * 1024;
/// Blocks that are fetched at a time.
const FETCH: u32 = 50;
/// The most blocks that can be asked for: block_store gives no more.
const MOST_BLOCKS: u32 = 1_000;
/// Requests for blocks that are answered at the same time.
const MOST_AT_WORK: usize = 8;

/// What block_store has.
#[derive(Debug, Clone, Default)]
pub struct StoredBlocks {
    /// Serialised blocks, in the order of their heights.
    pub blocks: Vec<Bytes>,
}

/// Where answers come from. Errors are texts for the peer.
pub trait Backend: Send + Sync + 'static {
    /// The id of the chain, from memory.
    fn chain_id(&self) -> Bytes;
    /// The head, from memory.
    fn head(&self) -> Head;
    /// The block of a height in the line of another.
    fn ancestor(&self, parent: Bytes, height: u64) -> BoxFuture<'_, Result<Bytes, String>>;
    /// The height of a block, if it is stored.
    fn height(&self, id: Bytes) -> BoxFuture<'_, Result<Option<u64>, String>>;
    /// Blocks in the line of another, fewer when its end is reached.
    fn blocks(
        &self,
        head: Bytes,
        start: u64,
        count: u32,
    ) -> BoxFuture<'_, Result<StoredBlocks, String>>;
}

/// Answers requests.
#[derive(Clone)]
pub struct Answerer {
    backend: Arc<dyn Backend>,
    at_work: Arc<Semaphore>,
}

/// Why a request was not answered to the end.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the request: {0}")]
    Request(#[from] ReadError),
    #[error("the stream: {0}")]
    Io(#[from] io::Error),
    #[error("the peer is too slow")]
    Slow,
    #[error("in the middle of the answer: {0}")]
    Backend(String),
}

impl Answerer {
    /// Answers from `backend`.
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend, at_work: Arc::new(Semaphore::new(MOST_AT_WORK)) }
    }

    /// Answers the request on a stream in the background.
    pub fn take(&self, inbound: Inbound) {
        let answerer = self.clone();
        tokio::spawn(async move {
            let Inbound { peer, stream, place } = inbound;
            let answered = timeout(ANSWER_LIMIT, answerer.answer(stream)).await;
            match answered.unwrap_or(Err(Failure::Slow)) {
                Ok(method) => {
                    metrics::counter!("koinos_p2p_requests_served_total", "method" => method)
                        .increment(1);
                }
                Err(error) => debug!("A request of peer {peer} was not answered: {error}"),
            }
            drop(place);
        });
    }

    async fn answer(&self, mut stream: Stream) -> Result<&'static str, Failure> {
        let mut reader = Reader::new(BufReader::new(&mut stream), MAX_REQUEST);
        let request = timeout(REQUEST_LIMIT, read_request(&mut reader)).await;
        drop(reader);
        let (method, answer) = match request.map_err(|_| Failure::Slow)?? {
            Request::Call(Call::Blocks { head, start, count }) => {
                self.send_blocks(&mut stream, head, start, count).await?;
                ("GetBlocks", Vec::new())
            }
            Request::Call(call) => (call.method(), self.small(call).await),
            Request::UnknownService(id) => {
                let text = format!("rpc: can't find service {}", id.name);
                ("unknown", encode_error(&id, &text, ErrorKind::Server))
            }
            Request::UnknownMethod(id) => {
                let text = format!("rpc: can't find method {}", id.method);
                ("unknown", encode_error(&id, &text, ErrorKind::Server))
            }
        };
        write(&mut stream, &answer).await?;
        timeout(PIECE_LIMIT, stream.close()).await.map_err(|_| Failure::Slow)??;
        Ok(method)
    }

    async fn small(&self, call: Call) -> Vec<u8> {
        let method = call.method();
        let reply = match call {
            Call::ChainId => Ok(Reply::Id(self.backend.chain_id())),
            Call::HeadBlock => Ok(Reply::Head(self.backend.head())),
            Call::AncestorBlockId { parent, height } => {
                self.backend.ancestor(parent, height).await.map(Reply::Id)
            }
            Call::Blocks { .. } => Err("blocks are sent in pieces".to_owned()),
        };
        match reply {
            Ok(reply) => encode_reply(method, reply),
            Err(text) => refusal(method, &text),
        }
    }

    /// Sends blocks as they are fetched, so that a long answer does not have to be in memory.
    async fn send_blocks(
        &self,
        stream: &mut Stream,
        head: Bytes,
        start: u64,
        count: u32,
    ) -> Result<(), Failure> {
        // The semaphore is never closed.
        let _turn = self.at_work.acquire().await;
        let refuse = |text: String| refusal("GetBlocks", &text);
        let first = match self.backend.blocks(head.clone(), start, count.min(FETCH)).await {
            Ok(first) => first.blocks,
            Err(text) => return write(stream, &refuse(text)).await,
        };
        let total = if first.len() < FETCH as usize {
            first.len() as u32
        } else {
            match self.available(&head, start, count).await {
                Ok(total) => total,
                Err(text) => return write(stream, &refuse(text)).await,
            }
        };
        let mut buffer = put_blocks_head(total);
        let (mut blocks, mut sent) = (first, 0);
        loop {
            for block in blocks.iter().take((total - sent) as usize) {
                put_raw(&mut buffer, block);
                sent += 1;
                if buffer.len() >= PIECE {
                    write(stream, &buffer).await?;
                    buffer.clear();
                }
            }
            if sent == total {
                return write(stream, &buffer).await;
            }
            let (at, want) = (start + u64::from(sent), (total - sent).min(FETCH));
            let next = self.backend.blocks(head.clone(), at, want).await;
            blocks = next.map_err(Failure::Backend)?.blocks;
            if blocks.is_empty() {
                return Err(Failure::Backend(format!("no block of height {at}")));
            }
        }
    }

    /// How many of `count` blocks there are, from `start` on: fewer when the line of `head` ends.
    async fn available(&self, head: &Bytes, start: u64, count: u32) -> Result<u32, String> {
        if count > MOST_BLOCKS {
            return Err(format!("cannot give {count} blocks, at most {MOST_BLOCKS}"));
        }
        let height = self.backend.height(head.clone()).await?.ok_or("the block is not present")?;
        let there = height.saturating_add(1).saturating_sub(start).min(u64::from(count));
        Ok(u32::try_from(there).unwrap_or(count))
    }
}

fn refusal(method: &str, text: &str) -> Vec<u8> {
    let id = ServiceId { name: SERVICE.to_owned(), method: method.to_owned() };
    encode_error(&id, text, ErrorKind::Application)
}

async fn write(stream: &mut Stream, bytes: &[u8]) -> Result<(), Failure> {
    for piece in bytes.chunks(PIECE) {
        timeout(PIECE_LIMIT, stream.write_all(piece)).await.map_err(|_| Failure::Slow)??;
    }
    timeout(PIECE_LIMIT, stream.flush()).await.map_err(|_| Failure::Slow)??;
    Ok(())
}
