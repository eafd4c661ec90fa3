//! What goes along with a service while it serves.

use std::time::Duration;

use koinos_service::{Bus, Context};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::Link;

/// How often the number of requests is logged.
const SUMMARY_EVERY: Duration = Duration::from_secs(60);
/// How often the status line is brought up to date.
const STATUS_EVERY: Duration = Duration::from_secs(2);

/// Opens the way to the bus, keeps the bus open until all clients are `served`, and tells people how
/// many requests were `answered` at `place`.
pub fn accompany(
    context: &Context,
    bus: Bus,
    link: &Link,
    served: CancellationToken,
    place: String,
    answered: impl Fn() -> u64 + Send + 'static,
) {
    let hold = bus.hold();
    context.spawn("holding the bus", async move {
        served.cancelled().await;
        drop(hold);
        Ok(())
    });
    link.connect(bus);
    let telling = tell(context.clone(), place, answered);
    context.spawn("status", async move {
        telling.await;
        Ok(())
    });
}

/// Keeps the status line, and sums up in the log.
async fn tell(context: Context, place: String, answered: impl Fn() -> u64) {
    let mut shown = None;
    let (mut logged, mut last) = (0, Instant::now());
    loop {
        let count = answered();
        if shown.replace(count) != Some(count) {
            context.status(format!("serving {place}, {count} requests answered"));
            context.report("requests", count);
        }
        if last.elapsed() >= SUMMARY_EVERY {
            if count > logged {
                info!("Recently handled {} request(s)", count - logged);
            }
            (logged, last) = (count, Instant::now());
        }
        if context.until_shutdown(tokio::time::sleep(STATUS_EVERY)).await.is_none() {
            return;
        }
    }
}
