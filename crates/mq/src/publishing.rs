//! Publishing the outbox.

use std::time::Duration;

use koinos_events as events;
use koinos_rpc::names::{CONTENT_TYPE, EVENT_EXCHANGE};
use lapin::BasicProperties;
use tracing::{debug, error};

use crate::backoff::Backoff;
use crate::bus::Bus;
use crate::outbox::{Broadcast, Outbox};
use crate::publisher::{Message, Sent, is_large, refused};
use crate::session::Session;

/// Broadcasts published before their confirmations are awaited.
const BATCH: usize = 64;

/// Publishes the outbox in order. What the broker has not confirmed is published again after a
/// reconnection, so a broadcast may arrive twice, but not out of turn.
pub(crate) async fn keep_publishing(bus: Bus) {
    let outbox = bus.outbox();
    let mut pause = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
    // How many of the next broadcasts go one by one, to find the one the broker refuses.
    let mut suspects = 0_usize;
    while !bus.is_closed() {
        let limit = if suspects > 0 { 1 } else { BATCH };
        let batch = tokio::select! {
            batch = outbox.peek(limit) => batch,
            () = bus.closed().cancelled() => return,
        };
        bus.connected().await;
        let Some(session) = bus.session() else { continue };
        let published = tokio::select! {
            published = publish_batch(&session, outbox, &batch) => published,
            () = session.ended.cancelled() => continue,
        };
        match published {
            Ok(()) => {
                suspects = suspects.saturating_sub(1);
                pause.reset();
            }
            Err(error) if refused(&error) && batch.len() == 1 => {
                drop_refused(outbox, &batch[0]);
                suspects = 0;
            }
            Err(error) if refused(&error) => suspects = batch.len(),
            Err(error) => {
                debug!("broadcasts are not confirmed: {error}");
                tokio::time::sleep(pause.delay()).await;
            }
        }
    }
}

async fn publish_batch(
    session: &Session,
    outbox: &Outbox,
    batch: &[Broadcast],
) -> lapin::Result<()> {
    let mut sent: Vec<(u64, Sent)> = Vec::with_capacity(batch.len());
    for broadcast in batch {
        // It has a channel of its own, and would not keep its place among the others.
        let alone = is_large(&broadcast.payload);
        if alone {
            confirm(outbox, &mut sent).await?;
        }
        let message = Message {
            exchange: EVENT_EXCHANGE,
            routing_key: broadcast.topic.clone(),
            mandatory: false,
            properties: BasicProperties::default().with_content_type(CONTENT_TYPE.into()),
            body: broadcast.payload.clone(),
        };
        sent.push((broadcast.sequence, session.publish_broadcast(message).await?));
        if alone {
            confirm(outbox, &mut sent).await?;
        }
    }
    confirm(outbox, &mut sent).await
}

/// Waits until the broker has confirmed what was sent.
async fn confirm(outbox: &Outbox, sent: &mut Vec<(u64, Sent)>) -> lapin::Result<()> {
    for (sequence, sent) in sent.drain(..) {
        sent.confirmed().await?;
        outbox.confirm(sequence);
    }
    Ok(())
}

fn drop_refused(outbox: &Outbox, broadcast: &Broadcast) {
    error!(
        message_id = events::MESSAGE_TOO_LARGE,
        "the broker refused a broadcast of {} bytes on {}: raise its max_message_size",
        broadcast.payload.len(),
        broadcast.topic
    );
    outbox.confirm(broadcast.sequence);
}
