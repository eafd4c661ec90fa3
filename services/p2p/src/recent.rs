//! What has been seen of late.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

/// A set whose members are forgotten after a time, or when there are too many.
#[derive(Debug)]
pub struct Recent {
    keep: Duration,
    most: usize,
    members: HashSet<Bytes>,
    order: VecDeque<(Instant, Bytes)>,
}

impl Recent {
    /// An empty set that keeps members for `keep`, at most `most` of them.
    pub fn new(keep: Duration, most: usize) -> Self {
        Self { keep, most, members: HashSet::new(), order: VecDeque::new() }
    }

    /// Adds a member. Returns whether it is new; the time of a known one is not renewed.
    pub fn insert(&mut self, id: &Bytes, now: Instant) -> bool {
        self.expire(now);
        let id = Bytes::copy_from_slice(id);
        if !self.members.insert(id.clone()) {
            return false;
        }
        self.order.push_back((now, id));
        if self.order.len() > self.most {
            self.drop_oldest();
        }
        true
    }

    /// Whether it is a member.
    pub fn contains(&mut self, id: &[u8], now: Instant) -> bool {
        self.expire(now);
        self.members.contains(id)
    }

    fn expire(&mut self, now: Instant) {
        while let Some((at, _)) = self.order.front()
            && now.saturating_duration_since(*at) >= self.keep
        {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((_, id)) = self.order.pop_front() {
            self.members.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_forgotten() {
        let (second, start) = (Duration::from_secs(1), Instant::now());
        let mut set = Recent::new(10 * second, 3);
        let id = |number: u8| Bytes::from(vec![number]);
        assert!(set.insert(&id(1), start));
        assert!(!set.insert(&id(1), start + second));
        assert!(set.contains(&id(1), start + 9 * second));
        assert!(!set.contains(&id(1), start + 10 * second));
        for number in 2..6 {
            set.insert(&id(number), start + 10 * second);
        }
        let known: Vec<u8> =
            (0..10).filter(|n| set.contains(&id(*n), start + 10 * second)).collect();
        assert_eq!(known, [3, 4, 5]);
    }
}
