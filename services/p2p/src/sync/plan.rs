//! What is to be fetched, from whom, and what is there already: ranges of heights that end in known
//! blocks, so that each can come from any peer and be checked by itself.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;
use libp2p::PeerId;

use crate::applicator::BlockId;
use crate::block::{Block, BlockError};

/// Bytes that a range should have.
const RANGE_BYTES: u64 = 2 << 20;
/// The most blocks of a range, that is of a request.
const MOST_BLOCKS: u64 = 500;
/// The fewest.
const FEWEST_BLOCKS: u64 = 10;
/// What a block is thought to have before one was seen, in bytes.
const FIRST_GUESS: f64 = 4_096.0;
/// What a block costs in memory besides its bytes.
const OVERHEAD: u64 = 512;
/// Ranges at a time.
const MOST_RANGES: usize = 32;
/// A request that takes this long is given to somebody else as well.
const PATIENCE: Duration = Duration::from_secs(3);
/// And so many times as long as others took.
const SLOWER: u32 = 4;

/// What a peer can be given.
#[derive(Debug, Clone, Copy)]
pub struct Helper {
    /// The peer.
    pub peer: PeerId,
    /// Up to where it has blocks.
    pub height: u64,
    /// How many more requests it can take.
    pub free: usize,
}

/// A request for the blocks of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Whom to ask.
    pub peer: PeerId,
    /// The last block, in whose line they are.
    pub last: BlockId,
    /// The height of the first.
    pub start: u64,
    /// How many.
    pub count: u32,
}

/// Blocks of a range, checked, and who sent them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The sender.
    pub peer: PeerId,
    /// The blocks in the order of their heights.
    pub blocks: Vec<Block>,
}

#[derive(Debug)]
enum State {
    Open,
    Here(Fetched),
}

#[derive(Debug)]
struct Range {
    start: u64,
    /// The last height.
    end: u64,
    /// The id at the last height, once it is known.
    id: Option<Bytes>,
    state: State,
    asked: Vec<(PeerId, Instant)>,
    /// Who could not deliver it.
    failed: HashSet<PeerId>,
    bytes: u64,
}

impl Range {
    fn count(&self) -> u64 {
        self.end - self.start + 1
    }

    fn is_here(&self) -> bool {
        matches!(self.state, State::Here(_))
    }
}

/// The way to a block.
#[derive(Debug)]
pub struct Plan {
    target: BlockId,
    /// The height of the next range.
    next: u64,
    /// The block below the first range; without id below the first block of all.
    below: Option<Bytes>,
    ranges: VecDeque<Range>,
    memory: u64,
    /// Bytes of a block, as of late.
    average: f64,
    /// Times of the last requests.
    times: VecDeque<Duration>,
}

impl Plan {
    /// The way from `start`, whose parent is `below`, to `target`, with at most `memory` bytes of
    /// blocks at a time.
    pub fn new(start: u64, below: Option<Bytes>, target: BlockId, memory: u64) -> Self {
        Self {
            target,
            next: start,
            below,
            ranges: VecDeque::new(),
            memory,
            average: FIRST_GUESS,
            times: VecDeque::new(),
        }
    }

    /// Whether all blocks have been taken.
    pub fn is_done(&self) -> bool {
        self.ranges.is_empty() && self.next > self.target.height
    }

    /// Bytes that are here, or on their way by guess.
    fn bytes(&self) -> u64 {
        self.ranges.iter().map(|range| range.bytes).sum()
    }

    /// Makes another range if there is room. Returns a height at which the block has to be known
    /// first.
    pub fn extend(&mut self) -> Option<u64> {
        while self.next <= self.target.height && self.ranges.len() < MOST_RANGES {
            let fitting = (RANGE_BYTES as f64 / self.average) as u64;
            let most = fitting.clamp(FEWEST_BLOCKS, MOST_BLOCKS);
            let end = (self.next + most - 1).min(self.target.height);
            let guess = ((self.average as u64) + OVERHEAD) * (end - self.next + 1);
            if !self.ranges.is_empty() && self.bytes() + guess > self.memory {
                return None;
            }
            let id = (end == self.target.height).then(|| self.target.id.clone());
            let ask = id.is_none().then_some(end);
            self.ranges.push_back(Range {
                start: self.next,
                end,
                id,
                state: State::Open,
                asked: Vec::new(),
                failed: HashSet::new(),
                bytes: guess,
            });
            self.next = end + 1;
            if ask.is_some() {
                return ask;
            }
        }
        None
    }

    /// The block at a height that was asked for.
    pub fn known(&mut self, height: u64, id: Bytes) {
        if let Some(range) = self.ranges.iter_mut().find(|range| range.end == height) {
            range.id = Some(id);
        }
    }

