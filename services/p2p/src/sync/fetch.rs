//! Fetching the blocks of a range from a peer.

use std::time::Duration;

use koinos_service::blocking;

use super::plan::{Fetched, Job, Wrong, read_line};
use crate::block::BlockError;
use crate::peer_rpc::{CallError, PeerRpc};
use crate::score::Fault;

/// How long a peer may take for the blocks of a request.
const LIMIT: Duration = Duration::from_secs(60);
/// Reading stops when so many bytes are there; the rest is asked for again.
const ENOUGH: u64 = 8 << 20;

/// Why a range was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The peer gave no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Or a wrong one.
    #[error(transparent)]
    Wrong(#[from] Wrong),
}

impl FetchError {
    /// What it costs the peer. One that is not the `guide` may not have the blocks, which is no fault.
    pub fn fault(&self, is_guide: bool) -> Option<Fault> {
        match self {
            Self::Call(CallError::Remote { .. }) if !is_guide => None,
            Self::Call(error) => error.fault(),
            Self::Wrong(Wrong::Block(BlockError::Malformed(_))) => Some(Fault::Deserialization),
            Self::Wrong(Wrong::Block(_)) => Some(Fault::InvalidBlock),
            Self::Wrong(Wrong::Number { .. } | Wrong::Line(_)) => Some(Fault::PeerRpc),
        }
    }
}

/// Fetches and checks the blocks of a job, in as many requests as their size needs.
pub async fn fetch(rpc: PeerRpc, job: Job) -> Result<Fetched, FetchError> {
    let wanted = job.count as usize;
    let mut line = Vec::with_capacity(wanted);
    while line.len() < wanted {
        let at = job.start + line.len() as u64;
        let count = (wanted - line.len()) as u32;
        let asked = (job.last.id.clone(), at, count);
        let reply = rpc.blocks(job.peer, asked, ENOUGH, LIMIT).await?;
        let (found, more) = (reply.blocks.len(), reply.more);
        if found == 0 || found > count as usize || (found < count as usize && !more) {
            return Err(Wrong::Number { found, wanted: count as usize }.into());
        }
        let before = line.last().map(|block: &crate::block::Block| block.info.id.clone());
        // Hashing many blocks takes a while.
        line.extend(blocking(move || read_line(reply.blocks, at, before.as_ref())).await?);
    }
    if line.last().is_none_or(|block| block.info.id != job.last.id) {
        return Err(Wrong::Line(job.last.height).into());
    }
    Ok(Fetched { peer: job.peer, blocks: line })
}
