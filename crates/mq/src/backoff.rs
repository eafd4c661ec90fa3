//! Growing delays with jitter, so that a node's services do not return all at once.

use std::time::Duration;

use rand::Rng;

#[derive(Debug)]
pub(crate) struct Backoff {
    min: Duration,
    max: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) fn new(min: Duration, max: Duration) -> Self {
        Self { min, max, next: min }
    }

    pub(crate) fn reset(&mut self) {
        self.next = self.min;
    }

    /// The next delay: 75 % to 125 % of a step that doubles up to the maximum.
    pub(crate) fn delay(&mut self) -> Duration {
        let step = self.next;
        self.next = (step * 2).min(self.max);
        step.mul_f64(rand::rng().random_range(0.75..1.25))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_the_cap_and_reset() {
        let (min, max) = (Duration::from_millis(250), Duration::from_secs(10));
        let mut backoff = Backoff::new(min, max);
        let mut step = min;
        for _ in 0..12 {
            let delay = backoff.delay();
            assert!(delay >= step.mul_f64(0.74) && delay <= step.mul_f64(1.26), "{delay:?}");
            step = (step * 2).min(max);
        }
        backoff.reset();
        assert!(backoff.delay() <= min.mul_f64(1.26));
    }
}
