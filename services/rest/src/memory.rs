//! What was learned a while ago: values that are remembered for a time, within a number of bytes.

use std::hash::Hash;
use std::time::{Duration, Instant};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// How long it is remembered, at most, that there is nothing.
const BRIEFLY: Duration = Duration::from_secs(5);

/// Values by their keys.
pub struct Memory<K, V> {
    cache: Cache<K, Kept<V>, ByWeight>,
    lifetime: Duration,
}

#[derive(Clone)]
struct Kept<V> {
    value: V,
    weight: u64,
    until: Instant,
}

#[derive(Clone)]
struct ByWeight;

impl<K, V> Weighter<K, Kept<V>> for ByWeight {
    fn weight(&self, _key: &K, kept: &Kept<V>) -> u64 {
        kept.weight
    }
}

impl<K: Hash + Eq, V: Clone> Memory<K, V> {
    /// Remembers for `lifetime`, as long as all weights together are no more than `capacity`.
    pub fn new(lifetime: Duration, capacity: u64) -> Self {
        /// What an entry is thought to weigh when the cache is laid out.
        const USUAL: u64 = 4_096;
        let items = (capacity / USUAL).clamp(16, 65_536) as usize;
        Self { cache: Cache::with_weighter(items, capacity, ByWeight), lifetime }
    }

    /// What is known of `key`, unless that was too long before `now`.
    pub fn get(&self, key: &K, now: Instant) -> Option<V> {
        let kept = self.cache.get(key)?;
        (now < kept.until).then_some(kept.value)
    }

    /// Remembers a value that takes about `weight` bytes.
    pub fn put(&self, key: K, value: V, weight: u64, now: Instant) {
        let until = now + self.lifetime;
        self.cache.insert(key, Kept { value, weight: weight.max(1), until });
    }

    /// How many bytes are taken.
    pub fn weight(&self) -> u64 {
        self.cache.weight()
    }
}

impl<K: Hash + Eq, V: Clone> Memory<K, Option<V>> {
    /// Remembers what was found, or for a shorter time that there is nothing: it may come.
    pub fn put_found(&self, key: K, found: Option<V>, weight: u64, now: Instant) {
        let lifetime = if found.is_some() { self.lifetime } else { self.lifetime.min(BRIEFLY) };
        let kept = Kept { value: found, weight: weight.max(1), until: now + lifetime };
        self.cache.insert(key, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_forgotten_after_a_time_and_beyond_the_capacity() {
        let memory = Memory::new(Duration::from_secs(60), 1_000);
        let now = Instant::now();
        memory.put("a", 1, 10, now);
        assert_eq!(memory.get(&"a", now), Some(1));
        assert_eq!(memory.get(&"a", now + Duration::from_secs(59)), Some(1));
        assert_eq!(memory.get(&"a", now + Duration::from_secs(60)), None);
        assert_eq!(memory.get(&"b", now), None);
        let found = Memory::new(Duration::from_secs(60), 1_000);
        found.put_found("there", Some(1), 10, now);
        found.put_found("not there", None, 10, now);
        assert_eq!(found.get(&"not there", now), Some(None));
        assert_eq!(found.get(&"not there", now + BRIEFLY), None);
        assert_eq!(found.get(&"there", now + BRIEFLY), Some(Some(1)));
        let numbers = Memory::new(Duration::from_secs(60), 1_000);
        (0..1_000).for_each(|number| numbers.put(number, number, 100, now));
        assert!(numbers.weight() <= 1_000, "{}", numbers.weight());
        numbers.put(2_000, 2_000, 5_000, now);
        assert!(numbers.weight() <= 1_000, "{}", numbers.weight());
    }
}
