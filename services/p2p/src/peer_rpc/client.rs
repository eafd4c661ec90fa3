//! Asking peers.

use std::time::Duration;

use bytes::Bytes;
use futures_util::io::AsyncWriteExt;
use libp2p::{PeerId, Stream};

use super::message::{BlockLimits, Blocks, Call, Head, read_blocks, read_head, read_header};
use super::msgpack::{ReadError, Reader};
use crate::network::{Network, OpenError};
use crate::score::Fault;

/// How long a small call may take.
const LIMIT: Duration = Duration::from_secs(6);
/// The longest small reply, in bytes.
const SMALL: u64 = 8 * 1024;
/// The largest block that is taken, in bytes.
const LARGEST_BLOCK: u32 = 16 << 20;
/// The most blocks of a reply.
const MOST_BLOCKS: u32 = 1_000;

/// Why a peer gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// There was no stream.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It took too long.
    #[error("no answer to {method} within {seconds} s")]
    Timeout {
        /// What was asked.
        method: &'static str,
        /// How long it might take.
        seconds: u64,
    },
    /// The answer cannot be read.
    #[error("cannot read the answer to {method}: {source}")]
    Read {
        /// What was asked.
        method: &'static str,
        /// Why not.
        source: ReadError,
    },
    /// The peer refused.
    #[error("{method} was refused: {text:?}")]
    Remote {
        /// What was asked.
        method: &'static str,
        /// Its words.
        text: String,
    },
}

impl CallError {
    /// What it costs the peer. A connection that breaks is no fault.
    pub fn fault(&self) -> Option<Fault> {
        match self {
            Self::Open(OpenError::NotConnected | OpenError::Io(_))
            | Self::Read { source: ReadError::Io(_), .. } => None,
            Self::Open(OpenError::Timeout) | Self::Timeout { .. } => Some(Fault::PeerRpcTimeout),
            Self::Open(OpenError::Unsupported) | Self::Read { .. } | Self::Remote { .. } => {
                Some(Fault::PeerRpc)
            }
        }
    }
}

/// Asks peers.
#[derive(Clone)]
pub struct PeerRpc(Network);

impl PeerRpc {
    /// Asks over `network`.
    pub fn new(network: Network) -> Self {
        Self(network)
    }

    /// The id of the peer's chain.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn chain_id(&self, peer: PeerId) -> Result<Bytes, CallError> {
        Ok(self.small(peer, Call::ChainId).await?.id)
    }

    /// The peer's head.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn head(&self, peer: PeerId) -> Result<Head, CallError> {
        self.small(peer, Call::HeadBlock).await
    }

    /// The id of the block of `height` in the line of `parent`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ancestor(
        &self,
        peer: PeerId,
        parent: Bytes,
        height: u64,
    ) -> Result<Bytes, CallError> {
        Ok(self.small(peer, Call::AncestorBlockId { parent, height }).await?.id)
    }

    /// Blocks in the line of `head` from height `start` on: `count` of them, or fewer when `enough`
    /// bytes are there before.
    ///
    /// # Errors
    /// When there is no answer within `limit`.
    pub async fn blocks(
        &self,
        peer: PeerId,
        (head, start, count): (Bytes, u64, u32),
        enough: u64,
        limit: Duration,
    ) -> Result<Blocks, CallError> {
        let call = Call::Blocks { head, start, count };
        let method = call.method();
        // One block more than enough, and what is around them.
        let most = enough + u64::from(LARGEST_BLOCK) + 16 * u64::from(MOST_BLOCKS) + SMALL;
        let limits = BlockLimits { count: MOST_BLOCKS, bytes: LARGEST_BLOCK, enough };
        let work = async {
            let mut stream = self.ask(peer, &call).await?;
            let mut reader = Reader::new(futures_util::io::BufReader::new(&mut stream), most);
            check(method, read_header(&mut reader).await)?;
            let blocks = read_blocks(&mut reader, limits).await;
            let blocks = blocks.map_err(|source| CallError::Read { method, source })?;
            if !blocks.more {
                finish(stream);
            }
            Ok(blocks)
        };
        within(method, limit, work).await
    }

    async fn small(&self, peer: PeerId, call: Call) -> Result<Head, CallError> {
        let method = call.method();
        let work = async {
            let mut stream = self.ask(peer, &call).await?;
            let mut reader = Reader::new(futures_util::io::BufReader::new(&mut stream), SMALL);
            check(method, read_header(&mut reader).await)?;
            let head = read_head(&mut reader).await;
            let head = head.map_err(|source| CallError::Read { method, source })?;
            finish(stream);
            Ok(head)
        };
        within(method, LIMIT, work).await
    }

    /// Sends a request. The way of the request stays open: the original takes its end for giving up.
    async fn ask(&self, peer: PeerId, call: &Call) -> Result<Stream, CallError> {
        let mut stream = self.0.open(peer).await?;
        let failed = |error: std::io::Error| OpenError::Io(error.to_string());
        stream.write_all(&call.encode()).await.map_err(failed)?;
        stream.flush().await.map_err(failed)?;
        Ok(stream)
    }
}

fn check(method: &'static str, header: Result<Option<String>, ReadError>) -> Result<(), CallError> {
    match header {
        Ok(None) => Ok(()),
        Ok(Some(text)) => Err(CallError::Remote { method, text }),
        Err(source) => Err(CallError::Read { method, source }),
    }
}

/// Ends a stream in good order. One that is dropped instead is reset.
fn finish(mut stream: Stream) {
    tokio::spawn(async move {
        let closed = tokio::time::timeout(LIMIT, stream.close()).await;
        tracing::trace!("a stream was closed: {closed:?}");
    });
}

async fn within<T>(
    method: &'static str,
    limit: Duration,
    work: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    let seconds = limit.as_secs();
    let limited = tokio::time::timeout(limit, work).await;
    limited.unwrap_or(Err(CallError::Timeout { method, seconds }))
}
