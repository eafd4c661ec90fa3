//! How long calls take, for benches.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Somebody who asks for something over and over.
pub trait Caller: Send + 'static {
    /// Asks once and has the answer.
    fn call(&mut self) -> impl Future<Output = Result<()>> + Send;
}

/// The times of many calls, and how long all took together.
#[derive(Debug)]
pub struct Figures {
    /// In order of length, not empty.
    times: Vec<Duration>,
    whole: Duration,
    callers: usize,
}

impl Figures {
    /// Lets `callers` call at once, each one call after another, `calls` times together.
    ///
    /// # Errors
    /// When a call fails, or there are none.
    pub async fn measure<C: Caller>(callers: Vec<C>, calls: usize) -> Result<Self> {
        let count = callers.len();
        anyhow::ensure!(count > 0 && calls >= count, "{count} callers for {calls} calls");
        let began = Instant::now();
        let tasks = callers.into_iter().map(|mut caller| {
            tokio::spawn(async move {
                let mut times = Vec::with_capacity(calls / count);
                for _ in 0..calls / count {
                    let began = Instant::now();
                    caller.call().await?;
                    times.push(began.elapsed());
                }
                anyhow::Ok(times)
            })
        });
        let mut times = Vec::with_capacity(calls);
        for task in tasks.collect::<Vec<_>>() {
            times.extend(task.await??);
        }
        let figures = Self::of(times, began.elapsed(), count);
        figures.ok_or_else(|| anyhow::anyhow!("no call was made"))
    }

    /// The figures of times that were measured elsewhere, `None` if there are none: `whole` is how
    /// long all of it took together, with `callers` at once.
    pub fn of(mut times: Vec<Duration>, whole: Duration, callers: usize) -> Option<Self> {
        times.sort_unstable();
        (!times.is_empty()).then_some(Self { times, whole, callers })
    }

    /// Milliseconds within which `percent` of the calls ended.
    pub fn within(&self, percent: usize) -> f64 {
        let last = self.times.len() - 1;
        self.times[last * percent.min(100) / 100].as_secs_f64() * 1e3
    }

    /// Calls per second.
    pub fn rate(&self) -> f64 {
        self.times.len() as f64 / self.whole.as_secs_f64()
    }

    /// Prints a line, with the ratio of the median to that of a `baseline`.
    pub fn show(&self, what: &str, baseline: Option<&Self>) {
        let ratio = baseline.map_or(String::new(), |baseline| {
            format!("  {:5.2} x the echo's time", self.within(50) / baseline.within(50))
        });
        println!("{what:<20} {self}{ratio}");
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>3} callers  p50 {:7.3} ms  p95 {:7.3} ms  p99 {:7.3} ms  {:>7.0}/s",
            self.callers,
            self.within(50),
            self.within(95),
            self.within(99),
            self.rate()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Count(usize);

    impl Caller for Count {
        async fn call(&mut self) -> Result<()> {
            self.0 += 1;
            anyhow::ensure!(self.0 <= 25, "too often");
            Ok(())
        }
    }

    #[tokio::test]
    async fn calls_are_counted_and_failures_told() {
        let callers = || (0..4).map(|_| Count(0)).collect::<Vec<_>>();
        let figures = Figures::measure(callers(), 100).await.unwrap();
        assert_eq!((figures.times.len(), figures.callers), (100, 4));
        assert!(figures.times.is_sorted() && figures.rate() > 0.0);
        assert!(figures.within(50) <= figures.within(99));
        assert!(Figures::measure(callers(), 104).await.is_err());
        assert!(Figures::measure(Vec::<Count>::new(), 1).await.is_err());
    }
}
