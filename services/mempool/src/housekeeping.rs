//! What the daemon does by the clock: expiring transactions, showing its state, closing gaps.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use koinos_service::{Bus, Context, Fatal, events};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::{debug, info, warn};

use crate::MempoolService;
use crate::catch_up::{CatchUpError, catch_up};
use crate::mempool::Stats;

/// How often expired transactions are dropped and the state is shown.
const EVERY: Duration = Duration::from_secs(1);
/// What was added and dropped is summed up in the log every so many times.
const SUMMARY: u32 = 60;
/// The pause before a gap is looked at again: after success, and at first after failure.
const PAUSE: Duration = Duration::from_secs(1);
/// After repeated failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

impl MempoolService {
    /// Drops expired transactions and shows the state, until the end.
    pub(crate) async fn keep_house(self: Arc<Self>, context: Context) -> Result<(), Fatal> {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut pruned, mut count) = (0, 0_u32);
        while context.until_shutdown(ticks.tick()).await.is_some() {
            let expired = self.mempool.write().expire(self.started.elapsed());
            metrics::counter!("koinos_mempool_expired_total").increment(expired as u64);
            pruned += expired;
            let stats = self.mempool.read().stats();
            show(&context, stats);
            count += 1;
            if count.is_multiple_of(SUMMARY) {
                self.summarise(std::mem::take(&mut pruned));
            }
        }
        Ok(())
    }

    fn summarise(&self, pruned: usize) {
        let added = self.added.swap(0, Ordering::Relaxed);
        if added > 0 {
            info!(transactions = added, "Added transactions");
        }
        if pruned > 0 {
            info!(transactions = pruned, "Dropped expired transactions");
        }
    }

    /// Catches up after every connection to the broker and whenever a block does not fit, until
    /// the end. Nothing waits for it: an absent chain is asked again and again.
    pub(crate) async fn keep_up(self: Arc<Self>, context: Context, bus: Bus) -> Result<(), Fatal> {
        let mut sessions = bus.sessions();
        // The first connection is a reason, too.
        sessions.mark_changed();
        // Cut short anywhere at the end.
        context.until_shutdown(self.close_gaps(&bus, &mut sessions)).await;
        Ok(())
    }

    async fn close_gaps(&self, bus: &Bus, sessions: &mut watch::Receiver<u64>) {
        loop {
            tokio::select! {
                _ = sessions.changed() => {}
                () = self.behind.notified() => {}
            }
            let (mut pause, mut complaint) = (PAUSE, String::new());
            // While the broker is away there is nobody to ask; its return is the next reason.
            while *sessions.borrow_and_update() != 0 {
                // What is broadcast from now on arrives, so the answers leave no gap.
                bus.consuming().await;
                let Err(error) = self.close_gap(bus).await else {
                    sleep(PAUSE).await;
                    break;
                };
                let text = error.to_string();
                if text != complaint {
                    let id = events::MEMPOOL_BEHIND;
                    warn!(message_id = id, "Cannot ask for missed blocks: {text}; trying again");
                    complaint = text;
                }
                tokio::select! {
                    () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                    _ = sessions.changed() => {}
                }
            }
        }
    }

    async fn close_gap(&self, bus: &Bus) -> Result<(), CatchUpError> {
        let blocks = catch_up(bus, &self.mempool).await?;
        metrics::counter!("koinos_mempool_catch_ups_total").increment(1);
        let height = self.mempool.read().head().height;
        match blocks {
            0 => debug!(height, "No block was missed"),
            _ => {
                let id = events::MEMPOOL_CAUGHT_UP;
                info!(
                    message_id = id,
                    koinos_height = height,
                    blocks,
                    height,
                    "Took in missed blocks"
                );
            }
        }
        Ok(())
    }
}

fn show(context: &Context, stats: Stats) {
    let Stats { pending, transactions, bytes, views, waiting, head_height } = stats;
    context.status(format!("{pending} pending transactions after block {head_height}"));
    for (name, value) in [
        ("pending_transactions", pending),
        ("transactions", transactions),
        ("bytes", bytes),
        ("views", views),
        ("waiting_blocks", waiting),
    ] {
        context.report(name, value);
        metrics::gauge!(format!("koinos_mempool_{name}")).set(value as f64);
    }
    context.report("head_height", head_height);
    metrics::gauge!("koinos_mempool_head_height").set(head_height as f64);
}
