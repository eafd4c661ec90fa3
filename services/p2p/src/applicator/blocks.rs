//! Blocks on their way into the chain: each after its parent, one behind the other, bounded.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Outcome, Refusal, Verdict};
use crate::block::{Block, BlockInfo};
use crate::watchdog::Watchdog;

/// Blocks with the chain at a time: one is executed while the next one waits for it.
const WINDOW: usize = 2;
/// The second one follows when the first has surely arrived, so that they are not mixed up: after this
/// time at the earliest, and later where one has overtaken another. `koinos-chain` takes blocks in the
/// order in which they are delivered to it. But the original handles requests in any order, several
/// chains may share the queue, and a large block goes to the broker by another way than a small one.
const STAGGER: Duration = Duration::from_micros(500);
/// And after this at the latest.
const LONGEST_STAGGER: Duration = Duration::from_millis(50);
/// Times a block is submitted again because its parent was not yet there, but is now (see
/// [`STAGGER`]).
const MOST_TRIES: u32 = 5;
/// What a block costs in memory besides its bytes.
const OVERHEAD: usize = 512;
/// A block may be so far ahead of the clock that the chain would take it, in milliseconds.
const AHEAD_MS: u64 = 4_000;
/// A block further ahead than this is not waited for.
const MOST_AHEAD_MS: u64 = 60_000;

/// Bounds.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most blocks that wait.
    pub blocks: usize,
    /// The most bytes that wait.
    pub bytes: usize,
    /// How far above the highest block a gossiped one may be.
    pub height_delta: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { blocks: 2_500, bytes: 64 << 20, height_delta: 60 }
    }
}

/// Where a block comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A peer was asked for it: it comes in order.
    Sync,
    /// It was heard of.
    Gossip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// For its parent, or for its turn.
    Waiting,
    /// The chain does not know its parent.
    Parked,
    /// With the chain.
    InFlight,
}

struct Entry<W> {
    block: Block,
    waiters: Vec<W>,
    state: State,
    source: Source,
    tries: u32,
}

/// The waiters that an event answers.
pub type Answers<W> = Vec<(W, Outcome)>;

/// The blocks that wait. `W` is whoever wants to know what comes of one.
pub struct Blocks<W> {
    limits: Limits,
    watchdog: Watchdog,
    entries: HashMap<Bytes, Entry<W>>,
    children: HashMap<Bytes, HashSet<Bytes>>,
    heights: BTreeSet<(u64, Bytes)>,
    /// Whose turn it is, the lowest first.
    ready: BTreeSet<(u64, Bytes)>,
    /// In the order of their submission.
    in_flight: VecDeque<(Bytes, Instant)>,
    stagger: Duration,
    /// Blocks that the chain has, from the irreversible one on.
    applied: HashSet<Bytes>,
    applied_heights: BTreeMap<u64, Vec<Bytes>>,
    irreversible: u64,
    highest: u64,
    bytes: usize,
}