    /// The next request: the lowest range that nobody delivers, or one that takes too long.
    pub fn assign(&mut self, helpers: &[Helper], now: Instant) -> Option<Job> {
        let patience = self.patience();
        for range in self.ranges.iter_mut().filter(|range| !range.is_here()) {
            let Some(id) = range.id.clone() else { continue };
            let slow = range.asked.iter().all(|(_, since)| now.duration_since(*since) >= patience);
            if !slow || range.asked.len() > 1 {
                continue;
            }
            let suits = |helper: &&Helper| {
                helper.free > 0
                    && helper.height >= range.end
                    && !range.failed.contains(&helper.peer)
                    && range.asked.iter().all(|(peer, _)| *peer != helper.peer)
            };
            let Some(helper) = helpers.iter().filter(suits).max_by_key(|helper| helper.free) else {
                continue;
            };
            range.asked.push((helper.peer, now));
            return Some(Job {
                peer: helper.peer,
                last: BlockId { id, height: range.end },
                start: range.start,
                count: range.count() as u32,
            });
        }
        None
    }

    fn patience(&self) -> Duration {
        let mut times: Vec<Duration> = self.times.iter().copied().collect();
        times.sort();
        times.get(times.len() / 2).map_or(PATIENCE * 2, |median| PATIENCE.max(*median * SLOWER))
    }

    /// When a request becomes slow, at the latest.
    pub fn look_again(&self) -> Duration {
        self.patience() / 2
    }

    /// Whether somebody else has delivered that already.
    pub fn is_wanted(&self, start: u64) -> bool {
        self.ranges.iter().any(|range| range.start == start && !range.is_here())
    }

    /// The blocks of a range came.
    pub fn fetched(&mut self, start: u64, fetched: Fetched, now: Instant) {
        let Some(range) =
            self.ranges.iter_mut().find(|range| range.start == start && !range.is_here())
        else {
            return;
        };
        let sizes = fetched.blocks.iter().map(|block| block.bytes.len() as u64);
        let bytes: u64 = sizes.sum();
        let count = fetched.blocks.len().max(1) as u64;
        range.bytes = bytes + OVERHEAD * count;
        if let Some((_, since)) = range.asked.iter().find(|(peer, _)| *peer == fetched.peer) {
            self.times.push_back(now.duration_since(*since));
            if self.times.len() > 32 {
                self.times.pop_front();
            }
        }
        range.state = State::Here(fetched);
        self.average = (self.average + bytes as f64 / count as f64) / 2.0;
    }

    /// A peer did not deliver a range. Returns whether others may still: those in `helpers`.
    pub fn failed(&mut self, start: u64, peer: PeerId, helpers: &[Helper]) -> bool {
        let Some(range) = self.ranges.iter_mut().find(|range| range.start == start) else {
            return true;
        };
        range.asked.retain(|(asked, _)| *asked != peer);
        range.failed.insert(peer);
        let end = range.end;
        range.is_here()
            || !range.asked.is_empty()
            || helpers.iter().any(|h| h.height >= end && !range.failed.contains(&h.peer))
    }

    /// The lowest blocks, once they are here.
    ///
    /// # Errors
    /// When they do not follow what is below them: whoever told which blocks to fetch, told wrong.
    pub fn take(&mut self) -> Result<Option<Fetched>, Unlinked> {
        if !self.ranges.front().is_some_and(Range::is_here) {
            return Ok(None);
        }
        let Some(front) = self.ranges.pop_front() else { return Ok(None) };
        let (State::Here(fetched), Some(id)) = (front.state, front.id) else { return Ok(None) };
        let first = fetched.blocks.first();
        if let (Some(below), Some(first)) = (&self.below, first)
            && first.info.previous != below
        {
            return Err(Unlinked(front.start));
        }
        self.below = Some(id);
        Ok(Some(fetched))
    }
}

/// The block of that height does not follow the one below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the block at height {0} does not follow the one below")]
pub struct Unlinked(pub u64);

/// Why blocks are not those that were asked for.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Wrong {
    /// One of them is none.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// There are fewer.
    #[error("{found} blocks came instead of {wanted}")]
    Number {
        /// How many there are.
        found: usize,
        /// How many were asked for.
        wanted: usize,
    },
    /// They are not in a line, or not in the one that was asked for.
    #[error("the block at height {0} is not the one that was asked for")]
    Line(u64),
}

/// Reads serialised blocks that have to be a line from height `start` on.
///
/// # Errors
/// When they are not.
pub fn read_line(
    blocks: Vec<Bytes>,
    start: u64,
    before: Option<&Bytes>,
) -> Result<Vec<Block>, Wrong> {
    let mut line: Vec<Block> = Vec::with_capacity(blocks.len());
    for (height, bytes) in (start..).zip(blocks) {
        let block = Block::read(bytes)?;
        let previous = line.last().map(|block| &block.info.id).or(before);
        let follows = previous.is_none_or(|id| *id == block.info.previous);
        if block.info.height != height || !follows {
            return Err(Wrong::Line(height));
        }
        line.push(block);
    }
    Ok(line)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
