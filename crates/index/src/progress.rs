//! How far catching up has come, for people and for monitoring.

use std::time::{Duration, Instant};

use koinos_service::Context;
use serde_json::json;
use tracing::info;

/// How often it is shown, and how often logged.
const SHOW_EVERY: Duration = Duration::from_secs(1);
const LOG_EVERY: Duration = Duration::from_secs(10);

/// Catching up from one height to another.
pub(crate) struct Progress {
    from: u64,
    began: Instant,
    shown: Instant,
    logged: Instant,
}

impl Progress {
    pub(crate) fn new(from: u64) -> Self {
        let now = Instant::now();
        Self { from, began: now, shown: now, logged: now }
    }

    /// Takes note that all is done up to `at`, on the way to `to`.
    pub(crate) fn reached(&mut self, context: &Context, at: u64, to: u64) {
        if self.shown.elapsed() < SHOW_EVERY {
            return;
        }
        self.shown = Instant::now();
        let seconds = self.began.elapsed().as_secs_f64();
        let rate = (at - self.from) as f64 / seconds;
        let left = (to.saturating_sub(at)) as f64 / rate.max(1.0);
        let percent = at as f64 * 100.0 / to.max(1) as f64;
        let text = format!(
            "catching up: block {at} of {to} ({percent:.1} %), {rate:.0} blocks/s, {} left",
            duration(left as u64)
        );
        context.report(
            "catching_up",
            json!({ "height": at, "to": to, "percent": (percent * 10.0).round() / 10.0,
                    "blocks_per_second": rate.round(), "seconds_left": left.round() }),
        );
        if self.logged.elapsed() >= LOG_EVERY {
            self.logged = Instant::now();
            info!("{text}");
        }
        context.status(text);
    }

    /// Says what was done.
    pub(crate) fn done(&self, context: &Context, at: u64) {
        context.report("catching_up", serde_json::Value::Null);
        let count = at - self.from;
        if count > 0 {
            let seconds = self.began.elapsed().as_secs_f64();
            let rate = count as f64 / seconds;
            info!(
                "Caught up with {count} blocks to height {at} in {seconds:.1} s ({rate:.0} blocks/s)"
            );
        }
    }
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_for_people() {
        assert_eq!(duration(59), "59 s");
        assert_eq!(duration(119), "1 min");
        assert_eq!(duration(7_260), "2 h 1 min");
    }
}
