//! Broadcasts waiting for the broker, in order and within bounds.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use lapin::types::ShortString;
use tokio::sync::Notify;

/// A broadcast not yet confirmed by the broker.
#[derive(Debug, Clone)]
pub(crate) struct Broadcast {
    /// Grows by one with each broadcast of this process.
    pub(crate) sequence: u64,
    pub(crate) topic: ShortString,
    pub(crate) payload: Bytes,
}

/// A queue that drops its oldest entries when it is full.
///
/// While the broker is away both limits hold. While it is there only the bytes are limited, because a
/// burst (one block may carry thousands of events) is on its way out already; and the oldest message
/// does not count, because one block with its receipt may be larger than the limit.
pub(crate) struct Outbox {
    max_messages: usize,
    max_bytes: usize,
    state: Mutex<State>,
    filled: Notify,
    emptied: Notify,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Broadcast>,
    bytes: usize,
    sequence: u64,
    /// Dropped since the last report.
    dropped: u64,
    connected: bool,
}

impl Outbox {
    pub(crate) fn new(max_messages: usize, max_bytes: usize) -> Self {
        Self {
            max_messages,
            max_bytes,
            state: Mutex::default(),
            filled: Notify::new(),
            emptied: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every update below is complete before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a broadcast; returns how many were dropped since the last report, if that number
    /// has just reached a power of ten and so deserves a line in the log.
    pub(crate) fn push(&self, topic: ShortString, payload: Bytes) -> Option<u64> {
        let mut state = self.state();
        let sequence = state.sequence;
        state.sequence += 1;
        state.bytes += payload.len();
        state.queue.push_back(Broadcast { sequence, topic, payload });
        let mut report = None;
        while self.is_over(&state) {
            let Some(oldest) = state.queue.pop_front() else { break };
            state.bytes -= oldest.payload.len();
            state.dropped += 1;
            if is_power_of_ten(state.dropped) {
                report = Some(state.dropped);
            }
        }
        drop(state);
        self.filled.notify_one();
        report
    }

    fn is_over(&self, state: &State) -> bool {
        let (too_many, leaving) = match state.connected {
            true => (false, state.queue.front().map_or(0, |oldest| oldest.payload.len())),
            false => (state.queue.len() > self.max_messages, 0),
        };
        // The newest message is kept however large it is.
        (too_many || state.bytes - leaving > self.max_bytes) && state.queue.len() > 1
    }

    /// Notes whether the broker is there; returns the drops not reported yet when it comes back.
    pub(crate) fn set_connected(&self, connected: bool) -> u64 {
        let mut state = self.state();
        state.connected = connected;
        if connected { std::mem::take(&mut state.dropped) } else { 0 }
    }

    /// Up to `limit` of the oldest broadcasts, left in place until [`Self::confirm`]. Waits for
    /// the first.
    pub(crate) async fn peek(&self, limit: usize) -> Vec<Broadcast> {
        loop {
            let batch: Vec<_> = self.state().queue.iter().take(limit).cloned().collect();
            if !batch.is_empty() {
                return batch;
            }
            self.filled.notified().await;
        }
    }

    /// Removes everything up to and including `sequence`.
    pub(crate) fn confirm(&self, sequence: u64) {
        let mut state = self.state();
        while state.queue.front().is_some_and(|b| b.sequence <= sequence) {
            if let Some(done) = state.queue.pop_front() {
                state.bytes -= done.payload.len();
            }
        }
        if state.queue.is_empty() {
            self.emptied.notify_waiters();
        }
    }

    /// Waits until every broadcast is confirmed.
    pub(crate) async fn flushed(&self) {
        loop {
            // Registered before looking, so that emptying in between is not missed.
            let emptied = self.emptied.notified();
            tokio::pin!(emptied);
            emptied.as_mut().enable();
            if self.state().queue.is_empty() {
                return;
            }
            emptied.await;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.state().queue.len()
    }
}

fn is_power_of_ten(mut n: u64) -> bool {
    while n >= 10 && n.is_multiple_of(10) {
        n /= 10;
    }
    n == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(outbox: &Outbox, payload: &'static [u8]) -> Option<u64> {
        outbox.push("t".into(), Bytes::from_static(payload))
    }

    async fn payloads(outbox: &Outbox) -> Vec<Bytes> {
        outbox.peek(usize::MAX).await.into_iter().map(|b| b.payload).collect()
    }

    #[tokio::test]
    async fn the_oldest_go_first_when_the_broker_is_away() {
        let outbox = Outbox::new(2, 1000);
        assert_eq!(push(&outbox, b"a"), None);
        assert_eq!(push(&outbox, b"b"), None);
        assert_eq!(push(&outbox, b"c"), Some(1));
        assert_eq!(push(&outbox, b"d"), None);
        assert_eq!(payloads(&outbox).await, ["c", "d"]);
        assert_eq!(outbox.set_connected(true), 2);
        assert_eq!(outbox.set_connected(true), 0);
    }

    #[tokio::test]
    async fn a_burst_is_kept_while_connected_up_to_the_bytes() {
        let outbox = Outbox::new(2, 6);
        outbox.set_connected(true);
        for payload in [b"aa", b"bb", b"cc", b"dd"] {
            assert_eq!(push(&outbox, payload), None);
        }
        assert_eq!(push(&outbox, b"e"), Some(1));
        assert_eq!(payloads(&outbox).await, ["bb", "cc", "dd", "e"]);
        // One message above the limit replaces all others but is not dropped itself.
        push(&outbox, b"seven b");
        assert_eq!(payloads(&outbox).await, ["seven b"]);
    }

    /// A large block, and the events in it.
    #[tokio::test]
    async fn what_follows_a_large_message_does_not_displace_it_while_connected() {
        let outbox = Outbox::new(2, 6);
        outbox.set_connected(true);
        for payload in [&b"a large block"[..], b"aa", b"bb", b"cc"] {
            assert_eq!(outbox.push("t".into(), Bytes::from_static(payload)), None);
        }
        outbox.confirm(0);
        assert_eq!(payloads(&outbox).await, ["aa", "bb", "cc"]);
        // When the broker goes away the limits are as strict as before.
        outbox.set_connected(false);
        push(&outbox, b"d");
        assert_eq!(payloads(&outbox).await, ["cc", "d"]);
    }

    #[tokio::test]
    async fn confirmed_broadcasts_leave_in_order() {
        let outbox = Outbox::new(10, 1000);
        for payload in [b"a", b"b", b"c"] {
            push(&outbox, payload);
        }
        let batch = outbox.peek(2).await;
        assert_eq!(batch.len(), 2);
        outbox.confirm(batch[0].sequence);
        assert_eq!(payloads(&outbox).await, ["b", "c"]);
        outbox.confirm(u64::MAX);
        assert_eq!(outbox.len(), 0);
        outbox.flushed().await;
    }

    #[test]
    fn reports_come_at_powers_of_ten() {
        let reported: Vec<u64> = (0..=1000).filter(|n| is_power_of_ten(*n)).collect();
        assert_eq!(reported, [1, 10, 100, 1000]);
    }
}