impl<W> Blocks<W> {
    /// Nothing waits.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            watchdog: Watchdog::default(),
            entries: HashMap::new(),
            children: HashMap::new(),
            heights: BTreeSet::new(),
            ready: BTreeSet::new(),
            in_flight: VecDeque::new(),
            stagger: STAGGER,
            applied: HashSet::new(),
            applied_heights: BTreeMap::new(),
            irreversible: 0,
            highest: 0,
            bytes: 0,
        }
    }

    /// Blocks that wait, and their bytes.
    pub fn size(&self) -> (usize, usize) {
        (self.entries.len(), self.bytes)
    }

    /// Takes a block in. The waiter is answered at once if the block is known or refused.
    pub fn offer(&mut self, block: Block, source: Source, now_ms: u64, waiter: W) -> Answers<W> {
        let info = &block.info;
        if self.applied.contains(&info.id) {
            return vec![(waiter, Ok(()))];
        }
        if let Some(entry) = self.entries.get_mut(&info.id) {
            entry.waiters.push(waiter);
            if source == Source::Sync {
                entry.source = source;
            }
            return Vec::new();
        }
        if let Err(refusal) = self.check(info, source, now_ms, block.bytes.len()) {
            return vec![(waiter, Err(refusal))];
        }
        let (id, height, previous) = (info.id.clone(), info.height, info.previous.clone());
        let is_orphan = !self.entries.contains_key(&previous);
        // The chain may know a parent that is not known here.
        let may_link = height <= self.highest.saturating_add(1) || source == Source::Sync;
        if self.applied.contains(&previous) || (is_orphan && may_link) {
            self.ready.insert((height, id.clone()));
        }
        self.bytes += block.bytes.len() + OVERHEAD;
        self.heights.insert((height, id.clone()));
        self.children.entry(previous).or_default().insert(id.clone());
        let (state, waiters) = (State::Waiting, vec![waiter]);
        self.entries.insert(id, Entry { block, waiters, state, source, tries: 0 });
        Vec::new()
    }

    fn check(
        &mut self,
        info: &BlockInfo,
        source: Source,
        now_ms: u64,
        size: usize,
    ) -> Result<(), Refusal> {
        if info.height <= self.irreversible {
            return Err(Refusal::Irreversible);
        }
        if source == Source::Gossip
            && info.height > self.highest.saturating_add(self.limits.height_delta)
        {
            return Err(Refusal::TooHigh);
        }
        if info.timestamp > now_ms.saturating_add(MOST_AHEAD_MS) {
            return Err(Refusal::Future);
        }
        if self.watchdog.is_bomb(info) {
            return Err(Refusal::ForkBomb);
        }
        while self.entries.len() >= self.limits.blocks || self.bytes + size > self.limits.bytes {
            if self.entries.is_empty() {
                // One that is larger than the limit is taken when it is alone.
                return Ok(());
            }
            if !self.evict() {
                return Err(Refusal::Full);
            }
        }
        Ok(())
    }

    /// Drops a block that waits for a parent nobody knows, and that nobody asked for.
    fn evict(&mut self) -> bool {
        let useless =
            |entry: &Entry<W>| entry.state == State::Parked && entry.source == Source::Gossip;
        let found = self.heights.iter().rev().map(|(_, id)| id);
        let found = found.clone().find(|id| self.entries.get(*id).is_some_and(useless)).cloned();
        found.is_some_and(|id| self.remove(&id).is_some())
    }

    fn remove(&mut self, id: &Bytes) -> Option<Entry<W>> {
        let entry = self.entries.remove(id)?;
        let info = &entry.block.info;
        self.bytes -= entry.block.bytes.len() + OVERHEAD;
        self.heights.remove(&(info.height, id.clone()));
        self.ready.remove(&(info.height, id.clone()));
        if let Some(children) = self.children.get_mut(&info.previous) {
            children.remove(id);
            if children.is_empty() {
                self.children.remove(&info.previous);
            }
        }
        Some(entry)
    }

    /// The next block to submit, if it is time for one.
    pub fn next(&mut self, now: Instant, now_ms: u64) -> Option<Block> {
        if self.in_flight.len() >= WINDOW {
            return None;
        }
        let id = match self.in_flight.back() {
            None => self.first_ready(now_ms)?,
            Some((_, since)) if now.saturating_duration_since(*since) < self.stagger => {
                return None;
            }
            // One that follows what is with the chain; another branch waits until that is done.
            Some((last, _)) => self.child_of(last, now_ms)?,
        };
        let entry = self.entries.get_mut(&id)?;
        entry.state = State::InFlight;
        entry.tries += 1;
        self.ready.remove(&(entry.block.info.height, id.clone()));
        self.in_flight.push_back((id, now));
        Some(entry.block.clone())
    }

    fn first_ready(&self, now_ms: u64) -> Option<Bytes> {
        let in_time = |id: &Bytes| self.entries.get(id).is_some_and(|e| is_in_time(e, now_ms));
        self.ready.iter().map(|(_, id)| id).find(|id| in_time(id)).cloned()
    }

    fn child_of(&self, parent: &Bytes, now_ms: u64) -> Option<Bytes> {
        let children = self.children.get(parent)?;
        let waits = |id: &&Bytes| {
            let entry = self.entries.get(*id);
            entry.is_some_and(|e| e.state != State::InFlight && is_in_time(e, now_ms))
        };
        children.iter().filter(waits).min().cloned()
    }

    /// When [`Blocks::next`] may have something that it has not got now, as the time passes.
    pub fn wake(&self, now: Instant, now_ms: u64) -> Option<Duration> {
        let second = self.in_flight.back().filter(|_| self.in_flight.len() < WINDOW);
        if let Some((last, since)) = second {
            let wait = self.stagger.saturating_sub(now.saturating_duration_since(*since));
            return self.children.contains_key(last).then_some(wait).filter(|wait| !wait.is_zero());
        }
        let times = self.ready.iter().filter_map(|(_, id)| self.entries.get(id));
        let ahead = |entry: &Entry<W>| {
            entry.block.info.timestamp.saturating_sub(AHEAD_MS).saturating_sub(now_ms)
        };
        let next = times.map(ahead).filter(|ahead| *ahead > 0).min();
        next.map(Duration::from_millis)
    }

    /// The chain has answered for a submitted block.
    pub fn done(&mut self, id: &Bytes, verdict: Verdict) -> Answers<W> {
        self.in_flight.retain(|(other, _)| other != id);
        let Some(entry) = self.entries.get_mut(id) else { return Vec::new() };
        entry.state = State::Waiting;
        let info = entry.block.info.clone();
        match verdict {
            Verdict::Applied => {
                self.stagger = STAGGER.max(self.stagger - self.stagger / 128);
                self.accepted(&info.id, info.height)
            }
            Verdict::Again if entry.tries < MOST_TRIES => {
                self.ready.insert((info.height, info.id));
                Vec::new()
            }
            Verdict::Again => self.refuse(id, Refusal::Local("the chain is busy".to_owned())),
            Verdict::UnknownPrevious => self.orphaned(&info),
            Verdict::Refused(refusal) => self.refuse(id, refusal),
        }
    }

    /// The chain did not know the parent when it looked.
    fn orphaned(&mut self, info: &BlockInfo) -> Answers<W> {
        let parent_is_applied = self.applied.contains(&info.previous);
        let parent_waits = self.entries.contains_key(&info.previous);
        if parent_is_applied || parent_waits {
            // It overtook its parent on the way.
            self.stagger = LONGEST_STAGGER.min(self.stagger * 2);
            metrics::counter!("koinos_p2p_blocks_overtaken_total").increment(1);
        }
        let Some(entry) = self.entries.get_mut(&info.id) else { return Vec::new() };
        if parent_is_applied && entry.tries < MOST_TRIES {
            self.ready.insert((info.height, info.id.clone()));
        } else if entry.source == Source::Sync && !parent_waits {
            // What was asked for in order has no parent: whoever asked has to look again.
            return self.refuse(&info.id, Refusal::UnknownPrevious);
        } else if !parent_waits {
            entry.state = State::Parked;
        }
        Vec::new()
    }

    /// Drops a block and all that descend from it.
    fn refuse(&mut self, id: &Bytes, refusal: Refusal) -> Answers<W> {
        let mut answers = Vec::new();
        let mut doomed = vec![(id.clone(), refusal.clone())];
        while let Some((id, why)) = doomed.pop() {
            let children = self.children.get(&id).cloned().unwrap_or_default();
            // One that is with the chain already gets its own answer.
            let waits = |id: &Bytes| {
                self.entries.get(id).is_some_and(|entry| entry.state != State::InFlight)
            };
            let below = children.into_iter().filter(waits);
            doomed.extend(below.map(|child| (child, refusal.of_parent())));
            let entry = self.remove(&id);
            let waiters = entry.into_iter().flat_map(|entry| entry.waiters);
            answers.extend(waiters.map(|waiter| (waiter, Err(why.clone()))));
        }
        answers
    }

    /// The chain has a block, from here or from elsewhere: its children can go.
    pub fn accepted(&mut self, id: &Bytes, height: u64) -> Answers<W> {
        if height >= self.irreversible && self.applied.insert(id.clone()) {
            self.applied_heights.entry(height).or_default().push(id.clone());
        }
        self.highest = self.highest.max(height);
        for child in self.children.get(id).into_iter().flatten() {
            if let Some(entry) = self.entries.get_mut(child)
                && entry.state != State::InFlight
            {
                entry.state = State::Waiting;
                self.ready.insert((entry.block.info.height, child.clone()));
            }
        }
        let in_flight = |entry: &&mut Entry<W>| entry.state == State::InFlight;
        if let Some(entry) = self.entries.get_mut(id).filter(in_flight) {
            // It goes when the chain answers, so that the window stays right.
            let waiters = std::mem::take(&mut entry.waiters);
            return waiters.into_iter().map(|waiter| (waiter, Ok(()))).collect();
        }
        let waiters = self.remove(id).into_iter().flat_map(|entry| entry.waiters);
        waiters.map(|waiter| (waiter, Ok(()))).collect()
    }

    /// The chain told of its branches: what cannot become part of it any more goes.
    pub fn forks(&mut self, irreversible: &BlockId, heads: &[BlockId]) -> Answers<W> {
        let mut answers = Vec::new();
        if irreversible.height > self.irreversible {
            self.irreversible = irreversible.height;
            self.watchdog.purge(irreversible.height);
            let kept = self.applied_heights.split_off(&irreversible.height);
            let gone = std::mem::replace(&mut self.applied_heights, kept);
            for id in gone.into_values().flatten() {
                self.applied.remove(&id);
            }
            let low = |(height, _): &&(u64, Bytes)| *height <= irreversible.height;
            let old: Vec<Bytes> =
                self.heights.iter().take_while(low).map(|(_, id)| id.clone()).collect();
            for id in old {
                let is_in_flight =
                    self.entries.get(&id).is_some_and(|entry| entry.state == State::InFlight);
                if !is_in_flight {
                    answers.extend(self.refuse(&id, Refusal::Irreversible));
                }
            }
        }
        for block in heads.iter().chain([irreversible]) {
            answers.extend(self.accepted(&block.id, block.height));
        }
        answers
    }

    /// Forgets what was only heard of.
    pub fn drop_gossip(&mut self) -> Answers<W> {
        let heard =
            |entry: &Entry<W>| entry.source == Source::Gossip && entry.state != State::InFlight;
        let ids: Vec<Bytes> =
            self.entries.iter().filter(|(_, e)| heard(e)).map(|(id, _)| id.clone()).collect();
        ids.iter().flat_map(|id| self.refuse(id, Refusal::Dropped)).collect()
    }
}

fn is_in_time<W>(entry: &Entry<W>, now_ms: u64) -> bool {
    entry.block.info.timestamp <= now_ms.saturating_add(AHEAD_MS)
}

/// A block by id and height.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockId {
    /// The id.
    pub id: Bytes,
    /// The height.
    pub height: u64,
}

#[cfg(test)]
#[path = "blocks_tests.rs"]
mod tests;
